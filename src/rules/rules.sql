-- Versions of packs and their beginnings.

-- name: version_add write
INSERT INTO pack_version (district, pack, number, at, actor, note, files, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (district, pack, number) DO NOTHING;

-- name: version_newest
SELECT number, at, actor, note, hash FROM pack_version WHERE district = $1 AND pack = $2 ORDER BY number DESC LIMIT 1;

-- name: version_get
SELECT files, hash FROM pack_version WHERE district = $1 AND pack = $2 AND number = $3;

-- name: versions
SELECT number, at, actor, note, hash FROM pack_version WHERE district = $1 AND pack = $2 ORDER BY number DESC LIMIT $3;

-- name: version_packs
SELECT DISTINCT pack FROM pack_version WHERE district = $1 ORDER BY pack;

-- name: all_versions
SELECT pack, number, files, hash FROM pack_version WHERE district = $1 ORDER BY pack, number;

-- name: begun
SELECT pack, number, seq, done_at FROM pack_switch WHERE district = $1 AND nth > $2 ORDER BY nth;

-- name: holds
SELECT number FROM pack_switch WHERE district = $1 AND pack = $2 AND nth > 0 ORDER BY nth DESC LIMIT 1;

-- name: last_nth
SELECT nth FROM pack_switch WHERE district = $1 AND nth > 0 ORDER BY nth DESC LIMIT 1;

-- name: switch_add write
INSERT INTO pack_switch (district, id, pack, number, at, actor, why, from_at, withdrawn_at, problem, nth, done_at, seq)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', 0, 0, 0);

-- name: switch_get
SELECT id, pack, number, at, actor, why, from_at, withdrawn_at, problem, nth, done_at, seq, hash
FROM pack_switch WHERE district = $1 AND id = $2;

-- name: switches
SELECT id, pack, number, at, actor, why, from_at, withdrawn_at, problem, nth, done_at, seq, hash
FROM pack_switch WHERE district = $1 AND pack = $2 ORDER BY id DESC LIMIT $3;

-- name: all_switches
SELECT id, pack, number, at, actor, why, from_at, withdrawn_at, problem, nth, done_at, seq, hash
FROM pack_switch WHERE district = $1 AND nth > 0 ORDER BY nth;

-- name: switch_done write
UPDATE pack_switch SET nth = $3, done_at = $4, seq = $5, hash = $6 WHERE district = $1 AND id = $2;

-- name: switch_withdraw write
UPDATE pack_switch SET withdrawn_at = $3 WHERE district = $1 AND id = $2;

-- name: switch_problem write
UPDATE pack_switch SET problem = $3 WHERE district = $1 AND id = $2;

-- What is planned and may still begin, the earliest first.
-- name: planned
SELECT id, pack, number, at, actor, why, from_at, withdrawn_at, problem, nth, done_at, seq, hash
FROM pack_switch WHERE district = $1 AND nth = 0 AND withdrawn_at = 0 AND problem = '' ORDER BY from_at, id LIMIT 1;
