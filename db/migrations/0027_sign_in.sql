-- Who signed in and out, and who was refused: a list of its own, in which the changes of people do not drown.
-- Refusals before this one stay in the audit.
CREATE TABLE sign_in (
    district INTEGER NOT NULL,
    id       BLOB NOT NULL,    -- UUIDv7: in time order
    at       INTEGER NOT NULL,
    account  BLOB,             -- NULL: refused, and nobody has that login
    outcome  TEXT NOT NULL,    -- in, out, refused
    client   TEXT NOT NULL,    -- the address it came from
    agent    TEXT NOT NULL,    -- the program, as it calls itself
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
