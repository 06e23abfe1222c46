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

/* Who or what a line of a list names. */
struct api_named {
    struct uuid id;
    const char *name, *login; /* NULL: none, or a phone number's */
};
/* An account or an organisation; the staff are at hand, whoever holds no post is read. */
MUST_USE bool api_find_named(struct req *r, struct sql_tx *tx, struct uuid id, struct api_named *ret,
                             struct err *e);
/* {id, name, login}, or null for nobody. */
void api_write_named(struct json_out *j, const char *key, const struct api_named *n);

#endif
