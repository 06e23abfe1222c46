"""Beside a running server: what reads or changes no matters works, what writes them waits its turn."""
import csv
import hashlib
import io
import shutil
import signal
import subprocess
import time

from support import postgres
from support.client import new_id
from support.runner import District
from support.server import environment, make_database, query


class BesideServer(District):
    def raise_one(self, text: str = "路灯不亮", **fields: object) -> str:
        body = {"id": new_id(), "kind": "incident", "area": "330803001001", "fields": {"description": text, **fields}}
        answer = self.be("clerk").post("/api/v1/records", body)
        self.expect(answer, 201)
        return str(body["id"])

    def test_verify(self) -> None:
        self.raise_one()
        done = self.server.command("verify")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_doctor_finds_the_database(self) -> None:
        done = self.server.command("doctor")
        self.assertRegex(done.stdout, r"好 .*\[database\]", done.stdout + done.stderr)

    def test_backup_and_restore(self) -> None:
        self.raise_one()
        to, new = self.server.data.with_name("backup"), self.server.data.with_name("restored")
        done = self.server.command("backup", "--to", to)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotEqual(self.server.command("backup", "--to", to).returncode, 0, "never over another backup")
        restored = self.server.command("restore", "--from", to)
        self.assertIn("backup.not_empty", restored.stderr, "never over a district")
        self.server.data, kept = new, self.server.data
        make_database(new)
        make_database(new.with_name("again"))
        held = "wangge.dump" if postgres.folder() else "wangge.db"
        try:
            done = self.server.command("restore", "--from", to)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual((new / "wangge.dump").exists(), False, "it went to the server")
            self.assertEqual(query(new, "SELECT count(*), max(seq) FROM entry"),
                             query(kept, "SELECT count(*), max(seq) FROM entry"))
            manifest = to / "MANIFEST"
            manifest.write_text("".join(manifest.read_text().splitlines(keepends=True)[:-1]))
            self.server.data = new.with_name("again")
            self.assertIn("backup.manifest", self.server.command("restore", "--from", to).stderr, "cut short")
            for line, key in (("x" * 64 + "  5  ../../etc/passwd", "backup.manifest"), ("nonsense", "backup.manifest"),
                              ("0" * 64 + f"  5  {held}", "backup.damaged")):
                manifest.write_text(f"wangge-backup-1\n{line}\nend 1\n")
                self.assertIn(key, self.server.command("restore", "--from", to).stderr, line)
            self.assertFalse(self.server.data.exists(), "nothing half")
        finally:
            self.server.data = kept

    def test_backup_without_key(self) -> None:
        to = self.server.data.with_name("keyless")
        self.assertEqual(self.server.command("backup", "--to", to, "--without-key").returncode, 0)
        self.assertFalse((to / "secret.key").exists())

    def test_a_backup_shares_files_with_an_earlier_one(self) -> None:
        """Evidence is written once; what was spoiled in the earlier backup is copied anew."""
        names = [hashlib.sha256(bytes([n]) * 5000).hexdigest() for n in range(3)]
        for n, name in enumerate(names):
            path = self.server.data / "files" / name[:2] / name[2:]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bytes([n]) * 5000)
        first, second, third = (self.server.data.with_name(f"shared-{n}") for n in range(3))
        self.assertEqual(self.server.command("backup", "--to", first).returncode, 0)
        spoiled, kept, gone = (first / "files" / name[:2] / name[2:] for name in names)
        spoiled.write_bytes(bytes([9]) * 5000)
        gone.unlink()
        done = self.server.command("backup", "--to", second, "--base", first)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(" 1 个与上次共用", done.stdout)
        for n, path in enumerate((spoiled, kept, gone)):
            new = second / path.relative_to(first)
            self.assertEqual(new.read_bytes(), bytes([n]) * 5000)
            self.assertEqual(new.stat().st_nlink, 2 if path == kept else 1)
        self.assertEqual((second / "secret.key").stat().st_nlink, 1, "only what never changes is shared")
        shutil.rmtree(first)
        self.assertEqual((second / kept.relative_to(first)).read_bytes(), bytes([1]) * 5000, "either may go")
        (second / "MANIFEST").unlink()
        done = self.server.command("backup", "--to", third, "--base", second)
        self.assertIn("backup.manifest", done.stderr, "no whole backup to share with")
        self.assertFalse(third.with_suffix(".part").exists())

    def test_restoring_to_the_other_kind_of_database(self) -> None:
        to, new = self.server.data.with_name("kind"), self.server.data.with_name("other-kind")
        self.assertEqual(self.server.command("backup", "--to", to).returncode, 0)
        self.assertEqual((to / ("wangge.dump" if postgres.folder() else "wangge.db")).stat().st_mode & 0o777, 0o600)

        def tell(*words: object, **env: str) -> str:
            return subprocess.run([self.server.wangge, *map(str, words)], text=True, check=False, capture_output=True,
                                  env=environment(self.server.data) | env).stderr

        other = {"WANGGE_DB": "" if postgres.folder() else "postgresql:///nowhere"}
        said = tell("restore", "--from", to, "--data", new, **other)
        self.assertIn("backup.needs_db" if postgres.folder() else "backup.no_db", said)
        if postgres.folder():
            self.assertIn("sql.not_empty", tell("restore", "--from", to, "--data", new), "never over a database")
            self.assertIn("sql.no_tool", tell("backup", "--data", self.server.data, "--to", new, PATH="/nowhere"))
        self.assertFalse(new.exists())

    def test_the_door_is_one(self) -> None:
        done = self.server.command("export", "--kind", "incident", "--reveal", "caller", "--as", "clerk",
                                   "--reason", "x")
        self.assertIn("district.locked", done.stderr)

    def test_an_account_after_sighup(self) -> None:
        done = self.server.command("account", "add", "--login", "li", "--role", "nobody")
        self.assertIn("post.role", done.stderr)
        self.assertNotIn("\nli ", self.server.command("account", "list").stdout, "no account without its post")
        done = self.server.command("account", "post", "--login", "resident2", "--role", "leader")
        self.assertEqual(done.returncode, 0, done.stderr)
        assert self.server.process is not None
        self.server.process.send_signal(signal.SIGHUP)
        roles: set[str] = set()
        end = time.monotonic() + 10
        while "leader" not in roles and time.monotonic() < end:
            roles = {post["role"] for post in self.be("resident2").get("/api/v1/me").json["posts"]}
            time.sleep(0.05)
        self.assertIn("leader", roles)


class Alone(District):
    """The same district when nobody serves it."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        place = {"kind": "incident", "area": "330803001001"}
        clerk = cls.be(cls(), "clerk")
        for fields in ({"description": "=cmd()|x", "caller": "13800138000"}, {"description": '引号"与,逗号'}):
            answer = clerk.post("/api/v1/records", {"id": new_id(), **place, "fields": fields})
            assert answer.status == 201, answer
        for client in cls.clients.values():
            client.close()
        cls.clients = {}
        cls.server.end()

    def rows(self, *words: object) -> list[dict[str, str]]:
        done = self.server.command("export", "--kind", "incident", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("\ufeff"), "Excel wants a byte order mark")
        return list(csv.DictReader(io.StringIO(done.stdout[1:], newline="")))

    def caller(self, *words: object) -> str:
        return next(row["caller"] for row in self.rows(*words) if row["description"] == "'=cmd()|x")

    def test_export_is_masked_and_harmless(self) -> None:
        rows = self.rows()
        texts = [row["description"] for row in rows if row["description"] != "路灯"]
        self.assertEqual(texts, ["'=cmd()|x", '引号"与,逗号'])
        self.assertEqual(self.caller(), "138****8000")

    def test_export_where(self) -> None:
        self.assertEqual(len(self.rows("--where", "description.contains('逗号')")), 1)
        self.assertEqual(len(self.rows("--area", "330803002")), 0)
        done = self.server.command("export", "--kind", "incident", "--where", "descripton == ''")
        self.assertIn("cel.unknown_name", done.stderr)

    def test_reveal_is_logged(self) -> None:
        self.assertIn("export.reveal", self.server.command("export", "--kind", "incident", "--reveal", "caller").stderr)
        self.assertEqual(self.caller("--reveal", "caller", "--as", "clerk", "--reason", "回访"), "13800138000")
        notes = [note for (note,) in query(self.server.data, "SELECT note FROM entry WHERE verb = 'reveal'")]
        self.assertEqual(set(notes), {"回访"})

    def test_no_right_no_reveal(self) -> None:
        self.assertEqual(self.caller("--reveal", "caller", "--as", "verifier", "--reason", "好奇"), "138****8000")

    def test_verify_finds_one_byte(self) -> None:
        wrong, right = (("=cmd", "=dmd"), ("=dmd", "=cmd"))
        for (was, now), status in ((wrong, 1), (right, 0)):
            query(self.server.data, f"UPDATE entry SET changes = replace(changes, '{was}', '{now}') WHERE seq = 1")
            done = self.server.command("verify")
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
            self.assertEqual("entry 1: its hash" in done.stdout, status == 1, done.stdout)

    def test_import_refuses_with_line_and_reason(self) -> None:
        folder = self.server.data.parent
        (folder / "map.yaml").write_text(
            "id: no\nat: at\nzone: '+08:00'\nformat: '%Y-%m-%d %H:%M'\narea: {value: '330803001001'}\n"
            "fields: {description: what, category: {column: sort, codes: {灯: '0504'}}}\n", encoding="utf-8")
        (folder / "cases.csv").write_text(
            "no,at,what,sort\n1,2026-09-01 08:00,路灯,灯\n2,yesterday,路灯,灯\n3,2026-09-01 08:01,路灯,别的\n"
            "4,2026-09-01 08:02,,灯\n5,2026-09-01 08:03,路灯\n6,2026-09-01 08:04,路灯,灯\n", encoding="utf-8")
        words = ("import", "--kind", "incident", "--map", folder / "map.yaml", "--refused", folder / "bad.csv",
                 folder / "cases.csv")
        dry = self.server.command(*words, "--dry-run")
        self.assertIn("new 2", dry.stdout, dry.stderr)
        first, second = self.server.command(*words), self.server.command(*words)
        self.assertIn("new 2", first.stdout, "a dry run keeps nothing")
        self.assertIn("known 2", second.stdout, "nothing twice")
        self.assertEqual(first.returncode, 1, "something was refused")
        with (folder / "bad.csv").open(encoding="utf-8") as file:
            bad = {row[0]: row[1] for row in csv.reader(file)}
        self.assertEqual({line: bad.get(line) for line in "3456"},
                         {"3": "import.time", "4": "import.code", "5": "input.required", "6": "import.columns"})
        self.assertEqual(self.server.command("verify").returncode, 0)

    def test_a_wrong_mapping_has_line_and_caret(self) -> None:
        folder = self.server.data.parent
        (folder / "wrong.yaml").write_text("id: no\nat: att\nfields: {descripton: what}\n", encoding="utf-8")
        (folder / "one.csv").write_text("no,at,what\n", encoding="utf-8")
        done = self.server.command("import", "--kind", "incident", "--map", folder / "wrong.yaml", folder / "one.csv")
        self.assertEqual(done.returncode, 1)
        self.assertIn("wrong.yaml:2:5: error: the file has no column 'att'", done.stderr)
        self.assertIn("wrong.yaml:3:10: error:", done.stderr)

    def test_help(self) -> None:
        for name in ("account", "area", "calendar", "pack", "measure", "export", "import", "verify", "backup",
                     "restore"):
            done = self.server.command(name, "--help")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("例 example", done.stdout, name)
            self.assertEqual(self.server.command(name, "--nonsense").returncode, 2, name)
