/* Counters: which cells a change adds to, summed in memory, added to their rows at the end
 * of a batch. Areas and dimension values are numbered, so that a cell is found by numbers. */
#include "base/clock.h"
#include "base/intmap.h"
#include "base/text.h"
#include "measure.sql.h"
#include "measure/bucket.h"
#include "measure/cells.h"
#include "measure/measure.h"
#include "measure/taken.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CAP = 256,
    LEVELS = 5,     /* of areas: 6, 9, 12, 15 and 18 digits */
    DIM_LEVELS = 3, /* dimensions down to communities */
    DIM_DEPTH = 8,  /* a code and those above it */
    DIM_FIELDS = 8, /* fields whose values are remembered while a change is counted */
    TOTALS = 0,     /* the part of a row that holds the totals; others: struct tally, parts */
    PARTS_MAX = 4096,
};

static const size_t SUMS_ARENA = (size_t)4 << 30;

/* A row of the table: a day, a part and an area. Its cells are a list. */
struct tally_row {
    int64_t day;
    uint32_t part, area; /* area: a name's number */
    uint32_t first;      /* a cell's number plus one */
};
struct tally_cell {
    uint32_t name, next;
    bool seen; /* by tally_compare() */
    int64_t n;
    double total;
};
/* Where a record is counted: the areas over it and its values of dimensions, by the numbers of their names.
 */
struct spot {
    const struct record *r;
    uint32_t areas[LEVELS];
    size_t n_areas, n_fields;
    struct spot_field {
        const struct field *field;
        uint32_t names[DIM_DEPTH];
        size_t n;
    } fields[DIM_FIELDS];
};

struct tally {
    struct tally_row *rows;
    struct tally_cell *cells;
    char *text;        /* the names, each with its NUL */
    uint32_t *offsets; /* of name i in `text` */
    size_t n_rows, max_rows, n_cells, max_cells, n_text, max_text, n_names, max_names;
    struct intmap row_index, cell_index, name_index;
    struct spot before, after;
    struct arena *a;
    struct tally_sum *sums;           /* a row each, in the order of their keys, by tally_sum() */
    const struct world *world, *then; /* then: by which it counts now (tally_at) */
    /* Part i + 1 is measure i of the packs it was made for; behind those, measures that only others have. */
    const struct packs *packs;
    const char **others;
    size_t n_others;
};

struct tally *tally_create(const struct world *w)
{
    struct tally *t = xcalloc(1, sizeof(*t));

    t->world = t->then = w;
    t->packs = w->packs;
    t->a = arena_create(SUMS_ARENA);
    return t;
}

void tally_free(struct tally **t)
{
    if (*t == NULL)
        return;
    intmap_free(&(*t)->row_index);
    intmap_free(&(*t)->cell_index);
    intmap_free(&(*t)->name_index);
    free((*t)->rows);
    free((*t)->cells);
    free((*t)->text);
    free((*t)->offsets);
    arena_free(&(*t)->a);
    free(*t);
    *t = NULL;
}

void tally_at(struct tally *t, const struct world *w)
{
    t->then = w;
}

/* Makes room for `more` items behind the first n. */
static void *room(void *items, size_t n, size_t more, size_t *max, size_t size)
{
    if (n + more <= *max)
        return items;
    while (n + more > *max)
        *max = *max == 0 ? FIRST_CAP : *max * 2;
    return xrealloc(items, *max * size);
}

/* --- names --- */

static const char *name_text(const struct tally *t, uint32_t name)
{
    return &t->text[t->offsets[name]];
}

static uint64_t hash_of(const char *s, size_t len)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ len;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)s[i]) * UINT64_C(0x100000001b3);
    return h;
}

static bool is_name(const struct tally *t, uint32_t name, const char *s, size_t len)
{
    const char *text = name_text(t, name);

    return strncmp(text, s, len) == 0 && text[len] == '\0';
}

/* The number of a text, a new one if it has none yet. */
static uint32_t name_of(struct tally *t, const char *s, size_t len)
{
    uint64_t hash = hash_of(s, len);
    uint32_t *at;

    while (*(at = intmap_place(&t->name_index, hash)) != 0 && !is_name(t, *at - 1, s, len))
        hash++;
    if (*at != 0)
        return *at - 1;
    t->text = room(t->text, t->n_text, len + 1, &t->max_text, 1);
    t->offsets = room(t->offsets, t->n_names, 1, &t->max_names, sizeof(*t->offsets));
    memcpy(&t->text[t->n_text], s, len);
    t->text[t->n_text + len] = '\0';
    t->offsets[t->n_names] = (uint32_t)t->n_text;
    t->n_text += len + 1;
    *at = (uint32_t)++t->n_names;
    return *at - 1;
}

/* --- parts --- */

static uint32_t other_part(struct tally *t, const char *name)
{
    size_t base = t->packs->n_measures + 1, i = 0;

    while (i < t->n_others && strcmp(t->others[i], name) != 0)
        i++;
    if (i == t->n_others) {
        const char **more = arena_array(t->a, const char *, i + 1);

        if (i > 0)
            memcpy(more, t->others, i * sizeof(*more));
        more[i] = arena_strdup(t->a, name);
        t->others = more;
        t->n_others++;
    }
    return (uint32_t)(base + i < PARTS_MAX ? base + i : PARTS_MAX - 1);
}

/* A measure is the same in all versions of its pack that have one of its name. */
static uint32_t part_of(struct tally *t, const struct measure_def *m)
{
    const struct measure_def *here = m;

    if ((size_t)m->index >= t->packs->n_measures || t->packs->measures[m->index] != m)
        here = packs_measure(t->packs, m->name);
    return here == NULL ? other_part(t, m->name) : (uint32_t)here->index + 1;
}

static const char *part_name(const struct tally *t, uint32_t part)
{
    return part == TOTALS                    ? ""
           : part - 1 < t->packs->n_measures ? t->packs->measures[part - 1]->name
                                             : t->others[part - 1 - t->packs->n_measures];
}

/* --- rows and cells --- */

/* 24 bits of the day, 12 of the part, 28 of the area's name. */
static uint64_t row_key(int64_t day, uint32_t part, uint32_t area)
{
    return ((uint64_t)day & 0xffffff) << 40 | (uint64_t)part << 28 | area;
}

static uint32_t row_of(struct tally *t, int64_t day, uint32_t part, uint32_t area)
{
    uint32_t *at = intmap_place(&t->row_index, row_key(day, part, area));

    if (*at == 0) {
        t->rows = room(t->rows, t->n_rows, 1, &t->max_rows, sizeof(*t->rows));
        t->rows[t->n_rows] = (struct tally_row){.day = day, .part = part, .area = area};
        *at = (uint32_t)++t->n_rows;
    }
    return *at - 1;
}

static void add(struct tally *t, uint32_t row, uint32_t name, int64_t n, double total)
{
    uint32_t *at = intmap_place(&t->cell_index, (uint64_t)row << 32 | name);
    struct tally_cell *c;

    if (*at == 0) {
        t->cells = room(t->cells, t->n_cells, 1, &t->max_cells, sizeof(*t->cells));
        t->cells[t->n_cells] = (struct tally_cell){.name = name, .next = t->rows[row].first};
        *at = (uint32_t)++t->n_cells;
        t->rows[row].first = *at;
    }
    c = &t->cells[*at - 1];
    c->n += n;
    c->total += total;
}

static struct tally_cell *find(const struct tally *t, int64_t day, uint32_t part, uint32_t area,
                               uint32_t name)
{
    uint32_t row = intmap_get(&t->row_index, row_key(day, part, area)), cell;

    if (row == 0)
        return NULL;
    cell = intmap_get(&t->cell_index, (uint64_t)(row - 1) << 32 | name);
    return cell == 0 ? NULL : &t->cells[cell - 1];
}

/* --- where a record counts --- */

static void spot_begin(struct tally *t, struct spot *s, const struct record *r)
{
    static const size_t lengths[LEVELS] = {6, 9, 12, 15, 18};
    size_t len = strlen(r->area);

    s->r = r;
    s->n_areas = s->n_fields = 0;
    while (s->n_areas < LEVELS && lengths[s->n_areas] <= len) {
        s->areas[s->n_areas] = name_of(t, r->area, lengths[s->n_areas]);
        s->n_areas++;
    }
}

/* The number of "field=value". */
static uint32_t dim_of(struct tally *t, const char *field, const char *value)
{
    char dim[CELL_KEY_MAX + 1];
    size_t n;

    str_copy(dim, sizeof(dim), field);
    n = strlen(dim);
    str_copy(dim + n, sizeof(dim) - n, "=");
    n = strlen(dim);
    str_copy(dim + n, sizeof(dim) - n, value);
    return name_of(t, dim, strlen(dim));
}

/* The values of one dimension: a code with all above it. */
static void name_values(struct tally *t, struct spot_field *sf, const struct cel_value *v)
{
    const struct field *f = sf->field;
    char digits[24];

    if (f->type == FIELD_CODE && v->type == CEL_STRING) {
        for (const struct code *c = list_code(f->list, v->s); c != NULL && sf->n < DIM_DEPTH; c = c->parent)
            sf->names[sf->n++] = dim_of(t, f->name, c->code);
        return;
    }
    (void)snprintf(digits, sizeof(digits), "%" PRId64, v->type == CEL_INT ? v->i : 0);
    sf->n = 1;
    sf->names[0] = dim_of(t, f->name,
                          v->type == CEL_BOOL     ? (v->b ? "true" : "false")
                          : v->type == CEL_INT    ? digits
                          : v->type == CEL_STRING ? v->s
                                                  : "");
}

static const struct spot_field *spot_values(struct tally *t, struct spot *s, const struct field *f)
{
    struct spot_field *sf = s->fields;

    while (sf < &s->fields[s->n_fields] && sf->field != f)
        sf++;
    if (sf < &s->fields[s->n_fields])
        return sf;
    if (s->n_fields == DIM_FIELDS)
        sf = &s->fields[DIM_FIELDS - 1]; /* the last is made anew each time */
    else
        s->n_fields++;
    *sf = (struct spot_field){.field = f};
    if (s->r->values[f->index].type > CEL_NULL)
        name_values(t, sf, &s->r->values[f->index]);
    return sf;
}

/* --- counting --- */

struct amount {
    int64_t day, n;
    double value;
};

/* Each organisation that plays the part. */
static void add_orgs(struct tally *t, const struct measure_def *m, const struct spot *s,
                     const struct party_role *role, uint32_t area, const struct amount *a)
{
    for (size_t i = 0; i < s->r->n_parties; i++) {
        const struct party *p = &s->r->parties[i];
        char id[UUID_TEXT_MAX];

        if (p->role != role || uuid_is_nil(p->org))
            continue;
        uuid_format(p->org, id);
        add(t, row_of(t, a->day, part_of(t, m), area), dim_of(t, role->name, id), a->n, a->value);
    }
}

static void add_dims(struct tally *t, const struct measure_def *m, struct spot *s, uint32_t area,
                     const struct amount *a)
{
    uint32_t row = 0;
    bool has_row = false;

    for (size_t k = 0; k < m->n_by; k++) {
        const struct spot_field *sf = spot_values(t, s, m->by[k]);

        if (sf->n > 0 && !has_row)
            row = row_of(t, a->day, part_of(t, m), area);
        has_row = has_row || sf->n > 0;
        for (size_t i = 0; i < sf->n; i++)
            add(t, row, sf->names[i], a->n, a->value);
    }
    for (size_t k = 0; k < m->n_by_orgs; k++)
        add_orgs(t, m, s, m->by_orgs[k], area, a);
    if (m->type == MEASURE_PERCENTILE) {
        char digits[8];

        (void)snprintf(digits, sizeof(digits), "%04d", bucket_of(a->value));
        add(t, row_of(t, a->day, part_of(t, m), area), dim_of(t, "p", digits), a->n, 0);
    }
}

/* Every area above the record in total, dimensions and percentiles down to communities. */
static void add_cells(struct tally *t, const struct measure_def *m, struct spot *s, const struct amount *a)
{
    uint32_t name = name_of(t, m->name, strlen(m->name));

    for (size_t i = 0; i < s->n_areas; i++) {
        add(t, row_of(t, a->day, TOTALS, s->areas[i]), name, a->n, a->value);
        if (i < DIM_LEVELS)
            add_dims(t, m, s, s->areas[i], a);
    }
}

/* What was counted by day also counts for all time. */
static void add_all_time(struct tally *t)
{
    size_t n = t->n_rows;

    for (size_t i = 0; i < n; i++) {
        uint32_t row;

        if (t->rows[i].day == 0)
            continue;
        row = row_of(t, 0, t->rows[i].part, t->rows[i].area);
        for (uint32_t k = t->rows[i].first; k != 0; k = t->cells[k - 1].next) {
            struct tally_cell c = t->cells[k - 1];

            add(t, row, c.name, c.n, c.total);
        }
    }
}

static bool holds_at(const struct world *w, const struct cel_expr *x, const struct record *r,
                     const struct eval_as *as, struct arena *a, bool *ret, struct err *e)
{
    struct cel_value v = {0};

    *ret = true;
    if (x == NULL)
        return true;
    if (!record_eval_as(w, r, as, x, a, &v, e))
        return false;
    *ret = v.type == CEL_BOOL && v.b;
    return true;
}

static bool holds(const struct world *w, const struct cel_expr *x, const struct record *r,
                  const struct change *c, struct arena *a, bool *ret, struct err *e)
{
    const struct eval_as as = {
        .actor = c->command->who, .party = r == c->after ? change_party(c) : 0, .now = c->command->at};

    return holds_at(w, x, r, &as, a, ret, e);
}

static bool number_of(const struct cel_value *v, double *ret)
{
    if (v->type == CEL_DOUBLE)
        *ret = v->d;
    else if (v->type == CEL_INT || v->type == CEL_DURATION)
        *ret = (double)v->i;
    else
        return false;
    return true;
}

static bool count_event(struct tally *t, const struct measure_def *m, const struct change *c, int64_t day,
                        struct arena *a, bool *ret_counted, struct err *e)
{
    bool moved = c->move != NULL && (m->moves & (UINT64_C(1) << c->move->index)) != 0;
    int64_t n = moved ? 1 : change_breaches(c, m->clock_breach);
    const struct eval_as as = {.actor = c->command->who, .party = change_party(c), .now = c->command->at};
    struct cel_value v = {0};
    double value = 0;
    bool yes;

    *ret_counted = false;
    if (n == 0)
        return true;
    if (!holds(t->then, m->when, c->after, c, a, &yes, e))
        return false;
    if (!yes)
        return true;
    if (m->of != NULL) {
        if (!record_eval_as(t->then, c->after, &as, m->of, a, &v, e))
            return false;
        if (!number_of(&v, &value))
            return true; /* nothing to sum: a rating that was not given */
    }
    add_cells(t, m, &t->after, &(struct amount){.day = day, .n = n, .value = value});
    *ret_counted = true;
    return true;
}

/* A gauge: leaves the cells it was in, enters those it is in. */
static bool count_open(struct tally *t, const struct measure_def *m, const struct change *c, int64_t day,
                       struct arena *a, struct err *e)
{
    bool was = false, is;

    if (!c->touched)
        return true;
    if (c->before != NULL && !holds(t->then, m->holds, c->before, c, a, &was, e))
        return false;
    if (!holds(t->then, m->holds, c->after, c, a, &is, e))
        return false;
    if (was && is && measure_same_cells(m, c->before, c->after))
        return true;
    if (was)
        add_cells(t, m, &t->before, &(struct amount){.day = day, .n = -1});
    if (is)
        add_cells(t, m, &t->after, &(struct amount){.day = day, .n = 1});
    return true;
}

bool tally_change(struct tally *t, const struct change *c, struct arena *a, const char **ret_names,
                  struct err *e)
{
    const struct kind *k = c->after->kind;
    int64_t day = local_day(c->command->at, t->world->offset_min);
    const char *names = " ";

    spot_begin(t, &t->after, c->after);
    if (c->before != NULL)
        spot_begin(t, &t->before, c->before);
    for (size_t i = 0; i < k->n_measures; i++) {
        const struct measure_def *m = k->measures[i];
        bool counted = false;

        if (m->type == MEASURE_RATIO)
            continue;
        if (m->type == MEASURE_OPEN ? !count_open(t, m, c, day, a, e)
                                    : !count_event(t, m, c, day, a, &counted, e))
            return false;
        if (counted)
            names = arena_printf(a, "%s%s ", names, m->name);
    }
    *ret_names = names;
    return true;
}

/* All gauges of a record's kind, by `n` each. */
static bool add_gauges(struct tally *t, struct spot *s, int64_t n, int64_t at, struct arena *a, struct err *e)
{
    const struct kind *k = s->r->kind;

    for (size_t i = 0; i < k->n_measures; i++) {
        const struct measure_def *m = k->measures[i];
        bool in = false;

        if (m->type != MEASURE_OPEN)
            continue;
        if (!holds_at(t->then, m->holds, s->r, &(struct eval_as){.now = at}, a, &in, e))
            return false;
        if (in)
            add_cells(t, m, s, &(struct amount){.day = local_day(at, t->world->offset_min), .n = n});
    }
    return true;
}

bool tally_carry(struct tally *t, const struct record *before, const struct record *after, int64_t at,
                 struct arena *a, struct err *e)
{
    spot_begin(t, &t->before, before);
    spot_begin(t, &t->after, after);
    return add_gauges(t, &t->before, -1, at, a, e) && add_gauges(t, &t->after, 1, at, a, e);
}

/* --- change by change --- */

void tally_take(struct tally *t, void (*take)(void *ctx, const struct taken *c), void *ctx)
{
    for (size_t i = 0; i < t->n_rows; i++)
        for (uint32_t k = t->rows[i].first; k != 0; k = t->cells[k - 1].next) {
            const struct tally_cell *c = &t->cells[k - 1];

            if (c->n != 0 || c->total != 0)
                take(ctx, &(struct taken){.part = t->rows[i].part,
                                          .area = t->rows[i].area,
                                          .name = c->name,
                                          .key = name_text(t, c->name),
                                          .n = c->n,
                                          .total = c->total});
        }
    t->n_rows = t->n_cells = 0;
    intmap_clear(&t->row_index);
    intmap_clear(&t->cell_index);
}

uint32_t tally_name(struct tally *t, const char *text)
{
    return name_of(t, text, strlen(text));
}

const char *tally_text(const struct tally *t, uint32_t name)
{
    return name_text(t, name);
}

/* Its number without making one: another thread may be reading, too. */
static bool known_name(const struct tally *t, const char *s, uint32_t *ret)
{
    size_t len = strlen(s);
    uint64_t hash = hash_of(s, len);
    uint32_t at;

    while ((at = intmap_get(&t->name_index, hash)) != 0 && !is_name(t, at - 1, s, len))
        hash++;
    *ret = at - 1;
    return at != 0;
}

const struct world *tally_world(const struct tally *t)
{
    return t->world;
}

void tally_peek(const struct tally *t, const struct measure_def *m, const char *area, const char *dim,
                int64_t from, int64_t to, int64_t *ret_n, double *ret_total)
{
    const struct measure_def *here = packs_measure(t->packs, m->name);
    bool total = dim == NULL || dim[0] == '\0';
    uint32_t at, name, part = total || here == NULL ? TOTALS : (uint32_t)here->index + 1;

    *ret_n = 0;
    *ret_total = 0;
    if (here == NULL || !known_name(t, area, &at) || !known_name(t, total ? m->name : dim, &name))
        return;
    for (size_t i = 0; i < t->n_rows; i++) {
        const struct tally_row *r = &t->rows[i];
        const struct tally_cell *c;

        if (r->part != part || r->area != at || r->day == 0 || r->day < from || r->day > to ||
            (c = find(t, r->day, part, at, name)) == NULL)
            continue;
        *ret_n += c->n;
        *ret_total += c->total;
    }
}

/* --- writing --- */

/* A row with its cells in the order of their keys. */
struct tally_sum {
    const struct tally_row *row;
    struct cell *cells;
    size_t n;
};

/* Near the order of the key, so that neighbours share a page. */
static int in_key_order(const void *pa, const void *pb, void *ctx)
{
    const struct tally_row *a = ((const struct tally_sum *)pa)->row, *b = ((const struct tally_sum *)pb)->row;
    const struct tally *t = ctx;
    int c;

    if (a->area != b->area && (c = strcmp(name_text(t, a->area), name_text(t, b->area))) != 0)
        return c;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return a->part == b->part ? 0 : strcmp(part_name(t, a->part), part_name(t, b->part));
}

static int by_key(const void *a, const void *b)
{
    return cell_compare(a, b);
}

static struct tally_sum row_sum(const struct tally *t, const struct tally_row *r)
{
    struct tally_sum sum = {.row = r};

    for (uint32_t i = r->first; i != 0; i = t->cells[i - 1].next)
        sum.n++;
    sum.cells = arena_array(t->a, struct cell, sum.n + 1);
    sum.n = 0;
    for (uint32_t i = r->first; i != 0; i = t->cells[i - 1].next) {
        const struct tally_cell *c = &t->cells[i - 1];
        const char *key = name_text(t, c->name);

        sum.cells[sum.n++] = (struct cell){.key = key, .len = strlen(key), .n = c->n, .total = c->total};
    }
    qsort(sum.cells, sum.n, sizeof(*sum.cells), by_key);
    return sum;
}

void tally_sum(struct tally *t)
{
    add_all_time(t);
    t->sums = arena_array(t->a, struct tally_sum, t->n_rows + 1);
    for (size_t i = 0; i < t->n_rows; i++)
        t->sums[i] = row_sum(t, &t->rows[i]);
    qsort_r(t->sums, t->n_rows, sizeof(*t->sums), in_key_order, t);
}

/* Adds a sum to its row as it is in the table (NULL: it is not there); what comes of it becomes *ret. */
static bool add_to_row(const struct tally *t, const struct sql_rows *was, const struct tally_sum *sum,
                       struct sql_arg *ret, struct err *e)
{
    AUTO(buf_free) struct buf out = {0};
    size_t n_was = 0;
    const void *bytes = was == NULL ? "" : sql_blob(was, 0, &n_was);
    char *kept;

    buf_init(&out, CELLS_BYTES_MAX);
    if (!cells_add(bytes, n_was, sum->cells, sum->n, &out))
        return ERR(e, ERR_INTERNAL, "counter.damaged", "计数行已损坏：%s", "a row of counters is damaged: %s",
                   name_text(t, sum->row->area));
    kept = arena_alloc(t->a, out.len + 1);
    memcpy(kept, buf_text(&out), out.len);
    *ret = SQL_BLOB(kept, out.len);
    return true;
}

enum { KEY = 4, WIDTH = KEY + 1 };

static void set_key(const struct tally *t, const struct tally_row *r, struct sql_arg key[KEY])
{
    key[0] = SQL_INT(t->world->district);
    key[1] = SQL_TEXT(name_text(t, r->area));
    key[2] = SQL_INT(r->day);
    key[3] = SQL_TEXT(part_name(t, r->part));
}

/* Reads all rows at once, as they are, and adds to each what was counted. */
static bool add_up(const struct tally *t, struct sql_tx *tx, struct sql_arg *args, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *keys = arena_array(t->a, struct sql_arg, t->n_rows * KEY);
    bool more;

    for (size_t i = 0; i < t->n_rows; i++) {
        set_key(t, t->sums[i].row, &keys[i * KEY]);
        memcpy(&args[i * WIDTH], &keys[i * KEY], sizeof(*keys) * KEY);
    }
    if (!sql_query_each(tx, &measure_queries[MEASURE_Q_ROW], keys, t->n_rows, &rows, e))
        return false;
    more = sql_next(rows);
    for (size_t i = 0; i < t->n_rows; i++) {
        bool here = more && sql_row(rows) == i;

        if (!add_to_row(t, here ? rows : NULL, &t->sums[i], &args[i * WIDTH + KEY], e))
            return false;
        if (here)
            more = sql_next(rows);
    }
    return sql_end(&rows, e);
}

bool tally_write(struct tally *t, struct sql_tx *tx, struct err *e)
{
    struct sql_arg *args = arena_array(t->a, struct sql_arg, t->n_rows * WIDTH + 1);

    return t->n_rows == 0 ||
           (add_up(t, tx, args, e) && sql_each(tx, &measure_queries[MEASURE_Q_PUT], args, t->n_rows, e));
}

/* --- verify --- */

struct compare {
    struct tally *t;
    void (*differs)(void *ctx, const char *cell, int64_t counted, int64_t kept);
    void *ctx;
};

static void tell(const struct compare *c, int64_t day, const char *part, const char *area,
                 const struct cell *kept, const struct cell *counted)
{
    const struct cell *any = kept != NULL ? kept : counted;
    char text[256], date[16];

    date_format(day, date);
    (void)snprintf(text, sizeof(text), "%s%s%.*s %s %s", part, part[0] == '\0' ? "" : " ", (int)any->len,
                   any->key, day == 0 ? "total" : date, area);
    c->differs(c->ctx, text, counted == NULL ? 0 : counted->n, kept == NULL ? 0 : kept->n);
}

/* Sums of fractions depend on their order in the last digits. */
static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-6 * fmax(1, fmax(fabs(a), fabs(b)));
}

/* One row as it is kept, cell by cell. False if its bytes are no cells. */
static bool compare_row(const struct compare *c, int64_t day, const char *part, const char *area,
                        struct cell_walk cells)
{
    const struct measure_def *m = packs_measure(c->t->packs, part);
    uint32_t p = part[0] == '\0' ? TOTALS : m != NULL ? (uint32_t)m->index + 1 : other_part(c->t, part);
    uint32_t at = name_of(c->t, area, strlen(area));
    struct cell kept;

    while (cell_next(&cells, &kept)) {
        struct tally_cell *is = find(c->t, day, p, at, name_of(c->t, kept.key, kept.len));
        struct cell counted = kept;

        if (is != NULL)
            is->seen = true;
        counted.n = is == NULL ? 0 : is->n;
        counted.total = is == NULL ? 0 : is->total;
        if (counted.n != kept.n || !near(counted.total, kept.total))
            tell(c, day, part, area, &kept, &counted);
    }
    return !cells.damaged;
}

static void tell_missing(const struct compare *c)
{
    const struct tally *t = c->t;

    for (size_t i = 0; i < t->n_rows; i++)
        for (uint32_t k = t->rows[i].first; k != 0; k = t->cells[k - 1].next) {
            const struct tally_cell *is = &t->cells[k - 1];
            const char *key = name_text(t, is->name);
            struct cell counted = {.key = key, .len = strlen(key), .n = is->n};

            if (is->n != 0 && !is->seen)
                tell(c, t->rows[i].day, part_name(t, t->rows[i].part), name_text(t, t->rows[i].area), NULL,
                     &counted);
        }
}

bool tally_compare(struct tally *t, struct sql_tx *tx,
                   void (*differs)(void *ctx, const char *cell, int64_t counted, int64_t kept), void *ctx,
                   struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct compare c = {t, differs, ctx};

    add_all_time(t);
    if (!sql_walk(tx, &measure_queries[MEASURE_Q_ALL], &rows, e, SQL_INT(t->world->district)))
        return false;
    while (sql_next(rows)) {
        size_t n = 0;
        const uint8_t *cells = sql_blob(rows, 3, &n);
        const struct cell damaged = {.key = "damaged", .len = 7, .n = 1};

        if (!compare_row(&c, sql_int(rows, 1), sql_text(rows, 2), sql_text(rows, 0), cells_of(cells, n)))
            tell(&c, sql_int(rows, 1), sql_text(rows, 2), sql_text(rows, 0), &damaged, NULL);
    }
    tell_missing(&c);
    return sql_end(&rows, e);
}
