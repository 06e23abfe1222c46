/* For `wangge verify`: what is kept of rolls, marks and results, counted again. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/text.h"
#include "record/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 300, FIRST_ROOM = 64 };
static const size_t ARENA = (size_t)1 << 30, BALLOT_ARENA = (size_t)1 << 30;

struct line {
    struct uuid ballot;
    const char *way, *place;
    int64_t hour;
    struct sum_row sum;
};
struct lines {
    struct line *list;
    size_t n, max;
};
struct recount {
    struct sql_tx *tx;
    const struct world *world;
    struct arena *a;
    void (*differs)(void *, const char *);
    void *ctx;
};

static void tell(const struct recount *c, struct uuid ballot, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void tell(const struct recount *c, struct uuid ballot, const char *fmt, ...)
{
    char text[TEXT], id[UUID_TEXT_MAX];
    int n;
    va_list ap;

    uuid_format(ballot, id);
    n = snprintf(text, sizeof(text), "ballot %s: ", id);
    va_start(ap, fmt);
    (void)vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
    va_end(ap);
    text[utf8_cut(text, strlen(text))] = '\0';
    c->differs(c->ctx, text);
}

/* --- kept sums --- */

static void add(struct lines *l, struct arena *a, struct line one)
{
    if (l->n == l->max) {
        struct line *more = arena_array(a, struct line, l->max = l->max == 0 ? FIRST_ROOM : 2 * l->max);

        if (l->n > 0)
            memcpy(more, l->list, l->n * sizeof(*more));
        l->list = more;
    }
    l->list[l->n++] = one;
}

/* To the line of a whole way, which stands last if it is there. */
static void add_whole(struct lines *l, struct arena *a, const struct line *part)
{
    const char *way = str_eq(part->way, "paper") ? "all paper" : "all online";

    for (size_t i = l->n; i > 0 && uuid_eq(l->list[i - 1].ballot, part->ballot); i--) {
        struct sum_row *sum = &l->list[i - 1].sum;

        if (!str_eq(l->list[i - 1].way, way))
            continue;
        *sum = (struct sum_row){sum->n + part->sum.n,
                                {sum->w.heads + part->sum.w.heads, sum->w.area + part->sum.w.area}};
        return;
    }
    add(l, a, (struct line){part->ballot, way, "", 0, part->sum});
}

static bool read_lines(struct recount *c, int query, struct lines *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(c->tx, &ballot_queries[query], &rows, e, SQL_INT(c->world->district)))
        return false;
    while (sql_next(rows)) {
        const struct line one = {sql_uuid(rows, 0),
                                 arena_strdup(c->a, sql_text(rows, 1)),
                                 arena_strdup(c->a, sql_text(rows, 2)),
                                 sql_int(rows, 3),
                                 {sql_int(rows, 4), {sql_int(rows, 5), sql_int(rows, 6)}}};

        add(ret, c->a, one);
        if (query == BALLOT_Q_MARKS_BY_HOUR)
            add_whole(ret, c->a, &one);
    }
    return sql_end(&rows, e);
}

static bool read_rolls(struct recount *c, struct lines *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(c->tx, &ballot_queries[BALLOT_Q_ROLLS], &rows, e, SQL_INT(c->world->district)))
        return false;
    while (sql_next(rows))
        add(ret, c->a,
            (struct line){
                sql_uuid(rows, 0), "roll", "", 0, {sql_int(rows, 1), {sql_int(rows, 2), sql_int(rows, 3)}}});
    return sql_end(&rows, e);
}

static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = memcmp(x->ballot.b, y->ballot.b, sizeof(x->ballot.b));

    order = order != 0 ? order : strcmp(x->way, y->way);
    order = order != 0 ? order : strcmp(x->place, y->place);
    return order != 0 ? order : (x->hour > y->hour) - (x->hour < y->hour);
}

static void compare_sums(const struct recount *c, const struct line *is, const struct line *kept)
{
    static const struct sum_row none = {0};
    const struct line *one = is != NULL ? is : kept;
    const struct sum_row *x = is != NULL ? &is->sum : &none, *y = kept != NULL ? &kept->sum : &none;

    if (x->n != y->n || x->w.heads != y->w.heads || x->w.area != y->w.area)
        tell(c, one->ballot,
             "%s %s: kept as %lld numbers, %lld heads, %lld area; the roll has %lld, %lld, %lld", one->way,
             one->place, (long long)y->n, (long long)y->w.heads, (long long)y->w.area, (long long)x->n,
             (long long)x->w.heads, (long long)x->w.area);
}

/* Both in one order: what stands in one of them alone is compared with nothing. */
static void compare_all(const struct recount *c, struct lines *is, struct lines *kept)
{
    size_t i = 0, k = 0;

    if (is->n > 0)
        qsort(is->list, is->n, sizeof(is->list[0]), compare_lines);
    if (kept->n > 0)
        qsort(kept->list, kept->n, sizeof(kept->list[0]), compare_lines);
    while (i < is->n || k < kept->n) {
        int order = i == is->n ? 1 : k == kept->n ? -1 : compare_lines(&is->list[i], &kept->list[k]);

        compare_sums(c, order <= 0 ? &is->list[i] : NULL, order >= 0 ? &kept->list[k] : NULL);
        i += order <= 0;
        k += order >= 0;
    }
}

/* --- marks against votes --- */

static bool check_open_marks(const struct recount *c, const struct poll *p, const struct elector *roll,
                             size_t n, struct err *e)
{
    struct open_vote *votes;
    size_t n_votes, marked = 0;

    if (!votes_read(p, c->tx, n, &votes, &n_votes, e))
        return false;
    for (size_t i = 0; i < n; i++)
        marked += roll[i].mark[0] != '\0';
    for (size_t i = 0; i < n_votes; i++) {
        size_t at = place_on_roll(roll, n, votes[i].no);

        if (at == n)
            tell(c, p->rec->id, "number %lld voted, but is not on the roll", (long long)votes[i].no);
        else if (!str_eq(roll[at].mark, votes[i].way))
            tell(c, p->rec->id, "number %lld voted (%s), the roll says “%s”", (long long)votes[i].no,
                 votes[i].way, roll[at].mark);
    }
    if (marked != n_votes)
        tell(c, p->rec->id, "%zu numbers are marked as having voted, there are %zu votes", marked, n_votes);
    return true;
}

static bool check_secret_marks(const struct recount *c, const struct poll *p, const struct elector *roll,
                               size_t n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t tokens = 0, slips = 0;

    for (size_t i = 0; i < n; i++) {
        bool online = str_eq(roll[i].mark, "online");

        tokens += online;
        if (online != (roll[i].blinded != NULL))
            tell(c, p->rec->id,
                 "number %lld: its mark “%s” does not go with the token it took or did not take",
                 (long long)roll[i].no, roll[i].mark);
    }
    if (!sql_query(c->tx, &ballot_queries[BALLOT_Q_SLIP_COUNT], &rows, e, SQL_INT(c->world->district),
                   SQL_UUID(&p->rec->id)))
        return false;
    if (sql_next(rows))
        slips = sql_int(rows, 0);
    if (slips > tokens)
        tell(c, p->rec->id, "%lld votes in the urn, but only %lld tokens were signed", (long long)slips,
             (long long)tokens);
    return sql_end(&rows, e);
}

/* --- results --- */

static bool same_text(const struct record *r, const struct field *f, const char *is)
{
    const struct cel_value *v = f == NULL ? NULL : &r->values[f->index];

    return v == NULL || v->type != CEL_STRING || str_eq(v->s, is);
}

static bool same_votes(const struct record *r, const struct field *f, const struct cel_value *is)
{
    const struct cel_value *v = f == NULL ? NULL : &r->values[f->index];

    if (v == NULL || v->type != CEL_LIST)
        return true;
    for (size_t i = 0; i < v->list.n; i++)
        if (i >= is->list.n || v->list.items[i].i != is->list.items[i].i)
            return false;
    return v->list.n == is->list.n;
}

/* What was declared is the digest of a list: it is made again. */
static bool check_result(const struct recount *c, const struct poll *p, struct err *e)
{
    struct outcome_of o;
    struct err why = {0};

    if (!poll_in(p, p->def->shown))
        return true;
    if (!result_write(p, c->tx, NULL, &o, &why)) {
        if (why.code == ERR_INTERNAL)
            return (*e = why, false);
        tell(c, p->rec->id, "its result cannot be counted again: %s", why.en);
        return true;
    }
    if (!same_text(p->rec, p->def->digest, o.digest))
        tell(c, p->rec->id, "its list is not the one whose result was declared");
    if (!same_votes(p->rec, p->def->votes, &o.votes))
        tell(c, p->rec->id, "its votes are others, counted anew");
    return true;
}

/* A key that could still sign once voting is over. */
static bool check_key(const struct recount *c, const struct poll *p, struct err *e)
{
    struct ballot_row row;

    if (!ballot_row(p, c->tx, &row, e))
        return false;
    if (row.secret != NULL && !poll_in(p, p->def->roll | p->def->open) &&
        poll_in(p, p->def->count | p->def->shown))
        tell(c, p->rec->id, "voting is over, but its key is not destroyed");
    return true;
}

static bool check_ballot(const struct recount *c, struct uuid id, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(BALLOT_ARENA);
    struct poll p = {.world = c->world, .who = &principal_clock, .a = a};
    struct elector *roll;
    size_t n;

    if (!poll_load(&p, c->tx, id, e) || !roll_all(&p, c->tx, &roll, &n, e))
        return false;
    return (p.def->secret ? check_secret_marks(c, &p, roll, n, e) : check_open_marks(c, &p, roll, n, e)) &&
           check_key(c, &p, e) && check_result(c, &p, e);
}

bool ballot_verify(struct sql_tx *tx, const struct world *w, void (*differs)(void *, const char *), void *ctx,
                   struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(ARENA);
    struct recount c = {tx, w, a, differs, ctx};
    struct lines is = {0}, kept = {0};
    size_t n_rolls;

    if (!read_rolls(&c, &is, e))
        return false;
    n_rolls = is.n;
    for (size_t i = 0; i < n_rolls; i++)
        if (!check_ballot(&c, is.list[i].ballot, e))
            return false;
    if (!read_lines(&c, BALLOT_Q_MARKS_BY_HOUR, &is, e) || !read_lines(&c, BALLOT_Q_ALL_SUMS, &kept, e))
        return false;
    compare_all(&c, &is, &kept);
    return true;
}
