-- Lists of one kind, the newest first, walk its own records and no others: what a kind publishes may be a dozen
-- rows among a million. It grows by 40 bytes a record, of several thousand that a record and its history take,
-- and is written only when one is raised: neither a record's kind nor its id ever changes.
CREATE INDEX record_kind ON record (district, kind, id);

-- What payment providers told us last, or what was refused of it; twenty each, the oldest written over.
CREATE TABLE payment_call (
    district  INTEGER NOT NULL,
    provider  TEXT NOT NULL,
    slot      INTEGER NOT NULL,   -- 0 to 19
    at        INTEGER NOT NULL,
    outcome   TEXT NOT NULL,      -- '': taken; else the refusal's key
    order_id  BLOB,               -- NULL: it could not be read
    amount    INTEGER NOT NULL,
    reference TEXT NOT NULL,
    PRIMARY KEY (district, provider, slot)
) STRICT, WITHOUT ROWID;
