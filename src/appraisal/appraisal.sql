-- What has been ranked: months of a kind, and when each was given its result.

-- name: months
SELECT id FROM record WHERE district = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4;

-- name: months_before
SELECT id FROM record WHERE district = $1 AND kind = $2 AND id < $3 ORDER BY id DESC LIMIT $4;

-- name: moves
SELECT seq, at, verb FROM entry WHERE district = $1 AND record = $2 ORDER BY seq;
