/* GET /points: what is open, as a map shows it, now or as of a past moment.
 *
 * The past is computed from the history, with nothing kept for it. What was open then is
 * open still, or has ended since: first a walk over what is open now, then one over the entries by
 * which matters ended since, verb by verb. A matter that nothing happened to since stands in
 * its row; the others are told again from their entries. A page looks at a limited number of them. */
#include "base/limits.h"
#include "base/text.h"
#include "record.sql.h"
#include "record/list.h"
#include "record/record.h"
#include "record/replay.h"
#include "record/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLAY_ARENA = 16 * 1024 * 1024 };

struct points {
    struct req *r;
    const struct world *w;
    struct sql_tx *tx;
    struct arena *scratch;   /* one record's */
    const struct kind *kind; /* NULL: all */
    const char *area;
    int64_t at; /* 0: now */
    int64_t examine;
    /* the cursor: a walk over what is open, or "verb at seq" of what has ended */
    struct uuid after;
    const char *verb;
    int64_t after_at, after_seq;
    const char *next;
};

/* What a point shows. */
struct point {
    struct uuid id;
    const char *kind, *state, *area, *title;
    int64_t number, due_at, created_at, updated_at;
    enum lamp lamp;
    bool has_place, late;
    double lng, lat;
};

static void write_point(struct points *p, const struct point *one)
{
    struct json_out *out = &p->r->out;
    int offset = p->w->offset_min;
    char number[96];

    if (!area_covers(p->area, one->area) || (p->kind != NULL && strcmp(p->kind->name, one->kind) != 0))
        return;
    number_format(p->w, one->number, number, sizeof(number));
    jo_obj(out, NULL);
    jo_uuid(out, "id", one->id);
    jo_str(out, "kind", one->kind);
    jo_str(out, "number", number);
    jo_str(out, "title", one->title);
    jo_str(out, "state", one->state);
    jo_str(out, "light_now", lamp_name(one->lamp));
    jo_bool(out, "late", one->late);
    jo_str(out, "area", one->area);
    if (one->has_place) {
        jo_num(out, "lng", one->lng);
        jo_num(out, "lat", one->lat);
    }
    jo_time(out, "due_at", one->due_at, offset);
    jo_time(out, "created_at", one->created_at, offset);
    jo_time(out, "updated_at", one->updated_at, offset);
    jo_close(out);
}

static void write_record(struct points *p, const struct record *r)
{
    if (record_open(r) && record_visible(p->w, r, p->r->who))
        write_point(p, &(struct point){.id = r->id,
                                       .kind = r->kind->name,
                                       .state = r->state->name,
                                       .area = r->area,
                                       .title = r->title,
                                       .number = r->number,
                                       .due_at = record_due(r),
                                       .created_at = r->created_at,
                                       .updated_at = r->updated_at,
                                       .lamp = record_lamp(r),
                                       .has_place = r->has_place,
                                       .late = record_late(r),
                                       .lng = r->lng,
                                       .lat = r->lat});
}

static void write_row(struct points *p, const struct sql_rows *rows)
{
    write_point(p, &(struct point){.id = sql_uuid(rows, 0),
                                   .kind = sql_text(rows, 1),
                                   .number = sql_int(rows, 2),
                                   .state = sql_text(rows, 3),
                                   .lamp = (enum lamp)sql_int(rows, 4),
                                   .area = sql_text(rows, 5),
                                   .has_place = !sql_is_null(rows, 6) && !sql_is_null(rows, 7),
                                   .lng = sql_real(rows, 6),
                                   .lat = sql_real(rows, 7),
                                   .title = sql_text(rows, 8),
                                   .due_at = sql_int(rows, 9),
                                   .created_at = sql_int(rows, 10),
                                   .updated_at = sql_int(rows, 11),
                                   .late = sql_int(rows, 12) != 0});
}

static bool as_it_was(struct points *p, struct uuid id, struct err *e)
{
    struct record *then = NULL;

    arena_reset(p->scratch);
    if (!replay_record(p->tx, p->w, id, p->at, p->scratch, NULL, NULL, &then, e))
        return false;
    if (then != NULL)
        write_record(p, then);
    return true;
}

/* --- what is open now --- */

static bool one_open(struct points *p, const struct sql_rows *rows, struct err *e)
{
    if (p->at != 0 && sql_int(rows, 10) > p->at)
        return true; /* it was not there yet */
    if (p->at != 0 && sql_int(rows, 11) > p->at)
        return as_it_was(p, sql_uuid(rows, 0), e);
    write_row(p, rows);
    return true;
}

/* A condition on rows lets fewer through than the walk looks at: where the walk stands is asked for. */
static bool last_looked_at(struct points *p, bool *ret_more, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    char text[UUID_TEXT_MAX];

    if (!sql_query(p->tx, &record_queries[RECORD_Q_SKIP_OPEN], &rows, e, SQL_INT(p->w->district),
                   SQL_BLOB(p->after.b, sizeof(p->after.b)), SQL_INT(p->examine - 1), SQL_INT(1)))
        return false;
    *ret_more = sql_next(rows);
    if (*ret_more) {
        uuid_format(sql_uuid(rows, 0), text);
        p->next = arena_strdup(p->r->arena, text);
    }
    return sql_end(&rows, e);
}

static bool walk_open(struct points *p, bool *ret_more, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct sql_arg args[3] = {SQL_INT(p->w->district), SQL_BLOB(p->after.b, sizeof(p->after.b)),
                                    SQL_INT(p->examine)};
    struct sql_where where;
    bool ok;

    sql_where_init(&where);
    if (!list_scope(&where, p->w, p->kind, p->r->who, p->area, p->r->arena)) {
        sql_where_free(&where);
        sql_where_init(&where);
        sql_where_add(&where, "1 = 0"); /* no post of theirs sees any */
    }
    ok = sql_select(p->tx, &record_queries[RECORD_Q_POINTS_OPEN], &where, &rows, e, args, 3);
    while (ok && sql_next(rows))
        ok = one_open(p, rows, e);
    ok = ok && sql_end(&rows, e);
    sql_where_free(&where);
    return ok && last_looked_at(p, ret_more, e);
}

/* --- what has ended since --- */

static bool ends(const struct kind *k, const char *verb)
{
    const struct move *m = kind_move(k, verb);

    return m != NULL && m->to != NULL && m->to->light >= LIGHT_DONE;
}

/* The first verb behind `verb` by which a matter of some kind ends; NULL: there is no further one. */
static const char *next_end(const struct points *p, const char *verb)
{
    const struct packs *packs = p->w->packs;
    const char *best = NULL;

    for (size_t i = 0; i < packs->n_kinds; i++)
        for (size_t m = 0; m < packs->kinds[i]->n_moves; m++) {
            const char *name = packs->kinds[i]->moves[m].name;

            if (ends(packs->kinds[i], name) && strcmp(name, verb) > 0 &&
                (best == NULL || strcmp(name, best) < 0))
                best = name;
        }
    return best;
}

/* Some of the entries of one verb; *ret_seen is how many were looked at. */
static bool walk_verb(struct points *p, int64_t most, int64_t *ret_seen, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_seen = 0;
    if (!sql_query(p->tx, &record_queries[RECORD_Q_ENDED_SINCE], &rows, e, SQL_INT(p->w->district),
                   SQL_TEXT(p->verb), SQL_INT(p->after_at), SQL_INT(p->after_seq), SQL_INT(most)))
        return false;
    while (sql_next(rows)) {
        p->after_at = sql_int(rows, 0);
        p->after_seq = sql_int(rows, 1);
        ++*ret_seen;
        /* the entry by which it came into the state it is in, so that nobody comes twice */
        if (sql_int(rows, 3) == 0 && sql_int(rows, 4) <= p->at && sql_int(rows, 5) == p->after_at &&
            !as_it_was(p, sql_uuid(rows, 2), e))
            return false;
    }
    return sql_end(&rows, e);
}

static bool walk_ended(struct points *p, struct err *e)
{
    int64_t left = p->examine;

    while (p->verb != NULL) {
        int64_t seen = 0;

        if (!walk_verb(p, left, &seen, e))
            return false;
        left -= seen;
        if (left <= 0) {
            p->next = arena_printf(p->r->arena, "%s %lld %lld", p->verb, (long long)p->after_at,
                                   (long long)p->after_seq);
            return true;
        }
        p->verb = next_end(p, p->verb);
        p->after_at = p->at;
        p->after_seq = INT64_MAX;
    }
    return true;
}

/* --- the call --- */

static bool bad_cursor(struct err *e)
{
    return ERR(e, ERR_MALFORMED, "list.cursor", "cursor 不是上一页给出的值",
               "cursor is not what a page gave");
}

static bool read_cursor(struct points *p, struct err *e)
{
    const char *s = req_query(p->r, "cursor"), *space = s == NULL ? NULL : strchr(s, ' ');
    char *end = NULL;

    memset(p->after.b, 0xff, sizeof(p->after.b));
    p->after_at = p->at;
    p->after_seq = INT64_MAX;
    if (s == NULL)
        return true;
    if (space == NULL)
        return uuid_parse(s, &p->after) || bad_cursor(e);
    p->verb = arena_strndup(p->r->arena, s, (size_t)(space - s));
    p->after_at = strtoll(space, &end, 10);
    p->after_seq = strtoll(end, &end, 10);
    return (*end == '\0' && p->at != 0 && p->after_at >= p->at) || bad_cursor(e);
}

static bool read_area(struct points *p, struct err *e)
{
    const char *area = req_query(p->r, "area");
    char trimmed[AREA_CODE_MAX];

    p->area = "";
    if (area == NULL)
        return true;
    area_code_trim(area, trimmed);
    if (area_find(p->w->areas, trimmed) == NULL)
        return ERR_FIELD(e, "area", "place.area", "没有区域 %.20s", "no area %.20s in this district", area);
    p->area = area_level_of(trimmed) <= AREA_DISTRICT ? "" : arena_strdup(p->r->arena, trimmed);
    return true;
}

static bool read_ask(struct points *p, struct err *e)
{
    const char *kind = req_query(p->r, "kind");

    if (!req_query_moment(p->r, "at", &p->at, e))
        return false;
    p->examine = p->at == 0 ? LIMIT_POINTS_PAGE : LIMIT_POINTS_PAST;
    if (kind != NULL && (p->kind = packs_kind(p->w->packs, kind)) == NULL)
        return ERR_FIELD(e, "kind", "input.kind", "没有类型“%.40s”", "there is no kind “%.40s”", kind);
    return read_area(p, e) && read_cursor(p, e);
}

static bool write_all(struct points *p, struct err *e)
{
    bool more = false;

    if (p->verb != NULL)
        return walk_ended(p, e);
    if (!walk_open(p, &more, e))
        return false;
    if (!more && p->at != 0 && (p->verb = next_end(p, "")) != NULL)
        p->next = arena_printf(p->r->arena, "%s %lld %lld", p->verb, (long long)p->at, (long long)INT64_MAX);
    return true;
}

static bool read_points(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(arena_free) struct arena *scratch = arena_create(REPLAY_ARENA);
    struct points p = {.r = r, .w = r->services->world(r->services), .scratch = scratch};
    bool ok;

    if (!read_ask(&p, e) || !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    p.tx = tx;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    ok = write_all(&p, e);
    jo_close(&r->out);
    jo_str(&r->out, "next", p.next);
    jo_close(&r->out);
    return ok;
}

static bool get_points(struct req *r, struct err *e)
{
    return req_query(r, "at") == NULL ? read_points(r, e) : req_aside(r, read_points, e);
}

const struct route points_routes[] = {
    {GET, "/api/v1/points", PERM_STAFF, BODY_NONE, get_points, req_aside_finish, 0,
     "What is open, as a map shows it, now or as of a past moment", "points"},
    {0},
};
