/* tally.h -- what a vote came to: pure functions over whole numbers. Weights are heads and hundredths of a
 * square metre, shares are exact fractions, nothing is rounded. */
#ifndef BALLOT_TALLY_H
#define BALLOT_TALLY_H

#include "pack/pack.h"

enum { OPTIONS_MAX = 64 };

struct weight {
    int64_t heads, area; /* area: 0.01 m² */
};

/* Whether `part` is that share of `whole`: part/whole >= num/den, or > where it says more. A share of nothing
 * is reached by nobody: false for a whole of 0. True where no share is asked. */
bool share_met(const struct share *s, int64_t part, int64_t whole);

/* One thing that must hold, as it reads in the result. */
struct check_row {
    const char *what;   /* "quorum_heads", "quorum_area", "yes_heads", "yes_area", "slips" */
    const char *option; /* of yes_…: whose; NULL otherwise */
    struct share share;
    int64_t have, of;
    bool holds;
};
enum { CHECKS_MAX = 8 };

struct tally_in {
    const struct ballot_rule *rule;
    bool choose; /* among candidates; false: options are yes, no, abstain in this order */
    size_t n_options;
    int64_t seats; /* of choose */
    enum ballot_tie tie;
    struct weight roll;         /* all who may vote */
    struct weight part;         /* who took part: abstained and spoilt their paper as well */
    const struct weight *votes; /* by option */
    int64_t issued,
        taken; /* papers handed out and found in the box; more than were handed out void the vote */
    const uint8_t (
        *lot)[32]; /* TIE_LOT: by option, what decides between equals: the lowest; NULL: no lot drawn */
};
struct tally {
    bool valid;  /* the quorum was reached and there were not more papers than voters */
    bool passed; /* yes/no: carried; choose: every seat is filled */
    size_t n_elected, n_tied;
    size_t elected[OPTIONS_MAX]; /* options, most votes first */
    size_t tied[OPTIONS_MAX];    /* equal at the last seat, not elected: they stand again */
    bool drawn;                  /* a lot decided */
    struct check_row checks[CHECKS_MAX];
    size_t n_checks;
};
/* n_options at most OPTIONS_MAX. */
struct tally tally_make(const struct tally_in *in);

#endif
