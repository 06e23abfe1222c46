-- The district itself.

-- The one asked for comes first, if it is there.
-- name: district
SELECT district, name, short, suite, offset_min, sample FROM district WHERE district >= $1 ORDER BY district LIMIT 2;

-- name: district_add write
INSERT INTO district (district, name, short, suite, offset_min, sample, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: file_record
SELECT record FROM file WHERE district = $1 AND id = $2;

-- name: last_entry
SELECT at FROM entry WHERE district = $1 ORDER BY seq DESC LIMIT 1;

-- name: accounts
SELECT id, login, name, active FROM account WHERE district = $1 AND login > $2 ORDER BY login LIMIT $3;

-- name: record_ids
SELECT id FROM record WHERE district = $1 AND id > $2 ORDER BY id LIMIT $3;
