"""Reported without an account: the claim that the phone keeps makes one the reporter of that one matter."""
import re

from matters import EVERYBODY, PHONE, Incidents, png
from support.client import Answer, Client, Json, new_id


class Claims(Incidents):
    def raised(self, **over: object) -> tuple[Json, Client]:
        """A matter of nobody's, and whoever holds its claim."""
        answer = self.anyone().post("/api/v1/records", self.body(**over))
        self.expect(answer, 201)
        return dict(answer.json), self.holder(answer.json["claim"])

    def holder(self, claim: str) -> Client:
        client = self.anyone()
        client.headers["X-Wangge-Claim"] = claim
        return client

    def path(self, record: Json, rest: str = "") -> str:
        return f"/api/v1/records/{record['id']}{rest}"

    def act(self, holder: Client, record: Json, name: str, **body: object) -> Answer:
        return holder.post(self.path(record, f"/{name}"), {"id": new_id()} | body)

    def test_the_claim_is_answered_to_the_sender_only(self) -> None:
        body = self.body(fields={"caller": PHONE})
        first = self.anyone().post("/api/v1/records", body)
        self.assertRegex(first.json["claim"], "^[0-9a-f]{32}$")
        self.assertEqual(first.json["allowed"], ["withdraw", "supplement"])
        again = self.anyone().post("/api/v1/records", body)
        self.assertEqual((again.status, again.json["claim"]), (200, first.json["claim"]), "the answer may get lost")
        self.expect(self.anyone().post("/api/v1/records", body | {"note": "other"}), 409, "command.reused")
        self.expect(self.be("resident").post("/api/v1/records", body), 409, "command.reused")
        self.assertNotIn("claim", self.report("resident"))
        for login in ("clerk", "admin"):
            self.assertNotIn(first.json["claim"], str(self.be(login).get(self.path(first.json)).json))
        for file in self.server.data.rglob("*"):
            if file.is_file():
                self.assertNotIn(first.json["claim"].encode(), file.read_bytes(), file.name)

    def test_follow_add_and_rate(self) -> None:
        record, holder = self.raised(fields={"caller": PHONE})
        seen = holder.get(self.path(record))
        self.expect(seen, 200)
        self.assertEqual(seen.json["fields"]["caller"], "139****1234")
        photo = holder.upload(("a.png", "image/png", png(30, 20)))
        self.expect(photo, 201)
        self.assertEqual(photo.json["claim"], holder.headers["X-Wangge-Claim"])
        added = self.act(holder, record, "supplement", note="还有一盏也不亮", fields={"photos": [photo.json["id"]]})
        self.expect(added, 200)
        self.assertIn(photo.json["id"], added.json["fields"]["photos"])
        self.expect(holder.get(f"/api/v1/files/{photo.json['id']}/thumb"), 200)
        self.step("clerk", record, "accept", fields={"category": self.leaf(), "level": "complex"})
        self.step("clerk", record, "dispatch", parties=self.lead())
        self.step("worker", record, "acknowledge")
        after = self.photo("worker")
        self.step("worker", record, "answer", note="已更换灯泡", fields={"result_photos": [after]})
        self.expect(holder.get(f"/api/v1/files/{after}"), 200)
        self.expect(self.anyone().get(f"/api/v1/files/{after}"), 404)
        self.expect(self.anyone().get(f"/api/v1/files/{after}?claim={holder.headers['X-Wangge-Claim']}"), 200)
        self.step("verifier", record, "verify", note="看过了")
        self.assertEqual(holder.get(self.path(record)).json["allowed"], ["reopen", "rate"])
        self.expect(self.act(holder, record, "rate", fields={"rating": 5, "comment": "很快"}), 200)
        entries = holder.all(self.path(record, "/log"))
        self.assertEqual([one["verb"] for one in entries if one["actor"] is None],
                         ["report", "supplement", "rate"])
        self.assertEqual((entries[-1]["actor_kind"], entries[-1]["right"]), ("anonymous", "reporter"))
        self.assertEqual(self.get(record)["fields"]["rating"], 5)
        whole = str(holder.get(self.path(record)).json) + str(entries)
        self.assertNotIn(self.be("worker").get("/api/v1/me").json["name"], whole, "names of others are masked")
        self.assertNotIn(PHONE, whole)

    def test_withdraw_and_reopen(self) -> None:
        record, holder = self.raised()
        self.expect(self.act(holder, record, "withdraw"), 200)
        self.assertEqual(self.get(record)["state"], "void")
        self.expect(self.act(holder, record, "withdraw"), 409, "move.state")

    def test_it_is_good_for_this_one_matter_only(self) -> None:
        record, holder = self.raised()
        other, _ = self.raised()
        mine = self.report("resident")
        for one in (other, mine):
            with self.subTest(one["number"]), self.nothing_changes(one):
                self.expect(holder.get(self.path(one)), 404, "record.not_found")
                self.expect(holder.get(self.path(one, "/log")), 404, "record.not_found")
                self.expect(self.act(holder, one, "supplement", note="x"), 404, "record.not_found")
        self.expect(holder.get("/api/v1/records"), 401)
        self.expect(holder.get("/api/v1/stream"), 401)
        self.expect(holder.get("/api/v1/accounts"), 401)

    def test_what_a_reporter_may_not_do(self) -> None:
        record, holder = self.raised(fields={"caller": PHONE})
        with self.nothing_changes(record):
            for name, body in (("accept", {"fields": {"category": self.leaf(), "level": "easy"}}),
                               ("reveal", {"fields": ["caller"], "note": "为什么不"}),
                               ("duplicate", {"other": self.report()["id"]}),
                               ("link", {"other": self.report()["id"]})):
                with self.subTest(name):
                    refused = self.act(holder, record, name, **body)
                    self.assertIn(refused.status, (403, 422), repr(refused))

    def test_matters_tied_to_it_are_not_told(self) -> None:
        record, holder = self.raised()
        other = self.report("resident", "别人家的事")
        self.step("clerk", record, "link", other=other["id"])
        self.assertEqual(holder.get(self.path(record)).json["links"], [])
        self.assertNotIn("别人家的事", str(holder.get(self.path(record)).json))
        self.assertEqual(len(self.get(record)["links"]), 1)

    def test_a_wrong_claim_is_no_such_matter(self) -> None:
        record, holder = self.raised()
        right = holder.headers["X-Wangge-Claim"]
        self.expect(self.anyone().get(self.path(record)), 401, "auth.required")
        for wrong in (right[:-1] + ("0" if right[-1] != "0" else "1"), right[:-1], right + "0", "x"):
            with self.subTest(wrong), self.nothing_changes(record):
                client = self.holder(wrong)
                self.expect(client.get(self.path(record)), 404, "record.not_found")
                self.expect(self.act(client, record, "withdraw"), 404, "record.not_found")

    def test_with_an_account_the_claim_counts_too(self) -> None:
        """Reported first, registered later."""
        record, holder = self.raised()
        client = self.anyone().sign_in("resident2")
        self.expect(client.get(self.path(record)), 404)
        client.headers["X-Wangge-Claim"] = holder.headers["X-Wangge-Claim"]
        self.assertIn("supplement", client.get(self.path(record)).json["allowed"])
        self.expect(self.act(client, record, "supplement", note="补充一句"), 200)
        self.assertEqual(self.log(record)[-1]["actor"]["id"], client.get("/api/v1/me").json["id"])

    def test_staff_are_no_reporters_by_chance(self) -> None:
        record, holder = self.raised()
        for login in EVERYBODY:
            if login is not None:
                with self.subTest(login):
                    answer = self.be(login).get(self.path(record))
                    self.assertIn(answer.status, (200, 404))
                    if answer.status == 200:
                        self.assertNotIn("withdraw", answer.json["allowed"])

    def test_files_of_an_invented_claim(self) -> None:
        """Only tokens of ours are kept: one's own could be short enough to guess."""
        sent = self.holder("abc").upload(("a.png", "image/png", png(20, 20)))
        self.expect(sent, 201)
        self.assertTrue(re.fullmatch("[0-9a-f]{64}", sent.json["claim"]))
        more = self.holder(sent.json["claim"]).upload(("b.png", "image/png", png(20, 22)))
        self.assertEqual(more.json["claim"], sent.json["claim"])


class GuessingClaims(Incidents):
    """Its own server: it locks the address out."""

    def test_guessing_is_slowed_down(self) -> None:
        made = self.anyone().post("/api/v1/records", self.body()).json
        client = self.anyone()
        for i in range(400):
            client.headers["X-Wangge-Claim"] = f"{i:032x}"
            answer = client.get(f"/api/v1/records/{made['id']}")
            if answer.status == 429:
                break
            self.expect(answer, 404, "record.not_found")
        self.expect(answer, 429, "session.rate")
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        client.headers["X-Wangge-Claim"] = made["claim"]
        self.expect(client.get(f"/api/v1/records/{made['id']}"), 200)


class ManyMoves(Incidents):
    """Its own server, too."""

    def test_anonymous_moves_are_limited(self) -> None:
        made = self.anyone().post("/api/v1/records", self.body()).json
        client = self.anyone()
        client.headers["X-Wangge-Claim"] = made["claim"]
        for _ in range(400):
            answer = client.post(f"/api/v1/records/{made['id']}/supplement", {"id": new_id(), "note": "又来"})
            if answer.status != 200:
                break
        self.expect(answer, 429)
