#!/usr/bin/env python3
"""How long writing pauses when a machine of a highly available database fails.

bench/ha.py build/wangge [--runs 3] runs test/servers/ha.py with the times of docs/operations/ha, writes bench/ha.json
and the table in docs/operations/high-availability.md. Five minutes a run.
"""
import argparse
import datetime
import json
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS, PAGE = ROOT / "bench/ha.json", ROOT / "docs/operations/high-availability.md"
MARK = "<!-- bench/ha.py -->\n"
CHINESE = {"primary killed": "主机的 PostgreSQL 和 Patroni 被杀", "machine of the primary lost": "主机整台没了，含 etcd",
           "machine of the primary hangs": "主机整台挂起，后又恢复", "planned switchover": "有计划地换主",
           "synchronous standby killed": "同步备机整台没了", "connection cut in the middle of a commit": "提交中途断线（40 次）"}


def one_run(wangge: pathlib.Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        pauses = pathlib.Path(folder) / "pauses.json"
        subprocess.run([ROOT / "test/servers/ha.py", "--wangge", wangge, "--as-documented", "--pauses", pauses],
                       check=True)
        found = json.loads(pauses.read_text(encoding="utf-8"))
    return {name: round(seconds, 1) for name, seconds in found.items()}


def table(runs: list[dict[str, float]]) -> str:
    rows = "".join(f"| {CHINESE[name]} {name} | " + " · ".join(f"{one[name]:.1f}" for one in runs) + " |\n"
                   for name in CHINESE)
    return f"| 故障 fault | 写入停顿，秒 pause of writing, s |\n|---|---|\n{rows}"


def write(runs: list[dict[str, float]]) -> None:
    results = {"date": datetime.date.today().isoformat(), "runs": runs}
    RESULTS.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    before, _, after = PAGE.read_text(encoding="utf-8").partition(MARK)
    rest = after[after.index("\n\n") + 1:] if after.startswith("|") else after
    PAGE.write_text(before + MARK + table(runs) + rest, encoding="utf-8")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("wangge", type=pathlib.Path)
    arguments.add_argument("--runs", type=int, default=3)
    chosen = arguments.parse_args()
    runs = [one_run(chosen.wangge.resolve()) for _ in range(chosen.runs)]
    write(runs)
    print(table(runs))


if __name__ == "__main__":
    main()
