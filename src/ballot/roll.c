/* The roll as rows. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/text.h"
#include "record/codec.h"

#include <openssl/evp.h>
#include <string.h>

enum { LINE_BYTES = 96 };

struct elector elector_row(const struct sql_rows *rows, struct arena *a)
{
    size_t n = 0;
    const void *blinded = sql_blob(rows, 10, &n);
    struct elector x = {.no = sql_int(rows, 0),
                        .account = sql_uuid(rows, 1),
                        .name = arena_strdup(a, sql_text(rows, 2)),
                        .label = arena_strdup(a, sql_text(rows, 3)),
                        .place = arena_strdup(a, sql_text(rows, 4)),
                        .w = {sql_int(rows, 5), sql_int(rows, 6)},
                        .proxy = sql_int(rows, 7),
                        .mark = arena_strdup(a, sql_text(rows, 8)),
                        .hour = sql_int(rows, 9)};

    if (blinded != NULL && n == HASH_BYTES)
        x.blinded = memcpy(arena_alloc(a, n), blinded, n);
    return x;
}

bool roll_get(const struct poll *p, struct sql_tx *tx, int64_t no, struct elector *ret, bool *ret_there,
              struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &ballot_queries[BALLOT_Q_ROLL_GET], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_INT(no)))
        return false;
    *ret_there = sql_next(rows);
    if (*ret_there)
        *ret = elector_row(rows, p->a);
    return sql_end(&rows, e);
}

bool roll_need(const struct poll *p, struct sql_tx *tx, int64_t no, struct elector *ret, struct err *e)
{
    bool there = false;

    return roll_get(p, tx, no, ret, &there, e) &&
           (there || ERR(e, ERR_NOT_FOUND, "ballot.number", "名册上没有第 %lld 号",
                         "there is no number %lld on the roll", (long long)no));
}

bool roll_put(const struct poll *p, struct sql_tx *tx, const struct elector *x, struct err *e)
{
    return sql_run(tx, &ballot_queries[BALLOT_Q_ROLL_PUT], e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_INT(x->no), SQL_UUID(&x->account), SQL_TEXT(x->name),
                   SQL_TEXT(x->label), SQL_TEXT(x->place), SQL_INT(x->w.heads), SQL_INT(x->w.area),
                   SQL_INT(x->proxy), SQL_TEXT(x->mark), SQL_INT(x->hour),
                   SQL_BLOB(x->blinded, x->blinded == NULL ? 0 : HASH_BYTES));
}

bool roll_page(const struct poll *p, struct sql_tx *tx, int64_t after, int64_t limit, struct elector **ret,
               size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = arena_array(p->a, struct elector, (size_t)limit + 1);
    *ret_n = 0;
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_ROLL_PAGE], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_INT(after), SQL_INT(limit)))
        return false;
    while (sql_next(rows))
        (*ret)[(*ret_n)++] = elector_row(rows, p->a);
    return sql_end(&rows, e);
}

bool roll_typed(const struct poll *p, struct sql_tx *tx, int64_t after, struct elector *list, size_t n,
                struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!p->def->typed_twice)
        return true;
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_TYPED_NUMBERS], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_INT(after), SQL_INT(ROLL_PAGE)))
        return false;
    while (sql_next(rows)) {
        size_t at = place_on_roll(list, n, sql_int(rows, 0));

        if (at < n)
            list[at].typed = uuid_eq(sql_uuid(rows, 1), p->who->account) ? "mine" : "other";
    }
    return sql_end(&rows, e);
}

bool roll_mark(const struct poll *p, struct sql_tx *tx, struct elector *x, const char *way, struct err *e)
{
    const struct marked m = {p->rec->id, way, x->place, p->now / HOUR_MS, 1, x->w};

    if (x->mark[0] == '\0' && !sums_marks(tx, p->world->district, &m, 1, p->a, e))
        return false;
    x->mark = way;
    x->hour = m.hour;
    return roll_put(p, tx, x, e);
}

static bool more_of(const struct poll *p, struct sql_tx *tx, int query, struct sql_arg key[2],
                    struct elector *ret, size_t *n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &ballot_queries[query], &rows, e, SQL_INT(p->world->district), key[0], key[1],
                   SQL_INT((int64_t)(OWN_MAX - *n))))
        return false;
    while (*n < OWN_MAX && sql_next(rows))
        ret[(*n)++] = elector_row(rows, p->a);
    return sql_end(&rows, e);
}

bool roll_mine(const struct poll *p, struct sql_tx *tx, struct elector *ret, size_t *ret_n, struct err *e)
{
    struct sql_arg own[2] = {SQL_UUID(&p->who->account), SQL_UUID(&p->rec->id)};
    size_t n_own;

    *ret_n = 0;
    if (uuid_is_nil(p->who->account))
        return true;
    if (!more_of(p, tx, BALLOT_Q_ROLL_OF_ACCOUNT, own, ret, ret_n, e))
        return false;
    n_own = p->def->proxies > 0 ? *ret_n : 0;
    for (size_t i = 0; i < n_own; i++) {
        struct sql_arg given[2] = {SQL_UUID(&p->rec->id), SQL_INT(ret[i].no)};

        if (!more_of(p, tx, BALLOT_Q_ROLL_OF_PROXY, given, ret, ret_n, e))
            return false;
    }
    return true;
}

bool roll_given(const struct poll *p, struct sql_tx *tx, int64_t no, int64_t *ret, struct err *e)
{
    struct elector given[OWN_MAX];
    struct sql_arg key[2] = {SQL_UUID(&p->rec->id), SQL_INT(no)};
    size_t n = 0;

    if (!more_of(p, tx, BALLOT_Q_ROLL_OF_PROXY, key, given, &n, e))
        return false;
    *ret = (int64_t)n;
    return true;
}

bool roll_strike(const struct poll *p, struct sql_tx *tx, int64_t no, struct err *e)
{
    return sql_run(tx, &ballot_queries[BALLOT_Q_ROLL_REMOVE], e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_INT(no));
}

bool roll_own(const struct poll *p, struct sql_tx *tx, int64_t no, struct elector *ret, struct err *e)
{
    struct elector holder = {0};
    bool there = false;

    if (!roll_need(p, tx, no, ret, e))
        return false;
    if (!uuid_is_nil(ret->account) && uuid_eq(ret->account, p->who->account))
        return ret->proxy == 0 ||
               ERR(e, ERR_CONFLICT, "ballot.given", "您已委托第 %lld 号代为投票，请先撤回委托",
                   "you have given your vote to number %lld: take it back first", (long long)ret->proxy);
    if (ret->proxy != 0 && !roll_get(p, tx, ret->proxy, &holder, &there, e))
        return false;
    return (there && !uuid_is_nil(holder.account) && uuid_eq(holder.account, p->who->account)) ||
           ERR(e, ERR_DENIED, "ballot.not_yours", "第 %lld 号不是您的，也没有委托您",
               "number %lld is not yours to vote for", (long long)no);
}

void roll_line(struct buf *out, const struct elector *x)
{
    buf_printf(out, "%lld,%lld,%lld\n", (long long)x->no, (long long)x->w.heads, (long long)x->w.area);
}

const char *roll_digest(struct arena *a, const struct elector *x, size_t n)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char hash[EVP_MAX_MD_SIZE];
    AUTO(buf_free) struct buf line = {0};
    unsigned len = 0;
    bool ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;

    buf_init(&line, LINE_BYTES);
    for (size_t i = 0; ok && i < n; i++) {
        buf_clear(&line);
        roll_line(&line, &x[i]);
        ok = EVP_DigestUpdate(md, buf_text(&line), line.len) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(md, hash, &len) == 1;
    EVP_MD_CTX_free(md);
    return ok ? hex_text(a, (struct blind_bytes){hash, len}) : "";
}

size_t place_on_roll(const struct elector *x, size_t n, int64_t no)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (x[mid].no < no)
            low = mid + 1;
        else
            high = mid;
    }
    return low < n && x[low].no == no ? low : n;
}

const char *seal_name(const struct poll *p, int64_t no, const char *plain)
{
    const char *field = arena_printf(p->a, "roll %lld", (long long)no);

    return personal_join(p->a, privacy_seal(p->world->privacy, p->a, p->rec->id, field, plain),
                         privacy_mask(p->a, FIELD_TEXT, plain));
}
