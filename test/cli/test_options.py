"""Options from the environment: what a service's configuration file sets."""
import os
import subprocess

from support.runner import District
from support.server import Server


class Options(District):
    @classmethod
    def setUpClass(cls) -> None:
        cls.clients = {}
        cls.server = Server(cls.folder.wangge, cls.folder.district())

    def run_with(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.server.wangge, *words], text=True, capture_output=True, check=False, timeout=60,
                              env={k: v for k, v in os.environ.items() if not k.startswith("WANGGE_")} | environment)

    def test_the_folder(self) -> None:
        data = str(self.server.data)
        self.assertEqual(self.run_with("account", "list").returncode, 2)
        self.assertEqual(self.run_with("account", "list", WANGGE_DATA="").returncode, 2)
        self.assertEqual(self.run_with("account", "list", WANGGE_DATA=data).returncode, 0)
        self.assertEqual(self.run_with("account", "list", "--data", data, WANGGE_DATA="/nowhere").returncode, 0)

    def test_only_what_configures(self) -> None:
        """A variable that happens to stand there must not say where an export goes."""
        done = self.run_with("export", "--kind", "incident", WANGGE_DATA=str(self.server.data), WANGGE_OUT="/tmp/never",
                             WANGGE_KIND="other")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout)

    def test_yes_and_no(self) -> None:
        done = self.run_with("serve", WANGGE_DATA="/nowhere", WANGGE_TRUST_PROXY="maybe")
        self.assertEqual(done.returncode, 2)
        self.assertIn("WANGGE_TRUST_PROXY", done.stderr)
        self.assertIn("district.none", self.run_with("serve", WANGGE_DATA="/nowhere", WANGGE_TRUST_PROXY="no").stderr)
