-- Registers: what no two records may have at once, and files of rows on their way in.

-- Derived from the record by its kind's `unique:`; tag is a blind index of the values, days count from 1970-01-01.
CREATE TABLE hold (
    district  INTEGER NOT NULL,
    tag       BLOB NOT NULL,
    record    BLOB NOT NULL,
    from_day  INTEGER NOT NULL,
    until_day INTEGER NOT NULL,   -- not of it any more
    PRIMARY KEY (district, tag, record)
) STRICT, WITHOUT ROWID;

-- A file that somebody brings in. What it says of people is sealed, its name and columns too.
CREATE TABLE import (
    district  INTEGER NOT NULL,
    id        BLOB NOT NULL,      -- UUIDv7; the commands of its rows follow from it
    account   BLOB NOT NULL,      -- whose it is
    kind      TEXT NOT NULL,
    name      TEXT NOT NULL,      -- of the file, sealed
    header    TEXT NOT NULL,      -- its first line, sealed
    map       TEXT NOT NULL,      -- which column becomes what, sealed JSON; '': not said yet
    state     TEXT NOT NULL,      -- waiting, checking, checked, running, done, stopped
    n_rows    INTEGER NOT NULL,
    n_parts   INTEGER NOT NULL,
    done      INTEGER NOT NULL,   -- parts, of the pass that runs or ran last
    made      INTEGER NOT NULL,   -- rows, of the same
    refused   INTEGER NOT NULL,
    problem   TEXT NOT NULL,      -- what stopped it; '': nothing
    at        INTEGER NOT NULL,
    started_at INTEGER NOT NULL,  -- of that pass; 0: none
    ended_at  INTEGER NOT NULL,   -- 0: not yet
    claimed_by BLOB,              -- the server that works on it
    claimed_until INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_account ON import (district, account, id);

-- Its rows, some hundred together.
CREATE TABLE import_part (
    district  INTEGER NOT NULL,
    import    BLOB NOT NULL,
    nth       INTEGER NOT NULL,   -- from 0
    line      INTEGER NOT NULL,   -- of its first row in the file
    body      TEXT NOT NULL,      -- CSV, sealed; '': brought in
    found     TEXT NOT NULL,      -- what is wrong with which row, sealed JSON; '': nothing
    PRIMARY KEY (district, import, nth)
) STRICT;
