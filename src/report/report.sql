-- Files of rows on their way in.

-- name: import_add write
INSERT INTO import (district, id, account, kind, name, header, map, state, n_rows, n_parts, done, made, refused, problem,
                    at, started_at, ended_at, claimed_until)
VALUES ($1, $2, $3, $4, $5, $6, '', 'loading', $7, $8, 0, 0, 0, '', $9, 0, 0, 0)

-- name: import_part_add write
INSERT INTO import_part (district, import, nth, line, body, found) VALUES ($1, $2, $3, $4, $5, '')

-- name: import_loaded write
UPDATE import SET state = 'waiting' WHERE district = $1 AND id = $2 AND state = 'loading'

-- name: import_get
SELECT id, account, kind, name, header, map, state, n_rows, n_parts, done, made, refused, problem, at, started_at, ended_at
FROM import WHERE district = $1 AND id = $2

-- One's own, the newest first.
-- name: imports
SELECT id, account, kind, name, header, map, state, n_rows, n_parts, done, made, refused, problem, at, started_at, ended_at
FROM import WHERE district = $1 AND account = $2 AND id < $3 AND state <> 'loading' ORDER BY id DESC LIMIT $4

-- A pass begins: nothing is done of it yet.
-- name: import_begin write
UPDATE import SET state = $3, map = $4, done = 0, made = 0, refused = 0, problem = '', started_at = $5, ended_at = 0,
       claimed_until = 0
WHERE district = $1 AND id = $2 AND state IN ('waiting', 'checked', 'stopped') RETURNING id

-- name: import_unfound write
UPDATE import_part SET found = '' WHERE district = $1 AND import = $2 AND found <> ''

-- name: import_stop write
UPDATE import SET state = 'stopped', ended_at = $3, claimed_until = 0
WHERE district = $1 AND id = $2 AND state IN ('checking', 'running') RETURNING id

-- What waits for somebody to work on it.
-- name: import_due
SELECT id FROM import WHERE district = $1 AND state IN ('checking', 'running') AND claimed_until < $2 ORDER BY id LIMIT 1

-- name: import_claim write
UPDATE import SET claimed_by = $3, claimed_until = $4
WHERE district = $1 AND id = $2 AND state IN ('checking', 'running') AND claimed_until < $5 RETURNING id

-- Anew, since what a check remembers is gone with the server that made it.
-- name: import_check_anew write
UPDATE import SET done = 0, made = 0, refused = 0 WHERE district = $1 AND id = $2 AND state = 'checking'

-- name: import_part_get
SELECT line, body, found FROM import_part WHERE district = $1 AND import = $2 AND nth = $3

-- name: import_part_found write
UPDATE import_part SET found = $4 WHERE district = $1 AND import = $2 AND nth = $3

-- name: import_parts_clear write
UPDATE import_part SET body = '' WHERE district = $1 AND import = $2

-- name: record_numbered
SELECT id FROM record WHERE district = $1 AND number = $2

-- Only as the one who claimed it, and only the next part.
-- name: import_step write
UPDATE import SET done = done + 1, made = made + $5, refused = refused + $6, claimed_until = $7
WHERE district = $1 AND id = $2 AND claimed_by = $3 AND done = $4 AND state IN ('checking', 'running') RETURNING id

-- name: import_unclaim write
UPDATE import SET claimed_until = 0 WHERE district = $1 AND claimed_until > 0

-- name: import_release write
UPDATE import SET claimed_until = 0 WHERE district = $1 AND id = $2 AND claimed_by = $3

-- name: import_end write
UPDATE import SET state = $3, ended_at = $4, problem = $5, claimed_until = 0
WHERE district = $1 AND id = $2 AND state IN ('checking', 'running') RETURNING id

-- name: import_old
SELECT id FROM import WHERE district = $1 AND at < $2 AND state NOT IN ('checking', 'running') ORDER BY id LIMIT 20

-- name: import_parts_remove write
DELETE FROM import_part WHERE district = $1 AND import = $2

-- name: import_remove write
DELETE FROM import WHERE district = $1 AND id = $2
