"""The capacity model against what was measured: it never promises more than the machine did, nor much less."""
import json
import pathlib
import re
import subprocess
import sys

from support.runner import District
from support.server import ROOT

sys.path.insert(0, str(ROOT / "tools"))

import capacity  # noqa: E402 -- needs the path above

RESULTS = json.loads(capacity.RESULTS.read_text(encoding="utf-8"))
MODEL = capacity.measured(RESULTS)
LINE = re.compile(r"^\|(.+)\|$", re.M)
NUMBER = re.compile(r"(?<![\w.])[\d,]*\d(?:\.\d+)?")


def numbers(text: str) -> list[float]:
    return [float(n.replace(",", "")) for row in LINE.findall(text) for n in NUMBER.findall(row)]


class Capacity(District):
    @classmethod
    def setUpClass(cls) -> None:
        cls.clients = {}

    @classmethod
    def tearDownClass(cls) -> None:
        pass

    def cores(self, page: str, per_s: float) -> float:
        return per_s * MODEL.page_core_s[page]

    def test_pages_as_they_were_measured(self) -> None:
        """At 500 pages a second and at full load: never less processor than was used. For the pages as people mix
        them at most three times as much as at full load: where little is asked, being woken costs more than a page."""
        full = 0.0
        for page, share in capacity.MIX.items():
            for load in ("1m", "1m paced"):
                turns = RESULTS["figures"]["reads"][page][load]
                used, per_s = capacity.middle(turns, "server_cores"), capacity.middle(turns, "per_s")
                with self.subTest(page=page, load=load):
                    self.assertGreaterEqual(self.cores(page, per_s), used * 0.95)
            full += share * capacity.core_seconds(RESULTS["figures"]["reads"][page]["1m"])
        self.assertLessEqual(MODEL.mix_core_s, full * 3)

    def test_writing_as_it_was_measured(self) -> None:
        """A population that asks for just what was measured takes the whole writer and the processor that was used."""
        http = RESULTS["figures"]["intake at 1,000,000"]["http"]
        rate = capacity.middle(http, "per_s")
        people = capacity.People(1_000_000, staff=0, visits=0)
        share = capacity.need(MODEL, people, capacity.Machine(), spare=0).commands_s / rate
        scaled = capacity.People(round(1_000_000 / share), staff=0, visits=0)
        n = capacity.need(MODEL, scaled, capacity.Machine(), spare=0)
        self.assertAlmostEqual(n.writer_share, 1, places=3)
        self.assertAlmostEqual(n.cores, capacity.middle(http, "server_cores"), delta=0.3 * n.cores)

    def test_the_disk_as_it_is_now(self) -> None:
        """A few simulated days on a real disk, beside what the model says of as many matters."""
        data = self.folder.district()
        empty = (data / "wangge.db").stat().st_size
        subprocess.run([self.folder.wangge, "simulate", "--data", data, "--days", "3", "--seed", "1", "--fast"],
                       check=True, capture_output=True)
        with_matters = sum(path.stat().st_size for path in data.glob("wangge.db*"))
        exported = subprocess.run([self.folder.wangge, "export", "--data", data, "--kind", "incident", "--format",
                                   "jsonl"], check=True, capture_output=True).stdout
        each = (with_matters - empty) / exported.count(b"\n")
        self.assertGreater(MODEL.record_bytes * 2, each, "make bench, then tools/capacity.py --write")
        self.assertLess(MODEL.record_bytes / 2.5, each, "make bench, then tools/capacity.py --write")

    def test_more_people_need_more(self) -> None:
        few, many = (capacity.need(MODEL, capacity.People(n), capacity.Machine()) for n in (500_000, 1_000_000))
        for what in ("records", "database_gb", "files_gb", "backup_gb", "commands_s", "writer_share", "pages_s",
                     "streams"):
            self.assertAlmostEqual(getattr(many, what), 2 * getattr(few, what), places=6)
        apart = capacity.need(MODEL, capacity.People(1_000_000, districts=2), capacity.Machine())
        self.assertAlmostEqual(apart.writer_share, few.writer_share)
        self.assertGreater(apart.memory_gb, many.memory_gb)

    def test_enough_machines(self) -> None:
        machine = capacity.Machine(cores=4, memory_gb=16, disk_gb=500)
        n = capacity.need(MODEL, capacity.People(20_000_000, districts=30), machine)
        self.assertGreaterEqual(n.machines * machine.disk_gb, n.database_gb + n.files_gb)
        self.assertGreaterEqual(n.machines * machine.memory_gb, n.memory_gb)
        self.assertGreaterEqual(n.machines * machine.cores, n.cores)

    def test_the_page_says_what_the_model_says(self) -> None:
        page = capacity.PAGE.read_text(encoding="utf-8")
        written = numbers(page.partition(capacity.BEGIN)[2].partition(capacity.END)[0])
        now = numbers(capacity.tables(RESULTS))
        self.assertEqual(len(written), len(now))
        for old, new in zip(written, now, strict=True):
            self.assertAlmostEqual(old, new, delta=max(0.02, 0.3 * new), msg="run tools/capacity.py --write")

    def test_postgresql_where_it_was_measured(self) -> None:
        """Without its figures nothing is said; with them more is needed than was used."""
        without = {key: value for key, value in RESULTS["figures"].items() if "PostgreSQL" not in key}
        self.assertIsNone(capacity.measured_postgres(RESULTS | {"figures": without}))
        self.assertIn("Not measured", capacity.tables(RESULTS | {"figures": without}))
        turn = {"per_s": 1000.0, "client_cores": 0.5, "server_cores": 0.7}
        pages = {page: {"SQLite": [turn], "PostgreSQL": [turn] * 3} for page in capacity.MIX}
        figures = without | {
            "move month": {"records": 10_000, "entries": 54_000, "bytes_per_record": 9000},
            "intake on PostgreSQL, empty": {"http": [turn | {"per_s": 9000.0}]},
            "intake on PostgreSQL, 10,000,000": {"http": [turn]}, "reads on PostgreSQL, month": pages}
        m = capacity.measured_postgres(RESULTS | {"figures": figures})
        assert m is not None
        self.assertEqual((m.commands_s, m.entries, m.record_bytes), (1000, 5.4, 9000))
        self.assertGreater(m.command_core_s, turn["server_cores"] / 1000)
        self.assertIn("upper bound", capacity.tables(RESULTS | {"figures": figures}))

    def test_the_command(self) -> None:
        program = pathlib.Path(ROOT, "tools/capacity.py")
        done = subprocess.run([program, "410000", "--json"], check=True, text=True, capture_output=True)
        self.assertEqual(json.loads(done.stdout)["machines"], 1)
        text = subprocess.run([program, "410000"], check=True, text=True, capture_output=True).stdout
        self.assertRegex(text, r"机器 machines +1 台")
        self.assertNotIn("does not fit", text)
        small = subprocess.run([program, "410000", "--disk-gb", "100"], check=True, text=True, capture_output=True)
        self.assertIn("does not fit", small.stdout)
        for words in ([], ["0"], ["-5"], ["many"], ["5", "--districts", "0"]):
            self.assertEqual(subprocess.run([program, *words], check=False, capture_output=True).returncode, 2, words)
