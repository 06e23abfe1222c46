/* What somebody has to do in a part and where they were seen last: what crew() chooses by. */
#include "record/crew.h"

#include "record.sql.h"

#include <string.h>

enum { OPEN_MAX = 64, NEWEST = 4 };

struct looking {
    const struct crew_look *look;
    struct uuid account;
    const char *part;
    int64_t seen_at;
    struct busy *ret;
};

static void count(struct looking *l, const struct record *r)
{
    if (r == NULL || uuid_eq(r->id, l->look->self))
        return;
    for (size_t i = 0; i < r->n_parties; i++) {
        const struct party *p = &r->parties[i];

        if (strcmp(p->role->name, l->part) != 0 || !uuid_eq(p->account, l->account))
            continue;
        l->ret->open += record_open(r);
        if (p->seen_at > l->seen_at) {
            l->seen_at = p->seen_at;
            l->ret->seen = true;
            l->ret->lng = p->lng;
            l->ret->lat = p->lat;
        }
    }
}

/* Ids of a page of party rows that have the part and are not among `ids` yet. */
static bool read_ids(const struct looking *l, int query, int64_t most, struct uuid *ids, size_t *n,
                     struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid last;

    memset(last.b, 0xff, sizeof(last.b));
    if (!sql_query(l->look->tx, &record_queries[query], &rows, e, SQL_INT(l->look->district),
                   SQL_UUID(&l->account), SQL_BLOB(last.b, sizeof(last.b)), SQL_INT(most)))
        return false;
    while (sql_next(rows)) {
        struct uuid id = sql_uuid(rows, 0);
        bool known = strcmp(sql_text(rows, 1), l->part) != 0;

        for (size_t i = 0; i < *n && !known; i++)
            known = uuid_eq(ids[i], id);
        if (!known)
            ids[(*n)++] = id;
    }
    return sql_end(&rows, e);
}

bool crew_busy(void *ctx, struct uuid account, const char *part, struct busy *ret, struct err *e)
{
    const struct crew_look *look = ctx;
    struct looking l = {.look = look, .account = account, .part = part, .ret = ret};
    struct uuid ids[OPEN_MAX + NEWEST];
    const struct record *r;
    size_t n = 0;

    *ret = (struct busy){0};
    if (!read_ids(&l, RECORD_Q_PARTY_RECORDS_OPEN, OPEN_MAX, ids, &n, e) ||
        !read_ids(&l, RECORD_Q_PARTY_RECORDS, NEWEST, ids, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (look->touched != NULL && look->touched(look->ctx, ids[i]))
            continue;
        if (!look->load(look->ctx, ids[i], &r, e))
            return false;
        count(&l, r);
    }
    for (size_t i = 0; look->nth != NULL && (r = look->nth(look->ctx, i)) != NULL; i++)
        count(&l, r);
    return true;
}

bool crew_standing(void *ctx, struct uuid id, struct uuid *ret, struct err *e)
{
    const struct crew_look *look = ctx;
    const struct record *r = NULL;

    if (!record_standing(look->load, look->ctx, id, &r, e))
        return false;
    *ret = r == NULL ? id : r->id;
    return true;
}

/* --- as the database has it --- */

struct plain {
    struct crew_look look;
    const struct world *w;
    struct arena *a;
};

static bool load_plain(void *ctx, struct uuid id, const struct record **ret, struct err *e)
{
    const struct plain *p = ctx;
    struct record *r = NULL;

    *ret = NULL;
    if (!record_load(p->look.tx, p->w, id, p->a, &r, e))
        return false;
    *ret = r;
    return true;
}

bool record_load_standing(struct sql_tx *tx, const struct world *w, struct uuid id, struct arena *a,
                          struct record **ret, struct err *e)
{
    struct plain p = {.look = {.tx = tx}, .w = w, .a = a};
    const struct record *r = NULL;

    if (!record_standing(load_plain, &p, id, &r, e))
        return false;
    *ret = r == NULL ? NULL : record_copy(w, r, a);
    return true;
}

void crew_look_at(struct sql_tx *tx, const struct world *w, struct uuid self, struct arena *a,
                  struct around *ret)
{
    struct plain *p = arena_new(a, struct plain);

    p->look =
        (struct crew_look){.tx = tx, .district = w->district, .self = self, .load = load_plain, .ctx = p};
    p->w = w;
    p->a = a;
    ret->busy = crew_busy;
    ret->standing = crew_standing;
    ret->ctx = &p->look;
}
