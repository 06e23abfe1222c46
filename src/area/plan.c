/* A wish becomes a plan: what begins, what ends, what follows, and whether all of that fits beside and into
 * what there is. It is computed from the tree alone, so that a rehearsal and the change itself are the same
 * thing. */
#include "area/change.h"
#include "area/shape.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATEST_DAYS = 3660, BOUNDARY_BYTES = 1024 * 1024, CODE_STEP = 3, LAST_NUMBER = 999, PIECES_MAX = 400 };

struct planning {
    const struct area_tree *t;
    const struct area_wish *w;
    int64_t now;
    struct arena *a;
    struct area_plan *plan;
    GEOSGeometry **shapes; /* of plan->pieces, NULL where there is no boundary */
    struct err *e;
};

const char *area_doing_name(enum area_doing d)
{
    static const char *const names[AREA_DOING__MAX] = {"", "add", "edit", "end", "split", "merge"};

    return names[d];
}

enum area_doing area_doing_named(const char *name)
{
    for (int d = AREA_ADD; d < AREA_DOING__MAX; d++)
        if (str_eq(name, area_doing_name((enum area_doing)d)))
            return (enum area_doing)d;
    return AREA_DOING_UNSET;
}

/* --- what may be changed at all --- */

static bool known_area(struct planning *p, const char *code, const struct area **ret)
{
    char trimmed[AREA_CODE_MAX];

    area_code_trim(code, trimmed);
    *ret = area_find(p->t, trimmed);
    if (*ret == NULL || (*ret)->level < AREA_DISTRICT)
        return ERR_FIELD(p->e, "codes", "area.not_found", "没有代码为“%.40s”的区域",
                         "there is no area with the code \"%.40s\"", code);
    return ((*ret)->until == 0) ||
           ERR_FIELD(p->e, "codes", "area.ended", "区域“%s”已定于某日终止，不能再改",
                     "area “%s” ends or has ended: it cannot be changed", (*ret)->name);
}

/* Its last fact is open and older than the change: one change after the other, in order of time. */
static bool is_free(struct planning *p, const struct area *a)
{
    const struct area_fact *facts;
    size_t n = area_facts(p->t, a, &facts);

    return facts[n - 1].from < p->w->at ||
           ERR(p->e, ERR_CONFLICT, "area.planned",
               "“%s”（%s）已有一项同日或更晚生效的变更；请先撤回它，或把生效时间定得更晚",
               "“%s” (%s) already changes on that day or later: withdraw that change first, or choose a "
               "later day",
               a->name, a->code);
}

static bool time_ok(struct planning *p)
{
    const int64_t day_ms = 24 * 3600 * INT64_C(1000);

    if (p->w->at < p->now)
        return ERR_FIELD(p->e, "from", "area.past", "区划只能从现在或以后起变更，过去发生的不改",
                         "areas change from now on or later: what has happened stays where it happened");
    return p->w->at < p->now + LATEST_DAYS * day_ms ||
           ERR_FIELD(p->e, "from", "area.far", "生效时间最远为十年之后", "ten years ahead at most");
}

static bool is_grid(struct planning *p, const struct area *a)
{
    return a->level >= AREA_GRID ||
           ERR_FIELD(p->e, "codes", "area.level_fixed",
                     "“%s”不是网格或微网格：街道、社区的分合由民政部门定，请导入新区划",
                     "“%s” is no grid: townships and communities are divided by the state; import its list",
                     a->name);
}

/* --- pieces and ends --- */

static bool add_piece(struct planning *p, const struct area_piece *piece, GEOSGeometry *shape)
{
    struct area_plan *plan = p->plan;
    struct buf text;

    if (plan->n_pieces == PIECES_MAX) {
        geometry_free(&shape);
        return ERR(p->e, ERR_TOO_LARGE, "area.pieces", "一次变更至多涉及 %d 个区域",
                   "one change concerns %d areas at most", PIECES_MAX);
    }
    struct area_piece *new = &plan->pieces[plan->n_pieces];
    *new = *piece;
    p->shapes[plan->n_pieces++] = shape;
    if (shape == NULL)
        return true;
    if (GEOSGetNumCoordinates_r(geos_context(), shape) > AREA_POINTS_MAX)
        return ERR_FIELD(p->e, "boundary", "area.points", "“%s”的边界超过 %d 个点，请先简化",
                         "the boundary of “%s” has more than %d points: simplify it", new->name,
                         AREA_POINTS_MAX);
    buf_init(&text, BOUNDARY_BYTES);
    geometry_text(shape, &text);
    new->boundary = arena_strdup(p->a, buf_text(&text));
    buf_free(&text);
    return true;
}

static void add_end(struct planning *p, const struct area *a)
{
    for (size_t i = 0; i < p->plan->n_ends; i++)
        if (p->plan->ends[i] == a)
            return;
    if (p->plan->n_ends < PIECES_MAX)
        p->plan->ends[p->plan->n_ends++] = a;
}

static const struct area_piece *piece_of(const struct planning *p, const char *code)
{
    for (size_t i = 0; i < p->plan->n_pieces; i++)
        if (str_eq(p->plan->pieces[i].code, code))
            return &p->plan->pieces[i];
    return NULL;
}

static bool ends_with_plan(const struct planning *p, const struct area *a)
{
    for (size_t i = 0; i < p->plan->n_ends; i++)
        if (p->plan->ends[i] == a)
            return true;
    return false;
}

static bool read_shape(struct planning *p, const char *text, GEOSGeometry **ret)
{
    AUTO(json_free) struct json_object *o = NULL;

    return json_parse(text, strlen(text), &o, p->e) && geometry_read(o, DATUM_WGS84, "", ret, p->e);
}

/* The boundary that holds at the plan's moment; *ret NULL if there is none. */
static bool shape_now(struct planning *p, const struct area *a, GEOSGeometry **ret)
{
    const struct area_fact *f = area_fact_at(p->t, a, p->w->at);

    *ret = NULL;
    return f == NULL || f->boundary == NULL || read_shape(p, f->boundary, ret);
}

/* --- codes and names --- */

/* The lowest number under `parent` that no area ever had and the plan does not give; "" if all are taken. */
static void free_code(const struct planning *p, const char *parent, char ret[AREA_CODE_MAX])
{
    for (int i = 1; i <= LAST_NUMBER; i++) {
        (void)snprintf(ret, AREA_CODE_MAX, "%.15s%03d", parent, i);
        if (area_find(p->t, ret) == NULL && piece_of(p, ret) == NULL)
            return;
    }
    ret[0] = '\0';
}

static bool new_code(struct planning *p, const struct area *parent, const char *wanted,
                     char ret[AREA_CODE_MAX])
{
    if (wanted == NULL || wanted[0] == '\0') {
        free_code(p, parent->code, ret);
        return ret[0] != '\0' || ERR(p->e, ERR_CONFLICT, "area.codes_full", "“%s”下的编码已用完",
                                     "all codes under “%s” have been used", parent->name);
    }
    if (strlen(wanted) != strlen(parent->code) + CODE_STEP || area_level_of(wanted) == AREA_UNSET ||
        !area_covers(parent->code, wanted))
        return ERR_FIELD(p->e, "parts", "area.code_child", "编码“%.20s”应为 %s 后加三位数字",
                         "the code \"%.20s\" should be %s and three more digits", wanted, parent->code);
    str_copy(ret, AREA_CODE_MAX, wanted);
    return (area_find(p->t, ret) == NULL && piece_of(p, ret) == NULL) ||
           ERR_FIELD(p->e, "parts", "area.code_used", "编码 %s 已用过；编码不重复使用",
                     "the code %s has been used; codes are not used again", ret);
}

/* 第3网格, as its number says. */
static const char *usual_name(const struct planning *p, const char *code)
{
    int64_t number = 0;
    enum area_level level = area_level_of(code);

    if (strlen(code) <= CODE_STEP || !parse_int64(code + strlen(code) - CODE_STEP, &number))
        return code;
    return arena_printf(p->a, level == AREA_MICROGRID ? "第%lld微网格" : "第%lld网格", (long long)number);
}

static bool name_ok(struct planning *p, const char *name)
{
    size_t n = utf8_length(name);

    for (const char *c = name; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            n = 0;
    return (n > 0 && n <= AREA_NAME_CHARS_MAX) ||
           ERR_FIELD(p->e, "parts", "area.name", "名称应为 1 到 %d 个字", "a name has 1 to %d characters",
                     AREA_NAME_CHARS_MAX);
}

/* --- what lies below --- */

/* A piece of a child that falls into one part: it keeps its code where the part kept its own. */
static bool carry_into(struct planning *p, const struct area *child, const struct area_piece *part,
                       GEOSGeometry *shape, bool whole, bool *ret_kept)
{
    struct area_piece piece = {.name = child->name, .approximate = child->approximate};
    bool keeps = area_covers(part->code, child->code) && !*ret_kept;
    const struct area under = {.code = part->code, .name = part->name, .level = area_level_of(part->code)};

    if (keeps) {
        *ret_kept = true;
        if (whole) {
            geometry_free(&shape);
            return true;
        }
        str_copy(piece.code, sizeof piece.code, child->code);
        piece.was = true;
        return is_free(p, child) ? add_piece(p, &piece, shape) : (geometry_free(&shape), false);
    }
    if (!new_code(p, &under, NULL, piece.code)) {
        geometry_free(&shape);
        return false;
    }
    return add_piece(p, &piece, shape);
}

static bool carry_child(struct planning *p, const struct area *child)
{
    AUTO(geometry_free) GEOSGeometry *own = NULL;
    bool kept = false;

    if (!shape_now(p, child, &own))
        return false;
    for (size_t i = 0; own != NULL && i < p->plan->n_wished; i++) {
        const struct area_piece *part = &p->plan->pieces[i];
        GEOSGeometry *common = p->shapes[i] == NULL ? NULL : shape_common(own, p->shapes[i]);
        struct spot at;
        bool whole = common != NULL && !shape_sticks_out(own, common, &at);

        if (common != NULL && !carry_into(p, child, part, common, whole, &kept))
            return false;
    }
    /* Without a boundary it stays where its code says, if that is still there. */
    for (size_t i = 0; own == NULL && i < p->plan->n_wished; i++)
        kept = kept || area_covers(p->plan->pieces[i].code, child->code);
    if (!kept)
        add_end(p, child);
    return kept || is_free(p, child);
}

/* Micro-grids go with the ground they stand on. */
static bool carry_children(struct planning *p, const struct area *a)
{
    const struct area *const *list;
    size_t n = area_children_ever(p->t, a->code, &list);

    for (size_t i = 0; i < n; i++)
        if (area_holds(list[i], p->w->at) && !carry_child(p, list[i]))
            return false;
    return true;
}

/* --- the five wishes --- */

static bool given_shape(struct planning *p, const char *name, GEOSGeometry **ret)
{
    *ret = NULL;
    if (p->w->boundary == NULL)
        return true;
    return geometry_read(p->w->boundary, DATUM_WGS84, name, ret, p->e) &&
           (GEOSGetNumCoordinates_r(geos_context(), *ret) <= AREA_POINTS_MAX ||
            ERR_FIELD(p->e, "boundary", "area.points", "“%s”的边界超过 %d 个点，请先简化",
                      "the boundary of “%s” has more than %d points: simplify it", name, AREA_POINTS_MAX)) &&
           geometry_check(*ret, name, p->e);
}

static bool plan_add(struct planning *p)
{
    struct area_piece piece = {.approximate = p->w->approximate};
    const struct area_part *part = p->w->n_parts == 1 ? &p->w->parts[0] : &(struct area_part){0};
    GEOSGeometry *shape = NULL;
    const struct area *parent;

    if (!known_area(p, p->w->codes[0], &parent))
        return false;
    if (parent->level >= AREA_MICROGRID || parent->level < AREA_DISTRICT)
        return ERR_FIELD(p->e, "codes", "area.level_fixed", "“%s”下不能再划区域",
                         "no area can be drawn under “%s”", parent->name);
    if (!new_code(p, parent, part->code, piece.code))
        return false;
    piece.name = part->name != NULL ? part->name : usual_name(p, piece.code);
    if (!name_ok(p, piece.name))
        return false;
    if (!given_shape(p, piece.name, &shape)) {
        geometry_free(&shape);
        return false;
    }
    return add_piece(p, &piece, shape);
}

static bool plan_edit(struct planning *p)
{
    struct area_piece piece = {.was = true, .approximate = p->w->approximate};
    const struct area_part *part = p->w->n_parts == 1 ? &p->w->parts[0] : &(struct area_part){0};
    GEOSGeometry *shape = NULL;
    const struct area *a;

    if (!known_area(p, p->w->codes[0], &a) || !is_free(p, a))
        return false;
    str_copy(piece.code, sizeof piece.code, a->code);
    piece.name = part->name != NULL ? part->name : a->name;
    if (p->w->boundary == NULL)
        piece.approximate = a->approximate;
    if (!name_ok(p, piece.name))
        return false;
    bool ok = p->w->boundary != NULL ? given_shape(p, piece.name, &shape) : shape_now(p, a, &shape);
    if (!ok) {
        geometry_free(&shape);
        return false;
    }
    return add_piece(p, &piece, shape);
}

static bool end_below(struct planning *p, const struct area *a)
{
    const struct area *const *list;
    size_t n = area_children_ever(p->t, a->code, &list);

    add_end(p, a);
    for (size_t i = 0; i < n; i++)
        if (area_holds(list[i], p->w->at) && (!is_free(p, list[i]) || !end_below(p, list[i])))
            return false;
    return true;
}

static bool plan_end(struct planning *p)
{
    const struct area *a;

    return known_area(p, p->w->codes[0], &a) && is_grid(p, a) && is_free(p, a) && end_below(p, a);
}

/* How a part is called, and whether it goes on with the code of what there was. */
static bool name_part(struct planning *p, const struct area *parent, const struct area *goes_on,
                      const struct area_part *part, struct area_piece *ret)
{
    bool keeps = goes_on != NULL && (part == NULL || part->code == NULL || part->code[0] == '\0' ||
                                     str_eq(part->code, goes_on->code));

    ret->was = keeps;
    if (keeps)
        str_copy(ret->code, sizeof ret->code, goes_on->code);
    else if (!new_code(p, parent, part != NULL ? part->code : NULL, ret->code))
        return false;
    ret->name = part != NULL && part->name != NULL && part->name[0] != '\0' ? part->name
                : keeps                                                     ? goes_on->name
                                                                            : usual_name(p, ret->code);
    return name_ok(p, ret->name);
}

/* Which of the parts goes on with the old code: the one that says so, else the largest. */
static size_t heir(const struct planning *p, const char *code)
{
    for (size_t i = 0; i < p->w->n_parts; i++)
        if (str_eq(p->w->parts[i].code, code))
            return i;
    return p->w->n_parts > 0 && p->w->parts[0].code != NULL ? SIZE_MAX : 0;
}

static bool add_parts(struct planning *p, const struct area *a, GEOSGeometry **part, size_t n)
{
    size_t keeps = heir(p, a->code);
    bool ok = true;

    for (size_t i = 0; i < n; i++) {
        struct area_piece piece = {.approximate = a->approximate};
        const struct area_part *named = p->w->n_parts > 0 ? &p->w->parts[i] : NULL;

        ok = ok && name_part(p, a->parent, i == keeps ? a : NULL, named, &piece);
        if (ok)
            ok = add_piece(p, &piece, part[i]);
        else
            geometry_free(&part[i]);
    }
    if (ok && keeps >= n)
        add_end(p, a);
    return ok;
}

static bool cut(struct planning *p, const struct area *a, GEOSGeometry **part, size_t *ret_n)
{
    AUTO(geometry_free) GEOSGeometry *whole = NULL, *line = NULL;

    if (!shape_now(p, a, &whole) || !shape_line(p->w->line, &line, p->e))
        return false;
    if (whole == NULL)
        return ERR_FIELD(p->e, "codes", "area.no_boundary", "“%s”还没有边界，不能分割；请先画边界",
                         "“%s” has no boundary to be cut: draw one first", a->name);
    *ret_n = shape_cut(whole, line, part, AREA_PARTS_MAX);
    if (*ret_n == 0)
        return ERR_FIELD(p->e, "line", "area.no_cut", "这条线没有把“%s”分开：起点和终点都应在边界之外",
                         "the line does not divide “%s”: begin and end it outside the boundary", a->name);
    return *ret_n <= AREA_PARTS_MAX || ERR_FIELD(p->e, "line", "area.parts", "一次至多分成 %d 块",
                                                 "into %d parts at most", AREA_PARTS_MAX);
}

static bool plan_split(struct planning *p)
{
    GEOSGeometry *part[AREA_PARTS_MAX] = {0};
    const struct area *a;
    size_t n = 0;

    if (!known_area(p, p->w->codes[0], &a) || !is_grid(p, a) || !is_free(p, a) || !cut(p, a, part, &n))
        return false;
    if (p->w->n_parts != 0 && p->w->n_parts != n) {
        for (size_t i = 0; i < n; i++)
            geometry_free(&part[i]);
        return ERR_FIELD(p->e, "parts", "area.parts_count", "分成 %zu 块，却给了 %zu 个名称",
                         "there are %zu parts and %zu names", n, p->w->n_parts);
    }
    if (!add_parts(p, a, part, n))
        return false;
    p->plan->n_wished = n;
    return carry_children(p, a);
}

/* Reads what is to be merged: grids of one level under one area, each with a boundary. */
static bool merged(struct planning *p, const struct area **list, GEOSGeometry **shapes)
{
    for (size_t i = 0; i < p->w->n_codes; i++) {
        if (!known_area(p, p->w->codes[i], &list[i]) || !is_grid(p, list[i]) || !is_free(p, list[i]) ||
            !shape_now(p, list[i], &shapes[i]))
            return false;
        if (shapes[i] == NULL)
            return ERR_FIELD(p->e, "codes", "area.no_boundary", "“%s”还没有边界，不能合并；请先画边界",
                             "“%s” has no boundary to be merged: draw one first", list[i]->name);
        if (list[i]->parent != list[0]->parent || list[i]->level != list[0]->level)
            return ERR_FIELD(p->e, "codes", "area.other_parent", "只有同一上级下同一层级的网格才能合并",
                             "only grids of one level under the same area can be merged");
        for (size_t k = 0; k < i; k++)
            if (list[k] == list[i])
                return ERR_FIELD(p->e, "codes", "area.twice", "“%s”选了两次", "“%s” is named twice",
                                 list[i]->name);
    }
    return true;
}

/* The one whose code the merged area goes on with: the one wished for, else the largest. */
static const struct area *merged_heir(const struct planning *p, const struct area *const *list,
                                      GEOSGeometry *const *shapes)
{
    const char *wanted = p->w->n_parts > 0 ? p->w->parts[0].code : NULL;
    size_t best = 0;

    for (size_t i = 0; i < p->w->n_codes; i++) {
        if (wanted != NULL && str_eq(wanted, list[i]->code))
            return list[i];
        if (shape_size(shapes[i]) > shape_size(shapes[best]))
            best = i;
    }
    return wanted != NULL && wanted[0] != '\0' ? NULL : list[best];
}

static bool plan_union(struct planning *p, const struct area *const *list, GEOSGeometry *const *shapes)
{
    const struct area *keeps = merged_heir(p, list, shapes);
    const GEOSGeometry *const *given = (const GEOSGeometry *const *)(const void *)shapes;
    GEOSGeometry *all = shape_union(given, p->w->n_codes);
    struct area_piece piece = {0};
    bool ok =
        shape_is_one(all) || ERR_FIELD(p->e, "codes", "area.apart", "所选网格并不相连，合并后须是一整块",
                                       "these do not touch: merged they should be one surface");

    for (size_t i = 0; i < p->w->n_codes; i++)
        piece.approximate = piece.approximate || list[i]->approximate;
    ok = ok && name_part(p, list[0]->parent, keeps, p->w->n_parts > 0 ? &p->w->parts[0] : NULL, &piece);
    if (!ok) {
        geometry_free(&all);
        return false;
    }
    if (!add_piece(p, &piece, all))
        return false;
    p->plan->n_wished = 1;
    for (size_t i = 0; i < p->w->n_codes; i++) {
        if (list[i] != keeps)
            add_end(p, list[i]);
        if (!carry_children(p, list[i]))
            return false;
    }
    return true;
}

static bool plan_merge(struct planning *p)
{
    const struct area *list[AREA_MERGED_MAX];
    GEOSGeometry *shapes[AREA_MERGED_MAX] = {0};

    if (p->w->n_codes < 2 || p->w->n_codes > AREA_MERGED_MAX)
        return ERR_FIELD(p->e, "codes", "area.merge_count", "合并须选 2 到 %d 个网格",
                         "merge 2 to %d of them", AREA_MERGED_MAX);
    bool ok = merged(p, list, shapes) && plan_union(p, list, shapes);
    for (size_t i = 0; i < p->w->n_codes; i++)
        geometry_free(&shapes[i]);
    return ok;
}

/* --- does it fit --- */

static const struct area *bounded_above(const struct planning *p, const char *code)
{
    const struct area *found = NULL;
    char above[AREA_CODE_MAX];

    for (size_t n = strlen(code); found == NULL && n > CODE_STEP;) {
        n -= CODE_STEP;
        (void)snprintf(above, sizeof above, "%.*s", (int)n, code);
        found = area_find(p->t, above);
        if (found != NULL && !found->has_boundary)
            found = NULL;
    }
    return found;
}

/* Facts of an area that hold at any time from the plan's moment on. */
static bool still_holds(const struct planning *p, const struct area_fact *f)
{
    return f->boundary != NULL && (f->until == 0 || f->until > p->w->at);
}

static bool fits_into(struct planning *p, size_t i, const struct area *above)
{
    const struct area_fact *facts;
    size_t n = area_facts(p->t, above, &facts);

    for (size_t k = 0; k < n; k++) {
        AUTO(geometry_free) GEOSGeometry *outer = NULL;
        struct spot at = {0};

        if (!still_holds(p, &facts[k]))
            continue;
        if (!read_shape(p, facts[k].boundary, &outer))
            return false;
        if (shape_sticks_out(p->shapes[i], outer, &at))
            return ERR_FIELD(p->e, "boundary", "area.outside_parent", "“%s”在 %.6f,%.6f 处超出上级“%s”的边界",
                             "at %2$.6f,%3$.6f “%1$s” reaches beyond the boundary of “%4$s” above it",
                             p->plan->pieces[i].name, at.lng, at.lat, above->name);
    }
    return true;
}

static bool lies_clear_of(struct planning *p, size_t i, const struct area *other)
{
    const struct area_fact *facts;
    size_t n = area_facts(p->t, other, &facts);

    for (size_t k = 0; k < n; k++) {
        AUTO(geometry_free) GEOSGeometry *beside = NULL;
        struct spot at = {0};

        if (!still_holds(p, &facts[k]))
            continue;
        if (!read_shape(p, facts[k].boundary, &beside))
            return false;
        if (shape_overlap(p->shapes[i], beside, &at))
            return ERR_FIELD(p->e, "boundary", "area.overlaps", "“%s”在 %.6f,%.6f 处与“%s”重叠",
                             "at %2$.6f,%3$.6f “%1$s” overlaps “%4$s”", p->plan->pieces[i].name, at.lng,
                             at.lat, facts[k].name);
    }
    return true;
}

static bool covers_child(struct planning *p, size_t i, const struct area *child)
{
    AUTO(geometry_free) GEOSGeometry *inner = NULL;
    struct spot at = {0};

    if (!shape_now(p, child, &inner))
        return false;
    if (inner == NULL || !shape_sticks_out(inner, p->shapes[i], &at))
        return true;
    return ERR_FIELD(p->e, "boundary", "area.child_outside", "下级“%s”在 %.6f,%.6f 处会落到新边界之外",
                     "“%s” below it would lie outside at %.6f,%.6f", child->name, at.lng, at.lat);
}

/* Against all of its level that lie under the same boundary, and all below it, but those the plan itself
 * moves. */
static bool piece_fits(struct planning *p, size_t i)
{
    const char *code = p->plan->pieces[i].code;
    const struct area *above = bounded_above(p, code);
    bool ok = above == NULL || piece_of(p, above->code) != NULL || fits_into(p, i, above);

    for (size_t k = 0; ok && k < area_count(p->t); k++) {
        const struct area *a = area_at(p->t, k);
        bool moved = piece_of(p, a->code) != NULL || ends_with_plan(p, a);

        if (moved || (a->until != 0 && a->until <= p->w->at))
            continue;
        if (a->level == area_level_of(code) && (above == NULL || area_covers(above->code, a->code)))
            ok = lies_clear_of(p, i, a);
        else if (a->parent != NULL && str_eq(a->parent->code, code) && area_holds(a, p->w->at))
            ok = covers_child(p, i, a);
    }
    return ok;
}

/* What was cut from fitting pieces fits; only what was drawn is looked at. */
static bool fits(struct planning *p)
{
    bool drawn = p->w->boundary != NULL && (p->w->what == AREA_ADD || p->w->what == AREA_EDIT);
    bool ok = !drawn || piece_fits(p, 0);

    return ok && (!shape_failed() ||
                  ERR_FIELD(p->e, "boundary", "area.geometry", "边界无法计算：请检查是否有极近的点或交叠的线",
                            "the boundary cannot be computed: look for points that almost "
                            "coincide or lines upon each other"));
}

/* --- all together --- */

static bool counts_ok(struct planning *p)
{
    const struct area_wish *w = p->w;
    bool one = w->what == AREA_MERGE || w->n_codes == 1;

    if (w->what == AREA_DOING_UNSET || w->what >= AREA_DOING__MAX)
        return ERR_FIELD(p->e, "do", "area.doing", "应为 add、edit、end、split 或 merge",
                         "add, edit, end, split or merge");
    return one || ERR_FIELD(p->e, "codes", "area.one_code", "请给出一个区域编码", "name one area");
}

static bool plan_wish(struct planning *p)
{
    switch (p->w->what) {
    case AREA_ADD:
        return plan_add(p);
    case AREA_EDIT:
        return plan_edit(p);
    case AREA_END:
        return plan_end(p);
    case AREA_SPLIT:
        return plan_split(p);
    case AREA_MERGE:
        return plan_merge(p);
    case AREA_DOING_UNSET:
    case AREA_DOING__MAX:
        break;
    }
    return false;
}

bool area_plan_make(const struct area_tree *t, const struct area_wish *w, int64_t now, struct arena *a,
                    struct area_plan *ret, struct err *e)
{
    struct planning p = {.t = t, .w = w, .now = now, .a = a, .plan = ret, .e = e};

    (void)shape_failed(); /* of what was before */
    *ret = (struct area_plan){.what = w->what, .at = w->at};
    ret->pieces = arena_array(a, struct area_piece, PIECES_MAX);
    ret->ends = arena_array(a, const struct area *, PIECES_MAX);
    p.shapes = arena_array(a, GEOSGeometry *, PIECES_MAX);
    bool ok = counts_ok(&p) && time_ok(&p) && plan_wish(&p);
    if (ok && ret->n_wished == 0)
        ret->n_wished = ret->n_pieces;
    ok = ok && fits(&p);
    for (size_t i = 0; i < ret->n_pieces; i++)
        geometry_free(&p.shapes[i]);
    return ok;
}
