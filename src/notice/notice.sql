-- Channels, how people want to be reached, and what is to be sent.

-- name: channels
SELECT id, type, title, active, what, kinds, org, detail, per_minute, sender, login, header, body, expects, url, place,
       secret, public_key, version, by_whom, at, ok_at, fail_at, failures, fail
FROM channel WHERE district = $1 ORDER BY id LIMIT $2;

-- name: channel_get
SELECT id, type, title, active, what, kinds, org, detail, per_minute, sender, login, header, body, expects, url, place,
       secret, public_key, version, by_whom, at, ok_at, fail_at, failures, fail
FROM channel WHERE district = $1 AND id = $2;

-- name: channel_put write
INSERT INTO channel (district, id, type, title, active, what, kinds, org, detail, per_minute, sender, login, header,
                     body, expects, url, place, secret, public_key, version, by_whom, at, ok_at, fail_at, failures, fail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, 0, 0, 0, '')
ON CONFLICT (district, id) DO UPDATE SET title = excluded.title, active = excluded.active, what = excluded.what,
       kinds = excluded.kinds, org = excluded.org, detail = excluded.detail, per_minute = excluded.per_minute,
       sender = excluded.sender, login = excluded.login, header = excluded.header, body = excluded.body,
       expects = excluded.expects, url = excluded.url, place = excluded.place, secret = excluded.secret,
       public_key = excluded.public_key, version = excluded.version, by_whom = excluded.by_whom, at = excluded.at,
       failures = 0;

-- name: channel_remove write
DELETE FROM channel WHERE district = $1 AND id = $2;

-- name: channel_took write
UPDATE channel SET ok_at = $3, failures = 0 WHERE district = $1 AND id = $2;

-- name: channel_failed write
UPDATE channel SET fail_at = $3, failures = failures + 1, fail = $4 WHERE district = $1 AND id = $2;

-- name: reach
SELECT quiet_from, quiet_to, wants, mail, mail_ok, lang, version, account, mail_version FROM reach WHERE district = $1 AND account = $2;

-- name: reach_put write
INSERT INTO reach (district, account, quiet_from, quiet_to, wants, mail, mail_ok, lang, version, at, mail_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (district, account) DO UPDATE SET quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
       wants = excluded.wants, mail = excluded.mail, mail_ok = excluded.mail_ok, lang = excluded.lang,
       version = excluded.version, at = excluded.at, mail_version = excluded.mail_version;

-- name: phone
SELECT phone, active, login, name FROM account WHERE district = $1 AND id = $2;

-- name: devices
SELECT id, endpoint, keys, agent, lang, at FROM push_device WHERE district = $1 AND account = $2 ORDER BY id LIMIT $3;

-- name: device
SELECT id, endpoint, keys, agent, lang, at FROM push_device WHERE district = $1 AND account = $2 AND id = $3;

-- name: device_put write
INSERT INTO push_device (district, account, id, endpoint, keys, agent, lang, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (district, account, id) DO UPDATE SET keys = excluded.keys, agent = excluded.agent, lang = excluded.lang;

-- name: device_remove write
DELETE FROM push_device WHERE district = $1 AND account = $2 AND id = $3;

-- A browser tells its owner of the day: whoever signed in there last.
-- name: device_others write
DELETE FROM push_device WHERE district = $1 AND id = $2 AND account <> $3;

-- name: outbox_put write
INSERT INTO outbox (district, id, channel, account, device, record, what, at, urgent, state, tries, next_at, holder,
                    done_at, fail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10, NULL, 0, '')
ON CONFLICT (district, id) DO NOTHING;

-- When a channel next has something to send.
-- name: outbox_next
SELECT min(next_at) FROM outbox WHERE district = $1 AND channel = $2 AND urgent = $3 AND state = 0;

-- name: outbox_due
SELECT id, account, device, record, what, at, urgent, tries, channel FROM outbox
WHERE district = $1 AND channel = $2 AND urgent = $3 AND state = 0 AND next_at <= $4 ORDER BY next_at, id LIMIT $5;

-- name: outbox_claim write
UPDATE outbox SET holder = $3, next_at = $4, tries = tries + 1 WHERE district = $1 AND id = $2 AND state = 0;

-- Whoever lost the claim meanwhile changes nothing.
-- name: outbox_settle write
UPDATE outbox SET state = $4, next_at = $5, done_at = $6, fail = $7, holder = NULL
WHERE district = $1 AND id = $2 AND holder = $3 AND state = 0;

-- What a server that ended in the middle had in hand; where it is the only one.
-- name: outbox_free write
UPDATE outbox SET holder = NULL, next_at = $2 WHERE district = $1 AND state = 0 AND holder IS NOT NULL;

-- name: outbox_stop write
UPDATE outbox SET state = 3, done_at = $3, fail = $4, holder = NULL WHERE district = $1 AND channel = $2 AND state = 0;

-- name: outbox_again write
UPDATE outbox SET state = 0, tries = 0, next_at = $3, at = $3, done_at = 0, holder = NULL
WHERE district = $1 AND id = $2 AND state IN (2, 3);

-- name: outbox_get
SELECT id, account, device, record, what, at, urgent, tries, channel, state, next_at, holder, done_at, fail FROM outbox
WHERE district = $1 AND id = $2;

-- name: outbox_list
SELECT id, account, device, record, what, at, urgent, tries, channel, state, next_at, holder, done_at, fail FROM outbox
WHERE district = $1 AND channel = $2 AND id < $3 ORDER BY id DESC LIMIT $4;

-- name: outbox_old
SELECT id FROM outbox WHERE district = $1 AND state > 0 AND done_at < $2 ORDER BY done_at, id LIMIT $3;

-- name: outbox_remove write
DELETE FROM outbox WHERE district = $1 AND id = $2;

-- name: outbox_waiting
SELECT count(*), min(next_at) FROM (SELECT next_at FROM outbox
    WHERE district = $1 AND channel = $2 AND urgent = $3 AND state = 0 AND next_at <= $4
    ORDER BY next_at LIMIT $5) AS due;

-- name: matter
SELECT kind, number, title, state FROM record WHERE district = $1 AND id = $2;

-- What came to somebody from $3 on and is still unread; rings were not kept back.
-- name: unread
SELECT n.what, r.kind, r.number, r.title FROM notice n JOIN record r ON r.district = n.district AND r.id = n.record
WHERE n.district = $1 AND n.account = $2 AND n.read_at = 0 AND n.at >= $3 AND n.what <> 'ring' ORDER BY n.id LIMIT $4;
