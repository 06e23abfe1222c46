/* Opening and making a district. */
#include "app.sql.h"
#include "app/app.h"
#include "app/guards.h"
#include "app/observers.h"
#include "app/packs.h"
#include "app/rehearse.h"
#include "app/worlds.h"
#include "appraisal/appraisal.h"
#include "area/area.h"
#include "ballot/ballot.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "base/uuid.h"
#include "booking/booking.h"
#include "call/call.h"
#include "clock/clock.h"
#include "desk/desk.h"
#include "file/file.h"
#include "init.sql.h"
#include "ledger/ledger.h"
#include "notice/notice.h"
#include "payment/payment.h"
#include "record/claim.h"
#include "roster/roster.h"
#include "rules/rules.h"
#include "schedule.sql.h"
#include "score/score.h"
#include "sql/group.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHINA_OFFSET_MIN = 480 };
/* Of a larger database nobody wants to wait at the start: wangge account erase. */
static const int64_t ERASE_BYTES = (int64_t)4 << 30;

static char *path_in(const char *dir, const char *name)
{
    size_t n = strlen(dir) + strlen(name) + 2;
    char *path = xcalloc(n, 1);

    (void)snprintf(path, n, "%s/%s", dir, name);
    return path;
}

/* --- making one --- */

static bool write_row(struct sql *db, const struct init_options *o, int64_t now, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(db, SQL_WRITE, &tx, e) &&
           sql_run(tx, &app_queries[APP_Q_DISTRICT_ADD], e, SQL_INT(o->code), SQL_TEXT(o->name),
                   SQL_TEXT(o->short_name), SQL_TEXT(o->suite == SUITE_SM ? "sm" : "aes"),
                   SQL_INT(o->offset_min), SQL_INT(o->sample), SQL_INT(now)) &&
           sql_run(tx, &init_queries[INIT_Q_TURN_ADD], e, SQL_INT(o->code)) && sql_commit(&tx, e);
}

/* The row comes last: without it there is no district. */
static bool fill(struct sql *db, const struct privacy *pv, const struct init_options *o, struct err *e)
{
    int64_t now = time_now_ms();

    return sql_migrate(db, sql_migrations, sql_n_migrations, e) &&
           (!o->sample || sample_fill(db, pv, o->code, now, o->stage ? NULL : SAMPLE_PASSWORD, e)) &&
           write_row(db, o, now, e);
}

static bool exists(const char *where, struct err *e)
{
    return ERR(e, ERR_CONFLICT, "district.exists", "%s 里已有一个区", "there is a district in %s already",
               where);
}

static bool make_dir(const char *dir, struct err *e)
{
    if (mkdir(dir, 0700) == 0 || errno == EEXIST)
        return true;
    return ERR(e, ERR_BUSY, "district.dir", "无法创建数据目录 %s：%s",
               "the data folder %s cannot be made: %s", dir, strerror(errno));
}

static bool flush(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    return ok || ERR(e, ERR_BUSY, "district.dir", "无法写入 %s：%s", "%s cannot be written: %s", path,
                     strerror(errno));
}

/* --- which district of a server's database is this folder's --- */

/* *ret is 0 where nothing is written: then there must be only one. */
static bool read_choice(const char *dir, int64_t *ret, struct err *e)
{
    AUTO(xfree) char *path = path_in(dir, "district");
    FILE *f = fopen(path, "re");
    char line[32] = "";
    bool ok;

    *ret = 0;
    if (f == NULL && errno == ENOENT)
        return true;
    ok = f != NULL && fgets(line, sizeof(line), f) != NULL;
    if (f != NULL)
        (void)fclose(f);
    line[strcspn(line, "\n")] = '\0';
    return (ok && parse_int64(line, ret) && *ret > 0) ||
           ERR(e, ERR_INVALID, "district.choice", "%s 应是一行六位区划代码",
               "%s should be a line with a six-digit division code", path);
}

static bool write_choice(const char *dir, int64_t code, struct err *e)
{
    AUTO(xfree) char *path = path_in(dir, "district");
    int64_t before;
    FILE *f;
    bool ok;

    if (!read_choice(dir, &before, e))
        return false;
    if (before != 0 && before != code)
        return exists(dir, e);
    f = fopen(path, "we");
    ok = f != NULL && fprintf(f, "%" PRId64 "\n", code) > 0;
    ok = f != NULL && fclose(f) == 0 && ok;
    if (!ok)
        return ERR(e, ERR_BUSY, "district.dir", "无法写入 %s：%s", "%s cannot be written: %s", path,
                   strerror(errno));
    return flush(path, e);
}

/* A server's address may hold a password: it is not repeated. */
static bool must_be_new(struct sql *db, int64_t code, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_begin(db, SQL_READ, &tx, e) ||
        !sql_query(tx, &app_queries[APP_Q_DISTRICT], &rows, e, SQL_INT(code)))
        return false;
    return sql_next(rows) && sql_int(rows, 0) == code ? exists("--db", e) : sql_end(&rows, e);
}

static bool lay_out(struct sql *db, const struct init_options *o, struct err *e)
{
    bool does = false;

    if (!o->distribute)
        return true;
    if (!sql_distribute(db, &does, e))
        return false;
    if (!does)
        (void)puts("数据库没有 citus 扩展，表不分布 the database has no extension citus: the tables are not "
                   "distributed");
    return true;
}

static bool init_server(const char *dir, const struct init_options *o, struct err *e)
{
    AUTO(sql_close) struct sql *db = NULL;
    AUTO(privacy_free) struct privacy *pv = NULL;
    const struct sql_options so = {0};

    return sql_open(o->db, &so, &db, e) && lay_out(db, o, e) &&
           sql_migrate(db, sql_migrations, sql_n_migrations, e) && must_be_new(db, o->code, e) &&
           write_choice(dir, o->code, e) && privacy_open(dir, o->suite, true, &pv, e) && fill(db, pv, o, e);
}

bool district_init(const char *dir, const struct init_options *o, struct err *e)
{
    AUTO(sql_close) struct sql *db = NULL;
    AUTO(privacy_free) struct privacy *pv = NULL;
    AUTO(xfree) char *path = path_in(dir, "wangge.db");
    AUTO(xfree) char *making = path_in(dir, "wangge.db.new");
    /* Until it is renamed it does not exist: one flush at the end is enough. */
    const struct sql_options so = {.sync = SQL_SYNC_OFF};

    if (!make_dir(dir, e))
        return false;
    if (access(path, F_OK) == 0)
        return exists(dir, e);
    if (o->db != NULL)
        return init_server(dir, o, e);
    (void)unlink(making);
    if (!privacy_open(dir, o->suite, true, &pv, e) || !sql_open(making, &so, &db, e) || !lay_out(db, o, e) ||
        !fill(db, pv, o, e))
        return false;
    sql_close(&db);
    if (!flush(making, e))
        return false;
    /* Only a finished district gets the name that `serve` looks for. */
    if (rename(making, path) != 0)
        return ERR(e, ERR_BUSY, "district.dir", "无法写入 %s：%s", "%s cannot be written: %s", path,
                   strerror(errno));
    return true;
}

/* --- opening one --- */

static bool read_row(struct district *d, enum suite *ret_suite, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t chosen = d->code;

    if (!sql_begin(d->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &app_queries[APP_Q_DISTRICT], &rows, e, SQL_INT(chosen)))
        return false;
    if (!sql_next(rows) || (chosen != 0 && sql_int(rows, 0) != chosen))
        return ERR(e, ERR_NOT_FOUND, "district.none", "数据库里没有区，请先运行 wangge init",
                   "no district in the database: run wangge init");
    d->code = sql_int(rows, 0);
    d->name = xstrdup(sql_text(rows, 1));
    d->short_name = xstrdup(sql_text(rows, 2));
    *ret_suite = strcmp(sql_text(rows, 3), "sm") == 0 ? SUITE_SM : SUITE_AES;
    d->offset_min = (int)sql_int(rows, 4);
    d->sample = sql_int(rows, 5) != 0;
    if (chosen == 0 && sql_next(rows))
        return ERR(
            e, ERR_CONFLICT, "district.several",
            "数据库里有几个区：请在数据目录的 district 文件里写明是哪一个",
            "there are several districts in the database: name this one's code in the file district of "
            "the data folder");
    return sql_end(&rows, e);
}

/* A district that is not kept is the sample. Its key is no secret: nothing personal is in it, nothing of it
 * is kept, and what is played in it twice comes out the same. */
static bool open_stage(struct district *d, const char *db, const struct sql_options *so, struct err *e)
{
    static const struct init_options o = {.code = 330803,
                                          .name = "衢江区",
                                          .short_name = "衢江",
                                          .suite = SUITE_AES,
                                          .offset_min = CHINA_OFFSET_MIN,
                                          .sample = true,
                                          .stage = true};
    static const uint8_t key[32] = {1};

    return privacy_create(SUITE_AES, key, &d->privacy, e) &&
           sql_open(db != NULL ? db : ":memory:", so, &d->db, e) && fill(d->db, d->privacy, &o, e);
}

static bool open_dir(struct district *d, const char *dir, const char *db, const struct sql_options *so,
                     struct err *e)
{
    AUTO(xfree) char *path = path_in(dir, "wangge.db");

    d->dir = xstrdup(dir);
    if (db != NULL)
        return read_choice(dir, &d->code, e) && sql_open(db, so, &d->db, e) &&
               sql_migrate(d->db, sql_migrations, sql_n_migrations, e);
    if (access(path, F_OK) != 0)
        return ERR(e, ERR_NOT_FOUND, "district.none", "%s 里没有数据，请先运行 wangge init --data %s",
                   "there is no district in %s: run wangge init --data %s", dir, dir);
    return sql_open(path, so, &d->db, e) && sql_migrate(d->db, sql_migrations, sql_n_migrations, e);
}

static const struct world *current(void *ctx)
{
    return district_world(ctx);
}

static const struct world *world_of(const struct services *s)
{
    return district_world(s->owner);
}

static bool reload(const struct services *s, struct err *e)
{
    return district_reload(s->owner, e);
}

static const struct area_tree *areas_of(const struct services *s)
{
    return s->world(s)->areas;
}

static const struct directory *people_of(const struct services *s)
{
    return s->world(s)->people;
}

static const struct packs *packs_of_services(const struct services *s)
{
    return s->world(s)->packs;
}

static struct rules *rules_of_services(const struct services *s)
{
    const struct district *d = s->owner;

    return d->rules;
}

static void expect(void *ctx, int64_t at)
{
    struct district *d = ctx;

    if (d->timer != NULL)
        timer_expect(d->timer, at);
}

static void planned(const struct services *s, int64_t at)
{
    expect(s->owner, at);
}

static bool is_aside(const struct record *r, const struct file *f, const struct principal *who)
{
    for (size_t i = 0; i < r->n_files; i++)
        if (uuid_eq(r->files[i].id, f->id))
            return !record_shows_file(&r->files[i], who);
    return false;
}

static bool may_see_file(const struct services *s, struct sql_tx *tx, const struct principal *who,
                         const char *claim, const struct file *f)
{
    struct principal holder;
    struct arena *a = arena_create(LIMIT_REQUEST_ARENA);
    struct record *r = NULL;
    struct err e = {0};
    const struct world *w = s->world(s);
    bool yes =
        record_load(tx, w, f->record, a, &r, &e) && r != NULL &&
        ((record_visible(w, r, claim_holder(w, f->record, claim, who, &holder)) && !is_aside(r, f, who)) ||
         record_public_file(r, f->id));

    arena_free(&a);
    return yes;
}

/* --- beside other servers --- */

static void committed(void *ctx)
{
    const struct district *d = ctx;

    if (d->follower != NULL)
        follower_look(d->follower);
    sender_wake(d->sender);
}

static bool changed(void *ctx, struct err *e)
{
    return district_reload(ctx, e);
}

static bool follow(struct district *d, struct err *e)
{
    const struct follower_options o = {
        .db = d->db, .district = d->code, .world = current, .hub = d->hub, .changed = changed, .ctx = d};

    return follower_start(&o, &d->follower, e);
}

bool district_in_charge(const struct district *d)
{
    return d->follower == NULL || follower_in_charge(d->follower);
}

/* Two servers: what the other has just committed shows at the follower's next look. */
static int64_t known_seq(const struct services *s)
{
    const struct district *d = s->owner;
    int64_t ours = d->door == NULL ? -1 : door_seq(d->door), seen;

    if (!sql_is_shared(d->db) || ours < 0)
        return ours;
    seen = d->follower == NULL ? -1 : follower_seq(d->follower);
    return seen >= 0 && seen < ours ? ours : seen;
}

/* Numbers and sequence are counted in the memory of who has the door: there is one. Servers on a shared
 * database take turns there and share the lock, so that loads still want them stopped. */
bool district_lock(const char *dir, bool together, int *ret, struct err *e)
{
    AUTO(xfree) char *path = path_in(dir, "wangge.lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return ERR(e, ERR_BUSY, "district.dir", "无法写入 %s：%s", "%s cannot be written: %s", path,
                   strerror(errno));
    if (flock(fd, (together ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        (void)close(fd);
        return ERR(e, ERR_BUSY, "district.locked", "%s 正由另一个 wangge 进程（服务或导入）写入，请先停下它",
                   "another wangge process (serve or import) is writing to %s: stop it first", dir);
    }
    *ret = fd;
    return true;
}

/* Where other servers write, too, the history is told by the follower, ours with theirs. */
static bool follows(const struct district *d, const struct district_options *o)
{
    return o->live && sql_is_shared(d->db);
}

static bool open_door(struct district *d, const struct district_options *o, struct err *e)
{
    const struct door_options door = {.db = d->db,
                                      .world = current,
                                      .ctx = d,
                                      .hub = follows(d, o) ? NULL : d->hub,
                                      .renew = changed,
                                      .committed = committed,
                                      .timer = expect,
                                      .observer = &all_observers,
                                      .guard = &all_guards,
                                      .batch = o->batch,
                                      .dry = o->dry,
                                      .alone = d->dir == NULL && !sql_is_shared(d->db),
                                      .threaded = o->threaded};

    return (d->dir == NULL || district_lock(d->dir, follows(d, o), &d->lock, e)) &&
           door_open(&door, &d->door, e) && (!o->live || sql_group_open(d->db, &d->beside, e));
}

static void offer_services(struct district *d)
{
    d->services = (struct services){.db = d->db,
                                    .hub = d->hub,
                                    .privacy = d->privacy,
                                    .sessions = d->sessions,
                                    .door = d->door,
                                    .beside = d->beside,
                                    .district = d->code,
                                    .offset_min = d->offset_min,
                                    .data_dir = d->dir,
                                    .started_at = time_now_ms(),
                                    .owner = d,
                                    .known_seq = known_seq,
                                    .world = world_of,
                                    .reload = reload};
    area_tree_of = areas_of;
    directory_of = people_of;
    packs_of = packs_of_services;
    rules_of = rules_of_services;
    rules_rehearse = rehearse;
    rules_planned = planned;
    file_may_see = may_see_file;
    record_files_ok = file_check;
    record_soon_until = clock_soon_until;
    record_books = ledger_books;
}

/* What an older program left; the files only by whoever has them to itself. */
static bool clear_names(struct district *d, const struct district_options *o, struct err *e)
{
    bool left = false;

    if (o->read_only)
        return true;
    if (o->no_door)
        return account_names_seal(d->db, d->privacy, d->code, e);
    return account_names_erase(d->db, d->privacy, d->code, ERASE_BYTES, time_now_ms(), &left, e);
}

bool district_open(const struct district_options *o, struct district **ret, struct err *e)
{
    AUTO(district_close) struct district *d = xcalloc(1, sizeof(*d));
    const struct sql_options so = {.sync = o->sync, .read_only = o->read_only};
    enum suite suite = SUITE_AES;

    d->lock = -1;
    if (!(o->dir == NULL ? open_stage(d, o->db, &so, e) : open_dir(d, o->dir, o->db, &so, e)) ||
        !read_row(d, &suite, e) || (o->dir != NULL && !privacy_open(o->dir, suite, false, &d->privacy, e)) ||
        !packs_open(d, o, e))
        return false;
    sql_take_turns(d->db, d->code);
    const struct rules_options rules = {.db = d->db,
                                        .district = d->code,
                                        .maker = packs_maker(d->own),
                                        .own = d->packs,
                                        .instead = o->instead,
                                        .n_instead = o->n_instead};
    const struct world fixed = {
        .privacy = d->privacy, .district = d->code, .short_name = d->short_name, .offset_min = d->offset_min};
    if (!clear_names(d, o, e))
        return false;
    if (!rules_open(&rules, &d->rules, e) ||
        (!o->versions_only && !worlds_open(d->db, &fixed, d->rules, &d->worlds, e)) ||
        !sql_check(d->db, app_queries, APP_Q__MAX, e))
        return false;
    if (!sql_check(d->db, schedule_queries, SCHEDULE_Q__MAX, e) || !booking_check(d->db, e) ||
        !ledger_check(d->db, e) || !appraisal_check(d->db, e))
        return false;
    if (o->live && (!roster_check(d->db, e) || !payment_check(d->db, e) || !ballot_check(d->db, e)))
        return false;
    if (o->live && !(desk_check(d->db, e) && call_check(d->db, e)))
        return false;
    if (o->live) {
        d->hub = stream_hub_create();
        d->sessions = sessions_create(d->db, d->privacy, d->code);
    }
    if (!o->read_only && !o->no_door && !open_door(d, o, e))
        return false;
    if (follows(d, o) && !follow(d, e))
        return false;
    offer_services(d);
    *ret = d;
    d = NULL;
    return true;
}

void district_close(struct district **d)
{
    if (*d == NULL)
        return;
    scheduler_stop(&(*d)->scheduler);
    timer_stop(&(*d)->timer);
    sender_stop(&(*d)->sender);
    door_close(&(*d)->door);
    sql_group_close(&(*d)->beside);
    follower_stop(&(*d)->follower);
    sessions_free(&(*d)->sessions);
    stream_hub_free(&(*d)->hub);
    worlds_close(&(*d)->worlds);
    rules_close(&(*d)->rules);
    arena_free(&(*d)->packs_arena);
    if ((*d)->own != NULL)
        own_packs_free((*d)->own);
    free((*d)->own);
    sql_close(&(*d)->db);
    privacy_free(&(*d)->privacy);
    if ((*d)->lock >= 0)
        (void)close((*d)->lock);
    free((*d)->dir);
    free((*d)->name);
    free((*d)->short_name);
    free(*d);
    *d = NULL;
}

const struct world *district_world(struct district *d)
{
    return worlds_current(d->worlds);
}

bool district_reload(struct district *d, struct err *e)
{
    if (!worlds_reload(d->worlds, e))
        return false;
    if (d->sessions != NULL)
        sessions_forget(d->sessions);
    return true;
}
