-- Amounts: money, points, volumes. What is posted stands in the history; these rows follow from it.

-- An account and what stands on it. The row '' of a ledger stands for the ledger itself: its balance is 0, its lines
-- are its postings, booked_at is when the last was booked.
CREATE TABLE ledger_account (
    district  INTEGER NOT NULL,
    ledger    TEXT NOT NULL,
    account   TEXT NOT NULL,      -- "cash", or with whose it is: "cash:018f…"
    owner     BLOB,               -- the record, account or organisation; NULL: the district
    balance   INTEGER NOT NULL,   -- whole units; of money fen
    lines     INTEGER NOT NULL,
    booked_at INTEGER NOT NULL,   -- when the last line was booked
    PRIMARY KEY (district, ledger, account)
) STRICT, WITHOUT ROWID;

-- One side of a posting, as a statement shows it.
CREATE TABLE ledger_line (
    district  INTEGER NOT NULL,
    ledger    TEXT NOT NULL,
    account   TEXT NOT NULL,
    seq       INTEGER NOT NULL,   -- of the entry that says why
    n         INTEGER NOT NULL,   -- twice the posting's place in it, and one more for who gains
    booked_at INTEGER NOT NULL,   -- never before the line above it: so a balance of any moment is one look
    at        INTEGER NOT NULL,   -- when what caused it happened
    amount    INTEGER NOT NULL,   -- below 0: what went out
    balance   INTEGER NOT NULL,   -- after it
    other     TEXT NOT NULL,      -- the account on the other side
    record    BLOB NOT NULL,
    counter   INTEGER NOT NULL,   -- 1: takes back what was posted before
    PRIMARY KEY (district, ledger, account, seq, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_line_booked ON ledger_line (district, ledger, account, booked_at, seq, n);
CREATE INDEX ledger_line_record ON ledger_line (district, record, seq, n);

-- Who takes payments for us. Payers are sent to `url` with a signed order; what was paid comes back as a signed call.
CREATE TABLE payment_provider (
    district  INTEGER NOT NULL,
    name      TEXT NOT NULL,
    id        BLOB NOT NULL,      -- what its secret is sealed with
    title     TEXT NOT NULL,
    active    INTEGER NOT NULL,
    scheme    TEXT NOT NULL,      -- hmac: one secret for both directions; rsa: our private key, its public key
    url       TEXT NOT NULL,
    secret    TEXT NOT NULL,      -- sealed
    public_key TEXT NOT NULL,     -- PEM; '' with hmac
    version   INTEGER NOT NULL,
    by_whom   BLOB NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (district, name)
) STRICT, WITHOUT ROWID;

-- An order to pay for a record. It is paid once, whatever the provider repeats.
CREATE TABLE payment (
    district  INTEGER NOT NULL,
    id        BLOB NOT NULL,      -- UUIDv7 of the sender
    record    BLOB NOT NULL,
    provider  TEXT NOT NULL,
    amount    INTEGER NOT NULL,   -- fen, as it stood when it was ordered
    state     TEXT NOT NULL,      -- ordered, paid, unmatched (money came, the matter could not take it)
    reference TEXT NOT NULL,      -- the provider's own number of what was paid; '' until then
    why       TEXT NOT NULL,      -- of unmatched: the refusal's key
    by_whom   BLOB NOT NULL,
    at        INTEGER NOT NULL,
    paid_at   INTEGER NOT NULL,   -- 0: not yet
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_record ON payment (district, record, at);
CREATE INDEX payment_state ON payment (district, state, at);
