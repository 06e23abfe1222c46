/* check.h -- what those who check a pack may say and look up: pack/ itself, and the
 * effect types of higher layers (struct effect_type, pack.h). Every check_ function
 * complains at the node when something is wrong and then answers false or NULL, so a
 * caller only passes the verdict on; loading goes on, to find all that is wrong. */
#ifndef PACK_CHECK_H
#define PACK_CHECK_H

#include "pack/node.h"
#include "pack/pack.h"

/* Complains. `key` is documented in docs/packs.md, `expected` may be NULL. Yields false. */
bool check_fail(struct pack_check *c, const struct pack_node *at, const char *key, const char *expected,
                const char *fmt, ...) PRINTF_LIKE(5, 6);
/* Likewise at a place inside a file. */
bool check_fail_at(struct pack_check *c, const struct pack_file *f, int line, int column, int width,
                   const char *key, const char *expected, const char *fmt, ...) PRINTF_LIKE(8, 9);

struct arena *check_arena(struct pack_check *c);
const struct packs *check_packs(struct pack_check *c);

/* Names to choose from: an array of strings, or of structs that begin with their name. */
struct names {
    const void *base;
    size_t n, stride;
};
#define NAMES(array, count) ((struct names){(array), (count), sizeof *(array)})
/* Index of the name that the scalar is; complains "unknown WHAT 'x'" with the nearest or
 * with all there are. -1 if none. */
int check_name(struct pack_check *c, const struct pack_node *n, const char *what, const char *key,
               struct names names);
/* The most similar name; NULL if none is near. */
const char *names_nearest(struct names names, const char *word);

/* The node is a map and has no members but these. */
bool check_map(struct pack_check *c, const struct pack_node *n, const char *what, struct names members);
bool check_list(struct pack_check *c, const struct pack_node *n, const char *what);
/* Scalars. check_text(): not empty. */
const char *check_text(struct pack_check *c, const struct pack_node *n, const char *what);
bool check_int(struct pack_check *c, const struct pack_node *n, int64_t min, int64_t max, int64_t *ret);
bool check_bool(struct pack_check *c, const struct pack_node *n, bool *ret);

/* Reads `title: {zh, en}`, or zh and en standing beside the rest. `at` is where to complain. */
bool check_title(struct pack_check *c, const struct pack_node *at, const struct pack_node *map,
                 struct title *ret);

/* Things of a kind, by the scalar that names them. */
const struct field *check_field(struct pack_check *c, const struct kind *k, const struct pack_node *n);
const struct party_role *check_party(struct pack_check *c, const struct kind *k, const struct pack_node *n);
const struct state *check_state(struct pack_check *c, const struct kind *k, const struct pack_node *n);
const struct move *check_move(struct pack_check *c, const struct kind *k, const struct pack_node *n);
const struct clock_def *check_clock(struct pack_check *c, const struct kind *k, const struct pack_node *n);
const struct role *check_role(struct pack_check *c, const struct pack_node *n);
/* "community" -> enum area_level. 0 after complaining. */
int check_level(struct pack_check *c, const struct pack_node *n);
/* One who-may string, or a list of them. */
bool check_who(struct pack_check *c, const struct kind *k, const struct pack_node *n, const struct who **ret,
               size_t *ret_n);
/* A list of effects, as on moves and clocks. */
bool check_effects(struct pack_check *c, const struct kind *k, const struct pack_node *n,
                   const struct effect **ret, size_t *ret_n);
/* Compiles an expression in the kind's environment; complaints point into the scalar. */
bool check_cel(struct pack_check *c, const struct kind *k, const struct pack_node *n, enum cel_type want,
               const struct cel_expr **ret);

/* The kind that the scalar names. */
const struct kind *check_kind(struct pack_check *c, const struct pack_node *n);
/* The kinds that have k among their children, at most PARENTS_MAX. */
enum { PARENTS_MAX = 32 };
size_t check_parents(struct pack_check *c, const struct kind *k, const struct kind **ret);
#endif
