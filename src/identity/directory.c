#include "base/limits.h"
#include "base/text.h"
#include "identity.sql.h"
#include "identity/identity.h"

#include <stdlib.h>
#include <string.h>

/* Orders of the same rows, for binary search. */
struct directory_index {
    const struct org **by_name;  /* those that have not ended: name */
    const struct org **units;    /* of those the governing units: area */
    const struct post **by_role; /* role, area, account */
    const struct post **by_org;  /* organisation, account */
    const struct org **by_area;  /* area, the unit first, name */
    size_t n_named, n_units;
};

static const size_t code_length[AREA__MAX] = {0, 2, 4, 6, 9, 12, 15, 18};

/* --- order --- */

static int org_by_id(const void *a, const void *b)
{
    return uuid_cmp(((const struct org *)a)->id, ((const struct org *)b)->id);
}

static int account_by_id(const void *a, const void *b)
{
    return uuid_cmp(((const struct account *)a)->id, ((const struct account *)b)->id);
}

static int post_by_account(const void *a, const void *b)
{
    const struct post *x = a, *y = b;
    int c = uuid_cmp(x->account, y->account);

    if (c == 0)
        c = strcmp(x->role, y->role);
    return c != 0 ? c : strcmp(x->area, y->area);
}

static int org_by_name(const void *a, const void *b)
{
    const struct org *x = *(const struct org *const *)a, *y = *(const struct org *const *)b;

    return strcmp(x->name, y->name);
}

static int unit_by_area(const void *a, const void *b)
{
    const struct org *x = *(const struct org *const *)a, *y = *(const struct org *const *)b;
    int c = strcmp(x->area, y->area);

    return c != 0 ? c : uuid_cmp(x->id, y->id);
}

static int org_by_area(const void *a, const void *b)
{
    const struct org *x = *(const struct org *const *)a, *y = *(const struct org *const *)b;
    int c = strcmp(x->area, y->area);

    if (c == 0)
        c = (int)y->unit - (int)x->unit;
    if (c == 0)
        c = strcmp(x->name, y->name);
    return c != 0 ? c : uuid_cmp(x->id, y->id);
}

static int post_by_role(const void *a, const void *b)
{
    const struct post *x = *(const struct post *const *)a, *y = *(const struct post *const *)b;
    int c = strcmp(x->role, y->role);

    if (c == 0)
        c = strcmp(x->area, y->area);
    return c != 0 ? c : uuid_cmp(x->account, y->account);
}

static int post_by_org(const void *a, const void *b)
{
    const struct post *x = *(const struct post *const *)a, *y = *(const struct post *const *)b;
    int c = uuid_cmp(x->org, y->org);

    return c != 0 ? c : uuid_cmp(x->account, y->account);
}

static void sort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
    if (n > 1)
        qsort(base, n, size, cmp);
}

struct directory *directory_make(struct arena *a, struct org *orgs, size_t n_orgs, struct account *staff,
                                 size_t n_staff, struct post *posts, size_t n_posts)
{
    struct directory *d = arena_new(a, struct directory);
    struct directory_index *x = arena_new(a, struct directory_index);

    sort(orgs, n_orgs, sizeof *orgs, org_by_id);
    sort(staff, n_staff, sizeof *staff, account_by_id);
    sort(posts, n_posts, sizeof *posts, post_by_account);
    x->by_name = arena_array(a, const struct org *, n_orgs + 1);
    x->by_area = arena_array(a, const struct org *, n_orgs + 1);
    x->units = arena_array(a, const struct org *, n_orgs + 1);
    x->by_role = arena_array(a, const struct post *, n_posts + 1);
    x->by_org = arena_array(a, const struct post *, n_posts + 1);
    for (size_t i = 0; i < n_orgs; i++) {
        x->by_area[i] = &orgs[i];
        if (orgs[i].ended == 0)
            x->by_name[x->n_named++] = &orgs[i];
        if (orgs[i].ended == 0 && orgs[i].unit)
            x->units[x->n_units++] = &orgs[i];
    }
    for (size_t i = 0; i < n_posts; i++)
        x->by_role[i] = x->by_org[i] = &posts[i];
    sort(x->by_name, x->n_named, sizeof(const struct org *), org_by_name);
    sort(x->by_area, n_orgs, sizeof(const struct org *), org_by_area);
    sort(x->units, x->n_units, sizeof(const struct org *), unit_by_area);
    sort(x->by_role, n_posts, sizeof(const struct post *), post_by_role);
    sort(x->by_org, n_posts, sizeof(const struct post *), post_by_org);
    *d = (struct directory){orgs, n_orgs, staff, n_staff, posts, n_posts, NULL, 0, x};
    return d;
}

/* --- rows --- */

static bool load_orgs(struct sql_tx *tx, int64_t district, struct arena *a, struct org *o, size_t *n,
                      struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    size_t max = *n;

    if (!sql_query(tx, &identity_queries[IDENTITY_Q_ORG_ALL], &rows, e, SQL_INT(district)))
        return false;
    for (*n = 0; *n < max && sql_next(rows); (*n)++)
        o[*n] = (struct org){.id = sql_uuid(rows, 0),
                             .name = arena_strdup(a, sql_text(rows, 1)),
                             .area = arena_strdup(a, sql_text(rows, 2)),
                             .level = (enum area_level)sql_int(rows, 3),
                             .parent = sql_uuid(rows, 4),
                             .unit = sql_int(rows, 5) != 0,
                             .ended = sql_int(rows, 6)};
    return sql_end(&rows, e);
}

static bool load_staff(struct sql_tx *tx, const struct privacy *pv, int64_t district, struct arena *a,
                       struct account *s, size_t *n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    size_t max = *n;

    if (!sql_query(tx, &identity_queries[IDENTITY_Q_STAFF_ALL], &rows, e, SQL_INT(district)))
        return false;
    for (*n = 0; *n < max && sql_next(rows); (*n)++) {
        struct uuid id = sql_uuid(rows, 0);

        s[*n] = (struct account){.id = id,
                                 .login = arena_strdup(a, sql_text(rows, 1)),
                                 .name = account_name(pv, a, id, sql_text(rows, 2)),
                                 .active = sql_int(rows, 3) != 0};
    }
    return sql_end(&rows, e);
}

static bool load_posts(struct sql_tx *tx, int64_t district, struct arena *a, struct post *p, size_t *n,
                       struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    size_t max = *n;

    if (!sql_query(tx, &identity_queries[IDENTITY_Q_POST_ALL], &rows, e, SQL_INT(district)))
        return false;
    for (*n = 0; *n < max && sql_next(rows); (*n)++)
        p[*n] = (struct post){.account = sql_uuid(rows, 0),
                              .role = arena_strdup(a, sql_text(rows, 1)),
                              .area = arena_strdup(a, sql_text(rows, 2)),
                              .org = sql_uuid(rows, 3),
                              .from = sql_int(rows, 4),
                              .until = sql_int(rows, 5)};
    return sql_end(&rows, e);
}

static bool count_rows(struct sql_tx *tx, int64_t district, size_t ret[3], struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &identity_queries[IDENTITY_Q_DIRECTORY_SIZE], &rows, e, SQL_INT(district)))
        return false;
    if (sql_next(rows))
        for (int i = 0; i < 3; i++)
            ret[i] = (size_t)sql_int(rows, i);
    return sql_end(&rows, e);
}

/* The newest so many: years of a district's rosters. */
enum { DUTIES_MAX = 200000 };

static bool load_duties(struct sql_tx *tx, int64_t district, struct arena *a, struct directory *d,
                        struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct duty *duties = NULL;
    size_t n = 0, max = 0;

    if (!sql_query(tx, &identity_queries[IDENTITY_Q_DUTY_ALL], &rows, e, SQL_INT(district),
                   SQL_INT(DUTIES_MAX)))
        return false;
    while (sql_next(rows)) {
        if (n == max) {
            struct duty *more = arena_array(a, struct duty, max = max * 2 + 64);

            if (n > 0)
                memcpy(more, duties, sizeof *more * n);
            duties = more;
        }
        duties[n++] = (struct duty){.org = sql_uuid(rows, 0),
                                    .account = sql_uuid(rows, 1),
                                    .from = sql_int(rows, 2),
                                    .until = sql_int(rows, 3),
                                    .part = duty_part_named(sql_text(rows, 4))};
    }
    directory_set_duties(d, duties, n);
    return sql_end(&rows, e);
}

bool directory_load(struct sql *db, const struct privacy *pv, int64_t district, struct arena *a,
                    struct directory **ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    size_t n[3] = {0, 0, 0};

    if (!sql_begin(db, SQL_READ, &tx, e) || !count_rows(tx, district, n, e))
        return false;
    struct org *orgs = arena_array(a, struct org, n[0] + 1);
    struct account *staff = arena_array(a, struct account, n[1] + 1);
    struct post *posts = arena_array(a, struct post, n[2] + 1);
    if (!load_orgs(tx, district, a, orgs, &n[0], e) || !load_staff(tx, pv, district, a, staff, &n[1], e) ||
        !load_posts(tx, district, a, posts, &n[2], e))
        return false;
    *ret = directory_make(a, orgs, n[0], staff, n[1], posts, n[2]);
    return load_duties(tx, district, a, *ret, e);
}

/* --- looking up --- */

const struct org *directory_org(const struct directory *d, struct uuid id)
{
    const struct org key = {.id = id};

    return d->n_orgs == 0 ? NULL : bsearch(&key, d->orgs, d->n_orgs, sizeof key, org_by_id);
}

const struct org *const *directory_orgs(const struct directory *d)
{
    return d->index->by_area;
}

const struct account *directory_account(const struct directory *d, struct uuid id)
{
    const struct account key = {.id = id};

    return d->n_staff == 0 ? NULL : bsearch(&key, d->staff, d->n_staff, sizeof key, account_by_id);
}

const struct post *directory_posts(const struct directory *d, struct uuid account, size_t *ret_n)
{
    size_t lo = 0, hi = d->n_posts, n = 0;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (uuid_cmp(d->posts[mid].account, account) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    while (lo + n < d->n_posts && uuid_eq(d->posts[lo + n].account, account))
        n++;
    *ret_n = n;
    return &d->posts[lo];
}

const struct org *directory_org_named(const struct directory *d, const char *name)
{
    const struct org key = {.name = name}, *k = &key;
    const struct org **hit = d->index->n_named == 0 ? NULL
                                                    : bsearch(&k, d->index->by_name, d->index->n_named,
                                                              sizeof(const struct org *), org_by_name);

    if (hit == NULL)
        return NULL;
    size_t i = (size_t)(hit - d->index->by_name);
    if (i > 0 && str_eq(hit[-1]->name, name))
        return NULL;
    if (i + 1 < d->index->n_named && str_eq(hit[1]->name, name))
        return NULL;
    return *hit;
}

/* First unit whose area is not before `area`. */
static size_t unit_first(const struct directory_index *x, const char *area)
{
    size_t lo = 0, hi = x->n_units;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (strcmp(x->units[mid]->area, area) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct org *directory_unit(const struct directory *d, const char *area, enum area_level level)
{
    const struct directory_index *x = d->index;
    char code[AREA_CODE_MAX];

    if (level <= AREA_UNSET || level >= AREA__MAX || strlen(area) < code_length[level])
        return NULL;
    str_copy(code, code_length[level] + 1, area);
    for (size_t i = unit_first(x, code); i < x->n_units && str_eq(x->units[i]->area, code); i++)
        if (x->units[i]->level == level)
            return x->units[i];
    return NULL;
}

static const struct org *unit_below(const struct directory *d, const char *area, int level)
{
    for (int l = level; l > AREA_UNSET; l--) {
        const struct org *o = directory_unit(d, area, (enum area_level)l);
        if (o != NULL)
            return o;
    }
    return NULL;
}

const struct org *directory_unit_above(const struct directory *d, const struct org *o)
{
    const struct org *up = directory_org(d, o->parent);

    if (o->unit) {
        up = unit_below(d, o->area, (int)o->level - 1);
        return up != NULL ? up : o;
    }
    /* Bounded, because rows could make a ring of parents. */
    for (size_t i = 0; up != NULL && (!up->unit || up->ended != 0) && i < d->n_orgs; i++)
        up = directory_org(d, up->parent);
    return up != NULL && up->unit && up->ended == 0 ? up : unit_below(d, o->area, AREA__MAX - 1);
}

static bool serves(const struct directory *d, const struct post *p, int64_t now, const struct account **ret)
{
    if (p->from > now || (p->until != 0 && p->until <= now))
        return false;
    *ret = directory_account(d, p->account);
    return *ret != NULL && (*ret)->active;
}

/* --- duties --- */

static const char *const part_names[DUTY__MAX] = {"", "duty", "lead", "standby"};

const char *duty_part_name(enum duty_part p)
{
    return part_names[p];
}

enum duty_part duty_part_named(const char *name)
{
    for (int p = DUTY_ON; p < DUTY__MAX; p++)
        if (str_eq(part_names[p], name))
            return (enum duty_part)p;
    return DUTY_UNSET;
}

static int duty_by_org(const void *a, const void *b)
{
    const struct duty *x = a, *y = b;
    int c = uuid_cmp(x->org, y->org);

    if (c == 0)
        c = x->from < y->from ? -1 : x->from > y->from;
    return c != 0 ? c : uuid_cmp(x->account, y->account);
}

void directory_set_duties(struct directory *d, struct duty *duties, size_t n)
{
    sort(duties, n, sizeof *duties, duty_by_org);
    d->duties = duties;
    d->n_duties = n;
}

/* The first duty of the organisation that may still go on at `at`: none is longer than DUTY_LENGTH_MAX_MIN.
 */
static size_t duty_first(const struct directory *d, struct uuid org, int64_t at)
{
    const struct duty key = {.org = org, .from = at - (int64_t)DUTY_LENGTH_MAX_MIN * 60000};
    size_t lo = 0, hi = d->n_duties;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (duty_by_org(&d->duties[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The next of the organisation's duties that go on at `at`; NULL: no more. */
static const struct duty *duty_next(const struct directory *d, struct uuid org, int64_t at, size_t *i)
{
    for (; *i < d->n_duties && uuid_eq(d->duties[*i].org, org) && d->duties[*i].from <= at; (*i)++)
        if (d->duties[*i].until > at)
            return &d->duties[(*i)++];
    return NULL;
}

static size_t take_part(const struct directory *d, struct uuid org, int64_t at, enum duty_part part,
                        struct uuid *ret, size_t n, size_t max)
{
    const struct duty *duty;

    for (size_t i = duty_first(d, org, at); n < max && (duty = duty_next(d, org, at, &i)) != NULL;) {
        const struct account *who = directory_account(d, duty->account);
        bool known = who == NULL || !who->active || duty->part != part;

        for (size_t k = 0; k < n && !known; k++)
            known = uuid_eq(ret[k], duty->account);
        if (!known)
            ret[n++] = duty->account;
    }
    return n;
}

size_t directory_on_duty(const struct directory *d, struct uuid org, int64_t at, struct uuid *ret, size_t max)
{
    size_t n = take_part(d, org, at, DUTY_ON, ret, 0, max);

    n = take_part(d, org, at, DUTY_LEAD, ret, n, max);
    return n > 0 ? n : take_part(d, org, at, DUTY_STANDBY, ret, n, max);
}

static bool on_duty(const struct directory *d, struct uuid org, struct uuid account, int64_t at)
{
    const struct duty *duty;

    if (uuid_is_nil(org))
        return false;
    for (size_t i = duty_first(d, org, at); (duty = duty_next(d, org, at, &i)) != NULL;)
        if (duty->part != DUTY_STANDBY && uuid_eq(duty->account, account))
            return true;
    return false;
}

static int role_area_cmp(const struct post *p, const char *role, const char *area)
{
    int c = strcmp(p->role, role);

    return c != 0 ? c : strcmp(p->area, area);
}

static size_t post_first(const struct directory *d, const char *role, const char *area)
{
    size_t lo = 0, hi = d->n_posts;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (role_area_cmp(d->index->by_role[mid], role, area) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Whether somebody serves who has the duty of the post's organisation now. */
static bool serves_on_duty(const struct directory *d, const struct post *p, int64_t now,
                           const struct account **ret)
{
    return serves(d, p, now, ret) && on_duty(d, p->org, p->account, now);
}

/* The pick-th of those who hold `role` at exactly `area` now, of those on duty where there are some. */
static const struct account *holder_at(const struct directory *d, const char *role, const char *area,
                                       int64_t now, uint64_t pick)
{
    const struct post *const *posts = d->index->by_role;
    const struct account *who = NULL;
    size_t from = post_first(d, role, area), n = 0, n_duty = 0;

    for (size_t i = from; i < d->n_posts && role_area_cmp(posts[i], role, area) == 0; i++) {
        n += serves(d, posts[i], now, &who);
        n_duty += serves_on_duty(d, posts[i], now, &who);
    }
    if (n == 0)
        return NULL;
    bool (*fits)(const struct directory *, const struct post *, int64_t, const struct account **) =
        n_duty > 0 ? serves_on_duty : serves;

    n = (size_t)(pick % (n_duty > 0 ? n_duty : n)) + 1;
    for (size_t i = from; n > 0; i++)
        n -= fits(d, posts[i], now, &who);
    return who;
}

const struct account *directory_holder(const struct directory *d, const char *role, const char *area,
                                       enum area_level level, int64_t now, uint64_t pick)
{
    char code[AREA_CODE_MAX];
    size_t n = strlen(area);

    for (int l = AREA__MAX - 1; l >= AREA_UNSET; l--) {
        if (n < code_length[l] || (level != AREA_UNSET && l != (int)level))
            continue;
        str_copy(code, code_length[l] + 1, area);
        const struct account *who = holder_at(d, role, code, now, pick);
        if (who != NULL)
            return who;
    }
    return NULL;
}

static size_t holders_at(const struct directory *d, const char *role, const char *area, int64_t now,
                         const struct account **ret, size_t max)
{
    const struct post *const *posts = d->index->by_role;
    const struct account *who = NULL;
    size_t n = 0;

    for (size_t i = post_first(d, role, area); i < d->n_posts && role_area_cmp(posts[i], role, area) == 0;
         i++)
        if (n < max && serves(d, posts[i], now, &who) && (n == 0 || ret[n - 1] != who))
            ret[n++] = who;
    return n;
}

size_t directory_all_holders(const struct directory *d, const char *role, const char *area, int64_t now,
                             const struct account **ret, size_t max)
{
    char code[AREA_CODE_MAX];
    size_t len = strlen(area), n = 0;

    for (int l = AREA__MAX - 1; l >= AREA_UNSET && n == 0; l--) {
        if (len < code_length[l])
            continue;
        str_copy(code, code_length[l] + 1, area);
        n = holders_at(d, role, code, now, ret, max);
    }
    return n;
}

static size_t member_first(const struct directory *d, struct uuid org)
{
    size_t lo = 0, hi = d->n_posts;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (uuid_cmp(d->index->by_org[mid]->org, org) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

size_t directory_members(const struct directory *d, struct uuid org, const char *role, int64_t now,
                         struct uuid *ret, size_t max)
{
    const struct post *const *posts = d->index->by_org;
    const struct account *who = NULL;
    size_t n = 0;

    if (uuid_is_nil(org))
        return 0;
    for (size_t i = member_first(d, org); i < d->n_posts && n < max && uuid_eq(posts[i]->org, org); i++) {
        if ((role != NULL && !str_eq(posts[i]->role, role)) || !serves(d, posts[i], now, &who))
            continue;
        if (n == 0 || !uuid_eq(ret[n - 1], who->id))
            ret[n++] = who->id;
    }
    return n;
}
