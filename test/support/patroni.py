"""PostgreSQL on three machines, kept by Patroni and etcd: here three folders, on random ports of 127.0.0.1.

The configuration is that of docs/operations/ha, with other addresses, folders and programs; what a test of minutes
cannot wait for (ttl and its like) is put in afterwards, as `patronictl edit-config` would. Processes are ended by their
ids. A kill is what a machine does that loses its power: nothing of it says a word.
"""
import contextlib
import dataclasses
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable

from support.postgres import programs, unprivileged
from support.server import ROOT, free_port, patience

TEMPLATES = ROOT / "docs/operations/ha"
NODES = 3
STARTS_S, FAILS_OVER_S = 90, 90
# Shorter than what is documented, so that a failover takes seconds. Bench takes what is documented.
QUICK = {"ttl": 8, "loop_wait": 2, "retry_timeout": 3, "primary_start_timeout": 5}
# Small, and without waiting for a disk: what is acknowledged outlives the death of processes, which needs no fsync.
# (pg_rewind wants full_page_writes.)
SMALL = {"shared_buffers": "32MB", "fsync": "off", "max_connections": "60", "wal_keep_size": "128MB"}


def descendants(pid: int) -> list[int]:
    """A process and all that it has started, itself first."""
    children: dict[int, list[int]] = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            fields = stat.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, i = [pid], 0
    while i < len(found):
        found += children.get(found[i], [])
        i += 1
    return found


def tell(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, what)


@dataclasses.dataclass
class Ports:
    """Of one machine, as the documented ones 2380, 2379, 8008 and 5432."""
    peer: int = dataclasses.field(default_factory=free_port)
    client: int = dataclasses.field(default_factory=free_port)
    rest: int = dataclasses.field(default_factory=free_port)
    database: int = dataclasses.field(default_factory=free_port)


class Machine:
    """One of the three: etcd, Patroni and its PostgreSQL."""

    def __init__(self, cluster: "Patroni", number: int) -> None:
        self.cluster, self.number, self.ports = cluster, number, Ports()
        self.name = f"db{number}"
        self.folder = cluster.folder / self.name
        self.data = self.folder / "data"
        self.config = self.folder / "patroni.yml"
        self.log = self.folder / "log"
        self.etcd: subprocess.Popen[bytes] | None = None
        self.patroni: subprocess.Popen[bytes] | None = None
        self.folder.mkdir(mode=0o700)
        cluster.own(self.folder)

    def _start(self, words: list[object], env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen([str(word) for word in words], cwd="/", user=self.cluster.user, stdout=log,
                                    stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                                    env=os.environ | {"HOME": str(self.folder)} | (env or {}))

    def etcd_settings(self) -> dict[str, str]:
        lines = self.cluster.fill(TEMPLATES / "etcd", self).splitlines()
        env = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        return env | {"ETCD_DATA_DIR": str(self.folder / "etcd"), "ETCD_LOG_LEVEL": "error"}

    def start_etcd(self) -> None:
        self.etcd = self._start(["/usr/bin/etcd"], self.etcd_settings())

    def write_config(self) -> None:
        self.config.write_text(self.cluster.fill(TEMPLATES / "patroni.yml", self), encoding="utf-8")
        self.config.chmod(0o600)
        self.cluster.own(self.config)

    def start_patroni(self) -> None:
        self.write_config()
        self.patroni = self._start(["/usr/bin/patroni", self.config], {"PATRONI_LOG_LEVEL": "INFO"})

    def start(self) -> None:
        """Whatever of it does not run."""
        if self.etcd is None:
            self.start_etcd()
        if self.patroni is None:
            self.start_patroni()

    def postgres(self) -> list[int]:
        """All processes of its PostgreSQL; its own id is the first line of a file."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            if pathlib.Path(f"/proc/{pid}/cwd").resolve() == self.data.resolve():
                return descendants(pid)
        return []

    def kill_database(self) -> None:
        """Patroni first: it would start the other one again."""
        pids = descendants(self.patroni.pid) if self.patroni else []
        tell(pids + self.postgres(), signal.SIGKILL)
        if self.patroni:
            self.patroni.wait()
        self.patroni = None

    def kill_etcd(self) -> None:
        if self.etcd:
            self.etcd.kill()
            self.etcd.wait()
        self.etcd = None

    def kill(self) -> None:
        self.kill_database()
        self.kill_etcd()

    def hang(self, what: signal.Signals = signal.SIGSTOP) -> None:
        """As a machine whose disk does not answer: connections stay, and no word comes. SIGCONT: it goes on."""
        pids = self.postgres() + (descendants(self.patroni.pid) if self.patroni else [])
        tell(pids + ([self.etcd.pid] if self.etcd else []), what)

    def tail(self, size: int = 1500) -> str:
        return f"--- {self.name}\n" + self.log.read_text(encoding="utf-8", errors="replace")[-size:]


class Patroni:
    """The three machines, from start() to end(). `tune`: settings of Patroni's part `dcs` other than documented."""

    def __init__(self, tune: dict[str, int] | None = None) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wangge-ha-", dir="/tmp"))
        self.user = unprivileged()
        self.tune = QUICK if tune is None else tune
        self.own(self.folder)
        self.machines = [Machine(self, number) for number in range(1, NODES + 1)]
        self.passwords = dict(re.findall(r"username: (\w+)\n +password: (\S+)",
                                         (TEMPLATES / "patroni.yml").read_text(encoding="utf-8")))

    def own(self, path: pathlib.Path) -> None:
        if self.user is not None:
            os.chown(path, pwd.getpwnam(self.user).pw_uid, -1)

    def fill(self, template: pathlib.Path, machine: Machine) -> str:
        """The documented file of the first machine, made that of `machine`, here."""
        text = template.read_text(encoding="utf-8")
        own = [(":2380", "peer"), (":2379", "client"), (":8008", "rest"), (":5432", "database")]
        lists = re.compile(r"^(ETCD_INITIAL_CLUSTER=|  hosts: ).*$", re.M)
        kept = iter([match.group() for match in lists.finditer(text)])
        text = lists.sub("@LIST@", text)
        for port, name in own:
            text = text.replace(f"10.0.0.21{port}", f"127.0.0.1:{getattr(machine.ports, name)}")
        text = re.sub(r"\bdb1\b", machine.name, text)
        text = re.sub("@LIST@", lambda _: next(kept), text)
        for other in self.machines:
            for port, name in own:
                text = text.replace(f"10.0.0.2{other.number}{port}", f"127.0.0.1:{getattr(other.ports, name)}")
        text = text.replace("10.0.0.0/24", "127.0.0.1/32").replace("/var/run/postgresql", str(machine.folder))
        text = re.sub(r"(?m)^( +data_dir:).*", rf"\1 {machine.data}", text)
        text = re.sub(r"(?m)^( +bin_dir:).*", rf"\1 {programs()}", text)
        text = re.sub(r"(?m)^( +pgpass:).*", rf"\1 {machine.folder}/pgpass", text)
        for name, value in (self.tune | SMALL).items():
            text, times = re.subn(rf"(?m)^( +{name}:).*", rf"\1 {value}", text)
            if times == 0:
                text = text.replace("      parameters:\n", f"      parameters:\n        {name}: '{value}'\n", 1)
        return text

    def start(self) -> "Patroni":
        for machine in self.machines:
            machine.start_etcd()
        for machine in self.machines:
            machine.start_patroni()
        self.wait(STARTS_S, "all three are there, one of them synchronous", self.whole)
        self._make_database()
        return self

    def wait(self, seconds: float, what: str, holds: Callable[[], object]) -> None:
        end = time.monotonic() + patience(seconds)
        while time.monotonic() < end:
            with contextlib.suppress(OSError, ValueError):
                if holds():
                    return
            time.sleep(0.1)
        raise RuntimeError(f"{what}: not within {seconds} s; {self.members()}")

    def members(self) -> list[dict[str, object]]:
        """As anyone of them sees it; [] when none answers."""
        for machine in self.machines:
            with contextlib.suppress(OSError, ValueError):
                if machine.patroni is None:
                    continue
                with urllib.request.urlopen(f"http://127.0.0.1:{machine.ports.rest}/cluster", timeout=2) as answer:
                    return list(json.load(answer)["members"])
        return []

    def role(self, machine: Machine) -> str:
        """"leader", "sync_standby", "replica", or "" when it does not run well."""
        for member in self.members():
            if member["name"] == machine.name and member["state"] in ("running", "streaming"):
                return str(member["role"])
        return ""

    def whole(self) -> bool:
        """Three that run on one timeline, of which one is the leader and one has all that is committed."""
        members = self.members()
        return (sorted(str(one["role"]) for one in members) == ["leader", "replica", "sync_standby"] and
                len({one.get("timeline") for one in members}) == 1 and
                all(one["state"] in ("running", "streaming") for one in members))

    def one_that_is(self, role: str) -> Machine:
        for machine in self.machines:
            if machine.patroni is not None and self.role(machine) == role:
                return machine
        raise RuntimeError(f"no {role}: {self.members()}")

    def mend(self) -> None:
        """Whatever was left halfway."""
        for machine in self.machines:
            machine.hang(signal.SIGCONT)
            machine.start()
        self.ctl("resume", "wangge")
        self.healthy()

    def healthy(self, seconds: float = FAILS_OVER_S) -> None:
        self.wait(seconds, "all three are there again", self.whole)

    def ctl(self, *words: str) -> str:
        """patronictl, as a person would call it."""
        some = next(machine for machine in self.machines if machine.patroni is not None)
        done = subprocess.run(["/usr/bin/patronictl", "-c", some.config, *words], text=True, cwd="/", check=False,
                              capture_output=True, timeout=patience(FAILS_OVER_S),
                              env=os.environ | {"HOME": str(some.folder), "LC_ALL": "C.UTF-8"})
        if done.returncode:
            raise RuntimeError(f"patronictl {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def addresses(self, ports: list[int] | None = None) -> str:
        """For libpq: all of them."""
        return ",".join(f"127.0.0.1:{port}" for port in ports or [one.ports.database for one in self.machines])

    def url(self, ports: list[int] | None = None) -> str:
        return f"postgresql://wangge:wangge-password@{self.addresses(ports)}/wangge"

    def query(self, text: str, user: str = "wangge", machine: Machine | None = None) -> list[list[str]]:
        """On the primary, or on one machine, whatever it is."""
        where = self.addresses([machine.ports.database] if machine else None)
        password = "wangge-password" if user == "wangge" else self.passwords[user]
        database = "postgres" if user == "postgres" else "wangge"
        url = f"postgresql://{user}:{password}@{where}/{database}?connect_timeout=3"
        url += "" if machine else "&target_session_attrs=read-write"
        done = subprocess.run([programs() / "psql", "-d", url, "-AtX", "-c", text], text=True, check=False,
                              capture_output=True, timeout=patience(60))
        if done.returncode:
            raise OSError(f"psql: {done.stderr}")
        return [line.split("|") for line in done.stdout.splitlines()]

    def _make_database(self) -> None:
        self.query("CREATE ROLE wangge LOGIN PASSWORD 'wangge-password'", "postgres")
        self.query("CREATE DATABASE wangge OWNER wangge TEMPLATE template0 ENCODING UTF8", "postgres")
        for machine in self.machines:  # libpq asks one after the other, and a refusal would end that
            self.wait(STARTS_S, "its replica is there", lambda at=machine: self.query("SELECT 1", machine=at))

    def end(self) -> None:
        for machine in self.machines:
            machine.hang(signal.SIGCONT)
            machine.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tail(self) -> str:
        return "\n".join(machine.tail() for machine in self.machines)
