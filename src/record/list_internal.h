/* list_internal.h -- one list being made, shared by the files that make it. */
#ifndef RECORD_LIST_INTERNAL_H
#define RECORD_LIST_INTERNAL_H

#include "base/limits.h"
#include "json/json_out.h"
#include "record/list.h"

enum { LIST_COLUMNS = 20 }; /* of a row of record.list_* */

struct list {
    const struct req *r;
    const struct world *w;
    struct arena *a;
    struct sql_tx *tx;
    struct sql_where where;
    const struct kind *kind; /* NULL: all */
    const char *area, *state, *q;
    struct uuid parent; /* nil: any */
    bool open, late, mine, soon, unassigned;
    bool plain; /* what the request says besides kind and area is no condition here */
    const struct measure_def *measure;
    int64_t limit;
    enum { NEWEST = 0, OLDEST, DUE, DUE_BACK, NUMBER } order;
    /* the cursor, decoded */
    struct uuid after;
    int64_t after_at; /* due time, instant or number */
    int64_t after_seq;
    bool unfiltered; /* whatever the caller has a part in */
    size_t ensured;  /* so much of `where` says nothing but kind and state; 0: not even that */
    bool has_cursor;
    bool by_part; /* behind its columns a row says which part the caller plays */
    struct {
        size_t n;          /* rows read */
        struct uuid at;    /* whose part the last was */
        struct uuid whole; /* the matter before that */
    } parts;
    /* the answer */
    struct json_out *out; /* NULL: the rows' ids go into `found` */
    struct uuid *found;   /* room for LIMIT_LIST_PAGE */
    /* Writes one row; NULL: record_write_row(), as the caller may see it. */
    bool (*write)(struct list *l, const struct sql_rows *rows, struct err *e);
    int64_t n, examined; /* rows shown; and looked at */
    bool more;           /* there was a row behind the page's last */
    const char *next;
    const char *reached; /* where the walk behind a page that is not full stands, as a server said; NULL: at
                            its end */
};

/* A set of records, no more than fit into one statement. */
struct ids {
    struct uuid *list;
    size_t n, max;
};
void ids_init(struct ids *ids, const struct list *l);
void ids_add(struct ids *ids, struct uuid id);
/* Writes those of the set that the list's conditions let through. */
MUST_USE bool list_emit_ids(struct list *l, struct ids *ids, struct err *e);
/* Writes the rows of a statement, no more than a page has; *ret_last and *ret_by are the last one's, by what
 * the list is ordered. */
MUST_USE bool list_emit(struct list *l, struct sql_rows **rows, struct uuid *ret_last, int64_t *ret_by,
                        struct err *e);
/* A page of a walk that looks at LIMIT_LIST_EXAMINED rows and no further, with its cursor. `select` and
 * `skip` take the same arguments, of which the third and fourth are the page's limit and how many are looked
 * at. `tells`: the page says itself where it stands. */
MUST_USE bool list_walk(struct list *l, int select, int skip, bool tells, const struct sql_arg *args,
                        size_t n, struct err *e);
const char *list_cursor(struct list *l, struct uuid u);
/* The kind and the area that are asked for. */
MUST_USE bool list_read_kind(struct list *l, struct err *e);
MUST_USE bool list_read_area(struct list *l, struct err *e);
/* What was asked for, as conditions: kind, area, state, open, late, soon, unassigned, where, light, dim. */
MUST_USE bool list_conditions(struct list *l, struct err *e);
/* The caller and the caller's organisations, LIST_WHO_MAX at most. */
enum { LIST_WHO_MAX = 16 };
size_t list_whose(const struct principal *p, struct uuid who[LIST_WHO_MAX]);
/* The condition that `text` states over the kind's fields. */
MUST_USE bool list_and_cel(struct list *l, const char *text, struct err *e);
MUST_USE bool list_walk_records(struct list *l, struct err *e);

/* The other ways to a list: what the caller is a party to, full text, the rows behind a figure. */
MUST_USE bool list_walk_mine(struct list *l, struct err *e);
MUST_USE bool list_walk_search(struct list *l, struct err *e);
MUST_USE bool list_walk_measure(struct list *l, struct err *e);

#endif
