-- Lists of one kind, the newest first, walk its own records and no others: what a kind publishes may be a dozen
-- rows among a million. It grows by 40 bytes a record, of several thousand that a record and its history take,
-- and is written only when one is raised: neither a record's kind nor its id ever changes.
CREATE INDEX record_kind ON record (district, kind, id);
