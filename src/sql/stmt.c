/* stmt.c -- statements prepared in SQLite. */
#include "base/text.h"
#include "sql/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void stmt_drop(void *ctx, struct cached *c)
{
    struct stmt *s = (struct stmt *)c;

    (void)ctx;
    (void)sqlite3_finalize(s->st);
    free(s->c.text);
    free(s);
}

/* SQLite takes $1 for a name and numbers parameters in order of appearance. A statement
 * with a text for each engine need not use them all. */
static bool map_parameters(struct stmt *s, bool all)
{
    int used = 0;

    if (s->nargs > SQL_ARGS_MAX)
        return false;
    for (int i = 0; i < s->nargs; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "$%d", i + 1);
        s->index[i] = sqlite3_bind_parameter_index(s->st, name);
        used += s->index[i] != 0;
    }
    return sqlite3_bind_parameter_count(s->st) == used && (used == s->nargs || !all);
}

static bool prepare(struct conn *c, const struct sql_statement *q, struct stmt **ret, struct err *e)
{
    sqlite3_stmt *st = NULL;
    const char *rest = "", *end;
    size_t n;
    const char *text = section_statement(q->text, sqlite_engine.name, &n);
    int rc = sqlite3_prepare_v3(c->h, text, (int)n, SQLITE_PREPARE_PERSISTENT, &st, &rest);
    struct stmt *s;

    if (rc != SQLITE_OK)
        return sqlite_fail(c, rc, q->q->name, e);
    s = xcalloc(1, sizeof(*s));
    *s = (struct stmt){.st = st, .c.q = q->q, .nargs = q->nargs};
    end = rest + strspn(rest, " \n;");
    if (st != NULL && end >= text + n && map_parameters(s, !section_has_any(q->text))) {
        *ret = s;
        return true;
    }
    stmt_drop(NULL, &s->c);
    return ERR(e, ERR_INTERNAL, "sql.statement", "语句 %s 应为一条，参数为 $1 至 $%d，每个都要用到",
               "%s must be one statement that uses each of its parameters $1 to $%d", q->q->name, q->nargs);
}

bool stmt_take(struct conn *c, const struct sql_statement *q, struct stmt **ret, struct err *e)
{
    struct stmt *kept = (struct stmt *)cache_find(&c->cache, q), *s = kept;

    /* one that is being read already: this use gets one of its own */
    if ((kept == NULL || kept->c.busy) && !prepare(c, q, &s, e))
        return false;
    if (kept == NULL)
        cache_keep(&c->cache, q, &s->c);
    s->c.busy = true; /* NOLINT(clang-analyzer-core.NullDereference): sqlite_fail() is never true */
    *ret = s;
    return true;
}

void stmt_release(struct stmt *s)
{
    (void)sqlite3_reset(s->st);
    s->c.busy = false;
    if (!s->c.kept)
        stmt_drop(NULL, &s->c);
}

static int bind_one(sqlite3_stmt *st, int index, const struct sql_arg *a)
{
    switch (a->type) {
    case SQL_T_INT:
        return sqlite3_bind_int64(st, index, a->i);
    case SQL_T_REAL:
        return sqlite3_bind_double(st, index, a->d);
    case SQL_T_TEXT:
        return sqlite3_bind_text64(st, index, a->s, a->n, SQLITE_STATIC, SQLITE_UTF8);
    case SQL_T_BLOB:
        return sqlite3_bind_blob64(st, index, a->b, a->n, SQLITE_STATIC);
    case SQL_T_NULL:
        break;
    }
    return sqlite3_bind_null(st, index);
}

int stmt_bind(struct stmt *s, const struct sql_arg *args, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int rc = s->index[i] == 0 ? SQLITE_OK : bind_one(s->st, s->index[i], &args[i]);

        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

int stmt_step(struct stmt *s)
{
    return sql_fault() ? SQLITE_IOERR : sqlite3_step(s->st);
}
