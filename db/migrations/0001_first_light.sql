-- First light. Rules: `district` leads every key; ids come from the application;
-- times are UTC milliseconds; open work has partial indexes, history none but
-- those that append. Columns of a key come first and in its order: SQLite 3.40's
-- integrity_check mixes them up otherwise. Small rows lie in their key (WITHOUT ROWID); those
-- of a kilobyte do not: what is longer than a quarter of a page would get a page of its own.
-- STRICT, WITHOUT ROWID and the types are translated for PostgreSQL by sql/section.c; what `->>` looks into is TEXT /* json */. A table
-- /* reference */ is the same everywhere, the others lie by district: docs/adr/0007.

-- One row a district: what was chosen at `init`.
CREATE TABLE district /* reference */ (
    district   INTEGER NOT NULL PRIMARY KEY, -- 330803
    name       TEXT NOT NULL,                -- 衢江区
    short      TEXT NOT NULL,                -- 衢江: begins the numbers
    suite      TEXT NOT NULL CHECK (suite IN ('aes', 'sm')),
    offset_min INTEGER NOT NULL,             -- local time east of UTC
    sample     INTEGER NOT NULL,             -- 1: the marked sample district
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE area (
    district    INTEGER NOT NULL,
    code        TEXT NOT NULL,
    name        TEXT NOT NULL,
    boundary    TEXT,             -- GeoJSON geometry, WGS-84
    approximate INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (district, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE calendar_day (
    district INTEGER NOT NULL,
    day      INTEGER NOT NULL,    -- days since 1970-01-01
    working  INTEGER NOT NULL,
    name     TEXT NOT NULL,
    PRIMARY KEY (district, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE org (
    district INTEGER NOT NULL,
    id       BLOB NOT NULL,
    name     TEXT NOT NULL,
    area     TEXT NOT NULL,
    level    INTEGER NOT NULL,    -- enum area_level a unit governs; 0 for others
    parent   BLOB,
    unit     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    district   INTEGER NOT NULL,
    id         BLOB NOT NULL,
    login      TEXT NOT NULL,
    name       TEXT NOT NULL,
    password   TEXT,              -- Argon2id string; NULL: cannot sign in with one
    phone      TEXT,              -- sealed
    phone_tag  BLOB,              -- blind index
    active     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_login ON account (district, login);
CREATE INDEX account_phone ON account (district, phone_tag) WHERE phone_tag IS NOT NULL;

CREATE TABLE post (
    district INTEGER NOT NULL,
    account  BLOB NOT NULL,
    role     TEXT NOT NULL,
    area     TEXT NOT NULL,
    org      BLOB,
    from_at  INTEGER NOT NULL,
    until_at INTEGER NOT NULL,    -- 0: open
    PRIMARY KEY (district, account, role, area, from_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    district   INTEGER NOT NULL,
    token      BLOB NOT NULL,     -- hash of the token
    account    BLOB NOT NULL,
    name       TEXT NOT NULL,     -- of an API token; '' for a sign-in
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    until_at   INTEGER NOT NULL,
    PRIMARY KEY (district, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (district, account);

-- What changed outside the records: accounts, posts, areas, packs, sign-ins refused.
CREATE TABLE audit (
    district INTEGER NOT NULL,
    id       BLOB NOT NULL,       -- UUIDv7: in time order
    at       INTEGER NOT NULL,
    actor    BLOB,
    verb     TEXT NOT NULL,
    about    TEXT NOT NULL,
    detail   TEXT NOT NULL,       -- JSON
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

-- A matter as it is now; one document a row, so that loading and saving one is one
-- row each. `entry` is the truth it is derived from.
CREATE TABLE record (
    district   INTEGER NOT NULL,
    id         BLOB NOT NULL,     -- UUIDv7: rows lie in time order
    kind       TEXT NOT NULL,
    number     INTEGER NOT NULL,  -- year * 100000000 + running number
    state      TEXT NOT NULL,
    light      INTEGER NOT NULL,  -- enum light
    open       INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    area       TEXT NOT NULL,
    community  TEXT NOT NULL,     -- first 12 digits of area; '' above that
    lng        REAL,
    lat        REAL,
    address    TEXT,              -- in words, as told
    title      TEXT NOT NULL,
    fields     TEXT /* json */ NOT NULL, -- object; personal members masked
    sealed     TEXT NOT NULL,     -- JSON object of the personal members, sealed
    parties    TEXT NOT NULL,     -- JSON array
    clocks     TEXT NOT NULL,     -- JSON array
    files      TEXT NOT NULL,     -- JSON array of uuids
    owner      BLOB,              -- the unit that answers for it now
    parent     BLOB,
    duplicate_of BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    entered_at INTEGER NOT NULL,  -- when it came into its state
    due_at     INTEGER NOT NULL,  -- earliest running clock; 0 none
    late       INTEGER NOT NULL,  -- a running clock is past due
    lamp       INTEGER NOT NULL,  -- enum lamp: what the screens show
    PRIMARY KEY (district, id)
) STRICT;
CREATE INDEX record_open ON record (district, kind, state, id, open) WHERE open = 1;
CREATE INDEX record_open_id ON record (district, id, open) WHERE open = 1;
CREATE INDEX record_due ON record (district, due_at, id, open) WHERE open = 1 AND due_at > 0;
CREATE INDEX record_community ON record (district, community, id);
CREATE UNIQUE INDEX record_number ON record (district, number);
CREATE INDEX record_child ON record (district, parent, id) WHERE parent IS NOT NULL;
CREATE INDEX record_duplicate ON record (district, duplicate_of, id) WHERE duplicate_of IS NOT NULL;

-- One line of a matter's history: never changed, never deleted.
CREATE TABLE entry (
    district INTEGER NOT NULL,
    seq      INTEGER NOT NULL,    -- the district's running number, without gaps
    record   BLOB NOT NULL,
    command  BLOB NOT NULL,       -- the command's id: the idempotency key
    digest   INTEGER NOT NULL,    -- of what was sent, to tell a repetition from a reused id; 0: none
    at       INTEGER NOT NULL,
    actor    BLOB,                -- account; NULL: anonymous or the system
    actor_kind INTEGER NOT NULL,
    role     TEXT NOT NULL,       -- by which right: "role:clerk", "lead", "clock"
    verb     TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    version  INTEGER NOT NULL,    -- of the record after it
    note     TEXT NOT NULL,
    changes  TEXT NOT NULL,       -- JSON [{field,before,after}] of the whole document
    measures TEXT NOT NULL,       -- names it counted for: " received closed "
    hash     BLOB NOT NULL,       -- docs/internals/history.md
    PRIMARY KEY (district, seq)
) STRICT;
CREATE INDEX entry_record ON entry (district, record, seq);
CREATE UNIQUE INDEX entry_command ON entry (district, command);
CREATE INDEX entry_verb ON entry (district, verb, at, seq);

-- Who plays a part, by person or organisation: "my matters".
CREATE TABLE party (
    district INTEGER NOT NULL,
    who      BLOB NOT NULL,
    record   BLOB NOT NULL,
    role     TEXT NOT NULL,
    open     INTEGER NOT NULL,
    PRIMARY KEY (district, who, record, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX party_open ON party (district, who, record, open) WHERE open = 1;

CREATE TABLE link (
    district INTEGER NOT NULL,
    record   BLOB NOT NULL,
    other    BLOB NOT NULL,
    type     TEXT NOT NULL,       -- "related", "from"; parent and duplicate are columns
    at       INTEGER NOT NULL,
    PRIMARY KEY (district, record, other, type)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_other ON link (district, other, record);

-- The next thing that each running clock will do; nothing of closed matters.
CREATE TABLE timer (
    district INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    record   BLOB NOT NULL,
    PRIMARY KEY (district, at, record)
) STRICT, WITHOUT ROWID;

-- Blind index of personal fields.
CREATE TABLE blind (
    district INTEGER NOT NULL,
    tag      BLOB NOT NULL,
    record   BLOB NOT NULL,
    PRIMARY KEY (district, tag, record)
) STRICT, WITHOUT ROWID;

-- Figures, kept in the transaction that changes them. A row is an area on a local day (day 0: of
-- all time): part '' holds the totals of all measures, part "received" that measure's values by
-- dimension ("category=0201", "p=0037": bucket 37 of a percentile). Packed: docs/internals/measure.md.
CREATE TABLE counter (
    district INTEGER NOT NULL,
    area     TEXT NOT NULL,
    day      INTEGER NOT NULL,
    part     TEXT NOT NULL,
    cells    BLOB NOT NULL,
    PRIMARY KEY (district, area, day, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE file (
    district   INTEGER NOT NULL,
    id         BLOB NOT NULL,
    sha256     BLOB NOT NULL,     -- of the stored bytes, EXIF removed
    size       INTEGER NOT NULL,
    type       TEXT NOT NULL,     -- sniffed, not told
    name       TEXT NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    account    BLOB,
    claim      BLOB,              -- hash of the anonymous sender's claim token; NULL when signed in
    record     BLOB,              -- set when a record takes it
    created_at INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_sha256 ON file (district, sha256);
CREATE INDEX file_loose ON file (district, created_at) WHERE record IS NULL;

-- Messages that effects want sent: an inbox in the application now, channels later.
CREATE TABLE notice (
    district INTEGER NOT NULL,
    account  BLOB NOT NULL,
    read_at  INTEGER NOT NULL,    -- 0: not yet
    id       BLOB NOT NULL,
    record   BLOB NOT NULL,
    what     TEXT NOT NULL,       -- "notify", "ring", "ask:rating"
    at       INTEGER NOT NULL,
    PRIMARY KEY (district, account, read_at, id)
) STRICT, WITHOUT ROWID;

-- Full text over bigrams; rowid is the record's number.
-- engine: sqlite
CREATE VIRTUAL TABLE search USING fts5 (words, content='', detail='none', columnsize=0, tokenize="unicode61 remove_diacritics 0");
-- What is in it, word by word, for verify.
CREATE VIRTUAL TABLE search_word USING fts5vocab (search, instance);
-- engine: postgres
CREATE TABLE search (
    district INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    words    text[] NOT NULL,
    PRIMARY KEY (district, number)
);
CREATE INDEX search_words ON search USING gin (words);
-- engine: all
