-- name: size
SELECT count(*), coalesce(sum(length(name)), 0), coalesce(sum(length(boundary)), 0) FROM area WHERE district = $1
-- name: all
SELECT code, name, boundary, approximate FROM area WHERE district = $1 ORDER BY code
-- name: known
SELECT 1 FROM area WHERE district = $1 AND code = $2
-- name: put write
INSERT INTO area (district, code, name, approximate) VALUES ($1, $2, $3, 0)
ON CONFLICT (district, code) DO UPDATE SET name = excluded.name
-- name: set_boundary write
UPDATE area SET boundary = $3, approximate = $4 WHERE district = $1 AND code = $2
