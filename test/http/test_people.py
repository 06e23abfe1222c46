"""One's own password and tokens, and what the administrator sees of accounts, posts and roles."""
import datetime
import time
from collections.abc import Callable

from matters import EVERYBODY, Incidents
from support.client import Answer, Client, Json, new_id
from support.server import patience

PASSWORD = "a password of my own"
NEXT = "quite another password"


def instant(days: int) -> str:
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)).isoformat(timespec="seconds")


def day(days: int) -> str:
    return str(datetime.date.today() + datetime.timedelta(days=days))


class People(Incidents):
    def make(self, login: str, **over: object) -> str:
        body = {"login": login, "name": "新来的", "password": PASSWORD} | over
        answer = self.be("admin").post("/api/v1/accounts", body)
        self.expect(answer, 201)
        return str(answer.json["id"])

    def sign_in(self, login: str, password: str = PASSWORD) -> Client:
        return self.anyone().sign_in(login, password)

    def change(self, client: Client, old: str, password: str) -> Answer:
        return client.post("/api/v1/me/password", {"old": old, "password": password})

    def issue(self, account: str, name: str, **over: object) -> Client:
        answer = self.be("admin").post("/api/v1/tokens", {"account": account, "name": name} | over)
        self.expect(answer, 201)
        client = self.anyone()
        client.token = answer.json["token"]
        return client

    def wait_until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + patience(10)
        while not true():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def audit(self, **query: object) -> list[Json]:
        return self.be("admin").all("/api/v1/audit", **query)


class OwnPassword(People):
    def test_it_is_changed_and_other_sessions_end(self) -> None:
        account = self.make("changer")
        here, there, machine = self.sign_in("changer"), self.sign_in("changer"), self.issue(account, "bridge")
        self.expect(self.change(here, PASSWORD, NEXT), 200)
        self.assertEqual(here.get("/api/v1/me").json["login"], "changer")
        self.expect(there.get("/api/v1/me"), 401)
        self.assertEqual(machine.get("/api/v1/me").json["login"], "changer")
        self.expect(self.anyone().post("/api/v1/session", {"login": "changer", "password": PASSWORD}), 401)
        self.sign_in("changer", NEXT)
        line, = self.audit(about=account, verb="account.password")
        self.assertEqual(line["actor"]["id"], account)

    def test_what_is_refused(self) -> None:
        account = self.make("refused")
        client = self.sign_in("refused")
        wrong = self.change(client, "not my password", NEXT)
        self.expect(wrong, 422)
        self.assertEqual(wrong.errors(), {"old": "account.old_password"})
        for password, key in (("short", "account.password"), ("password123", "account.password"),
                              ("refused12345"[:10], "account.password"), (PASSWORD, "account.password_same")):
            with self.subTest(password):
                answer = self.change(client, PASSWORD, password)
                self.expect(answer, 422)
                self.assertEqual(answer.errors(), {"password": key})
        self.expect(client.post("/api/v1/me/password", {"password": NEXT}), 422)
        self.expect(self.change(self.anyone(), PASSWORD, NEXT), 401)
        self.sign_in("refused")
        self.assertEqual([one["verb"] for one in self.audit(about=account)], ["account.add"])
        lines = self.be("admin").all("/api/v1/sign-ins", account=account)
        self.assertEqual([one["outcome"] for one in lines], ["in", "refused", "in"])

    def test_a_resident_with_a_phone(self) -> None:
        client = self.anyone()
        body = {"login": "13700006666", "name": "周小明", "password": PASSWORD}
        client.token = client.post("/api/v1/register", body).json["token"]
        self.expect(self.change(client, PASSWORD, NEXT), 200)
        self.sign_in("13700006666", NEXT)


class SignIns(People):
    """Who was here: a list of its own, for the administrator."""

    def lines(self, **query: object) -> list[Json]:
        return self.be("admin").all("/api/v1/sign-ins", **query)

    def test_in_out_and_refused(self) -> None:
        account = self.make("comer")
        client = self.sign_in("comer")
        self.assertIn(client.delete("/api/v1/session").status, (200, 204))
        self.expect(client.delete("/api/v1/session"), 401)
        self.expect(self.anyone().post("/api/v1/session", {"login": "comer", "password": "not it"}), 401)
        lines = self.lines(account=account)
        self.assertEqual([one["outcome"] for one in lines], ["refused", "out", "in"])
        self.assertEqual({(one["account"]["login"], one["account"]["name"], one["client"]) for one in lines},
                         {("comer", "新来的", "127.0.0.1")})
        self.assertEqual([one["outcome"] for one in self.lines(account=account, outcome="out")], ["out"])
        self.assertEqual(len(self.lines(q="comer")), 3)
        self.assertEqual(len(self.lines(account=account, **{"from": day(-1), "to": day(1)})), 3)
        self.assertEqual(self.lines(account=account, to=day(-2)), [])
        self.assertEqual(self.lines(account=account, **{"from": day(2)}), [])
        self.assertEqual([one["outcome"] for one in self.lines(account=account, limit=1)], ["refused", "out", "in"])
        self.assertNotIn("session", {one["verb"].split(".")[0] for one in self.audit(about=account)})

    def test_a_login_that_nobody_has_is_not_kept(self) -> None:
        secret = "my-password-in-the-wrong-field"
        self.expect(self.anyone().post("/api/v1/session", {"login": secret, "password": "whatever1"}), 401)
        line = self.lines(outcome="refused")[0]
        self.assertIsNone(line["account"])
        self.assertNotIn(secret, str(line))
        self.assertEqual(self.lines(q=secret), [])

    def test_of_a_resident_no_number_is_shown(self) -> None:
        body = {"login": "13700005555", "name": "周小明", "password": PASSWORD}
        self.expect(self.anyone().post("/api/v1/register", body), 201)
        line = self.lines(outcome="in")[0]
        self.assertEqual((line["account"]["login"], line["account"]["name"]), (None, "周小明"))
        self.assertEqual(self.lines(q="13700005555"), [])

    def test_whatever_the_program_calls_itself(self) -> None:
        account = self.make("stranger")
        for agent, kept in (("浏览器 Browser/1.0", "浏览器 Browser/1.0"), ("x" * 500, "x" * 199), ("\udcff\udcfe", ""),
                            ("长" * 100, "长" * 66)):
            client = self.anyone()
            client.headers = {"User-Agent": agent.encode("utf-8", "surrogateescape").decode("latin-1")}
            self.expect(client.post("/api/v1/session", {"login": "stranger", "password": PASSWORD}), 200)
            self.assertEqual(self.lines(account=account)[0]["agent"], kept)

    def test_who_may(self) -> None:
        for login in ("clerk", "leader", "resident"):
            self.expect(self.be(login).get("/api/v1/sign-ins"), 403)
        self.expect(self.anyone().get("/api/v1/sign-ins"), 401)
        for name, value, code in (("outcome", "maybe", "sign_in.outcome"), ("account", "me", "input.uuid")):
            self.assertEqual(self.be("admin").get("/api/v1/sign-ins", **{name: value}).errors(), {name: code})


class Guessing(People):
    """Its own server: it locks the address out."""

    def test_guessing_it_is_slowed_down(self) -> None:
        self.make("guessed")
        client = self.sign_in("guessed")
        for _ in range(40):
            answer = self.change(client, "not my password", NEXT)
            if answer.status == 429:
                break
            self.expect(answer, 422)
        self.expect(answer, 429, "session.rate")
        self.expect(self.change(client, PASSWORD, NEXT), 429)


class Tokens(People):
    def test_seen_and_taken_back_by_the_owner(self) -> None:
        account = self.make("robot")
        first, second = self.issue(account, "12345 bridge"), self.issue(account, "open data", until=instant(3))
        owner = self.sign_in("robot")
        first.get("/api/v1/me")
        rows = {one["name"]: one for one in owner.all("/api/v1/tokens", limit=1)}
        self.assertEqual(set(rows), {"12345 bridge", "open data"})
        self.assertIsNone(rows["open data"]["used_at"])
        self.assertFalse(rows["open data"]["over"])
        self.assertTrue(rows["open data"]["until"].startswith(instant(3)[:4]))
        for token in (first.token, second.token):
            self.assertNotIn(str(token), str(owner.get("/api/v1/tokens").json))
        path = f"/api/v1/tokens/{rows['12345 bridge']['id']}"
        self.expect(self.be("clerk").delete(path), 404, "token.not_found")
        self.expect(owner.delete(path), 200)
        self.expect(owner.delete(path), 404, "token.not_found")
        self.expect(first.get("/api/v1/me"), 401)
        self.assertEqual(second.get("/api/v1/me").status, 200)
        self.assertEqual([one["name"] for one in owner.all("/api/v1/tokens")], ["open data"])

    def test_the_last_use_is_written_down(self) -> None:
        account = self.make("used")
        self.issue(account, "bridge").get("/api/v1/me")
        path = f"/api/v1/accounts/{account}/tokens"
        self.wait_until(lambda: self.be("admin").all(path)[0]["used_at"] is not None)

    def test_the_administrator_sees_and_revokes(self) -> None:
        account = self.make("robot2")
        machine = self.issue(account, "bridge")
        path = f"/api/v1/accounts/{account}/tokens"
        rows = self.be("admin").all(path)
        self.assertEqual([one["name"] for one in rows], ["bridge"])
        other = self.make("robot3")
        self.expect(self.be("admin").delete(f"/api/v1/accounts/{other}/tokens/{rows[0]['id']}"), 404)
        self.expect(self.be("admin").delete(f"{path}/{rows[0]['id']}"), 200)
        self.expect(machine.get("/api/v1/me"), 401)
        self.assertEqual(self.audit(about=account)[0]["verb"], "token.revoke")

    def test_a_session_is_no_token(self) -> None:
        self.assertEqual(self.be("clerk").all("/api/v1/tokens"), [])


class Accounts(People):
    def every(self, **query: object) -> list[Json]:
        return self.be("admin").all("/api/v1/accounts/all", **query)

    def test_also_those_without_a_post(self) -> None:
        account = self.make("nobody-yet", name="还没岗位")
        client = self.anyone()
        body = {"login": "13700005555", "name": "居民甲", "password": PASSWORD}
        client.token = client.post("/api/v1/register", body).json["token"]
        resident = client.get("/api/v1/me").json["id"]
        rows = {one["id"]: one for one in self.every(limit=3)}
        self.assertEqual(rows[account]["posts"], [])
        self.assertEqual((rows[resident]["login"], rows[resident]["phone"]), (None, "137****5555"))
        self.assertIn("clerk", {one["login"] for one in rows.values()})
        self.assertEqual(len(rows), len(self.every()))
        self.assertNotIn(account, [one["id"] for one in self.be("clerk").all("/api/v1/accounts")])

    def test_search(self) -> None:
        account = self.make("searched-for", name="欧阳找得到", phone="13700004444")
        for q in ("欧阳", "searched", "13700004444", "137 0000 4444"):
            with self.subTest(q):
                self.assertEqual([one["id"] for one in self.every(q=q)], [account])
        self.assertEqual(self.every(q="13700004443"), [])
        self.assertEqual(self.every(q="phone-"), [])
        self.assertIn("worker", [one["login"] for one in self.every(role="grid_worker")])
        self.expect(self.be("admin").get("/api/v1/accounts/all", cursor="x"), 400)

    def test_posts_past_and_to_come(self) -> None:
        account = self.make("history")
        terms: list[tuple[str, Json]] = [("clerk", {}), ("verifier", {"from": instant(2)}), ("leader", {})]
        for role, over in terms:
            self.expect(self.be("admin").post("/api/v1/posts", {"account": account, "role": role, "area": "330803"}
                                              | over), 201)
        self.expect(self.be("admin").post("/api/v1/posts/end",
                                          {"account": account, "role": "leader", "area": "330803"}), 200)
        one = self.be("admin").get(f"/api/v1/accounts/{account}").json
        self.assertEqual({post["role"]: post["held"] for post in one["all_posts"]},
                         {"clerk": "now", "verifier": "future", "leader": "ended"})
        self.assertEqual([post["role"] for post in one["posts"]], ["clerk"])
        self.expect(self.be("admin").get(f"/api/v1/accounts/{new_id()}"), 404, "account.not_found")

    def test_roles_come_from_the_packs(self) -> None:
        roles = {one["role"]: one for one in self.be("resident").get("/api/v1/roles").json["items"]}
        self.assertEqual(roles["clerk"]["title"], {"zh": "受理员", "en": "Clerk"})
        self.assertEqual(roles["grid_worker"]["levels"], ["grid", "microgrid"])
        self.assertEqual([roles[name]["levels"] for name in ("admin", "monitor")], [["district"], ["district"]])

    def test_who_administers_does_so_everywhere(self) -> None:
        """A post over a village that lets one set every password and read every audit line would be a trap."""
        account = self.make("village-admin")
        for role in ("admin", "monitor"):
            with self.subTest(role):
                self.expect(self.be("admin").post("/api/v1/posts", {"account": account, "role": role,
                                                                    "area": "330803103243"}), 422, "input.invalid")


class Audit(People):
    def test_who_did_what_to_whom(self) -> None:
        account = self.make("audited", name="被记录的")
        self.be("admin").post(f"/api/v1/accounts/{account}/active", {"active": False})
        admin = self.account("admin")
        rows = self.audit(about=account)
        self.assertEqual([one["verb"] for one in rows], ["account.disable", "account.add"])
        self.assertEqual((rows[0]["actor"]["id"], rows[0]["about_name"]), (admin, "被记录的"))
        self.assertEqual(rows[1]["detail"]["login"], "audited")
        fits: list[Json] = [{"verb": "account.disable"}, {"q": "被记录的"}, {"actor": admin},
                            {"from": day(-1), "to": day(1)}]
        for query in fits:
            with self.subTest(query):
                self.assertIn(rows[0]["id"], [one["id"] for one in self.audit(**query)])
        others: list[Json] = [{"verb": "org.add"}, {"q": "没有这样的"}, {"actor": account},
                              {"from": day(2)}, {"to": day(-2)}]
        for query in others:
            with self.subTest(query):
                self.assertNotIn(rows[0]["id"], [one["id"] for one in self.audit(**query)])
        self.assertEqual([one["id"] for one in self.audit(limit=2)], [one["id"] for one in self.audit()])
        self.expect(self.be("admin").get("/api/v1/audit", cursor="x"), 400)
        self.expect(self.be("admin").get("/api/v1/audit", **{"from": "yesterday"}), 422)

    def test_each_reveal_is_seen(self) -> None:
        record = self.report(fields={"caller": "13957001234"})
        shown = self.be("clerk").post(f"/api/v1/records/{record['id']}/reveal",
                                      {"id": new_id(), "fields": ["caller"], "note": "回电核实"})
        self.expect(shown, 200)
        row = self.be("admin").get("/api/v1/reveals").json["items"][0]
        self.assertEqual((row["record"]["id"], row["record"]["number"], row["note"], row["fields"]),
                         (record["id"], record["number"], "回电核实", ["caller"]))
        self.assertEqual(row["actor"]["id"], self.account("clerk"))
        self.assertNotIn("13957001234", str(row))
        everything = self.be("admin").all("/api/v1/reveals", limit=1)
        self.assertEqual(everything[0]["seq"], row["seq"])

    def test_it_is_for_the_administrator(self) -> None:
        for login in EVERYBODY:
            if login != "admin":
                self.assertIn(self.be(login).get("/api/v1/audit").status, (401, 403))
                self.assertIn(self.be(login).get("/api/v1/reveals").status, (401, 403))
