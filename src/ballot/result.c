/* What a ballot came to: gathers what was voted and lets tally.c judge. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/buf.h"
#include "base/text.h"
#include "json/json_in.h"

#include <json-c/json.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 1000, LINE = 2 * (BLIND_SIGNATURE_MAX + TOKEN_BYTES) + 64 };
static const size_t LIST_BYTES = (size_t)256 << 20, ALL_BYTES = (size_t)1 << 30;

/* Everything that was voted. */
struct gathered {
    const char *options[OPTIONS_MAX];
    size_t n_options;
    struct weight votes[OPTIONS_MAX];
    struct turnout turnout;
    struct sum_row roll;
    int64_t blank, slips; /* slips: of the urn */
    struct paper paper;
    struct buf list; /* the published list */
    const char *roll_digest;
};

static void gathered_free(struct gathered *g)
{
    buf_free(&g->list);
}

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

/* --- open votes --- */

static const char *member_text(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;

    return json_object_object_get_ex(o, name, &v) && json_object_is_type(v, json_type_string)
               ? json_object_get_string(v)
               : "";
}

/* One record below the ballot. Only what carries the id that follows from its number is a vote of that
 * number. */
static bool read_vote(const struct poll *p, const struct sql_rows *rows, struct open_vote *ret, bool *ret_is,
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

static bool page_of_votes(const struct poll *p, struct sql_tx *tx, struct uuid *after, struct open_vote *list,
                          size_t *n, size_t *ret_seen, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct uuid from = *after; /* stays as it is until the statement has run */

    *ret_seen = 0;
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_VOTES], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_TEXT(p->def->slip->name), SQL_BLOB(from.b, sizeof(from.b)),
                   SQL_INT(PAGE)))
        return false;
    for (; sql_next(rows); (*ret_seen)++) {
        bool is = false;

        *after = sql_uuid(rows, 0);
        if (!read_vote(p, rows, &list[*n], &is, e))
            return false;
        *n += is;
    }
    return sql_end(&rows, e);
}

bool votes_read(const struct poll *p, struct sql_tx *tx, size_t most, struct open_vote **ret, size_t *ret_n,
                struct err *e)
{
    struct uuid after = {{0}};
    size_t seen = PAGE;

    *ret = arena_array(p->a, struct open_vote, most + PAGE + 1);
    *ret_n = 0;
    while (seen == PAGE && *ret_n <= most)
        if (!page_of_votes(p, tx, &after, *ret, ret_n, &seen, e))
            return false;
    return true;
}

static const struct open_vote *vote_of(const struct open_vote *const *by_no, const struct elector *x,
                                       size_t i)
{
    return by_no[i] != NULL && by_no[i]->no == x->no ? by_no[i] : NULL;
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

static bool count_open(const struct poll *p, struct gathered *g, const struct elector *x,
                       const struct open_vote *v, struct err *e)
{
    if (!count_choice(g, v->choice, x->w))
        return ERR(e, ERR_INTERNAL, "ballot.stored", "第 %lld 号的选票损坏",
                   "the vote of number %lld is damaged", (long long)x->no);
    (void)p;
    g->turnout.part.heads += x->w.heads;
    g->turnout.part.area += x->w.area;
    *(str_eq(v->way, "paper") ? &g->turnout.paper : &g->turnout.online) += 1;
    buf_printf(&g->list, "%lld,%lld,%lld,%s,%s\n", (long long)x->no, (long long)x->w.heads,
               (long long)x->w.area, arena_printf(p->a, "\"%s\"", v->choice), v->way);
    return true;
}

static bool gather_open(const struct poll *p, struct sql_tx *tx, struct gathered *g, struct err *e)
{
    struct elector *roll;
    struct open_vote *votes;
    size_t n, n_votes;

    if (!roll_all(p, tx, &roll, &n, e) || !votes_read(p, tx, n, &votes, &n_votes, e))
        return false;
    const struct open_vote **by_no = arena_array(p->a, const struct open_vote *, n + 1);

    for (size_t i = 0; i < n_votes; i++)
        by_no[place_on_roll(roll, n, votes[i].no)] = &votes[i];
    g->roll_digest = roll_digest(p->a, roll, n);
    buf_str(&g->list, "no,heads,area,choice,way\n");
    for (size_t i = 0; i < n; i++) {
        const struct open_vote *v = vote_of(by_no, &roll[i], i);

        if (v != NULL && !count_open(p, g, &roll[i], v, e))
            return false;
    }
    return true;
}

/* --- secret votes --- */

static bool count_slips(const struct poll *p, struct sql_tx *tx, struct gathered *g, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    static const struct weight one = {1, 0};

    if (!sql_walk(tx, &ballot_queries[BALLOT_Q_SLIPS], &rows, e, SQL_INT(p->world->district),
                  SQL_UUID(&p->rec->id)))
        return false;
    for (; sql_next(rows); g->slips++) {
        size_t n_token, n_signature;
        const void *token = sql_blob(rows, 0, &n_token), *signature = sql_blob(rows, 1, &n_signature);
        char hex[LINE];

        hex_encode(token, n_token, hex);
        buf_printf(&g->list, "%s,", hex);
        hex_encode(signature, n_signature, hex);
        buf_printf(&g->list, "%s,\"%s\"\n", hex, sql_text(rows, 2));
        if (!count_choice(g, sql_text(rows, 2), one))
            return ERR(e, ERR_INTERNAL, "ballot.stored", "有选票损坏", "a vote is damaged");
    }
    return sql_end(&rows, e);
}

static bool gather_secret(const struct poll *p, struct sql_tx *tx, struct gathered *g, struct err *e)
{
    struct elector *roll;
    struct sums sums;
    size_t n;

    if (!roll_all(p, tx, &roll, &n, e) || !sums_of(p, tx, &sums, e) ||
        !paper_counted(p, tx, g->n_options, &g->paper, e))
        return false;
    g->turnout = (struct turnout){.online = sums.online.n, .paper = sums.paper.n};
    g->roll_digest = roll_digest(p->a, roll, n);
    buf_str(&g->list, "token,signature,choice\n");
    if (!count_slips(p, tx, g, e))
        return false;
    for (size_t i = 0; i < g->n_options; i++)
        g->votes[i].heads += g->paper.votes[i];
    /* Who took a token and did not vote has not taken part. */
    g->turnout.part = (struct weight){g->slips + g->paper.slips, 0};
    return true;
}

static bool gather(const struct poll *p, struct sql_tx *tx, struct gathered *g, struct err *e)
{
    struct sums sums;

    *g = (struct gathered){.paper.agreed = true};
    buf_init(&g->list, LIST_BYTES);
    g->n_options = poll_options(p, g->options);
    if (!sums_of(p, tx, &sums, e))
        return false;
    g->roll = sums.roll;
    if (!(p->def->secret ? gather_secret(p, tx, g, e) : gather_open(p, tx, g, e)))
        return false;
    return !g->list.failed || ERR(e, ERR_TOO_LARGE, "ballot.list", "清单太大", "the list is too large");
}

bool list_csv(const struct poll *p, struct sql_tx *tx, struct buf *out, struct err *e)
{
    AUTO(gathered_free) struct gathered g = {0};
    AUTO(arena_free) struct arena *a = arena_create(ALL_BYTES);
    struct poll all = *p;

    all.a = a;
    if (!gather(&all, tx, &g, e))
        return false;
    buf_add(out, buf_text(&g.list), g.list.len);
    return true;
}

/* --- judging --- */

/* The lot between equals is drawn by the list itself: anybody can draw it again. */
static void draw(const char *digest, size_t n, uint8_t (*ret)[32])
{
    for (size_t i = 0; i < n; i++) {
        char text[128];
        int length = snprintf(text, sizeof(text), "%s %zu", digest, i + 1);

        (void)SHA256((const unsigned char *)text, (size_t)length, ret[i]);
    }
}

static struct tally judge(const struct poll *p, const struct gathered *g, const struct ballot_rule *rule,
                          const char *digest)
{
    uint8_t lot[OPTIONS_MAX][32];
    const struct tally_in in = {.rule = rule,
                                .choose = p->def->options != NULL,
                                .n_options = g->n_options,
                                .seats = poll_seats(p),
                                .tie = p->def->tie,
                                .roll = g->roll.w,
                                .part = g->turnout.part,
                                .votes = g->votes,
                                .issued = p->def->secret ? g->turnout.paper : 0,
                                .taken = p->def->secret ? g->paper.slips : 0,
                                .lot = p->def->tie == TIE_LOT ? (const uint8_t(*)[32])lot : NULL};

    draw(digest, g->n_options, lot);
    return tally_make(&in);
}

static const char *list_digest(const struct poll *p, const struct gathered *g)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];

    (void)SHA256((const unsigned char *)buf_text(&g->list), g->list.len, hash);
    return hex_text(p->a, (struct blind_bytes){hash, sizeof(hash)});
}

/* --- writing --- */

static void write_share(struct json_out *out, const char *key, const struct share *s)
{
    char text[48];

    (void)snprintf(text, sizeof(text), "%s%lld/%lld", s->more ? ">" : "", (long long)s->num,
                   (long long)s->den);
    jo_str(out, key, s->den == 0 ? NULL : text);
}

static void write_title(struct json_out *out, const char *key, const struct title *t)
{
    if (t->zh == NULL) {
        jo_null(out, key);
        return;
    }
    jo_obj(out, key);
    jo_str(out, "zh", t->zh);
    jo_str(out, "en", t->en);
    jo_close(out);
}

void rule_write(struct json_out *out, const char *key, const struct ballot_rule *r)
{
    jo_obj(out, key);
    jo_str(out, "name", r->name);
    write_title(out, "title", &r->title);
    write_title(out, "article", &r->article);
    write_share(out, "quorum_heads", &r->quorum_heads);
    write_share(out, "quorum_area", &r->quorum_area);
    write_share(out, "yes_heads", &r->yes_heads);
    write_share(out, "yes_area", &r->yes_area);
    jo_bool(out, "of_roll", r->of_roll);
    jo_close(out);
}

static bool stands_in(const size_t *list, size_t n, size_t option)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == option)
            return true;
    return false;
}

static void write_options(struct json_out *out, const struct gathered *g, const struct tally *t)
{
    jo_arr(out, "options");
    for (size_t i = 0; i < g->n_options; i++) {
        jo_obj(out, NULL);
        jo_int(out, "no", (int64_t)i + 1);
        jo_str(out, "zh", poll_option_title(g->options[i], false));
        jo_str(out, "en", poll_option_title(g->options[i], true));
        jo_int(out, "heads", g->votes[i].heads);
        jo_int(out, "area", g->votes[i].area);
        jo_int(out, "paper", g->paper.votes[i]);
        jo_bool(out, "elected", stands_in(t->elected, t->n_elected, i));
        jo_bool(out, "tied", stands_in(t->tied, t->n_tied, i));
        jo_close(out);
    }
    jo_close(out);
}

static void write_checks(struct json_out *out, const struct tally *t)
{
    jo_arr(out, "checks");
    for (size_t i = 0; i < t->n_checks; i++) {
        const struct check_row *c = &t->checks[i];

        jo_obj(out, NULL);
        jo_str(out, "what", c->what);
        write_share(out, "share", &c->share);
        jo_int(out, "have", c->have);
        jo_int(out, "of", c->of);
        jo_bool(out, "holds", c->holds);
        jo_close(out);
    }
    jo_close(out);
}

static void write_weight(struct json_out *out, const char *key, struct weight w)
{
    jo_obj(out, key);
    jo_int(out, "heads", w.heads);
    jo_int(out, "area", w.area);
    jo_close(out);
}

static void write_result(struct json_out *out, const struct gathered *g, const struct tally *t,
                         const char *digest, int64_t seats)
{
    jo_bool(out, "valid", t->valid);
    jo_bool(out, "passed", t->passed);
    jo_int(out, "seats", seats);
    jo_bool(out, "drawn", t->drawn);
    write_weight(out, "roll", g->roll.w);
    write_weight(out, "part", g->turnout.part);
    jo_int(out, "online", g->turnout.online);
    jo_int(out, "paper", g->turnout.paper);
    jo_int(out, "spoilt", g->paper.spoilt);
    jo_int(out, "blank", g->blank);
    jo_int(out, "slips", g->slips);
    jo_bool(out, "agreed", g->paper.agreed);
    write_options(out, g, t);
    write_checks(out, t);
    jo_str(out, "digest", digest);
    jo_str(out, "roll_digest", g->roll_digest);
}

/* One sentence for the record, both languages. */
static const char *sentence(const struct poll *p, const struct gathered *g, const struct tally *t)
{
    const char *names = "";

    for (size_t i = 0; i < t->n_elected; i++)
        names = arena_printf(p->a, "%s%s%s", names, i > 0 ? "、" : "", g->options[t->elected[i]]);
    if (!t->valid)
        return arena_printf(p->a, "无效：参与 %lld／%lld 人 · Not valid: %lld of %lld took part",
                            (long long)g->turnout.part.heads, (long long)g->roll.w.heads,
                            (long long)g->turnout.part.heads, (long long)g->roll.w.heads);
    if (p->def->options != NULL)
        return arena_printf(p->a, "当选：%s%s · Elected: %s", t->n_elected > 0 ? names : "无",
                            t->passed ? "" : "（名额未满）", t->n_elected > 0 ? names : "nobody");
    return arena_printf(p->a, "%s：同意 %lld／%lld 人 · %s: %lld of %lld for it",
                        t->passed ? "通过" : "未通过", (long long)g->votes[0].heads,
                        (long long)g->turnout.part.heads, t->passed ? "Carried" : "Not carried",
                        (long long)g->votes[0].heads, (long long)g->turnout.part.heads);
}

static struct cel_value list_of_elected(const struct poll *p, const struct gathered *g, const struct tally *t)
{
    struct cel_value *items = arena_array(p->a, struct cel_value, t->n_elected + 1);

    for (size_t i = 0; i < t->n_elected; i++)
        items[i] = CEL_STR(g->options[t->elected[i]]);
    return (struct cel_value){.type = CEL_LIST, .list = {items, t->n_elected}};
}

static struct cel_value list_of_votes(const struct poll *p, const struct gathered *g)
{
    struct cel_value *items = arena_array(p->a, struct cel_value, g->n_options + 1);

    for (size_t i = 0; i < g->n_options; i++)
        items[i] = CEL_INTV(g->votes[i].heads);
    return (struct cel_value){.type = CEL_LIST, .list = {items, g->n_options}};
}

bool result_write(const struct poll *p, struct sql_tx *tx, struct json_out *out, struct outcome_of *ret,
                  struct err *e)
{
    AUTO(gathered_free) struct gathered g = {0};
    AUTO(arena_free)
    struct arena *a = arena_create(ALL_BYTES); /* a roll and its votes are more than a request's */
    const struct ballot_rule *rule;
    struct poll all = *p;
    const char *digest;
    struct tally t;

    all.a = a;
    if (!poll_rule(p, &rule, e) || !gather(&all, tx, &g, e))
        return false;
    digest = list_digest(p, &g);
    t = judge(p, &g, rule, digest);
    if (ret != NULL && !g.paper.agreed)
        return ERR(e, ERR_CONFLICT, "ballot.counts", "纸质选票还没有两人点票一致，不能宣布结果",
                   "two counters do not agree on the paper yet: the result cannot be declared");
    if (ret != NULL)
        *ret = (struct outcome_of){t, digest, sentence(p, &g, &t), list_of_elected(p, &g, &t),
                                   list_of_votes(p, &g)};
    if (out != NULL) {
        rule_write(out, "rule", rule);
        write_result(out, &g, &t, digest, poll_seats(p));
    }
    return true;
}
