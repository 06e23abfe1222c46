/* Which packs hold and which held. Sets are loaded when somebody asks for them and kept: there are as many as
 * versions began, a few hundred kilobytes each. */
#include "rules/rules.h"

#include "base/log.h"
#include "base/text.h"
#include "rules.sql.h"
#include "rules/rules_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const size_t FILES_ARENA = (size_t)256 << 20;

bool (*rules_rehearse)(const struct services *s, const struct edition *list, size_t n, const char *pack,
                       struct arena *a, const char **ret, struct err *e);
struct rules *(*rules_of)(const struct services *s);
void (*rules_planned)(const struct services *s, int64_t at);

/* The packs of one era. */
struct set {
    struct arena *arena; /* NULL: not loaded, or the program's own */
    const struct packs *packs;
};
/* What began: era i is begun by begun[i - 1]. */
struct begun {
    char *pack;
    int64_t number, seq, at;
};
/* A list that snapshots point to; older ones stay beside it. */
struct listed {
    struct eras eras;
    struct era *list;
    struct listed *older;
};
struct rules {
    struct rules_options o;
    pthread_mutex_t lock;
    struct begun *begun;
    struct set *sets; /* n + 1 of them */
    size_t n;
    struct listed *listed;
};

const struct edition_file *edition_file(const struct edition *d, const char *name)
{
    for (size_t i = 0; i < d->n; i++)
        if (str_eq(d->files[i].name, name))
            return &d->files[i];
    return NULL;
}

/* --- what began --- */

static void add_begun(struct rules *r, const struct sql_rows *rows)
{
    size_t n = r->n + 1;

    r->begun = xrealloc(r->begun, n * sizeof(*r->begun));
    r->sets = xrealloc(r->sets, (n + 1) * sizeof(*r->sets));
    r->begun[r->n] =
        (struct begun){xstrdup(sql_text(rows, 0)), sql_int(rows, 1), sql_int(rows, 2), sql_int(rows, 3)};
    r->sets[n] = (struct set){0};
    r->n = n;
}

static bool read_begun(struct rules *r, struct sql_tx *tx, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &rules_queries[RULES_Q_BEGUN], &rows, e, SQL_INT(r->o.district),
                   SQL_INT((int64_t)r->n)))
        return false;
    while (sql_next(rows))
        add_begun(r, rows);
    return sql_end(&rows, e);
}

/* --- the packs of an era --- */

static bool is_last(const struct rules *r, size_t i)
{
    for (size_t k = i + 1; k < r->n; k++)
        if (str_eq(r->begun[k].pack, r->begun[i].pack))
            return false;
    return true;
}

/* The version of a pack in era i: that which began last, or the program's as it was. */
static int64_t version_in(const struct rules *r, const char *pack, size_t era)
{
    int64_t number = 0;

    for (size_t k = 0; k < r->o.n_instead && era == r->n; k++)
        if (str_eq(r->o.instead[k].pack, pack))
            return r->o.instead[k].number;
    for (size_t k = 0; k < era; k++)
        if (str_eq(r->begun[k].pack, pack))
            number = r->begun[k].number;
    return number;
}

/* The program's own is a version, too, once one of ours has begun. */
static bool add_edition(const struct rules *r, struct sql_tx *tx, const char *pack, int64_t number,
                        struct arena *a, struct edition *list, size_t *n, struct err *e)
{
    struct err none = {0};

    if (version_read(tx, r->o.district, pack, number, a, &list[*n], &none)) {
        ++*n;
        return true;
    }
    if (number == 0 && none.code == ERR_NOT_FOUND)
        return true;
    *e = none;
    return false;
}

static bool read_editions(const struct rules *r, struct sql_tx *tx, size_t era, struct arena *a,
                          struct edition *list, size_t *ret_n, struct err *e)
{
    *ret_n = 0;
    for (size_t i = 0; i < r->n; i++) {
        int64_t number = version_in(r, r->begun[i].pack, era);

        if (!is_last(r, i)) /* each pack once */
            continue;
        if (!add_edition(r, tx, r->begun[i].pack, number, a, list, ret_n, e))
            return false;
    }
    return true;
}

/* "incident" of "packs/incident/pack.yaml", in `a`. */
static const char *pack_of(const char *file, struct arena *a)
{
    const char *name = str_starts(file, "packs/") ? file + strlen("packs/") : file;

    return arena_strndup(a, name, strcspn(name, "/"));
}

/* What held before the version that is in force now. */
static int64_t version_before(const struct rules *r, const char *pack)
{
    int64_t now = version_in(r, pack, r->n), before = 0;

    for (size_t k = 0; k < r->n; k++)
        if (str_eq(r->begun[k].pack, pack) && r->begun[k].number != now)
            before = r->begun[k].number;
    return before;
}

static bool refused(const struct rules *r, const struct complaints *c, struct arena *a, struct err *e)
{
    const struct complaint *first = &c->items[0];
    const char *pack = pack_of(first->file, a);

    return ERR(e, ERR_CONFLICT, "pack.past",
               "程序包 %1$s 第 %2$lld 版已不被接受：%3$s 第 %4$d 行；详见 wangge pack versions，退回 "
               "wangge pack return %1$s %5$lld",
               "version %2$lld of pack %1$s is not accepted any more: %3$s line %4$d; see wangge pack "
               "versions, go back "
               "with wangge pack return %1$s %5$lld",
               pack, (long long)version_in(r, pack, r->n), first->file, first->line,
               (long long)version_before(r, pack));
}

static bool load_set(struct rules *r, struct sql_tx *tx, size_t era, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(FILES_ARENA);
    AUTO(arena_free) struct arena *owner = NULL;
    struct edition *list = arena_array(a, struct edition, r->n + 1);
    struct complaints complaints = {0};
    struct packs *packs = NULL;
    size_t n;

    if (!read_editions(r, tx, era, a, list, &n, e))
        return false;
    if (!r->o.maker.load(r->o.maker.ctx, list, n, &owner, &packs, &complaints)) {
        if (era == r->n || r->sets[r->n].packs == NULL)
            return refused(r, &complaints, a, e);
        r->sets[era] = (struct set){.packs = r->sets[r->n].packs}; /* what is old stays readable */
        return true;
    }
    r->sets[era] = (struct set){owner, packs};
    owner = NULL;
    return true;
}

/* The lock is taken by who has a transaction, never the other way round: all that wait for it would hold
 * the connections that a transaction begun beneath it waits for. */
static bool era_packs(void *ctx, struct sql_tx *tx, size_t i, const struct packs **ret, struct err *e)
{
    struct rules *r = ctx;
    bool ok;

    (void)pthread_mutex_lock(&r->lock);
    ok = i <= r->n && (r->sets[i].packs != NULL || load_set(r, tx, i, e));
    *ret = ok ? r->sets[i].packs : NULL;
    (void)pthread_mutex_unlock(&r->lock);
    return ok;
}

/* --- what might hold --- */

const struct rules_maker *rules_maker_of(const struct rules *r)
{
    return &r->o.maker;
}

bool rules_editions(struct rules *r, struct sql_tx *tx, const struct edition *d, struct arena *a,
                    struct edition **ret, size_t *ret_n, struct err *e)
{
    const char **names;
    size_t n, k = 0;

    if (!version_packs(tx, r->o.district, a, &names, &n, e))
        return false;
    *ret = arena_array(a, struct edition, n + 1);
    for (size_t i = 0; i < n; i++) {
        int64_t number;

        if (d != NULL && str_eq(names[i], d->pack))
            continue;
        if (!switch_holds(tx, r->o.district, names[i], &number, e))
            return false;
        if (!add_edition(r, tx, names[i], number, a, *ret, &k, e))
            return false;
    }
    if (d != NULL)
        (*ret)[k++] = *d;
    *ret_n = k;
    return true;
}

bool candidate_load(struct rules *r, struct sql_tx *tx, const struct edition *d, struct candidate *ret,
                    struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(FILES_ARENA);
    struct edition *list = NULL;
    size_t n = 0;

    *ret = (struct candidate){0};
    if (!rules_editions(r, tx, d, a, &list, &n, e))
        return false;
    if (!r->o.maker.load(r->o.maker.ctx, list, n, &ret->arena, &ret->packs, &ret->complaints))
        ret->packs = NULL;
    return true;
}

bool rules_judge(struct rules *r, const char *pack, int64_t number, struct arena **ret_arena,
                 struct complaints *ret, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(FILES_ARENA);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct candidate c = {0};
    struct edition d;
    bool ok;

    *ret = (struct complaints){0};
    ok = sql_begin(r->o.db, SQL_READ, &tx, e) && version_read(tx, r->o.district, pack, number, a, &d, e) &&
         candidate_load(r, tx, &d, &c, e);
    *ret_arena = c.arena;
    if (ok && c.packs == NULL)
        *ret = c.complaints;
    return ok;
}

void candidate_free(struct candidate *c)
{
    arena_free(&c->arena);
    c->packs = NULL;
}

/* --- lists --- */

static void list_eras(struct rules *r)
{
    struct listed *l;

    if (r->listed != NULL && r->listed->eras.n == r->n + 1)
        return;
    l = xcalloc(1, sizeof(*l));
    l->list = xcalloc(r->n + 1, sizeof(*l->list));
    for (size_t i = 0; i < r->n; i++)
        l->list[i + 1] = (struct era){r->begun[i].seq, r->begun[i].at};
    l->eras = (struct eras){.list = l->list, .n = r->n + 1, .packs = era_packs, .ctx = r};
    l->older = r->listed;
    r->listed = l;
}

bool rules_now(struct rules *r, const struct packs **ret, const struct eras **ret_eras, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    bool ok;

    if (!sql_begin(r->o.db, SQL_READ, &tx, e))
        return false;
    (void)pthread_mutex_lock(&r->lock);
    ok = read_begun(r, tx, e) && (r->sets[r->n].packs != NULL || load_set(r, tx, r->n, e));
    if (ok) {
        list_eras(r);
        *ret = r->sets[r->n].packs;
        *ret_eras = &r->listed->eras;
    }
    (void)pthread_mutex_unlock(&r->lock);
    return ok;
}

bool rules_open(const struct rules_options *o, struct rules **ret, struct err *e)
{
    AUTO(rules_close) struct rules *r = xcalloc(1, sizeof(*r));
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    r->o = *o;
    (void)pthread_mutex_init(&r->lock, NULL);
    r->sets = xcalloc(1, sizeof(*r->sets));
    if (!sql_check(o->db, rules_queries, RULES_Q__MAX, e) || !sql_begin(o->db, SQL_READ, &tx, e) ||
        !read_begun(r, tx, e))
        return false;
    if (r->n == 0)
        r->sets[0].packs = o->own;
    *ret = r;
    r = NULL;
    return true;
}

void rules_close(struct rules **ref)
{
    struct rules *r = *ref;

    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++)
        free(r->begun[i].pack);
    for (size_t i = 0; i <= r->n; i++)
        arena_free(&r->sets[i].arena);
    for (struct listed *l = r->listed, *older; l != NULL; l = older) {
        older = l->older;
        free(l->list);
        free(l);
    }
    (void)pthread_mutex_destroy(&r->lock);
    free(r->begun);
    free(r->sets);
    free(r);
    *ref = NULL;
}
