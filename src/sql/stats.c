/* stats.c -- what SQLite's planner is told about the tables.
 *
 * Without figures it guesses that the first column of a key leaves ten rows. Ours
 * is the district, which leaves all of them, and so it would rather read a table
 * from end to end than use an index of three columns. The figures are written, not
 * measured: every installation gets the same plans, empty or full. */
#include "sql/sqlite.h"

enum { Q_HAS, Q_MISSING, Q_CLEAR, Q_WRITE };

/* A key that begins with the district: a million rows in a table, 16,000 in a
 * partial index (work that is open); each further column divides them evenly, down
 * to one. The key of a table WITHOUT ROWID goes by the table's name. */
#define KEYS                                                                                                 \
    "(SELECT t.name AS tbl, CASE WHEN i.origin = 'pk' AND l.wr = 1 THEN t.name ELSE i.name END AS idx,"      \
    " i.name AS key,"                                                                                        \
    " CASE i.partial WHEN 1 THEN 14 ELSE 20 END AS bits,"                                                    \
    " (SELECT count(*) FROM pragma_index_info(i.name)) AS columns"                                           \
    " FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_table_list(t.name) l"                        \
    " WHERE t.type = 'table' AND l.schema = 'main' AND"                                                      \
    " (SELECT name FROM pragma_index_info(i.name) WHERE seqno = 0) = 'district') k WHERE k.columns > 1"
#define SPREAD                                                                                               \
    "(SELECT group_concat(1 << (k.bits - k.bits * seqno / (k.columns - 1)), ' ') FROM"                       \
    " (SELECT seqno FROM pragma_index_info(k.key) ORDER BY seqno))"

static const struct sql_query queries[] = {
    [Q_HAS] = {"stats.has", "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'", 0, false,
               false},
    [Q_MISSING] = {"stats.missing",
                   "SELECT count(*) FROM " KEYS " AND NOT EXISTS"
                   " (SELECT 1 FROM sqlite_stat1 s WHERE s.tbl = k.tbl AND s.idx = k.idx)",
                   0, false, false},
    [Q_CLEAR] = {"stats.clear", "DELETE FROM sqlite_stat1", 0, true, false},
    [Q_WRITE] = {"stats.write",
                 "INSERT INTO sqlite_stat1 (tbl, idx, stat)"
                 " SELECT k.tbl, k.idx, (1 << k.bits) || ' ' || " SPREAD " FROM " KEYS,
                 0, true, false},
};

static bool count(struct sql_tx *tx, int query, int64_t *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query_n(tx, &queries[query], &rows, e, NULL, 0))
        return false;
    *ret = sql_next(rows) ? sql_int(rows, 0) : 0;
    return sql_end(&rows, e);
}

/* Making the table anew changes the schema, so that every connection reads it again. */
static bool write(struct sql_tx *tx, struct err *e)
{
    return sql_script(tx, "stats", "DROP TABLE IF EXISTS sqlite_stat1; ANALYZE migration", e) &&
           sql_run_n(tx, &queries[Q_CLEAR], e, NULL, 0) && sql_run_n(tx, &queries[Q_WRITE], e, NULL, 0);
}

/* Our own connection does not notice its own change. */
static bool reread(struct sql *db, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(db, SQL_WRITE, &tx, e) && sql_script(tx, "stats", "ANALYZE sqlite_schema", e);
}

bool sqlite_stats(struct sql *db, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    int64_t has, missing = 1;

    if (db->options.read_only)
        return true;
    if (!sql_begin(db, SQL_WRITE, &tx, e) || !count(tx, Q_HAS, &has, e) ||
        (has > 0 && !count(tx, Q_MISSING, &missing, e)))
        return false;
    return missing == 0 || (write(tx, e) && sql_commit(&tx, e) && reread(db, e));
}
