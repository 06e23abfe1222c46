"""A month ranked: figures and values, an objection, publication, and a count that is made independently."""
import importlib.util
import pathlib

from matters import RAILWAY
from support.client import Client, Json
from test_programmes import DEADLINE, Programmes

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOWN = "330803103"


def recount(table: Json) -> list[str]:
    spec = importlib.util.spec_from_file_location("recount_appraisal", ROOT / "tools" / "recount_appraisal.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.differences(table))


class Appraisal(Programmes):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        client = Client(cls.server.port, recorder=cls.recorder).sign_in("leader")
        for kind in ("appraisal", "office_appraisal", "appraisal_unit", "appraisal_value", "appraisal_objection"):
            client.get(f"/api/v1/kinds/{kind}")
        client.close()

    def table(self, login: str | None, month: Json) -> Json:
        answer = self.be(login).get(f"/api/v1/records/{month['id']}/appraisal")
        self.expect(answer, 200)
        return dict(answer.json)

    def figure(self, table: Json, item: str) -> Json:
        unit = next(one for one in table["units"] if one["area"] == TOWN)
        return dict(next(one for one in unit["figures"] if one["item"] == item))

    def place_mended(self) -> None:
        batch = self.make("town", "batch", {"subject": "第 1 批", "campaign": "town", "deadline": DEADLINE},
                          place=self.place())
        spots = [self.make("town", "spot", {"what": f"第 {i} 处", "problem": "rubbish"}, parent=batch["id"],
                           place=self.place()) for i in range(4)]
        self.step("town", batch, "issue")
        for spot in spots[:3]:
            done = self.step("village", spot, "mend", fields={"result_photos": [self.photo("village")]})
            self.step("verifier", done, "verify")

    def month(self) -> tuple[Json, Json]:
        """This month, so far: what has just been verified counts."""
        self.place_mended()
        today = str(self.be("leader").get("/api/v1/measures", name="spots", by="day").json["items"][0]["to"])
        self.refused(self.ask("worker", "appraisal", {"month": today[:7]}, area="330803"), 403, "move.denied")
        month = self.make("leader", "appraisal", {"month": today[:7]}, area="330803")
        units = self.children("leader", month)
        return month, next(one for one in units if one["area"] == TOWN)

    def test_from_figures_to_a_published_place(self) -> None:
        month, unit = self.month()
        table = self.table("leader", month)
        self.assertEqual((table["ranked"], len(table["units"])), (False, 20))
        mended = self.figure(table, "places_mended")
        self.assertEqual((mended["value"], mended["share"], mended["how"]), ("0.750000", "50.0000", "measured"))
        rows = self.be("leader").get(mended["rows"])
        self.assertEqual(len([one for one in rows.json["items"] if one["state"] == "verified"]), 3)
        self.refused(self.be(None).get(f"/api/v1/records/{month['id']}/appraisal"), 404, "record.not_found")
        with self.nothing_changes(month):
            self.refused(self.move("leader", month, "rank"), 409, "appraisal.missing")
        month = self.step("leader", month, "rank_as_is", note="测评下月补")
        before = self.table("town", month)
        self.assertEqual((before["ranked"], recount(before)), (True, []))

        fields = {"item": "places_mended", "claimed": 1, "why": "有一处已改未验"}
        self.refused(self.ask("worker", "appraisal_objection", fields, parent=unit["id"]), 403, "move.denied")
        objection = self.make("town", "appraisal_objection", fields, parent=unit["id"])
        with self.nothing_changes(objection):
            self.refused(self.move("town", objection, "uphold", fields={"corrected": 1, "reason": "自定"}),
                         403, "move.denied")
        self.step("verifier", objection, "uphold", fields={"corrected": 0.875, "reason": "属实"})
        after = self.table("town", month)
        mended = self.figure(after, "places_mended")
        self.assertEqual([mended[key] for key in ("value", "was", "share", "how", "correction")],
                         ["0.875000", "0.750000", "75.0000", "corrected", objection["id"]])
        self.assertEqual(recount(after), [])
        totals = [next(one for one in table["units"] if one["area"] == TOWN)["total"] for table in (before, after)]
        self.assertLess(float(totals[0]), float(totals[1]))
        self.assertEqual(f"{self.get(unit, 'town')['fields']['points']:.2f}", totals[1])
        with self.nothing_changes(month):
            self.refused(self.move("leader", month, "publish"), 409, "move.when")

    def led(self, org: str, back: bool) -> Json:
        """A matter that the department has led to its end, sent back once or not."""
        matter = self.dispatched_to(org)
        matter = self.step("dept", self.step("dept", matter, "acknowledge"), "answer", note="已处理")
        if back:
            matter = self.step("verifier", matter, "return", note="没有清干净")
            matter = self.step("dept", matter, "answer", note="重新清理")
        return self.step("verifier", matter, "verify")

    def dispatched_to(self, org: str) -> Json:
        return self.step("clerk", self.accepted(), "dispatch", parties=[{"role": "lead", "org": org}])

    def test_departments_are_ranked_by_what_they_led(self) -> None:
        own = str(next(post["org"] for post in self.be("dept").get("/api/v1/me").json["posts"]))
        dim = f"lead={own}"
        led = [self.led(own, back) for back in (False, True)]
        self.dispatched_to(own)
        answer = self.be("leader").get("/api/v1/measures", name="verified,lead_returned,verified_in_time", by="lead",
                                       **{"from": "today", "to": "today"})
        groups = [next(one for one in item["groups"] if one["key"] == own) for item in answer.json["items"]]
        self.assertEqual([(one["value"], one["title"]["zh"]) for one in groups],
                         [(2, RAILWAY), (0.5, RAILWAY), (2, RAILWAY)])
        rows = self.be("leader").get(groups[0]["rows"]).json["items"]
        self.assertEqual({one["id"] for one in rows}, {one["id"] for one in led})
        for wrong in ("lead=x", f"follower={own}x", f"nobody={own}"):
            self.refused(self.be("leader").get("/api/v1/records", kind="incident", dim=wrong), 422, "list.dim")

        month = {"month": str(answer.json["items"][0]["to"])[:7]}
        self.expect(self.be("admin").post("/api/v1/posts", {"account": self.account("dept"), "area": "330803",
                                                            "role": "appraisal_liaison", "org": own}), 201)
        ranked = self.make("leader", "office_appraisal", month, area="330803")
        table = self.table("leader", ranked)
        self.assertEqual([one["org"] for one in table["units"]], [own], "who has a liaison takes part")
        figures = {one["item"]: one for one in table["units"][0]["figures"]}
        self.assertEqual([figures[item]["value"] for item in ("led_on_time", "led_returned", "led_projects_late")],
                         ["1.000000", "0.500000", "0.000000"])
        self.assertIn(f"dim={dim}", figures["led_on_time"]["rows"])
        self.assertEqual(len(self.be("leader").get(figures["led_on_time"]["rows"]).json["items"]), 2)
        ranked = self.step("leader", ranked, "rank_as_is", note="评议下月补")
        self.assertEqual(recount(self.table("dept", ranked)), [])
        unit = self.children("leader", ranked)[0]
        fields = {"item": "led_returned", "claimed": 0, "why": "退回的不是我们的事"}
        self.refused(self.ask("town", "appraisal_objection", fields, parent=unit["id"]), 403, "move.denied")
        self.make("dept", "appraisal_objection", fields, parent=unit["id"])

    def test_what_is_wrong_is_refused(self) -> None:
        self.refused(self.ask("leader", "appraisal", {"month": "2026-13"}, area="330803"), 409, "move.when")
        month = self.make("leader", "appraisal", {"month": "2099-01"}, area="330803")
        self.assertEqual(self.children("leader", month), [])
        self.refused(self.move("leader", month, "collect"), 422, "appraisal.month")
        month = self.make("leader", "appraisal", {"month": "2020-05"}, area="330803")
        self.refused(self.move("leader", month, "rank"), 422, "appraisal.year")
        spot = self.make("town", "batch", {"subject": "第 1 批", "campaign": "town", "deadline": DEADLINE},
                         place=self.place())
        self.refused(self.be("leader").get(f"/api/v1/records/{spot['id']}/appraisal"), 404, "appraisal.none")
