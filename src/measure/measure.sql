-- Statements of figures.

-- name: row
SELECT cells FROM counter WHERE district = $1 AND day = $2 AND part = $3 AND area = $4;

-- name: put write
INSERT INTO counter (district, day, part, area, cells) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (district, day, part, area) DO UPDATE SET cells = excluded.cells;

-- name: all
SELECT day, part, area, cells FROM counter WHERE district = $1;
