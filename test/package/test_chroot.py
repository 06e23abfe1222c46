"""A bare Debian 12 made by debootstrap: install, make a district, serve it, upgrade, remove, purge. Needs root."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

from package import built, settings
from support.client import Client
from support.runner import District
from support.server import free_port

SUITE, MIRROR = "bookworm", "http://deb.debian.org/debian"


class Bare(District):
    root: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.clients = {}
        cls.root = cls.folder.path / "debian"
        if os.getuid() != 0:
            raise AssertionError("only root can make a chroot: run this as root")
        made = subprocess.run(["debootstrap", "--variant=minbase", SUITE, cls.root, MIRROR], text=True,
                              capture_output=True, check=False)
        if made.returncode != 0:
            raise AssertionError(f"debootstrap: {made.stdout[-2000:]}{made.stderr[-2000:]}")
        shutil.copy("/etc/resolv.conf", cls.root / "etc/resolv.conf")
        (cls.root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (cls.root / "usr/sbin/policy-rc.d").chmod(0o755)
        # Nothing of this machine is mounted into a folder that will be removed.
        subprocess.run(["mount", "-t", "proc", "proc", cls.root / "proc"], check=True)
        cls.addClassCleanup(subprocess.run, ["umount", cls.root / "proc"], check=True)

    @classmethod
    def tearDownClass(cls) -> None:
        """There is no server to end."""

    def inside(self, *words: str, status: int | None = 0, **environment: str) -> str:
        """A command in the chroot, as root."""
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(["chroot", self.root, *words], text=True, capture_output=True, check=False,
                              env=env | environment)
        if status is not None:
            self.assertEqual(done.returncode, status, f"{words}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout + done.stderr

    def served_as(self, *words: str, status: int | None = 0, **environment: str) -> str:
        """A command in the chroot, as the service's user."""
        return self.inside("setpriv", "--reuid=wangge", "--regid=wangge", "--init-groups", *words, status=status,
                           **environment)

    def newer(self) -> pathlib.Path:
        """The same package under a later version."""
        tree, deb = self.folder.path / "newer", self.root / "newer.deb"
        subprocess.run(["dpkg-deb", "-R", built(), tree], check=True)
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"(?m)^Version: .*$", "Version: 99.0", control.read_text()))
        (tree / "etc/wangge/wangge.conf").write_text("# what the next version ships\n")
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, deb], check=True, stdout=subprocess.DEVNULL)
        return deb

    def owner(self, path: str) -> str:
        return self.inside("stat", "-c", "%U:%G %a", path).strip()

    def serve(self) -> None:
        """As systemd would: the unit's user, settings and command."""
        port = free_port()
        found = settings(self.root / "lib/systemd/system/wangge.service", self.root / "etc/wangge/wangge.conf")
        env = {"PATH": "/usr/bin:/bin"} | found | {"WANGGE_LISTEN": f"127.0.0.1:{port}"}
        process = subprocess.Popen(["/usr/sbin/chroot", "--userspec=wangge:wangge", self.root, "/usr/bin/wangge",
                                    "serve"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            for _ in range(200):
                try:
                    client = Client(port).sign_in("clerk")
                    break
                except OSError:
                    self.assertIsNone(process.poll())
                    time.sleep(0.1)
            self.assertEqual(client.get("/").status, 200)
            self.assertEqual(client.get("/api/v1/kinds").status, 200)
            client.close()
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)

    def test_its_life(self) -> None:
        shutil.copy(built(), self.root / "wangge.deb")
        self.inside("apt-get", "update", "-q")
        said = self.inside("apt-get", "install", "-q", "-y", "--no-install-recommends", "/wangge.deb")
        self.assertIn("wangge init", said)
        self.assertEqual(self.owner("/var/lib/wangge"), "wangge:wangge 700")
        self.assertEqual(self.owner("/etc/wangge/wangge.conf"), "root:wangge 640")
        self.assertIn("district.none", self.served_as("wangge", "serve", "--data", "/var/lib/wangge", status=1))
        self.served_as("wangge", "init", "--sample", "--data", "/var/lib/wangge")
        self.served_as("wangge", "simulate", "--days", "2", "--seed", "1", "--data", "/var/lib/wangge")
        self.serve()
        self.served_as("/usr/lib/wangge/backup", WANGGE_DATA="/var/lib/wangge")
        self.assertIn("0 项错误", self.served_as("wangge", "doctor", "--data", "/var/lib/wangge"))

        conf = self.root / "etc/wangge/wangge.conf"
        conf.write_text(conf.read_text().replace("#WANGGE_BACKUP_KEEP=14", "WANGGE_BACKUP_KEEP=3"))
        self.newer()
        self.inside("dpkg", "--force-confold", "-i", "/newer.deb")
        self.assertIn("WANGGE_BACKUP_KEEP=3", conf.read_text(), "what the operator wrote stays")
        self.assertEqual(self.owner("/etc/wangge/wangge.conf"), "root:wangge 640")
        self.served_as("wangge", "verify", "--data", "/var/lib/wangge")
        self.serve()

        [kept] = (self.root / "var/backups/wangge").iterdir()
        new = "/var/lib/wangge.new"
        self.inside("wangge", "restore", "--from", f"/var/backups/wangge/{kept.name}", "--data", new)
        self.inside("chown", "-R", "wangge:", new)
        self.inside("mv", "/var/lib/wangge", "/var/lib/wangge.failed")
        self.inside("mv", new, "/var/lib/wangge")
        self.assertEqual(self.owner("/var/lib/wangge"), "wangge:wangge 700")
        self.serve()

        self.inside("dpkg", "-r", "wangge")
        self.assertTrue(conf.exists())
        self.assertIn("/var/lib/wangge", self.inside("dpkg", "-P", "wangge"), "says where the data are")
        self.assertFalse(conf.exists())
        self.assertEqual(self.owner("/var/lib/wangge/wangge.db"), "wangge:wangge 600", "nobody else gets the data")
        self.inside("dpkg", "-i", "/wangge.deb")
        self.served_as("wangge", "verify", "--data", "/var/lib/wangge")
