-- name: size
SELECT count(*), coalesce(sum(length(name)), 0), coalesce(sum(length(boundary)), 0) FROM area WHERE district = $1
-- name: all
SELECT code, name, boundary, approximate, from_at, until_at FROM area WHERE district = $1 ORDER BY code, from_at
-- name: known
SELECT 1 FROM area WHERE district = $1 AND code = $2 AND until_at = 0
-- name: ever
SELECT 1 FROM area WHERE district = $1 AND code = $2 LIMIT 1
-- An import says what is so: the row that goes on is put right.
-- name: rename write
UPDATE area SET name = $3 WHERE district = $1 AND code = $2 AND until_at = 0
-- name: put write
INSERT INTO area (district, code, from_at, until_at, name, approximate) VALUES ($1, $2, 0, 0, $3, 0)
-- name: set_boundary write
UPDATE area SET boundary = $3, approximate = $4 WHERE district = $1 AND code = $2 AND until_at = 0
-- name: end write
UPDATE area SET until_at = $3, ended_by = $4 WHERE district = $1 AND code = $2 AND until_at = 0
-- name: begin write
INSERT INTO area (district, code, from_at, until_at, name, boundary, approximate, begun_by)
VALUES ($1, $2, $3, 0, $4, $5, $6, $7)
-- name: change_add write
INSERT INTO area_change (district, id, at, actor, what, from_at, why, begun, ended, withdrawn_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)
-- name: change_get
SELECT id, at, actor, what, from_at, why, begun, ended, withdrawn_at FROM area_change WHERE district = $1 AND id = $2
-- name: change_page
SELECT id, at, actor, what, from_at, why, begun, ended, withdrawn_at FROM area_change
 WHERE district = $1 AND id < $2 ORDER BY id DESC LIMIT $3
-- name: change_count
SELECT count(*), coalesce(sum(CASE WHEN withdrawn_at > 0 THEN 1 ELSE 0 END), 0) FROM area_change WHERE district = $1
-- name: change_withdraw write
UPDATE area_change SET withdrawn_at = $3 WHERE district = $1 AND id = $2
-- A later change that stands on this one.
-- name: stands_on
SELECT code FROM area WHERE district = $1 AND begun_by = $2 AND until_at > 0 LIMIT 1
-- name: unbegin write
DELETE FROM area WHERE district = $1 AND begun_by = $2
-- name: unend write
UPDATE area SET until_at = 0, ended_by = NULL WHERE district = $1 AND ended_by = $2
-- name: streets_clear write
DELETE FROM street WHERE district = $1
-- name: street_tiles_clear write
DELETE FROM street_tile WHERE district = $1
-- name: street_put write
INSERT INTO street (district, id, name, class, sample, line) VALUES ($1, $2, $3, $4, $5, $6)
-- name: street_tile_put write
INSERT INTO street_tile (district, zoom, x, y, body) VALUES ($1, $2, $3, $4, $5)
-- name: street_tile
SELECT body FROM street_tile WHERE district = $1 AND zoom = $2 AND x = $3 AND y = $4
