"""Organisations: renamed, put below others, ended and let in again, with nothing lost of what they did."""
from matters import Incidents
from support.client import Answer, Json, new_id

PASSWORD = "a password of my own"
GRID = "330803002001001"
LEFT = ["accounts", "below", "channels", "duties", "owned", "parts", "plans", "posts", "rules", "saved"]


class Organisations(Incidents):
    def add(self, name: str, area: str = "330803", **over: object) -> str:
        answer = self.be("admin").post("/api/v1/orgs", {"name": name, "area": area} | over)
        self.expect(answer, 201)
        return str(answer.json["id"])

    def one(self, org: str) -> Json:
        answer = self.be("admin").get(f"/api/v1/orgs/{org}")
        self.expect(answer, 200)
        return dict(answer.json)

    def change(self, org: str, **over: object) -> Answer:
        now = self.one(org)
        body = {name: now[name] for name in ("name", "area", "parent")} | over
        return self.be("admin").put(f"/api/v1/orgs/{org}", body)

    def active(self, org: str, active: bool) -> Answer:
        return self.be("admin").post(f"/api/v1/orgs/{org}/active", {"active": active})

    def end(self, org: str) -> Json:
        answer = self.active(org, False)
        self.expect(answer, 200)
        return dict(answer.json)

    def named(self, name: str) -> str:
        return next(one["id"] for one in self.be("clerk").all("/api/v1/orgs", q=name) if one["name"] == name)

    def listed(self, **how: object) -> dict[str, Json]:
        return {one["id"]: one for one in self.be("clerk").all("/api/v1/orgs", **how)}

    def audit(self, org: str) -> list[Json]:
        return [one for one in self.be("admin").all("/api/v1/audit") if one["about"] == org]

    def refused(self, answer: Answer, code: str) -> None:
        """A field is wrong, and which."""
        self.expect(answer, 422)
        self.assertEqual(answer.json["errors"][0]["code"], code, repr(answer))

    def end_posts(self, org: str) -> int:
        held = [(one["id"], post) for one in self.be("admin").all("/api/v1/accounts") for post in one["posts"]
                if post["org"] == org]
        for account, post in held:
            body = {"account": account, "role": post["role"], "area": post["area"]}
            self.expect(self.be("admin").post("/api/v1/posts/end", body), 200)
        return len(held)

    def test_is_renamed_and_put_below_another(self) -> None:
        above, org = self.add("城市管理局"), self.add("路灯管理站")
        answer = self.change(org, name="照明中心", parent=above, area="330803103")
        self.expect(answer, 200)
        self.assertEqual((answer.json["name"], answer.json["parent"], answer.json["parent_name"], answer.json["area"]),
                         ("照明中心", above, "城市管理局", "330803103"))
        self.assertEqual(sorted(answer.json["left"]), LEFT)
        self.assertEqual(self.listed(q="照明中心")[org]["parent"], above)
        self.assertEqual(self.one(above)["left"]["below"], 1)
        line = self.audit(org)[0]
        self.assertEqual((line["verb"], line["actor"]["login"]), ("org.change", "admin"))
        self.assertEqual(line["detail"], {
            "before": {"name": "路灯管理站", "area": "330803", "parent_id": None, "parent": None},
            "after": {"name": "照明中心", "area": "330803103", "parent_id": above, "parent": "城市管理局"}})
        self.expect(self.change(org, parent=None), 200)
        self.assertEqual(set(self.audit(org)[0]["detail"]["after"]), {"parent_id", "parent"})
        lines = len(self.audit(org))
        self.expect(self.change(org), 200)
        self.assertEqual(len(self.audit(org)), lines, "what changes nothing is no line")

    def test_what_it_cannot_become(self) -> None:
        top, middle, low = self.add("甲集团"), self.add("乙公司"), self.add("丙车间")
        self.expect(self.change(middle, parent=top), 200)
        self.expect(self.change(low, parent=middle), 200)
        for parent in (top, middle, low):
            self.refused(self.change(top, parent=parent), "org.cycle")
        self.refused(self.change(top, parent=new_id()), "org.parent")
        self.refused(self.change(top, area="330803999"), "post.area")
        self.refused(self.change(top, name="\u0007"), "org.name")
        centre = next(one for one in self.listed(area="330803103").values() if one["unit"])
        self.refused(self.change(centre["id"], area="330803"), "org.unit_area")
        self.expect(self.change(centre["id"], name="莲花镇"), 200)
        self.expect(self.be("admin").put(f"/api/v1/orgs/{new_id()}", {"name": "无", "area": "330803"}), 404)
        self.expect(self.be("admin").get(f"/api/v1/orgs/{new_id()}"), 404, "org.not_found")
        self.expect(self.be("clerk").put(f"/api/v1/orgs/{top}", {"name": "无", "area": "330803"}), 403)
        self.expect(self.be("clerk").post(f"/api/v1/orgs/{top}/active", {"active": False}), 403)

    def test_a_unit_stays_while_its_area_does(self) -> None:
        centre = next(one for one in self.listed(area="330803103").values() if one["unit"])
        self.assertTrue(self.one(centre["id"])["governs"])
        refused = self.active(centre["id"], False)
        self.expect(refused, 409, "org.governs")
        self.assertIn("330803103", str(refused.json))
        self.assertIsNone(self.one(centre["id"])["ended"])

    def test_ends_with_its_numbers_and_keeps_its_name(self) -> None:
        org, low = self.add("旧路灯所"), self.add("旧路灯所一班")
        self.expect(self.change(low, parent=org), 200)
        made = self.be("admin").post("/api/v1/accounts", {"login": "oldlamp", "name": "灯匠"})
        post = {"account": made.json["id"], "role": "handler", "area": "330803", "org": org}
        self.expect(self.be("admin").post("/api/v1/posts", post), 201)
        record = self.step("clerk", self.accepted(), "dispatch", parties=[{"role": "lead", "org": org}])
        duty = {"org": org, "account": made.json["id"], "from": "2027-01-04T08:00:00+08:00",
                "until": "2027-01-04T18:00:00+08:00"}
        first = new_id()
        self.expect(self.be("admin").put(f"/api/v1/duty/{first}", duty), 200)
        robot = {"type": "webhook", "title": "灯", "what": ["ring"], "url": "https://example.org/x", "org": org}
        channel = new_id()
        self.expect(self.be("admin").put(f"/api/v1/channels/{channel}", robot), 200)
        refused = self.active(org, False)
        self.expect(refused, 409, "org.posts_held")
        self.assertIn("1", str(refused.json))
        self.assertEqual(self.one(org)["left"]["posts"], 1)
        self.assertEqual(self.end_posts(org), 1)

        left = dict.fromkeys(LEFT, 0) | {"parts": 1, "duties": 1, "channels": 1, "below": 1}
        self.assertEqual(self.one(org)["left"], left)
        ended = self.end(org)
        self.assertEqual(ended["left"], left)
        line = self.audit(org)[0]
        self.assertEqual((line["verb"], line["detail"]),
                         ("org.end", {"name": "旧路灯所", "parts": 1, "duties": 1, "channels": 1, "below": 1}))
        self.end(org)
        self.assertEqual(self.audit(org)[0]["id"], line["id"], "once is enough")

        self.assertNotIn(org, self.listed())
        self.assertEqual(self.listed(ended=1)[org]["ended"], ended["ended"])
        self.assertIsNone(self.listed(ended=1)[low]["ended"])
        parts = {one["role"]: one["name"] for one in self.get(record)["parties"]}
        self.assertEqual(parts["lead"], "旧路灯所")

        self.refused(self.be("admin").post("/api/v1/posts", post), "post.org_ended")
        self.refused(self.be("admin").post("/api/v1/orgs", {"name": "新班", "area": "330803", "parent": org}),
                     "org.parent_ended")
        self.refused(self.change(self.add("另一班"), parent=org), "org.parent_ended")
        self.refused(self.move("clerk", self.accepted(), "dispatch", parties=[{"role": "lead", "org": org}]),
                     "party.ended")
        self.expect(self.be("admin").put(f"/api/v1/duty/{new_id()}", duty), 409, "roster.ended")
        self.expect(self.be("admin").delete(f"/api/v1/duty/{first}"), 200)
        self.assertNotIn(org, [one["id"] for one in self.be("admin").get("/api/v1/duty/units").json["items"]])
        self.refused(self.be("admin").put(f"/api/v1/channels/{new_id()}", robot), "channel.org_ended")
        off = robot | {"active": False, "version": 1}
        self.expect(self.be("admin").put(f"/api/v1/channels/{channel}", off), 200)
        self.expect(self.change(org, name="新名"), 409, "org.ended")

        back = self.active(org, True)
        self.expect(back, 200)
        self.assertIsNone(back.json["ended"])
        self.assertEqual(self.audit(org)[0]["verb"], "org.resume")
        self.assertIn(org, self.listed())
        self.expect(self.be("admin").post("/api/v1/posts", post), 201)

    def test_a_unit_ends_with_its_area(self) -> None:
        unit = self.add("网格工作室", GRID, level="grid")
        self.expect(self.active(unit, False), 409, "org.governs")
        change = {"id": new_id(), "do": "end", "codes": [GRID], "why": "撤并"}
        self.expect(self.be("admin").post("/api/v1/areas/changes", change), 200)
        self.assertFalse(self.one(unit)["governs"])
        self.expect(self.change(unit, name="原网格工作室"), 200)
        self.end(unit)
        self.expect(self.active(unit, True), 200)

    def test_packs_find_it_no_more(self) -> None:
        """A rule that names an organisation passes to the next when that has ended."""
        police, emergency = self.named("交警大队"), self.named("应急管理局")
        self.assertGreater(self.one(police)["left"]["rules"], 0)
        self.assertEqual(self.one(self.named("莲花镇"))["left"]["rules"], 0)
        body = {"id": new_id(), "kind": "hazard", "fields": {"what": "护栏缺失", "domain": "traffic"},
                "place": {"lng": self.here[0], "lat": self.here[1]}}
        record = self.be("worker").post("/api/v1/records", body)
        self.expect(record, 201)

        def proposed() -> list[str]:
            path = f"/api/v1/records/{record.json['id']}/propose"
            return [one["org"] for one in self.be("clerk").get(path, transition="list").json["parties"]]

        self.assertEqual(proposed(), [police])
        self.end_posts(police)
        self.end(police)
        self.assertEqual(proposed(), [emergency])
        self.expect(self.active(police, True), 200)
        self.assertEqual(proposed(), [police])

    def clerk_of(self, login: str, org: str) -> str:
        made = self.be("admin").post("/api/v1/accounts", {"login": login, "name": "经办人", "password": PASSWORD})
        post = {"account": made.json["id"], "role": "insurance_clerk", "area": "330803", "org": org}
        self.expect(self.be("admin").post("/api/v1/posts", post), 201)
        return login

    def test_nothing_comes_back_to_it(self) -> None:
        """An effect that names who plays a part: the part stays with who has it."""
        into = next((one["id"] for one in self.listed(q="医疗保障局").values()), None) or self.add("医疗保障局")
        out = self.add("转出地经办机构")
        here, there = (self.anyone().sign_in(self.clerk_of(login, org), PASSWORD)
                       for login, org in (("into_clerk", into), ("out_clerk", out)))
        kind = here.get("/api/v1/kinds/insurance_transfer").json
        self.assertLessEqual({"into", "out", "owner"}, {one["role"] for one in kind["parties"]})
        fields = {"from_place": "玉山", "insured_name": "李某某", "citizen_no": "11010519491231002X"}
        raised = here.post("/api/v1/records", {"id": new_id(), "kind": "insurance_transfer", "area": "330803",
                                               "fields": fields})
        self.expect(raised, 201)
        path = f"/api/v1/records/{raised.json['id']}"
        sent = here.post(f"{path}/send_letter", {"id": new_id(), "fields": {"letter_no": "1"},
                                                 "parties": [{"role": "out", "org": out}]})
        self.expect(sent, 200)

        def parts() -> dict[str, str]:
            return {one["role"]: one["org"] for one in there.get(path).json["parties"]}

        self.assertEqual(parts()["owner"], out)
        self.assertEqual((self.one(out)["left"]["parts"], self.one(out)["left"]["owned"]), (1, 1))
        self.end_posts(into)
        self.end(into)
        back = there.post(f"{path}/send_back", {"id": new_id(), "note": "查无此人"})
        self.expect(back, 200)
        self.assertEqual((parts()["owner"], parts()["into"]), (out, into), "and it keeps the part it has")
