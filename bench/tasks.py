#!/usr/bin/env python3
"""Fifty thousand tasks raised by the scheduler in one night, and a thousand clocks due in the same second, also across
a kill in the middle. Each is counted in the database afterwards. Writes bench/tasks.md unless --dry."""
import argparse
import datetime
import os
import pathlib
import platform
import signal
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "test"), str(ROOT / "test/crash")]

from clocks import CHINA, CLOCKS, PACK, number, one_second  # noqa: E402 -- needs the paths above
from support.server import Server, make_sample, query  # noqa: E402

TASKS = 50_000
RULE = "rubbish_weekly"


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wangge", type=pathlib.Path, default=ROOT / "build/wangge")
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    given = parser.parse_args()
    os.environ["WANGGE_PACK"] = PACK
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
                took, before = one_second(server, signal.SIGKILL if what == "killed" else None)
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
