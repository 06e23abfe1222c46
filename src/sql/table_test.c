#include "base/text.h"
#include "database.h"
#include "sql/table.h"
#include "test.h"

enum { DISTRICT = 330803, OTHER = 330802, ROWS = 6, WIDTH = 9 };

struct fixture {
    struct sql_tables *tables;
    struct sql *db;
    struct arena *a;
};

static struct fixture setup(void)
{
    const struct sql_options o = {0};
    struct fixture f = {.a = arena_create(1 << 20)};
    struct err e = {0};

    check(sql_tables_read(&f.tables, &e));
    check(sql_open(test_database(), &o, &f.db, &e) &&
          sql_migrate(f.db, sql_migrations, sql_n_migrations, &e));
    return f;
}

static void teardown(struct fixture *f)
{
    sql_close(&f->db);
    sql_tables_free(&f->tables);
    arena_free(&f->a);
}

static const struct sql_table *table(const struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->tables->n; i++)
        if (str_eq(f->tables->tables[i].name, name))
            return &f->tables->tables[i];
    return NULL;
}

TEST(tables_are_those_of_a_district)
{
    struct fixture f = setup();
    const struct sql_table *record = table(&f, "record"), *party = table(&f, "party");

    check(record != NULL && record->n > 20 && record->n_key == 2 && record->types[1] == SQL_T_BLOB);
    check(party != NULL && party->n == 5 && party->n_key == 4 && party->types[4] == SQL_T_INT);
    check(table(&f, "migration") == NULL && table(&f, "search") == NULL && table(&f, "search_data") == NULL);
    teardown(&f);
}

/* Areas by their codes, as the key orders them; one has no boundary. */
static void fill(struct sql_arg rows[ROWS][WIDTH], int64_t district)
{
    static const char *const codes[ROWS] = {"", "330803", "330803001", "z", "é", "区"};

    for (int i = 0; i < ROWS; i++) {
        const struct sql_arg row[WIDTH] = {SQL_INT(district),
                                           SQL_TEXT(codes[i]),
                                           SQL_INT(0),
                                           SQL_INT(0),
                                           SQL_TEXT("某某街道"),
                                           i == 2 ? SQL_NULL : SQL_TEXT("{}"),
                                           SQL_INT(-i),
                                           SQL_NULL,
                                           SQL_NULL};

        memcpy(rows[i], row, sizeof(row));
    }
}

static bool add_areas(struct fixture *f, const struct sql_arg *rows, size_t n)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    return sql_begin(f->db, SQL_WRITE, &tx, &e) && sql_table_put(tx, table(f, "area"), rows, n, &e) &&
           sql_commit(&tx, &e);
}

/* Reads two rows at a time; how many are as they should be, one after another. */
static int walk(struct fixture *f, struct sql_arg rows[ROWS][WIDTH], const struct sql_table *t)
{
    const struct sql_arg *after = NULL;
    int n = 0, before = -1;
    struct err e = {0};

    while (n != before) {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;
        AUTO(sql_rows_free) struct sql_rows *page = NULL;

        before = n;
        if (!sql_begin(f->db, SQL_READ, &tx, &e) || !sql_table_page(tx, t, DISTRICT, after, 2, &page, &e))
            return -1;
        while (sql_next(page)) {
            after = sql_table_row(page, t, f->a);
            if (n >= ROWS || !sql_table_same(t, after, rows[n++]))
                return -1;
        }
        if (!sql_end(&page, &e))
            return -1;
    }
    return n;
}

TEST(rows_come_back_in_the_order_of_their_keys)
{
    struct fixture f = setup();
    const struct sql_table *t = table(&f, "area");
    struct sql_arg rows[ROWS][WIDTH], others[ROWS][WIDTH];

    fill(rows, DISTRICT);
    fill(others, OTHER);
    for (size_t i = ROWS; i > 0; i--)
        check(add_areas(&f, rows[i - 1], 1));
    check(add_areas(&f, others[0], ROWS));
    check(walk(&f, rows, t) == ROWS);
    for (int i = 1; i < ROWS; i++)
        check(sql_table_order(t, rows[i - 1], rows[i]) < 0 && sql_table_order(t, rows[i], rows[i - 1]) > 0 &&
              sql_table_order(t, rows[i], rows[i]) == 0);
    check(!add_areas(&f, rows[3], 1)); /* it is there already */
    rows[2][5] = SQL_TEXT("");
    check(walk(&f, rows, t) == -1); /* empty is not NULL */
    teardown(&f);
}

static int64_t other_than(struct fixture *f, int64_t district)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};
    int64_t other = 0;
    bool some = false;

    check(sql_begin(f->db, SQL_READ, &tx, &e) &&
          sql_table_others(tx, table(f, "area"), district, &some, &other, &e));
    check(some == (other != 0));
    return other;
}

TEST(rows_go_by_their_keys)
{
    struct fixture f = setup();
    struct sql_tx *tx = NULL;
    struct sql_arg rows[ROWS][WIDTH];
    const struct sql_arg gone[] = {SQL_INT(DISTRICT), SQL_TEXT("z"),  SQL_INT(0),        SQL_INT(DISTRICT),
                                   SQL_TEXT("é"),     SQL_INT(0),     SQL_INT(DISTRICT), SQL_TEXT("区"),
                                   SQL_INT(0),        SQL_INT(OTHER), SQL_TEXT(""),      SQL_INT(0)};
    struct err e = {0};

    fill(rows, DISTRICT);
    check(add_areas(&f, rows[0], ROWS));
    check(sql_begin(f.db, SQL_WRITE, &tx, &e) && sql_table_remove(tx, table(&f, "area"), gone, 4, &e) &&
          sql_commit(&tx, &e));
    sql_rollback(&tx);
    check(walk(&f, rows, table(&f, "area")) == 3);
    check(other_than(&f, DISTRICT) == 0 && other_than(&f, OTHER) == DISTRICT &&
          other_than(&f, 999999) == DISTRICT);
    teardown(&f);
}

TEST(a_shorter_key_comes_first)
{
    struct fixture f = setup();
    const struct sql_table *t = table(&f, "party");
    const struct sql_arg low = {.type = SQL_T_BLOB, .b = "a", .n = 1},
                         high = {.type = SQL_T_BLOB, .b = "a\0", .n = 2};
    const struct sql_arg l[] = {SQL_INT(1), low, low, SQL_TEXT("x"), SQL_INT(0)},
                         r[] = {SQL_INT(1), high, low, SQL_TEXT("x"), SQL_INT(0)};

    check(sql_table_order(t, l, r) < 0 && sql_table_order(t, r, l) > 0 && !sql_table_same(t, l, r));
    teardown(&f);
}
