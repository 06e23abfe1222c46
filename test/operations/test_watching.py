"""Alert rules and dashboard: Prometheus takes them, they ring when they should, they ask for what there is."""
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

from support.runner import District
from support.server import ROOT, free_port, patience

RULES = ROOT / "docs/operations/wangge.rules.yml"
DASHBOARD = ROOT / "docs/operations/wangge-dashboard.json"
NAME = re.compile(r"\b((?:wangge|process)_[a-z_]+)")


class Watching(District):
    def told(self) -> set[str]:
        """Every name that a query may use."""
        text = self.be(None).get("/metrics").body.decode()
        names = set()
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                names |= {name + end for end in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
        return names

    def asked(self) -> list[str]:
        board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
        return [target["expr"] for panel in board["panels"] for target in panel["targets"]]

    def test_the_rules_are_sound(self) -> None:
        done = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_rules_ring(self) -> None:
        cases = pathlib.Path(__file__).with_name("rules_test.yml")
        done = subprocess.run(["promtool", "test", "rules", cases], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        rules = re.findall(r"alert: (\w+)", RULES.read_text(encoding="utf-8"))
        for rule in rules:
            self.assertIn(f'alertname="{rule}"', cases.read_text(encoding="utf-8"), "an alert nobody has heard")

    def test_only_what_is_told_is_asked(self) -> None:
        expressions = [line for line in RULES.read_text(encoding="utf-8").splitlines() if "alert:" not in line]
        for text in [*expressions, *self.asked()]:
            self.assertLessEqual(set(NAME.findall(text)), self.told(), text)

    def test_the_dashboard(self) -> None:
        board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
        places: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & places, f"{panel['title']} lies on another")
            self.assertLessEqual(at["x"] + at["w"], 24)
            places |= cells
        self.assertEqual(len({panel["id"] for panel in board["panels"]}), len(board["panels"]))

    def test_a_real_prometheus_scrapes_and_answers(self) -> None:
        """Prometheus reads the server, loads the rules, and understands every query of the dashboard."""
        with tempfile.TemporaryDirectory(prefix="wangge-prometheus-") as folder:
            port = free_port()
            config = pathlib.Path(folder, "prometheus.yml")
            config.write_text(f"global: {{scrape_interval: 1s}}\nrule_files: [{RULES}]\n"
                              "scrape_configs:\n- job_name: wangge\n"
                              f"  static_configs: [{{targets: ['127.0.0.1:{self.server.port}']}}]\n")
            with pathlib.Path(folder, "log").open("wb") as log:
                watcher = subprocess.Popen(
                    ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/db",
                     f"--web.listen-address=127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                self.wait_for(port)
                for expression in self.asked():
                    text = expression.replace("$instance", ".*").replace("$__rate_interval", "5m")
                    self.assertEqual(self.query(port, text)["status"], "success", text)
            finally:
                os.kill(watcher.pid, signal.SIGTERM)
                watcher.wait(30)

    def query(self, port: int, expression: str) -> dict:  # type: ignore[type-arg]
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        body = "query=" + "".join(f"%{byte:02x}" for byte in expression.encode())
        link.request("POST", "/api/v1/query", body, {"Content-Type": "application/x-www-form-urlencoded"})
        return dict(json.loads(link.getresponse().read()))

    def wait_for(self, port: int) -> None:
        end = time.monotonic() + patience(30)
        while time.monotonic() < end:
            try:
                found = self.query(port, 'up{job="wangge"} == 1 and on (instance) wangge_build_info')
            except (OSError, ValueError):
                found = {}
            if found.get("data", {}).get("result"):
                return
            time.sleep(0.2)
        self.fail("Prometheus does not see the server")
