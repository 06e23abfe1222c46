-- What a roll and its turnout amount to, kept with each change, so that a page of a ballot sums nothing; and paper votes
-- as the first of two people typed them in.
CREATE TABLE ballot_sum (
    district INTEGER NOT NULL,
    ballot   BLOB NOT NULL,
    way      TEXT NOT NULL,         -- roll: all of it; online, paper: who took part; 'all online', 'all paper': at all places
    place    TEXT NOT NULL,         -- '' of roll, 'all online' and 'all paper'
    hour     INTEGER NOT NULL,      -- whole hours since 1970; 0 of the same
    numbers  INTEGER NOT NULL,
    heads    INTEGER NOT NULL,
    area     INTEGER NOT NULL,      -- 0.01 m²
    PRIMARY KEY (district, ballot, way, place, hour)
) STRICT, WITHOUT ROWID;

INSERT INTO ballot_sum (district, ballot, way, place, hour, numbers, heads, area)
SELECT district, ballot, 'roll', '', 0, count(*), sum(heads), sum(area) FROM ballot_roll GROUP BY district, ballot;
INSERT INTO ballot_sum (district, ballot, way, place, hour, numbers, heads, area)
SELECT district, ballot, mark, place, hour, count(*), sum(heads), sum(area) FROM ballot_roll WHERE mark <> ''
 GROUP BY district, ballot, mark, place, hour;
INSERT INTO ballot_sum (district, ballot, way, place, hour, numbers, heads, area)
SELECT district, ballot, 'all online', '', 0, count(*), sum(heads), sum(area) FROM ballot_roll WHERE mark = 'online'
 GROUP BY district, ballot;
INSERT INTO ballot_sum (district, ballot, way, place, hour, numbers, heads, area)
SELECT district, ballot, 'all paper', '', 0, count(*), sum(heads), sum(area) FROM ballot_roll WHERE mark = 'paper'
 GROUP BY district, ballot;

-- Gone once a second person typed the same: then it is a vote.
CREATE TABLE ballot_typed (
    district INTEGER NOT NULL,
    ballot   BLOB NOT NULL,
    no       INTEGER NOT NULL,      -- number on the roll
    account  BLOB NOT NULL,         -- who typed it
    choice   TEXT NOT NULL,         -- sealed
    PRIMARY KEY (district, ballot, no)
) STRICT, WITHOUT ROWID;
