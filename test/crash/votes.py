#!/usr/bin/env python3
"""Kills the server while votes come in, open and secret ones: every vote that was answered counts, and counts once.

Whoever had no answer sends the same again, as a browser does. At the end the published lists are counted by the
independent script, and `wangge verify` has nothing to say.
"""
import argparse
import concurrent.futures
import http.client
import importlib.util
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.client import Client, new_id  # noqa: E402 -- needs the path above
from support.server import Folder, Server  # noqa: E402
from support.voter import Token  # noqa: E402

_spec = importlib.util.spec_from_file_location("recount", HERE.parent / "ballots/recount.py")
assert _spec and _spec.loader
recount = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(recount)

VOTERS = 60


class Day:
    """A day of voting at a server that does not live long."""

    def __init__(self, server: Server) -> None:
        self.server, self.lock = server, threading.Lock()
        self.clerk = Client(server.port).sign_in("clerk")
        self.token = Client(server.port).sign_in("resident").token
        area = self.clerk.get("/api/v1/areas/330803001001").json
        self.place = {"lng": area["lng"], "lat": area["lat"]}
        self.open = self.ballot("decision", {"question": "加装电梯"})
        self.secret = self.ballot("head_election", {"subject": "楼道长", "candidates": ["甲", "乙"]})
        key = self.clerk.get(f"/api/v1/ballots/{self.secret}").json["key"]
        self.n, self.e = int(key["n"], 16), int(key["e"], 16)

    def ballot(self, kind: str, fields: dict[str, Any]) -> str:
        made = self.clerk.post("/api/v1/records", {"id": new_id(), "kind": kind, "fields": fields, "place": self.place})
        ballot = str(made.json["id"])
        lines = "".join(f"{no},住户{no},resident\n" for no in range(1, VOTERS + 1))
        made = self.clerk.put(f"/api/v1/ballots/{ballot}/roll", {"csv": f"no,name,login\n{lines}"})
        assert made.status == 200, made
        self.move(ballot, "open_vote")
        return ballot

    def move(self, ballot: str, verb: str) -> None:
        done = self.clerk.post(f"/api/v1/records/{ballot}/{verb}", {"id": new_id()})
        assert done.status == 200, done

    def insist(self, path: str, body: dict[str, Any], named: bool = True) -> Any:
        """Until there is an answer."""
        while True:
            try:
                answer = Client(self.server.port, token=self.token if named else None).post(path, body)
                if answer.status < 500:
                    assert answer.status in (200, 201), answer
                    return answer.json
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)

    def voter(self, no: int) -> None:
        self.insist(f"/api/v1/ballots/{self.open}/votes", {"no": no, "choice": [no % 3 + 1]})
        token = Token.make(self.n, self.e)
        signed = self.insist(f"/api/v1/ballots/{self.secret}/token", {"no": no, "blinded": token.blinded})
        slip = {"token": token.token.hex(), "signature": token.finish(signed["signature"]), "choice": [no % 2 + 1]}
        self.insist(f"/api/v1/urn/{self.secret}", slip, named=False)

    def counted(self, ballot: str) -> list[int]:
        self.clerk = Client(self.server.port).sign_in("clerk")
        self.move(ballot, "close_vote")
        declared = self.clerk.post(f"/api/v1/ballots/{ballot}/result", {})
        assert declared.status == 200, declared
        count = recount.Count(declared.json, self.clerk.get(f"/api/v1/ballots/{ballot}/list").body.decode())
        assert count.compare() == [], count.wrong
        return [count.heads[one["no"]] for one in declared.json["options"]]


def vote_and_kill(folder: Folder, kills: int) -> bool:
    server = Server(folder.wangge, folder.district()).start()
    day = Day(server)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        votes = [pool.submit(day.voter, no) for no in random.sample(range(1, VOTERS + 1), VOTERS)]
        for _ in range(kills):
            time.sleep(random.uniform(0.1, 0.6))
            server.end(signal.SIGKILL)
            server.start()
        for vote in votes:
            vote.result()
    heads, secret = day.counted(day.open), day.counted(day.secret)
    server.end()
    verify = subprocess.run([folder.wangge, "verify", "--data", server.data], capture_output=True, text=True)
    print(f"open {heads}, secret {secret} after {kills} kills", *verify.stdout.splitlines()[-1:])
    return heads == [20, 20, 20] and secret == [30, 30] and verify.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--wangge", type=pathlib.Path, required=True)
    parser.add_argument("--kills", type=int, default=4)
    chosen = parser.parse_args()
    folder = Folder(chosen.wangge.resolve())
    try:
        ok = vote_and_kill(folder, chosen.kills)
    finally:
        folder.remove()
    print(f"{int(ok)} passed, {int(not ok)} failed")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
