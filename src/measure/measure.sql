-- Statements of figures.

-- name: add write
INSERT INTO counter (district, day, measure, area, dim, n, total) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (district, day, measure, area, dim) DO UPDATE SET n = counter.n + excluded.n,
                                                             total = counter.total + excluded.total;

-- name: cell
SELECT n, total FROM counter WHERE district = $1 AND day = $2 AND measure = $3 AND area = $4 AND dim = $5;

-- name: of_areas
SELECT area, n, total FROM counter WHERE district = $1 AND day = $2 AND measure = $3 AND dim = $4 AND {where};

-- name: dims
SELECT dim, n, total FROM counter
WHERE district = $1 AND day = $2 AND measure = $3 AND area = $4 AND dim >= $5 AND dim < $6 ORDER BY dim;

-- name: all
SELECT day, measure, area, dim, n, total FROM counter WHERE district = $1 AND n <> 0;
