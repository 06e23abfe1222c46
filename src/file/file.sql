-- name: add write
INSERT INTO file (district, id, sha256, size, type, name, width, height, account, claim, record, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, $11)

-- name: get
SELECT sha256, size, type, name, width, height, account, claim, record, created_at
FROM file WHERE district = $1 AND id = $2

-- name: take write
UPDATE file SET record = $3 WHERE district = $1 AND id = $2 AND record IS NULL

-- Ids lie in time order, so "older than" is a range of the key.
-- name: loose
SELECT id, sha256 FROM file WHERE district = $1 AND id < $2 AND record IS NULL AND created_at < $3 LIMIT 500

-- name: remove write
DELETE FROM file WHERE district = $1 AND id = $2 AND record IS NULL

-- name: known
SELECT 1 FROM file WHERE district = $1 AND sha256 = $2 LIMIT 1

-- name: walk
SELECT id, sha256, size FROM file WHERE district = $1 AND id > $2 ORDER BY id LIMIT $3

-- name: storage_note write
INSERT INTO common (district, generation, storage) VALUES ($1, 0, $2)
ON CONFLICT (district) DO UPDATE SET storage = excluded.storage WHERE common.storage IS NULL

-- name: storage
SELECT storage FROM common WHERE district = $1
