"""wangge doctor: everything it can find is broken here for real, and found under its key, with what to do."""
import datetime
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from typing import Any

from support.runner import District
from support.server import ROOT, Server, free_port

ROOT_USER = os.getuid() == 0
NOBODY = 65534
CALLS = re.compile(r'(?:doctor_says\(\s*x,\s*VERDICT_(\w+),\s*|wrong\(\s*x,\s*)"([a-z_.]+)"')


class Doctor(District):
    other: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.clients = {}
        cls.server = Server(cls.folder.wangge, cls.folder.district())
        cls.other = cls.folder.path / "other_machine.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", cls.other, pathlib.Path(__file__).with_name("other_machine.c"),
                        "-ldl"], check=True)

    def look(self, *words: object, status: int | None = None, **options: Any) -> dict[str, str]:
        """What it says: verdicts by key. It prints every finding in both languages, and what to do about a bad one."""
        command = [self.server.wangge, "doctor", *map(str, words)]
        done = subprocess.run(command, text=True, capture_output=True, check=False, cwd=ROOT, timeout=60, **options)
        lines = done.stdout.splitlines()
        found = {}
        for n, line in enumerate(lines):
            head = re.match(r"(好|注意|错误) .*\[([a-z_.]+)\]$", line)
            if head is None:
                continue
            verdict = {"好": "good", "注意": "advice", "错误": "wrong"}[head[1]]
            found[head[2]] = verdict
            self.assertRegex(line, "[\u4e00-\u9fff]")
            self.assertRegex(lines[n + 1], "^ +[A-Za-z0-9/““0-9.]")
            if verdict != "good":
                self.assertRegex(lines[n + 2] + lines[n + 3], "→.+→.+", done.stdout)
        wrong = sum(verdict == "wrong" for verdict in found.values())
        self.assertIn(f"\n{wrong} 项错误 errors", done.stdout, done.stderr)
        self.assertEqual(done.returncode, int(wrong > 0) if status is None else status, done.stdout)
        return found

    def fresh(self) -> pathlib.Path:
        return self.folder.district()

    def sql(self, *statements: str) -> pathlib.Path:
        data = self.fresh()
        with sqlite3.connect(data / "wangge.db") as db:
            for statement in statements:
                db.execute(statement)
        db.close()
        return data

    def broken(self, how: Callable[[pathlib.Path], object]) -> pathlib.Path:
        data = self.fresh()
        how(data)
        return data

    def finds(self, key: str, verdict: str, *words: object, **options: Any) -> None:
        found = self.look(*words, **options)
        self.assertEqual(found.get(key), verdict, found)

    def test_a_good_district(self) -> None:
        data = self.fresh()
        found = self.look("--data", data, "--listen", "127.0.0.1:0", env=self.machine("none"))
        bad = {key for key, verdict in found.items() if verdict != "good"}
        self.assertLessEqual(bad, {"backup.none", "calendar.short", "disk.low"})
        self.assertEqual(found["database"], "good")

    def test_it_changes_nothing(self) -> None:
        data = self.fresh()
        before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
        self.look("--data", data)
        after = {path: path.read_bytes() for path in data.rglob("*") if path.is_file() and path.suffix[:4] != ".db-"}
        self.assertEqual(before, after)

    def test_the_folder(self) -> None:
        self.finds("folder.none", "wrong", "--data", "/nowhere")
        self.finds("folder.none", "wrong", "--data", "/etc/hostname")
        self.finds("folder.empty", "wrong", "--data", self.broken(lambda d: (d / "wangge.db").unlink()))
        self.finds("folder.open", "advice", "--data", self.broken(lambda d: d.chmod(0o755)))
        if ROOT_USER:
            self.finds("folder.owner", "wrong", "--data",
                       self.broken(lambda d: os.chown(d / "secret.key", NOBODY, NOBODY)))

    def test_as_somebody_else(self) -> None:
        data = self.fresh()
        user: dict[str, Any] = {"user": NOBODY, "extra_groups": []} if ROOT_USER else {}
        program = self.folder.path / "wangge"
        shutil.copy(self.server.wangge, program)
        self.folder.path.chmod(0o755)
        self.server.wangge, kept = program, self.server.wangge
        try:
            data.chmod(0o700 if ROOT_USER else 0)
            self.finds("folder.forbidden", "wrong", "--data", data, **user)
            data.chmod(0o755 if ROOT_USER else 0o500)
            self.finds("folder.read_only", "advice", "--data", data, status=int(ROOT_USER), **user)
        finally:
            data.chmod(0o700)
            self.folder.path.chmod(0o700)
            self.server.wangge = kept

    def test_the_key(self) -> None:
        self.finds("key.missing", "wrong", "--data", self.broken(lambda d: (d / "secret.key").unlink()))
        self.finds("key.size", "wrong", "--data", self.broken(lambda d: (d / "secret.key").write_bytes(b"short")))
        self.finds("key.open", "wrong", "--data", self.broken(lambda d: (d / "secret.key").chmod(0o640)))

    def machine(self, words: str) -> dict[str, str]:
        return os.environ | {"LD_PRELOAD": str(self.other), "OTHER_MACHINE": words, "ASAN_OPTIONS": "detect_leaks=0"}

    def test_another_machine(self) -> None:
        data = self.fresh()
        for word, key, verdict in (("slow", "disk.slow", "advice"), ("network", "disk.network", "wrong"),
                                   ("unsynchronised", "clock.unsynchronised", "advice"), ("none", "clock", "good"),
                                   ("past", "clock.wrong", "wrong"), ("memory", "memory.low", "advice")):
            with self.subTest(word=word):
                self.finds(key, verdict, "--data", data, env=self.machine(word))

    def test_the_disk(self) -> None:
        """In a mount namespace of its own, a disk of memory that is as large as we like."""
        data = self.fresh()
        for size, key, verdict in (("100m", "disk.full", "wrong"), ("1g", "disk.low", "advice"),
                                   ("1g", "disk.memory", "advice")):
            with self.subTest(size=size, key=key):
                script = ('d=$(mktemp -d) && mount -t tmpfs -o mode=700,size="$1" none "$d" && cp -a "$2"/. "$d" && '
                          '"$0" doctor --data "$d"; umount "$d"; rmdir "$d"')
                done = subprocess.run(["unshare", "-rm", "sh", "-c", script, self.server.wangge, size, data], text=True,
                                      capture_output=True, check=False, cwd=ROOT)
                word = {"wrong": "错误", "advice": "注意"}[verdict]
                self.assertRegex(done.stdout, rf"(?m)^{word}.*\[{re.escape(key)}\]$", done.stderr)

    def test_limits_and_port(self) -> None:
        self.finds("files.limit", "advice", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024)))
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.finds("port.taken", "wrong", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
        self.finds("port.taken", "wrong", "--listen", "nonsense")
        self.finds("port", "good", "--listen", f"127.0.0.1:{free_port()}")

    def test_beside_a_server(self) -> None:
        server = Server(self.server.wangge, self.fresh()).start()
        try:
            assert server.process is not None
            done = server.command("doctor", "--listen", f"127.0.0.1:{server.port}")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn(f"process {server.process.pid} is writing", done.stdout)
            self.assertRegex(done.stdout, r"好.*\[port\]")
        finally:
            self.assertEqual(server.end(signal.SIGTERM), 0)

    def test_backups(self) -> None:
        data = self.fresh()
        self.finds("backup.none", "advice", "--data", data)
        then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=60)
        (data / "last-backup").write_text(then.isoformat(timespec="seconds") + "\n")
        self.finds("backup.old", "advice", "--data", data)
        subprocess.run([self.server.wangge, "backup", "--data", data, "--to", data.with_name("kept")], check=True,
                       stdout=subprocess.DEVNULL)
        self.finds("backup", "good", "--data", data)

    def test_the_database(self) -> None:
        def damage(data: pathlib.Path) -> None:
            with (data / "wangge.db").open("r+b") as file:
                for page in range(5, 200):
                    file.seek(page * 4096)
                    file.write(b"\xff" * 64)

        def other(data: pathlib.Path) -> None:
            (data / "wangge.db").unlink()
            with sqlite3.connect(data / "wangge.db") as db:
                db.execute("CREATE TABLE theirs (x)")

        self.finds("sql.unavailable", "wrong", "--data",
                   self.broken(lambda d: (d / "wangge.db").write_bytes(b"no database" * 1000)))
        found = self.look("--data", self.broken(damage))
        self.assertTrue({"sql.damaged", "sql.unavailable"} & set(found), found)
        self.finds("sql.foreign", "wrong", "--data", self.broken(other))
        self.finds("sql.newer", "wrong", "--data", self.sql("INSERT INTO migration VALUES (9999, 'later')"))
        self.finds("sql.older", "advice", "--data", self.sql("DELETE FROM migration WHERE number > 0"))
        older = self.sql("DELETE FROM migration WHERE number = (SELECT max(number) FROM migration)")
        told = subprocess.run([self.server.wangge, "verify", "--data", older], text=True, capture_output=True,
                              check=False)
        self.assertIn("wangge serve", told.stderr)  # what only reads says what to do, too
        self.assertIn("sql.older", told.stderr)
        self.finds("district.none", "wrong", "--data", self.sql("DELETE FROM district"))
        self.finds("database.log", "advice", "--data",
                   self.broken(lambda d: os.truncate(os.open(d / "wangge.db-wal", os.O_CREAT | os.O_RDWR), 2 << 30)))

    def test_the_district(self) -> None:
        self.finds("district.sample", "wrong", "--data", self.fresh(), "--listen", "0.0.0.0:0")
        self.finds("district.offset", "advice", "--data", self.sql("UPDATE district SET offset_min = 0"))
        old = self.sql("INSERT INTO chore SELECT district, 'erase' FROM district")
        self.finds("people.old_names", "advice", "--data", old)
        self.assertEqual(Server(self.folder.wangge, old).command("account", "erase").returncode, 0)
        self.assertNotIn("people.old_names", self.look("--data", old))
        self.finds("areas.none", "advice", "--data", self.sql("DELETE FROM area"))
        self.finds("areas.outlines", "advice", "--data", self.sql("UPDATE area SET boundary = NULL"))
        self.finds("people.no_admin", "advice", "--data", self.sql("UPDATE post SET until_at = 1 WHERE role = 'admin'"))
        self.finds("calendar.short", "advice", "--data", self.sql("DELETE FROM calendar_day"))

    def test_the_calendar_of_next_year(self) -> None:
        data = self.fresh()
        soon = datetime.date.today() + datetime.timedelta(days=45)
        day = next(d for d in (datetime.date(soon.year, 5, n) for n in range(1, 9)) if d.weekday() < 5)
        table = self.folder.path / "days.csv"
        table.write_text(f"date,is_workday,name,kind\n{day.isoformat()},0,劳动节,public_holiday\n", encoding="utf-8")
        subprocess.run([self.server.wangge, "calendar", "import", table, "--data", data], check=True,
                       stdout=subprocess.DEVNULL)
        self.finds("calendar", "good", "--data", data)

    def test_the_history_and_the_clock(self) -> None:
        data = self.fresh()
        subprocess.run([self.server.wangge, "simulate", "--data", data, "--days", "2", "--seed", "1", "--fast"],
                       check=True, capture_output=True)
        self.assertNotIn("clock.behind", self.look("--data", data))
        with sqlite3.connect(data / "wangge.db") as db:
            db.execute("UPDATE entry SET at = at + 365 * 86400000 WHERE seq = (SELECT max(seq) FROM entry)")
        db.close()
        self.finds("clock.behind", "wrong", "--data", data)

    def test_a_pack(self) -> None:
        def spoil(data: pathlib.Path) -> None:
            pack = data / "packs" / "mine"
            pack.mkdir(parents=True)
            (pack / "pack.yaml").write_text("pack: [", encoding="utf-8")

        self.finds("pack.refused", "wrong", "--data", self.broken(spoil))

    def test_usage(self) -> None:
        wrong = subprocess.run([self.server.wangge, "doctor", "what"], capture_output=True, check=False)
        self.assertEqual(wrong.returncode, 2)

    def test_every_finding_is_explained(self) -> None:
        page = (ROOT / "docs/operations/doctor.md").read_text(encoding="utf-8")
        explained = set(re.findall(r"^\| `([a-z_.]+)` \|", page, re.M))
        said = {key for path in (ROOT / "src/app").glob("doctor_*.c")
                for verdict, key in CALLS.findall(path.read_text(encoding="utf-8")) if verdict != "GOOD"}
        self.assertEqual(explained, said)
