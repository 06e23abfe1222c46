"""Figures against the rows they stand for: counted here again, from the lists and histories."""
import datetime
from collections import Counter
from typing import Any

from matters import Incidents
from support.client import Json

CHINA = datetime.timezone(datetime.timedelta(hours=8))


class Measures(Incidents):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        self = cls()
        for i in range(6):
            self.report(text=f"只上报 {i}")
        for level in ("easy", "complex", "complex", "many"):
            self.accepted(level)
        self.step("clerk", self.report(), "reject", note="不属于本区")
        self.step("verifier", self.answered(), "return", note="没修好")
        for rating in (5, 4):
            self.step("resident", self.closed(), "rate", fields={"rating": rating})

    def figure(self, name: str, **query: object) -> Json:
        answer = self.be("leader").get("/api/v1/measures", name=name, **query)
        self.expect(answer, 200)
        return dict(answer.json["items"][0])

    def today(self) -> str:
        return datetime.datetime.now(CHINA).date().isoformat()

    def entries(self) -> list[Json]:
        rows = self.be("clerk").all("/api/v1/records", kind="incident", limit=200)
        return [entry | {"record": row} for row in rows for entry in self.log(row)]

    def counted(self, verb: str) -> int:
        return sum(one["verb"] == verb for one in self.entries())

    def test_counts(self) -> None:
        for name, verb in (("received", "report"), ("accepted", "accept"), ("returned", "return")):
            with self.subTest(name):
                self.assertEqual(self.figure(name)["value"], self.counted(verb))
        closed = {one["record"]["id"] for one in self.entries() if one["to"] == "closed" and one["from"] != "closed"}
        self.assertEqual(self.figure("closed")["value"], len(closed))

    def test_open_is_what_is_open(self) -> None:
        rows = self.be("clerk").all("/api/v1/records", kind="incident", open=1, limit=200)
        self.assertEqual(self.figure("open")["value"], len(rows))

    def test_rates(self) -> None:
        rate, closed = (self.figure(name)["value"] for name in ("closing_rate", "closed"))
        due = sum(self.counted(verb) for verb in ("accept", "settle", "reopen"))
        self.assertEqual(rate, round(closed / due, 6))  # shares are given to a millionth
        self.assertAlmostEqual(self.figure("satisfaction")["value"], 4.5, places=9)

    def test_today_is_all_there_is(self) -> None:
        day = self.today()
        now = datetime.datetime.now(CHINA).date()
        first, yesterday = (now - datetime.timedelta(days=days) for days in (300, 1))
        sample = self.figure("received", from_=first.isoformat(), to=yesterday.isoformat())
        today = self.figure("received", from_=day, to=day)
        self.assertEqual(today["value"] + (sample["value"] or 0), self.figure("received")["value"])

    def test_parts_add_up(self) -> None:
        rows = self.be("clerk").all("/api/v1/records", kind="incident", limit=200)
        for by in ("area", "category", "source", "day"):
            with self.subTest(by=by):
                figure = self.figure("received", by=by)
                total = sum(group["value"] for group in figure["groups"])
                if by == "category":
                    continue
                self.assertEqual(total, len(rows))

    def test_by_area(self) -> None:
        rows = self.be("clerk").all("/api/v1/records", kind="incident", limit=200)
        expected: Counter[str] = Counter(row["area"][:9] for row in rows)
        got = {one["key"]: one["value"] for one in self.figure("received", by="area")["groups"] if one["value"]}
        self.assertEqual(got, dict(expected))

    def test_no_answer_outlives_a_change(self) -> None:
        for by in ({}, {"by": "area"}, {"from": "today", "by": "source"}):
            before = [self.figure("received", **by) for _ in range(3)]
            self.assertEqual(before[0], before[2])
            self.report(text="又一件")
            self.assertEqual(self.figure("received", **by)["value"], before[0]["value"] + 1, by)

    def test_a_figure_opens_into_its_rows(self) -> None:
        day = self.today()
        for name in ("received", "accepted", "closed", "open", "returned"):
            with self.subTest(name):
                figure: dict[str, Any] = self.figure(name, **({} if name == "open" else {"from_": day, "to": day}))
                path, _, query = figure["rows"].partition("?")
                rows = self.be("leader").all(path, **dict(part.split("=", 1) for part in query.split("&")))
                self.assertEqual(len(rows), figure["value"])

    def test_wrong_questions(self) -> None:
        for query in ({"name": "nothing"}, {"name": "received", "by": "colour"},
                      {"name": "received", "from_": "yesterday"}, {"name": "received", "area": "abc"},
                      {"name": "received", "from_": "2026-12-01", "to": "2026-01-01"}):
            with self.subTest(query=query):
                answer = self.be("leader").get("/api/v1/measures", **query)
                self.assertIn(answer.status, (404, 422), repr(answer))

    def test_recounting_finds_the_same(self) -> None:
        done = self.server.command("verify")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
