#!/usr/bin/env python3
"""PostgreSQL on three machines under Patroni and etcd, two wangge servers behind HAProxy, faults under load.

The configuration is that of docs/operations, at other addresses and (unless --as-documented) with shorter times. Each
fault ends with counts: an answered command is there exactly once, on all three machines, whatever was killed; `wangge
verify` recounts everything; live streams had each event once and in order. How long writing paused is printed.
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "http")]

from run import Cluster, Load, Watcher, equal, report, within  # noqa: E402 -- needs the paths above
from support.patroni import Machine, Patroni  # noqa: E402
from support.server import Folder, patience  # noqa: E402

SERVERS, WATCHERS = 2, 2
SETTLED_S, RECOVERS_S = 2, 120
FLOWS = 10  # answers within a second, by which writing goes on


class District(Cluster):
    """Two servers and a proxy on the three machines' database."""

    def __init__(self, folder: Folder, patroni: Patroni) -> None:
        self.patroni = patroni
        self.pauses: dict[str, float] = {}
        super().__init__(folder, SERVERS)

    def rows(self, text: str) -> list[list[str]]:
        return self.patroni.query(text)

    def ready(self) -> list[tuple[int, str]]:
        """What each server says of itself."""
        said = []
        for server in self.servers:
            link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=patience(20))
            link.request("GET", "/readyz")
            answer = link.getresponse()
            said.append((answer.status, answer.read().decode()))
            link.close()
        return said

    def restart(self, url: str) -> None:
        """With another address for the database."""
        os.environ["WANGGE_DB"] = url
        for server in self.servers:
            equal(server.end(), 0, "exit status")
            server.start()


def pause(load: Load, since: float) -> float:
    """The longest time without an answer."""
    times = sorted(at for at in load.answered_at if at > since - 1)
    return max((later - sooner for sooner, later in zip(times, times[1:])), default=0.0)


def flows(load: Load) -> bool:
    now = time.monotonic()
    return sum(1 for at in load.answered_at[-1000:] if at > now - 1) >= FLOWS


def same_everywhere(district: District) -> None:
    """What the primary has, its standbys have, too: nobody was left behind on a branch of its own."""
    text = "SELECT count(*), max(seq), md5(string_agg(encode(hash, 'hex'), '' ORDER BY seq)) FROM entry"
    wanted = district.rows(text)
    for machine in district.patroni.machines:
        within(30, f"{machine.name} has what the primary has",
               lambda at=machine: district.patroni.query(text, machine=at) == wanted)


class Fault:
    """Load before, during and after what is done to the machines."""

    def __init__(self, district: District, name: str, watched: bool = True) -> None:
        self.district, self.patroni, self.name = district, district.patroni, name
        self.before = district.last()
        self.watchers = [Watcher(district, self.before) for _ in range(WATCHERS if watched else 0)]
        self.load = Load(district)
        self.at = 0.0

    def __enter__(self) -> "Fault":
        within(30, "writing goes on before", lambda: flows(self.load))
        time.sleep(SETTLED_S)
        self.at = time.monotonic()
        return self

    def recovers(self) -> None:
        """Writing goes on by itself; not at once, in case that what was done shows late."""
        time.sleep(SETTLED_S)
        within(RECOVERS_S, "writing goes on again", lambda: flows(self.load))

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        self.load.end()
        if kind is None:
            within(10, "the streams have caught up", self._caught_up)
        for watcher in self.watchers:
            watcher.stop.set()
            watcher.thread.join()
        if kind is not None:
            return
        self.district.pauses[self.name] = pause(self.load, self.at)
        print(f"# {self.name}: writing paused for {self.district.pauses[self.name]:.1f} s, "
              f"{len(self.load.failures)} answers were no", flush=True)
        report(self.district, self.load, self.watchers, self.before)

    def _caught_up(self) -> bool:
        last = self.district.last()
        return all(watcher.last == last for watcher in self.watchers)


def comes_back(district: District, machine: Machine) -> None:
    """It is started again and is a member again, with what the others have."""
    machine.start()
    district.patroni.healthy()
    same_everywhere(district)


# --- what is done to them ---

def the_primary_is_killed(district: District) -> None:
    """PostgreSQL and Patroni of the primary, without a word."""
    primary = district.patroni.one_that_is("leader")
    with Fault(district, "primary killed") as fault:
        primary.kill_database()
        within(10, "the servers say that they have no database",
               lambda: [status for status, _ in district.ready()] == [503] * SERVERS)
        fault.recovers()
        equal([status for status, _ in district.ready()], [200] * SERVERS, "ready again")
    equal(district.patroni.one_that_is("leader") is primary, False, "another one is the primary")
    comes_back(district, primary)


def the_primarys_machine_is_lost(district: District) -> None:
    """And its etcd with them."""
    primary = district.patroni.one_that_is("leader")
    with Fault(district, "machine of the primary lost") as fault:
        primary.kill()
        fault.recovers()
    comes_back(district, primary)


def the_primarys_machine_hangs(district: District) -> None:
    """Connections stay and nothing is answered. When it goes on, it finds that it is the primary no more."""
    primary = district.patroni.one_that_is("leader")
    with Fault(district, "machine of the primary hangs") as fault:
        primary.hang()
        fault.recovers()
        primary.hang(signal.SIGCONT)
        fault.recovers()
    comes_back(district, primary)


def the_primary_is_changed(district: District) -> None:
    """As for maintenance."""
    primary = district.patroni.one_that_is("leader")
    with Fault(district, "planned switchover") as fault:
        district.patroni.ctl("switchover", "--force", "wangge")
        fault.recovers()
    equal(district.patroni.one_that_is("leader") is primary, False, "another one is the primary")
    comes_back(district, primary)


def the_standby_is_killed(district: District) -> None:
    """The one that has all: until another one has taken its place, nothing is confirmed."""
    standby = district.patroni.one_that_is("sync_standby")
    with Fault(district, "synchronous standby killed") as fault:
        standby.kill()
        fault.recovers()
        district.patroni.wait(60, "another one is synchronous", lambda: any(
            district.patroni.role(machine) == "sync_standby" for machine in district.patroni.machines
            if machine is not standby))
    comes_back(district, standby)


def a_wait_for_the_standby_is_cancelled(district: District) -> None:
    """Such a commit is on the primary alone, though its COMMIT is answered with yes: we do not pass that on. Then the
    primary is lost, and with it what only it had."""
    patroni = district.patroni
    primary = patroni.one_that_is("leader")
    standbys = [machine for machine in patroni.machines if machine is not primary]
    patroni.ctl("pause", "--wait", "wangge")  # nobody takes over meanwhile
    with Fault(district, "waits for the standby cancelled", watched=False) as fault:
        for standby in standbys:
            standby.hang()
        time.sleep(1)
        answered = len(fault.load.acknowledged)
        within(10, "the servers say that writing waits",
               lambda: all(status == 200 and "has waited for" in text for status, text in district.ready()))
        cancelled = 0
        while cancelled < 4:
            rows = patroni.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
                                 "postgres", primary)
            cancelled += len(rows)
            time.sleep(0.2)
        alone = int(patroni.query("SELECT count(*) FROM entry", machine=primary)[0][0])
        equal(len(fault.load.acknowledged), answered, "answered while no standby was there")
        primary.kill_database()
        for standby in standbys:
            standby.hang(signal.SIGCONT)
        patroni.wait(30, "someone of them answers", patroni.members)
        patroni.ctl("resume", "wangge")
        fault.recovers()
        print(f"# {cancelled} waits cancelled, {alone - fault.before - answered} entries were on the primary alone",
              flush=True)
    comes_back(district, primary)


class Cutter:
    """In front of one database: cuts connections in the middle of a commit, before it arrives or before its answer."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.armed = ""  # "before" or "after": how the next commit is cut
        self.cuts: dict[str, int] = {"before": 0, "after": 0}
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", self.target)) as server:
                self.pass_on(client, server)

    def pass_on(self, client: socket.socket, server: socket.socket) -> None:
        writes = False
        while True:
            for ready in select.select([client, server], [], [])[0]:
                data = ready.recv(1 << 16)
                if not data:
                    return
                if ready is server:
                    client.sendall(data)
                    continue
                writes = writes or b"\0begin_write\0" in data  # statements are prepared: by their names
                if writes and b"\0commit\0" in data:
                    writes = False
                    if self.cut(data, server):
                        return
                server.sendall(data)

    def cut(self, data: bytes, server: socket.socket) -> bool:
        how, self.armed = self.armed, ""
        if not how:
            return False
        if how == "after":
            server.sendall(data)
            server.recv(1 << 16)
        self.cuts[how] += 1
        return True


def commits_are_cut(district: District, cuts: int = 40) -> None:
    """The connection breaks before a commit has arrived, and before its answer has."""
    patroni = district.patroni
    cutters = [Cutter(machine.ports.database) for machine in patroni.machines]
    district.restart(patroni.url([cutter.port for cutter in cutters]))
    with Fault(district, "connection cut in the middle of a commit") as fault:
        for number in range(cuts):
            for cutter in cutters:
                cutter.armed = ("before", "after")[number % 2]
            time.sleep(0.15)
        fault.recovers()
        done = {how: sum(cutter.cuts[how] for cutter in cutters) for how in ("before", "after")}
        print(f"# cut before the commit {done['before']}, after it {done['after']}", flush=True)
        equal(min(done.values()) > cuts // 8, True, "both were cut")
    district.restart(patroni.url())
    for cutter in cutters:
        cutter.listener.close()


CHECKS: list[Callable[[District], None]] = [
    the_primary_is_killed, the_primarys_machine_is_lost, the_primary_is_changed, the_standby_is_killed, commits_are_cut,
    the_primarys_machine_hangs, a_wait_for_the_standby_is_cancelled]


def run_one(check: Callable[[District], None], district: District) -> bool:
    began = time.monotonic()
    try:
        check(district)
    except Exception as trouble:  # noqa: BLE001 -- the others still run
        print(f"FAILED {check.__name__}: {type(trouble).__name__} {trouble}", flush=True)
        with contextlib.suppress(OSError, RuntimeError):
            district.patroni.mend()
        return False
    print(f"ok {check.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
    return True


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--wangge", type=pathlib.Path, required=True)
    arguments.add_argument("--as-documented", action="store_true", help="with the times of docs/operations/ha")
    arguments.add_argument("--pauses", type=pathlib.Path, help="write how long writing paused into this file (JSON)")
    arguments.add_argument("checks", nargs="*", help="only these")
    chosen = arguments.parse_args()
    wanted = [check for check in CHECKS if not chosen.checks or check.__name__ in chosen.checks]
    passed, folder = 0, Folder(chosen.wangge.resolve())
    patroni = Patroni({} if chosen.as_documented else None)
    district: District | None = None
    try:
        patroni.start()
        os.environ["WANGGE_DB"] = patroni.url()
        district = District(folder, patroni)
        district.start()
        district.start_haproxy()
        passed = sum(run_one(check, district) for check in wanted)
        if chosen.pauses:
            chosen.pauses.write_text(json.dumps(district.pauses, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as trouble:
        print(f"FAILED: {trouble}", flush=True)
    finally:
        if district:
            district.end()
        if passed < len(wanted):
            print(patroni.tail())
            print("\n".join(server.tail(1500) for server in (district.servers if district else [])))
        patroni.end()
        folder.remove()
    print(f"{passed} passed, {len(wanted) - passed} failed")
    return int(passed < len(wanted) or passed == 0)


if __name__ == "__main__":
    sys.exit(main())
