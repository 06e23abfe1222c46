"""Duty rosters: shifts that come again, stand-ins, swaps, handing over, what cannot be; and whom it rings."""
import datetime
from typing import Any

from matters import Incidents
from support.client import Json, new_id

CHINA = datetime.timezone(datetime.timedelta(hours=8))


class Duty(Incidents):
    org: str

    def setUp(self) -> None:
        units = self.be("clerk").get("/api/v1/duty/units").json["items"]
        self.org = next(one["id"] for one in units if one["name"].endswith("社会治理中心"))

    def at(self, day: int, hour: int = 0) -> str:
        """An hour of a day from today."""
        start = datetime.datetime.now(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        return (start + datetime.timedelta(days=day, hours=hour)).isoformat()

    def day(self, n: int) -> str:
        return self.at(n)[:10]

    def plan(self, **over: Any) -> Json:
        return {"org": self.org, "title": "值班", "rrule": "FREQ=DAILY", "from": self.day(10), "until": self.day(13),
                "at": "08:30", "minutes": 24 * 60, "people": [self.account("clerk"), self.account("leader")]} | over

    def duties(self, first: int, last: int) -> Json:
        answer = self.be("clerk").get("/api/v1/duty", org=self.org, **{"from": self.day(first), "to": self.day(last)})
        self.expect(answer, 200)
        return dict(answer.json)

    def duty(self, login: str, first: str, until: str, **over: Any) -> Json:
        body = {"org": self.org, "account": self.account(login), "from": first, "until": until} | over
        answer = self.be("leader").put(f"/api/v1/duty/{new_id()}", body)
        self.expect(answer, 200)
        return dict(answer.json)

    def test_shifts_in_turn(self) -> None:
        path = f"/api/v1/duty/plans/{new_id()}"
        shown = self.be("leader").put(path, self.plan(dry=True))
        self.expect(shown, 200)
        names = [one["name"] for one in shown.json["duties"]]
        self.assertEqual(names, ["郑晓燕", "周明远", "郑晓燕", "周明远"])
        self.assertEqual(self.duties(10, 13)["items"], [], "a look changes nothing")
        self.expect(self.be("leader").put(path, self.plan()), 200)
        self.assertEqual([one["name"] for one in self.duties(10, 13)["items"]], names)
        # Somebody stands in, and the shift is laid out anew: what was changed by hand stays.
        first = self.duties(10, 13)["items"][0]
        stand_in = {key: first[key] for key in ("org", "from", "until")} | {"account": self.account("verifier")}
        self.assertIn("roster.why", self.be("leader").put(f"/api/v1/duty/{first['id']}", stand_in).errors().values())
        self.expect(self.be("leader").put(f"/api/v1/duty/{first['id']}", stand_in | {"note": "病假"}), 200)
        self.expect(self.be("leader").put(path, self.plan(people=[self.account("leader")])), 200)
        self.assertEqual([one["name"] for one in self.duties(10, 13)["items"]], ["方静", "周明远", "周明远", "周明远"])
        plans = self.be("leader").get("/api/v1/duty/plans", org=self.org).json["items"]
        self.assertIn(path.rsplit("/", 1)[1], [one["id"] for one in plans])
        self.expect(self.be("leader").delete(path), 200)
        self.assertEqual([one["name"] for one in self.duties(10, 13)["items"]], ["方静"])
        gaps = self.duties(10, 13)["gaps"]
        self.assertEqual(gaps[-1]["until"][:10], self.day(14))
        self.expect(self.be("leader").delete(f"/api/v1/duty/{first['id']}"), 200)
        self.assertEqual(self.duties(10, 13)["items"], [])

    def test_what_cannot_be(self) -> None:
        put = self.be("leader").put
        self.duty("clerk", self.at(20, 8), self.at(20, 20))
        twice = put(f"/api/v1/duty/{new_id()}", {"org": self.org, "account": self.account("clerk"),
                                                 "from": self.at(20, 19), "until": self.at(21, 8)})
        self.assertEqual((twice.status, twice.key), (409, "roster.overlap"), repr(twice))
        self.assertIn("郑晓燕", twice.json["detail"])
        for want, over in (("recur.part", {"rrule": "FREQ=WEEKLY;BYDAY=XX"}), ("roster.people", {"people": []}),
                           ("roster.part", {"part": "night"}), ("roster.until", {"until": self.day(9)}),
                           ("roster.nothing", {"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "until": self.day(10)}),
                           ("roster.person", {"people": [self.account("resident")]}), ("roster.at", {"at": "25:00"})):
            with self.subTest(want):
                answer = put(f"/api/v1/duty/plans/{new_id()}", self.plan(**over))
                self.assertIn(want, answer.errors().values(), repr(answer))
        # Every day 36 hours by one and the same: the second begins before the first ends.
        answer = put(f"/api/v1/duty/plans/{new_id()}", self.plan(minutes=36 * 60, people=[self.account("commander")]))
        self.assertEqual(answer.key, "roster.overlap", repr(answer))
        self.assertEqual(self.be("worker").put(f"/api/v1/duty/plans/{new_id()}", self.plan()).key, "roster.denied")
        self.assertEqual(len(self.duties(20, 21)["items"]), 1, "what was refused changed nothing")

    def test_swapped_when_both_want(self) -> None:
        mine = self.duty("clerk", self.at(24, 8), self.at(24, 20))
        theirs = self.duty("verifier", self.at(25, 8), self.at(25, 20))
        ask = {"id": new_id(), "duty": mine["id"], "other": theirs["id"], "why": "家里有事"}
        self.expect(self.be("clerk").post("/api/v1/duty/swaps", ask), 200)
        self.expect(self.be("clerk").post("/api/v1/duty/swaps", ask), 200)
        again = self.be("clerk").post("/api/v1/duty/swaps", ask | {"id": new_id()})
        self.assertEqual(again.key, "roster.asked", repr(again))
        path = f"/api/v1/duty/swaps/{ask['id']}"
        self.assertEqual(self.be("leader").post(path, {"answer": "accept"}).key, "roster.not_asked")
        self.assertEqual(self.duties(24, 24)["items"][0]["name"], "郑晓燕")
        waiting = self.be("verifier").get("/api/v1/duty/mine").json["swaps"]
        self.assertIn("家里有事", [one["why"] for one in waiting])
        self.expect(self.be("verifier").post(path, {"answer": "accept"}), 200)
        self.assertEqual([one["name"] for one in self.duties(24, 25)["items"]], ["方静", "郑晓燕"])
        self.assertEqual(self.be("verifier").post(path, {"answer": "decline"}).key, "roster.answered")

    def test_a_swap_that_can_be_no_more(self) -> None:
        mine = self.duty("clerk", self.at(28, 8), self.at(28, 20))
        ask = {"id": new_id(), "duty": mine["id"], "with": self.account("verifier"), "why": "出差"}
        self.expect(self.be("clerk").post("/api/v1/duty/swaps", ask), 200)
        self.duty("verifier", self.at(28, 10), self.at(28, 12))
        answer = self.be("verifier").post(f"/api/v1/duty/swaps/{ask['id']}", {"answer": "accept"})
        self.assertEqual(answer.key, "roster.overlap", repr(answer))
        self.assertEqual({one["name"] for one in self.duties(28, 28)["items"]}, {"郑晓燕", "方静"})

    def test_import(self) -> None:
        csv = f"日期,开始,结束,账号,班次\n{self.day(32)},18:00,08:00,clerk,值班\n{self.day(33)},08:00,18:00,leader,带班\n"
        post = self.be("leader").post
        self.expect(post("/api/v1/duty/import", {"org": self.org, "csv": csv, "dry": True}), 200)
        self.assertEqual(self.duties(32, 33)["items"], [])
        self.expect(post("/api/v1/duty/import", {"org": self.org, "csv": csv}), 200)
        self.expect(post("/api/v1/duty/import", {"org": self.org, "csv": csv}), 200)
        items = self.duties(32, 33)["items"]
        self.assertEqual([(one["name"], one["part"]) for one in items], [("郑晓燕", "duty"), ("周明远", "lead")])
        self.assertEqual(items[0]["until"], self.at(33, 8))
        wrong = post("/api/v1/duty/import", {"org": self.org, "csv": csv.replace("leader", "nobody")})
        self.assertIn("第 3 行", str(wrong.json["errors"]), repr(wrong))

    def test_rings_and_hands_over(self) -> None:
        """Of a department's people only the one on duty is rung; he takes over and hands over."""
        dept = next(one for one in self.be("admin").all("/api/v1/orgs") if one["name"] == "应急管理局")
        people = self.be("admin").get("/api/v1/duty", org=dept["id"]).json["people"]
        before = self.be("admin").get("/api/v1/duty/now", org=dept["id"]).json["items"]
        self.assertEqual(before, [])
        body = {"org": dept["id"], "account": self.account("leader"), "from": self.at(-1, 12), "until": self.at(1, 12)}
        self.expect(self.be("admin").put(f"/api/v1/duty/{new_id()}", body), 200)
        now = self.be("admin").get("/api/v1/duty/now", org=dept["id"]).json["items"]
        self.assertEqual([one["name"] for one in now], ["周明远"])
        record = self.accepted()
        self.step("clerk", record, "dispatch", parties=[{"role": "lead", "org": dept["id"]}])
        ringing = self.be("leader").get("/api/v1/notices").json["items"]
        self.assertIn(record["id"], [one["record"] if isinstance(one["record"], str) else one["record"]["id"]
                                     for one in ringing])
        self.assertNotIn("周明远", [one["name"] for one in people])
        mine = next(one for one in self.be("leader").get("/api/v1/duty/mine", **{"from": self.day(-1)}).json["items"]
                    if one["org"] == dept["id"])
        self.expect(self.be("leader").post(f"/api/v1/duty/{mine['id']}/take-over", {}), 200)
        done = self.be("leader").post(f"/api/v1/duty/{mine['id']}/hand-over", {"note": "3号泵站还在排水"})
        self.assertEqual((done.status, done.json["handover"]), (200, "3号泵站还在排水"), repr(done))
        self.assertEqual(self.be("clerk").post(f"/api/v1/duty/{mine['id']}/take-over", {}).key, "roster.not_yours")
