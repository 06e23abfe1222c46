-- Versions of packs, and from which entry of the history on each of them held. Neither is ever changed, but for
-- what becomes of a plan.
CREATE TABLE pack_version (
    district INTEGER NOT NULL,
    pack     TEXT NOT NULL,
    number   INTEGER NOT NULL,    -- 1, 2, …; 0: as the program brought it when the first of ours began to hold
    at       INTEGER NOT NULL,
    actor    BLOB,                -- NULL: the program
    note     TEXT NOT NULL,
    files    TEXT NOT NULL,       -- JSON object: name -> text
    hash     BLOB NOT NULL,       -- of the files, as docs/internals/history.md says
    PRIMARY KEY (district, pack, number)
) STRICT;

CREATE TABLE pack_switch (
    district INTEGER NOT NULL,
    id       BLOB NOT NULL,       -- UUIDv7 of the sender: the same one twice is one
    pack     TEXT NOT NULL,
    number   INTEGER NOT NULL,    -- the version that begins to hold
    at       INTEGER NOT NULL,    -- when it was decided
    actor    BLOB,
    why      TEXT NOT NULL,
    from_at  INTEGER NOT NULL,    -- when it was to begin
    withdrawn_at INTEGER NOT NULL, -- 0: it stands
    problem  TEXT NOT NULL,       -- why it could not begin when it was to: JSON {key, zh, en}; '' none
    nth      INTEGER NOT NULL,    -- 0: still to come; 1, 2, …: the order in which they began, of all packs
    done_at  INTEGER NOT NULL,    -- 0: still to come
    seq      INTEGER NOT NULL,    -- the last entry of the history before it
    hash     BLOB,                -- of what was done; NULL: still to come
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX pack_switch_nth ON pack_switch (district, nth) WHERE nth > 0;
