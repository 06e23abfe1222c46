#include "base/clock.h"
#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

/* A rule on its way, with its place in the file. */
struct schedule_load {
    const struct pack_node *name, *node;
    struct schedule_def *def;
};

enum { AT_DEFAULT_MIN = 8 * 60, DAY_MIN = 24 * 60, ROUND_MAX = 40 };
/* Rules that do not say from when are counted from here: a Monday, so FREQ=WEEKLY;INTERVAL=2 means even weeks
 * of that count. */
enum { FROM_YEAR = 2018, FROM_MONTH = 1, FROM_DAY = 1 };

const char *schedule_key(const struct schedule_def *s)
{
    return s->round != NULL ? s->round : s->name;
}

/* --- when --- */

static bool read_day(struct pack_check *c, const struct pack_node *n, int64_t *ret)
{
    return n->type == NODE_SCALAR && date_parse(n->text, ret)
               ? true
               : check_fail(c, n, "pack.schedule", "a date such as 2026-01-01", "this is no day");
}

static bool read_time(struct pack_check *c, const struct pack_node *n, int *ret)
{
    const char *s = n->type == NODE_SCALAR ? n->text : "";
    bool fits = strlen(s) == 5 && strspn(s, "0123456789:") == 5 && s[2] == ':' && s[0] != ':' &&
                s[1] != ':' && s[3] != ':' && s[4] != ':';
    int min = fits ? ((s[0] - '0') * 10 + s[1] - '0') * 60 + (s[3] - '0') * 10 + s[4] - '0' : DAY_MIN;

    if (!fits || min >= DAY_MIN || s[3] > '5') {
        return check_fail(c, n, "pack.schedule", "a time of day in quotes such as \"08:30\"",
                          "this is no time");
    }
    *ret = min;
    return true;
}

static void read_rule(struct pack_check *c, struct schedule_load *l)
{
    const struct pack_node *n = node_get(l->node, "rrule");
    struct err e = {0};
    int column = 1;

    if (n == NULL) {
        (void)check_fail(c, l->name, "pack.missing", "add rrule: \"FREQ=WEEKLY;BYDAY=MO\"",
                         "when '%s' comes is not said", l->def->name);
        return;
    }
    if (check_text(c, n, "a rule such as \"FREQ=WEEKLY;BYDAY=MO\"") == NULL) {
        return;
    }
    if (!recur_check(n->text, &column, &e)) {
        const char *colon = strstr(e.en, ": ");
        int at = n->verbatim ? n->column + (n->quoted ? 1 : 0) + column - 1 : n->column;
        size_t len = strcspn(n->text + (column - 1 < (int)strlen(n->text) ? column - 1 : 0), ";");

        (void)check_fail_at(c, n->file, n->line, at, n->verbatim && len > 0 ? (int)len : n->width, e.key,
                            colon != NULL ? arena_strdup(c->a, colon + 2) : NULL, "%.*s",
                            colon != NULL ? (int)(colon - e.en) : (int)strlen(e.en), e.en);
        return;
    }
    l->def->recurrence.rule = n->text;
}

static void read_when(struct pack_check *c, struct schedule_load *l)
{
    static const char *const workdays[] = {"any", "next", "previous", "only", "off"};
    static const char *const downtime[] = {"catch_up", "skip"};
    struct schedule_def *d = l->def;
    const struct pack_node *n;

    read_rule(c, l);
    d->at_min = AT_DEFAULT_MIN;
    d->catch_up = true;
    d->recurrence.from_day = days_from_civil(FROM_YEAR, FROM_MONTH, FROM_DAY);
    if ((n = node_get(l->node, "from")) != NULL) {
        (void)read_day(c, n, &d->recurrence.from_day);
    }
    if ((n = node_get(l->node, "until")) != NULL && read_day(c, n, &d->recurrence.until_day) &&
        d->recurrence.until_day < d->recurrence.from_day) {
        (void)check_fail(c, n, "pack.schedule", "a day after 'from'", "it ends before it begins");
    }
    if ((n = node_get(l->node, "at")) != NULL) {
        (void)read_time(c, n, &d->at_min);
    }
    if ((n = node_get(l->node, "workdays")) != NULL) {
        int w = check_name(c, n, "'workdays'", "pack.schedule", NAMES(workdays, COUNT_OF(workdays)));

        d->recurrence.workdays = w > 0 ? (enum recur_workdays)w : RECUR_ANY;
    }
    if ((n = node_get(l->node, "downtime")) != NULL) {
        d->catch_up = check_name(c, n, "'downtime'", "pack.schedule", NAMES(downtime, 2)) == 0;
    }
}

/* --- what --- */

static const struct move *raising_move(const struct kind *k)
{
    for (size_t i = 0; i < k->n_moves; i++) {
        for (size_t n = 0; k->moves[i].raises && n < k->moves[i].n_by; n++) {
            if (k->moves[i].by[n].type == WHO_CLOCK) {
                return &k->moves[i];
            }
        }
    }
    return NULL;
}

static bool read_raise(struct pack_check *c, struct schedule_load *l)
{
    const struct pack_node *n = node_get(l->node, "raise");
    int i;

    if (n == NULL) {
        return check_fail(c, l->name, "pack.missing", "add raise: KIND", "what '%s' raises is not said",
                          l->def->name);
    }
    if ((i = check_name(c, n, "kind", "pack.unknown_kind", kind_names(c))) < 0) {
        return false;
    }
    l->def->kind = c->kinds[i].kind;
    l->def->move = raising_move(l->def->kind);
    return l->def->move != NULL ||
           check_fail(c, n, "pack.schedule", "a move without 'from' with clock in its 'by'",
                      "the clock may not raise a '%s'", n->text);
}

static bool can_ask(struct pack_check *c, const struct pack_node *n, const struct cel_expr *x)
{
    struct sql_where w;
    struct err e = {0};
    bool ok;

    sql_where_init(&w);
    ok = cel_to_sql(x, 0, c->a, &w, &e) ||
         check_fail(c, n, "pack.schedule", "fields, state, area, times and comparisons",
                    "this cannot be asked of the database: %s", e.en);
    sql_where_free(&w);
    return ok;
}

static void read_records(struct pack_check *c, struct schedule_load *l, const struct pack_node *map)
{
    const struct pack_node *when = node_get(map, "when"), *about = node_get(map, "as");
    int i = check_name(c, node_get(map, "records"), "kind", "pack.unknown_kind", kind_names(c));

    if (i < 0) {
        return;
    }
    l->def->of = c->kinds[i].kind;
    if (when != NULL && check_cel(c, l->def->of, when, CEL_BOOL, &l->def->when)) {
        (void)can_ask(c, when, l->def->when);
    }
    if (about != NULL && (l->def->about = check_field(c, l->def->kind, about)) != NULL &&
        (l->def->about->type != FIELD_RECORD || l->def->about->many)) {
        (void)check_fail(c, about, "pack.field_type", "a field of type record", "'%s' cannot name a record",
                         about->text);
    }
}

static void read_for(struct pack_check *c, struct schedule_load *l)
{
    static const char *const members[] = {"area", "post", "records", "when", "as"};
    const struct pack_node *map = node_get(l->node, "for"), *area, *post, *records;

    if (map == NULL) {
        (void)check_fail(c, l->name, "pack.missing",
                         "add for: {area: LEVEL}, {post: ROLE} or {records: KIND, when: …}",
                         "for whom '%s' is raised is not said", l->def->name);
        return;
    }
    if (!check_map(c, map, "'for'", NAMES(members, COUNT_OF(members)))) {
        return;
    }
    area = node_get(map, "area");
    post = node_get(map, "post");
    records = node_get(map, "records");
    if ((area != NULL) + (post != NULL) + (records != NULL) != 1) {
        (void)check_fail(c, map, "pack.schedule", "area, post or records: one of them",
                         "for what is not clear");
    } else if (records != NULL) {
        l->def->target = FOR_RECORDS;
        read_records(c, l, map);
    } else if (map->n > 1) {
        (void)check_fail(c, map, "pack.misplaced", NULL, "'when' and 'as' go with records");
    } else if (area != NULL) {
        l->def->target = FOR_AREA;
        l->def->level = check_level(c, area);
    } else {
        l->def->target = FOR_POST;
        l->def->post = check_role(c, post);
    }
}

static bool named_by_move(const struct move *m, const struct party_role *role)
{
    for (size_t i = 0; i < m->n_parties; i++) {
        if (m->parties[i].role == role) {
            return true;
        }
    }
    return false;
}

/* to: {worker: grid_worker} */
static void read_to(struct pack_check *c, struct schedule_load *l)
{
    const struct pack_node *n = node_get(l->node, "to");
    struct schedule_def *d = l->def;

    if (n == NULL) {
        return;
    }
    if (n->type != NODE_MAP || n->n != 1) {
        (void)check_fail(c, n, "pack.schedule", "to: {PARTY: ROLE}", "who is to do it is not clear");
        return;
    }
    d->party = check_party(c, d->kind, n->keys[0]);
    d->to = check_role(c, n->items[0]);
    if (d->party != NULL && (d->party->is & PARTY_IS_ACCOUNT) == 0) {
        (void)check_fail(c, n->keys[0], "pack.party_is", "a part that an account plays", "'%s' is no person",
                         n->keys[0]->text);
    } else if (d->party != NULL && !named_by_move(d->move, d->party)) {
        (void)check_fail(c, n->keys[0], "pack.schedule",
                         arena_printf(c->a, "parties: {%s: ask} on move '%s'", d->party->name, d->move->name),
                         "the move that raises it names no '%s'", d->party->name);
    }
    if (d->target == FOR_POST && d->to != NULL && d->post != NULL && d->to != d->post) {
        (void)check_fail(c, n->items[0], "pack.schedule", d->post->name,
                         "each holder of '%s' has one already", d->post->name);
    }
}

static bool may_set(const struct schedule_def *d, const struct field *f)
{
    for (size_t i = 0; i < d->move->n_takes; i++) {
        if (d->move->takes[i] == f) {
            return true;
        }
    }
    return d->move->n_takes == 0 || f->required;
}

static void read_give(struct pack_check *c, struct schedule_load *l)
{
    const struct pack_node *map = node_get(l->node, "give");
    struct schedule_def *d = l->def;
    struct cel_value *values = arena_array(c->a, struct cel_value, d->kind->n_fields + 1);

    d->give = values;
    if (map == NULL || !check_map(c, map, "give", (struct names){0})) {
        return;
    }
    for (size_t i = 0; i < map->n; i++) {
        const struct field *f = check_field(c, d->kind, map->keys[i]);

        if (f == NULL) {
            continue;
        }
        if (f->privacy == PRIVACY_PERSONAL || f->type == FIELD_FILE || !may_set(d, f)) {
            (void)check_fail(c, map->keys[i], "pack.misplaced", NULL, "move '%s' cannot set '%s' by itself",
                             d->move->name, f->name);
            continue;
        }
        (void)check_value(c, f, map->items[i], &values[f->index]);
    }
}

static bool fits(const struct field *to, const struct field *from)
{
    return to->type == from->type && to->many == from->many && to->list == from->list &&
           from->privacy == PRIVACY_OPEN && to->privacy == PRIVACY_OPEN;
}

/* copy: {address: address}: from the record it is about. */
static void read_copy(struct pack_check *c, struct schedule_load *l)
{
    const struct pack_node *map = node_get(l->node, "copy");
    struct schedule_def *d = l->def;
    const struct field **to, **from;

    if (map == NULL || !check_map(c, map, "copy", (struct names){0})) {
        return;
    }
    if (d->of == NULL) {
        (void)check_fail(c, map, "pack.misplaced", NULL, "only what is raised for records copies from them");
        return;
    }
    to = arena_array(c->a, const struct field *, map->n + 1);
    from = arena_array(c->a, const struct field *, map->n + 1);
    d->copy[0] = to;
    d->copy[1] = from;
    for (size_t i = 0; i < map->n; i++) {
        const struct field *t = check_field(c, d->kind, map->keys[i]),
                           *f = check_field(c, d->of, map->items[i]);

        if (t == NULL || f == NULL) {
            continue;
        }
        if (!fits(t, f) || !may_set(d, t)) {
            (void)check_fail(c, map->items[i], "pack.field_type", "open fields of the same type",
                             "'%s' cannot be copied into '%s'", f->name, t->name);
            continue;
        }
        to[d->n_copy] = t;
        from[d->n_copy++] = f;
    }
}

/* Rules of a round are told apart by nothing: what they raise must be the same. */
static void read_round(struct pack_check *c, struct schedule_load *l, const struct schedule_load *loads)
{
    const struct pack_node *n = node_get(l->node, "round");

    if (n == NULL || check_text(c, n, "a name") == NULL || !check_new_name(c, n, "round")) {
        return;
    }
    for (const struct schedule_load *o = loads; o < l; o++) {
        const struct schedule_def *a = o->def, *b = l->def;

        if (str_eq(a->name, n->text)) {
            (void)check_fail(c, n, "pack.twice", "a name that no schedule has", "'%s' is a schedule",
                             n->text);
            return;
        }
        if (str_eq(a->round, n->text) &&
            (a->kind != b->kind || a->at_min != b->at_min || a->target != b->target || a->level != b->level ||
             a->of != b->of || a->post != b->post || a->party != b->party || a->to != b->to ||
             a->about != b->about)) {
            (void)check_fail(c, n, "pack.schedule", "the same raise, for, to and at in all of a round",
                             "'%s' and '%s' do not make one round", a->name, b->name);
            return;
        }
    }
    l->def->round = n->text;
}

static void read_schedule(struct pack_check *c, struct schedule_load *l, const struct schedule_load *loads)
{
    static const char *const members[] = {"title", "zh",    "en",       "raise",    "for",
                                          "to",    "rrule", "from",     "until",    "at",
                                          "round", "give",  "workdays", "downtime", "copy"};

    if (!check_map(c, l->node, "a schedule", NAMES(members, COUNT_OF(members))) ||
        !check_title(c, l->name, l->node, &l->def->title)) {
        return;
    }
    read_when(c, l);
    if (!read_raise(c, l)) {
        return;
    }
    read_for(c, l);
    read_to(c, l);
    read_give(c, l);
    read_copy(c, l);
    read_round(c, l, loads);
}

static size_t shells(struct pack_check *c, const struct pack_load *from, struct schedule_load *loads,
                     size_t n)
{
    const struct pack_node *map = node_get(from->root, "schedules");

    if (map == NULL || !check_map(c, map, "schedules", (struct names){0})) {
        return n;
    }
    for (size_t i = 0; i < map->n; i++) {
        struct schedule_def *d = &c->schedules[n];

        if (packs_schedule(c->packs, map->keys[i]->text) != NULL || n == SCHEDULES_MAX) {
            (void)check_fail(c, map->keys[i], "pack.twice", "each name once, at most 1000 schedules",
                             "schedule '%s' cannot be added", map->keys[i]->text);
        } else if (check_new_name(c, map->keys[i], "schedule")) {
            *d = (struct schedule_def){
                .name = map->keys[i]->text, .index = (int)n, .from = (size_t)(from - c->loads)};
            loads[n++] = (struct schedule_load){map->keys[i], map->items[i], d};
            c->packs->n_schedules = n;
        }
    }
    return n;
}

void load_schedules(struct pack_check *c)
{
    struct schedule_load *loads = arena_array(c->a, struct schedule_load, SCHEDULES_MAX + 1);
    size_t n = 0;

    c->schedules = arena_array(c->a, struct schedule_def, SCHEDULES_MAX + 1);
    c->packs->schedules = c->schedules;
    for (size_t i = 0; i < c->n_loads; i++) {
        n = shells(c, &c->loads[i], loads, n);
    }
    for (size_t i = 0; i < n; i++) {
        read_schedule(c, &loads[i], loads);
    }
}
