/* table.h -- whole tables, row by row in the order of their keys, for what takes a district from
 * one engine to the other. What tables and columns there are is read from the schema that the
 * migrations make, so a new migration needs no word here. Only tables whose key the district
 * leads: that leaves out the migrations' own, and full text, which each engine has in its own way. */
#ifndef SQL_TABLE_H
#define SQL_TABLE_H

#include "sql/sql.h"

struct sql_table {
    char *name;
    int n, n_key; /* columns; those of the key come first, of which the district is the first */
    int *types;   /* SQL_T_INT … of each column, when it is not NULL */
    char *texts[5];
    struct sql_query first, after, put, remove, others;
};
struct sql_tables {
    struct sql_table *tables; /* by name */
    size_t n;
};
/* Statements are kept by their address: free it after the databases that it was used with are closed. */
MUST_USE bool sql_tables_read(struct sql_tables **ret, struct err *e);
void sql_tables_free(struct sql_tables **all);

/* The next rows of a district in the order of the key (bytes by value, texts and blobs bytewise, the
 * same on both engines): at most `limit`, from behind the row whose key `after` begins with (NULL: from
 * the first). Read each with sql_table_row(). */
MUST_USE bool sql_table_page(struct sql_tx *tx, const struct sql_table *t, int64_t district,
                             const struct sql_arg *after, int limit, struct sql_rows **ret, struct err *e);
/* The t->n values of the present row, copied into `a`; texts with all their bytes. */
const struct sql_arg *sql_table_row(const struct sql_rows *rows, const struct sql_table *t, struct arena *a);
/* How two rows (or keys) lie to one another: below, above or at 0. */
int sql_table_order(const struct sql_table *t, const struct sql_arg *l, const struct sql_arg *r);
/* Whether all values are the same, to the bit. */
bool sql_table_same(const struct sql_table *t, const struct sql_arg *l, const struct sql_arg *r);
/* Adds rows that are not there: nrows times t->n values. */
MUST_USE bool sql_table_put(struct sql_tx *tx, const struct sql_table *t, const struct sql_arg *rows,
                            size_t nrows, struct err *e);
/* Removes rows by their keys: nrows times t->n_key values. */
MUST_USE bool sql_table_remove(struct sql_tx *tx, const struct sql_table *t, const struct sql_arg *keys,
                               size_t nrows, struct err *e);
/* Whether the table has a row of another district; which, in *ret. */
MUST_USE bool sql_table_others(struct sql_tx *tx, const struct sql_table *t, int64_t district, bool *ret_some,
                               int64_t *ret, struct err *e);

#endif
