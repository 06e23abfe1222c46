/* wangge export: matters of one kind as CSV or JSON lines. */
#include "app/cli.h"
#include "base/clock.h"
#include "base/text.h"
#include "record.sql.h"
#include "record/store.h"
#include "report/export_write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 500 };
static const size_t PAGE_ARENA = (size_t)1 << 30;

static const char help[];
const struct subcommand export_command;

struct asked {
    const char *data, *pack, *kind, *format, *where, *area, *as, *out, *reveal, *reason;
};

struct exporting {
    struct district *d;
    struct export_sink sink;
    const struct principal *as; /* NULL: whoever may read the data folder */
    struct cel_expr *where;
    const char *area, *reason;
    const struct field **reveal;
    size_t n_reveal;
    struct arena *a;    /* of the whole run */
    struct arena *page; /* of one page */
    bool csv;
    int64_t written, withheld;
};

/* --- what is asked --- */

static bool read_reveal(struct exporting *x, const char *names, struct err *e)
{
    const struct kind *k = x->sink.kind;

    x->reveal = arena_array(x->a, const struct field *, k->n_fields + 1);
    while (names != NULL && *names != '\0') {
        size_t len = strcspn(names, ",");
        const struct field *f = kind_field(k, arena_strndup(x->a, names, len));

        if (f == NULL || f->privacy != PRIVACY_PERSONAL)
            return ERR_FIELD(e, "reveal", "reveal.field", "没有个人信息项“%.40s”",
                             "“%.40s” is no personal field", names);
        x->reveal[x->n_reveal++] = f;
        names += len + (names[len] == ',');
    }
    if (x->n_reveal > 0 && (x->as == NULL || x->reason == NULL || x->reason[0] == '\0'))
        return ERR(e, ERR_DENIED, "export.reveal",
                   "查看个人信息须用 --as 和 --reason 说明谁、为什么（会被记录）",
                   "to reveal personal fields say who and why with --as and --reason: it is recorded");
    return true;
}

static bool read_asked(struct exporting *x, const struct asked *k, struct err *e)
{
    const struct world *w = district_world(x->d);

    x->sink.world = w;
    x->sink.kind = packs_kind(w->packs, k->kind);
    x->csv = strcmp(k->format, "csv") == 0;
    x->area = k->area == NULL ? "" : k->area;
    x->reason = k->reason;
    if (x->sink.kind == NULL)
        return ERR_FIELD(e, "kind", "input.kind", "没有类型“%.40s”", "there is no kind “%.40s”", k->kind);
    if (x->area[0] != '\0' && area_find(w->areas, x->area) == NULL)
        return ERR_FIELD(e, "area", "place.area", "没有区域 %.20s", "no area %.20s in this district",
                         x->area);
    if (k->as != NULL && !cli_principal(x->d, k->as, x->a, &x->as, e))
        return false;
    return (k->where == NULL ||
            cel_compile(x->a, x->sink.kind->env, k->where, CEL_BOOL, &x->where, NULL, e)) &&
           read_reveal(x, k->reveal, e);
}

/* --- one page --- */

static bool wanted(const struct exporting *x, const struct record *r, bool *ret, struct err *e)
{
    struct cel_value v = CEL_BOOLV(true);

    *ret = false;
    if (!area_covers(x->area, r->area) || (x->as != NULL && !record_visible(x->sink.world, r, x->as)))
        return true;
    if (x->where != NULL && !record_eval(x->sink.world, r, x->as, x->where, time_now_ms(), 0, x->page, &v, e))
        return false;
    *ret = v.type == CEL_BOOL && v.b;
    return true;
}

static bool read_page(struct exporting *x, struct uuid *after, struct record **list, size_t *ret_n,
                      bool *ret_more, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid from = *after;
    size_t seen = 0, n = 0;

    /* A nil id would be bound as NULL, which nothing is greater than. */
    from.b[15] |= uuid_is_nil(from);
    if (!sql_begin(x->d->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &record_queries[RECORD_Q_ALL_RECORDS], &rows, e, SQL_INT(x->d->code), SQL_UUID(&from),
                   SQL_INT(PAGE)))
        return false;
    for (; sql_next(rows); seen++) {
        bool yes = false;

        *after = sql_uuid(rows, 0);
        if (strcmp(sql_text(rows, 1), x->sink.kind->name) != 0)
            continue;
        if (!row_record(rows, x->sink.world, x->page, &list[n], e) || !wanted(x, list[n], &yes, e))
            return false;
        n += yes;
    }
    *ret_n = n;
    *ret_more = seen == PAGE;
    return sql_end(&rows, e);
}

/* --- revealing --- */

struct revealing {
    struct exporting *x;
    struct record **list;
    bool *granted;
};

static void granted(void *ctx, size_t i, const struct record *r)
{
    (void)r;
    ((struct revealing *)ctx)->granted[i] = true;
}

static void refused(void *ctx, size_t i, const struct err *why)
{
    (void)i;
    (void)why;
    ((struct revealing *)ctx)->x->withheld++;
}

/* Every reveal is a line of the matter's history, written before the value is. */
static bool reveal_page(struct exporting *x, struct record **list, size_t n, struct err *e)
{
    struct revealing v = {.x = x, .list = list, .granted = arena_array(x->page, bool, n + 1)};
    const struct door_batch_calls calls = {.ctx = &v, .done = granted, .refused = refused};
    const struct command **cs = arena_array(x->page, const struct command *, n + 1);

    for (size_t i = 0; i < n; i++) {
        struct command *c = arena_new(x->page, struct command);

        *c = (struct command){.id = uuid_make(),
                              .who = x->as,
                              .at = time_now_ms(),
                              .target = list[i]->id,
                              .verb = "reveal",
                              .version = -1,
                              .note = x->reason,
                              .reveal = x->reveal,
                              .n_reveal = x->n_reveal};
        cs[i] = c;
    }
    if (n > 0 && !door_batch(x->d->door, cs, n, &calls, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (v.granted[i] && !record_unseal(x->sink.world, x->reveal, x->n_reveal, list[i], x->page, e))
            return false;
    return true;
}

static bool write_all(struct exporting *x, struct err *e)
{
    struct record *list[PAGE];
    struct uuid after = {0};
    struct progress p;
    bool more = true;
    size_t n = 0;

    if (x->csv)
        x->sink.table = cells_to(x->sink.to);
    export_begin(&x->sink, x->page);
    progress_begin(&p, "导出 export", 0);
    while (more) {
        if (!read_page(x, &after, list, &n, &more, e) || (x->n_reveal > 0 && !reveal_page(x, list, n, e)))
            return false;
        for (size_t i = 0; i < n; i++)
            if (!export_record(&x->sink, list[i], x->page, e))
                return false;
        x->written += (int64_t)n;
        arena_reset(x->page);
        progress_step(&p, x->written);
    }
    progress_end(&p, x->written);
    if (x->csv && !cells_close(&x->sink.table, e))
        return false;
    return fflush(x->sink.to) == 0 ||
           ERR(e, ERR_BUSY, "export.disk", "无法写入：%s", "cannot be written: %s", strerror(errno));
}

/* --- where it goes --- */

/* Under another name until it is whole. */
static bool to_file(struct exporting *x, const char *path, struct err *e)
{
    char *part = arena_printf(x->a, "%s.part", path);
    bool ok;

    x->sink.to = fopen(part, "we");
    if (x->sink.to == NULL)
        return ERR(e, ERR_BUSY, "export.disk", "无法写入：%s", "cannot be written: %s", strerror(errno));
    ok = write_all(x, e);
    if (fclose(x->sink.to) != 0 && ok)
        ok = ERR(e, ERR_BUSY, "export.disk", "无法写入：%s", "cannot be written: %s", strerror(errno));
    if (ok && rename(part, path) != 0)
        ok = ERR(e, ERR_BUSY, "export.disk", "无法写入：%s", "cannot be written: %s", strerror(errno));
    if (!ok)
        (void)unlink(part);
    return ok;
}

static int export(const struct asked *k)
{
    struct exporting x = {.a = arena_create((size_t)1 << 26), .page = arena_create(PAGE_ARENA)};
    struct err e = {0};
    bool ok;

    x.sink.to = stdout;
    ok = cli_open(k->data, k->pack, k->reveal == NULL ? CLI_READ : CLI_DOOR, &x.d, &e) &&
         read_asked(&x, k, &e) && (k->out == NULL ? write_all(&x, &e) : to_file(&x, k->out, &e));
    if (x.withheld > 0)
        (void)fprintf(stderr, "%lld 件的个人信息无权查看，保持遮盖 stayed masked: no right to see them\n",
                      (long long)x.withheld);
    cells_free(&x.sink.table);
    district_close(&x.d);
    arena_free(&x.page);
    arena_free(&x.a);
    return ok ? 0 : print_err("wangge export", &e);
}

static int run(int argc, char **argv)
{
    struct asked k = {.format = "csv"};
    const struct option_def defs[] = {{"data", &k.data, NULL},     {"pack", &k.pack, NULL},
                                      {"kind", &k.kind, NULL},     {"format", &k.format, NULL},
                                      {"where", &k.where, NULL},   {"area", &k.area, NULL},
                                      {"as", &k.as, NULL},         {"out", &k.out, NULL},
                                      {"reveal", &k.reveal, NULL}, {"reason", &k.reason, NULL}};
    char **operands;
    int n;

    options_parse(&export_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (k.data == NULL || k.kind == NULL || n > 0 ||
        (strcmp(k.format, "csv") != 0 && strcmp(k.format, "jsonl") != 0))
        return cli_usage(&export_command);
    return export(&k);
}

static const char help[] =
    "用法 usage: wangge export --data DIR --kind KIND [--format csv|jsonl] [--where CONDITION] [--area CODE] "
    "…\n\n"
    "导出一种事项，个人信息保持遮盖。Exports the matters of one kind; personal fields stay masked.\n\n"
    "  --data DIR         数据目录 made by wangge init\n"
    "  --kind KIND        事项类型 the kind, see wangge pack list\n"
    "  --format           csv（带 BOM，Excel 可直接打开）或 jsonl CSV with a byte order mark, or JSON lines\n"
    "  --where CONDITION  条件，写法见 docs/cel.md for instance \"category.startsWith('02') && open\"\n"
    "  --area CODE        区域及其下级 an area with all below\n"
    "  --as LOGIN         以此账号所能看到的为限 what this account may see\n"
    "  --out FILE         写到文件，完整后才出现 a file, which appears when it is whole; standard output "
    "unless said\n"
    "  --reveal A,B --reason TEXT  取得个人信息原文；须有 --as，每件都记入历史 personal fields in full: "
    "needs --as,\n"
    "                     and each one is logged in the matter's history. Not beside a running server.\n"
    "  --pack DIR         另加一个程序包目录 one more pack\n\n"
    "CSV 中以 = + - @ 开头的文字前加一个单引号，防止被当作公式。In CSV, text that begins with = + - @ gets a "
    "quote\n"
    "before it, so that no spreadsheet takes it for a formula.\n\n"
    "例 example: wangge export --data data --kind incident --where \"state == 'closed'\" --out closed.csv\n";
const struct subcommand export_command = {"export", "导出事项 matters as CSV or JSON lines", help, run};
