"""A phone number goes in; only who may see it, and says why, ever gets it out."""

from matters import EVERYBODY, PHONE, Incidents
from support.client import new_id
from support.server import database_files

MASKED = "139****1234"


class Privacy(Incidents):
    def setUp(self) -> None:
        self.record = self.report(None, "井盖松动", fields={"caller": PHONE})

    def test_masked_everywhere(self) -> None:
        path = f"/api/v1/records/{self.record['id']}"
        for login in EVERYBODY:
            for where in (path, f"{path}/log", "/api/v1/records?kind=incident", f"/api/v1/records?q={PHONE}",
                          "/api/v1/notices", "/api/v1/accounts?q=a", "/api/v1/orgs"):
                with self.subTest(login=login, where=where):
                    answer = self.be(login).get(where)
                    self.assertNotIn(PHONE, answer.body.decode())
        self.assertEqual(self.get(self.record)["fields"]["caller"], MASKED)

    def test_masked_in_the_answer_to_the_sender(self) -> None:
        self.assertEqual(self.record["fields"]["caller"], MASKED)

    def test_masked_in_history_when_it_changes(self) -> None:
        self.step("clerk", self.record, "accept", fields={"category": self.leaf(), "level": "easy"})
        answer = self.move("clerk", self.record, "edit", fields={"caller": "13800138000"})
        self.assertIn(answer.status, (200, 403, 404, 422), repr(answer))
        text = self.be("clerk").get(f"/api/v1/records/{self.record['id']}/log").body.decode()
        self.assertNotIn(PHONE, text)
        self.assertNotIn("13800138000", text)

    def test_found_by_the_whole_number_only(self) -> None:
        def found(words: str) -> list[str]:
            return [one["id"] for one in self.be("clerk").all("/api/v1/records", q=words)]

        self.assertIn(self.record["id"], found(PHONE))
        self.assertIn(self.record["id"], found("+86 139 5700 1234"))
        for part in ("1395700", "0001234", "139****1234", "13957001235"):
            with self.subTest(part):
                self.assertNotIn(self.record["id"], found(part))

    def test_no_search_reads_it(self) -> None:
        """Who may not see a number does not find by it either: the hidden digits are few enough to try them all."""
        record = self.report(None, "井盖松动", fields={"caller": "13957004321"})
        self.assertEqual(self.get(record, "worker")["fields"]["caller"], "139****4321")
        for login in ("worker", "patrol", "village"):
            for limit in (1, 20):
                with self.subTest(login=login, limit=limit):
                    page = self.be(login).get("/api/v1/records", kind="incident", q="13957004321", limit=limit).json
                    self.assertEqual((page["items"], page["next"]), ([], None))
        self.assertEqual([one["id"] for one in self.be("clerk").all("/api/v1/records", q="13957004321", limit=1)],
                         [record["id"]])

    def test_no_condition_reads_it(self) -> None:
        for where in (f"caller == '{PHONE}'", "caller.startsWith('139')", "caller < '14'"):
            with self.subTest(where):
                answer = self.be("clerk").get("/api/v1/records", kind="incident", where=where)
                self.assertNotEqual(answer.status, 200, repr(answer))

    def test_revealed_with_a_reason_and_logged(self) -> None:
        shown = self.move("clerk", self.record, "reveal", note="回访", fields=["caller"])
        self.expect(shown, 200)
        self.assertEqual(shown.json["fields"]["caller"], PHONE)
        self.assertEqual(shown.headers["cache-control"], "no-store")
        last = self.log(self.record)[-1]
        self.assertEqual((last["verb"], last["note"], last["actor"]["id"]), ("reveal", "回访", self.account("clerk")))
        self.assertNotIn(PHONE, str(last))

    def test_not_revealed_without_a_reason_or_a_right(self) -> None:
        with self.nothing_changes(self.record):
            self.expect(self.move("clerk", self.record, "reveal", fields=["caller"]), 422)
            self.expect(self.move("clerk", self.record, "reveal", note="x", fields=["nothing"]), 422)
            for login in (None, "resident", "resident2", "town"):
                with self.subTest(login=login):
                    refused = self.move(login, self.record, "reveal", note="想看", fields=["caller"])
                    self.assertIn(refused.status, (401, 403, 404))

    def test_a_repeated_reveal_is_one(self) -> None:
        command = {"id": new_id(), "note": "回访", "fields": ["caller"]}
        answers = [self.move("clerk", self.record, "reveal", **command) for _ in range(2)]
        self.assertEqual([one.status for one in answers], [200, 200])
        self.assertEqual([one["verb"] for one in self.log(self.record)].count("reveal"), 1)

    def test_not_in_the_bytes_on_disk(self) -> None:
        files = database_files(self.server.data)
        self.assertTrue(any(MASKED.encode() in path.read_bytes() for path in files), "they hold the record")
        for path in {*files, *(path for path in self.server.data.rglob("*") if path.is_file())}:
            self.assertNotIn(PHONE.encode(), path.read_bytes(), path.name)
        key = next(path for path in self.server.data.rglob("secret.key"))
        self.assertEqual(key.stat().st_mode & 0o077, 0)

    def test_not_in_the_export(self) -> None:
        target = self.server.data.parent / "export.csv"
        done = self.server.command("export", "--kind", "incident", "--out", target)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        text = target.read_text(encoding="utf-8-sig")
        self.assertIn(self.record["number"], text)
        self.assertNotIn(PHONE, text)
        self.assertIn(MASKED, text)
