#!/usr/bin/env python3
"""Another city's cases through the one door, counted again here from the CSV alone.

Real input is the City of Boston's cases of July to September 2011 (31,828 rows), which stand
beside the repository in ../shared/data; a made-up file of the same form, with rows that must be
refused, is always played. Without the real file that part says that it did not run and is counted
so; where CI=true says that nobody reads along, it fails.
"""
import argparse
import csv
import datetime
import gzip
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from zoneinfo import ZoneInfo

HERE = pathlib.Path(__file__).resolve().parent
REAL = HERE.parent.parent.parent / "shared/data/cases/boston311_2011Q3.csv.gz"
BOSTON, DISTRICT = ZoneInfo("America/New_York"), datetime.timezone(datetime.timedelta(hours=8))
COLUMNS = ("case_id,open_dt,target_dt,closed_dt,ontime,case_status,closure_class,subject,reason,type,department,"
           "neighborhood,ward,source,latitude,longitude,location_kind").split(",")
Row = dict[str, str]
checks: Counter[bool] = Counter()


def check(good: bool, what: str) -> None:
    checks[good] += 1
    print(f"{'ok' if good else 'not ok'}  {what}", flush=True)


def same(what: str, expected: Counter[str], got: Counter[str]) -> None:
    """Two counts, cell by cell."""
    differ = {key: (expected[key], got[key]) for key in expected.keys() | got.keys() if expected[key] != got[key]}
    total = f"{what}: {sum(expected.values())} in {len(expected)} cells"
    check(not differ, f"{total}, differ: {differ}" if differ else total)


def day(local: str) -> datetime.date:
    """The day in the district on which something happened in Boston."""
    then = datetime.datetime.strptime(local, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BOSTON)
    return then.astimezone(DISTRICT).date()


def by_month(days: Iterable[datetime.date]) -> Counter[str]:
    return Counter(f"{one:%Y-%m}" for one in days)


class District:
    """A data folder made for these cases, and the program on it."""

    def __init__(self, wangge: pathlib.Path, folder: pathlib.Path) -> None:
        self.wangge, self.data, self.refused = wangge, folder / "data", folder / "refused.csv"
        first = ["init", "--district", "990001", "--name", "Boston", "--short-name", "BOS"]
        for words in (first, ["area", "import", str(HERE / "areas.csv")]):
            done = self.run(*words)
            check(done.returncode == 0, f"{words[0]}: {done.stderr[-500:]}")

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(self.wangge), *map(str, words), "--data", str(self.data)], text=True,
                              capture_output=True, check=False, timeout=600)

    def take(self, cases: pathlib.Path) -> subprocess.CompletedProcess[str]:
        return self.run("import", "--kind", "case311", "--map", HERE / "map.yaml", "--pack", HERE,
                        "--refused", self.refused, cases)

    def figures(self, name: str, by: str, **span: str) -> Counter[str]:
        words = [word for key, value in span.items() for word in (f"--{key}", value)]
        done = self.run("measure", "--pack", HERE, "--name", name, "--by", by, *words)
        if done.returncode != 0:
            check(False, f"measure {name}: {done.stderr[-500:]}")
            return Counter()
        groups = json.loads(done.stdout)["items"][0]["groups"]
        return Counter({str(one["key"]): int(one["value"]) for one in groups if one["value"]})

    def months(self, name: str, days: list[datetime.date]) -> Counter[str]:
        """By month, from the days; a question spans a year."""
        found: Counter[str] = Counter()
        for year in sorted({one.year for one in days}):
            for key, value in self.figures(name, "day", **{"from": f"{year}-01-01", "to": f"{year}-12-31"}).items():
                found[key[:7]] += value
        return found


def compare(district: District, rows: list[Row]) -> None:
    """Every count from the CSV against what the program keeps."""
    closed = [row for row in rows if row["case_status"] == "Closed"]
    on_time = [row for row in closed if row["target_dt"] and row["closed_dt"] <= row["target_dt"]]
    for name, these, at in (("cases", rows, "open_dt"), ("cases_closed", closed, "closed_dt"),
                            ("cases_on_time", on_time, "closed_dt")):
        days = [day(row[at]) for row in these]
        same(f"{name} by month", by_month(days), district.months(name, days))
        same(f"{name} by type", Counter(row["type"] for row in these), district.figures(name, "type"))
    still = Counter(row["type"] for row in rows if row["case_status"] != "Closed")
    same("cases_open by type", still, district.figures("cases_open", "type"))


def play(wangge: pathlib.Path, cases: pathlib.Path, rows: list[Row], bad: set[int]) -> None:
    """rows: those that must land; bad: lines of those that must not."""
    with tempfile.TemporaryDirectory(prefix="wangge-boston-") as folder:
        district = District(wangge, pathlib.Path(folder))
        done = district.take(cases)
        check(done.returncode == int(bool(bad)), f"import says {done.returncode}: {(done.stdout + done.stderr)[-300:]}")
        refused = list(csv.reader(district.refused.open(encoding="utf-8-sig"))) if district.refused.exists() else []
        check(max(len(refused) - 1, 0) == len(bad), f"{max(len(refused) - 1, 0)} rows refused, expected {len(bad)}")
        compare(district, rows)
        again = district.take(cases)
        check(again.returncode == done.returncode, f"a second import says {again.returncode}")
        types = Counter(row["type"] for row in rows)
        same("cases by type after a second import", types, district.figures("cases", "type"))
        verified = district.run("verify", "--pack", HERE)
        check(verified.returncode == 0, f"verify: {(verified.stdout + verified.stderr)[-300:]}")


def made_up(path: pathlib.Path) -> tuple[list[Row], set[int]]:
    """1,500 cases of a fixed seed; every hundredth row is wrong in one of three ways."""
    chance, rows, bad = random.Random(311), [], set()
    start = datetime.datetime(2011, 7, 1, 8)
    stamp = "%Y-%m-%d %H:%M:%S"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, COLUMNS)
        out.writeheader()
        for i in range(1500):
            opened = start + datetime.timedelta(minutes=chance.randrange(90 * 24 * 60))
            target = opened + datetime.timedelta(hours=chance.choice([24, 48, 240]))
            shut = opened + datetime.timedelta(minutes=chance.randrange(20 * 24 * 60))
            row = dict.fromkeys(COLUMNS, "") | {
                "case_id": str(900000 + i), "open_dt": opened.strftime(stamp), "subject": "Public Works",
                "target_dt": chance.choice([target.strftime(stamp), ""]), "source": "Self Service",
                "case_status": chance.choice(["Closed"] * 9 + ["Open"]), "reason": "Sanitation",
                "type": f"类型 {chance.randrange(12)}", "department": "PWDx", "neighborhood": "Roxbury",
                "latitude": "42.32", "longitude": "-71.09", "location_kind": "address"}
            if row["case_status"] == "Closed":
                row |= {"closed_dt": shut.strftime(stamp), "closure_class": "Resolved"}
            if i % 100 == 99:
                row |= chance.choice([{"type": ""}, {"open_dt": "last summer"}, {"subject": "x" * 200}])
                bad.add(i + 2)
            else:
                rows.append(row)
            out.writerow(row)
    return rows, bad


def play_real(wangge: pathlib.Path, cases: pathlib.Path) -> None:
    if cases.exists():
        with gzip.open(cases, "rt", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        print(f"# {len(rows)} real cases")
        play(wangge, cases, rows, set())
        return
    missing = f"the City of Boston's cases are not at {cases}"
    if os.environ.get("CI") == "true":
        check(False, f"{missing}, and CI=true wants them")
    else:
        print(f"not run: {missing}")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--wangge", type=pathlib.Path, required=True)
    arguments.add_argument("--cases", type=pathlib.Path, default=REAL, help="the real ones, CSV with gzip")
    chosen = arguments.parse_args()
    wangge = chosen.wangge.resolve()
    with tempfile.TemporaryDirectory(prefix="wangge-boston-") as folder:
        cases = pathlib.Path(folder) / "cases.csv"
        print("# made-up cases")
        play(wangge, cases, *made_up(cases))
    play_real(wangge, chosen.cases)
    print(f"{checks[True]} passed, {checks[False]} failed")
    return int(checks[False] > 0)


if __name__ == "__main__":
    sys.exit(main())
