-- What a change of areas touches.

-- name: open_in
SELECT count(*) FROM record WHERE district = $1 AND open = 1 AND area >= $2 AND area < $3

-- One who holds it from then on already keeps what they have.
-- name: post_follow write
INSERT INTO post (district, account, role, area, org, from_at, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (district, account, role, area, from_at) DO NOTHING

-- name: post_unfollow write
DELETE FROM post WHERE district = $1 AND area = $2 AND from_at >= $3
