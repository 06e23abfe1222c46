#include "base/text.h"
#include "sql/postgres.h"
#include "test.h"

static bool becomes(const char *text, int nargs, const char *wanted, int n_keys)
{
    AUTO(buf_free) struct buf out = {0};
    int keys[SQL_ARGS_MAX], n = 0;

    buf_init(&out, 4096);
    if (!pg_batch_text(text, nargs, &out, keys, &n))
        return wanted == NULL;
    if (wanted == NULL || !str_eq(buf_text(&out), wanted) || n != n_keys)
        (void)printf("# %d keys: %s\n", n, buf_text(&out));
    return wanted != NULL && str_eq(buf_text(&out), wanted) && n == n_keys;
}

TEST(statements_become_ones_over_arrays)
{
    check(becomes("INSERT INTO t (a, b, c) VALUES ($1, $2, ', ($3')", 2,
                  "INSERT INTO t (a, b, c) SELECT u.p1, u.p2, ', ($3' FROM unnest($1, $2) AS u (p1, p2)", 0));
    check(becomes("INSERT INTO t (a, b) VALUES ($2, f($1, 0)) ON CONFLICT (a) DO NOTHING", 2,
                  "INSERT INTO t (a, b) SELECT u.p2, f(u.p1, 0) FROM unnest($1, $2) AS u (p1, p2)"
                  " ON CONFLICT (a) DO NOTHING",
                  0));
    check(becomes("INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (b, a) DO UPDATE SET n = excluded.n", 2,
                  "INSERT INTO t (a, b) SELECT u.p1, u.p2 FROM unnest($1, $2) AS u (p1, p2)"
                  " ON CONFLICT (b, a) DO UPDATE SET n = excluded.n",
                  2));
    check(becomes("UPDATE t SET b = $3 WHERE a = $1 AND c = $2 AND d IS NULL", 3,
                  "UPDATE t SET b = u.p3 FROM unnest($1, $2, $3) AS u (p1, p2, p3)"
                  " WHERE a = u.p1 AND c = u.p2 AND d IS NULL",
                  2));
    check(becomes("DELETE FROM t WHERE a = $1", 1, "DELETE FROM t USING unnest($1) AS u (p1) WHERE a = u.p1",
                  1));
}

static bool of_district(const char *text, int nargs, const char *wanted)
{
    AUTO(buf_free) struct buf out = {0};

    buf_init(&out, 4096);
    if (!pg_batch_text_of_district(text, nargs, &out))
        return wanted == NULL;
    (void)printf("# %s\n", buf_text(&out));
    return wanted != NULL && str_eq(buf_text(&out), wanted);
}

TEST(a_distributed_engine_sees_the_district)
{
    check(
        of_district("SELECT b FROM t WHERE district = $1 AND a = $2 AND c < $3", 3,
                    "SELECT u.n, q.* FROM unnest($2, $3) WITH ORDINALITY AS u (p2, p3, n) CROSS JOIN LATERAL"
                    " (SELECT b FROM t WHERE district = $1 AND a = u.p2 AND c < u.p3) AS q"));
    check(of_district("SELECT b FROM t WHERE district = $1", 1, NULL));
    check(of_district("SELECT b FROM t WHERE a = $1 AND district = $12", 12, NULL));
    check(of_district("DELETE FROM t WHERE district = $1 AND a = $2", 2, NULL));
}

TEST(what_has_no_such_form_is_left)
{
    check(becomes("UPDATE t SET b = $2 WHERE a >= $1", 2, NULL, 0));
    check(becomes("UPDATE t SET b = $2 WHERE a = $1 OR c = 1", 2, NULL, 0));
    check(becomes("UPDATE t SET b = $2 WHERE a = $1 RETURNING a", 2, NULL, 0));
    check(becomes("INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = $1", 1, NULL, 0));
    check(becomes("INSERT INTO t (a, b) VALUES (0, $1) ON CONFLICT (a) DO UPDATE SET b = excluded.b", 1, NULL,
                  0));
    check(becomes("INSERT INTO t (a) SELECT $1", 1, NULL, 0));
    check(becomes("DELETE FROM t", 0, NULL, 0));
}
