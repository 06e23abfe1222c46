#!/usr/bin/env python3
"""postgres -- a PostgreSQL server for tests: data folder of its own, Unix socket only, ended by its pid.

postgres.py COMMAND… runs a command beside such a server, whose folder it finds in WANGGE_TEST_POSTGRES:
test/database.h and Folder.district() make their districts there then.
"""
import contextlib
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

HERE = "WANGGE_TEST_POSTGRES"
OWNER = "wangge"
# Durability is not tested here: what is acknowledged outlives the death of processes, which needs no fsync.
SETTINGS = """listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 200
"""
QUICK = """fsync = off
full_page_writes = off
shared_buffers = 64MB
max_wal_size = 256MB
"""
PATIENCE_S = 60


def programs() -> pathlib.Path:
    """The newest server's programs: Debian keeps them out of PATH."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda p: int(p.split("/")[4]))
    on_path = shutil.which("postgres")
    if not found and on_path:
        found = [on_path]
    if not found:
        raise RuntimeError("no PostgreSQL server: tools/deps.sh test installs one")
    return pathlib.Path(found[-1]).parent


def unprivileged() -> str | None:
    """Whom the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Postgres:
    """A server from start() to stop().

    `options` are initdb's, `settings` further lines of its configuration; with `source`, whose copy it is, options are
    those of pg_basebackup, and with `folder` its files lie there.
    """

    def __init__(self, *options: str, settings: str = "", source: "Postgres | None" = None,
                 folder: pathlib.Path | None = None) -> None:
        self.folder = folder or pathlib.Path(tempfile.mkdtemp(prefix="wangge-pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self.user = unprivileged()
        self.programs = programs()
        self.process: subprocess.Popen[bytes] | None = None
        if self.user is not None:
            os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, -1)
        if source is None:
            self._run("initdb", "-D", str(self.data), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                      "--no-sync", *options)
        else:
            self._run("pg_basebackup", "-D", str(self.data), "-h", str(source.folder), "-U", OWNER, "--checkpoint=fast",
                      "--no-sync", *options)
        self.set(SETTINGS.format(folder=self.folder) + QUICK + settings)

    def set(self, settings: str) -> None:
        """Before it starts: the last line about a setting counts."""
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(settings)

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run([self.programs / program, *arguments], cwd="/", user=self.user, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout[-2000:]}")
        return done.stdout

    def start(self) -> "Postgres":
        """Also again, after kill()."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with open(self.folder / "log", "ab") as log:
                self.process = subprocess.Popen([self.programs / "postgres", "-D", self.data], cwd="/",
                                                user=self.user, stdout=log, stderr=log, start_new_session=True)
            while self.process.poll() is None and time.monotonic() < end:
                if self.ready():
                    return self
                time.sleep(0.05)
            time.sleep(0.1)  # those of a killed server are still about to end
        raise RuntimeError("PostgreSQL does not start: " + (self.folder / "log").read_text(errors="replace")[-2000:])

    def ready(self) -> bool:
        return subprocess.run([self.programs / "pg_isready", "-q", "-h", self.folder], check=False).returncode == 0

    def kill(self) -> None:
        """As a machine that loses its power would: all of it at once, without a word. It leads a group of its own."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """As it should; it may start again."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # ends sessions, then itself
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def stop(self) -> None:
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """For programs that shall find this server."""
        return {HERE: str(self.folder), "PATH": f"{self.programs}:{os.environ['PATH']}"}


def folder() -> str | None:
    """Where the server for these tests listens, if they run on PostgreSQL."""
    return os.environ.get(HERE)


def url(database: str, where: str) -> str:
    return f"postgresql:///{database}?host={where}&user={OWNER}"


def create(database: str, where: str, template: str = "template0") -> str:
    """A new database; its address."""
    subprocess.run([programs() / "createdb", "-h", where, "-U", OWNER, "-T", template, database], check=True)
    return url(database, where)


def query(database: str, where: str, text: str) -> list[list[str]]:
    """What psql prints for a statement."""
    done = subprocess.run([programs() / "psql", "-h", where, "-U", OWNER, "-d", database, "-AtX", "-c", text],
                          check=True, text=True, capture_output=True)
    return [line.split("|") for line in done.stdout.splitlines()]


@contextlib.contextmanager
def server(settings: str = "") -> Iterator[Postgres]:
    one = Postgres(settings=settings)
    try:
        yield one.start()
    finally:
        one.stop()


def main() -> int:
    with server() as one:
        return subprocess.run(sys.argv[1:], env=os.environ | one.environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
