-- What is given to whom from when to when, and what may be booked. Both follow from the records: `wangge verify` counts
-- them anew.

-- One row for each record that has a resource now: the door looks here before it gives it again.
CREATE TABLE booking (
    district INTEGER NOT NULL,
    resource BLOB NOT NULL,
    until_at INTEGER NOT NULL,    -- not of it any more
    record   BLOB NOT NULL,
    from_at  INTEGER NOT NULL,
    amount   INTEGER NOT NULL,    -- of the resource's capacity
    PRIMARY KEY (district, resource, until_at, record)
) STRICT, WITHOUT ROWID;

-- Resources in a state in which they may be booked, by the kind of the bookings and by place.
CREATE TABLE bookable (
    district INTEGER NOT NULL,
    kind     TEXT NOT NULL,       -- of the bookings
    area     TEXT NOT NULL,
    record   BLOB NOT NULL,
    PRIMARY KEY (district, kind, area, record)
) STRICT, WITHOUT ROWID;
