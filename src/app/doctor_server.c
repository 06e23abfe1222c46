/* wangge doctor: the PostgreSQL server that the database lies on. */
#include "app/doctor.h"
#include "base/clock.h"
#include "sql/server.h"

#include <string.h>

enum {
    SERVE_SESSIONS = SQL_READERS_SERVER + 1, /* of one `wangge serve`, at most */
    LEAST_SESSIONS = 2 * SERVE_SESSIONS,     /* one that takes over while the other ends */
    SKEW_MS = 2000,
    LONG_MS = 3600000,
    ARCHIVE_HOURS = 26,
    HOUR_MS = 3600000,
};
static const int64_t LAG_BYTES = (int64_t)256 << 20;

/* --- what is answered must stay --- */

static void look_at_safety(struct doctor *x, const struct sql_server *s)
{
    if (!s->fsync || !s->full_page_writes)
        doctor_says(x, VERDICT_WRONG, "server.unsafe",
                    words("数据库服务器的 %s 关着：断电会毁掉整个数据库",
                          "the server's %s is off: a power cut destroys the whole database",
                          s->fsync ? "full_page_writes" : "fsync"),
                    DO_THIS("在 postgresql.conf 里打开，重新载入：pg_ctl reload",
                            "turn it on in postgresql.conf, then pg_ctl reload"));
    if (strcmp(s->sync, "off") == 0)
        doctor_says(x, VERDICT_WRONG, "server.forgets",
                    words("synchronous_commit 是 off：答复过的命令断电后可能没有了",
                          "synchronous_commit is off: a power cut may lose what was answered"),
                    DO_THIS("设为 on；也看 ALTER ROLE、ALTER DATABASE 有没有另设",
                            "set it to on; ALTER ROLE and ALTER DATABASE may say otherwise, too"));
    if (!s->checksums)
        doctor_says(x, VERDICT_ADVICE, "server.checksums",
                    words("数据库没有页校验：坏了的页不会被发现",
                          "the database has no page checksums: a damaged page goes unnoticed"),
                    DO_THIS("停下数据库后运行 pg_checksums --enable",
                            "stop the database and run pg_checksums --enable"));
}

/* --- who follows --- */

static void look_at_standbys(struct doctor *x, const struct sql_server *s)
{
    bool named = s->sync_standbys[0] != '\0';

    if (s->standby)
        doctor_says(x, VERDICT_WRONG, "server.standby",
                    words("这是备机，只能读", "this server is a standby, which only reads"),
                    DO_THIS("地址里写全各台：postgresql://wangge@db1,db2/wangge，会自动找到主机",
                            "name all of them: postgresql://wangge@db1,db2/wangge finds the primary"));
    if ((named || s->standbys > 0) && !s->monitor)
        doctor_says(x, VERDICT_ADVICE, "server.unseen",
                    words("用户无权看备机的状态", "our user may not see how the standbys fare"),
                    DO_THIS("GRANT pg_monitor TO 服务的数据库用户", "GRANT pg_monitor TO the server's user"));
    else if (named && s->in_sync == 0)
        doctor_says(
            x, VERDICT_WRONG, "server.alone",
            words("没有同步备机（synchronous_standby_names 是 %s）：每次提交都会一直等",
                  "no synchronous standby is there (synchronous_standby_names is %s): each commit waits",
                  s->sync_standbys),
            DO_THIS("启动备机；暂时没有就清空 synchronous_standby_names",
                    "start the standby, or empty synchronous_standby_names as long as there is none"));
    else if (s->lag_bytes > LAG_BYTES)
        doctor_says(x, VERDICT_ADVICE, "server.lag",
                    words("最慢的备机落后 %.0f MB", "the slowest standby is %.0f MB behind",
                          (double)s->lag_bytes / 1e6),
                    DO_THIS("看备机的磁盘、网络，有没有很长的查询",
                            "look at the standby's disk and network, and for long queries there"));
    if (s->slot[0] != '\0')
        doctor_says(
            x, VERDICT_ADVICE, "server.slot",
            words("复制槽 %s 没有人读，日志越积越多，会占满服务器的盘",
                  "nobody reads the replication slot %s: the log it keeps fills the server's disk", s->slot),
            DO_THIS("启动读它的备机；不要了就 SELECT pg_drop_replication_slot('%s')",
                    "start the standby that reads it, or SELECT pg_drop_replication_slot('%s')", s->slot));
}

/* --- who may connect, and what for --- */

static void look_at_sessions(struct doctor *x, const struct sql_server *s)
{
    if (s->may_connect < LEAST_SESSIONS)
        doctor_says(
            x, VERDICT_WRONG, "server.sessions",
            words("最多 %lld 个连接，一台服务要 %d 个，重启、命令行另算",
                  "at most %lld sessions are allowed; one server takes %d, restarts and commands come on top",
                  (long long)s->may_connect, SERVE_SESSIONS),
            DO_THIS("提高 max_connections（或用户、数据库的 CONNECTION LIMIT），重启数据库",
                    "raise max_connections (or the user's or database's CONNECTION LIMIT), restart it"));
    else if (s->free < SERVE_SESSIONS)
        doctor_says(x, VERDICT_ADVICE, "server.sessions",
                    words("%lld 个连接只剩 %lld 个，不够再启动一台服务",
                          "of %lld sessions %lld are left, too few for another server",
                          (long long)s->may_connect, (long long)s->free),
                    DO_THIS("在 pg_stat_activity 里看谁占着；或提高 max_connections",
                            "see in pg_stat_activity who has them; or raise max_connections"));
    if (!s->may_create || s->not_ours[0] != '\0')
        doctor_says(
            x, VERDICT_WRONG, "server.owner",
            s->may_create ? words("表 %s 不归服务的数据库用户所有：升级会失败",
                                  "the table %s is not our user's: upgrades will fail", s->not_ours)
                          : words("服务的数据库用户不能建表：升级会失败",
                                  "our user may not make tables: upgrades will fail"),
            DO_THIS("让该用户拥有数据库和其中所有的表（REASSIGN OWNED）",
                    "make that user the owner of the database and of all its tables (REASSIGN OWNED)"));
    if (!s->local && !s->encrypted)
        doctor_says(x, VERDICT_ADVICE, "server.plain",
                    words("与数据库服务器之间没有加密", "the connection to the server is not encrypted"),
                    DO_THIS("地址里加 ?sslmode=verify-full，pg_hba.conf 只留 hostssl",
                            "add ?sslmode=verify-full to the address, leave only hostssl in pg_hba.conf"));
}

/* --- what grows --- */

static void look_at_transactions(struct doctor *x, const struct sql_server *s)
{
    if (s->longest_ms > LONG_MS)
        doctor_says(x, VERDICT_ADVICE, "server.long",
                    words("进程 %lld（%s）的事务开了 %.1f 小时：旧行清不掉，库越来越大",
                          "process %lld (%s) keeps a transaction open for %.1f hours: old rows cannot be "
                          "removed, the database grows",
                          (long long)s->longest_pid, s->longest_by, (double)s->longest_ms / HOUR_MS),
                    DO_THIS("等它做完，或 SELECT pg_terminate_backend(%lld)",
                            "let it end, or SELECT pg_terminate_backend(%lld)", (long long)s->longest_pid));
    if (s->prepared[0] != '\0')
        doctor_says(x, VERDICT_ADVICE, "server.prepared",
                    words("有人留下了预备事务 %s：它一直占着锁和旧行",
                          "somebody left a prepared transaction, %s: it holds locks and old rows",
                          s->prepared),
                    DO_THIS("ROLLBACK PREPARED '%s'（网格不用预备事务）",
                            "ROLLBACK PREPARED '%s' (wangge makes none)", s->prepared));
}

static void look_at_growth(struct doctor *x, const struct sql_server *s)
{
    if (!s->autovacuum || s->unswept[0] != '\0')
        doctor_says(x, VERDICT_ADVICE, "server.autovacuum",
                    s->autovacuum ? words("表 %s 的 autovacuum 关着：库会越来越大",
                                          "autovacuum is off for the table %s: it grows", s->unswept)
                                  : words("autovacuum（或 track_counts）关着：库会越来越大",
                                          "autovacuum (or track_counts) is off: the database grows"),
                    s->autovacuum
                        ? DO_THIS("把表 %s 的 autovacuum_enabled 复位",
                                  "reset autovacuum_enabled of the table %s", s->unswept)
                        : DO_THIS("打开后重新载入：pg_ctl reload", "turn it on, then pg_ctl reload"));
    if (s->bloated[0] != '\0')
        doctor_says(x, VERDICT_ADVICE, "server.bloat",
                    words("表 %s 有 %lld 个死行，比活的还多",
                          "the table %s has %lld dead rows, more than live ones", s->bloated,
                          (long long)s->dead),
                    DO_THIS("VACUUM ANALYZE %s；看 autovacuum 为何没跟上",
                            "VACUUM ANALYZE %s; see why autovacuum did not keep up", s->bloated));
    if (s->archive_fails)
        doctor_says(
            x, VERDICT_WRONG, "server.archive",
            words("日志归档失败：回不到任意时刻，日志会占满服务器的盘",
                  "archiving the log fails: no moment can be gone back to, and the log fills the "
                  "server's disk"),
            DO_THIS("看服务器日志里 archive_command 报的错", "see what archive_command says in its log"));
}

/* --- the rest --- */

/* Times in the history are ours; but two clocks that differ mean that one is wrong. */
static void look_at_clock(struct doctor *x, const struct sql_server *s, int64_t before, int64_t after)
{
    int64_t skew = s->clock_ms < before ? before - s->clock_ms : s->clock_ms - after;

    if (skew > SKEW_MS)
        doctor_says(
            x, VERDICT_ADVICE, "server.clock",
            words("本机与数据库服务器的时间差 %.1f 秒",
                  "this machine's clock and the server's are %.1f seconds apart", (double)skew / 1000),
            DO_THIS("两边都用 chrony 或 systemd-timesyncd 对时", "let chrony or systemd-timesyncd set both"));
}

void doctor_server(struct doctor *x, struct sql *db)
{
    struct sql_server s;
    struct err e = {0};
    int64_t before = time_now_ms();

    if (!sql_server_look(db, &s, &e)) {
        doctor_says(x, VERDICT_WRONG, e.key, words_of(&e),
                    DO_THIS("按上面所说处理", "do what it says above"));
        return;
    }
    look_at_clock(x, &s, before, time_now_ms());
    look_at_safety(x, &s);
    look_at_standbys(x, &s);
    look_at_sessions(x, &s);
    look_at_transactions(x, &s);
    look_at_growth(x, &s);
    if (s.folder[0] != '\0')
        doctor_room(x, s.folder);
    doctor_says(x, VERDICT_GOOD, "server",
                words("PostgreSQL %s，数据库 %.1f MB，还可再开 %lld 个连接",
                      "PostgreSQL %s, the database has %.1f MB, %lld more sessions may begin", s.version,
                      (double)s.size_bytes / 1e6, (long long)s.free),
                NULL);
    x->archives = s.archives && time_now_ms() - s.archived_ms < (int64_t)ARCHIVE_HOURS * HOUR_MS;
}
