"""What the measurements stand on: programs built, servers started and ended, figures read from the kernel."""
import http.client
import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PASSWORD = "wangge-sample"
PROGRAMS = {"load": (["wire.c"], []), "live": (["wire.c"], []),
            "floor": (["wire.c", "group.c"], ["-lsqlite3", "-lpthread"]),
            "floor_pg": (["wire.c", "group.c"], ["-I/usr/include/postgresql", "-lpq", "-lpthread"])}
FLAGS = ["-O2", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"]


def say(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, flush=True)


class Server:
    """One `wangge serve` on a port that the kernel chose; with `db` on that database."""

    def __init__(self, program: pathlib.Path, data: pathlib.Path, log: pathlib.Path, db: str = "") -> None:
        started = time.monotonic()
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen([program, "serve", "--data", data, "--listen", "127.0.0.1:0", *on(db)],
                                            stdout=out, stderr=subprocess.STDOUT)
        self.port = self._port()
        self._healthy()
        self.start_s = time.monotonic() - started

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _port(self) -> int:
        """As the first line of its output says, which ends in :PORT."""
        for _ in range(60000):
            text = self.log.read_text(encoding="utf-8")
            if "\n" in text and "http://" in text:
                return int(text.split("http://")[1].split("\n")[0].rsplit(":", 1)[1])
            if self.process.poll() is not None:
                break
            time.sleep(0.001)
        raise SystemExit(f"the server does not start:\n{self.log.read_text(encoding='utf-8')}")

    def _healthy(self) -> None:
        if self.get("/healthz")[0] != 200:
            raise SystemExit("/healthz does not answer 200")

    def get(self, path: str, token: str = "") -> tuple[int, bytes]:
        return self.call("GET", path, token)

    def call(self, method: str, path: str, token: str = "", body: dict | None = None) -> tuple[int, bytes]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        link.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = link.getresponse()
        try:
            return answer.status, answer.read()
        finally:
            link.close()

    def sign_in(self, login: str) -> str:
        status, body = self.call("POST", "/api/v1/session", body={"login": login, "password": PASSWORD})
        if status != 200:
            raise SystemExit(f"{login} cannot sign in: {body.decode()}")
        return json.loads(body)["token"]

    def cpu_s(self) -> float:
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0

    def peak_anew(self) -> None:
        """From now on peak_mb() is of what comes."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="utf-8")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Bench:
    """A temporary folder, the programs in it, and how long everything may take."""

    def __init__(self, program: pathlib.Path, keep: pathlib.Path | None, quick: bool) -> None:
        self.program = program.resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wangge-bench-"))
        self.keep = keep
        self.quick = quick
        self.peaks: list[float] = []
        for name, (others, libraries) in PROGRAMS.items():
            subprocess.run(["cc", *FLAGS, "-o", self.folder / name, HERE / f"{name}.c",
                            *(HERE / other for other in others), *libraries], check=True)

    def clean(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def seconds(self, n: float) -> float:
        return n / 4 if self.quick else n

    def wangge(self, *args: object) -> str:
        done = subprocess.run([self.program, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"wangge {args[0]} failed:\n{done.stdout}")
        return done.stdout

    def tool(self, name: str, *args: object, text: str = "") -> dict:
        done = subprocess.run([*first(), self.folder / name, *map(str, args)], input=text, stdout=subprocess.PIPE,
                              text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{name} failed")
        return json.loads(done.stdout) if done.stdout else {}

    def serve(self, data: pathlib.Path, db: str = "") -> Server:
        return Server(self.program, data, self.folder / "serve.log", db)

    def copy(self, data: pathlib.Path, name: str) -> pathlib.Path:
        """A data folder of its own, without what a running server leaves beside the database."""
        to = self.folder / f"data-{name}"
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(data, to, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
        return to

    def load(self, server: Server, requests: str, seconds: float, rate: float = 0, warm: float = 0.5) -> dict:
        """Runs the client with 64 connections; adds the server's and the client's share of the processors."""
        cpu, began = server.cpu_s(), time.monotonic()
        figures = self.tool("load", server.port, 64, int(warm * 1000), int(seconds * 1000), rate, text=requests)
        wall = time.monotonic() - began
        figures["server_cores"] = round((server.cpu_s() - cpu) / wall, 2)
        figures["client_cores"] = round(figures["cpu_s"] / wall, 2)
        self.peaks.append(server.peak_mb())
        if figures["other"] > 0 or figures["answers"] == 0:
            raise SystemExit(f"answers that are no success: {figures}")
        return figures


def on(db: str) -> list[str]:
    return ["--db", db] if db else []


def first() -> list[str]:
    """Whoever measures goes before what is measured on the processors that they share: else its own wait for its turn
    would be counted. Where that is not allowed it takes its turn."""
    ahead = ["nice", "-n", "-10"]
    return ahead if subprocess.run([*ahead, "true"], stderr=subprocess.PIPE, check=False).stderr == b"" else []


def children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def machine() -> list[str]:
    """What it ran on, without saying where."""
    cpu = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), "unknown processor")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    system = next((line.split("=", 1)[1].strip('"') for line in release.splitlines() if line.startswith("PRETTY_NAME")),
                  "unknown system")
    return [f"{os.cpu_count()} × {cpu}", f"{pages / 2**30:.0f} GiB memory", f"{system}, Linux {os.uname().release}",
            f"load when it began {os.getloadavg()[0]:.1f} (0 is a quiet machine)"]
