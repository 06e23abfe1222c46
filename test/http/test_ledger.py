"""Amounts: who reads which account, statements as of a day, commands that come at once, and paying on line."""
import threading
import urllib.request
from typing import Any

from bank import SECRET, Bank
from cryptography.hazmat.primitives.asymmetric import rsa
from matters import Incidents
from support.client import Client, Json, new_id
from support.server import database_files, query


class Amounts(Incidents):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        clerk = Client(cls.server.port, recorder=cls.recorder).sign_in("clerk")
        for kind in ("estate", "contribution", "spending", "estate_bill", "carbon_account"):
            clerk.get(f"/api/v1/kinds/{kind}")  # the contract test compares with what these say
        clerk.close()

    def make(self, login: str, kind: str, fields: Json, **over: Any) -> Json:
        where = {} if "parent" in over else {"place": {"lng": self.here[0], "lat": self.here[1]}}
        answer = self.be(login).post("/api/v1/records", {"id": new_id(), "kind": kind, "fields": fields} | where | over)
        self.expect(answer, 201)
        return dict(answer.json)

    def estate(self) -> Json:
        estate = self.make("clerk", "estate", {"name": "梦美家园", "homes": 72})
        committee = [{"role": "committee", "account": self.account(one)} for one in ("worker", "patrol", "verifier")]
        self.step("resident", estate, "join")
        self.step("clerk", estate, "volunteer")
        self.step("clerk", estate, "entrust", parties=[{"role": "volunteer", "account": self.account("resident")}])
        self.step("clerk", estate, "appoint", parties=committee)
        return self.step("clerk", estate, "form")

    def gift(self, estate: Json, fen: int, received: bool = True) -> Json:
        gift = self.make("worker", "contribution", {"room": "1 幢 101", "amount": fen, "giver": "刘银华"},
                         parent=estate["id"])
        return self.step("resident", gift, "receive") if received else gift

    def statement(self, login: str | None, estate: Json, account: str = "cash", **query_: object) -> Json:
        answer = self.be(login).get(f"/api/v1/ledgers/fund/{account}", of=estate["id"], **query_)
        self.expect(answer, 200)
        return dict(answer.json)


class Ledgers(Amounts):
    def test_an_estate_s_books_are_public_and_whose_gift_it_was_is_not(self) -> None:
        estate = self.estate()
        gift = self.gift(estate, 130000)
        self.step("resident", gift, "correct", note="记错了")
        second = self.gift(estate, 100050)
        for login in (None, "resident2", "clerk"):
            page = self.statement(login, estate)
            self.assertEqual(page["balance"], 100050)
            self.assertEqual([(line["amount"], line["balance"], line["counter"]) for line in page["items"]],
                             [(100050, 100050, False), (-130000, 0, True), (130000, 130000, False)])
            top = page["items"][0]
            self.assertEqual((top["rule"], top["inputs"], top["version"]), ("amount", {"amount": 100050}, 1))
            self.assertEqual(top["record"]["id"], second["id"] if login == "clerk" else None)
            self.assertEqual(top["record"]["number"], second["number"])
            self.assertNotIn("刘银华", str(page))
            self.assertNotIn("101", str(page["items"]) if login != "clerk" else "")
        self.assertEqual(self.statement(None, estate, "raised")["balance"], 100050)
        self.assertEqual({one["account"]: one["balance"] for one in
                          self.be(None).get(f"/api/v1/records/{estate['id']}/accounts").json["items"]},
                         {"cash": 100050, "raised": 100050, "fees": 0, "spent": 0})

    def test_what_stands_on_its_accounts_goes_with_a_merged_estate_and_back(self) -> None:
        gone, stays = self.estate(), self.estate()
        gift = self.gift(gone, 5000)
        self.gift(stays, 700)

        def cash() -> list[tuple[int, int]]:
            return [tuple(self.statement(None, one, account)["balance"] for account in ("cash", "raised"))
                    for one in (gone, stays)]

        before = cash()
        self.step("clerk", gone, "merge", other=stays["id"], note="同一个小区")
        self.assertEqual(cash(), [(0, 0), (5700, 5700)])
        self.assertEqual(self.get(gift)["parent"], stays["id"])
        self.step("clerk", gone, "unmerge", note="不是同一个小区")
        self.assertEqual((cash(), self.get(gift)["parent"]), (before, gone["id"]))
        self.assertEqual(self.server.command("verify").returncode, 0)

    def test_as_of_pages_and_csv(self) -> None:
        estate = self.estate()
        for fen in (100, 200, 300, 400, 500):
            self.gift(estate, fen)
        whole = self.statement(None, estate)["items"]
        third = whole[2]["booked_at"]
        self.assertEqual(self.statement(None, estate, as_of=third)["balance"], 600)
        self.assertEqual(self.statement(None, estate, as_of=third)["items"], whole[2:])
        self.assertEqual(self.statement(None, estate, as_of="2020-01-01T00:00:00+08:00")["balance"], 0)
        between = {"from": whole[3]["booked_at"], "as_of": whole[1]["booked_at"]}
        month = self.statement(None, estate, **between, limit=2)
        self.assertEqual([month[one] for one in ("opening", "in", "out", "lines", "balance")], [100, 900, 0, 3, 1000])
        self.assertEqual(month["items"], whole[1:3])
        rest = self.statement(None, estate, cursor=month["next"], **{"from": whole[3]["booked_at"]})
        self.assertEqual(rest["items"], whole[3:4])
        raised = self.statement(None, estate, "raised", **{"from": whole[3]["booked_at"]})  # a turned account
        self.assertEqual([raised[one] for one in ("opening", "in", "out", "balance")], [100, 1400, 0, 1500])
        late = {"of": estate["id"], "from": "2026-01-02T00:00:00+08:00", "as_of": "2026-01-01T00:00:00+08:00"}
        self.expect(self.be(None).get("/api/v1/ledgers/fund/cash", **late), 422, "input.invalid")
        first = self.statement(None, estate, limit=2)
        self.assertEqual(first["items"] + self.be(None).all("/api/v1/ledgers/fund/cash", of=estate["id"],
                                                            cursor=first["next"], limit=2), whole)
        answer = self.be(None).get("/api/v1/ledgers/fund/cash", of=estate["id"], format="csv")
        lines = answer.body.decode("utf-8-sig").split("\r\n")
        self.assertEqual(len(lines), 7)
        self.assertIn(",5.00,,15.00,", lines[1])

    def test_nobody_reads_what_is_not_theirs(self) -> None:
        mine = self.make("resident", "carbon_account", {"consent": True, "card": "6228480402564890018"})
        path = "/api/v1/ledgers/carbon/member"
        self.assertEqual(self.be("resident").get(path, of=mine["id"]).json["balance"], 0)
        for login in (None, "resident2", "clerk", "admin"):
            self.assertEqual(self.be(login).get(path, of=mine["id"]).key.split(":")[-1].split("/")[-1],
                             "ledger.not_found")
            self.assertEqual(self.be(login).get(f"/api/v1/records/{mine['id']}/accounts").status, 404)
            self.assertEqual(self.be(login).get("/api/v1/ledgers/carbon/issued").status, 404)
        for wrong in ("/api/v1/ledgers/carbon/nobody", "/api/v1/ledgers/none/member", path):
            self.assertEqual(self.be("resident").get(wrong).status, 404)
        self.assertEqual(self.be("resident").get(path, of="x").status, 422)
        self.assertEqual(self.be("resident").get(path, of=mine["id"], format="pdf").status, 422)
        self.assertIn("carbon", [one["name"] for one in self.be(None).get("/api/v1/ledgers").json["items"]])

    def test_who_may_read_the_district_s_accounts_is_told_and_held_to(self) -> None:
        for login in (None, "resident", "worker", "clerk", "admin"):
            ledgers = {one["name"]: one["accounts"] for one in self.be(login).get("/api/v1/ledgers").json["items"]}
            for name, accounts in ledgers.items():
                for one in accounts:
                    with self.subTest(login=login, ledger=name, account=one["name"]):
                        may = (login, name, one["of"]) == ("clerk", "service", "district")
                        self.assertEqual(one["readable"], may)
                        if one["of"] == "district":
                            answer = self.be(login).get(f"/api/v1/ledgers/{name}/{one['name']}")
                            self.assertEqual(answer.status, 200 if one["readable"] else 404)

    def test_many_at_once_never_spend_what_is_not_there(self) -> None:
        estate = self.estate()
        gift = self.gift(estate, 1000)
        receipts = {}
        asked = []
        for _ in range(6):
            one = self.make("worker", "spending", {"what": "灯", "amount": 300, "purpose": "repair", "supplier": "甲"},
                            parent=estate["id"])
            self.step("patrol", one, "sign")
            asked.append(self.step("verifier", one, "countersign"))
            receipts[one["id"]] = self.photo("resident")
        answers: list[int] = []

        def pay(record: Json) -> None:
            client = Client(self.server.port).sign_in("resident")
            body = {"id": new_id(), "fields": {"receipt": [receipts[record["id"]]]}}
            answers.append(client.post(f"/api/v1/records/{record['id']}/pay", body).status)

        threads = [threading.Thread(target=pay, args=(one,)) for one in asked]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((answers.count(200), answers.count(409)), (3, 3), str(answers))
        self.assertEqual(self.statement(None, estate)["balance"], 100)
        with self.nothing_changes(gift):  # what was spent cannot be taken back
            answer = self.move("resident", gift, "correct", note="退款")
            self.assertEqual((answer.status, answer.key.rsplit("/", 1)[-1].rsplit(":", 1)[-1]), (409, "ledger.short"))
        self.assertEqual(self.statement(None, estate)["balance"], 100)


class Payments(Amounts):
    def provider(self, name: str, rsa_: bool = False) -> Bank:
        keys = (rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)) if rsa_ else None
        bank = Bank(name, self.be(None), keys)
        self.addCleanup(bank.end)
        old = [one for one in self.be("admin").get("/api/v1/payment-providers").json["items"] if one["name"] == name]
        version = {"version": old[0]["version"]} if old else {}
        answer = self.be("admin").put(f"/api/v1/payment-providers/{name}", bank.setting() | version)
        self.expect(answer, 200)
        return bank

    def bill(self, estate: Json, fen: int = 3000) -> Json:
        return self.make("clerk", "estate_bill", {"estate": estate["id"], "room": "301", "amount": fen,
                                                  "payer": self.account("resident")})

    def order(self, bill: Json, bank: Bank) -> Json:
        answer = self.be("resident").post(f"/api/v1/records/{bill['id']}/payments",
                                          {"id": new_id(), "provider": bank.name})
        self.expect(answer, 201)
        return dict(answer.json)

    def test_a_bill_is_paid_once_by_either_signature(self) -> None:
        for name, rsa_ in (("hmac-bank", False), ("rsa-bank", True)):
            with self.subTest(scheme=name):
                bank, estate = self.provider(name, rsa_), self.estate()
                bill = self.bill(estate)
                order = self.order(bill, bank)
                urllib.request.urlopen(order["url"]).close()  # the payer's browser
                self.assertEqual((bank.answers[0].status, bank.answers[0].json["state"]), (200, "paid"))
                self.assertEqual(self.get(bill)["state"], "settled")
                self.assertEqual(self.statement(None, estate)["balance"], 3000)
                again = bank.tell(order["id"], 3000, "B00000001")
                self.assertEqual((again.status, again.json["reference"]), (200, "B00000001"))
                self.assertEqual(bank.tell(order["id"], 3000, "B00000002").status, 409)
                self.assertEqual(self.statement(None, estate)["balance"], 3000)
                self.assertEqual([one["verb"] for one in self.log(bill)].count("settle"), 1)

    def test_what_is_not_signed_fresh_and_right_changes_nothing(self) -> None:
        bank, estate = self.provider("strict"), self.estate()
        bill = self.bill(estate)
        order = self.order(bill, bank)["id"]
        with self.nothing_changes(bill):
            self.assertEqual(bank.tell(order, 3000, "A", spoil=True).status, 400)
            self.assertEqual(bank.tell(order, 3000, "A", late_s=301).status, 400)
            self.assertEqual(bank.tell(order, 3000, "A", late_s=-301).status, 400)
            self.assertEqual(bank.tell(order, 2999, "A").status, 409)
            self.assertEqual(bank.tell(new_id(), 3000, "A").status, 404)
            body = {"order": order, "amount": 3000, "status": "paid", "reference": "A"}
            self.assertEqual(self.be(None).post("/api/v1/payments/strict/notify", body).status, 400)
            self.assertEqual(self.be(None).post("/api/v1/payments/nobody/notify", body).status, 404)
            other = self.provider("other")
            self.assertEqual(other.tell(order, 3000, "A").status, 404)
        self.assertEqual(bank.tell(order, 3000, "A").status, 200)
        calls = self.be("admin").get("/api/v1/payment-providers/strict/calls").json["items"]
        self.assertEqual([one["outcome"] for one in calls],
                         ["", "payment.order", "payment.amount", "payment.signature"])  # of unsigned ones the first
        self.assertEqual((calls[0]["order"], calls[0]["amount"], calls[3]["order"]), (order, 3000, None))

    def test_a_trial_shows_that_both_sign_alike(self) -> None:
        bank = self.provider("trial", rsa_=True)
        for _ in range(21):
            trial = self.be("admin").get("/api/v1/payment-providers/trial/trial").json
            urllib.request.urlopen(trial["url"]).close()  # the bank refuses what is not signed by us
        calls = self.be("admin").get("/api/v1/payment-providers/trial/calls").json["items"]
        self.assertEqual([one["outcome"] for one in calls], ["payment.order"] * 20)
        self.assertEqual((bank.answers[-1].status, calls[0]["order"]), (404, trial["order"]))
        for path in ("calls", "trial"):
            self.expect(self.be("clerk").get(f"/api/v1/payment-providers/trial/{path}"), 403)
            self.expect(self.be("admin").get(f"/api/v1/payment-providers/nobody/{path}"), 404, "payment.provider")

    def test_calls_at_once_are_one_payment(self) -> None:
        bank, estate = self.provider("quick"), self.estate()
        bill = self.bill(estate)
        order = self.order(bill, bank)["id"]
        states: list[int] = []
        threads = [threading.Thread(target=lambda: states.append(bank.tell(order, 3000, "Q1").status))
                   for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(set(states), {200})
        self.assertEqual(self.statement(None, estate)["balance"], 3000)

    def test_money_that_no_bill_can_take_is_kept_in_sight(self) -> None:
        bank, estate = self.provider("late"), self.estate()
        bill = self.bill(estate)
        first, second = self.order(bill, bank)["id"], self.order(bill, bank)["id"]
        self.assertEqual(bank.tell(first, 3000, "L1").json["state"], "paid")
        stray = bank.tell(second, 3000, "L2")
        self.assertEqual((stray.status, stray.json["state"], stray.json["why"]), (200, "unmatched", "move.state"))
        self.assertIn(second, [one["id"] for one in self.be("admin").get("/api/v1/payments/unmatched").json["items"]])
        self.assertEqual(self.statement(None, estate)["balance"], 3000)

    def test_who_may_order_and_what_a_provider_must_be(self) -> None:
        bank, estate = self.provider("who"), self.estate()
        bill = self.bill(estate)
        path = f"/api/v1/records/{bill['id']}/payments"
        self.assertEqual(self.be("clerk").post(path, {"id": new_id(), "provider": "who"}).status, 403)
        self.assertEqual(self.be("resident2").post(path, {"id": new_id(), "provider": "who"}).status, 404)
        self.assertEqual(self.be("resident").post(path, {"id": new_id(), "provider": "none"}).status, 422)
        id_ = new_id()
        one = self.be("resident").post(path, {"id": id_, "provider": "who"})
        self.assertEqual(self.be("resident").post(path, {"id": id_, "provider": "who"}).json["url"], one.json["url"])
        self.assertEqual(len(self.be("resident").get(path).json["items"]), 1)
        self.step("clerk", bill, "cancel", note="出错")
        self.assertEqual(self.be("resident").post(path, {"id": new_id(), "provider": "who"}).status, 409)
        put = f"/api/v1/payment-providers/{bank.name}"
        good = bank.setting() | {"version": 1}
        for wrong in ({"scheme": "md5"}, {"secret": "short"}, {"url": "http://example.com/pay"}, {"url": "ftp://x"},
                      {"scheme": "rsa"}):
            self.assertEqual(self.be("admin").put(put, good | wrong).status, 422, str(wrong))
        self.assertEqual(self.be("admin").put(put, bank.setting()).status, 409)
        shown = str(self.be("admin").get("/api/v1/payment-providers").json)
        self.assertNotIn(SECRET, shown)
        self.assertNotIn("scheme", str(self.be("resident").get("/api/v1/payment-providers").json))

    def test_no_secret_lies_in_the_database(self) -> None:
        self.provider("sealed")
        self.assertTrue(query(self.server.data, "SELECT secret FROM payment_provider")[0][0].startswith("e1:"))
        for path in database_files(self.server.data):
            self.assertNotIn(SECRET.encode(), path.read_bytes(), str(path))
