/* For `wangge verify`: what is kept of rolls, marks and results, counted again. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/text.h"
#include "record/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 300, FIRST_ROOM = 64, PAGE = 1000 };
static const size_t ARENA = (size_t)1 << 30, PAGE_BYTES = (size_t)64 << 20;

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

/* A page of votes, each beside what the roll says of its number. */
struct page_of_votes {
    struct open_vote *list;
    size_t n, seen; /* seen: records, n of them votes */
    struct uuid last;
};

static bool read_votes(const struct poll *p, struct sql_tx *tx, struct uuid after, struct page_of_votes *ret,
                       struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = (struct page_of_votes){.list = arena_array(p->a, struct open_vote, PAGE)};
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_VOTES], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_TEXT(p->def->slip->name), SQL_BLOB(after.b, sizeof(after.b)),
                   SQL_INT(PAGE)))
        return false;
    for (; ret->seen < PAGE && sql_next(rows); ret->seen++) {
        bool is = false;

        ret->last = sql_uuid(rows, 0);
        if (!vote_row(p, rows, &ret->list[ret->n], &is, e))
            return false;
        ret->n += is;
    }
    return sql_end(&rows, e);
}

/* marks[i]: of the number of the i-th vote; NULL where it is not on the roll. */
static bool read_marks(const struct poll *p, struct sql_tx *tx, const struct page_of_votes *votes,
                       const char **marks, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *args = arena_array(p->a, struct sql_arg, 3 * votes->n);

    for (size_t i = 0; i < votes->n; i++) {
        args[3 * i] = SQL_INT(p->world->district);
        args[3 * i + 1] = SQL_UUID(&p->rec->id);
        args[3 * i + 2] = SQL_INT(votes->list[i].no);
    }
    if (!sql_query_each(tx, &ballot_queries[BALLOT_Q_WEIGHT_OF], args, votes->n, &rows, e))
        return false;
    while (sql_next(rows))
        marks[sql_row(rows)] = arena_strdup(p->a, sql_text(rows, 3));
    return sql_end(&rows, e);
}

static bool check_page(const struct recount *c, const struct poll *p, const struct page_of_votes *votes,
                       struct err *e)
{
    const char **marks = arena_array(p->a, const char *, votes->n + 1);

    if (votes->n > 0 && !read_marks(p, c->tx, votes, marks, e))
        return false;
    for (size_t i = 0; i < votes->n; i++) {
        const struct open_vote *v = &votes->list[i];

        if (marks[i] == NULL)
            tell(c, p->rec->id, "number %lld voted, but is not on the roll", (long long)v->no);
        else if (!str_eq(marks[i], v->way))
            tell(c, p->rec->id, "number %lld voted (%s), the roll says “%s”", (long long)v->no, v->way,
                 marks[i]);
    }
    return true;
}

/* What the marks of a roll come to. */
struct marks {
    int64_t all, online;
};

static bool check_open_marks(const struct recount *c, const struct poll *p, const struct marks *m,
                             struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(PAGE_BYTES);
    struct page_of_votes votes = {.seen = PAGE};
    struct poll paged = *p;
    int64_t n = 0;

    paged.a = a;
    while (votes.seen == PAGE) {
        arena_reset(a);
        if (!read_votes(&paged, c->tx, votes.last, &votes, e) || !check_page(c, &paged, &votes, e))
            return false;
        n += (int64_t)votes.n;
    }
    if (m->all != n)
        tell(c, p->rec->id, "%lld numbers are marked as having voted, there are %lld votes",
             (long long)m->all, (long long)n);
    return true;
}

static bool check_secret_marks(const struct recount *c, const struct poll *p, const struct marks *m,
                               struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t slips = 0;

    if (!sql_query(c->tx, &ballot_queries[BALLOT_Q_SLIP_COUNT], &rows, e, SQL_INT(c->world->district),
                   SQL_UUID(&p->rec->id)))
        return false;
    if (sql_next(rows))
        slips = sql_int(rows, 0);
    if (slips > m->online)
        tell(c, p->rec->id, "%lld votes in the urn, but only %lld tokens were signed", (long long)slips,
             (long long)m->online);
    return sql_end(&rows, e);
}

static void count_mark(const struct recount *c, const struct poll *p, const struct elector *x,
                       struct marks *m)
{
    bool online = str_eq(x->mark, "online");

    m->all += x->mark[0] != '\0';
    m->online += online;
    if (p->def->secret && online != (x->blinded != NULL))
        tell(c, p->rec->id, "number %lld: its mark “%s” does not go with the token it took or did not take",
             (long long)x->no, x->mark);
}

static bool count_marks(const struct recount *c, const struct poll *p, struct marks *ret, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(PAGE_BYTES);
    struct poll paged = *p;
    int64_t after = 0;
    size_t n = PAGE;

    *ret = (struct marks){0};
    paged.a = a;
    while (n == PAGE) {
        struct elector *roll;

        arena_reset(a);
        if (!roll_page(&paged, c->tx, after, PAGE, &roll, &n, e))
            return false;
        for (size_t i = 0; i < n; i++)
            count_mark(c, p, &roll[i], ret);
        after = n > 0 ? roll[n - 1].no : after;
    }
    return true;
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
    AUTO(arena_free) struct arena *a = arena_create(PAGE_BYTES);
    struct poll p = {.world = c->world, .who = &principal_clock, .a = a};
    struct marks marks;

    if (!poll_load(&p, c->tx, id, e) || !count_marks(c, &p, &marks, e))
        return false;
    return (p.def->secret ? check_secret_marks : check_open_marks)(c, &p, &marks, e) && check_key(c, &p, e) &&
           check_result(c, &p, e);
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
