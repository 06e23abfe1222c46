/* The thread that brings in what was sent: part after part, each part one row of the table that says how far
 * it is. The id of a row's command follows from the import and the line, so a part that is done again after a
 * crash does nothing twice. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "json/json_out.h"
#include "record/hold.h"
#include "record/store.h"
#include "record/trial.h"
#include "report.sql.h"
#include "report/import.h"
#include "report/import_row.h"
#include "report/report.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 5000, CLAIM_MS = 20000, AFTER_ERROR_MS = 1000, FOUND_BYTES = 8 * 1024 * 1024 };
static const size_t PART_ARENA = (size_t)1 << 30;
static const int64_t DAY_MS = INT64_C(86400000);

struct importer {
    const struct services *s;
    struct uuid server;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping, woken;
    int64_t swept_at;
};

/* Routes wake it without knowing it: one a process. */
static struct importer *_Atomic running;

/* One pass over one import. */
struct pass {
    struct importer *i;
    const struct world *w;
    struct import im;
    bool keeps; /* not only tried */
    struct trial *trial;
    struct arena *a; /* of a part */
};

/* One part while it is worked on. */
struct part {
    struct pass *p;
    struct import_map map;
    struct csv *csv;
    struct sql_tx *tx;       /* to look parents up */
    const char *parent_text; /* the last one found: a house stands in many rows, one after another */
    struct uuid parent;
    struct line {
        int64_t line;
        const char *text;
        size_t n;
        const struct err *why; /* it was refused; in the arena */
    } lines[IMPORT_PART_ROWS + 1];
    size_t n_lines;
    const struct command *commands[IMPORT_PART_ROWS + 1];
    size_t line_of[IMPORT_PART_ROWS + 1], n; /* of each command */
    int64_t made, refused;
    struct json_out found;
    bool again; /* the database or the queue was in the way: nothing was judged */
};

/* --- what is wrong with a row --- */

static void write_complaint(struct part *t, const char *field, const char *key, const char *zh,
                            const char *en)
{
    jo_obj(&t->found, NULL);
    jo_str(&t->found, "column", import_column_of(&t->map, t->csv, field));
    jo_str(&t->found, "field", field);
    jo_str(&t->found, "code", key);
    jo_str(&t->found, "zh", zh);
    jo_str(&t->found, "en", en);
    jo_close(&t->found);
}

static void refuse(struct part *t, struct line *l, const struct err *why)
{
    struct err *kept = arena_new(t->p->a, struct err);

    *kept = *why;
    l->why = kept;
    t->refused++;
}

/* In the order of the file, whoever refused them. */
static void write_refused(struct part *t)
{
    for (size_t i = 0; i < t->n_lines; i++) {
        const struct line *l = &t->lines[i];

        if (l->why == NULL)
            continue;
        jo_obj(&t->found, NULL);
        jo_int(&t->found, "line", l->line);
        jo_strn(&t->found, "row", l->text, l->n);
        jo_arr(&t->found, "errors");
        for (size_t k = 0; k < l->why->n_details; k++)
            write_complaint(t, l->why->details[k].field, l->why->details[k].key, l->why->details[k].zh,
                            l->why->details[k].en);
        if (l->why->n_details == 0)
            write_complaint(t, "", l->why->key, l->why->zh, l->why->en);
        jo_close(&t->found);
        jo_close(&t->found);
    }
}

/* --- rows to commands --- */

/* A parent is named by its number, or by what only one of its kind is called. */
static bool look_parent_up(const struct part *t, const char *text, struct uuid *ret, struct err *e)
{
    const struct world *w = t->p->w;
    int64_t number = number_parse(w, text, t->map.by.now);

    *ret = (struct uuid){0};
    for (size_t i = 0; i < w->packs->n_kinds && uuid_is_nil(*ret); i++)
        if (kind_has_child(w->packs->kinds[i], t->map.kind->name) &&
            !hold_find(t->tx, w, w->packs->kinds[i], text, ret, e))
            return false;
    if (uuid_is_nil(*ret) && number != 0) {
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;

        if (!sql_query(t->tx, &report_queries[REPORT_Q_RECORD_NUMBERED], &rows, e, SQL_INT(w->district),
                       SQL_INT(number)))
            return false;
        if (sql_next(rows))
            *ret = sql_uuid(rows, 0);
        if (!sql_end(&rows, e))
            return false;
    }
    return !uuid_is_nil(*ret) ||
           ERR_FIELD(e, "parent", "import.parent", "找不到“%.60s”：请写它的编号或唯一代码",
                     "“%.60s” is not there: write its number or the code only it has", text);
}

static bool find_parent(void *ctx, const char *text, struct uuid *ret, struct err *e)
{
    struct part *t = ctx;

    if (t->parent_text == NULL || strcmp(t->parent_text, text) != 0) {
        t->parent_text = NULL;
        if (!look_parent_up(t, text, &t->parent, e))
            return false;
        t->parent_text = arena_strdup(t->p->a, text);
    }
    *ret = t->parent;
    return true;
}

static bool is_blank(const struct csv *c)
{
    for (size_t i = 0; i < c->n_fields; i++)
        if (c->field[i][0] != '\0')
            return false;
    return true;
}

/* A spreadsheet guards text that looks like a formula by a quote in front of it. */
static void unguard(struct csv *c)
{
    for (size_t i = 0; i < c->n_fields; i++)
        if (c->field[i][0] == '\'' && c->field[i][1] != '\0' && strchr("=+-@", c->field[i][1]) != NULL)
            c->field[i]++;
}

static void take_row(struct part *t, struct line *l)
{
    const struct command *one[IMPORT_COMMANDS_MAX];
    struct err why = {0};
    size_t n = 0;

    unguard(t->csv);
    if (!import_row(&t->map, t->csv, t->p->w, t->p->a, one, &n, &why)) {
        refuse(t, l, &why);
        return;
    }
    if (n == 0)
        return;
    t->line_of[t->n] = (size_t)(l - t->lines);
    t->commands[t->n++] = one[0];
}

static void skip_line(struct csv *c)
{
    const char *newline = c->at < c->end ? memchr(c->at, '\n', (size_t)(c->end - c->at)) : NULL;

    c->at = newline == NULL ? c->end : newline + 1;
    c->next_line++;
}

static void read_rows(struct part *t)
{
    struct csv *c = t->csv;
    bool more = true;

    while (t->n_lines < IMPORT_PART_ROWS) {
        const char *from = c->at;
        struct err why = {0};
        struct line *l = &t->lines[t->n_lines];
        bool ok = csv_next(c, &more, &why);

        if (ok && !more)
            return;
        *l = (struct line){.line = c->line, .text = from, .n = (size_t)(c->at - from)};
        t->n_lines++;
        if (!ok) {
            l->n = strcspn(from, "\r\n");
            refuse(t, l, &why);
            skip_line(c);
            continue;
        }
        while (l->n > 0 && strchr("\r\n", l->text[l->n - 1]) != NULL)
            l->n--;
        if (!is_blank(c))
            take_row(t, l);
    }
}

static bool prepare(struct part *t, const struct import_part *part, struct err *e)
{
    struct pass *p = t->p;
    const struct kind *kind = packs_kind(p->w->packs, p->im.kind);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    int64_t now = time_now_ms();

    if (kind == NULL)
        return ERR(e, ERR_CONFLICT, "input.kind", "没有类型“%.40s”", "there is no kind “%.40s”", p->im.kind);
    if (!csv_begin(t->csv, part->body, strlen(part->body), e) ||
        !import_map_json(p->w, kind, t->csv, p->im.map, p->a, &t->map, e) ||
        !sql_begin(p->i->s->db, SQL_READ, &tx, e))
        return false;
    t->csv->next_line = part->line;
    t->tx = tx;
    t->map.by = (struct import_by){
        .import = p->im.id, .began_at = p->im.at, .now = now, .parent = find_parent, .ctx = t};
    if (!import_principal(p->w, kind, p->im.account, now, p->a, &t->map.by.who, e))
        return false;
    read_rows(t);
    t->tx = NULL;
    return true;
}

/* --- through the door, or as if --- */

static void tried(void *ctx, size_t i, const struct record *r)
{
    (void)i;
    (void)r;
    ((struct part *)ctx)->made++;
}

static void tried_refused(void *ctx, size_t i, const struct err *why)
{
    struct part *t = ctx;

    refuse(t, &t->lines[t->line_of[i]], why);
}

static bool try_all(struct part *t, struct err *e)
{
    const struct door_batch_calls calls = {.ctx = t, .done = tried, .refused = tried_refused};

    return trial_batch(t->p->trial, t->p->w, t->commands, t->n, &calls, e);
}

static bool bring_all(struct part *t, struct err *e)
{
    struct outcome *outcomes = xcalloc(t->n + 1, sizeof(*outcomes));
    bool ok = door_calls(t->p->i->s->door, t->commands, t->n, outcomes, e);

    for (size_t i = 0; ok && i < t->n; i++)
        t->again = t->again || (!outcomes[i].ok && outcomes[i].err.code == ERR_BUSY);
    for (size_t i = 0; i < t->n; i++) {
        if (ok && !t->again && outcomes[i].ok)
            t->made++;
        else if (ok && !t->again)
            refuse(t, &t->lines[t->line_of[i]], &outcomes[i].err);
        outcome_free(&outcomes[i]);
    }
    free(outcomes);
    return ok;
}

/* How far it is and what was found, together. False, with e clean: it was stopped, or another server has it.
 */
static bool note(const struct part *t, const char *found, struct err *e)
{
    struct pass *p = t->p;
    const struct import *im = &p->im;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool ours;
    const char *sealed =
        import_seal(p->w, im, arena_printf(p->a, "found:%lld", (long long)im->done), found, p->a);

    if (!sql_begin(p->i->s->db, SQL_WRITE, &tx, e) ||
        !sql_query(tx, &report_queries[REPORT_Q_IMPORT_STEP], &rows, e, SQL_INT(p->w->district),
                   SQL_UUID(&im->id), SQL_UUID(&p->i->server), SQL_INT(im->done), SQL_INT(t->made),
                   SQL_INT(t->refused), SQL_INT(time_now_ms() + CLAIM_MS)))
        return false;
    ours = sql_next(rows);
    if (!sql_end(&rows, e) || !ours)
        return false;
    return sql_run(tx, &report_queries[REPORT_Q_IMPORT_PART_FOUND], e, SQL_INT(p->w->district),
                   SQL_UUID(&im->id), SQL_INT(im->done), SQL_TEXT(sealed)) &&
           sql_commit(&tx, e);
}

static bool work(struct part *t, const struct import_part *part, struct err *e)
{
    const char *found;

    jo_begin(&t->found, FOUND_BYTES);
    jo_arr(&t->found, NULL);
    if (part->body[0] != '\0' && (!prepare(t, part, e) || !(t->p->keeps ? bring_all(t, e) : try_all(t, e))))
        return false;
    if (t->again)
        return ERR(e, ERR_BUSY, "import.again", "写入正忙，稍后继续", "writing is busy: it goes on soon");
    write_refused(t);
    jo_close(&t->found);
    if (!jo_end(&t->found, e))
        return false;
    found = t->refused == 0 ? "" : t->found.buf;
    return note(t, found, e);
}

static bool next_part(struct pass *p, struct err *e)
{
    struct part *t = xcalloc(1, sizeof(*t));
    struct import_part part;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    bool ok;

    arena_reset(p->a);
    t->p = p;
    t->csv = csv_create();
    ok = sql_begin(p->i->s->db, SQL_READ, &tx, e) &&
         import_part_get(tx, p->w, &p->im, p->im.done, p->a, &part, e);
    sql_rollback(&tx);
    ok = ok && work(t, &part, e);
    p->im.done += ok;
    csv_free(&t->csv);
    jo_free(&t->found);
    free(t);
    return ok;
}

/* --- a pass --- */

static bool is_stopping(struct importer *i)
{
    bool yes;

    (void)pthread_mutex_lock(&i->lock);
    yes = i->stopping;
    (void)pthread_mutex_unlock(&i->lock);
    return yes;
}

static void rest(struct importer *i, int64_t ms)
{
    int64_t until = time_now_ms() + ms;
    const struct timespec ts = {.tv_sec = until / 1000, .tv_nsec = (until % 1000) * 1000000};

    (void)pthread_mutex_lock(&i->lock);
    while (!i->stopping && !i->woken && time_now_ms() < until)
        (void)pthread_cond_timedwait(&i->wake, &i->lock, &ts);
    i->woken = false;
    (void)pthread_mutex_unlock(&i->lock);
}

static bool write_end(struct pass *p, const char *state, const char *problem, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_begin(p->i->s->db, SQL_WRITE, &tx, e) ||
        !sql_query(tx, &report_queries[REPORT_Q_IMPORT_END], &rows, e, SQL_INT(p->w->district),
                   SQL_UUID(&p->im.id), SQL_TEXT(state), SQL_INT(time_now_ms()), SQL_TEXT(problem)))
        return false;
    (void)sql_next(rows);
    if (!sql_end(&rows, e))
        return false;
    /* What has been brought in is not kept here any longer. */
    return (!str_eq(state, "done") || sql_run(tx, &report_queries[REPORT_Q_IMPORT_PARTS_CLEAR], e,
                                              SQL_INT(p->w->district), SQL_UUID(&p->im.id))) &&
           sql_commit(&tx, e);
}

static void release(struct pass *p)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    if (!sql_begin(p->i->s->db, SQL_WRITE, &tx, &e) ||
        !sql_run(tx, &report_queries[REPORT_Q_IMPORT_RELEASE], &e, SQL_INT(p->w->district),
                 SQL_UUID(&p->im.id), SQL_UUID(&p->i->server)) ||
        !sql_commit(&tx, &e))
        log_err("import", &e);
}

/* Part after part. What the database or the queue hinders is tried again; what is wrong with the whole (its
 * kind or its account is gone) ends it. */
static bool run_parts(struct pass *p, struct err *e)
{
    struct err why = {0};

    while (p->im.done < p->im.n_parts) {
        if (is_stopping(p->i)) {
            release(p);
            return true;
        }
        p->w = p->i->s->world(p->i->s);
        why = (struct err){0};
        if (next_part(p, &why))
            continue;
        if (why.code == ERR_NONE)
            return true; /* stopped, or somebody else's by now */
        if (why.code != ERR_BUSY) {
            log_err("import", &why);
            return write_end(p, "stopped", arena_printf(p->a, "%s / %s", why.zh, why.en), e);
        }
        rest(p->i, AFTER_ERROR_MS);
    }
    return write_end(p, p->keeps ? "done" : "checked", "", e);
}

static bool claim(struct importer *i, struct uuid id, bool *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t now = time_now_ms();

    if (!sql_begin(i->s->db, SQL_WRITE, &tx, e) ||
        !sql_query(tx, &report_queries[REPORT_Q_IMPORT_CLAIM], &rows, e, SQL_INT(i->s->district),
                   SQL_UUID(&id), SQL_UUID(&i->server), SQL_INT(now + CLAIM_MS), SQL_INT(now)))
        return false;
    *ret = sql_next(rows);
    return sql_end(&rows, e) &&
           sql_run(tx, &report_queries[REPORT_Q_IMPORT_CHECK_ANEW], e, SQL_INT(i->s->district),
                   SQL_UUID(&id)) &&
           sql_commit(&tx, e);
}

static bool run_one(struct importer *i, struct uuid id, struct err *e)
{
    AUTO(arena_free) struct arena *kept = arena_create((size_t)1 << 24);
    struct pass p = {.i = i, .w = i->s->world(i->s)};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    bool ours = false, ok;

    if (!claim(i, id, &ours, e) || !ours)
        return e->code == ERR_NONE;
    if (!sql_begin(i->s->db, SQL_READ, &tx, e) || !import_get(tx, p.w, id, (struct uuid){0}, kept, &p.im, e))
        return false;
    sql_rollback(&tx);
    p.keeps = str_eq(p.im.state, "running");
    p.trial = trial_create(i->s->door);
    p.a = arena_create(PART_ARENA);
    ok = run_parts(&p, e);
    trial_free(&p.trial);
    arena_free(&p.a);
    return ok;
}

/* --- the thread --- */

static bool find_due(struct importer *i, struct uuid *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = (struct uuid){0};
    if (!sql_begin(i->s->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &report_queries[REPORT_Q_IMPORT_DUE], &rows, e, SQL_INT(i->s->district),
                   SQL_INT(time_now_ms())))
        return false;
    if (sql_next(rows))
        *ret = sql_uuid(rows, 0);
    return sql_end(&rows, e);
}

static bool remove_one(struct importer *i, struct uuid id, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(i->s->db, SQL_WRITE, &tx, e) &&
           sql_run(tx, &report_queries[REPORT_Q_IMPORT_PARTS_REMOVE], e, SQL_INT(i->s->district),
                   SQL_UUID(&id)) &&
           sql_run(tx, &report_queries[REPORT_Q_IMPORT_REMOVE], e, SQL_INT(i->s->district), SQL_UUID(&id)) &&
           sql_commit(&tx, e);
}

/* What is a month old is nobody's any more. */
static bool sweep(struct importer *i, struct err *e)
{
    enum { OLD_MAX = 20 };
    struct uuid old[OLD_MAX];
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    size_t n = 0;

    if (!sql_begin(i->s->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &report_queries[REPORT_Q_IMPORT_OLD], &rows, e, SQL_INT(i->s->district),
                   SQL_INT(time_now_ms() - IMPORT_KEPT_DAYS * DAY_MS)))
        return false;
    while (sql_next(rows) && n < OLD_MAX)
        old[n++] = sql_uuid(rows, 0);
    if (!sql_end(&rows, e))
        return false;
    sql_rollback(&tx);
    for (size_t k = 0; k < n; k++)
        if (!remove_one(i, old[k], e))
            return false;
    return true;
}

static bool look(struct importer *i, struct err *e)
{
    struct uuid id;
    int64_t now = time_now_ms();

    for (;;) {
        if (!find_due(i, &id, e))
            return false;
        if (uuid_is_nil(id) || is_stopping(i))
            break;
        if (!run_one(i, id, e))
            return false;
    }
    if (now - i->swept_at < DAY_MS / 24)
        return true;
    i->swept_at = now;
    return sweep(i, e);
}

static void *run(void *arg)
{
    struct importer *i = arg;

    while (!is_stopping(i)) {
        struct err e = {0};

        if (!look(i, &e) && !is_stopping(i))
            log_err("import", &e);
        rest(i, LOOK_MS);
    }
    return NULL;
}

/* A database file has one server: what another had claimed, that one has left behind. */
static bool take_over(const struct services *s, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_is_shared(s->db) ||
           (sql_begin(s->db, SQL_WRITE, &tx, e) &&
            sql_run(tx, &report_queries[REPORT_Q_IMPORT_UNCLAIM], e, SQL_INT(s->district)) &&
            sql_commit(&tx, e));
}

bool importer_start(const struct services *s, struct importer **ret, struct err *e)
{
    struct importer *i;

    if (!sql_check(s->db, report_queries, REPORT_Q__MAX, e) || !take_over(s, e))
        return false;
    i = xcalloc(1, sizeof(*i));
    i->s = s;
    i->server = uuid_make();
    (void)pthread_mutex_init(&i->lock, NULL);
    (void)pthread_cond_init(&i->wake, NULL);
    if (pthread_create(&i->thread, NULL, run, i) != 0) {
        free(i);
        return ERR(e, ERR_INTERNAL, "import.thread", "无法启动导入线程",
                   "the thread that brings files in cannot be started");
    }
    running = i;
    *ret = i;
    return true;
}

void importer_wake(void)
{
    struct importer *i = running;

    if (i == NULL)
        return;
    (void)pthread_mutex_lock(&i->lock);
    i->woken = true;
    (void)pthread_cond_signal(&i->wake);
    (void)pthread_mutex_unlock(&i->lock);
}

void importer_stop(struct importer **ref)
{
    struct importer *i = *ref;

    if (i == NULL)
        return;
    running = NULL;
    (void)pthread_mutex_lock(&i->lock);
    i->stopping = true;
    (void)pthread_cond_signal(&i->wake);
    (void)pthread_mutex_unlock(&i->lock);
    (void)pthread_join(i->thread, NULL);
    (void)pthread_mutex_destroy(&i->lock);
    (void)pthread_cond_destroy(&i->wake);
    free(i);
    *ref = NULL;
}
