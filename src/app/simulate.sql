-- What a simulation tells at its end.

-- name: last_entry
SELECT seq, hash FROM entry WHERE district = $1 ORDER BY seq DESC LIMIT 1;
