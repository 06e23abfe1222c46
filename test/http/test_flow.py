"""One matter from report to verified close, and the roads that leave it."""
import datetime

from matters import Incidents
from support.client import Json


def verbs(log: list[Json]) -> list[str]:
    return [str(one["verb"]) for one in log]


class Flow(Incidents):
    def test_from_report_to_verified_close(self) -> None:
        photo = self.photo("resident")
        record = self.report("resident", fields={"photos": [photo]}, files=[photo])
        self.assertEqual((record["state"], record["light"], record["open"]), ("reported", "new", True))
        self.assertRegex(record["number"], r"^衢江-\d{4}-\d{6}$")
        self.assertIn("临江", self.be("clerk").get(f"/api/v1/areas/{record['area'][:12]}").json["name"])
        self.assertTrue(record["due_at"])

        self.assertIn("accept", self.get(record)["allowed"])
        record = self.step("clerk", record, "accept", fields={"category": self.leaf(), "level": "complex"})
        self.assertEqual(record["state"], "accepted")
        proposed = self.be("clerk").get(f"/api/v1/records/{record['id']}/propose", transition="dispatch")
        self.expect(proposed, 200)
        self.assertTrue(any(one["role"] == "lead" for one in proposed.json["parties"]))
        record = self.step("clerk", record, "dispatch", parties=self.lead())
        self.assertEqual(record["state"], "dispatched")

        record = self.step("worker", record, "acknowledge")
        self.assertEqual(record["state"], "handling")
        record = self.step("worker", record, "answer", note="已更换灯泡", files=[self.photo("worker")])
        self.assertEqual(record["state"], "answered")
        self.assertEqual(len(record["files"]), 2)
        record = self.step("verifier", record, "verify", note="晚上去看过，亮了")
        self.assertEqual((record["state"], record["open"], record["light"]), ("closed", False, "done"))
        self.assertFalse([one for one in record["clocks"] if one["state"] == "running"])

        record = self.step("resident", record, "rate", fields={"rating": 5})
        self.assertEqual(record["fields"]["rating"], 5)
        log = self.log(record, "resident")
        self.assertEqual(verbs(log), ["report", "accept", "dispatch", "acknowledge", "answer", "verify", "rate"])
        self.assertEqual([one["version"] for one in log], list(range(1, 8)))
        self.assertEqual(log[4]["note"], "已更换灯泡")
        self.assertTrue(all(one["title"]["zh"] and one["title"]["en"] for one in log))

    def test_the_reporter_needs_no_account(self) -> None:
        record = self.report(None, fields={"caller": "13800138000"})
        self.assertEqual(record["state"], "reported")
        self.assertEqual(self.log(record)[0]["actor_kind"], "anonymous")

    def test_an_easy_one_is_settled_on_the_spot(self) -> None:
        record = self.report("patrol", fields={"category": self.leaf(), "level": "easy"})
        record = self.step("patrol", record, "settle", note="当场清理", files=[self.photo("patrol")])
        self.assertEqual(record["state"], "closed")

    def test_a_complex_one_is_not(self) -> None:
        record = self.report("patrol", fields={"category": self.leaf(), "level": "complex"})
        with self.nothing_changes(record):
            refused = self.move("patrol", record, "settle", note="当场清理", files=[self.photo("patrol")])
            self.expect(refused, 409, "move.when")

    def owner_level(self, record: Json) -> str:
        owner = next(one for one in record["parties"] if one["role"] == "owner")
        units = {one["id"]: one["level"] for one in self.be("clerk").all("/api/v1/orgs")}
        return str(units[owner["org"]])

    def test_it_goes_up_level_by_level(self) -> None:
        record = self.accepted("easy")
        levels = [self.owner_level(record)]
        for expected in ("complex", "many", "many"):
            record = self.step("clerk", record, "escalate", note="需上级协调")
            self.assertEqual(record["fields"]["level"], expected)
            levels.append(self.owner_level(record))
        self.assertEqual(levels, ["community", "community", "township", "district"])
        with self.nothing_changes(record):
            self.expect(self.move("clerk", record, "escalate", note="再上一级"), 409, "move.when")

    def test_rejected_with_a_reason(self) -> None:
        record = self.step("clerk", self.report(), "reject", note="不属于本区")
        self.assertEqual((record["state"], record["open"]), ("rejected", False))

    def test_sent_back_until_it_is_right(self) -> None:
        record = self.step("verifier", self.answered(), "return", note="灯还是不亮")
        self.assertEqual(record["state"], "handling")
        record = self.step("worker", record, "answer", note="换了线路", files=[self.photo()])
        record = self.step("verifier", record, "verify")
        self.assertEqual(verbs(self.log(record))[-3:], ["return", "answer", "verify"])

    def test_nobody_verifies_their_own_work(self) -> None:
        record = self.step("clerk", self.accepted(), "dispatch", parties=self.lead("verifier"))
        record = self.step("verifier", record, "acknowledge")
        record = self.step("verifier", record, "answer", note="办好了", files=[self.photo("verifier")])
        with self.nothing_changes(record):
            self.expect(self.move("verifier", record, "verify"), 403, "move.own_work")

    def test_pauses_are_kept_with_their_reasons(self) -> None:
        record = self.step("worker", self.dispatched(), "acknowledge")
        running = next(one for one in record["clocks"] if one["name"] == "resolve")
        until = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3)).isoformat(timespec="seconds")
        record = self.step("worker", record, "suspend", note="等材料", until=until)
        self.assertEqual((record["state"], record["light"]), ("suspended", "paused"))
        self.assertEqual(next(one for one in record["clocks"] if one["name"] == "resolve")["state"], "paused")
        record = self.step("worker", record, "resume", note="材料到了")
        clock = next(one for one in self.get(record)["clocks"] if one["name"] == "resolve")
        self.assertEqual((clock["state"], clock["limit"], clock["started_at"]),
                         ("running", running["limit"], running["started_at"]))
        self.assertEqual([one["reason"] for one in clock["pauses"]], ["等材料"])
        self.assertTrue(clock["pauses"][0]["to"])
        self.assertGreaterEqual(clock["due_at"], running["due_at"])

    def test_no_pause_without_an_end(self) -> None:
        record = self.step("worker", self.dispatched(), "acknowledge")
        with self.nothing_changes(record):
            self.expect(self.move("worker", record, "suspend", note="等等看"), 422)
            self.expect(self.move("worker", record, "suspend", note="等等看", until="2020-01-01T00:00:00+08:00"), 422)

    def test_the_reporter_may_reopen(self) -> None:
        record = self.closed()
        with self.nothing_changes(record):
            self.expect(self.move("resident", record, "reopen"), 422, None)
        record = self.step("resident", record, "reopen", note="又坏了")
        self.assertTrue(record["open"])
        self.expect(self.move("resident2", record, "reopen", note="我也说一句"), 404)

    def test_void(self) -> None:
        record = self.step("clerk", self.report(text="误报"), "void", note="误报")
        self.assertEqual((record["state"], record["light"], record["open"]), ("void", "none", False))

    def test_links_and_duplicates(self) -> None:
        first, second, third = (self.report(text=f"同一盏灯 {i}") for i in range(3))
        self.step("clerk", first, "link", other=second["id"], type="related")
        linked = self.get(first)["links"]
        self.assertEqual([(one["id"], one["type"], one["number"]) for one in linked],
                         [(second["id"], "related", second["number"])])
        self.assertIn(first["id"], [one["id"] for one in self.get(second)["links"]])
        self.step("clerk", third, "duplicate", other=first["id"])
        third = self.get(third)
        self.assertFalse(third["open"])
        self.assertEqual(third["duplicate_of"], first["id"])
        self.expect(self.move("clerk", first, "duplicate", other=first["id"]), 422)

    def test_what_was_no_duplicate_comes_back(self) -> None:
        first, other = (self.report(text=f"另一盏灯 {i}") for i in range(2))
        self.expect(self.move("clerk", other, "separate", note="不是"), 409, "record.no_duplicate")
        self.assertNotIn("separate", self.get(other)["allowed"])
        self.step("clerk", other, "duplicate", other=first["id"])
        other = self.get(other)
        self.assertEqual((other["state"], other["open"]), ("void", False))
        self.assertIn("separate", other["allowed"])
        with self.nothing_changes(other):
            self.assertEqual(self.move("clerk", other, "separate").errors(), {"note": "move.needs"})
            self.expect(self.move("resident", other, "separate", note="不是"), 403, "move.denied")
        self.step("clerk", other, "separate", note="是隔壁那盏")
        other = self.get(other)
        self.assertEqual((other["state"], other["open"], other["duplicate_of"]), ("reported", True, None))
        self.assertNotIn("separate", other["allowed"])
        self.assertEqual([one["state"] for one in other["clocks"] if one["name"] == "accept"], ["running"])
        self.assertEqual([one["verb"] for one in self.log(other)][-2:], ["separate", "restore"])
        self.assertEqual(self.get(first)["links"], [])
        self.step("clerk", other, "accept", fields={"category": self.leaf(), "level": "easy"})

    def test_parent_and_children(self) -> None:
        parent = self.report(text="整条街的路灯")
        children = [self.report("clerk", f"第 {i} 盏", parent=parent["id"]) for i in range(2)]
        self.assertEqual(self.get(parent)["children_open"], 2)
        self.step("clerk", children[0], "void", note="误报")
        self.assertEqual(self.get(parent)["children_open"], 1)

    def test_what_may_be_done_now_is_told_and_true(self) -> None:
        """`allowed` against what the door says, for everybody in every state on the way."""
        moves = [one["name"] for one in self.kind["flow"]["transitions"] if not one["raises"]]
        for record in (self.report(), self.accepted(), self.dispatched(), self.answered(), self.closed()):
            for login in ("resident", "clerk", "worker", "verifier", "patrol", "leader"):
                answer = self.be(login).get(f"/api/v1/records/{record['id']}")
                allowed = answer.json["allowed"] if answer.status == 200 else []
                self.assertLessEqual(set(allowed) - {"edit", "reveal", "link", "duplicate", "note"}, set(moves))
                with self.nothing_changes(record):
                    for name in sorted(set(moves) - set(allowed)):
                        with self.subTest(state=record["state"], login=login, move=name):
                            refused = self.move(login, record, name, note="试一试")
                            self.assertIn(refused.status, (403, 404, 409), repr(refused))

    def test_all_notices_are_read_at_once(self) -> None:
        first, second = self.dispatched(), self.dispatched()
        unread = self.be("worker").all("/api/v1/notices")
        newest = next(one["id"] for one in unread if one["record"]["id"] == first["id"])
        left = {one["id"] for one in unread if one["id"] > newest}
        answer = self.be("worker").post("/api/v1/notices/read", {"until": newest})
        self.expect(answer, 200)
        self.assertEqual(answer.json, {"read": len(unread) - len(left), "more": False})
        self.assertEqual({one["id"] for one in self.be("worker").all("/api/v1/notices")}, left)
        self.assertIn(second["id"], [one["record"]["id"] for one in self.be("worker").all("/api/v1/notices")])
        self.expect(self.be("worker").post("/api/v1/notices/read", {}), 422)
        self.expect(self.be("worker").post("/api/v1/notices/read", {"until": "all"}), 422)

    def test_a_notice_of_what_one_sees_no_more_tells_only_which_it_was(self) -> None:
        record = self.report()
        self.step("clerk", record, "note", note="请看一下", mentions=[self.account("verifier")])

        def told() -> Json:
            unread = self.be("verifier").all("/api/v1/notices")
            return dict(next(one["record"] for one in unread if one["record"]["id"] == record["id"]))

        before = told()
        self.assertEqual(before["title"], record["title"])
        self.lose_posts("verifier")
        self.expect(self.be("verifier").get(f"/api/v1/records/{record['id']}"), 404)
        self.assertEqual(told(), before | {"title": None, "state": None, "light_now": None})

    def lose_posts(self, login: str) -> None:
        """Until the test ends."""
        me = self.be(login).get("/api/v1/me").json
        for post in me["posts"]:
            held = {"account": me["id"], "role": post["role"], "area": post["area"]}
            self.expect(self.be("admin").post("/api/v1/posts/end", held), 200)
            again = held | {"org": post["org"]} if post.get("org") else held
            self.addCleanup(self.be("admin").post, "/api/v1/posts", again)

    def test_notices_reach_the_lead(self) -> None:
        record = self.dispatched()
        mine = self.be("worker").all("/api/v1/notices")
        notice = next(one for one in mine if one["record"]["id"] == record["id"])
        self.assertFalse(notice["read"])
        self.assertIn(self.be("worker").post(f"/api/v1/notices/{notice['id']}/read", {}).status, (200, 204))
        self.assertNotIn(notice["id"], [one["id"] for one in self.be("worker").all("/api/v1/notices")])
        self.expect(self.be("resident").post(f"/api/v1/notices/{notice['id']}/read", {}), 404)

    def ringing(self, login: str) -> list[str]:
        return [one["record"]["id"] for one in self.be(login).all("/api/v1/notices", ringing=1)]

    def test_it_rings_until_it_is_answered(self) -> None:
        moved, read, over = self.dispatched(), self.dispatched(), self.dispatched()
        ids = {one["id"] for one in (moved, read, over)}
        self.assertLessEqual(ids, set(self.ringing("worker")))
        self.assertFalse(ids & set(self.ringing("clerk")), "it rings for those it concerns")
        self.step("worker", moved, "acknowledge")
        notice = next(one for one in self.be("worker").all("/api/v1/notices", ringing=1)
                      if one["record"]["id"] == read["id"])
        self.assertEqual(notice["what"], "ring")
        self.expect(self.be("worker").post(f"/api/v1/notices/{notice['id']}/read", {}), 200)
        self.step("clerk", over, "void", note="重复登记")
        self.assertFalse(ids & set(self.ringing("worker")), "answered, seen, or over")
        self.expect(self.be("worker").get("/api/v1/notices?ringing=2"), 422)

    def test_it_survives_a_restart(self) -> None:
        record = self.dispatched()
        before = self.get(record), self.log(record)
        self.assertEqual(self.server.end(), 0)
        self.server.start()
        for client in self.clients.values():
            client.close()
            client.port = self.server.port
        self.assertEqual((self.get(record), self.log(record)), before)
