"""What a desk needs beside single matters: many at once, lists both ways, notes, views, callers."""
from typing import Any

from matters import PHONE, Incidents
from support.client import Answer, Json, new_id


class Desk(Incidents):
    def field(self, answer: Answer, key: str) -> None:
        """Refused because of one field, for this reason."""
        self.expect(answer, 422)
        self.assertEqual(answer.json["errors"][0]["code"], key, repr(answer))


class Moves(Desk):
    """One move of many matters."""

    def moves(self, login: str, name: str, records: list[Json], dry: bool = False, **with_: Any) -> Answer:
        items = [{"id": new_id(), "record": one["id"], "version": one["version"]} for one in records]
        return self.be(login).post("/api/v1/moves", {"transition": name, "dry": dry, "items": items, "with": with_})

    def test_a_look_changes_nothing_and_foretells_what_comes(self) -> None:
        fresh, done = self.report(), self.accepted()
        with self.nothing_changes(fresh), self.nothing_changes(done):
            look = self.moves("clerk", "reject", [fresh, done], dry=True, note="不属于受理范围")
        self.expect(look, 200)
        first, second = look.json["items"]
        self.assertTrue(first["ok"])
        self.assertEqual((first["from"], first["state"]), ("reported", "rejected"))
        self.assertFalse(second["ok"])
        self.assertEqual(second["error"]["code"], "move.state")
        real = self.moves("clerk", "reject", [fresh, done], note="不属于受理范围")
        self.assertEqual([one["ok"] for one in real.json["items"]], [True, False])
        self.assertEqual((real.json["done"], real.json["refused"]), (1, 1))
        self.assertEqual(self.get(fresh)["state"], "rejected")
        self.assertEqual(self.get(done)["state"], "accepted")

    def test_a_look_says_who_gets_it(self) -> None:
        look = self.moves("clerk", "dispatch", [self.accepted()], dry=True)
        self.assertIn("lead", [party["role"] for party in look.json["items"][0]["parties"]])

    def test_sent_again_is_once(self) -> None:
        record = self.report()
        items = [{"id": new_id(), "record": record["id"], "version": record["version"]}]
        body = {"transition": "escalate", "items": items, "with": {"note": "请镇里协调"}}
        for _ in range(2):
            answer = self.be("clerk").post("/api/v1/moves", body)
            self.assertEqual(answer.json["done"], 1, repr(answer))
        self.assertEqual([one["verb"] for one in self.log(record)].count("escalate"), 1)
        other = self.be("clerk").post("/api/v1/moves", body | {"with": {"note": "另一句话"}})
        self.assertEqual(other.json["items"][0]["error"]["code"], "command.reused")

    def test_the_way_back_is_told_where_there_is_one(self) -> None:
        record = self.step("worker", self.dispatched(), "acknowledge")
        gone = self.moves("clerk", "suspend", [record], note="等材料", until="2027-01-04T12:00:00+08:00")
        one = gone.json["items"][0]
        self.assertEqual(one["undo"], "resume", repr(gone))
        back = self.moves("clerk", "resume", [record | {"version": one["version"]}])
        self.assertEqual(back.json["done"], 1)
        self.assertEqual(self.get(record)["state"], "handling")
        self.assertIsNone(self.moves("clerk", "reject", [self.report()], note="不受理").json["items"][0]["undo"])

    def test_somebody_was_quicker(self) -> None:
        record = self.report()
        self.step("clerk", record, "escalate", note="请镇里协调")
        late = self.moves("clerk", "reject", [record], note="不受理")
        self.assertEqual(late.json["items"][0]["error"]["code"], "record.stale")

    def test_what_one_may_not_see_is_not_there(self) -> None:
        answer = self.moves("village", "reject", [self.report()], note="不受理")
        self.assertEqual(answer.json["items"][0]["error"]["code"], "record.not_found")
        self.assertNotIn("number", answer.json["items"][0])

    def test_limits(self) -> None:
        record = self.report()
        self.expect(self.moves("clerk", "supplement", [record], note="一句话"), 200)
        self.assertEqual(self.moves("resident", "reject", [record]).status, 403)
        self.field(self.moves("clerk", "reject", [record, record], note="不"), "moves.twice")
        self.expect(self.moves("clerk", "reject", []), 422)
        many = [{"id": new_id(), "record": new_id()} for _ in range(101)]
        self.expect(self.be("clerk").post("/api/v1/moves", {"transition": "reject", "items": many}), 422)
        answer = self.moves("clerk", "withdraw", [record])
        self.assertEqual(answer.json["items"][0]["error"]["code"], "moves.bulk")
        answer = self.moves("clerk", "reject", [record], note="不", files=[self.photo("clerk")])
        self.assertEqual(answer.json["items"][0]["error"]["code"], "moves.files")
        self.assertEqual(self.moves("clerk", "nonsense", [record]).json["items"][0]["error"]["code"], "move.unknown")


class BothWays(Desk):
    def test_every_walk_goes_back_as_it_went(self) -> None:
        for i in range(9):
            self.report(text=f"路灯不亮 来回{i}")
        self.accepted()
        area = self.report()["area"][:12]
        walks: list[tuple[str, str, dict[str, object]]] = [
            ("-created", "created", {"state": "reported", "kind": "incident"}), ("-created", "created", {"open": 1}),
            ("-created", "created", {"area": area}), ("-created", "created", {}), ("due", "-due", {"open": 1})]
        for there, back, query in walks:
            with self.subTest(sort=there, query=query):
                one = self.be("clerk").all("/api/v1/records", sort=there, limit=4, **query)
                other = self.be("clerk").all("/api/v1/records", sort=back, limit=4, **query)
                self.assertGreater(len(one), 4)
                self.assertEqual([row["id"] for row in one], [row["id"] for row in reversed(other)])

    def test_a_page_above_a_row(self) -> None:
        for i in range(5):
            self.report(text=f"井盖松动 第{i}处")
        rows = self.be("clerk").get("/api/v1/records", open=1, limit=5).json["items"]
        above = self.be("clerk").get("/api/v1/records", open=1, sort="created", cursor=rows[3]["id"], limit=3).json
        self.assertEqual([row["id"] for row in above["items"]], [row["id"] for row in (rows[2], rows[1], rows[0])])


class Alike(Desk):
    def test_words_and_place(self) -> None:
        record = self.step("clerk", self.report(text="徐家桥头的路灯三天不亮了"), "accept",
                           fields={"category": self.leaf(1), "level": "easy"})
        self.report(text="小区里有人大声唱歌")
        asked = {"kind": "incident", "text": "路灯不亮，在徐家桥头", "lng": self.here[0], "lat": self.here[1]}
        found = self.be("clerk").get("/api/v1/similar", **asked).json["items"]
        self.assertEqual(found[0]["id"], record["id"], repr(found))
        self.assertEqual(found[0]["distance_m"], 0)
        self.assertEqual(found[0]["codes"]["category"], self.leaf(1))
        self.assertEqual(sorted(found, key=lambda one: -one["likeness"]), found)
        without = self.be("clerk").get("/api/v1/similar", **asked, **{"except": record["id"]}).json["items"]
        self.assertNotIn(record["id"], [one["id"] for one in without])
        self.assertEqual(self.be("clerk").get("/api/v1/similar", kind="incident", text="量子纠缠").json["items"], [])
        elsewhere = self.be("village").get("/api/v1/similar", **asked).json["items"]
        self.assertNotIn(record["id"], [one["id"] for one in elsewhere])

    def test_limits(self) -> None:
        self.field(self.be("clerk").get("/api/v1/similar", text="路灯"), "input.kind")
        self.field(self.be("clerk").get("/api/v1/similar", kind="incident", text="字" * 501), "input.too_long")
        self.field(self.be("clerk").get("/api/v1/similar", kind="incident", lng=1), "place.range")
        self.field(self.be("clerk").get("/api/v1/similar", kind="incident", area="999"), "place.area")

    def test_places_that_a_text_names(self) -> None:
        found = self.be(None).get("/api/v1/areas/named", text="我在临江社区门口，路灯不亮").json["items"]
        self.assertIn("临江社区", [one["name"] for one in found])
        self.assertEqual(self.be(None).get("/api/v1/areas/named", text="路灯不亮").json["items"], [])
        self.field(self.be(None).get("/api/v1/areas/named", text="字" * 501), "input.too_long")


class Notes(Desk):
    def notices(self, login: str, record: Json) -> list[str]:
        return [one["what"] for one in self.be(login).all("/api/v1/notices") if one["record"]["id"] == record["id"]]

    def test_a_note_tells_whom_it_names_and_changes_nothing(self) -> None:
        record = self.report()
        before = self.get(record)
        after = self.step("clerk", record, "note", note="@张 请去看一下", mentions=[self.account("verifier")])
        self.assertEqual(after["version"], before["version"])
        self.assertEqual(self.log(record)[-1]["verb"], "note")
        self.assertEqual(self.notices("verifier", record), ["mention"])
        self.assertEqual(self.notices("leader", record), [])

    def test_a_note_is_among_the_staff(self) -> None:
        record = self.report()
        self.step("clerk", record, "note", note="此人常投诉，注意语气")
        for login, seen in (("verifier", True), ("resident", False)):
            got = self.be(login).get(f"/api/v1/records/{record['id']}/log")
            self.expect(got, 200)
            self.assertEqual("注意语气" in got.body.decode(), seen, login)
            self.assertEqual("note" in [one["verb"] for one in got.json["items"]], seen, login)

    def test_what_comes_with_a_note_is_among_the_staff(self) -> None:
        record, photo = self.report(), self.photo("clerk")
        self.step("clerk", record, "note", note="现场情况，不对外", files=[photo])

        def seen(login: str) -> list[bool]:
            who = self.be(login)
            log = who.get(f"/api/v1/records/{record['id']}/log").body.decode()
            got = who.get(f"/api/v1/files/{photo}").status
            return [photo in self.get(record, login)["files"], photo in log, got == 200]

        self.assertEqual(seen("verifier"), [True, True, True])
        self.assertEqual(self.get(record, "verifier")["asides"], [photo])
        self.assertEqual(seen("resident"), [False, False, False])
        self.assertNotIn("asides", self.get(record, "resident"))
        # A move that everybody sees takes another file with it: the note's stays where it is.
        open_one = self.photo("clerk")
        self.step("clerk", record, "accept", fields={"category": self.leaf(), "level": "complex"}, files=[open_one])
        self.assertEqual(seen("resident"), [False, False, False])
        self.assertEqual(self.get(record, "resident")["files"], [open_one])
        # Given with a move it is said to everybody.
        self.step("clerk", record, "dispatch", files=[photo])
        self.assertEqual(seen("resident"), [True, True, True])
        self.assertEqual(self.get(record, "verifier")["asides"], [])

    def test_any_move_may_mention(self) -> None:
        record = self.report()
        self.step("clerk", record, "reject", note="不受理 @指挥", mentions=[self.account("commander")])
        self.assertIn("mention", self.notices("commander", record))

    def test_limits(self) -> None:
        record = self.report()
        with self.nothing_changes(record):
            self.expect(self.move("clerk", record, "note"), 422)
            self.expect(self.move("resident", record, "note", note="我也说一句"), 403, "move.denied")
            for login, key in (("village", "mention.unseen"), ("resident", "mention.unknown")):
                self.field(self.move("clerk", record, "note", note="@", mentions=[self.account(login)]), key)
            self.expect(self.move("clerk", record, "note", note="@", mentions=[new_id()] * 17), 422)


class Saved(Desk):
    def put(self, login: str, id_: str, **body: Any) -> Answer:
        sent = {"what": "view", "title": "我的视图", "text": "view=late"} | body
        return self.be(login).put(f"/api/v1/saved/{id_}", sent)

    def titles(self, login: str, what: str = "view") -> list[str]:
        return [one["title"] for one in self.be(login).get("/api/v1/saved", what=what).json["items"]]

    def unit(self, login: str) -> str:
        return str(next(post["org"] for post in self.be(login).get("/api/v1/me").json["posts"] if post["org"]))

    def test_ones_own(self) -> None:
        id_ = new_id()
        self.expect(self.put("clerk", id_, title="超期的"), 200)
        self.assertIn("超期的", self.titles("clerk"))
        self.assertNotIn("超期的", self.titles("leader"))
        self.expect(self.put("leader", id_, title="抢来的"), 404, "saved.not_found")
        self.expect(self.be("leader").delete(f"/api/v1/saved/{id_}"), 404, "saved.not_found")
        self.expect(self.put("clerk", id_, title="超期的件", version=1), 200)
        self.expect(self.put("clerk", id_, title="旧的", version=1), 409, "saved.stale")
        self.expect(self.be("clerk").delete(f"/api/v1/saved/{id_}"), 200)
        self.assertNotIn("超期的件", self.titles("clerk"))

    def test_a_units_is_shared_and_written_down(self) -> None:
        id_, unit = new_id(), self.unit("clerk")
        template = {"what": "template", "title": "已转办", "text": "您好，{number} 已转 {holder} 办理。", "about": "dispatch"}
        self.expect(self.put("clerk", id_, org=unit, **template), 200)
        self.assertIn("已转办", self.titles("verifier", "template"))
        self.assertNotIn("已转办", self.titles("village", "template"))
        self.field(self.put("village", new_id(), org=unit, **template), "saved.org")
        lines = [one for one in self.be("admin").all("/api/v1/audit", verb="saved.put") if one["about"] == id_]
        self.assertEqual([one["detail"]["name"] for one in lines], ["已转办"])
        self.expect(self.be("verifier").delete(f"/api/v1/saved/{id_}"), 200)

    def test_limits(self) -> None:
        self.field(self.put("clerk", new_id(), what="dream"), "saved.what")
        self.expect(self.put("clerk", new_id(), title=""), 422)
        self.field(self.put("clerk", new_id(), text="字" * 4001), "input.too_long")
        self.field(self.be("clerk").get("/api/v1/saved"), "saved.what")
        for _ in range(64):
            self.expect(self.put("commander", new_id()), 200)
        self.expect(self.put("commander", new_id()), 409, "saved.full")


class Callers(Desk):
    def test_a_number_finds_its_matters_and_is_written_down(self) -> None:
        record = self.report("clerk", fields={"caller": PHONE, "caller_name": "王先生"})
        found = self.be("clerk").post("/api/v1/callers", {"phone": PHONE}).json["items"]
        self.assertIn(record["id"], [one["id"] for one in found])
        self.assertNotIn(PHONE, str(found))
        line = self.be("admin").all("/api/v1/audit", verb="caller.look")[0]
        self.assertEqual(line["detail"]["phone"], "139****1234")
        self.assertNotIn(PHONE, str(line))
        self.assertEqual(line["actor"]["id"], self.account("clerk"))

    def test_limits(self) -> None:
        self.field(self.be("clerk").post("/api/v1/callers", {"phone": "12"}), "input.phone")
        self.expect(self.be("patrol").post("/api/v1/callers", {"phone": PHONE}), 403, "caller.denied")

    def test_only_kinds_whose_personal_details_one_may_see(self) -> None:
        self.report("clerk", fields={"caller": PHONE, "caller_name": "王先生"})
        found = self.be("worker").post("/api/v1/callers", {"phone": PHONE})
        self.expect(found, 200)
        self.assertEqual(found.json["items"], [])


class Presence(Desk):
    def test_who_else_has_it_open(self) -> None:
        path = f"/api/v1/records/{self.report()['id']}/presence"
        self.assertEqual(self.be("clerk").put(path, {}).json["items"], [])
        seen = self.be("leader").put(path, {"writing": True}).json["items"]
        self.assertEqual([one["account"] for one in seen], [self.account("clerk")])
        seen = self.be("clerk").put(path, {}).json["items"]
        self.assertEqual([(one["account"], one["writing"]) for one in seen], [(self.account("leader"), True)])
        self.expect(self.be("leader").delete(path), 200)
        self.assertEqual(self.be("clerk").put(path, {}).json["items"], [])
        self.expect(self.be("village").put(path, {}), 404, "record.not_found")
