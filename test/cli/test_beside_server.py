"""Beside a running server: what reads or changes no matters works, what writes them waits its turn."""
import csv
import io
import signal
import time

from support import postgres
from support.client import new_id
from support.runner import District
from support.server import query


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
        if postgres.folder():
            self.assertIn("sql.backup_server", done.stderr, "it has tools of its own for that")
            return
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotEqual(self.server.command("backup", "--to", to).returncode, 0, "never over another backup")
        restored = self.server.command("restore", "--from", to)
        self.assertIn("backup.not_empty", restored.stderr, "never over a district")
        self.server.data, kept = new, self.server.data
        try:
            done = self.server.command("restore", "--from", to)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            manifest = to / "MANIFEST"
            manifest.write_text("".join(manifest.read_text().splitlines(keepends=True)[:-1]))
            self.server.data = new.with_name("again")
            self.assertIn("backup.manifest", self.server.command("restore", "--from", to).stderr, "cut short")
            for line, key in (("x" * 64 + "  5  ../../etc/passwd", "backup.manifest"), ("nonsense", "backup.manifest"),
                              ("0" * 64 + "  5  wangge.db", "backup.damaged")):
                manifest.write_text(f"wangge-backup-1\n{line}\nend 1\n")
                self.assertIn(key, self.server.command("restore", "--from", to).stderr, line)
            self.assertFalse(self.server.data.exists(), "nothing half")
        finally:
            self.server.data = kept

    def test_backup_without_key(self) -> None:
        to = self.server.data.with_name("keyless")
        if postgres.folder():
            return
        self.assertEqual(self.server.command("backup", "--to", to, "--without-key").returncode, 0)
        self.assertFalse((to / "secret.key").exists())

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
