"""Palm command 1+1+X from outside: one order, phones that ring, steps of each unit, what is refused."""
from matters import RAILWAY, Orders
from support.client import new_id
from test_stream import Listener

CO = ["应急管理局", "综合行政执法局", "住房和城乡建设局", "交通运输局", "水利局", "农业农村局", "市场监督管理局", "生态环境分局",
      "自然资源和规划分局", "公安分局", "交警大队", "消防救援大队", "民政局", "人力资源和社会保障局", "卫生健康局", "教育局",
      "文化和广电旅游体育局", "司法局", "信访局", "供电公司"]


class Command(Orders):
    def ringing(self, login: str) -> list[str]:
        return [one["record"]["id"] for one in self.be(login).get("/api/v1/notices", ringing=1).json["items"]]

    def test_one_and_one_and_twenty(self) -> None:
        record = self.given(RAILWAY, *CO[:19])
        self.assertEqual(len([one for one in record["parties"] if one["role"] == "co"]), 20)
        running = [one for one in record["clocks"] if one["state"] == "running"]
        self.assertEqual({one["name"] for one in running}, {"acknowledge", "set_out"})
        self.assertEqual(len(running), 2 * 21)
        self.assertEqual({one["limit"] for one in running}, {"5m"})
        for login in ("dept", "town"):
            self.assertIn(record["id"], self.ringing(login))
        self.assertNotIn(record["id"], self.ringing("commander"))
        self.assertEqual(self.get(record, "dept")["allowed"], ["acknowledge", "say"])
        record = self.step("dept", record, "acknowledge")
        self.assertNotIn(record["id"], self.ringing("dept"))
        self.assertEqual(record["state"], "issued")
        self.assertEqual(self.step("town", record, "acknowledge", version=1)["state"], "acknowledged")

    def test_the_stream_says_that_it_rings(self) -> None:
        ear = Listener(self.be("dept"), "/api/v1/stream")
        own = Listener(self.be("commander"), "/api/v1/stream")
        try:
            record = self.given(RAILWAY)
            rung = ear.of(record)
            self.assertEqual((rung["event"], rung["id"]), ("ring", 0))
            self.assertEqual(ear.of(record)["event"], "record")
            self.assertEqual(own.until(record, "issue")["event"], "record")
        finally:
            ear.close()
            own.close()

    def test_a_unit_s_steps(self) -> None:
        record = self.given(RAILWAY)
        here = {"lng": 118.9, "lat": 29.1}
        for name, refused in (("set_out", "move.after"), ("arrive", "move.after")):
            with self.nothing_changes(record):
                self.expect(self.move("dept", record, name, here=here), 409, refused)
        self.step("dept", record, "acknowledge")
        self.expect(self.move("dept", record, "acknowledge"), 409, "move.done")
        self.step("dept", record, "set_out")
        answer = self.move("dept", record, "arrive")
        self.expect(answer, 422)
        self.assertEqual(answer.errors(), {"here": "move.needs"})
        record = self.step("dept", record, "arrive", here=here)
        unit = next(one for one in record["parties"] if one["name"] == RAILWAY)
        self.assertEqual((unit["state"], unit["lng"], unit["lat"]), ("arrived", 118.9, 29.1))
        self.step("dept", record, "say", note="裂缝 3 毫米", here=here)
        said = self.log(record)[-1]
        self.assertEqual([one["after"] for one in said["changes"] if one["field"] == "here"], [[118.9, 29.1]])
        self.expect(self.move("dept", record, "finish", note="好了"), 422)
        self.step("dept", record, "finish", note="好了", files=[self.photo("dept")])

    def test_what_is_refused(self) -> None:
        nobody = self.order(login="village")
        self.expect(nobody, 403, "move.denied")
        twice = self.order("莲花镇")
        self.assertEqual(twice.errors(), {"parties.co": "party.twice"})
        record = self.given(RAILWAY)
        with self.nothing_changes(record):
            self.expect(self.move("dept", record, "close_early", note="好了"), 403, "move.denied")
            self.expect(self.move("commander", record, "close"), 409, "move.state")
            self.expect(self.move("village", record, "acknowledge"), 404, "record.not_found")
        child = self.given(RAILWAY, login="town", parent=record["id"], parties=self.party("lead", "耿山村"))
        self.assertEqual((child["parent"], child["fields"]["what"]), (record["id"], "勘查裂缝"))
        with self.nothing_changes(record):
            refused = self.move("commander", record, "withdraw", note="误报")
            self.expect(refused, 409, "move.when")
            self.assertIn("下级指令", refused.json["detail"])

    def test_an_order_is_not_offered_to_close_above_an_open_one(self) -> None:
        record = self.given()
        child = self.given(login="town", parent=record["id"], parties=self.party("lead", "耿山村"))
        for name, more in (("acknowledge", {}), ("set_out", {}), ("arrive", {"here": {"lng": 118.9, "lat": 29.1}}),
                           ("finish", {"note": "好了", "files": [self.photo("town")]})):
            answer = self.step("town", record, name, **more)
        self.assertEqual((answer["state"], answer["children_open"]), ("done", 1))
        offered = self.get(record, "commander")["allowed"]
        self.assertIn("close_early", offered)
        self.assertNotIn("close", offered)
        self.expect(self.move("commander", record, "close"), 409, "move.when")
        ear = Listener(self.be("commander"), "/api/v1/stream")
        try:
            self.step("town", child, "withdraw", note="不用了")
            self.assertEqual(ear.until(child, "withdraw")["data"]["parent"], record["id"])
        finally:
            ear.close()
        self.assertIn("close", self.get(record, "commander")["allowed"])

    def test_what_concerns_a_unit_is_offered_when_one_stands_there(self) -> None:
        def offered(login: str) -> list[str]:
            return list(self.get(record, login)["allowed"])

        record = self.given()
        self.assertEqual({"urge", "excuse"} & set(offered("commander")), set(), "there is no other unit")
        record = self.given(RAILWAY)
        self.assertLessEqual({"urge", "excuse"}, set(offered("commander")))
        here = {"lng": 118.9, "lat": 29.1}
        for name, more in (("acknowledge", {}), ("set_out", {}), ("arrive", {"here": here})):
            for login in ("town", "dept"):
                self.step(login, record, name, **more)
            self.assertNotIn("send_back", offered("town"), name)
        self.step("dept", record, "finish", note="好了", files=[self.photo("dept")])
        self.assertIn("send_back", offered("town"))
        self.step("town", record, "send_back", note="还差一处", parties=self.party("co", RAILWAY))
        self.assertNotIn("send_back", offered("town"))

    def test_an_excused_unit_acts_no_more(self) -> None:
        record = self.given(RAILWAY)
        record = self.step("commander", record, "excuse", parties=self.party("co", RAILWAY), note="另有任务")
        with self.nothing_changes(record):
            self.expect(self.move("dept", record, "acknowledge"), 403, "move.denied")
        record = self.step("commander", record, "add_units", parties=self.party("co", "公安分局"))
        self.assertEqual([one["name"] for one in record["parties"] if one["role"] == "co"], ["公安分局"])

    def test_proposed_from_place_and_category(self) -> None:
        body = {"kind": "order", "area": "330803103243001", "fields": {"what": "查看", "category": "0705"}}
        answer = self.be("commander").post("/api/v1/propose", body)
        self.expect(answer, 200)
        named = {(one["role"], one["name"]) for one in answer.json["parties"]}
        self.assertLessEqual({("lead", "莲花镇"), ("co", "耿山村"), ("co", RAILWAY)}, named)
        self.expect(self.be("resident").post("/api/v1/propose", body), 403)
