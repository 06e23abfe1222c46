"""The board as of a past moment against what it said then."""
import datetime
import time
from typing import Any

from matters import Incidents
from support.client import Json

CHINA = datetime.timezone(datetime.timedelta(hours=8))
NAMES = "open,late,received,accepted,closed,closing_rate,took,satisfaction"


class Past(Incidents):
    moments: list[tuple[str, Json, dict[str, Json]]]
    parts: dict[str, Json]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        self = cls()
        cls.moments, cls.parts = [], {}
        first = self.report(text="第一件")
        self.keep()
        second = self.closed()
        self.accepted("complex")
        self.keep()
        self.step("clerk", first, "reject", note="不属于本区")
        self.step("clerk", second, "reopen", note="又坏了")
        self.keep()
        self.step("resident", self.closed(), "rate", fields={"rating": 5})
        self.answered()
        self.keep()
        self.report(text="最后一件")

    def keep(self) -> None:
        """What the live board says now."""
        time.sleep(0.01)
        at = datetime.datetime.now(CHINA).isoformat(timespec="milliseconds")
        self.moments.append((at, self.figures("/api/v1/measures"), self.points()))
        self.parts[at] = self.figures("/api/v1/measures", by="category", names="open,received,closed")
        time.sleep(0.01)

    def figures(self, path: str, by: str = "area", names: str = NAMES, **query: object) -> Json:
        answer = self.be("leader").get(path, name=names, by=by, **query)
        self.expect(answer, 200)
        board = dict(answer.json)
        for figure in board["items"]:
            for part in [figure, *figure["groups"]]:
                part.pop("rows", None)
        return board

    def points(self, login: str = "leader", **query: object) -> dict[str, Json]:
        rows: list[dict[str, Any]] = self.be(login).all("/api/v1/points", **query)
        self.assertEqual(len({row["id"] for row in rows}), len(rows), "nobody twice")
        return {row["id"]: row for row in rows}

    def test_figures_as_of(self) -> None:
        for at, figures, _ in self.moments:
            with self.subTest(at=at):
                self.assertEqual(self.figures("/api/v1/measures/past", at=at), figures)

    def test_figures_by_category_as_of(self) -> None:
        for at, parts in self.parts.items():
            with self.subTest(at=at):
                then = self.figures("/api/v1/measures/past", by="category", names="open,received,closed", at=at)
                self.assertEqual(then, parts)
        answer = self.be("leader").get("/api/v1/measures/past", name="received", dim="category=01",
                                       at=self.moments[0][0])
        self.expect(answer, 200)
        of_it = [one for one in self.parts[self.moments[0][0]]["items"][1]["groups"] if one["key"] == "01"]
        self.assertEqual(answer.json["items"][0]["value"], of_it[0]["value"] if of_it else 0)

    def test_points_as_of(self) -> None:
        self.assertEqual(len({frozenset(points) for _, _, points in self.moments}), len(self.moments))
        for at, _, points in self.moments:
            with self.subTest(at=at):
                self.assertEqual(self.points(at=at), points)

    def test_points_are_what_is_open(self) -> None:
        rows = self.be("leader").all("/api/v1/records", open=1, limit=200)
        points = self.points()
        self.assertEqual({row["id"] for row in rows}, set(points))
        for row in rows:
            point = points[row["id"]]
            for name in ("number", "title", "state", "light_now", "late", "area", "due_at", "updated_at"):
                self.assertEqual(point[name], row[name], name)

    def test_points_of_an_area_and_of_a_post(self) -> None:
        here = next(iter(self.points().values()))["area"]
        there = {key: one for key, one in self.points().items() if one["area"].startswith(here[:12])}
        self.assertEqual(self.points(area=here[:12]), there)
        self.assertEqual(self.points(area="330803218"), {})
        at = self.moments[1][0]
        self.assertEqual(self.points("village"), {})
        self.assertEqual(self.points("village", at=at), {})

    def test_by_hour(self) -> None:
        at = self.moments[-1][0]
        answer = self.be("leader").get("/api/v1/measures/past", name="received,open", by="hour", at=at)
        self.expect(answer, 200)
        received, gauge = answer.json["items"]
        hour = datetime.datetime.fromisoformat(at).hour
        self.assertEqual([one["key"] for one in received["groups"]], [f"{h:02}" for h in range(hour + 1)])
        self.assertEqual(sum(one["value"] for one in received["groups"]), received["value"] if hour else received["n"])
        self.assertEqual(gauge["groups"][-1]["value"], gauge["value"])

    def test_before_anything_happened(self) -> None:
        figures = self.figures("/api/v1/measures/past", at="2026-01-05T08:00:00+08:00")
        self.assertEqual([one["n"] for one in figures["items"]], [0] * len(NAMES.split(",")))
        self.assertEqual(self.points(at="2026-01-05T08:00:00+08:00"), {})

    def test_wrong_questions(self) -> None:
        wrong: list[tuple[str, Json]] = [
            ("measures/past", {"at": "yesterday"}), ("measures/past", {"name": "open", "by": "colour"}),
            ("measures/past", {"at": "2020-01-01T00:00:00+08:00"}),
            ("measures", {"name": "open", "by": "hour"}), ("points", {"at": "noon"}), ("points", {"area": "abc"}),
            ("points", {"kind": "nothing"}), ("points", {"cursor": "x"}), ("points", {"cursor": "verify 1 2"})]
        for path, query in wrong:
            with self.subTest(path=path, query=query):
                answer = self.be("leader").get(f"/api/v1/{path}", **query)
                self.assertIn(answer.status, (400, 422), repr(answer))
