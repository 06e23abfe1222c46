/* What a kind books: `booking: {resource, from, to, holds, …}`. Read when all kinds are there, because it
 * names fields and states of the resource's kind. */
#include "base/text.h"
#include "pack/loader.h"

static const int64_t minute_ms = 60000, day_ms = INT64_C(86400000);

/* An open field of one of these types, that holds one value. */
static const struct field *one_of(struct pack_check *c, const struct kind *k, const struct pack_node *n,
                                  enum field_type type, const char *expected)
{
    const struct field *f = check_field(c, k, n);

    if (f == NULL) {
        return NULL;
    }
    if (f->type != type || f->many || f->privacy != PRIVACY_OPEN) {
        (void)check_fail(c, n, "pack.field_type", expected, "'%s' cannot say that of a booking", f->name);
        return NULL;
    }
    return f;
}

static const struct pack_node *needed(struct pack_check *c, const struct pack_node *map, const char *key,
                                      const char *expected)
{
    const struct pack_node *n = node_get(map, key);

    if (n == NULL) {
        (void)check_fail(c, map, "pack.missing", expected, "a booking without '%s'", key);
    }
    return n;
}

/* The kind on its way whose records are booked. */
static struct kind *resource_kind(struct pack_check *c, const struct field *f)
{
    for (size_t i = 0; f->record_kind != NULL && i < c->n_kinds; i++) {
        if (str_eq(c->kinds[i].kind->name, f->record_kind)) {
            return c->kinds[i].kind;
        }
    }
    return NULL;
}

static uint64_t read_states(struct pack_check *c, const struct kind *k, const struct pack_node *n)
{
    bool many = n->type == NODE_LIST;
    uint64_t made = 0;

    for (size_t i = 0; i < (many ? n->n : 1); i++) {
        const struct state *s = check_state(c, k, many ? n->items[i] : n);

        if (s != NULL) {
            made |= UINT64_C(1) << s->index;
        }
    }
    return made;
}

static uint64_t not_final(const struct kind *k)
{
    uint64_t made = 0;

    for (size_t i = 0; i < k->n_states; i++) {
        if (!k->states[i].final) {
            made |= UINT64_C(1) << i;
        }
    }
    return made;
}

/* `24h`, `90m`, `7d`: running time, at most a year. */
static int64_t read_span(struct pack_check *c, const struct pack_node *n, int64_t fallback)
{
    static const int64_t unit[] = {
        [LIMIT_MINUTES] = 60000, [LIMIT_HOURS] = 3600000, [LIMIT_DAYS] = 86400000, [LIMIT_WORKING_DAYS] = 0};
    struct limit l = {0};

    if (n == NULL) {
        return fallback;
    }
    if (n->type != NODE_SCALAR || !limit_parse(n->text, &l) || unit[l.unit] == 0 ||
        l.n > BOOKING_DAYS_MAX * day_ms / unit[l.unit]) {
        (void)check_fail(c, n, "pack.limit", "30m, 12h or 7d, at most 366d", "that is no span of time");
        return fallback;
    }
    return l.n * unit[l.unit];
}

static void read_resource(struct pack_check *c, struct kind *of, struct booking_def *b,
                          const struct pack_node *map)
{
    const struct pack_node *n;

    b->of = of;
    b->given = not_final(of);
    if ((n = node_get(map, "given")) != NULL) {
        b->given = read_states(c, of, n);
    }
    if ((n = node_get(map, "capacity")) != NULL) {
        b->capacity = one_of(c, of, n, FIELD_INTEGER, "an integer of the resource");
    }
    if ((n = node_get(map, "hours")) != NULL) {
        b->hours = one_of(c, of, n, FIELD_TEXT, "a text of the resource, such as 08:00-22:00");
    }
}

/* The resource's kind knows who books it, so that its own changes are looked at, too. */
static void tell_resource(struct pack_check *c, struct kind *of, const struct kind *k,
                          const struct pack_node *at)
{
    const struct kind **more;

    if (of->n_booked_by == BOOKED_BY_MAX) {
        (void)check_fail(c, at, "pack.size", "at most 8", "too many kinds book '%s'", of->name);
        return;
    }
    more = arena_array(c->a, const struct kind *, BOOKED_BY_MAX);
    for (size_t i = 0; i < of->n_booked_by; i++) {
        more[i] = of->booked_by[i];
    }
    more[of->n_booked_by] = k;
    of->booked_by = more;
    of->n_booked_by++;
}

static void read_times(struct pack_check *c, const struct kind *k, struct booking_def *b,
                       const struct pack_node *map)
{
    const struct pack_node *n;

    if ((n = needed(c, map, "from", "from: a field of type time")) != NULL) {
        b->from = one_of(c, k, n, FIELD_TIME, "a field of type: time");
    }
    if ((n = needed(c, map, "to", "to: a field of type time")) != NULL) {
        b->to = one_of(c, k, n, FIELD_TIME, "a field of type: time");
    }
    if ((n = needed(c, map, "holds", "holds: the states in which the resource is taken")) != NULL) {
        b->holds = read_states(c, k, n);
    }
    if ((n = node_get(map, "amount")) != NULL) {
        b->amount = one_of(c, k, n, FIELD_INTEGER, "an integer");
    }
    b->longest_ms = read_span(c, node_get(map, "longest"), BOOKING_LONGEST_DAYS * day_ms);
    b->ahead_ms = read_span(c, node_get(map, "ahead"), BOOKING_DAYS_MAX * day_ms);
    b->step_ms = read_span(c, node_get(map, "step"), minute_ms);
}

void load_booking(struct pack_check *c, struct kind_load *k)
{
    static const char *const members[] = {"resource", "from",  "to",      "holds", "amount", "capacity",
                                          "hours",    "given", "longest", "ahead", "step"};
    const struct pack_node *map = node_get(k->node, "booking"), *n;
    struct booking_def *b;
    struct kind *of;

    if (map == NULL || !check_map(c, map, "a booking", NAMES(members, COUNT_OF(members))) ||
        (n = needed(c, map, "resource", "resource: a field of type record")) == NULL) {
        return;
    }
    b = arena_new(c->a, struct booking_def);
    b->resource = one_of(c, k->kind, n, FIELD_RECORD, "a field of type: record");
    if (b->resource == NULL) {
        return;
    }
    if ((of = resource_kind(c, b->resource)) == NULL) {
        (void)check_fail(c, n, "pack.booking", "kind: on that field", "of which kind is what is booked?");
        return;
    }
    read_resource(c, of, b, map);
    read_times(c, k->kind, b, map);
    k->kind->booking = b;
    tell_resource(c, of, k->kind, n);
}

static bool same_name(const struct field *a, const struct field *b)
{
    return str_eq(a == NULL ? NULL : a->name, b == NULL ? NULL : b->name);
}

static bool same_states(const struct kind *a, uint64_t in_a, const struct kind *b, uint64_t in_b)
{
    for (size_t i = 0; i < a->n_states; i++) {
        const struct state *s = kind_state(b, a->states[i].name);
        bool is = s != NULL && (in_b >> s->index & 1) != 0;

        if ((in_a >> i & 1) != 0 ? !is : is) {
            return false;
        }
    }
    return a->n_states == b->n_states;
}

bool booking_same(const struct kind *a, const struct kind *b)
{
    const struct booking_def *x = a->booking, *y = b->booking;

    if (x == NULL || y == NULL) {
        return x == y;
    }
    return str_eq(x->of->name, y->of->name) && same_name(x->resource, y->resource) &&
           same_name(x->from, y->from) && same_name(x->to, y->to) && same_name(x->amount, y->amount) &&
           same_name(x->capacity, y->capacity) && same_states(a, x->holds, b, y->holds) &&
           same_states(x->of, x->given, y->of, y->given);
}
