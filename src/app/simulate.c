/* wangge simulate */
#include "app/simulate.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { DAY_MS = 86400000, MINUTE_MS = 60000, BATCH = 12000, DAYS_MAX = 3660, SCALE_MAX = 10000 };

static const char help[];
const struct subcommand simulate_command;

struct asked {
    const char *dir, *days, *seed, *scale, *from;
    bool fast, force;
};

struct numbers {
    int64_t days, seed, day;
    double scale;
};

static bool read_asked(const struct asked *k, struct numbers *ret)
{
    return parse_int64(k->days, &ret->days) && ret->days >= 1 && ret->days <= DAYS_MAX &&
           parse_int64(k->seed, &ret->seed) && parse_double(k->scale, &ret->scale) && ret->scale >= 0.01 &&
           ret->scale <= SCALE_MAX && (k->from == NULL || date_parse(k->from, &ret->day));
}

/* From local midnight of a day; without --from up to this moment, so that the clocks run on from here. */
static struct sim_options options_of(const struct asked *k, const struct numbers *n, int offset_min)
{
    int64_t now = time_now_ms(), day = k->from != NULL ? n->day : local_day(now, offset_min) - n->days + 1;
    int64_t from = day * DAY_MS - (int64_t)offset_min * MINUTE_MS;

    return (struct sim_options){.from = from,
                                .until = k->from != NULL ? from + n->days * DAY_MS : now,
                                .seed = (uint64_t)n->seed,
                                .scale = n->scale,
                                .batch = BATCH};
}

static bool simulate(const struct asked *k, const struct numbers *n, struct sim_result *ret, struct err *e)
{
    AUTO(district_close) struct district *d = NULL;
    const struct district_options open = {
        .dir = k->dir, .db = options_db(), .sync = k->fast ? SQL_SYNC_OFF : SQL_SYNC_FULL};
    struct sim_options o;

    if (!district_open(&open, &d, e))
        return false;
    if (!d->sample && !k->force)
        return ERR(
            e, ERR_DENIED, "simulate.not_sample",
            "%s 不是示例区，模拟数据会混进真实数据；确实要这样做请加 --force",
            "%s is no sample district: simulated matters would mix with real ones; --force does it all "
            "the same",
            k->dir);
    o = options_of(k, n, d->offset_min);
    return simulate_run(d, &o, ret, e);
}

static int run(int argc, char **argv)
{
    struct asked k = {.days = "30", .seed = "1", .scale = "1"};
    const struct option_def defs[] = {
        {"data", &k.dir, NULL},  {"days", &k.days, NULL}, {"seed", &k.seed, NULL},  {"scale", &k.scale, NULL},
        {"from", &k.from, NULL}, {"fast", NULL, &k.fast}, {"force", NULL, &k.force}};
    struct numbers numbers = {0};
    struct sim_result r;
    struct err e = {0};
    char **operands;
    int n;

    options_parse(&simulate_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (k.dir == NULL || n > 0 || !read_asked(&k, &numbers)) {
        (void)fputs(help, stderr);
        return 2;
    }
    if (!simulate(&k, &numbers, &r, &e))
        return print_err("wangge simulate", &e);
    (void)printf("模拟完成 done: %lld 件 matters, %lld 步 steps, 其中时钟 by clocks %lld, 被拒 refused %lld\n"
                 "最后一条记录 last entry: %lld %s\n",
                 (long long)r.raised, (long long)r.commands, (long long)r.ticks, (long long)r.refused,
                 (long long)r.seq, r.hash);
    return 0;
}

static const char help[] =
    "用法 usage: wangge simulate --data DIR [--days N] [--seed S] [--scale X] [--from DATE] [--fast] "
    "[--force]\n\n"
    "让示例区过若干天：居民、巡查、网格员、受理、核查各按岗位办事，时钟照走。每件事的上报记录都注明“模拟数据”"
    "。\n"
    "Lets a sample district live for some days: residents, patrols, workers, clerks and verifiers\n"
    "act by their posts, clocks run. The report of every matter is marked as simulated.\n\n"
    "  --data DIR    数据目录 the data folder (of a sample district)\n"
    "  --days N      天数 how many days (30)\n"
    "  --seed S      种子 the same seed, the same history to the byte (1)\n"
    "  --scale X     规模 1: about 300 matters a day (1)\n"
    "  --from DATE   第一天 the first day; without it the last day is today and it ends now\n"
    "  --fast        不等磁盘 does not wait for the disk: data for benchmarks, which can be made again\n"
    "  --force       不是示例区也做 also where the district is no sample\n\n"
    "例 example: wangge simulate --data data --days 30 --scale 1 --seed 1\n";
const struct subcommand simulate_command = {
    "simulate", "让示例区过若干天 let a sample district live for some days", help, run};
