/* Versions and switches against the hashes they were written with. */
#include "base/text.h"
#include "rules.sql.h"
#include "rules/rules_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const size_t VERSION_ARENA = (size_t)256 << 20;

struct telling {
    void (*differs)(void *ctx, const char *what);
    void *ctx;
};

static void tell(const struct telling *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void tell(const struct telling *t, const char *fmt, ...)
{
    char text[300];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    t->differs(t->ctx, text);
}

static bool same(const void *kept, size_t n, const uint8_t hash[HASH_BYTES])
{
    return n == HASH_BYTES && memcmp(kept, hash, n) == 0;
}

static bool check_versions(struct sql_tx *tx, const struct world *w, const struct telling *t, struct arena *a,
                           struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_walk(tx, &rules_queries[RULES_Q_ALL_VERSIONS], &rows, e, SQL_INT(w->district)))
        return false;
    while (sql_next(rows)) {
        struct edition d = {0};
        struct err why = {0};
        uint8_t hash[HASH_BYTES] = {0};
        size_t n = 0;
        const void *kept = sql_blob(rows, 3, &n);

        if (edition_parse(sql_text(rows, 2), sql_text(rows, 0), a, &d, &why))
            edition_hash(w->privacy, &d, hash);
        if (!same(kept, n, hash))
            tell(t, "version %lld of pack %s: its hash does not fit its files", (long long)sql_int(rows, 1),
                 sql_text(rows, 0));
        arena_reset(a);
    }
    return sql_end(&rows, e);
}

static bool check_switch(struct sql_tx *tx, const struct world *w, const struct telling *t,
                         const struct sql_rows *rows, const struct switching *s, struct err *e)
{
    uint8_t version[HASH_BYTES] = {0}, hash[HASH_BYTES];
    struct err none = {0};
    size_t n = 0;
    const void *kept = sql_blob(rows, SWITCH_HASH, &n);

    if (!version_hash(tx, w->district, s->pack, s->number, version, &none)) {
        if (none.code != ERR_NOT_FOUND) {
            *e = none;
            return false;
        }
        tell(t, "switch %lld: version %lld of pack %s is missing", (long long)s->nth, (long long)s->number,
             s->pack);
        return true;
    }
    switch_hash(w->privacy, w->district, s, version, hash);
    if (!same(kept, n, hash))
        tell(t, "switch %lld of pack %s: its hash does not fit what it says", (long long)s->nth, s->pack);
    return true;
}

static bool check_switches(struct sql_tx *tx, const struct world *w, const struct telling *t, struct arena *a,
                           struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t nth = 0, seq = 0;

    if (!sql_query(tx, &rules_queries[RULES_Q_ALL_SWITCHES], &rows, e, SQL_INT(w->district)))
        return false;
    while (sql_next(rows)) {
        struct switching s;

        switch_row(rows, a, &s);
        if (s.nth != ++nth || s.seq < seq)
            tell(t, "switch %lld of pack %s is out of its order", (long long)s.nth, s.pack);
        nth = s.nth;
        seq = s.seq;
        if (!check_switch(tx, w, t, rows, &s, e))
            return false;
    }
    return sql_end(&rows, e);
}

bool rules_verify(struct sql_tx *tx, const struct world *w, void (*differs)(void *ctx, const char *what),
                  void *ctx, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(VERSION_ARENA);
    const struct telling t = {differs, ctx};

    return check_versions(tx, w, &t, a, e) && check_switches(tx, w, &t, a, e);
}
