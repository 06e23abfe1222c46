-- Statements of records, their history and what is derived from them.
-- The columns of a row in full are read by store.c in this order.

-- name: get
SELECT id, kind, number, state, version, area, lng, lat, address, title, fields, sealed, parties, clocks, files,
       parent, duplicate_of, created_at, updated_at, entered_at, tied
FROM record WHERE district = $1 AND id = $2;

-- name: by_number
SELECT id FROM record WHERE district = $1 AND number = $2;

-- name: insert write
INSERT INTO record (district, id, kind, number, state, light, open, version, area, community, lng, lat, address, title,
                    fields, sealed, parties, clocks, files, owner, parent, duplicate_of, created_at, updated_at,
                    entered_at, due_at, late, lamp)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
        $25, $26, $27, $28);

-- name: update write
UPDATE record SET state = $3, light = $4, open = $5, version = $6, area = $7, community = $8, lng = $9, lat = $10,
       address = $11, title = $12, fields = $13, sealed = $14, parties = $15, clocks = $16, files = $17, owner = $18,
       duplicate_of = $19, updated_at = $20, entered_at = $21, due_at = $22, late = $23, lamp = $24, parent = $25
WHERE district = $1 AND id = $2;

-- Something lies below it, is a duplicate of it, or is linked with it: most matters stand alone, and who reads one of
-- them need not look for more. Stays when that has gone again.
-- name: tie write
UPDATE record SET tied = 1 WHERE district = $1 AND id = $2 AND tied = 0;

-- name: tied
SELECT tied FROM record WHERE district = $1 AND id = $2;

-- name: entry_insert write
INSERT INTO entry (district, seq, record, command, at, actor, actor_kind, role, verb, from_state, to_state, version,
                   note, changes, measures, hash, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);

-- name: entry_of_command
SELECT record, verb, seq, digest FROM entry WHERE district = $1 AND command = $2;

-- name: entry_last
SELECT seq FROM entry WHERE district = $1 ORDER BY seq DESC LIMIT 1;

-- What a batch goes on from: the last number of the history, and how many versions of packs have begun to hold.
-- name: standing
SELECT (SELECT seq FROM entry WHERE district = $1 ORDER BY seq DESC LIMIT 1),
       (SELECT nth FROM pack_switch WHERE district = $1 AND nth > 0 ORDER BY nth DESC LIMIT 1);

-- All records of a kind, by pages.
-- name: of_kind
SELECT id, kind, number, state, version, area, lng, lat, address, title, fields, sealed, parties, clocks, files,
       parent, duplicate_of, created_at, updated_at, entered_at
FROM record WHERE district = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4;

-- name: ids_of_kind
SELECT id FROM record WHERE district = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4;

-- What was done with a record, and when.
-- name: moves_made
SELECT seq, at, verb FROM entry WHERE district = $1 AND record = $2 ORDER BY seq;

-- name: log
SELECT seq, command, at, actor, actor_kind, role, verb, from_state, to_state, version, note, changes, hash
FROM entry WHERE district = $1 AND record = $2 AND seq > $3 ORDER BY seq LIMIT $4;

-- Who saw personal fields, the newest first.
-- name: reveals
SELECT e.seq, e.at, e.actor, e.note, e.changes, e.record, r.kind, r.number, r.title
FROM entry e JOIN record r ON r.district = e.district AND r.id = e.record
WHERE e.district = $1 AND e.verb = 'reveal' AND (e.at < $2 OR (e.at = $2 AND e.seq < $3))
ORDER BY e.at DESC, e.seq DESC LIMIT $4;

-- name: entries_after
SELECT seq, record, at, verb, to_state, version FROM entry WHERE district = $1 AND seq > $2 ORDER BY seq LIMIT $3;

-- The same for those who listen: by whom, and whether it rings for somebody.
-- name: entries_to_tell
SELECT seq, record, at, verb, actor, CASE WHEN EXISTS
       (SELECT 1 FROM notice n WHERE n.district = $1 AND n.record = e.record AND n.at = e.at AND n.what = 'ring' AND n.read_at = 0)
       THEN 1 ELSE 0 END
FROM entry e WHERE e.district = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3;

-- name: rings_for
SELECT account FROM notice WHERE district = $1 AND record = $2 AND at = $3 AND what = 'ring' AND read_at = 0 LIMIT $4;

-- All that a server looks at again and again beside others (follow.c).
-- name: sight
SELECT (SELECT seq FROM entry WHERE district = $1 ORDER BY seq DESC LIMIT 1),
       (SELECT generation FROM common WHERE district = $1),
       (SELECT holder FROM lease WHERE district = $1 AND name = 'chores'),
       (SELECT until_at FROM lease WHERE district = $1 AND name = 'chores');

-- Ours already, or over.
-- name: lease_take write
INSERT INTO lease (district, name, holder, until_at) VALUES ($1, 'chores', $2, $3)
ON CONFLICT (district, name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
WHERE lease.holder = excluded.holder OR lease.until_at < $4;

-- Open matters of one community in a box, the newest first.
-- name: near
SELECT id, lng, lat
FROM (SELECT id, lng, lat, open FROM record WHERE district = $1 AND community = $2 ORDER BY id DESC LIMIT $3) AS walk
WHERE open = 1 AND lng >= $4 AND lng <= $5 AND lat >= $6 AND lat <= $7 ORDER BY id DESC LIMIT $8;

-- name: number_last
SELECT number FROM record WHERE district = $1 AND number >= $2 AND number < $3 ORDER BY number DESC LIMIT 1;

-- name: party_put write
INSERT INTO party (district, who, record, role, open) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (district, who, record, role) DO UPDATE SET open = excluded.open;

-- name: party_remove write
DELETE FROM party WHERE district = $1 AND who = $2 AND record = $3 AND role = $4;

-- name: timer_put write
INSERT INTO timer (district, at, record) VALUES ($1, $2, $3) ON CONFLICT (district, at, record) DO NOTHING;

-- name: timer_remove write
DELETE FROM timer WHERE district = $1 AND at = $2 AND record = $3;

-- name: blind_put write
INSERT INTO blind (district, tag, record) VALUES ($1, $2, $3) ON CONFLICT (district, tag, record) DO NOTHING;

-- name: blind_find
SELECT record FROM blind WHERE district = $1 AND tag = $2 AND record < $3 ORDER BY record DESC LIMIT $4;

-- name: search_put write
INSERT INTO search (rowid, words) VALUES ($2, $3);
-- engine: postgres
INSERT INTO search (district, number, words) VALUES ($1, $2, string_to_array($3, ' '))
ON CONFLICT (district, number) DO UPDATE SET words = excluded.words;

-- name: search_remove write
INSERT INTO search (search, rowid, words) VALUES ('delete', $2, $3);
-- engine: postgres
DELETE FROM search WHERE district = $1 AND number = $2;

-- name: link_put write
INSERT INTO link (district, record, other, type, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (district, record, other, type) DO NOTHING;

-- What a matter points at and what points at it, in one answer.
-- name: pointers
SELECT type, id, kind, number, title, state, open, area, parties
FROM (
      SELECT * FROM (SELECT 1 AS part, l.type AS type, r.id, r.kind, r.number, r.title, r.state, r.open, r.area, r.parties
                     FROM link l JOIN record r ON r.district = l.district AND r.id = l.other WHERE l.district = $1 AND l.record = $2
                     ORDER BY l.other LIMIT 64) AS p1
      UNION ALL
      SELECT * FROM (SELECT 2, l.type || ':back', r.id, r.kind, r.number, r.title, r.state, r.open, r.area, r.parties
                     FROM link l JOIN record r ON r.district = l.district AND r.id = l.record WHERE l.district = $1 AND l.other = $2
                     ORDER BY l.record LIMIT 64) AS p2
      UNION ALL
      SELECT * FROM (SELECT 3, 'duplicate', id, kind, number, title, state, open, area, parties
                     FROM record WHERE district = $1 AND duplicate_of = $2
                     ORDER BY id LIMIT 64) AS p3
      UNION ALL
      SELECT * FROM (SELECT 4, 'child', id, kind, number, title, state, open, area, parties
                     FROM record WHERE district = $1 AND parent = $2
                     ORDER BY id LIMIT 200) AS p4
) AS pointer
ORDER BY part, id;

-- name: children
SELECT count(*), count(CASE WHEN open = 1 THEN 1 END) FROM record WHERE district = $1 AND parent = $2;

-- name: children_ids
SELECT id FROM record WHERE district = $1 AND parent = $2 ORDER BY id;

-- What a merge made at $2 took along from the record in $3: it may be that some lie elsewhere by now.
-- name: children_merged
SELECT e.record FROM entry e
 WHERE e.district = $1 AND e.verb = 'under' AND e.at = $2 AND e.changes LIKE $3 ORDER BY e.record;

-- Children in full.
-- name: below
SELECT id, kind, number, state, version, area, lng, lat, address, title, fields, sealed, parties, clocks, files,
       parent, duplicate_of, created_at, updated_at, entered_at
FROM record WHERE district = $1 AND parent = $2 ORDER BY id LIMIT $3;

-- name: siblings
SELECT id FROM record WHERE district = $1 AND parent = $2 AND kind = $3 ORDER BY id DESC LIMIT $4;

-- name: notice_put write
INSERT INTO notice (district, id, account, record, what, at, read_at) VALUES ($1, $2, $3, $4, $5, $6, 0)
ON CONFLICT (district, account, read_at, id) DO NOTHING;

-- Whole records first, for whether the caller may still see them.
-- name: notices
SELECT r.id, r.kind, r.number, r.state, r.version, r.area, r.lng, r.lat, r.address, r.title, r.fields, r.sealed, r.parties,
       r.clocks, r.files, r.parent, r.duplicate_of, r.created_at, r.updated_at, r.entered_at, n.id, n.what, n.at,
       n.read_at, r.lamp
FROM notice n JOIN record r ON r.district = n.district AND r.id = n.record
WHERE n.district = $1 AND n.account = $2 AND n.read_at = 0 AND n.id < $3 ORDER BY n.id DESC LIMIT $4;

-- What still rings: the matter is open and the caller has done nothing with it since. Looks at the newest $5 unread.
-- name: notices_ringing
SELECT r.id, r.kind, r.number, r.state, r.version, r.area, r.lng, r.lat, r.address, r.title, r.fields, r.sealed, r.parties,
       r.clocks, r.files, r.parent, r.duplicate_of, r.created_at, r.updated_at, r.entered_at, n.id, n.what, n.at,
       n.read_at, r.lamp
FROM (SELECT district, id, account, record, what, at, read_at FROM notice
      WHERE district = $1 AND account = $2 AND read_at = 0 AND id < $3 ORDER BY id DESC LIMIT $5) AS n
JOIN record r ON r.district = $1 AND r.id = n.record
WHERE n.what = 'ring' AND r.open = 1 AND NOT EXISTS
      (SELECT 1 FROM entry e WHERE e.district = $1 AND e.record = n.record AND e.actor = n.account AND e.at >= n.at)
ORDER BY n.id DESC LIMIT $4;

-- name: notice_read write
UPDATE notice SET read_at = $4 WHERE district = $1 AND account = $2 AND read_at = 0 AND id = $3 RETURNING id;

-- All the caller was told up to that notice, $5 at once.
-- name: notices_read write
UPDATE notice SET read_at = $4 WHERE district = $1 AND account = $2 AND read_at = 0 AND id IN
       (SELECT id FROM notice WHERE district = $1 AND account = $2 AND read_at = 0 AND id <= $3 ORDER BY id DESC LIMIT $5)
RETURNING id;

-- Of an account, what rang of a matter since it was raised.
-- name: notice_silence write
UPDATE notice SET read_at = $4
WHERE district = $1 AND account = $2 AND read_at = 0 AND id >= $5 AND record = $3 AND what = 'ring';

-- name: file_claim write
UPDATE file SET record = $3 WHERE district = $1 AND id = $2;

-- name: file_record
SELECT record FROM file WHERE district = $1 AND id = $2;

-- Lists. Each walks one index from a cursor, looks at no more than $4 rows and
-- keeps those that the caller's condition lets through.

-- A page of a walk. A database of our own finds a row by the number the index gives, and copies nothing on the way; for a
-- server the walk itself brings the rows.
-- name: list_all
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT rowid AS seen FROM record WHERE district = $1 AND id < $2 ORDER BY id DESC LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND record.rowid = walk.seen AND {where} LIMIT $3;
-- engine: postgres
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
      updated_at, due_at, late, parties
      FROM record WHERE district = $1 AND id < $2 ORDER BY id DESC LIMIT $4) AS record
WHERE {where} LIMIT $3;

-- name: list_oldest
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
      updated_at, due_at, late, parties
      FROM record WHERE district = $1 AND id > $2 ORDER BY id LIMIT $4) AS record
WHERE {where} LIMIT $3;

-- name: list_community
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT rowid AS seen FROM record WHERE district = $1 AND community = $5 AND id < $2
      ORDER BY id DESC LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND record.rowid = walk.seen AND {where} LIMIT $3;
-- engine: postgres
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
      updated_at, due_at, late, parties
      FROM record WHERE district = $1 AND community = $5 AND id < $2
      ORDER BY id DESC LIMIT $4) AS record
WHERE {where} LIMIT $3;

-- name: list_state
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT rowid AS seen FROM record WHERE district = $1 AND kind = $5 AND state = $6 AND open = 1 AND id < $2
      ORDER BY id DESC LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND record.rowid = walk.seen AND {where} LIMIT $3;
-- engine: postgres
SELECT * FROM (
    SELECT * FROM (SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
                   updated_at, due_at, late, parties
                   FROM (SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
                         updated_at, due_at, late, parties
                         FROM record WHERE district = $1 AND kind = $5 AND state = $6 AND open = 1 AND id < $2
                         ORDER BY id DESC LIMIT $4) AS record
                   WHERE {where} LIMIT $3) AS page
    UNION ALL
    SELECT * FROM (SELECT id, '', 0, '', 0, 0, 0, '', NULL::float8, NULL::float8, NULL, '', NULL::json, NULL::bytea, 0, 0, 0, 0, 0, ''
                   FROM record WHERE district = $1 AND kind = $5 AND state = $6 AND open = 1 AND id < $2
                   ORDER BY id DESC LIMIT 1 OFFSET $4 - 1) AS reached
) AS rows LIMIT $3;

-- name: list_kind
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT rowid AS seen FROM record WHERE district = $1 AND kind = $5 AND id < $2 ORDER BY id DESC LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND record.rowid = walk.seen AND {where} LIMIT $3;
-- engine: postgres
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
      updated_at, due_at, late, parties
      FROM record WHERE district = $1 AND kind = $5 AND id < $2
      ORDER BY id DESC LIMIT $4) AS record
WHERE {where} LIMIT $3;

-- name: list_open
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT rowid AS seen FROM record WHERE district = $1 AND id < $2 AND open = 1 ORDER BY id DESC LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND record.rowid = walk.seen AND {where} LIMIT $3;
-- engine: postgres
SELECT * FROM (
    SELECT * FROM (SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
                   updated_at, due_at, late, parties
                   FROM (SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
                         updated_at, due_at, late, parties
                         FROM record WHERE district = $1 AND id < $2 AND open = 1
                         ORDER BY id DESC LIMIT $4) AS record
                   WHERE {where} LIMIT $3) AS page
    UNION ALL
    SELECT * FROM (SELECT id, '', 0, '', 0, 0, 0, '', NULL::float8, NULL::float8, NULL, '', NULL::json, NULL::bytea, 0, 0, 0, 0, 0, ''
                   FROM record WHERE district = $1 AND id < $2 AND open = 1
                   ORDER BY id DESC LIMIT 1 OFFSET $4 - 1) AS reached
) AS rows LIMIT $3;

-- name: list_parent
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT rowid AS seen FROM record WHERE district = $1 AND parent = $5 AND id < $2
      ORDER BY id DESC LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND record.rowid = walk.seen AND {where} LIMIT $3;
-- engine: postgres
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
      updated_at, due_at, late, parties
      FROM record WHERE district = $1 AND parent = $5 AND id < $2
      ORDER BY id DESC LIMIT $4) AS record
WHERE {where} LIMIT $3;

-- name: list_due
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT rowid AS seen FROM record
      WHERE district = $1 AND open = 1 AND due_at > 0 AND due_at >= $5 AND (due_at > $5 OR id > $2)
      ORDER BY due_at, id LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND record.rowid = walk.seen AND {where} LIMIT $3;
-- engine: postgres
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
      updated_at, due_at, late, parties
      FROM record WHERE district = $1 AND open = 1 AND due_at > 0 AND due_at >= $5 AND (due_at > $5 OR id > $2)
      ORDER BY due_at, id LIMIT $4) AS record
WHERE {where} LIMIT $3;

-- Of a kind that the caller sees all of, with nothing asked for that its index does not ensure: every row belongs on the
-- page, and a page that is not full is the last. A server spends half its time on such a page preparing what it does not need.

-- name: list_whole_state
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM record WHERE district = $1 AND kind = $4 AND state = $5 AND open = 1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: list_whole_kind
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM record WHERE district = $1 AND kind = $4 AND id < $2 ORDER BY id DESC LIMIT $3;

-- What a server is asked first for the same pages, and for list_mine_page: which rows they have; and a row of them that
-- is not at hand.

-- name: keys_whole_state
-- engine: postgres
SELECT id, record.xmin
FROM record WHERE district = $1 AND kind = $4 AND state = $5 AND open = 1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: keys_whole_kind
-- engine: postgres
SELECT id, record.xmin FROM record WHERE district = $1 AND kind = $4 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: keys_mine_page
-- engine: postgres
SELECT id, record.xmin
FROM (SELECT DISTINCT record
      FROM (SELECT record FROM (SELECT DISTINCT record FROM party
                                WHERE district = $1 AND who = $2 AND record < $4 AND {where}
                                ORDER BY record DESC LIMIT $5) AS one
            UNION ALL
            SELECT record FROM (SELECT DISTINCT record FROM party
                                WHERE district = $1 AND who = $3 AND record < $4 AND {where}
                                ORDER BY record DESC LIMIT $5) AS other) AS both_sides
      ORDER BY record DESC LIMIT $5) AS mine
     CROSS JOIN record
WHERE district = $1 AND id = mine.record ORDER BY mine.record DESC;

-- name: list_row
-- engine: postgres
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties, '', xmin
FROM record WHERE district = $1 AND id = $2;

-- The same walks the other way: what stands above a row of a list, and the oldest first.

-- name: list_oldest_community
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id AS seen FROM record WHERE district = $1 AND community = $5 AND id > $2 ORDER BY id LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND id = walk.seen AND {where} LIMIT $3;

-- name: list_oldest_state
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id AS seen FROM record WHERE district = $1 AND kind = $5 AND state = $6 AND open = 1 AND id > $2
      ORDER BY id LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND id = walk.seen AND {where} LIMIT $3;

-- name: list_oldest_kind
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id AS seen FROM record WHERE district = $1 AND kind = $5 AND id > $2 ORDER BY id LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND id = walk.seen AND {where} LIMIT $3;

-- name: list_oldest_open
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id AS seen FROM record WHERE district = $1 AND id > $2 AND open = 1 ORDER BY id LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND id = walk.seen AND {where} LIMIT $3;

-- name: list_oldest_parent
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id AS seen FROM record WHERE district = $1 AND parent = $5 AND id > $2 ORDER BY id LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND id = walk.seen AND {where} LIMIT $3;

-- name: list_due_back
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT id AS seen FROM record WHERE district = $1 AND open = 1 AND due_at > 0 AND due_at <= $5 AND (due_at < $5 OR id < $2)
      ORDER BY due_at DESC, id DESC LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND id = walk.seen AND {where} LIMIT $3;

-- What full text finds, newest number first.
-- name: list_words
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT rowid AS seen FROM search WHERE search MATCH $5 AND rowid < $2 ORDER BY rowid DESC LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND number = walk.seen AND {where} LIMIT $3;
-- engine: postgres
WITH hit AS MATERIALIZED (
    SELECT number AS seen FROM search WHERE district = $1 AND words @> string_to_array($5, ' AND ') AND number < $2),
     walk AS MATERIALIZED (SELECT seen FROM hit ORDER BY seen DESC LIMIT $4)
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM walk CROSS JOIN record
WHERE district = $1 AND number = walk.seen AND {where} ORDER BY number DESC LIMIT $3;

-- What bears the tag of a number.
-- name: list_tag
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM (SELECT record AS seen FROM blind WHERE district = $1 AND tag = $5 AND record < $2 ORDER BY record DESC LIMIT $4) AS walk
     CROSS JOIN record
WHERE district = $1 AND id = walk.seen AND {where} LIMIT $3;
-- engine: postgres
WITH walk AS MATERIALIZED (
    SELECT record AS seen FROM blind WHERE district = $1 AND tag = $5 AND record < $2 ORDER BY record DESC LIMIT $4)
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM walk CROSS JOIN record
WHERE district = $1 AND id = walk.seen AND {where} ORDER BY id DESC LIMIT $3;

-- Where a walk that looked at $3 + 1 rows stands; the parameters are those of its list.

-- name: skip_all
SELECT id FROM record WHERE district = $1 AND id < $2 ORDER BY id DESC LIMIT $4 OFFSET $3;

-- name: skip_oldest
SELECT id FROM record WHERE district = $1 AND id > $2 ORDER BY id LIMIT $4 OFFSET $3;

-- name: skip_community
SELECT id FROM record WHERE district = $1 AND community = $5 AND id < $2 ORDER BY id DESC LIMIT $4 OFFSET $3;

-- name: skip_state
SELECT id FROM record WHERE district = $1 AND kind = $5 AND state = $6 AND open = 1 AND id < $2
ORDER BY id DESC LIMIT $4 OFFSET $3;

-- name: skip_kind
SELECT id FROM record WHERE district = $1 AND kind = $5 AND id < $2 ORDER BY id DESC LIMIT $4 OFFSET $3;

-- name: skip_open
SELECT id FROM record WHERE district = $1 AND id < $2 AND open = 1 ORDER BY id DESC LIMIT $4 OFFSET $3;

-- name: skip_parent
SELECT id FROM record WHERE district = $1 AND parent = $5 AND id < $2 ORDER BY id DESC LIMIT $4 OFFSET $3;

-- name: skip_oldest_parent
SELECT id FROM record WHERE district = $1 AND parent = $5 AND id > $2 ORDER BY id LIMIT $4 OFFSET $3;

-- name: skip_due
SELECT id, due_at FROM record
WHERE district = $1 AND open = 1 AND due_at > 0 AND due_at >= $5 AND (due_at > $5 OR id > $2)
ORDER BY due_at, id LIMIT $4 OFFSET $3;

-- name: skip_oldest_community
SELECT id FROM record WHERE district = $1 AND community = $5 AND id > $2 ORDER BY id LIMIT $4 OFFSET $3;

-- name: skip_oldest_state
SELECT id FROM record WHERE district = $1 AND kind = $5 AND state = $6 AND open = 1 AND id > $2 ORDER BY id LIMIT $4 OFFSET $3;

-- name: skip_oldest_kind
SELECT id FROM record WHERE district = $1 AND kind = $5 AND id > $2 ORDER BY id LIMIT $4 OFFSET $3;

-- name: skip_oldest_open
SELECT id FROM record WHERE district = $1 AND id > $2 AND open = 1 ORDER BY id LIMIT $4 OFFSET $3;

-- name: skip_due_back
SELECT id, due_at FROM record
WHERE district = $1 AND open = 1 AND due_at > 0 AND due_at <= $5 AND (due_at < $5 OR id < $2)
ORDER BY due_at DESC, id DESC LIMIT $4 OFFSET $3;

-- name: skip_words
SELECT id, number FROM record
WHERE district = $1 AND number = (SELECT rowid FROM search WHERE search MATCH $5 AND rowid < $2 ORDER BY rowid DESC LIMIT $4 OFFSET $3);
-- engine: postgres
WITH hit AS MATERIALIZED (
    SELECT number AS seen FROM search WHERE district = $1 AND words @> string_to_array($5, ' AND ') AND number < $2)
SELECT id, number FROM record
WHERE district = $1 AND number = (SELECT seen FROM hit ORDER BY seen DESC LIMIT $4 OFFSET $3);

-- name: skip_tag
SELECT record FROM blind WHERE district = $1 AND tag = $5 AND record < $2 ORDER BY record DESC LIMIT $4 OFFSET $3;

-- Found one by one, then ordered: where both is left to PostgreSQL it reads the whole index for its order.
-- name: list_ids
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM record WHERE district = $1 AND {where} ORDER BY id DESC;
-- engine: postgres
WITH found AS MATERIALIZED (SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
     updated_at, due_at, late, parties
     FROM record WHERE district = $1 AND {where})
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties
FROM found ORDER BY id DESC;

-- What two have a part in, a row for each part: for SQLite, which makes each row when it is asked for and keeps the
-- order of the walk.
-- name: list_mine
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties, role
FROM (SELECT record AS seen, role FROM party WHERE district = $1 AND who = $2 AND record < $4
      UNION ALL
      SELECT record, role FROM party WHERE district = $1 AND who = $3 AND record < $4
      ORDER BY seen DESC LIMIT $5) AS mine
     CROSS JOIN record
WHERE district = $1 AND id = mine.seen;

-- The same for a server: the page alone, of the parts that count. Each side is walked no further than a page, told to
-- leave out the second part of a matter only at the end it would read all that somebody ever had a part in; and the two,
-- each in order, are merged without being sorted.
-- name: list_mine_page
SELECT id, kind, number, state, light, open, version, area, lng, lat, address, title, fields, owner, lamp, created_at,
       updated_at, due_at, late, parties, ''
FROM (SELECT DISTINCT record
      FROM (SELECT record FROM (SELECT DISTINCT record FROM party
                                WHERE district = $1 AND who = $2 AND record < $4 AND {where}
                                ORDER BY record DESC LIMIT $5) AS one
            UNION ALL
            SELECT record FROM (SELECT DISTINCT record FROM party
                                WHERE district = $1 AND who = $3 AND record < $4 AND {where}
                                ORDER BY record DESC LIMIT $5) AS other) AS both_sides
      ORDER BY record DESC LIMIT $5) AS mine
     CROSS JOIN record
WHERE district = $1 AND id = mine.record ORDER BY mine.record DESC;

-- How much stands in the views of a desk: all of a state from record_open alone, the oldest first.

-- name: count_state
SELECT COUNT(*), SUM(late), SUM(CASE WHEN late = 0 AND due_at > 0 AND (lamp = $6 OR due_at <= $5) THEN 1 ELSE 0 END)
FROM (SELECT kind, state, open, area, owner, due_at, late, lamp
      FROM record WHERE district = $1 AND kind = $2 AND state = $3 AND open = 1 ORDER BY id LIMIT $4) AS record
WHERE {where};

-- name: seen_state
SELECT COUNT(*) FROM (SELECT id FROM record WHERE district = $1 AND kind = $2 AND state = $3 AND open = 1
                      ORDER BY id LIMIT $4) AS seen;

-- Whether somebody works on it stands in its row: fewer of these are looked at.
-- name: count_unassigned
SELECT COUNT(*) FROM (SELECT kind, state, open, area, owner, parties
      FROM record WHERE district = $1 AND kind = $2 AND state = $3 AND open = 1 ORDER BY id LIMIT $4) AS record
WHERE {where};

-- name: count_party
SELECT DISTINCT id FROM (SELECT id FROM (SELECT record AS seen, role FROM party WHERE district = $1 AND who = $4 AND open = 1
      ORDER BY record DESC LIMIT $3) AS walk CROSS JOIN record
     WHERE district = $1 AND id = walk.seen AND {where} LIMIT $2) AS found;

-- name: party_records
SELECT record, role FROM party WHERE district = $1 AND who = $2 AND record < $3 ORDER BY record DESC LIMIT $4;

-- name: party_records_open
SELECT record, role FROM party WHERE district = $1 AND who = $2 AND open = 1 AND record < $3 ORDER BY record DESC LIMIT $4;

-- name: entries_of_verb
SELECT seq, record, measures, at FROM entry
WHERE district = $1 AND verb = $2 AND at >= $3 AND at < $4 AND (at < $5 OR (at = $5 AND seq < $6))
ORDER BY at DESC, seq DESC LIMIT $7;

-- The past (replay.c, points.c).

-- name: next_verb
SELECT verb FROM entry WHERE district = $1 AND verb > $2 ORDER BY verb LIMIT 1;

-- name: touched
SELECT record FROM entry WHERE district = $1 AND verb = $2 AND at >= $3 AND at < $4 AND seq > $5 ORDER BY at, seq;

-- name: points_open
SELECT id, kind, number, state, lamp, area, lng, lat, title, due_at, created_at, updated_at, late
FROM (SELECT id AS seen FROM record WHERE district = $1 AND id < $2 AND open = 1 ORDER BY id DESC LIMIT $3) AS walk
     CROSS JOIN record
WHERE district = $1 AND id = walk.seen AND {where};

-- Of one verb since an instant; the rows of records that are not open any more, if this is how they ended.
-- name: ended_since
SELECT e.at, e.seq, e.record, r.open, r.created_at, r.entered_at
FROM (SELECT at, seq, record FROM entry WHERE district = $1 AND verb = $2 AND at >= $3 AND (at > $3 OR seq > $4)
      ORDER BY at, seq LIMIT $5) AS e
     JOIN record r ON r.district = $1 AND r.id = e.record
ORDER BY e.at, e.seq;

-- Whole-district walks: verify, export.

-- name: all_entries
SELECT seq, record, command, at, actor, actor_kind, role, verb, from_state, to_state, version, note, changes, measures, hash
FROM entry WHERE district = $1 AND seq > $2 ORDER BY seq LIMIT $3;

-- `seq > $3` makes the planner take the index of records instead of walking the whole history.
-- name: entries_of_record
SELECT seq, record, command, at, actor, actor_kind, role, verb, from_state, to_state, version, note, changes, measures, hash
FROM entry WHERE district = $1 AND record = $2 AND seq > $3 ORDER BY seq;

-- name: all_records
SELECT id, kind, number, state, version, area, lng, lat, address, title, fields, sealed, parties, clocks, files,
       parent, duplicate_of, created_at, updated_at, entered_at
FROM record WHERE district = $1 AND id > $2 ORDER BY id LIMIT $3;

-- name: whole_rows
SELECT id, kind, number, state, version, area, lng, lat, address, title, fields, sealed, parties, clocks, files,
       parent, duplicate_of, created_at, updated_at, entered_at, light, open, community, owner, due_at, late, lamp
FROM record WHERE district = $1 AND id > $2 ORDER BY id LIMIT $3;

-- Which word stands for which record's number, each pair once.
-- name: search_words
SELECT term, doc FROM search_word;
-- engine: postgres
SELECT w.term, s.number FROM search s CROSS JOIN LATERAL (SELECT DISTINCT term FROM unnest(s.words) AS u (term)) w
WHERE s.district = $1;

-- name: all_notices
SELECT id, account, record, at FROM notice WHERE district = $1;

-- name: commands_at
SELECT command FROM entry WHERE district = $1 AND record = $2 AND at = $3;

-- name: exists
SELECT 1 FROM record WHERE district = $1 AND id = $2;

-- name: derived_sizes
SELECT (SELECT count(*) FROM party WHERE district = $1), (SELECT count(*) FROM timer WHERE district = $1),
       (SELECT count(*) FROM blind WHERE district = $1), (SELECT count(*) FROM link WHERE district = $1),
       (SELECT count(*) FROM hold WHERE district = $1);

-- name: party_get
SELECT open FROM party WHERE district = $1 AND who = $2 AND record = $3 AND role = $4;

-- name: timer_get
SELECT 1 FROM timer WHERE district = $1 AND at = $2 AND record = $3;

-- name: blind_get
SELECT 1 FROM blind WHERE district = $1 AND tag = $2 AND record = $3;

-- name: link_get
SELECT 1 FROM link WHERE district = $1 AND record = $2 AND other = $3 AND type = $4;

-- What records hold that no other may have at once: days [from_day, until_day).
-- name: hold_put write
INSERT INTO hold (district, tag, record, from_day, until_day) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (district, tag, record) DO UPDATE SET from_day = excluded.from_day, until_day = excluded.until_day;

-- name: hold_remove write
DELETE FROM hold WHERE district = $1 AND tag = $2 AND record = $3;

-- name: hold_get
SELECT from_day, until_day FROM hold WHERE district = $1 AND tag = $2 AND record = $3;

-- Who has it at any time between the two.
-- name: holders
SELECT record FROM hold WHERE district = $1 AND tag = $2 AND from_day < $4 AND until_day > $3 ORDER BY record;
