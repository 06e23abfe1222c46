-- Whom a matter rings for: asked by servers that hear of it from the history, to tell the phones connected to them.
CREATE INDEX notice_ringing ON notice (district, record, at) WHERE what = 'ring' AND read_at = 0;
