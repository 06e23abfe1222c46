#!/usr/bin/env python3
"""Kills the PostgreSQL server with SIGKILL, all of it, while many write; wangge runs on.

Every writer makes the ids of its commands and remembers which were answered, and which
were not or with 503. After each restart of the database wangge works again by itself:
an answered command is there exactly once, another once or not at all, and may be sent
again with the same id. `wangge verify` recounts everything.
"""
import argparse
import http.client
import os
import pathlib
import signal
import sys
import threading
import time
from collections import Counter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from crash import WRITERS, Command, Ledger, Trial  # noqa: E402 -- needs the path above
from support import postgres  # noqa: E402
from support.client import Client  # noqa: E402
from support.server import Folder, Server, patience, query  # noqa: E402


class Outage(Trial):
    """The server under test stays; the database goes and comes back."""

    def __init__(self, server: Server, seed: int, database: postgres.Postgres) -> None:
        super().__init__(server, seed)
        self.database = database
        self.statuses: Counter[str] = Counter()

    def send(self, client: Client, command: Command, ledger: Ledger) -> bool:
        """Whether it was answered with yes; a refusal for now leaves open what became of it."""
        try:
            client.token = command.token
            answer = client.post(command.path, command.body)
        except (OSError, http.client.HTTPException):
            with ledger.lock:
                ledger.refused.append(f"{command.path}: no answer")
            return False
        with ledger.lock:
            self.statuses[answer.key if answer.status >= 400 else str(answer.status)] += 1
            if answer.status in (200, 201):
                ledger.answered.append(command)
            elif answer.status == 503 and "retry-after" in answer.headers:
                ledger.unknown.append(command)
            else:
                ledger.refused.append(f"{command.path}: {answer}")
        return answer.status in (200, 201)

    def write(self, ledger: Ledger, stop: threading.Event) -> None:
        client = Client(self.server.port)
        while not stop.is_set():
            report, accept = self.commands()
            if self.send(client, report, ledger):
                self.send(client, accept, ledger)
            else:
                time.sleep(0.02)

    def load_and_kill(self) -> Ledger:
        ledger, stop = Ledger(), threading.Event()
        writers = [threading.Thread(target=self.write, args=(ledger, stop)) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(patience(self.random.uniform(0.2, 0.8)))
        self.database.kill()
        self.check(not self.server.ready(), "it says that it is ready, without a database")
        time.sleep(self.random.choice((0, 0, 2.5)))  # shorter and longer than a batch is tried again
        self.database.start()
        self.work_again(ledger)
        stop.set()
        for writer in writers:
            writer.join()
        return ledger

    def work_again(self, ledger: Ledger) -> None:
        """Until something is answered with yes, by itself."""
        began, before = time.monotonic(), len(ledger.answered)
        while len(ledger.answered) == before and time.monotonic() < began + patience(30):
            time.sleep(0.01)
        self.check(len(ledger.answered) > before, "it does not work again")
        self.totals["restart_ms"] = max(self.totals["restart_ms"], int((time.monotonic() - began) * 1000))

    def inspect(self, ledger: Ledger, number: int) -> None:
        found = {row[0]: int(row[1]) for row in
                 query(self.server.data, "SELECT encode(command, 'hex'), count(*) FROM entry GROUP BY command")}
        answered, unknown = (Counter(found.get(one.body["id"].replace("-", ""), 0) for one in commands)
                             for commands in (ledger.answered, ledger.unknown))
        gaps, orphans = (int(query(self.server.data, text)[0][0]) for text in (
            "SELECT coalesce(max(seq) - count(*), 0) FROM entry",
            "SELECT count(*) FROM record WHERE id NOT IN (SELECT record FROM entry)"))
        self.totals.update(acknowledged=len(ledger.answered), found=answered[1], lost=answered[0],
                           doubled=sum(n for times, n in (answered + unknown).items() if times > 1),
                           unanswered=len(ledger.unknown), written=unknown[1])
        self.check(answered[1] == len(ledger.answered), f"round {number}: answered commands by entries: {answered}")
        self.check(set(unknown) <= {0, 1}, f"round {number}: refused commands by entries: {unknown}")
        self.check((gaps, orphans) == (0, 0), f"round {number}: {gaps} gaps, {orphans} orphans")
        self.check(not ledger.refused, f"round {number}: refused: {ledger.refused[:3]}")

    def send_again(self, ledger: Ledger, number: int) -> None:
        """What was accepted of a report that never came in cannot be: reports first."""
        ledger.unknown.sort(key=lambda one: one.path != "/api/v1/records")
        super().send_again(ledger, number)

    def run(self, rounds: int, every: int) -> None:
        self.server.start()
        self.prepare()
        for number in range(1, rounds + 1):
            ledger = self.load_and_kill()
            self.inspect(ledger, number)
            self.send_again(ledger, number)
            if number % every == 0:
                self.recount(number)
        self.check(self.server.end() == 0, "the server did not end well")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--wangge", type=pathlib.Path, required=True)
    arguments.add_argument("--rounds", type=int, default=6)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    chosen = arguments.parse_args()
    print(f"# seed {chosen.seed}, {chosen.rounds} kills, {WRITERS} writers")
    with postgres.server() as database:
        os.environ.update(database.environment())
        folder = Folder(chosen.wangge.resolve())
        trial = Outage(Server(folder.wangge, folder.district()), chosen.seed, database)
        try:
            trial.run(chosen.rounds, max(3, chosen.rounds // 6))
        finally:
            trial.server.end(signal.SIGKILL)
            folder.remove()
    counted = ("acknowledged", "found", "doubled", "lost", "unanswered", "written")
    print("# " + ", ".join(f"{name} {trial.totals[name]}" for name in counted))
    print(f"# answers: {dict(trial.statuses)}; slowest to work again: {trial.totals['restart_ms']} ms")
    print(f"{trial.checks[True]} passed, {trial.checks[False]} failed")
    return int(trial.checks[False] > 0 or trial.totals["acknowledged"] == 0)


if __name__ == "__main__":
    sys.exit(main())
