/* Jobs that share transactions: each is answered after its commit, a refused one leaves the others alone, a
 * database that fails is told to all of them. */
#include "sql/fixture_test.h"
#include "sql/group.h"

#include <pthread.h>
#include <stdatomic.h>

enum { JOBS = 200, REFUSED = 7 };
static const struct sql_query put = {"t.put", "INSERT INTO t (a) VALUES ($1)", 1, true, false};
static const struct sql_query sum = {"t.sum", "SELECT count(*) FROM t WHERE a = $1 OR $1 < 0", 1, false,
                                     false};
static const struct sql_migration migrations[] = {
    {1, "table", "CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY) STRICT;"},
};

struct numbered {
    struct sql_job job;
    struct sql *db;
    int64_t n;
    atomic_int *left;
    bool looks, told_early;
};

/* Of rows with this number; below 0: of all. */
static int64_t count(struct sql *db, int64_t n)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct err e = {0};

    return sql_begin(db, SQL_READ, &tx, &e) && sql_query(tx, &sum, &rows, &e, SQL_INT(n)) && sql_next(rows)
               ? sql_int(rows, 0)
               : -1;
}

static bool insert(void *ctx, struct sql_tx *tx, struct err *e)
{
    const struct numbered *x = ctx;

    if (x->n % REFUSED == 0)
        return ERR(e, ERR_CONFLICT, "test.refused", "拒绝", "refused");
    return sql_run(tx, &put, e, SQL_INT(x->n));
}

/* Whoever is told looks at once: what it wrote must be there for others. */
static void done(void *ctx)
{
    struct numbered *x = ctx;

    x->told_early = x->looks && x->job.ok && count(x->db, x->n) != 1;
    (void)atomic_fetch_sub(x->left, 1);
}

static void submit(struct fixture *f, struct sql_group *g, struct numbered *jobs, atomic_int *left,
                   bool looks)
{
    struct err e = {0};

    atomic_init(left, JOBS);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct numbered){.db = f->db, .n = i + 1, .left = left, .looks = looks};
        jobs[i].job = (struct sql_job){.run = insert, .done = done, .ctx = &jobs[i]};
        check(sql_group_submit(g, &jobs[i].job, &e));
    }
}

TEST(jobs_share_commits_and_a_refused_one_hinders_nobody)
{
    AUTO(teardown)
    struct fixture f = setup_at(test_postgres() != NULL ? test_database() : NULL, &(struct sql_options){0},
                                migrations, COUNT_OF(migrations));
    static struct numbered jobs[JOBS];
    struct sql_group *g = NULL;
    struct err e = {0};
    atomic_int left;

    check(sql_group_open(f.db, &g, &e));
    submit(&f, g, jobs, &left, true);
    sql_group_close(&g); /* finishes what is queued */
    check(atomic_load(&left) == 0);
    for (int i = 0; i < JOBS; i++) {
        check(jobs[i].job.ok == (jobs[i].n % REFUSED != 0));
        check(!jobs[i].told_early);
        if (!jobs[i].job.ok)
            check(str_eq(jobs[i].job.err.key, "test.refused"));
    }
    check(count(f.db, -1) == JOBS - JOBS / REFUSED);
}

TEST(a_database_that_fails_is_told_to_all_who_share_it)
{
    AUTO(teardown)
    struct fixture f = setup_at(test_postgres() != NULL ? test_database() : NULL, &(struct sql_options){0},
                                migrations, COUNT_OF(migrations));
    static struct numbered jobs[JOBS];
    struct sql_group *g = NULL;
    struct err e = {0};
    int64_t ok = 0;
    atomic_int left;

    check(sql_group_open(f.db, &g, &e));
    sql_fault_after(40);
    submit(&f, g, jobs, &left, false);
    sql_group_close(&g);
    sql_fault_after(0);
    for (int i = 0; i < JOBS; i++)
        ok += jobs[i].job.ok;
    check(atomic_load(&left) == 0);
    check(ok < JOBS - JOBS / REFUSED);
    check(count(f.db, -1) == ok); /* exactly what was promised */
}
