-- The months of a kind before one, the newest first.

-- name: months_before
SELECT id FROM record WHERE district = $1 AND kind = $2 AND id < $3 ORDER BY id DESC LIMIT $4;
