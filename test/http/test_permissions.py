"""Every route of the OpenAPI document for everybody: who may call it at all."""
import http.client
import itertools
import re
from typing import Any

from matters import EVERYBODY, RESIDENTS, Incidents
from support.client import Client, Json, new_id

METHODS = ("get", "post", "put", "patch", "delete")


def rank(login: str | None) -> int:
    """0 anybody, 1 an account, 2 staff, 3 administrator."""
    if login is None:
        return 0
    return 1 if login in RESIDENTS else 3 if login == "admin" else 2


# "claim": an account, or a claim that is shown; nobody here shows one
NEEDS = {"public": 0, "claim": 1, "signed-in": 1, "staff": 2, "admin": 3, "monitor": 3}


def fill(path: str) -> str:
    """A path with ids that exist nowhere: whoever may call it learns only that."""
    return re.sub(r"{[^}]*}", lambda m: "330803999999" if "code" in m[0] or "area" in m[0] else new_id(), path)


class Permissions(Incidents):
    def routes(self) -> list[tuple[str, str, Json]]:
        document = self.be(None).get("/api/v1/openapi.json").json
        return [(method.upper(), path, one[method]) for path, one in document["paths"].items()
                for method in METHODS if method in one]

    def status(self, login: str | None, method: str, path: str) -> int:
        """Only the status: a live stream never ends."""
        client = Client(self.server.port)
        if login is not None:
            client = client.sign_in(login) if path == "/api/v1/session" else self.be(login)
        link = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=15)
        headers = {"Content-Type": "application/json", "X-Forwarded-For": "192.0.2.7"}  # not on this machine
        if client.token:
            headers["Authorization"] = f"Bearer {client.token}"
        link.request(method, fill(path), b"{}" if method in ("POST", "PUT", "PATCH") else None, headers)
        status = link.getresponse().status
        link.close()
        return status

    def test_every_route_says_who_may(self) -> None:
        routes = self.routes()
        self.assertGreater(len(routes), 25)
        for method, path, operation in routes:
            with self.subTest(route=f"{method} {path}"):
                self.assertIn(operation.get("x-permission"), NEEDS)
                self.assertTrue(operation.get("summary"))

    def test_everybody_at_every_door(self) -> None:
        for (method, path, operation), login in itertools.product(self.routes(), EVERYBODY):
            need = NEEDS[operation["x-permission"]]
            if path == "/api/v1/session" and method == "POST":
                continue
            with self.subTest(route=f"{method} {path}", login=login):
                status = self.status(login, method, path)
                if rank(login) >= need:
                    self.assertNotIn(status, (401, 403, 405, 500), str(status))
                else:
                    self.assertEqual(status, 401 if login is None else 403)

    def test_what_each_role_may_do_with_a_report(self) -> None:
        """Expectation: written down here by hand, from what the programme is meant to be."""
        expected: dict[str, dict[str, set[str | None]]] = {
            "reported": {"accept": {"clerk"}, "reject": {"clerk"}, "escalate": {"clerk", "patrol"},
                         "withdraw": {"resident"}, "verify": set(), "answer": set()},
            "accepted": {"dispatch": {"clerk"}, "void": {"clerk"}, "acknowledge": set(), "verify": set(),
                         "answer": set()},
            "dispatched": {"acknowledge": {"worker"}, "dispatch": {"clerk"}, "answer": set(), "verify": set()},
            "answered": {"verify": {"verifier"}, "return": {"verifier"}, "acknowledge": set()},
            "closed": {"rate": {"resident"}, "reopen": {"resident", "clerk"}, "call_back": {"clerk"}, "verify": set()},
        }
        records = {"reported": self.report(), "accepted": self.accepted(), "dispatched": self.dispatched(),
                   "answered": self.answered(), "closed": self.closed()}
        for state, login in itertools.product(expected, EVERYBODY):
            if login == "village":  # an intake post of its own, elsewhere: sees nothing here
                continue
            answer = self.be(login).get(f"/api/v1/records/{records[state]['id']}")
            allowed: set[str] = set(answer.json["allowed"]) if answer.status == 200 else set()
            for name, who in expected[state].items():
                with self.subTest(state=state, login=login, move=name):
                    self.assertEqual(name in allowed, login in who)

    def test_posts_elsewhere_see_nothing_here(self) -> None:
        record = self.report()
        for login in ("town", "village", "resident2"):
            with self.subTest(login=login):
                self.expect(self.be(login).get(f"/api/v1/records/{record['id']}"), 404, "record.not_found")
                self.expect(self.move(login, record, "accept"), 404, "record.not_found")
                rows: list[dict[str, Any]] = self.be(login).all("/api/v1/records")
                self.assertNotIn(record["id"], [one["id"] for one in rows])

    def test_a_tie_does_not_tell_of_the_other_matter(self) -> None:
        """What others reported of the same thing, in their words, is theirs."""
        one = self.report("resident", "楼道里有人吵架")
        other = self.report("resident2", "我住三单元，丈夫打我")
        for verb, here, there in (("link", one, other), ("link", other, one), ("duplicate", other, one)):
            body = {"other": there["id"]} | ({"type": "related"} if verb == "link" else {})
            self.expect(self.move("clerk", here, verb, **body), 200)
        for login, mine, theirs in (("resident", one, other), ("resident2", other, one)):
            with self.subTest(login=login):
                self.assertEqual(self.get(mine, login)["links"], [])
                self.assertIn(theirs["id"], [link["id"] for link in self.get(mine)["links"]])

    def test_the_area_named_does_not_give_rights(self) -> None:
        """The village's clerk sees what he reported elsewhere, and has no say there."""
        record = self.report("village", "路过看到的")
        home = self.be("village").get("/api/v1/me").json["posts"][0]["area"]
        fields = {"category": self.leaf(), "level": "easy"}
        with self.nothing_changes(record):
            tries: list[Json] = [{}, {"area": home}, {"area": home, "place": {"address": "村口"}}]
            for over in tries:
                with self.subTest(over=over):
                    self.expect(self.move("village", record, "accept", fields=fields, **over), 403, "move.denied")

    def test_a_reporter_does_not_move_the_place(self) -> None:
        record = self.closed()
        other = self.be("village").get("/api/v1/me").json["posts"][0]["area"]
        self.move("resident", record, "rate", fields={"rating": 5}, area=other)
        self.assertEqual(self.get(record)["area"], record["area"])

    def test_a_refusal_names_the_post_that_could(self) -> None:
        record = self.report()
        refused = self.move("resident", record, "accept", fields={"category": self.leaf(), "level": "easy"})
        self.expect(refused, 403, "move.denied")
        self.assertIn("受理员", refused.json["detail"])

    def test_only_an_administrator_makes_accounts(self) -> None:
        body = {"login": "newcomer", "name": "新人", "password": "a long enough one"}
        for login in (None, "resident", "clerk", "leader"):
            with self.subTest(login=login):
                self.assertIn(self.be(login).post("/api/v1/accounts", body).status, (401, 403))
        self.assertIn(self.be("admin").post("/api/v1/accounts", body).status, (200, 201))
        self.expect(self.be("admin").post("/api/v1/accounts", body), 409, "account.login_taken")
        weak = body | {"login": "weak", "password": "12345"}
        self.expect(self.be("admin").post("/api/v1/accounts", weak), 422)
