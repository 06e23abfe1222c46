#include "sql/sql.h"
#include "test.h"

TEST(migrations_run)
{
    AUTO(sql_close) struct sql *db = NULL;
    struct err e = {0};

    check(sql_open(":memory:", &(struct sql_options){0}, &db, &e));
    check(sql_migrate(db, sql_migrations, sql_n_migrations, &e));
    check(sql_integrity(db, &e));
    printf("# %s\n", e.en);
}
