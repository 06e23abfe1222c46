-- Duties, the shifts they are laid out from, and swaps.

-- name: duty_of_org
SELECT id, org, account, first, plan, from_at, until_at, part, note, handed_over_at, handover, taken_over_at, version
  FROM duty WHERE district = $1 AND org = $2 AND from_at >= $3 AND from_at < $4 ORDER BY from_at, id LIMIT $5;

-- name: duty_of_account
SELECT id, org, account, first, plan, from_at, until_at, part, note, handed_over_at, handover, taken_over_at, version
  FROM duty WHERE district = $1 AND account = $2 AND from_at >= $3 AND from_at < $4 ORDER BY from_at, id LIMIT $5;

-- name: duty_get
SELECT id, org, account, first, plan, from_at, until_at, part, note, handed_over_at, handover, taken_over_at, version
  FROM duty WHERE district = $1 AND id = $2;

-- The one that ended when this one begins, or before: whose notes the next one reads.
-- name: duty_before
SELECT id, org, account, first, plan, from_at, until_at, part, note, handed_over_at, handover, taken_over_at, version
  FROM duty WHERE district = $1 AND org = $2 AND part = 'duty' AND from_at < $3 ORDER BY from_at DESC, id LIMIT 1;

-- name: duty_put write
INSERT INTO duty (district, id, org, account, first, plan, from_at, until_at, part, note, handed_over_at, handover,
                  taken_over_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (district, id) DO UPDATE SET org = excluded.org, account = excluded.account, from_at = excluded.from_at,
       until_at = excluded.until_at, part = excluded.part, note = excluded.note,
       handed_over_at = excluded.handed_over_at, handover = excluded.handover,
       taken_over_at = excluded.taken_over_at, version = excluded.version;

-- name: duty_remove write
DELETE FROM duty WHERE district = $1 AND id = $2;

-- What was laid out and nobody has touched since.
-- name: plan_clear write
DELETE FROM duty WHERE district = $1 AND plan = $2 AND from_at >= $3 AND account = first AND note = '';

-- name: plan_of_org
SELECT id, org, title, part, rule, workdays, from_day, until_day, at_min, length_min, people, version, by_whom, at
  FROM duty_plan WHERE district = $1 AND org = $2 ORDER BY id;

-- name: plan_get
SELECT id, org, title, part, rule, workdays, from_day, until_day, at_min, length_min, people, version, by_whom, at
  FROM duty_plan WHERE district = $1 AND id = $2;

-- name: plan_put write
INSERT INTO duty_plan (district, id, org, title, part, rule, workdays, from_day, until_day, at_min, length_min, people,
                       version, by_whom, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (district, id) DO UPDATE SET title = excluded.title, part = excluded.part, rule = excluded.rule,
       workdays = excluded.workdays, from_day = excluded.from_day, until_day = excluded.until_day,
       at_min = excluded.at_min, length_min = excluded.length_min, people = excluded.people,
       version = excluded.version, by_whom = excluded.by_whom, at = excluded.at;

-- name: plan_remove write
DELETE FROM duty_plan WHERE district = $1 AND id = $2;

-- name: swap_get
SELECT id, duty, other, asked_by, asked_of, why, state, at, answered_at FROM duty_swap WHERE district = $1 AND id = $2;

-- name: swap_open_of
SELECT id, duty, other, asked_by, asked_of, why, state, at, answered_at FROM duty_swap
 WHERE district = $1 AND asked_of = $2 AND state = 'asked' ORDER BY id LIMIT $3;

-- name: swap_open_by
SELECT id, duty, other, asked_by, asked_of, why, state, at, answered_at FROM duty_swap
 WHERE district = $1 AND asked_by = $2 AND state = 'asked' ORDER BY id LIMIT $3;

-- name: swap_open_duty
SELECT id FROM duty_swap WHERE district = $1 AND state = 'asked' AND (duty = $2 OR other = $2);

-- name: swap_add write
INSERT INTO duty_swap (district, id, duty, other, asked_by, asked_of, why, state, at, answered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'asked', $8, 0);

-- name: swap_answer write
UPDATE duty_swap SET state = $3, answered_at = $4 WHERE district = $1 AND id = $2;
