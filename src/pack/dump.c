#include "pack/dump.h"

#include "base/text.h"
#include "pack/loader.h"
#include "pack/value.h"

#include <stdio.h>

static void dump_names(struct json_out *out, const char *key, const struct who *who, size_t n)
{
    static const char *const types[] = {"",
                                        "anyone",
                                        "signed in",
                                        "party",
                                        "post",
                                        "post in a party",
                                        "party of the parent",
                                        "acting party",
                                        "clock",
                                        "import",
                                        "signal"};

    if (n == 0) {
        return;
    }
    jo_arr(out, key);
    for (size_t i = 0; i < n; i++) {
        jo_obj(out, NULL);
        jo_str(out, types[who[i].type], who[i].text);
        jo_int(out, "level", who[i].level);
        jo_close(out);
    }
    jo_close(out);
}

static void dump_expr(struct json_out *out, const char *key, const struct cel_expr *x)
{
    if (x != NULL) {
        jo_str(out, key, cel_text(x));
    }
}

static void dump_title(struct json_out *out, const struct title *t)
{
    jo_str(out, "zh", t->zh);
    jo_str(out, "en", t->en);
}

/* Effects by name: what they were given is their own. */
static void dump_effects(struct json_out *out, const char *key, const struct effect *effects, size_t n)
{
    if (n == 0) {
        return;
    }
    jo_arr(out, key);
    for (size_t i = 0; i < n; i++) {
        jo_str(out, NULL, effects[i].type->name);
    }
    jo_close(out);
}

static void dump_limit(struct json_out *out, const struct limit *l)
{
    static const char *const units[] = {"", "minutes", "hours", "days", "working hours", "working days"};

    if (l->unit != LIMIT_UNSET) {
        jo_obj(out, "limit");
        jo_int(out, units[l->unit], l->n);
        jo_close(out);
    }
}

static void dump_field_rest(struct json_out *out, const struct field *f)
{
    if (f->dmax > f->dmin) {
        jo_num(out, "dmin", f->dmin);
        jo_num(out, "dmax", f->dmax);
    }
    if (f->of != 0) {
        jo_int(out, "of", f->of);
    }
    if (f->list != NULL) {
        jo_str(out, "list", f->list->name);
    }
    if (f->record_kind != NULL) {
        jo_str(out, "kind", f->record_kind);
    }
    if (f->accept != NULL) {
        jo_str(out, "accept", f->accept);
    }
    if (f->fallback != NULL) {
        field_to_json(out, "default", f, f->fallback);
    }
    if (f->mail) {
        jo_bool(out, "mail", true);
    }
    if (f->track) {
        jo_bool(out, "track", true);
    }
    if (f->checklist) {
        jo_bool(out, "checklist", true);
    }
    if (f->after != NULL) {
        jo_str(out, "after", f->after->name);
    }
    if (f->hint.zh != NULL) {
        jo_str(out, "hint", f->hint.en);
    }
}

static void dump_fields(struct json_out *out, const struct kind *k)
{
    jo_obj(out, "fields");
    for (size_t i = 0; i < k->n_fields; i++) {
        const struct field *f = &k->fields[i];

        jo_obj(out, f->name);
        jo_str(out, "type", field_type_name(f->type));
        dump_title(out, &f->title);
        jo_bool(out, "required", f->required);
        jo_bool(out, "search", f->search);
        jo_bool(out, "personal", f->privacy == PRIVACY_PERSONAL);
        jo_int(out, "many", f->many ? (int64_t)f->max_items : 0);
        jo_int(out, "min", f->min);
        jo_int(out, "max", f->max);
        dump_field_rest(out, f);
        jo_close(out);
    }
    jo_close(out);
}

static void dump_parties(struct json_out *out, const struct kind *k)
{
    jo_obj(out, "parties");
    for (size_t i = 0; i < k->n_parties; i++) {
        const struct party_role *p = &k->parties[i];

        jo_obj(out, p->name);
        dump_title(out, &p->title);
        jo_bool(out, "account", (p->is & PARTY_IS_ACCOUNT) != 0);
        jo_bool(out, "org", (p->is & PARTY_IS_ORG) != 0);
        if ((p->is & PARTY_IS_RESIDENT) != 0) {
            jo_bool(out, "resident", true);
        }
        jo_int(out, "max", (int64_t)p->max);
        if (p->staffed) {
            jo_bool(out, "staffed", true);
        }
        jo_close(out);
    }
    jo_close(out);
}

static void dump_states(struct json_out *out, const struct kind *k)
{
    jo_obj(out, "flow");
    for (size_t i = 0; i < k->n_states; i++) {
        jo_obj(out, k->states[i].name);
        dump_title(out, &k->states[i].title);
        jo_str(out, "light", light_name(k->states[i].light));
        jo_bool(out, "final", k->states[i].final);
        jo_close(out);
    }
    jo_close(out);
}

static void dump_move_inputs(struct json_out *out, const struct move *m)
{
    static const char *const how[] = {"", "route", "ask", "", "add", "pick", "to "};

    jo_arr(out, "needs");
    for (size_t i = 0; i < m->n_needs; i++) {
        jo_str(out, NULL, need_name(&m->needs[i]));
    }
    jo_close(out);
    jo_arr(out, "takes");
    for (size_t i = 0; i < m->n_takes; i++) {
        jo_str(out, NULL, m->takes[i]->name);
    }
    jo_close(out);
    jo_obj(out, "parties");
    for (size_t i = 0; i < m->n_parties; i++) {
        const struct move_party *p = &m->parties[i];

        if (p->to != NULL) {
            jo_obj(out, p->role->name);
            jo_str(out, "to", p->to->name);
            jo_close(out);
        } else {
            jo_str(out, p->role->name, p->expr ? cel_text(p->expr) : how[p->how]);
        }
    }
    jo_close(out);
}

/* What most moves do not say is not written. */
static void dump_step(struct json_out *out, const struct kind *k, const struct move *m)
{
    if (m->each_role != NULL) {
        jo_str(out, "each", m->each_role->name);
    }
    if (m->takes_here) {
        jo_bool(out, "here", true);
    }
    move_write_after(out, k, m);
}

static void dump_move(struct json_out *out, const struct kind *k, const struct move *m)
{
    jo_obj(out, m->name);
    dump_title(out, &m->title);
    jo_bool(out, "raises", m->raises);
    jo_arr(out, "from");
    for (size_t i = 0; i < k->n_states; i++) {
        if ((m->from >> i & 1) != 0) {
            jo_str(out, NULL, k->states[i].name);
        }
    }
    jo_close(out);
    jo_str(out, "to", m->to ? m->to->name : NULL);
    dump_names(out, "by", m->by, m->n_by);
    dump_names(out, "not", m->not_by, m->n_not);
    dump_expr(out, "when", m->when);
    if (m->because.zh != NULL) {
        jo_str(out, "because", m->because.zh);
    }
    dump_move_inputs(out, m);
    dump_effects(out, "effects", m->effects, m->n_effects);
    jo_bool(out, "each_party", m->each_party);
    dump_step(out, k, m);
    jo_int(out, "within_days", m->within_days);
    jo_bool(out, "bulk", m->bulk);
    jo_close(out);
}

static void dump_ladder(struct json_out *out, const struct clock_def *d)
{
    if (d->n_rungs == 0) {
        return;
    }
    jo_arr(out, "remind");
    for (size_t i = 0; i < d->n_rungs; i++) {
        jo_obj(out, NULL);
        dump_limit(out, &d->rungs[i].at);
        dump_effects(out, "effects", d->rungs[i].effects, d->rungs[i].n_effects);
        jo_close(out);
    }
    jo_close(out);
}

static void dump_clocks(struct json_out *out, const struct kind *k)
{
    jo_obj(out, "clocks");
    for (size_t i = 0; i < k->n_clocks; i++) {
        const struct clock_def *d = &k->clocks[i];

        jo_obj(out, d->name);
        dump_title(out, &d->title);
        dump_limit(out, &d->limit);
        dump_expr(out, "expr", d->expr);
        jo_int(out, "warn_percent", d->warn_percent);
        jo_bool(out, "each_party", d->each_party);
        dump_effects(out, "warn", d->warn, d->n_warn);
        dump_effects(out, "breach", d->breach, d->n_breach);
        dump_ladder(out, d);
        jo_close(out);
    }
    jo_close(out);
    jo_arr(out, "route");
    for (size_t i = 0; i < k->n_routes; i++) {
        jo_obj(out, NULL);
        dump_expr(out, "when", k->routes[i].when);
        dump_expr(out, k->routes[i].party->name, k->routes[i].expr);
        jo_close(out);
    }
    jo_close(out);
}

static void dump_measure(struct json_out *out, const struct kind *k, const struct measure_def *m)
{
    static const char *const types[] = {"", "count", "sum", "average", "percentile", "open", "ratio"};

    jo_obj(out, m->name);
    dump_title(out, &m->title);
    jo_str(out, "type", types[m->type]);
    jo_arr(out, "at");
    for (size_t i = 0; i < k->n_moves; i++) {
        if ((m->moves >> i & 1) != 0) {
            jo_str(out, NULL, k->moves[i].name);
        }
    }
    for (size_t i = 0; i < k->n_clocks; i++) {
        if ((m->clock_breach >> i & 1) != 0) {
            jo_str(out, NULL, k->clocks[i].name);
        }
    }
    jo_close(out);
    dump_expr(out, "when", m->when);
    dump_expr(out, "of", m->of);
    dump_expr(out, "holds", m->holds);
    jo_arr(out, "by");
    for (size_t i = 0; i < m->n_by; i++) {
        jo_str(out, NULL, m->by[i]->name);
    }
    for (size_t i = 0; i < m->n_by_orgs; i++) {
        jo_str(out, NULL, m->by_orgs[i]->name);
    }
    jo_close(out);
    if (m->num != NULL && m->den != NULL) {
        jo_str(out, "num", m->num->name);
        jo_str(out, "den", m->den->name);
    }
    jo_str(out, "unit", m->unit);
    jo_bool(out, "hidden", m->hidden);
    jo_bool(out, "lower_is_better", m->lower_is_better);
    jo_close(out);
}

static void dump_children(struct json_out *out, const struct kind *k)
{
    if (k->n_children == 0) {
        jo_null(out, "children");
        return;
    }
    jo_arr(out, "children");
    for (size_t i = 0; i < k->n_children; i++) {
        jo_str(out, NULL, k->children[i]);
    }
    jo_close(out);
}

static void dump_inherits(struct json_out *out, const struct kind *k)
{
    if (k->n_inherits == 0 && k->n_inherits_parties == 0 && !k->inherits_place) {
        return;
    }
    jo_arr(out, "inherits");
    for (size_t i = 0; i < k->n_inherits; i++) {
        jo_str(out, NULL, k->inherits[i]->name);
    }
    for (size_t i = 0; i < k->n_inherits_parties; i++) {
        jo_str(out, NULL, k->inherits_parties[i]->name);
    }
    if (k->inherits_place) {
        jo_str(out, NULL, "place");
    }
    jo_close(out);
}

static void dump_unique(struct json_out *out, const struct kind *k)
{
    if (k->from != NULL) {
        jo_obj(out, "interval");
        jo_str(out, "from", k->from->name);
        jo_str(out, "to", k->to == NULL ? NULL : k->to->name);
        jo_close(out);
    }
    if (k->n_uniques > 0) {
        jo_arr(out, "unique");
        for (size_t i = 0; i < k->n_uniques; i++) {
            jo_str(out, NULL, k->uniques[i].name);
            jo_bool(out, NULL, k->uniques[i].interval);
            if (k->uniques[i].ever)
                jo_str(out, NULL, "ever");
        }
        jo_close(out);
    }
    if (k->n_by_code > 0) {
        jo_arr(out, "by_code");
        for (size_t i = 0; i < k->n_by_code; i++) {
            jo_str(out, NULL, k->by_code[i]);
        }
        jo_close(out);
    }
}

static void dump_earlier(struct json_out *out, const struct kind *k)
{
    if (k->n_earlier == 0) {
        return;
    }
    jo_obj(out, "earlier");
    for (size_t i = 0; i < k->n_earlier; i++) {
        jo_obj(out, k->earlier[i].name);
        dump_expr(out, "when", k->earlier[i].when);
        dump_limit(out, &k->earlier[i].within);
        dump_expr(out, "period", k->earlier[i].period);
        jo_close(out);
    }
    jo_close(out);
}

static void dump_score(struct json_out *out, const struct score_def *d)
{
    static const char *const methods[] = {"", "mean", "trimmed_mean", "rank_sum"};

    jo_obj(out, d->name);
    dump_title(out, &d->title);
    jo_str(out, "judges", d->judges->name);
    jo_str(out, "entries", d->entries->name);
    dump_expr(out, "of", d->of);
    jo_str(out, "sheets", d->sheets->name);
    jo_int(out, "while", (int64_t)d->while_states);
    jo_arr(out, "not");
    for (size_t i = 0; i < d->n_not_own; i++) {
        jo_str(out, NULL, d->not_own[i]->name);
    }
    jo_close(out);
    jo_arr(out, "criteria");
    for (size_t i = 0; i < d->n_criteria; i++) {
        jo_obj(out, NULL);
        jo_str(out, "field", d->criteria[i].field->name);
        jo_int(out, "weight", d->criteria[i].weight);
        jo_int(out, "max", d->criteria[i].max);
        jo_close(out);
    }
    jo_close(out);
    jo_int(out, "denominator", d->denominator);
    jo_str(out, "method", methods[d->method]);
    jo_int(out, "trim", d->trim);
    jo_int(out, "places", d->places);
    jo_int(out, "outlier", d->outlier);
    jo_arr(out, "ties");
    for (size_t i = 0; i < d->n_ties; i++) {
        jo_str(out, NULL, d->criteria[d->ties[i]].field->name);
    }
    jo_close(out);
    jo_obj(out, "prizes");
    for (size_t i = 0; i < d->n_prizes; i++) {
        jo_int(out, d->prizes[i].code, d->prizes[i].n);
    }
    jo_close(out);
    jo_int(out, "first", d->first);
    jo_str(out, "then", d->then->name);
    jo_str(out, "others", d->others == NULL ? NULL : d->others->name);
    jo_bool(out, "live", d->live);
    jo_bool(out, "named", d->named);
    dump_names(out, "desk", d->desk, d->n_desk);
    jo_close(out);
}

static void dump_certificates(struct json_out *out, const struct kind *k)
{
    if (k->n_certificates > 0) {
        jo_obj(out, "certificates");
        for (size_t i = 0; i < k->n_certificates; i++) {
            jo_obj(out, k->certificates[i].name);
            dump_title(out, &k->certificates[i].title);
            dump_expr(out, "when", k->certificates[i].when);
            jo_str(out, "to", k->certificates[i].to->name);
            jo_str(out, "text", k->certificates[i].text.zh);
            jo_close(out);
        }
        jo_close(out);
    }
}

static void dump_scores(struct json_out *out, const struct kind *k)
{
    if (k->n_scores > 0) {
        jo_obj(out, "scores");
        for (size_t i = 0; i < k->n_scores; i++) {
            dump_score(out, &k->scores[i]);
        }
        jo_close(out);
    }
}

static void dump_states_in(struct json_out *out, const char *key, const struct kind *k, uint64_t in)
{
    jo_arr(out, key);
    for (size_t i = 0; i < k->n_states; i++) {
        if ((in >> i & 1) != 0) {
            jo_str(out, NULL, k->states[i].name);
        }
    }
    jo_close(out);
}

static void dump_booking(struct json_out *out, const struct kind *k)
{
    const struct booking_def *b = k->booking;

    if (b == NULL) {
        return;
    }
    jo_obj(out, "booking");
    jo_str(out, "resource", b->resource->name);
    jo_str(out, "of", b->of->name);
    jo_str(out, "from", b->from->name);
    jo_str(out, "to", b->to->name);
    jo_str(out, "amount", b->amount == NULL ? NULL : b->amount->name);
    jo_str(out, "capacity", b->capacity == NULL ? NULL : b->capacity->name);
    jo_str(out, "hours", b->hours == NULL ? NULL : b->hours->name);
    dump_states_in(out, "holds", k, b->holds);
    dump_states_in(out, "given", b->of, b->given);
    jo_int(out, "longest_ms", b->longest_ms);
    jo_int(out, "ahead_ms", b->ahead_ms);
    jo_int(out, "step_ms", b->step_ms);
    jo_close(out);
}

static void dump_during(struct json_out *out, const struct kind *k)
{
    if (k->n_during == 0) {
        if (k->below) {
            jo_bool(out, "below", true);
        }
        return;
    }
    jo_arr(out, "during");
    for (size_t i = 0; i < k->n_during; i++) {
        jo_str(out, NULL, k->during[i]);
    }
    jo_close(out);
}

static void dump_share(struct json_out *out, const char *key, const struct share *s)
{
    if (s->den == 0) {
        return;
    }
    jo_obj(out, key);
    jo_int(out, "num", s->num);
    jo_int(out, "den", s->den);
    jo_bool(out, "more", s->more);
    jo_close(out);
}

static void dump_ballot(struct json_out *out, const struct ballot_def *b)
{
    jo_obj(out, "ballot");
    jo_bool(out, "secret", b->secret);
    jo_str(out, "slip", b->slip == NULL ? NULL : b->slip->name);
    jo_str(out, "options", b->options == NULL ? NULL : b->options->name);
    jo_str(out, "seats", b->seats == NULL ? NULL : b->seats->name);
    jo_str(out, "closes", b->closes == NULL ? NULL : b->closes->name);
    jo_bool(out, "typed_twice", b->typed_twice);
    jo_int(out, "proxies", b->proxies);
    jo_bool(out, "lot", b->tie == TIE_LOT);
    jo_str(out, "stand", b->stand.kind == NULL ? NULL : b->stand.kind->name);
    jo_str(out, "electors", b->has_electors ? b->electors.kind->name : NULL);
    jo_obj(out, "rules");
    for (size_t i = 0; i < b->n_rules; i++) {
        jo_obj(out, b->rules[i].name);
        dump_share(out, "quorum_heads", &b->rules[i].quorum_heads);
        dump_share(out, "quorum_area", &b->rules[i].quorum_area);
        dump_share(out, "yes_heads", &b->rules[i].yes_heads);
        dump_share(out, "yes_area", &b->rules[i].yes_area);
        jo_bool(out, "of_roll", b->rules[i].of_roll);
        jo_close(out);
    }
    jo_close(out);
    jo_close(out);
}

static void dump_kind(struct json_out *out, const struct kind *k)
{
    static const char *const places[] = {"none", "optional", "required"};

    jo_obj(out, k->name);
    jo_str(out, "pack", k->pack->name);
    dump_title(out, &k->title);
    jo_str(out, "line", k->line);
    jo_str(out, "place", places[k->place]);
    jo_int(out, "area_level_min", k->area_level_min);
    dump_children(out, k);
    dump_inherits(out, k);
    if (k->thread != NULL) {
        jo_str(out, "thread", k->thread->name);
    }
    dump_fields(out, k);
    dump_parties(out, k);
    dump_names(out, "see", k->see, k->n_see);
    dump_names(out, "reveal", k->reveal, k->n_reveal);
    if (k->near != NULL) {
        dump_expr(out, "near", k->near);
    }
    dump_scores(out, k);
    dump_appraisal(out, k->appraisal);
    dump_certificates(out, k);
    kind_write_public(out, k);
    if (k->is_register) {
        jo_bool(out, "register", true);
    }
    dump_states(out, k);
    jo_obj(out, "moves");
    for (size_t i = 0; i < k->n_moves; i++) {
        dump_move(out, k, &k->moves[i]);
    }
    jo_close(out);
    dump_clocks(out, k);
    dump_unique(out, k);
    dump_earlier(out, k);
    dump_booking(out, k);
    dump_during(out, k);
    if (k->ballot != NULL) {
        dump_ballot(out, k->ballot);
    }
    jo_obj(out, "measures");
    for (size_t i = 0; i < k->n_measures; i++) {
        dump_measure(out, k, k->measures[i]);
    }
    jo_close(out);
    jo_close(out);
}

static void dump_lists(struct json_out *out, const struct packs *p)
{
    jo_obj(out, "codes");
    for (size_t i = 0; i < p->n_lists; i++) {
        jo_arr(out, p->lists[i].name);
        for (size_t j = 0; j < p->lists[i].n_codes; j++) {
            const struct code *c = &p->lists[i].codes[j];

            jo_obj(out, NULL);
            jo_str(out, "code", c->code);
            jo_str(out, "parent", c->parent ? c->parent->code : NULL);
            jo_bool(out, "leaf", c->leaf);
            dump_title(out, &c->title);
            jo_close(out);
        }
        jo_close(out);
    }
    jo_close(out);
    jo_obj(out, "roles");
    for (size_t i = 0; i < p->n_roles; i++) {
        jo_obj(out, p->roles[i].name);
        dump_title(out, &p->roles[i].title);
        jo_int(out, "levels", p->roles[i].levels);
        if (p->roles[i].roster) {
            jo_bool(out, "roster", true);
        }
        jo_close(out);
    }
    jo_close(out);
}

static void dump_tables(struct json_out *out, const struct packs *p)
{
    jo_obj(out, "tables");
    for (size_t i = 0; i < p->n_tables; i++) {
        const struct table *t = &p->tables[i];

        jo_arr(out, t->name);
        for (size_t j = 0; j < t->n_columns * t->n_rows; j++) {
            jo_str(out, NULL, t->cells[j]);
        }
        jo_close(out);
    }
    jo_close(out);
}

static const char *minute_text(int min, char out[16])
{
    (void)snprintf(out, 16, "%02d:%02d", min / 60 % 24, min % 60);
    return out;
}

static void dump_schedule(struct json_out *out, const struct schedule_def *s)
{
    char at[16];

    jo_obj(out, s->name);
    dump_title(out, &s->title);
    jo_str(out, "raise", s->kind->name);
    jo_str(out, "move", s->move->name);
    jo_str(out, "rrule", s->recurrence.rule);
    jo_int(out, "from_day", s->recurrence.from_day);
    jo_int(out, "until_day", s->recurrence.until_day);
    jo_str(out, "workdays", recur_workdays_name(s->recurrence.workdays));
    jo_str(out, "at", minute_text(s->at_min, at));
    jo_str(out, "area", s->target == FOR_AREA ? level_names[s->level - 1] : NULL);
    jo_str(out, "post", s->post == NULL ? NULL : s->post->name);
    jo_str(out, "records", s->of == NULL ? NULL : s->of->name);
    dump_expr(out, "when", s->when);
    jo_str(out, "about", s->about == NULL ? NULL : s->about->name);
    jo_str(out, "party", s->party == NULL ? NULL : s->party->name);
    jo_str(out, "to", s->to == NULL ? NULL : s->to->name);
    jo_bool(out, "catch_up", s->catch_up);
    jo_str(out, "round", s->round);
    jo_obj(out, "give");
    for (size_t i = 0; i < s->kind->n_fields; i++) {
        if (s->give[i].type != CEL_UNSET) {
            field_to_json(out, s->kind->fields[i].name, &s->kind->fields[i], &s->give[i]);
        }
    }
    jo_close(out);
    jo_obj(out, "copy");
    for (size_t i = 0; i < s->n_copy; i++) {
        jo_str(out, s->copy[0][i]->name, s->copy[1][i]->name);
    }
    jo_close(out);
    jo_close(out);
}

/* Packs without any say nothing of them. */
static void dump_schedules(struct json_out *out, const struct packs *p)
{
    if (p->n_schedules == 0) {
        return;
    }
    jo_obj(out, "schedules");
    for (size_t i = 0; i < p->n_schedules; i++) {
        dump_schedule(out, &p->schedules[i]);
    }
    jo_close(out);
}

static void dump_account(struct json_out *out, const struct ledger_account *a)
{
    static const char *const whose[] = {"district", "record", "account", "org"};

    jo_obj(out, a->name);
    dump_title(out, &a->title);
    jo_str(out, "of", a->kind != NULL ? a->kind->name : whose[a->of]);
    if (a->has_min) {
        jo_int(out, "min", a->min);
    }
    jo_bool(out, "published", a->published);
    jo_bool(out, "credit", a->turned);
    for (size_t i = 0; i < a->n_tiers; i++) {
        jo_int(out, a->tiers[i].name, a->tiers[i].from);
    }
    jo_close(out);
}

static void dump_ledgers(struct json_out *out, const struct packs *p)
{
    if (p->n_ledgers == 0) {
        return;
    }
    jo_obj(out, "ledgers");
    for (size_t i = 0; i < p->n_ledgers; i++) {
        const struct ledger_def *l = &p->ledgers[i];

        jo_obj(out, l->name);
        dump_title(out, &l->title);
        jo_str(out, "unit", l->unit.en);
        jo_bool(out, "money", l->money);
        for (size_t k = 0; k < l->n_accounts; k++) {
            dump_account(out, &l->accounts[k]);
        }
        jo_close(out);
    }
    jo_close(out);
}

void packs_dump(struct json_out *out, const struct packs *p)
{
    jo_obj(out, NULL);
    jo_obj(out, "packs");
    for (size_t i = 0; i < p->n_packs; i++) {
        jo_obj(out, p->packs[i].name);
        jo_int(out, "version", p->packs[i].version);
        dump_title(out, &p->packs[i].title);
        jo_close(out);
    }
    jo_close(out);
    dump_lists(out, p);
    dump_tables(out, p);
    jo_obj(out, "kinds");
    for (size_t i = 0; i < p->n_kinds; i++) {
        dump_kind(out, p->kinds[i]);
    }
    jo_close(out);
    dump_schedules(out, p);
    dump_ledgers(out, p);
    jo_close(out);
}
