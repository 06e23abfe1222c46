"""Lists, cards and streets: what their rules refuse, and what a refusal leaves as it was."""
import datetime
from typing import Any

from matters import Incidents
from support.client import Answer, Client, Json, new_id

TOWN = "330803103"
DEADLINE = "2030-01-31T17:30:00+08:00"


class Programmes(Incidents):
    town_here: tuple[float, float]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        village = Client(cls.server.port, recorder=cls.recorder).sign_in("village")
        area = village.get("/api/v1/areas/330803103243").json
        cls.town_here = (area["lng"], area["lat"])
        for kind in ("batch", "spot", "hazard", "handover", "shop", "inspection", "street", "round", "finding",
                     "proposal_call", "proposal", "livelihood_project"):
            village.get(f"/api/v1/kinds/{kind}")  # the contract test compares with what these say
        village.close()

    def place(self, at: tuple[float, float] | None = None) -> Json:
        lng, lat = at or self.town_here
        return {"lng": lng, "lat": lat}

    def ask(self, login: str, kind: str, fields: Json, **over: Any) -> Answer:
        return self.be(login).post("/api/v1/records", {"id": new_id(), "kind": kind, "fields": fields} | over)

    def make(self, login: str, kind: str, fields: Json, **over: Any) -> Json:
        answer = self.ask(login, kind, fields, **over)
        self.assertEqual(answer.status, 201, f"{login} {kind}: {answer}")
        return dict(answer.json)

    def refused(self, answer: Answer, status: int, key: str) -> None:
        self.assertEqual(answer.status, status, repr(answer))
        keys = [str(answer.json["type"])] + [str(one.get("code")) for one in answer.json.get("errors", [])]
        self.assertTrue(any(one.endswith(key) for one in keys), f"{key} is not among {keys}")

    def children(self, login: str, record: Json, **query: str) -> list[Json]:
        return self.be(login).all("/api/v1/records", parent=record["id"], **query)


class Batches(Programmes):
    def batch(self, n: int) -> tuple[Json, list[Json]]:
        batch = self.make("town", "batch", {"subject": "第 1 批", "campaign": "town", "deadline": DEADLINE},
                          place=self.place())
        spots = [self.make("town", "spot", {"what": f"第 {i} 处：杂物", "problem": "rubbish"}, parent=batch["id"],
                           place=self.place()) for i in range(n)]
        return batch, spots

    def mend(self, spot: Json) -> Json:
        return self.step("village", spot, "mend", fields={"result_photos": [self.photo("village")]})

    def test_a_batch_closes_with_its_last_place_and_not_before(self) -> None:
        batch, spots = self.batch(2)
        self.assertEqual(self.get(batch)["children"], 2)
        self.assertNotIn("finish", self.get(batch, "town")["allowed"])
        self.step("town", batch, "issue")
        self.assertEqual({one["state"] for one in self.children("town", batch)}, {"assigned"})
        self.assertEqual(self.get(spots[0])["fields"]["campaign"], "town")
        self.step("verifier", self.mend(spots[0]), "verify")
        with self.nothing_changes(batch):
            self.refused(self.move("town", batch, "finish"), 409, "move.when")
        self.assertNotIn("finish", self.get(batch, "town")["allowed"])
        self.step("verifier", self.mend(spots[1]), "verify")
        done = self.get(batch)
        self.assertEqual((done["state"], done["children"], done["children_open"]), ("finished", 2, 0))
        self.assertEqual(self.log(batch)[-1]["actor_kind"], "clock")

    def test_an_empty_list_is_not_handed_out(self) -> None:
        batch, _ = self.batch(0)
        with self.nothing_changes(batch):
            self.refused(self.move("town", batch, "issue"), 409, "move.when")

    def test_nothing_foreign_and_nothing_late_goes_into_a_list(self) -> None:
        batch, _ = self.batch(1)
        with self.nothing_changes(batch):
            foreign = self.be("town").post("/api/v1/records", self.body("路灯", parent=batch["id"]))
            self.refused(foreign, 422, "parent.kind")
        self.step("town", batch, "cancel", note="不办了")
        late = self.ask("town", "spot", {"what": "漏了"}, parent=batch["id"], place=self.place())
        self.refused(late, 422, "parent.closed")
        self.assertEqual([one["state"] for one in self.children("town", batch)], ["void"])

    def test_who_mended_it_does_not_verify_it(self) -> None:
        batch, (spot,) = self.batch(1)
        self.step("town", batch, "issue")
        self.refused(self.move("village", spot, "mend"), 422, "move.needs")
        spot = self.mend(spot)
        with self.nothing_changes(spot):
            self.refused(self.move("village", spot, "verify"), 403, "move.denied")

    def test_children_are_listed_in_pages_and_only_to_whom_they_concern(self) -> None:
        batch, spots = self.batch(5)
        page = self.be("town").get("/api/v1/records", parent=batch["id"], limit="2", sort="created").json
        self.assertEqual([one["id"] for one in page["items"]], [one["id"] for one in spots[:2]])
        self.assertEqual(len(self.children("town", batch, limit="2")), 5)
        self.assertEqual(len(self.children("town", batch, q="杂物")), 5)
        self.assertEqual(self.children("resident", batch), [])
        self.refused(self.be("town").get("/api/v1/records", parent=batch["id"], sort="due"), 422, "list.sort")
        self.refused(self.be("town").get("/api/v1/records", parent="x"), 422, "input.uuid")


class Hazards(Programmes):
    def test_nobody_strikes_off_their_own(self) -> None:
        hazard = self.make("village", "hazard", {"what": "护栏缺失", "domain": "traffic"}, place=self.place())
        with self.nothing_changes(hazard):
            self.refused(self.move("clerk", hazard, "list", fields={"grade": "general"}), 422, "move.needs")
        hazard = self.step("clerk", hazard, "list", fields={"grade": "general", "measures": "设置护栏"},
                           parties=[{"role": "owner", "org": self.org("town")}])
        self.assertTrue(hazard["due_at"])
        hazard = self.step("town", hazard, "prove", note="已设置", fields={"proof": [self.photo("town")]})
        # town leads there, which would be right enough, but it is the unit that mended it.
        with self.nothing_changes(hazard):
            self.refused(self.move("town", hazard, "strike_off"), 403, "move.own_work")
        self.assertEqual(self.step("verifier", hazard, "strike_off")["state"], "struck")

    def org(self, login: str) -> str:
        return str(self.be(login).get("/api/v1/me").json["posts"][0]["org"])

    def test_a_case_is_a_record_of_its_own(self) -> None:
        hazard = self.make("village", "hazard", {"what": "无证爆破", "domain": "mines"}, place=self.place())
        hazard = self.step("clerk", hazard, "list", fields={"grade": "major", "measures": "停产"})
        hazard = self.step("leader", hazard, "hand_over", note="涉嫌犯罪")
        links = [one for one in self.get(hazard, "leader")["links"] if one["type"] == "from:back"]
        self.assertEqual([one["kind"] for one in links], ["handover"])
        case = self.be("leader").get(f"/api/v1/records/{links[0]['id']}").json
        self.assertEqual((case["state"], case["fields"]["what"]), ("sent", "无证爆破"))
        self.assertEqual(self.be("village").get(f"/api/v1/records/{links[0]['id']}").status, 404)


class Cards(Programmes):
    def shop(self) -> Json:
        return self.make("resident", "shop", {"name": "老街面馆", "trade": "goods"}, place=self.place())

    def inspect(self, shop: Json, faults: list[str], login: str = "town") -> Json:
        one = self.make(login, "inspection", {"faults": faults}, parent=shop["id"])
        return self.get(one, login)

    def test_first_yellow_second_red_third_shut(self) -> None:
        shop = self.step("clerk", self.shop(), "confirm")
        self.assertEqual(self.inspect(shop, [])["state"], "passed")
        for card in ("yellow", "red", "shut"):
            self.assertEqual(self.inspect(shop, ["fire"])["fields"]["card"], card)
            self.assertEqual(self.get(shop)["fields"]["card"], card)
        self.assertEqual(self.get(shop)["state"], "shut")
        self.refused(self.move("clerk", shop, "clear"), 403, "move.denied")

    def test_the_inspector_does_not_decide_on_the_objection(self) -> None:
        shop = self.step("clerk", self.shop(), "confirm")
        inspection = self.inspect(shop, ["fire"])
        before = self.step("resident", inspection, "object", fields={"objection": "有单据"})["version"]
        # The township's leader may decide on objections, but here inspected himself.
        self.refused(self.move("town", inspection, "withdraw_card", fields={"decision": "维持"}), 403, "move.own_work")
        self.assertEqual((self.get(inspection)["version"], self.get(shop)["fields"]["card"]), (before, "yellow"))
        inspection = self.step("verifier", inspection, "withdraw_card", fields={"decision": "属实，撤销"})
        self.assertEqual(self.get(shop)["fields"]["card"], "none")
        # What was withdrawn does not count.
        self.assertEqual(self.inspect(shop, ["fire"])["fields"]["card"], "yellow")

    def test_the_keeper_sees_the_shop_and_other_residents_do_not(self) -> None:
        shop = self.shop()
        self.assertEqual(self.be("resident2").get(f"/api/v1/records/{shop['id']}").status, 404)
        self.refused(self.move("resident", shop, "confirm"), 403, "move.denied")
        unknown = self.ask("town", "inspection", {"faults": ["nothing"]}, parent=shop["id"])
        self.refused(unknown, 422, "input.unknown_code")
        self.refused(self.ask("town", "inspection", {}, parent=shop["id"]), 422, "move.needs")


class Streets(Programmes):
    def test_a_round_ends_when_what_was_found_is_settled(self) -> None:
        here = self.place(self.here)
        street = self.make("clerk", "street", {"street": "振兴西路"}, place=here, parties=[
            {"role": "head", "account": self.account("clerk")}, {"role": "workers", "account": self.account("worker")}])
        self.assertEqual(self.ask("village", "round", {"team": "grid"}, parent=street["id"]).status, 422)
        walk = self.make("worker", "round", {"team": "grid"}, parent=street["id"])
        self.assertEqual(walk["fields"]["street"], "振兴西路")
        self.assertEqual(self.make("worker", "finding", {"what": "整洁"}, parent=walk["id"])["state"], "fine")
        line = self.make("worker", "finding", {"what": "地砖缺失", "category": self.leaf()}, parent=walk["id"])
        with self.nothing_changes(walk):
            self.refused(self.move("worker", walk, "finish", fields={"visited": 3}), 409, "move.when")
        line = self.step("worker", line, "hand_on")
        linked = [one for one in self.get(line, "worker")["links"] if one["type"] == "from:back"]
        incident = self.be("clerk").get(f"/api/v1/records/{linked[0]['id']}").json
        self.assertEqual((incident["kind"], incident["state"], incident["fields"]["description"]),
                         ("incident", "reported", "地砖缺失"))
        track = [[118.95, 28.97], [118.951, 28.971]]
        walk = self.step("worker", walk, "finish", fields={"visited": 3, "track": track})
        self.assertEqual((walk["state"], walk["fields"]["track"]), ("walked", track))


class Proposals(Programmes):
    """A project has all who proposed it, whether they have an account or wrote a letter."""

    def call(self) -> Json:
        today = datetime.date.today()
        call = self.make("clerk", "proposal_call", {
            "call_name": "征集", "opens_on": str(today - datetime.timedelta(9)),
            "closes_on": str(today + datetime.timedelta(9))}, place=self.place(self.here))
        return self.step("leader", call, "announce")

    def project(self, call: Json) -> Json:
        fields = {"project_name": "老小区停车位", "content": "新增停车位 350 个", "overview": "边角地", "sector": "city"}
        return self.make("clerk", "livelihood_project", fields, parent=call["id"])

    def propose(self, call: Json, login: str | None, name: str, **fields: Any) -> Json:
        text = {"name": name, "content": "新增停车位 50 个", "overview": "老小区停车难"}
        return self.make(login, "proposal", text | fields, parent=call["id"])

    def merge(self, proposal: Json, project: Json) -> Json:
        return self.step("clerk", proposal, "merge", fields={"project": project["id"]})

    def test_no_author_is_lost_however_many_and_letters_too(self) -> None:
        call = self.call()
        project = self.project(call)
        for i in range(52):
            self.merge(self.propose(call, "clerk", f"来信建议 {i}", source="letter", author_name="张秀英"), project)
        self.merge(self.propose(call, "resident", "增加停车位"), project)
        listed = self.children("clerk", project)
        self.assertEqual((len(listed), self.get(project)["fields"]["proposals"]), (53, 53))
        self.assertEqual({one["fields"]["author_name"] for one in listed if one["holder"] is None}, {"张**"})
        self.assertEqual([(one["holder"]["role"], one["holder"]["name"]) for one in listed if one["holder"]],
                         [("author", "李*")], "a resident's name is masked, also for the staff")
        self.step("verifier", project, "screen_in", fields={"reason": "需求集中"})
        shown = self.be(None).get(f"/api/v1/public/{project['id']}").json
        self.assertEqual(shown["asks"], [], "nobody is asked to propose below a project")
        listed = self.be(None).get("/api/v1/public", kind="proposal", parent=project["id"], limit=200).json["items"]
        self.assertEqual(len(listed), 53)
        self.assertFalse({"author_name", "phone"} & {name for one in listed for name in one["fields"]})
        self.assertEqual(self.children("clerk", call, kind="proposal"), [], "they lie below the project now")

    def test_one_of_two_taken_out_leaves_the_other_with_its_author(self) -> None:
        call = self.call()
        project, other = self.project(call), self.project(call)
        first, second = self.propose(call, "resident", "增加停车位"), self.propose(call, "resident", "立体车库")
        self.merge(first, project)
        self.merge(second, project)
        second = self.step("clerk", second, "take_out", note="另立项目")
        self.assertEqual((second["state"], second["parent"]), ("admitted", call["id"]))
        self.assertEqual([one["id"] for one in self.children("clerk", project)], [first["id"]])
        self.step("verifier", project, "screen_in", fields={"reason": "需求集中"})
        told = self.be("resident").get("/api/v1/notices").json["items"]
        self.assertIn(first["id"], [one["record"]["id"] for one in told], "who still has one in it hears of it")
        self.merge(second, other)
        self.assertEqual([one["id"] for one in self.children("clerk", other)], [second["id"]])

    def test_an_e_mail_address_is_one(self) -> None:
        email = self.be("clerk").get("/api/v1/kinds/proposal").json["schema"]["properties"]["email"]
        self.assertEqual((email["x-type"], email["format"]), ("text", "email"))
        call = self.call()
        self.propose(call, "resident", "修一座桥", email=" li.hui@example.cn ")
        fields = {"name": "修一座桥", "content": "河上没有桥", "email": "li.hui at example"}
        self.refused(self.ask("resident", "proposal", fields, parent=call["id"]), 422, "input.mail")

    def test_a_proposal_goes_below_no_project_by_itself(self) -> None:
        call = self.call()
        project = self.project(call)
        fields = {"name": "直接加的建议", "content": "车位 1 个", "overview": "概况", "source": "visit"}
        self.refused(self.ask("clerk", "proposal", fields, parent=project["id"]), 422, "parent.during")
        proposal = self.propose(call, "resident", "增加停车位")
        with self.nothing_changes(proposal):
            self.refused(self.move("clerk", proposal, "merge", fields={"project": new_id()}), 422, "record.not_found")
        self.step("verifier", project, "screen_out", fields={"reason": "另行推进"})
        with self.nothing_changes(proposal):
            self.refused(self.move("clerk", proposal, "merge", fields={"project": project["id"]}), 409, "move.state")
