#include "base/limits.h"
#include "base/text.h"
#include "pack/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of enum area_level, from 1. */
const char *const level_names[] = {"province",  "city", "district", "township",
                                   "community", "grid", "microgrid"};
const size_t level_count = COUNT_OF(level_names);

bool packs_outsider(const struct packs *p, const char *role)
{
    for (size_t i = 0; i < p->n_outsiders; i++)
        if (strcmp(p->outsiders[i], role) == 0)
            return true;
    return false;
}

size_t packs_name_org(const struct packs *p, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_orgs; i++)
        n += strcmp(p->orgs[i], name) == 0;
    return n;
}

const struct kind *packs_kind(const struct packs *p, const char *name)
{
    size_t lo = 0, hi = name == NULL ? 0 : p->n_kinds;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = strcmp(p->kinds_by_name[mid]->name, name);

        if (order == 0) {
            return p->kinds_by_name[mid];
        }
        if (order < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return NULL;
}

const struct schedule_def *packs_schedule(const struct packs *p, const char *name)
{
    for (size_t i = 0; i < p->n_schedules; i++) {
        if (str_eq(p->schedules[i].name, name)) {
            return &p->schedules[i];
        }
    }
    return NULL;
}

const struct measure_def *packs_measure(const struct packs *p, const char *name)
{
    for (size_t i = 0; i < p->n_measures; i++) {
        if (str_eq(p->measures[i]->name, name)) {
            return p->measures[i];
        }
    }
    return NULL;
}

/* By name in an array of structs that begin with it. */
#define FIND(array, count, wanted)                                                                           \
    do {                                                                                                     \
        for (size_t i = 0; i < (count); i++) {                                                               \
            if (str_eq((array)[i].name, (wanted))) {                                                         \
                return &(array)[i];                                                                          \
            }                                                                                                \
        }                                                                                                    \
        return NULL;                                                                                         \
    } while (0)

const struct code_list *packs_list(const struct packs *p, const char *name)
{
    FIND(p->lists, p->n_lists, name);
}

const struct ledger_def *packs_ledger(const struct packs *p, const char *name)
{
    FIND(p->ledgers, p->n_ledgers, name);
}

const struct ledger_account *packs_account(const struct packs *p, const char *path)
{
    for (size_t i = 0; i < p->n_accounts; i++) {
        if (str_eq(p->accounts[i].path, path)) {
            return &p->accounts[i];
        }
    }
    return NULL;
}

const struct role *packs_role(const struct packs *p, const char *name)
{
    FIND(p->roles, p->n_roles, name);
}

const struct table *packs_table(const struct packs *p, const char *name)
{
    FIND(p->tables, p->n_tables, name);
}

const struct field *kind_field(const struct kind *k, const char *name)
{
    FIND(k->fields, k->n_fields, name);
}

const struct move *kind_move(const struct kind *k, const char *name)
{
    FIND(k->moves, k->n_moves, name);
}

bool move_merges(const struct move *m)
{
    for (size_t i = 0; i < m->n_effects; i++)
        if (strcmp(m->effects[i].type->name, "merge") == 0)
            return true;
    return false;
}

const struct move *kind_merge(const struct kind *k)
{
    for (size_t i = 0; i < k->n_moves; i++)
        if (move_merges(&k->moves[i]))
            return &k->moves[i];
    return NULL;
}

const struct state *kind_state(const struct kind *k, const char *name)
{
    FIND(k->states, k->n_states, name);
}

const struct party_role *kind_party(const struct kind *k, const char *name)
{
    FIND(k->parties, k->n_parties, name);
}

const struct clock_def *kind_clock(const struct kind *k, const char *name)
{
    FIND(k->clocks, k->n_clocks, name);
}

const struct earlier *kind_earlier(const struct kind *k, const char *name)
{
    FIND(k->earlier, k->n_earlier, name);
}

const struct code *list_code(const struct code_list *l, const char *code)
{
    for (size_t i = 0; i < l->n_codes; i++) {
        if (str_eq(l->codes[i].code, code)) {
            return &l->codes[i];
        }
    }
    return NULL;
}

const char *light_name(enum light l)
{
    static const char *const names[LIGHT__MAX] = {"", "new", "open", "paused", "done", "none"};

    return l < LIGHT__MAX ? names[l] : "";
}

const char *field_type_name(enum field_type t)
{
    static const char *const names[FIELD__MAX] = {
        "",     "text",  "integer",    "decimal",     "money",   "bool",   "date",
        "time", "code",  "area",       "point",       "account", "org",    "record",
        "file", "phone", "citizen_id", "credit_code", "plate",   "rating",
    };

    return t < FIELD__MAX ? names[t] : "";
}

bool limit_parse(const char *s, struct limit *ret)
{
    static const struct {
        const char *suffix;
        enum limit_unit unit;
    } units[] = {{"m", LIMIT_MINUTES},
                 {"h", LIMIT_HOURS},
                 {"d", LIMIT_DAYS},
                 {"wh", LIMIT_WORKING_HOURS},
                 {"wd", LIMIT_WORKING_DAYS}};
    size_t digits = strspn(s, "0123456789");
    char number[8];
    struct limit made = {0};

    if (digits == 0 || digits >= sizeof number) {
        return false;
    }
    str_copy(number, digits + 1, s);
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (str_eq(s + digits, units[i].suffix)) {
            made.unit = units[i].unit;
        }
    }
    if (made.unit == LIMIT_UNSET || !parse_int64(number, &made.n) || made.n == 0) {
        return false;
    }
    *ret = made;
    return true;
}

/* How many characters of the keys a row names; -1: it does not fit. */
static int row_fit(const char *const *cells, const char *const *keys, size_t n)
{
    size_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        if (!str_starts(keys[i] ? keys[i] : "", cells[i])) {
            return -1;
        }
        sum += strlen(cells[i]);
    }
    return (int)sum;
}

const char *table_find(const struct table *t, const char *const *keys, size_t n)
{
    const char *best = NULL;
    int most = -1;

    if (n + 1 != t->n_columns) {
        return NULL;
    }
    for (size_t i = 0; i < t->n_rows; i++) {
        const char *const *row = &t->cells[i * t->n_columns];
        int fit = row_fit(row, keys, n);

        if (fit > most) {
            most = fit;
            best = row[n];
        }
    }
    return best;
}

bool pack_read_dir(void *ctx, const char *name, const char **ret_bytes, size_t *ret_n)
{
    char path[4096];
    FILE *f;
    char *bytes;
    size_t n, cap = LIMIT_PACK_BYTES + 1;

    if ((size_t)snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name) >= sizeof path ||
        (f = fopen(path, "re")) == NULL) {
        return false;
    }
    bytes = xcalloc(1, cap);
    n = fread(bytes, 1, cap, f);
    bool ok = ferror(f) == 0;

    (void)fclose(f);
    if (!ok) {
        free(bytes);
        return false;
    }
    *ret_bytes = bytes;
    *ret_n = n;
    return true;
}

const char *need_name(const struct need *n)
{
    static const char *const names[] = {"", "", "note", "until", "files", "here"};

    return n->field != NULL ? n->field->name : names[n->type];
}
