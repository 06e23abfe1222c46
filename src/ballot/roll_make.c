/* Where a roll comes from: a list in CSV, or the records that the pack names. */
#include "area/csv.h"
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/text.h"
#include "record/bulk.h"
#include "record/codec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 1000, DECIMALS = 100 };
static const size_t CHUNK_BYTES = (size_t)16 << 20;

/* --- writing --- */

static void add_row(struct bulk *b, const struct poll *p, const struct elector *x)
{
    BULK_ADD(b, SQL_INT(p->world->district), SQL_UUID(&p->rec->id), SQL_INT(x->no), SQL_UUID(&x->account),
             SQL_TEXT(x->name), SQL_TEXT(x->label), SQL_TEXT(x->place), SQL_INT(x->w.heads),
             SQL_INT(x->w.area), SQL_INT(x->proxy), SQL_TEXT(x->mark), SQL_INT(0), SQL_NULL);
}

static bool write_chunk(const struct poll *p, struct sql_tx *tx, const struct elector *x, size_t n,
                        struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(CHUNK_BYTES);
    struct bulk rows;

    bulk_begin(&rows, &ballot_queries[BALLOT_Q_ROLL_PUT], a);
    for (size_t i = 0; i < n; i++)
        add_row(&rows, p, &x[i]);
    return bulk_write(&rows, tx, e);
}

/* Open ones have a row, too, without keys: it says when they were closed. */
static bool make_keys(const struct poll *p, struct blind_bytes *ret_public, const char **ret_sealed,
                      struct err *e)
{
    struct blind_bytes secret;

    *ret_public = (struct blind_bytes){0};
    *ret_sealed = NULL;
    if (!p->def->secret)
        return true;
    if (!blind_make(p->a, ret_public, &secret, e))
        return false;
    *ret_sealed = privacy_seal(p->world->privacy, p->a, p->rec->id, "ballot key", hex_text(p->a, secret));
    return true;
}

/* A roll is made before anybody has voted: what is kept of it begins anew. */
static bool clear(const struct poll *p, struct sql_tx *tx, struct err *e)
{
    const int queries[] = {BALLOT_Q_ROLL_CLEAR, BALLOT_Q_SUM_CLEAR};

    for (size_t i = 0; i < COUNT_OF(queries); i++)
        if (!sql_run(tx, &ballot_queries[queries[i]], e, SQL_INT(p->world->district), SQL_UUID(&p->rec->id)))
            return false;
    return true;
}

bool roll_replace(const struct poll *p, struct elector *x, size_t n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct poll now = *p;
    struct blind_bytes public_key;
    const char *sealed;
    struct weight sum = {0};

    if (!make_keys(p, &public_key, &sealed, e) || !sql_begin(p->db, SQL_WRITE, &tx, e) ||
        !poll_load(&now, tx, p->rec->id, e) || !poll_roll_open(&now, e) || !clear(p, tx, e))
        return false;
    for (size_t i = 0; i < n; i += CHUNK)
        if (!write_chunk(p, tx, x + i, n - i < CHUNK ? n - i : CHUNK, e))
            return false;
    for (size_t i = 0; i < n; i++)
        sum = (struct weight){sum.heads + x[i].w.heads, sum.area + x[i].w.area};
    return sums_roll(tx, p->world->district, &p->rec->id, (int64_t)n, sum, p->a, e) &&
           sql_run(tx, &ballot_queries[BALLOT_Q_PUT], e, SQL_INT(p->world->district), SQL_UUID(&p->rec->id),
                   SQL_BLOB(public_key.b, public_key.n), SQL_TEXT(sealed)) &&
           poll_audit(p, tx, "ballot.roll", (int64_t)n, roll_digest(p->a, x, n), e) && sql_commit(&tx, e);
}

/* --- CSV --- */

enum column { COL_NO, COL_NAME, COL_LOGIN, COL_LABEL, COL_PLACE, COL_HEADS, COL_AREA, COL__MAX };

static bool wrong(const struct csv *c, struct err *e, const char *zh, const char *en)
{
    return ERR_FIELD(e, "csv", "ballot.row", "第 %lld 行：%s%.0s", "line %lld: %.0s%s", (long long)c->line,
                     zh, en);
}

static bool find_columns(const struct csv *c, int at[COL__MAX], struct err *e)
{
    static const char *const names[COL__MAX][2] = {{"no", "编号"},     {"name", "姓名"},    {"login", "账号"},
                                                   {"label", "房号"},  {"place", "投票站"}, {"heads", "人数"},
                                                   {"area_m2", "面积"}};

    for (int i = 0; i < COL__MAX; i++) {
        at[i] = csv_column(c, names[i][0]);
        if (at[i] < 0)
            at[i] = csv_column(c, names[i][1]);
        if (at[i] < 0 && i <= COL_NAME)
            return ERR_FIELD(e, "csv", "csv.column", "缺少列“%s”（%s）", "column “%s” (%s) is missing",
                             names[i][1], names[i][0]);
    }
    return true;
}

/* "89.5" as 8950: at most two decimals, no rounding. */
static bool area_text(const char *s, int64_t *ret)
{
    size_t whole = strcspn(s, "."), rest = strlen(s + whole);
    char digits[24] = "";

    if (whole == 0 || whole > 7 || rest > 3 || rest == 1)
        return false;
    (void)snprintf(digits, sizeof(digits), "%.*s%s%.*s", (int)whole, s, rest > 0 ? s + whole + 1 : "",
                   rest == 0   ? 2
                   : rest == 2 ? 1
                               : 0,
                   "00");
    return parse_int64(digits, ret) && *ret >= 0 && *ret <= WEIGHT_MAX;
}

static bool find_account(const struct poll *p, const struct csv *c, const char *given, struct arena *scratch,
                         struct uuid *ret, struct err *e)
{
    struct account *acc = NULL;
    struct err none = {0};
    char login[LOGIN_MAX];

    if (given[0] == '\0')
        return true;
    account_login(p->world->privacy, given, login);
    if (!account_by_login(p->db, p->world->privacy, p->world->district, login, scratch, &acc, &none))
        return none.code == ERR_NOT_FOUND ? wrong(c, e, "没有这个账号；只在纸上投票的请留空",
                                                  "no such account: leave it empty for paper only")
                                          : (*e = none, false);
    *ret = acc->id;
    return true;
}

static bool texts_fit(const struct elector *x, const char *name)
{
    return name[0] != '\0' && utf8_length(name) <= NAME_CHARS && utf8_length(x->label) <= LABEL_CHARS &&
           utf8_length(x->place) <= LABEL_CHARS;
}

static const char *kept_text(struct arena *a, const char *s)
{
    return s[0] == '\0' ? "" : arena_strdup(a, s);
}

/* What a row needs only while it is read lies in `scratch`: a roll of a hundred thousand keeps the rest. */
static bool read_row(const struct poll *p, const struct csv *c, const int at[COL__MAX], struct arena *scratch,
                     struct elector *x, struct err *e)
{
    const char *name = csv_get(c, at[COL_NAME]), *heads = csv_get(c, at[COL_HEADS]);
    const char *area = csv_get(c, at[COL_AREA]);
    struct poll now = *p;

    now.a = scratch;
    *x = (struct elector){.label = kept_text(p->a, csv_get(c, at[COL_LABEL])),
                          .place = kept_text(p->a, csv_get(c, at[COL_PLACE])),
                          .w = {1, 0},
                          .mark = ""};
    if (!parse_int64(csv_get(c, at[COL_NO]), &x->no) || x->no < 1 || x->no > INT32_MAX)
        return wrong(c, e, "编号须是正整数", "the number must be a whole number from 1");
    if (heads[0] != '\0' && (!parse_int64(heads, &x->w.heads) || x->w.heads < 0 || x->w.heads > 1000))
        return wrong(c, e, "人数须是 0 到 1000 的整数", "heads are a whole number from 0 to 1000");
    if (area[0] != '\0' && !area_text(area, &x->w.area))
        return wrong(c, e, "面积须形如 89.56（平方米，至多两位小数）",
                     "areas read like 89.56 (square metres, two decimals at most)");
    if (!texts_fit(x, name))
        return wrong(c, e, "姓名、房号或投票站缺失或过长", "name, label or place is missing or too long");
    x->name = arena_strdup(p->a, seal_name(&now, x->no, name));
    return find_account(p, c, csv_get(c, at[COL_LOGIN]), scratch, &x->account, e);
}

bool roll_from_csv(const struct poll *p, const char *csv, struct elector **ret, size_t *ret_n, struct err *e)
{
    AUTO(csv_free) struct csv *c = csv_create();
    AUTO(arena_free) struct arena *scratch = arena_create(CHUNK_BYTES);
    size_t max = 0;
    int at[COL__MAX];
    bool there = true;

    for (const char *s = csv; *s != '\0'; s++)
        max += *s == '\n';
    *ret_n = 0;
    if (max > ROLL_MAX)
        return ERR_FIELD(e, "csv", "ballot.many", "名册最多 %d 行", "a roll has at most %d lines", ROLL_MAX);
    *ret = arena_array(p->a, struct elector, max + 2);
    if (!csv_begin(c, csv, strlen(csv), e) || !find_columns(c, at, e))
        return false;
    while (csv_next(c, &there, e) && there) {
        struct elector *x = &(*ret)[*ret_n];

        arena_reset(scratch);
        if (!read_row(p, c, at, scratch, x, e))
            return false;
        if (*ret_n > 0 && x->no <= x[-1].no)
            return wrong(c, e, "编号须逐行递增，每号一次", "numbers rise from line to line, each once");
        (*ret_n)++;
    }
    return e->code == ERR_NONE;
}

/* --- records --- */

static const char *text_value(const struct record *r, const struct field *f)
{
    const struct cel_value *v = f == NULL ? NULL : &r->values[f->index];

    return v == NULL || v->type != CEL_STRING ? "" : v->s;
}

/* A personal name is opened where it lies and sealed for the roll. */
static bool plain_name(const struct poll *p, const struct record *r, const struct field *f, const char **ret,
                       struct err *e)
{
    *ret = text_value(r, f);
    if (f->privacy != PRIVACY_PERSONAL || **ret == '\0')
        return true;
    return privacy_unseal(p->world->privacy, p->a, r->id, f->name, personal_sealed(p->a, *ret), ret, e);
}

/* Square metres are read once, to the hundredth; from here on areas are whole numbers. */
static int64_t area_value(const struct record *r, const struct field *f)
{
    const struct cel_value *v = f == NULL ? NULL : &r->values[f->index];
    double m2 = v == NULL ? 0 : v->type == CEL_DOUBLE ? v->d : v->type == CEL_INT ? (double)v->i : 0;

    return m2 > 0 && m2 * DECIMALS < WEIGHT_MAX ? llround(m2 * DECIMALS) : 0;
}

static bool of_record(const struct poll *p, const struct record *r, int64_t no, struct elector *x,
                      struct err *e)
{
    const struct ballot_electors *from = &p->def->electors;
    const char *account = text_value(r, from->account), *name;

    if (!plain_name(p, r, from->name, &name, e))
        return false;
    *x = (struct elector){.no = no,
                          .name = seal_name(p, no, name[0] == '\0' ? "—" : name),
                          .label = text_value(r, from->label),
                          .place = text_value(r, from->place),
                          .w = {1, area_value(r, from->area)},
                          .mark = ""};
    return account[0] == '\0' || uuid_parse(account, &x->account) ||
           ERR(e, ERR_INTERNAL, "record.stored", "账号字段损坏", "an account field is damaged");
}

static bool chosen(const struct poll *p, const struct record *r, bool *ret, struct err *e)
{
    struct cel_value v = {.type = CEL_BOOL, .b = true};
    const struct cel_expr *when = p->def->electors.when;

    if (when != NULL && !record_eval(p->world, r, NULL, when, p->now, 0, p->a, &v, e))
        return false;
    *ret = v.type == CEL_BOOL && v.b;
    return true;
}

/* Ids of a page of records in the ballot's area. */
static bool page_ids(const struct poll *p, struct sql_tx *tx, struct uuid *after, struct uuid *ret, size_t *n,
                     struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *n = 0;
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_ELECTORS], &rows, e, SQL_INT(p->world->district),
                   SQL_TEXT(p->def->electors.kind->name), SQL_TEXT(p->rec->area),
                   SQL_TEXT(arena_printf(p->a, "%s:", p->rec->area)), SQL_BLOB(after->b, sizeof(after->b)),
                   SQL_INT(CHUNK)))
        return false;
    while (sql_next(rows))
        ret[(*n)++] = *after = sql_uuid(rows, 0);
    return sql_end(&rows, e);
}

bool roll_from_records(const struct poll *p, struct elector **ret, size_t *ret_n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid after = {{0}}, *ids = arena_array(p->a, struct uuid, CHUNK);
    size_t n = CHUNK, max = 0;

    *ret_n = 0;
    if (!p->def->has_electors)
        return ERR_FIELD(e, "from", "ballot.no_records", "这类投票的名册须导入",
                         "the roll of such a ballot is imported");
    if (!sql_begin(p->db, SQL_READ, &tx, e))
        return false;
    while (n == CHUNK && max < ROLL_MAX) {
        struct elector *more = arena_array(p->a, struct elector, max + CHUNK);

        if (!page_ids(p, tx, &after, ids, &n, e))
            return false;
        if (*ret_n > 0)
            memcpy(more, *ret, *ret_n * sizeof(*more));
        *ret = more;
        max += n;
        for (size_t i = 0; i < n; i++) {
            struct record *r = NULL;
            bool is = false;

            if (!record_load(tx, p->world, ids[i], p->a, &r, e) || (r != NULL && !chosen(p, r, &is, e)))
                return false;
            if (is && !of_record(p, r, (int64_t)*ret_n + 1, &more[*ret_n], e))
                return false;
            *ret_n += is;
        }
    }
    return true;
}

bool poll_roll_from_records(struct poll *p, size_t *ret_n, struct err *e)
{
    struct elector *list = NULL;

    return roll_from_records(p, &list, ret_n, e) && roll_replace(p, list, *ret_n, e);
}
