-- Streets for the map, from a file of lines; drawn beneath the points, no rule asks for them.
CREATE TABLE street (
    district INTEGER NOT NULL,
    id       INTEGER NOT NULL, -- from 1, as the file has them
    name     TEXT NOT NULL,    -- '': it has none
    class    TEXT NOT NULL,    -- main, street, lane, path
    sample   INTEGER NOT NULL, -- 1: made up
    line     TEXT NOT NULL,    -- GeoJSON geometry, WGS-84
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

-- The same in squares of Web Mercator, as the map asks for them: made whenever streets are imported.
CREATE TABLE street_tile (
    district INTEGER NOT NULL,
    zoom     INTEGER NOT NULL,
    x        INTEGER NOT NULL,
    y        INTEGER NOT NULL,
    body     TEXT NOT NULL,    -- JSON
    PRIMARY KEY (district, zoom, x, y)
) STRICT, WITHOUT ROWID;
