-- What is said once, when a district is made: a database that is only read may be of an older version, without
-- this table.

-- name: turn_add write
INSERT INTO turn (district) VALUES ($1);
