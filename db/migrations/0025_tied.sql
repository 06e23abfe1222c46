-- Whether other matters hang on one (below it, its duplicates, linked with it): who reads it need not ask four times.
ALTER TABLE record ADD COLUMN tied INTEGER NOT NULL DEFAULT 0;

UPDATE record SET tied = 1
WHERE (district, id) IN (SELECT district, record FROM link
                         UNION SELECT district, other FROM link
                         UNION SELECT district, duplicate_of FROM record WHERE duplicate_of IS NOT NULL
                         UNION SELECT district, parent FROM record WHERE parent IS NOT NULL);
