#!/usr/bin/env python3
"""Kills the server with SIGKILL, again and again, while many write.

Every writer makes the ids of its commands and remembers which were answered. After
each restart: an answered command is there exactly once, one that was not answered is
there once or not at all, never by half, and may be sent again with the same id. In
between and at the end `wangge verify` recounts everything.
"""
import argparse
import http.client
import pathlib
import random
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import Client, Json, new_id  # noqa: E402 -- needs the path above
from support.server import Folder, Server, patience  # noqa: E402

WRITERS = 12


@dataclass
class Command:
    """What was sent, so that it can be sent again."""
    path: str
    body: Json
    record: str
    token: str

    def send(self, client: Client) -> int:
        client.token = self.token
        return client.post(self.path, self.body).status


@dataclass
class Ledger:
    """What the writers know."""
    answered: list[Command] = field(default_factory=list)
    unknown: list[Command] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, client: Client, command: Command) -> bool:
        """False when the server is gone."""
        try:
            status = command.send(client)
        except (OSError, http.client.HTTPException):
            with self.lock:
                self.unknown.append(command)
            return False
        with self.lock:
            if status in (200, 201):
                self.answered.append(command)
            elif status == 503:
                time.sleep(0.01)
            else:
                self.refused.append(f"{command.path}: {status}")
        return True


class Trial:
    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self.random = random.Random(seed)
        self.tokens: dict[str, str] = {}
        self.place: Json = {}
        self.category = ""
        self.totals: Counter[str] = Counter()
        self.checks: Counter[bool] = Counter()

    def prepare(self) -> None:
        """Signs in once: tokens outlive the server."""
        for login in ("resident", "clerk", "worker"):
            self.tokens[login] = str(Client(self.server.port).sign_in(login).token)
        client = Client(self.server.port, self.tokens["worker"])
        grid = client.get("/api/v1/me").json["posts"][0]["area"]
        area = client.get(f"/api/v1/areas/{grid}").json
        self.place = {"lng": area["lng"], "lat": area["lat"]}
        codes = client.get("/api/v1/kinds/incident").json["schema"]["properties"]["category"]["x-codes"]
        self.category = codes[-1]["code"]

    def commands(self) -> tuple[Command, Command]:
        """A report, and the step that takes it in."""
        record = new_id()
        body = {"id": record, "kind": "incident", "place": self.place, "fields": {"description": f"第 {record} 件"}}
        report = Command("/api/v1/records", body, record, self.tokens["resident"])
        accept = Command(f"/api/v1/records/{record}/accept",
                         {"id": new_id(), "fields": {"category": self.category, "level": "easy"}}, record,
                         self.tokens["clerk"])
        return report, accept

    def write(self, ledger: Ledger, stop: threading.Event) -> None:
        client = Client(self.server.port)
        while not stop.is_set():
            report, accept = self.commands()
            if not (ledger.send(client, report) and ledger.send(client, accept)):
                return

    def load_and_kill(self) -> Ledger:
        ledger, stop = Ledger(), threading.Event()
        writers = [threading.Thread(target=self.write, args=(ledger, stop)) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(patience(self.random.uniform(0.05, 0.7)))
        self.server.end(signal.SIGKILL)
        stop.set()
        for writer in writers:
            writer.join()
        return ledger

    def check(self, good: bool, what: str) -> None:
        self.checks[good] += 1
        if not good:
            print(f"not ok  {what}", flush=True)

    def count_commands(self, database: sqlite3.Connection, commands: list[Command]) -> Counter[int]:
        """How many of these commands have 0, 1, 2 … entries."""
        ids = [bytes.fromhex(one.body["id"].replace("-", "")) for one in commands]
        text = "SELECT count(*) FROM entry WHERE command = ?"
        return Counter(database.execute(text, (one,)).fetchone()[0] for one in ids)

    def inspect(self, ledger: Ledger, number: int) -> None:
        """The server runs again and has recovered what it must."""
        path = next(self.server.data.glob("*.db"))
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            database.execute("BEGIN")
            answered = self.count_commands(database, ledger.answered)
            unknown = self.count_commands(database, ledger.unknown)
            gaps = database.execute("SELECT max(seq) - count(*) FROM entry").fetchone()[0]
            halves = database.execute(
                "SELECT count(*) FROM (SELECT record, max(version) v FROM entry GROUP BY record) e"
                " LEFT JOIN record r ON r.id = e.record WHERE r.version IS NOT e.v").fetchone()[0]
            orphans = database.execute(
                "SELECT count(*) FROM record WHERE id NOT IN (SELECT record FROM entry)").fetchone()[0]
        database.close()
        self.totals.update(acknowledged=len(ledger.answered), found=answered[1], lost=answered[0],
                           doubled=sum(n for times, n in (answered + unknown).items() if times > 1),
                           unanswered=len(ledger.unknown), written=unknown[1])
        self.check(answered[1] == len(ledger.answered), f"round {number}: answered commands by entries: {answered}")
        self.check(set(unknown) <= {0, 1}, f"round {number}: unanswered commands by entries: {unknown}")
        self.check((gaps, halves, orphans) == (0, 0, 0),
                   f"round {number}: {gaps} gaps, {halves} halves, {orphans} orphans")
        self.check(not ledger.refused, f"round {number}: refused: {ledger.refused[:3]}")

    def send_again(self, ledger: Ledger, number: int) -> None:
        """A client that got no answer asks again; one that did may, too."""
        client = Client(self.server.port)
        known = {one.record for one in ledger.answered}
        statuses = Counter(one.send(client) for one in ledger.unknown)
        self.check(set(statuses) <= {200, 201}, f"round {number}: sent again, answered {statuses}")
        some = self.random.sample(ledger.answered, min(20, len(ledger.answered)))
        again = Counter(one.send(client) for one in some)
        self.check(set(again) <= {200}, f"round {number}: answered ones sent again, answered {again}")
        for record in self.random.sample(sorted(known), min(5, len(known))):
            status = client.get(f"/api/v1/records/{record}").status
            self.check(status == 200, f"round {number}: {record} cannot be read: {status}")

    def recount(self, number: int) -> None:
        done = self.server.command("verify", timeout=600)
        self.check(done.returncode == 0, f"round {number}: verify: {done.stdout[-2000:]}{done.stderr[-2000:]}")

    def round(self, number: int, every: int) -> None:
        ledger = self.load_and_kill()
        if number % every == 0:
            self.recount(number)
        began = time.monotonic()
        self.server.start()
        self.totals["restart_ms"] = max(self.totals["restart_ms"], int((time.monotonic() - began) * 1000))
        self.inspect(ledger, number)
        self.send_again(ledger, number)

    def run(self, rounds: int, every: int) -> None:
        self.server.start()
        self.prepare()
        for number in range(1, rounds + 1):
            self.round(number, every)
            if number % 25 == 0:
                print(f"# {number} kills, {self.totals['acknowledged']} acknowledged", flush=True)
        self.check(self.server.end() == 0, "the server did not end well")
        self.recount(rounds)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--wangge", type=pathlib.Path, required=True)
    arguments.add_argument("--rounds", type=int, default=12)
    arguments.add_argument("--verify-every", type=int, default=0, help="rounds between two recounts")
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    chosen = arguments.parse_args()
    print(f"# seed {chosen.seed}, {chosen.rounds} kills, {WRITERS} writers")
    folder = Folder(chosen.wangge.resolve())
    trial = Trial(Server(folder.wangge, folder.district()), chosen.seed)
    try:
        trial.run(chosen.rounds, chosen.verify_every or max(4, chosen.rounds // 12))
    finally:
        trial.server.end(signal.SIGKILL)
        folder.remove()
    counted = ("acknowledged", "found", "doubled", "lost", "unanswered", "written")
    print("# " + ", ".join(f"{name} {trial.totals[name]}" for name in counted))
    print(f"# slowest start {trial.totals['restart_ms']} ms")
    print(f"{trial.checks[True]} passed, {trial.checks[False]} failed")
    return int(trial.checks[False] > 0 or trial.totals["acknowledged"] == 0)


if __name__ == "__main__":
    sys.exit(main())
