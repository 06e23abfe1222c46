#include "score/sheets.h"

#include "engine/record_internal.h"

#include <stdlib.h>
#include <string.h>

struct uuid sheet_judge(const struct score_def *def, const struct record *sheet)
{
    for (size_t i = 0; i < sheet->n_parties; i++)
        if (str_eq(sheet->parties[i].role->name, def->judges->name))
            return sheet->parties[i].account;
    return (struct uuid){0};
}

bool score_counts(const struct record *r)
{
    return r->state->light != LIGHT_NONE;
}

bool score_takes_part(const struct world *w, const struct score_def *def, const struct record *entry,
                      int64_t now, struct arena *a, bool *ret, struct err *e)
{
    struct cel_value v = {0};

    *ret = score_counts(entry);
    if (!*ret || def->of == NULL)
        return true;
    if (!record_eval(w, entry, NULL, def->of, now, 0, a, &v, e))
        return false;
    *ret = v.type == CEL_BOOL && v.b;
    return true;
}

/* --- nobody judges their own --- */

static bool posted_in(const struct world *w, struct uuid account, struct uuid org, int64_t at)
{
    size_t n = 0;
    const struct post *posts = directory_posts(w->people, account, &n);

    for (size_t i = 0; i < n; i++)
        if (uuid_eq(posts[i].org, org) && posts[i].from <= at && (posts[i].until == 0 || posts[i].until > at))
            return true;
    return false;
}

static bool colleagues(const struct world *w, struct uuid one, struct uuid other, int64_t at)
{
    size_t n = 0;
    const struct post *posts = directory_posts(w->people, other, &n);

    for (size_t i = 0; i < n; i++)
        if (posts[i].from <= at && (posts[i].until == 0 || posts[i].until > at) &&
            posted_in(w, one, posts[i].org, at))
            return true;
    return false;
}

static bool plays_own(const struct score_def *def, const struct party *p)
{
    for (size_t i = 0; i < def->n_not_own; i++)
        if (def->not_own[i] == p->role)
            return true;
    return false;
}

bool score_own(const struct world *w, const struct score_def *def, const struct record *entry,
               struct uuid judge, int64_t at)
{
    for (size_t i = 0; i < entry->n_parties; i++) {
        const struct party *p = &entry->parties[i];

        if (!plays_own(def, p))
            continue;
        if (!uuid_is_nil(p->account) ? uuid_eq(p->account, judge) || colleagues(w, judge, p->account, at)
                                     : posted_in(w, judge, p->org, at))
            return true;
    }
    return false;
}

/* --- a round --- */

static int64_t order_of(const struct score_def *def, const struct record *r)
{
    const struct cel_value *v = def->order == NULL ? NULL : &r->values[def->order->index];

    return v == NULL ? 0 : v->type == CEL_INT ? v->i : INT64_MAX;
}

/* In which they appear; those of no such order behind, by their number. */
static bool before(const struct score_def *def, const struct record *a, const struct record *b)
{
    int64_t at = order_of(def, a), bt = order_of(def, b);

    return at != bt ? at < bt : a->number < b->number;
}

static void add_entry(struct round *r, const struct record *one)
{
    size_t n = r->n_entries++;

    while (n > 0 && before(r->def, one, r->entries[n - 1])) {
        r->entries[n] = r->entries[n - 1];
        n--;
    }
    r->entries[n] = one;
}

static bool has_place(const struct score_def *def, const struct record *entry)
{
    return entry->values[def->place->index].type == CEL_INT;
}

static bool find_entries(const struct world *w, struct round *r, const struct record *const *below, size_t n,
                         bool kept, int64_t now, struct arena *a, struct err *e)
{
    r->entries = arena_array(a, const struct record *, n + 1);
    for (size_t i = 0; i < n; i++) {
        bool in = false;

        if (below[i]->kind != r->def->entries || !uuid_eq(below[i]->parent, r->of->id))
            continue;
        if (kept)
            in = has_place(r->def, below[i]);
        else if (!score_takes_part(w, r->def, below[i], now, a, &in, e))
            return false;
        if (in)
            add_entry(r, below[i]);
    }
    return true;
}

static size_t judge_index(struct round *r, struct uuid id)
{
    size_t i = 0;

    while (i < r->n_judges && !uuid_eq(r->judges[i], id))
        i++;
    if (i == r->n_judges)
        r->judges[r->n_judges++] = id;
    return i;
}

static size_t entry_index(const struct round *r, struct uuid id)
{
    size_t i = 0;

    while (i < r->n_entries && !uuid_eq(r->entries[i]->id, id))
        i++;
    return i;
}

static const int64_t *values_of(const struct score_def *def, const struct record *sheet, struct arena *a)
{
    int64_t *values = arena_array(a, int64_t, def->n_criteria + 1);

    for (size_t i = 0; i < def->n_criteria; i++) {
        const struct cel_value *v = &sheet->values[def->criteria[i].field->index];

        values[i] = v->type == CEL_INT ? v->i : 0;
    }
    return values;
}

static const char *const *groups_of(const struct round *r, struct arena *a)
{
    const char **groups = arena_array(a, const char *, r->n_entries + 1);

    for (size_t i = 0; i < r->n_entries; i++) {
        const struct cel_value *v =
            r->def->within == NULL ? NULL : &r->entries[i]->values[r->def->within->index];

        groups[i] = v != NULL && v->type == CEL_STRING ? v->s : "";
    }
    return groups;
}

static void find_judges(struct round *r, size_t n, struct arena *a)
{
    r->judges = arena_array(a, struct uuid, r->of->n_parties + n + 1);
    for (size_t i = 0; i < r->of->n_parties; i++)
        if (r->of->parties[i].role == r->def->judges)
            (void)judge_index(r, r->of->parties[i].account);
    r->n_now = r->n_judges;
}

bool round_lay_out(const struct world *w, const struct score_def *def, const struct record *round,
                   const struct record *const *below, size_t n, bool kept, int64_t now, struct arena *a,
                   struct round *ret, struct err *e)
{
    struct score_sheet *sheets = arena_array(a, struct score_sheet, n + 1);

    *ret = (struct round){.def = def, .of = round, .sheets = arena_array(a, const struct record *, n + 1)};
    if (!find_entries(w, ret, below, n, kept, now, a, e))
        return false;
    find_judges(ret, n, a);
    for (size_t i = 0; i < n; i++) {
        size_t entry = below[i]->kind == def->sheets && score_counts(below[i])
                           ? entry_index(ret, below[i]->parent)
                           : ret->n_entries;

        if (entry == ret->n_entries)
            continue;
        ret->sheets[ret->input.n_sheets] = below[i];
        sheets[ret->input.n_sheets++] = (struct score_sheet){
            entry, judge_index(ret, sheet_judge(def, below[i])), values_of(def, below[i], a)};
    }
    ret->input.def = def;
    ret->input.groups = groups_of(ret, a);
    ret->input.n_entries = ret->n_entries;
    ret->input.n_judges = ret->n_judges;
    ret->input.sheets = sheets;
    return true;
}

size_t round_sheet(const struct round *r, size_t entry, size_t judge)
{
    size_t i = 0;

    while (i < r->input.n_sheets && (r->input.sheets[i].entry != entry || r->input.sheets[i].judge != judge))
        i++;
    return i;
}

bool round_due(const struct round *r, const struct world *w, size_t entry, size_t judge, int64_t now)
{
    return judge < r->n_now && round_sheet(r, entry, judge) == r->input.n_sheets &&
           !score_own(w, r->def, r->entries[entry], r->judges[judge], now);
}
