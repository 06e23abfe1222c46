#include "pack/check.h"

#include "base/limits.h"
#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

enum { NAME_CHARS = 40, LISTED_MAX = 12 };

struct arena *check_arena(struct pack_check *c)
{
    return c->a;
}

const struct packs *check_packs(struct pack_check *c)
{
    return c->packs;
}

static const char *names_at(struct names names, size_t i)
{
    const char *name;

    memcpy(&name, (const char *)names.base + i * names.stride, sizeof name);
    return name;
}

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;

    return m < c ? m : c;
}

/* Edit distance in bytes, over one row. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t row[64];

    if (na >= COUNT_OF(row) || nb >= COUNT_OF(row)) {
        return COUNT_OF(row);
    }
    for (size_t j = 0; j <= nb; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= na; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t up = row[j];

            row[j] = min3(up + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1]));
            corner = up;
        }
    }
    return row[nb];
}

const char *names_nearest(struct names names, const char *word)
{
    size_t n = strlen(word), best = n / 3 + 1;
    const char *nearest = NULL;

    for (size_t i = 0; i < names.n; i++) {
        const char *name = names_at(names, i);
        size_t d = name ? distance(word, n, name, strlen(name)) : best;

        if (d < best || (d == best && nearest == NULL && d < n)) {
            best = d;
            nearest = name;
        }
    }
    return nearest;
}

/* "did you mean 'x'?", or what there is to choose from. */
static const char *names_expected(struct arena *a, struct names names, const char *word)
{
    const char *near = names_nearest(names, word);
    const char *text = "one of:";

    if (near != NULL) {
        return arena_printf(a, "did you mean '%s'?", near);
    }
    if (names.n == 0) {
        return "there is none";
    }
    for (size_t i = 0; i < names.n && i < LISTED_MAX; i++) {
        text = arena_printf(a, "%s %s%s", text, names_at(names, i), i + 1 < names.n ? "," : "");
    }
    return names.n > LISTED_MAX ? arena_printf(a, "%s …", text) : text;
}

int check_name(struct pack_check *c, const struct pack_node *n, const char *what, const char *key,
               struct names names)
{
    const char *word = check_text(c, n, what);

    if (word == NULL) {
        return -1;
    }
    for (size_t i = 0; i < names.n; i++) {
        if (str_eq(names_at(names, i), word)) {
            return (int)i;
        }
    }
    (void)check_fail(c, n, key, names_expected(c->a, names, word), "unknown %s '%s'", what, word);
    return -1;
}

static const char *type_name(const struct pack_node *n)
{
    return n->type == NODE_MAP    ? "a map"
           : n->type == NODE_LIST ? "a list"
           : n->text[0]           ? "a value"
                                  : "nothing";
}

bool check_map(struct pack_check *c, const struct pack_node *n, const char *what, struct names members)
{
    bool ok = true;

    if (n->type != NODE_MAP) {
        return check_fail(c, n, "pack.type", "a map: {name: value, …}", "%s is %s", what, type_name(n));
    }
    for (size_t i = 0; members.base != NULL && i < n->n; i++) {
        bool known = false;

        for (size_t j = 0; j < members.n && !known; j++) {
            known = str_eq(names_at(members, j), n->keys[i]->text);
        }
        if (!known) {
            ok =
                check_fail(c, n->keys[i], "pack.unknown_key", names_expected(c->a, members, n->keys[i]->text),
                           "unknown key '%s' in %s", n->keys[i]->text, what);
        }
    }
    return ok;
}

bool check_list(struct pack_check *c, const struct pack_node *n, const char *what)
{
    return n->type == NODE_LIST ||
           check_fail(c, n, "pack.type", "a list: [a, b, …]", "%s is %s", what, type_name(n));
}

const char *check_text(struct pack_check *c, const struct pack_node *n, const char *what)
{
    if (n->type != NODE_SCALAR || n->text[0] == '\0') {
        (void)check_fail(c, n, "pack.type", arena_printf(c->a, "%s", what), "%s where a name or text belongs",
                         type_name(n));
        return NULL;
    }
    return n->text;
}

bool check_int(struct pack_check *c, const struct pack_node *n, int64_t min, int64_t max, int64_t *ret)
{
    int64_t v;

    if (n->type != NODE_SCALAR || n->quoted || !parse_int64(n->text, &v)) {
        return check_fail(c, n, "pack.type", "a whole number", "%s is no whole number",
                          n->type == NODE_SCALAR && n->text[0] ? n->text : type_name(n));
    }
    if (v < min || v > max) {
        return check_fail(c, n, "pack.range",
                          arena_printf(c->a, "%lld to %lld", (long long)min, (long long)max),
                          "%lld is out of range", (long long)v);
    }
    *ret = v;
    return true;
}

bool check_bool(struct pack_check *c, const struct pack_node *n, bool *ret)
{
    if (n->type == NODE_SCALAR && !n->quoted && (str_eq(n->text, "true") || str_eq(n->text, "false"))) {
        *ret = n->text[0] == 't';
        return true;
    }
    return check_fail(c, n, "pack.type", "true or false", "%s is neither true nor false",
                      n->type == NODE_SCALAR && n->text[0] ? n->text : type_name(n));
}

bool check_new_name(struct pack_check *c, const struct pack_node *n, const char *what)
{
    const char *s = n->text;
    size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (s[0] >= 'a' && s[0] <= 'z' && s[len] == '\0' && len <= NAME_CHARS) {
        return true;
    }
    return check_fail(c, n, "pack.name", "a-z first, then a-z 0-9 _, at most 40", "'%s' cannot name a %s", s,
                      what);
}

static const char *title_part(struct pack_check *c, const struct pack_node *at, const struct pack_node *map,
                              const char *part, const char *language)
{
    const struct pack_node *n = node_get(map, part);

    if (n == NULL) {
        (void)check_fail(c, at, "pack.title", arena_printf(c->a, "add %s: …", part), "no title in %s",
                         language);
        return "";
    }
    const char *s = check_text(c, n, "a title");

    return s ? s : "";
}

bool check_title(struct pack_check *c, const struct pack_node *at, const struct pack_node *map,
                 struct title *ret)
{
    const struct pack_node *title = node_get(map, "title");
    static const char *const members[] = {"zh", "en"};

    if (title != NULL && !check_map(c, title, "a title", NAMES(members, 2))) {
        return false;
    }
    if (map->type != NODE_MAP) {
        return check_fail(c, map, "pack.type", "{zh: …, en: …}", "%s where titles belong", type_name(map));
    }
    ret->zh = title_part(c, at, title ? title : map, "zh", "Chinese");
    ret->en = title_part(c, at, title ? title : map, "en", "English");
    return ret->zh[0] != '\0' && ret->en[0] != '\0';
}

const struct field *check_field(struct pack_check *c, const struct kind *k, const struct pack_node *n)
{
    int i = check_name(c, n, "field", "pack.unknown_field", NAMES(k->fields, k->n_fields));

    return i < 0 ? NULL : &k->fields[i];
}

const struct party_role *check_party(struct pack_check *c, const struct kind *k, const struct pack_node *n)
{
    int i = check_name(c, n, "party", "pack.unknown_party", NAMES(k->parties, k->n_parties));

    return i < 0 ? NULL : &k->parties[i];
}

const struct state *check_state(struct pack_check *c, const struct kind *k, const struct pack_node *n)
{
    int i = check_name(c, n, "state", "pack.unknown_state", NAMES(k->states, k->n_states));

    return i < 0 ? NULL : &k->states[i];
}

const struct move *check_move(struct pack_check *c, const struct kind *k, const struct pack_node *n)
{
    int i = check_name(c, n, "move", "pack.unknown_move", NAMES(k->moves, k->n_moves));

    return i < 0 ? NULL : &k->moves[i];
}

const struct kind *check_kind(struct pack_check *c, const struct pack_node *n)
{
    int i = check_name(c, n, "kind", "pack.unknown_kind", kind_names(c));

    return i < 0 ? NULL : c->kinds[i].kind;
}

const struct clock_def *check_clock(struct pack_check *c, const struct kind *k, const struct pack_node *n)
{
    int i = check_name(c, n, "clock", "pack.unknown_clock", NAMES(k->clocks, k->n_clocks));

    return i < 0 ? NULL : &k->clocks[i];
}

const struct role *check_role(struct pack_check *c, const struct pack_node *n)
{
    int i = check_name(c, n, "role", "pack.unknown_role", NAMES(c->packs->roles, c->packs->n_roles));

    return i < 0 ? NULL : &c->packs->roles[i];
}

int check_level(struct pack_check *c, const struct pack_node *n)
{
    return check_name(c, n, "level", "pack.unknown_level",
                      (struct names){level_names, level_count, sizeof(char *)}) +
           1;
}

static bool effect_add(struct pack_check *c, const struct kind *k, const struct pack_node *key,
                       const struct pack_node *arg, struct effect *ret)
{
    const char **names = arena_array(c->a, const char *, c->n_effects + 1);

    for (size_t i = 0; i < c->n_effects; i++) {
        names[i] = c->effects[i]->name;
    }
    int i = check_name(c, key, "effect", "pack.unknown_effect", NAMES(names, c->n_effects));

    if (i < 0) {
        return false;
    }
    ret->type = c->effects[i];
    return ret->type->check == NULL || ret->type->check(c, k, arg, &ret->data);
}

bool check_effects(struct pack_check *c, const struct kind *k, const struct pack_node *n,
                   const struct effect **ret, size_t *ret_n)
{
    struct effect *made;
    size_t done = 0;

    if (!check_list(c, n, "effects")) {
        return false;
    }
    made = arena_array(c->a, struct effect, n->n + 1);
    for (size_t i = 0; i < n->n; i++) {
        const struct pack_node *item = n->items[i];

        if (item->type != NODE_MAP || item->n != 1) {
            (void)check_fail(c, item, "pack.type", "one effect and what it is given: {start: resolve}",
                             "this is no effect");
        } else if (effect_add(c, k, item->keys[0], item->items[0], &made[done])) {
            done++;
        }
    }
    *ret = made;
    *ret_n = done;
    return done == n->n;
}

/* Where in the file the column-th character of a scalar's text stands. */
static void scalar_place(const struct pack_node *n, int column, int *ret_column, int *ret_width)
{
    if (n->verbatim) {
        *ret_column = n->column + (n->quoted ? 1 : 0) + column - 1;
        *ret_width = 1;
    } else {
        *ret_column = n->column;
        *ret_width = n->width;
    }
}

/* A name given in quotes to a function: a clock, a table, a party … must exist. */
struct named_arg {
    const char *func, *what, *key;
    int arg;
};

static struct names named_choices(struct pack_check *c, const struct kind *k, const char *what)
{
    switch (what[0]) {
    case 'c':
        return NAMES(k->clocks, k->n_clocks);
    case 't':
        return NAMES(c->packs->tables, c->packs->n_tables);
    case 'p':
        return NAMES(k->parties, k->n_parties);
    case 's':
        return NAMES(k->states, k->n_states);
    case 'r':
        return NAMES(c->packs->roles, c->packs->n_roles);
    case 'e':
        return NAMES(k->earlier, k->n_earlier);
    case 'a':
        return NAMES(c->packs->accounts, c->packs->n_accounts);
    default:
        return (struct names){level_names, level_count, sizeof(char *)};
    }
}

static bool check_named(struct pack_check *c, const struct kind *k, const struct pack_node *n,
                        const struct named_arg *want, const char *quoted, const char *start)
{
    size_t len = strcspn(quoted + 1, "'\"");
    const char *word = arena_strndup(c->a, quoted + 1, len);
    struct names names = named_choices(c, k, want->what);
    int column, width;

    for (size_t i = 0; i < names.n; i++) {
        if (str_eq(names_at(names, i), word)) {
            return true;
        }
    }
    const char *before = arena_strndup(c->a, start, (size_t)(quoted + 1 - start));

    scalar_place(n, (int)utf8_length(before) + 1, &column, &width);
    return check_fail_at(c, n->file, n->line, column, n->verbatim ? (int)utf8_length(word) : width, want->key,
                         names_expected(c->a, names, word), "unknown %s '%s' in %s()", want->what, word,
                         want->func);
}

/* The quoted literal that is argument `arg` of a call whose '(' stands at s; NULL if it is no literal. */
static const char *literal_arg(const char *s, int arg)
{
    for (s++; arg > 0; arg--) {
        s += strspn(s, " ");
        if (*s != '\'' && *s != '"') {
            return NULL;
        }
        s = strchr(s + 1, *s);
        if (s == NULL || *(s = s + 1 + strspn(s + 1, " ")) != ',') {
            return NULL;
        }
        s++;
    }
    s += strspn(s, " ");
    return *s == '\'' || *s == '"' ? s : NULL;
}

static bool check_named_args(struct pack_check *c, const struct kind *k, const struct pack_node *n)
{
    static const struct named_arg args[] = {
        {"table", "table", "pack.unknown_table", 0},
        {"unit", "level", "pack.unknown_level", 0},
        {"post", "role", "pack.unknown_role", 0},
        {"post", "level", "pack.unknown_level", 1},
        {"in_time", "clock", "pack.unknown_clock", 0},
        {"breached", "clock", "pack.unknown_clock", 0},
        {"elapsed", "clock", "pack.unknown_clock", 0},
        {"plays", "party", "pack.unknown_party", 0},
        {"player", "party", "pack.unknown_party", 0},
        {"parties", "party", "pack.unknown_party", 0},
        {"done", "party", "pack.unknown_party", 0},
        {"done", "state", "pack.unknown_state", 1},
        {"earlier", "earlier count", "pack.unknown_earlier", 0},
        {"balance", "account", "pack.unknown_account", 0},
        {"tier", "account", "pack.unknown_account", 0},
    };
    static const char word[] = "abcdefghijklmnopqrstuvwxyz_";
    bool ok = true;

    for (const char *s = n->text; *s != '\0';) {
        size_t len = strspn(s, word);
        const char *quote;

        if (len == 0) {
            /* What stands inside a string is not a call. */
            s = (*s == '\'' || *s == '"') && (quote = strchr(s + 1, *s)) != NULL ? quote + 1 : s + 1;
            continue;
        }
        for (size_t i = 0; i < COUNT_OF(args) && s[len] == '('; i++) {
            if (strlen(args[i].func) == len && memcmp(args[i].func, s, len) == 0 &&
                (quote = literal_arg(s + len, args[i].arg)) != NULL) {
                ok &= check_named(c, k, n, &args[i], quote, n->text);
            }
        }
        s += len;
    }
    return ok;
}

/* cel/ writes "column 5: what is wrong; what would be right" for those without a place of their own. */
static bool cel_complain(struct pack_check *c, const struct pack_node *n, int column, const struct err *e)
{
    const char *found = e->en, *colon = strstr(found, ": ");
    const char *expected = NULL, *semicolon;
    int at, width;

    if (str_starts(found, "column ") && colon != NULL) {
        found = colon + 2;
    }
    semicolon = strstr(found, "; ");
    if (semicolon != NULL) {
        expected = arena_strdup(c->a, semicolon + 2);
        found = arena_strndup(c->a, found, (size_t)(semicolon - found));
    }
    scalar_place(n, column, &at, &width);
    if (n->verbatim && column > 0) {
        const char *word = n->text + utf8_prefix(n->text, (size_t)column - 1);
        size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

        width = len > 0 ? (int)len : 1;
    }
    (void)check_fail_at(c, n->file, n->line, at, width, e->key, expected, "%s", found);
    colon = strstr(e->zh, "：");
    if (c->complaints->n > 0) {
        c->complaints->items[c->complaints->n - 1].zh =
            arena_strdup(c->a, str_starts(e->zh, "第") && colon != NULL ? colon + strlen("：") : e->zh);
    }
    return false;
}

static void note_org(void *ctx, const char *name)
{
    struct pack_check *c = ctx;

    if (c->packs->n_orgs == c->orgs_max) {
        const char **more = arena_array(c->a, const char *, c->orgs_max * 2 + 16);

        if (c->orgs_max > 0) {
            memcpy(more, c->orgs, sizeof *more * c->orgs_max);
        }
        c->orgs = more;
        c->orgs_max = c->orgs_max * 2 + 16;
        c->packs->orgs = more;
    }
    c->orgs[c->packs->n_orgs++] = name;
}

bool check_cel(struct pack_check *c, const struct kind *k, const struct pack_node *n, enum cel_type want,
               const struct cel_expr **ret)
{
    const char *text = check_text(c, n, "an expression");
    struct cel_expr *x = NULL;
    struct err e = {0};
    int column = 1;

    if (text == NULL) {
        return false;
    }
    if (!cel_compile(c->a, k->env, text, want, &x, &column, &e)) {
        return cel_complain(c, n, column, &e);
    }
    cel_each_call(x, FUNC_ORG, note_org, c);
    *ret = x;
    return check_named_args(c, k, n);
}
