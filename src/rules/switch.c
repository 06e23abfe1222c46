/* A version begins to hold: between two batches, in one transaction with what it changes of the records. */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "rules.sql.h"
#include "rules/rules_internal.h"

#include <string.h>

enum { DETAIL_BYTES = 16 * 1024 };
static const size_t WORK_ARENA = (size_t)1 << 30;

/* One beginning, from the row that plans it to the row that says it is done. */
struct work {
    const struct services *s;
    struct rules *r;
    struct doing by;
    struct switching sw;
    struct arena *a;
};

/* --- doing --- */

static bool complain(const struct complaint *c, struct err *e)
{
    return ERR(e, ERR_CONFLICT, "version.refused", "这一版有错，不能启用：%s:%d:%d（%s）",
               "this version has errors and cannot begin: %s:%d:%d (%s)", c->file, c->line, c->column,
               c->found);
}

/* A misfit says its words in each language; where they go is the same. */
static bool misfit(const struct fit *fit, struct err *e)
{
    (void)ERR(e, ERR_CONFLICT, "version.misfit", "有 %zu 处装不下现有的事项",
              "%zu things have no place for records "
              "that are there",
              fit->n);
    for (size_t i = 0; i < fit->n; i++) {
        const struct misfit *m = &fit->list[i];

        (void)ERR_FIELD(e, "files", m->key, "%1$s：%2$s%3$.0s%4$.0s", "%1$.0s%2$.0s%3$s: %4$s", m->zh,
                        m->todo_zh, m->en, m->todo_en);
    }
    return false;
}

static bool carry_over(struct work *w, struct sql_tx *tx, const struct edition *d, struct err *e)
{
    struct candidate c;
    struct fit fit = {0};
    bool ok;

    if (!candidate_load(w->r, tx, d, &c, e))
        return false;
    const struct fitting f = {.tx = tx,
                              .before = w->s->world(w->s),
                              .after = c.packs,
                              .edition = d,
                              .carry = true,
                              .now = w->sw.done,
                              .a = w->a};
    ok = c.packs != NULL ? fit_records(&f, &fit, e) : complain(&c.complaints.items[0], e);
    if (ok && fit.n > 0)
        ok = misfit(&fit, e);
    candidate_free(&c);
    return ok;
}

/* The first time that a version of ours begins, the program's is kept as number 0. */
static bool keep_own(struct work *w, struct sql_tx *tx, struct err *e)
{
    const struct rules_maker *m = rules_maker_of(w->r);
    struct version v = {.pack = w->sw.pack, .note = "随程序提供 came with the program", .at = w->sw.done};
    struct edition own = {0};

    if (!m->own(m->ctx, w->sw.pack, w->a, &own))
        return true;
    edition_hash(w->s->privacy, &own, v.hash);
    return version_write(tx, w->s->district, &own, &v, e);
}

static bool add_audit(struct sql_tx *tx, const struct doing *by, const char *verb, const struct switching *s,
                      struct err *e)
{
    struct json_out j;

    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    jo_uuid(&j, "switch", s->id);
    jo_int(&j, "number", s->number);
    jo_int(&j, "from", s->from);
    jo_str(&j, "why", s->why);
    jo_close(&j);
    return audit_add(tx, by, verb, s->pack, &j, e);
}

static bool write_done(struct work *w, struct sql_tx *tx, struct err *e)
{
    uint8_t version[HASH_BYTES], hash[HASH_BYTES];
    const struct switching *s = &w->sw;

    if (!version_hash(tx, w->s->district, s->pack, s->number, version, e))
        return false;
    switch_hash(w->s->privacy, w->s->district, s, version, hash);
    return sql_run(tx, &rules_queries[RULES_Q_SWITCH_DONE], e, SQL_INT(w->s->district), SQL_UUID(&s->id),
                   SQL_INT(s->nth), SQL_INT(s->done), SQL_INT(s->seq), SQL_BLOB(hash, HASH_BYTES)) &&
           add_audit(tx, &w->by, "pack.begin", s, e) && sql_changed(tx, w->s->district, e);
}

/* Somebody else may have done or withdrawn it since it was read. */
static bool still_due(struct work *w, struct sql_tx *tx, bool *ret, struct err *e)
{
    struct switching now = {0};
    bool there = false;

    if (!switch_get(tx, w->s->district, w->sw.id, w->a, &now, &there, e))
        return false;
    *ret = there && now.nth == 0 && now.withdrawn == 0;
    return true;
}

static bool begin(void *ctx, struct sql_tx *tx, int64_t seq, struct err *e)
{
    struct work *w = ctx;
    struct edition d;
    int64_t holds, last;
    bool due;

    if (!still_due(w, tx, &due, e) || !due)
        return e->code == ERR_NONE;
    if (!switch_holds(tx, w->s->district, w->sw.pack, &holds, e) ||
        !switch_last(tx, w->s->district, &last, e) || !keep_own(w, tx, e) ||
        !version_read(tx, w->s->district, w->sw.pack, w->sw.number, w->a, &d, e))
        return false;
    if (holds == w->sw.number)
        return ERR(e, ERR_CONFLICT, "version.holds", "第 %lld 版已在使用", "version %lld holds already",
                   (long long)holds);
    w->sw.nth = last + 1;
    w->sw.seq = seq;
    return carry_over(w, tx, &d, e) && write_done(w, tx, e);
}

static void reload(void *ctx)
{
    const struct work *w = ctx;
    struct err e = {0};

    if (!w->s->reload(w->s, &e))
        log_err("reload", &e);
}

static bool begin_now(struct work *w, struct err *e)
{
    const struct door_between between = {begin, reload, w};

    w->sw.done = time_now_ms();
    return door_between(w->s->door, &between, e);
}

/* --- deciding --- */

static bool same_order(const struct switching *was, const struct switch_order *o, struct err *e)
{
    return (str_eq(was->pack, o->pack) && was->number == o->number) ||
           ERR(e, ERR_CONFLICT, "command.reused", "这个编号的操作已办过，内容不同；请换一个新编号",
               "a different command with this id was carried out before: use a new id");
}

/* What is written by another of the same pack would be overtaken unseen. */
static bool none_planned(struct sql_tx *tx, int64_t district, const char *pack, struct arena *a,
                         struct err *e)
{
    struct switching *list;
    size_t n;

    if (!switch_list(tx, district, pack, a, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (list[i].nth == 0 && list[i].withdrawn == 0 && list[i].problem[0] == '\0')
            return ERR(e, ERR_CONFLICT, "version.planned", "已有一项启用计划（第 %lld 版），请先撤回",
                       "version %lld is planned already: withdraw that first", (long long)list[i].number);
    return true;
}

static bool add_row(struct sql_tx *tx, const struct doing *by, const struct switch_order *o, struct err *e)
{
    const struct switching s = {
        .id = o->id, .pack = o->pack, .why = o->why, .number = o->number, .from = o->from};

    return sql_run(tx, &rules_queries[RULES_Q_SWITCH_ADD], e, SQL_INT(by->district), SQL_UUID(&o->id),
                   SQL_TEXT(o->pack), SQL_INT(o->number), SQL_INT(by->now), SQL_UUID(&by->actor),
                   SQL_TEXT(o->why), SQL_INT(o->from)) &&
           add_audit(tx, by, "pack.plan", &s, e);
}

/* Notes what is to be done. *ret_new is false when it was noted before. */
static bool note_order(struct work *w, const struct switch_order *o, bool *ret_new, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    uint8_t hash[HASH_BYTES];
    bool there = false;
    int64_t holds;

    if (!sql_begin(w->by.db, SQL_WRITE, &tx, e) ||
        !switch_get(tx, w->by.district, o->id, w->a, &w->sw, &there, e) ||
        (there && !same_order(&w->sw, o, e)))
        return false;
    *ret_new = !there;
    if (there)
        return true;
    if (!switch_holds(tx, w->by.district, o->pack, &holds, e) ||
        !none_planned(tx, w->by.district, o->pack, w->a, e))
        return false;
    if (holds == o->number)
        return ERR(e, ERR_CONFLICT, "version.holds", "第 %lld 版已在使用", "version %lld holds already",
                   (long long)holds);
    return version_hash(tx, w->by.district, o->pack, o->number, hash, e) && add_row(tx, &w->by, o, e) &&
           switch_get(tx, w->by.district, o->id, w->a, &w->sw, &there, e) && sql_commit(&tx, e);
}

/* Of what was to begin at once and could not, nothing stays but the line that it was wanted. */
static bool give_up(const struct work *w, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err why = {0};

    if (!sql_begin(w->by.db, SQL_WRITE, &tx, &why) ||
        !sql_run(tx, &rules_queries[RULES_Q_SWITCH_WITHDRAW], &why, SQL_INT(w->by.district),
                 SQL_UUID(&w->sw.id), SQL_INT(time_now_ms())) ||
        !sql_commit(&tx, &why))
        log_err("switch", &why);
    return e->code == ERR_NONE;
}

bool switch_do(const struct services *s, struct rules *r, const struct doing *by,
               const struct switch_order *o, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(WORK_ARENA);
    struct work w = {.s = s, .r = r, .by = *by, .a = a};
    bool new = false;

    if (!note_order(&w, o, &new, e))
        return false;
    if (new && o->from > by->now && rules_planned != NULL)
        rules_planned(s, o->from);
    if (!new || o->from > by->now)
        return true;
    return begin_now(&w, e) || give_up(&w, e);
}

/* --- withdrawing --- */

bool switch_withdraw(const struct doing *by, const char *pack, struct uuid id, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(arena_free) struct arena *a = arena_create(WORK_ARENA);
    struct switching s = {0};
    bool there = false;

    if (!sql_begin(by->db, SQL_WRITE, &tx, e) || !switch_get(tx, by->district, id, a, &s, &there, e))
        return false;
    if (!there || !str_eq(s.pack, pack))
        return ERR(e, ERR_NOT_FOUND, "version.switch", "没有这项启用", "there is no such switch");
    if (s.nth > 0)
        return ERR(e, ERR_CONFLICT, "version.begun", "已经启用，不能撤回；请改为启用更早的一版",
                   "it has begun and cannot be withdrawn: return to an earlier version instead");
    if (s.withdrawn != 0)
        return true;
    return sql_run(tx, &rules_queries[RULES_Q_SWITCH_WITHDRAW], e, SQL_INT(by->district), SQL_UUID(&id),
                   SQL_INT(by->now)) &&
           add_audit(tx, by, "pack.withdraw", &s, e) && sql_commit(&tx, e);
}

/* --- what is due --- */

static bool planned(struct work *w, bool *ret_some, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_begin(w->s->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &rules_queries[RULES_Q_PLANNED], &rows, e, SQL_INT(w->s->district)))
        return false;
    *ret_some = sql_next(rows);
    if (*ret_some)
        switch_row(rows, w->a, &w->sw);
    return sql_end(&rows, e);
}

/* It waits for people: it will not try again by itself. */
static bool keep_problem(const struct work *w, const struct err *why, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct json_out j;
    bool ok;

    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    jo_str(&j, "key", why->key);
    jo_str(&j, "zh", why->zh);
    jo_str(&j, "en", why->en);
    jo_close(&j);
    ok = jo_end(&j, e) && sql_begin(w->s->db, SQL_WRITE, &tx, e) &&
         sql_run(tx, &rules_queries[RULES_Q_SWITCH_PROBLEM], e, SQL_INT(w->s->district), SQL_UUID(&w->sw.id),
                 SQL_TEXT(j.buf)) &&
         sql_commit(&tx, e);
    jo_free(&j);
    return ok;
}

bool switch_due(const struct services *s, struct rules *r, int64_t now, int64_t *ret_next, struct err *e)
{
    for (bool some = true; some;) {
        AUTO(arena_free) struct arena *a = arena_create(WORK_ARENA);
        struct work w = {.s = s, .r = r, .a = a};
        struct err why = {0};

        *ret_next = 0;
        if (!planned(&w, &some, e))
            return false;
        if (some && w.sw.from > now) {
            *ret_next = w.sw.from;
            return true;
        }
        w.by = (struct doing){.db = s->db, .district = s->district, .actor = w.sw.actor, .now = now};
        if (!some || begin_now(&w, &why))
            continue;
        log_err("switch", &why);
        if (why.code == ERR_BUSY || why.code == ERR_INTERNAL) {
            *e = why;
            return false;
        }
        if (!keep_problem(&w, &why, e))
            return false;
    }
    return true;
}
