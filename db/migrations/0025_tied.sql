-- Who reads a matter need not ask four times whether others hang on it.
ALTER TABLE record ADD COLUMN tied INTEGER NOT NULL DEFAULT 0 /* others lie below it, repeat it, are linked with it */;

UPDATE record SET tied = 1
WHERE (district, id) IN (SELECT district, record FROM link
                         UNION SELECT district, other FROM link
                         UNION SELECT district, duplicate_of FROM record WHERE duplicate_of IS NOT NULL
                         UNION SELECT district, parent FROM record WHERE parent IS NOT NULL);
