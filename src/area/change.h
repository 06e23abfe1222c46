/* change.h -- areas changed on the map. A wish becomes a plan (which areas begin, differ and end, from when)
 * or a complaint that says what is wrong and where; a plan is written as facts with their time. Nothing is
 * taken back: an area that ends stays known, and so do the matters raised in it. */
#ifndef AREA_CHANGE_H
#define AREA_CHANGE_H

#include "area/area.h"

struct json_object;

enum { AREA_POINTS_MAX = 5000, AREA_PARTS_MAX = 8, AREA_MERGED_MAX = 12, AREA_NAME_CHARS_MAX = 100 };

enum area_doing {
    AREA_DOING_UNSET = 0,
    AREA_ADD,   /* a new area under another one */
    AREA_EDIT,  /* another name or boundary */
    AREA_END,   /* there is no such area any more, and none below it */
    AREA_SPLIT, /* a grid or micro-grid, along a line */
    AREA_MERGE, /* grids or micro-grids side by side into one */
    AREA_DOING__MAX,
};
const char *area_doing_name(enum area_doing d);
enum area_doing area_doing_named(const char *name); /* AREA_DOING_UNSET if there is none */

/* What somebody wants to be called how; NULL: as proposed. */
struct area_part {
    const char *code, *name;
};
struct area_wish {
    enum area_doing what;
    int64_t at;               /* from when, ms */
    const char *const *codes; /* edit, end, split: the one; merge: those; add: under which */
    size_t n_codes;
    const struct area_part
        *parts; /* split: one a part, in the order of the plan, or none at all; else at most one */
    size_t n_parts;
    struct json_object *boundary; /* add, edit: a GeoJSON polygon, WGS-84; NULL: none, as before */
    struct json_object *line;     /* split: a GeoJSON LineString */
    bool approximate;             /* the boundary is derived, not surveyed */
};

/* An area as it is from the plan's moment on. */
struct area_piece {
    char code[AREA_CODE_MAX];
    const char *name, *boundary; /* boundary NULL: none */
    bool approximate;
    bool was; /* there is one of that code before, which goes on as this */
};
struct area_plan {
    enum area_doing what;
    int64_t at;
    struct area_piece *pieces; /* first those that were wished for, then what follows from them */
    size_t n_pieces, n_wished;
    const struct area **ends; /* those that are no more */
    size_t n_ends;
};

/* Everything in *ret lies in `a` or in the tree. `now`: nothing may be changed before it. ERR_INVALID and
 * ERR_CONFLICT with keys "area.…"; GEOS decides about geometries, with a metre's tolerance along borders. */
MUST_USE bool area_plan_make(const struct area_tree *t, const struct area_wish *w, int64_t now,
                             struct arena *a, struct area_plan *ret, struct err *e);
/* Writes it as the change `by`. */
MUST_USE bool area_plan_write(struct sql_tx *tx, int64_t district, const struct area_plan *p, struct uuid by,
                              struct err *e);
/* Undoes a change that does not hold yet. ERR_CONFLICT "area.stands_on" if a later one stands on it. */
MUST_USE bool area_plan_withdraw(struct sql_tx *tx, int64_t district, struct uuid by, struct err *e);

/* A row of area_change: what was decided. */
struct area_change {
    struct uuid id, actor;
    int64_t at, from, withdrawn; /* withdrawn 0: it holds */
    const char *what, *why;
    const char *begun, *ended; /* JSON: [{code,name}] */
};
MUST_USE bool area_change_add(struct sql_tx *tx, int64_t district, const struct area_change *c,
                              struct err *e);
MUST_USE bool area_change_end(struct sql_tx *tx, int64_t district, struct uuid id, int64_t now,
                              struct err *e);
/* *ret_there is false if there is none. */
MUST_USE bool area_change_get(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a,
                              struct area_change *ret, bool *ret_there, struct err *e);
/* The newest `n` with an id below `before` (nil: all). */
MUST_USE bool area_change_list(struct sql_tx *tx, int64_t district, struct uuid before, size_t n,
                               struct arena *a, struct area_change *ret, size_t *ret_n, struct err *e);
/* Whether any area ever had the code, or is to have it. */
MUST_USE bool area_ever(struct sql_tx *tx, int64_t district, const char *code, bool *ret, struct err *e);
/* How often areas have been changed: equal to area_changes() of a tree that is not behind. */
MUST_USE bool area_change_count(struct sql_tx *tx, int64_t district, size_t *ret, struct err *e);

#endif
