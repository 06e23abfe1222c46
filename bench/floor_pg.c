/* floor_pg SOURCE TARGET CLIENTS RUN_MS
 *
 * The least a durable report can cost on PostgreSQL: group commit (group.h) over one
 * connection, a batch in two round trips, each table with one statement over arrays.
 * No HTTP, no JSON, no rules.
 *
 * What a report writes is copied, as in floor.c: SOURCE is the URL of a database into
 * which the real server has just written reports; TARGET has the real schema. Values
 * are taken and given back in PostgreSQL's binary form. Prints one JSON object. */
#include "group.h"
#include "wire.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEMPLATES = 500, COLUMNS = 32, ID = 16, BINARY = 1, OID_TEXT = 25, OID_INT8 = 20 };

struct value {
    const void *bytes; /* NULL: NULL */
    int n;
};

/* The arguments of a statement: an array a column. */
struct column {
    unsigned type;
    char *bytes;
    size_t n, max;
    int32_t items;
};

enum table { RECORD, ENTRY, PARTY, TIMER, BLIND, SEARCH, COUNTER, TABLES };

/* Rows of a table as the source has them; those of template t are first[t] … first[t + 1] - 1. Column 0 is
 * the template's number. */
struct rows {
    PGresult *res;
    int *first;
};

static struct {
    PGconn *source, *target;
    struct rows rows[TABLES];
    struct column put[TABLES][COLUMNS], find[1], get[COLUMNS];
    int n_templates, n_counters;
    PGresult *counters; /* district, area, day, part, cells */
    bool *touched;      /* of each counter, in this batch */
    int64_t seq, number;
} floor_;

static _Noreturn void fail(PGconn *c, const char *what)
{
    wire_die("floor_pg: %s: %s", what, PQerrorMessage(c));
}

static PGresult *ask(PGconn *c, const char *text)
{
    PGresult *r = PQexecParams(c, text, 0, NULL, NULL, NULL, NULL, BINARY);

    if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
        fail(c, text);
    return r;
}

static void run(PGconn *c, const char *text)
{
    PQclear(ask(c, text));
}

static int64_t int_of(const void *bytes)
{
    uint64_t v;

    memcpy(&v, bytes, sizeof(v));
    return (int64_t)be64toh(v);
}

static int64_t number_of(PGconn *c, const char *text)
{
    PGresult *r = ask(c, text);
    int64_t n = PQntuples(r) > 0 && !PQgetisnull(r, 0, 0) ? int_of(PQgetvalue(r, 0, 0)) : 0;

    PQclear(r);
    return n;
}

static struct value cell(const PGresult *r, int row, int column)
{
    if (PQgetisnull(r, row, column))
        return (struct value){0};
    return (struct value){PQgetvalue(r, row, column), PQgetlength(r, row, column)};
}

/* --- arrays --- */

static void add_bytes(struct column *c, const void *bytes, size_t n)
{
    if (c->n + n > c->max) {
        c->max = (c->n + n) * 2;
        c->bytes = realloc(c->bytes, c->max);
        if (c->bytes == NULL)
            wire_die("floor_pg: out of memory");
    }
    memcpy(c->bytes + c->n, bytes, n);
    c->n += n;
}

static void add_int32(struct column *c, int32_t v)
{
    uint32_t bytes = htobe32((uint32_t)v);

    add_bytes(c, &bytes, sizeof(bytes));
}

static void add_value(struct column *c, struct value v)
{
    if (c->items++ == 0) {
        c->n = 0;
        for (int i = 0; i < 5; i++)
            add_int32(c, i == 0 || i == 1 || i == 4 ? 1 : i == 2 ? (int32_t)c->type : 0);
    }
    add_int32(c, v.bytes == NULL ? -1 : v.n);
    if (v.bytes != NULL)
        add_bytes(c, v.bytes, (size_t)v.n);
}

static void add_int(struct column *c, int64_t v)
{
    uint64_t bytes = htobe64((uint64_t)v);

    add_value(c, (struct value){&bytes, sizeof(bytes)});
}

/* Sends a prepared statement over the arrays collected and empties them. */
static bool send_arrays(const char *name, struct column *columns, int n)
{
    const char *values[COLUMNS];
    int lengths[COLUMNS], formats[COLUMNS];

    if (columns[0].items == 0)
        return false;
    for (int i = 0; i < n; i++) {
        uint32_t items = htobe32((uint32_t)columns[i].items);

        memcpy(columns[i].bytes + 12, &items, sizeof(items));
        values[i] = columns[i].bytes;
        lengths[i] = (int)columns[i].n;
        formats[i] = BINARY;
        columns[i].items = 0;
    }
    if (PQsendQueryPrepared(floor_.target, name, n, values, lengths, formats, BINARY) != 1)
        fail(floor_.target, name);
    return true;
}

/* --- copying what reports wrote --- */

static const char *const sources[TABLES] = {
    [RECORD] = "SELECT t.n, r.* FROM t JOIN record r USING (id) ORDER BY t.n",
    [ENTRY] = "SELECT t.n, e.* FROM t JOIN entry e ON e.district = 330803 AND e.record = t.id ORDER BY t.n",
    [PARTY] = "SELECT t.n, p.* FROM t JOIN party p ON p.record = t.id ORDER BY t.n",
    [TIMER] = "SELECT t.n, i.district, i.at - r.created_at, i.record FROM t JOIN record r USING (id)"
              " JOIN timer i ON i.record = t.id ORDER BY t.n",
    [BLIND] = "SELECT t.n, b.* FROM t JOIN blind b ON b.record = t.id ORDER BY t.n",
    [SEARCH] =
        "SELECT t.n, s.district, s.number, array_to_string(s.words, ' ') FROM t JOIN record r USING (id)"
        " JOIN search s ON s.district = r.district AND s.number = r.number ORDER BY t.n",
    [COUNTER] =
        "SELECT DISTINCT t.n, c.at FROM t JOIN record r USING (id) JOIN c ON c.area IN"
        " (substr(r.area, 1, 6), substr(r.area, 1, 9), substr(r.area, 1, 12), substr(r.area, 1, 15), r.area)"
        " ORDER BY t.n, c.at",
};

static void copy_rows(struct rows *rows, const char *text)
{
    int row = 0;

    rows->res = ask(floor_.source, text);
    rows->first = wire_alloc(sizeof(int) * (size_t)(floor_.n_templates + 1));
    for (int t = 0; t <= floor_.n_templates; t++) {
        while (row < PQntuples(rows->res) && int_of(PQgetvalue(rows->res, row, 0)) < t)
            row++;
        rows->first[t] = row;
    }
}

static void load(void)
{
    run(floor_.source, "CREATE TEMP TABLE t AS SELECT id, row_number() OVER (ORDER BY id DESC) - 1 AS n FROM"
                       " (SELECT id FROM record WHERE version = 1 ORDER BY id DESC LIMIT 500) AS newest");
    run(floor_.source,
        "CREATE TEMP TABLE c AS SELECT row_number() OVER (ORDER BY area, day, part) - 1 AS at, counter.*"
        " FROM counter");
    run(floor_.source, "CREATE INDEX ON c (area)");
    run(floor_.source, "ANALYZE t, c");
    floor_.n_templates = (int)number_of(floor_.source, "SELECT count(*) FROM t");
    if (floor_.n_templates == 0)
        wire_die("floor_pg: no reports in the source");
    for (int i = 0; i < TABLES; i++)
        copy_rows(&floor_.rows[i], sources[i]);
    floor_.counters = ask(floor_.source, "SELECT district, area, day, part, cells FROM c ORDER BY at");
    floor_.n_counters = PQntuples(floor_.counters);
    floor_.touched = wire_alloc(sizeof(bool) * (size_t)(floor_.n_counters + 1));
}

/* --- statements --- */

static const char *array_name(unsigned type)
{
    return type == 20    ? "bigint[]"
           : type == 17  ? "bytea[]"
           : type == 114 ? "json[]"
           : type == 701 ? "float8[]"
                         : "text[]";
}

static void prepare(const char *name, const char *text)
{
    PGresult *r = PQprepare(floor_.target, name, text, 0, NULL);

    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        fail(floor_.target, text);
    PQclear(r);
}

/* INSERT INTO table SELECT … FROM unnest($1::bigint[], …), columns as in the source from `from` on. */
static void prepare_put(const char *name, const PGresult *like, int from, struct column *columns,
                        const char *select, const char *tail)
{
    char text[4096];
    int n = PQnfields(like) - from, at;

    at = snprintf(text, sizeof(text), "INSERT INTO %s SELECT %s FROM unnest(", name, select);
    for (int i = 0; i < n; i++) {
        columns[i].type = PQftype(like, from + i);
        if (columns[i].type == 1043)
            columns[i].type = OID_TEXT;
        at += snprintf(text + at, sizeof(text) - (size_t)at, "%s$%d::%s", i > 0 ? ", " : "", i + 1,
                       array_name(columns[i].type));
    }
    (void)snprintf(text + at, sizeof(text) - (size_t)at, ") AS u%s", tail);
    prepare(name, text);
}

static void prepare_all(void)
{
    struct rows *const r = floor_.rows;

    prepare_put("record", r[RECORD].res, 1, floor_.put[RECORD], "*", "");
    prepare_put("entry", r[ENTRY].res, 1, floor_.put[ENTRY], "*", "");
    prepare_put("party", r[PARTY].res, 1, floor_.put[PARTY], "*",
                " ON CONFLICT (district, who, record, role) DO UPDATE SET open = excluded.open");
    prepare_put("timer", r[TIMER].res, 1, floor_.put[TIMER], "*", " ON CONFLICT DO NOTHING");
    prepare_put("blind", r[BLIND].res, 1, floor_.put[BLIND], "*", " ON CONFLICT DO NOTHING");
    prepare_put("search", r[SEARCH].res, 1, floor_.put[SEARCH], "u.d, u.n, string_to_array(u.w, ' ')",
                " (d, n, w)");
    prepare_put("counter", floor_.counters, 0, floor_.put[COUNTER], "*",
                " ON CONFLICT (district, area, day, part) DO UPDATE SET cells = excluded.cells");
    prepare("find", "SELECT e.record, e.verb, e.seq, e.digest FROM unnest($1::bytea[]) AS u (id)"
                    " JOIN entry e ON e.district = 330803 AND e.command = u.id");
    floor_.find[0].type = 17;
    prepare("get",
            "SELECT u.n - 1, c.cells FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[])"
            " WITH ORDINALITY AS u (d, a, y, p, n) JOIN counter c ON c.district = u.d AND c.area = u.a AND"
            " c.day = u.y AND c.part = u.p ORDER BY u.n");
    for (int i = 0; i < 4; i++)
        floor_.get[i].type = i % 2 == 0 ? OID_INT8 : OID_TEXT;
    prepare("begin", "BEGIN");
    prepare("commit", "COMMIT");
}

/* --- writing --- */

/* UUIDv7, rising within the writer. */
static void fresh_id(unsigned char id[ID], int64_t at)
{
    char text[WIRE_UUID];
    unsigned bytes = 0;

    wire_uuid(text);
    for (int i = 0; i + 1 < WIRE_UUID && bytes < ID; i++) {
        if (text[i] == '-')
            continue;
        char pair[3] = {text[i], text[i + 1], '\0'};
        id[bytes++] = (unsigned char)strtol(pair, NULL, 16);
        i++;
    }
    for (int i = 0; i < 6; i++)
        id[i] = (unsigned char)(at >> (40 - 8 * i));
}

/* What a row gets instead of the source's value; column -1 ends them. */
struct instead {
    int column;
    bool is_id;
    int64_t v;
};

static void add_row(enum table table, int row, const unsigned char id[ID], const struct instead *instead)
{
    const PGresult *r = floor_.rows[table].res;

    for (int i = 0; i < PQnfields(r) - 1; i++) {
        const struct instead *s = instead;

        while (s->column >= 0 && s->column != i)
            s++;
        if (s->column < 0)
            add_value(&floor_.put[table][i], cell(r, row, i + 1));
        else if (s->is_id)
            add_value(&floor_.put[table][i], (struct value){id, ID});
        else
            add_int(&floor_.put[table][i], s->v);
    }
}

static void add_rows(enum table table, int template, const unsigned char id[ID],
                     const struct instead *instead)
{
    const struct rows *rows = &floor_.rows[table];

    for (int row = rows->first[template]; row < rows->first[template + 1]; row++)
        add_row(table, row, id, instead);
}

/* Columns of record: district id kind number … created_at updated_at entered_at due_at late lamp;
 * of entry: district seq record command digest at. */
static void add_report(int t, int64_t at, const unsigned char id[ID])
{
    const struct rows *timer = &floor_.rows[TIMER], *counters = &floor_.rows[COUNTER];
    bool timed = timer->first[t] < timer->first[t + 1];
    int64_t due = timed ? at + int_of(PQgetvalue(timer->res, timer->first[t], 2)) : 0;
    int end = PQnfields(floor_.rows[RECORD].res) - 1;

    add_rows(RECORD, t, id,
             (struct instead[]){{1, true, 0},
                                {3, false, ++floor_.number},
                                {end - 6, false, at},
                                {end - 5, false, at},
                                {end - 4, false, at},
                                {end - 3, false, due},
                                {-1, false, 0}});
    add_rows(ENTRY, t, id,
             (struct instead[]){
                 {1, false, ++floor_.seq}, {2, true, 0}, {3, true, 0}, {5, false, at}, {-1, false, 0}});
    add_rows(PARTY, t, id, (struct instead[]){{2, true, 0}, {-1, false, 0}});
    add_rows(TIMER, t, id, (struct instead[]){{1, false, due}, {2, true, 0}, {-1, false, 0}});
    add_rows(BLIND, t, id, (struct instead[]){{2, true, 0}, {-1, false, 0}});
    add_rows(SEARCH, t, id, (struct instead[]){{1, false, floor_.number}, {-1, false, 0}});
    for (int row = counters->first[t]; row < counters->first[t + 1]; row++)
        floor_.touched[int_of(PQgetvalue(counters->res, row, 1))] = true;
}

static void begin(const char *name)
{
    if (PQsendQueryPrepared(floor_.target, name, 0, NULL, NULL, NULL, BINARY) != 1)
        fail(floor_.target, name);
}

/* The results of what was sent, up to the next sync; the last one with rows becomes *ret. */
static void receive(PGresult **ret)
{
    PGresult *r;

    if (PQpipelineSync(floor_.target) != 1)
        fail(floor_.target, "sync");
    for (;;) {
        while ((r = PQgetResult(floor_.target)) == NULL)
            ;
        if (PQresultStatus(r) == PGRES_PIPELINE_SYNC)
            break;
        if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
            fail(floor_.target, "statement");
        if (ret != NULL && PQresultStatus(r) == PGRES_TUPLES_OK) {
            PQclear(*ret);
            *ret = r;
        } else {
            PQclear(r);
        }
    }
    PQclear(r);
}

static void ask_for_counters(void)
{
    for (int i = 0; i < floor_.n_counters; i++)
        for (int k = 0; floor_.touched[i] && k < 4; k++)
            add_value(&floor_.get[k], cell(floor_.counters, i, k));
    (void)send_arrays("get", floor_.get, 4);
}

/* As many bytes as are there, or as in the source, and not the same: an equal row would not be written. */
static void add_counters(const PGresult *found)
{
    int at = 0, row = 0;

    for (int i = 0; i < floor_.n_counters; i++) {
        struct value v = cell(floor_.counters, i, 4);
        char *bytes;

        if (!floor_.touched[i])
            continue;
        floor_.touched[i] = false;
        if (row < PQntuples(found) && int_of(PQgetvalue(found, row, 0)) == at)
            v = cell(found, row++, 1);
        at++;
        bytes = wire_alloc((size_t)v.n + 1);
        memcpy(bytes, v.bytes, (size_t)v.n);
        bytes[v.n - 1] ^= 1;
        for (int k = 0; k < 4; k++)
            add_value(&floor_.put[COUNTER][k], cell(floor_.counters, i, k));
        add_value(&floor_.put[COUNTER][4], (struct value){bytes, v.n});
        free(bytes);
    }
}

static void write_batch(const int *templates, int n)
{
    static const char *const names[TABLES] = {"record", "entry",  "party",  "timer",
                                              "blind",  "search", "counter"};
    PGresult *found = NULL;
    struct timespec now;
    int64_t at;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    at = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    begin("begin");
    for (int i = 0; i < n; i++) {
        unsigned char id[ID];

        fresh_id(id, at);
        add_value(&floor_.find[0], (struct value){id, ID});
        add_report(templates[i], at, id);
    }
    (void)send_arrays("find", floor_.find, 1);
    ask_for_counters();
    receive(&found);
    add_counters(found);
    PQclear(found);
    for (int i = 0; i < TABLES; i++)
        (void)send_arrays(names[i], floor_.put[i],
                          i == COUNTER ? PQnfields(floor_.counters) : PQnfields(floor_.rows[i].res) - 1);
    begin("commit");
    receive(NULL);
}

static PGconn *connect_to(const char *url)
{
    PGconn *c = PQconnectdb(url);

    if (PQstatus(c) != CONNECTION_OK)
        fail(c, "connecting");
    return c;
}

int main(int argc, char **argv)
{
    struct group_figures f;

    if (argc != 5)
        wire_die("usage: floor_pg SOURCE TARGET CLIENTS RUN_MS");
    floor_.source = connect_to(argv[1]);
    floor_.target = connect_to(argv[2]);
    load();
    prepare_all();
    floor_.seq = number_of(floor_.target, "SELECT max(seq) FROM entry");
    floor_.number = number_of(floor_.target, "SELECT max(number) FROM record");
    if (floor_.number == 0)
        floor_.number = int_of(PQgetvalue(floor_.rows[RECORD].res, 0, 4)) / 100000000 * 100000000;
    if (PQenterPipelineMode(floor_.target) != 1)
        fail(floor_.target, "pipeline");
    f = group_run((int)strtol(argv[3], NULL, 10), strtol(argv[4], NULL, 10) * 1000, floor_.n_templates,
                  write_batch);
    (void)printf(
        "{\"reports\":%zu,\"per_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"batch\":%.1f,\"templates\":%d,"
        "\"counters_each\":%.1f}\n",
        f.done, f.per_s, f.p50_ms, f.p99_ms, f.batch, floor_.n_templates,
        (double)PQntuples(floor_.rows[COUNTER].res) / (double)floor_.n_templates);
    PQfinish(floor_.source);
    PQfinish(floor_.target);
    return 0;
}
