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

-- What the roll amounts to, and how many took part; each is kept with every change.
-- name: sums
SELECT way, numbers, heads, area FROM ballot_sum
 WHERE district = $1 AND ballot = $2 AND way IN ('roll', 'all online', 'all paper');

-- Who has taken part, by way, place and hour.
-- name: sums_by_hour
SELECT way, place, hour, numbers, heads, area FROM ballot_sum
 WHERE district = $1 AND ballot = $2 AND way IN ('online', 'paper') ORDER BY place, hour, way;

-- name: sum_add write
INSERT INTO ballot_sum (district, ballot, way, place, hour, numbers, heads, area) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (district, ballot, way, place, hour) DO UPDATE SET numbers = ballot_sum.numbers + excluded.numbers,
       heads = ballot_sum.heads + excluded.heads, area = ballot_sum.area + excluded.area;

-- name: sum_clear write
DELETE FROM ballot_sum WHERE district = $1 AND ballot = $2;

-- The last number of the roll.
-- name: roll_last
SELECT coalesce(max(no), 0) FROM ballot_roll WHERE district = $1 AND ballot = $2;

-- An open vote comes in: where its number votes, what it weighs, whether it is counted already.
-- name: weight_of
SELECT place, heads, area, mark FROM ballot_roll WHERE district = $1 AND ballot = $2 AND no = $3;

-- For the recount: every ballot that has a roll, what its roll comes to, and what is kept.
-- name: all_sums
SELECT ballot, way, place, hour, numbers, heads, area FROM ballot_sum WHERE district = $1
 ORDER BY ballot, way, place, hour;

-- name: rolls
SELECT ballot, count(*), sum(heads), sum(area) FROM ballot_roll WHERE district = $1 GROUP BY ballot ORDER BY ballot;

-- name: marks_by_hour
SELECT ballot, mark, place, hour, count(*), sum(heads), sum(area) FROM ballot_roll WHERE district = $1 AND mark <> ''
 GROUP BY ballot, mark, place, hour ORDER BY ballot, mark, place, hour;

-- name: typed_get
SELECT account, choice FROM ballot_typed WHERE district = $1 AND ballot = $2 AND no = $3;

-- name: typed_put write
INSERT INTO ballot_typed (district, ballot, no, account, choice) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (district, ballot, no) DO UPDATE SET account = excluded.account, choice = excluded.choice;

-- name: typed_remove write
DELETE FROM ballot_typed WHERE district = $1 AND ballot = $2 AND no = $3;

-- name: typed_numbers
SELECT no, account FROM ballot_typed WHERE district = $1 AND ballot = $2 AND no > $3 ORDER BY no LIMIT $4;

-- name: slip_put write
INSERT INTO ballot_slip (district, ballot, token, signature, choice) VALUES ($1, $2, $3, $4, $5);

-- name: slip_get
SELECT choice FROM ballot_slip WHERE district = $1 AND ballot = $2 AND token = $3;

-- name: slips
SELECT token, signature, choice FROM ballot_slip WHERE district = $1 AND ballot = $2 ORDER BY token;

-- name: slip_clear write
DELETE FROM ballot_slip WHERE district = $1 AND ballot = $2;

-- When voting ends the slips are laid aside and back again, both times in the order of their tokens.
-- name: slip_aside write
INSERT INTO ballot_slip_anew (district, ballot, token, signature, choice)
SELECT district, ballot, token, signature, choice FROM ballot_slip WHERE district = $1 AND ballot = $2 ORDER BY token;

-- name: slip_back write
INSERT INTO ballot_slip (district, ballot, token, signature, choice)
SELECT district, ballot, token, signature, choice FROM ballot_slip_anew WHERE district = $1 AND ballot = $2
 ORDER BY token;

-- name: slip_aside_clear write
DELETE FROM ballot_slip_anew WHERE district = $1 AND ballot = $2;

-- name: slip_count
SELECT count(*) FROM ballot_slip WHERE district = $1 AND ballot = $2;

-- name: count_put write
INSERT INTO ballot_count (district, ballot, place, counter, counts, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (district, ballot, place, counter) DO UPDATE SET counts = excluded.counts, at = excluded.at;

-- name: count_clear write
DELETE FROM ballot_count WHERE district = $1 AND ballot = $2;

-- name: counts
SELECT place, counter, counts, at FROM ballot_count WHERE district = $1 AND ballot = $2 ORDER BY place, counter;

-- Open votes: the records below the ballot.
-- name: votes
SELECT id, fields, sealed, created_at FROM record
 WHERE district = $1 AND parent = $2 AND kind = $3 AND id > $4 ORDER BY id LIMIT $5;

-- The vote of one number, by the id that follows from it.
-- name: vote_of
SELECT id, fields, sealed FROM record WHERE district = $1 AND id = $2 AND parent = $3 AND kind = $4;

-- Who may stand: records beside the ballot.
-- name: beside
SELECT id FROM record WHERE district = $1 AND parent = $2 AND kind = $3 ORDER BY id LIMIT $4;

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
