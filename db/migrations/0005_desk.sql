-- What people keep for their work at the desk: views of the list (a person's own, or a unit's) and templates of
-- answers. No matter follows from them, so they are rows of their own and no part of the history.
CREATE TABLE saved (
    district INTEGER NOT NULL,
    id       BLOB NOT NULL,
    owner    BLOB NOT NULL,       -- an account, or an organisation whose people share it
    what     TEXT NOT NULL,       -- view, template
    title    TEXT NOT NULL,
    text     TEXT NOT NULL,       -- a view's address; a template's words
    about    TEXT NOT NULL,       -- a template's moves, by commas; '': any
    version  INTEGER NOT NULL,
    by_whom  BLOB NOT NULL,       -- who wrote it last
    at       INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_owner ON saved (district, owner, what);
