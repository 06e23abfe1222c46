-- The end of a simulation: what it leaves unread, and what it tells.

-- name: notices_read write
UPDATE notice SET read_at = at WHERE district = $1 AND read_at = 0 AND at < $2;

-- name: last_entry
SELECT seq, hash FROM entry WHERE district = $1 ORDER BY seq DESC LIMIT 1;
