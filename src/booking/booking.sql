-- What is given, and what may be.

-- What overlaps a span of time.
-- name: overlapping
SELECT record, from_at, until_at, amount FROM booking
WHERE district = $1 AND resource = $2 AND until_at > $3 AND from_at < $4 ORDER BY until_at, record LIMIT $5;

-- name: put write
INSERT INTO booking (district, resource, until_at, record, from_at, amount) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (district, resource, until_at, record) DO UPDATE SET from_at = excluded.from_at, amount = excluded.amount;

-- name: remove write
DELETE FROM booking WHERE district = $1 AND resource = $2 AND until_at = $3 AND record = $4;

-- name: bookable_put write
INSERT INTO bookable (district, kind, area, record) VALUES ($1, $2, $3, $4)
ON CONFLICT (district, kind, area, record) DO NOTHING;

-- name: bookable_remove write
DELETE FROM bookable WHERE district = $1 AND kind = $2 AND area = $3 AND record = $4;

-- Others of an area that nobody has at that time.
-- name: others
SELECT b.record FROM bookable b
WHERE b.district = $1 AND b.kind = $2 AND b.area >= $3 AND b.area < $4 AND b.record <> $5
  AND NOT EXISTS (SELECT 1 FROM booking k
                  WHERE k.district = $1 AND k.resource = b.record AND k.until_at > $6 AND k.from_at < $7)
ORDER BY b.area, b.record LIMIT $8;

-- All of an area, from a cursor on.
-- name: walk
SELECT area, record FROM bookable
WHERE district = $1 AND kind = $2 AND area < $3 AND (area > $4 OR (area = $4 AND record > $5))
ORDER BY area, record LIMIT $6;

-- name: all_booked
SELECT resource, record, from_at, until_at, amount FROM booking
WHERE district = $1 ORDER BY resource, until_at, record;

-- name: booked_get
SELECT from_at, amount FROM booking WHERE district = $1 AND resource = $2 AND until_at = $3 AND record = $4;

-- name: bookable_get
SELECT 1 FROM bookable WHERE district = $1 AND kind = $2 AND area = $3 AND record = $4;

-- name: sizes
SELECT (SELECT count(*) FROM booking WHERE district = $1), (SELECT count(*) FROM bookable WHERE district = $1);

-- name: forget_booked write
DELETE FROM booking WHERE district = $1;

-- name: forget_bookable write
DELETE FROM bookable WHERE district = $1;
