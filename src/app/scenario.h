/* scenario.h -- inside of `wangge scenario`: a story told in YAML (docs/scenarios.md), played through
 * the one door in simulated time, and compared with what was told. */
#ifndef APP_SCENARIO_H
#define APP_SCENARIO_H

#include "app/app.h"
#include "pack/node.h"

enum { KEPT_MAX = 240000, PHOTOS_TOGETHER = 512 };

/* A record that the story gives a name. */
struct kept {
    const char *name;
    const struct kind *kind;
    struct uuid id;
};

/* A photo that somebody took for a step, and that is not in the database yet. */
struct shot {
    struct uuid id, by;
    int nth; /* of those of one step, from 1; 0: the only one */
};

/* How far the look for the n-th record of a name has come. */
struct seek {
    const struct pack_node *name;
    size_t next;
    int64_t nth;
};

struct play {
    struct district *d;
    struct arena *arena;
    const struct pack_node *root, *steps_told; /* steps_told: after play_count() */
    struct rng rng;
    int64_t started, now; /* started 0: no step yet */
    int64_t moment;       /* what "-3d 09:00" counts from; such a step is never later */
    bool counted;         /* the last `at` was */
    struct arena *story;  /* what stays as long as the story; `arena` may be that of one time of many */
    struct kept *kept;    /* KEPT_MAX at most; one that was looked up stays where it is */
    size_t n_kept, max_kept;
    struct shot *shots; /* PHOTOS_TOGETHER at most; NULL: none was taken yet */
    size_t n_shots;
    size_t offices;     /* organisations that populate has made: "ROLE-1-2" is the second of the first one's
                           people */
    char *hash;         /* PASSWORD_HASH_MAX bytes: of the sample's password, once it was needed */
    const char *office; /* the last organisation made for somebody by name */
    struct uuid office_id;
    bool verbose;
    int steps, failures;
    /* While a step is repeated: which time this is, from 1, and the record it is meant for. 0 and NULL
     * otherwise. */
    int64_t turn;
    const struct kept *target;
    const struct kept *above; /* in a step done for each of several: the one at hand, which it raises below */
    int64_t skip;             /* how many of those kept by a name are left out */
    struct seek named, each;
    bool scheduled;    /* some rules are on */
    int64_t next_rule; /* when the next one comes; 0: not known */
    /* What is told as JSON instead of printed: lists of complaints and of figures; NULL: it is printed. */
    struct json_out *complaints, *figures;
};

/* "file:line: what", on stderr; counts. Yields false. */
bool play_fail(struct play *p, const struct pack_node *at, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same with what an error says. */
bool play_fail_err(struct play *p, const struct pack_node *at, const char *what, const struct err *e);
/* Gives a record a name; there must be room (KEPT_MAX). */
void play_keep(struct play *p, const char *name, const struct kind *k, struct uuid id);
const struct kept *play_kept(struct play *p, const struct pack_node *name); /* NULL after complaining */
/* A scalar's text, "" if it is none. */
const char *play_text(const struct pack_node *n) NEVER_NULL;
/* "6m" -> ms: s, m, h, d. */
bool play_duration(const char *s, int64_t *ret_ms);
/* An instant: RFC 3339, or counted from the moment of the play: "-2h" so long before it, "+1d 19:00" tomorrow
 * at that local time. *ret_told, which may be NULL: it was counted. */
bool play_instant(const struct play *p, const char *s, int64_t *ret, bool *ret_told);
/* "+1d": the date, counted from the day of the play's moment. */
bool play_date(const struct play *p, const char *s, char ret[16]);
/* The area that a name, or township and name, or a code means. NULL after complaining. */
const struct area *play_area(struct play *p, const struct pack_node *n);

/* Where the record lies that a step is meant for, or that it raises below. False after complaining. */
bool play_area_of_target(struct play *p, const struct pack_node *at, const char **ret);
/* Areas of a level within another, in the order of their codes; lives as long as the play. */
const struct area **play_areas_of(struct play *p, const struct area *under, enum area_level level,
                                  size_t *ret_n) NEVER_NULL;

/* `fields:` of a step as the API takes them; the caller frees it. */
struct json_object *play_fields(struct play *p, const struct kind *k, const struct pack_node *map);

/* What a step wants done, by one of those who do it: the body of a request. */
bool play_command(struct play *p, const struct pack_node *step, const struct principal *who,
                  struct command **ret, struct err *e);
/* Lets time go on: clocks and rules act at their own moments. False after complaining. */
bool play_time(struct play *p, const struct pack_node *at, int64_t until);
/* One more photo of somebody's, for a field or as evidence; play_photos() puts it into the database. */
MUST_USE bool play_photo(struct play *p, const struct uuid *account, struct uuid *ret, struct err *e);
/* Puts the photos taken since the last time into the database: before the commands that name them are sent.
 */
MUST_USE bool play_photos(struct play *p, struct err *e);

/* People and areas the story needs, before its first step; then district_reload() lets them act. */
bool play_populate(struct play *p);
/* switch_on: PACK, and work: KIND -- many people doing what they have to do. */
void play_switch_on(struct play *p, const struct pack_node *step);
/* A step of a ballot: `ballot: NAME` with roll, votes, paper, counts or declare. */
void play_ballot(struct play *p, const struct pack_node *step);
void play_work(struct play *p, const struct pack_node *step);
/* score: NAME -- all judges of the rounds kept by that name give their sheets. */
void play_score(struct play *p, const struct pack_node *step);
/* find: KIND, below: NAME, in: AREA, keep: NAME -- names what lies below a record that has a name. */
void play_find(struct play *p, const struct pack_node *step);
/* All steps in their order; false when one could not even be tried. */
void play_steps(struct play *p);
/* The same, one at a time: how many there are, when the i-th is due (as far as is known before it), and doing
 * it. False after complaining: nothing that follows means anything. */
bool play_count(struct play *p, size_t *ret);
bool play_due(struct play *p, size_t i, int64_t *ret);
bool play_one(struct play *p, size_t i);
/* The map that a file says, or NULL after complaining; lives in `a`. */
const struct pack_node *play_read(const struct pack_file *f, struct arena *a);
/* Conditions on records: {NAME: CONDITION}. */
void play_expect(struct play *p, const struct pack_node *map);
/* Checks and figures at the end; a table on stdout. */
void play_end(struct play *p);

#endif
