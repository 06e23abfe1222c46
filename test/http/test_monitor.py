"""/metrics: who may read it, whether Prometheus reads it, whether its figures move by what was done."""
import http.client
import pathlib
import re
import subprocess
import time

from support import postgres
from support.client import Answer
from support.server import ROOT

from matters import Incidents

LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="([^"]*)"')


def figures(answer: Answer) -> dict[str, float]:
    """Each sample by its name and labels as written."""
    lines = [LINE.match(line) for line in answer.body.decode().splitlines() if not line.startswith("#")]
    return {line[1] + (f"{{{line[2]}}}" if line[2] else ""): float(line[3]) for line in lines if line}


def families(text: str) -> dict[str, str]:
    """Name and type of each metric."""
    return dict(line.split()[2:4] for line in text.splitlines() if line.startswith("# TYPE "))  # type: ignore[misc]


class Monitor(Incidents):
    def scrape(self) -> dict[str, float]:
        answer = self.be(None).get("/metrics")
        self.expect(answer, 200)
        return figures(answer)

    def moved(self, before: dict[str, float], name: str) -> float:
        return self.scrape().get(name, 0) - before.get(name, 0)

    def test_prometheus_reads_it(self) -> None:
        self.report("clerk")
        answer = self.be(None).get("/metrics")
        self.assertEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        done = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))
        for line in answer.body.decode().splitlines():
            self.assertTrue(line.startswith("# ") or LINE.match(line), line)

    def test_who_may(self) -> None:
        through = {"X_Forwarded_For": "127.0.0.1"}
        self.expect(self.be(None).get("/metrics"), 200)
        self.expect(self.be(None).request("GET", "/metrics", **through), 401, "auth.required")
        self.expect(self.be("clerk").request("GET", "/metrics", **through), 403, "auth.permission")
        self.expect(self.be("admin").request("GET", "/metrics", **through), 200)
        for header in ("X_Real_IP", "Forwarded", "Via"):
            self.expect(self.be(None).request("GET", "/metrics", **{header: "x"}), 401)

    def test_a_monitor_reads_figures_and_nothing_else(self) -> None:
        admin = self.be("admin")
        who = admin.post("/api/v1/accounts", {"login": "prometheus", "name": "监测", "password": "a machine reads"})
        self.expect(who, 201)
        self.expect(admin.post("/api/v1/posts", {"account": who.json["id"], "role": "monitor", "area": "330803"}), 201)
        monitor = self.anyone().sign_in("prometheus", "a machine reads")
        self.expect(monitor.request("GET", "/metrics", X_Forwarded_For="10.1.2.3"), 200)
        record = self.report("clerk")
        self.expect(monitor.get("/api/v1/accounts"), 403, "auth.permission")
        self.expect(monitor.get(f"/api/v1/records/{record['id']}"), 404)
        self.assertEqual(monitor.get("/api/v1/records", kind="incident").json["items"], [])
        monitor.close()

    def test_figures_move_by_what_was_done(self) -> None:
        before = self.scrape()
        record = self.report("clerk")
        self.be("clerk").get(f"/api/v1/records/{record['id']}")
        self.be("clerk").get("/api/v1/records/not-a-uuid")
        self.be("clerk").post(f"/api/v1/records/{record['id']}/nothing", {})
        self.be(None).get("/no/such/place.txt")
        self.be(None).get("/desk")
        for name, by in (('method="POST",route="/api/v1/records",status="201"', 1),
                         ('method="GET",route="/api/v1/records/{id}",status="200"', 1),
                         ('method="GET",route="/api/v1/records/{id}",status="404"', 1),
                         ('method="",route="(none)",status="404"', 1), ('method="",route="(page)",status="200"', 1)):
            with self.subTest(name=name):
                self.assertEqual(self.moved(before, f"wangge_http_answers_total{{{name}}}"), by)
        for name in ("wangge_door_accepted_total", "wangge_history_entries", "wangge_door_commit_seconds_count",
                     "wangge_door_batch_commands_sum"):
            with self.subTest(name=name):
                self.assertGreaterEqual(self.moved(before, name), 1)
        self.assertGreaterEqual(self.moved(before, "wangge_door_refused_total"), 1)
        self.assertGreater(self.moved(before, "wangge_door_commit_seconds_sum"), 0)

    def test_the_machine(self) -> None:
        now = self.scrape()
        self.assertLess(abs(now["process_start_time_seconds"] - time.time()), 600)
        size = 0 if postgres.folder() else (self.server.data / "wangge.db").stat().st_size
        self.assertEqual(now["wangge_database_bytes"], size, "of the file, where there is one")
        self.assertGreater(now["process_resident_memory_bytes"], 1 << 20)
        self.assertEqual(now["wangge_timer_lag_seconds"], 0)
        assert self.server.process is not None
        held = len(list(pathlib.Path(f"/proc/{self.server.process.pid}/fd").iterdir()))
        self.assertLessEqual(abs(now["process_open_fds"] - held), 1)

    def test_streams_and_backups(self) -> None:
        before = self.scrape()
        self.assertEqual(before["wangge_last_backup_seconds"], 0)
        done = self.server.command("backup", "--to", self.server.data.with_name("for-the-monitor"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess(abs(self.scrape()["wangge_last_backup_seconds"] - time.time()), 60)
        link = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        link.request("GET", "/api/v1/stream", headers={"Authorization": f"Bearer {self.be('clerk').token}"})
        got = link.getresponse()
        self.assertEqual(got.status, 200)
        self.assertEqual(self.scrape()["wangge_streams"], before["wangge_streams"] + 1)
        link.close()

    def test_every_metric_is_explained(self) -> None:
        page = (ROOT / "docs/operations/monitoring.md").read_text(encoding="utf-8")
        explained = set(re.findall(r"^\| `(\w+)` \|", page, re.M))
        self.assertEqual(explained, set(families(self.be(None).get("/metrics").body.decode())))
