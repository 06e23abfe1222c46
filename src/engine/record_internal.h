/* record_internal.h -- what the files of engine/ and the clock effects share. */
#ifndef ENGINE_RECORD_INTERNAL_H
#define ENGINE_RECORD_INTERNAL_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "engine/engine.h"

enum {
    LIST_ROOM = 4,          /* a clone's lists have room up to a multiple of it */
    TITLE_CHARS = 80,       /* code points of a record's line */
    LINE_BYTES = 16 * 1024, /* of a line before it is cut */
};

struct record *record_clone(const struct record *r, struct arena *a) NEVER_NULL;
/* A clone's list of n items with room for one more, in `a`: the same where it has. */
void *list_grow(void *items, size_t n, size_t size, struct arena *a);
/* The record's clock of that definition (and party); NULL if it never started. */
struct clock *record_clock(struct record *r, const struct clock_def *def, struct uuid party);
/* The n-th party, counted from 1; NULL for 0. Valid until a party is added. */
struct party *record_party(const struct record *r, size_t n);
/* The account, or the organisation, that plays. */
struct uuid party_id(const struct party *p);
/* Whether the part has steps of its own (each: party). */
bool party_has_steps(const struct kind *k, const struct party_role *role);
/* Stops all clocks of a party that leaves its part. */
void party_clocks_end(struct record *r, struct uuid party, int64_t at);
/* When the next rung of a running clock's ladder is; 0: there is none left. */
int64_t clock_remind_at(const struct clock *c);
/* How the record reads in a list. */
const char *record_line(const struct record *r, struct arena *a) NEVER_NULL;

/* True if `p` plays the part itself or belongs to the organisation that does. */
bool party_is(const struct party *party, const struct principal *p);
/* True if `p` plays the part of that name, as a party or by the claim of an anonymous reporter. */
bool plays_part(const struct record *r, const struct principal *p, const char *role);
/* The first of `who` that lets `p` act on `r`; NULL if none does. */
const struct who *who_admits(const struct record *r, const struct principal *p, const struct who *who,
                             size_t n);

#endif
