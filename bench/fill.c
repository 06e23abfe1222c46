/* fill BASE.db TARGET.db COPIES
 *
 * Makes a long history for benchmarks faster than it could be lived: the month of
 * matters in BASE (made by `wangge simulate`) is copied COPIES times into TARGET,
 * a database fresh from `wangge init`, one month before the other, so that the
 * last copy is BASE itself. Every copy has keys and running numbers of its own;
 * its counters, parties and words come along. Only the last copy has timers and
 * unread notices: nothing of the past rings when the server starts.
 *
 * The texts inside history and their hashes are those of BASE, so `wangge verify`
 * rejects what this makes: it is for measuring reads, starts and growth. */
#include "wire.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID = 16, DAYS = 30 };
static const int64_t MONTH_MS = (int64_t)DAYS * 24 * 3600 * 1000;

static void must(sqlite3 *db, int rc, const char *what)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
        wire_die("fill: %s: %s", what, sqlite3_errmsg(db));
}

static void run(sqlite3 *db, const char *text)
{
    must(db, sqlite3_exec(db, text, NULL, NULL, NULL), text);
}

/* earlier(uuid, months): the same id with its time that much earlier, so ids still lie
 * in time order, and other chance bits, so the copies differ. NULL stays NULL. */
static void earlier(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    int64_t months = sqlite3_value_int64(v[1]), at = 0;
    unsigned char id[ID];

    (void)n;
    if (sqlite3_value_bytes(v[0]) != ID) {
        sqlite3_result_value(ctx, v[0]);
        return;
    }
    memcpy(id, sqlite3_value_blob(v[0]), ID);
    for (int i = 0; i < 6; i++)
        at = at << 8 | id[i];
    at -= months * MONTH_MS;
    for (int i = 5; i >= 0; i--, at >>= 8)
        id[i] = (unsigned char)at;
    id[ID - 1] ^= (unsigned char)months;
    sqlite3_result_blob(ctx, id, ID, SQLITE_TRANSIENT);
}

/* ?1: months before the base, ?2: running number of the copy; MONTH in milliseconds. */
#define MONTH "2592000000"
static const char *const copy[] = {
    ("INSERT INTO main.record"
     " SELECT district, earlier(id, ?1), kind, number - ?1 * 100000000, state, light, open, version,"
     "  area, community, lng, lat, address, title, fields, sealed, parties, clocks, files, owner,"
     "  earlier(parent, ?1), earlier(duplicate_of, ?1), created_at - ?1 * " MONTH ","
     "  updated_at - ?1 * " MONTH ", entered_at - ?1 * " MONTH ", due_at, late, lamp"
     " FROM base.record WHERE ?2 >= 0 ORDER BY id"),
    ("INSERT INTO main.entry"
     " SELECT district, seq + ?2 * (SELECT max(seq) FROM base.entry), earlier(record, ?1),"
     "  earlier(command, ?1), digest, at - ?1 * " MONTH ", actor, actor_kind, role, verb,"
     "  from_state, to_state, version, note, changes, measures, hash"
     " FROM base.entry ORDER BY seq"),
    ("INSERT INTO main.party SELECT district, who, earlier(record, ?1), role, open"
     " FROM base.party WHERE ?2 >= 0 ORDER BY who, record"),
    ("INSERT INTO main.blind SELECT district, tag, earlier(record, ?1)"
     " FROM base.blind WHERE ?2 >= 0"),
    ("INSERT INTO main.link SELECT district, earlier(record, ?1), earlier(other, ?1), type, at"
     " FROM base.link WHERE ?2 >= 0"),
    ("INSERT INTO main.counter SELECT district, day - ?1 * 30, measure, area, dim, n, total"
     " FROM base.counter WHERE day > 0 AND ?2 >= 0 ORDER BY day, measure, area, dim"),
    ("INSERT INTO main.search (rowid, words) SELECT doc - ?1 * 100000000, words"
     " FROM temp.words WHERE ?2 >= 0 ORDER BY doc"),
};

/* What only the present has, and the totals of all time; ?1: copies. */
static const char *const end[] = {
    "INSERT INTO main.timer SELECT * FROM base.timer WHERE ?1 >= 0",
    "INSERT INTO main.notice SELECT * FROM base.notice WHERE ?1 >= 0 ORDER BY id",
    ("INSERT INTO main.counter SELECT district, day, measure, area, dim, n * ?1, total * ?1"
     " FROM base.counter WHERE day = 0"),
};

static void run_with(sqlite3 *db, const char *text, int64_t a, int64_t b)
{
    sqlite3_stmt *st = NULL;

    must(db, sqlite3_prepare_v2(db, text, -1, &st, NULL), text);
    (void)sqlite3_bind_int64(st, 1, a);
    if (sqlite3_bind_parameter_count(st) > 1)
        (void)sqlite3_bind_int64(st, 2, b);
    must(db, sqlite3_step(st), text);
    (void)sqlite3_finalize(st);
}

static void fill(sqlite3 *db, int copies)
{
    run(db, "CREATE VIRTUAL TABLE temp.terms USING fts5vocab(base, search, instance);"
            "CREATE TEMP TABLE words AS SELECT doc, group_concat(term, ' ') AS words FROM temp.terms GROUP "
            "BY doc;");
    for (int i = 0; i < copies; i++) {
        run(db, "BEGIN");
        for (size_t j = 0; j < sizeof(copy) / sizeof(copy[0]); j++)
            run_with(db, copy[j], copies - 1 - i, i);
        run(db, "COMMIT");
    }
    for (size_t j = 0; j < sizeof(end) / sizeof(end[0]); j++)
        run_with(db, end[j], copies, 0);
}

int main(int argc, char **argv)
{
    sqlite3 *db = NULL;
    char *attach;

    if (argc != 4)
        wire_die("usage: fill BASE.db TARGET.db COPIES");
    must(NULL, sqlite3_open_v2(argv[2], &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL), argv[2]);
    must(db,
         sqlite3_create_function(db, "earlier", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, earlier, NULL,
                                 NULL),
         "earlier");
    attach = sqlite3_mprintf("ATTACH %Q AS base", argv[1]);
    run(db, attach);
    run(db, "PRAGMA main.journal_mode=OFF; PRAGMA main.synchronous=OFF; PRAGMA temp_store=MEMORY;"
            "PRAGMA main.cache_size=-262144; PRAGMA base.cache_size=-262144; PRAGMA "
            "main.locking_mode=EXCLUSIVE;");
    fill(db, (int)strtol(argv[3], NULL, 10));
    run(db, "PRAGMA main.locking_mode=NORMAL; PRAGMA main.journal_mode=WAL; SELECT 1 FROM record LIMIT 1");
    sqlite3_free(attach);
    must(NULL, sqlite3_close(db), "close");
    return 0;
}
