#!/usr/bin/env python3
"""When the disk is full, read-only or holds garbage: a clear word, nothing corrupted, and on it
goes when the cause is gone."""
import contextlib
import hashlib
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.client import Answer, Client, Json, new_id  # noqa: E402 -- needs the path above
from support.runner import District, main  # noqa: E402
from support.server import Server, patience  # noqa: E402

NOBODY = 65534


def digest(folder: pathlib.Path) -> dict[str, str]:
    """What is in a data folder, byte by byte."""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.endswith(("-wal", "-shm"))}


class Writer:
    """Reports until told otherwise, and remembers what was answered."""

    def __init__(self, server: Server) -> None:
        self.client = Client(server.port).sign_in("resident")
        worker = Client(server.port).sign_in("worker")
        area = worker.get(f"/api/v1/areas/{worker.get('/api/v1/me').json['posts'][0]['area']}").json
        worker.close()
        self.place = {"lng": area["lng"], "lat": area["lat"]}
        self.answered: list[str] = []
        self.report()

    def report(self, size: int = 0) -> Answer:
        body: Json = {"id": new_id(), "kind": "incident", "place": self.place,
                      "fields": {"description": "磁盘写满时的一件" + "长" * size}}
        answer = self.client.post("/api/v1/records", body)
        if answer.status == 201:
            self.answered.append(body["id"])
        return answer

    def until(self, status: int, seconds: float, size: int = 0) -> Answer:
        end = time.monotonic() + patience(seconds)
        answer = self.report(size)
        while answer.status != status and time.monotonic() < end:
            answer = self.report(size)
        return answer


class Faults(District):
    """Each test makes its own server; there is none to share."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.clients = {}

    @classmethod
    def tearDownClass(cls) -> None:
        pass

    def setUp(self) -> None:
        self.data = self.folder.district()
        self.servers: list[Server] = []

    def tearDown(self) -> None:
        for server in self.servers:
            server.end(signal.SIGKILL)

    def serve(self, data: pathlib.Path | None = None) -> Server:
        server = Server(self.folder.wangge, data or self.data, self.data.with_suffix(".log"))
        self.servers.append(server)
        return server.start()

    def refused_start(self, data: pathlib.Path, listen: str = "127.0.0.1:0", user: int | None = None) -> str:
        """The server must not start on this; what it says."""
        words = [str(self.folder.wangge), "serve", "--data", str(data), "--listen", listen]
        done = subprocess.run(words, text=True, capture_output=True, check=False, timeout=patience(30), user=user,
                              group=user, extra_groups=None if user is None else [])
        said = str(done.stdout + done.stderr)
        self.assertGreater(done.returncode, 0, f"{done.returncode}: {said}")
        self.assertLess(done.returncode, 126, f"{done.returncode}: {said}")
        return said

    def healthy(self, server: Server, writer: Writer) -> None:
        """Everything answered is there, and a recount finds nothing wrong."""
        for record in writer.answered:
            self.assertEqual(writer.client.get(f"/api/v1/records/{record}").status, 200)
        self.assertEqual(server.end(), 0, server.tail())
        done = server.command("verify")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def full(self, server: Server, writer: Writer, relieve: Callable[[], None]) -> None:
        refused = writer.until(503, 60, size=1900)
        self.expect(refused, 503, "sql.unavailable")
        self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
        self.assertEqual(writer.client.get(f"/api/v1/records/{writer.answered[0]}").status, 200, "reading goes on")
        self.expect(writer.report(1900), 503, "sql.unavailable")
        relieve()
        self.expect(writer.until(201, 10), 201)
        self.healthy(server, writer)

    @contextlib.contextmanager
    def small_disk(self) -> Iterator[pathlib.Path]:
        """A file system of its own with hardly any room left; needs root."""
        mount = self.data.with_suffix(".disk")
        mount.mkdir()
        size = sum(p.stat().st_size for p in self.data.rglob("*") if p.is_file()) // 1024 + 16 * 1024
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", mount], check=True)
        try:
            yield mount
        finally:
            for server in self.servers:
                server.end(signal.SIGKILL)
            subprocess.run(["umount", mount], check=True)

    def test_full_disk(self) -> None:
        if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
            self.limited(256 * 1024)
            return
        with self.small_disk() as disk:
            data = disk / "data"
            shutil.copytree(self.data, data)
            server = self.serve(data)
            writer = Writer(server)
            ballast = disk / "ballast"
            room = shutil.disk_usage(disk).free - 512 * 1024
            ballast.write_bytes(bytes(max(room, 0)))
            self.full(server, writer, ballast.unlink)

    def limited(self, room: int) -> None:
        """No file may grow past what the log has, and a little: every write of a running server fails."""
        server = self.serve()
        writer = Writer(server)
        assert server.process is not None
        pid = server.process.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        log = max(p.stat().st_size for p in self.data.glob("*-wal"))

        def limit(size: int) -> None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))

        limit(log + room)
        self.full(server, writer, lambda: limit(hard))

    def test_no_write_goes_through(self) -> None:
        self.limited(64 * 1024)

    def test_read_only(self) -> None:
        before = digest(self.data)
        for path in [self.data, *self.data.rglob("*")]:
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)
            path.chmod(0o555 if path.is_dir() else 0o400)
        self.folder.path.chmod(0o755)
        said = self.refused_start(self.data, user=NOBODY if os.geteuid() == 0 else None)
        self.assertRegex(said, r"(?i)read.?only|writ|只读|写")
        for path in [self.data, *self.data.rglob("*")]:
            path.chmod(0o700 if path.is_dir() else 0o600)
        self.assertEqual(digest(self.data), before)
        server = self.serve()
        writer = Writer(server)
        self.expect(writer.report(), 201)
        self.healthy(server, writer)

    def spoiled(self, spoil: Callable[[pathlib.Path], object]) -> str:
        database = next(self.data.glob("*.db"))
        whole = database.read_bytes()
        spoil(database)
        before = digest(self.data)
        said = self.refused_start(self.data)
        self.assertEqual(digest(self.data), before, "a broken database is left as it was found")
        database.write_bytes(whole)
        server = self.serve()
        writer = Writer(server)
        self.expect(writer.report(), 201)
        self.healthy(server, writer)
        return said

    def test_garbage_for_a_database(self) -> None:
        said = self.spoiled(lambda path: path.write_bytes(os.urandom(100_000)))
        self.assertIn("wangge", said)
        self.assertRegex(said, r"(?i)not a database|数据库")

    def test_half_a_database(self) -> None:
        self.spoiled(lambda path: path.write_bytes(path.read_bytes()[:path.stat().st_size // 2]))

    def test_no_database(self) -> None:
        self.assertRegex(self.refused_start(self.data / "nowhere"), "init")

    def test_no_key(self) -> None:
        key = next(self.data.rglob("secret.key"))
        kept = key.read_bytes()
        key.unlink()
        self.assertIn("secret.key", self.refused_start(self.data))
        self.assertFalse(key.exists(), "a lost key is not replaced by a new one")
        key.write_bytes(kept)
        key.chmod(0o644)
        self.assertIn("secret.key", self.refused_start(self.data), "a key that others may read")
        key.chmod(0o600)
        self.serve()

    def test_two_servers_on_one_folder(self) -> None:
        self.serve()
        self.refused_start(self.data)

    def test_the_port_is_taken(self) -> None:
        port = self.serve().port
        said = self.refused_start(self.folder.district(), listen=f"127.0.0.1:{port}")
        self.assertIn(str(port), said)


if __name__ == "__main__":
    sys.exit(main(HERE, ["__main__"]))
