/* What follows from changes of records: the roll is marked when an open vote comes in; when a ballot leaves
 * the state in which votes are taken, its key is destroyed and the slips of its urn are laid down anew. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/text.h"
#include "record/bulk.h"

#include <stdlib.h>
#include <string.h>

static const size_t ARENA = (size_t)256 << 20;

struct mark {
    struct uuid ballot;
    int64_t no, hour;
    char way[8];
    bool typed; /* by two people, the first of whom is remembered */
};
struct ended {
    struct uuid ballot;
    int64_t at;
    bool secret, again; /* again: it was declared, and is counted once more */
};
struct watched {
    const struct world *w;
    struct mark *marks;
    struct ended *ended;
    size_t n_marks, max_marks, n_ended, max_ended;
};

static void *begin(const struct world *w)
{
    struct watched *s = xcalloc(1, sizeof(*s));

    s->w = w;
    return s;
}

static void *room(void *items, size_t n, size_t *max, size_t size)
{
    if (n < *max)
        return items;
    *max = *max == 0 ? 16 : *max * 2;
    return xrealloc(items, *max * size);
}

/* The ballot of which it is a vote; NULL when it is none. */
static const struct ballot_def *slip_of(const struct world *w, const struct kind *k)
{
    for (size_t i = 0; k->n_during > 0 && i < w->packs->n_kinds; i++)
        if (w->packs->kinds[i]->ballot != NULL && w->packs->kinds[i]->ballot->slip == k)
            return w->packs->kinds[i]->ballot;
    return NULL;
}

static void saw_vote(struct watched *s, const struct change *c, const struct ballot_def *of)
{
    const struct record *r = c->after;
    struct mark m = {.ballot = r->parent, .hour = c->command->at / HOUR_MS};
    const struct cel_value *no = &r->values[kind_field(r->kind, "roll_no")->index];
    const struct cel_value *way = &r->values[kind_field(r->kind, "way")->index];

    m.no = no->type == CEL_INT ? no->i : 0;
    str_copy(m.way, sizeof(m.way), way->type == CEL_STRING ? way->s : "");
    m.typed = of->typed_twice && str_eq(m.way, "paper");
    s->marks = room(s->marks, s->n_marks, &s->max_marks, sizeof(*s->marks));
    s->marks[s->n_marks++] = m;
}

static bool in_states(const struct record *r, uint64_t states)
{
    return r != NULL && (states >> r->state->index & 1) != 0;
}

static void saw_ballot(struct watched *s, const struct change *c)
{
    const struct ballot_def *b = c->after->kind->ballot;
    bool again = in_states(c->before, b->shown) && in_states(c->after, b->count);

    if (!again && (!in_states(c->before, b->open) || in_states(c->after, b->open)))
        return;
    s->ended = room(s->ended, s->n_ended, &s->max_ended, sizeof(*s->ended));
    s->ended[s->n_ended++] = (struct ended){c->after->id, c->command->at, b->secret, again};
}

static bool observe(void *state, const struct change *c, struct arena *a, const char **ret_names,
                    struct err *e)
{
    struct watched *s = state;
    const struct ballot_def *of = c->before == NULL ? slip_of(s->w, c->after->kind) : NULL;

    (void)a;
    (void)e;
    *ret_names = "";
    if (c->after->kind->ballot != NULL)
        saw_ballot(s, c);
    else if (of != NULL)
        saw_vote(s, c, of);
    return true;
}

static void sum(void *state)
{
    (void)state;
}

/* --- writing --- */

/* Where those who voted belong and what they weigh; whoever is marked already is counted already. */
static bool weigh(const struct watched *s, struct sql_tx *tx, struct arena *a, struct marked *ret,
                  size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *args = arena_array(a, struct sql_arg, 3 * s->n_marks);

    for (size_t i = 0; i < s->n_marks; i++) {
        args[3 * i] = SQL_INT(s->w->district);
        args[3 * i + 1] = SQL_UUID(&s->marks[i].ballot);
        args[3 * i + 2] = SQL_INT(s->marks[i].no);
    }
    *ret_n = 0;
    if (!sql_query_each(tx, &ballot_queries[BALLOT_Q_WEIGHT_OF], args, s->n_marks, &rows, e))
        return false;
    while (*ret_n < s->n_marks && sql_next(rows)) {
        const struct mark *m = &s->marks[sql_row(rows)];

        if (sql_text(rows, 3)[0] == '\0')
            ret[(*ret_n)++] = (struct marked){m->ballot,
                                              str_eq(m->way, "paper") ? "paper" : "online",
                                              arena_strdup(a, sql_text(rows, 0)),
                                              m->hour,
                                              1,
                                              {sql_int(rows, 1), sql_int(rows, 2)}};
    }
    return sql_end(&rows, e);
}

/* Many of one batch are of one place and hour: one row says so. */
static size_t gathered(struct marked *list, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < kept && !(uuid_eq(list[k].ballot, list[i].ballot) && str_eq(list[k].way, list[i].way) &&
                             str_eq(list[k].place, list[i].place) && list[k].hour == list[i].hour))
            k++;
        if (k == kept) {
            list[kept++] = list[i];
            continue;
        }
        list[k].numbers += list[i].numbers;
        list[k].w.heads += list[i].w.heads;
        list[k].w.area += list[i].w.area;
    }
    return kept;
}

static bool write_marks(const struct watched *s, struct sql_tx *tx, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(ARENA);
    struct marked *list;
    struct bulk rows;
    size_t n = 0;

    if (s->n_marks == 0)
        return true;
    list = arena_array(a, struct marked, s->n_marks);
    if (!weigh(s, tx, a, list, &n, e) || !sums_marks(tx, s->w->district, list, gathered(list, n), a, e))
        return false;
    bulk_begin(&rows, &ballot_queries[BALLOT_Q_TYPED_REMOVE], a);
    for (size_t i = 0; i < s->n_marks; i++)
        if (s->marks[i].typed)
            BULK_ADD(&rows, SQL_INT(s->w->district), SQL_UUID(&s->marks[i].ballot), SQL_INT(s->marks[i].no));
    if (!bulk_write(&rows, tx, e))
        return false;
    bulk_begin(&rows, &ballot_queries[BALLOT_Q_MARK], a);
    for (size_t i = 0; i < s->n_marks; i++)
        BULK_ADD(&rows, SQL_INT(s->w->district), SQL_UUID(&s->marks[i].ballot), SQL_INT(s->marks[i].no),
                 SQL_TEXT(s->marks[i].way), SQL_INT(s->marks[i].hour));
    return bulk_write(&rows, tx, e);
}

/* Tables keep the order in which rows came, and on a server which transaction brought each: gone, once all
 * are written anew by one, in the order of their tokens. A page of a file that is free keeps what stood
 * there: so what is deleted is overwritten. */
static bool lay_anew(const struct watched *s, struct sql_tx *tx, const struct uuid *ballot, struct err *e)
{
    static const int steps[] = {BALLOT_Q_SLIP_ASIDE, BALLOT_Q_SLIP_CLEAR, BALLOT_Q_SLIP_BACK,
                                BALLOT_Q_SLIP_ASIDE_CLEAR};

    if (!sql_wipe(tx, e))
        return false;
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        if (!sql_run(tx, &ballot_queries[steps[i]], e, SQL_INT(s->w->district), SQL_UUID(ballot)))
            return false;
    return true;
}

static bool shut(const struct watched *s, struct sql_tx *tx, const struct ended *x, struct err *e)
{
    return sql_run(tx, &ballot_queries[BALLOT_Q_CLOSE], e, SQL_INT(s->w->district), SQL_UUID(&x->ballot),
                   SQL_INT(x->at)) &&
           (!x->secret || lay_anew(s, tx, &x->ballot, e));
}

/* What was counted on paper is counted anew by two people; the audit keeps what they said before. */
static bool count_anew(const struct watched *s, struct sql_tx *tx, const struct ended *x, struct err *e)
{
    return sql_run(tx, &ballot_queries[BALLOT_Q_COUNT_CLEAR], e, SQL_INT(s->w->district),
                   SQL_UUID(&x->ballot));
}

static bool write_all(void *state, struct sql_tx *tx, struct err *e)
{
    const struct watched *s = state;

    if (!write_marks(s, tx, e))
        return false;
    for (size_t i = 0; i < s->n_ended; i++) {
        const struct ended *x = &s->ended[i];

        if (!(x->again ? count_anew(s, tx, x, e) : shut(s, tx, x, e)))
            return false;
    }
    return true;
}

static void end(void *state)
{
    struct watched *s = state;

    free(s->marks);
    free(s->ended);
    free(s);
}

const struct door_observer ballot_observer = {begin, observe, sum, write_all, end, NULL, NULL};
