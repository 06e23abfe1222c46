#include "base/text.h"
#include "sql/engine.h"
#include "test.h"

static bool picks(const char *text, const char *engine, const char *wanted)
{
    AUTO(buf_free) struct buf out = {0};

    buf_init(&out, 4096);
    section_pick(text, engine, &out);
    return str_eq(buf_text(&out), wanted);
}

TEST(an_engine_reads_what_is_for_it)
{
    static const char text[] =
        "all 1\n-- engine: sqlite\nlite\n-- engine: postgres\npost\n-- engine: all\nall 2\n";

    check(picks(text, "sqlite", "all 1\nlite\nall 2\n"));
    check(picks(text, "postgres", "all 1\npost\nall 2\n"));
    check(picks("a -- engine: postgres\nb", "sqlite", "a -- engine: postgres\nb"));
    check(picks("-- engine: postgres", "sqlite", "") && picks("", "sqlite", ""));
    check(picks("-- engine: postgresql\nx\n", "postgres", ""));
}

static bool is_statement(const char *text, const char *engine, const char *wanted)
{
    size_t n;
    const char *s = section_statement(text, engine, &n);

    return n == strlen(wanted) && strncmp(s, wanted, n) == 0;
}

TEST(a_statement_is_replaced_whole)
{
    static const char text[] = "SELECT 1\n-- engine: postgres\nSELECT 2";

    check(is_statement(text, "sqlite", "SELECT 1\n") && is_statement(text, "postgres", "SELECT 2"));
    check(is_statement("SELECT 3", "postgres", "SELECT 3"));
    check(section_has_any(text) && !section_has_any("SELECT '-- engine: x'"));
}

TEST(a_statement_may_be_for_one_engine_alone)
{
    static const char text[] = "\n-- engine: postgres\nSELECT 2";

    check(section_is_for_others(text, "sqlite") && !section_is_for_others(text, "postgres"));
    check(!section_is_for_others("SELECT 1", "sqlite") && !section_is_for_others(" ", "sqlite"));
}

static bool becomes(const char *text, const char *wanted)
{
    AUTO(buf_free) struct buf out = {0};

    buf_init(&out, 4096);
    section_to_postgres(text, &out);
    if (!str_eq(buf_text(&out), wanted))
        (void)printf("# %s\n", buf_text(&out));
    return str_eq(buf_text(&out), wanted);
}

TEST(types_are_spelled_as_postgresql_does)
{
    check(becomes("CREATE TABLE t (a INTEGER NOT NULL, b REAL, c BLOB) STRICT;",
                  "CREATE TABLE t (a bigint NOT NULL, b double precision, c bytea) ;"));
    check(becomes("(a TEXT /* json */ NOT NULL, PRIMARY KEY (a)) STRICT, WITHOUT ROWID;",
                  "(a json NOT NULL, PRIMARY KEY (a)) ;"));
    check(
        becomes("name TEXT NOT NULL DEFAULT 'a TEXT'", "name text COLLATE \"C\" NOT NULL DEFAULT 'a TEXT'"));
    check(becomes("x INTEGERS, MY_BLOB, \"REAL\" -- an INTEGER\n, y INTEGER",
                  "x INTEGERS, MY_BLOB, \"REAL\" -- an INTEGER\n, y bigint"));
}
