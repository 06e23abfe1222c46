"""The package unpacked: contents, sandbox, manual pages, and its program with its configuration on a real district."""
import contextlib
import ctypes
import errno
import http.client
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

from package import built, settings
from support.client import Client
from support.runner import District
from support.server import ROOT, free_port, patience

sys.path.insert(0, str(ROOT / "test/http"))

from matters import png  # noqa: E402 -- needs the path above

PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN = 65, 1


def forbid_new_code() -> None:
    """What the unit's MemoryDenyWriteExecute does; inherited by what is started next."""
    done = ctypes.CDLL(None, use_errno=True).prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)
    if done != 0 and ctypes.get_errno() != errno.EINVAL:  # kernels before 6.3 do not know it
        raise OSError(ctypes.get_errno(), "PR_SET_MDWE")


class Package(District):
    root: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.clients = {}
        cls.root = cls.folder.path / "package"
        subprocess.run(["dpkg-deb", "-R", built(), cls.root], check=True)

    @classmethod
    def tearDownClass(cls) -> None:
        for client in cls.clients.values():
            client.close()

    def help(self, *command: str) -> str:
        return subprocess.run([self.root / "usr/bin/wangge", *command, "--help"], text=True, capture_output=True,
                              check=True).stdout

    def units(self) -> list[pathlib.Path]:
        return sorted(p for p in self.root.rglob("*.service"))

    def test_what_is_in_it(self) -> None:
        for path, mode in (("usr/bin/wangge", 0o755), ("etc/wangge/wangge.conf", 0o640),
                           ("usr/lib/wangge/backup", 0o755),
                           ("usr/share/man/man1/wangge.1.gz", 0o644), ("DEBIAN/postinst", 0o755)):
            with self.subTest(path=path):
                self.assertEqual((self.root / path).stat().st_mode & 0o777, mode)
        self.assertEqual([unit.name for unit in self.units()], ["wangge-backup.service", "wangge.service"])
        names = {p.name for p in (self.root / "usr/share/doc/wangge/operations").iterdir()}
        for page in (ROOT / "docs/operations").iterdir():
            self.assertTrue({page.name, page.name + ".gz"} & names, page)
        self.assertIn("/etc/wangge/wangge.conf", (self.root / "DEBIAN/conffiles").read_text())

    def test_lintian(self) -> None:
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", built()], text=True,
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_one_version(self) -> None:
        meson = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text())
        control = re.search(r"^Version: (.+)$", (self.root / "DEBIAN/control").read_text(), re.M)
        told = subprocess.run([self.root / "usr/bin/wangge", "--version"], text=True, capture_output=True, check=True)
        assert meson and control
        self.assertEqual({meson[1], control[1], told.stdout.split()[1]}, {meson[1]})

    def test_the_sandbox(self) -> None:
        for unit in self.units():
            with self.subTest(unit=unit.name):
                done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
                                      text=True, capture_output=True, check=False)
                level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
                assert level is not None, done.stderr
                self.assertLessEqual(float(level[1]), 2.0)

    def test_systemd_understands_the_units(self) -> None:
        for unit in self.root.rglob("*.service"):
            text = unit.read_text(encoding="utf-8").replace("=/usr/", f"={self.root}/usr/")
            copy = self.folder.path / unit.name
            copy.write_text(text, encoding="utf-8")
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], text=True, capture_output=True,
                                  check=False)
            self.assertEqual([line for line in done.stderr.splitlines() if unit.name in line], [])
        [timer] = self.root.rglob("*.timer")
        when = re.search(r"OnCalendar=(.+)", timer.read_text())
        assert when is not None
        subprocess.run(["systemd-analyze", "calendar", when[1]], check=True, stdout=subprocess.DEVNULL)

    def test_manual_pages(self) -> None:
        commands = re.findall(r"^  ([a-z]+) +[\u4e00-\u9fff]", self.help(), re.M)
        self.assertGreater(len(commands), 10)
        for name in ["wangge", *(f"wangge-{command}" for command in commands)]:
            with self.subTest(page=name):
                page = self.root / f"usr/share/man/man1/{name}.1.gz"
                env = os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": "80", "PAGER": "cat"}
                done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", page], text=True,
                                      capture_output=True, check=False, env=env)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                if name == "wangge":
                    continue
                usage = self.help(name.removeprefix("wangge-"))
                said = re.sub(r"[\u2010\u2212]", "-", done.stdout)
                for option in set(re.findall(r"--[a-z-]+", usage)):
                    self.assertIn(option, said)

    def test_scripts(self) -> None:
        for script in ("DEBIAN/postinst", "DEBIAN/prerm", "DEBIAN/postrm", "usr/lib/wangge/backup"):
            subprocess.run(["sh", "-n", self.root / script], check=True)

    @contextlib.contextmanager
    def served(self) -> Iterator[int]:
        """The packaged program with the packaged settings; only where and with what data differs."""
        port = free_port()
        unit, conf = self.root / "lib/systemd/system/wangge.service", self.root / "etc/wangge/wangge.conf"
        found = settings(unit, conf)
        self.assertEqual(found, {"WANGGE_DATA": "/var/lib/wangge", "WANGGE_LISTEN": "127.0.0.1:8311"})
        found |= {"WANGGE_DATA": str(self.folder.district()), "WANGGE_LISTEN": f"127.0.0.1:{port}"}
        process = subprocess.Popen([self.root / "usr/bin/wangge", "serve"], env=found | {"PATH": "/usr/bin:/bin"},
                                   cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   preexec_fn=forbid_new_code)
        try:
            end = time.monotonic() + patience(20)
            while time.monotonic() < end:
                with contextlib.suppress(OSError):
                    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                    link.request("GET", "/readyz")
                    self.assertEqual(link.getresponse().status, 200)
                    break
                self.assertIsNone(process.poll(), "it ended by itself")
                time.sleep(0.02)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(patience(30)), 0)

    def test_it_runs(self) -> None:
        with self.served() as port:
            client = Client(port).sign_in("clerk")
            self.assertIn(b"<script", client.get("/").body)
            self.assertIn("incident", [kind["kind"] for kind in client.get("/api/v1/kinds").json["items"]])
            picture = client.upload(("a.png", "image/png", png(64, 64)))
            self.assertEqual(picture.status, 201, picture)  # libvips, where no new code may be made
            client.close()

    def test_nightly_backups(self) -> None:
        to = self.folder.path / "backups"
        to.mkdir()
        (to / "wangge-2020-01-01-000000.part").mkdir()
        (to / "kept-by-hand").mkdir()
        env = {"PATH": f"{self.root}/usr/bin:/usr/bin:/bin", "WANGGE_DATA": str(self.folder.district()),
               "WANGGE_BACKUP_DIR": str(to), "WANGGE_BACKUP_KEEP": "2"}
        for _ in range(3):
            subprocess.run([self.root / "usr/lib/wangge/backup"], env=env, check=True, stdout=subprocess.DEVNULL)
            time.sleep(1.1)
        self.assertEqual(sorted(p.name[:9] for p in to.iterdir()), ["kept-by-h", "wangge-20", "wangge-20"])
        for backup in to.glob("wangge-*"):
            self.assertRegex((backup / "MANIFEST").read_text().splitlines()[-1], r"^end \d+$")
        wrong = subprocess.run([self.root / "usr/lib/wangge/backup"], env=env | {"WANGGE_BACKUP_KEEP": "0"},
                               check=False, capture_output=True)
        self.assertEqual(wrong.returncode, 2)
        self.assertEqual(len(list(to.glob("wangge-*"))), 2)
