#!/usr/bin/env python3
"""Votes a second against plain reports by the same hands: votes.py WANGGE [N]

Each hand is a process with one connection. Reports, open votes (entered on paper, so that one account may enter all),
blind signatures and secret votes are measured in turn on a district of their own. 100,000 votes in an hour are 28 a
second. The client is Python: the rate told is a lower bound. The processor time of the server for each is told, too: it
says as much on a busy machine.
"""
import multiprocessing
import os
import pathlib
import sys
import time
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "test"))

from support.client import Client, new_id  # noqa: E402 -- needs the path above
from support.server import Folder, Server  # noqa: E402
from support.voter import Token  # noqa: E402

HANDS, OWN = 16, 60  # OWN: numbers of one account, fewer than it may hold

Call = tuple[str, str | None, dict[str, Any]]


def send(port: int, calls: list[Call]) -> list[dict[str, Any]]:
    clients: dict[str | None, Client] = {}
    answers = []
    for path, token, body in calls:
        client = clients.setdefault(token, Client(port, token=token))
        answer = client.post(path, body)
        assert answer.status in (200, 201), answer
        answers.append(answer.json)
    return answers


def processor_s(server: Server) -> float:
    """What the server has used so far, in all its threads."""
    assert server.process is not None
    parts = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def rate(server: Server, what: str, calls: list[Call]) -> tuple[float, list[dict[str, Any]]]:
    share = [calls[n::HANDS] for n in range(HANDS)]
    with multiprocessing.Pool(HANDS) as pool:
        pool.starmap(send, [(server.port, [])] * HANDS)
        used = processor_s(server)
        began = time.monotonic()
        answers = pool.starmap(send, [(server.port, one) for one in share])
        took = time.monotonic() - began
    each_ms = (processor_s(server) - used) * 1000 / len(calls)
    print(f"{what:28} {len(calls) / took:8.0f} a second, {each_ms:.2f} ms of processor each   "
          f"({len(calls)} in {took:.2f} s)")
    order = [answers[n % HANDS][n // HANDS] for n in range(len(calls))]
    return len(calls) / took, order


def main() -> int:
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    folder = Folder(pathlib.Path(sys.argv[1]).resolve())
    server = Server(folder.wangge, folder.district()).start()
    clerk = Client(server.port).sign_in("clerk")
    residents = [Client(server.port).sign_in(login).token for login in ("resident", "resident2")]
    area = clerk.get("/api/v1/areas/330803001001").json
    place = {"lng": area["lng"], "lat": area["lat"]}

    def ballot(kind: str, fields: dict[str, Any], roll: str) -> str:
        body = {"id": new_id(), "kind": kind, "fields": fields, "place": place}
        made = clerk.post("/api/v1/records", body).json["id"]
        answer = clerk.put(f"/api/v1/ballots/{made}/roll", {"csv": roll})
        assert answer.status == 200, answer
        assert clerk.post(f"/api/v1/records/{made}/open_vote", {"id": new_id()}).status == 200
        return str(made)

    reports: list[Call] = [("/api/v1/records", clerk.token, {"id": new_id(), "kind": "incident", "place": place,
                                                            "fields": {"description": f"路灯不亮 {k}"}})
                           for k in range(n)]
    plain, _ = rate(server, "reports", reports)
    roll = "no,name\n" + "".join(f"{k},住户{k}\n" for k in range(1, n + 1))
    path = f"/api/v1/ballots/{ballot('decision', {'question': '加装电梯'}, roll)}/votes"
    votes: list[Call] = [(path, clerk.token, {"no": k, "choice": [k % 3 + 1], "way": "paper"})
                         for k in range(1, n + 1)]
    opened, _ = rate(server, "open votes", votes)
    many = OWN * len(residents)
    lines = "".join(f"{k},住户{k},resident{'' if k % 2 else '2'}\n" for k in range(1, many + 1))
    election = ballot("head_election", {"subject": "楼道长", "candidates": ["甲", "乙"]}, "no,name,login\n" + lines)
    key = clerk.get(f"/api/v1/ballots/{election}").json["key"]
    tokens = [Token.make(int(key["n"], 16), int(key["e"], 16)) for _ in range(many)]
    path = f"/api/v1/ballots/{election}/token"
    _, signed = rate(server, "blind signatures", [(path, residents[k % 2], {"no": k + 1, "blinded": one.blinded})
                                                  for k, one in enumerate(tokens)])
    slips: list[Call] = [(f"/api/v1/urn/{election}", None, {"token": one.token.hex(), "choice": [k % 2 + 1],
                                                          "signature": one.finish(signed[k]["signature"])})
                         for k, one in enumerate(tokens)]
    rate(server, "secret votes", slips)
    print(f"open votes / reports: {opened / plain:.2f}")
    server.end()
    folder.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
