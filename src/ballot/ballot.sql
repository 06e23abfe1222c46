-- Rolls, blind tokens, secret votes and counts of paper.

-- name: get
SELECT public_key, secret_key, closed_at FROM ballot WHERE district = $1 AND id = $2;

-- name: put write
INSERT INTO ballot (district, id, public_key, secret_key, closed_at) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT (district, id) DO NOTHING;

-- The key signs nothing any more, and nobody can make it sign.
-- name: close write
UPDATE ballot SET secret_key = NULL, closed_at = $3 WHERE district = $1 AND id = $2 AND closed_at = 0;

-- name: roll_put write
INSERT INTO ballot_roll (district, ballot, no, account, name, label, place, heads, area, proxy, mark, hour, blinded)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (district, ballot, no) DO UPDATE SET account = excluded.account, name = excluded.name,
       label = excluded.label, place = excluded.place, heads = excluded.heads, area = excluded.area,
       proxy = excluded.proxy, mark = excluded.mark, hour = excluded.hour, blinded = excluded.blinded;

-- name: roll_clear write
DELETE FROM ballot_roll WHERE district = $1 AND ballot = $2;

-- name: roll_remove write
DELETE FROM ballot_roll WHERE district = $1 AND ballot = $2 AND no = $3;

-- name: roll_get
SELECT no, account, name, label, place, heads, area, proxy, mark, hour, blinded FROM ballot_roll
 WHERE district = $1 AND ballot = $2 AND no = $3;

-- name: roll_page
SELECT no, account, name, label, place, heads, area, proxy, mark, hour, blinded FROM ballot_roll
 WHERE district = $1 AND ballot = $2 AND no > $3 ORDER BY no LIMIT $4;

-- name: roll_of_account
SELECT no, account, name, label, place, heads, area, proxy, mark, hour, blinded FROM ballot_roll
 WHERE district = $1 AND account = $2 AND ballot = $3 ORDER BY no LIMIT $4;

-- Those who let the holder of one of these numbers vote for them.
-- name: roll_of_proxy
SELECT no, account, name, label, place, heads, area, proxy, mark, hour, blinded FROM ballot_roll
 WHERE district = $1 AND ballot = $2 AND proxy = $3 AND proxy > 0 ORDER BY no LIMIT $4;

-- name: ballots_of_account
SELECT DISTINCT ballot FROM ballot_roll WHERE district = $1 AND account = $2 ORDER BY ballot DESC LIMIT $3;

-- What the roll amounts to.
-- name: roll_sum
SELECT count(*), coalesce(sum(heads), 0), coalesce(sum(area), 0), coalesce(max(no), 0) FROM ballot_roll
 WHERE district = $1 AND ballot = $2;

-- Secret ones: who has taken part, by way, place and hour.
-- name: roll_marks
SELECT mark, place, hour, count(*), coalesce(sum(heads), 0), coalesce(sum(area), 0) FROM ballot_roll
 WHERE district = $1 AND ballot = $2 AND mark <> '' GROUP BY mark, place, hour ORDER BY place, hour, mark;

-- name: roll_places
SELECT place, count(*), coalesce(sum(heads), 0), coalesce(sum(area), 0) FROM ballot_roll
 WHERE district = $1 AND ballot = $2 GROUP BY place ORDER BY place;

-- name: slip_put write
INSERT INTO ballot_slip (district, ballot, token, signature, choice) VALUES ($1, $2, $3, $4, $5);

-- name: slip_get
SELECT choice FROM ballot_slip WHERE district = $1 AND ballot = $2 AND token = $3;

-- name: slip_page
SELECT token, signature, choice FROM ballot_slip WHERE district = $1 AND ballot = $2 AND token > $3
 ORDER BY token LIMIT $4;

-- name: slip_clear write
DELETE FROM ballot_slip WHERE district = $1 AND ballot = $2;

-- name: slip_count
SELECT count(*) FROM ballot_slip WHERE district = $1 AND ballot = $2;

-- name: count_put write
INSERT INTO ballot_count (district, ballot, place, counter, counts, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (district, ballot, place, counter) DO UPDATE SET counts = excluded.counts, at = excluded.at;

-- name: counts
SELECT place, counter, counts, at FROM ballot_count WHERE district = $1 AND ballot = $2 ORDER BY place, counter;

-- Open votes: the records below the ballot.
-- name: votes
SELECT id, fields, sealed, created_at FROM record
 WHERE district = $1 AND parent = $2 AND kind = $3 AND id > $4 ORDER BY id LIMIT $5;

-- Whether a vote of that id is there.
-- name: vote_there
SELECT id FROM record WHERE district = $1 AND id = $2;

-- Whose records make the roll.
-- name: electors
SELECT id FROM record
 WHERE district = $1 AND kind = $2 AND open = 1 AND area >= $3 AND area < $4 AND id > $5 ORDER BY id LIMIT $6;

-- An open vote came in.
-- name: mark write
UPDATE ballot_roll SET mark = $4, hour = $5 WHERE district = $1 AND ballot = $2 AND no = $3;
