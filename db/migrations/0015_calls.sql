-- The code that goes to a new mail address belongs to that address, not to what else somebody chooses meanwhile.
ALTER TABLE reach ADD COLUMN mail_version INTEGER NOT NULL DEFAULT 0;

-- Live links with the scene. A row lives for as long as the call and a while behind it; what stays of a call for good
-- are two entries in the history of its matter: that it was made, and how it ended.
CREATE TABLE call (
    district  INTEGER NOT NULL,
    id        BLOB NOT NULL,      -- also the command that says it in the history
    record    BLOB NOT NULL,
    caller    BLOB NOT NULL,
    callee    BLOB NOT NULL,      -- the party that is called: an account or an organisation
    answerer  BLOB,               -- the account that took it; NULL: nobody yet
    caller_device   BLOB NOT NULL,   -- which of the caller's screens; the others only know of it
    answerer_device BLOB,
    state     INTEGER NOT NULL,   -- 1 ringing, 2 active, 3 ended
    outcome   TEXT NOT NULL,      -- ended, missed, declined, cancelled, lost; '': not ended
    asked_at  INTEGER NOT NULL,
    answered_at INTEGER NOT NULL, -- 0: not
    ended_at  INTEGER NOT NULL,   -- 0: not
    caller_seen   INTEGER NOT NULL, -- when that side was last heard of, to within some seconds
    answerer_seen INTEGER NOT NULL,
    signals   INTEGER NOT NULL,   -- how many there have been
    written   INTEGER NOT NULL,   -- 1: its end stands in the history
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_state ON call (district, state);
CREATE INDEX call_caller ON call (district, caller, asked_at);

-- Whose phones ring, until somebody takes the call or it ends.
CREATE TABLE call_ring (
    district INTEGER NOT NULL,
    account  BLOB NOT NULL,
    call     BLOB NOT NULL,
    declined INTEGER NOT NULL,
    PRIMARY KEY (district, account, call)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_ring_call ON call_ring (district, call);

-- What the two browsers tell one another to find the way: removed when the call ends.
CREATE TABLE call_signal (
    district  INTEGER NOT NULL,
    call      BLOB NOT NULL,
    n         INTEGER NOT NULL,   -- from 1
    to_caller INTEGER NOT NULL,   -- 0: to who answered
    kind      TEXT NOT NULL,
    body      TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (district, call, n)
) STRICT, WITHOUT ROWID;
