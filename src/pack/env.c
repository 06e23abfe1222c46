#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

/* `fields` members hold what field_to_stored() writes, so that SQL and memory agree. */
static const struct cel_var record_vars[] = {
    {"kind", CEL_STRING, CEL_UNSET, VAR_KIND, CEL_SQL_COLUMN, "kind", false},
    {"state", CEL_STRING, CEL_UNSET, VAR_STATE, CEL_SQL_COLUMN, "state", false},
    {"light", CEL_STRING, CEL_UNSET, VAR_LIGHT, CEL_SQL_NONE, NULL, false},
    {"open", CEL_BOOL, CEL_UNSET, VAR_OPEN, CEL_SQL_COLUMN, "open", false},
    {"area", CEL_STRING, CEL_UNSET, VAR_AREA, CEL_SQL_COLUMN, "area", false},
    {"number", CEL_INT, CEL_UNSET, VAR_NUMBER, CEL_SQL_COLUMN, "number", false},
    {"version", CEL_INT, CEL_UNSET, VAR_VERSION, CEL_SQL_COLUMN, "version", false},
    {"created_at", CEL_TIMESTAMP, CEL_UNSET, VAR_CREATED_AT, CEL_SQL_COLUMN, "created_at", false},
    {"updated_at", CEL_TIMESTAMP, CEL_UNSET, VAR_UPDATED_AT, CEL_SQL_COLUMN, "updated_at", false},
    {"due_at", CEL_TIMESTAMP, CEL_UNSET, VAR_DUE_AT, CEL_SQL_COLUMN, "due_at", false},
    {"late", CEL_BOOL, CEL_UNSET, VAR_LATE, CEL_SQL_COLUMN, "late", false},
    {"owner", CEL_STRING, CEL_UNSET, VAR_OWNER, CEL_SQL_NONE, NULL, false},
    {"title", CEL_STRING, CEL_UNSET, VAR_TITLE, CEL_SQL_COLUMN, "title", false},
    {"actor", CEL_STRING, CEL_UNSET, VAR_ACTOR, CEL_SQL_NONE, NULL, false},
    {"parent", CEL_STRING, CEL_UNSET, VAR_PARENT, CEL_SQL_NONE, NULL, false},
    {"party", CEL_STRING, CEL_UNSET, VAR_PARTY, CEL_SQL_NONE, NULL, false},
};

static const struct cel_func record_funcs[] = {
    {"table", FUNC_TABLE, CEL_STRING, 4, 2, {CEL_STRING, CEL_DYN, CEL_DYN, CEL_DYN}},
    {"unit", FUNC_UNIT, CEL_STRING, 1, 0, {CEL_STRING}},
    {"unit_above", FUNC_UNIT_ABOVE, CEL_STRING, 1, 0, {CEL_STRING}},
    {"org", FUNC_ORG, CEL_STRING, 1, 0, {CEL_STRING}},
    {"post", FUNC_POST, CEL_STRING, 2, 1, {CEL_STRING, CEL_STRING}},
    {"in_time", FUNC_IN_TIME, CEL_BOOL, 1, 0, {CEL_STRING}},
    {"breached", FUNC_BREACHED, CEL_BOOL, 1, 0, {CEL_STRING}},
    {"elapsed", FUNC_ELAPSED, CEL_DURATION, 1, 0, {CEL_STRING}},
    {"plays", FUNC_PLAYS, CEL_BOOL, 1, 0, {CEL_STRING}},
    {"parties", FUNC_COUNT, CEL_INT, 1, 0, {CEL_STRING}},
    {"done", FUNC_DONE, CEL_BOOL, 2, 0, {CEL_STRING, CEL_STRING}},
    {"children_open", FUNC_CHILDREN_OPEN, CEL_INT, 0, 0, {CEL_UNSET}},
    {"children", FUNC_CHILDREN, CEL_INT, 0, 0, {CEL_UNSET}},
    {"earlier", FUNC_EARLIER, CEL_INT, 1, 0, {CEL_STRING}},
    {"on_duty", FUNC_ON_DUTY, CEL_STRING, 1, 0, {CEL_STRING}},
    {"inside", FUNC_INSIDE, CEL_BOOL, 1, 0, {CEL_STRING}},
    {"superior", FUNC_SUPERIOR, CEL_STRING, 1, 0, {CEL_STRING}},
    {"crew", FUNC_CREW, CEL_STRING, 3, 1, {CEL_STRING, CEL_STRING, CEL_INT}},
    {"player", FUNC_PLAYER, CEL_STRING, 1, 0, {CEL_STRING}},
    {"of_parent", FUNC_OF_PARENT, CEL_STRING, 1, 0, {CEL_STRING}},
};

/* Words of the language, the record's variables, and what a move's `needs` may say. */
const char *const env_reserved[] = {
    "kind",          "state",      "light",    "open",    "area",   "number",     "version",
    "created_at",    "updated_at", "due_at",   "late",    "owner",  "title",      "actor",
    "parent",        "true",       "false",    "null",    "in",     "now",        "has",
    "size",          "int",        "double",   "string",  "bool",   "timestamp",  "duration",
    "note",          "until",      "files",    "table",   "unit",   "unit_above", "org",
    "post",          "in_time",    "breached", "elapsed", "plays",  "parties",    "done",
    "children_open", "children",   "earlier",  "on_duty", "inside", "party",      "here",
    "superior",      "of_parent",  "crew",     "player",
};
const size_t env_n_reserved = COUNT_OF(env_reserved);

enum cel_type field_cel_type(const struct field *f)
{
    if (f->many) {
        return CEL_LIST;
    }
    switch (f->type) {
    case FIELD_INTEGER:
    case FIELD_MONEY:
    case FIELD_RATING:
        return CEL_INT;
    case FIELD_DECIMAL:
        return CEL_DOUBLE;
    case FIELD_BOOL:
        return CEL_BOOL;
    case FIELD_TIME:
        return CEL_TIMESTAMP;
    case FIELD_UNSET:
    case FIELD_TEXT:
    case FIELD_DATE:
    case FIELD_CODE:
    case FIELD_AREA:
    case FIELD_POINT:
    case FIELD_ACCOUNT:
    case FIELD_ORG:
    case FIELD_RECORD:
    case FIELD_FILE:
    case FIELD_PHONE:
    case FIELD_CITIZEN_ID:
    case FIELD_CREDIT_CODE:
    case FIELD_PLATE:
    case FIELD__MAX:
        break;
    }
    return CEL_STRING;
}

void load_env(struct pack_check *c, struct kind_load *k)
{
    size_t n = k->kind->n_fields;
    struct cel_var *vars = arena_array(c->a, struct cel_var, n + COUNT_OF(record_vars));
    struct cel_env *env = arena_new(c->a, struct cel_env);

    for (size_t i = 0; i < n; i++) {
        struct field one = k->fields[i];

        one.many = false;
        vars[i] = (struct cel_var){
            .name = one.name,
            .type = field_cel_type(&k->fields[i]),
            .item = k->fields[i].many ? field_cel_type(&one) : CEL_UNSET,
            .id = one.index,
            .sql = CEL_SQL_FIELD,
            .secret = one.privacy == PRIVACY_PERSONAL,
        };
    }
    memcpy(vars + n, record_vars, sizeof record_vars);
    *env = (struct cel_env){vars, n + COUNT_OF(record_vars), record_funcs, COUNT_OF(record_funcs)};
    k->kind->env = env;
}
