#include "ballot/poll.h"

#include "ballot.sql.h"
#include "base/text.h"
#include "json/json_in.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

bool ballot_check(struct sql *db, struct err *e)
{
    return sql_check(db, ballot_queries, BALLOT_Q__MAX, e);
}

struct poll poll_of(struct req *r)
{
    return (struct poll){.db = r->services->db,
                         .door = r->services->door,
                         .world = r->services->world(r->services),
                         .who = r->who,
                         .a = r->arena,
                         .now = r->now};
}

bool poll_load(struct poll *p, struct sql_tx *tx, struct uuid id, struct err *e)
{
    struct record *rec = NULL;

    if (!record_load(tx, p->world, id, p->a, &rec, e))
        return false;
    if (rec == NULL || !record_visible(p->world, rec, p->who))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    if (rec->kind->ballot == NULL)
        return ERR(e, ERR_NOT_FOUND, "ballot.none", "这个事项不是投票", "this matter is no ballot");
    p->rec = rec;
    p->def = rec->kind->ballot;
    p->runs = record_admits(rec, p->who, p->def->run, p->def->n_run);
    p->watches = p->def->n_watch > 0 && record_admits(rec, p->who, p->def->watch, p->def->n_watch);
    return true;
}

bool poll_open(struct req *r, enum sql_mode mode, struct poll *ret, struct sql_tx **ret_tx, struct err *e)
{
    struct uuid id;

    *ret = poll_of(r);
    return req_uuid(r, 0, &id, e) && sql_begin(ret->db, mode, ret_tx, e) && poll_load(ret, *ret_tx, id, e);
}

bool poll_in(const struct poll *p, uint64_t states)
{
    return (states >> p->rec->state->index & 1) != 0;
}

bool poll_runs(const struct poll *p, struct err *e)
{
    return p->runs || ERR(e, ERR_DENIED, "ballot.denied", "只有主持这次投票的人可以这样做",
                          "only those who conduct this ballot may do this");
}

bool poll_sees(const struct poll *p, struct err *e)
{
    return p->watches || poll_runs(p, e);
}

bool poll_roll_open(const struct poll *p, struct err *e)
{
    return poll_in(p, p->def->roll) ||
           ERR(e, ERR_CONFLICT, "ballot.roll_closed", "现在是“%s%.0s”，名册已经固定，不能再改",
               "the ballot is “%.0s%s”: the roll is frozen", p->rec->state->title.zh,
               p->rec->state->title.en);
}

int64_t poll_closes(const struct poll *p)
{
    const struct cel_value *v = p->def->closes == NULL ? NULL : &p->rec->values[p->def->closes->index];

    return v != NULL && v->type == CEL_TIMESTAMP ? v->i : 0;
}

bool poll_voting(const struct poll *p, struct err *e)
{
    int64_t closes = poll_closes(p);

    if (!poll_in(p, p->def->open))
        return ERR(e, ERR_CONFLICT, "ballot.not_open", "现在是“%s%.0s”，不能投票",
                   "the ballot is “%.0s%s”: no votes are taken now", p->rec->state->title.zh,
                   p->rec->state->title.en);
    return closes == 0 || p->now < closes ||
           ERR(e, ERR_CONFLICT, "ballot.over", "投票时间已经结束", "voting time is over");
}

/* --- options --- */

static const struct {
    const char *name, *zh, *en;
} plain[] = {{"yes", "同意", "Yes"}, {"no", "不同意", "No"}, {"abstain", "弃权", "Abstain"}};

const char *poll_option_title(const char *option, bool en)
{
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        if (str_eq(plain[i].name, option))
            return en ? plain[i].en : plain[i].zh;
    return option;
}

size_t poll_options(const struct poll *p, const char *ret[OPTIONS_MAX])
{
    const struct cel_value *v = p->def->options == NULL ? NULL : &p->rec->values[p->def->options->index];
    size_t n = 0;

    for (size_t i = 0; p->def->options == NULL && i < COUNT_OF(plain); i++)
        ret[n++] = plain[i].name;
    for (size_t i = 0; v != NULL && v->type == CEL_LIST && i < v->list.n && n < OPTIONS_MAX; i++)
        ret[n++] = v->list.items[i].s;
    return n;
}

int64_t poll_seats(const struct poll *p)
{
    const struct cel_value *v = p->def->seats == NULL ? NULL : &p->rec->values[p->def->seats->index];

    return v != NULL && v->type == CEL_INT && v->i > 0 ? v->i : 1;
}

bool poll_rule(const struct poll *p, const struct ballot_rule **ret, struct err *e)
{
    for (size_t i = 0; i < p->def->n_rules; i++) {
        const struct ballot_rule *r = &p->def->rules[i];
        struct cel_value v = {.type = CEL_BOOL, .b = true};

        if (r->when != NULL && !record_eval(p->world, p->rec, NULL, r->when, p->now, 0, p->a, &v, e))
            return false;
        if (v.type == CEL_BOOL && v.b) {
            *ret = r;
            return true;
        }
    }
    return ERR(e, ERR_INTERNAL, "ballot.rule", "没有适用的规则", "no rule fits");
}

static int compare_numbers(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

bool poll_choice(const struct poll *p, const int64_t *choice, size_t n, const char **ret, struct err *e)
{
    const char *options[OPTIONS_MAX], *text = "";
    size_t n_options = poll_options(p, options);
    bool plain_question = p->def->options == NULL;
    int64_t most = plain_question ? 1 : poll_seats(p), sorted[OPTIONS_MAX];

    if ((int64_t)n > most || (plain_question && n != 1))
        return ERR_FIELD(e, "choice", "ballot.choice", "最多选 %lld 项", "choose %lld at most",
                         (long long)most);
    for (size_t i = 0; i < n; i++)
        sorted[i] = choice[i];
    qsort(sorted, n, sizeof(sorted[0]), compare_numbers);
    for (size_t i = 0; i < n; i++) {
        if (sorted[i] < 1 || sorted[i] > (int64_t)n_options || (i > 0 && sorted[i] == sorted[i - 1]))
            return ERR_FIELD(e, "choice", "ballot.option", "选项须是 1 到 %zu，每项一次",
                             "options are 1 to %zu, each once", n_options);
        text = arena_printf(p->a, "%s%s%lld", text, i > 0 ? "," : "", (long long)sorted[i]);
    }
    *ret = text;
    return true;
}

bool choice_read(const char *text, size_t n_options, bool ret[OPTIONS_MAX])
{
    memset(ret, 0, OPTIONS_MAX * sizeof(ret[0]));
    while (*text != '\0') {
        size_t n = strcspn(text, ",");
        char digits[8];
        int64_t option;

        if (n == 0 || n >= sizeof(digits))
            return false;
        str_copy(digits, n + 1, text);
        if (!parse_int64(digits, &option) || option < 1 || option > (int64_t)n_options)
            return false;
        ret[option - 1] = true;
        text += n + (text[n] == ',');
    }
    return true;
}

/* --- input --- */

bool read_numbers(struct arena *a, struct json_object *list, const char *field, int64_t max, int64_t **ret,
                  size_t *ret_n, struct err *e)
{
    *ret_n = list == NULL ? 0 : json_object_array_length(list);
    *ret = arena_array(a, int64_t, *ret_n + 1);
    for (size_t i = 0; i < *ret_n; i++) {
        struct json_object *o = json_object_array_get_idx(list, i);

        (*ret)[i] = json_object_get_int64(o);
        if (!json_object_is_type(o, json_type_int) || (*ret)[i] < 0 || (*ret)[i] > max)
            return ERR_FIELD(e, field, "ballot.numbers", "须是 0 到 %lld 的整数",
                             "must be whole numbers from 0 to %lld", (long long)max);
    }
    return true;
}

static int nibble(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)(at - digits);
}

bool read_hex(struct arena *a, const char *text, const char *field, struct blind_bytes *ret, struct err *e)
{
    size_t n = strlen(text);

    *ret = (struct blind_bytes){arena_alloc(a, n / 2 + 1), n / 2};
    for (size_t i = 0; i + 1 < n; i += 2) {
        int high = nibble(text[i]), low = nibble(text[i + 1]);

        if (high < 0 || low < 0)
            n = 1;
        else
            ret->b[i / 2] = (uint8_t)(high << 4 | low);
    }
    return (n > 0 && n % 2 == 0) ||
           ERR_FIELD(e, field, "ballot.hex", "须是小写十六进制", "must be lower-case hexadecimal");
}

const char *hex_text(struct arena *a, struct blind_bytes b)
{
    char *text = arena_alloc(a, 2 * b.n + 1);

    hex_encode(b.b, b.n, text);
    return text;
}

struct uuid vote_id(const struct poll *p, int64_t no)
{
    const char *name = arena_printf(p->a, "vote %lld", (long long)no);
    uint8_t hash[HASH_BYTES];

    privacy_hash(p->world->privacy, p->rec->id.b, sizeof(p->rec->id.b), name, strlen(name), hash);
    return uuid_v7(p->rec->created_at, hash);
}

bool poll_audit(const struct poll *p, struct sql_tx *tx, const char *verb, int64_t no, const char *why,
                struct err *e)
{
    const struct doing by = {
        .db = p->db, .district = p->world->district, .actor = p->who->account, .now = p->now};
    struct json_out j;

    jo_begin(&j, 8192);
    jo_obj(&j, NULL);
    jo_int(&j, "no", no);
    jo_str(&j, "why", why);
    jo_close(&j);
    return audit_about(tx, &by, verb, p->rec->id, &j, e);
}
