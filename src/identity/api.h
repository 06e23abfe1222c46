/* api.h -- what the routes of identity/ share: inside this folder only. */
#ifndef IDENTITY_API_H
#define IDENTITY_API_H

#include "identity/account.h"

/* The caller as the one who makes a change. */
struct doing api_doing(const struct req *r);
/* After people changed: everybody sees it from the next request on. */
MUST_USE bool api_changed(struct req *r, struct err *e);
/* Answers {"ok": true}; always true. */
bool api_done(struct req *r);
/* Members of a post; `times` adds from, until and whether it is held now, ended or to come. */
void api_post(struct json_out *j, const struct services *s, const struct post *p);
void api_post_times(struct json_out *j, const struct services *s, const struct post *p, int64_t now);
/* "138****8000" of a sealed number of an account; *ret NULL when `sealed` is. */
MUST_USE bool api_phone(const struct req *r, struct uuid account, const char *sealed, const char **ret,
                        struct err *e);

/* A page of a list in the order of ids: those after `cursor`, or before it where the newest come first. */
struct page {
    const char *q, *area, *role;
    struct uuid cursor, last;
    int64_t limit, n;
    bool more;
};
/* `newest`: without a cursor it begins at the end. ERR_MALFORMED "http.cursor". */
MUST_USE bool page_read(const struct req *r, bool newest, struct page *ret, struct err *e);
/* Counts an item that fits; false when the page is full. */
bool page_take(struct page *p, struct uuid id);
/* Ends the list that jo_obj(), jo_arr("items") began. */
void page_end(struct json_out *j, const struct page *p);

/* A whole answer from a statement that looks at LIMIT_LIST_EXAMINED rows and no further: then the page is
 * short and goes on from there. `take` writes the row if it fits and page_take() lets it in; the id stands
 * first. */
MUST_USE bool page_walk(struct json_out *j, struct page *p, struct sql_rows **rows,
                        bool (*take)(void *ctx, const struct sql_rows *rows, struct err *e), void *ctx,
                        struct err *e);

#endif
