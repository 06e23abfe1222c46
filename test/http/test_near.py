"""What is reported near a place already: who is told what of it, and how a neighbour joins it."""
import math

from matters import PHONE, Incidents
from support.client import Answer, Json, new_id

METRES = 111320.0
LAMP, DISPUTE = "0102", "0801"


class Near(Incidents):
    def at(self, north_m: float = 0, east_m: float = 0) -> Json:
        lng, lat = self.here
        return {"lng": lng + east_m / METRES / math.cos(math.radians(lat)), "lat": lat + north_m / METRES}

    def lamp(self, category: str | None = LAMP, place: Json | None = None) -> Json:
        fields: Json = {"caller": PHONE, "caller_name": "张三"} | ({"category": category} if category else {})
        return self.report("resident", "张三家门口路灯不亮", fields=fields, place=(place or self.at()) | {"address": "3幢201"})

    def near(self, login: str | None = None, **query: object) -> list[Json]:
        answer = self.be(login).get("/api/v1/records/near", **(self.at() | query))
        self.expect(answer, 200)
        return list(answer.json["items"])

    def found(self, record: Json, login: str | None = None, **query: object) -> Json | None:
        return next((one for one in self.near(login, **query) if one["id"] == record["id"]), None)

    def join(self, login: str | None, record: Json) -> Answer:
        return self.be(login).post(f"/api/v1/records/{record['id']}/follow", {"id": new_id()})

    def test_anybody_is_told_what_it_is_and_nothing_of_whom(self) -> None:
        record = self.lamp()
        one = self.found(record)
        assert one is not None
        self.assertEqual((one["title"]["zh"], one["state"], one["distance_m"], one["followers"], one["seen"]),
                         ("路灯不亮", "reported", 0, 0, False))
        self.assertEqual(one["allowed"], [])
        for secret in ("张", "3幢", PHONE, PHONE[-4:], "家门口", "reporter", "description", record["number"]):
            self.assertNotIn(secret, str(one))

    def test_only_what_is_open_public_and_near(self) -> None:
        cases: dict[str, tuple[Json, bool]] = {
            "a lamp 100 m away": (self.lamp(place=self.at(100)), True),
            "a lamp 200 m away": (self.lamp(place=self.at(200)), False),
            "in a corner of the box": (self.lamp(place=self.at(140, 140)), False),
            "a dispute": (self.lamp(DISPUTE), False),
            "nobody knows what": (self.lamp(None), False),
        }
        gone = self.lamp(place=self.at(20))
        self.step("resident", gone, "withdraw")
        cases["taken back"] = (gone, False)
        ids = {one["id"] for one in self.near("resident2")}
        for name, (record, told) in cases.items():
            with self.subTest(name):
                if told:
                    self.assertIn(record["id"], ids | {one["id"] for one in self.near(**self.at(100))})
                else:
                    self.assertNotIn(record["id"], ids)

    def test_the_nearest_first_and_no_more_than_five(self) -> None:
        for metres in (10, 60, 30, 120, 90, 5):
            self.lamp(place=self.at(0, metres))
        items = self.near()
        self.assertEqual(len(items), 5)
        distances = [one["distance_m"] for one in items]
        self.assertEqual(distances, sorted(distances))
        self.assertTrue(all(metres % 10 == 0 for metres in distances), "not to the metre")

    def test_a_neighbour_joins_and_is_told(self) -> None:
        record = self.lamp(place=self.at(3, 3))
        self.expect(self.be("resident2").get(f"/api/v1/records/{record['id']}"), 404, "record.not_found")
        here = self.at(3, 3)
        one = self.found(record, "resident2", **here)
        assert one is not None
        self.assertEqual(one["allowed"], ["follow"])
        self.expect(self.join("resident2", record), 200)
        again = self.found(record, "resident2", **here)
        assert again is not None
        self.assertEqual((again["followers"], again["seen"], again["allowed"]), (1, True, ["unfollow"]))
        seen = self.be("resident2").get(f"/api/v1/records/{record['id']}").json
        self.assertNotIn(PHONE, str(seen))
        self.assertIn(record["id"], [row["id"] for row in self.be("resident2").all("/api/v1/records", party="me")])
        self.step("clerk", record, "accept", fields={"category": LAMP, "level": "easy"})
        told = [notice["record"]["id"] for notice in self.be("resident2").all("/api/v1/notices")]
        self.assertIn(record["id"], told)

    def test_who_stops_following_is_told_no_more(self) -> None:
        record = self.lamp(place=self.at(5, 5))
        self.expect(self.move("resident2", record, "unfollow"), 404, "record.not_found")
        self.expect(self.join("resident2", record), 200)
        answer = self.move("resident2", record, "unfollow")
        self.expect(answer, 200)
        self.expect(self.be("resident2").get(f"/api/v1/records/{record['id']}"), 404, "record.not_found")
        self.assertNotIn(record["id"], [row["id"] for row in self.be("resident2").all("/api/v1/records", party="me")])
        self.step("clerk", record, "accept", fields={"category": LAMP, "level": "easy"})
        told = [notice["record"]["id"] for notice in self.be("resident2").all("/api/v1/notices")]
        self.assertNotIn(record["id"], told)
        self.expect(self.join("resident2", record), 200)

    def test_who_may_not_join(self) -> None:
        record, dispute = self.lamp(), self.lamp(DISPUTE)
        self.expect(self.join(None, record), 401)
        self.expect(self.join("resident", record), 403, "move.own_work")
        self.expect(self.join("clerk", record), 403, "move.own_work")
        self.expect(self.join("resident2", dispute), 404, "record.not_found")
        self.step("resident", record, "withdraw")
        self.expect(self.join("resident2", record), 404, "record.not_found")

    def test_being_near_gives_no_other_right(self) -> None:
        record = self.lamp()
        with self.nothing_changes(record):
            for name in ("withdraw", "accept", "edit", "link", "duplicate", "reveal", "supplement", "void"):
                with self.subTest(name):
                    self.expect(self.move("resident2", record, name, note="x"), 404, "record.not_found")
            self.expect(self.be("resident2").get(f"/api/v1/records/{record['id']}/propose", transition="follow"), 404)
            self.expect(self.be("resident2").get(f"/api/v1/records/{record['id']}/log"), 404)

    def test_a_place_must_be_said(self) -> None:
        self.expect(self.be(None).get("/api/v1/records/near"), 422)
        self.expect(self.be(None).get("/api/v1/records/near", lng="x", lat=1), 422)
        self.expect(self.be(None).get("/api/v1/records/near", **self.at(), datum="mars"), 422)
        self.assertEqual(self.near(lng=0, lat=0), [])


class Looking(Incidents):
    """Apart, on a server of its own: afterwards nobody may look for a while."""

    def test_it_is_limited(self) -> None:
        client, (lng, lat) = self.anyone(), self.here
        statuses = [client.get("/api/v1/records/near", lng=lng, lat=lat).status for _ in range(300)]
        self.assertIn(429, statuses[120:])
        self.assertNotIn(429, statuses[:120])
        self.expect(self.anyone().post("/api/v1/records", self.body()), 201)  # reporting is counted apart

    def test_so_is_reading_what_is_published(self) -> None:
        client, path = self.anyone(), f"/api/v1/public/{new_id()}"
        self.assertEqual({client.get(path).status for _ in range(600)}, {404})
        answer = next((one for one in (client.get(path) for _ in range(3000)) if one.status != 404), None)
        assert answer is not None  # ten a second are let through again: a slow machine asks for longer
        self.expect(answer, 429, "session.rate")
        self.assertIn("retry-after", answer.headers)
        estate = {"of": new_id()}
        for same in ("/api/v1/public", "/api/v1/ledgers/fund/cash", f"/api/v1/records/{new_id()}/accounts"):
            statuses = [self.anyone().get(same, kind="list_entry", **estate).status for _ in range(20)]
            self.assertIn(429, statuses, same)  # ten a second are let through again
        self.expect(self.be("resident").get("/api/v1/public", kind="list_entry"), 200)  # counted by who they are
