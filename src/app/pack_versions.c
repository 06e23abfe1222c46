/* wangge pack versions, wangge pack return: the versions that administrators keep, and the way back from one
 * that the program does not accept any more. */
#include "app/pack_versions.h"

#include "app.sql.h"
#include "app/cli.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "rules/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHOICES_MAX = 16, PAGE = 500, OUTPUT_BYTES = 1024 * 1024, WHY_CHARS = 500 };
static const size_t LIST_ARENA = (size_t)64 << 20;

/* --- versions --- */

/* Complaints about the pack itself; others in force may have theirs. */
static size_t own_complaints(const struct complaints *all, const char *pack)
{
    char folder[256];
    size_t n = 0;

    (void)snprintf(folder, sizeof(folder), "packs/%s/", pack);
    for (size_t i = 0; i < all->n; i++)
        n += str_starts(all->items[i].file, folder);
    return n;
}

static void print_complaints(const struct complaints *c)
{
    struct buf out;

    buf_init(&out, OUTPUT_BYTES);
    complaints_print(c, &out);
    (void)fputs(buf_text(&out), stdout);
    buf_free(&out);
}

static bool print_version(const struct district *d, const struct version *v, int64_t holds, bool *ret_refused,
                          struct err *e)
{
    AUTO(arena_free) struct arena *a = NULL;
    struct complaints c = {0};
    char at[RFC3339_MAX];
    bool now = v->number == holds;

    if (!rules_judge(d->rules, v->pack, v->number, &a, &c, e))
        return false;
    rfc3339_format(v->at, d->offset_min, at);
    bool bad = own_complaints(&c, v->pack) > 0;
    (void)printf("%s %-16s %4" PRId64 "  %s  %s  %s\n", now ? "→" : " ", v->pack, v->number, at,
                 bad ? "不被接受 REFUSED" : "可用 accepted", v->note);
    if (bad)
        print_complaints(&c);
    *ret_refused = bad && now;
    return true;
}

static bool print_pack(struct district *d, const char *pack, struct arena *a, int *ret_refused, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct version *list = NULL;
    int64_t holds = 0;
    size_t n = 0;

    if (!sql_begin(d->db, SQL_READ, &tx, e) || !version_list(tx, d->code, pack, a, &list, &n, e) ||
        !switch_holds(tx, d->code, pack, &holds, e))
        return false;
    sql_rollback(&tx);
    for (size_t i = 0; i < n; i++) {
        bool refused = false;

        list[i].pack = pack;
        if (!print_version(d, &list[i], holds, &refused, e))
            return false;
        *ret_refused += refused;
    }
    return true;
}

static bool list_packs(struct district *d, struct arena *a, const char ***ret, size_t *ret_n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(d->db, SQL_READ, &tx, e) && version_packs(tx, d->code, a, ret, ret_n, e);
}

int pack_versions(const char *dir, const char *extra, const char *only)
{
    const struct district_options o = {.dir = dir,
                                       .db = options_db(),
                                       .read_only = true,
                                       .versions_only = true,
                                       .pack_dirs = &extra,
                                       .n_pack_dirs = extra != NULL};
    AUTO(arena_free) struct arena *a = arena_create(LIST_ARENA);
    AUTO(district_close) struct district *d = NULL;
    const char **packs = NULL;
    struct err e = {0};
    int refused = 0;
    size_t n = 0;

    if (!district_open(&o, &d, &e) || !list_packs(d, a, &packs, &n, &e))
        return print_err("wangge pack", &e);
    if (n == 0)
        (void)printf("没有存下的版本，用的都是程序自带的 there are no versions of your own\n");
    for (size_t i = 0; i < n; i++)
        if ((only == NULL || str_eq(only, packs[i])) && !print_pack(d, packs[i], a, &refused, &e))
            return print_err("wangge pack", &e);
    if (refused > 0)
        (void)printf(
            "\n在用的一版不被接受：停下服务，用 wangge pack return 程序包 版本 退回可用的一版\n"
            "a version in force is refused: stop the server and go back with wangge pack return PACK "
            "NUMBER\n");
    return refused > 0;
}

/* --- return --- */

static bool read_choices(char *const *operands, int n, struct version_choice *ret, struct err *e)
{
    for (int i = 0; i < n; i += 2) {
        ret[i / 2].pack = operands[i];
        if (!parse_int64(operands[i + 1], &ret[i / 2].number) || ret[i / 2].number < 0)
            return ERR(e, ERR_INVALID, "cli.number", "“%.40s”不是版本号；0 是程序自带的",
                       "“%.40s” is no number of a version; 0 is the program's", operands[i + 1]);
    }
    return true;
}

/* A record that the version cannot read would be seen by nobody any more. */
static bool reads_all(struct district *d, struct err *e)
{
    struct uuid after = {{0}};

    for (size_t n = PAGE; n == PAGE;) {
        AUTO(arena_free) struct arena *a = arena_create(LIST_ARENA);
        AUTO(sql_rollback) struct sql_tx *tx = NULL;
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;

        if (!sql_begin(d->db, SQL_READ, &tx, e) ||
            !sql_query(tx, &app_queries[APP_Q_RECORD_IDS], &rows, e, SQL_INT(d->code),
                       SQL_BLOB(after.b, sizeof(after.b)), SQL_INT(PAGE)))
            return false;
        for (n = 0; sql_next(rows); n++) {
            struct record *r = NULL;

            after = sql_uuid(rows, 0);
            if (!record_load(tx, district_world(d), after, a, &r, e))
                return false;
        }
        if (!sql_end(&rows, e))
            return false;
    }
    return true;
}

static bool go_back(struct district *d, const struct version_choice *c, const char *why, struct err *e)
{
    const struct doing by = {.db = d->db, .district = d->code, .now = time_now_ms()};
    const struct switch_order o = {
        .id = uuid_make(), .pack = c->pack, .why = why, .number = c->number, .from = by.now};

    return switch_do(&d->services, d->rules, &by, &o, e);
}

int pack_return(const char *dir, const char *extra, char *const *operands, int n, const char *why)
{
    struct version_choice choices[CHOICES_MAX];
    const struct district_options o = {.dir = dir,
                                       .db = options_db(),
                                       .instead = choices,
                                       .n_instead = (size_t)n / 2,
                                       .pack_dirs = &extra,
                                       .n_pack_dirs = extra != NULL};
    AUTO(district_close) struct district *d = NULL;
    struct err e = {0};

    if (n / 2 > CHOICES_MAX || why == NULL || why[0] == '\0' || utf8_length(why) > WHY_CHARS) {
        (void)fprintf(stderr, "用 --why 写明原因（%d 字以内） say why with --why\n", WHY_CHARS);
        return 2;
    }
    if (!read_choices(operands, n, choices, &e) || !district_open(&o, &d, &e) || !reads_all(d, &e))
        return print_err("wangge pack return", &e);
    for (size_t i = 0; i < o.n_instead; i++) {
        if (!go_back(d, &choices[i], why, &e))
            return print_err("wangge pack return", &e);
        (void)printf("%s：第 %" PRId64 " 版已启用 version %" PRId64 " of %s is in force\n", choices[i].pack,
                     choices[i].number, choices[i].number, choices[i].pack);
    }
    (void)printf(
        "启动服务前可运行 wangge verify 核对 before you start the server, wangge verify compares all\n");
    return 0;
}
