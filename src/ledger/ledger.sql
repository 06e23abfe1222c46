-- Accounts of ledgers and their lines.

-- name: account_get
SELECT balance, lines, booked_at FROM ledger_account WHERE district = $1 AND ledger = $2 AND account = $3;

-- Accounts of one sort lie beside each other: "cash" itself, or all that begin with "cash:".
-- name: account_used
SELECT 1 FROM ledger_account WHERE district = $1 AND ledger = $2 AND account >= $3 AND account < $4 LIMIT 1;

-- name: account_put write
INSERT INTO ledger_account (district, ledger, account, owner, balance, lines, booked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (district, ledger, account) DO UPDATE SET balance = excluded.balance, lines = excluded.lines,
       booked_at = excluded.booked_at;

-- name: line_add write
INSERT INTO ledger_line (district, ledger, account, seq, n, booked_at, at, amount, balance, other, record, counter)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- What a matter has moved: the side that gained.
-- name: gained_by_record
SELECT account, other, amount FROM ledger_line
WHERE district = $1 AND record = $2 AND ledger = $3 AND amount > 0 ORDER BY seq, n;

-- The last line booked up to a moment: what stood there then.
-- name: line_as_of
SELECT balance, seq, n FROM ledger_line WHERE district = $1 AND ledger = $2 AND account = $3 AND booked_at <= $4
ORDER BY booked_at DESC, seq DESC, n DESC LIMIT 1;

-- What came in and what went out from one moment to another, both inclusive.
-- name: turnover
SELECT coalesce(sum(CASE WHEN amount > 0 THEN amount ELSE 0 END), 0),
       coalesce(sum(CASE WHEN amount < 0 THEN amount ELSE 0 END), 0), count(*)
FROM ledger_line WHERE district = $1 AND ledger = $2 AND account = $3 AND booked_at >= $4 AND booked_at <= $5;

-- The newest first, from a line on, down to an entry, which is not of it any more. `changes` explains each.
-- name: statement
SELECT l.seq, l.n, l.booked_at, l.at, l.amount, l.balance, l.other, l.record, l.counter, e.changes, e.note, r.number
FROM ledger_line l JOIN entry e ON e.district = l.district AND e.seq = l.seq
JOIN record r ON r.district = l.district AND r.id = l.record
WHERE l.district = $1 AND l.ledger = $2 AND l.account = $3 AND (l.seq < $4 OR (l.seq = $4 AND l.n < $5))
      AND l.seq > $7
ORDER BY l.seq DESC, l.n DESC LIMIT $6;

-- name: all_accounts
SELECT ledger, account, balance, lines, booked_at FROM ledger_account WHERE district = $1 ORDER BY ledger, account;

-- name: all_lines
SELECT ledger, account, seq, n, booked_at, at, amount, balance, other, record, counter FROM ledger_line
WHERE district = $1 ORDER BY ledger, account, seq, n;
