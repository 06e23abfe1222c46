/* What a ballot came to: what was counted is judged by tally.c and written. */
#include "ballot/poll.h"
#include "base/text.h"

#include <openssl/sha.h>
#include <stdio.h>

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

static struct tally judge(const struct poll *p, const struct gathered *g, const struct ballot_rule *rule)
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

    draw(g->digest, g->n_options, lot);
    return tally_make(&in);
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

static void write_result(struct json_out *out, const struct gathered *g, const struct tally *t, int64_t seats)
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
    jo_str(out, "digest", g->digest);
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
    const struct ballot_rule *rule;
    struct gathered g;
    struct tally t;

    if (!poll_rule(p, &rule, e) || !votes_gather(p, tx, NULL, &g, e))
        return false;
    t = judge(p, &g, rule);
    if (ret != NULL && !g.paper.agreed)
        return ERR(e, ERR_CONFLICT, "ballot.counts", "纸质选票还没有两人点票一致，不能宣布结果",
                   "two counters do not agree on the paper yet: the result cannot be declared");
    if (ret != NULL)
        *ret = (struct outcome_of){t, g.digest, sentence(p, &g, &t), list_of_elected(p, &g, &t),
                                   list_of_votes(p, &g)};
    if (out != NULL) {
        rule_write(out, "rule", rule);
        write_result(out, &g, &t, poll_seats(p));
    }
    return true;
}
