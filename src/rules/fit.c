/* The records that are there, under another version of a pack: do they fit, and carrying them over. Kinds of
 * which that is sure, and of which nothing derived changes, are not looked at. */
#include "base/text.h"
#include "booking/booking.h"
#include "calendar/calendar.h"
#include "ledger/ledger.h"
#include "measure/measure.h"
#include "record.sql.h"
#include "record/store.h"
#include "rules/rules_internal.h"

#include <string.h>

enum { PAGE = 500 };
static const size_t PAGE_ARENA = (size_t)1 << 30;

/* One thing that records hold and the version has no place for. */
struct lack {
    const char *key, *name, *detail;
    const struct kind *kind;
    int64_t n;
};
struct walk {
    const struct fitting *f;
    struct world after;
    struct lack lacks[MISFITS_MAX];
    size_t n_lacks;
    struct tally *tally;
    struct arena *page;
    struct json_out json;
    int64_t looked_at;
};

static void lack(void *ctx, const char *key, const struct kind *k, const char *name, const char *detail)
{
    struct walk *w = ctx;
    size_t i = 0;

    while (i < w->n_lacks && (strcmp(w->lacks[i].key, key) != 0 || w->lacks[i].kind != k ||
                              strcmp(w->lacks[i].name, name) != 0))
        i++;
    if (i == MISFITS_MAX)
        return;
    if (i == w->n_lacks)
        w->lacks[w->n_lacks++] =
            (struct lack){key, arena_strdup(w->f->a, name), arena_strdup(w->f->a, detail), k, 0};
    w->lacks[i].n++;
}

/* --- what needs no walk --- */

static void check_roles(struct walk *w)
{
    const struct packs *before = w->f->before->packs;
    const struct directory *people = w->f->before->people;

    for (size_t i = 0; i < before->n_roles; i++) {
        if (packs_role(w->f->after, before->roles[i].name) != NULL)
            continue;
        for (size_t k = 0; k < people->n_posts; k++)
            if (str_eq(people->posts[k].role, before->roles[i].name) &&
                (people->posts[k].until == 0 || people->posts[k].until > w->f->now))
                lack(w, "fit.role", NULL, before->roles[i].name, "");
    }
}

static void check_measures(struct walk *w)
{
    const struct packs *before = w->f->before->packs;

    for (size_t i = 0; i < before->n_measures; i++) {
        const struct measure_def *is = packs_measure(w->f->after, before->measures[i]->name);

        if (is != NULL && is->type != before->measures[i]->type)
            lack(w, "fit.measure", NULL, is->name, "");
    }
}

/* An account that something was posted on keeps its place: statements and corrections need it. */
static bool check_accounts(struct walk *w, struct err *e)
{
    const struct packs *before = w->f->before->packs;

    for (size_t i = 0; i < before->n_accounts; i++) {
        const struct ledger_account *was = &before->accounts[i], *is = packs_account(w->f->after, was->path);
        bool used = false;

        if (is != NULL && is->of == was->of && is->ledger->money == was->ledger->money)
            continue;
        if (!ledger_account_used(w->f->tx, w->f->before->district, was, &used, e))
            return false;
        if (used)
            lack(w, "fit.account", NULL, was->path, "");
    }
    return true;
}

/* --- the walk --- */

struct page {
    struct touched *touched;
    size_t n;
};

static bool look_at(struct walk *w, const struct kind_step *s, const struct record *r, struct page *p,
                    struct err *e)
{
    const struct misfit_calls calls = {lack, w};
    struct record *after;

    w->looked_at++;
    if (!s->sure)
        record_misfits(r, s, &calls);
    if (!w->f->carry || s->same || w->n_lacks > 0)
        return true;
    after = record_recast(w->f->after, r, w->page);
    if (after == NULL)
        return ERR(e, ERR_INTERNAL, "version.carry", "事项 %lld 带不到新版本里",
                   "record %lld cannot be carried over to the version", (long long)r->number);
    tally_at(w->tally, &w->after);
    if (!tally_carry(w->tally, r, after, w->f->now, w->page, e))
        return false;
    if (rows_differ(r, after))
        p->touched[p->n++] = (struct touched){.before = r, .after = after};
    return true;
}

static bool write_page(struct walk *w, const struct page *p, struct err *e)
{
    struct bulk tables[STORE_TABLES];

    if (p->n == 0)
        return true;
    if (!store_rows(&w->after, p->touched, p->n, &w->json, w->page, tables, e))
        return false;
    for (size_t i = 0; i < STORE_TABLES; i++)
        if (!bulk_write(&tables[i], w->f->tx, e))
            return false;
    return true;
}

static bool walk_page(struct walk *w, const struct kind_step *s, struct uuid *last, size_t *ret_n,
                      struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct page p = {.touched = arena_array(w->page, struct touched, PAGE)};

    *ret_n = 0;
    if (!sql_query(w->f->tx, &record_queries[RECORD_Q_OF_KIND], &rows, e, SQL_INT(w->f->before->district),
                   SQL_TEXT(s->from->name), SQL_UUID(last), SQL_INT(PAGE)))
        return false;
    for (; sql_next(rows); ++*ret_n) {
        struct record *r = NULL;

        if (!row_record(rows, w->f->before, w->page, &r, e) || !look_at(w, s, r, &p, e))
            return false;
        *last = r->id;
    }
    return sql_end(&rows, e) && write_page(w, &p, e);
}

/* A nil id would be bound as NULL. */
static bool walk_kind(struct walk *w, const struct kind_step *s, struct err *e)
{
    struct uuid last = {.b[15] = 1};
    size_t n = PAGE;

    while (n == PAGE) {
        if (!walk_page(w, s, &last, &n, e))
            return false;
        arena_reset(w->page);
    }
    return true;
}

static bool walk_kinds(struct walk *w, struct err *e)
{
    const struct packs *before = w->f->before->packs;

    for (size_t i = 0; i < before->n_kinds; i++) {
        struct kind_step s = kind_step(before, w->f->after, before->kinds[i]);

        if (s.sure && (s.same || !w->f->carry))
            continue;
        if (!walk_kind(w, &s, e))
            return false;
    }
    return true;
}

/* --- what is given --- */

/* The first kind that books otherwise from now on; NULL: none does. */
static const struct kind *books_otherwise(const struct walk *w)
{
    const struct packs *before = w->f->before->packs, *after = w->f->after;

    for (size_t i = 0; i < before->n_kinds; i++) {
        const struct kind *is = packs_kind(after, before->kinds[i]->name);

        if (is != NULL ? !booking_same(before->kinds[i], is) : before->kinds[i]->booking != NULL)
            return before->kinds[i];
    }
    for (size_t i = 0; i < after->n_kinds; i++)
        if (after->kinds[i]->booking != NULL && packs_kind(before, after->kinds[i]->name) == NULL)
            return after->kinds[i];
    return NULL;
}

/* What is given and what may be is counted anew; nothing may be given twice by then. */
static bool carry_bookings(struct walk *w, struct err *e)
{
    const struct kind *k = w->f->carry && w->n_lacks == 0 ? books_otherwise(w) : NULL;
    int64_t over = 0;

    if (k == NULL)
        return true;
    if (!booking_rebuild(w->f->tx, &w->after, &over, e))
        return false;
    for (int64_t i = 0; i < over; i++)
        lack(w, "fit.booking", k, k->name, "");
    return true;
}

static void tell_lacks(const struct walk *w, struct fit *ret)
{
    struct places *p = w->n_lacks == 0 ? NULL : places_make(w->f->edition, w->f->a);

    ret->list = arena_array(w->f->a, struct misfit, w->n_lacks + 1);
    ret->n = w->n_lacks;
    ret->looked_at = w->looked_at;
    for (size_t i = 0; i < w->n_lacks; i++) {
        const struct lack *l = &w->lacks[i];

        misfit_words(p, l->key, l->kind, l->name, l->detail, l->n, w->f->a, &ret->list[i]);
    }
}

bool fit_records(const struct fitting *f, struct fit *ret, struct err *e)
{
    struct walk *w = arena_new(f->a, struct walk);
    bool ok;

    *ret = (struct fit){0};
    *w = (struct walk){.f = f, .after = *f->before};
    w->after.packs = f->after;
    w->tally = tally_create(&w->after);
    w->page = arena_create(PAGE_ARENA);
    jo_begin(&w->json, 1);
    check_roles(w);
    check_measures(w);
    ok = check_accounts(w, e) && walk_kinds(w, e) && carry_bookings(w, e);
    if (ok && f->carry && w->n_lacks == 0) {
        tally_sum(w->tally);
        ok = tally_write(w->tally, f->tx, e);
    }
    tell_lacks(w, ret);
    jo_free(&w->json);
    arena_free(&w->page);
    tally_free(&w->tally);
    return ok;
}
