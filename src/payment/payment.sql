-- Payment providers and orders to pay.

-- name: providers
SELECT name, id, title, active, scheme, url, secret, public_key, version FROM payment_provider
WHERE district = $1 ORDER BY name LIMIT $2;

-- name: provider_get
SELECT name, id, title, active, scheme, url, secret, public_key, version FROM payment_provider
WHERE district = $1 AND name = $2;

-- name: provider_put write
INSERT INTO payment_provider (district, name, id, title, active, scheme, url, secret, public_key, version, by_whom, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (district, name) DO UPDATE SET title = excluded.title, active = excluded.active,
       scheme = excluded.scheme, url = excluded.url, secret = excluded.secret, public_key = excluded.public_key,
       version = excluded.version, by_whom = excluded.by_whom, at = excluded.at;

-- name: order_get
SELECT id, record, provider, amount, state, reference, why, by_whom, at, paid_at FROM payment
WHERE district = $1 AND id = $2;

-- name: order_add write
INSERT INTO payment (district, id, record, provider, amount, state, reference, why, by_whom, at, paid_at)
VALUES ($1, $2, $3, $4, $5, 'ordered', '', '', $6, $7, 0);

-- name: order_answer write
UPDATE payment SET state = $3, reference = $4, why = $5, paid_at = $6 WHERE district = $1 AND id = $2;

-- name: orders_of_record
SELECT id, record, provider, amount, state, reference, why, by_whom, at, paid_at FROM payment
WHERE district = $1 AND record = $2 ORDER BY at DESC, id DESC LIMIT $3;

-- name: orders_of_state
SELECT id, record, provider, amount, state, reference, why, by_whom, at, paid_at FROM payment
WHERE district = $1 AND state = $2 ORDER BY at DESC, id DESC LIMIT $3;

-- name: calls
SELECT slot, at, outcome, order_id, amount, reference FROM payment_call
WHERE district = $1 AND provider = $2 ORDER BY slot;

-- name: call_put write
INSERT INTO payment_call (district, provider, slot, at, outcome, order_id, amount, reference)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (district, provider, slot) DO UPDATE SET at = excluded.at, outcome = excluded.outcome,
       order_id = excluded.order_id, amount = excluded.amount, reference = excluded.reference;
