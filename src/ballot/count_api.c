/* Paper of a secret ballot: place by place two people count, each without seeing the other's figures, and
 * must agree. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/text.h"
#include "json/json_in.h"

#include <json-c/json.h>
#include <stddef.h>
#include <string.h>

struct count_body {
    const char *place;
    struct json_object *counts;
};
/* What one person counted. */
struct counted {
    const char *place, *text;
    struct uuid counter;
    int64_t counts[OPTIONS_MAX + 1]; /* by option, then spoilt ones, then all slips in the box */
};

static bool counts_read(const struct poll *p, const char *text, size_t n, int64_t *ret, struct err *e)
{
    AUTO(json_free) struct json_object *list = NULL;
    int64_t *numbers;
    size_t there;

    if (!json_parse(text, strlen(text), &list, e) ||
        !read_numbers(p->a, list, "counts", ROLL_MAX, &numbers, &there, e))
        return false;
    for (size_t i = 0; i < n && i < there; i++)
        ret[i] = numbers[i];
    return true;
}

static bool counted_all(const struct poll *p, struct sql_tx *tx, struct counted **ret, size_t *ret_n,
                        struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = arena_array(p->a, struct counted, PLACES_MAX + 1);
    *ret_n = 0;
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_COUNTS], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id)))
        return false;
    while (*ret_n < PLACES_MAX && sql_next(rows))
        (*ret)[(*ret_n)++] = (struct counted){.place = arena_strdup(p->a, sql_text(rows, 0)),
                                              .counter = sql_uuid(rows, 1),
                                              .text = arena_strdup(p->a, sql_text(rows, 2))};
    return sql_end(&rows, e);
}

/* Places at which paper was handed out, with how many. */
struct place {
    const char *name;
    int64_t issued;
};

static bool places_of(const struct poll *p, struct sql_tx *tx, struct place *ret, size_t *ret_n,
                      struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_n = 0;
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_SUMS_BY_HOUR], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id)))
        return false;
    while (sql_next(rows)) {
        const char *name = sql_text(rows, 1);

        if (!str_eq(sql_text(rows, 0), "paper"))
            continue;
        if (*ret_n == 0 || !str_eq(ret[*ret_n - 1].name, name)) {
            if (*ret_n == PLACES_MAX)
                break;
            ret[(*ret_n)++] = (struct place){.name = arena_strdup(p->a, name)};
        }
        ret[*ret_n - 1].issued += sql_int(rows, 3);
    }
    return sql_end(&rows, e);
}

/* Two at least, and all say the same. */
static const struct counted *agreed_on(const struct counted *c, size_t n, const char *place)
{
    const struct counted *first = NULL;
    size_t same = 0;

    for (size_t i = 0; i < n; i++) {
        if (!str_eq(c[i].place, place))
            continue;
        if (first != NULL && !str_eq(first->text, c[i].text))
            return NULL;
        first = &c[i];
        same++;
    }
    return same >= 2 ? first : NULL;
}

bool paper_counted(const struct poll *p, struct sql_tx *tx, size_t n_options, struct paper *ret,
                   struct err *e)
{
    struct place places[PLACES_MAX];
    struct counted *c;
    size_t n, n_places;

    *ret = (struct paper){.agreed = true};
    if (!counted_all(p, tx, &c, &n, e) || !places_of(p, tx, places, &n_places, e))
        return false;
    for (size_t i = 0; i < n_places; i++) {
        const struct counted *one = agreed_on(c, n, places[i].name);
        int64_t counts[OPTIONS_MAX + 2] = {0};

        if (one == NULL) {
            ret->agreed = false;
            continue;
        }
        if (!counts_read(p, one->text, n_options + 2, counts, e))
            return false;
        for (size_t k = 0; k < n_options; k++)
            ret->votes[k] += counts[k];
        ret->spoilt += counts[n_options];
        ret->slips += counts[n_options + 1];
    }
    return true;
}

/* --- writing --- */

/* Nobody can have counted more votes for one than there are good slips, nor more votes than slips allow. */
static bool sound(const struct poll *p, const int64_t *counts, size_t n_options, struct err *e)
{
    int64_t good = counts[n_options + 1] - counts[n_options], sum = 0;

    for (size_t i = 0; i < n_options; i++) {
        sum += counts[i];
        if (counts[i] > good)
            good = -1;
    }
    return (good >= 0 && sum <= good * (p->def->options == NULL ? 1 : poll_seats(p))) ||
           ERR_FIELD(e, "counts", "ballot.counts_sum", "各项票数与选票总数、废票数对不上",
                     "the votes do not go with the number of slips and of spoilt ones");
}

bool poll_count(struct poll *p, const char *place, const int64_t *counts, size_t n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const char *options[OPTIONS_MAX], *text = "[";
    struct poll now = *p;
    size_t n_options = poll_options(p, options);

    if (n != n_options + 2)
        return ERR_FIELD(e, "counts", "ballot.counts_n", "须依次填 %zu 个选项、废票、选票总数，共 %zu 个数",
                         "%zu options, spoilt slips, all slips: %zu numbers in this order", n_options,
                         n_options + 2);
    for (size_t i = 0; i < n; i++)
        text = arena_printf(p->a, "%s%s%lld", text, i > 0 ? "," : "", (long long)counts[i]);
    text = arena_printf(p->a, "%s]", text);
    if (!sound(p, counts, n_options, e) || !sql_begin(p->db, SQL_WRITE, &tx, e) ||
        !poll_load(&now, tx, p->rec->id, e) || !poll_runs(&now, e))
        return false;
    if (!poll_in(&now, now.def->count))
        return ERR(e, ERR_CONFLICT, "ballot.not_counting", "现在是“%s%.0s”，还不到计票的时候",
                   "the ballot is “%.0s%s”: it is not counted now", now.rec->state->title.zh,
                   now.rec->state->title.en);
    return sql_run(tx, &ballot_queries[BALLOT_Q_COUNT_PUT], e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_TEXT(place), SQL_UUID(&p->who->account), SQL_TEXT(text),
                   SQL_INT(p->now)) &&
           poll_audit(p, tx, "ballot.count", (int64_t)n, arena_printf(p->a, "%s %s", place, text), e) &&
           sql_commit(&tx, e);
}

/* --- routes --- */

/* Figures of others only when one's own are in: two counts are worth something when each is made alone. */
static bool write_counters(struct json_out *j, const struct poll *p, const struct counted *c, size_t n,
                           const char *place)
{
    bool mine = false;

    for (size_t i = 0; i < n; i++)
        mine = mine || (str_eq(c[i].place, place) && uuid_eq(c[i].counter, p->who->account));
    jo_arr(j, "counters");
    for (size_t i = 0; i < n; i++) {
        const struct account *acc = directory_account(p->world->people, c[i].counter);

        if (!str_eq(c[i].place, place))
            continue;
        jo_obj(j, NULL);
        jo_str(j, "name", acc == NULL ? NULL : acc->name);
        jo_bool(j, "mine", uuid_eq(c[i].counter, p->who->account));
        if (mine)
            jo_raw(j, "counts", c[i].text);
        else
            jo_null(j, "counts");
        jo_close(j);
    }
    jo_close(j);
    return mine;
}

bool count_list(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct place places[PLACES_MAX];
    struct counted *c;
    struct poll p;
    size_t n, n_places;

    if (!poll_open(r, SQL_READ, &p, &tx, e) || !poll_sees(&p, e) || !counted_all(&p, tx, &c, &n, e) ||
        !places_of(&p, tx, places, &n_places, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n_places; i++) {
        jo_obj(&r->out, NULL);
        jo_str(&r->out, "place", places[i].name);
        jo_int(&r->out, "issued", places[i].issued);
        (void)write_counters(&r->out, &p, c, n, places[i].name);
        jo_bool(&r->out, "agreed", agreed_on(c, n, places[i].name) != NULL);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

bool count_put(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"place", JSON_TEXT, offsetof(struct count_body, place), true, 0, LABEL_CHARS},
        {"counts", JSON_ARRAY, offsetof(struct count_body, counts), true, 0, OPTIONS_MAX + 2},
    };
    struct count_body b = {.place = ""};
    struct poll p;
    int64_t *counts;
    size_t n;

    {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;

        if (!json_read(r->json, "", members, COUNT_OF(members), &b, e) ||
            !read_numbers(r->arena, b.counts, "counts", ROLL_MAX, &counts, &n, e) ||
            !poll_open(r, SQL_READ, &p, &tx, e) || !poll_runs(&p, e))
            return false;
    }
    return poll_count(&p, b.place, counts, n, e) && count_list(r, e);
}
