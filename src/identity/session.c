#include "base/limits.h"
#include "base/text.h"
#include "identity.sql.h"
#include "identity/account.h"
#include "identity/attempts.h"
#include "identity/limiter.h"
#include "identity/password.h"
#include "identity/pool.h"
#include "identity/session_cache.h"
#include "identity/sign_in.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOKEN_BYTES = 32,
    TOKEN_TEXT_MAX = 64,
    NAME_CHARS_MAX = 64,
    /* A sign-out on another server holds here within a second; beside one server only the command line
       writes. */
    FRESH_MS = 60 * 1000,
    FRESH_SHARED_MS = 900,
    TOKEN_NAME_MAX = 4 * NAME_CHARS_MAX + 1
};
static const int64_t lasts_ms = INT64_C(30) * 24 * 3600 * 1000;

struct sessions {
    struct sql *db;
    const struct privacy *privacy;
    int64_t district;
    struct session_cache *cache;
    struct limiter *limiter, *reports, *reads;
    struct pool *pool;
};

struct sessions *sessions_create(struct sql *db, const struct privacy *pv, int64_t district)
{
    struct sessions *s = xcalloc(1, sizeof *s);

    if (sodium_init() < 0)
        abort();
    s->db = db;
    s->privacy = pv;
    s->district = district;
    s->cache = session_cache_create(sql_is_shared(db) ? FRESH_SHARED_MS : FRESH_MS);
    s->limiter = limiter_create(LIMIT_SIGNIN_PER_MINUTE);
    s->reports = limiter_create(LIMIT_ANON_REPORTS_PER_MINUTE);
    s->reads = limiter_create(LIMIT_PUBLIC_READS_PER_MINUTE);
    s->pool = pool_create();
    return s;
}

void sessions_free(struct sessions **s)
{
    if (*s != NULL) {
        pool_free(&(*s)->pool);
        limiter_free(&(*s)->limiter);
        limiter_free(&(*s)->reports);
        limiter_free(&(*s)->reads);
        session_cache_free(&(*s)->cache);
    }
    free(*s);
    *s = NULL;
}

void sessions_forget(struct sessions *s)
{
    session_cache_clear(s->cache);
}

uint64_t sessions_age(struct sessions *s)
{
    return session_cache_age(s->cache);
}

/* --- waiting requests --- */

struct deferred {
    struct req *req;
    handler_fn *run;
    struct err err;
    bool ok;
};

static void run_deferred(void *arg)
{
    struct deferred *d = arg;

    d->ok = d->run(d->req, &d->err);
    req_wake(d->req);
}

bool sessions_defer(struct sessions *s, struct req *r, handler_fn *run, struct err *e)
{
    struct deferred *d = arena_new(r->arena, struct deferred);

    d->req = r;
    d->run = run;
    r->state = d;
    r->pending = true;
    if (pool_submit(s->pool, run_deferred, d))
        return true;
    r->pending = false;
    (void)ERR(e, ERR_BUSY, "session.busy", "正在登录的人太多，请稍后再试",
              "too many people are signing in; try again shortly");
    e->retry_after_s = 3;
    return false;
}

bool sessions_finish(struct req *r, struct err *e)
{
    const struct deferred *d = r->state;

    if (!d->ok)
        *e = d->err;
    return d->ok;
}

/* --- limits --- */

static bool too_many(int wait_s, struct err *e)
{
    (void)ERR(e, ERR_TOO_MANY, "session.rate", "尝试过于频繁，请在 %d 秒后再试",
              "too many attempts; try again in %d seconds", wait_s);
    e->retry_after_s = wait_s;
    return false;
}

bool sessions_limit(struct sessions *s, const char *what, const char *client, int64_t now, struct err *e)
{
    int wait_s = 0;

    return limiter_take(s->limiter, what, client, now, &wait_s) || too_many(wait_s, e);
}

bool sessions_limit_reports(struct sessions *s, const char *client, int64_t now, struct err *e)
{
    int wait_s = 0;

    return limiter_take(s->reports, "report", client, now, &wait_s) || too_many(wait_s, e);
}

bool sessions_limit_files(struct sessions *s, const char *client, int64_t now, struct err *e)
{
    int wait_s = 0;

    return limiter_take(s->reports, "file", client, now, &wait_s) || too_many(wait_s, e);
}

bool sessions_limit_near(struct sessions *s, const char *client, int64_t now, struct err *e)
{
    int wait_s = 0;

    return limiter_take(s->reports, "near", client, now, &wait_s) || too_many(wait_s, e);
}

bool sessions_limit_public(struct sessions *s, const struct principal *who, const char *client, int64_t now,
                           struct err *e)
{
    char id[UUID_TEXT_MAX];
    int wait_s = 0;

    uuid_format(who->account, id);
    return limiter_take(s->reads, "public", who->kind == ACTOR_ANONYMOUS ? client : id, now, &wait_s) ||
           too_many(wait_s, e);
}

/* What failed on the other servers counts here, too. */
static bool allowed_elsewhere(struct sessions *s, const struct attempt *a, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    int wait_s = 0;

    if (!sql_is_shared(s->db))
        return true;
    return sql_begin(s->db, SQL_READ, &tx, e) && attempts_check(tx, a, &wait_s, e) &&
           (wait_s == 0 || too_many(wait_s, e));
}

/* Taken before the answer is known, so that many attempts at once don't slip
 * through; given back when the password was right. */
static bool attempt(struct sessions *s, const char *login, const char *client, int64_t now, struct err *e)
{
    int wait_s = 0;

    if (!allowed_elsewhere(s, &(struct attempt){s->district, client, login, now}, e))
        return false;
    if (!limiter_take(s->limiter, "address", client, now, &wait_s))
        return too_many(wait_s, e);
    if (limiter_take(s->limiter, "login", login, now, &wait_s))
        return true;
    limiter_give(s->limiter, "address", client);
    return too_many(wait_s, e);
}

/* --- tokens --- */

static void token_hash(const char *token, uint8_t ret[TOKEN_HASH_BYTES])
{
    (void)crypto_hash_sha256(ret, (const unsigned char *)token, strlen(token));
}

static void token_make(char ret[TOKEN_TEXT_MAX])
{
    uint8_t raw[TOKEN_BYTES];

    random_bytes(raw, sizeof raw);
    (void)sodium_bin2base64(ret, TOKEN_TEXT_MAX, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(raw, sizeof raw);
}

/* Writes the row of a new token; a named one was never used yet (0), a session begins with a use. What of
 * this account is over leaves with it. */
static bool token_add(struct sessions *s, struct sql_tx *tx, struct uuid account, const char *name,
                      int64_t now, int64_t until, char ret_token[TOKEN_TEXT_MAX], struct err *e)
{
    uint8_t bytes[TOKEN_HASH_BYTES], *hash = bytes;

    token_make(ret_token);
    token_hash(ret_token, hash);
    return sql_run(tx, &identity_queries[IDENTITY_Q_SESSION_EXPIRED], e, SQL_INT(s->district),
                   SQL_UUID(&account), SQL_INT(now)) &&
           sql_run(tx, &identity_queries[IDENTITY_Q_SESSION_ADD], e, SQL_INT(s->district),
                   SQL_BLOB(hash, TOKEN_HASH_BYTES), SQL_UUID(&account), SQL_TEXT(name), SQL_INT(now),
                   SQL_INT(*name == '\0' ? now : 0), SQL_INT(until));
}

bool session_begin(struct sessions *s, struct uuid account, const struct origin *from, char ret_token[64],
                   struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(s->db, SQL_WRITE, &tx, e) &&
           token_add(s, tx, account, "", from->at, from->at + lasts_ms, ret_token, e) &&
           sign_in_note(tx, s->district, account, SIGNED_IN, from, e) && sql_commit(&tx, e);
}

static bool account_there(struct sessions *s, struct sql_tx *tx, struct uuid account, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool there;

    if (!sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_BY_ID], &rows, e, SQL_INT(s->district),
                   SQL_UUID(&account)))
        return false;
    there = sql_next(rows);
    if (!sql_end(&rows, e))
        return false;
    return there || ERR(e, ERR_NOT_FOUND, "account.not_found", "没有这个账号", "there is no such account");
}

static bool token_audit(struct sql_tx *tx, const struct doing *by, struct uuid account, const char *name,
                        int64_t until, struct err *e)
{
    struct json_out j;

    jo_begin(&j, 4096);
    jo_obj(&j, NULL);
    jo_str(&j, "name", name);
    jo_int(&j, "until", until);
    jo_close(&j);
    return audit_about(tx, by, "token.issue", account, &j, e);
}

bool doing_token_issue(const struct doing *by, struct sessions *s, struct uuid account, const char *name,
                       int64_t until, char ret_token[64], struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (*name == '\0' || !utf8_valid(name, strlen(name)) || utf8_length(name) > NAME_CHARS_MAX)
        return ERR_FIELD(e, "name", "token.name", "令牌名称为 1 到 %d 个字",
                         "a token's name has 1 to %d characters", NAME_CHARS_MAX);
    if (until <= by->now)
        return ERR_FIELD(e, "until", "token.until", "令牌的到期时间应在将来",
                         "a token must end in the future");
    return sql_begin(s->db, SQL_WRITE, &tx, e) && account_there(s, tx, account, e) &&
           token_add(s, tx, account, name, by->now, until, ret_token, e) &&
           token_audit(tx, by, account, name, until, e) && sql_commit(&tx, e);
}

/* The name of a token that is there. */
static bool token_named(struct sql_tx *tx, const struct doing *by, struct uuid account, struct uuid token,
                        char ret_name[TOKEN_NAME_MAX], struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool there;

    if (!sql_query(tx, &identity_queries[IDENTITY_Q_TOKEN_GET], &rows, e, SQL_INT(by->district),
                   SQL_UUID(&account), SQL_BLOB(token.b, sizeof token.b)))
        return false;
    there = sql_next(rows);
    if (there)
        str_copy(ret_name, TOKEN_NAME_MAX, sql_text(rows, 0));
    if (!sql_end(&rows, e))
        return false;
    return there || ERR(e, ERR_NOT_FOUND, "token.not_found", "没有这个令牌，或已收回",
                        "there is no such token, or it was revoked");
}

bool doing_token_revoke(const struct doing *by, struct uuid account, struct uuid token, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    char name[TOKEN_NAME_MAX];
    struct json_out j;

    if (!sql_begin(by->db, SQL_WRITE, &tx, e) || !token_named(tx, by, account, token, name, e) ||
        !sql_run(tx, &identity_queries[IDENTITY_Q_TOKEN_END], e, SQL_INT(by->district), SQL_UUID(&account),
                 SQL_BLOB(token.b, sizeof token.b)))
        return false;
    jo_begin(&j, 4096);
    jo_obj(&j, NULL);
    jo_str(&j, "name", name);
    jo_close(&j);
    return audit_about(tx, by, "token.revoke", account, &j, e) && sql_commit(&tx, e);
}

bool session_issue(struct sessions *s, struct uuid account, const char *name, int64_t until, int64_t now,
                   char ret_token[64], struct err *e)
{
    return doing_token_issue(&(struct doing){s->db, s->district, {{0}}, now}, s, account, name, until,
                             ret_token, e);
}

bool session_leave(struct sessions *s, const struct principal *who, const struct origin *from, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(s->db, SQL_WRITE, &tx, e) ||
        !sql_run(tx, &identity_queries[IDENTITY_Q_SESSION_END], e, SQL_INT(s->district),
                 SQL_BLOB(who->session, TOKEN_HASH_BYTES)) ||
        !sign_in_note(tx, s->district, who->account, SIGNED_OUT, from, e) || !sql_commit(&tx, e))
        return false;
    session_cache_remove(s->cache, who->session);
    return true;
}

/* --- signing in --- */

struct candidate {
    const char *login; /* as it was typed, folded */
    struct uuid id;    /* nil: nobody of that login */
    bool active;
    char hash[PASSWORD_HASH_MAX]; /* "": has no password */
};

static bool candidate_read(struct sessions *s, const char *login, struct candidate *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_begin(s->db, SQL_READ, &tx, e) || !sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_BY_LOGIN],
                                                          &rows, e, SQL_INT(s->district), SQL_TEXT(login)))
        return false;
    if (sql_next(rows)) {
        const char *hash = sql_text(rows, 4);
        ret->id = sql_uuid(rows, 0);
        ret->active = sql_int(rows, 3) != 0;
        str_copy(ret->hash, sizeof ret->hash, hash != NULL ? hash : "");
    }
    return sql_end(&rows, e);
}

/* Writes down a wrong password. */
static bool refusal(struct sessions *s, const struct candidate *c, const struct origin *from, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct attempt a = {s->district, from->client, c->login, from->at};

    return sql_begin(s->db, SQL_WRITE, &tx, e) && (!sql_is_shared(s->db) || attempts_failed(tx, &a, e)) &&
           sign_in_note(tx, s->district, c->id, SIGN_IN_REFUSED, from, e) && sql_commit(&tx, e);
}

/* Whether it is their password; counted against the limits unless it is. */
static bool tried(struct sessions *s, const char *login, const char *password, const struct origin *from,
                  struct candidate *ret, bool *ret_right, struct err *e)
{
    ret->login = login;
    if (!attempt(s, login, from->client, from->at, e) || !candidate_read(s, login, ret, e))
        return false;
    *ret_right = password_verify(ret->hash[0] != '\0' ? ret->hash : NULL, password) && ret->active;
    sodium_memzero(ret->hash, sizeof ret->hash);
    if (*ret_right) {
        limiter_give(s->limiter, "address", from->client);
        limiter_give(s->limiter, "login", login);
    }
    return true;
}

bool session_prove(struct sessions *s, const struct principal *who, const char *password,
                   const struct origin *from, struct err *e)
{
    struct candidate c = {0};
    bool right = false;

    if (!tried(s, who->login, password, from, &c, &right, e))
        return false;
    if (right)
        return true;
    return refusal(s, &c, from, e) &&
           ERR_FIELD(e, "old", "account.old_password", "现在的密码不对", "this is not your present password");
}

bool session_open(struct sessions *s, const char *login, const char *password, const struct origin *from,
                  char ret_token[64], struct uuid *ret_account, struct err *e)
{
    struct candidate c = {0};
    char folded[LOGIN_MAX];
    bool right = false;

    login_fold(login, folded, sizeof folded);
    if (!tried(s, folded, password, from, &c, &right, e))
        return false;
    if (!right)
        return refusal(s, &c, from, e) &&
               ERR(e, ERR_UNKNOWN, "session.refused", "登录名或密码不对", "login or password is wrong");
    if (!session_begin(s, c.id, from, ret_token, e))
        return false;
    *ret_account = c.id;
    return true;
}

/* --- who holds a token --- */

static bool posts_read(struct sessions *s, struct sql_tx *tx, struct arena *a, int64_t now,
                       struct principal *p, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct post *posts = NULL;
    size_t n = 0, cap = 0;

    if (!sql_query(tx, &identity_queries[IDENTITY_Q_POST_OF], &rows, e, SQL_INT(s->district),
                   SQL_UUID(&p->account), SQL_INT(now)))
        return false;
    while (sql_next(rows)) {
        if (n == cap) {
            struct post *more = arena_array(a, struct post, cap = cap * 2 + 4);
            if (n > 0)
                memcpy(more, posts, n * sizeof *more);
            posts = more;
        }
        posts[n++] = (struct post){.account = p->account,
                                   .role = arena_strdup(a, sql_text(rows, 0)),
                                   .area = arena_strdup(a, sql_text(rows, 1)),
                                   .org = sql_uuid(rows, 2),
                                   .from = sql_int(rows, 3),
                                   .until = sql_int(rows, 4)};
    }
    p->posts = posts;
    p->n_posts = n;
    return sql_end(&rows, e);
}

struct session_row {
    struct principal who;
    int64_t seen_at, until;
    bool named, good;
};

static bool row_read(struct sessions *s, struct sql_tx *tx, struct arena *a,
                     const uint8_t hash[TOKEN_HASH_BYTES], int64_t now, struct session_row *ret,
                     struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &identity_queries[IDENTITY_Q_SESSION_GET], &rows, e, SQL_INT(s->district),
                   SQL_BLOB(hash, TOKEN_HASH_BYTES)))
        return false;
    if (sql_next(rows)) {
        struct uuid id = sql_uuid(rows, 0);

        ret->who = (struct principal){.account = id,
                                      .login = arena_strdup(a, sql_text(rows, 4)),
                                      .name = account_name(s->privacy, a, id, sql_text(rows, 5)),
                                      .kind = ACTOR_PERSON};
        ret->named = *sql_text(rows, 1) != '\0';
        ret->seen_at = sql_int(rows, 2);
        ret->until = sql_int(rows, 3);
        ret->good = sql_int(rows, 6) != 0 && now < ret->until;
    }
    return sql_end(&rows, e);
}

static bool held_load(struct sessions *s, const uint8_t hash[TOKEN_HASH_BYTES], int64_t now,
                      struct held **ret, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create((size_t)1 << 20);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    uint64_t age = session_cache_age(s->cache);
    struct session_row row = {0};

    if (!sql_begin(s->db, SQL_READ, &tx, e) || !row_read(s, tx, a, hash, now, &row, e) ||
        (row.good && !posts_read(s, tx, a, now, &row.who, e)))
        return false;
    if (!row.good)
        return ERR(e, ERR_UNKNOWN, "auth.token", "登录已失效，请重新登录",
                   "the session is over; sign in again");
    struct held *h = held_make(hash, &row.who);
    h->named = row.named;
    h->seen_at = row.seen_at;
    h->until = row.until;
    h->loaded_at = now;
    session_cache_put(s->cache, h, age);
    *ret = h;
    return true;
}

/* A use to be written down, off the request's path. */
struct touch {
    struct sessions *sessions;
    uint8_t hash[TOKEN_HASH_BYTES];
    int64_t at, until;
};

/* Failing costs nothing: the next use after a minute tries again. */
static void touch_write(void *arg)
{
    struct touch *t = arg;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    if (sql_begin(t->sessions->db, SQL_WRITE, &tx, &e) &&
        sql_run(tx, &identity_queries[IDENTITY_Q_SESSION_TOUCH], &e, SQL_INT(t->sessions->district),
                SQL_BLOB(t->hash, sizeof t->hash), SQL_INT(t->at), SQL_INT(t->until)))
        (void)!sql_commit(&tx, &e);
    free(t);
}

static void touch(struct sessions *s, const struct held *h, int64_t now, int64_t until)
{
    struct touch *t = xcalloc(1, sizeof *t);

    t->sessions = s;
    memcpy(t->hash, h->hash, sizeof t->hash);
    t->at = now;
    t->until = until;
    if (!pool_submit(s->pool, touch_write, t))
        free(t);
}

bool session_principal(struct sessions *s, struct arena *a, const char *token, int64_t now,
                       const struct principal **ret, struct err *e)
{
    AUTO(held_drop) struct held *h = NULL;
    uint8_t hash[TOKEN_HASH_BYTES];
    int64_t until = 0;

    if (strlen(token) >= TOKEN_TEXT_MAX)
        return ERR(e, ERR_UNKNOWN, "auth.token", "登录已失效，请重新登录",
                   "the session is over; sign in again");
    token_hash(token, hash);
    h = session_cache_get(s->cache, hash, now, lasts_ms, &until);
    if (h == NULL) {
        if (!held_load(s, hash, now, &h, e))
            return false;
        /* The cache decides whether this use is to be written, whoever filled it. */
        struct held *again = session_cache_get(s->cache, hash, now, lasts_ms, &until);
        held_drop(&again);
    }
    if (until != 0)
        touch(s, h, now, until);
    *ret = held_principal(h, a, now);
    return true;
}

bool session_rights(struct sessions *s, const uint8_t hash[TOKEN_HASH_BYTES], int64_t now,
                    uint8_t ret[RIGHTS_BYTES], struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create((size_t)1 << 20);
    AUTO(held_drop) struct held *h = NULL;
    int64_t until;

    memset(ret, 0, RIGHTS_BYTES);
    h = session_cache_get(s->cache, hash, now, lasts_ms, &until);
    if (h == NULL && !held_load(s, hash, now, &h, e))
        return e->code == ERR_UNKNOWN;
    principal_rights(held_principal(h, a, now), ret);
    return true;
}
