/* loader.h -- inside of pack/: the state of one packs_load(). Each subject has
 * its file; they run in the order of load.c, over all packs together. */
#ifndef PACK_LOADER_H
#define PACK_LOADER_H

#include "pack/check.h"

enum {
    COMPLAINTS_MAX = 50,
    PACKS_MAX = 200,
    KINDS_MAX = 400,
    CODES_MAX = 5000, /* per list */
    ROWS_MAX = 20000, /* per table */
    STATES_MAX = 64,  /* a bit each */
    MOVES_MAX = 64,
    CLOCKS_MAX = 64,
    PARTY_MAX = 64,
    SCHEDULES_MAX = 1000,
    RUNGS_MAX = 16,
    LEDGERS_MAX = 64,
    ACCOUNTS_MAX = 32, /* of one ledger */
    TIERS_MAX = 16,
    SCORES_MAX = 8, /* a kind */
    CRITERIA_MAX = 20,
    MANY_DEFAULT = 20,
};

/* A file of one pack. */
struct pack_load {
    const struct pack_source *source;
    const struct pack_node *root;
    struct pack pack;
    const struct kind **kinds;
};
/* A kind on its way: the arrays that the kind shows as const. */
struct kind_load {
    struct pack_load *from;
    const struct pack_node *name, *node;
    struct kind *kind;
    struct field *fields;
    struct party_role *parties;
    struct state *states;
    struct move *moves;
    struct clock_def *clocks;
    struct earlier *earlier;
    struct score_def *scores;
    struct appraisal_def *appraisal;
    struct appraisal_indicator *indicators; /* of `appraisal` */
    const struct measure_def **measures;
};
struct pack_check {
    struct arena *a;
    struct complaints *complaints;
    const struct effect_type *const *effects;
    size_t n_effects;
    struct pack_load *loads;
    size_t n_loads;
    struct kind_load *kinds;
    size_t n_kinds;
    struct packs *packs;
    struct role *roles;
    struct code_list *lists;
    struct table *tables;
    struct measure_def *measures;
    struct schedule_def *schedules;
    const char **orgs; /* packs->orgs, with room for orgs_max */
    size_t orgs_max;
};

/* lookup.c */
extern const char *const level_names[];
extern const size_t level_count;

/* load.c: a file of a pack, not empty, UTF-8, at most LIMIT_PACK_BYTES. Does not complain. */
bool source_read(struct pack_check *c, const struct pack_source *s, const char *name, struct pack_file *ret);
struct names kind_names(struct pack_check *c);

/* check.c */
bool check_new_name(struct pack_check *c, const struct pack_node *n, const char *what);

/* codes.c: code lists, tables, roles. */
void load_codes(struct pack_check *c);
void load_tables(struct pack_check *c);
void load_roles(struct pack_check *c);

/* csv.c: comma-separated values with places. */
struct csv_cell {
    const char *text;
    int line, column;
};
struct csv {
    struct pack_file file;
    size_t n_columns, n_rows; /* rows without the header */
    const char **columns;
    struct csv_cell *cells; /* row-major */
};
/* The file that scalar `n` names, from the pack's folder. Every row as wide as the header. */
bool csv_read(struct pack_check *c, const struct pack_load *l, const struct pack_node *n, struct csv *ret);

/* fields.c */
void load_fields(struct pack_check *c, struct kind_load *k);
void load_parties(struct pack_check *c, struct kind_load *k);
void load_line(struct pack_check *c, struct kind_load *k);
/* A value for the field as a pack writes it: a scalar, or a list where the field has many. */
bool check_value(struct pack_check *c, const struct field *f, const struct pack_node *n,
                 struct cel_value *ret);
/* env.c */
void load_env(struct pack_check *c, struct kind_load *k);
extern const char *const env_reserved[]; /* names no field may have */
extern const size_t env_n_reserved;
/* flow.c: states first, then moves (their names before their insides, for effects that name moves). */
void load_states(struct pack_check *c, struct kind_load *k);
void load_move_names(struct pack_check *c, struct kind_load *k);
void load_moves(struct pack_check *c, struct kind_load *k);
void load_routes(struct pack_check *c, struct kind_load *k);
/* reach.c: what only the whole flow can say. */
void check_flow(struct pack_check *c, struct kind_load *k);
/* clocks.c */
void load_clock_names(struct pack_check *c, struct kind_load *k);
void load_clocks(struct pack_check *c, struct kind_load *k);
/* family.c */
void load_children(struct pack_check *c, struct kind_load *k);
void load_earlier_names(struct pack_check *c, struct kind_load *k);
void load_earlier(struct pack_check *c, struct kind_load *k);
/* `inherits: [what, head, place]`. */
void load_inherits(struct pack_check *c, struct kind_load *k);
/* `during: [voting]`: names of states of its parents, once those are known. */
void load_during(struct pack_check *c, struct kind_load *k);
/* What is taken over must be there to take. */
void check_inherited(struct pack_check *c, const struct kind_load *k);
/* scores.c: names first, then the insides once all kinds are read, then what only moves can say. */
void load_score_names(struct pack_check *c, struct kind_load *k);
void load_scores(struct pack_check *c, struct kind_load *k);
void check_scores(struct pack_check *c, const struct kind_load *k);
/* appraisals.c: once all kinds are read; moves and measures once these are. */
void load_appraisal(struct pack_check *c, struct kind_load *k);
void check_appraisal(struct pack_check *c, struct kind_load *k);
/* certificates.c */
void load_certificates(struct pack_check *c, struct kind_load *k);
/* publish.c: after the states, the fields and the line. */
void load_publish(struct pack_check *c, struct kind_load *k);
/* booking.c: after all kinds are read. */
void load_booking(struct pack_check *c, struct kind_load *k);
/* unique.c: `interval:`, `unique:`, `by_code:`. */
void load_unique(struct pack_check *c, struct kind_load *k);
void load_by_code(struct pack_check *c, struct kind_load *k);
/* ballot.c: after all kinds have their fields, states and moves. */
void load_ballot(struct pack_check *c, struct kind_load *k);
/* measures.c */
void load_measures(struct pack_check *c);
/* schedules.c: after all kinds. */
void load_schedules(struct pack_check *c);
/* ledgers.c: once kinds have names. */
void load_ledgers(struct pack_check *c);
/* `pay:` of a kind, and whether its moves ask the books; after its moves. */
void load_pay(struct pack_check *c, struct kind_load *k);
/* Complains of expressions that ask what stands in ledgers, where nobody knows it. */
bool check_no_balance(struct pack_check *c, const struct pack_node *n);

/* lookup.c: the field, note or place that a move asks for, by name. */
const char *need_name(const struct need *n);

/* Whether it is counted by organisations that play that part. */
bool measure_by_org(const struct measure_def *m, const struct party_role *role);

/* json.c: member "after", where the party itself must stand for its step; left out where it may stand
 * anywhere. A phone without a signal knows by it what comes next. */
void move_write_after(struct json_out *out, const struct kind *k, const struct move *m);

#endif
