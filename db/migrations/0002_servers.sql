-- Several servers on one database (docs/internals/servers.md). A database file has one server: it never
-- writes any of this.

-- What the servers of a district have in common.
CREATE TABLE common (
    district   INTEGER NOT NULL,
    generation INTEGER NOT NULL,  -- counts the changes of what servers keep in memory: areas, calendar, people
    storage    TEXT,              -- id of the folder of files that all of them see
    PRIMARY KEY (district)
) STRICT, WITHOUT ROWID;

-- Who does what is to be done once, for as long as it says so again and again.
CREATE TABLE lease (
    district INTEGER NOT NULL,
    name     TEXT NOT NULL,       -- 'chores'
    holder   BLOB NOT NULL,       -- the server's id, made anew at each start
    until_at INTEGER NOT NULL,
    PRIMARY KEY (district, name)
) STRICT, WITHOUT ROWID;

-- Failed sign-ins of the last minute, by address and by login.
CREATE TABLE attempt (
    district INTEGER NOT NULL,
    who      BLOB NOT NULL,       -- hash of the address or login
    tokens   REAL NOT NULL,       -- how many more may fail; fills within a minute
    at       INTEGER NOT NULL,
    PRIMARY KEY (district, who)
) STRICT, WITHOUT ROWID;
