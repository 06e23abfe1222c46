"""Working days decided by the administrator: new limits follow, those that run stay."""
import datetime

from matters import Incidents

CHINA = datetime.timezone(datetime.timedelta(hours=8))


class Calendar(Incidents):
    def day(self, after: int) -> str:
        return (datetime.datetime.now(CHINA) + datetime.timedelta(days=after)).strftime("%Y-%m-%d")

    def test_days_made_free(self) -> None:
        """All of the next two weeks: whoever starts a limit of working time then waits for their end."""
        before = self.accepted()
        days = [{"date": self.day(n), "working": False, "name": "放假"} for n in range(1, 15)]
        self.expect(self.be("admin").post("/api/v1/calendar", {"days": days, "why": "测试"}), 200)
        seen = self.be("clerk").get("/api/v1/calendar", **{"from": self.day(1), "to": self.day(14)}).json["items"]
        self.assertEqual({(one["working"], one["name"]) for one in seen}, {(False, "放假")})
        self.assertEqual(self.get(before)["clocks"], before["clocks"])
        due = [one["due_at"] for one in self.accepted()["clocks"] if one.get("due_at")]
        self.assertGreater(max(due)[:10], self.day(14))
        audit = self.be("admin").get("/api/v1/audit", verb="calendar.change").json["items"][0]
        self.assertIn(self.day(1), audit["detail"]["days"])

    def test_refusals(self) -> None:
        one = {"date": self.day(3), "working": True}
        for want, body in (("calendar.past", {"days": [one | {"date": self.day(-1)}], "why": "x"}),
                           ("calendar.far", {"days": [one | {"date": "2099-01-01"}], "why": "x"}),
                           ("input.date", {"days": [one | {"date": "2026-13-01"}], "why": "x"}),
                           ("input.required", {"days": [], "why": "x"}), ("input.required", {"days": [one]})):
            with self.subTest(want):
                answer = self.be("admin").post("/api/v1/calendar", body)
                self.assertIn(want, answer.errors().values(), repr(answer))
        self.expect(self.be("clerk").post("/api/v1/calendar", {"days": [one], "why": "x"}), 403)
        self.expect(self.be("clerk").get("/api/v1/calendar", **{"from": "2020-01-01", "to": "2026-01-01"}), 422)
