/* Switches as rows. */
#include "base/buf.h"
#include "base/text.h"
#include "record/store.h"
#include "rules.sql.h"
#include "rules/rules_internal.h"

#include <string.h>

enum { CANONICAL_BYTES = 64 * 1024, SWITCHES_SHOWN = 200 };

void switch_row(const struct sql_rows *rows, struct arena *a, struct switching *ret)
{
    *ret = (struct switching){.id = sql_uuid(rows, 0),
                              .pack = arena_strdup(a, sql_text(rows, 1)),
                              .number = sql_int(rows, 2),
                              .at = sql_int(rows, 3),
                              .actor = sql_uuid(rows, 4),
                              .why = arena_strdup(a, sql_text(rows, 5)),
                              .from = sql_int(rows, 6),
                              .withdrawn = sql_int(rows, 7),
                              .problem = arena_strdup(a, sql_text(rows, 8)),
                              .nth = sql_int(rows, 9),
                              .done = sql_int(rows, 10),
                              .seq = sql_int(rows, 11)};
}

bool switch_get(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a, struct switching *ret,
                bool *ret_there, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &rules_queries[RULES_Q_SWITCH_GET], &rows, e, SQL_INT(district), SQL_UUID(&id)))
        return false;
    *ret_there = sql_next(rows);
    if (*ret_there)
        switch_row(rows, a, ret);
    return sql_end(&rows, e);
}

bool switch_list(struct sql_tx *tx, int64_t district, const char *pack, struct arena *a,
                 struct switching **ret, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct switching *list = arena_array(a, struct switching, SWITCHES_SHOWN);
    size_t n = 0;

    if (!sql_query(tx, &rules_queries[RULES_Q_SWITCHES], &rows, e, SQL_INT(district), SQL_TEXT(pack),
                   SQL_INT(SWITCHES_SHOWN)))
        return false;
    while (sql_next(rows) && n < SWITCHES_SHOWN)
        switch_row(rows, a, &list[n++]);
    *ret = list;
    *ret_n = n;
    return sql_end(&rows, e);
}

static bool first_int(struct sql_tx *tx, int query, const struct sql_arg *args, size_t n, int64_t *ret,
                      struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = 0;
    if (!sql_query_n(tx, &rules_queries[query], &rows, e, args, n))
        return false;
    if (sql_next(rows))
        *ret = sql_int(rows, 0);
    return sql_end(&rows, e);
}

bool switch_holds(struct sql_tx *tx, int64_t district, const char *pack, int64_t *ret, struct err *e)
{
    return first_int(tx, RULES_Q_HOLDS, SQL_ARGS(SQL_INT(district), SQL_TEXT(pack)), ret, e);
}

bool switch_last(struct sql_tx *tx, int64_t district, int64_t *ret, struct err *e)
{
    return first_int(tx, RULES_Q_LAST_NTH, SQL_ARGS(SQL_INT(district)), ret, e);
}

bool version_hash(struct sql_tx *tx, int64_t district, const char *pack, int64_t number,
                  uint8_t ret[HASH_BYTES], struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const void *hash = NULL;
    size_t n = 0;

    if (!sql_query(tx, &rules_queries[RULES_Q_VERSION_GET], &rows, e, SQL_INT(district), SQL_TEXT(pack),
                   SQL_INT(number)))
        return false;
    if (sql_next(rows))
        hash = sql_blob(rows, 1, &n);
    if (n != HASH_BYTES)
        return ERR(e, ERR_NOT_FOUND, "version.none", "程序包“%.40s”没有第 %lld 版",
                   "the pack “%.40s” has no version %lld", pack, (long long)number);
    memcpy(ret, hash, n);
    return sql_end(&rows, e);
}

void switch_hash(const struct privacy *pv, int64_t district, const struct switching *s,
                 const uint8_t version[HASH_BYTES], uint8_t ret[HASH_BYTES])
{
    AUTO(buf_free) struct buf b = {0};
    static const unsigned char leaf = 0;

    buf_init(&b, CANONICAL_BYTES);
    canonical_text(&b, "wangge-switch-1");
    canonical_int(&b, district);
    canonical_int(&b, s->nth);
    canonical_int(&b, s->seq);
    buf_add(&b, s->id.b, sizeof(s->id.b));
    canonical_text(&b, s->pack);
    canonical_int(&b, s->number);
    buf_add(&b, version, HASH_BYTES);
    canonical_int(&b, s->at);
    buf_add(&b, s->actor.b, sizeof(s->actor.b));
    canonical_text(&b, s->why);
    canonical_int(&b, s->from);
    canonical_int(&b, s->done);
    privacy_hash(pv, &leaf, 1, buf_text(&b), b.len, ret);
}
