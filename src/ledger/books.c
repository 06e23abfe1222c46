/* The books of a batch: what it has posted so far, upon what the database shows; written with it. */
#include "base/intmap.h"
#include "ledger.sql.h"
#include "ledger/ledger.h"

#include <stdlib.h>
#include <string.h>

static const size_t BOOKS_ARENA = (size_t)1 << 30;

/* An account that a batch has looked at or moved. */
struct entry {
    const char *ledger, *key; /* key "": the ledger itself */
    struct uuid owner;
    uint32_t next; /* of the same hash; 0 ends */
    bool known;    /* `base` is what stood there before this batch */
    int64_t base;
    int64_t delta; /* what this batch has added */
    int64_t lines; /* and in how many lines */
};
struct line {
    size_t entry, head; /* of the account, and of its ledger */
    const char *other;
    struct uuid record;
    int64_t seq, n, at, amount;
    bool counter;
};
struct books_state {
    const struct world *world;
    struct arena *a; /* made when something is asked or posted */
    struct intmap index;
    struct entry *entries;
    size_t n_entries, max_entries;
    struct line *lines;
    size_t n_lines, max_lines;
    /* for readers */
    const struct books_state *older;
    struct sql_tx *tx;
};

static void *begin(const struct world *w)
{
    struct books_state *s = xcalloc(1, sizeof(*s));

    s->world = w;
    return s;
}

static void end(void *state)
{
    struct books_state *s = state;

    intmap_free(&s->index);
    free(s->entries);
    free(s->lines);
    arena_free(&s->a);
    free(s);
}

static struct arena *arena_of(struct books_state *s)
{
    if (s->a == NULL)
        s->a = arena_create(BOOKS_ARENA);
    return s->a;
}

/* --- accounts --- */

static uint64_t hash(const char *ledger, const char *key)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (const char *p = ledger; *p != '\0'; p++)
        h = (h ^ (uint8_t)*p) * UINT64_C(1099511628211);
    h = (h ^ 0xff) * UINT64_C(1099511628211);
    for (const char *p = key; *p != '\0'; p++)
        h = (h ^ (uint8_t)*p) * UINT64_C(1099511628211);
    return h;
}

/* Index into entries plus one; 0: not there. */
static uint32_t find(const struct books_state *s, const char *ledger, const char *key)
{
    uint32_t at = s->n_entries == 0 ? 0 : intmap_get(&s->index, hash(ledger, key));

    while (at != 0 &&
           (strcmp(s->entries[at - 1].key, key) != 0 || strcmp(s->entries[at - 1].ledger, ledger) != 0))
        at = s->entries[at - 1].next;
    return at;
}

static size_t find_or_add(struct books_state *s, const char *ledger, const char *key, struct uuid owner)
{
    uint32_t at = find(s, ledger, key), *place;

    if (at != 0)
        return at - 1;
    if (s->n_entries == s->max_entries) {
        s->max_entries = s->max_entries == 0 ? 64 : s->max_entries * 2;
        s->entries = xrealloc(s->entries, s->max_entries * sizeof(*s->entries));
    }
    place = intmap_place(&s->index, hash(ledger, key));
    s->entries[s->n_entries] = (struct entry){
        .ledger = ledger, .key = arena_strdup(arena_of(s), key), .owner = owner, .next = *place};
    *place = (uint32_t)++s->n_entries;
    return s->n_entries - 1;
}

/* What stood there before this batch: what the database shows, and the batch before that it does not show. */
static bool base_of(struct books_state *s, size_t i, int64_t *ret, struct err *e)
{
    struct entry *en = &s->entries[i];
    uint32_t older = s->older == NULL ? 0 : find(s->older, en->ledger, en->key);

    if (!en->known) {
        if (!ledger_balance(s->tx, s->world->district, en->ledger, en->key, 0, &en->base, e))
            return false;
        en->base += older == 0 ? 0 : s->older->entries[older - 1].delta;
        en->known = true;
    }
    *ret = en->base;
    return true;
}

static bool balance(void *ctx, const struct ledger_account *of, struct uuid owner, int64_t *ret,
                    struct err *e)
{
    struct books_state *s = ctx;
    size_t i = find_or_add(s, of->ledger->name, account_key(arena_of(s), of, owner), owner);

    if (!base_of(s, i, ret, e))
        return false;
    *ret += s->entries[i].delta;
    return true;
}

/* --- lines --- */

static void add_line(struct books_state *s, const struct line *l)
{
    if (s->n_lines == s->max_lines) {
        s->max_lines = s->max_lines == 0 ? 64 : s->max_lines * 2;
        s->lines = xrealloc(s->lines, s->max_lines * sizeof(*s->lines));
    }
    s->lines[s->n_lines++] = *l;
    s->entries[l->entry].delta += l->amount;
    s->entries[l->entry].lines++;
}

/* The ledger itself is nobody's account. */
static size_t head_of(struct books_state *s, const char *ledger)
{
    const struct uuid nobody = {{0}};

    return find_or_add(s, ledger, "", nobody);
}

static void add_posting(struct books_state *s, const struct change *c, size_t n)
{
    const struct posting *p = &c->postings[n];
    const char *ledger = p->from->ledger->name;
    const char *from = account_key(arena_of(s), p->from, p->from_owner);
    const char *to = account_key(arena_of(s), p->to, p->to_owner);
    struct line l = {.head = head_of(s, ledger),
                     .entry = find_or_add(s, ledger, from, p->from_owner),
                     .other = to,
                     .record = c->after->id,
                     .seq = c->seq,
                     .n = (int64_t)(2 * n),
                     .at = c->command->at,
                     .amount = -p->amount,
                     .counter = p->counter};

    s->entries[l.head].lines++;
    add_line(s, &l);
    l.entry = find_or_add(s, ledger, to, p->to_owner);
    l.other = from;
    l.n++;
    l.amount = p->amount;
    add_line(s, &l);
}

static bool observe(void *state, const struct change *c, struct arena *a, const char **ret_names,
                    struct err *e)
{
    (void)a;
    (void)e;
    *ret_names = " ";
    for (size_t i = 0; i < c->n_postings; i++)
        add_posting(state, c, i);
    return true;
}

static void sum(void *state)
{
    (void)state;
}

/* --- what a matter has posted --- */

struct gain {
    const char *to, *from;
    int64_t amount;
};
struct gains {
    struct gain *list;
    size_t n, max;
    struct arena *a;
};

/* A gain one way takes away from one the other way. */
static void add_gain(struct gains *g, const char *to, const char *from, int64_t amount)
{
    for (size_t i = 0; i < g->n; i++) {
        struct gain *is = &g->list[i];

        if (strcmp(is->to, to) == 0 && strcmp(is->from, from) == 0) {
            is->amount += amount;
            return;
        }
        if (strcmp(is->to, from) == 0 && strcmp(is->from, to) == 0) {
            is->amount -= amount;
            return;
        }
    }
    if (g->n == g->max) {
        struct gain *more = arena_array(g->a, struct gain, g->max == 0 ? 16 : g->max * 2);

        if (g->n > 0)
            memcpy(more, g->list, sizeof(*more) * g->n);
        g->list = more;
        g->max = g->max == 0 ? 16 : g->max * 2;
    }
    g->list[g->n++] = (struct gain){arena_strdup(g->a, to), arena_strdup(g->a, from), amount};
}

static void pending_gains(const struct books_state *s, const char *ledger, struct uuid record,
                          struct gains *g)
{
    for (size_t i = 0; s != NULL && i < s->n_lines; i++) {
        const struct line *l = &s->lines[i];
        const struct entry *en = &s->entries[l->entry];

        if (l->amount > 0 && uuid_eq(l->record, record) && strcmp(en->ledger, ledger) == 0)
            add_gain(g, en->key, l->other, l->amount);
    }
}

static bool kept_gains(struct sql_tx *tx, int64_t district, const char *ledger, struct uuid record,
                       struct gains *g, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &ledger_queries[LEDGER_Q_GAINED_BY_RECORD], &rows, e, SQL_INT(district),
                   SQL_UUID(&record), SQL_TEXT(ledger)))
        return false;
    while (sql_next(rows))
        add_gain(g, sql_text(rows, 0), sql_text(rows, 1), sql_int(rows, 2));
    return sql_end(&rows, e);
}

/* As postings, each in the direction in which something is left. */
static bool as_postings(const struct ledger_def *l, const struct gains *g, struct arena *a,
                        struct posting **ret, size_t *ret_n, struct err *e)
{
    *ret = arena_array(a, struct posting, g->n + 1);
    *ret_n = 0;
    for (size_t i = 0; i < g->n; i++) {
        const struct gain *is = &g->list[i];
        struct posting p = {.amount = is->amount < 0 ? -is->amount : is->amount};

        if (is->amount == 0)
            continue;
        p.to = account_of_key(l, is->amount > 0 ? is->to : is->from, &p.to_owner);
        p.from = account_of_key(l, is->amount > 0 ? is->from : is->to, &p.from_owner);
        if (p.to == NULL || p.from == NULL)
            return ERR(e, ERR_CONFLICT, "ledger.gone", "程序包里已没有账户“%.60s”或“%.60s”，无法冲正",
                       "the pack has no account “%.60s” or “%.60s” any more: it cannot be taken back", is->to,
                       is->from);
        (*ret)[(*ret_n)++] = p;
    }
    return true;
}

static bool posted(void *ctx, const struct ledger_def *l, struct uuid record, struct arena *a,
                   struct posting **ret, size_t *ret_n, struct err *e)
{
    struct books_state *s = ctx;
    struct gains g = {.a = a};

    if (!kept_gains(s->tx, s->world->district, l->name, record, &g, e))
        return false;
    pending_gains(s->older, l->name, record, &g);
    pending_gains(s, l->name, record, &g);
    return as_postings(l, &g, a, ret, ret_n, e);
}

static void books(void *state, const void *older, struct sql_tx *tx, struct books *ret)
{
    struct books_state *s = state;

    s->older = older;
    s->tx = tx;
    *ret = (struct books){balance, posted, s};
}

/* --- the database's alone, for screens --- */

struct view {
    struct books books;
    struct sql_tx *tx;
    const struct world *world;
    struct arena *a;
};

static bool view_balance(void *ctx, const struct ledger_account *of, struct uuid owner, int64_t *ret,
                         struct err *e)
{
    const struct view *v = ctx;

    return ledger_balance(v->tx, v->world->district, of->ledger->name, account_key(v->a, of, owner), 0, ret,
                          e);
}

static bool view_posted(void *ctx, const struct ledger_def *l, struct uuid record, struct arena *a,
                        struct posting **ret, size_t *ret_n, struct err *e)
{
    const struct view *v = ctx;
    struct gains g = {.a = a};

    return kept_gains(v->tx, v->world->district, l->name, record, &g, e) &&
           as_postings(l, &g, a, ret, ret_n, e);
}

const struct books *ledger_books(struct sql_tx *tx, const struct world *w, struct arena *a)
{
    struct view *v = arena_new(a, struct view);

    *v = (struct view){.books = {view_balance, view_posted, v}, .tx = tx, .world = w, .a = a};
    return &v->books;
}

/* --- writing --- */

/* What a row is at, while lines are written one after another. */
struct running {
    int64_t balance, lines, booked_at;
};
enum { KEY = 3, ACCOUNT = 7, LINE = 12 };

static bool read_rows(const struct books_state *s, struct sql_tx *tx, const size_t *touched, size_t n,
                      struct running *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *args = arena_array(s->a, struct sql_arg, n * KEY);

    for (size_t i = 0; i < n; i++) {
        args[i * KEY] = SQL_INT(s->world->district);
        args[i * KEY + 1] = SQL_TEXT(s->entries[touched[i]].ledger);
        args[i * KEY + 2] = SQL_TEXT(s->entries[touched[i]].key);
    }
    if (!sql_query_each(tx, &ledger_queries[LEDGER_Q_ACCOUNT_GET], args, n, &rows, e))
        return false;
    while (sql_next(rows))
        ret[touched[sql_row(rows)]] = (struct running){sql_int(rows, 0), sql_int(rows, 1), sql_int(rows, 2)};
    return sql_end(&rows, e);
}

/* Each line upon the one before it. A ledger's time only goes on: what is entered late is booked late. */
static void write_line(const struct books_state *s, const struct line *l, struct running *now,
                       struct sql_arg *ret)
{
    const struct entry *en = &s->entries[l->entry];
    struct running *r = &now[l->entry], *head = &now[l->head];

    if (head->booked_at < l->at)
        head->booked_at = l->at;
    r->booked_at = head->booked_at;
    r->balance += l->amount;
    r->lines++;
    head->lines += l->amount < 0;
    ret[0] = SQL_INT(s->world->district);
    ret[1] = SQL_TEXT(en->ledger);
    ret[2] = SQL_TEXT(en->key);
    ret[3] = SQL_INT(l->seq);
    ret[4] = SQL_INT(l->n);
    ret[5] = SQL_INT(r->booked_at);
    ret[6] = SQL_INT(l->at);
    ret[7] = SQL_INT(l->amount);
    ret[8] = SQL_INT(r->balance);
    ret[9] = SQL_TEXT(l->other);
    ret[10] = SQL_UUID(&l->record);
    ret[11] = SQL_INT(l->counter);
}

static void write_account(const struct books_state *s, const struct entry *en, const struct running *now,
                          struct sql_arg *ret)
{
    ret[0] = SQL_INT(s->world->district);
    ret[1] = SQL_TEXT(en->ledger);
    ret[2] = SQL_TEXT(en->key);
    ret[3] = uuid_is_nil(en->owner) ? SQL_NULL : SQL_UUID(&en->owner);
    ret[4] = SQL_INT(now->balance);
    ret[5] = SQL_INT(now->lines);
    ret[6] = SQL_INT(now->booked_at);
}

static bool write(void *state, struct sql_tx *tx, struct err *e)
{
    struct books_state *s = state;
    struct running *now;
    struct sql_arg *lines, *accounts;
    size_t *touched, n = 0;

    if (s->n_lines == 0)
        return true;
    now = arena_array(s->a, struct running, s->n_entries);
    touched = arena_array(s->a, size_t, s->n_entries);
    lines = arena_array(s->a, struct sql_arg, s->n_lines * LINE);
    accounts = arena_array(s->a, struct sql_arg, s->n_entries * ACCOUNT);
    for (size_t i = 0; i < s->n_entries; i++)
        if (s->entries[i].lines > 0)
            touched[n++] = i;
    if (!read_rows(s, tx, touched, n, now, e))
        return false;
    for (size_t i = 0; i < s->n_lines; i++)
        write_line(s, &s->lines[i], now, &lines[i * LINE]);
    for (size_t i = 0; i < n; i++)
        write_account(s, &s->entries[touched[i]], &now[touched[i]], &accounts[i * ACCOUNT]);
    return sql_each(tx, &ledger_queries[LEDGER_Q_LINE_ADD], lines, s->n_lines, e) &&
           sql_each(tx, &ledger_queries[LEDGER_Q_ACCOUNT_PUT], accounts, n, e);
}

const struct door_observer ledger_observer = {begin, observe, sum, write, end, books, NULL};
