"""The configuration for a highly available database is one that Patroni takes; test/servers/ha.py runs it."""
import shutil
import subprocess
import unittest

from support.patroni import NODES, Patroni


# etcd is not there now; who may connect is written for all machines, not only for the first.
NO_MATTER = ("is not reachable", "bootstrap.pg_hba")


class Configuration(unittest.TestCase):
    def setUp(self) -> None:
        self.machines = Patroni()
        self.addCleanup(self.machines.end)

    def test_patroni_takes_it(self) -> None:
        machine = self.machines.machines[0]
        machine.write_config()
        text = machine.config.read_text(encoding="utf-8")
        machine.config.write_text(text.replace("127.0.0.1", "127.0.0.2"), encoding="utf-8")  # not the usual one
        done = subprocess.run([shutil.which("patroni") or "/usr/bin/patroni", "--validate-config", machine.config],
                              text=True, capture_output=True, check=False, timeout=60)
        complaints = [line for line in (done.stdout + done.stderr).splitlines()
                      if not any(word in line for word in NO_MATTER)]
        self.assertEqual(complaints, [])

    def test_each_machine_has_its_own_addresses(self) -> None:
        for machine in self.machines.machines:
            machine.write_config()
            text = machine.config.read_text(encoding="utf-8")
            self.assertNotIn("10.0.0.", text)
            self.assertEqual(text.count(f"127.0.0.1:{machine.ports.database}"), 2)
            for other in self.machines.machines:
                self.assertEqual(text.count(f":{other.ports.client}"), 1)
            members = machine.etcd_settings()["ETCD_INITIAL_CLUSTER"].split(",")
            self.assertEqual(len(set(members)), NODES)
            self.assertIn(f"{machine.name}=http://127.0.0.1:{machine.ports.peer}", members)
