"""wangge doctor on PostgreSQL: a real server is set wrongly in every way it can tell, and told under its key."""
import contextlib
import os
import pathlib
import re
import subprocess
import time
from collections.abc import Iterator

from support import postgres
from support.runner import District
from support.server import ROOT, Server, database_of, environment, patience

SETTINGS = """fsync = on
full_page_writes = on
max_prepared_transactions = 5
archive_mode = on
archive_command = '/bin/true'
max_wal_size = 32MB
min_wal_size = 32MB
"""
# What one machine cannot show: found before the server's own, as our user looks into `public` first.
ELSEWHERE = "CREATE FUNCTION public.inet_server_addr() RETURNS inet LANGUAGE sql AS $$SELECT inet '10.0.0.9'$$"
LONG_AGO = ("CREATE VIEW public.pg_stat_activity AS SELECT datname, pid, usename, application_name, backend_type,"
            " xact_start - interval '2 hours' AS xact_start FROM pg_catalog.pg_stat_activity")


class OnServer(District):
    pg: postgres.Postgres

    @classmethod
    def setUpClass(cls) -> None:
        cls.clients = {}
        cls.before = os.environ.get(postgres.HERE)
        cls.pg = postgres.Postgres("--data-checksums", settings=SETTINGS).start()
        os.environ[postgres.HERE] = str(cls.pg.folder)
        kept, cls.folder.sample = cls.folder.sample, None
        cls.folder.path, here = cls.folder.path / "server", cls.folder.path
        cls.folder.path.mkdir()
        try:
            cls.server = Server(cls.folder.wangge, cls.folder.district())
        finally:
            cls.folder.path, cls.folder.sample = here, kept

    @classmethod
    def tearDownClass(cls) -> None:
        os.environ.pop(postgres.HERE)
        if cls.before is not None:
            os.environ[postgres.HERE] = cls.before
        cls.pg.stop()

    def sql(self, *statements: str) -> list[list[str]]:
        words = [word for statement in statements for word in ("-c", statement)]
        done = subprocess.run([self.pg.programs / "psql", "-h", self.pg.folder, "-U", postgres.OWNER, "-AtXq", "-v",
                               "ON_ERROR_STOP=1", "-d", database_of(self.server.data), *words], text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line.split("|") for line in done.stdout.splitlines()]

    def look(self, **env: str) -> dict[str, str]:
        done = subprocess.run([self.server.wangge, "doctor", "--data", self.server.data], text=True, check=False,
                              capture_output=True, cwd=ROOT, timeout=patience(60),
                              env=environment(self.server.data) | env)
        found = re.findall(r"(?m)^(好|注意|错误) .*\[([a-z_.]+)\]$", done.stdout)
        self.assertTrue(found, done.stdout + done.stderr)
        for line in done.stdout.split("\n好 ")[0].splitlines():
            self.assertLess(len(line), 400, line)
        verdicts = {"好": "good", "注意": "advice", "错误": "wrong"}
        return {key: verdicts[mark] for mark, key in found}

    def finds(self, key: str, verdict: str, **env: str) -> None:
        found = self.look(**env)
        self.assertEqual(found.get(key), verdict, found)

    @contextlib.contextmanager
    def after(self, *statements: str, back: tuple[str, ...]) -> Iterator[None]:
        self.sql(*statements)
        try:
            yield
        finally:
            self.sql(*back)

    @contextlib.contextmanager
    def setting(self, name: str, value: str) -> Iterator[None]:
        with self.after(f"ALTER SYSTEM SET {name} = {value}", "SELECT pg_reload_conf()",
                        back=(f"ALTER SYSTEM RESET {name}", "SELECT pg_reload_conf()")):
            time.sleep(0.3)  # until it has read them
            yield
        time.sleep(0.3)

    @contextlib.contextmanager
    def session(self, text: str) -> Iterator[None]:
        """Somebody else, in the middle of something."""
        words = [self.pg.programs / "psql", "-h", self.pg.folder, "-U", postgres.OWNER, "-qX", "-d",
                 database_of(self.server.data)]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as other:
            assert other.stdin is not None
            other.stdin.write(text + "\n")
            other.stdin.flush()
            self.wait(lambda: self.sql("SELECT 1 FROM pg_catalog.pg_stat_activity WHERE state LIKE 'idle%' AND"
                                       " application_name = 'psql' AND pid <> pg_backend_pid()") != [])
            yield
            other.stdin.close()

    def wait(self, holds) -> None:  # type: ignore[no-untyped-def]
        end = time.monotonic() + patience(20)
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def test_a_good_server(self) -> None:
        found = self.look()
        bad = {key for key, verdict in found.items() if verdict != "good"}
        self.assertEqual({key for key in bad if key.startswith("server")}, set())
        self.assertEqual((found["server"], found["database"]), ("good", "good"))

    def test_what_is_answered_must_stay(self) -> None:
        for name in ("fsync", "full_page_writes"):
            with self.setting(name, "off"):
                self.finds("server.unsafe", "wrong")
        role = f"ALTER ROLE {postgres.OWNER}"
        with self.after(f"{role} SET synchronous_commit = off", back=(f"{role} RESET synchronous_commit",)):
            self.finds("server.forgets", "wrong")

    def test_page_checksums(self) -> None:
        def turn(how: str) -> None:
            self.pg.end()
            subprocess.run([self.pg.programs / "pg_checksums", how, "-N", "-D", self.pg.data], check=True, cwd="/",
                           user=self.pg.user, stdout=subprocess.DEVNULL)
            self.pg.start()

        turn("--disable")
        try:
            self.finds("server.checksums", "advice")
        finally:
            turn("--enable")

    def test_standbys(self) -> None:
        standby = postgres.Postgres("-R", settings="archive_mode = off\n", source=self.pg)
        standby.set(f"primary_conninfo = 'host={self.pg.folder} user={postgres.OWNER} application_name=second'\n")
        (standby.data / "postgresql.auto.conf").write_text("", encoding="utf-8")
        try:
            standby.start()
            self.wait(lambda: self.sql("SELECT state FROM pg_stat_replication") == [["streaming"]])
            with self.setting("synchronous_standby_names", "'second'"):
                self.wait(lambda: self.sql("SELECT sync_state FROM pg_stat_replication") == [["sync"]])
                self.assertNotIn("server.alone", self.look())
            with self.setting("synchronous_standby_names", "'nobody'"):
                self.finds("server.alone", "wrong")
            there = postgres.url(database_of(self.server.data), str(standby.folder))
            self.finds("server.standby", "wrong", WANGGE_DB=there)
            self.behind(standby)
        finally:
            standby.stop()

    def behind(self, standby: postgres.Postgres) -> None:
        there = ("postgres", str(standby.folder))
        postgres.query(*there, "SELECT pg_wal_replay_pause()")
        self.wait(lambda: postgres.query(*there, "SELECT pg_get_wal_replay_pause_state()") == [["paused"]])
        with self.setting("wal_keep_size", "'1GB'"):  # so that the standby can still have them
            for _ in range(18):
                self.sql("SELECT pg_logical_emit_message(true, 'x', 'y')", "SELECT pg_switch_wal()")
            self.finds("server.lag", "advice")

    def test_a_slot_that_nobody_reads(self) -> None:
        with self.after("SELECT pg_create_physical_replication_slot('gone', true)",
                        back=("SELECT pg_drop_replication_slot('gone')",)):
            self.assertNotIn("server.slot", self.look())
            for _ in range(5):
                self.sql("SELECT pg_logical_emit_message(true, 'x', 'y')", "SELECT pg_switch_wal()")
            self.finds("server.slot", "advice")

    def test_sessions(self) -> None:
        role, database = f"ALTER ROLE {postgres.OWNER}", f"ALTER DATABASE {database_of(self.server.data)}"
        with self.after(f"{role} CONNECTION LIMIT 3", back=(f"{role} CONNECTION LIMIT -1",)):
            self.finds("server.sessions", "wrong")
        with self.after(f"{database} CONNECTION LIMIT 36", back=(f"{database} CONNECTION LIMIT -1",)), \
                contextlib.ExitStack() as others:
            for _ in range(20):
                others.enter_context(self.session("SELECT 1;"))
            self.finds("server.sessions", "advice")

    def test_another_owner(self) -> None:
        plain = postgres.url(database_of(self.server.data), str(self.pg.folder)).replace("user=wangge", "user=plain")
        with self.after("CREATE ROLE plain LOGIN", "GRANT pg_read_all_data TO plain",
                        back=("DROP ROLE plain",)):
            self.finds("server.owner", "wrong", WANGGE_DB=plain)
            self.assertNotIn("server.unseen", self.look(WANGGE_DB=plain))
            with self.setting("synchronous_standby_names", "'nobody'"):
                self.finds("server.unseen", "advice", WANGGE_DB=plain)
            self.sql("GRANT pg_monitor TO plain")

    @contextlib.contextmanager
    def seen(self, text: str, drop: str) -> Iterator[None]:
        role = f"ALTER ROLE {postgres.OWNER}"
        with self.after(text, f"{role} SET search_path = public, pg_catalog",
                        back=(f"{role} RESET search_path", drop)):
            yield

    def test_on_another_machine(self) -> None:
        with self.seen(ELSEWHERE, "DROP FUNCTION public.inet_server_addr()"):
            self.finds("server.plain", "advice")

    def test_old_transactions(self) -> None:
        with self.session("BEGIN; SELECT 1;"):
            self.assertNotIn("server.long", self.look())
            with self.seen(LONG_AGO, "DROP VIEW public.pg_stat_activity"):
                self.finds("server.long", "advice")
        with self.after("BEGIN; CREATE TABLE forgotten (); PREPARE TRANSACTION 'forgotten'",
                        back=("ROLLBACK PREPARED 'forgotten'",)):
            self.finds("server.prepared", "advice")

    def test_what_grows(self) -> None:
        with self.setting("autovacuum", "off"):
            self.finds("server.autovacuum", "advice")
        with self.after("ALTER TABLE notice SET (autovacuum_enabled = false)",
                        back=("ALTER TABLE notice RESET (autovacuum_enabled)",)):
            self.finds("server.autovacuum", "advice")
            self.sql("INSERT INTO turn SELECT g FROM generate_series(1, 20000) AS g")
            self.sql("ALTER TABLE turn SET (autovacuum_enabled = false)", "DELETE FROM turn WHERE district < 20001")
            self.wait(lambda: self.look().get("server.bloat") == "advice")
            self.sql("ALTER TABLE turn RESET (autovacuum_enabled)", "VACUUM ANALYZE turn")
        self.assertNotIn("server.bloat", self.look())

    def test_the_archive(self) -> None:
        self.assertNotIn("server.archive", self.look())
        with self.setting("archive_command", "'/bin/false'"):
            self.sql("SELECT pg_logical_emit_message(true, 'x', 'y')", "SELECT pg_switch_wal()")
            self.wait(lambda: self.look().get("server.archive") == "wrong")
        self.wait(lambda: "server.archive" not in self.look())
        self.finds("backup", "good")

    def test_clocks_apart(self) -> None:
        shim = self.folder.path / "far.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", shim, pathlib.Path(__file__).with_name("other_machine.c"),
                        "-ldl"], check=True)
        self.finds("server.clock", "advice", LD_PRELOAD=str(shim), OTHER_MACHINE="past", ASAN_OPTIONS="detect_leaks=0")

    def test_no_server_and_a_wrong_one(self) -> None:
        self.finds("sql.unavailable", "wrong", WANGGE_DB="postgresql:///x?host=/nowhere")
        subprocess.run([self.pg.programs / "createdb", "-h", self.pg.folder, "-U", postgres.OWNER, "-T", "template0",
                        "-E", "SQL_ASCII", "--locale=C", "ascii"], check=True)
        self.finds("sql.server_encoding", "wrong", WANGGE_DB=postgres.url("ascii", str(self.pg.folder)))
