-- Live links: rows as long as the call and a while behind it.

-- name: get
SELECT id, record, caller, callee, answerer, caller_device, answerer_device, state, outcome, asked_at, answered_at, ended_at,
       caller_seen, answerer_seen, signals, written FROM call
WHERE district = $1 AND id = $2;

-- name: open
SELECT id, record, caller, callee, answerer, caller_device, answerer_device, state, outcome, asked_at, answered_at, ended_at,
       caller_seen, answerer_seen, signals, written FROM call
WHERE district = $1 AND state < 3 ORDER BY state, id LIMIT $2;

-- What rings for an account and it has not declined.
-- name: ringing
SELECT c.id, c.record, c.caller, c.callee, c.answerer, c.caller_device, c.answerer_device, c.state, c.outcome, c.asked_at,
       c.answered_at, c.ended_at, c.caller_seen, c.answerer_seen, c.signals, c.written
FROM call_ring r JOIN call c ON c.district = r.district AND c.id = r.call
WHERE r.district = $1 AND r.account = $2 AND r.declined = 0 AND c.state = 1 ORDER BY c.id LIMIT $3;

-- name: recent
SELECT count(*) FROM call WHERE district = $1 AND caller = $2 AND asked_at > $3;

-- name: put write
INSERT INTO call (district, id, record, caller, callee, answerer, caller_device, answerer_device, state, outcome, asked_at,
                  answered_at, ended_at, caller_seen, answerer_seen, signals, written)
VALUES ($1, $2, $3, $4, $5, NULL, $6, NULL, 1, '', $7, 0, 0, $7, 0, 0, 0);

-- name: set write
UPDATE call SET answerer = $3, answerer_device = $4, state = $5, outcome = $6, answered_at = $7, ended_at = $8,
       caller_seen = $9, answerer_seen = $10, signals = $11, written = $12
WHERE district = $1 AND id = $2;

-- name: remove write
DELETE FROM call WHERE district = $1 AND state = 3 AND written = 1 AND ended_at < $2;

-- name: old
SELECT id FROM call WHERE district = $1 AND state = 3 AND written = 1 AND ended_at < $2 LIMIT 1;

-- name: unwritten
SELECT id, record, caller, callee, answerer, caller_device, answerer_device, state, outcome, asked_at, answered_at, ended_at,
       caller_seen, answerer_seen, signals, written FROM call
WHERE district = $1 AND state = 3 AND written = 0 ORDER BY id LIMIT $2;

-- name: ring_put write
INSERT INTO call_ring (district, account, call, declined) VALUES ($1, $2, $3, 0);

-- name: ring_decline write
UPDATE call_ring SET declined = 1 WHERE district = $1 AND account = $2 AND call = $3;

-- name: rings
SELECT account, declined FROM call_ring WHERE district = $1 AND call = $2 ORDER BY account;

-- name: ring_remove write
DELETE FROM call_ring WHERE district = $1 AND call = $2;

-- name: signal_put write
INSERT INTO call_signal (district, call, n, to_caller, kind, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: signals
SELECT n, kind, body FROM call_signal WHERE district = $1 AND call = $2 AND n > $3 AND to_caller = $4 ORDER BY n LIMIT $5;

-- name: signal_remove write
DELETE FROM call_signal WHERE district = $1 AND call = $2;
