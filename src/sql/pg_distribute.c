/* pg_distribute.c -- tables over the servers of a cluster (Citus): docs/adr/0007.
 *
 * A table is distributed right behind its CREATE, in the same transaction: it is empty, and
 * the indexes that follow are made where its rows will be. */
#include "base/text.h"
#include "sql/postgres.h"

#include <ctype.h>
#include <string.h>

/* One yes or no. */
static bool ask(struct pg_conn *c, const char *text, bool *ret, struct err *e)
{
    PGresult *res = NULL;

    pg_add(c, text);
    pg_flush(c);
    if (!pg_read(c, 1, "layout", &res, e))
        return false;
    *ret = PQgetvalue(res, 0, 0)[0] != 0;
    PQclear(res);
    return true;
}

/* The extension is known by what is called. A table of its own says what is distributed;
 * without the extension it cannot be named in a statement. */
bool pg_layout_read(struct pg_conn *c, struct pg_layout *ret, struct err *e)
{
    *ret = (struct pg_layout){0};
    if (!ask(c,
             "SELECT to_regclass('pg_dist_partition') IS NOT NULL AND EXISTS (SELECT 1 FROM pg_proc"
             " WHERE proname = 'create_distributed_table' AND pg_function_is_visible(oid))",
             &ret->has_extension, e) ||
        !ask(c, "SELECT to_regclass('migration') IS NOT NULL", &ret->has_tables, e))
        return false;
    return !ret->has_extension || !ret->has_tables ||
           ask(c,
               "SELECT EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = "
               "to_regclass('migration'))",
               &ret->is_distributed, e);
}

/* Bytes of a comment or of a text in quotes at p, else 1. */
static size_t step(const char *p)
{
    const char *end = NULL;

    if (str_starts(p, "--"))
        end = strchr(p, '\n');
    else if (str_starts(p, "/*"))
        end = strstr(p + 2, "*/");
    else if (*p == '\'' || *p == '"')
        end = strchr(p + 1, *p);
    else
        return 1;
    if (end == NULL)
        return strlen(p);
    return (size_t)(end - p) + (str_starts(p, "/*") ? 2 : 1);
}

static const char *behind_statement(const char *p)
{
    while (*p != '\0' && *p != ';')
        p += step(p);
    return *p == ';' ? p + 1 : p;
}

static const char *first_word(const char *p)
{
    while (isspace((unsigned char)*p) || str_starts(p, "--"))
        p += step(p);
    return p;
}

static void add_call(const char *statement, struct buf *out)
{
    static const char create[] = "CREATE TABLE ";
    const char *name = first_word(statement);
    int n;

    if (!str_starts(name, create))
        return;
    name += strlen(create);
    n = (int)strcspn(name, " (");
    if (str_starts(name + n, " /* reference */"))
        buf_printf(out, "\nSELECT create_reference_table('%.*s');", n, name);
    else
        buf_printf(out, "\nSELECT create_distributed_table('%.*s', 'district');", n, name);
}

void pg_distribute_text(const char *text, struct buf *out)
{
    /* Several tables in one transaction: without this it might open further connections for
     * one of them, which do not see the others yet. */
    buf_str(out, "SET LOCAL citus.multi_shard_modify_mode = 'sequential';\n");
    for (const char *p = text, *end; *p != '\0'; p = end) {
        end = behind_statement(p);
        buf_add(out, p, (size_t)(end - p));
        add_call(p, out);
    }
}
