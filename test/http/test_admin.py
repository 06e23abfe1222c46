"""Accounts, organisations, posts and tokens: made, used and taken away, each at once."""
import datetime

from matters import STAFF, Incidents
from support.client import Client, Json, new_id

PASSWORD = "a password of my own"


class Admin(Incidents):
    def make(self, login: str, **over: object) -> str:
        body = {"login": login, "name": "新来的", "password": PASSWORD} | over
        answer = self.be("admin").post("/api/v1/accounts", body)
        self.expect(answer, 201)
        return str(answer.json["id"])

    def give(self, account: str, role: str, area: str, **over: object) -> None:
        answer = self.be("admin").post("/api/v1/posts", {"account": account, "role": role, "area": area} | over)
        self.assertIn(answer.status, (200, 201), repr(answer))

    def sign_in(self, login: str, password: str = PASSWORD) -> Client:
        return self.anyone().sign_in(login, password)

    def posts(self, client: Client) -> list[Json]:
        return list(client.get("/api/v1/me").json["posts"])

    def test_the_kinds_say_what_ones_posts_give_one_to_do(self) -> None:
        def work(client: Client) -> dict[str, str]:
            return {one["kind"]: one["work"] for one in client.get("/api/v1/kinds").json["items"]}

        self.assertEqual(set(work(self.anyone()).values()), {"none"})
        self.assertEqual(set(work(self.be("resident")).values()), {"none"})
        self.assertEqual(work(self.be("clerk"))["incident"], "moves")
        account = self.make("newbank")
        self.give(account, "bank_clerk", "330803")
        mine = {kind: what for kind, what in work(self.sign_in("newbank")).items() if what != "none"}
        self.assertEqual(mine, {"green_loan": "moves", "carbon_account": "sees", "green_event": "sees"})

    def test_the_kinds_say_how_one_may_raise_them(self) -> None:
        def how(login: str) -> dict[str, str]:
            return {one["kind"]: one["raise"] for one in self.be(login).get("/api/v1/kinds").json["items"]}

        clerk, patrol, resident = how("clerk"), how("patrol"), how("resident")
        self.assertEqual((clerk["incident"], resident["incident"]), ("alone", "alone"))
        self.assertEqual((clerk["shop"], clerk["inspection"], patrol["inspection"]), ("alone", "below", "below"))
        self.assertEqual((clerk["deputies"], resident["deputies"], resident["inspection"]), ("alone", "none", "none"))
        self.assertEqual((clerk["first_sheet"], clerk["owners_slip"]), ("below", "none"))
        for kind, below in (("inspection", True), ("concern", True), ("incident", False)):
            self.assertIs(self.be("clerk").get(f"/api/v1/kinds/{kind}").json["below"], below)
        for kind in (kind for kind, one in resident.items() if one == "none"):
            answer = self.be("resident").post("/api/v1/records", {"id": new_id(), "kind": kind, "fields": {}})
            self.assertGreaterEqual(answer.status, 400, kind)

    def test_a_post_opens_the_desk_and_its_end_closes_it(self) -> None:
        account, record = self.make("newclerk"), self.report()
        client = self.sign_in("newclerk")
        self.expect(client.get(f"/api/v1/records/{record['id']}"), 404)
        self.give(account, "clerk", "330803")
        self.assertEqual([(one["role"], one["area"]) for one in self.posts(client)], [("clerk", "330803")])
        self.assertIn("accept", client.get(f"/api/v1/records/{record['id']}").json["allowed"])
        ended = self.be("admin").post("/api/v1/posts/end", {"account": account, "role": "clerk", "area": "330803"})
        self.assertEqual(ended.status, 200, repr(ended))
        self.assertEqual(self.posts(client), [])
        self.expect(client.get(f"/api/v1/records/{record['id']}"), 404)

    def test_a_post_ends_on_a_day_to_come(self) -> None:
        account = self.make("later_leaver")
        self.give(account, "clerk", "330803")
        body = {"account": account, "role": "clerk", "area": "330803"}
        self.expect(self.be("admin").post("/api/v1/posts/end", body | {"until": "2020-01-01T00:00:00+08:00"}), 422)
        ended = self.be("admin").post("/api/v1/posts/end", body | {"until": "2099-01-01T00:00:00+08:00"})
        self.assertEqual(ended.status, 200, repr(ended))
        held = self.be("admin").get(f"/api/v1/accounts/{account}").json["all_posts"]
        self.assertEqual([(one["held"], one["until"][:10]) for one in held], [("now", "2099-01-01")])
        self.assertEqual(len(self.posts(self.sign_in("later_leaver"))), 1)

    def test_a_post_has_its_time(self) -> None:
        account = self.make("tomorrow")
        start = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
        self.give(account, "clerk", "330803", **{"from": start.isoformat(timespec="seconds")})
        self.assertEqual(self.posts(self.sign_in("tomorrow")), [])

    def test_a_barred_account_is_out_at_once(self) -> None:
        account = self.make("leaver")
        client = self.sign_in("leaver")
        path = f"/api/v1/accounts/{account}/active"
        self.expect(self.be("admin").post(path, {"active": False}), 200)
        self.expect(client.get("/api/v1/records"), 401)
        refused = self.anyone().post("/api/v1/session", {"login": "leaver", "password": PASSWORD})
        self.expect(refused, 401, "session.refused")
        self.expect(self.be("admin").post(path, {"active": True}), 200)
        self.sign_in("leaver")

    def test_a_new_password_ends_old_sessions(self) -> None:
        account = self.make("forgetful")
        client = self.sign_in("forgetful")
        path = f"/api/v1/accounts/{account}/password"
        self.expect(self.be("admin").post(path, {"password": "123"}), 422)
        self.assertIn(self.be("admin").post(path, {"password": "another good password"}).status, (200, 204))
        self.expect(client.get("/api/v1/records"), 401)
        self.sign_in("forgetful", "another good password")
        refused = self.anyone().post("/api/v1/session", {"login": "forgetful", "password": PASSWORD})
        self.expect(refused, 401)

    def test_an_administrator_does_not_lock_himself_out(self) -> None:
        me = self.account("admin")
        self.expect(self.be("admin").post(f"/api/v1/accounts/{me}/active", {"active": False}), 409)
        post = self.posts(self.be("admin"))[0]
        ended = self.be("admin").post("/api/v1/posts/end", {"account": me, "role": "admin", "area": post["area"]})
        self.expect(ended, 409)
        self.assertTrue(self.be("admin").get("/api/v1/me").json["admin"])

    def test_wrong_posts(self) -> None:
        account = self.make("wrongpost")
        for what, role, area in (("a role that is none", "emperor", "330803"),
                                 ("a level that has it not", "grid_worker", "330803"),
                                 ("an area that is none", "clerk", "330803999999"),
                                 ("an area elsewhere", "clerk", "110101")):
            with self.subTest(what):
                body = {"account": account, "role": role, "area": area}
                self.expect(self.be("admin").post("/api/v1/posts", body), 422)

    def test_an_organisation_can_lead(self) -> None:
        made = self.be("admin").post("/api/v1/orgs", {"name": "路灯所", "area": "330803"})
        self.expect(made, 201)
        org = made.json["id"]
        self.assertIn(org, [one["id"] for one in self.be("clerk").all("/api/v1/orgs", q="路灯所")])
        account = self.make("lamplighter")
        self.give(account, "handler", "330803", org=org)
        record = self.step("clerk", self.accepted(), "dispatch", parties=[{"role": "lead", "org": org}])
        client = self.sign_in("lamplighter")
        self.assertIn("acknowledge", client.get(f"/api/v1/records/{record['id']}").json["allowed"])

    def test_a_token_for_a_machine(self) -> None:
        account = self.make("machine")
        self.give(account, "clerk", "330803")
        issued = self.be("admin").post("/api/v1/tokens", {"account": account, "name": "12345 bridge"})
        self.assertIn(issued.status, (200, 201), repr(issued))
        client = self.anyone()
        client.token = issued.json["token"]
        self.assertEqual(client.get("/api/v1/me").json["login"], "machine")

    def test_who_is_who_is_for_staff(self) -> None:
        self.expect(self.be("resident").get("/api/v1/accounts"), 403)
        known = {one["login"] for one in self.be("clerk").all("/api/v1/accounts")}
        self.assertLessEqual(set(STAFF), known)
        self.assertNotIn("resident", known)
        workers = {one["login"] for one in self.be("clerk").all("/api/v1/accounts", role="grid_worker")}
        self.assertIn("worker", workers)
        self.assertNotIn("clerk", workers)
