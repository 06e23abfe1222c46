"""`init --distribute`: every table is laid over the cluster, once, right behind its CREATE.

Citus is no package of Debian. In its place stand SQL functions by its names (CITUS), in a real PostgreSQL: they
note what they are called with and refuse what Citus refuses of a table's keys. That the calls are right is tested
here; that rows are then spread over servers is not.
"""
import pathlib
import re
import shutil
import subprocess
import tempfile

from support import postgres
from support.runner import District
from support.server import made_since, undoing

CITUS = """
CREATE SCHEMA stand_in;
ALTER DATABASE {name} SET search_path = public, stand_in;
SET search_path = stand_in;
CREATE TABLE pg_dist_partition (logicalrelid regclass NOT NULL, partmethod "char" NOT NULL);
CREATE TABLE call (n int GENERATED ALWAYS AS IDENTITY, function text, tbl text, col text, indexes int, rows int,
                   mode text);
CREATE FUNCTION note(f text, t regclass, c text, method "char") RETURNS void LANGUAGE plpgsql AS $$
DECLARE held int;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s', t) INTO held;
    INSERT INTO stand_in.call (function, tbl, col, indexes, rows, mode)
    SELECT f, t::text, c, (SELECT count(*) FROM pg_index WHERE indrelid = t AND NOT indisprimary), held,
           current_setting('citus.multi_shard_modify_mode', true);
    INSERT INTO stand_in.pg_dist_partition VALUES (t, method);
END $$;
CREATE FUNCTION create_distributed_table(t regclass, c text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = t AND i.indisunique AND NOT EXISTS
               (SELECT 1 FROM pg_attribute a WHERE a.attrelid = t AND a.attname = c AND a.attnum = ANY (i.indkey))) THEN
        RAISE EXCEPTION 'cannot create constraint on "%": it does not include the partition column', t;
    END IF;
    PERFORM stand_in.note('create_distributed_table', t, c, 'h');
END $$;
CREATE FUNCTION create_reference_table(t regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM stand_in.note('create_reference_table', t, NULL, 'n');
END $$;
"""
REFERENCE = ["district", "migration"]
PLAIN = "not distributed"


class Distribute(District):
    postgres: postgres.Postgres
    made = 0

    @classmethod
    def setUpClass(cls) -> None:
        cls.postgres = postgres.Postgres().start()
        cls.data = pathlib.Path(tempfile.mkdtemp(prefix="wangge-distribute-", dir="/tmp"))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.postgres.stop()
        shutil.rmtree(cls.data, ignore_errors=True)

    def setUp(self) -> None:
        Distribute.made += 1
        self.name = f"cluster_{self.made}"
        self.url = postgres.create(self.name, str(self.postgres.folder))

    def query(self, text: str) -> list[list[str]]:
        return postgres.query(self.name, str(self.postgres.folder), text)

    def wangge(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.folder.wangge, words[0], "--data", self.data / self.name, "--db", self.url,
                               *words[1:]], text=True, input=typed, capture_output=True, check=False)

    def init(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.wangge("init", "--sample", "--bare", *words)

    def test_every_table_once_right_behind_its_create(self) -> None:
        self.query(CITUS.format(name=self.name))
        done = self.init("--distribute", "district")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(PLAIN, done.stdout)
        calls = self.query("SELECT function, tbl, col, indexes, rows, mode FROM stand_in.call ORDER BY n")
        made = [row[0] for row in self.query("SELECT relname FROM pg_class WHERE relkind = 'r' AND "
                                             "relnamespace = 'public'::regnamespace ORDER BY oid")]
        self.assertGreater(len(made), 15)
        # One that a migration makes anew has a call for each time; the last is that of the table there is.
        last = list(dict.fromkeys(call[1] for call in reversed(calls)))
        self.assertEqual(last[::-1], made)
        for function, table, column, indexes, rows, mode in calls:
            with self.subTest(table=table):
                wanted = ("create_distributed_table", "district")
                if table in REFERENCE:
                    wanted = ("create_reference_table", "")
                self.assertEqual((function, column), wanted)
                self.assertEqual((indexes, rows, mode), ("0", "0", "sequential"))
        self.assertEqual(self.query("SELECT district FROM turn"), [["330803"]])
        lived = self.wangge("simulate", "--days", "2", "--seed", "1", "--fast")
        self.assertEqual(lived.returncode, 0, lived.stdout + lived.stderr)
        self.assertGreater(int(self.query("SELECT count(*) FROM record WHERE district = 330803")[0][0]), 0)
        verified = self.wangge("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def test_a_later_migration_is_distributed_unasked(self) -> None:
        """The last that made a table is taken back with what followed; the next command makes it anew."""
        self.query(CITUS.format(name=self.name))
        self.assertEqual(self.init("--distribute", "district").returncode, 0)
        since = 19  # kinds_and_payments
        later = [name for what, name in made_since(since) if what == "TABLE"]
        self.assertIn("payment_call", later)
        back = [f"DELETE FROM stand_in.pg_dist_partition WHERE logicalrelid = '{name}'::regclass" for name in later]
        back += undoing(since)
        back += ["DELETE FROM stand_in.call", f"DELETE FROM migration WHERE number >= {since}"]
        self.query("; ".join(back))
        added = self.wangge("account", "add", "--login", "later", "--name", "后来", "--role", "admin",
                            typed="a password of its own\n")
        self.assertEqual(added.returncode, 0, added.stderr)
        called = self.query("SELECT function, tbl FROM stand_in.call")
        self.assertEqual(called, [["create_distributed_table", name] for name in later])

    def test_not_asked_for_nothing_is_distributed(self) -> None:
        self.query(CITUS.format(name=self.name))
        self.assertEqual(self.init().returncode, 0)
        self.assertEqual(self.query("SELECT count(*) FROM stand_in.call"), [["0"]])

    def test_tables_that_are_there_are_refused(self) -> None:
        self.query(CITUS.format(name=self.name))
        self.assertEqual(self.init().returncode, 0)
        again = self.init("--distribute", "district")
        self.assertEqual(again.returncode, 1)
        self.assertRegex(again.stderr, "begin with an empty one")
        self.assertEqual(self.query("SELECT count(*) FROM stand_in.call"), [["0"]])

    def test_without_the_extension_one_line_says_so(self) -> None:
        done = self.init("--distribute", "district")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(re.findall(f"^.*{PLAIN}.*$", done.stdout, re.M)), 1)
        self.assertEqual(self.wangge("verify").returncode, 0)

    def test_a_file_of_its_own_says_so_too(self) -> None:
        done = subprocess.run([self.folder.wangge, "init", "--data", self.data / "file", "--distribute", "district"],
                              text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(re.findall(PLAIN, done.stdout)), 1)

    def test_several_districts_in_one_database(self) -> None:
        """Each folder has its own; what one does, another does not see."""
        self.query(CITUS.format(name=self.name))
        self.assertEqual(self.init("--distribute", "district").returncode, 0)
        other = ("--data", str(self.data / "other"), "--db", self.url)
        run = [self.folder.wangge, "init", *other, "--district", "330802", "--name", "柯城区", "--short-name", "柯城",
               "--distribute", "district"]
        for status in (0, 1):  # not twice
            done = subprocess.run(run, text=True, capture_output=True, check=False)
            self.assertEqual(done.returncode, status, done.stderr)
        listed = subprocess.run([self.folder.wangge, "account", "list", *other], text=True, capture_output=True,
                                check=True)
        self.assertNotIn("clerk", listed.stdout)
        self.assertIn("clerk", self.wangge("account", "list").stdout)
        self.assertEqual(self.query("SELECT district FROM turn ORDER BY district"), [["330802"], ["330803"]])
        self.assertEqual(self.wangge("verify").returncode, 0)
        verified = subprocess.run([self.folder.wangge, "verify", *other], text=True, capture_output=True, check=False)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        taken = self.init("--district", "330804")
        self.assertRegex(taken.stderr, "district.exists")
        (self.data / self.name / "district").unlink()
        self.assertRegex(self.wangge("account", "list").stderr, "district.several")
        (self.data / self.name / "district").write_text("clerk\n", encoding="utf-8")
        self.assertRegex(self.wangge("account", "list").stderr, "district.choice")
        (self.data / self.name / "district").write_text("330801\n", encoding="utf-8")
        self.assertRegex(self.wangge("account", "list").stderr, "district.none")

    def test_only_by_district(self) -> None:
        self.assertEqual(self.init("--distribute", "area").returncode, 2)
