"""The same on PostgreSQL, its server beside ours on one machine: intake against the floor, reads against SQLite."""
import pathlib
import sys
import time

import matters
from harness import Bench, Server, say

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "test"))

from support import postgres  # noqa: E402 -- needs the path above

FLOOR_RATIO, READ_RATIO, ROUNDS, CLIENTS, RATE = 0.6, 2.0, 3, 64, 500
# As docs/operations/postgresql.md advises; an answer is on the disk.
SETTINGS = """fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 2GB
max_wal_size = 8GB
wal_compression = lz4
"""


def middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


class OnPostgres:
    """Databases made on demand: the sample, and a copy of what the SQLite benchmarks lived."""

    def __init__(self, run: "object", server: postgres.Postgres) -> None:
        self.run = run
        self.bench: Bench = run.bench
        self.where = str(server.folder)
        self.data = self.bench.folder / "pg-data"
        self._fresh = False

    def fresh(self, name: str) -> str:
        """The sample district, empty, in a database of its own."""
        if not self._fresh:
            self.bench.wangge("init", "--sample", "--bare", "--data", self.data, "--db",
                              postgres.create("fresh", self.where))
            self._fresh = True
        return postgres.create(name, self.where, "fresh")

    def moved(self, data: pathlib.Path, name: str) -> str:
        """The district of a SQLite folder, moved: its database."""
        db, began = postgres.create(name, self.where), time.monotonic()
        self.bench.wangge("move", "--from", data, "--to", db)
        wall = time.monotonic() - began
        entries = int(postgres.query(name, self.where, "SELECT max(seq) FROM entry")[0][0])
        size = int(postgres.query(name, self.where, f"SELECT pg_database_size('{name}')")[0][0])
        records = int(postgres.query(name, self.where, "SELECT count(*) FROM record")[0][0])
        self.run.figures[f"move {name}"] = {"records": records, "entries": entries, "seconds": round(wall, 1),
                                            "entries_per_s": round(entries / wall),
                                            "bytes_per_record": round(size / records)}
        postgres.query(name, self.where, "VACUUM ANALYZE")
        return db

    # --- parts ---

    def intake(self, name: str, databases) -> None:
        """Reports over HTTP and the floor in turn. `databases(turn)`: the data folder, the database for HTTP, that for
        the floor."""
        http, floor = [], []
        for turn in range(ROUNDS):
            data, ours, bare = databases(turn)
            with self.bench.serve(data, ours) as server:
                requests = matters.lines(self.run.reports(server, self.run.tokens(server)))
                http.append(self.bench.load(server, requests, self.bench.seconds(5)))
            floor.append(self.bench.tool("floor_pg", ours, bare, CLIENTS, int(self.bench.seconds(5) * 1000)))
            say(f"  HTTP {http[-1]['per_s']:.0f}/s p99 {http[-1]['p99_ms']:.1f} ms, floor {floor[-1]['per_s']:.0f}/s")
        ratio = middle([h["per_s"] / f["per_s"] for h, f in zip(http, floor)])
        self.run.figures[f"intake on PostgreSQL, {name}"] = {"http": http, "floor": floor, "ratio": round(ratio, 3)}
        self.run.check(f"durable intake on PostgreSQL, {name}: HTTP against the floor", f"{ratio:.0%}",
                       f"≥ {FLOOR_RATIO:.0%}", ratio >= FLOOR_RATIO)

    def intake_empty(self) -> None:
        say("intake on PostgreSQL, an empty district")
        self.intake("empty", lambda turn: (self.data, self.fresh(f"http{turn}"), self.fresh(f"floor{turn}")))

    def reads(self, name: str, limit_ms: float | None = None) -> str:
        """Pages on both engines in turn, the same district in both."""
        lite = self.run.month if name == "month" else self.run.long
        db = self.moved(lite, name)
        today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
        found: dict[str, dict[str, list[dict]]] = {}
        with self.bench.serve(lite) as small, \
             Server(self.bench.program, self.data, self.bench.folder / "serve2.log", db) as big:
            made = [(engine, server, matters.pages(lite / "wangge.db", self.run.tokens(server), today, {}))
                    for engine, server in (("SQLite", small), ("PostgreSQL", big))]
            for page in made[0][2]:
                found[page] = {kind: [] for kind in ("SQLite", "PostgreSQL", "SQLite paced", "PostgreSQL paced")}
                for _ in range(ROUNDS):
                    for engine, server, pages in made:
                        found[page][engine].append(self.bench.load(server, pages[page], self.bench.seconds(2)))
                        found[page][f"{engine} paced"].append(
                            self.bench.load(server, pages[page], self.bench.seconds(2), RATE))
                self.page(name, page, found[page], limit_ms)
        self.run.figures[f"reads on PostgreSQL, {name}"] = found
        return db

    def page(self, name: str, page: str, found: dict[str, list[dict]], limit_ms: float | None) -> None:
        """The limit is for what never rests: there two servers and a client share two processors, and the ratio is that
        of what they take together. What somebody waits for, paced, is said beside it."""
        p50 = {kind: middle([one["p50_ms"] for one in all_]) for kind, all_ in found.items()}
        p99 = middle([one["p99_ms"] for one in found["PostgreSQL"]])
        ratio = p50["PostgreSQL"] / max(p50["SQLite"], 0.001)
        self.run.check(f"{page}, {name}: time on PostgreSQL against SQLite",
                       f"{ratio:.2f} × ({p50['PostgreSQL paced']:.2f} and {p50['SQLite paced']:.2f} ms paced)",
                       f"≤ {READ_RATIO} ×", ratio <= READ_RATIO)
        if limit_ms is not None:
            self.run.check(f"{page}, {name}, on PostgreSQL: p99", f"{p99:.1f} ms", f"≤ {limit_ms} ms", p99 <= limit_ms)
