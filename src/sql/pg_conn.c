/* pg_conn.c -- one connection to a PostgreSQL server: how it is made, and commands sent
 * together. */
#include "base/clock.h"
#include "base/text.h"
#include "sql/postgres.h"

#include <endian.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { SERVER_VERSION_MIN = 150000, SILENCE_MS = 5000, US_PER_MS = 1000 };

/* Every installation gets the same plans, empty or full: each of our statements is made
 * for an index, and walks it in its order. Generic plans are made once a connection.
 * Without hash and merge joins and parallel workers a join follows the order of its first
 * member, which the lists rely on. */
static const char session[] =
    "SET enable_seqscan = off; SET enable_sort = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
    "SET max_parallel_workers_per_gather = 0; SET jit = off;"
    "SET client_min_messages = warning; SET statement_timeout = '60s'; SET lock_timeout = '20s';"
    "SET idle_in_transaction_session_timeout = '5min';";
/* A distributed engine plans with the district's number before it: it knows then which server to ask. */
static const char session_plans[] =
    "SELECT set_config('plan_cache_mode', CASE WHEN to_regclass('pg_dist_partition') IS NULL"
    " THEN 'force_generic_plan' ELSE 'auto' END, false)";
static const char session_bulk[] = "SET synchronous_commit = off;";
static const char session_read_only[] = "SET default_transaction_read_only = on;";

struct pg_conn *pg_conn_create(void)
{
    struct pg_conn *c = xcalloc(1, sizeof(*c));

    c->cache.drop = pg_stmt_drop;
    c->lost = true;
    return c;
}

void pg_conn_close(struct pg_conn **c)
{
    if (*c == NULL)
        return;
    (*c)->lost = true; /* what was prepared ends with the connection */
    cache_clear(&(*c)->cache);
    PQfinish((*c)->h);
    free(*c);
    *c = NULL;
}

/* What the URL does not say. A dead host is noticed within seconds, so that the next of
 * several is tried. */
static PGconn *dial(const char *url, const struct sql_options *o)
{
    const char *const keys[] = {"connect_timeout",      "tcp_user_timeout",
                                "keepalives_idle",      "keepalives_interval",
                                "keepalives_count",     "fallback_application_name",
                                "target_session_attrs", "dbname", /* the URL: it overrides those before it */
                                "client_encoding",      NULL};
    const char *const values[] = {"2", "5000", "5", "2", "3", "wangge", o->read_only ? "any" : "read-write",
                                  url, "UTF8", NULL};

    return PQconnectdbParams(keys, values, 1);
}

/* --- waiting --- */

/* Whether the server that we are connected to takes connections. The kernel of a machine whose processes
 * hang goes on acknowledging what we send: nothing else would tell. */
static bool is_alive(const PGconn *h)
{
    const char *const keys[] = {"host", "port", "user", "dbname", "connect_timeout", NULL};
    const char *const values[] = {PQhost(h), PQport(h), PQuser(h), PQdb(h), "2", NULL};

    return PQpingParams(keys, values, 0) != PQPING_NO_RESPONSE;
}

/* Until there is something to read; false when it is not worth while to wait on. */
static bool hears(const struct pg_conn *c)
{
    struct pollfd p = {.fd = PQsocket(c->h), .events = POLLIN};
    int64_t left_ms = SILENCE_MS;

    for (;;) {
        if (c->give_up_us != 0)
            left_ms = (c->give_up_us - time_monotonic_us()) / US_PER_MS;
        if (left_ms <= 0)
            return false;
        if (poll(&p, 1, (int)(left_ms < SILENCE_MS ? left_ms : SILENCE_MS)) != 0)
            return true;
        if (!is_alive(c->h))
            return false;
    }
}

static void cut(const struct pg_conn *c)
{
    if (PQsocket(c->h) >= 0)
        (void)shutdown(PQsocket(c->h), SHUT_RDWR);
}

/* As PQgetResult(), but of a server that is silent the connection ends; NULL then, too. */
static PGresult *next_result(struct pg_conn *c)
{
    while (PQstatus(c->h) == CONNECTION_OK && PQisBusy(c->h)) {
        if (!hears(c))
            cut(c);
        (void)PQconsumeInput(c->h);
    }
    return PQstatus(c->h) == CONNECTION_OK ? PQgetResult(c->h) : NULL;
}

/* Outside of the pipeline: the last answer, which is the first that is an error. */
static PGresult *last_result(struct pg_conn *c)
{
    PGresult *last = NULL, *res;

    while ((res = next_result(c)) != NULL) {
        PQclear(last);
        last = res;
    }
    return last;
}

/* Runs a text of many commands. */
static PGresult *run_text(struct pg_conn *c, const char *text)
{
    return PQsendQuery(c->h, text) == 1 ? last_result(c) : NULL;
}

/* Without a receiver libpq would print them. */
static void note_warning(void *ctx, const PGresult *res)
{
    struct pg_conn *c = ctx;
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *says = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    if (severity != NULL && str_eq(severity, "WARNING"))
        str_copy(c->warning, sizeof(c->warning), says != NULL ? says : severity);
}

/* --- connecting --- */

static bool suits(const PGconn *h, struct err *e)
{
    const char *encoding = PQparameterStatus(h, "server_encoding");

    if (PQserverVersion(h) < SERVER_VERSION_MIN)
        return ERR(e, ERR_INVALID, "sql.server_version", "PostgreSQL %d 版太旧：需要 15 或更新的版本",
                   "PostgreSQL %d is too old: 15 or newer is needed", PQserverVersion(h) / 10000);
    if (!str_eq(encoding, "UTF8"))
        return ERR(
            e, ERR_INVALID, "sql.server_encoding",
            "数据库的编码是 %s：请用 createdb --encoding=UTF8 --template=template0 重建",
            "the database's encoding is %s: make it with createdb --encoding=UTF8 --template=template0",
            encoding == NULL ? "?" : encoding);
    return true;
}

static const char *const steps[PG_STEPS][2] = {
    [PG_BEGIN_WRITE] = {"begin_write", "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE"},
    [PG_BEGIN_READ] = {"begin_read", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"},
    [PG_COMMIT] = {"commit", "COMMIT"},
    [PG_ROLLBACK] = {"rollback", "ROLLBACK"},
};

static bool prepare_steps(struct pg_conn *c, struct err *e)
{
    bool ok = true;

    for (int i = 0; ok && i < PG_STEPS; i++) {
        PGresult *res = PQsendPrepare(c->h, steps[i][0], steps[i][1], 0, NULL) == 1 ? last_result(c) : NULL;

        ok = PQresultStatus(res) == PGRES_COMMAND_OK || pg_fail(c, res, "connect", e);
        PQclear(res);
    }
    return ok;
}

static bool configure(struct pg_conn *c, const struct sql_options *o, struct err *e)
{
    AUTO(buf_free) struct buf text = {0};
    PGresult *res;
    bool ok;

    buf_init(&text, 4096);
    buf_str(&text, session);
    if (o->sync == SQL_SYNC_OFF)
        buf_str(&text, session_bulk);
    if (o->read_only)
        buf_str(&text, session_read_only);
    buf_str(&text, session_plans);
    res = run_text(c, buf_text(&text));
    ok = PQresultStatus(res) == PGRES_TUPLES_OK || pg_fail(c, res, "connect", e);
    c->distributed = ok && str_eq(PQgetvalue(res, 0, 0), "auto");
    PQclear(res);
    return ok && prepare_steps(c, e) && (PQenterPipelineMode(c->h) == 1 || pg_fail(c, NULL, "connect", e));
}

bool pg_connect(struct pg_conn *c, const char *url, const struct sql_options *o, struct err *e)
{
    c->lost = true;
    cache_clear(&c->cache);
    PQfinish(c->h);
    c->unread = 0;
    c->h = sql_fault() ? NULL : dial(url, o);
    if (PQstatus(c->h) != CONNECTION_OK)
        return pg_fail(c, NULL, "connect", e);
    (void)PQsetNoticeReceiver(c->h, note_warning, c);
    if (!suits(c->h, e) || !configure(c, o, e))
        return false;
    c->lost = false;
    return true;
}

/* --- commands --- */

/* libpq keeps what could not be sent in the state of the connection: pg_read() finds it. */
void pg_add(struct pg_conn *c, const char *text)
{
    (void)PQsendQueryParams(c->h, text, 0, NULL, NULL, NULL, NULL, 1);
}

void pg_add_step(struct pg_conn *c, enum pg_step step)
{
    (void)PQsendQueryPrepared(c->h, steps[step][0], 0, NULL, NULL, NULL, 1);
}

void pg_add_with(struct pg_conn *c, const char *text, int64_t arg)
{
    const Oid type = PG_INT8;
    const uint64_t bytes = htobe64((uint64_t)arg);
    const char *value = (const char *)&bytes;
    const int length = sizeof(bytes), binary = 1;

    (void)PQsendQueryParams(c->h, text, 1, &type, &value, &length, &binary, 1);
}

void pg_flush(struct pg_conn *c)
{
    bool fault = sql_fault();

    if (fault && !sql_fault_is_late())
        cut(c);
    (void)PQpipelineSync(c->h);
    if (fault && sql_fault_is_late())
        cut(c);
}

static bool is_good(const PGresult *res)
{
    ExecStatusType status = PQresultStatus(res);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* What comes up to the end of one answer; a broken connection ends it, too. */
static void skip(struct pg_conn *c)
{
    PGresult *res;

    while ((res = next_result(c)) != NULL)
        PQclear(res);
}

/* One answer; false (with *e, unless it is filled already) when it is an error. */
static bool read_one(struct pg_conn *c, const char *what, bool before, PGresult **ret, struct err *e)
{
    PGresult *res = next_result(c);
    bool good = res != NULL && is_good(res);

    if (!good && before)
        (void)pg_fail(c, res, what, e);
    skip(c);
    if (PQstatus(c->h) != CONNECTION_OK)
        c->lost = true;
    *ret = res;
    return good && before;
}

static bool read_all(struct pg_conn *c, int n, const char *what, PGresult **ret, struct err *e)
{
    PGresult *mark;
    bool ok = true;

    *ret = NULL;
    for (int i = 0; i < n; i++) {
        PQclear(*ret);
        ok = read_one(c, what, ok, ret, e);
    }
    mark = next_result(c);
    if (PQresultStatus(mark) != PGRES_PIPELINE_SYNC && ok)
        ok = pg_fail(c, NULL, what, e);
    if (PQresultStatus(mark) != PGRES_PIPELINE_SYNC)
        c->lost = true;
    PQclear(mark);
    return ok;
}

static void read_left(struct pg_conn *c)
{
    PGresult *res;
    struct err ignored = {0};
    int n = c->unread;

    c->unread = 0;
    if (n == 0)
        return;
    (void)read_all(c, n, "end", &res, &ignored);
    PQclear(res);
}

bool pg_read(struct pg_conn *c, int n, const char *what, PGresult **ret, struct err *e)
{
    PGresult *res;
    bool ok;

    read_left(c);
    ok = read_all(c, n, what, &res, e);
    if (ok && ret != NULL) {
        *ret = res;
        return true;
    }
    PQclear(res);
    return ok;
}

void pg_leave(struct pg_conn *c, int n)
{
    if (n == 0)
        return;
    read_left(c);
    pg_flush(c);
    c->unread = n;
}

/* Many commands in one text need the simple protocol, which a pipeline has not. */
bool pg_script(struct pg_conn *c, const char *name, const char *text, struct err *e)
{
    PGresult *res;
    bool ok;

    read_left(c);
    if (sql_fault())
        cut(c);
    if (PQexitPipelineMode(c->h) != 1)
        return pg_fail(c, NULL, name, e);
    res = run_text(c, text);
    ok = is_good(res) || pg_fail(c, res, name, e);
    PQclear(res);
    return PQenterPipelineMode(c->h) == 1 && ok;
}
