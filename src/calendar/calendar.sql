-- name: days
SELECT day, working, name FROM calendar_day WHERE district = $1 ORDER BY day
-- name: put write
INSERT INTO calendar_day (district, day, working, name) VALUES ($1, $2, $3, $4)
ON CONFLICT (district, day) DO UPDATE SET working = excluded.working, name = excluded.name
