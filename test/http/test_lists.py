"""Lists: pages without gaps, filters, search. Expected rows are picked out here, in Python."""
import datetime
import threading
from collections.abc import Callable, Iterator

from matters import Incidents
from support.client import Json, new_id

TEXTS = ["路灯不亮", "井盖缺失", "垃圾乱堆", "噪音扰民", "道路破损", "水管漏水"]


class Lists(Incidents):
    records: list[Json]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        self = cls()
        clerk = self.be("clerk")
        cls.records = []
        for i in range(48):
            record = self.report(("resident", "resident2")[i % 2], f"{TEXTS[i % len(TEXTS)]} 第{i}处")
            if i % 3 == 0:
                level = ("easy", "complex", "many")[i // 3 % 3]
                record = self.step("clerk", record, "accept", fields={"category": self.leaf(i % 4), "level": level})
            cls.records.append(clerk.get(f"/api/v1/records/{record['id']}").json)

    def ids(self, **query: object) -> list[str]:
        """Ids of this class's records that a list answers, all pages."""
        mine = {one["id"] for one in self.records}
        return [one["id"] for one in self.be("clerk").all("/api/v1/records", **query) if one["id"] in mine]

    def pick(self, fits: Callable[[Json], object]) -> list[str]:
        return sorted(one["id"] for one in self.records if fits(one))

    def test_pages_have_no_gaps_and_no_doubles_while_others_insert(self) -> None:
        stop = threading.Event()

        def insert() -> None:
            client = self.anyone().sign_in("resident")
            while not stop.is_set():
                client.post("/api/v1/records", self.body("插入的一件"))
            client.close()

        writer = threading.Thread(target=insert)
        writer.start()
        try:
            for sort in ("-created", "created", "due"):
                with self.subTest(sort=sort):
                    rows = self.be("clerk").all("/api/v1/records", kind="incident", open=1, limit=7, sort=sort)
                    got = [one["id"] for one in rows]
                    self.assertEqual(len(got), len(set(got)))
                    self.assertLessEqual({one["id"] for one in self.records}, set(got))
        finally:
            stop.set()
            writer.join()

    def test_ones_part_counts_outside_ones_posts(self) -> None:
        """A worker who holds one grid is given a matter of another township."""
        codes = [one["code"] for one in self.be("clerk").all("/api/v1/areas", parent="330803000000")]
        away = self.be("clerk").get(f"/api/v1/areas/{max(codes)}").json
        record = self.report("resident", place={"lng": away["lng"], "lat": away["lat"]})
        record = self.step("clerk", record, "accept", fields={"category": self.leaf(), "level": "easy"})
        post = self.be("worker").get("/api/v1/me").json["posts"][0]["area"]
        self.assertFalse(record["area"].startswith(post))
        record = self.step("clerk", record, "dispatch", parties=self.lead())
        mine = self.be("worker").all("/api/v1/records", party="me", open=1)
        self.assertIn(record["id"], [one["id"] for one in mine])

    def counts(self, login: str = "clerk", **query: object) -> dict[str, int]:
        answer = self.be(login).get("/api/v1/counts", kind="incident", **query)
        self.expect(answer, 200)
        self.assertEqual(answer.json["most"], 99)
        for one in answer.json["items"]:
            self.assertTrue(one["n"] == 99 or not one["more"] or one["view"] == "unassigned", one)
        return {one["view"]: one["n"] for one in answer.json["items"]}

    def test_counts_are_those_of_the_lists(self) -> None:
        for login in ("clerk", "town", "village", "dept", "worker"):
            with self.subTest(login=login):
                counts = self.counts(login)
                asked: dict[str, Json] = {"open": {"open": 1}, "late": {"open": 1, "late": 1},
                                          "soon": {"open": 1, "soon": 1}, "mine": {"open": 1, "party": "me"},
                                          "unassigned": {"open": 1, "unassigned": 1},
                                          "state:accepted": {"state": "accepted"}}
                for view, query in asked.items():
                    rows = self.be(login).all("/api/v1/records", kind="incident", limit=100, **query)
                    self.assertEqual(counts.get(view, 0), min(99, len(rows)), view)
        self.assertLess(self.counts(area=self.records[0]["area"])["open"], 99)

    def test_counts_tell_nothing_of_what_one_may_not_read(self) -> None:
        """What a unit follows up is its clerk's to read, not everybody's in that unit, condition by condition."""
        day = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3)
        hours = {"from_at": day.isoformat(timespec="seconds"),
                 "to_at": (day + datetime.timedelta(hours=3)).isoformat(timespec="seconds")}

        def below(login: str, kind: str, parent: Json | None, **fields: object) -> Json:
            body = {"id": new_id(), "kind": kind, "area": "330803001001", "fields": fields}
            answer = self.be(login).post("/api/v1/records", body | ({"parent": parent["id"]} if parent else {}))
            self.expect(answer, 201)
            return dict(answer.json)

        post = {"account": self.account("dept"), "role": "job_clerk", "area": "330803"}
        self.expect(self.be("admin").post("/api/v1/posts", post), 201)
        for kind in ("job_fair", "fair_stall", "fair_employer", "job_post", "fair_visit", "job_intent"):
            self.expect(self.anyone().get(f"/api/v1/kinds/{kind}"), 200)  # the contract's test knows their fields by it
        fair = below("dept", "job_fair", None, name="夜市", **hours)
        stall = below("dept", "fair_stall", None, stall_no="1")
        employer = below("resident", "fair_employer", fair, employer="药厂", stall=stall["id"])
        wanted = below("resident", "job_post", employer, what="普工", sort="general", wanted=1)
        intent = below("resident2", "job_intent", wanted, person="王先生", phone="13800000002")
        self.assertIn("衢江区社会治理中心", [one["name"] for one in intent["parties"]])
        ask = {"kind": "job_intent", "where": "employer.startsWith('药')"}
        self.assertEqual(self.be("commander").get("/api/v1/records", party="me", **ask).json["items"], [])
        for login, n in (("commander", 0), ("resident2", 1)):
            with self.subTest(login=login):
                counts = self.be(login).get("/api/v1/counts", **ask).json["items"]
                self.assertEqual([one["n"] for one in counts if one["view"] == "mine"], [n])
        counts = self.be("dept").get("/api/v1/counts", **ask).json["items"]
        self.assertIn({"view": "open", "n": 1, "more": False}, counts)

    def test_soon_and_unassigned(self) -> None:
        clerk = self.be("clerk")
        new = self.report("resident", "没有人管")
        rows = clerk.all("/api/v1/records", kind="incident", unassigned=1, open=1)
        self.assertIn(new["id"], [one["id"] for one in rows])
        new = self.step("clerk", new, "accept", fields={"category": self.leaf(), "level": "easy"})
        new = self.step("clerk", new, "dispatch", parties=self.lead())
        rows = clerk.all("/api/v1/records", kind="incident", unassigned=1, open=1)
        self.assertNotIn(new["id"], [one["id"] for one in rows])
        soon = clerk.all("/api/v1/records", kind="incident", soon=1, open=1, sort="due")
        self.assertEqual([one["id"] for one in soon if one["late"] or not one["due_at"]], [])
        due = [one["due_at"] for one in soon]
        self.assertEqual(due, sorted(due))
        # What is not soon has more time left than what is, but for what a clock has warned of.
        later = [one for one in clerk.all("/api/v1/records", kind="incident", open=1, sort="due")
                 if one["id"] not in {two["id"] for two in soon} and not one["late"] and one["due_at"]]
        plain = [one["due_at"] for one in soon if one["light_now"] != "amber"]
        if plain and later:
            self.assertLess(max(plain), min(one["due_at"] for one in later))
        self.assertTrue(soon or later)
        self.assertEqual(clerk.get("/api/v1/records", unassigned=1).status, 422)
        self.assertEqual(clerk.get("/api/v1/counts").status, 422)
        self.assertEqual(clerk.get("/api/v1/counts", kind="nothing").status, 422)

    def test_order(self) -> None:
        newest = self.ids(sort="-created", limit=20)
        self.assertEqual(newest, [one["id"] for one in reversed(self.records)])
        self.assertEqual(self.ids(sort="created", limit=20), list(reversed(newest)))
        due = [one["due_at"] for one in self.be("clerk").all("/api/v1/records", sort="due", open=1) if one["due_at"]]
        self.assertEqual(due, sorted(due))

    def test_a_page_is_as_long_as_asked(self) -> None:
        page = self.be("clerk").get("/api/v1/records", limit=5).json
        self.assertEqual(len(page["items"]), 5)
        self.assertTrue(page["next"])
        self.assertLessEqual(len(self.be("clerk").get("/api/v1/records").json["items"]), 50)

    def test_filters(self) -> None:
        area = self.records[0]["area"]
        cases: list[tuple[dict[str, object], Callable[[Json], object]]] = [
            ({"state": "reported"}, lambda r: r["state"] == "reported"),
            ({"state": "reported,accepted"}, lambda r: r["state"] in ("reported", "accepted")),
            ({"light": "new"}, lambda r: r["light"] == "new"),
            ({"open": 1}, lambda r: r["open"]),
            ({"area": area}, lambda r: r["area"].startswith(area)),
            ({"area": area[:9]}, lambda r: r["area"].startswith(area[:9])),
            ({"area": area[:12]}, lambda r: r["area"].startswith(area[:12])),
            ({"late": 1}, lambda r: r["late"]),
        ]
        for query, fits in cases:
            with self.subTest(query=query):
                self.assertEqual(sorted(self.ids(kind="incident", limit=30, **query)), self.pick(fits))

    def test_conditions(self) -> None:
        category = self.leaf(0)
        cases: list[tuple[str, Callable[[Json], object]]] = [
            ("level == 'easy'", lambda r: r["fields"].get("level") == "easy"),
            ("has(level) && level != 'easy'", lambda r: r["fields"].get("level") not in (None, "easy")),
            (f"category == '{category}'", lambda r: r["fields"].get("category") == category),
            (f"category.startsWith('{category[:2]}')",
             lambda r: str(r["fields"].get("category", "")).startswith(category[:2])),
            ("description.contains('路灯')", lambda r: "路灯" in r["fields"]["description"]),
            ("description.contains('路灯') || description.contains('井盖')",
             lambda r: "路灯" in r["fields"]["description"] or "井盖" in r["fields"]["description"]),
            ("level in ['easy', 'many']", lambda r: r["fields"].get("level") in ("easy", "many")),
            ("!(state == 'reported')", lambda r: r["state"] != "reported"),
            ("size(description) > 8", lambda r: len(r["fields"]["description"]) > 8),
            ("state == 'accepted' ? level == 'many' : false", lambda r: r["fields"].get("level") == "many"),
        ]
        for where, fits in cases:
            with self.subTest(where):
                self.assertEqual(sorted(self.ids(kind="incident", where=where, limit=30)), self.pick(fits))

    def test_words(self) -> None:
        for words in ("路灯", "不亮", "井盖缺失", "漏水", "第7处"):
            with self.subTest(words):
                texts = {one["id"]: str(one["fields"]["description"]) for one in self.records}
                self.assertEqual(sorted(self.ids(q=words, limit=30)),
                                 sorted(id_ for id_, text in texts.items() if words in text))
        self.assertEqual(self.ids(q="不存在的词语"), [])

    def test_numbers(self) -> None:
        one = self.records[5]
        self.assertIn(one["id"], self.ids(q=one["number"]))

    def test_a_search_tells_nothing_of_what_one_may_not_read(self) -> None:
        """Neither as a row nor by a cursor: else any word could be tried on every matter of the district."""
        record = self.report("resident", "三单元住户家中漏雨")
        for limit in (1, 20):
            with self.subTest(limit=limit):
                page = self.be("village").get("/api/v1/records", q="住户家中漏雨", limit=limit).json
                self.assertEqual((page["items"], page["next"]), ([], None))
        self.assertEqual([one["id"] for one in self.be("clerk").all("/api/v1/records", q="住户家中漏雨", limit=1)],
                         [record["id"]])

    def test_search_passes_over_what_one_may_not_read(self) -> None:
        """A page is full although others' matters lie between, and pages have no gaps."""
        mine = []
        for i in range(6):
            self.report("resident", f"翻页检索用的围栏 {i}")
            mine.append(self.report("village", f"翻页检索用的围栏 {i}", place=self.away())["id"])
        page = self.be("village").get("/api/v1/records", q="检索用的围栏", limit=4).json
        self.assertEqual([one["id"] for one in page["items"]], mine[:1:-1])
        self.assertEqual([one["id"] for one in self.be("village").all("/api/v1/records", q="检索用的围栏", limit=2)],
                         mine[::-1])

    def away(self) -> Json:
        """A place that the village's clerk works in."""
        post = self.be("village").get("/api/v1/me").json["posts"][0]["area"]
        area = self.be("village").get(f"/api/v1/areas/{post}").json
        return {"lng": area["lng"], "lat": area["lat"]}

    def test_conditions_that_leave_no_room_for_rows(self) -> None:
        """A page of no rows had a cursor behind the row before the first."""
        mine = {one["id"] for one in self.be("resident").all("/api/v1/records", party="me", limit=200)}
        for n in range(248, 258):
            with self.subTest(n=n):
                states = ",".join("x" * n)
                answer = self.be("resident").get("/api/v1/records", kind="incident", party="me", state=states)
                self.assertIn(answer.status, (200, 422))
                if answer.status == 200:
                    self.assertIn(answer.json["next"], {None, *mine})

    def test_mine_by_small_pages(self) -> None:
        """Whoever plays several parts in a matter, by name or by office, has it once, on whichever page."""
        for _ in range(3):  # the patrol reports it and leads it
            record = self.report("patrol", fields={"category": self.leaf(), "level": "easy"})
            self.step("patrol", record, "settle", note="当场清理", files=[self.photo("patrol")])
        for login in ("resident", "worker", "clerk", "patrol"):
            with self.subTest(login=login):
                whole = [one["id"] for one in self.be(login).all("/api/v1/records", party="me", limit=100)]
                self.assertEqual(whole, sorted(set(whole), reverse=True))
                for limit in (1, 2, 7):
                    pages = [one["id"] for one in self.be(login).all("/api/v1/records", party="me", limit=limit)]
                    self.assertEqual(pages, whole)

    def test_mine(self) -> None:
        for login in ("resident", "resident2"):
            with self.subTest(login=login):
                mine = {one["id"] for one in self.be(login).all("/api/v1/records", party="me")}
                known = {one["id"] for one in self.records}
                odd = ("resident", "resident2").index(login)
                self.assertEqual(mine & known, {one["id"] for i, one in enumerate(self.records) if i % 2 == odd})

    def test_a_resident_sees_only_their_own(self) -> None:
        mine = self.be("resident").all("/api/v1/records")
        other = {one["id"] for i, one in enumerate(self.records) if i % 2 == 1}
        self.assertFalse({one["id"] for one in mine} & other)
        self.expect(self.be("resident").get(f"/api/v1/records/{self.records[1]['id']}"), 404)
        self.expect(self.be("resident").get(f"/api/v1/records/{self.records[1]['id']}/log"), 404)

    def test_a_list_tells_what_a_list_needs(self) -> None:
        for one in self.be("clerk").get("/api/v1/records", limit=10).json["items"]:
            self.assertRegex(one["number"], r"^衢江-\d{4}-\d{6}$")
            self.assertIn(one["light_now"], ("green", "amber", "red", "grey", "none"))
            created = datetime.datetime.fromisoformat(one["created_at"])
            self.assertEqual(created.utcoffset(), datetime.timedelta(hours=8))
            self.assertNotIn("allowed", one)


class Places(Incidents):
    def test_a_line_names_who_works_on_it(self) -> None:
        """Owner and reporter are parts, too, but not the one that works on it."""
        for login, name in (("clerk", self.be("worker").get("/api/v1/me").json["name"]), ("resident", None)):
            with self.subTest(login):
                fresh, given = self.report(), self.dispatched()
                rows = {one["id"]: one for one in self.be(login).get("/api/v1/records", limit=50).json["items"]}
                self.assertIsNone(rows[fresh["id"]]["holder"])
                holder = rows[given["id"]]["holder"]
                self.assertEqual((holder["role"], holder["id"]), ("lead", self.account("worker")))
                self.assertEqual(holder["name"] == name, login == "clerk", "of others a resident sees the surname")

    def test_the_tree(self) -> None:
        towns = self.be(None).all("/api/v1/areas", parent="330803")
        self.assertEqual(len(towns), 20)
        self.assertTrue(all(one["level"] == "township" and one["parent"] == "330803" for one in towns))
        villages = [len(self.be(None).all("/api/v1/areas", parent=one["code"])) for one in towns]
        self.assertEqual(sum(villages), 295)

    def test_a_point_finds_its_lowest_area(self) -> None:
        found = self.be(None).get("/api/v1/areas/locate", lng=self.here[0], lat=self.here[1]).json
        grid = self.be("worker").get("/api/v1/me").json["posts"][0]["area"]
        self.assertTrue(found["area"]["code"].startswith(grid) if isinstance(found["area"], dict) else found["area"])
        codes = [one["code"] for one in found["ancestors"]]
        self.assertIn("330803", codes)

    def test_a_point_elsewhere_finds_none(self) -> None:
        answer = self.be(None).get("/api/v1/areas/locate", lng=0, lat=0)
        self.assertIn(answer.status, (404, 422))

    def test_the_same_point_in_another_datum(self) -> None:
        record = self.report(place={"lng": self.here[0], "lat": self.here[1]})
        shifted = self.report(place={"lng": self.here[0] + 0.00475, "lat": self.here[1] - 0.0029, "datum": "gcj02"})
        self.assertAlmostEqual(record["place"]["lng"], shifted["place"]["lng"], delta=0.003)
        self.assertNotAlmostEqual(shifted["place"]["lng"], self.here[0] + 0.00475, delta=0.001)

    def test_boundaries_are_kept_by_browsers(self) -> None:
        path = "/api/v1/areas/boundaries?under=330803&level=township"
        first = self.be(None).get(path)
        self.expect(first, 200)
        self.assertEqual(first.json["type"], "FeatureCollection")
        for one in first.json["features"]:
            self.assertLessEqual({"code", "name", "level", "approximate"}, set(one["properties"]))
        again = self.be(None).request("GET", path, If_None_Match=first.headers["etag"])
        self.assertEqual((again.status, again.body), (304, b""))

    def test_streets_come_in_squares_and_are_kept_by_browsers(self) -> None:
        path = "/api/v1/areas/streets?zoom=8&x=212&y=106"
        first = self.be(None).get(path)
        self.expect(first, 200)
        self.assertTrue(first.json["sample"])
        self.assertEqual({one["class"] for one in first.json["streets"]}, {"main"})
        self.assertTrue(all(one["name"].startswith("示例") for one in first.json["streets"]))
        again = self.be(None).request("GET", path, If_None_Match=first.headers["etag"])
        self.assertEqual((again.status, again.body), (304, b""))
        self.expect(self.be(None).get("/api/v1/areas/streets?zoom=9&x=1&y=1"), 422)

    def test_ones_own_list_shows_nothing_that_one_may_not_open(self) -> None:
        """The unit that answers for an order of services does not read it: a part that `see` does not name."""
        lng, lat = self.here
        body = {"place": {"lng": lng, "lat": lat}}
        for kind in ("service_estate", "service_order"):  # what their records are compared with
            self.expect(self.be("clerk").get(f"/api/v1/kinds/{kind}"), 200)
        estate = self.be("clerk").post("/api/v1/records", body | {
            "id": new_id(), "kind": "service_estate", "fields": {"estate": "临江苑", "households": 9}}).json
        order = self.be("resident").post("/api/v1/records", body | {
            "id": new_id(), "kind": "service_order", "parent": estate["id"], "fields": {"service": "B1"}}).json
        self.expect(self.be("worker").get(f"/api/v1/records/{order['id']}"), 404)
        for login, seen in (("worker", False), ("resident", True)):
            for query in ({}, {"kind": "service_order"}, {"open": "1", "limit": 1}):
                ids = [one["id"] for one in self.be(login).all("/api/v1/records", party="me", **query)]
                self.assertEqual(order["id"] in ids, seen, (login, query))


class Long(Incidents):
    """More than one look goes through: LIMIT_LIST_EXAMINED rows (base/limits.h), which are 5,000."""
    EXAMINED = 5000

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        self = cls()
        cls.oldest = [self.report("resident", f"最早的第{i}处")["id"] for i in range(3)]
        left = iter(range(cls.EXAMINED + 100))
        writers = [threading.Thread(target=self.write, args=(left,)) for _ in range(8)]
        for one in writers:
            one.start()
        for one in writers:
            one.join()

    def write(self, left: Iterator[int]) -> None:
        client = self.anyone().sign_in("clerk")
        for _ in left:
            self.expect(client.post("/api/v1/records", self.body("后来的一件")), 201)
        client.close()

    def test_a_page_that_is_not_full_says_where_to_go_on(self) -> None:
        for query in ({"state": "reported"}, {"open": 1}, {}):
            with self.subTest(query=query):
                query |= {"kind": "incident", "where": "description.startsWith('最早的')"}
                first = self.be("clerk").get("/api/v1/records", **query)
                self.expect(first, 200)
                self.assertEqual(first.json["items"], [])
                self.assertIsNotNone(first.json["next"])
                found = self.be("clerk").all("/api/v1/records", **query)
                self.assertEqual(sorted(one["id"] for one in found), sorted(self.oldest))
