"""The real program on a data folder of its own."""
import contextlib
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

from support import postgres

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def patience(seconds: float) -> float:
    """How long to wait: a sanitizer's build needs more."""
    return seconds * float(os.environ.get("WANGGE_TEST_SLOW", "1"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_of(data: pathlib.Path) -> str:
    """The PostgreSQL database of a data folder, where the tests run on one."""
    return f"{data.parent.name}_{data.name}".replace("-", "_").lower()


def environment(data: pathlib.Path) -> dict[str, str]:
    """Where the program finds the database of this data folder, unless it is a file there."""
    where = postgres.folder()
    return os.environ | ({"WANGGE_DB": postgres.url(database_of(data), where)} if where else {})


def make_database(data: pathlib.Path, template: pathlib.Path | None = None) -> None:
    where = postgres.folder()
    if where:
        postgres.create(database_of(data), where, database_of(template) if template else "template0")


def query(data: pathlib.Path, text: str) -> list[list[str]]:
    """The rows of a statement on the district's database, as texts."""
    where = postgres.folder()
    if where:
        return postgres.query(database_of(data), where, text)
    with contextlib.closing(sqlite3.connect(data / "wangge.db")) as database, database:
        return [["" if value is None else str(value) for value in row] for row in database.execute(text)]


def database_files(data: pathlib.Path) -> list[pathlib.Path]:
    """Every file that holds what the database does, brought up to date."""
    where = postgres.folder()
    query(data, "CHECKPOINT" if where else "PRAGMA wal_checkpoint(PASSIVE)")
    return [path for path in pathlib.Path(where or data).rglob("*") if path.is_file()]


def migrations_since(number: int) -> list[str]:
    later = [path for path in sorted((ROOT / "db/migrations").glob("*.sql")) if int(path.name[:4]) >= number]
    return [path.read_text(encoding="utf-8") for path in later]


def made_since(number: int) -> list[tuple[str, str]]:
    """What migrations from that number on make, in order: ("TABLE", name) or ("INDEX", name)."""
    return [made for text in migrations_since(number)
            for made in re.findall(r"^CREATE (TABLE|INDEX) (\w+)", text, re.M)]


def undoing(number: int) -> list[str]:
    """Statements that take away what migrations from that number on made; an index goes with its table. A table that
    one makes anew out of itself stays: it is made anew again."""
    anew = [table for text in migrations_since(number)
            for table in re.findall(r"^ALTER TABLE (\w+) RENAME TO", text, re.M)]
    added = [column for text in migrations_since(number)
             for column in re.findall(r"^ALTER TABLE (\w+) ADD COLUMN (\w+)", text, re.M)]
    return [*(f"DROP {what} IF EXISTS {name}" for what, name in made_since(number) if name not in anew),
            *(f"ALTER TABLE {table} DROP COLUMN {column}" for table, column in added)]


def make_sample(wangge: pathlib.Path, folder: pathlib.Path, bare: bool = True) -> pathlib.Path:
    """A sample district in folder/sample; made once, copied for each group of tests. `bare`: nothing of the
    programmes is in it, so that tests count what they raised themselves."""
    data = folder / "sample"
    folder.mkdir(exist_ok=True)
    make_database(data)
    subprocess.run([wangge, "init", "--sample", *(["--bare"] if bare else []), "--data", data], check=True, cwd=ROOT,
                   timeout=patience(300), stdout=subprocess.DEVNULL, env=environment(data))
    return data


class Server:
    """One running `wangge serve`. `data` stays what it is when the server ends or is killed."""

    def __init__(self, wangge: pathlib.Path, data: pathlib.Path, log: pathlib.Path | None = None) -> None:
        self.wangge, self.data = wangge, data
        self.log = log or data.with_suffix(".log")
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.env: dict[str, str] = {}  # what serve gets besides; subcommands do not

    def start(self, wait_s: float = 20) -> "Server":
        self.port = free_port()
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [self.wangge, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT, env=environment(self.data) | self.env)
        self.wait_ready(patience(wait_s))
        return self

    def wait_ready(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError(f"the server ended by itself:\n{self.tail()}")
            if self.ready():
                return
            time.sleep(0.01)
        raise RuntimeError(f"the server is not ready after {seconds} s:\n{self.tail()}")

    def ready(self) -> bool:
        try:
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            link.request("GET", "/readyz")
            return link.getresponse().status == 200
        except OSError:
            return False

    def tail(self, size: int = 3000) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-size:] if self.log.exists() else ""

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ends it and waits; SIGKILL is how the crash test does."""
        if self.process is None:
            return 0
        self.process.send_signal(how)
        try:
            status = self.process.wait(patience(30))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = -999
        self.process = None
        return status

    def command(self, *words: object, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """A subcommand on the same data folder: command("verify")."""
        return subprocess.run([self.wangge, *map(str, words), "--data", self.data], text=True, cwd=ROOT, check=False,
                              capture_output=True, timeout=patience(timeout), env=environment(self.data))


class Folder:
    """A temporary folder that goes away at the end, with copies of the sample in it."""

    def __init__(self, wangge: pathlib.Path) -> None:
        self.wangge = wangge
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="wangge-test-"))
        self.prefix = ""  # tells copies apart that are made beside each other
        self.copies = 0
        self.sample: pathlib.Path | None = None

    def make_sample(self) -> pathlib.Path:
        """What the districts are copies of; made when it is first asked for."""
        if self.sample is None:
            self.sample = make_sample(self.wangge, self.path)
        return self.sample

    def district(self) -> pathlib.Path:
        """A fresh sample district."""
        sample = self.make_sample()
        self.copies += 1
        copy = self.path / f"district-{self.prefix}{self.copies}"
        shutil.copytree(sample, copy)
        make_database(copy, sample)
        return copy

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
