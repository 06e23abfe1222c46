/* From JSON texts back to a record: a row's columns, an entry's changes. */
#include "base/limits.h"
#include "base/text.h"
#include "pack/value.h"
#include "record/codec.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *member(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;

    return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static const char *text_of(struct json_object *o, const char *key)
{
    struct json_object *v = member(o, key);

    return v == NULL ? NULL : json_object_get_string(v);
}

static size_t length_of(struct json_object *list)
{
    return list == NULL ? 0 : json_object_array_length(list);
}

static int64_t int_of(struct json_object *o, const char *key)
{
    struct json_object *v = member(o, key);

    return v == NULL ? 0 : json_object_get_int64(v);
}

static double number_of(struct json_object *o, const char *key)
{
    struct json_object *v = member(o, key);

    return v == NULL ? 0 : json_object_get_double(v);
}

static struct uuid uuid_from(const char *s)
{
    struct uuid u = {0};

    return s != NULL && uuid_parse(s, &u) ? u : (struct uuid){0};
}

static bool broken(struct err *e, const char *what, const char *name)
{
    return ERR(e, ERR_INTERNAL, "record.broken", "存储的事项无法读取：%s %s",
               "a stored matter cannot be read: %s %s", what, name == NULL ? "?" : name);
}

static bool read_party(const struct kind *k, struct json_object *o, struct party *p, struct err *e)
{
    const char *role = text_of(o, "role"), *state = text_of(o, "state");

    p->role = role == NULL ? NULL : kind_party(k, role);
    if (p->role == NULL)
        return broken(e, "party", role);
    p->account = uuid_from(text_of(o, "account"));
    p->org = uuid_from(text_of(o, "org"));
    p->state = state == NULL ? NULL : kind_state(k, state);
    p->since = int_of(o, "since");
    p->seen_at = int_of(o, "seen");
    p->lng = number_of(o, "lng");
    p->lat = number_of(o, "lat");
    return true;
}

static bool read_parties(struct json_object *list, struct arena *a, struct record *r, struct err *e)
{
    size_t n = length_of(list);

    r->parties = arena_array(a, struct party, n + 1);
    r->n_parties = n;
    for (size_t i = 0; i < n; i++)
        if (!read_party(r->kind, json_object_array_get_idx(list, i), &r->parties[i], e))
            return false;
    return true;
}

static void read_pauses(struct json_object *list, struct arena *a, struct clock *c)
{
    size_t n = list == NULL ? 0 : length_of(list);
    struct pause *p = arena_array(a, struct pause, n + 1);

    for (size_t i = 0; i < n; i++) {
        struct json_object *o = json_object_array_get_idx(list, i);
        const char *reason = text_of(o, "reason");

        p[i] = (struct pause){.from = int_of(o, "from"),
                              .to = int_of(o, "to"),
                              .until = int_of(o, "until"),
                              .reason = arena_strdup(a, reason == NULL ? "" : reason),
                              .by = uuid_from(text_of(o, "by"))};
    }
    c->pauses = p;
    c->n_pauses = n;
}

static enum clock_state clock_state_named(const char *s)
{
    for (enum clock_state st = CLOCK_RUNNING; st <= CLOCK_STOPPED; st++)
        if (str_eq(s, clock_state_name(st)))
            return st;
    return CLOCK_UNSET;
}

static void read_ladder(struct json_object *list, struct arena *a, struct clock *c)
{
    size_t n = length_of(list);
    int64_t *at = arena_array(a, int64_t, n + 1);

    for (size_t i = 0; i < n; i++)
        at[i] = json_object_get_int64(json_object_array_get_idx(list, i));
    c->rungs_at = at;
    c->n_rungs = n;
}

static bool read_clock(const struct kind *k, struct json_object *o, struct arena *a, struct clock *c,
                       struct err *e)
{
    const char *name = text_of(o, "name"), *limit = text_of(o, "limit");

    *c = (struct clock){.def = name == NULL ? NULL : kind_clock(k, name)};
    if (c->def == NULL)
        return broken(e, "clock", name);
    if (limit != NULL && !limit_parse(limit, &c->limit))
        return broken(e, "limit", limit);
    c->party = uuid_from(text_of(o, "party"));
    c->state = clock_state_named(text_of(o, "state"));
    c->started_at = int_of(o, "started");
    c->due_at = int_of(o, "due");
    c->warn_at = int_of(o, "warn");
    c->stopped_at = int_of(o, "stopped");
    c->warned_at = int_of(o, "warned");
    c->breached_at = int_of(o, "breached");
    c->left_ms = int_of(o, "left");
    read_ladder(member(o, "rungs"), a, c);
    c->reminded = (size_t)int_of(o, "reminded");
    read_pauses(member(o, "pauses"), a, c);
    return true;
}

static bool read_clocks(struct json_object *list, struct arena *a, struct record *r, struct err *e)
{
    size_t n = length_of(list);

    r->clocks = arena_array(a, struct clock, n + 1);
    r->n_clocks = n;
    for (size_t i = 0; i < n; i++)
        if (!read_clock(r->kind, json_object_array_get_idx(list, i), a, &r->clocks[i], e))
            return false;
    return true;
}

struct attachment attachment_read(struct json_object *o)
{
    struct json_object *aside = NULL;

    if (!json_object_is_type(o, json_type_object))
        return (struct attachment){uuid_from(json_object_get_string(o)), false};
    (void)json_object_object_get_ex(o, "aside", &aside);
    return (struct attachment){uuid_from(json_object_get_string(aside)), true};
}

static void read_files(struct json_object *list, struct arena *a, struct record *r)
{
    size_t n = length_of(list);

    r->files = arena_array(a, struct attachment, n + 1);
    r->n_files = n;
    for (size_t i = 0; i < n; i++)
        r->files[i] = attachment_read(json_object_array_get_idx(list, i));
}

static bool read_fields(struct json_object *fields, struct json_object *sealed, struct arena *a,
                        struct record *r, struct err *e)
{
    r->values = arena_array(a, struct cel_value, r->kind->n_fields + 1);
    if (fields == NULL)
        return true;
    json_object_object_foreach(fields, name, v)
    {
        const struct field *f = kind_field(r->kind, name);

        if (f == NULL)
            continue; /* a field that the pack no longer has */
        if (f->privacy != PRIVACY_PERSONAL) {
            if (!field_from_stored(f, v, a, &r->values[f->index], e))
                return false;
            continue;
        }
        if (text_of(sealed, name) == NULL)
            return broken(e, "sealed", name);
        r->values[f->index] = CEL_STR(personal_join(a, text_of(sealed, name), json_object_get_string(v)));
    }
    return true;
}

/* Parses a column; nothing, as most rows have in some, stays NULL. */
static bool parse(const char *text, struct json_object **ret, struct err *e)
{
    return strcmp(text, "{}") == 0 || strcmp(text, "[]") == 0 || json_parse(text, strlen(text), ret, e);
}

bool record_decode(const struct world *w, const struct record_texts *t, struct arena *a, struct record *r,
                   struct err *e)
{
    AUTO(json_free)
    struct json_object *fields = NULL, *sealed = NULL, *parties = NULL, *clocks = NULL, *files = NULL;

    (void)w;
    if (!parse(t->fields, &fields, e) || !parse(t->sealed, &sealed, e) || !parse(t->parties, &parties, e) ||
        !parse(t->clocks, &clocks, e) || !parse(t->files, &files, e))
        return false;
    read_files(files, a, r);
    return read_fields(fields, sealed, a, r, e) && read_parties(parties, a, r, e) &&
           read_clocks(clocks, a, r, e);
}

bool record_decode_parties(const char *text, struct arena *a, struct record *r, struct err *e)
{
    AUTO(json_free) struct json_object *parties = NULL;

    return parse(text, &parties, e) && read_parties(parties, a, r, e);
}

/* --- replay --- */

static bool replay_clock(const char *name, struct json_object *after, struct record *r, struct arena *a,
                         struct err *e)
{
    size_t i = (size_t)strtoul(name + strlen("clocks."), NULL, 10);

    if (i > r->n_clocks || i >= LIMIT_CLOCKS)
        return broken(e, "clock", name);
    if (i == r->n_clocks) {
        struct clock *more = arena_array(a, struct clock, i + 1);

        if (i > 0)
            memcpy(more, r->clocks, sizeof(*more) * i);
        r->clocks = more;
        r->n_clocks = i + 1;
    }
    return read_clock(r->kind, after, a, &r->clocks[i], e);
}

static bool replay_field(const char *name, struct json_object *after, struct record *r, struct arena *a,
                         struct err *e)
{
    const struct field *f = kind_field(r->kind, name + strlen("fields."));

    if (f == NULL)
        return true;
    if (after == NULL) {
        r->values[f->index] = CEL_NULLV;
        return true;
    }
    if (f->privacy == PRIVACY_PERSONAL) {
        r->values[f->index] = CEL_STR(arena_strdup(a, json_object_get_string(after)));
        return true;
    }
    return field_from_stored(f, after, a, &r->values[f->index], e);
}

static bool replay_kind(const struct world *w, const char *name, struct record *r, struct arena *a,
                        struct err *e)
{
    r->kind = packs_kind(w->packs, name);
    if (r->kind == NULL)
        return broken(e, "kind", name);
    r->values = arena_array(a, struct cel_value, r->kind->n_fields + 1);
    r->state = &r->kind->states[0];
    return true;
}

static void replay_place(struct json_object *after, struct record *r)
{
    r->has_place = true;
    r->lng = json_object_get_double(json_object_array_get_idx(after, 0));
    r->lat = json_object_get_double(json_object_array_get_idx(after, 1));
}

static bool replay_one(const struct world *w, struct json_object *change, struct record *r, struct arena *a,
                       struct err *e)
{
    const char *field = text_of(change, "field"), *text;
    struct json_object *after = member(change, "after");

    if (field == NULL)
        return broken(e, "change", NULL);
    text = after == NULL ? NULL : json_object_get_string(after);
    if (strcmp(field, "kind") == 0)
        return replay_kind(w, text == NULL ? "" : text, r, a, e);
    if (r->kind == NULL)
        return broken(e, "first change", field);
    if (str_starts(field, "fields."))
        return replay_field(field, after, r, a, e);
    if (str_starts(field, "clocks."))
        return replay_clock(field, after, r, a, e);
    if (strcmp(field, "parties") == 0)
        return read_parties(after, a, r, e);
    if (strcmp(field, "state") == 0)
        return (r->state = kind_state(r->kind, text)) != NULL || broken(e, "state", text);
    if (strcmp(field, "number") == 0)
        r->number = json_object_get_int64(after);
    else if (strcmp(field, "area") == 0)
        r->area = arena_strdup(a, text);
    else if (strcmp(field, "address") == 0)
        r->address = text == NULL ? NULL : arena_strdup(a, text);
    else if (strcmp(field, "place") == 0)
        replay_place(after, r);
    else if (strcmp(field, "files") == 0)
        read_files(after, a, r);
    else if (strcmp(field, "parent") == 0)
        r->parent = uuid_from(text);
    else if (strcmp(field, "duplicate_of") == 0)
        r->duplicate_of = uuid_from(text);
    return true;
}

bool changes_replay(const struct world *w, const char *changes, struct record *r, struct arena *a,
                    struct err *e)
{
    AUTO(json_free) struct json_object *list = NULL;

    if (!parse(changes, &list, e))
        return false;
    for (size_t i = 0; i < length_of(list); i++)
        if (!replay_one(w, json_object_array_get_idx(list, i), r, a, e))
            return false;
    return true;
}
