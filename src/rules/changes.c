/* What another version changes for people, thing by thing: the screens put it into sentences. */
#include "base/text.h"
#include "rules/rules_internal.h"

#include <stdio.h>
#include <string.h>

struct telling {
    struct json_out *j;
    const struct kind *kind; /* NULL: of the pack */
};

static void tell_detail(const struct telling *t, const char *did, const char *about, const char *name,
                        const struct title *title, const char *before, const char *after)
{
    struct json_out *j = t->j;

    jo_obj(j, NULL);
    jo_str(j, "did", did);
    jo_str(j, "about", about);
    jo_str(j, "name", name);
    jo_obj(j, "title");
    jo_str(j, "zh", title->zh);
    jo_str(j, "en", title->en);
    jo_close(j);
    if (t->kind != NULL) {
        jo_obj(j, "kind");
        jo_str(j, "zh", t->kind->title.zh);
        jo_str(j, "en", t->kind->title.en);
        jo_close(j);
    } else {
        jo_null(j, "kind");
    }
    jo_str(j, "before", before);
    jo_str(j, "after", after);
    jo_close(j);
}

static void tell(const struct telling *t, const char *did, const char *about, const char *name,
                 const struct title *title)
{
    tell_detail(t, did, about, name, title, NULL, NULL);
}

static void tell_title(const struct telling *t, const char *about, const char *name, const struct title *was,
                       const struct title *is)
{
    if (!str_eq(was->zh, is->zh) || !str_eq(was->en, is->en))
        tell_detail(t, "renamed", about, name, is, was->zh, is->zh);
}

/* --- fields --- */

static void tell_field(const struct telling *t, const struct field *was, const struct field *is)
{
    tell_title(t, "field", is->name, &was->title, &is->title);
    if (was->required != is->required)
        tell(t, is->required ? "required" : "optional", "field", is->name, &is->title);
    if (was->type != is->type)
        tell_detail(t, "retyped", "field", is->name, &is->title, field_type_name(was->type),
                    field_type_name(is->type));
    if (!str_eq(was->hint.zh, is->hint.zh))
        tell(t, "hint", "field", is->name, &is->title);
}

static void tell_fields(const struct telling *t, const struct kind *was, const struct kind *is)
{
    for (size_t i = 0; i < is->n_fields; i++) {
        const struct field *f = kind_field(was, is->fields[i].name);

        if (f == NULL)
            tell(t, is->fields[i].required ? "added_required" : "added", "field", is->fields[i].name,
                 &is->fields[i].title);
        else
            tell_field(t, f, &is->fields[i]);
    }
    for (size_t i = 0; i < was->n_fields; i++)
        if (kind_field(is, was->fields[i].name) == NULL)
            tell(t, "removed", "field", was->fields[i].name, &was->fields[i].title);
}

/* --- moves --- */

static const char *who_text(const struct who *by, size_t n, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        str_copy(out + used, size - used, i == 0 ? "" : ", ");
        used += strlen(out + used);
        str_copy(out + used, size - used, by[i].text);
        used += strlen(out + used);
    }
    return out;
}

static bool same_needs(const struct move *a, const struct move *b)
{
    if (a->n_needs != b->n_needs)
        return false;
    for (size_t i = 0; i < a->n_needs; i++)
        if (a->needs[i].type != b->needs[i].type ||
            !str_eq(a->needs[i].field == NULL ? NULL : a->needs[i].field->name,
                    b->needs[i].field == NULL ? NULL : b->needs[i].field->name))
            return false;
    return true;
}

static void tell_move(const struct telling *t, const struct move *was, const struct move *is)
{
    enum { TEXT = 500 };
    char before[TEXT], after[TEXT];

    tell_title(t, "move", is->name, &was->title, &is->title);
    if (!str_eq(who_text(was->by, was->n_by, before, TEXT), who_text(is->by, is->n_by, after, TEXT)))
        tell_detail(t, "by", "move", is->name, &is->title, before, after);
    if (!same_needs(was, is))
        tell(t, "needs", "move", is->name, &is->title);
    if (!str_eq(was->when_text, is->when_text))
        tell_detail(t, "when", "move", is->name, &is->title, was->when_text, is->when_text);
    if (!str_eq(was->to == NULL ? NULL : was->to->name, is->to == NULL ? NULL : is->to->name))
        tell_detail(t, "to", "move", is->name, &is->title, was->to == NULL ? NULL : was->to->title.zh,
                    is->to == NULL ? NULL : is->to->title.zh);
}

static void tell_moves(const struct telling *t, const struct kind *was, const struct kind *is)
{
    for (size_t i = 0; i < is->n_moves; i++) {
        const struct move *m = kind_move(was, is->moves[i].name);

        if (m == NULL)
            tell(t, "added", "move", is->moves[i].name, &is->moves[i].title);
        else
            tell_move(t, m, &is->moves[i]);
    }
    for (size_t i = 0; i < was->n_moves; i++)
        if (kind_move(is, was->moves[i].name) == NULL)
            tell(t, "removed", "move", was->moves[i].name, &was->moves[i].title);
}

/* --- states and clocks --- */

static void tell_states(const struct telling *t, const struct kind *was, const struct kind *is)
{
    for (size_t i = 0; i < is->n_states; i++) {
        const struct state *s = kind_state(was, is->states[i].name);

        if (s == NULL)
            tell(t, "added", "state", is->states[i].name, &is->states[i].title);
        else if (s->light != is->states[i].light)
            tell_detail(t, "light", "state", s->name, &is->states[i].title, light_name(s->light),
                        light_name(is->states[i].light));
        if (s != NULL)
            tell_title(t, "state", s->name, &s->title, &is->states[i].title);
    }
    for (size_t i = 0; i < was->n_states; i++)
        if (kind_state(is, was->states[i].name) == NULL)
            tell(t, "removed", "state", was->states[i].name, &was->states[i].title);
}

static const char *limit_text(const struct clock_def *c, char out[24])
{
    static const char *const units[] = {
        [LIMIT_UNSET] = "", [LIMIT_MINUTES] = "m",        [LIMIT_HOURS] = "h",
        [LIMIT_DAYS] = "d", [LIMIT_WORKING_HOURS] = "wh", [LIMIT_WORKING_DAYS] = "wd"};

    if (c->expr != NULL)
        return cel_text(c->expr);
    (void)snprintf(out, 24, "%lld%s", (long long)c->limit.n, units[c->limit.unit]);
    return out;
}

static void tell_clocks(const struct telling *t, const struct kind *was, const struct kind *is)
{
    char before[24], after[24];

    for (size_t i = 0; i < is->n_clocks; i++) {
        const struct clock_def *c = kind_clock(was, is->clocks[i].name);

        if (c == NULL)
            tell(t, "added", "clock", is->clocks[i].name, &is->clocks[i].title);
        else if (!str_eq(limit_text(c, before), limit_text(&is->clocks[i], after)))
            tell_detail(t, "limit", "clock", c->name, &is->clocks[i].title, limit_text(c, before),
                        limit_text(&is->clocks[i], after));
    }
    for (size_t i = 0; i < was->n_clocks; i++)
        if (kind_clock(is, was->clocks[i].name) == NULL)
            tell(t, "removed", "clock", was->clocks[i].name, &was->clocks[i].title);
}

static void tell_sight(const struct telling *t, const struct kind *was, const struct kind *is)
{
    enum { TEXT = 500 };
    char before[TEXT], after[TEXT];

    if (!str_eq(who_text(was->see, was->n_see, before, TEXT), who_text(is->see, is->n_see, after, TEXT)))
        tell_detail(t, "see", "kind", is->name, &is->title, before, after);
    if (!str_eq(who_text(was->reveal, was->n_reveal, before, TEXT),
                who_text(is->reveal, is->n_reveal, after, TEXT)))
        tell_detail(t, "reveal", "kind", is->name, &is->title, before, after);
}

static void tell_kind(struct json_out *j, const struct kind *was, const struct kind *is)
{
    const struct telling t = {j, is};

    tell_title(&t, "kind", is->name, &was->title, &is->title);
    tell_sight(&t, was, is);
    tell_fields(&t, was, is);
    tell_states(&t, was, is);
    tell_moves(&t, was, is);
    tell_clocks(&t, was, is);
}

/* --- what the pack has beside its kinds --- */

static void tell_codes(const struct telling *t, const struct code_list *was, const struct code_list *is)
{
    for (size_t i = 0; is != NULL && i < is->n_codes; i++) {
        const struct code *c = was == NULL ? NULL : list_code(was, is->codes[i].code);

        if (c == NULL)
            tell(t, "added", "code", is->codes[i].code, &is->codes[i].title);
        else
            tell_title(t, "code", c->code, &c->title, &is->codes[i].title);
    }
    for (size_t i = 0; was != NULL && i < was->n_codes; i++)
        if (is == NULL || list_code(is, was->codes[i].code) == NULL)
            tell(t, "removed", "code", was->codes[i].code, &was->codes[i].title);
}

static void tell_lists(const struct telling *t, const struct packs *before, const struct packs *after)
{
    for (size_t i = 0; i < after->n_lists; i++)
        tell_codes(t, packs_list(before, after->lists[i].name), &after->lists[i]);
    for (size_t i = 0; i < before->n_lists; i++)
        if (packs_list(after, before->lists[i].name) == NULL)
            tell_codes(t, &before->lists[i], NULL);
}

static void tell_roles(const struct telling *t, const struct packs *before, const struct packs *after)
{
    for (size_t i = 0; i < after->n_roles; i++)
        if (packs_role(before, after->roles[i].name) == NULL)
            tell(t, "added", "role", after->roles[i].name, &after->roles[i].title);
    for (size_t i = 0; i < before->n_roles; i++)
        if (packs_role(after, before->roles[i].name) == NULL)
            tell(t, "removed", "role", before->roles[i].name, &before->roles[i].title);
}

static void tell_measures(const struct telling *t, const struct packs *before, const struct packs *after)
{
    for (size_t i = 0; i < after->n_measures; i++) {
        const struct measure_def *m = packs_measure(before, after->measures[i]->name);

        if (m == NULL)
            tell(t, "added", "measure", after->measures[i]->name, &after->measures[i]->title);
        else
            tell_title(t, "measure", m->name, &m->title, &after->measures[i]->title);
    }
    for (size_t i = 0; i < before->n_measures; i++)
        if (packs_measure(after, before->measures[i]->name) == NULL)
            tell(t, "removed", "measure", before->measures[i]->name, &before->measures[i]->title);
}

void write_changes(struct json_out *j, const struct packs *before, const struct packs *after)
{
    const struct telling t = {j, NULL};

    jo_arr(j, "changes");
    for (size_t i = 0; i < after->n_kinds; i++) {
        const struct kind *was = packs_kind(before, after->kinds[i]->name);

        if (was == NULL)
            tell(&t, "added", "kind", after->kinds[i]->name, &after->kinds[i]->title);
        else
            tell_kind(j, was, after->kinds[i]);
    }
    for (size_t i = 0; i < before->n_kinds; i++)
        if (packs_kind(after, before->kinds[i]->name) == NULL)
            tell(&t, "removed", "kind", before->kinds[i]->name, &before->kinds[i]->title);
    tell_lists(&t, before, after);
    tell_roles(&t, before, after);
    tell_measures(&t, before, after);
    jo_close(j);
}
