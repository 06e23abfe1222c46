"""Areas changed on the map: from a day on, with everything that goes along, and nothing that happened moved."""
import datetime
from typing import Any

from matters import Incidents
from support.client import Answer, Json, new_id

VILLAGE = "330803002001"
GRID = "330803002001001"


class Areas(Incidents):
    def change(self, login: str | None = "admin", **body: Any) -> Answer:
        return self.be(login).post("/api/v1/areas/changes", {"id": new_id(), "why": "网格调整"} | body)

    def area(self, code: str) -> Json:
        return dict(self.be(None).get(f"/api/v1/areas/{code}").json)

    def grids(self, **query: object) -> list[str]:
        return [one["code"] for one in self.be(None).get("/api/v1/areas", parent=VILLAGE, **query).json["items"]]

    def located(self, area: Json) -> list[str]:
        found = self.be(None).get("/api/v1/areas/locate", lng=area["lng"], lat=area["lat"]).json
        return [found["area"]["code"], *(one["code"] for one in found["ancestors"])]

    def line(self, area: Json) -> Json:
        ends = [[area["lng"] + side, area["lat"]] for side in (-0.3, 0.3)]
        return {"type": "LineString", "coordinates": ends}

    def tomorrow(self) -> str:
        return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)).isoformat(timespec="seconds")

    def test_a_rehearsal_changes_nothing(self) -> None:
        grid, before = self.area(GRID), self.grids(ever=1)
        dry = self.change(do="split", codes=[GRID], line=self.line(grid), dry=True, why="")
        self.expect(dry, 200)
        self.assertFalse(dry.json["done"])
        self.assertEqual(len([one for one in dry.json["begins"] if not one["follows"]]), 2)
        self.assertGreater(dry.json["posts"], 0)
        self.assertEqual(self.grids(ever=1), before)

    def test_a_split_to_come_and_its_withdrawal(self) -> None:
        grid, body = self.area(GRID), {"id": new_id(), "why": "分格"}
        before, ever = self.grids(), self.grids(ever=1)
        body |= {"do": "split", "codes": [GRID], "line": self.line(grid), "from": self.tomorrow()}
        made = self.be("admin").post("/api/v1/areas/changes", body)
        self.expect(made, 200)
        again = self.be("admin").post("/api/v1/areas/changes", body)
        self.assertEqual([one["code"] for one in again.json["begins"]], [one["code"] for one in made.json["begins"]])
        self.assertEqual(self.grids(), before)
        self.assertEqual(len(self.grids(ever=1)), len(ever) + 1)
        self.expect(self.change(do="end", codes=[GRID]), 409, "area.planned")
        items = self.be("admin").get("/api/v1/areas/changes").json["items"]
        self.assertEqual((items[0]["do"], items[0]["holds"], items[0]["withdrawn"]), ("split", False, None))
        path = f"/api/v1/areas/changes/{body['id']}/withdraw"
        self.expect(self.be("admin").post(path, {}), 200)
        self.expect(self.be("admin").post(path, {}), 409, "area.withdrawn")
        self.assertEqual((self.grids(), self.grids(ever=1)), (before, ever))
        self.assertIsNone(self.area(GRID)["history"][-1]["until"])

    def test_a_merge_at_once_and_what_was_before(self) -> None:
        """Matters keep their area; new ones go to the new grid; figures of the community are what they were."""
        code = f"{VILLAGE}001"
        two = f"{VILLAGE}002"
        grid = self.area(two)
        place = {"lng": grid["lng"], "lat": grid["lat"]}
        old = self.report(text="旧网格里的灯", place=place)
        self.assertTrue(old["area"].startswith(two))
        workers = {one["id"] for one in self.be("admin").all("/api/v1/accounts", role="grid_worker", area=two)}
        before = self.figure(VILLAGE)
        self.expect(self.change(do="merge", codes=[code, two], parts=[{"code": code, "name": "并一网格"}]), 200)
        self.assertNotIn(two, self.grids())
        self.assertIn(code, self.located(grid))
        self.assertEqual(self.get(old)["area"], old["area"])
        new = self.report(text="新网格里的灯", place=place)
        self.assertTrue(new["area"].startswith(code), new["area"])
        self.assertEqual(self.figure(VILLAGE), before + 1)
        self.assertLessEqual(workers, {one["id"] for one in self.be("admin").all("/api/v1/accounts",
                                                                                role="grid_worker", area=code)})
        refused = self.be("resident").post("/api/v1/records", self.body("灯", area=two, place=None))
        self.assertEqual(refused.errors().get("area"), "place.area_ended", repr(refused))
        self.assertIn(two, [one["key"] for one in self.groups()])
        self.expect(self.change(do="edit", codes=[two], parts=[{"name": "回来"}]), 422)
        self.expect(self.be("admin").get("/api/v1/areas/boundaries", under=VILLAGE, at="2026-01-01"), 200)
        audit = self.be("admin").get("/api/v1/audit", verb="area.merge").json["items"]
        self.assertIn("并一网格", audit[0]["detail"]["begins"])

    def groups(self) -> list[Json]:
        got = self.be("leader").get("/api/v1/measures", name="received", by="area", area=VILLAGE).json
        return list(got["items"][0]["groups"])

    def figure(self, area: str) -> int:
        return int(self.be("leader").get("/api/v1/measures", name="received", area=area).json["items"][0]["n"])

    def test_refusals_say_which_and_where(self) -> None:
        for want, body in (("area.outside_parent", {"do": "add", "codes": [VILLAGE], "boundary": square(118.2, 28.7)}),
                           ("area.geometry", {"do": "edit", "codes": [GRID], "boundary": {"type": "Point"}}),
                           ("area.level_fixed", {"do": "end", "codes": [VILLAGE]}),
                           ("area.not_found", {"do": "end", "codes": ["330803999"]}),
                           ("area.merge_count", {"do": "merge", "codes": [GRID]}),
                           ("area.doing", {"do": "burn", "codes": [GRID]}),
                           ("area.past", {"do": "end", "codes": [GRID], "from": "2020-01-01T00:00:00+08:00"}),
                           ("area.why", {"do": "end", "codes": [GRID], "why": ""})):
            with self.subTest(want):
                answer = self.change(**body)
                self.assertEqual(answer.status, 422, repr(answer))
                self.assertIn(want, [answer.key, *answer.errors().values()])

    def test_too_many_points_are_refused(self) -> None:
        ring = [[118.9 + n * 1e-6, 28.9] for n in range(6000)] + [[118.95, 28.95], [118.9, 28.9]]
        answer = self.change(do="add", codes=[VILLAGE], boundary={"type": "Polygon", "coordinates": [ring]})
        self.assertIn("area.points", answer.errors().values(), repr(answer))

    def test_only_administrators(self) -> None:
        for login in (None, "resident", "clerk", "leader"):
            self.assertIn(self.change(login, do="end", codes=[GRID], dry=True).status, (401, 403))


def square(lng: float, lat: float) -> Json:
    ring = [[lng, lat], [lng + 0.01, lat], [lng + 0.01, lat + 0.01], [lng, lat + 0.01], [lng, lat]]
    return {"type": "Polygon", "coordinates": [ring]}
