#!/usr/bin/env python3
"""registers.py --wangge PROGRAM [--rows N]: a file of N rows of tenants, sent to a running server, tried and brought in
through the one door; then all of it out as CSV and XLSX. On a sample district of its own."""
import argparse
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "test"), str(ROOT / "test/http")]

import registers  # noqa: E402 -- needs the paths above
from support.client import Recorder  # noqa: E402
from support.runner import District  # noqa: E402
from support.server import Folder  # noqa: E402

HEAD = "房屋编号,姓名,身份证号,电话,入住日期,户籍,来此\n"


class Bench(registers.Registers):
    """The tests' own way of speaking to the server."""

    def runTest(self) -> None:
        """Not a test."""


def rows(code: str, n: int) -> str:
    lines = (f"{code},人{i},{registers.citizen_id(i)},138{i:08d},2021/11/{1 + i % 28},省外,务工" for i in range(n))
    return HEAD + "\n".join(lines) + "\n"


def processor(bench: Bench) -> float:
    """Seconds that the server has used: what a busy machine does not blur."""
    process = bench.server.process
    fields = pathlib.Path(f"/proc/{process.pid if process else 0}/stat").read_text(encoding="ascii").split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def measure(bench: Bench, n: int) -> None:
    house = bench.house()
    text = rows(house["fields"]["code"], n)
    began = time.monotonic()
    one = bench.sent(text)
    print(f"sent, kept sealed   {time.monotonic() - began:6.1f} s   {len(text) / 1e6:.1f} MB")
    for action in ("check", "run"):
        began, used = time.monotonic(), processor(bench)
        bench.be("clerk").post(f"/api/v1/imports/{one['id']}/{action}", {"map": one["guess"]})
        while (now := bench.be("clerk").get(f"/api/v1/imports/{one['id']}").json)["state"] in ("checking", "running"):
            time.sleep(0.2)
        took = time.monotonic() - began
        print(f"{action:6} {now['made']:7} rows {took:6.1f} s   {n / took:7.0f} a second   "
              f"processor {processor(bench) - used:.1f} s   refused {now['refused']}")
    for form in ("csv", "xlsx"):
        began = time.monotonic()
        answer = bench.be("clerk").get("/api/v1/export", kind="stay", parent=house["id"], format=form)
        print(f"{form:6} {answer.headers.get('x-wangge-rows')} rows {time.monotonic() - began:6.1f} s   "
              f"{len(answer.body) / 1e6:.1f} MB")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--wangge", type=pathlib.Path, required=True)
    arguments.add_argument("--rows", type=int, default=100_000)
    chosen = arguments.parse_args()
    District.folder, District.recorder = Folder(chosen.wangge.resolve()), Recorder(None)
    Bench.setUpClass()
    try:
        bench = Bench("runTest")
        measure(bench, chosen.rows)
        print(f"verify {bench.server.command('verify').returncode}")
    finally:
        Bench.tearDownClass()
        District.folder.remove()


if __name__ == "__main__":
    main()
