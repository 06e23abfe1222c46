"""There and back: every row, whatever happens on the way; and what is refused."""
import contextlib
import fcntl
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest
from collections.abc import Callable

from support import postgres
from support.client import Client, new_id
from support.runner import District
from support.server import ROOT, Server, patience

TABLE = re.compile(r"^(\w+) +(\d+)  ([0-9a-f]{64})$", re.M)
COPIED = re.compile(r"copied: (\d+) \D+(\d+) ")


def rows_of(database: pathlib.Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the tables that the districts lead."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as file:
        names = [name for (name,) in file.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search%' AND name <> 'migration'")]
        return {name: sorted(file.execute(f"SELECT * FROM {name}"), key=repr) for name in names}


class Move(unittest.TestCase):
    server: postgres.Postgres
    databases = 0

    @classmethod
    def setUpClass(cls) -> None:
        cls.wangge = District.folder.wangge
        cls.stack = contextlib.ExitStack()
        cls.server = cls.stack.enter_context(postgres.server())
        cls.where = str(cls.server.folder)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.stack.close()

    def database(self) -> tuple[str, str]:
        """A new one: its name and address."""
        Move.databases += 1
        name = f"move_{Move.databases}"
        return name, postgres.create(name, self.where)

    def words(self, *words: object) -> list[str]:
        return [str(self.wangge), *map(str, words)]

    def run_it(self, *words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.words(*words), text=True, cwd=ROOT, check=False, capture_output=True,
                              timeout=patience(120))

    def good(self, *words: object) -> str:
        done = self.run_it(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def refused(self, key: str, *words: object) -> None:
        done = self.run_it(*words)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(f"({key})", done.stderr)

    def begin(self, *words: object) -> "subprocess.Popen[str]":
        return subprocess.Popen(self.words(*words), text=True, cwd=ROOT, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)

    def read_until(self, process: "subprocess.Popen[str]", word: str) -> str:
        said = ""
        while word not in said:
            line = process.stdout.readline()  # type: ignore[union-attr]
            self.assertTrue(line, said)
            said += line
        return said

    def kill_when(self, there: Callable[[], bool], *words: object) -> None:
        """SIGKILL as soon as something has come over, well before the end."""
        process = self.begin(*words)
        end = time.monotonic() + patience(30)
        while not there() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        self.assertIsNone(process.poll(), "it was over before it could be killed")
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def some(self, database: str, table: str) -> Callable[[], bool]:
        def there() -> bool:
            try:
                return postgres.query(database, self.where, f"SELECT 1 FROM {table} LIMIT 1") != []
            except subprocess.CalledProcessError:
                return False  # the table is not there yet
        return there

    def resumed(self, output: str) -> None:
        """What was there already was not copied again."""
        copied, had = map(int, COPIED.search(output).groups())  # type: ignore[union-attr]
        rows = sum(int(count) for name, count, _ in TABLE.findall(output) if name != "district")
        self.assertGreater(had, 0)
        self.assertGreater(copied, 0)
        self.assertEqual(copied + had, rows)

    def test_a_week_there_and_back(self) -> None:
        """Killed on both ways, at several tables, and gone on with."""
        data = District.folder.district()
        self.good("simulate", "--data", data, "--days", "7", "--scale", "0.5", "--fast")
        name, url = self.database()
        old = data / "wangge.db"
        for table in ("account", "record"):
            self.kill_when(self.some(name, table), "move", "--from", data, "--to", url)
            self.assertEqual(postgres.query(name, self.where, "SELECT * FROM district"), [], "no half district")
        for change in ("UPDATE account SET name = 'x'", "DELETE FROM area WHERE code LIKE '33080300%'",
                       "INSERT INTO link SELECT district, id, id, 'x', 0 FROM record LIMIT 1",
                       "UPDATE record SET fields = '{\"description\": \"other words\"}' WHERE id ="
                       " (SELECT max(id::text)::bytea FROM record)"):
            postgres.query(name, self.where, change)
        there = self.good("move", "--from", data, "--to", url)
        self.resumed(there)
        self.assertEqual(there.count(" 0 处不符 differences"), 2, there)
        self.refused("district.not_empty", "move", "--from", data, "--to", url)
        self.refused("district.not_empty", "move", "--from", url, "--to", data)
        old.rename(data / "before.db")
        moving = data / "wangge.db.moving"

        def entries() -> bool:
            with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(moving)) as file:
                return file.execute("SELECT count(*) FROM entry").fetchone()[0] > 0
            return False

        self.kill_when(lambda: moving.exists() and entries(), "move", "--from", url, "--to", data)
        self.assertFalse(old.exists(), "half a database does not go by its name")
        back = self.good("move", "--from", url, "--to", data)
        self.resumed(back)
        self.assertEqual(TABLE.findall(there), TABLE.findall(back))
        self.assertGreater(len(TABLE.findall(back)), 10)
        self.assertEqual(rows_of(data / "before.db"), rows_of(old))
        self.assertFalse(moving.exists())

    def test_beside_the_server(self) -> None:
        """What is written between the copy and the switch comes along; nobody writes during the switch."""
        data = District.folder.district()
        name, url = self.database()
        server = Server(self.wangge, data).start()
        process = self.begin("move", "--from", data, "--to", url)
        try:
            said = self.read_until(process, "Stop the server now")
            clerk = Client(server.port, recorder=District.recorder).sign_in("clerk")
            for number in range(5):
                answer = clerk.post("/api/v1/records", {"id": new_id(), "kind": "incident", "area": "330803001001",
                                                        "fields": {"description": f"晚到的第{number}件"}})
                self.assertEqual(answer.status, 201, repr(answer))
            clerk.close()
            self.assertIsNone(process.poll(), "it waits for the door")
        finally:
            self.assertEqual(server.end(), 0)
        output = process.communicate(timeout=patience(120))[0]
        self.assertEqual(process.returncode, 0, said + output)
        self.assertEqual(postgres.query(name, self.where, "SELECT count(*) FROM search"), [["5"]])
        self.back_beside_a_writer(data, name, url)

    def back_beside_a_writer(self, data: pathlib.Path, name: str, url: str) -> None:
        """The switch waits for who is writing at the source, and takes what it wrote."""
        (data / "wangge.db").rename(data / "before.db")
        with (data / "wangge.lock").open("w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            process = self.begin("move", "--from", url, "--to", data)
            said = self.read_until(process, "Stop the server now")
            writer = subprocess.Popen([postgres.programs() / "psql", "-h", self.where, "-U", postgres.OWNER, "-d", name,
                                       "-qAtX"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            writer.stdin.write("BEGIN; INSERT INTO audit (district, id, at, verb, about, detail)"  # type: ignore
                               " SELECT district, '\\x00', 0, 'late', '', '{}' FROM turn FOR UPDATE;"
                               " SELECT 'written';\n")
            writer.stdin.flush()  # type: ignore[union-attr]
            self.read_until(writer, "written")
        time.sleep(1.5)
        self.assertIsNone(process.poll(), "it waits for the writer")
        writer.communicate("COMMIT;\n", timeout=patience(10))
        output = process.communicate(timeout=patience(120))[0]
        self.assertEqual(process.returncode, 0, said + output)
        self.assertEqual(len([row for row in rows_of(data / "wangge.db")["audit"] if "late" in row]), 1)

    def test_wrong_targets(self) -> None:
        data = District.folder.district()
        other = data.with_name("other")
        name, url = self.database()
        self.good("init", "--data", other, "--district", "330802", "--name", "柯城区", "--db", url)
        self.refused("district.other", "move", "--from", data, "--to", url)
        postgres.query(name, self.where, "INSERT INTO migration VALUES (9999, 'to come')")
        self.refused("sql.newer", "move", "--from", data, "--to", url)
        name, url = self.database()
        postgres.query(name, self.where, "CREATE TABLE theirs (n int)")
        self.refused("sql.foreign", "move", "--from", data, "--to", url)
        self.refused("district.not_empty", "move", "--from", url, "--to", data)
        self.refused("sql.unavailable", "move", "--from", data, "--to", "postgresql:///none?host=/nonexistent")
        aside = data.with_name("aside")
        aside.mkdir()
        (aside / "wangge.db-wal").write_bytes(b"left without its file")
        self.refused("district.not_empty", "move", "--from", url, "--to", aside)
        self.refused("district.none", "move", "--from", other, "--to", self.database()[1])
        for pair in ((data, other), (url, url), (data,)):
            words = [word for option, value in zip(("--from", "--to"), pair) for word in (option, value)]
            self.assertEqual(self.run_it("move", *words).returncode, 2, pair)
        shutil.rmtree(other)

    def test_help(self) -> None:
        self.assertIn("例 example", self.good("move", "--help"))
