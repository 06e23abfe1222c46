/* Everything that was voted, page by page: counted, and written line by line as the list that is published. A
 * ballot of a hundred thousand takes as much memory as one of a thousand. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/buf.h"
#include "base/text.h"
#include "json/json_in.h"

#include <errno.h>
#include <json-c/json.h>
#include <openssl/evp.h>
#include <string.h>

enum { PAGE = 1000, LINE = 2 * (BLIND_SIGNATURE_MAX + TOKEN_BYTES) + 64, FLUSH_BYTES = 64 * 1024 };
static const size_t WAITING_BYTES = (size_t)1 << 20, PAGE_BYTES = (size_t)64 << 20;

/* --- digests, and the file --- */

/* What is written goes into the digest, and into the file where there is one. */
struct listing {
    EVP_MD_CTX *digest;
    FILE *file; /* NULL: it is only counted */
    struct buf waiting;
    bool failed, full;
};

static void listing_free(struct listing *l)
{
    EVP_MD_CTX_free(l->digest);
    buf_free(&l->waiting);
}

static void listing_begin(struct listing *l, FILE *file)
{
    *l = (struct listing){.digest = EVP_MD_CTX_new(), .file = file};
    buf_init(&l->waiting, WAITING_BYTES);
    l->failed = l->digest == NULL || EVP_DigestInit_ex(l->digest, EVP_sha256(), NULL) != 1;
}

static void flush(struct listing *l)
{
    const char *s = buf_text(&l->waiting);
    size_t n = l->waiting.len;

    l->failed = l->failed || l->waiting.failed || EVP_DigestUpdate(l->digest, s, n) != 1;
    l->full = l->full || (l->file != NULL && fwrite(s, 1, n, l->file) != n);
    buf_clear(&l->waiting);
}

static void line_ends(struct listing *l)
{
    if (l->waiting.len >= FLUSH_BYTES)
        flush(l);
}

static bool listing_end(struct listing *l, struct arena *a, const char **ret_digest, struct err *e)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    flush(l);
    if (l->full || (l->file != NULL && fflush(l->file) != 0))
        return ERR(e, ERR_BUSY, "ballot.disk", "清单无法写入：%s", "the list cannot be written: %s",
                   strerror(errno));
    if (l->failed || EVP_DigestFinal_ex(l->digest, hash, &n) != 1)
        return ERR(e, ERR_INTERNAL, "ballot.digest", "清单的摘要算不出来",
                   "the digest of the list cannot be computed");
    *ret_digest = hex_text(a, (struct blind_bytes){hash, n});
    return true;
}

/* --- counting --- */

/* What is under way: the page's own memory, and both digests. */
struct gathering {
    struct poll p; /* its arena is emptied with each page */
    struct sql_tx *tx;
    struct gathered *g;
    struct listing list, roll;
};

static bool count_choice(struct gathered *g, const char *choice, struct weight w)
{
    bool chosen[OPTIONS_MAX];
    bool any = false;

    if (!choice_read(choice, g->n_options, chosen))
        return false;
    for (size_t i = 0; i < g->n_options; i++) {
        g->votes[i].heads += chosen[i] ? w.heads : 0;
        g->votes[i].area += chosen[i] ? w.area : 0;
        any = any || chosen[i];
    }
    g->blank += !any;
    return true;
}

static void freeze(struct gathering *x, const struct elector *roll, size_t n)
{
    for (size_t i = 0; i < n; i++)
        roll_line(&x->roll.waiting, &roll[i]);
    line_ends(&x->roll);
}

/* --- open votes --- */

static const char *member_text(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;

    return json_object_object_get_ex(o, name, &v) && json_object_is_type(v, json_type_string)
               ? json_object_get_string(v)
               : "";
}

bool vote_row(const struct poll *p, const struct sql_rows *rows, struct open_vote *ret, bool *ret_is,
              struct err *e)
{
    AUTO(json_free) struct json_object *fields = NULL;
    AUTO(json_free) struct json_object *sealed = NULL;
    struct json_object *no = NULL;
    const char *open = sql_text(rows, 1), *closed = sql_text(rows, 2), *plain;

    if (!json_parse(open, strlen(open), &fields, e) || !json_parse(closed, strlen(closed), &sealed, e) ||
        !privacy_unseal(p->world->privacy, p->a, sql_uuid(rows, 0), "choice", member_text(sealed, "choice"),
                        &plain, e))
        return false;
    (void)json_object_object_get_ex(fields, "roll_no", &no);
    ret->no = json_object_get_int64(no);
    ret->way = str_eq(member_text(fields, "way"), "paper") ? "paper" : "online";
    ret->choice = strchr(plain, ':') == NULL ? plain : strchr(plain, ':') + 1;
    *ret_is = uuid_eq(sql_uuid(rows, 0), vote_id(p, ret->no));
    return true;
}

static bool count_open(struct gathering *x, const struct elector *who, const struct open_vote *v,
                       struct err *e)
{
    struct gathered *g = x->g;

    if (!count_choice(g, v->choice, who->w))
        return ERR(e, ERR_INTERNAL, "ballot.stored", "第 %lld 号的选票损坏",
                   "the vote of number %lld is damaged", (long long)who->no);
    g->turnout.part.heads += who->w.heads;
    g->turnout.part.area += who->w.area;
    *(str_eq(v->way, "paper") ? &g->turnout.paper : &g->turnout.online) += 1;
    buf_printf(&x->list.waiting, "%lld,%lld,%lld,\"%s\",%s\n", (long long)who->no, (long long)who->w.heads,
               (long long)who->w.area, v->choice, v->way);
    line_ends(&x->list);
    return true;
}

/* A vote carries the id that follows from its number: so each number has one, or none. */
static bool count_numbers(struct gathering *x, const struct elector *roll, size_t n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *args = arena_array(x->p.a, struct sql_arg, 4 * n);
    struct uuid *ids = arena_array(x->p.a, struct uuid, n);

    for (size_t i = 0; i < n; i++) {
        ids[i] = vote_id(&x->p, roll[i].no);
        args[4 * i] = SQL_INT(x->p.world->district);
        args[4 * i + 1] = SQL_UUID(&ids[i]);
        args[4 * i + 2] = SQL_UUID(&x->p.rec->id);
        args[4 * i + 3] = SQL_TEXT(x->p.def->slip->name);
    }
    if (!sql_query_each(x->tx, &ballot_queries[BALLOT_Q_VOTE_OF], args, n, &rows, e))
        return false;
    while (sql_next(rows)) {
        const struct elector *who = &roll[sql_row(rows)];
        struct open_vote v;
        bool is = false;

        if (!vote_row(&x->p, rows, &v, &is, e) || (is && v.no == who->no && !count_open(x, who, &v, e)))
            return false;
    }
    return sql_end(&rows, e);
}

/* The roll in order; of an open ballot with the vote of each number. */
static bool walk_roll(struct gathering *x, bool votes, struct err *e)
{
    int64_t after = 0;
    size_t n = PAGE;

    while (n == PAGE) {
        struct elector *roll;

        arena_reset(x->p.a);
        if (!roll_page(&x->p, x->tx, after, PAGE, &roll, &n, e))
            return false;
        freeze(x, roll, n);
        if (votes && n > 0 && !count_numbers(x, roll, n, e))
            return false;
        after = n > 0 ? roll[n - 1].no : after;
    }
    return true;
}

static bool gather_open(struct gathering *x, struct err *e)
{
    buf_str(&x->list.waiting, "no,heads,area,choice,way\n");
    return walk_roll(x, true, e);
}

/* --- secret votes --- */

static bool count_slip(struct gathering *x, const struct sql_rows *rows, struct err *e)
{
    static const struct weight one = {1, 0};
    size_t n_token, n_signature;
    const void *token = sql_blob(rows, 0, &n_token), *signature = sql_blob(rows, 1, &n_signature);
    char hex[LINE];

    hex_encode(token, n_token, hex);
    buf_printf(&x->list.waiting, "%s,", hex);
    hex_encode(signature, n_signature, hex);
    buf_printf(&x->list.waiting, "%s,\"%s\"\n", hex, sql_text(rows, 2));
    line_ends(&x->list);
    x->g->slips++;
    return count_choice(x->g, sql_text(rows, 2), one) ||
           ERR(e, ERR_INTERNAL, "ballot.stored", "有选票损坏", "a vote is damaged");
}

static bool count_slips(struct gathering *x, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    buf_str(&x->list.waiting, "token,signature,choice\n");
    if (!sql_walk(x->tx, &ballot_queries[BALLOT_Q_SLIPS], &rows, e, SQL_INT(x->p.world->district),
                  SQL_UUID(&x->p.rec->id)))
        return false;
    while (sql_next(rows))
        if (!count_slip(x, rows, e))
            return false;
    return sql_end(&rows, e);
}

static bool gather_secret(struct gathering *x, const struct poll *p, struct err *e)
{
    struct gathered *g = x->g;
    struct sums sums;

    if (!sums_of(p, x->tx, &sums, e) || !paper_counted(p, x->tx, g->n_options, &g->paper, e))
        return false;
    g->turnout = (struct turnout){.online = sums.online.n, .paper = sums.paper.n};
    if (!walk_roll(x, false, e) || !count_slips(x, e))
        return false;
    for (size_t i = 0; i < g->n_options; i++)
        g->votes[i].heads += g->paper.votes[i];
    /* Who took a token and did not vote has not taken part. */
    g->turnout.part = (struct weight){g->slips + g->paper.slips, 0};
    return true;
}

/* --- both --- */

static void gathering_free(struct gathering *x)
{
    arena_free(&x->p.a);
    listing_free(&x->list);
    listing_free(&x->roll);
}

bool votes_gather(const struct poll *p, struct sql_tx *tx, FILE *list, struct gathered *ret, struct err *e)
{
    AUTO(gathering_free) struct gathering x = {.p = *p, .tx = tx, .g = ret};
    struct sums sums;

    x.p.a = arena_create(PAGE_BYTES);
    listing_begin(&x.list, list);
    listing_begin(&x.roll, NULL);
    *ret = (struct gathered){.paper.agreed = true};
    ret->n_options = poll_options(p, ret->options);
    if (!sums_of(p, tx, &sums, e))
        return false;
    ret->roll = sums.roll;
    return (p->def->secret ? gather_secret(&x, p, e) : gather_open(&x, e)) &&
           listing_end(&x.list, p->a, &ret->digest, e) && listing_end(&x.roll, p->a, &ret->roll_digest, e);
}
