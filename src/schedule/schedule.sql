-- Rules that raise matters by themselves.

-- name: state
SELECT active, done_day, raised, problem FROM schedule WHERE district = $1 AND name = $2;

-- name: active
SELECT name, done_day FROM schedule WHERE district = $1 AND active = 1 ORDER BY name;

-- name: switch write
INSERT INTO schedule (district, name, active, done_day, raised, problem, claimed_by, claimed_until, by_whom, at)
VALUES ($1, $2, $3, $4, 0, '', NULL, 0, $5, $6)
ON CONFLICT (district, name) DO UPDATE SET active = excluded.active, by_whom = excluded.by_whom, at = excluded.at,
       done_day = CASE WHEN schedule.active = 1 THEN schedule.done_day ELSE excluded.done_day END;

-- Free, ours already, or left by a server that has not been heard of since. Somebody may have done it meanwhile.
-- name: claim write
UPDATE schedule SET claimed_by = $3, claimed_until = $5
 WHERE district = $1 AND name = $2 AND active = 1 AND done_day < $6 AND (claimed_by = $3 OR claimed_until <= $4)
RETURNING done_day;

-- name: done write
UPDATE schedule SET done_day = $4, raised = raised + $5, problem = $6, claimed_by = NULL, claimed_until = 0
 WHERE district = $1 AND name = $2 AND claimed_by = $3;

-- name: release write
UPDATE schedule SET problem = $4, claimed_by = NULL, claimed_until = 0
 WHERE district = $1 AND name = $2 AND claimed_by = $3;

-- How much each has to do: open matters in which they play the part.
-- name: loads
SELECT who, count(*) FROM party WHERE district = $1 AND open = 1 AND role = $2 GROUP BY who;

-- name: targets
SELECT id, area, lng, lat, address, fields FROM record
 WHERE district = $1 AND kind = $2 AND open = 1 AND id > $3 AND {where} ORDER BY id LIMIT $4;
