/* wangge schedule: the rules that raise matters by themselves, and when they come. */
#include "app/app.h"
#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>

static const char help[];
const struct subcommand schedule_command;

enum { COUNT_DEFAULT = 12 };

struct asked {
    const char *dir, *pack, *preview, *on, *off, *count;
};

static int unknown(const struct packs *packs, const char *name)
{
    (void)fprintf(stderr, "没有派发规则 there is no schedule “%s”\n", name);
    for (size_t i = 0; i < packs->n_schedules; i++)
        (void)fprintf(stderr, "  %s\n", packs->schedules[i].name);
    return 1;
}

static const char *time_text(const struct district *d, int64_t at, char out[32])
{
    static const char *const weekdays[] = {"一", "二", "三", "四", "五", "六", "日"};
    struct civil c = civil_from_ms(at, d->offset_min);

    (void)snprintf(out, 32, "%04d-%02d-%02d 周%s %02d:%02d", c.year % 10000, c.month % 100, c.day % 100,
                   weekdays[weekday_of_days(local_day(at, d->offset_min)) - 1], c.hour % 100, c.minute % 100);
    return out;
}

static int preview(struct district *d, const struct schedule_def *s, int64_t count)
{
    const struct world *w = district_world(d);
    int64_t now = time_now_ms(), at[SCHEDULE_PREVIEW_MAX], targets, people;
    struct err e = {0};
    char text[32];
    size_t n = schedule_coming(w, s, now, at, (size_t)count);

    if (!schedule_targets(d->db, w, s, now, &targets, &people, &e))
        return print_err("wangge schedule", &e);
    (void)printf("%s  %s / %s\n%s  %s\n", s->name, s->title.zh, s->title.en, s->recurrence.rule,
                 recur_workdays_name(s->recurrence.workdays));
    (void)printf("每次 each time %lld 件 records，%lld 人 people\n", (long long)targets, (long long)people);
    for (size_t i = 0; i < n; i++)
        (void)printf("  %s\n", time_text(d, at[i], text));
    return 0;
}

static int list(struct district *d)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(arena_free) struct arena *a = arena_create(1 << 20);
    const struct world *w = district_world(d);
    struct schedule_state state;
    struct err e = {0};

    if (!sql_begin(d->db, SQL_READ, &tx, &e))
        return print_err("wangge schedule", &e);
    for (size_t i = 0; i < w->packs->n_schedules; i++) {
        const struct schedule_def *s = &w->packs->schedules[i];
        int64_t at;
        char text[32] = "—";

        if (!schedule_state(tx, d->code, s->name, a, &state, &e))
            return print_err("wangge schedule", &e);
        if (schedule_coming(w, s, time_now_ms(), &at, 1) == 1)
            (void)time_text(d, at, text);
        (void)printf("%-4s %-32s %-24s %s%s%s\n", state.active ? "on" : "off", s->name, text, s->title.zh,
                     state.problem[0] != '\0' ? "  ! " : "", state.problem);
    }
    return 0;
}

static int switch_to(struct district *d, const struct schedule_def *s, bool on)
{
    struct err e = {0};

    if (!schedule_switch(d->db, district_world(d), s, on, (struct uuid){{0}}, time_now_ms(), &e))
        return print_err("wangge schedule", &e);
    (void)printf("%s %s\n", s->name, on ? "已启用 is on" : "已停用 is off");
    return 0;
}

/* The rule of that name, or each rule of the pack of that name. */
static int switch_named(struct district *d, const char *name, bool on)
{
    const struct packs *packs = d->packs;
    const struct schedule_def *s = packs_schedule(packs, name);
    int status = 0, n = 0;

    if (s != NULL)
        return switch_to(d, s, on);
    for (size_t i = 0; i < packs->n_schedules; i++)
        if (str_eq(packs->schedules[i].pack->name, name)) {
            status |= switch_to(d, &packs->schedules[i], on);
            n++;
        }
    return n > 0 ? status : unknown(packs, name);
}

static int carry_out(struct district *d, const struct asked *k)
{
    const struct schedule_def *s = k->preview == NULL ? NULL : packs_schedule(d->packs, k->preview);
    int64_t count = COUNT_DEFAULT;

    if (k->count != NULL && (!parse_int64(k->count, &count) || count < 1 || count > SCHEDULE_PREVIEW_MAX)) {
        (void)fprintf(stderr, "--count 1 … %d\n", SCHEDULE_PREVIEW_MAX);
        return 2;
    }
    if (k->preview != NULL)
        return s == NULL ? unknown(d->packs, k->preview) : preview(d, s, count);
    if (k->on != NULL)
        return switch_named(d, k->on, true);
    return k->off != NULL ? switch_named(d, k->off, false) : list(d);
}

static int run(int argc, char **argv)
{
    struct asked k = {0};
    const struct option_def defs[] = {{"data", &k.dir, NULL},        {"pack", &k.pack, NULL},
                                      {"preview", &k.preview, NULL}, {"count", &k.count, NULL},
                                      {"on", &k.on, NULL},           {"off", &k.off, NULL}};
    struct district_options o = {.no_door = true};
    AUTO(district_close) struct district *d = NULL;
    struct err e = {0};
    char **operands;
    int n;

    options_parse(&schedule_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (n > 0 || (k.preview != NULL) + (k.on != NULL) + (k.off != NULL) > 1) {
        (void)fputs(help, stderr);
        return 2;
    }
    o.dir = k.dir;
    o.db = options_db();
    o.sync = k.dir == NULL ? SQL_SYNC_OFF : SQL_SYNC_FULL;
    o.pack_dirs = &k.pack;
    o.n_pack_dirs = k.pack != NULL;
    if (!district_open(&o, &d, &e))
        return print_err("wangge schedule", &e);
    return carry_out(d, &k);
}

static const char help[] =
    "用法 usage: wangge schedule [--data DIR] [--preview RULE [--count N] | --on RULE | --off RULE]\n\n"
    "程序包里的派发规则：列出、预览、启用、停用。不给 --data 时看示例区。\n"
    "Rules of packs that raise matters by themselves: lists them, shows when one comes next and for how\n"
    "many, switches them on or off. Without --data it looks at the sample district.\n\n"
    "  --data DIR      数据目录 made by wangge init\n"
    "  --pack DIR      另加一个程序包 one more pack, or in place of the built-in one of that name\n"
    "  --preview RULE  接下来几次：日期按工作日与调休 its next times, holidays and worked weekends "
    "considered\n"
    "  --count N       几次（12）how many\n"
    "  --on RULE       从现在起派发；也可写程序包名 from now on; a pack's name means all of its rules\n"
    "  --off RULE      停止派发 no more\n\n"
    "服务运行时也可以用 may be used beside the running server.\n"
    "例 example: wangge schedule --preview visit_alone --count 6\n";
const struct subcommand schedule_command = {"schedule", "按期派发的规则 rules that come again by themselves",
                                            help, run};
