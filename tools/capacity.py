#!/usr/bin/env python3
"""capacity POPULATION [OPTION…]: the machines that so many people need, from what was measured.

    tools/capacity.py 410000                        a district of that many people
    tools/capacity.py 64000000 --districts 90       a province
    tools/capacity.py 410000 --matters 0.5 --years 10 --json
    tools/capacity.py 64000000 --districts 90 --on postgres

What a matter, a page and a stream cost comes from bench/results.json (`make bench`), at a million records; what
people do comes from the options. Each district has a process of its own, and a machine carries as many as fit. On
PostgreSQL the figures are those of the benchmarks there, database and program on one machine; what they have not
measured is refused, not guessed.
"""
import argparse
import json
import math
import pathlib
import statistics
import sys
from dataclasses import asdict, dataclass
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench/results.json"
PAGE = ROOT / "docs/operations/sizes.md"
BEGIN, END = "<!-- capacity.py --write -->", "<!-- end -->"
NOT_MEASURED = ("没有量过：bench/results.json 里还没有 PostgreSQL 的数字（make bench）。Not measured: bench/results.json has no "
                "figures of PostgreSQL yet (make bench).")
AT_ONE_PLACE = ("程序与数据库在同一台机器上量得，处理器算作全被用去，所以是上限。Measured with program and database on one machine, "
                "all of whose processor counts as used: an upper bound.")
# What somebody at work looks at, in shares of all pages.
MIX = {"list, to accept (clerk)": 0.15, "list, all (clerk)": 0.1, "list, mine (verifier)": 0.2, "board, figures": 0.15,
       "board, by area": 0.05, "one record": 0.35}
STREAM_KB, WORK_DAY_S, WORK_DAYS = 21, 8 * 3600, 250
SIZES = [("社区 community", 5_000, 1), ("街道 subdistrict", 60_000, 1), ("区县 district", 410_000, 1),
         ("大区 large district", 2_000_000, 1), ("市 city", 9_000_000, 11), ("省 province", 64_000_000, 90)]


@dataclass(frozen=True)
class Measured:
    """What one thing costs, by bench/results.json."""
    record_bytes: float  # a matter with its history, indexes included
    entries: float  # of a matter
    commands_s: float  # durable commands a second that one writer takes, at a million records
    command_core_s: float  # processor time of a command
    page_core_s: dict[str, float]
    memory_mb: float

    @property
    def mix_core_s(self) -> float:
        return sum(share * self.page_core_s[page] for page, share in MIX.items())


@dataclass(frozen=True)
class People:
    """What they do. The defaults are those of the sample district, rounded up."""
    population: int
    districts: int = 1
    matters: float = 0.3  # a person and year
    staff: float = 3  # who sign in, of a thousand people
    at_once: float = 0.4  # of the staff, at the busiest time
    pages: float = 3  # that one of them opens a minute
    visits: float = 0.02  # pages that residents open, a person and working day
    peak: float = 4  # the busiest minute against the mean of a working day
    photos: float = 1.5  # a matter
    photo_kb: float = 400
    years: float = 5
    backups: int = 14


@dataclass(frozen=True)
class Machine:
    cores: int = 8
    memory_gb: float = 32
    disk_gb: float = 4000


@dataclass(frozen=True)
class Need:
    """Of all districts together, unless it says otherwise; rates are those of the busiest minute."""
    matters_year: float
    records: float
    database_gb: float
    files_gb: float
    backup_gb: float
    commands_s: float
    writer_share: float  # of what the writer of one district can take
    pages_s: float
    streams: float
    cores: float
    memory_gb: float
    machines: int


def middle(turns: list[dict[str, Any]], what: str) -> float:
    return statistics.median(float(turn[what]) for turn in turns)


def core_seconds(turns: list[dict[str, Any]]) -> float:
    return statistics.median(turn["server_cores"] / turn["per_s"] for turn in turns)


def measured(results: dict[str, Any]) -> Measured:
    """A page is dearer on a server with time to spare than on one that never rests; the dearer counts."""
    figures = results["figures"]
    life, intake = figures["simulate"], figures["intake at 1,000,000"]["http"]
    reads = figures["reads"]
    return Measured(
        record_bytes=life["bytes_per_record"], entries=life["entries"] / life["records"],
        commands_s=middle(intake, "per_s"), command_core_s=core_seconds(intake),
        page_core_s={page: max(core_seconds(reads[page][load]) for load in ("1m", "1m paced")) for page in MIX},
        memory_mb=figures["memory_mb"])


def largest(figures: dict[str, Any], beginning: str) -> Any:
    """Of the figures of several sizes those of the most records; the empty district counts least."""
    sizes = {"empty": 0, "month": 1}
    names = [name for name in figures if name.startswith(beginning)]
    return figures[max(names, key=lambda name: sizes.get(name[len(beginning):], 2))] if names else None


def measured_postgres(results: dict[str, Any]) -> Measured | None:
    """None: not measured. The database's processor is not told apart: all that the machine had left counts as used."""
    figures = results["figures"]
    intake, reads = (largest(figures, f"{what} on PostgreSQL, ") for what in ("intake", "reads"))
    moved = largest(figures, "move ")
    if intake is None or reads is None or moved is None or any(page not in reads for page in MIX):
        return None
    cores = int(results["machine"][0].split()[0])  # "2 × a processor"

    def dearest(turns: list[dict[str, Any]]) -> float:
        return statistics.median((cores - turn["client_cores"]) / turn["per_s"] for turn in turns)

    return Measured(record_bytes=moved["bytes_per_record"], entries=moved["entries"] / moved["records"],
                    commands_s=middle(intake["http"], "per_s"), command_core_s=dearest(intake["http"]),
                    page_core_s={page: dearest(reads[page]["PostgreSQL"]) for page in MIX},
                    memory_mb=figures["memory_mb"])


def need(m: Measured, p: People, machine: Machine, spare: float = 0.5) -> Need:
    """`spare`: the share of processor and writer that stays free at the busiest minute."""
    matters = p.population * p.matters
    records = matters * p.years
    database, files = records * m.record_bytes / 1e9, records * p.photos * p.photo_kb / 1e6
    busiest = p.peak / (WORK_DAYS * WORK_DAY_S)
    commands = matters * m.entries * busiest
    active = p.population / 1000 * p.staff * p.at_once
    pages = active * p.pages / 60 + p.population * p.visits * p.peak / WORK_DAY_S
    cores = (commands * m.command_core_s + pages * m.mix_core_s) / (1 - spare)
    # A process, its streams, and a tenth of the database for the kernel to keep at hand.
    memory = p.districts * (0.3 + m.memory_mb / 1000) + active * STREAM_KB / 1e6 + database / 10
    writer = commands / p.districts / m.commands_s
    disk = (database + files) * 1.2  # with room for the write-ahead log and for making indexes
    machines = max(cores / machine.cores, memory / machine.memory_gb, disk / machine.disk_gb)
    # Photos lie in all backups, but once on their disk.
    return Need(matters, records, database, files, p.backups * database + files, commands, writer, pages, active,
                cores, memory, max(1, math.ceil(machines)))


def million(m: Measured, p: People) -> str:
    gb, photos = m.record_bytes / 1e3, p.photos * p.photo_kb
    hours = 1e6 * m.entries * m.command_core_s / 3600
    return (f"一百万件 a million matters: 数据库 database {gb:.0f} GB · 照片 photos {photos:.0f} GB · "
            f"{m.entries:.1f} 条历史一件 entries each · {hours:.1f} 核时 core hours · "
            f"全速写入 at full speed {1e6 * m.entries / m.commands_s / 60:.0f} min")


def lines(n: Need, districts: int, machine: Machine) -> list[str]:
    verdict = ("够用 enough" if n.writer_share <= 0.5 else
               "不够：要把区分开 not enough: split the district")
    told = [f"一年事项 matters a year       {n.matters_year:>12,.0f}",
            f"期末事项 matters at the end   {n.records:>12,.0f}",
            f"数据库 database               {n.database_gb:>12,.1f} GB",
            f"照片等 files                  {n.files_gb:>12,.1f} GB",
            f"备份 backups                  {n.backup_gb:>12,.1f} GB   另一台机器 on another machine",
            f"最忙时写入 busiest, commands  {n.commands_s:>12,.2f} /s  占一个写入者的 {n.writer_share:.1%} of one writer: "
            f"{verdict}",
            f"最忙时页面 busiest, pages     {n.pages_s:>12,.1f} /s",
            f"实时流 live streams           {n.streams:>12,.0f}",
            f"处理器 processor              {n.cores:>12,.2f} 核 cores，一半空着 half of it spare",
            f"内存 memory                   {n.memory_gb:>12,.1f} GB",
            f"机器 machines                 {n.machines:>12} 台，每台 of {machine.cores} cores, {machine.memory_gb:.0f} GB, "
            f"{machine.disk_gb:.0f} GB disk"]
    if n.machines > districts:  # a district lies on one machine
        told.append("注意：一个区放不进一台这样的机器，要更大的盘或内存 "
                    "one district does not fit such a machine: a larger one is needed")
    return told


def table(m: Measured) -> str:
    rows = ["| 规模 size | 人口 people | 区 districts | 一年事项 matters a year | 五年数据库 database, 5 years | 照片 photos"
            " | "
            "最忙时写入 commands/s | 占写入能力 of the writer | 页面 pages/s | 核 cores | 内存 memory | 机器 machines |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|"]
    for name, population, districts in SIZES:
        n = need(m, People(population, districts), Machine())
        rows.append(f"| {name} | {population:,} | {districts} | {n.matters_year:,.0f} | {n.database_gb:,.1f} GB | "
                    f"{n.files_gb:,.1f} GB | {n.commands_s:,.2f} | {n.writer_share:.2%} | {n.pages_s:,.1f} | "
                    f"{n.cores:,.2f} | "
                    f"{n.memory_gb:,.1f} GB | {n.machines} |")
    return "\n".join([*rows, "", million(m, People(0))])


def tables(results: dict[str, Any]) -> str:
    """Both engines; of PostgreSQL what was measured."""
    server = measured_postgres(results)
    return "\n".join(["### SQLite", "", table(measured(results)), "", "### PostgreSQL", "",
                      NOT_MEASURED if server is None else f"{AT_ONE_PLACE}\n\n{table(server)}"])


def write(results: dict[str, Any]) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{tables(results)}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("population", type=int, nargs="?")
    defaults = People(0)
    for name, kind, text in (
            ("districts", int, "区数 data folders, a process each"), ("matters", float, "每人每年事项 a person and year"),
            ("staff", float, "每千人工作人员 staff of a thousand people"), ("at-once", float, "同时在线比例 of them at once"),
            ("pages", float, "每人每分钟页面 pages a minute"), ("visits", float, "居民每天页面 pages of residents, a day"),
            ("peak", float, "最忙时与平均之比 busiest minute to mean"), ("photos", float, "每件照片 photos a matter"),
            ("photo-kb", float, "每张大小 size of one"), ("years", float, "保存年数 years kept"),
            ("backups", int, "备份份数 backups kept")):
        fallback = getattr(defaults, name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=kind, default=fallback, help=f"{text} ({fallback})")
    for name, kind in (("cores", int), ("memory-gb", float), ("disk-gb", float)):
        fallback = getattr(Machine(), name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=kind, default=fallback, help=f"一台机器 of one machine ({fallback})")
    parser.add_argument("--on", choices=("sqlite", "postgres"), default="sqlite", help="数据库 the database (sqlite)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="把各种规模写进 writes docs/operations/sizes.md anew")
    return parser


def main() -> int:
    parser = options()
    asked = parser.parse_args()
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    if asked.write:
        write(results)
        return 0
    m = measured(results) if asked.on == "sqlite" else measured_postgres(results)
    if m is None:
        parser.error(NOT_MEASURED)
    if asked.population is None or asked.population <= 0 or asked.districts <= 0:
        parser.error("人口与区数须大于零 POPULATION and --districts must be above zero")
    people = People(**{name: getattr(asked, name) for name in People.__dataclass_fields__})
    machine = Machine(asked.cores, asked.memory_gb, asked.disk_gb)
    n = need(m, people, machine)
    text = "\n".join([*lines(n, people.districts, machine), "", million(m, people)])
    print(json.dumps(asdict(n), indent=1) if asked.json else text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
