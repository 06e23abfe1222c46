-- Views and templates that people keep.

-- name: saved_of
SELECT id, owner, what, title, text, about, version, by_whom, at FROM saved
WHERE district = $1 AND owner = $2 AND what = $3 ORDER BY id LIMIT $4;

-- name: saved_get
SELECT id, owner, what, title, text, about, version, by_whom, at FROM saved WHERE district = $1 AND id = $2;

-- name: saved_count
SELECT count(*) FROM saved WHERE district = $1 AND owner = $2 AND what = $3;

-- name: saved_put write
INSERT INTO saved (district, id, owner, what, title, text, about, version, by_whom, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (district, id) DO UPDATE SET owner = excluded.owner, title = excluded.title, text = excluded.text,
       about = excluded.about, version = excluded.version, by_whom = excluded.by_whom, at = excluded.at;

-- name: saved_remove write
DELETE FROM saved WHERE district = $1 AND id = $2;
