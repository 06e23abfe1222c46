-- Who is on duty, and where the rules that raise matters by themselves stand.

-- A shift that comes again: whoever keeps a unit's roster says when and by whom in turn; its single duties are rows
-- of `duty`, laid out to until_day, so that each can be swapped, given to a stand-in and handed over.
CREATE TABLE duty_plan (
    district  INTEGER NOT NULL,
    id        BLOB NOT NULL,
    org       BLOB NOT NULL,
    title     TEXT NOT NULL,
    part      TEXT NOT NULL,      -- duty, lead, standby
    rule      TEXT NOT NULL,      -- RRULE
    workdays  TEXT NOT NULL,      -- any, only, off …: what becomes of days that are not worked
    from_day  INTEGER NOT NULL,
    until_day INTEGER NOT NULL,
    at_min    INTEGER NOT NULL,   -- minutes after local midnight
    length_min INTEGER NOT NULL,
    people    TEXT NOT NULL,      -- JSON array of accounts, in turn
    version   INTEGER NOT NULL,
    by_whom   BLOB NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX duty_plan_org ON duty_plan (district, org);

CREATE TABLE duty (
    district  INTEGER NOT NULL,
    id        BLOB NOT NULL,
    org       BLOB NOT NULL,
    from_at   INTEGER NOT NULL,
    until_at  INTEGER NOT NULL,
    account   BLOB NOT NULL,      -- who has it
    first     BLOB NOT NULL,      -- who had it first
    part      TEXT NOT NULL,
    plan      BLOB,
    note      TEXT NOT NULL,      -- why somebody else has it
    handed_over_at INTEGER NOT NULL, -- 0: not yet
    handover  TEXT NOT NULL,      -- what the next one has to know
    taken_over_at INTEGER NOT NULL,  -- 0: not yet
    version   INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX duty_org ON duty (district, org, from_at);
CREATE INDEX duty_account ON duty (district, account, from_at);

-- Two people change duties, or one takes another's: both must want it.
CREATE TABLE duty_swap (
    district  INTEGER NOT NULL,
    id        BLOB NOT NULL,      -- UUIDv7 of the sender
    duty      BLOB NOT NULL,
    other     BLOB,               -- the duty that is given for it; NULL: none
    asked_by  BLOB NOT NULL,
    asked_of  BLOB NOT NULL,
    why       TEXT NOT NULL,
    state     TEXT NOT NULL,      -- asked, accepted, declined, withdrawn
    at        INTEGER NOT NULL,
    answered_at INTEGER NOT NULL, -- 0: not yet
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX duty_swap_of ON duty_swap (district, asked_of, state);
CREATE INDEX duty_swap_by ON duty_swap (district, asked_by, state);
CREATE INDEX duty_swap_duty ON duty_swap (district, duty);

-- Rules that raise matters by themselves: which are on, and how far each has been carried out. What they raise has
-- ids that follow from the rule, the day and the target, so that doing it twice is doing it once.
CREATE TABLE schedule (
    district INTEGER NOT NULL,
    name     TEXT NOT NULL,
    active   INTEGER NOT NULL,
    done_day INTEGER NOT NULL,    -- every target has what came up to this local day
    raised   INTEGER NOT NULL,    -- in all
    problem  TEXT NOT NULL,       -- what went wrong last; '': nothing
    claimed_by BLOB,              -- the server that is raising
    claimed_until INTEGER NOT NULL,
    by_whom  BLOB,                -- who switched it on or off last; NULL: the command line
    at       INTEGER NOT NULL,
    PRIMARY KEY (district, name)
) STRICT, WITHOUT ROWID;
