"""Live links: who may call whom, what the two sides tell one another, how a call ends, what the history says."""
from matters import RAILWAY, Orders
from support.client import Answer, Json, new_id

OFFER: Json = {"kind": "offer", "body": '{"type":"offer","sdp":"v=0"}'}


class Calls(Orders):
    """The orders of palm command are what people call each other about."""

    def setUp(self) -> None:
        super().setUp()
        self.made: list[tuple[str, str]] = []
        self.device = {login: new_id() for login in ("commander", "dept", "town", "worker", "patrol")}

    def tearDown(self) -> None:
        """Nobody stays in a call that a test has left."""
        for caller, one in self.made:
            self.be(caller).post(f"/api/v1/calls/{one}/end", {"device": self.device[caller]})
        super().tearDown()

    def call(self, login: str, record: Json, to: str, **over: object) -> Answer:
        body = {"id": new_id(), "to": to, "device": self.device.get(login, new_id())} | over
        answer = self.be(login).post(f"/api/v1/records/{record['id']}/calls", body)
        if answer.status == 201:
            self.made.append((login, str(body["id"])))
        return answer

    def ring(self, record: Json) -> Json:
        answer = self.call("commander", record, self.units[RAILWAY])
        self.expect(answer, 201)
        return dict(answer.json)

    def answer(self, login: str, call: Json, word: str = "accept", **over: object) -> Answer:
        body = {"answer": word, "device": self.device.get(login, new_id())} | over
        return self.be(login).post(f"/api/v1/calls/{call['id']}/answer", body)

    def tell(self, login: str, call: Json, *signals: Json, after: int = 0, **over: object) -> Answer:
        body = {"device": self.device.get(login, new_id()), "after": after, "signals": list(signals)} | over
        return self.be(login).post(f"/api/v1/calls/{call['id']}/signals", body)

    def end(self, login: str, call: Json, **over: object) -> Answer:
        return self.be(login).post(f"/api/v1/calls/{call['id']}/end", {"device": self.device[login]} | over)

    def rings(self, login: str) -> list[str]:
        return [one["id"] for one in self.be(login).get("/api/v1/calls").json["items"]]

    def said(self, record: Json) -> list[Json]:
        """What the history says of calls."""
        return [change["after"] for entry in self.log(record, "commander") for change in entry["changes"]
                if change["field"] == "call"]

    def test_from_ringing_to_the_end(self) -> None:
        record = self.given(RAILWAY)
        call = self.ring(record)
        self.assertEqual((call["state"], call["to"]["name"], call["record"]["number"]),
                         ("ringing", RAILWAY, record["number"]))
        self.assertIn(call["id"], self.rings("dept"))
        self.assertNotIn(call["id"], self.rings("town") + self.rings("commander"))
        for login in ("town", "clerk", "admin"):
            self.expect(self.be(login).get(f"/api/v1/calls/{call['id']}"), 404, "call.not_found")
        self.assertNotIn("ice", self.be("dept").get(f"/api/v1/calls/{call['id']}").json)
        self.expect(self.tell("commander", call, OFFER), 409, "call.state")
        self.expect(self.tell("dept", call), 409, "call.not_taken")
        taken = self.answer("dept", call)
        self.expect(taken, 200)
        self.assertEqual((taken.json["state"], taken.json["ice"]), ("active", []))
        self.expect(self.answer("dept", call), 200)
        self.expect(self.answer("dept", call, device=new_id()), 409, "call.elsewhere")
        self.assertEqual(self.rings("dept"), [])
        self.expect(self.tell("commander", call, OFFER, {"kind": "candidate", "body": "{}"}), 200)
        heard = self.tell("dept", call)
        self.assertEqual([one["kind"] for one in heard.json["signals"]], ["offer", "candidate"])
        self.assertEqual(heard.json["signals"][0], OFFER)
        self.assertEqual(self.tell("dept", call, after=heard.json["after"]).json["signals"], [])
        self.assertEqual(self.tell("commander", call).json["signals"], [], "one's own are not told back")
        self.expect(self.tell("dept", call, device=new_id()), 409, "call.elsewhere")
        ended = self.end("dept", call)
        self.expect(ended, 200)
        self.assertEqual((ended.json["state"], ended.json["outcome"]), ("ended", "ended"))
        self.assertEqual(self.tell("commander", call).json["state"], "ended")
        to = self.units[RAILWAY]
        first, last = self.said(record)
        self.assertEqual((first, last["to"], last["outcome"]), ({"to": to}, to, "ended"))
        self.assertLess(last["seconds"], 60)
        self.assertEqual(self.get(record, "commander")["version"], record["version"], "the order itself is as it was")
        self.expect(self.end("commander", call), 200)
        self.assertEqual(len(self.said(record)), 2, "hanging up twice is said once")

    def test_who_may_call_whom(self) -> None:
        record = self.given(RAILWAY)
        with self.nothing_changes(record):
            self.expect(self.call("leader", record, self.units[RAILWAY]), 403, "call.part")
            self.expect(self.call("village", record, self.units[RAILWAY]), 404, "record.not_found")
            self.expect(self.call("resident", record, self.units[RAILWAY]), 403)
            self.assertEqual(self.call("commander", record, self.units["水利局"]).errors(), {"to": "call.to"})
            self.expect(self.call("commander", record, self.account("commander")), 409, "call.nobody")
            self.expect(self.be("commander").post(f"/api/v1/records/{record['id']}/call", {"id": new_id()}), 404,
                        "move.unknown")
        self.assertEqual(self.rings("dept"), [])

    def test_busy(self) -> None:
        record = self.given(RAILWAY)
        call = self.ring(record)
        self.expect(self.call("commander", record, self.units["莲花镇"]), 409, "call.own")
        self.expect(self.call("town", record, self.account("commander")), 409, "call.busy")
        self.answer("dept", call)
        self.expect(self.call("town", record, self.units[RAILWAY]), 409, "call.busy")
        self.expect(self.call("dept", record, self.units["莲花镇"]), 409, "call.own")
        self.end("commander", call)
        self.expect(self.call("town", record, self.units[RAILWAY]), 201)

    def test_declined_and_cancelled(self) -> None:
        record = self.given(RAILWAY)
        for login, word in (("dept", "decline"), ("dept", "busy")):
            call = self.ring(record)
            self.assertEqual(self.answer(login, call, word).json["outcome"], "declined")
            self.expect(self.answer(login, call), 404, "call.not_found")
        call = self.ring(record)
        self.expect(self.answer("commander", call), 409, "call.own_call")
        self.assertEqual(self.end("commander", call).json["outcome"], "cancelled")
        self.assertEqual([one.get("outcome") for one in self.said(record)],
                         [None, "declined", None, "declined", None, "cancelled"])

    def test_the_same_call_again_is_one(self) -> None:
        record = self.given(RAILWAY)
        one = new_id()
        self.expect(self.call("commander", record, self.units[RAILWAY], id=one), 201)
        self.expect(self.call("commander", record, self.units[RAILWAY], id=one), 200)
        self.expect(self.call("commander", record, self.units["莲花镇"], id=one), 409, "command.reused")
        self.assertEqual(len(self.said(record)), 1)

    def test_wrong_input(self) -> None:
        record = self.given(RAILWAY)
        refused = self.be("commander").post(f"/api/v1/records/{record['id']}/calls", {"to": "x"})
        self.assertEqual(refused.errors(), {"id": "input.required", "to": "input.type", "device": "input.required"})
        call = self.ring(record)
        self.assertEqual(self.answer("dept", call, "perhaps").errors(), {"answer": "call.answer"})
        self.assertEqual(self.end("commander", call, why="bored").errors(), {"why": "call.why"})
        self.answer("dept", call)
        long = {"kind": "offer", "body": "x" * 16001}
        self.assertEqual(self.tell("dept", call, long).errors(), {"signals.0.body": "input.too_long"})
        film = {"kind": "film", "body": ""}
        self.assertEqual(self.tell("dept", call, film).errors(), {"signals.0.kind": "call.kind"})
        many = self.tell("dept", call, *[OFFER] * 21)
        self.assertEqual(list(many.errors()), ["signals"])
        self.assertEqual(self.tell("commander", call).json["signals"], [], "what was refused is not told")
        for _ in range(20):
            self.expect(self.tell("dept", call, *[OFFER] * 20), 200)
        self.expect(self.tell("dept", call, OFFER), 429, "call.signals")

    def test_whoever_leaves_the_matter_leaves_the_call(self) -> None:
        report = self.report("patrol", "路灯不亮")
        record = self.step("clerk", report, "accept", fields={"category": self.leaf(), "level": "complex"})
        record = self.step("clerk", record, "dispatch", parties=self.lead("dept"))
        call = self.call("dept", record, self.account("patrol"))
        self.expect(call, 201)
        self.answer("patrol", call.json)
        self.step("clerk", record, "dispatch", parties=self.lead("patrol"))
        self.expect(self.tell("dept", call.json, OFFER), 403, "call.left")
        self.assertEqual(self.end("dept", call.json).json["outcome"], "ended")

    def test_not_too_often(self) -> None:
        record = self.given(RAILWAY)
        to = self.units[RAILWAY]
        for _ in range(20):
            call = self.call("town", record, to)
            if call.status == 429:
                break
            self.expect(call, 201)
            self.end("town", call.json)
        self.expect(self.call("town", record, to), 429, "call.often")

