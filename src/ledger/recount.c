/* Every posting of the history once more, in its order, compared with the tables that were kept. */
#include "json/json_in.h"
#include "ledger.sql.h"
#include "ledger/ledger.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t RECOUNT_ARENA = (size_t)4 << 30;

/* One side of a posting as the history has it. */
struct side {
    const char *ledger, *account, *other;
    int64_t seq, n, booked_at, at, amount, balance;
    struct uuid record;
    bool counter;
};
/* The last moment of a ledger. */
struct head {
    const char *ledger;
    int64_t booked_at, postings, sum; /* of all balances that are kept */
};
struct ledger_recount {
    const struct world *world;
    void (*differs)(void *ctx, const char *what);
    void *ctx;
    struct arena *a;
    struct side *sides;
    size_t n, max;
    struct head *heads;
    size_t n_heads, max_heads;
};

struct ledger_recount *ledger_recount_create(const struct world *w,
                                             void (*differs)(void *ctx, const char *what), void *ctx)
{
    struct ledger_recount *r = xcalloc(1, sizeof(*r));

    r->world = w;
    r->differs = differs;
    r->ctx = ctx;
    r->a = arena_create(RECOUNT_ARENA);
    return r;
}

void ledger_recount_free(struct ledger_recount **r)
{
    if (*r == NULL)
        return;
    free((*r)->sides);
    free((*r)->heads);
    arena_free(&(*r)->a);
    free(*r);
    *r = NULL;
}

static void tell(const struct ledger_recount *r, const char *what, const char *ledger, const char *account,
                 int64_t kept, int64_t counted)
{
    char text[400];

    (void)snprintf(text, sizeof(text), "ledger %.60s, account %.90s: %.60s kept as %lld, counted anew %lld",
                   ledger, account[0] == '\0' ? "(all)" : account, what, (long long)kept, (long long)counted);
    r->differs(r->ctx, text);
}

/* --- the history --- */

static struct head *head_of(struct ledger_recount *r, const char *ledger)
{
    for (size_t i = 0; i < r->n_heads; i++)
        if (strcmp(r->heads[i].ledger, ledger) == 0)
            return &r->heads[i];
    if (r->n_heads == r->max_heads) {
        r->max_heads = r->max_heads == 0 ? 16 : r->max_heads * 2;
        r->heads = xrealloc(r->heads, r->max_heads * sizeof(*r->heads));
    }
    r->heads[r->n_heads] = (struct head){.ledger = arena_strdup(r->a, ledger)};
    return &r->heads[r->n_heads++];
}

static void add_side(struct ledger_recount *r, const struct side *s)
{
    if (r->n == r->max) {
        r->max = r->max == 0 ? 256 : r->max * 2;
        r->sides = xrealloc(r->sides, r->max * sizeof(*r->sides));
    }
    r->sides[r->n++] = *s;
}

static const char *text_of(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;

    return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : NULL;
}

static void add_posting(struct ledger_recount *r, struct json_object *p, const struct side *of, int64_t n)
{
    struct json_object *amount = NULL, *counter = NULL;
    const char *ledger = text_of(p, "ledger"), *from = text_of(p, "from"), *to = text_of(p, "to");
    struct side s = *of;
    struct head *h;

    (void)json_object_object_get_ex(p, "amount", &amount);
    (void)json_object_object_get_ex(p, "counter", &counter);
    if (ledger == NULL || from == NULL || to == NULL || json_object_get_int64(amount) <= 0) {
        tell(r, "a posting that cannot be read, in entry", ledger == NULL ? "?" : ledger, "", of->seq,
             of->seq);
        return;
    }
    h = head_of(r, ledger);
    h->booked_at = h->booked_at < of->at ? of->at : h->booked_at;
    h->postings++;
    s.ledger = h->ledger;
    s.booked_at = h->booked_at;
    s.counter = json_object_get_boolean(counter) != 0;
    s.account = arena_strdup(r->a, from);
    s.other = arena_strdup(r->a, to);
    s.amount = -json_object_get_int64(amount);
    s.n = 2 * n;
    add_side(r, &s);
    s.account = s.other;
    s.other = r->sides[r->n - 1].account;
    s.amount = -s.amount;
    s.n++;
    add_side(r, &s);
}

bool ledger_recount_entry(struct ledger_recount *r, int64_t seq, int64_t at, struct uuid record,
                          const char *changes, struct err *e)
{
    AUTO(json_free) struct json_object *list = NULL;
    const struct side of = {.seq = seq, .at = at, .record = record};
    int64_t n = 0;

    if (strstr(changes, "\"field\":\"posting\"") == NULL)
        return true;
    if (!json_parse(changes, strlen(changes), &list, e))
        return false;
    for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list);
         i++) {
        struct json_object *c = json_object_array_get_idx(list, i), *after = NULL;
        const char *field = text_of(c, "field");

        if (field != NULL && strcmp(field, "posting") == 0 && json_object_object_get_ex(c, "after", &after))
            add_posting(r, after, &of, n++);
    }
    return true;
}

/* --- the tables --- */

/* In the order of the table's key. */
static int in_order(const void *pa, const void *pb)
{
    const struct side *a = pa, *b = pb;
    int c = strcmp(a->ledger, b->ledger);

    if (c == 0)
        c = strcmp(a->account, b->account);
    if (c == 0)
        c = (a->seq > b->seq) - (a->seq < b->seq);
    return c != 0 ? c : (a->n > b->n) - (a->n < b->n);
}

static bool same_account(const struct side *a, const struct side *b)
{
    return strcmp(a->ledger, b->ledger) == 0 && strcmp(a->account, b->account) == 0;
}

static struct side row_side(const struct sql_rows *rows)
{
    return (struct side){.ledger = sql_text(rows, 0),
                         .account = sql_text(rows, 1),
                         .seq = sql_int(rows, 2),
                         .n = sql_int(rows, 3),
                         .booked_at = sql_int(rows, 4),
                         .at = sql_int(rows, 5),
                         .amount = sql_int(rows, 6),
                         .balance = sql_int(rows, 7),
                         .other = sql_text(rows, 8),
                         .record = sql_uuid(rows, 9),
                         .counter = sql_int(rows, 10) != 0};
}

static void compare_side(const struct ledger_recount *r, const struct side *kept, const struct side *is)
{
    if (kept->amount != is->amount)
        tell(r, "an amount", is->ledger, is->account, kept->amount, is->amount);
    else if (kept->balance != is->balance)
        tell(r, "a balance", is->ledger, is->account, kept->balance, is->balance);
    else if (kept->booked_at != is->booked_at || kept->at != is->at)
        tell(r, "a booking time", is->ledger, is->account, kept->booked_at, is->booked_at);
    else if (strcmp(kept->other, is->other) != 0 || !uuid_eq(kept->record, is->record) ||
             kept->counter != is->counter)
        tell(r, "the other side of entry", is->ledger, is->account, kept->seq, is->seq);
}

/* Both in the same order: what is in one alone shows. */
static bool compare_lines(const struct ledger_recount *r, struct sql_tx *tx, int64_t *ret_lines,
                          struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    size_t i = 0;

    if (!sql_walk(tx, &ledger_queries[LEDGER_Q_ALL_LINES], &rows, e, SQL_INT(r->world->district)))
        return false;
    for (*ret_lines = 0; sql_next(rows); ++*ret_lines) {
        const struct side kept = row_side(rows);

        for (; i < r->n && in_order(&r->sides[i], &kept) < 0; i++)
            tell(r, "a line of entry", r->sides[i].ledger, r->sides[i].account, 0, r->sides[i].seq);
        if (i < r->n && in_order(&r->sides[i], &kept) == 0)
            compare_side(r, &kept, &r->sides[i++]);
        else
            tell(r, "a line that nothing accounts for, entry", kept.ledger, kept.account, kept.seq, 0);
    }
    for (; i < r->n; i++)
        tell(r, "a line of entry", r->sides[i].ledger, r->sides[i].account, 0, r->sides[i].seq);
    return sql_end(&rows, e);
}

/* The last line of each account says what its row must be. */
static const struct side *last_of(const struct ledger_recount *r, const char *ledger, const char *account,
                                  int64_t *ret_lines)
{
    const struct side key = {.ledger = ledger, .account = account, .seq = INT64_MAX};
    size_t low = 0, high = r->n, first;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (in_order(&r->sides[mid], &key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    first = low;
    while (first > 0 && same_account(&r->sides[first - 1], &key))
        first--;
    *ret_lines = (int64_t)(low - first);
    return *ret_lines == 0 ? NULL : &r->sides[low - 1];
}

static void compare_head(struct ledger_recount *r, const char *ledger, const struct sql_rows *rows)
{
    const struct head *h = head_of(r, ledger);

    if (sql_int(rows, 2) != 0)
        tell(r, "the sum of all accounts", ledger, "", sql_int(rows, 2), 0);
    if (sql_int(rows, 3) != h->postings)
        tell(r, "the number of postings", ledger, "", sql_int(rows, 3), h->postings);
    if (sql_int(rows, 4) != h->booked_at)
        tell(r, "the last booking", ledger, "", sql_int(rows, 4), h->booked_at);
}

static void compare_account(const struct ledger_recount *r, const struct sql_rows *rows)
{
    int64_t lines = 0;
    const struct side *last = last_of(r, sql_text(rows, 0), sql_text(rows, 1), &lines);
    int64_t balance = last == NULL ? 0 : last->balance;

    if (sql_int(rows, 2) != balance)
        tell(r, "the balance", sql_text(rows, 0), sql_text(rows, 1), sql_int(rows, 2), balance);
    if (sql_int(rows, 3) != lines)
        tell(r, "the number of lines", sql_text(rows, 0), sql_text(rows, 1), sql_int(rows, 3), lines);
}

/* *ret_n: how many there are. Their sum must be nothing in each ledger. */
static bool compare_accounts(struct ledger_recount *r, struct sql_tx *tx, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_n = 0;
    if (!sql_walk(tx, &ledger_queries[LEDGER_Q_ALL_ACCOUNTS], &rows, e, SQL_INT(r->world->district)))
        return false;
    while (sql_next(rows)) {
        if (sql_text(rows, 1)[0] == '\0') {
            compare_head(r, sql_text(rows, 0), rows);
            continue;
        }
        compare_account(r, rows);
        head_of(r, sql_text(rows, 0))->sum += sql_int(rows, 2);
        ++*ret_n;
    }
    return sql_end(&rows, e);
}

/* Balances as they must be, account by account. */
static size_t run_balances(struct ledger_recount *r)
{
    size_t accounts = 0;

    if (r->n > 0)
        qsort(r->sides, r->n, sizeof(*r->sides), in_order);
    for (size_t i = 0; i < r->n; i++) {
        bool same = i > 0 && same_account(&r->sides[i - 1], &r->sides[i]);

        r->sides[i].balance = r->sides[i].amount + (same ? r->sides[i - 1].balance : 0);
        accounts += !same;
    }
    return accounts;
}

bool ledger_recount_compare(struct ledger_recount *r, struct sql_tx *tx, int64_t *ret_lines, struct err *e)
{
    size_t counted = run_balances(r), kept = 0;

    if (!compare_lines(r, tx, ret_lines, e) || !compare_accounts(r, tx, &kept, e))
        return false;
    if (counted != kept)
        tell(r, "the number of accounts", "(all)", "", (int64_t)kept, (int64_t)counted);
    for (size_t i = 0; i < r->n_heads; i++)
        if (r->heads[i].sum != 0)
            tell(r, "the sum of all balances", r->heads[i].ledger, "", r->heads[i].sum, 0);
    return true;
}
