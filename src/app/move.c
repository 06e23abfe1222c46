/* wangge move: a district from one engine to the other.
 *
 * One thing is done over and over: both databases are read side by side in the order of their keys,
 * and the target is mended. First beside the running server, until nearly everything is there; then
 * once more while nobody writes, until both are alike. The row in `district` comes last: without it the
 * target is no district, and a run that was ended in the middle shows as such. */
#include "app/cli.h"
#include "app/move_table.h"
#include "app/verify.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, PASSES = 3, WAIT_S = 1 };

static const char help[];
const struct subcommand move_command;

struct moving {
    const char *dir, *url, *pack;
    bool to_file;
    struct sql_tables *tables;
    struct district *from;
    struct sql *to;
    struct move_ends ends;
    struct move_count count;
    struct sql_tx *held; /* keeps others from writing at the source */
    int lock;            /* of the data folder; -1: not held */
    char making[PATH_BYTES], made[PATH_BYTES];
    struct move_pass *last; /* of each table */
};

static void end(struct moving *m)
{
    sql_rollback(&m->held);
    sql_close(&m->to);
    district_close(&m->from);
    sql_tables_free(&m->tables);
    free(m->last);
    (void)pthread_mutex_destroy(&m->count.lock);
    if (m->lock >= 0)
        (void)close(m->lock);
    m->lock = -1;
}

static bool is_district(const struct sql_table *t)
{
    return str_eq(t->name, "district");
}

/* --- both ends --- */

static bool open_end(const struct moving *m, bool file, bool writes, struct district **ret, struct err *e)
{
    const struct district_options o = {.dir = m->dir,
                                       .db = file ? NULL : m->url,
                                       .read_only = !writes,
                                       .no_door = true,
                                       .pack_dirs = &m->pack,
                                       .n_pack_dirs = m->pack != NULL};

    return district_open(&o, ret, e);
}

static bool finished(const char *where, struct err *e)
{
    return ERR(e, ERR_CONFLICT, "district.not_empty",
               "目标 %s 里已有一个区，不会覆盖：请用空的数据库，或先把旧的移走",
               "there is a district in the target %s already, and nothing is overwritten: give an empty "
               "database, or put the old one aside",
               where);
}

/* A log that was left without its file would be taken for one of the new file. */
static bool is_free(const struct moving *m, struct err *e)
{
    char log[PATH_BYTES + 8];
    struct stat st;

    (void)snprintf(log, sizeof(log), "%s-wal", m->made);
    if (access(m->made, F_OK) == 0)
        return finished(m->made, e);
    return stat(log, &st) != 0 || st.st_size == 0 || finished(log, e);
}

/* What an earlier run left must be of the same district, and not a whole one that is in use. */
static bool check_table(const struct moving *m, struct sql_tx *tx, const struct sql_table *t, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool some;
    int64_t other;

    if (!sql_table_others(tx, t, m->ends.district, &some, &other, e))
        return false;
    if (some)
        return ERR(e, ERR_CONFLICT, "district.other",
                   "目标里有另一个区 %" PRId64 " 的数据（要移的是 %" PRId64 "）：请用空的数据库",
                   "the target holds rows of another district, %" PRId64 " (%" PRId64
                   " is to be moved): give an empty database",
                   other, m->ends.district);
    if (!is_district(t) || m->to_file)
        return true;
    if (!sql_table_page(tx, t, m->ends.district, NULL, 1, &rows, e))
        return false;
    return sql_next(rows) ? finished("--to", e) : sql_end(&rows, e);
}

static bool check_target(const struct moving *m, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(m->to, SQL_READ, &tx, e))
        return false;
    for (size_t i = 0; i < m->tables->n; i++)
        if (!check_table(m, tx, &m->tables->tables[i], e))
            return false;
    return true;
}

static bool open_both(struct moving *m, struct err *e)
{
    const struct sql_options o = {0};

    (void)snprintf(m->making, sizeof(m->making), "%s/wangge.db.moving", m->dir);
    (void)snprintf(m->made, sizeof(m->made), "%s/wangge.db", m->dir);
    if (m->to_file && !is_free(m, e))
        return false;
    if (!sql_tables_read(&m->tables, e) || !open_end(m, !m->to_file, true, &m->from, e))
        return false;
    m->last = xcalloc(m->tables->n, sizeof(*m->last));
    if (!sql_open(m->to_file ? m->making : m->url, &o, &m->to, e) ||
        !sql_migrate(m->to, sql_migrations, sql_n_migrations, e))
        return false;
    m->ends = (struct move_ends){.from = m->from->db,
                                 .to = m->to,
                                 .world = district_world(m->from),
                                 .district = m->from->code,
                                 .count = &m->count};
    return check_target(m, e);
}

/* --- copying --- */

static bool copy_one(void *ctx, size_t i, struct err *e)
{
    struct moving *m = ctx;
    const struct sql_table *t = &m->tables->tables[i];

    return is_district(t) || move_table(&m->ends, t, &m->last[i], e);
}

static bool alike(const struct move_pass *p)
{
    return p->added == 0 && p->removed == 0 && p->from.rows == p->to.rows &&
           memcmp(p->from.hash, p->to.hash, sizeof(p->from.hash)) == 0;
}

/* While nobody writes: until a reading of both ends finds them alike. */
static bool make_alike(struct moving *m, size_t i, struct err *e)
{
    const struct sql_table *t = &m->tables->tables[i];
    struct move_pass *p = &m->last[i];

    for (int k = 0; k < PASSES; k++) {
        if (!move_table(&m->ends, t, p, e))
            return false;
        if (alike(p))
            return true;
    }
    return ERR(e, ERR_INTERNAL, "district.differs",
               "表 %s 两端仍不一致：源 %" PRId64 " 行，目标 %" PRId64 " 行；目标未启用，请重新运行或报告此事",
               "the table %s still differs: %" PRId64 " rows at the source, %" PRId64
               " at the target, which is not in use yet: run it again, or report this",
               t->name, p->from.rows, p->to.rows);
}

static bool make_one_alike(void *ctx, size_t i, struct err *e)
{
    struct moving *m = ctx;

    return is_district(&m->tables->tables[i]) || make_alike(m, i, e);
}

static bool all_tables(struct moving *m, const char *what, bool (*job)(void *ctx, size_t i, struct err *e),
                       struct err *e)
{
    bool ok;

    m->count.rows = 0;
    progress_begin(&m->count.progress, what, 0);
    ok = move_crew(m->tables->n, job, m, e);
    progress_end(&m->count.progress, m->count.rows);
    return ok;
}

/* Beside the server: it need not be exact yet. */
static bool copy_online(struct moving *m, struct err *e)
{
    int64_t added = 0, had = 0;

    if (!all_tables(m, "复制 copying", copy_one, e))
        return false;
    for (size_t i = 0; i < m->tables->n; i++) {
        added += m->last[i].added;
        had += m->last[i].to.rows - m->last[i].removed;
    }
    (void)printf("复制 copied: %" PRId64 " 行 rows；%" PRId64 " 行已在目标 were there already\n", added, had);
    (void)fflush(stdout);
    return true;
}

/* The district's own row comes when all the others are there. */
static bool make_all_alike(struct moving *m, struct err *e)
{
    if (!all_tables(m, "比对 comparing", make_one_alike, e))
        return false;
    for (size_t i = 0; i < m->tables->n; i++)
        if (is_district(&m->tables->tables[i]) && !make_alike(m, i, e))
            return false;
    return true;
}

/* --- the switch --- */

/* The server holds the folder's lock as long as it runs. */
static bool wait_for_door(struct moving *m, struct err *e)
{
    struct err why = {0};
    bool said = false;

    while (!district_lock(m->dir, false, &m->lock, &why)) {
        if (!str_eq(why.key, "district.locked")) {
            *e = why;
            return false;
        }
        if (!said)
            (void)printf("已大致复制完。现在停下服务，余下的随即补上（Ctrl-C 随时可中断，再运行时接着做）\n"
                         "nearly everything is there. Stop the server now: the rest follows at once "
                         "(Ctrl-C loses nothing: the next run goes on)\n");
        (void)fflush(stdout);
        said = true;
        (void)sleep(WAIT_S);
    }
    return true;
}

static bool give_name(const struct moving *m, struct err *e)
{
    int fd = open(m->making, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    if (!ok || rename(m->making, m->made) != 0)
        return ERR(e, ERR_BUSY, "district.dir", "无法写入 %s：%s", "%s cannot be written: %s", m->made,
                   strerror(errno));
    fd = open(m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return ok || ERR(e, ERR_BUSY, "district.dir", "无法写入 %s：%s", "%s cannot be written: %s", m->dir,
                     strerror(errno));
}

/* Nothing is written at the source from its lock to the end; then the target is a district. */
static bool make_switch(struct moving *m, struct err *e)
{
    if (!wait_for_door(m, e) || !sql_begin(m->from->db, SQL_WRITE, &m->held, e) || !make_all_alike(m, e))
        return false;
    sql_close(&m->to);
    return !m->to_file || give_name(m, e);
}

static void print_tables(const struct moving *m)
{
    char hash[2 * MOVE_HASH_BYTES + 1];
    int64_t rows = 0;

    for (size_t i = 0; i < m->tables->n; i++) {
        hex_encode(m->last[i].to.hash, MOVE_HASH_BYTES, hash);
        (void)printf("%-14s %10" PRId64 "  %s\n", m->tables->tables[i].name, m->last[i].to.rows, hash);
        rows += m->last[i].to.rows;
    }
    (void)printf("两端一致 alike at both ends: %" PRId64 " 行 rows\n", rows);
}

static bool verify_end(const struct moving *m, bool file, int64_t *differences, struct err *e)
{
    AUTO(district_close) struct district *d = NULL;
    struct verify_result result;

    (void)printf("核对 verify: %s\n", file ? m->made : "postgresql");
    (void)fflush(stdout);
    if (!open_end(m, file, false, &d, e) || !verify_and_print(d, &result, e))
        return false;
    *differences += result.differences;
    return true;
}

static bool move(struct moving *m, int64_t *ret_differences, struct err *e)
{
    if (!open_both(m, e) || !copy_online(m, e) || !make_switch(m, e))
        return false;
    print_tables(m);
    sql_rollback(&m->held);
    district_close(&m->from);
    (void)close(m->lock); /* the server may start at the new place: verify only reads */
    m->lock = -1;
    return verify_end(m, !m->to_file, ret_differences, e) && verify_end(m, m->to_file, ret_differences, e);
}

static void print_next(const struct moving *m)
{
    if (m->to_file)
        (void)printf("下一步 next: wangge serve --data %s（不再用 --db、WANGGE_DB without them）\n", m->dir);
    else
        (void)printf(
            "下一步 next: wangge serve --data %s --db URL；%s 已不再用，请移走 is not used any more: "
            "put it aside\n",
            m->dir, m->made);
}

static int run(int argc, char **argv)
{
    const char *from = NULL, *to = NULL, *pack = NULL;
    const struct option_def defs[] = {{"from", &from, NULL}, {"to", &to, NULL}, {"pack", &pack, NULL}};
    AUTO(end) struct moving m = {.lock = -1, .count = {.lock = PTHREAD_MUTEX_INITIALIZER}};
    struct err e = {0};
    int64_t differences = 0;
    char **operands;
    int n;

    options_parse(&move_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (from == NULL || to == NULL || n > 0 || sql_is_url(from) == sql_is_url(to))
        return cli_usage(&move_command);
    m.to_file = sql_is_url(from);
    m.dir = m.to_file ? to : from;
    m.url = m.to_file ? from : to;
    m.pack = pack;
    if (!move(&m, &differences, &e))
        return print_err("wangge move", &e);
    print_next(&m);
    return differences > 0;
}

static const char help[] =
    "用法 usage: wangge move --from DIR --to URL\n"
    "            wangge move --from URL --to DIR\n\n"
    "把一个区的数据库从 SQLite 移到 PostgreSQL，或移回来，一行不失。密钥和文件留在 DIR 不动。\n"
    "Takes the database of a district from SQLite to PostgreSQL or back, without losing a row. The key and "
    "the files stay\n"
    "in DIR. The source is only read.\n\n"
    "  --from, --to DIR   区的数据目录，SQLite 时 wangge.db 在其中 the district's data folder, with "
    "wangge.db "
    "of SQLite\n"
    "  --from, --to URL   postgresql://…；作目标时须是空的数据库 an empty database when it is the target\n"
    "  --pack DIR         服务所用的另一个程序包目录 the further pack that serve was given\n\n"
    "服务运行时即可开始：先复制大部分，再请你停下服务，补上余下的；此后两端按键的顺序逐行比对，行数与哈希须相"
    "同，"
    "\n"
    "再各自核对（verify）。中断了就再运行一次，从停下处接着做。\n"
    "Begin while the server runs: most of it is copied, then you are asked to stop the server, and the rest "
    "follows. Both\n"
    "ends are compared row by row in the order of their keys, numbers of rows and hashes must be alike, then "
    "both are\n"
    "verified. If it was ended, run it again: it goes on where it stopped.\n\n"
    "例 example: wangge move --from data --to 'postgresql:///wangge?host=/run/postgresql'\n";
const struct subcommand move_command = {
    "move", "在 SQLite 与 PostgreSQL 间移动 between SQLite and PostgreSQL", help, run};
