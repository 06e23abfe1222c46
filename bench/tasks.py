#!/usr/bin/env python3
"""Fifty thousand tasks raised by the scheduler in one night, and a thousand clocks due in the same second, also across
a kill in the middle. Each is counted in the database afterwards. Writes bench/tasks.md unless --dry."""
import argparse
import concurrent.futures
import datetime
import os
import pathlib
import platform
import signal
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test"))

from support.client import Client, new_id  # noqa: E402 -- needs the path above
from support.server import Server, make_sample, query  # noqa: E402

TASKS, CLOCKS = 50_000, 1_000
CHINA = datetime.timezone(datetime.timedelta(hours=8))
RULE = "rubbish_weekly"


def number(data: pathlib.Path, text: str) -> int:
    return int(query(data, text)[0][0] or 0)


def more_areas(server: Server, folder: pathlib.Path) -> None:
    """As many micro-grids as there are to be tasks."""
    grids = [row[0] for row in query(server.data, "SELECT code FROM area WHERE length(code) = 15 ORDER BY code")]
    there = number(server.data, "SELECT count(*) FROM area WHERE length(code) = 18")
    table = folder / "more.csv"
    rows = (f"{grids[n % len(grids)]}{500 + n // len(grids):03d},第{n}微网格" for n in range(TASKS - there))
    table.write_text("code,name\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = server.command("area", "import", table)
    if done.returncode != 0:
        sys.exit(done.stderr)


def a_night(server: Server, folder: pathlib.Path) -> float:
    """Seconds from the start of a server that finds a Monday missing until everything is raised."""
    more_areas(server, folder)
    done = server.command("schedule", "--on", RULE)
    if done.returncode != 0:
        sys.exit(done.stderr)
    today = (datetime.datetime.now(CHINA).date() - datetime.date(1970, 1, 1)).days
    query(server.data, f"UPDATE schedule SET done_day = {today - 7} WHERE name = '{RULE}' RETURNING name")
    server.start(60)
    begun = time.monotonic()
    while number(server.data, f"SELECT raised FROM schedule WHERE name = '{RULE}'") == 0:
        time.sleep(0.05)
    took = time.monotonic() - begun
    raised = number(server.data, "SELECT count(*) FROM record WHERE kind = 'grid_task'")
    if raised != TASKS:
        sys.exit(f"{raised} tasks instead of {TASKS}")
    server.end()
    return took


def set_alarms(server: Server, at: datetime.datetime) -> None:
    def some(n: int) -> None:
        client = Client(server.port).sign_in("clerk")
        for _ in range(n):
            answer = client.post("/api/v1/records", {"id": new_id(), "kind": "alarm", "area": "330803",
                                                     "fields": {"rings_at": at.isoformat()}})
            if answer.status != 201:
                sys.exit(repr(answer))
        client.close()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(some, [CLOCKS // 8] * 8))


def rung(server: Server) -> int:
    return number(server.data, "SELECT count(*) FROM record WHERE kind = 'alarm' AND fields->>'rung' = 1")


def one_second(server: Server, killed: bool) -> tuple[float, int]:
    """Seconds from the second they are due until all have rung, and how many had rung when the server was killed."""
    server.start(60)
    at = datetime.datetime.now(CHINA).replace(microsecond=0) + datetime.timedelta(seconds=25)
    set_alarms(server, at)
    time.sleep(max(0.0, at.timestamp() - time.time()))
    before, down = 0, 0.0
    if killed:
        time.sleep(0.05)
        server.end(signal.SIGKILL)
        before, left = rung(server), time.monotonic()
        server.start(60)
        down = time.monotonic() - left
    while rung(server) < CLOCKS:
        if time.time() - at.timestamp() > 60:
            sys.exit(f"only {rung(server)} of {CLOCKS} rang")
        time.sleep(0.02)
    took = time.time() - at.timestamp() - down
    time.sleep(1)
    twice = number(server.data, "SELECT count(*) FROM record WHERE kind = 'alarm' AND fields->>'rung' > 1")
    ticks = number(server.data, "SELECT count(*) FROM entry WHERE verb = 'tick'")
    if twice or ticks != CLOCKS:
        sys.exit(f"{twice} rang twice, {ticks} ticks for {CLOCKS} clocks")
    server.end()
    return took, before


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wangge", type=pathlib.Path, default=ROOT / "build/wangge")
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    given = parser.parse_args()
    os.environ["WANGGE_PACK"] = str(ROOT / "bench/packs/alarm")
    lines = []
    with tempfile.TemporaryDirectory() as place:
        for what in ("night", "second", "killed"):
            folder = pathlib.Path(place) / what
            folder.mkdir()
            server = Server(given.wangge, make_sample(given.wangge, folder))
            if what == "night":
                took = a_night(server, folder)
                lines.append(f"| {TASKS:,} tasks raised by the scheduler | {took:.1f} s | ≤ 10 s |")
            else:
                took, before = one_second(server, what == "killed")
                more = f", server killed after {before} had rung and started again (start not counted)"
                more = more if what == "killed" else ""
                lines.append(f"| {CLOCKS:,} clocks due in the same second{more} | {took:.2f} s | ≤ 1 s |")
            print(lines[-1], flush=True)
    where = f"{os.cpu_count()} cores, {platform.machine()}, {datetime.date.today()}; load {os.getloadavg()[0]:.1f}"
    text = ("# Tasks and clocks\n\nMade by `bench/tasks.py`: a real server on a database file on disk, everything\n"
            f"counted in the database afterwards: once each. {where}.\n\n| what | took | wanted |\n|---|---|---|\n"
            + "\n".join(lines) + "\n")
    if not given.dry:
        (ROOT / "bench/tasks.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
