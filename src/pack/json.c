#include "base/limits.h"
#include "base/text.h"
#include "json/json_out.h"
#include "pack/loader.h"
#include "pack/pack.h"
#include "pack/value.h"

static void write_title(struct json_out *out, const char *key, const struct title *t)
{
    jo_obj(out, key);
    jo_str(out, "zh", t->zh);
    jo_str(out, "en", t->en);
    jo_close(out);
}

/* How one value of a type looks in JSON. */
static const struct {
    const char *type, *format;
} shapes[FIELD__MAX] = {
    [FIELD_TEXT] = {"string", NULL},        [FIELD_INTEGER] = {"integer", NULL},
    [FIELD_DECIMAL] = {"number", NULL},     [FIELD_MONEY] = {"integer", NULL},
    [FIELD_BOOL] = {"boolean", NULL},       [FIELD_DATE] = {"string", "date"},
    [FIELD_TIME] = {"string", "date-time"}, [FIELD_CODE] = {"string", NULL},
    [FIELD_AREA] = {"string", NULL},        [FIELD_POINT] = {"array", NULL},
    [FIELD_ACCOUNT] = {"string", "uuid"},   [FIELD_ORG] = {"string", "uuid"},
    [FIELD_RECORD] = {"string", "uuid"},    [FIELD_FILE] = {"string", "uuid"},
    [FIELD_PHONE] = {"string", NULL},       [FIELD_CITIZEN_ID] = {"string", NULL},
    [FIELD_CREDIT_CODE] = {"string", NULL}, [FIELD_PLATE] = {"string", NULL},
    [FIELD_RATING] = {"integer", NULL},
};

static void write_range(struct json_out *out, const struct field *f)
{
    if (f->type == FIELD_TEXT) {
        if (f->min > 0) {
            jo_int(out, "minLength", f->min);
        }
        jo_int(out, "maxLength", f->max);
    } else if (f->type == FIELD_RATING) {
        jo_int(out, "minimum", 1);
        jo_int(out, "maximum", f->of);
    } else if (f->type == FIELD_DECIMAL && f->dmax > f->dmin) {
        jo_num(out, "minimum", f->dmin);
        jo_num(out, "maximum", f->dmax);
    } else if (f->max > f->min) {
        jo_int(out, "minimum", f->min);
        jo_int(out, "maximum", f->max);
    }
}

/* The type of one value. */
static void write_type(struct json_out *out, const struct field *f)
{
    jo_str(out, "type", shapes[f->type].type);
    if (shapes[f->type].format != NULL || f->mail) {
        jo_str(out, "format", f->mail ? "email" : shapes[f->type].format);
    }
    if (f->type == FIELD_POINT) {
        jo_int(out, "minItems", 2);
        jo_int(out, "maxItems", 2);
        jo_obj(out, "items");
        jo_str(out, "type", "number");
        jo_close(out);
    }
    write_range(out, f);
}

static void write_codes(struct json_out *out, const struct code_list *l)
{
    jo_arr(out, "x-codes");
    for (size_t i = 0; i < l->n_codes; i++) {
        const struct code *c = &l->codes[i];

        jo_obj(out, NULL);
        jo_str(out, "code", c->code);
        jo_str(out, "parent", c->parent ? c->parent->code : NULL);
        write_title(out, "title", &c->title);
        if (c->words != NULL) {
            jo_str(out, "words", c->words);
        }
        jo_close(out);
    }
    jo_close(out);
}

static void write_hints(struct json_out *out, const struct field *f)
{
    jo_str(out, "x-type", field_type_name(f->type));
    write_title(out, "x-title", &f->title);
    if (f->hint.zh != NULL) {
        write_title(out, "x-hint", &f->hint);
    }
    if (f->search) {
        jo_bool(out, "x-search", true);
    }
    if (f->privacy == PRIVACY_PERSONAL) {
        jo_str(out, "x-privacy", "personal");
    }
    if (f->accept != NULL) {
        jo_str(out, "x-accept", f->accept);
    }
    if (f->record_kind != NULL) {
        jo_str(out, "x-kind", f->record_kind);
    }
    if (f->list != NULL) {
        jo_str(out, "x-list", f->list->name);
        write_codes(out, f->list);
    }
    if (f->track) {
        jo_bool(out, "x-track", true);
    }
    if (f->checklist) {
        jo_bool(out, "x-checklist", true);
    }
    if (f->after != NULL) {
        jo_str(out, "x-after", f->after->name);
    }
    if (f->birth_of != NULL) {
        jo_str(out, "x-birth-of", f->birth_of->name);
    }
    if (f->fallback != NULL) {
        field_to_json(out, "default", f, f->fallback);
    }
}

static void write_unique(struct json_out *out, const struct kind *k)
{
    if (k->from != NULL) {
        jo_obj(out, "interval");
        jo_str(out, "from", k->from->name);
        jo_str(out, "to", k->to->name);
        jo_close(out);
    }
    jo_arr(out, "by_code");
    for (size_t i = 0; i < k->n_by_code; i++) {
        jo_str(out, NULL, k->by_code[i]);
    }
    jo_close(out);
}

static void write_field(struct json_out *out, const struct field *f)
{
    jo_obj(out, f->name);
    if (f->many) {
        jo_str(out, "type", "array");
        jo_int(out, "maxItems", (int64_t)f->max_items);
        jo_obj(out, "items");
        write_type(out, f);
        jo_close(out);
    } else {
        write_type(out, f);
    }
    write_hints(out, f);
    jo_close(out);
}

static void write_schema(struct json_out *out, const struct kind *k)
{
    jo_obj(out, "schema");
    jo_str(out, "$schema", "https://json-schema.org/draft/2020-12/schema");
    jo_str(out, "type", "object");
    jo_arr(out, "required");
    for (size_t i = 0; i < k->n_fields; i++) {
        if (k->fields[i].required) {
            jo_str(out, NULL, k->fields[i].name);
        }
    }
    jo_close(out);
    jo_bool(out, "additionalProperties", false);
    jo_obj(out, "properties");
    for (size_t i = 0; i < k->n_fields; i++) {
        write_field(out, &k->fields[i]);
    }
    jo_close(out);
    jo_close(out);
}

static void write_need(struct json_out *out, const struct need *n, struct arena *a)
{
    switch (n->type) {
    case NEED_NOTE:
        jo_str(out, NULL, "note");
        break;
    case NEED_UNTIL:
        jo_str(out, NULL, "until");
        break;
    case NEED_FILES:
        jo_str(out, NULL, "files");
        break;
    case NEED_FIELD:
        jo_str(out, NULL, arena_printf(a, "field:%s", n->field->name));
        break;
    case NEED_HERE:
        jo_str(out, NULL, "here");
        break;
    case NEED_UNSET:
        break;
    }
}

static void write_move_parties(struct json_out *out, const struct move *m)
{
    static const char *const how[] = {"", "route", "ask", "expr", "add", "pick", "to"};

    jo_arr(out, "parties");
    for (size_t i = 0; i < m->n_parties; i++) {
        jo_obj(out, NULL);
        jo_str(out, "role", m->parties[i].role->name);
        jo_str(out, "how", how[m->parties[i].how]);
        jo_close(out);
    }
    jo_close(out);
}

/* Whether somebody without a post may raise one so: anybody, or who has signed in. */
static void write_raised_by(struct json_out *out, const struct move *m)
{
    const char *who = NULL;

    for (size_t i = 0; m->raises && i < m->n_by; i++) {
        if (m->by[i].type == WHO_ANYONE || (m->by[i].type == WHO_SIGNED_IN && who == NULL)) {
            who = m->by[i].type == WHO_ANYONE ? "anyone" : "signed_in";
        }
    }
    if (who != NULL) {
        jo_str(out, "raised_by", who);
    }
}

void move_write_after(struct json_out *out, const struct kind *k, const struct move *m)
{
    if (!m->has_after) {
        return;
    }
    jo_arr(out, "after");
    if (m->after_none) {
        jo_str(out, NULL, "none");
    }
    for (size_t i = 0; i < k->n_states; i++) {
        if ((m->after >> i & 1) != 0) {
            jo_str(out, NULL, k->states[i].name);
        }
    }
    jo_close(out);
}

static void write_move(struct json_out *out, const struct kind *k, const struct move *m, struct arena *a)
{
    jo_obj(out, NULL);
    jo_str(out, "name", m->name);
    write_title(out, "title", &m->title);
    jo_bool(out, "raises", m->raises);
    write_raised_by(out, m);
    jo_arr(out, "from");
    for (size_t i = 0; i < k->n_states; i++) {
        if ((m->from >> i & 1) != 0) {
            jo_str(out, NULL, k->states[i].name);
        }
    }
    jo_close(out);
    jo_str(out, "to", m->to ? m->to->name : NULL);
    jo_arr(out, "needs");
    for (size_t i = 0; i < m->n_needs; i++) {
        write_need(out, &m->needs[i], a);
    }
    if (move_merges(m)) {
        jo_str(out, NULL, "other");
    }
    jo_close(out);
    jo_arr(out, "takes");
    if (m->takes_place) {
        jo_str(out, NULL, "place");
    }
    if (m->takes_here) {
        jo_str(out, NULL, "here");
    }
    for (size_t i = 0; i < m->n_takes; i++) {
        jo_str(out, NULL, m->takes[i]->name);
    }
    jo_close(out);
    write_move_parties(out, m);
    jo_bool(out, "each", m->each_party);
    if (m->each_role != NULL) {
        jo_str(out, "each_role", m->each_role->name);
    }
    jo_bool(out, "bulk", m->bulk);
    move_write_after(out, k, m);
    jo_close(out);
}

static void write_flow(struct json_out *out, const struct kind *k)
{
    AUTO(arena_free) struct arena *a = arena_create(1u << 20);

    jo_obj(out, "flow");
    jo_arr(out, "states");
    for (size_t i = 0; i < k->n_states; i++) {
        const struct state *s = &k->states[i];

        jo_obj(out, NULL);
        jo_str(out, "name", s->name);
        write_title(out, "title", &s->title);
        jo_str(out, "light", light_name(s->light));
        jo_bool(out, "final", s->final);
        jo_close(out);
    }
    jo_close(out);
    jo_arr(out, "transitions");
    for (size_t i = 0; i < k->n_moves; i++) {
        write_move(out, k, &k->moves[i], a);
    }
    jo_close(out);
    jo_close(out);
}

static void write_parties(struct json_out *out, const struct kind *k)
{
    jo_arr(out, "parties");
    for (size_t i = 0; i < k->n_parties; i++) {
        const struct party_role *p = &k->parties[i];

        jo_obj(out, NULL);
        jo_str(out, "role", p->name);
        write_title(out, "title", &p->title);
        jo_arr(out, "is");
        if ((p->is & PARTY_IS_ACCOUNT) != 0) {
            jo_str(out, NULL, "account");
        }
        if ((p->is & PARTY_IS_ORG) != 0) {
            jo_str(out, NULL, "org");
        }
        if ((p->is & PARTY_IS_RESIDENT) != 0) {
            jo_str(out, NULL, "resident");
        }
        jo_close(out);
        jo_bool(out, "many", p->max > 1);
        jo_close(out);
    }
    jo_close(out);
}

static void write_measure(struct json_out *out, const struct measure_def *m)
{
    static const char *const types[] = {"", "count", "sum", "average", "percentile", "open", "ratio"};

    jo_obj(out, NULL);
    jo_str(out, "name", m->name);
    write_title(out, "title", &m->title);
    jo_str(out, "type", types[m->type]);
    jo_arr(out, "by");
    for (size_t i = 0; i < m->n_by; i++) {
        jo_str(out, NULL, m->by[i]->name);
    }
    for (size_t i = 0; i < m->n_by_orgs; i++) {
        jo_str(out, NULL, m->by_orgs[i]->name);
    }
    jo_close(out);
    jo_str(out, "unit", m->unit);
    jo_bool(out, "lower_is_better", m->lower_is_better);
    jo_close(out);
}

/* What a result is made of, for those who are judged by it. */
static void write_score(struct json_out *out, const struct score_def *d)
{
    static const char *const methods[] = {"", "mean", "trimmed_mean", "rank_sum"};

    jo_obj(out, NULL);
    jo_str(out, "name", d->name);
    write_title(out, "title", &d->title);
    jo_str(out, "entries", d->entries->name);
    jo_str(out, "sheets", d->sheets->name);
    jo_str(out, "judges", d->judges->name);
    jo_str(out, "method", methods[d->method]);
    jo_int(out, "trim", d->trim);
    jo_obj(out, "criteria");
    for (size_t i = 0; i < d->n_criteria; i++) {
        jo_int(out, d->criteria[i].field->name, d->criteria[i].weight);
    }
    jo_close(out);
    jo_close(out);
}

static void write_scores(struct json_out *out, const struct kind *k)
{
    if (k->n_scores > 0) {
        jo_arr(out, "scores");
        for (size_t i = 0; i < k->n_scores; i++) {
            write_score(out, &k->scores[i]);
        }
        jo_close(out);
    }
}

/* What a screen needs to offer a choice of times; nothing for kinds that book nothing. */
static void write_booking(struct json_out *out, const struct kind *k)
{
    enum { MINUTE_MS = 60000 };
    const struct booking_def *b = k->booking;

    if (b == NULL) {
        return;
    }
    jo_obj(out, "booking");
    jo_str(out, "resource", b->resource->name);
    jo_str(out, "of", b->of->name);
    write_title(out, "of_title", &b->of->title);
    jo_str(out, "from", b->from->name);
    jo_str(out, "to", b->to->name);
    jo_str(out, "amount", b->amount == NULL ? NULL : b->amount->name);
    jo_arr(out, "holds");
    for (size_t i = 0; i < k->n_states; i++) {
        if ((b->holds >> i & 1) != 0) {
            jo_str(out, NULL, k->states[i].name);
        }
    }
    jo_close(out);
    jo_int(out, "longest_min", b->longest_ms / MINUTE_MS);
    jo_int(out, "ahead_min", b->ahead_ms / MINUTE_MS);
    jo_int(out, "step_min", b->step_ms / MINUTE_MS);
    jo_close(out);
}

void kind_write_public(struct json_out *out, const struct kind *k)
{
    if (k->published == 0) {
        return;
    }
    jo_obj(out, "publish");
    jo_arr(out, "states");
    for (size_t i = 0; i < k->n_states; i++) {
        if ((k->published >> i & 1) != 0) {
            jo_str(out, NULL, k->states[i].name);
        }
    }
    jo_close(out);
    jo_arr(out, "fields");
    for (size_t i = 0; i < k->n_public_fields; i++) {
        jo_str(out, NULL, k->public_fields[i]->name);
    }
    if (k->public_place) {
        jo_str(out, NULL, "place");
    }
    jo_close(out);
    jo_close(out);
}

static void write_pay(struct json_out *out, const struct pay_def *pay)
{
    if (pay == NULL) {
        jo_null(out, "pay");
        return;
    }
    jo_obj(out, "pay");
    jo_str(out, "amount", pay->amount->name);
    jo_str(out, "move", pay->move->name);
    jo_str(out, "by", pay->by->name);
    jo_close(out);
}

void kind_write_json(struct json_out *out, const struct kind *k)
{
    static const char *const places[] = {"none", "optional", "required"};

    jo_obj(out, NULL);
    jo_str(out, "kind", k->name);
    write_title(out, "title", &k->title);
    jo_str(out, "pack", k->pack->name);
    jo_int(out, "version", k->pack->version);
    jo_str(out, "place", places[k->place]);
    jo_str(out, "line", k->line);
    jo_bool(out, "near", k->near != NULL);
    kind_write_public(out, k);
    jo_bool(out, "register", k->is_register);
    jo_arr(out, "inherits");
    for (size_t i = 0; i < k->n_inherits; i++) {
        jo_str(out, NULL, k->inherits[i]->name);
    }
    if (k->inherits_place) {
        jo_str(out, NULL, "place");
    }
    jo_close(out);
    jo_arr(out, "children");
    for (size_t i = 0; i < k->n_children; i++) {
        jo_str(out, NULL, k->children[i]);
    }
    jo_close(out);
    jo_bool(out, "below", k->below);
    jo_arr(out, "during");
    for (size_t i = 0; i < k->n_during; i++) {
        jo_str(out, NULL, k->during[i]);
    }
    jo_close(out);
    write_unique(out, k);
    jo_str(out, "thread", k->thread == NULL ? NULL : k->thread->name);
    jo_bool(out, "accounts", k->has_accounts);
    write_pay(out, k->pay);
    write_scores(out, k);
    if (k->appraisal != NULL) {
        jo_bool(out, "appraisal", true);
    }
    if (k->ballot != NULL) {
        jo_str(out, "ballot", k->ballot->secret ? "secret" : "open");
    }
    write_schema(out, k);
    write_flow(out, k);
    write_parties(out, k);
    write_booking(out, k);
    jo_arr(out, "clocks");
    for (size_t i = 0; i < k->n_clocks; i++) {
        jo_obj(out, NULL);
        jo_str(out, "name", k->clocks[i].name);
        write_title(out, "title", &k->clocks[i].title);
        jo_close(out);
    }
    jo_close(out);
    jo_arr(out, "measures");
    for (size_t i = 0; i < k->n_measures; i++) {
        if (!k->measures[i]->hidden) {
            write_measure(out, k->measures[i]);
        }
    }
    jo_close(out);
    jo_close(out);
}
