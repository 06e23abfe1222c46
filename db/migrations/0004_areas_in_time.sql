-- An area's name and boundary hold from one moment to another: grids are split and merged on a date, and what
-- happened before stays where it happened.
ALTER TABLE area RENAME TO area_before;
CREATE TABLE area (
    district    INTEGER NOT NULL,
    code        TEXT NOT NULL,
    from_at     INTEGER NOT NULL, -- 0: always
    until_at    INTEGER NOT NULL, -- 0: open; the next row of the code begins there, or the area ends
    name        TEXT NOT NULL,
    boundary    TEXT,             -- GeoJSON geometry, WGS-84
    approximate INTEGER NOT NULL,
    begun_by    BLOB,             -- the change (area_change) that made this row; NULL: imported
    ended_by    BLOB,             -- the one that set until_at
    PRIMARY KEY (district, code, from_at)
) STRICT, WITHOUT ROWID;
INSERT INTO area (district, code, from_at, until_at, name, boundary, approximate)
SELECT district, code, 0, 0, name, boundary, approximate FROM area_before;
DROP TABLE area_before;

-- What somebody did to areas on the map, also what is still to come.
CREATE TABLE area_change (
    district  INTEGER NOT NULL,
    id        BLOB NOT NULL,      -- UUIDv7 of the sender: the same change twice is one
    at        INTEGER NOT NULL,   -- when it was decided
    actor     BLOB,
    what      TEXT NOT NULL,      -- "add", "edit", "end", "split", "merge"
    from_at   INTEGER NOT NULL,   -- from when it holds
    why       TEXT NOT NULL,
    begun     TEXT NOT NULL,      -- JSON: [{code, name}] that are new or different
    ended     TEXT NOT NULL,      -- JSON: [{code, name}] that are no more
    withdrawn_at INTEGER NOT NULL, -- 0: it holds
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
