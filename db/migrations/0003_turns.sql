-- One row a district: who writes to it on PostgreSQL holds the row to the end of its transaction. The row
-- of `district` cannot be that: a distributed engine locks a reference table for all districts at once.
CREATE TABLE turn (
    district INTEGER NOT NULL PRIMARY KEY
) STRICT;
INSERT INTO turn (district) SELECT district FROM district;
