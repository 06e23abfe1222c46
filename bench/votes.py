#!/usr/bin/env python3
"""bench/votes.py PROGRAM [N]: a burst of N votes (100,000), open and secret, against the intake floor.

In turn on one machine: plain reports over HTTP, the floor of the same reports (floor.c), N open votes, N blind
signatures, N secret votes, each sent once over 64 connections. Then both ballots are closed and declared, and the
independent script counts their published lists: none lost, none doubled. Signatures are taken by hands in Python (they
need the answers), which is less than the client in C could do. Figures go to bench/votes.json; exit status 1: a limit
does not hold. With fewer than 100,000 only the counts are judged, and the rates told.
"""
import http.client
import importlib.util
import json
import multiprocessing
import pathlib
import sys
import time
from typing import Any

import matters
from harness import HERE, Bench, Server, machine, say
from parts import Run, backup

sys.path.insert(0, str(HERE.parent / "test"))

from support.client import Answer, Client, new_id  # noqa: E402 -- needs the path above
from support.voter import Token  # noqa: E402

_spec = importlib.util.spec_from_file_location("recount", HERE.parent / "test/ballots/recount.py")
assert _spec and _spec.loader
recount = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(recount)

# Votes a second as a share of the floor of a report; signatures a second; all three in an hour with room for ten times.
OPEN_RATIO, SECRET_RATIO, SIGNATURES_S, HOUR_S, MEMORY_MB = 0.3, 0.3, 100, 3600, 150
WHOLE, HANDS, CONNECTIONS, SECONDS, PATIENCE_S = 100_000, 8, 64, 5, 600
AREA = "330803001001"


def make_tokens(n: int, e: int, count: int) -> list[Token]:
    return [Token.make(n, e) for _ in range(count)]


def ask(client: Client, path: str, body: dict[str, Any]) -> Answer:
    """Once more where the connection was closed meanwhile, as a phone does: the same token is signed again."""
    try:
        return client.post(path, body)
    except (OSError, http.client.HTTPException):
        return client.post(path, body)


def take(port: int, session: str, path: str, asked: list[tuple[int, str]]) -> list[str]:
    client = Client(port, token=session, timeout=PATIENCE_S)
    signed = []
    for no, blinded in asked:
        answer = ask(client, path, {"no": no, "blinded": blinded})
        assert answer.status == 200, answer
        signed.append(str(answer.json["signature"]))
    return signed


def count_again(shown: dict[str, Any], listed: str) -> list[str]:
    return list(recount.Count(shown, listed).compare())


class Day(Run):
    """Two ballots of one district, all of whose numbers one account holds."""

    def __init__(self, bench: Bench, n: int) -> None:
        super().__init__(bench)
        self.n = n
        self.memory: dict[str, float] = {}

    def ends(self, what: str) -> None:
        """What the server took at most since the last of these."""
        self.memory[what] = round(self.server.peak_mb(), 1)
        self.bench.peaks.append(self.server.peak_mb())
        self.server.peak_anew()

    def rate(self, what: str, found: str, limit: str, holds: bool) -> None:
        if self.n >= WHOLE:
            self.check(what, found, limit, holds)
        else:
            say(f"  {what}: {found} ({limit})")

    def votes(self) -> None:
        data, rows = self.bench.copy(self.fresh, "http"), self.bench.folder / "rows.db"
        with self.bench.serve(data) as server:
            self.session = server.sign_in("resident")
            requests = matters.lines(self.reports(server, self.tokens(server)))
            self.figures["reports"] = self.bench.load(server, requests, SECONDS)
            backup(data, rows)
        self.figures["floor"] = self.bench.tool("floor", rows, self.bench.copy(self.fresh, "floor") / "wangge.db",
                                                CONNECTIONS, SECONDS * 1000)
        say(f"reports {self.figures['reports']['per_s']:.0f}/s, their floor {self.figures['floor']['per_s']:.0f}/s")
        with self.bench.serve(self.bench.copy(self.fresh, "votes")) as server:
            self.session = server.sign_in("resident")
            self.server, self.desk = server, server.sign_in("clerk")
            self.ends("started")
            self.open_votes(server)
            self.secret_votes(server)
            peak = max(self.memory.values())
            self.figures["memory"] = self.memory
            self.rate("memory of the server at most", f"{peak:.0f} MB", f"≤ {MEMORY_MB} MB", peak <= MEMORY_MB)

    @property
    def clerk(self) -> Client:
        """Anew each time: while hands are at work, a connection that rests is closed."""
        return Client(self.server.port, token=self.desk, timeout=PATIENCE_S)

    def ballot(self, kind: str, fields: dict[str, Any]) -> str:
        area = self.clerk.get(f"/api/v1/areas/{AREA}").json
        body = {"id": new_id(), "kind": kind, "fields": fields, "place": {"lng": area["lng"], "lat": area["lat"]}}
        made = str(self.clerk.post("/api/v1/records", body).json["id"])
        roll = "no,name,login\n" + "".join(f"{no},住户{no},resident\n" for no in range(1, self.n + 1))
        answer = self.clerk.put(f"/api/v1/ballots/{made}/roll", {"csv": roll})
        assert answer.status == 200, answer
        assert self.clerk.post(f"/api/v1/records/{made}/open_vote", {"id": new_id()}).status == 200
        self.ends(f"roll of {kind}")
        return made

    def burst(self, server: Server, what: str, requests: list[tuple[str, str, str, str]], ratio: float) -> None:
        """Each request once."""
        found = self.bench.load(server, matters.lines(requests), 0, warm=0)
        self.ends(what)
        share = found["per_s"] / self.figures["floor"]["per_s"]
        self.figures[what] = found | {"share_of_floor": round(share, 3)}
        self.rate(f"{len(requests):,} {what}: {found['per_s']:.0f} a second, against the floor of a report",
                  f"{share:.0%}", f"≥ {ratio:.0%}", share >= ratio)

    def open_votes(self, server: Server) -> None:
        ballot = self.ballot("decision", {"question": "加装电梯"})
        path = f"/api/v1/ballots/{ballot}/votes"
        self.burst(server, "open votes", [("POST", path, self.session, json.dumps({"no": no, "choice": [no % 3 + 1]}))
                                          for no in range(1, self.n + 1)], OPEN_RATIO)
        self.counted(ballot, "open votes", 3)

    def signatures(self, server: Server, ballot: str, tokens: list[Token]) -> list[str]:
        asked = [(k + 1, one.blinded) for k, one in enumerate(tokens)]
        began, used = time.monotonic(), server.cpu_s()
        with multiprocessing.Pool(HANDS) as pool:
            parts = pool.starmap(take, [(server.port, self.session, f"/api/v1/ballots/{ballot}/token", asked[k::HANDS])
                                        for k in range(HANDS)])
        took = time.monotonic() - began
        self.ends("blind signatures")
        rate = len(asked) / took
        self.figures["blind signatures"] = {"per_s": round(rate), "seconds": round(took, 1),
                                            "server_ms_each": round((server.cpu_s() - used) * 1000 / len(asked), 2)}
        self.rate(f"{len(asked):,} blind signatures", f"{rate:.0f} a second", f"≥ {SIGNATURES_S}", rate >= SIGNATURES_S)
        return [parts[k % HANDS][k // HANDS] for k in range(len(asked))]

    def secret_votes(self, server: Server) -> None:
        ballot = self.ballot("head_election", {"subject": "楼道长", "candidates": ["甲", "乙"]})
        key = self.clerk.get(f"/api/v1/ballots/{ballot}").json["key"]
        n, e = int(key["n"], 16), int(key["e"], 16)
        with multiprocessing.Pool() as pool:
            made = pool.starmap(make_tokens, [(n, e, len(range(k, self.n, HANDS))) for k in range(HANDS)])
        tokens = [one for part in made for one in part]
        signed = self.signatures(server, ballot, tokens)
        self.burst(server, "secret votes",
                   [("POST", f"/api/v1/urn/{ballot}", "",
                     json.dumps({"token": one.token.hex(), "signature": one.finish(signed[k]), "choice": [k % 2 + 1]}))
                    for k, one in enumerate(tokens)], SECRET_RATIO)
        self.counted(ballot, "secret votes", 2)
        whole = sum(self.n / self.figures[what]["per_s"] for what in ("blind signatures", "secret votes"))
        self.rate(f"{self.n:,} secret votes with their tokens", f"{whole:.0f} s", f"≤ {HOUR_S} s", whole <= HOUR_S)

    def counted(self, ballot: str, ballot_name: str, choices: int) -> None:
        """Votes were given to the options in turn: so many each, no more, no fewer."""
        began = time.monotonic()
        assert self.clerk.post(f"/api/v1/records/{ballot}/close_vote", {"id": new_id()}).status == 200
        answer = self.clerk.post(f"/api/v1/ballots/{ballot}/result", {})
        assert answer.status == 200, answer
        took = time.monotonic() - began
        heads = [one["heads"] for one in answer.json["result"]["options"]][:choices]
        self.ends(f"count of {ballot_name}")
        listed = self.clerk.get(f"/api/v1/ballots/{ballot}/list").body.decode()
        self.ends(f"list of {ballot_name}")
        wrong = count_again(answer.json, listed)
        self.check("closed, counted and declared", f"{took:.1f} s: {heads}, counted again: {wrong[:1] or 'the same'}",
                   "each once", sum(heads) == self.n and max(heads) - min(heads) <= 1 and not wrong)


def main() -> int:
    on = machine()
    bench = Bench(pathlib.Path(sys.argv[1]), None, False)
    day = Day(bench, int(sys.argv[2]) if len(sys.argv) > 2 else WHOLE)
    try:
        day.votes()
        day.figures["memory_mb"] = round(max(bench.peaks), 1)
    finally:
        bench.clean()
    results = {"date": time.strftime("%Y-%m-%d"), "machine": on, "votes": day.n, "checks": day.checks,
               "figures": day.figures}
    print(json.dumps(day.figures, indent=1))
    if day.n >= WHOLE:
        (HERE / "votes.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    held = sum(1 for *_, holds in day.checks if holds)
    print(f"{held} passed, {len(day.checks) - held} failed")
    return int(held < len(day.checks))


if __name__ == "__main__":
    sys.exit(main())
