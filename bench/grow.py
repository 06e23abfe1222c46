"""Ten million matters: a lived year with older years behind it.

The older ones are what is closed of the lived year again, moved back by whole years: rows of records, who played a
part, blind indexes, counters of days, and of each history its last entry, as after an import of cases from another
system. Without their words for the full text and without notices. `wangge verify` would find that they were not lived.
"""
import pathlib
import sqlite3

from harness import say

YEARS, DAYS, DAY_MS, NUMBER_YEAR, APART = 9, 365, 86_400_000, 100_000_000, 2_000_000

# {back}: milliseconds; {k}: years; was(id): the id it would have had then. {from_id} and {to_seq} keep off what was
# made before: without them every year would read all the others again.
RECORD = """INSERT INTO record SELECT district, was(id, {back}), kind, number - {k} * 100000000 + {k} * 2000000, state,
 light, open, version, area, community, lng, lat, address, title, fields, sealed, parties, clocks, files, owner, NULL,
 NULL, created_at - {back}, updated_at - {back}, entered_at - {back}, due_at, late, lamp, 0
 FROM record WHERE open = 0 AND id >= {from_id}"""
ENTRY = """INSERT INTO entry SELECT e.district, {seq} + row_number() OVER (ORDER BY e.seq), was(e.record, {back}),
 was(e.command, {back}), e.digest, e.at - {back}, e.actor, e.actor_kind, e.role, e.verb, e.from_state, e.to_state,
 e.version, e.note, e.changes, e.measures, e.hash FROM entry e JOIN record r ON r.district = e.district AND
 r.id = e.record WHERE r.open = 0 AND e.seq <= {to_seq} AND e.version = r.version"""
PARTY = """INSERT INTO party SELECT p.district, p.who, was(p.record, {back}), p.role, p.open FROM party p JOIN record r
 ON r.district = p.district AND r.id = p.record WHERE r.open = 0 AND p.record >= {from_id}
 ORDER BY p.who, p.record"""
BLIND = """INSERT INTO blind SELECT b.district, b.tag, was(b.record, {back}) FROM blind b JOIN record r
 ON r.district = b.district AND r.id = b.record WHERE r.open = 0 AND b.record >= {from_id}
 ORDER BY b.tag, b.record"""
COUNTER = """INSERT INTO counter SELECT district, area, day - {k} * 365, part, cells FROM counter
 WHERE day >= {from_day} AND day < {from_day} + 365 ORDER BY day, part, area"""
LIVED = "SELECT (SELECT min(created_at) FROM record), (SELECT max(seq) FROM entry)"


def statements(k: int, seq: int, lived: dict) -> list[str]:
    """What makes the year k years back, in their order: records last, since the others read them. What is kept by
    who or by tag goes in sorted: at random every row would fetch a page. `lived`: where the lived year is."""
    values = {"k": k, "back": k * DAYS * DAY_MS, "seq": seq, **lived}
    return [text.format(**values) for text in (ENTRY, PARTY, BLIND, COUNTER, RECORD)]


def lived_year(from_at: int, to_seq: int, literal: str) -> dict:
    """`literal`: how the engine writes bytes in hexadecimal."""
    from_id = literal.format(from_at.to_bytes(6, "big").hex())
    return {"from_day": from_at // DAY_MS, "to_seq": to_seq, "from_id": from_id}


def was(uuid: bytes, back: int) -> bytes:
    return (int.from_bytes(uuid[:6], "big") - back).to_bytes(6, "big") + uuid[6:]


def sqlite(data: pathlib.Path) -> None:
    db = sqlite3.connect(data / "wangge.db", isolation_level=None)
    db.create_function("was", 2, was, deterministic=True)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA journal_mode = OFF")  # what breaks off is made again; a log would need a year's room once more
    db.execute("PRAGMA cache_size = -1000000")
    lived = lived_year(*db.execute(LIVED).fetchone(), "x'{}'")
    for k in range(1, YEARS + 1):
        seq = db.execute("SELECT max(seq) FROM entry").fetchone()[0]
        db.execute("BEGIN")
        for text in statements(k, seq, lived):
            db.execute(text)
        db.execute("COMMIT")
        say(f"  {k} of {YEARS} older years")
    db.execute("PRAGMA journal_mode = WAL")
    db.close()


WAS = """CREATE FUNCTION was(id bytea, back bigint) RETURNS bytea IMMUTABLE LANGUAGE sql RETURN
 substring(int8send(('x' || encode(substring(id, 1, 6), 'hex'))::bit(48)::bigint - back), 3) || substring(id, 7)"""


def postgres(query) -> None:
    """`query` runs one statement and returns its rows."""
    query(WAS)
    from_at, to_seq = query(LIVED)[0]
    lived = lived_year(int(from_at), int(to_seq), "'\\x{}'::bytea")
    for k in range(1, YEARS + 1):
        seq = int(query("SELECT max(seq) FROM entry")[0][0])
        query("BEGIN; " + "; ".join(statements(k, seq, lived)) + "; COMMIT")
    query("DROP FUNCTION was")
    query("VACUUM ANALYZE")
