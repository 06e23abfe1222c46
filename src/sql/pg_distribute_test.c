#include "base/text.h"
#include "sql/postgres.h"
#include "test.h"

static bool becomes(const char *text, const char *wanted)
{
    static const char first[] = "SET LOCAL citus.multi_shard_modify_mode = 'sequential';\n";
    AUTO(buf_free) struct buf out = {0};

    buf_init(&out, 4096);
    pg_distribute_text(text, &out);
    if (str_starts(buf_text(&out), first) && str_eq(buf_text(&out) + strlen(first), wanted))
        return true;
    (void)printf("# %s\n", buf_text(&out));
    return false;
}

TEST(each_table_is_followed_by_its_call)
{
    check(becomes("-- a; b\nCREATE TABLE t (a bigint, b text DEFAULT ';'); CREATE INDEX i ON t (a);",
                  "-- a; b\nCREATE TABLE t (a bigint, b text DEFAULT ';');"
                  "\nSELECT create_distributed_table('t', 'district'); CREATE INDEX i ON t (a);"));
    check(becomes("CREATE TABLE t /* reference */ (a bigint /* ; */);\n",
                  "CREATE TABLE t /* reference */ (a bigint /* ; */);"
                  "\nSELECT create_reference_table('t');\n"));
    check(becomes("CREATE TABLE t(a bigint);CREATE TABLE u (a bigint -- ;\n);",
                  "CREATE TABLE t(a bigint);\nSELECT create_distributed_table('t', 'district');"
                  "CREATE TABLE u (a bigint -- ;\n);\nSELECT create_distributed_table('u', 'district');"));
}

TEST(nothing_else_is)
{
    check(becomes("", "") && becomes("-- CREATE TABLE t (a);", "-- CREATE TABLE t (a);"));
    check(becomes("SELECT 'CREATE TABLE t (a);'; DROP TABLE t;",
                  "SELECT 'CREATE TABLE t (a);'; DROP TABLE t;"));
    check(becomes("SELECT 'open", "SELECT 'open") && becomes("/* open", "/* open"));
}
