#include "base/limits.h"
#include "base/text.h"
#include "json/json_in.h"
#include "pack/loader.h"
#include "pack/value.h"

#include <string.h>

static enum field_type read_type(struct pack_check *c, const struct pack_node *n)
{
    const char *names[FIELD__MAX];

    for (int t = 1; t < FIELD__MAX; t++) {
        names[t - 1] = field_type_name((enum field_type)t);
    }
    return (enum field_type)(check_name(c, n, "field type", "pack.field_type", NAMES(names, FIELD__MAX - 1)) +
                             1);
}

static void read_many(struct pack_check *c, struct field *f, const struct pack_node *n)
{
    int64_t max = MANY_DEFAULT;

    if (n == NULL) {
        return;
    }
    if (n->type == NODE_SCALAR && (str_eq(n->text, "true") || str_eq(n->text, "false"))) {
        f->many = n->text[0] == 't';
    } else {
        f->many = check_int(c, n, 2, 200, &max);
    }
    f->max_items = f->many ? (size_t)max : 0;
}

static bool is_text(enum field_type t)
{
    return t == FIELD_TEXT || t == FIELD_PHONE || t == FIELD_CITIZEN_ID || t == FIELD_CREDIT_CODE ||
           t == FIELD_PLATE || t == FIELD_DATE;
}

static void read_privacy(struct pack_check *c, struct field *f, const struct pack_node *name,
                         const struct pack_node *n)
{
    static const char *const classes[] = {"open", "personal"};
    int i = n ? check_name(c, n, "privacy class", "pack.privacy", NAMES(classes, 2)) : -1;

    f->privacy = i == 1 ? PRIVACY_PERSONAL : PRIVACY_OPEN;
    if (n == NULL && (f->type == FIELD_PHONE || f->type == FIELD_CITIZEN_ID)) {
        (void)check_fail(c, name, "pack.privacy", "add privacy: personal (or open, if it is nobody's own)",
                         "whose is '%s'? its privacy is not said", f->name);
    }
    if (f->privacy == PRIVACY_OPEN && n != NULL && f->type == FIELD_CITIZEN_ID) {
        (void)check_fail(c, n, "pack.privacy", "privacy: personal", "a citizen ID is always personal");
    }
    if (f->privacy == PRIVACY_PERSONAL && (!is_text(f->type) || f->many)) {
        (void)check_fail(c, n, "pack.privacy",
                         "text, date, phone, citizen_id, credit_code or plate, one value",
                         "only text can be kept sealed");
    }
    if (f->privacy == PRIVACY_PERSONAL && f->search) {
        (void)check_fail(c, n, "pack.privacy", "search: false",
                         "a personal field cannot be in the full text");
    }
}

/* Decimal numbers have ranges of their own. */
static void read_decimal_range(struct pack_check *c, struct field *f, const struct pack_node *map)
{
    const struct pack_node *min = node_get(map, "min"), *max = node_get(map, "max");

    if ((min != NULL && (min->type != NODE_SCALAR || !parse_double(min->text, &f->dmin))) ||
        (max != NULL && (max->type != NODE_SCALAR || !parse_double(max->text, &f->dmax)))) {
        (void)check_fail(c, min ? min : max, "pack.type", "numbers", "the range is not made of numbers");
    } else if ((min == NULL) != (max == NULL)) {
        (void)check_fail(c, min ? min : max, "pack.range", "both min and max", "half a range");
    } else if (max != NULL && f->dmax <= f->dmin) {
        (void)check_fail(c, max, "pack.range", "max above min", "an empty range");
    }
}

static void read_range(struct pack_check *c, struct field *f, const struct pack_node *map)
{
    const struct pack_node *min = node_get(map, "min"), *max = node_get(map, "max");
    bool text = f->type == FIELD_TEXT, number = f->type == FIELD_INTEGER || f->type == FIELD_MONEY;
    int64_t bound = text ? LIMIT_TEXT_CHARS : INT64_C(1) << 53;

    f->max = text ? LIMIT_TEXT_CHARS : 0;
    if (f->type == FIELD_DECIMAL) {
        read_decimal_range(c, f, map);
        return;
    }
    if ((min != NULL || max != NULL) && !text && !number) {
        (void)check_fail(c, min ? min : max, "pack.range",
                         "only text, integer, decimal and money have min and max", "a %s has no range",
                         field_type_name(f->type));
        return;
    }
    if ((min != NULL && !check_int(c, min, text ? 0 : -bound, bound, &f->min)) ||
        (max != NULL && !check_int(c, max, text ? 1 : -bound, bound, &f->max))) {
        return;
    }
    if (number && (min == NULL) != (max == NULL)) {
        (void)check_fail(c, min ? min : max, "pack.range", "both min and max", "half a range");
    } else if (max != NULL && f->max < f->min) {
        (void)check_fail(c, max, "pack.range", "max above min", "an empty range");
    }
}

/* A key that makes sense with one type only. */
static bool only_with(struct pack_check *c, const struct field *f, const struct pack_node *n,
                      enum field_type type, const char *key)
{
    if (n == NULL) {
        return false;
    }
    return f->type == type ||
           check_fail(c, n, "pack.misplaced", arena_printf(c->a, "type: %s", field_type_name(type)),
                      "'%s' says nothing about a %s", key, field_type_name(f->type));
}

static void read_list(struct pack_check *c, struct field *f, const struct pack_node *name,
                      const struct pack_node *n)
{
    if (n == NULL && f->type == FIELD_CODE) {
        (void)check_fail(c, name, "pack.missing", "add list: NAME", "a code of which list?");
    }
    if (only_with(c, f, n, FIELD_CODE, "list")) {
        int i = check_name(c, n, "code list", "pack.unknown_list", NAMES(c->packs->lists, c->packs->n_lists));

        f->list = i < 0 ? NULL : &c->packs->lists[i];
    }
}

/* `checklist`: every item of the list is asked, the value names those that do not hold. `track`: the points
 * make a line. Both are lists. */
static void read_list_flag(struct pack_check *c, struct field *f, const struct pack_node *n,
                           enum field_type type, const char *key, bool *ret)
{
    if (n != NULL && only_with(c, f, n, type, key) && check_bool(c, n, ret) && *ret && !f->many) {
        (void)check_fail(c, n, "pack.misplaced", "many: true", "'%s' is about a list", key);
    }
}

static void read_typed(struct pack_check *c, struct field *f, const struct pack_node *name,
                       const struct pack_node *map)
{
    const struct pack_node *of = node_get(map, "of"), *kind = node_get(map, "kind"),
                           *accept = node_get(map, "accept"), *search = node_get(map, "search"),
                           *format = node_get(map, "format");
    static const char *const formats[] = {"email"};
    int64_t best = 5;

    read_list(c, f, name, node_get(map, "list"));
    if (only_with(c, f, of, FIELD_RATING, "of")) {
        (void)check_int(c, of, 2, 100, &best);
    }
    f->of = f->type == FIELD_RATING ? (int)best : 0;
    read_list_flag(c, f, node_get(map, "checklist"), FIELD_CODE, "checklist", &f->checklist);
    read_list_flag(c, f, node_get(map, "track"), FIELD_POINT, "track", &f->track);
    if (only_with(c, f, format, FIELD_TEXT, "format")) {
        f->mail = check_name(c, format, "format", "pack.unknown_format", NAMES(formats, 1)) == 0;
    }
    (void)only_with(c, f, node_get(map, "after"), FIELD_FILE, "after");
    if (only_with(c, f, kind, FIELD_RECORD, "kind")) {
        f->record_kind =
            check_name(c, kind, "kind", "pack.unknown_kind", kind_names(c)) < 0 ? NULL : kind->text;
    }
    if (only_with(c, f, accept, FIELD_FILE, "accept")) {
        f->accept = check_text(c, accept, "a media type such as image/*");
    }
    if (search != NULL && check_bool(c, search, &f->search) && f->search && f->type != FIELD_TEXT &&
        f->type != FIELD_CODE) {
        (void)check_fail(c, search, "pack.misplaced", "type: text or code",
                         "only words go into the full text");
    }
}

/* A value as JSON would give it, so that one function judges both. */
static struct json_object *scalar_json(const struct field *f, const struct pack_node *n)
{
    struct field one = *f;
    enum cel_type t;
    int64_t i;
    double d;

    one.many = false;
    t = field_cel_type(&one);
    if (n->type != NODE_SCALAR) {
        return NULL;
    }
    if (t == CEL_INT && parse_int64(n->text, &i)) {
        return json_object_new_int64(i);
    }
    if (t == CEL_DOUBLE && parse_double(n->text, &d)) {
        return json_object_new_double(d);
    }
    if (t == CEL_BOOL && (str_eq(n->text, "true") || str_eq(n->text, "false"))) {
        return json_object_new_boolean(n->text[0] == 't');
    }
    return json_object_new_string(n->text);
}

static struct json_object *value_json(const struct field *f, const struct pack_node *n)
{
    struct json_object *list;

    if (!f->many || n->type != NODE_LIST) {
        return scalar_json(f, n);
    }
    list = json_object_new_array();
    for (size_t i = 0; i < n->n; i++) {
        (void)json_object_array_add(list, scalar_json(f, n->items[i]));
    }
    return list;
}

bool check_value(struct pack_check *c, const struct field *f, const struct pack_node *n,
                 struct cel_value *ret)
{
    AUTO(json_free) struct json_object *v = value_json(f, n);
    struct err e = {0};

    if (field_from_json(f, v, f->name, c->a, ret, &e) && ret->type > CEL_NULL) {
        return true;
    }
    return check_fail(c, n, "pack.default", e.n_details ? arena_strdup(c->a, e.details[0].en) : NULL,
                      "'%s' is no value of this field", n->text == NULL ? f->name : n->text);
}

static void read_default(struct pack_check *c, struct field *f, const struct pack_node *n)
{
    struct cel_value *made = arena_new(c->a, struct cel_value);

    if (n == NULL || check_text(c, n, "a value") == NULL) {
        return;
    }
    if (f->many || f->type == FIELD_POINT || f->type == FIELD_FILE || f->privacy == PRIVACY_PERSONAL) {
        (void)check_fail(c, n, "pack.misplaced", NULL, "such a field has no default");
        return;
    }
    if (check_value(c, f, n, made)) {
        f->fallback = made;
    }
}

static bool new_name_ok(struct pack_check *c, const struct pack_node *name, const char *what)
{
    for (size_t i = 0; i < env_n_reserved; i++) {
        if (str_eq(env_reserved[i], name->text)) {
            return check_fail(c, name, "pack.reserved", "another name", "'%s' has a meaning already",
                              name->text);
        }
    }
    return check_new_name(c, name, what);
}

static void read_field(struct pack_check *c, struct field *f, const struct pack_node *name,
                       const struct pack_node *map)
{
    static const char *const members[] = {"type",  "title",    "zh",      "en",      "hint",      "required",
                                          "many",  "search",   "privacy", "min",     "max",       "of",
                                          "list",  "kind",     "accept",  "default", "checklist", "track",
                                          "after", "birth_of", "format"};
    const struct pack_node *n;

    f->name = name->text;
    if (!new_name_ok(c, name, "field") || !check_map(c, map, "a field", NAMES(members, COUNT_OF(members))) ||
        !check_title(c, name, map, &f->title)) {
        return;
    }
    if ((n = node_get(map, "type")) == NULL) {
        (void)check_fail(c, name, "pack.missing", "add type: text, or another", "field '%s' has no type",
                         f->name);
        return;
    }
    if ((f->type = read_type(c, n)) == FIELD_UNSET) {
        return;
    }
    if ((n = node_get(map, "hint")) != NULL) {
        (void)check_title(c, n, n, &f->hint);
    }
    if ((n = node_get(map, "required")) != NULL) {
        (void)check_bool(c, n, &f->required);
    }
    read_many(c, f, node_get(map, "many"));
    read_typed(c, f, name, map);
    read_range(c, f, map);
    read_privacy(c, f, name, node_get(map, "privacy"));
    if (f->type != FIELD_CODE || f->list != NULL) {
        read_default(c, f, node_get(map, "default"));
    }
}

/* Pictures of how it is, of which other field's things. */
static void read_after(struct pack_check *c, const struct kind *k, struct field *f, const struct pack_node *n)
{
    if (n == NULL || f->type != FIELD_FILE) {
        return;
    }
    f->after = check_field(c, k, n);
    if (f->after != NULL && (f->after->type != FIELD_FILE || f->after == f)) {
        (void)check_fail(c, n, "pack.field_type", "another field of type: file", "'%s' holds no files",
                         f->after->name);
    }
}

/* The day somebody was born, which their ID number tells as well. */
static void read_birth(struct pack_check *c, const struct kind *k, struct field *f, const struct pack_node *n)
{
    if (n == NULL || !only_with(c, f, n, FIELD_DATE, "birth_of")) {
        return;
    }
    f->birth_of = check_field(c, k, n);
    if (f->birth_of != NULL && (f->birth_of->type != FIELD_CITIZEN_ID || f->birth_of->many)) {
        (void)check_fail(c, n, "pack.field_type", "a field of type: citizen_id", "'%s' tells no birthday",
                         f->birth_of->name);
    }
}

void load_fields(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *map = node_get(k->node, "fields");

    if (map == NULL || !check_map(c, map, "fields", (struct names){0})) {
        return;
    }
    if (map->n > LIMIT_FIELDS) {
        (void)check_fail(c, map, "pack.size", "at most " STR(96), "too many fields");
        return;
    }
    k->fields = arena_array(c->a, struct field, map->n + 1);
    k->kind->fields = k->fields;
    k->kind->n_fields = map->n;
    for (size_t i = 0; i < map->n; i++) {
        k->fields[i].index = (int)i;
        read_field(c, &k->fields[i], map->keys[i], map->items[i]);
    }
    for (size_t i = 0; i < map->n; i++) {
        read_after(c, k->kind, &k->fields[i], node_get(map->items[i], "after"));
        read_birth(c, k->kind, &k->fields[i], node_get(map->items[i], "birth_of"));
    }
}

static void read_is(struct pack_check *c, struct party_role *p, const struct pack_node *n)
{
    static const char *const names[] = {"account", "org", "resident"};
    bool many = n->type == NODE_LIST;

    for (size_t i = 0; i < (many ? n->n : 1); i++) {
        int is = check_name(c, many ? n->items[i] : n, "sort of party", "pack.party_is", NAMES(names, 3));

        p->is |= is == 0   ? PARTY_IS_ACCOUNT
                 : is == 1 ? PARTY_IS_ORG
                 : is == 2 ? PARTY_IS_ACCOUNT | PARTY_IS_RESIDENT
                           : 0;
    }
}

static void read_party(struct pack_check *c, struct party_role *p, const struct pack_node *name,
                       const struct pack_node *map)
{
    static const char *const members[] = {"is", "title", "zh", "en", "many", "staffed"};
    const struct pack_node *is = node_get(map, "is"), *many = node_get(map, "many"),
                           *staffed = node_get(map, "staffed");
    int64_t max = 1;

    p->name = name->text;
    /* The variable of that name is the organisation which plays it. */
    if (!str_eq(name->text, "owner") && !new_name_ok(c, name, "party")) {
        return;
    }
    if (!check_map(c, map, "a party", NAMES(members, COUNT_OF(members))) ||
        !check_title(c, name, map, &p->title)) {
        return;
    }
    if (is == NULL) {
        (void)check_fail(c, name, "pack.missing",
                         "add is: account, or org, or resident, or several of them in a list",
                         "who can play '%s'?", p->name);
        return;
    }
    read_is(c, p, is);
    if (many != NULL) {
        (void)check_int(c, many, 2, PARTY_MAX, &max);
    }
    p->max = (size_t)max;
    if (staffed != NULL) {
        (void)check_bool(c, staffed, &p->staffed);
    }
}

void load_parties(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *map = node_get(k->node, "parties");

    if (map == NULL || !check_map(c, map, "parties", (struct names){0})) {
        return;
    }
    if (map->n > PARTY_MAX) {
        (void)check_fail(c, map, "pack.size", "at most 64", "too many parties");
        return;
    }
    k->parties = arena_array(c->a, struct party_role, map->n + 1);
    k->kind->parties = k->parties;
    k->kind->n_parties = map->n;
    for (size_t i = 0; i < map->n; i++) {
        k->parties[i].index = (int)i;
        read_party(c, &k->parties[i], map->keys[i], map->items[i]);
    }
}

static bool line_part(struct pack_check *c, const struct kind_load *k, const struct pack_node *n,
                      const char *name)
{
    const struct field *f = kind_field(k->kind, name);

    if (f == NULL) {
        const char *near = names_nearest(NAMES(k->fields, k->kind->n_fields), name);

        return check_fail(c, n, "pack.unknown_field",
                          near ? arena_printf(c->a, "did you mean '%s'?", near) : NULL,
                          "unknown field '%s' in the line", name);
    }
    return f->privacy == PRIVACY_OPEN || check_fail(c, n, "pack.privacy", "an open field",
                                                    "the line would show the personal field '%s'", name);
}

void load_line(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *n = node_get(k->node, "line");
    const char *s = n ? check_text(c, n, "how a record reads in a list") : NULL;

    k->kind->line = s ? s : "";
    while (s != NULL && (s = strchr(s, '{')) != NULL) {
        size_t len = strcspn(++s, "}");

        if (s[len] == '\0') {
            (void)check_fail(c, n, "pack.line", "{field}", "a brace is not closed");
            return;
        }
        (void)line_part(c, k, n, arena_strndup(c->a, s, len));
    }
}
