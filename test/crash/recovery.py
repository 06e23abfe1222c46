#!/usr/bin/env python3
"""Goes back to a moment: a base backup of a real PostgreSQL made under load, its archived log, and a copy of the data
folder, as docs/operations/backup.md says.

After the moment somebody empties a table and the server dies with all its files. What is restored has every command
that was answered before the moment exactly once, none of those after it, and `wangge verify` finds nothing wrong.
"""
import argparse
import os
import pathlib
import pwd
import shutil
import signal
import sys
import threading
import time
from collections import Counter

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent),
                str(pathlib.Path(__file__).resolve().parent.parent / "http")]

from crash import WRITERS, Command, Ledger, Trial  # noqa: E402 -- needs the paths above
from matters import png  # noqa: E402
from support import postgres  # noqa: E402
from support.client import Client  # noqa: E402
from support.server import Folder, Server, patience, query  # noqa: E402

ARCHIVE = """archive_mode = on
archive_command = 'test ! -f {folder}/%f && cp %p {folder}/%f'
"""
RECOVER = """archive_mode = off
restore_command = 'cp {folder}/%f %p'
recovery_target_time = '{moment}'
recovery_target_action = promote
"""


def folder_of(pg: postgres.Postgres) -> pathlib.Path:
    """Where the log goes: the server's own user writes there."""
    archive = pathlib.Path(f"{pg.folder}.archive")
    archive.mkdir(mode=0o700)
    if pg.user is not None:
        os.chown(archive, pwd.getpwnam(pg.user).pw_uid, -1)
    return archive


class Recovery(Trial):
    def __init__(self, server: Server, seed: int, pg: postgres.Postgres, archive: pathlib.Path) -> None:
        super().__init__(server, seed)
        self.pg, self.archive = pg, archive
        self.copy: postgres.Postgres | None = None

    def ask(self, text: str) -> str:
        return query(self.server.data, text)[0][0]

    def load(self, ledger: Ledger, stop: threading.Event) -> list[threading.Thread]:
        writers = [threading.Thread(target=self.write, args=(ledger, stop)) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(patience(0.5))
        return writers

    def archived(self) -> None:
        """Until the log up to now lies in the archive."""
        last = self.ask("SELECT pg_walfile_name(pg_current_wal_lsn())")
        self.ask("SELECT pg_switch_wal()")
        end = time.monotonic() + patience(30)
        while not (self.archive / last).exists() and time.monotonic() < end:
            time.sleep(0.05)
        self.check((self.archive / last).exists(), f"{last} is not archived")

    def counted(self, commands: list[Command]) -> Counter[int]:
        found = {row[0]: int(row[1]) for row in
                 query(self.server.data, "SELECT encode(command, 'hex'), count(*) FROM entry GROUP BY command")}
        return Counter(found.get(one.body["id"].replace("-", ""), 0) for one in commands)

    def some_time(self) -> tuple[Ledger, str]:
        """Under load a base backup is made; then comes the moment."""
        before, stop = Ledger(), threading.Event()
        writers = self.load(before, stop)
        self.copy = postgres.Postgres(source=self.pg)
        time.sleep(patience(0.5))
        stop.set()
        for writer in writers:
            writer.join()
        worker = Client(self.server.port, self.tokens["worker"])
        self.check(worker.upload(("a.png", "image/png", png(40, 30))).status in (200, 201), "no upload")
        return before, self.ask("SELECT clock_timestamp()")

    def disaster(self) -> Ledger:
        after, stop = Ledger(), threading.Event()
        time.sleep(0.2)
        writers = self.load(after, stop)
        stop.set()
        for writer in writers:
            writer.join()
        self.ask("WITH gone AS (DELETE FROM party RETURNING 1) SELECT count(*) FROM gone")
        self.archived()
        return after

    def restore(self, moment: str) -> None:
        copy = self.copy
        assert copy is not None
        copy.set(RECOVER.format(folder=self.archive, moment=moment))
        (copy.data / "recovery.signal").touch()
        copy.start()
        os.environ.update(copy.environment())
        end = time.monotonic() + patience(60)
        while self.ask("SELECT pg_is_in_recovery()") == "t" and time.monotonic() < end:
            time.sleep(0.05)
        self.check(self.ask("SELECT pg_is_in_recovery()") == "f", "it does not end its recovery")

    def run_once(self) -> None:
        self.server.start()
        self.prepare()
        before, moment = self.some_time()
        kept = self.server.data.with_name("kept")
        shutil.copytree(self.server.data, kept)  # rsync does so again and again
        after = self.disaster()
        self.server.end(signal.SIGKILL)
        self.pg.kill()
        shutil.rmtree(self.pg.data)
        shutil.rmtree(self.server.data)
        self.restore(moment)
        kept.rename(self.server.data)
        self.judge(before, after)

    def judge(self, before: Ledger, after: Ledger) -> None:
        found, later = self.counted(before.answered), self.counted(after.answered)
        self.totals.update(acknowledged=len(before.answered), found=found[1], lost=found[0],
                           doubled=sum(n for times, n in found.items() if times > 1), after=len(after.answered))
        self.check(len(before.answered) > 20 and len(after.answered) > 20, "hardly any load")
        self.check(found[1] == len(before.answered), f"answered before the moment, by entries: {found}")
        self.check(later[0] == len(after.answered), f"answered after the moment, by entries: {later}")
        self.recount(1)
        self.server.start()
        ledger = Ledger()
        for command in self.commands():
            self.check(ledger.send(Client(self.server.port), command), "it does not answer")
        self.check(len(ledger.answered) == 2, f"it does not go on: {ledger.refused}")
        self.check(self.server.end() == 0, "the server did not end well")
        self.recount(2)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--wangge", type=pathlib.Path, required=True)
    chosen = arguments.parse_args()
    pg = postgres.Postgres()
    archive = folder_of(pg)
    pg.set(ARCHIVE.format(folder=archive))
    trial: Recovery | None = None
    folder = Folder(chosen.wangge.resolve())
    try:
        os.environ.update(pg.start().environment())
        trial = Recovery(Server(folder.wangge, folder.district()), 1, pg, archive)
        trial.run_once()
    finally:
        if trial is not None:
            trial.server.end(signal.SIGKILL)
        if trial is not None and trial.copy is not None:
            trial.copy.stop()
        pg.stop()
        shutil.rmtree(archive, ignore_errors=True)
        folder.remove()
    counted = ("acknowledged", "found", "doubled", "lost")
    print("# before the moment: " + ", ".join(f"{name} {trial.totals[name]}" for name in counted)
          + f"; after it {trial.totals['after']}, none of them there")
    print(f"{trial.checks[True]} passed, {trial.checks[False]} failed")
    return int(trial.checks[False] > 0)


if __name__ == "__main__":
    sys.exit(main())
