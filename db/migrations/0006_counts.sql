-- How much stands in each view of a desk is counted along this index alone: it holds what a view and the right to
-- see ask for, so that no row of a matter is read.
DROP INDEX record_open;
CREATE INDEX record_open ON record (district, kind, state, id, open, area, owner, due_at, late, lamp) WHERE open = 1;
