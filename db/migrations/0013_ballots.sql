-- Votes. A ballot is a record of a kind with `ballot:`; open votes are records below it. What must not stand in the
-- history, because its order and times would say who voted how, stands here.

CREATE TABLE ballot (
    district   INTEGER NOT NULL,
    id         BLOB NOT NULL,       -- the record
    public_key BLOB,                -- secret ones: RSA, DER; NULL otherwise
    secret_key TEXT,                -- sealed; NULL once it is closed
    closed_at  INTEGER NOT NULL,    -- 0: not yet
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

-- The frozen roll: who may vote, with which weights.
CREATE TABLE ballot_roll (
    district INTEGER NOT NULL,
    ballot   BLOB NOT NULL,
    no       INTEGER NOT NULL,      -- number on the roll
    account  BLOB,                  -- NULL: votes on paper only
    name     TEXT NOT NULL,         -- sealed|mask
    label    TEXT NOT NULL,         -- door, address
    place    TEXT NOT NULL,         -- polling place
    heads    INTEGER NOT NULL,
    area     INTEGER NOT NULL,      -- 0.01 m²
    proxy    INTEGER NOT NULL,      -- number of who votes for it; 0: nobody
    mark     TEXT NOT NULL,         -- '', online (has a blind token), paper (has a voting slip), void
    hour     INTEGER NOT NULL,      -- of the mark, whole hours since 1970; 0: none
    blinded  BLOB,                  -- hash of what was signed blindly, so that it is signed again and nothing else
    PRIMARY KEY (district, ballot, no)
) STRICT, WITHOUT ROWID;
CREATE INDEX ballot_roll_account ON ballot_roll (district, account, ballot);
CREATE INDEX ballot_roll_proxy ON ballot_roll (district, ballot, proxy) WHERE proxy > 0;

-- Secret votes: no account, no time, no order. The key is the token, which is chance, and so is where a row lies.
CREATE TABLE ballot_slip (
    district  INTEGER NOT NULL,
    ballot    BLOB NOT NULL,
    token     BLOB NOT NULL,
    signature BLOB NOT NULL,
    choice    TEXT NOT NULL,
    PRIMARY KEY (district, ballot, token)
) STRICT, WITHOUT ROWID;

-- Paper votes of a secret ballot, as each counter counted them, place by place: two must agree.
CREATE TABLE ballot_count (
    district INTEGER NOT NULL,
    ballot   BLOB NOT NULL,
    place    TEXT NOT NULL,
    counter  BLOB NOT NULL,
    counts   TEXT NOT NULL,         -- JSON: slips an option, then invalid ones
    at       INTEGER NOT NULL,
    PRIMARY KEY (district, ballot, place, counter)
) STRICT, WITHOUT ROWID;
