"""Ten million matters: a lived year with older years behind it.

The older ones are what is closed of the lived year again, moved back by whole years: rows of records, who played a
part, blind indexes, counters of days, and of each history its last entry, as after an import of cases from another
system. Without their words for the full text and without notices. `wangge verify` would find that they were not lived.
"""
import pathlib
import sqlite3

from harness import say

YEARS, DAYS, DAY_MS, NUMBER_YEAR, APART = 9, 365, 86_400_000, 100_000_000, 2_000_000

# {back}: milliseconds; {k}: years; was(id): the id it would have had then.
RECORD = """INSERT INTO record SELECT district, was(id, {back}), kind, number - {k} * 100000000 + {k} * 2000000, state,
 light, open, version, area, community, lng, lat, address, title, fields, sealed, parties, clocks, files, owner, NULL,
 NULL, created_at - {back}, updated_at - {back}, entered_at - {back}, due_at, late, lamp, 0
 FROM record WHERE open = 0 AND created_at >= {from_at}"""
ENTRY = """INSERT INTO entry SELECT e.district, {seq} + row_number() OVER (ORDER BY e.seq), was(e.record, {back}),
 was(e.command, {back}), e.digest, e.at - {back}, e.actor, e.actor_kind, e.role, e.verb, e.from_state, e.to_state,
 e.version, e.note, e.changes, e.measures, e.hash FROM entry e JOIN record r ON r.district = e.district AND
 r.id = e.record WHERE r.open = 0 AND r.created_at >= {from_at} AND e.version = r.version"""
PARTY = """INSERT INTO party SELECT p.district, p.who, was(p.record, {back}), p.role, p.open FROM party p JOIN record r
 ON r.district = p.district AND r.id = p.record WHERE r.open = 0 AND r.created_at >= {from_at}"""
BLIND = """INSERT INTO blind SELECT b.district, b.tag, was(b.record, {back}) FROM blind b JOIN record r
 ON r.district = b.district AND r.id = b.record WHERE r.open = 0 AND r.created_at >= {from_at}"""
COUNTER = """INSERT INTO counter SELECT district, area, day - {k} * 365, part, cells FROM counter
 WHERE day >= {from_day} AND day < {from_day} + 365"""


def statements(k: int, from_at: int, seq: int) -> list[str]:
    """What makes the year k years back, in their order: records last, since the others read them."""
    values = {"k": k, "back": k * DAYS * DAY_MS, "from_at": from_at, "from_day": from_at // DAY_MS, "seq": seq}
    return [text.format(**values) for text in (ENTRY, PARTY, BLIND, COUNTER, RECORD)]


def was(uuid: bytes, back: int) -> bytes:
    return (int.from_bytes(uuid[:6], "big") - back).to_bytes(6, "big") + uuid[6:]


def sqlite(data: pathlib.Path) -> None:
    db = sqlite3.connect(data / "wangge.db", isolation_level=None)
    db.create_function("was", 2, was, deterministic=True)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA journal_mode = OFF")  # what breaks off is made again; a log would need a year's room once more
    db.execute("PRAGMA cache_size = -1000000")
    from_at = db.execute("SELECT min(created_at) FROM record").fetchone()[0]
    for k in range(1, YEARS + 1):
        seq = db.execute("SELECT max(seq) FROM entry").fetchone()[0]
        db.execute("BEGIN")
        for text in statements(k, from_at, seq):
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
    from_at = int(query("SELECT min(created_at) FROM record")[0][0])
    for k in range(1, YEARS + 1):
        seq = int(query("SELECT max(seq) FROM entry")[0][0])
        query("BEGIN; " + "; ".join(statements(k, from_at, seq)) + "; COMMIT")
    query("DROP FUNCTION was")
    query("VACUUM ANALYZE")
