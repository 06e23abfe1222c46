"""What the administrator reads about the machine, and a backup that is asked for."""
import pathlib
import time

from matters import Incidents


class Health(Incidents):
    def test_what_the_doctor_finds(self) -> None:
        got = self.be("admin").get("/api/v1/health")
        self.expect(got, 200)
        found = {one["key"]: one for one in got.json["findings"]}
        self.assertEqual(found["areas"]["verdict"], "good")
        self.assertLessEqual({"history", "memory", "disk", "disk_free"}, set(got.json["figures"]))
        self.assertGreater(got.json["figures"]["memory"], 1_000_000)
        for login in (None, "resident", "clerk", "leader"):
            self.assertIn(self.be(login).get("/api/v1/health").status, (401, 403))

    def test_a_backup_is_made_beside_the_server(self) -> None:
        before = self.be("admin").get("/api/v1/backups").json["items"]
        self.assertIn(self.be("clerk").post("/api/v1/backups", {}).status, (401, 403))
        self.assertEqual(self.be("admin").post("/api/v1/backups", {}).status, 202)
        for _ in range(300):
            now = self.be("admin").get("/api/v1/backups").json
            if not now["running"]:
                break
            time.sleep(0.1)
        self.assertIsNone(now["problem"])
        self.assertEqual(len(now["items"]), len(before) + 1)
        made = pathlib.Path(now["folder"]) / sorted(one["name"] for one in now["items"])[-1]
        self.assertTrue((made / "MANIFEST").read_text().rstrip().splitlines()[-1].startswith("end "))
        self.assertIsNotNone(now["last"])
        self.assertEqual(self.be("admin").get("/api/v1/audit", verb="backup.make").json["items"][0]["actor"]["login"],
                         "admin")
