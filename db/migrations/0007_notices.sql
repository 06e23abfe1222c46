-- How notices reach people and programs beyond our own screens.
CREATE TABLE channel (
    district   INTEGER NOT NULL,
    id         BLOB NOT NULL,
    type       TEXT NOT NULL,        -- push, webhook, dingtalk, wecom, feishu, sms, mail
    title      TEXT NOT NULL,
    active     INTEGER NOT NULL,
    what       TEXT NOT NULL,        -- what it carries: "ring,notify,ask,mention"
    kinds      TEXT NOT NULL,        -- of which kinds of matters, by commas; '': all
    org        BLOB,                 -- only what is for people of this organisation
    detail     INTEGER NOT NULL,     -- 1: with the matter's title; 0: its number and kind
    per_minute INTEGER NOT NULL,     -- sendings; 0: no limit
    sender     TEXT NOT NULL,        -- a mail's From, a push service's contact
    login      TEXT NOT NULL,        -- of a mail server
    header     TEXT NOT NULL,        -- one more header of an SMS gateway; {secret} stands for the secret
    body       TEXT NOT NULL,        -- what an SMS gateway wants; '' is a GET
    expects    TEXT NOT NULL,        -- what its answer holds when it took it; '': its status says so
    url        TEXT NOT NULL,        -- sealed: robots' addresses are secrets themselves; '': none
    place      TEXT NOT NULL,        -- of the address, what may be shown
    secret     TEXT NOT NULL,        -- sealed; '': none
    public_key TEXT NOT NULL,        -- push: what browsers are told
    version    INTEGER NOT NULL,
    by_whom    BLOB NOT NULL,
    at         INTEGER NOT NULL,
    ok_at      INTEGER NOT NULL,     -- when it last took something; 0 never
    fail_at    INTEGER NOT NULL,
    failures   INTEGER NOT NULL,     -- since then
    fail       TEXT NOT NULL,        -- why the last one failed
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

-- How a person wants to be reached. Without a row: as they are told by default.
CREATE TABLE reach (
    district   INTEGER NOT NULL,
    account    BLOB NOT NULL,
    quiet_from INTEGER NOT NULL,     -- minutes of the day where the district is; equal to quiet_to: never quiet
    quiet_to   INTEGER NOT NULL,
    wants      TEXT NOT NULL,        -- "notify:push,ask:mail"
    mail       TEXT NOT NULL,        -- sealed; '' none
    mail_ok    INTEGER NOT NULL,     -- 1: they have shown that they read it
    lang       INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (district, account)
) STRICT, WITHOUT ROWID;

-- Browsers that take Web Push.
CREATE TABLE push_device (
    district INTEGER NOT NULL,
    account  BLOB NOT NULL,
    id       BLOB NOT NULL,          -- of the address: one browser is one row
    endpoint TEXT NOT NULL,          -- sealed: whoever knows it may send there
    keys     TEXT NOT NULL,          -- sealed: p256dh and auth
    agent    TEXT NOT NULL,          -- for its owner to know it by
    lang     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (district, account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX push_device_id ON push_device (district, id);

-- What is to be sent: written with what it tells of, in one transaction.
CREATE TABLE outbox (
    district INTEGER NOT NULL,
    id       BLOB NOT NULL,          -- goes with the message: by it a receiver knows a repetition
    channel  BLOB NOT NULL,
    account  BLOB,                   -- whom it is for; NULL: a group
    device   BLOB,                   -- which of their browsers
    record   BLOB,                   -- NULL: a trial, a code, what came in quiet hours
    what     TEXT NOT NULL,          -- as in notice; or digest, test, code
    at       INTEGER NOT NULL,       -- when what it tells of was
    urgent   INTEGER NOT NULL,       -- 0: waits for nothing; 1
    state    INTEGER NOT NULL,       -- 0 waiting, 1 sent, 2 given up, 3 not wanted any more
    tries    INTEGER NOT NULL,
    next_at  INTEGER NOT NULL,       -- not before; while somebody sends it: until when they have
    holder   BLOB,                   -- the server that is sending it
    done_at  INTEGER NOT NULL,       -- 0: not yet
    fail     TEXT NOT NULL,          -- why the last try failed
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (district, channel, urgent, next_at, id) WHERE state = 0;
CREATE INDEX outbox_done ON outbox (district, done_at, id) WHERE state > 0;
CREATE INDEX outbox_channel ON outbox (district, channel, id);
