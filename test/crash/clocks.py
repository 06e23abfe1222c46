#!/usr/bin/env python3
"""A thousand clocks due in the same second: all ring within a second, once each, also when the server is killed or
stopped in the middle and started again. Counted in the database afterwards: what rang, and entries of the history."""
import argparse
import concurrent.futures
import datetime
import os
import pathlib
import signal
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test"))

from support.client import Client, new_id  # noqa: E402 -- needs the path above
from support.server import Folder, Server, patience, query  # noqa: E402

CLOCKS, SETTERS, AHEAD_S = 1_000, 8, 25
PACK = str(ROOT / "bench/packs/alarm")
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def number(data: pathlib.Path, text: str) -> int:
    return int(query(data, text)[0][0] or 0)


def set_alarms(server: Server, at: datetime.datetime) -> None:
    def some(n: int) -> None:
        client = Client(server.port).sign_in("clerk")
        for _ in range(n):
            answer = client.post("/api/v1/records", {"id": new_id(), "kind": "alarm", "area": "330803",
                                                     "fields": {"rings_at": at.isoformat()}})
            if answer.status != 201:
                raise AssertionError(repr(answer))
        client.close()

    with concurrent.futures.ThreadPoolExecutor(SETTERS) as pool:
        list(pool.map(some, [CLOCKS // SETTERS] * SETTERS))


def rung(server: Server) -> int:
    # 1 in both engines' spelling
    return number(server.data, "SELECT count(*) FROM record WHERE kind = 'alarm' AND "
                               "CAST(fields->>'rung' AS INTEGER) = 1")


def restart(server: Server, how: signal.Signals) -> tuple[int, float]:
    """How many had rung when it ended, and how long it was away."""
    time.sleep(0.05)
    server.end(how)
    before, left = rung(server), time.monotonic()
    server.start(60)
    return before, time.monotonic() - left


def one_second(server: Server, ended: signal.Signals | None) -> tuple[float, int]:
    """Seconds from the second they are due until all have rung, without those in which there was no server, and how
    many had rung when it ended."""
    server.start(60)
    at = datetime.datetime.now(CHINA).replace(microsecond=0) + datetime.timedelta(seconds=patience(AHEAD_S))
    set_alarms(server, at)
    if time.time() > at.timestamp():
        raise AssertionError("the clocks were not set before they were due: more patience is needed")
    time.sleep(max(0.0, at.timestamp() - time.time()))
    before, down = restart(server, ended) if ended else (0, 0.0)
    while rung(server) < CLOCKS:
        if time.time() - at.timestamp() > patience(60):
            raise AssertionError(f"only {rung(server)} of {CLOCKS} rang")
        time.sleep(0.02)
    took = time.time() - at.timestamp() - down
    time.sleep(1)  # for what would ring twice
    twice = number(server.data, "SELECT count(*) FROM record WHERE kind = 'alarm' AND "
                                "CAST(fields->>'rung' AS INTEGER) > 1")
    ticks = number(server.data, "SELECT count(*) FROM entry WHERE verb = 'tick'")
    if twice or ticks != CLOCKS:
        raise AssertionError(f"{twice} rang twice, {ticks} ticks for {CLOCKS} clocks")
    server.end()
    return took, before


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wangge", type=pathlib.Path, required=True)
    given = parser.parse_args()
    os.environ["WANGGE_PACK"] = PACK
    folder, failed = Folder(given.wangge.resolve()), 0
    ways = {"undisturbed": None, "killed": signal.SIGKILL, "stopped": signal.SIGTERM}
    try:
        for name, ended in ways.items():
            try:
                took, before = one_second(Server(folder.wangge, folder.district()), ended)
                fine = took <= patience(1)
                print(f"{'ok' if fine else 'not ok'}  {name}: {CLOCKS} clocks in {took:.2f} s, once each"
                      + (f"; {before} had rung before" if ended else ""), flush=True)
            except AssertionError as trouble:
                fine = False
                print(f"not ok  {name}: {trouble}", flush=True)
            failed += not fine
    finally:
        folder.remove()
    print(f"{len(ways) - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
