/* A record by itself: what follows from its own members. */
#include "engine/record_internal.h"

#include <string.h>

bool record_open(const struct record *r)
{
    return r->state->light == LIGHT_NEW || r->state->light == LIGHT_OPEN || r->state->light == LIGHT_PAUSED;
}

int64_t record_due(const struct record *r)
{
    int64_t due = 0;

    for (size_t i = 0; i < r->n_clocks; i++) {
        const struct clock *c = &r->clocks[i];

        if (c->state == CLOCK_RUNNING && (due == 0 || c->due_at < due))
            due = c->due_at;
    }
    return due;
}

bool record_late(const struct record *r)
{
    for (size_t i = 0; i < r->n_clocks; i++)
        if (r->clocks[i].state == CLOCK_RUNNING && r->clocks[i].breached_at != 0)
            return true;
    return false;
}

enum lamp record_lamp(const struct record *r)
{
    bool warned = false;

    if (!record_open(r))
        return LAMP_NONE;
    if (r->state->light == LIGHT_PAUSED)
        return LAMP_GREY;
    if (record_late(r))
        return LAMP_RED;
    for (size_t i = 0; i < r->n_clocks; i++)
        warned = warned || (r->clocks[i].state == CLOCK_RUNNING && r->clocks[i].warned_at != 0);
    return warned ? LAMP_AMBER : LAMP_GREEN;
}

const char *lamp_name(enum lamp l)
{
    static const char *const names[] = {"none", "green", "amber", "red", "grey"};

    return names[l];
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static int64_t clock_wake(const struct clock *c)
{
    int64_t wake;

    if (c->state == CLOCK_PAUSED)
        return c->n_pauses > 0 ? c->pauses[c->n_pauses - 1].until : 0;
    if (c->state != CLOCK_RUNNING)
        return 0;
    wake = c->warn_at != 0 && c->warned_at == 0 ? c->warn_at : c->breached_at == 0 ? c->due_at : 0;
    return earlier(wake, clock_remind_at(c));
}

int64_t record_wake(const struct record *r)
{
    int64_t wake = 0;

    for (size_t i = 0; i < r->n_clocks; i++)
        wake = earlier(wake, clock_wake(&r->clocks[i]));
    return wake;
}

struct uuid record_owner(const struct record *r)
{
    for (size_t i = 0; i < r->n_parties; i++)
        if (strcmp(r->parties[i].role->name, "owner") == 0)
            return r->parties[i].org;
    return (struct uuid){0};
}

/* Copies what a change may alter; texts and list items are shared, as nothing
 * alters them in place. */
/* n items in `a`, with room up to the next multiple of LIST_ROOM. */
static void *list_clone(const void *items, size_t n, size_t size, struct arena *a)
{
    void *copy;

    if (n == 0)
        return NULL;
    copy = arena_alloc(a, size * ((n + LIST_ROOM - 1) / LIST_ROOM * LIST_ROOM));
    return memcpy(copy, items, size * n);
}

void *list_grow(void *items, size_t n, size_t size, struct arena *a)
{
    void *more;

    if (n % LIST_ROOM != 0)
        return items;
    more = arena_alloc(a, size * (n + LIST_ROOM));
    return n == 0 ? more : memcpy(more, items, size * n);
}

struct record *record_clone(const struct record *r, struct arena *a)
{
    struct record *c = arena_new(a, struct record);

    *c = *r;
    c->values = arena_array(a, struct cel_value, r->kind->n_fields + 1);
    memcpy(c->values, r->values, sizeof(*c->values) * r->kind->n_fields);
    c->parties = list_clone(r->parties, r->n_parties, sizeof(*c->parties), a);
    c->clocks = list_clone(r->clocks, r->n_clocks, sizeof(*c->clocks), a);
    c->files = list_clone(r->files, r->n_files, sizeof(*c->files), a);
    return c;
}

static const char *copy_text(const char *s, struct arena *a)
{
    return s == NULL ? NULL : arena_strdup(a, s);
}

/* NOLINTNEXTLINE(misc-no-recursion): a list has no lists in it */
static struct cel_value copy_value(const struct cel_value *v, struct arena *a)
{
    struct cel_value c = *v;
    struct cel_value *items;

    if (v->type == CEL_STRING)
        c.s = arena_strdup(a, v->s);
    if (v->type == CEL_LIST) {
        items = arena_array(a, struct cel_value, v->list.n + 1);
        for (size_t i = 0; i < v->list.n; i++)
            items[i] = copy_value(&v->list.items[i], a);
        c.list.items = items;
    }
    return c;
}

static void copy_pauses(struct clock *c, struct arena *a)
{
    struct pause *pauses = arena_array(a, struct pause, c->n_pauses + 1);

    for (size_t i = 0; i < c->n_pauses; i++) {
        pauses[i] = c->pauses[i];
        pauses[i].reason = copy_text(c->pauses[i].reason, a);
    }
    c->pauses = pauses;
}

static void copy_rungs(struct clock *c, struct arena *a)
{
    int64_t *rungs = arena_array(a, int64_t, c->n_rungs + 1);

    if (c->n_rungs > 0)
        memcpy(rungs, c->rungs_at, sizeof(*rungs) * c->n_rungs);
    c->rungs_at = rungs;
}

struct record *record_copy(const struct world *w, const struct record *r, struct arena *a)
{
    struct record *c = record_clone(r, a);
    const struct area *area = area_find(w->areas, r->area);

    c->above = NULL;
    c->area = area != NULL ? area->code : arena_strdup(a, r->area);
    c->address = copy_text(r->address, a);
    c->title = copy_text(r->title, a);
    c->around = NULL;
    for (size_t i = 0; i < r->kind->n_fields; i++)
        c->values[i] = copy_value(&r->values[i], a);
    for (size_t i = 0; i < c->n_clocks; i++) {
        copy_pauses(&c->clocks[i], a);
        copy_rungs(&c->clocks[i], a);
    }
    return c;
}

struct clock *record_clock(struct record *r, const struct clock_def *def, struct uuid party)
{
    for (size_t i = 0; i < r->n_clocks; i++)
        if (r->clocks[i].def == def && uuid_eq(r->clocks[i].party, party))
            return &r->clocks[i];
    return NULL;
}

int64_t clock_remind_at(const struct clock *c)
{
    return c->reminded < c->n_rungs && c->reminded < c->def->n_rungs ? c->rungs_at[c->reminded] : 0;
}

struct party *record_party(const struct record *r, size_t n)
{
    return n == 0 ? NULL : &r->parties[n - 1];
}

struct uuid party_id(const struct party *p)
{
    return uuid_is_nil(p->account) ? p->org : p->account;
}

/* NOLINTNEXTLINE(misc-no-recursion): a list has no lists in it */
static void add_value(struct buf *b, const struct field *f, const struct cel_value *v)
{
    const struct code *c;

    if (v->type == CEL_LIST) {
        for (size_t i = 0; i < v->list.n; i++) {
            if (i > 0)
                buf_str(b, "、");
            add_value(b, f, &v->list.items[i]);
        }
        return;
    }
    if (f->type == FIELD_CODE && v->type == CEL_STRING && (c = list_code(f->list, v->s)) != NULL)
        buf_str(b, c->title.zh);
    else if (v->type == CEL_STRING)
        buf_str(b, v->s);
    else if (v->type == CEL_INT)
        buf_printf(b, "%lld", (long long)v->i);
    else if (v->type == CEL_DOUBLE)
        buf_printf(b, "%g", v->d);
}

/* Fills kind->line: "{category} · {description}". A part that is not set is left
 * out together with the separator before it. Personal fields never get in. */
const char *record_line(const struct record *r, struct arena *a)
{
    struct buf b;
    const char *p = r->kind->line;
    char *line;

    buf_init(&b, LINE_BYTES);
    while (p != NULL && *p != '\0') {
        const char *open = strchr(p, '{'), *close = open == NULL ? NULL : strchr(open, '}');
        char name[64];
        const struct field *f;

        if (close == NULL || (size_t)(close - open) > sizeof(name)) {
            buf_str(&b, p);
            break;
        }
        memcpy(name, open + 1, (size_t)(close - open - 1));
        name[close - open - 1] = '\0';
        f = kind_field(r->kind, name);
        if (f != NULL && f->privacy == PRIVACY_OPEN && r->values[f->index].type > CEL_NULL) {
            if (b.len > 0)
                buf_add(&b, p, (size_t)(open - p));
            add_value(&b, f, &r->values[f->index]);
        }
        p = close + 1;
    }
    line = arena_strndup(a, buf_text(&b), utf8_prefix(buf_text(&b), TITLE_CHARS));
    buf_free(&b);
    return line[0] != '\0' ? line : r->kind->title.zh;
}
