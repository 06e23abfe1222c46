/* A record's members as JSON texts, and back. */
#include "record/codec.h"

#include "base/limits.h"
#include "base/text.h"
#include "pack/value.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

enum { COLUMN_BYTES = 1024 * 1024 };

const char *personal_join(struct arena *a, const char *sealed, const char *mask)
{
    return arena_printf(a, "%s|%s", sealed, mask);
}

const char *personal_mask(const char *joined)
{
    const char *bar = strchr(joined, '|');

    return bar == NULL ? "" : bar + 1;
}

const char *personal_sealed(struct arena *a, const char *joined)
{
    return arena_strndup(a, joined, strcspn(joined, "|"));
}

void limit_format(struct limit l, char out[24])
{
    static const char *const suffix[] = {
        [LIMIT_UNSET] = "", [LIMIT_MINUTES] = "m",        [LIMIT_HOURS] = "h",
        [LIMIT_DAYS] = "d", [LIMIT_WORKING_HOURS] = "wh", [LIMIT_WORKING_DAYS] = "wd"};

    if (l.unit == LIMIT_UNSET)
        out[0] = '\0';
    else
        (void)snprintf(out, 24, "%lld%s", (long long)l.n, suffix[l.unit]);
}

static const char *const clock_states[] = {
    [CLOCK_UNSET] = "", [CLOCK_RUNNING] = "running", [CLOCK_PAUSED] = "paused", [CLOCK_STOPPED] = "stopped"};

const char *clock_state_name(enum clock_state s)
{
    return clock_states[s];
}

/* --- writing --- */

static void restart(struct json_out *j)
{
    j->len = 0;
    j->depth = 0;
    j->comma = j->failed = false;
    j->limit = COLUMN_BYTES;
}

static bool finish(struct json_out *j, struct arena *a, const char **ret, struct err *e)
{
    if (!jo_end(j, e))
        return false;
    *ret = arena_strndup(a, j->buf, j->len);
    return true;
}

static void int_unless_0(struct json_out *j, const char *key, int64_t v)
{
    if (v != 0)
        jo_int(j, key, v);
}

static void uuid_unless_nil(struct json_out *j, const char *key, struct uuid v)
{
    if (!uuid_is_nil(v))
        jo_uuid(j, key, v);
}

static void write_party(struct json_out *j, const struct party *p)
{
    jo_obj(j, NULL);
    jo_str(j, "role", p->role->name);
    uuid_unless_nil(j, "account", p->account);
    uuid_unless_nil(j, "org", p->org);
    if (p->state != NULL)
        jo_str(j, "state", p->state->name);
    jo_int(j, "since", p->since);
    if (p->seen_at != 0) {
        jo_int(j, "seen", p->seen_at);
        jo_num(j, "lng", p->lng);
        jo_num(j, "lat", p->lat);
    }
    jo_close(j);
}

static void write_parties(struct json_out *j, const char *key, const struct record *r)
{
    jo_arr(j, key);
    for (size_t i = 0; i < r->n_parties; i++)
        write_party(j, &r->parties[i]);
    jo_close(j);
}

static void write_pauses(struct json_out *j, const struct clock *c)
{
    if (c->n_pauses == 0)
        return;
    jo_arr(j, "pauses");
    for (size_t i = 0; i < c->n_pauses; i++) {
        const struct pause *p = &c->pauses[i];

        jo_obj(j, NULL);
        jo_int(j, "from", p->from);
        int_unless_0(j, "to", p->to);
        int_unless_0(j, "until", p->until);
        jo_str(j, "reason", p->reason);
        uuid_unless_nil(j, "by", p->by);
        jo_close(j);
    }
    jo_close(j);
}

static void write_ladder(struct json_out *j, const struct clock *c)
{
    if (c->n_rungs == 0)
        return;
    jo_arr(j, "rungs");
    for (size_t i = 0; i < c->n_rungs; i++)
        jo_int(j, NULL, c->rungs_at[i]);
    jo_close(j);
    int_unless_0(j, "reminded", (int64_t)c->reminded);
}

static void write_clock(struct json_out *j, const char *key, const struct clock *c)
{
    char limit[24];

    limit_format(c->limit, limit);
    jo_obj(j, key);
    jo_str(j, "name", c->def->name);
    uuid_unless_nil(j, "party", c->party);
    jo_str(j, "state", clock_states[c->state]);
    if (limit[0] != '\0')
        jo_str(j, "limit", limit);
    jo_int(j, "started", c->started_at);
    int_unless_0(j, "due", c->due_at);
    int_unless_0(j, "warn", c->warn_at);
    int_unless_0(j, "stopped", c->stopped_at);
    int_unless_0(j, "warned", c->warned_at);
    int_unless_0(j, "breached", c->breached_at);
    int_unless_0(j, "left", c->left_ms);
    write_ladder(j, c);
    write_pauses(j, c);
    jo_close(j);
}

/* Its id alone, but of what only the staff see. */
static void write_attachment(struct json_out *j, const struct attachment *f)
{
    if (!f->aside) {
        jo_uuid(j, NULL, f->id);
        return;
    }
    jo_obj(j, NULL);
    jo_uuid(j, "aside", f->id);
    jo_close(j);
}

static void write_files(struct json_out *j, const char *key, const struct record *r)
{
    jo_arr(j, key);
    for (size_t i = 0; i < r->n_files; i++)
        write_attachment(j, &r->files[i]);
    jo_close(j);
}

static void write_fields(struct json_out *j, const struct record *r, bool sealed, struct arena *a)
{
    jo_obj(j, NULL);
    for (size_t i = 0; i < r->kind->n_fields; i++) {
        const struct field *f = &r->kind->fields[i];
        const struct cel_value *v = &r->values[i];
        bool personal = f->privacy == PRIVACY_PERSONAL;

        if (v->type <= CEL_NULL || (sealed && !personal))
            continue;
        if (personal)
            jo_str(j, f->name, sealed ? personal_sealed(a, v->s) : personal_mask(v->s));
        else
            field_to_stored(j, f->name, f, v);
    }
    jo_close(j);
}

static bool has_personal(const struct record *r)
{
    for (size_t i = 0; i < r->kind->n_fields; i++)
        if (r->kind->fields[i].privacy == PRIVACY_PERSONAL && r->values[i].type == CEL_STRING)
            return true;
    return false;
}

bool record_encode(const struct record *r, struct json_out *j, struct arena *a, struct record_texts *ret,
                   struct err *e)
{
    restart(j);
    write_fields(j, r, false, a);
    if (!finish(j, a, &ret->fields, e))
        return false;
    ret->sealed = "{}";
    if (has_personal(r)) {
        restart(j);
        write_fields(j, r, true, a);
        if (!finish(j, a, &ret->sealed, e))
            return false;
    }
    restart(j);
    write_parties(j, NULL, r);
    if (!finish(j, a, &ret->parties, e))
        return false;
    restart(j);
    jo_arr(j, NULL);
    for (size_t i = 0; i < r->n_clocks; i++)
        write_clock(j, NULL, &r->clocks[i]);
    jo_close(j);
    if (!finish(j, a, &ret->clocks, e))
        return false;
    ret->files = "[]";
    if (r->n_files == 0)
        return true;
    restart(j);
    write_files(j, NULL, r);
    return finish(j, a, &ret->files, e);
}

/* --- differences --- */

static void open_change(struct json_out *j, const char *field)
{
    jo_obj(j, NULL);
    jo_str(j, "field", field);
}

static void text_change(struct json_out *j, const char *field, const char *before, const char *after)
{
    if (str_eq(before, after))
        return;
    open_change(j, field);
    if (before != NULL)
        jo_str(j, "before", before);
    if (after != NULL)
        jo_str(j, "after", after);
    jo_close(j);
}

static void uuid_change(struct json_out *j, const char *field, struct uuid before, struct uuid after)
{
    if (uuid_eq(before, after))
        return;
    open_change(j, field);
    uuid_unless_nil(j, "before", before);
    uuid_unless_nil(j, "after", after);
    jo_close(j);
}

static void write_place(struct json_out *j, const char *key, const struct record *r)
{
    jo_arr(j, key);
    jo_num(j, NULL, r->lng);
    jo_num(j, NULL, r->lat);
    jo_close(j);
}

static void place_change(struct json_out *j, const struct record *b, const struct record *r)
{
    if (!r->has_place || (b != NULL && b->has_place && b->lng == r->lng && b->lat == r->lat))
        return;
    open_change(j, "place");
    if (b != NULL && b->has_place)
        write_place(j, "before", b);
    write_place(j, "after", r);
    jo_close(j);
}

static void stored_value(struct json_out *j, const char *key, const struct field *f,
                         const struct cel_value *v)
{
    if (v == NULL || v->type <= CEL_NULL)
        return;
    if (f->privacy == PRIVACY_PERSONAL)
        jo_str(j, key, v->s);
    else
        field_to_stored(j, key, f, v);
}

static void field_changes(struct json_out *j, const struct record *b, const struct record *r)
{
    for (size_t i = 0; i < r->kind->n_fields; i++) {
        const struct field *f = &r->kind->fields[i];
        const struct cel_value *was = b == NULL ? NULL : &b->values[i], *is = &r->values[i];
        char name[80];

        if (was == NULL ? is->type <= CEL_NULL
                        : (was->type <= CEL_NULL && is->type <= CEL_NULL) || cel_equal(was, is))
            continue;
        (void)snprintf(name, sizeof(name), "fields.%s", f->name);
        open_change(j, name);
        stored_value(j, "before", f, was);
        stored_value(j, "after", f, is);
        jo_close(j);
    }
}

static bool same_parties(const struct record *b, const struct record *r)
{
    if (b->n_parties != r->n_parties)
        return false;
    for (size_t i = 0; i < r->n_parties; i++) {
        const struct party *p = &b->parties[i], *q = &r->parties[i];

        if (p->role != q->role || !uuid_eq(p->account, q->account) || !uuid_eq(p->org, q->org) ||
            p->state != q->state || p->since != q->since || p->seen_at != q->seen_at || p->lng != q->lng ||
            p->lat != q->lat)
            return false;
    }
    return true;
}

static void party_changes(struct json_out *j, const struct record *b, const struct record *r)
{
    if (b == NULL ? r->n_parties == 0 : same_parties(b, r))
        return;
    open_change(j, "parties");
    if (b != NULL)
        write_parties(j, "before", b);
    write_parties(j, "after", r);
    jo_close(j);
}

static bool same_clock(const struct clock *a, const struct clock *b)
{
    return a->state == b->state && a->limit.unit == b->limit.unit && a->limit.n == b->limit.n &&
           a->started_at == b->started_at && a->due_at == b->due_at && a->warn_at == b->warn_at &&
           a->stopped_at == b->stopped_at && a->warned_at == b->warned_at &&
           a->breached_at == b->breached_at && a->left_ms == b->left_ms && a->pauses == b->pauses &&
           a->n_pauses == b->n_pauses && a->reminded == b->reminded && a->n_rungs == b->n_rungs &&
           (a->n_rungs == 0 || memcmp(a->rungs_at, b->rungs_at, a->n_rungs * sizeof(*a->rungs_at)) == 0);
}

/* A clock keeps its place in the record's array for ever: it is named by it. */
static void clock_changes(struct json_out *j, const struct record *b, const struct record *r)
{
    for (size_t i = 0; i < r->n_clocks; i++) {
        const struct clock *was = b != NULL && i < b->n_clocks ? &b->clocks[i] : NULL;
        char name[32];

        if (was != NULL && same_clock(was, &r->clocks[i]))
            continue;
        (void)snprintf(name, sizeof(name), "clocks.%zu", i);
        open_change(j, name);
        if (was != NULL)
            write_clock(j, "before", was);
        write_clock(j, "after", &r->clocks[i]);
        jo_close(j);
    }
}

static size_t asides(const struct record *r)
{
    size_t n = 0;

    for (size_t i = 0; r != NULL && i < r->n_files; i++)
        n += r->files[i].aside ? 1 : 0;
    return n;
}

static void file_changes(struct json_out *j, const struct record *b, const struct record *r)
{
    if (r->n_files == (b == NULL ? 0 : b->n_files) && asides(r) == asides(b))
        return;
    open_change(j, "files");
    if (b != NULL && b->n_files > 0)
        write_files(j, "before", b);
    write_files(j, "after", r);
    jo_close(j);
}

/* Where who acted was: for the story; the party keeps where it was seen last. */
static void here_change(struct json_out *j, const struct command *c)
{
    if (!c->has_here)
        return;
    open_change(j, "here");
    jo_arr(j, "after");
    jo_num(j, NULL, c->here_lng);
    jo_num(j, NULL, c->here_lat);
    jo_close(j);
    jo_close(j);
}

static void raise_changes(struct json_out *j, const struct record *r)
{
    text_change(j, "kind", NULL, r->kind->name);
    open_change(j, "number");
    jo_int(j, "after", r->number);
    jo_close(j);
}

/* Who was called and, at its end, what became of it. */
static void call_change(struct json_out *j, const struct call_input *call)
{
    if (call == NULL)
        return;
    open_change(j, "call");
    jo_obj(j, "after");
    jo_uuid(j, "to", call->to);
    if (call->outcome != NULL) {
        jo_str(j, "outcome", call->outcome);
        jo_int(j, "seconds", call->seconds);
    }
    jo_close(j);
    jo_close(j);
}

static void link_and_reveal(struct json_out *j, const struct change *c)
{
    char text[UUID_TEXT_MAX];

    if (strcmp(c->verb, "link") == 0) {
        uuid_format(c->command->other, text);
        open_change(j, "link");
        jo_str(j, "type", c->command->link);
        jo_str(j, "after", text);
        jo_close(j);
    }
    for (size_t i = 0; i < c->command->n_reveal; i++)
        text_change(j, "revealed", NULL, c->command->reveal[i]->name);
}

/* "carbon.member", with whose it is behind it. */
static void write_account(struct json_out *j, const char *key, const struct ledger_account *of,
                          struct uuid owner, struct arena *a)
{
    char text[UUID_TEXT_MAX] = "";

    if (!uuid_is_nil(owner))
        uuid_format(owner, text);
    jo_str(j, key, arena_printf(a, "%s%s%s", of->name, text[0] == '\0' ? "" : ":", text));
}

/* Part of no document: what stands in the ledgers follows from these. */
static void posting_changes(struct json_out *j, const struct change *c, struct arena *a)
{
    for (size_t i = 0; i < c->n_postings; i++) {
        const struct posting *p = &c->postings[i];

        open_change(j, "posting");
        jo_obj(j, "after");
        jo_str(j, "ledger", p->from->ledger->name);
        write_account(j, "from", p->from, p->from_owner, a);
        write_account(j, "to", p->to, p->to_owner, a);
        jo_int(j, "amount", p->amount);
        jo_str(j, "zh", p->why.zh);
        jo_str(j, "en", p->why.en);
        if (p->counter)
            jo_bool(j, "counter", true);
        else
            jo_str(j, "rule", p->rule);
        jo_str(j, "pack", c->after->kind->pack->name);
        jo_int(j, "version", c->after->kind->pack->version);
        jo_raw(j, "inputs", p->inputs);
        jo_close(j);
        jo_close(j);
    }
}

bool changes_encode(const struct change *c, struct json_out *j, struct arena *a, const char **ret,
                    struct err *e)
{
    const struct record *b = c->before, *r = c->after;

    restart(j);
    jo_arr(j, NULL);
    if (b == NULL)
        raise_changes(j, r);
    text_change(j, "state", b == NULL ? NULL : b->state->name, r->state->name);
    text_change(j, "area", b == NULL ? NULL : b->area, r->area);
    text_change(j, "address", b == NULL ? NULL : b->address, r->address);
    place_change(j, b, r);
    field_changes(j, b, r);
    party_changes(j, b, r);
    clock_changes(j, b, r);
    file_changes(j, b, r);
    uuid_change(j, "parent", b == NULL ? (struct uuid){0} : b->parent, r->parent);
    uuid_change(j, "duplicate_of", b == NULL ? (struct uuid){0} : b->duplicate_of, r->duplicate_of);
    link_and_reveal(j, c);
    call_change(j, c->command->call);
    here_change(j, c->command);
    posting_changes(j, c, a);
    jo_close(j);
    return finish(j, a, ret, e);
}
