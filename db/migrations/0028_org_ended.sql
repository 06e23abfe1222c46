-- Offices are abolished every year; what they did keeps their names.
ALTER TABLE org ADD COLUMN ended_at INTEGER NOT NULL DEFAULT 0 /* since when it is no more; 0: it is */;
