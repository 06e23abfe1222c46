/* A resident found by their whole mobile number, or given an account at the counter: never a list. Every look
 * is written down with its reason. */
#include "base/limits.h"
#include "base/text.h"
#include "identity.sql.h"
#include "identity/api.h"
#include "identity/person.h"

#include <string.h>

struct asked {
    const char *phone, *name, *why;
    char number[24], login[LOGIN_MAX];
    uint8_t tag[BLIND_BYTES];
};
struct found {
    bool there, to_take; /* to_take: nobody has taken it over yet */
    struct uuid id;
    const char *name;
};

/* Numbers of services and landlines are shared; only a mobile number stands for somebody. */
static bool read_asked(struct req *r, bool make, struct asked *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"phone", JSON_TEXT, offsetof(struct asked, phone), true, 1, 32},
        {"why", JSON_TEXT, offsetof(struct asked, why), true, 2, 200},
        {"name", JSON_TEXT, offsetof(struct asked, name), true, 1, 64},
    };

    *ret = (struct asked){0};
    if (!json_read(r->json, "", members, COUNT_OF(members) - !make, ret, e))
        return false;
    if (!login_mobile(ret->phone, ret->number))
        return ERR_FIELD(e, "phone", "person.phone", "请填写完整的手机号，例如 13800138000",
                         "give the whole mobile number, like 13800138000");
    account_login(r->services->privacy, ret->number, ret->login);
    privacy_blind(r->services->privacy, "phone", ret->number, ret->tag);
    return true;
}

/* Counted by who looks, not by where they sit. */
static bool may_look(struct req *r, struct err *e)
{
    char id[UUID_TEXT_MAX];

    uuid_format(r->who->account, id);
    return sessions_limit(r->services->sessions, "person", id, r->now, e);
}

static bool look(struct req *r, struct sql_tx *tx, const struct asked *q, struct found *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = (struct found){0};
    if (!sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_OF_NUMBER], &rows, e,
                   SQL_INT(r->services->district), SQL_BLOB(q->tag, sizeof(q->tag)), SQL_TEXT(q->login)))
        return false;
    if (sql_next(rows))
        *ret = (struct found){
            true, sql_int(rows, 2) != 0, sql_uuid(rows, 0),
            account_name(r->services->privacy, r->arena, sql_uuid(rows, 0), sql_text(rows, 1))};
    return sql_end(&rows, e);
}

/* Who looked for whom and why; of a number that nobody has, the number as far as masks show it. */
static bool write_down(struct req *r, struct sql_tx *tx, const struct asked *q, const struct found *f,
                       struct err *e)
{
    const struct doing by = api_doing(r);
    struct json_out j;

    jo_begin(&j, 4096);
    jo_obj(&j, NULL);
    jo_str(&j, "why", q->why);
    jo_str(&j, "phone", privacy_mask(r->arena, FIELD_PHONE, q->number));
    jo_bool(&j, "found", f->there);
    jo_close(&j);
    return f->there ? audit_about(tx, &by, "person.find", f->id, &j, e)
                    : audit_add(tx, &by, "person.find", "", &j, e);
}

/* The surname, and a word that stands for the person where a party is named. */
static void answer(struct req *r, const struct asked *q, const struct found *f, const char *code)
{
    const int64_t until = r->now + (int64_t)LIMIT_PERSON_HOURS * 3600 * 1000;
    char word[PERSON_TEXT];

    jo_obj(&r->out, NULL);
    if (f->there) {
        person_word(r->services->privacy, r->who->account, f->id, until, word);
        jo_obj(&r->out, "person");
        jo_str(&r->out, "word", word);
        jo_str(&r->out, "name", privacy_mask(r->arena, FIELD_TEXT, f->name));
        jo_str(&r->out, "phone", privacy_mask(r->arena, FIELD_PHONE, q->number));
        jo_time(&r->out, "until", until, r->services->offset_min);
        jo_str(&r->out, "code", code);
        jo_close(&r->out);
    } else {
        jo_null(&r->out, "person");
    }
    jo_close(&r->out);
}

static bool look_and_tell(struct req *r, const struct asked *q, struct found *f, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(r->services->db, SQL_WRITE, &tx, e) && look(r, tx, q, f, e) &&
           write_down(r, tx, q, f, e) && sql_commit(&tx, e);
}

static bool post_find(struct req *r, struct err *e)
{
    struct asked q;
    struct found f;

    if (!read_asked(r, false, &q, e) || !may_look(r, e) || !look_and_tell(r, &q, &f, e))
        return false;
    answer(r, &q, &f, NULL);
    return true;
}

/* The code is told for as long as nobody has taken the account over. */
static bool post_person(struct req *r, struct err *e)
{
    const struct doing by = api_doing(r);
    struct new_account n = {.login = NULL};
    struct asked q;
    struct found f;
    char code[PERSON_CODE];

    if (!read_asked(r, true, &q, e) || !may_look(r, e) || !look_and_tell(r, &q, &f, e))
        return false;
    if (!f.there) {
        n = (struct new_account){.login = q.number, .name = q.name};
        if (!doing_account_add(&by, r->services->privacy, &n, &f.id, e))
            return false;
        f = (struct found){true, true, f.id, q.name};
        r->status = 201;
    }
    person_code(r->services->privacy, f.id, code);
    answer(r, &q, &f, f.to_take ? code : NULL);
    return true;
}

const struct route person_routes[] = {
    {POST, "/api/v1/people/find", PERM_STAFF, BODY_JSON, post_find, NULL, 4096,
     "A resident by their whole mobile number, with a reason that is kept", "Person"},
    {POST, "/api/v1/people", PERM_STAFF, BODY_JSON, post_person, NULL, 4096,
     "An account for a resident at the counter, made once for a number", "Person"},
    {.method = METHOD_UNSET},
};
