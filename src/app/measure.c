/* wangge measure: the figures of GET /api/v1/measures on a terminal. */
#include "measure/measure.h"

#include "app/cli.h"
#include "base/clock.h"
#include "base/limits.h"

#include <stdio.h>
#include <string.h>

static const char help[];
const struct subcommand measure_command;

static handler_fn *handler(void)
{
    const struct route *r = measure_routes;

    while (strcmp(r->path, "/api/v1/measures") != 0)
        r++;
    return r->handler;
}

/* Exactly what the API answers, by the same code. */
static bool print_figures(struct district *d, const struct param *query, size_t n, struct err *e)
{
    struct arena *a = arena_create(LIMIT_REQUEST_ARENA);
    struct req *r = arena_new(a, struct req);
    bool ok;

    r->arena = a;
    r->services = &d->services;
    r->who = &principal_anonymous;
    r->now = time_now_ms();
    memcpy(r->query, query, sizeof(*query) * n);
    r->n_query = n;
    jo_begin(&r->out, LIMIT_REPLY_BYTES);
    ok = handler()(r, e) && jo_end(&r->out, e);
    if (ok)
        (void)printf("%s\n", r->out.buf);
    jo_free(&r->out);
    arena_free(&a);
    return ok;
}

static int run(int argc, char **argv)
{
    const char *data = NULL, *pack = NULL;
    struct param q[] = {{"name", ""}, {"area", ""},  {"from", ""}, {"to", ""},
                        {"by", ""},   {"under", ""}, {"dim", ""}};
    const struct option_def defs[] = {
        {"data", &data, NULL},       {"pack", &pack, NULL},        {"name", &q[0].value, NULL},
        {"area", &q[1].value, NULL}, {"from", &q[2].value, NULL},  {"to", &q[3].value, NULL},
        {"by", &q[4].value, NULL},   {"under", &q[5].value, NULL}, {"dim", &q[6].value, NULL}};
    struct district *d = NULL;
    struct err e = {0};
    char **operands;
    int n, status = 0;

    options_parse(&measure_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (data == NULL || n > 0)
        return cli_usage(&measure_command);
    if (!cli_open(data, pack, CLI_READ, &d, &e))
        return print_err("wangge measure", &e);
    if (!print_figures(d, q, COUNT_OF(q), &e))
        status = print_err("wangge measure", &e);
    district_close(&d);
    return status;
}

static const char help[] =
    "用法 usage: wangge measure --data DIR [--name A,B] [--area CODE] [--from DATE --to DATE] [--by "
    "area|day|FIELD]\n\n"
    "以 JSON 打印指标，与接口 GET /api/v1/measures 相同。Prints figures as JSON, as the API answers them.\n\n"
    "  --data DIR         数据目录 made by wangge init\n"
    "  --name A,B         指标名，缺省为全部 measures; all that are not hidden unless said\n"
    "  --area CODE        区域及其下级 an area with all below; the whole district unless said\n"
    "  --from, --to       当地日期，含两端，最多 400 天 local days, both included, at most 400; neither: of "
    "all time\n"
    "  --by area|day|FIELD  按下级区域、日期或一个字段分组 grouped by the areas below, by day, or by a "
    "field\n"
    "  --under CODE       字段分组时，只看这个代码的下一级 of a code list, what lies directly under this "
    "code\n"
    "  --dim FIELD=VALUE  只看这一类 of one value of a field only\n"
    "  --pack DIR         另加一个程序包目录 one more pack\n\n"
    "例 example: wangge measure --data data --name received,closed --from 2026-11-01 --to 2026-11-30 --by "
    "category\n";
const struct subcommand measure_command = {"measure", "打印指标 print figures", help, run};
