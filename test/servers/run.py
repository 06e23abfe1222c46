#!/usr/bin/env python3
"""Several servers on one PostgreSQL database behind a real proxy: what one does, all know, and once.

At the end one server is killed and all are restarted in turn while many write through HAProxy, then through nginx,
with the configurations of docs/operations: an answered command is there exactly once, no request fails in a rolling
restart, and whoever listens gets each event once and in order, whichever server they are led to. So it is when the
proxy itself is killed.
"""
import argparse
import contextlib
import functools
import http.client
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "http")]

from matters import png  # noqa: E402 -- needs the paths above
from support import postgres  # noqa: E402
from support.client import Answer, Client, Json, new_id  # noqa: E402
from support.server import ROOT, Folder, Server, environment, free_port, make_sample, patience, query  # noqa: E402
from test_stream import Listener  # noqa: E402

SERVERS, WRITERS, WATCHERS = 3, 6, 3
DRAIN_S = 2
HAPROXY, NGINX = ROOT / "docs/operations/haproxy.cfg", ROOT / "docs/operations/nginx.conf"
# What Debian's nginx.conf has around a site.
NGINX_AROUND = """daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder};
    proxy_temp_path {folder};
    fastcgi_temp_path {folder};
    uwsgi_temp_path {folder};
    scgi_temp_path {folder};
{site}
}}
"""


class Node(Server):
    """One of the servers: it comes back at the same address."""

    def __init__(self, wangge: pathlib.Path, data: pathlib.Path, number: int) -> None:
        super().__init__(wangge, data, data.with_suffix(f".{number}.log"))
        self.port = free_port()

    def start(self, wait_s: float = 20) -> "Node":
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [self.wangge, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", "--trust-proxy",
                 "--drain", str(DRAIN_S)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT, env=environment(self.data))
        self.wait_ready(patience(wait_s))
        return self


class Cluster:
    """Servers on the same database and the same data folder, and a proxy in front of them."""

    def __init__(self, folder: Folder, servers: int = SERVERS) -> None:
        self.data = make_sample(folder.wangge, folder.path)
        self.servers = [Node(folder.wangge, self.data, number) for number in range(servers)]
        self.tokens: dict[str, str] = {}
        self.proxy: subprocess.Popen[bytes] | None = None
        self.proxy_port = free_port()
        self.place: Json = {}

    def start(self) -> "Cluster":
        for server in self.servers:
            server.start()
        here = self.client(0, "clerk").get("/api/v1/district").json["center"]
        self.place = {"lng": here[0], "lat": here[1], "address": "临江社区门口"}
        return self

    def start_haproxy(self) -> None:
        """The documented configuration, at these addresses."""
        lines, ports = [], dict(zip(("one", "two", "three"), (server.port for server in self.servers)))
        for line in HAPROXY.read_text(encoding="utf-8").splitlines():
            word = line.split()[:1]
            if word == ["bind"]:
                lines.append(f"    bind 127.0.0.1:{self.proxy_port}")
            elif word == ["server"]:
                name = line.split()[1]
                lines += [f"    server {name} 127.0.0.1:{ports[name]}"] if name in ports else []
            elif word == ["maxconn"]:
                lines.append("    maxconn 200")  # more would need more open files than a user may have
            elif word not in (["user"], ["group"]):
                lines.append(line)
        config = self.data.with_suffix(".haproxy.cfg")
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.start_proxy("haproxy", "-db", "-f", config)

    def start_nginx(self) -> None:
        lines, ports = [], [server.port for server in self.servers]
        for line in NGINX.read_text(encoding="utf-8").splitlines():
            word = line.split()[:1]
            if word == ["listen"]:
                line = f"    listen 127.0.0.1:{self.proxy_port};"
            elif word == ["server"] and "max_fails" in line:
                line = re.sub(r"10\.0\.0\.\d+:8311", f"127.0.0.1:{ports.pop(0)}", line)
            elif line.split("_")[0].strip() == "ssl":
                continue
            lines.append(line)
        folder = self.data.with_suffix(".nginx")
        folder.mkdir(exist_ok=True)
        config = folder / "nginx.conf"
        config.write_text(NGINX_AROUND.format(folder=folder, site="\n".join(lines)), encoding="utf-8")
        self.start_proxy("nginx", "-c", config)

    def start_proxy(self, program: str, *words: object) -> None:
        """In a group of its own, so that all of it can be killed."""
        self.kill_proxy()
        self.proxy = subprocess.Popen([shutil.which(program) or f"/usr/sbin/{program}", *map(str, words)],
                                      start_new_session=True)
        within(5, "the proxy answers", lambda: Client(self.proxy_port).get("/readyz").status == 200)

    def kill_proxy(self) -> None:
        if self.proxy:
            os.killpg(self.proxy.pid, signal.SIGKILL)
            self.proxy.wait()
        self.proxy = None

    def client(self, server: int | None, login: str) -> Client:
        """At one server, or at the proxy. A sign-in is good everywhere: each login has one."""
        client = Client(self.proxy_port if server is None else self.servers[server].port)
        if login not in self.tokens:
            self.tokens[login] = str(client.sign_in(login).token)
        client.token = self.tokens[login]
        return client

    def matter(self, text: str) -> Json:
        return {"id": new_id(), "kind": "incident", "fields": {"description": text}, "place": self.place}

    def rows(self, text: str) -> list[list[str]]:
        return query(self.data, text)

    def last(self) -> int:
        return int(self.rows("SELECT max(seq) FROM entry")[0][0] or 0)

    def end(self) -> None:
        self.kill_proxy()
        for server in self.servers:
            server.end(signal.SIGKILL)


def must(answer: Answer, *statuses: int) -> Json:
    if answer.status not in statuses:
        raise AssertionError(f"not {statuses}: {answer}")
    return dict(answer.json)


def equal(got: object, wanted: object, what: str) -> None:
    if got != wanted:
        raise AssertionError(f"{what}: {got} instead of {wanted}")


def within(seconds: float, what: str, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + patience(seconds)
    while True:
        try:
            if holds():
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.01)


def at_once(count: int, act: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=act, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- what must hold while nothing breaks ---

def streams_cross_servers(cluster: Cluster) -> None:
    """Each event once and in order on the streams of every server, whoever committed."""
    reports = 30
    before = cluster.last()
    cluster.client(0, "resident")
    listeners = [Listener(cluster.client(number, "clerk"), "/api/v1/stream") for number in range(SERVERS)]

    def report(server: int) -> None:
        client = cluster.client(server, "resident")
        for number in range(reports):
            must(client.post("/api/v1/records", cluster.matter(f"并发 {number}")), 201)

    at_once(SERVERS, report)
    wanted = [int(row[0]) for row in cluster.rows(f"SELECT seq FROM entry WHERE seq > {before} ORDER BY seq")]
    equal(len(wanted), SERVERS * reports, "entries")
    for number, listener in enumerate(listeners):
        equal([listener.next()["id"] for _ in wanted], wanted, f"events on server {number}")
        equal(listener.quiet(0.2), True, f"no more events on server {number}")
        listener.close()


def catching_up_works_anywhere(cluster: Cluster) -> None:
    """A browser whose server is gone goes on at another one."""
    listener = Listener(cluster.client(0, "clerk"), "/api/v1/stream")
    must(cluster.client(1, "resident").post("/api/v1/records", cluster.matter("断线")), 201)
    last = listener.next()["id"]
    listener.close()
    missed = [must(cluster.client(number % SERVERS, "resident").post("/api/v1/records", cluster.matter("断线期间")),
                   201)["id"] for number in range(7)]
    for server in range(SERVERS):
        again = Listener(cluster.client(server, "clerk"), "/api/v1/stream", last)
        equal([again.next()["data"]["id"] for _ in missed], missed, f"what was missed, from server {server}")
        equal(again.quiet(0.2), True, f"once, from server {server}")
        again.close()


def people_are_known_everywhere(cluster: Cluster) -> None:
    """An account made on one server is in the directory of the others, and one that was closed is not."""
    admin = cluster.client(0, "admin")
    account = must(admin.post("/api/v1/accounts", {"login": "newcomer", "name": "新来的", "password": "newcomer-12345"}),
                   201)["id"]
    must(admin.post("/api/v1/posts", {"account": account, "role": "clerk", "area": "330803"}), 200, 201)

    def known(server: int) -> bool:
        return account in [one["id"] for one in cluster.client(server, "clerk").all("/api/v1/accounts")]

    for server in range(SERVERS):
        within(1, f"known on server {server}", lambda at=server: known(at))
    must(admin.post(f"/api/v1/accounts/{account}/active", {"active": False}), 200)
    for server in range(SERVERS):
        within(1.5, f"gone on server {server}", lambda at=server: not known(at))


def a_sign_out_holds_everywhere(cluster: Cluster) -> None:
    token = Client(cluster.servers[0].port).sign_in("clerk").token
    everywhere = [Client(server.port, token) for server in cluster.servers]

    def signed_in(client: Client) -> bool:
        return must(client.get("/api/v1/orgs"), 200, 401).get("items") is not None

    for client in everywhere:
        equal(signed_in(client), True, "signed in")
    must(everywhere[1].delete("/api/v1/session"), 200)
    for client in everywhere:
        within(1, "signed out", lambda one=client: not signed_in(one))


def guessing_is_slowed_down_over_all(cluster: Cluster) -> None:
    """Whoever goes from server to server has no more tries: an address has ten a minute."""
    answers: Counter[int] = Counter()
    for number in range(24):
        client = Client(cluster.servers[number % SERVERS].port, headers={"X-Forwarded-For": "192.0.2.7"})
        answers[client.post("/api/v1/session", {"login": f"nobody-{number}", "password": "not-this-one"}).status] += 1
        client.close()
    equal(sorted(answers), [401, 429], "answers")
    if answers[401] > 15:  # a minute's worth and what has come back meanwhile
        raise AssertionError(f"too many tries: {answers}")


def files_are_seen_everywhere(cluster: Cluster) -> None:
    """And a server that looks at another folder does not start."""
    sent = must(cluster.client(0, "worker").upload(("a.png", "image/png", png(40, 30))), 200, 201)["id"]
    for server in range(SERVERS):
        equal(cluster.client(server, "worker").get(f"/api/v1/files/{sent}").status, 200, f"file from server {server}")
    apart = cluster.data.with_name("apart")
    apart.mkdir(mode=0o700)
    (apart / "secret.key").write_bytes((cluster.data / "secret.key").read_bytes())
    (apart / "secret.key").chmod(0o600)
    done = subprocess.run([cluster.servers[0].wangge, "serve", "--data", apart, "--listen", "127.0.0.1:0"], text=True,
                          env=environment(cluster.data), capture_output=True, check=False, timeout=patience(20))
    equal((done.returncode, "file.not_shared" in done.stderr), (1, True), f"a folder apart: {done.stderr}")
    done = subprocess.run([cluster.servers[0].wangge, "doctor", "--data", apart], text=True, check=False,
                          env=environment(cluster.data), capture_output=True, timeout=patience(60))
    equal("[file.not_shared]" in done.stdout, True, f"doctor: {done.stdout}{done.stderr}")
    done = cluster.servers[0].command("doctor")
    equal("file.not_shared" in done.stdout, False, f"doctor of the shared folder: {done.stdout}")


# --- when servers go ---

class Watcher:
    """As a browser listens: through the proxy, again and again from where it was."""

    def __init__(self, cluster: Cluster, last: int) -> None:
        self.cluster, self.last = cluster, last
        self.seen: list[int] = []
        self.links = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        while not self.stop.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.listen()
            time.sleep(0.05)

    def listen(self) -> None:
        listener = Listener(self.cluster.client(None, "clerk"), "/api/v1/stream", self.last)
        self.links += 1
        while listener.thread.is_alive() or not listener.events.empty():
            if self.stop.is_set() and listener.events.empty():
                break
            try:
                event = listener.next(0.1)
            except queue.Empty:
                continue
            self.seen.append(event["id"])
            self.last = event["id"]
        listener.close()


class Load:
    """Writers at the proxy. What is not answered is sent again under the same id, as every sender does."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.acknowledged: list[str] = []
        self.answered_at: list[float] = []
        self.failures: list[str] = []
        self.stop = threading.Event()
        cluster.client(None, "resident")
        self.threads = [threading.Thread(target=self.write) for _ in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def write(self) -> None:
        client = self.cluster.client(None, "resident")
        while not self.stop.is_set():
            matter = self.cluster.matter("压力")
            while not self.send(client, matter) and not self.stop.is_set():
                time.sleep(0.05)
            time.sleep(0.02)  # so that a short break is less than a stream's backlog

    def send(self, client: Client, matter: Json) -> bool:
        try:
            answer = client.post("/api/v1/records", matter)
        except (OSError, http.client.HTTPException) as trouble:
            self.failures.append(f"no answer: {trouble!r}")
            return False
        if answer.status not in (200, 201):
            self.failures.append(str(answer))
            return False
        self.acknowledged.append(matter["id"])
        self.answered_at.append(time.monotonic())
        return True

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


def restart(servers: list[Node]) -> None:
    """One after the other, each only when the one before takes requests again."""
    for number, server in enumerate(servers):
        if number:
            time.sleep(1.2)  # until the proxy has seen the one before twice
        equal(server.end(), 0, "exit status")
        server.start()


@contextlib.contextmanager
def under_load(cluster: Cluster) -> Iterator[Load]:
    """Writers and watchers at the proxy; at the end everything is counted."""
    before = cluster.last()
    watchers = [Watcher(cluster, before) for _ in range(WATCHERS)]
    load = Load(cluster)
    try:
        yield load
    finally:
        load.end()
        time.sleep(0.5)
        for watcher in watchers:
            watcher.stop.set()
            watcher.thread.join()
    report(cluster, load, watchers, before)


def killed_and_restarted_in_turn(cluster: Cluster, rounds: int) -> list[str]:
    """What failed while they were restarted in turn."""
    rolled: list[str] = []
    with under_load(cluster) as load:
        for number in range(rounds):
            time.sleep(0.5)
            victim = cluster.servers[number % SERVERS]
            failed = len(load.failures)
            victim.end(signal.SIGKILL)
            time.sleep(1)
            victim.start()
            print(f"# unanswered at this kill: {len(load.failures) - failed}")
            failed = len(load.failures)
            restart([server for server in cluster.servers if rounds > 1 or server is not victim])
            rolled += load.failures[failed:]
    return rolled


def through_haproxy(cluster: Cluster, rounds: int) -> None:
    cluster.start_haproxy()
    equal(killed_and_restarted_in_turn(cluster, rounds), [], "requests failed in a rolling restart")
    cluster.kill_proxy()


def through_nginx(cluster: Cluster, rounds: int) -> None:
    """It sends nothing twice that might not be harmless twice: the sender does."""
    cluster.start_nginx()
    rolled = killed_and_restarted_in_turn(cluster, rounds)
    print(f"# to be sent again in a rolling restart: {len(rolled)}")
    equal([one for one in rolled if not one.startswith(("502 ", "503 "))], [], "failures of another kind")
    cluster.kill_proxy()


def the_proxy_is_killed(cluster: Cluster, rounds: int) -> None:
    """All of it at once; what was on its way is sent again when it is back."""
    for start in (cluster.start_haproxy, cluster.start_nginx):
        start()
        with under_load(cluster) as load:
            for _ in range(rounds):
                time.sleep(0.4)
                cluster.kill_proxy()
                time.sleep(0.2)
                start()
                acknowledged = len(load.acknowledged)
                within(10, "it goes on", lambda had=acknowledged: len(load.acknowledged) > had)
        equal(len(load.failures) > 0, True, "some requests were cut")
        cluster.kill_proxy()


def report(cluster: Cluster, load: Load, watchers: list[Watcher], before: int) -> None:
    """Counts, and what must be zero."""
    entries = Counter(row[0] for row in cluster.rows(
        f"SELECT encode(command, 'hex') FROM entry WHERE seq > {before} AND verb <> 'tick'"))
    sent = [one.replace("-", "") for one in load.acknowledged]
    found = sum(1 for one in sent if entries[one])
    doubled = sum(1 for number in entries.values() if number > 1)
    lost = len(sent) - found
    print(f"# acknowledged {len(sent)}, found {found}, doubled {doubled}, lost {lost}, "
          f"unanswered {len(load.failures)}, streams opened {[watcher.links for watcher in watchers]}", flush=True)
    equal((lost, doubled), (0, 0), "lost, doubled")
    wanted = [int(row[0]) for row in cluster.rows(f"SELECT seq FROM entry WHERE seq > {before} ORDER BY seq")]
    equal(wanted, list(range(before + 1, before + 1 + len(wanted))), "numbers without gaps")
    for number, watcher in enumerate(watchers):
        equal(len(watcher.seen), len(wanted), f"events for watcher {number}")
        equal(watcher.seen == wanted, True, f"in order for watcher {number}")
    done = cluster.servers[0].command("verify")
    equal(done.returncode, 0, f"verify: {done.stdout[-500:]}{done.stderr[-500:]}")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--wangge", type=pathlib.Path, required=True)
    arguments.add_argument("--rounds", type=int, default=1,
                           help="kills, each with a rolling restart; more than one: through nginx, too")
    arguments.add_argument("checks", nargs="*", help="only these")
    chosen = arguments.parse_args()
    checks: list[Callable[[Cluster], None]] = [
        streams_cross_servers, catching_up_works_anywhere, people_are_known_everywhere, a_sign_out_holds_everywhere,
        guessing_is_slowed_down_over_all, files_are_seen_everywhere]
    deep = (through_nginx,) if chosen.rounds > 1 or through_nginx.__name__ in chosen.checks else ()
    for check in (through_haproxy, the_proxy_is_killed, *deep):
        checks.append(functools.partial(check, rounds=chosen.rounds))
        checks[-1].__name__ = check.__name__  # type: ignore[attr-defined]
    failed = passed = 0
    with postgres.server() as database:
        os.environ.update(database.environment())
        folder = Folder(chosen.wangge.resolve())
        cluster = Cluster(folder)
        try:
            cluster.start()
            for check in checks:
                if chosen.checks and check.__name__ not in chosen.checks:
                    continue
                began = time.monotonic()
                try:
                    check(cluster)
                    passed += 1
                    print(f"ok {check.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
                except Exception as trouble:  # noqa: BLE001 -- the others still run
                    failed += 1
                    print(f"FAILED {check.__name__}: {type(trouble).__name__} {trouble}", flush=True)
        finally:
            cluster.end()
            if failed:
                print("\n".join(server.tail(1500) for server in cluster.servers))
            folder.remove()
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0 or passed == 0)


if __name__ == "__main__":
    sys.exit(main())
