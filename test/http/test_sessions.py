"""Who somebody is: sign-in, cookies, forged requests, languages, and the manners of HTTP."""
import time

from matters import PHONE, Incidents
from support.client import PASSWORD, new_id


class Sessions(Incidents):
    def test_signing_in_gives_a_token_and_a_cookie(self) -> None:
        client = self.anyone()
        answer = client.post("/api/v1/session", {"login": "clerk", "password": PASSWORD})
        self.assertIn(answer.status, (200, 201))
        self.assertEqual(answer.json["account"]["login"], "clerk")
        cookie = answer.headers["set-cookie"]
        self.assertIn("HttpOnly", cookie)
        self.assertIn("SameSite=Strict", cookie)
        mine = client.request("GET", "/api/v1/me", Cookie=cookie.split(";")[0])
        self.assertEqual(mine.json["login"], "clerk")
        self.assertTrue(mine.json["posts"])

    def test_a_resident_registers_with_a_phone(self) -> None:
        phone = "13700007777"
        body = {"login": phone, "name": "周小明", "password": "long enough for me"}
        client = self.anyone()
        answer = client.post("/api/v1/register", body)
        self.expect(answer, 201)
        client.token = answer.json["token"]
        mine = client.get("/api/v1/me").json
        self.assertEqual((mine["name"], mine["posts"], mine["admin"]), ("周小明", [], False))
        self.expect(client.post("/api/v1/records", self.body()), 201)
        self.expect(self.anyone().post("/api/v1/register", body), 409, "account.login_taken")
        self.expect(self.anyone().post("/api/v1/register", body | {"login": "13700008888", "password": "short"}), 422)
        self.expect(self.anyone().post("/api/v1/register", body | {"login": "admin2"}), 422)
        self.anyone().sign_in(phone, "long enough for me")
        for path in self.server.data.rglob("*"):
            if path.is_file():
                self.assertNotIn(phone.encode(), path.read_bytes(), path.name)

    def test_signing_out_ends_the_token(self) -> None:
        client = self.anyone().sign_in("resident2")
        self.assertIn(client.delete("/api/v1/session").status, (200, 204))
        self.expect(client.get("/api/v1/me"), 401)

    def test_a_wrong_password_and_a_wrong_login_say_the_same(self) -> None:
        client = self.anyone()
        wrong = client.post("/api/v1/session", {"login": "clerk", "password": "wrong-wrong"})
        nobody = client.post("/api/v1/session", {"login": "nobody-here", "password": "wrong-wrong"})
        self.expect(wrong, 401, "session.refused")
        self.expect(nobody, 401, "session.refused")
        self.assertEqual(wrong.json["detail"], nobody.json["detail"])

    def test_a_made_up_token_is_refused(self) -> None:
        client = self.anyone()
        client.token = "x" * 43
        self.expect(client.get("/api/v1/me"), 401)
        client.token = "\u00e4" * 10
        self.expect(client.get("/api/v1/me"), 401)

    def test_nobody_in_particular(self) -> None:
        mine = self.be(None).get("/api/v1/me")
        self.assertIn(mine.status, (200, 401))
        if mine.status == 200:
            self.assertIsNone(mine.json["id"])
            self.assertFalse(mine.json["admin"])

    def test_a_cookie_alone_does_not_write(self) -> None:
        client = self.anyone()
        answer = client.post("/api/v1/session", {"login": "resident", "password": PASSWORD})
        cookie = answer.headers["set-cookie"].split(";")[0]
        self.expect(client.post("/api/v1/records", self.body(), Cookie=cookie), 403, "http.csrf")
        written = client.post("/api/v1/records", self.body(), Cookie=cookie, X_Wangge="1")
        self.expect(written, 201)

    def test_languages(self) -> None:
        client = self.anyone()
        path = f"/api/v1/records/{new_id()}"
        chinese = client.request("GET", path)
        english = client.request("GET", path, Accept_Language="en-GB,en;q=0.9,zh;q=0.1")
        self.assertEqual(chinese.key, english.key)
        self.assertRegex(chinese.json["detail"], "[\u4e00-\u9fff]")
        self.assertNotRegex(english.json["detail"], "[\u4e00-\u9fff]")

    def test_head_is_get_without_a_body(self) -> None:
        for path in ("/", "/healthz", "/api/v1/kinds", "/desk/anything/below"):
            with self.subTest(path=path):
                whole, head = self.be(None).get(path), self.be(None).request("HEAD", path)
                self.assertEqual((head.status, head.body), (whole.status, b""))

    def test_unknown_paths_and_methods(self) -> None:
        self.expect(self.be(None).get("/api/v1/nothing"), 404)
        self.expect(self.be(None).get("/assets/none.js"), 404)
        self.assertNotIn(b"root:", self.be(None).get("/../../etc/passwd").body)
        self.expect(self.be(None).get("/assets/..%2f..%2fsecret.key"), 404)
        wrong = self.be(None).delete("/api/v1/kinds")
        self.expect(wrong, 405)
        self.assertIn("GET", wrong.headers["allow"])

    def test_pages_are_served_with_careful_headers(self) -> None:
        for path in ("/", "/work", "/desk", "/board", "/admin", "/desk/records/1"):
            with self.subTest(path=path):
                page = self.be(None).get(path)
                self.assertEqual(page.status, 200)
                self.assertTrue(page.headers["content-type"].startswith("text/html"))
                self.assertEqual(page.headers["x-content-type-options"], "nosniff")
                self.assertIn("default-src", page.headers["content-security-policy"])

    def test_for_machines(self) -> None:
        self.assertEqual(self.be(None).get("/healthz").status, 200)
        self.assertEqual(self.be(None).get("/readyz").status, 200)

    def test_the_district_says_that_it_is_a_sample(self) -> None:
        district = self.be(None).get("/api/v1/district").json
        self.assertTrue(district["sample"])
        self.assertEqual(str(district["district"]), "330803")

    def test_the_log_of_the_server_names_nobody(self) -> None:
        self.report(None, fields={"caller": PHONE})
        self.be("clerk").get("/api/v1/records", q=PHONE)
        self.anyone().post("/api/v1/session", {"login": "clerk", "password": "mistyped-secret"})
        self.assertNotIn(PHONE, self.server.tail(1_000_000))
        self.assertNotIn("mistyped-secret", self.server.tail(1_000_000))
        self.assertNotIn(str(self.be("clerk").token), self.server.tail(1_000_000))


class Guessing(Incidents):
    """Its own server: it locks a login out."""

    def test_guessing_is_slowed_down(self) -> None:
        client = self.anyone()
        for _ in range(40):
            answer = client.post("/api/v1/session", {"login": "leader", "password": "not-this-one"})
            if answer.status == 429:
                break
            self.expect(answer, 401, "session.refused")
        self.expect(answer, 429, "session.rate")
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        right = client.post("/api/v1/session", {"login": "leader", "password": PASSWORD})
        self.expect(right, 429, "session.rate")

    def test_anonymous_reports_are_limited(self) -> None:
        client, began = self.anyone(), time.monotonic()
        for _ in range(400):
            answer = client.post("/api/v1/records", self.body())
            if answer.status != 201:
                break
        self.assertLess(time.monotonic() - began, 60)
        self.expect(answer, 429)
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        self.expect(self.be("resident").post("/api/v1/records", self.body()), 201)
