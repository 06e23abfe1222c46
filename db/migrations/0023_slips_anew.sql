-- Where the slips of an urn lie for a moment when voting ends, while they are written anew in the order of their
-- tokens. Empty outside that transaction.
CREATE TABLE ballot_slip_anew (
    district  INTEGER NOT NULL,
    ballot    BLOB NOT NULL,
    token     BLOB NOT NULL,
    signature BLOB NOT NULL,
    choice    TEXT NOT NULL,
    PRIMARY KEY (district, ballot, token)
) STRICT, WITHOUT ROWID;
