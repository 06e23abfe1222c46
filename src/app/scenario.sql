-- Photos that scenarios make up.

-- name: photo_add write
INSERT INTO file (district, id, sha256, size, type, name, width, height, account, claim, record, created_at)
VALUES ($1, $2, $3, $4, 'image/png', $5, $6, $7, $8, NULL, NULL, $9)
ON CONFLICT (district, id) DO NOTHING;

-- One day of somebody's duty.
-- name: duty_add write
INSERT INTO duty (district, id, org, from_at, until_at, account, first, part, plan, note, handed_over_at, handover,
                  taken_over_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $6, 'duty', NULL, '', 0, '', 0, 1);

-- What many people have to do, in the order it was raised.
-- name: to_do
SELECT id FROM record WHERE district = $1 AND kind = $2 AND open = 1 AND id > $3 ORDER BY id LIMIT $4;

-- name: newest
SELECT id FROM record WHERE district = $1 AND kind = $2 ORDER BY id DESC LIMIT 1;
