/* poll.h -- what the files of this folder share. Inside this folder only. */
#ifndef BALLOT_POLL_H
#define BALLOT_POLL_H

#include "ballot/ballot.h"
#include "ballot/blind.h"
#include "ballot/tally.h"
#include "base/buf.h"
#include "identity/account.h"

#include <stdio.h>

enum {
    ROLL_MAX = 200000,
    ROLL_PAGE = 200,
    OWN_MAX = 64, /* numbers of one account, and of those it votes for */
    LABEL_CHARS = 120,
    NAME_CHARS = 60,
    PLACES_MAX = 200,
    REASON_CHARS = 500,
    WEIGHT_MAX = 100000000, /* heads, and 0.01 m², of one number */
    HOUR_MS = 3600000
};

/* One line of the roll. */
struct elector {
    int64_t no;
    struct uuid account;
    const char *name; /* "sealed|mask" */
    const char *label, *place;
    struct weight w;
    int64_t proxy;
    const char *mark; /* "", "online", "paper" */
    int64_t hour;
    const void *blinded; /* HASH_BYTES; NULL: none */
    const char *typed;   /* of a paper vote typed in once: "mine", "other"; else NULL. Of lists alone */
};
struct sum_row {
    int64_t n;
    struct weight w;
};
/* What a roll amounts to, and who took part by which way. */
struct sums {
    struct sum_row roll, online, paper;
};
/* So many numbers of a ballot took part at a place, in an hour. */
struct marked {
    struct uuid ballot;
    const char *way, *place; /* way: "online", "paper" */
    int64_t hour, numbers;
    struct weight w;
};

struct poll poll_of(struct req *r);
/* poll_of(), a transaction, poll_load() of the first path parameter. */
MUST_USE bool poll_open(struct req *r, enum sql_mode mode, struct poll *ret, struct sql_tx **ret_tx,
                        struct err *e);
bool poll_in(const struct poll *p, uint64_t states);
/* ERR_DENIED "ballot.denied". */
MUST_USE bool poll_runs(const struct poll *p, struct err *e);
/* Conducts it or watches it; the same refusal. */
MUST_USE bool poll_sees(const struct poll *p, struct err *e);
/* ERR_CONFLICT "ballot.roll_closed", "ballot.not_open" … */
MUST_USE bool poll_roll_open(const struct poll *p, struct err *e);
MUST_USE bool poll_voting(const struct poll *p, struct err *e);
int64_t poll_closes(const struct poll *p); /* 0: not said */
size_t poll_options(const struct poll *p, const char *ret[OPTIONS_MAX]);
/* Names of the three of a plain question. */
const char *poll_option_title(const char *option, bool en);
int64_t poll_seats(const struct poll *p);
/* The first rule that fits. */
MUST_USE bool poll_rule(const struct poll *p, const struct ballot_rule **ret, struct err *e);
/* [1, 3] -> "1,3": distinct numbers of options from 1, rising; at most the seats, one of a plain question;
 * none: a blank vote, of an election only. ERR_FIELD "ballot.choice". */
MUST_USE bool poll_choice(const struct poll *p, const int64_t *choice, size_t n, const char **ret,
                          struct err *e);
/* "1,3" back; false when it is none. */
bool choice_read(const char *text, size_t n_options, bool ret[OPTIONS_MAX]);
MUST_USE bool read_numbers(struct arena *a, struct json_object *list, const char *field, int64_t max,
                           int64_t **ret, size_t *ret_n, struct err *e);
/* Hexadecimal of a JSON member; ERR_FIELD "ballot.hex". */
MUST_USE bool read_hex(struct arena *a, const char *text, const char *field, struct blind_bytes *ret,
                       struct err *e);
const char *hex_text(struct arena *a, struct blind_bytes b);
struct uuid vote_id(const struct poll *p, int64_t no);
MUST_USE bool poll_audit(const struct poll *p, struct sql_tx *tx, const char *verb, int64_t no,
                         const char *why, struct err *e);

/* --- roll.c --- */

struct elector elector_row(const struct sql_rows *rows, struct arena *a);
MUST_USE bool roll_get(const struct poll *p, struct sql_tx *tx, int64_t no, struct elector *ret,
                       bool *ret_there, struct err *e);
/* The same; ERR_NOT_FOUND "ballot.number". */
MUST_USE bool roll_need(const struct poll *p, struct sql_tx *tx, int64_t no, struct elector *ret,
                        struct err *e);
MUST_USE bool roll_put(const struct poll *p, struct sql_tx *tx, const struct elector *x, struct err *e);
MUST_USE bool roll_page(const struct poll *p, struct sql_tx *tx, int64_t after, int64_t limit,
                        struct elector **ret, size_t *ret_n, struct err *e);
/* Says of a page which numbers have a paper vote typed in once. */
MUST_USE bool roll_typed(const struct poll *p, struct sql_tx *tx, int64_t after, struct elector *list,
                         size_t n, struct err *e);
/* The number takes part from now on: its mark, and what follows from it. */
MUST_USE bool roll_mark(const struct poll *p, struct sql_tx *tx, struct elector *x, const char *way,
                        struct err *e);
/* Numbers the caller may vote for: their own, and those that gave them their vote. */
MUST_USE bool roll_mine(const struct poll *p, struct sql_tx *tx, struct elector *ret, size_t *ret_n,
                        struct err *e);
/* How many gave this number their vote; at most OWN_MAX. */
MUST_USE bool roll_given(const struct poll *p, struct sql_tx *tx, int64_t no, int64_t *ret, struct err *e);
MUST_USE bool roll_strike(const struct poll *p, struct sql_tx *tx, int64_t no, struct err *e);
/* A number the caller may vote for: their own unless it was given to somebody, or one given to them.
 * ERR_DENIED "ballot.not_yours", ERR_CONFLICT "ballot.given". */
MUST_USE bool roll_own(const struct poll *p, struct sql_tx *tx, int64_t no, struct elector *ret,
                       struct err *e);
/* SHA-256 over the lines no,heads,area in order: what was frozen. */
const char *roll_digest(struct arena *a, const struct elector *x, size_t n);
/* One of those lines. */
void roll_line(struct buf *out, const struct elector *x);
/* Where on the roll a number stands; n if nowhere. */
size_t place_on_roll(const struct elector *x, size_t n, int64_t no);
const char *seal_name(const struct poll *p, int64_t no, const char *plain);

/* --- sums.c: kept figures --- */

/* Adds to the roll, or takes off. */
MUST_USE bool sums_roll(struct sql_tx *tx, int64_t district, const struct uuid *ballot, int64_t numbers,
                        struct weight w, struct arena *a, struct err *e);
/* Adds to those who took part. */
MUST_USE bool sums_marks(struct sql_tx *tx, int64_t district, const struct marked *list, size_t n,
                         struct arena *a, struct err *e);
/* Three rows, however long the roll. */
MUST_USE bool sums_of(const struct poll *p, struct sql_tx *tx, struct sums *ret, struct err *e);

/* --- roll_make.c --- */

/* Replaces the roll, and makes the key pair of a secret ballot. */
MUST_USE bool roll_replace(const struct poll *p, struct elector *x, size_t n, struct err *e);
MUST_USE bool roll_from_csv(const struct poll *p, const char *csv, struct elector **ret, size_t *ret_n,
                            struct err *e);
MUST_USE bool roll_from_records(const struct poll *p, struct elector **ret, size_t *ret_n, struct err *e);

/* --- urn_api.c --- */

struct ballot_row {
    bool there;
    struct blind_bytes public_key;
    const char *secret; /* sealed; NULL: none any more */
    int64_t closed_at;
};
MUST_USE bool ballot_row(const struct poll *p, struct sql_tx *tx, struct ballot_row *ret, struct err *e);

/* --- gather.c --- */

/* A vote of an open ballot. */
struct open_vote {
    int64_t no;
    const char *choice, *way;
};
/* One record below the ballot (id, fields, sealed). *ret_is: it carries the id that follows from its number;
 * only such a one is a vote of that number. */
MUST_USE bool vote_row(const struct poll *p, const struct sql_rows *rows, struct open_vote *ret, bool *ret_is,
                       struct err *e);

/* How many took part. */
struct turnout {
    int64_t online, paper; /* numbers of the roll */
    struct weight part;
};
/* Paper slips by option, and spoilt ones, where both counters of each place agree; *ret_agreed false
 * otherwise. */
struct paper {
    int64_t votes[OPTIONS_MAX], spoilt, slips;
    bool agreed;
};
/* Everything that was voted. */
struct gathered {
    const char *options[OPTIONS_MAX];
    size_t n_options;
    struct weight votes[OPTIONS_MAX];
    struct turnout turnout;
    struct sum_row roll;
    int64_t blank, slips; /* slips: of the urn */
    struct paper paper;
    const char *digest, *roll_digest; /* of the published list and the frozen roll, hexadecimal */
};
/* Counts it in bounded memory; `list`, unless NULL, gets the published list as CSV. ERR_BUSY "ballot.disk".
 */
MUST_USE bool votes_gather(const struct poll *p, struct sql_tx *tx, FILE *list, struct gathered *ret,
                           struct err *e);

/* --- result.c --- */

/* The result as members of the open object; *ret may be NULL. ERR_CONFLICT "ballot.counts" when the counters
 * do not agree yet. */
struct outcome_of {
    struct tally tally;
    const char *digest;              /* of the published list, hexadecimal */
    const char *sentence;            /* one line in both languages */
    struct cel_value elected, votes; /* lists: names of who is elected, best first; heads by option */
};
MUST_USE bool result_write(const struct poll *p, struct sql_tx *tx, struct json_out *out,
                           struct outcome_of *ret, struct err *e);
/* Which rule, and how the article reads. */
void rule_write(struct json_out *out, const char *key, const struct ballot_rule *r);

/* --- kept.c --- */

/* The result of a published ballot as JSON, if this server has counted that very list before; in p's arena.
 */
bool result_kept(const struct poll *p, const char **ret);
/* Remembers it, if it is published. */
void result_keep(const struct poll *p, const char *json);

/* --- count_api.c --- */

MUST_USE bool paper_counted(const struct poll *p, struct sql_tx *tx, size_t n_options, struct paper *ret,
                            struct err *e);

/* --- ballot_api.c --- */

/* The whole answer of GET /ballots/{id}, counting included; beside the event loops. */
handler_fn ballot_show;

/* handlers */
handler_fn ballot_mine, ballot_get, ballot_turnout, roll_put_all, roll_list, roll_correct, roll_proxy,
    roll_paper;
handler_fn options_name, vote_cast, vote_done, typed_put, typed_done, token_sign, token_signed, urn_take,
    urn_taken, urn_look, count_put, count_list, result_declare, options_done, list_get;

#endif
