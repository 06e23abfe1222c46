/* GET /measures: figures, by area, day or dimension, each with a link to its rows. */
#include "base/clock.h"
#include "base/text.h"
#include "measure/measure.h"
#include "measure/remembered.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    NAMES_MAX = 40,
    GROUPS_MAX = 500,
    HOURS = 24,
    HOUR_MS = 3600000,
    MINUTE_MS = 60000,
    DAY_MS = 86400000,
    PAST_DAYS_MAX = 400,
    ANSWER_BYTES = 1024 * 1024
};

struct ask {
    struct req *r;
    const struct world *w;
    struct figure_reader *reader;
    const struct measure_def *measures[NAMES_MAX];
    size_t n;
    const struct area *const *children; /* by area */
    size_t n_children;
    struct figure *of_children; /* a child's figures of all measures, then the next child's */
    struct figure_query q;
    const char *area, *by, *under, *from, *to;
    const char *span; /* the days as a part of an address */
    int64_t span_from, span_to;
    int64_t today, at; /* at: a past moment, UTC ms; 0: now */
    bool dims;         /* of the past, dimensions are asked for, too */
};

static bool read_names(struct ask *k, struct err *e)
{
    const char *s = req_query(k->r, "name");

    if (s == NULL) {
        for (size_t i = 0; i < k->w->packs->n_measures && k->n < NAMES_MAX; i++)
            if (!k->w->packs->measures[i]->hidden)
                k->measures[k->n++] = k->w->packs->measures[i];
        return true;
    }
    while (*s != '\0') {
        size_t len = strcspn(s, ",");
        const char *name = arena_strndup(k->r->arena, s, len);

        if (k->n == NAMES_MAX)
            return ERR_FIELD(e, "name", "input.too_many", "一次最多 %d 个指标", "at most %d measures at once",
                             NAMES_MAX);
        k->measures[k->n] = packs_measure(k->w->packs, name);
        if (k->measures[k->n++] == NULL)
            return ERR_FIELD(e, "name", "measure.unknown", "没有指标“%.40s”", "there is no measure “%.40s”",
                             name);
        s += len + (s[len] == ',');
    }
    return true;
}

static bool read_day(const struct ask *k, const char *name, int64_t fallback, int64_t *ret, struct err *e)
{
    const char *s = req_query(k->r, name);

    *ret = fallback;
    if (s == NULL)
        return true;
    if (strcmp(s, "today") == 0) {
        *ret = k->today;
        return true;
    }
    return date_parse(s, ret) ||
           ERR_FIELD(e, name, "input.date", "日期须形如 2026-11-21", "dates read like 2026-11-21");
}

static bool read_area(struct ask *k, struct err *e)
{
    const char *s = req_query(k->r, "area");
    char code[AREA_CODE_MAX];

    if (s == NULL)
        (void)snprintf(code, sizeof(code), "%lld", (long long)k->w->district);
    else
        area_code_trim(s, code);
    k->area = arena_strdup(k->r->arena, code);
    return area_find(k->w->areas, code) != NULL ||
           ERR_FIELD(e, "area", "place.area", "没有区域 %.20s", "no area %.20s in this district",
                     s == NULL ? code : s);
}

static bool read_ask(struct ask *k, struct err *e)
{
    bool has_from = req_query(k->r, "from") != NULL, has_to = req_query(k->r, "to") != NULL;

    k->today = local_day(k->at == 0 ? k->r->now : k->at, k->w->offset_min);
    k->by = req_query(k->r, "by");
    k->under = req_query(k->r, "under");
    if (!read_names(k, e) || !read_area(k, e) || !read_day(k, "to", k->today, &k->q.to_day, e) ||
        !read_day(k, "from", k->q.to_day, &k->q.from_day, e))
        return false;
    if (!has_from && !has_to && (k->by == NULL || (strcmp(k->by, "day") != 0 && strcmp(k->by, "hour") != 0)))
        k->q.from_day = k->q.to_day = 0;
    if (k->q.from_day > k->q.to_day)
        return ERR_FIELD(e, "from", "measure.span", "from 不能晚于 to", "from must not be after to");
    k->q.area = k->area;
    k->q.dim = req_query(k->r, "dim");
    return true;
}

/* --- writing --- */

static const char *date_text(const struct ask *k, int64_t day)
{
    char text[16];

    date_format(day, text);
    return arena_strdup(k->r->arena, text);
}

enum { LINK_BYTES = 512 };

static size_t append(char *out, size_t n, const char *s)
{
    str_copy(out + n, LINK_BYTES - n, s);
    return n + strlen(out + n);
}

/* "&from=2026-11-01&to=2026-11-30"; the last one stays, as a board asks a hundred times for the same. */
static const char *span(struct ask *k, const struct figure_query *q)
{
    char day[2][16];

    if (q->from_day == 0)
        return "";
    if (k->span == NULL || k->span_from != q->from_day || k->span_to != q->to_day) {
        date_format(q->from_day, day[0]);
        date_format(q->to_day, day[1]);
        k->span = arena_printf(k->r->arena, "&from=%s&to=%s", day[0], day[1]);
        k->span_from = q->from_day;
        k->span_to = q->to_day;
    }
    return k->span;
}

/* The list of records that a figure was computed from. Without printf: a board has a hundred of them. */
static void rows_link(struct ask *k, const struct figure_query *q, char out[LINK_BYTES])
{
    size_t n = append(out, 0, "/api/v1/records?measure=");

    n = append(out, n, q->measure->name);
    n = append(out, n, "&area=");
    n = append(out, n, q->area);
    n = append(out, n, span(k, q));
    if (q->dim != NULL && q->dim[0] != '\0')
        (void)append(out, append(out, n, "&dim="), q->dim);
}

static void write_figure(struct ask *k, const struct figure_query *q, const struct figure *f)
{
    char link[LINK_BYTES];
    struct json_out *out = &k->r->out;

    if (f->known) /* of a share, a millionth is enough */
        jo_num(out, "value", q->measure->type == MEASURE_RATIO ? round(f->value * 1e6) / 1e6 : f->value);
    else
        jo_null(out, "value");
    jo_int(out, "n", f->n);
    if (q->measure->type == MEASURE_PERCENTILE && f->known) {
        jo_num(out, "p50", f->p50);
        jo_num(out, "p90", f->p90);
        jo_num(out, "p99", f->p99);
    }
    if (k->at != 0 && q->measure->type == MEASURE_OPEN)
        return; /* the rows behind a gauge of the past are points as of then */
    rows_link(k, q, link);
    jo_str(out, "rows", link);
}

static void write_title(struct json_out *out, const char *zh, const char *en)
{
    jo_obj(out, "title");
    jo_str(out, "zh", zh);
    jo_str(out, "en", en);
    jo_close(out);
}

static void write_known_group(struct ask *k, const struct figure_query *q, const char *key, const char *zh,
                              const char *en, const struct figure *f)
{
    jo_obj(&k->r->out, NULL);
    jo_str(&k->r->out, "key", key);
    write_title(&k->r->out, zh, en);
    write_figure(k, q, f);
    jo_close(&k->r->out);
}

static bool write_group(struct ask *k, const struct figure_query *q, const char *key, const char *zh,
                        const char *en, struct err *e)
{
    struct figure f;

    if (!figure_read(k->reader, q, &f, e))
        return false;
    write_known_group(k, q, key, zh, en, &f);
    return true;
}

/* One that is over shows where it counted something: the matters of a grid that was divided stay there. */
static bool is_shown(const struct ask *k, const struct area *child, const struct figure *figures)
{
    if (area_holds(child, k->r->now))
        return true;
    for (size_t m = 0; m < k->n && child->from <= k->r->now; m++)
        if (figures[m].n != 0)
            return true;
    return false;
}

static bool read_child(struct ask *k, struct figure_query q, size_t i, struct err *e)
{
    q.area = k->children[i]->code;
    for (size_t m = 0; m < k->n; m++) {
        q.measure = k->measures[m];
        if (!figure_read(k->reader, &q, &k->of_children[i * k->n + m], e))
            return false;
    }
    return true;
}

/* Area by area, since all measures of an area lie in the same rows. */
static bool read_children(struct ask *k, struct err *e)
{
    const struct figure_query q = k->q;

    k->n_children = area_children_ever(k->w->areas, k->area, &k->children);
    k->n_children = k->n_children < GROUPS_MAX ? k->n_children : GROUPS_MAX;
    k->of_children = arena_array(k->r->arena, struct figure, k->n_children * k->n + 1);
    if (!figure_reader_expect(k->reader, k->children, k->n_children, 0, e) ||
        (q.from_day != 0 && q.from_day == q.to_day &&
         !figure_reader_expect(k->reader, k->children, k->n_children, q.to_day, e)))
        return false;
    for (size_t i = 0; i < k->n_children; i++)
        if (!read_child(k, q, i, e))
            return false;
    return true;
}

static void by_area(struct ask *k, struct figure_query q, size_t measure)
{
    for (size_t i = 0; i < k->n_children; i++) {
        if (!is_shown(k, k->children[i], &k->of_children[i * k->n]))
            continue;
        q.area = k->children[i]->code;
        write_known_group(k, &q, q.area, k->children[i]->name, k->children[i]->name,
                          &k->of_children[i * k->n + measure]);
    }
}

static bool by_day(struct ask *k, struct figure_query q, struct err *e)
{
    int64_t from = q.from_day, to = q.to_day;

    for (int64_t day = from; day <= to; day++) {
        const char *text = date_text(k, day);

        q.from_day = q.to_day = day;
        if (!write_group(k, &q, text, text, text, e))
            return false;
    }
    return true;
}

/* A gauge as it stood at the end of each hour of the moment's day; of what is counted, what the hour brought.
 */
static bool by_hour(struct ask *k, struct figure_query q, struct err *e)
{
    int64_t begin = k->today * DAY_MS - (int64_t)k->w->offset_min * MINUTE_MS;
    struct figure before = {0};

    if (k->at == 0 || (q.measure->type != MEASURE_OPEN && q.measure->type != MEASURE_COUNT))
        return ERR_FIELD(e, "by", "measure.by", "指标“%s”不能按“%.40s”分", "%s cannot be split by %.40s",
                         q.measure->name, k->by);
    q.from_day = q.to_day = k->today;
    for (int64_t hour = 0; hour < HOURS && begin + hour * HOUR_MS <= k->at; hour++) {
        int64_t end = begin + (hour + 1) * HOUR_MS - 1;
        char key[8];
        struct figure f, shown;

        if (!figure_reader_turn_back(k->reader, end < k->at ? end : k->at, k->dims, e) ||
            !figure_read(k->reader, &q, &f, e))
            return false;
        shown = f;
        if (q.measure->type == MEASURE_COUNT) {
            shown.n -= before.n;
            shown.value -= before.value;
        }
        before = f;
        (void)snprintf(key, sizeof(key), "%02d", (int)hour);
        write_known_group(k, &q, arena_strdup(k->r->arena, key), key, key, &shown);
    }
    return figure_reader_turn_back(k->reader, k->at, k->dims, e);
}

/* Of a code list the top, or what lies directly under the code `under`. */
static bool wanted_code(const struct ask *k, const struct field *f, const char *value,
                        const struct code **ret)
{
    const struct code *c = f->type == FIELD_CODE ? list_code(f->list, value) : NULL;

    *ret = c;
    if (c == NULL)
        return k->under == NULL;
    return k->under == NULL ? c->parent == NULL : c->parent != NULL && strcmp(c->parent->code, k->under) == 0;
}

static bool by_dimension(struct ask *k, struct figure_query q, const struct field *f, struct err *e)
{
    const char **dims = NULL;
    size_t n = 0;

    if (!figure_dims(k->reader, &q, f->name, k->r->arena, &dims, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *value = dims[i] + strlen(f->name) + 1;
        const struct code *c = NULL;

        if (!wanted_code(k, f, value, &c))
            continue;
        q.dim = dims[i];
        if (!write_group(k, &q, value, c != NULL ? c->title.zh : value, c != NULL ? c->title.en : value, e))
            return false;
    }
    return true;
}

/* Organisations that play a part. One that is gone since has no name any more. */
static bool by_org(struct ask *k, struct figure_query q, const struct party_role *role, struct err *e)
{
    const char **dims = NULL;
    size_t n = 0;

    if (!figure_dims(k->reader, &q, role->name, k->r->arena, &dims, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *id = dims[i] + strlen(role->name) + 1;
        const struct org *o = NULL;
        struct uuid org;

        if (uuid_parse(id, &org))
            o = directory_org(k->w->people, org);
        q.dim = dims[i];
        if (!write_group(k, &q, id, o == NULL ? "—" : o->name, o == NULL ? "—" : o->name, e))
            return false;
    }
    return true;
}

static const struct party_role *org_dimension(const struct measure_def *m, const char *name)
{
    const struct measure_def *base = m->type == MEASURE_RATIO ? m->den : m;

    for (size_t i = 0; i < base->n_by_orgs; i++)
        if (strcmp(base->by_orgs[i]->name, name) == 0)
            return base->by_orgs[i];
    return NULL;
}

static const struct field *dimension(const struct measure_def *m, const char *name)
{
    const struct measure_def *base = m->type == MEASURE_RATIO ? m->den : m;

    for (size_t i = 0; i < base->n_by; i++)
        if (strcmp(base->by[i]->name, name) == 0)
            return base->by[i];
    return NULL;
}

static bool write_groups(struct ask *k, size_t measure, const struct figure_query *q, struct err *e)
{
    const struct field *f = dimension(q->measure, k->by);
    const struct party_role *role = org_dimension(q->measure, k->by);
    bool ok = true;

    jo_arr(&k->r->out, "groups");
    if (strcmp(k->by, "area") == 0)
        by_area(k, *q, measure);
    else if (strcmp(k->by, "hour") == 0)
        ok = by_hour(k, *q, e);
    else if (strcmp(k->by, "day") == 0)
        ok = by_day(k, *q, e);
    else if (f != NULL)
        ok = by_dimension(k, *q, f, e);
    else if (role != NULL)
        ok = by_org(k, *q, role, e);
    else
        ok = ERR_FIELD(e, "by", "measure.by", "指标“%s”不能按“%.40s”分", "%s cannot be split by %.40s",
                       q->measure->name, k->by);
    jo_close(&k->r->out);
    return ok;
}

static const char *type_name(enum measure_type t)
{
    static const char *const names[] = {"", "count", "sum", "average", "percentile", "open", "ratio"};

    return names[t];
}

static bool write_measure(struct ask *k, size_t i, struct err *e)
{
    const struct measure_def *m = k->measures[i];
    struct figure_query q = k->q;
    struct json_out *out = &k->r->out;
    struct figure f;

    q.measure = m;
    if (!figure_read(k->reader, &q, &f, e))
        return false;
    jo_obj(out, NULL);
    jo_str(out, "name", m->name);
    write_title(out, m->title.zh, m->title.en);
    jo_str(out, "type", type_name(m->type));
    jo_str(out, "unit", m->unit);
    jo_bool(out, "lower_is_better", m->lower_is_better);
    jo_str(out, "area", k->area);
    jo_str(out, "from", q.from_day == 0 ? NULL : date_text(k, q.from_day));
    jo_str(out, "to", q.to_day == 0 ? NULL : date_text(k, q.to_day));
    write_figure(k, &q, &f);
    if (k->by != NULL && !write_groups(k, i, &q, e))
        return false;
    jo_close(out);
    return true;
}

static bool write_all(struct ask *k, struct err *e)
{
    struct json_out *out = &k->r->out;

    if (k->by != NULL && strcmp(k->by, "area") == 0 && !read_children(k, e))
        return false;
    jo_obj(out, NULL);
    jo_arr(out, "items");
    for (size_t i = 0; i < k->n; i++)
        if (!write_measure(k, i, e))
            return false;
    jo_close(out);
    jo_close(out);
    return true;
}

/* All parameters, as they stand. */
static const char *question_of(const struct req *r)
{
    const char *text = "";

    for (size_t i = 0; i < r->n_query; i++)
        text = arena_printf(r->arena, "%s%s=%s&", text, r->query[i].name, r->query[i].value);
    return text;
}

/* How far the history has come. */
static bool find_seq(const struct services *s, int64_t *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    *ret = s->known_seq == NULL ? -1 : s->known_seq(s);
    if (*ret >= 0)
        return true;
    return sql_begin(s->db, SQL_LOOK, &tx, e) && record_last_seq(tx, s->district, ret, e);
}

/* Gives the same answer again while nothing has happened. */
static bool answered_before(struct req *r, const struct remembered_key *key)
{
    struct buf b;
    bool found;

    buf_init(&b, ANSWER_BYTES);
    found = remembered_get(key, &b);
    if (found) {
        r->raw = arena_strndup(r->arena, buf_text(&b), b.len);
        r->raw_len = b.len;
    }
    buf_free(&b);
    return found;
}

static bool get_measures(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(figure_reader_free) struct figure_reader *reader = NULL;
    struct ask k = {.r = r, .w = r->services->world(r->services)};
    struct remembered_key key = {
        .question = question_of(r), .world = k.w, .today = local_day(r->now, k.w->offset_min), .now = r->now};

    if (!find_seq(r->services, &key.seq, e))
        return false;
    if (answered_before(r, &key))
        return true;
    if (!read_ask(&k, e) || !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    reader = figure_reader_create(tx, k.w, k.today);
    k.reader = reader;
    if (!write_all(&k, e))
        return false;
    if (!r->out.failed)
        remembered_put(&key, r->out.buf, r->out.len);
    return true;
}

/* --- the past --- */

static bool past_ask(struct ask *k, struct err *e)
{
    if (!req_query_moment(k->r, "at", &k->at, e))
        return false;
    if (k->at == 0)
        k->at = k->r->now;
    if (!read_ask(k, e))
        return false;
    if (k->today - local_day(k->r->now, k->w->offset_min) < -PAST_DAYS_MAX)
        return ERR_FIELD(e, "at", "measure.past", "最多回看 %d 天", "the past is shown %d days back at most",
                         PAST_DAYS_MAX);
    k->dims = k->q.dim != NULL || (k->by != NULL && strcmp(k->by, "area") != 0 && strcmp(k->by, "day") != 0 &&
                                   strcmp(k->by, "hour") != 0);
    return true;
}

static bool read_past(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(figure_reader_free) struct figure_reader *reader = NULL;
    struct ask k = {.r = r, .w = r->services->world(r->services)};

    if (!past_ask(&k, e) || !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    reader = figure_reader_create(tx, k.w, k.today);
    k.reader = reader;
    return figure_reader_turn_back(reader, k.at, k.dims, e) && write_all(&k, e);
}

static bool get_past(struct req *r, struct err *e)
{
    return req_aside(r, read_past, e);
}

#define FIGURE                                                                                               \
    "\"title\":{\"type\":\"object\"},\"value\":{\"type\":[\"number\",\"null\"]},\"n\":{\"type\":"            \
    "\"integer\"},"                                                                                          \
    "\"rows\":{\"type\":\"string\"}"
#define FIGURES(required)                                                                                    \
    "{\"type\":\"object\",\"required\":[\"items\"],\"properties\":{\"items\":{\"type\":\"array\",\"items\":" \
    "{\"type\":\"object\",\"required\":[\"name\",\"title\",\"type\",\"unit\",\"area\",\"value\","            \
    "\"n\"" required "],\"properties\":{\"name\":{\"type\":\"string\"}," FIGURE                              \
    ",\"groups\":{\"type\":\"array\",\"items\":"                                                             \
    "{\"type\":\"object\",\"required\":[\"key\",\"title\",\"value\",\"n\"" required "],\"properties\":{"     \
    "\"key\":{\"type\":\"string\"}," FIGURE "}}}}}}}}"
const struct openapi_schema measure_schemas[] = {
    {"measures", FIGURES(",\"rows\"")},
    {"measures_past", FIGURES("")},
    {0},
};

const struct route measure_routes[] = {
    {GET, "/api/v1/measures", PERM_PUBLIC, BODY_NONE, get_measures, NULL, 0,
     "Figures and the rows behind them", "measures"},
    {GET, "/api/v1/measures/past", PERM_STAFF, BODY_NONE, get_past, req_aside_finish, 0,
     "Figures as they were at a past moment", "measures_past"},
    {0},
};
