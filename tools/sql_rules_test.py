#!/usr/bin/env python3
"""What sql_rules refuses, and what it takes."""
import unittest

import sql_rules

MIGRATION = """
CREATE TABLE place /* reference */ (code TEXT NOT NULL PRIMARY KEY);
CREATE TABLE a (
    district INTEGER NOT NULL, -- which
    id       BLOB NOT NULL,
    n        INTEGER NOT NULL DEFAULT 0 CHECK (n IN (0, 1)),
    code     TEXT NOT NULL REFERENCES place (code),
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX a_n ON a (district, n);
CREATE TABLE b (
    district INTEGER NOT NULL,
    id       BLOB NOT NULL,
    a        BLOB,
    PRIMARY KEY (district, id),
    UNIQUE (district, a),
    CONSTRAINT b_a FOREIGN KEY (district, a) REFERENCES a (district, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE turn (district INTEGER NOT NULL PRIMARY KEY) STRICT;
INSERT INTO turn (district) SELECT district FROM a;
-- engine: sqlite
CREATE VIRTUAL TABLE words USING fts5 (word);
-- engine: postgres
CREATE TABLE words (district INTEGER NOT NULL, word text[] NOT NULL, PRIMARY KEY (district, word));
CREATE INDEX words_word ON words USING gin (word);
-- engine: all
"""


def schemas() -> dict[str, sql_rules.Schema]:
    return {engine: sql_rules.Schema(engine) for engine in ("sqlite", "postgres")}


def of_migration(text: str, engine: str = "postgres") -> list[sql_rules.Complaint]:
    schema = schemas()[engine]
    return [*sql_rules.migration(MIGRATION, schema), *sql_rules.migration(text, schema)]


def of_statement(text: str, crossing: bool = False) -> list[sql_rules.Complaint]:
    known = schemas()
    for schema in known.values():
        list(sql_rules.migration(MIGRATION, schema))
    return list(sql_rules.statements("-- About.\n\n-- name: one write\n" + text, known, crossing))


GOOD_STATEMENTS = [
    "SELECT n FROM a WHERE district = $1 AND id = $2;",
    "SELECT n FROM a WHERE (district = $1 AND n = 0) AND (id < $2 OR n = 1) ORDER BY id LIMIT 5",
    "SELECT n FROM a AS x WHERE $1 = x.district -- AND so on\n  AND id > $2",
    "SELECT count(*), coalesce(max(n), 0) FROM a WHERE district = $1",
    "SELECT a.n FROM a JOIN b ON b.district = a.district AND b.a = a.id WHERE a.district = $1",
    "SELECT a.n FROM b LEFT JOIN a ON a.district = b.district AND b.a = a.id WHERE b.district = $1 AND {where}",
    "SELECT a.n FROM a, b WHERE a.district = $1 AND b.district = $1",
    "SELECT n FROM a WHERE district = $1 AND EXISTS (SELECT 1 FROM b WHERE b.district = a.district AND b.a = a.id)",
    "SELECT (SELECT count(*) FROM a WHERE district = $1), (SELECT count(*) FROM b WHERE district = $1)",
    "SELECT a.n FROM a JOIN place ON place.code = a.code WHERE a.district = $1",
    "SELECT code FROM place",
    "SELECT n FROM (SELECT id AS seen FROM a WHERE district = $1 LIMIT $2) AS walk CROSS JOIN a\n"
    "WHERE district = $1 AND id = walk.seen AND {where}",
    "SELECT n FROM a WHERE district = $1 UNION ALL SELECT 1 FROM b WHERE district = $1",
    "INSERT INTO a (district, id, n) VALUES ($1, $2, 0) ON CONFLICT (district, id) DO UPDATE SET n = excluded.n;",
    "INSERT INTO turn (district) VALUES ($1)",
    "INSERT INTO a (district, id) SELECT district, id FROM b WHERE district = $1",
    "INSERT INTO a (district, id) SELECT $1, id FROM b WHERE district = $1",
    "INSERT INTO place (code) VALUES ($1) ON CONFLICT (code) DO NOTHING",
    "UPDATE a SET n = $3 WHERE district = $1 AND id IN (SELECT a FROM b WHERE district = $1 LIMIT 5) RETURNING id",
    "DELETE FROM a WHERE district = $1",
    "INSERT INTO words (word) VALUES ($2)\n-- engine: postgres\nINSERT INTO words (district, word) VALUES ($1, $2)",
    "SELECT 1 FROM words WHERE words MATCH $2\n-- engine: postgres\nWITH hit AS MATERIALIZED (\n"
    "    SELECT word FROM words WHERE district = $1 AND word @> string_to_array($2, ' '))\n"
    "SELECT u.term FROM hit CROSS JOIN LATERAL unnest(hit.word) AS u (term) ORDER BY u.term",
    "SELECT id FROM a WHERE district = $1\n-- engine: postgres\n"
    "SELECT id FROM a WHERE district = $1 FOR UPDATE SKIP LOCKED",
    "-- engine: postgres\nSELECT id, a.xmin FROM a WHERE district = $1",
]

BAD_STATEMENTS = [
    ("SELECT n FROM a WHERE id = $1", "a: district = $n is missing"),
    ("SELECT n FROM a", "a: district = $n is missing"),
    ("SELECT n FROM a WHERE district >= $1", "a: district = $n is missing"),
    ("SELECT n FROM a WHERE district = 330803", "a: district = $n is missing"),
    ("SELECT n FROM a WHERE district = $1 OR id = $2", "a: district = $n is missing"),
    ("SELECT n FROM a WHERE n > 1 OR n < 0 AND district = $1", "a: district = $n is missing"),
    ("SELECT n FROM a WHERE NOT district = $1", "a: district = $n is missing"),
    ("SELECT n FROM a WHERE (district = $1 OR n = 1) AND id = $2", "a: district = $n is missing"),
    ("SELECT n FROM a WHERE n = 0 -- AND district = $1", "a: district = $n is missing"),
    ("SELECT a.n FROM a JOIN b ON b.a = a.id WHERE a.district = $1", "b: district = $n is missing"),
    ("SELECT a.n FROM a, b WHERE district = $1", "district = $n is missing"),
    ("SELECT n FROM a WHERE district = $1 AND EXISTS (SELECT 1 FROM b WHERE b.a = a.id)", "b: district"),
    ("SELECT n FROM a WHERE district = $1 UNION SELECT 1 FROM b", "b: district"),
    ("SELECT n FROM (SELECT n FROM a) AS x WHERE x.district = $1", "a: district"),
    ("WITH x AS (SELECT n FROM a) SELECT n FROM x", "a: district"),
    ("SELECT a.n FROM a JOIN b ON b.a = a.id WHERE a.district = $1 AND b.district = $2", "several districts"),
    ("SELECT a.n FROM a LEFT JOIN b ON a.district = $1 AND b.district = $1", "a: district = $n is missing"),
    ("SELECT a.n FROM a LEFT JOIN (SELECT 1) AS x ON a.district = $1", "a: district = $n is missing"),
    ("SELECT a.n FROM a FULL JOIN b ON a.district = b.district WHERE a.district = $1", "no FULL JOIN"),
    ("SELECT n FROM c WHERE district = $1", "c: no migration makes it"),
    ("INSERT INTO a (id, district) VALUES ($1, $2)", "a: district = $n is missing"),
    ("INSERT INTO a (district, id) VALUES (330803, $1)", "a: district = $n is missing"),
    ("INSERT INTO a VALUES ($1, $2)", "write INSERT INTO table (column"),
    ("INSERT OR REPLACE INTO a (district, id) VALUES ($1, $2)", "without OR"),
    ("INSERT INTO a (district, id) VALUES ($1, $2), ($1, $3)", "one row"),
    ("INSERT INTO a (district, id) SELECT district, id FROM b", "b: district"),
    ("INSERT INTO a (district, id) VALUES ($1, (SELECT a FROM b WHERE id = $2))", "b: district"),
    ("INSERT INTO a (district, id) VALUES ($1, $2) ON CONFLICT DO NOTHING", "ON CONFLICT (district"),
    ("INSERT INTO a (district, id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", "ON CONFLICT (district"),
    ("UPDATE a SET n = 1 WHERE id = $1", "a: district"),
    ("UPDATE a SET n = 1, district = $3 WHERE district = $1 AND id = $2", "stays in its district"),
    ("UPDATE a SET n = b.n FROM b WHERE a.district = $1 AND b.id = a.id", "b: district"),
    ("DELETE FROM a", "a: district"),
    ("SELECT code FROM place WHERE code = $1 FOR UPDATE", "for all districts at once"),
    ("SELECT n FROM a WHERE district = $1 AND n < now()", "now() is not known"),
    ("SELECT random() FROM a WHERE district = $1", "random() is not known"),
    ("SELECT n FROM a WHERE district = $1 AND n < CURRENT_TIMESTAMP", "times are parameters"),
    ("SELECT pg_advisory_lock($2) FROM a WHERE district = $1", "is not known"),
    ("UPDATE a SET n = nextval('s') WHERE district = $1", "nextval() is not known"),
    ("SELECT n FROM a WHERE district = $1; SELECT 1", "one statement, not 2"),
    ("MERGE INTO a USING b ON a.id = b.id", "ON CONFLICT does that"),
    ("WITH gone AS (DELETE FROM a RETURNING id) SELECT id FROM gone", "behind WITH stands a SELECT"),
    ("SELECT 1 FROM words WHERE words MATCH $2\n-- engine: postgres\nSELECT 1 FROM words", "words: district"),
    ("SELECT 1 FROM words", "words: district"),
    ("-- engine: postgres\nSELECT id, a.xmin FROM a", "a: district"),
    ("-- engine: postgres\n", "one statement, not 0"),
    ("SELECT 1\n-- engine: oracle\nSELECT 1", "the engines are"),
]

BAD_MIGRATIONS = [
    ("CREATE TABLE t (id BLOB NOT NULL PRIMARY KEY);", "the first column is district"),
    ("CREATE TABLE t (district INTEGER, id BLOB, PRIMARY KEY (district, id));", "the first column is district"),
    ("CREATE TABLE t (id BLOB, district INTEGER NOT NULL, PRIMARY KEY (district, id));", "the first column"),
    ("CREATE TABLE t (district INTEGER NOT NULL, id BLOB, PRIMARY KEY (id, district));", "district leads every key"),
    ("CREATE TABLE t (district INTEGER NOT NULL, id BLOB PRIMARY KEY);", "district leads every key"),
    ("CREATE TABLE t (district INTEGER NOT NULL, id BLOB);", "it has no primary key"),
    ("CREATE TABLE t (district INTEGER NOT NULL PRIMARY KEY, id BLOB UNIQUE);", "district leads every key"),
    ("CREATE TABLE t (district INTEGER NOT NULL PRIMARY KEY, id BLOB, UNIQUE (id));", "district leads every key"),
    ("CREATE TABLE IF NOT EXISTS t (district INTEGER NOT NULL PRIMARY KEY);", "write CREATE TABLE name"),
    ("create table t (district INTEGER NOT NULL PRIMARY KEY);", "write CREATE TABLE name"),
    ("CREATE UNLOGGED TABLE t (district INTEGER NOT NULL PRIMARY KEY);", "write CREATE TABLE name"),
    ("CREATE INDEX i ON a (n, district);", "district leads every index"),
    ("CREATE UNIQUE INDEX i ON a (id);", "district leads every index"),
    ("CREATE INDEX i ON a USING btree (n);", "district leads every index"),
    ("CREATE INDEX i ON c (district);", "no migration makes it"),
    ("CREATE TABLE t (district INTEGER NOT NULL PRIMARY KEY, a BLOB REFERENCES a (id));", "a foreign key goes from"),
    ("CREATE TABLE t (district INTEGER NOT NULL PRIMARY KEY, a BLOB, FOREIGN KEY (a) REFERENCES a (id));",
     "a foreign key goes from"),
    ("CREATE TABLE t (district INTEGER NOT NULL PRIMARY KEY, a BLOB, FOREIGN KEY (district, a) REFERENCES a "
     "(district, id) ON DELETE SET NULL);", "cannot change district"),
    ("CREATE TABLE t (district INTEGER NOT NULL PRIMARY KEY, a BLOB, FOREIGN KEY (district, a) REFERENCES a "
     "(district, id) ON UPDATE CASCADE);", "cannot change district"),
    ("CREATE TABLE t /* reference */ (a BLOB PRIMARY KEY REFERENCES a (id));", "what is the same everywhere"),
    ("CREATE TABLE t (district INTEGER NOT NULL PRIMARY KEY, n BIGSERIAL);", "no serials"),
    ("CREATE TABLE t (district INTEGER NOT NULL PRIMARY KEY, n INTEGER GENERATED ALWAYS AS IDENTITY);", "no identity"),
    ("CREATE TABLE t (district INTEGER NOT NULL PRIMARY KEY, at INTEGER DEFAULT now());", "different each time"),
    ("CREATE SEQUENCE s;", "no sequences"),
    ("CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END;", "no triggers"),
    ("CREATE VIEW v AS SELECT n FROM a;", "a migration makes tables and indexes"),
    ("CREATE VIRTUAL TABLE v USING fts5 (x);", "virtual tables are SQLite's"),
    ("ALTER TABLE a ADD CONSTRAINT x UNIQUE (id);", "keys are made with their table"),
    ("ALTER TABLE a DROP COLUMN district;", "district stays as it is"),
    ("UPDATE a SET district = 1;", "stays in its district"),
    ("INSERT INTO a (id, district) SELECT id, district FROM b;", "the first column that is filled is district"),
]

GOOD_MIGRATIONS = [
    "CREATE INDEX i ON a (district, n DESC) WHERE n > 0;",
    "ALTER TABLE a ADD COLUMN more INTEGER NOT NULL DEFAULT 0; UPDATE a SET more = n + 1;",
    "DROP INDEX a_n; DROP TABLE b;",
    "-- CREATE SEQUENCE s;\nCREATE TABLE t (district INTEGER NOT NULL PRIMARY KEY, x TEXT DEFAULT 'a TRIGGER; ');",
]


class Rules(unittest.TestCase):
    def refused(self, found: list[sql_rules.Complaint], what: str) -> None:
        self.assertTrue(any(what in said for _, _, said in found), found)

    def test_good_statements(self) -> None:
        for text in GOOD_STATEMENTS:
            with self.subTest(text=text):
                self.assertEqual(of_statement(text), [])

    def test_bad_statements(self) -> None:
        for text, what in BAD_STATEMENTS:
            with self.subTest(text=text):
                self.refused(of_statement(text), what)

    def test_only_reports_cross_districts(self) -> None:
        self.assertEqual(of_statement("SELECT district, count(*) FROM a GROUP BY district", crossing=True), [])
        self.refused(of_statement("SELECT district, random() FROM a", crossing=True), "random() is not known")

    def test_good_migrations(self) -> None:
        for engine in ("sqlite", "postgres"):
            self.assertEqual(of_migration("", engine), [])
            for text in GOOD_MIGRATIONS:
                with self.subTest(text=text):
                    self.assertEqual(of_migration(text, engine), [])

    def test_bad_migrations(self) -> None:
        for text, what in BAD_MIGRATIONS:
            with self.subTest(text=text):
                self.refused(of_migration(text), what)

    def test_a_complaint_says_where(self) -> None:
        self.assertEqual(of_statement("SELECT 1\n\nFROM a -- x\nWHERE n = 'a\nb'")[0][0], 6)
        self.assertEqual(of_statement("SELECT 1\n-- engine: postgres\nSELECT n FROM a")[0][0], 6)
        self.assertEqual([line for line, _, _ in of_migration("\n\nCREATE INDEX i\nON a (n);")], [3])


if __name__ == "__main__":
    unittest.main()
