-- What changes of areas and of organisations touch.

-- name: open_in
SELECT count(*) FROM record WHERE district = $1 AND open = 1 AND area >= $2 AND area < $3

-- One who holds it from then on already keeps what they have.
-- name: post_follow write
INSERT INTO post (district, account, role, area, org, from_at, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (district, account, role, area, from_at) DO NOTHING

-- name: post_unfollow write
DELETE FROM post WHERE district = $1 AND area = $2 AND from_at >= $3

-- name: org_get
SELECT name, area, level, parent, unit, ended_at FROM org WHERE district = $1 AND id = $2

-- name: org_governing
SELECT id FROM org WHERE district = $1 AND area = $2 AND unit = 1 AND ended_at = 0

-- name: org_change write
UPDATE org SET name = $3, area = $4, parent = $5 WHERE district = $1 AND id = $2

-- name: org_ended write
UPDATE org SET ended_at = $3 WHERE district = $1 AND id = $2

-- $3: now, $4: today. The parts of open matters, those owned among them.
-- name: org_left
SELECT (SELECT count(*) FROM post WHERE district = $1 AND org = $2 AND (until_at = 0 OR until_at > $3)),
       (SELECT count(DISTINCT record) FROM party WHERE district = $1 AND who = $2 AND open = 1),
       (SELECT count(*) FROM party WHERE district = $1 AND who = $2 AND open = 1 AND role = 'owner'),
       (SELECT count(*) FROM duty WHERE district = $1 AND org = $2 AND until_at > $3),
       (SELECT count(*) FROM duty_plan WHERE district = $1 AND org = $2 AND until_day >= $4),
       (SELECT count(*) FROM channel WHERE district = $1 AND org = $2 AND active = 1),
       (SELECT count(*) FROM saved WHERE district = $1 AND owner = $2),
       (SELECT count(*) FROM ledger_account WHERE district = $1 AND owner = $2 AND balance <> 0),
       (SELECT count(*) FROM org WHERE district = $1 AND parent = $2 AND ended_at = 0)
