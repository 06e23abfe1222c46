"""Commands carry their own id and the version they were made for."""
import threading

from matters import Incidents
from support.client import Answer, new_id


class Commands(Incidents):
    def test_the_same_report_twice_is_one(self) -> None:
        body = self.body()
        first = self.be("resident").post("/api/v1/records", body)
        again = self.be("resident").post("/api/v1/records", body)
        self.expect(first, 201)
        self.expect(again, 200)
        self.assertEqual(first.json["number"], again.json["number"])
        self.assertEqual(first.json["id"], body["id"])
        self.assertEqual(len(self.log(first.json)), 1)

    def test_the_same_move_twice_is_one(self) -> None:
        record = self.report()
        body = {"id": new_id(), "fields": {"category": self.leaf(), "level": "easy"}}
        path = f"/api/v1/records/{record['id']}/accept"
        first, again = self.be("clerk").post(path, body), self.be("clerk").post(path, body)
        self.expect(first, 200)
        self.expect(again, 200)
        self.assertEqual(first.json["version"], again.json["version"])
        self.assertEqual([one["verb"] for one in self.log(record)].count("accept"), 1)

    def test_one_id_is_one_command(self) -> None:
        body = self.body()
        self.expect(self.be("resident").post("/api/v1/records", body), 201)
        other = body | {"fields": {"description": "完全不同的一件事"}}
        with self.nothing_changes(body):
            self.expect(self.be("resident").post("/api/v1/records", other), 409, "command.reused")
            self.expect(self.be("clerk").post(f"/api/v1/records/{body['id']}/accept", {
                "id": body["id"], "fields": {"category": self.leaf(), "level": "easy"}}), 409, "command.reused")

    def test_an_id_of_somebody_else_tells_nothing(self) -> None:
        body = self.body()
        self.expect(self.be("resident").post("/api/v1/records", body), 201)
        answer = self.be("resident2").post("/api/v1/records", body)
        self.assertIn(answer.status, (404, 409), repr(answer))
        self.assertNotIn("number", answer.json)

    def test_an_old_version_is_refused_and_says_what_changed(self) -> None:
        record = self.report()
        self.step("clerk", record, "accept", fields={"category": self.leaf(), "level": "easy"})
        with self.nothing_changes(record):
            stale = self.move("clerk", record, "reject", version=record["version"], note="重复")
            self.expect(stale, 409, "record.stale")
            self.assertIn("2", stale.json["detail"])

    def test_if_match(self) -> None:
        record = self.report()
        path = f"/api/v1/records/{record['id']}/accept"
        fields = {"category": self.leaf(), "level": "easy"}
        with self.nothing_changes(record):
            stale = self.be("clerk").post(path, {"fields": fields}, If_Match='"9"')
            self.expect(stale, 409, "record.stale")
        good = self.be("clerk").post(path, {"fields": fields}, If_Match=f'"{record["version"]}"')
        self.expect(good, 200)

    def test_of_two_at_once_one_wins(self) -> None:
        record = self.report()
        answers: list[Answer] = []

        def accept() -> None:
            client = self.anyone().sign_in("clerk")
            answers.append(client.post(f"/api/v1/records/{record['id']}/accept", {
                "id": new_id(), "version": record["version"], "fields": {"category": self.leaf(), "level": "easy"}}))
            client.close()

        threads = [threading.Thread(target=accept) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(one.status for one in answers), [200] + [409] * 5)
        self.assertEqual([one["verb"] for one in self.log(record)].count("accept"), 1)

    def test_without_an_id_the_server_makes_one(self) -> None:
        body = self.body()
        del body["id"]
        answer = self.be("resident").post("/api/v1/records", body)
        self.expect(answer, 201)
        self.assertRegex(answer.json["id"], "^[0-9a-f]{8}-[0-9a-f]{4}-7")

    def test_history_is_numbered_and_chained(self) -> None:
        log = self.log(self.closed())
        self.assertEqual([one["version"] for one in log], sorted(one["version"] for one in log))
        self.assertEqual([one["seq"] for one in log], sorted({one["seq"] for one in log}))
        self.assertEqual(len({one["hash"] for one in log}), len(log))
        self.assertTrue(all(len(one["hash"]) == 64 for one in log))

    def test_verify_finds_nothing_wrong(self) -> None:
        self.closed()
        done = self.server.command("verify")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
