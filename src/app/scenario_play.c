/* The steps in their order, the clocks between them, and the checks. */
#include "app/people.h"
#include "app/scenario.h"
#include "base/clock.h"
#include "base/text.h"
#include "record/around.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MINUTE_MS = 60000, DAY_MS = 86400000, TEXT_BYTES = 2000 };
/* How many times of a step go through the door in one batch. */
enum { TOGETHER = 256 };
static const size_t TURN_ARENA = (size_t)1 << 24;

static void tell_complaint(const struct play *p, int line, const char *text)
{
    jo_obj(p->complaints, NULL);
    jo_int(p->complaints, "line", line);
    jo_str(p->complaints, "text", text);
    jo_close(p->complaints);
}

bool play_fail(struct play *p, const struct pack_node *at, const char *fmt, ...)
{
    char text[TEXT_BYTES];
    va_list ap;

    p->failures++;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    text[utf8_cut(text, strlen(text))] = '\0';
    if (p->complaints != NULL)
        tell_complaint(p, at->line, text);
    else
        (void)fprintf(stderr, "%s:%d: %s\n", at->file->name, at->line, text);
    return false;
}

bool play_fail_err(struct play *p, const struct pack_node *at, const char *what, const struct err *e)
{
    (void)play_fail(p, at, "%s: %s (%s)\n    %s", what, e->zh, e->key, e->en);
    for (size_t i = 0; i < e->n_details; i++) {
        const struct err_detail *d = &e->details[i];

        if (p->complaints != NULL)
            tell_complaint(p, at->line,
                           arena_printf(p->arena, "%s: %s / %s (%s)", d->field, d->zh, d->en, d->key));
        else
            (void)fprintf(stderr, "    %s: %s / %s (%s)\n", d->field, d->zh, d->en, d->key);
    }
    return false;
}

const char *play_text(const struct pack_node *n)
{
    return n != NULL && n->type == NODE_SCALAR ? n->text : "";
}

bool play_duration(const char *s, int64_t *ret_ms)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {
        {'s', 1000}, {'m', MINUTE_MS}, {'h', (int64_t)60 * MINUTE_MS}, {'d', (int64_t)24 * 60 * MINUTE_MS}};
    size_t n = strlen(s);
    char digits[16];
    int64_t v;

    if (n < 2 || n >= sizeof(digits))
        return false;
    str_copy(digits, n, s);
    if (!parse_int64(digits, &v) || v < 0 || v > 100000000)
        return false;
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (units[i].unit == s[n - 1]) {
            *ret_ms = v * units[i].ms;
            return true;
        }
    return false;
}

/* " 19:00": minutes after midnight. */
static bool read_minute(const char *s, int64_t *ret)
{
    char text[8];
    int64_t h, m;

    if (strlen(s) != sizeof(" 19:00") - 1 || s[0] != ' ' || s[3] != ':')
        return false;
    str_copy(text, sizeof(text), s);
    text[3] = '\0';
    if (!parse_int64(text + 1, &h) || !parse_int64(text + 4, &m) || h < 0 || h > 23 || m < 0 || m > 59)
        return false;
    *ret = h * 60 + m;
    return true;
}

/* "+1d" or "+1d 19:00": that day, and the minute of it; -1 where none is named. */
static bool read_day(const struct play *p, const char *s, int64_t *ret_day, int64_t *ret_minute)
{
    size_t n = strcspn(s, " ");
    char text[16];
    int64_t ms = 0;

    if ((s[0] != '+' && s[0] != '-') || n >= sizeof(text) || s[n - 1] != 'd')
        return false;
    str_copy(text, sizeof(text), s);
    text[n] = '\0';
    if (!play_duration(text + 1, &ms))
        return false;
    *ret_day = local_day(p->moment, p->d->offset_min) + (s[0] == '-' ? -ms : ms) / DAY_MS;
    *ret_minute = -1;
    return s[n] == '\0' || read_minute(s + n, ret_minute);
}

bool play_instant(const struct play *p, const char *s, int64_t *ret, bool *ret_told)
{
    int64_t day, minute, ms;
    bool counted = true;

    if (ret_told != NULL)
        *ret_told = true;
    if (read_day(p, s, &day, &minute) && minute >= 0) {
        *ret = day * DAY_MS + (minute - p->d->offset_min) * MINUTE_MS;
    } else if ((s[0] == '-' || s[0] == '+') && play_duration(s + 1, &ms)) {
        *ret = p->moment + (s[0] == '-' ? -ms : ms);
    } else {
        counted = false;
    }
    if (ret_told != NULL)
        *ret_told = counted;
    return counted || rfc3339_parse(s, ret);
}

bool play_date(const struct play *p, const char *s, char ret[16])
{
    int64_t day, minute;

    if (!read_day(p, s, &day, &minute) || minute >= 0)
        return false;
    date_format(day, ret);
    return true;
}

void play_keep(struct play *p, const char *name, const struct kind *k, struct uuid id)
{
    if (p->n_kept == p->max_kept) {
        struct kept *more;

        p->max_kept = p->max_kept * 2 + 64;
        more = arena_array(p->story, struct kept, p->max_kept);
        for (size_t i = 0; i < p->n_kept; i++)
            more[i] = p->kept[i];
        p->kept = more;
    }
    p->kept[p->n_kept++] = (struct kept){name, k, id};
}

const struct kept *play_kept(struct play *p, const struct pack_node *name)
{
    for (size_t i = p->n_kept; i > 0; i--)
        if (strcmp(p->kept[i - 1].name, play_text(name)) == 0)
            return &p->kept[i - 1];
    (void)play_fail(p, name, "前面没有 keep: %s nothing was kept by that name", play_text(name));
    return NULL;
}

static void keep(struct play *p, const struct pack_node *name, const struct record *r)
{
    if (p->n_kept == KEPT_MAX)
        (void)play_fail(p, name, "一个场景最多记住 %d 个事项 too many are kept", KEPT_MAX);
    else
        play_keep(p, play_text(name), r->kind, r->id);
}

/* --- time --- */

static bool ring_clocks(struct play *p, const struct pack_node *at, int64_t next, int64_t *did)
{
    struct err e = {0};

    return timer_run_due(p->d->db, p->d->door, p->d->code, next, did, &e) ||
           play_fail_err(p, at, "clocks", &e);
}

static bool raise_rules(struct play *p, const struct pack_node *at, int64_t now)
{
    const struct schedule_run run = {
        .db = p->d->db, .door = p->d->door, .world = district_world(p->d), .server = rng_uuid(&p->rng, now)};
    struct err e = {0};
    int64_t raised;

    p->next_rule = 0;
    if (!schedule_run_due(&run, now, &raised, &e))
        return play_fail_err(p, at, "schedules", &e);
    if (p->verbose && raised > 0)
        (void)printf("                  schedules: %lld\n", (long long)raised);
    return true;
}

/* The next moment at which something happens by itself, at most `until`; 0: none. */
static bool next_event(struct play *p, const struct pack_node *at, int64_t until, int64_t *ret,
                       bool *ret_rule)
{
    struct err e = {0};

    if (!timer_next(p->d->db, p->d->code, ret, &e))
        return play_fail_err(p, at, "clocks", &e);
    if (p->scheduled && p->next_rule == 0 &&
        !schedule_next(p->d->db, district_world(p->d), p->now, &p->next_rule, &e))
        return play_fail_err(p, at, "schedules", &e);
    *ret_rule = p->next_rule != 0 && (*ret == 0 || p->next_rule <= *ret);
    if (*ret_rule)
        *ret = p->next_rule;
    *ret = *ret > until ? 0 : *ret;
    return true;
}

bool play_time(struct play *p, const struct pack_node *at, int64_t until)
{
    int64_t next = 0, last = 0, did = 0;
    bool rule = false;

    while (next_event(p, at, until, &next, &rule) && next != 0) {
        if (next == last && did == 0)
            return play_fail(p, at, "有时钟走不动 a clock is stuck");
        last = rule ? 0 : next;
        p->now = next > p->now ? next : p->now;
        if (!(rule ? raise_rules(p, at, next) : ring_clocks(p, at, next, &did)))
            return false;
    }
    p->now = until;
    return next == 0;
}

/* When the step is due, as far as what came before it tells. */
static bool step_due(struct play *p, const struct pack_node *step, int64_t *ret)
{
    const struct pack_node *at = node_get(step, "at"), *after = node_get(step, "after");
    int64_t ms = 0;
    bool counted = p->counted;

    if (at != NULL && !play_instant(p, play_text(at), ret, &counted))
        return play_fail(p, at,
                         "时间须形如 2022-08-15T09:00:00+08:00 或 \"-3d 09:00\" a time reads like that");
    if (at == NULL && p->started == 0)
        return play_fail(p, step, "第一步须有 at: the first step must have at");
    if (at == NULL && after != NULL && !play_duration(play_text(after), &ms))
        return play_fail(p, after, "时长须形如 6m、20h、3d: a time span reads like 6m, 20h, 3d");
    p->counted = counted;
    *ret = at == NULL ? p->now + ms : *ret;
    if (counted && *ret > p->moment)
        *ret = p->moment;
    /* "-2h" after "-1d 20:00" is in order on most days, not just after midnight. */
    if (at != NULL && counted && strchr(play_text(at), ' ') == NULL && *ret < p->now)
        *ret = p->now;
    return true;
}

static bool step_time(struct play *p, const struct pack_node *step)
{
    int64_t until = 0;

    if (!step_due(p, step, &until))
        return false;
    if (p->started == 0)
        p->started = p->now = until;
    if (until < p->now)
        return play_fail(p, step, "时间倒流了 this lies before the step above it");
    return play_time(p, step, until);
}

/* --- conditions --- */

static void check_one(struct play *p, const struct pack_node *name, const struct pack_node *condition)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct world *w = district_world(p->d);
    const struct kept *k = play_kept(p, name);
    struct cel_expr *x = NULL;
    struct cel_value v = {0};
    struct around around = {0};
    struct record *r = NULL;
    struct err e = {0};

    if (k == NULL)
        return;
    if (!cel_compile(p->arena, k->kind->env, play_text(condition), CEL_BOOL, &x, NULL, &e) ||
        !sql_begin(p->d->db, SQL_READ, &tx, &e) || !record_load(tx, w, k->id, p->arena, &r, &e) ||
        !record_around(tx, w, r, p->arena, &around, &e)) {
        (void)play_fail_err(p, condition, play_text(condition), &e);
        return;
    }
    r->around = &around;
    if (!record_eval(w, r, NULL, x, p->now, 0, p->arena, &v, &e)) {
        (void)play_fail_err(p, condition, play_text(condition), &e);
        return;
    }
    if (v.type == CEL_BOOL && v.b) {
        if (p->verbose)
            (void)printf("    %s: %s  ✓\n", k->name, play_text(condition));
        return;
    }
    (void)play_fail(p, condition, "%s: 不成立 does not hold: %s\n    现在 now: %s, 第 %lld 版 version, %s",
                    k->name, play_text(condition), r->state->name, (long long)r->version, r->title);
}

void play_expect(struct play *p, const struct pack_node *map)
{
    if (map->type != NODE_MAP) {
        (void)play_fail(p, map, "须形如 {名字: 条件} this reads {NAME: CONDITION}");
        return;
    }
    for (size_t i = 0; i < map->n; i++)
        check_one(p, map->keys[i], map->items[i]);
}

/* --- a step --- */

static bool says(const struct err *e, const char *key)
{
    if (strcmp(e->key, key) == 0)
        return true;
    for (size_t i = 0; i < e->n_details; i++)
        if (strcmp(e->details[i].key, key) == 0)
            return true;
    return false;
}

static const char *describe(const struct play *p, const struct pack_node *step, const char *who)
{
    const struct pack_node *raise = node_get(step, "raise"), *act = node_get(step, "do");

    return raise != NULL ? arena_printf(p->arena, "%s raise %s", who, play_text(raise))
           : act != NULL && act->n == 2
               ? arena_printf(p->arena, "%s %s %s", who, play_text(act->items[0]), play_text(act->items[1]))
               : who;
}

static void show(const struct play *p, const char *what, const char *verdict)
{
    struct civil c = civil_from_ms(p->now, p->d->offset_min);

    if (p->verbose)
        (void)printf("%04d-%02d-%02d %02d:%02d  %-40s %s\n", c.year, c.month, c.day, c.hour, c.minute, what,
                     verdict);
}

/* Verdict of one command against what the step says should come of it. */
static void judge(struct play *p, const struct pack_node *step, const char *what, bool ok,
                  const struct record *r, const struct err *e, int64_t seq_before)
{
    const struct pack_node *refused = node_get(step, "refused"), *name = node_get(step, "keep");

    if (ok && refused != NULL) {
        (void)play_fail(p, refused, "%s: 本应被拒 %s，却办成了 should have been refused, but was done", what,
                        play_text(refused));
    } else if (ok) {
        show(p, what, r->state->name);
        if (name != NULL)
            keep(p, name, r);
    } else if (refused == NULL) {
        (void)play_fail_err(p, step, what, e);
    } else if (!says(e, play_text(refused))) {
        (void)play_fail(p, refused, "%s: 应被拒 should be refused: %s", what, play_text(refused));
        p->failures--;
        (void)play_fail_err(p, refused, "    实际 but was", e);
    } else if (door_seq(p->d->door) != seq_before) {
        (void)play_fail(p, refused, "%s: 被拒却留下了记录 was refused, but left an entry", what);
    } else {
        show(p, what, arena_printf(p->arena, "refused: %s", play_text(refused)));
    }
}

/* The record that another came from. */
static bool link_from(struct play *p, const struct pack_node *from, const struct command *c, struct err *e)
{
    const struct kept *k = play_kept(p, from);
    struct command link = {.id = rng_uuid(&p->rng, p->now),
                           .who = c->who,
                           .at = p->now,
                           .target = c->id,
                           .verb = "link",
                           .version = -1,
                           .link = "from"};
    struct outcome out = {0};
    bool ok;

    if (k == NULL)
        return true; /* complained */
    link.other = k->id;
    ok = door_call(p->d->door, &link, &out, e);
    outcome_free(&out);
    return ok;
}

static const struct account *holder_in(const struct world *w, const struct record *r, const char *post,
                                       const char *role, int64_t now)
{
    struct uuid who;

    for (size_t i = 0; i < r->n_parties; i++)
        if (strcmp(r->parties[i].role->name, role) == 0 &&
            directory_members(w->people, r->parties[i].org, post, now, &who, 1) > 0)
            return directory_account(w->people, who);
    return NULL;
}

static bool load_target(struct play *p, const struct pack_node *at, struct record **ret)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct kept *k = p->above != NULL ? p->above : p->target;
    struct err e = {0};

    if (k == NULL)
        return play_fail(p, at, "这一步不是针对某个事项的 this step is meant for no record");
    return (sql_begin(p->d->db, SQL_READ, &tx, &e) &&
            record_load(tx, district_world(p->d), k->id, p->arena, ret, &e) && *ret != NULL) ||
           play_fail_err(p, at, k->name, &e);
}

bool play_area_of_target(struct play *p, const struct pack_node *at, const char **ret)
{
    struct record *r = NULL;

    if (!load_target(p, at, &r) || r == NULL)
        return false;
    *ret = r->area;
    return true;
}

/* `as: {post: clerk, at: community}`: who holds that post where the matter lies; `of: owner`: in the
 * organisation that plays that part. */
static bool holder_there(struct play *p, const struct pack_node *step, const struct pack_node *as,
                         const struct principal **ret)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct world *w = district_world(p->d);
    const struct pack_node *act = node_get(step, "do");
    const struct kept *k = p->above != NULL                                  ? p->above
                           : p->target != NULL || act == NULL || act->n != 2 ? p->target
                                                                             : play_kept(p, act->items[1]);
    const struct account *who = NULL;
    struct record *r = NULL;
    struct err e = {0};

    if (k == NULL)
        return play_fail(p, as, "post 只能用在 do 上 a post acts on a matter that there is");
    if (!sql_begin(p->d->db, SQL_READ, &tx, &e) || !record_load(tx, w, k->id, p->arena, &r, &e) || r == NULL)
        return play_fail_err(p, as, k->name, &e);
    who = node_get(as, "of") != NULL
              ? holder_in(w, r, play_text(node_get(as, "post")), play_text(node_get(as, "of")), p->now)
              : directory_holder(w->people, play_text(node_get(as, "post")), r->area,
                                 area_level_named(play_text(node_get(as, "at"))), p->now, 0);
    if (who == NULL)
        return play_fail(p, as, "%s 没有人担任这个岗位 nobody holds that post there", r->area);
    *ret = person_principal(w, who, p->now, p->arena);
    return true;
}

static bool who_acts(struct play *p, const struct pack_node *step, const struct pack_node *as,
                     const struct principal **ret)
{
    struct err e = {0};

    *ret = &principal_anonymous;
    if (as->type == NODE_MAP)
        return holder_there(p, step, as, ret);
    return strcmp(play_text(as), "anonymous") == 0 ||
           person_by_login(p->d, play_text(as), p->now, p->arena, ret, &e) ||
           play_fail_err(p, as, play_text(as), &e);
}

static void do_step(struct play *p, const struct pack_node *step, const struct pack_node *as)
{
    const struct principal *who = &principal_anonymous;
    const struct pack_node *from = node_get(step, "from");
    const char *what = describe(p, step, play_text(as));
    struct command *c = NULL;
    struct outcome out = {0};
    struct err e = {0};
    int failures = p->failures;
    int64_t seq = door_seq(p->d->door);
    bool ok;

    p->steps++;
    if (!who_acts(p, step, as, &who))
        return;
    ok = play_command(p, step, who, &c, &e);
    if (!ok && p->failures != failures)
        return;
    ok = ok && play_photos(p, &e) && door_call(p->d->door, c, &out, &e);
    judge(p, step, what, ok, out.record, &e, seq);
    if (ok && from != NULL && !link_from(p, from, c, &e))
        (void)play_fail_err(p, from, "from", &e);
    outcome_free(&out);
}

/* --- one step many times --- */

/* Those kept by the name, in order. */
static size_t kept_by_name(const struct play *p, const char *name, const struct kept **list)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_kept; i++)
        if (strcmp(p->kept[i].name, name) == 0)
            list[n++] = &p->kept[i];
    return n;
}

static bool read_count(struct play *p, const struct pack_node *n, int64_t *ret)
{
    return n == NULL || (parse_int64(play_text(n), ret) && *ret >= 0 && *ret <= KEPT_MAX) ||
           play_fail(p, n, "须是 0 到 %d 的次数 must be a number from 0 to %d", KEPT_MAX, KEPT_MAX);
}

/* The record of the n-th time: none yet where the step raises it. */
static void set_turn(struct play *p, const struct kept *const *list, int64_t turn)
{
    p->turn = turn;
    p->target = list == NULL ? NULL : list[p->skip + turn - 1];
}

/* One time after another: where something is refused, and where what came of one is asked by the next. What a
 * time takes is given back, or a hundred thousand of them would fill the memory. */
static void do_one_by_one(struct play *p, const struct pack_node *step, const struct pack_node *as,
                          const struct kept *const *list, int64_t n)
{
    AUTO(arena_free) struct arena *turn = arena_create(TURN_ARENA);
    struct arena *story = p->arena;

    for (int64_t i = 1; i <= n && p->failures == 0; i++) {
        set_turn(p, list, i);
        p->arena = turn;
        do_step(p, step, as);
        p->arena = story;
        arena_reset(turn);
    }
}

/* Times that go through the door together: the verdicts on them. */
struct together {
    struct play *p;
    const struct pack_node *step;
    const char *what;
    const struct command **commands;
    size_t n;
};

static void was_done(void *ctx, size_t i, const struct record *r)
{
    struct together *t = ctx;

    (void)i;
    judge(t->p, t->step, t->what, true, r, NULL, 0);
}

/* The first is told; the others are refused for the same reason more often than not. */
static void was_refused(void *ctx, size_t i, const struct err *why)
{
    struct together *t = ctx;

    (void)i;
    if (t->p->failures == 0)
        judge(t->p, t->step, t->what, false, NULL, why, 0);
}

static bool add_turn(struct together *t, const struct pack_node *as, const struct principal *who)
{
    struct command *c = NULL;
    struct err e = {0};
    int failures = t->p->failures;

    t->p->steps++;
    if (who == NULL && !who_acts(t->p, t->step, as, &who))
        return false;
    if (!play_command(t->p, t->step, who, &c, &e))
        return t->p->failures != failures ? false : play_fail_err(t->p, t->step, t->what, &e);
    t->commands[t->n++] = c;
    return true;
}

static bool send_together(struct together *t)
{
    const struct door_batch_calls calls = {.ctx = t, .done = was_done, .refused = was_refused};
    struct err e = {0};
    bool ok = t->n == 0 ||
              (play_photos(t->p, &e) && door_batch(t->p->d->door, t->commands, t->n, &calls, &e)) ||
              play_fail_err(t->p, t->step, t->what, &e);

    t->n = 0;
    return ok;
}

/* So many times that a commit each would take longer than the work. */
static void do_together(struct play *p, const struct pack_node *step, const struct pack_node *as,
                        const struct kept *const *list, int64_t n)
{
    AUTO(arena_free) struct arena *turns = arena_create(TURN_ARENA);
    struct together t = {.p = p,
                         .step = step,
                         .what = describe(p, step, play_text(as)),
                         .commands = arena_array(p->arena, const struct command *, TOGETHER)};
    struct arena *story = p->arena;
    const struct principal *who = NULL;

    if (as->type == NODE_SCALAR && !who_acts(p, step, as, &who))
        return;
    for (int64_t i = 1; i <= n && p->failures == 0; i++) {
        set_turn(p, list, i);
        p->arena = turns;
        if (add_turn(&t, as, who) && (t.n == TOGETHER || i == n) && send_together(&t))
            arena_reset(turns);
        p->arena = story;
    }
}

/* `times: 228` raises so many, or moves so many of those kept by the name, after the first `skip`. */
static void do_many(struct play *p, const struct pack_node *step, const struct pack_node *as)
{
    const struct pack_node *times = node_get(step, "times"), *act = node_get(step, "do");
    const struct kept **list = arena_array(p->arena, const struct kept *, p->n_kept + 1);
    bool alone = node_get(step, "refused") != NULL || node_get(step, "from") != NULL;
    int64_t n = 0, skip = 0, there = INT64_MAX;

    if (!read_count(p, node_get(step, "skip"), &skip))
        return;
    if (act != NULL && act->n == 2)
        there = (int64_t)kept_by_name(p, play_text(act->items[1]), list) - skip;
    if (strcmp(play_text(times), "all") == 0 && act != NULL)
        n = there;
    else if (!read_count(p, times, &n))
        return;
    if (n > there) {
        (void)play_fail(p, times, "没有那么多 there are not that many: %lld", (long long)there);
        return;
    }
    p->skip = skip;
    (alone ? do_one_by_one : do_together)(p, step, as, act == NULL ? NULL : list, n);
    p->turn = 0;
    p->skip = 0;
    p->target = NULL;
}

/* `each: NAME`: the step below each of those kept by the name, `times` each. */
static void do_each(struct play *p, const struct pack_node *step, const struct pack_node *as)
{
    const struct kept **list = arena_array(p->arena, const struct kept *, p->n_kept + 1);
    size_t n = kept_by_name(p, play_text(node_get(step, "each")), list);
    int64_t times = 1;

    if (!read_count(p, node_get(step, "times"), &times))
        return;
    for (size_t i = 0; i < n; i++) {
        const struct kept above = *list[i];

        p->above = &above;
        for (p->turn = 1; p->turn <= times && p->failures == 0; p->turn++)
            do_step(p, step, as);
    }
    p->turn = 0;
    p->above = NULL;
}

static bool known_keys(struct play *p, const struct pack_node *step)
{
    static const char *const known[] = {
        "at",    "after",     "as",      "raise",   "do",     "keep",   "place",   "fields", "parties",
        "note",  "until",     "files",   "parent",  "from",   "other",  "refused", "expect", "times",
        "skip",  "switch_on", "work",    "move",    "by",     "share",  "every",   "in",     "here",
        "photo", "each",      "score",   "of",      "spread", "ballot", "roll",    "votes",  "way",
        "paper", "counts",    "station", "declare", "find",   "below",  "options"};

    if (step->type != NODE_MAP)
        return play_fail(p, step, "一步是一个映射 a step is a map");
    for (size_t i = 0; i < step->n; i++) {
        size_t k = 0;

        while (k < COUNT_OF(known) && strcmp(known[k], step->keys[i]->text) != 0)
            k++;
        if (k == COUNT_OF(known))
            return play_fail(p, step->keys[i], "步骤里没有“%s”这一项 a step has no such key",
                             step->keys[i]->text);
    }
    return true;
}

static bool play_step(struct play *p, const struct pack_node *step)
{
    const struct pack_node *as = node_get(step, "as"), *expect = node_get(step, "expect");
    bool of_many = node_get(step, "switch_on") != NULL || node_get(step, "work") != NULL ||
                   node_get(step, "score") != NULL || node_get(step, "find") != NULL;

    if (!known_keys(p, step) || !step_time(p, step))
        return false;
    if (node_get(step, "switch_on") != NULL)
        play_switch_on(p, step);
    if (node_get(step, "work") != NULL)
        play_work(p, step);
    if (node_get(step, "score") != NULL)
        play_score(p, step);
    if (node_get(step, "find") != NULL)
        play_find(p, step);
    if (node_get(step, "ballot") != NULL) {
        play_ballot(p, step);
        return true;
    }
    if (as != NULL && as->type == NODE_LIST) {
        for (size_t i = 0; i < as->n; i++)
            do_step(p, step, as->items[i]);
    } else if (as != NULL && node_get(step, "each") != NULL) {
        do_each(p, step, as);
    } else if (as != NULL && node_get(step, "times") != NULL) {
        do_many(p, step, as);
    } else if (as != NULL) {
        do_step(p, step, as);
    } else if (expect == NULL && !of_many) {
        return play_fail(p, step, "谁来做？缺少 as: who does this? as is missing");
    }
    if (expect != NULL)
        play_expect(p, expect);
    return true;
}

bool play_count(struct play *p, size_t *ret)
{
    p->story = p->arena;
    p->steps_told = node_get(p->root, "steps");
    if (p->steps_told == NULL || p->steps_told->type != NODE_LIST)
        return play_fail(p, p->root, "缺少 steps: 一个列表 steps, a list, is missing");
    *ret = p->steps_told->n;
    return true;
}

bool play_due(struct play *p, size_t i, int64_t *ret)
{
    return step_due(p, p->steps_told->items[i], ret);
}

bool play_one(struct play *p, size_t i)
{
    return play_step(p, p->steps_told->items[i]);
}

void play_steps(struct play *p)
{
    size_t n = 0;

    if (!play_count(p, &n))
        return;
    /* After a step that cannot be understood nothing that follows means anything. */
    for (size_t i = 0; i < n; i++)
        if (!play_one(p, i))
            return;
}
