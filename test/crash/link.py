#!/usr/bin/env python3
"""What lies between wangge and its PostgreSQL fails: the link is cut in the middle of commits, the disk is full.

The link leads through a proxy that cuts it exactly when a COMMIT has been sent and before its answer comes back, half
of the times before the server gets it, half after. What was answered is there exactly once; what was not answered, once
or not at all, and once when it is sent again under its id.
"""
import argparse
import contextlib
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from crash import Ledger  # noqa: E402 -- needs the path above
from database import Outage  # noqa: E402
from support import postgres  # noqa: E402
from support.server import Folder, Server, database_of, patience  # noqa: E402

# How a prepared statement is run: no portal, its name (src/sql/pg_conn.c).
BEGIN, COMMIT = b"\0begin_write\0", b"\0commit\0"
PIECE = 65536


@dataclass
class Link:
    client: socket.socket
    server: socket.socket
    writes: bool = False


class Cutter:
    """A Unix socket in a folder of its own, as PostgreSQL's, that passes everything on to the server's."""

    def __init__(self, folder: pathlib.Path, server: pathlib.Path) -> None:
        self.server = str(server / ".s.PGSQL.5432")
        self.folder = folder
        folder.mkdir()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / ".s.PGSQL.5432"))
        self.listener.listen(64)
        self.armed = self.before = False
        self.cuts = {"before": 0, "after": 0}
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            link = Link(client, server)
            with contextlib.suppress(OSError):
                server.connect(self.server)
                while self.pass_on(link):
                    pass

    def pass_on(self, link: Link) -> bool:
        """False ends both sides. Only the writer's commits count: readers end what they began with that word, too."""
        for side in select.select([link.client, link.server], [], [])[0]:
            data = side.recv(PIECE)
            if not data:
                return False
            if side is link.server:
                link.client.sendall(data)
                continue
            link.writes = link.writes or BEGIN in data
            if self.armed and link.writes and COMMIT in data:
                return self.cut(link.server, data)
            link.server.sendall(data)
        return True

    def cut(self, server: socket.socket, data: bytes) -> bool:
        self.armed = False
        self.cuts["before" if self.before else "after"] += 1
        if not self.before:
            server.sendall(data)
            select.select([server], [], [], patience(10))  # until the server has answered: it is committed
        return False

    def end(self) -> None:
        self.listener.close()


class Cut(Outage):
    """Instead of the database its link goes, at the worst moment."""

    def __init__(self, server: Server, seed: int, database: postgres.Postgres, cutter: Cutter) -> None:
        super().__init__(server, seed, database)
        self.cutter = cutter

    def load_and_kill(self) -> Ledger:
        ledger, stop = Ledger(), threading.Event()
        writers = [threading.Thread(target=self.write, args=(ledger, stop)) for _ in range(4)]
        for writer in writers:
            writer.start()
        for _ in range(10):
            time.sleep(0.05)
            self.cutter.before = not self.cutter.before
            self.cutter.armed = True
            self.wait_for_cut()
        self.work_again(ledger)
        stop.set()
        for writer in writers:
            writer.join()
        return ledger

    def wait_for_cut(self) -> None:
        end = time.monotonic() + patience(20)
        while self.cutter.armed and time.monotonic() < end:
            time.sleep(0.005)
        self.check(not self.cutter.armed, "no commit came by")


class Full(Outage):
    """The database server's disk is full, and has room again."""

    def __init__(self, server: Server, seed: int, database: "SmallPostgres") -> None:
        super().__init__(server, seed, database)
        self.small = database

    def load_and_kill(self) -> Ledger:
        ledger, stop = Ledger(), threading.Event()
        writers = [threading.Thread(target=self.write, args=(ledger, stop)) for _ in range(4)]
        for writer in writers:
            writer.start()
        time.sleep(0.3)
        ballast = self.small.folder / "ballast"
        self.fill(ballast)
        self.until_refused(ledger)
        ballast.unlink()
        self.small.recover()
        self.work_again(ledger)
        stop.set()
        for writer in writers:
            writer.join()
        return ledger

    def fill(self, ballast: pathlib.Path) -> None:
        with ballast.open("wb", buffering=0) as out:
            try:
                while out.write(b"\0" * 65536):
                    pass
            except OSError:
                return

    def until_refused(self, ledger: Ledger) -> None:
        end, before = time.monotonic() + patience(60), len(ledger.unknown)
        while len(ledger.unknown) == before and time.monotonic() < end:
            time.sleep(0.02)
        self.check(len(ledger.unknown) > before, "nothing was refused on a full disk")


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[pathlib.Path]:
    """A file system of its own with little room."""
    mount = pathlib.Path(tempfile.mkdtemp(prefix="wangge-pg-", dir="/tmp"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", mount], check=True)
    try:
        yield mount
    finally:
        subprocess.run(["umount", mount], check=True)
        mount.rmdir()


class SmallPostgres(postgres.Postgres):
    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__("--wal-segsize=1", folder=folder, settings="max_wal_size = 16MB\nmin_wal_size = 8MB\n")

    def recover(self) -> None:
        """It may have ended itself: somebody starts it again, as its unit would."""
        assert self.process is not None
        end = time.monotonic() + patience(30)
        while not self.ready() and time.monotonic() < end:
            if self.process.poll() is not None:
                self.start()
            time.sleep(0.05)


def tried(trial: Outage, rounds: int) -> None:
    try:
        trial.run(rounds, rounds)
    finally:
        trial.server.end(signal.SIGKILL)
    counted = ("acknowledged", "found", "doubled", "lost", "unanswered", "written")
    print("# " + ", ".join(f"{name} {trial.totals[name]}" for name in counted))
    print(f"# answers: {dict(trial.statuses)}; slowest to work again: {trial.totals['restart_ms']} ms", flush=True)


def cut(wangge: pathlib.Path, rounds: int, seed: int) -> Outage:
    with postgres.server() as database:
        os.environ.update(database.environment())
        folder = Folder(wangge)
        try:
            data = folder.district()
            cutter = Cutter(folder.path / "link", database.folder)
            server = Server(wangge, data)
            server.env = {"WANGGE_DB": postgres.url(database_of(data), str(cutter.folder))}
            trial = Cut(server, seed, database, cutter)
            print("# the link cut while committing", flush=True)
            tried(trial, rounds)
            print(f"# cut before the server got it {cutter.cuts['before']}, after it was done {cutter.cuts['after']}")
            cutter.end()
        finally:
            folder.remove()
    return trial


def full(wangge: pathlib.Path, rounds: int, seed: int) -> Outage:
    folder = Folder(wangge)
    with small_disk(200) as disk:
        database = SmallPostgres(disk)
        try:
            database.start()
            os.environ.update(database.environment())
            trial = Full(Server(wangge, folder.district()), seed, database)
            print("# the database server's disk full", flush=True)
            tried(trial, rounds)
        finally:
            database.end()
            folder.remove()
    return trial


def may_mount() -> bool:
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], check=False,
                                                capture_output=True).returncode == 0


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--wangge", type=pathlib.Path, required=True)
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    chosen = arguments.parse_args()
    print(f"# seed {chosen.seed}")
    faults: list[Callable[[pathlib.Path, int, int], Outage]] = [cut]
    if may_mount():
        faults.append(full)
    else:
        print("not run: a full disk of the database server, which takes a mount (root)")
    checks = Counter[bool]()
    for fault in faults:
        checks += fault(chosen.wangge.resolve(), chosen.rounds, chosen.seed).checks
    print(f"{checks[True]} passed, {checks[False]} failed")
    return int(checks[False] > 0)


if __name__ == "__main__":
    sys.exit(main())
