-- Statements of figures.

-- name: row
SELECT cells FROM counter WHERE district = $1 AND area = $2 AND day = $3 AND part = $4;

-- Of the days behind one.
-- name: rows_since
SELECT cells FROM counter WHERE district = $1 AND area = $2 AND day > $3 AND part = $4;

-- name: put write
INSERT INTO counter (district, area, day, part, cells) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (district, area, day, part) DO UPDATE SET cells = excluded.cells;

-- name: all
SELECT area, day, part, cells FROM counter WHERE district = $1;
