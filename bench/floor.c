/* floor SOURCE.db TARGET.db CLIENTS RUN_MS
 *
 * The least a durable report can cost on SQLite: group commit (group.h) by CLIENTS
 * threads of this process. No HTTP, no JSON, no rules.
 *
 * What a report writes is not described here but copied: SOURCE is a database
 * into which the real server has just written reports. Each of them gives the
 * rows of record, entry, party, timer, blind and notice, the words for the full
 * text and the rows of counters, written again with fresh keys in the order in which
 * the server would make them. A row of counters is read and written once a batch.
 *
 * TARGET has the real schema; it is opened with the settings of src/sql/conn.c.
 * Prints one JSON object. */
#include "group.h"
#include "wire.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEMPLATES = 500, PARTIES = 8, ID = 16 };

/* As src/sql/conn.c opens the writer. */
static const char settings[] = "PRAGMA foreign_keys=ON; PRAGMA secure_delete=OFF; PRAGMA temp_store=MEMORY;"
                               "PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0; PRAGMA journal_mode=WAL;"
                               "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=25000;"
                               "PRAGMA journal_size_limit=134217728; PRAGMA cache_size=-32768;";

/* A row to write again: its values, copied. */
struct row {
    int n;
    sqlite3_value **v;
};

struct template
{
    unsigned char id[ID];
    struct row record, entry, parties[PARTIES], timer, blind;
    int n_parties;
    char *words;
    int64_t due_after; /* the timer's distance from the report, ms */
    int *counters, n_counters;
};

/* A row of counters: its key and cells as they are in the source. */
struct counter {
    struct row row;
    bool touched; /* in this batch */
};

enum {
    PUT_RECORD,
    PUT_ENTRY,
    PUT_PARTY,
    PUT_TIMER,
    PUT_BLIND,
    PUT_WORDS,
    GET_COUNTER,
    PUT_COUNTER,
    FIND_COMMAND,
    STATEMENTS
};

static struct {
    sqlite3 *source, *target;
    sqlite3_stmt *st[STATEMENTS];
    struct template *templates;
    int n_templates;
    struct counter *counters;
    int n_counters;
    int64_t seq, number;
} floor_;

static void must(sqlite3 *db, int rc, const char *what)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
        wire_die("floor: %s: %s", what, sqlite3_errmsg(db));
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *text)
{
    sqlite3_stmt *st = NULL;

    must(db, sqlite3_prepare_v2(db, text, -1, &st, NULL), text);
    return st;
}

static void run(sqlite3 *db, const char *text)
{
    must(db, sqlite3_exec(db, text, NULL, NULL, NULL), text);
}

static int64_t number_of(sqlite3 *db, const char *text)
{
    sqlite3_stmt *st = prepare(db, text);
    int64_t n = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;

    (void)sqlite3_finalize(st);
    return n;
}

/* --- copying what reports wrote --- */

static struct row copy_row(sqlite3_stmt *st, int from)
{
    struct row r = {.n = sqlite3_column_count(st) - from};

    r.v = wire_alloc(sizeof(sqlite3_value *) * (size_t)(r.n + 1));
    for (int i = 0; i < r.n; i++)
        r.v[i] = sqlite3_value_dup(sqlite3_column_value(st, from + i));
    return r;
}

/* The rows of `text` about one record; how many. */
static int copy_rows(const struct template *t, const char *text, struct row *rows, int max)
{
    sqlite3_stmt *st = prepare(floor_.source, text);
    int n = 0;

    (void)sqlite3_bind_blob(st, 1, t->id, ID, SQLITE_STATIC);
    while (n < max && sqlite3_step(st) == SQLITE_ROW)
        rows[n++] = copy_row(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

static void copy_words(struct template *t)
{
    sqlite3_stmt *st = prepare(floor_.source, "SELECT group_concat(term, ' ') FROM temp.word WHERE doc = ?");

    (void)sqlite3_bind_int64(st, 1, sqlite3_value_int64(t->record.v[3]));
    if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0) != NULL)
        t->words = strdup((const char *)sqlite3_column_text(st, 0));
    (void)sqlite3_finalize(st);
}

/* The source holds nothing but reports: a report adds to all rows of the areas above it. */
static void copy_counters(struct template *t)
{
    sqlite3_stmt *st =
        prepare(floor_.source,
                "SELECT c.at FROM record r, temp.counters c WHERE r.district = 330803 AND r.id = ? AND "
                "c.area IN (substr(r.area, 1, 6), substr(r.area, 1, 9), substr(r.area, 1, 12), "
                "substr(r.area, 1, 15), r.area)");

    (void)sqlite3_bind_blob(st, 1, t->id, ID, SQLITE_STATIC);
    t->counters = wire_alloc(sizeof(int) * (size_t)(floor_.n_counters + 1));
    while (sqlite3_step(st) == SQLITE_ROW)
        t->counters[t->n_counters++] = sqlite3_column_int(st, 0);
    (void)sqlite3_finalize(st);
    t->counters = realloc(t->counters, sizeof(int) * (size_t)(t->n_counters + 1));
}

static void load_counters(void)
{
    sqlite3_stmt *st;

    run(floor_.source,
        "CREATE TEMP TABLE counters AS SELECT row_number() OVER (ORDER BY area, day, part) - 1 AS at,"
        " area FROM counter; CREATE INDEX temp.counters_area ON counters (area)");
    st = prepare(floor_.source,
                 "SELECT district, area, day, part, cells FROM counter ORDER BY area, day, part");
    floor_.counters = wire_alloc(sizeof(struct counter) *
                                 (size_t)(number_of(floor_.source, "SELECT count(*) FROM counter") + 1));
    while (sqlite3_step(st) == SQLITE_ROW)
        floor_.counters[floor_.n_counters++].row = copy_row(st, 0);
    (void)sqlite3_finalize(st);
}

static void load_template(struct template *t, sqlite3_stmt *st)
{
    struct row timer;

    memcpy(t->id, sqlite3_column_blob(st, 1), ID);
    t->record = copy_row(st, 0);
    if (copy_rows(t, "SELECT * FROM entry WHERE district = 330803 AND record = ?", &t->entry, 1) == 0)
        wire_die("floor: a record without history in the source");
    t->n_parties = copy_rows(t, "SELECT * FROM temp.party_of WHERE record = ?", t->parties, PARTIES);
    (void)copy_rows(t, "SELECT * FROM temp.blind_of WHERE record = ?", &t->blind, 1);
    if (copy_rows(t, "SELECT after FROM temp.timer_of WHERE record = ?", &timer, 1))
        t->due_after = sqlite3_value_int64(timer.v[0]);
    copy_words(t);
    copy_counters(t);
}

static void load_templates(void)
{
    sqlite3_stmt *st;

    run(floor_.source,
        "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-262144;"
        "CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search, instance);"
        "CREATE TEMP TABLE word AS SELECT doc, term FROM temp.terms;"
        "CREATE INDEX temp.word_doc ON word (doc);"
        "CREATE TEMP TABLE party_of AS SELECT * FROM party;"
        "CREATE INDEX temp.party_record ON party_of (record);"
        "CREATE TEMP TABLE blind_of AS SELECT district, tag, record FROM blind;"
        "CREATE INDEX temp.blind_record ON blind_of (record);"
        "CREATE TEMP TABLE timer_of AS SELECT t.record, t.at - r.created_at AS after FROM timer t"
        " JOIN record r ON r.district = t.district AND r.id = t.record;"
        "CREATE INDEX temp.timer_record ON timer_of (record)");
    load_counters();
    floor_.templates = wire_alloc(sizeof(struct template) * TEMPLATES);
    st = prepare(floor_.source, "SELECT * FROM record WHERE version = 1 ORDER BY id DESC LIMIT 500");
    while (sqlite3_step(st) == SQLITE_ROW)
        load_template(&floor_.templates[floor_.n_templates++], st);
    (void)sqlite3_finalize(st);
    if (floor_.n_templates == 0)
        wire_die("floor: no reports in the source");
}

/* --- writing --- */

static void bind_row(sqlite3_stmt *st, const struct row *r)
{
    for (int i = 0; i < r->n; i++)
        (void)sqlite3_bind_value(st, i + 1, r->v[i]);
}

static void step(sqlite3_stmt *st)
{
    must(floor_.target, sqlite3_step(st), sqlite3_sql(st));
    (void)sqlite3_reset(st);
}

/* UUIDv7, rising within the writer. */
static void fresh_id(unsigned char id[ID], int64_t at)
{
    char text[WIRE_UUID];
    unsigned bytes = 0;

    wire_uuid(text);
    for (int i = 0; i < WIRE_UUID && bytes < ID; i++) {
        if (text[i] == '-')
            continue;
        char pair[3] = {text[i], text[i + 1], '\0'};
        id[bytes++] = (unsigned char)strtol(pair, NULL, 16);
        i++;
    }
    for (int i = 0; i < 6; i++)
        id[i] = (unsigned char)(at >> (40 - 8 * i));
}

/* Columns of record: district id kind number … created_at updated_at entered_at due_at;
 * of entry: district seq record command digest at. */
static void write_report(const struct template *t, int64_t at)
{
    sqlite3_stmt *const *st = floor_.st;
    unsigned char id[ID];
    int due = t->record.n - 3;

    fresh_id(id, at);
    (void)sqlite3_bind_blob(st[FIND_COMMAND], 2, id, ID, SQLITE_STATIC); /* was it done before? */
    step(st[FIND_COMMAND]);
    bind_row(st[PUT_RECORD], &t->record);
    (void)sqlite3_bind_blob(st[PUT_RECORD], 2, id, ID, SQLITE_STATIC);
    (void)sqlite3_bind_int64(st[PUT_RECORD], 4, ++floor_.number);
    for (int i = 3; i >= 1; i--)
        (void)sqlite3_bind_int64(st[PUT_RECORD], due - i + 1, at);
    (void)sqlite3_bind_int64(st[PUT_RECORD], due + 1, t->due_after == 0 ? 0 : at + t->due_after);
    step(st[PUT_RECORD]);
    bind_row(st[PUT_ENTRY], &t->entry);
    (void)sqlite3_bind_int64(st[PUT_ENTRY], 2, ++floor_.seq);
    (void)sqlite3_bind_blob(st[PUT_ENTRY], 3, id, ID, SQLITE_STATIC);
    (void)sqlite3_bind_blob(st[PUT_ENTRY], 4, id, ID, SQLITE_STATIC);
    (void)sqlite3_bind_int64(st[PUT_ENTRY], 6, at);
    step(st[PUT_ENTRY]);
    for (int i = 0; i < t->n_parties; i++) {
        bind_row(st[PUT_PARTY], &t->parties[i]);
        (void)sqlite3_bind_blob(st[PUT_PARTY], 3, id, ID, SQLITE_STATIC);
        step(st[PUT_PARTY]);
    }
    if (t->due_after != 0) {
        (void)sqlite3_bind_int64(st[PUT_TIMER], 2, at + t->due_after);
        (void)sqlite3_bind_blob(st[PUT_TIMER], 3, id, ID, SQLITE_STATIC);
        step(st[PUT_TIMER]);
    }
    if (t->blind.n > 0) {
        bind_row(st[PUT_BLIND], &t->blind);
        (void)sqlite3_bind_blob(st[PUT_BLIND], 3, id, ID, SQLITE_STATIC);
        step(st[PUT_BLIND]);
    }
    if (t->words != NULL) {
        (void)sqlite3_bind_int64(st[PUT_WORDS], 1, floor_.number);
        (void)sqlite3_bind_text(st[PUT_WORDS], 2, t->words, -1, SQLITE_STATIC);
        step(st[PUT_WORDS]);
    }
    for (int i = 0; i < t->n_counters; i++)
        floor_.counters[t->counters[i]].touched = true;
}

/* As many bytes as are there, or as in the source, and not the same: an equal row would not be written. */
static void write_counter(const struct counter *c)
{
    enum { CELLS = 4, CELLS_MAX = 1 << 20 };
    static unsigned char cells[CELLS_MAX];
    sqlite3_stmt *get = floor_.st[GET_COUNTER], *put = floor_.st[PUT_COUNTER];
    const void *old = sqlite3_value_blob(c->row.v[CELLS]);
    int n = sqlite3_value_bytes(c->row.v[CELLS]);

    for (int i = 0; i < CELLS; i++) {
        (void)sqlite3_bind_value(get, i + 1, c->row.v[i]);
        (void)sqlite3_bind_value(put, i + 1, c->row.v[i]);
    }
    if (sqlite3_step(get) == SQLITE_ROW) {
        old = sqlite3_column_blob(get, 0);
        n = sqlite3_column_bytes(get, 0);
    }
    if (n == 0 || n > CELLS_MAX)
        wire_die("floor: a row of counters of %d bytes", n);
    memcpy(cells, old, (size_t)n);
    cells[n - 1] ^= 1;
    (void)sqlite3_reset(get);
    (void)sqlite3_bind_blob(put, CELLS + 1, cells, n, SQLITE_STATIC);
    step(put);
}

static void write_counters(void)
{
    for (int i = 0; i < floor_.n_counters; i++) {
        if (floor_.counters[i].touched)
            write_counter(&floor_.counters[i]);
        floor_.counters[i].touched = false;
    }
}

static void write_batch(const int *templates, int n)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    run(floor_.target, "BEGIN IMMEDIATE");
    for (int i = 0; i < n; i++)
        write_report(&floor_.templates[templates[i]], (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000);
    write_counters();
    run(floor_.target, "COMMIT");
}

static void open_databases(const char *source, const char *target)
{
    static const char *const texts[STATEMENTS] = {
        [PUT_RECORD] = "INSERT INTO record VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [PUT_ENTRY] = "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [PUT_PARTY] = "INSERT INTO party VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET open = excluded.open",
        [PUT_TIMER] = "INSERT INTO timer VALUES (330803,?2,?3) ON CONFLICT DO NOTHING",
        [PUT_BLIND] = "INSERT INTO blind VALUES (?,?,?) ON CONFLICT DO NOTHING",
        [PUT_WORDS] = "INSERT INTO search (rowid, words) VALUES (?,?)",
        [GET_COUNTER] = "SELECT cells FROM counter WHERE district = ? AND area = ? AND day = ? AND part = ?",
        [PUT_COUNTER] =
            "INSERT INTO counter VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET cells = excluded.cells",
        [FIND_COMMAND] =
            "SELECT record, verb, seq, digest FROM entry WHERE district = 330803 AND command = ?2",
    };

    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    must(NULL, sqlite3_open_v2(source, &floor_.source, SQLITE_OPEN_READONLY, NULL), source);
    must(NULL, sqlite3_open_v2(target, &floor_.target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL),
         target);
    run(floor_.target, settings);
    load_templates();
    for (int i = 0; i < STATEMENTS; i++)
        floor_.st[i] = prepare(floor_.target, texts[i]);
    floor_.seq = number_of(floor_.target, "SELECT max(seq) FROM entry");
    floor_.number = number_of(floor_.target, "SELECT max(number) FROM record");
    if (floor_.number == 0)
        floor_.number = sqlite3_value_int64(floor_.templates[0].record.v[3]) / 100000000 * 100000000;
}

static double counters_each(void)
{
    int64_t n = 0;

    for (int i = 0; i < floor_.n_templates; i++)
        n += floor_.templates[i].n_counters;
    return (double)n / (double)floor_.n_templates;
}

int main(int argc, char **argv)
{
    struct group_figures f;

    if (argc != 5)
        wire_die("usage: floor SOURCE.db TARGET.db CLIENTS RUN_MS");
    open_databases(argv[1], argv[2]);
    f = group_run((int)strtol(argv[3], NULL, 10), strtol(argv[4], NULL, 10) * 1000, floor_.n_templates,
                  write_batch);
    (void)printf(
        "{\"reports\":%zu,\"per_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"batch\":%.1f,\"templates\":%d,"
        "\"counters_each\":%.1f}\n",
        f.done, f.per_s, f.p50_ms, f.p99_ms, f.batch, floor_.n_templates, counters_each());
    return 0;
}
