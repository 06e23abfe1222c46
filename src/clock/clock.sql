-- Statements of the timer: what its rows say, kept by record/ with each matter.

-- name: due
SELECT record FROM timer WHERE district = $1 AND at <= $2 ORDER BY at, record LIMIT $3;

-- name: next
SELECT at FROM timer WHERE district = $1 ORDER BY at LIMIT 1;
