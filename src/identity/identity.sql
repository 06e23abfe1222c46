-- Who is who. Every statement is bound to one district.

-- name: directory_size
SELECT (SELECT count(*) FROM org WHERE district = $1),
       (SELECT count(*) FROM account a WHERE a.district = $1
          AND EXISTS (SELECT 1 FROM post p WHERE p.district = $1 AND p.account = a.id)),
       (SELECT count(*) FROM post WHERE district = $1);

-- name: org_all
SELECT id, name, area, level, parent, unit, ended_at FROM org WHERE district = $1 ORDER BY id;

-- name: staff_all
SELECT a.id, a.login, a.name, a.active FROM account a WHERE a.district = $1
   AND EXISTS (SELECT 1 FROM post p WHERE p.district = $1 AND p.account = a.id) ORDER BY a.id;

-- name: post_all
SELECT account, role, area, org, from_at, until_at FROM post WHERE district = $1 ORDER BY account, role, area, from_at;

-- The newest first.
-- name: duty_all
SELECT org, account, from_at, until_at, part FROM duty WHERE district = $1 ORDER BY from_at DESC LIMIT $2;

-- name: account_by_login
SELECT id, login, name, active, password FROM account WHERE district = $1 AND login = $2;

-- Made at a counter and not taken over yet: nobody has given it a password or a post.
-- name: account_to_take
SELECT id FROM account WHERE district = $1 AND login = $2 AND password IS NULL AND active = 1
   AND NOT EXISTS (SELECT 1 FROM post WHERE post.district = $1 AND post.account = account.id);

-- name: account_by_id
SELECT id, login, name, active, phone, created_at FROM account WHERE district = $1 AND id = $2;

-- Newest first. The columns of account_by_id and these two are the same.
-- name: account_page
SELECT id, login, name, active, phone, created_at FROM account WHERE district = $1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: account_by_phone
SELECT id, login, name, active, phone, created_at FROM account WHERE district = $1 AND phone_tag = $2
 ORDER BY id DESC LIMIT $3;

-- Whoever signs in with the number comes before those who only may be called there.
-- name: account_of_number
SELECT id, name, CASE WHEN password IS NULL AND login = $3 AND NOT EXISTS
       (SELECT 1 FROM post WHERE post.district = $1 AND post.account = account.id) THEN 1 ELSE 0 END
  FROM account WHERE district = $1 AND phone_tag = $2 AND active = 1
 ORDER BY CASE WHEN login = $3 THEN 0 ELSE 1 END, id DESC LIMIT 1;

-- name: account_add write
INSERT INTO account (district, id, login, name, password, phone, phone_tag, active, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8);

-- As an older program wrote them.
-- name: account_plain
SELECT id, name FROM account WHERE district = $1 AND substr(name, 1, 3) <> 'e1:' ORDER BY id LIMIT $2;

-- name: account_name write
UPDATE account SET name = $3 WHERE district = $1 AND id = $2;

-- Once, after an upgrade.
-- name: erase_due
SELECT 1 FROM chore WHERE district = $1 AND name = 'erase';

-- name: erased write
DELETE FROM chore WHERE district = $1 AND name = 'erase';

-- name: audit_new_accounts
SELECT id, detail FROM audit WHERE district = $1 AND id > $2 AND verb = 'account.add' ORDER BY id LIMIT $3;

-- name: audit_detail write
UPDATE audit SET detail = $3 WHERE district = $1 AND id = $2;

-- name: account_password write
UPDATE account SET password = $3 WHERE district = $1 AND id = $2;

-- name: account_active write
UPDATE account SET active = $3 WHERE district = $1 AND id = $2;

-- name: org_get
SELECT id FROM org WHERE district = $1 AND id = $2;

-- name: org_open
SELECT id FROM org WHERE district = $1 AND id = $2 AND ended_at = 0;

-- name: org_unit
SELECT id FROM org WHERE district = $1 AND area = $2 AND unit = 1 AND ended_at = 0;

-- name: org_add write
INSERT INTO org (district, id, name, area, level, parent, unit, created_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0);

-- name: post_of
SELECT role, area, org, from_at, until_at FROM post WHERE district = $1 AND account = $2 AND (until_at = 0 OR until_at > $3)
 ORDER BY role, area, from_at;

-- Held at any time in $5 .. $6 (0: open).
-- name: post_held
SELECT account FROM post WHERE district = $1 AND account = $2 AND role = $3 AND area = $4
   AND (until_at = 0 OR until_at > $5) AND ($6 = 0 OR from_at < $6);

-- name: post_add write
INSERT INTO post (district, account, role, area, org, from_at, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: post_end write
UPDATE post SET until_at = $5 WHERE district = $1 AND account = $2 AND role = $3 AND area = $4
   AND (until_at = 0 OR until_at > $5);

-- name: session_get
SELECT s.account, s.name, s.seen_at, s.until_at, a.login, a.name, a.active
  FROM session s JOIN account a ON a.district = s.district AND a.id = s.account
 WHERE s.district = $1 AND s.token = $2;

-- name: session_add write
INSERT INTO session (district, token, account, name, created_at, seen_at, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: session_touch write
UPDATE session SET seen_at = $3, until_at = $4 WHERE district = $1 AND token = $2;

-- name: session_end write
DELETE FROM session WHERE district = $1 AND token = $2;

-- Of an account, but the one it goes on with ($3, may be null).
-- name: session_end_signed_in write
DELETE FROM session WHERE district = $1 AND account = $2 AND name = '' AND (token <> $3 OR $3 IS NULL);

-- A token is known by the first half of its hash.
-- name: tokens_of
SELECT token, name, created_at, seen_at, until_at FROM session
 WHERE district = $1 AND account = $2 AND name <> '' AND substr(token, 1, 16) > $3 ORDER BY token LIMIT $4;

-- name: token_get
SELECT name FROM session
 WHERE district = $1 AND account = $2 AND name <> '' AND substr(token, 1, 16) = $3;

-- name: token_end write
DELETE FROM session WHERE district = $1 AND account = $2 AND name <> '' AND substr(token, 1, 16) = $3;

-- name: session_expired write
DELETE FROM session WHERE district = $1 AND account = $2 AND until_at <= $3;

-- name: audit_page
SELECT id, at, actor, verb, about, detail FROM audit WHERE district = $1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: audit_add write
INSERT INTO audit (district, id, at, actor, verb, about, detail) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- Failed sign-ins of all servers: only on a shared database.

-- name: attempt_get
SELECT tokens, at FROM attempt WHERE district = $1 AND who = $2;

-- name: attempt_put write
INSERT INTO attempt (district, who, tokens, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (district, who) DO UPDATE SET tokens = excluded.tokens, at = excluded.at;

-- A bucket that nobody took from for a minute is full again. There are few.
-- name: attempt_full write
DELETE FROM attempt WHERE district = $1 AND at < $2;

-- name: sign_in_add write
INSERT INTO sign_in (district, id, at, account, outcome, client, agent) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: sign_in_page
SELECT s.id, s.at, s.account, s.outcome, s.client, s.agent, a.login, a.name
FROM sign_in s LEFT JOIN account a ON a.district = s.district AND a.id = s.account
WHERE s.district = $1 AND s.id < $2 AND s.id >= $3 ORDER BY s.id DESC LIMIT $4;

-- name: sign_in_sweep write
DELETE FROM sign_in WHERE district = $1 AND id IN
    (SELECT id FROM sign_in WHERE district = $1 AND id < $2 ORDER BY id LIMIT $3);
