"""Residents whom staff name as a party: found by their whole number, with a reason, and never leafed through."""
import secrets

from registers import Registers
from support.client import Answer, Client, Json

WHY = "窗口代办，本人在场"


def number() -> str:
    return f"139{secrets.randbelow(10**8):08d}"


class Persons(Registers):
    def registered(self, phone: str, **more: str) -> Client:
        client = Client(self.server.port, recorder=self.recorder)
        body = {"login": phone, "name": "皇甫嵩嵩", "password": "walnut-harbor-sky"} | more
        answer = client.post("/api/v1/register", body)
        self.expect(answer, 201)
        client.token = answer.json["token"]
        return client

    def refused(self, answer: Answer, code: str) -> None:
        self.expect(answer, 422)
        self.assertIn(code, [one["code"] for one in answer.json["errors"]], repr(answer))

    def find(self, login: str, phone: str) -> Json | None:
        answer = self.be(login).post("/api/v1/people/find", {"phone": phone, "why": WHY})
        self.expect(answer, 200)
        person: Json | None = answer.json["person"]
        return person

    def test_found_named_and_told(self) -> None:
        phone = number()
        resident, house = self.registered(phone), self.house()
        person = self.find("clerk", f"{phone[:3]} {phone[3:]}")
        assert person is not None
        self.assertEqual((person["name"], person["phone"]), ("皇***", f"{phone[:3]}****{phone[-4:]}"))
        self.assertNotIn(resident.get("/api/v1/me").json["id"], str(person))
        named = [{"role": "landlord", "person": person["word"]}]
        self.step("clerk", house, "name_landlord", parties=named)
        mine = resident.get("/api/v1/records", kind="house", party="me").json["items"]
        self.assertEqual([one["id"] for one in mine], [house["id"]])
        last = resident.get(f"/api/v1/records/{house['id']}/log").json["items"][-1]
        self.assertEqual(last["verb"], "name_landlord")
        self.assertTrue(last["actor"]["name"].endswith("*"), last["actor"])
        line = self.be("admin").get("/api/v1/audit", verb="person.find").json["items"][0]
        self.assertEqual((line["detail"]["why"], line["detail"]["found"]), (WHY, True))
        self.assertNotIn(phone, str(line))

    def test_a_word_is_of_one_hand_and_for_parts_of_residents(self) -> None:
        phone = number()
        resident, house = self.registered(phone), self.house()
        person = self.find("leader", phone)
        assert person is not None
        refused = self.move("clerk", house, "name_landlord", parties=[{"role": "landlord", "person": person["word"]}])
        self.refused(refused, "person.word")
        account = resident.get("/api/v1/me").json["id"]
        by_id = self.move("clerk", house, "name_landlord", parties=[{"role": "landlord", "account": account}])
        self.refused(by_id, "party.unknown")
        mine = self.find("clerk", phone)
        assert mine is not None
        incident = self.accepted()
        named = self.move("clerk", incident, "dispatch", parties=[{"role": "lead", "person": mine["word"]}])
        self.refused(named, "party.resident")

    def test_nobody_leafs(self) -> None:
        self.assertIsNone(self.find("clerk", number()))
        for wrong in ("1395700", "0570-3838383", "12345"):
            answer = self.be("clerk").post("/api/v1/people/find", {"phone": wrong, "why": WHY})
            self.refused(answer, "person.phone")
        def look(login: str | None) -> int:
            return self.be(login).post("/api/v1/people/find", {"phone": number(), "why": WHY}).status

        self.assertEqual([look(None), look("resident")], [401, 403])
        self.assertIn(429, [look("verifier") for _ in range(12)])

    def test_an_account_from_the_counter_is_taken_over(self) -> None:
        phone = number()
        made = self.be("clerk").post("/api/v1/people", {"phone": phone, "name": "夏侯惇惇", "why": WHY})
        self.expect(made, 201)
        again = self.be("clerk").post("/api/v1/people", {"phone": phone, "name": "别的名字", "why": WHY})
        self.expect(again, 200)
        self.assertEqual(again.json["person"]["code"], made.json["person"]["code"])
        owner = [{"role": "tenant", "person": made.json["person"]["word"]}]
        stay = self.be("clerk").post("/api/v1/records", {
            "kind": "stay", "parent": self.house()["id"], "parties": owner,
            "fields": {"name": "夏侯惇惇", "moved_in": "2021-11-01"}})
        self.expect(stay, 201)
        body = {"login": phone, "name": "夏侯惇惇", "password": "walnut-harbor-sky"}
        self.expect(self.anyone().post("/api/v1/register", body), 409, "account.login_taken")
        self.refused(self.anyone().post("/api/v1/register", body | {"code": "0000000000"}), "person.code")
        theirs = self.registered(phone, code=made.json["person"]["code"])
        self.assertEqual(theirs.get("/api/v1/records", party="me").json["items"][0]["id"], stay.json["id"])
        again = self.anyone().post("/api/v1/register", body | {"code": made.json["person"]["code"]})
        self.refused(again, "person.code")
        later = self.be("clerk").post("/api/v1/people", {"phone": phone, "name": "夏侯惇惇", "why": WHY})
        self.assertIsNone(later.json["person"]["code"])

    def test_who_holds_a_post_is_not_taken_over(self) -> None:
        """Any of the staff can ask for a number's code: it must not open a colleague's account."""
        phone = number()
        made = self.be("clerk").post("/api/v1/people", {"phone": phone, "name": "钟离春", "why": WHY})
        self.expect(made, 201)
        self.assertIsNotNone(self.find("clerk", phone))
        account = self.be("admin").get("/api/v1/audit", verb="person.find").json["items"][0]["about"]
        post = {"account": account, "role": "leader", "area": "330803"}
        self.expect(self.be("admin").post("/api/v1/posts", post), 201)
        later = self.be("clerk").post("/api/v1/people", {"phone": phone, "name": "钟离春", "why": WHY})
        self.assertIsNone(later.json["person"]["code"])
        body = {"login": phone, "name": "钟离春", "password": "walnut-harbor-sky", "code": made.json["person"]["code"]}
        self.refused(self.anyone().post("/api/v1/register", body), "person.code")
