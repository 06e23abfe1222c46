/* wangge doctor: the database, and whether a district can be run from what is in it. */
#include "app.sql.h"
#include "app/cli.h"
#include "app/doctor.h"
#include "base/clock.h"
#include "base/limits.h"
#include "calendar/calendar.h"
#include "file/file.h"
#include "notice/notice.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096, CHINA_OFFSET_MIN = 480, SOON_DAYS = 45, AHEAD_MS = 120000 };
static const int64_t DEEP_BYTES = (int64_t)1 << 30;

/* --- the file --- */

static const struct advice {
    const char *key, *zh, *en;
} advices[] = {
    {"sql.newer", "换用同样新或更新的程序；降级只能从升级前的备份还原",
     "use a program as new as that; going back takes a backup from before the upgrade"},
    {"sql.older", "先备份，再启动服务，它会自行升级",
     "make a backup, then start the server: it upgrades by itself"},
    {"sql.damaged", "停止服务，从最近的备份还原：wangge restore",
     "stop the server and restore the last backup: wangge restore"},
    {"pack.refused", "wangge pack check DIR 会指出每一处", "wangge pack check DIR shows each place"},
    {"pack.past",
     "wangge pack versions --data DIR 指出每一处；停下服务，用 wangge pack return 退回能用的一版",
     "wangge pack versions --data DIR shows each place; stop the server and go back with wangge pack return"},
    {"file.not_shared", "各台的 --data 必须是同一个共享目录：docs/operations/servers.md",
     "--data must be the same shared storage on every server: docs/operations/servers.md"},
    {"sql.server_version", "升级数据库服务器：pg_upgradecluster，或新建后 wangge move",
     "upgrade the database server: pg_upgradecluster, or make a new one and wangge move"},
    {"sql.server_encoding", "新建 UTF8 的数据库，再把数据移过去：docs/operations/postgresql.md",
     "make a database in UTF8 and move the data there: docs/operations/postgresql.md"},
    {"", "按上面所说处理；解决不了就从备份还原", "do what it says above; failing that, restore a backup"},
};
static const struct advice unreachable = {"sql.unavailable",
                                          "用同一地址试试 psql \"$WANGGE_DB\"，它会说得更细",
                                          "try psql \"$WANGGE_DB\" with the same address: it says more"};

static void failed(struct doctor *x, const struct err *e)
{
    const struct advice *a = advices;

    while (a->key[0] != '\0' && strcmp(a->key, e->key) != 0)
        a++;
    if (options_db() != NULL && strcmp(e->key, unreachable.key) == 0)
        a = &unreachable;
    doctor_says(x, strcmp(e->key, "sql.older") == 0 ? VERDICT_ADVICE : VERDICT_WRONG, e->key, words_of(e),
                DO_THIS("%s%.0s", "%.0s%s", a->zh, a->en));
}

static bool is_sound(const char *where, bool all, struct err *e)
{
    const struct sql_options o = {.read_only = true};
    AUTO(sql_close) struct sql *db = NULL;

    return sql_open(where, &o, &db, e) && sql_migrate(db, sql_migrations, sql_n_migrations, e) &&
           (!all || sql_integrity(db, e));
}

/* PostgreSQL checks its pages itself. */
static bool look_at_server(struct doctor *x, struct err *e)
{
    const struct sql_options o = {.read_only = true};
    AUTO(sql_close) struct sql *db = NULL;

    if (!sql_open(options_db(), &o, &db, e))
        return false;
    doctor_server(x, db);
    if (!sql_migrate(db, sql_migrations, sql_n_migrations, e) || !sql_integrity(db, e))
        return false;
    doctor_says(x, VERDICT_GOOD, "database",
                words("数据库在 PostgreSQL 上，第 %d 号迁移", "the database is PostgreSQL's, migration %d",
                      sql_migrations[sql_n_migrations - 1].number),
                NULL);
    return true;
}

/* Opens for reading, compares the migrations; with a moderate size, or when asked, reads all of it. */
static bool look_at_database(struct doctor *x, struct err *e)
{
    char path[PATH_BYTES];
    struct stat st = {0};
    bool all;

    if (options_db() != NULL)
        return look_at_server(x, e);
    (void)snprintf(path, sizeof(path), "%s/wangge.db", x->dir);
    (void)stat(path, &st);
    all = x->deep || (!x->quick && st.st_size < DEEP_BYTES);
    if (!is_sound(path, all, e))
        return false;
    doctor_says(x, VERDICT_GOOD, "database",
                all ? words("数据库 %.1f MB，第 %d 号迁移，通读无误",
                            "database of %.1f MB, migration %d, read through: sound",
                            (double)st.st_size / 1e6, sql_migrations[sql_n_migrations - 1].number)
                    : words("数据库 %.1f MB，第 %d 号迁移；没有通读（--deep）",
                            "database of %.1f MB, migration %d; not read through (--deep)",
                            (double)st.st_size / 1e6, sql_migrations[sql_n_migrations - 1].number),
                NULL);
    return true;
}

/* --- what is in it --- */

static void look_at_history(struct doctor *x, struct district *d)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t last = 0, now = time_now_ms();
    char text[RFC3339_MAX];
    struct err e = {0};

    if (!sql_begin(d->db, SQL_READ, &tx, &e) ||
        !sql_query(tx, &app_queries[APP_Q_LAST_ENTRY], &rows, &e, SQL_INT(d->code))) {
        failed(x, &e);
        return;
    }
    if (sql_next(rows))
        last = sql_int(rows, 0);
    rfc3339_format(last, d->offset_min, text);
    if (last > now + AHEAD_MS)
        doctor_says(x, VERDICT_WRONG, "clock.behind",
                    words("历史记到了 %s，系统时间却在此之前",
                          "the history reaches %s, which the clock says is yet to come", text),
                    DO_THIS("校准时间再启动服务", "set the clock before the server starts"));
}

static void look_at_offset(struct doctor *x, const struct district *d)
{
    int64_t province = d->code / 10000;

    if (province >= 11 && province <= 65 && d->offset_min != CHINA_OFFSET_MIN)
        doctor_says(x, VERDICT_ADVICE, "district.offset",
                    words("“%s”的时区是 UTC%+d 分钟，不是北京时间",
                          "“%s” keeps UTC%+d minutes, not Beijing time", d->name, d->offset_min),
                    DO_THIS("时区在 wangge init 时定下，之后不能改；另建一个区",
                            "it is chosen at wangge init, for good: make another district"));
}

static void look_at_sample(struct doctor *x, const struct district *d)
{
    bool local =
        x->listen == NULL || strncmp(x->listen, "127.", 4) == 0 || strncmp(x->listen, "[::1]", 5) == 0;

    if (d->sample && !local)
        doctor_says(
            x, VERDICT_WRONG, "district.sample",
            words("这是示例区，密码人人皆知，却要在 %s 对外服务",
                  "this is the sample district, whose passwords everybody knows, and %s is open to others",
                  x->listen),
            DO_THIS("用 wangge init 建立自己的区", "make a district of your own with wangge init"));
    else
        doctor_says(x, VERDICT_GOOD, "district",
                    d->sample ? words("示例区 %s", "sample district %s", d->name)
                              : words("区 %s", "district %s", d->name),
                    NULL);
}

static void look_at_areas(struct doctor *x, const struct world *w)
{
    size_t n = area_count(w->areas), outlined = 0;

    for (size_t i = 0; i < n; i++)
        outlined += area_at(w->areas, i)->has_boundary;
    if (n == 0)
        doctor_says(x, VERDICT_ADVICE, "areas.none",
                    words("还没有区域：什么也报不了", "there are no areas: nothing can be reported"),
                    DO_THIS("wangge area import FILE.csv", "wangge area import FILE.csv"));
    else if (outlined == 0)
        doctor_says(x, VERDICT_ADVICE, "areas.outlines",
                    words("%zu 个区域都没有边界：定位不到网格",
                          "none of %zu areas has an outline: no point finds its grid", n),
                    DO_THIS("wangge area import FILE.geojson", "wangge area import FILE.geojson"));
    else
        doctor_says(x, VERDICT_GOOD, "areas",
                    words("%zu 个区域，%zu 个有边界", "%zu areas, %zu with an outline", n, outlined), NULL);
}

static void look_at_people(struct doctor *x, const struct directory *people)
{
    int64_t now = time_now_ms();

    for (size_t i = 0; i < people->n_posts; i++) {
        const struct post *p = &people->posts[i];
        const struct account *a = directory_account(people, p->account);

        if (strcmp(p->role, "admin") == 0 && p->from <= now && (p->until == 0 || p->until > now) &&
            a != NULL && a->active)
            return;
    }
    doctor_says(x, VERDICT_ADVICE, "people.no_admin", words("没有系统管理员", "there is no administrator"),
                DO_THIS("wangge account add --data %s --login NAME --role admin",
                        "wangge account add --data %s --login NAME --role admin", x->dir));
}

/* Holidays of a year are announced whole: one day that is unlike Monday to Friday tells that it was imported.
 */
static bool year_known(const struct calendar *c, int year)
{
    for (int64_t day = days_from_civil(year, 1, 1); day < days_from_civil(year + 1, 1, 1); day++)
        if (calendar_is_workday(c, day) != (weekday_of_days(day) <= 5))
            return true;
    return false;
}

/* Limits that reach into January need next year's holidays, which are announced in November. */
static void look_at_calendar(struct doctor *x, const struct district *d, const struct world *w)
{
    int64_t today = local_day(time_now_ms(), d->offset_min);
    int year, month, day;

    civil_from_days(today + SOON_DAYS, &year, &month, &day);
    if (!year_known(w->calendar, year))
        doctor_says(x, VERDICT_ADVICE, "calendar.short",
                    words("没有 %d 年的节假日：时限会按周一至周五计算",
                          "the holidays of %d are unknown: limits follow Monday to Friday", year),
                    DO_THIS("按国务院办公厅通知：wangge calendar import FILE.csv",
                            "as the State Council announced them: wangge calendar import FILE.csv"));
    else
        doctor_says(x, VERDICT_GOOD, "calendar", words("节假日到 %d 年", "holidays reach into %d", year),
                    NULL);
}

/* In files above some gigabytes a start does not do it by itself. */
static void look_at_names(struct doctor *x, struct district *d)
{
    struct err e = {0};
    bool left = false;

    if (account_names_left(d->db, d->code, &left, &e) && left)
        doctor_says(
            x, VERDICT_ADVICE, "people.old_names",
            words("数据库没在用的页里可能还有旧程序明文留下的姓名",
                  "unused pages of the database may hold names that an older program left as they are"),
            DO_THIS("停下服务，运行 wangge account erase；要有两倍于数据库的空间",
                    "stop the server and run wangge account erase; it takes room for the database twice"));
}

/* Channels that take nothing: who relies on them is not told. */
static void look_at_channels(struct doctor *x, const struct district *d)
{
    AUTO(arena_free) struct arena *a = arena_create(LIMIT_REQUEST_ARENA);
    const struct channel_trouble *list;
    struct err e = {0};
    size_t n;

    if (!notice_troubles(d->db, d->code, a, &list, &n, &e)) {
        failed(x, &e);
        return;
    }
    for (size_t i = 0; i < n; i++)
        doctor_says(
            x, VERDICT_ADVICE, "notice.channel",
            words("提醒渠道“%.40s”连续 %d 次没有发成：%.80s",
                  "the channel “%.40s” failed %d times in a row: %.80s", list[i].title, (int)list[i].failures,
                  list[i].why),
            DO_THIS("在管理页“渠道”里看原因，改好后点“试发”；不用了就停用",
                    "see why under “Channels” in the administration, mend it and try; or turn it off"));
}

/* Another folder than that of the district's other servers has neither their files nor, perhaps, their key.
 */
static void look_at_storage(struct doctor *x, struct district *d)
{
    struct err e = {0};

    if (sql_is_shared(d->db) && !file_shared_check(d->db, d->code, d->dir, &e))
        failed(x, &e);
}

void doctor_district(struct doctor *x)
{
    AUTO(district_close) struct district *d = NULL;
    struct err e = {0};

    if (!look_at_database(x, &e)) {
        failed(x, &e);
        return;
    }
    if (!x->key)
        return; /* nothing opens without it, and it was said */
    if (!cli_open(x->dir, x->pack, CLI_READ, &d, &e)) {
        failed(x, &e);
        return;
    }
    const struct world *w = district_world(d);
    look_at_storage(x, d);
    look_at_sample(x, d);
    look_at_offset(x, d);
    look_at_history(x, d);
    look_at_areas(x, w);
    look_at_people(x, w->people);
    look_at_names(x, d);
    look_at_calendar(x, d, w);
    look_at_channels(x, d);
}
