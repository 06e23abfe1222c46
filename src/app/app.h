/* app.h -- puts the layers together: an opened district, and the subcommands. */
#ifndef APP_APP_H
#define APP_APP_H

#include "clock/clock.h"
#include "engine/engine.h"
#include "http/route.h"
#include "http/stream.h"
#include "measure/measure.h"
#include "record/follow.h"
#include "record/record.h"
#include "schedule/schedule.h"

#define WANGGE_VERSION "0.1.0"

/* --- what is in the binary --- */

struct embedded {
    const char *name; /* "packs/incident/pack.yaml", "sample/areas.csv", "web/index.html" */
    const unsigned char *bytes;
    size_t size;
    bool gzip;
};
extern const struct embedded embedded_data[], embedded_web[]; /* each ended by a row without name */
extern const size_t embedded_data_n, embedded_web_n;
const struct embedded *embedded_find(const char *name); /* in embedded_data; NULL if there is none */

/* --- a district --- */

struct district_options {
    const char *dir; /* data folder; NULL: a fresh district, made from the sample, that is not kept */
    const char *db;  /* "postgresql://…": DIR has no database file; NULL: DIR/wangge.db, or memory */
    bool threaded;   /* the writer has a thread of its own: serve */
    bool live;       /* streams and sessions: serve */
    bool read_only;
    bool no_door;       /* writes no matters: may be opened beside the server, which is the one writer */
    bool dry;           /* the door tries everything and keeps nothing: --dry-run */
    enum sql_sync sync; /* SQL_SYNC_OFF only for loads that can be repeated */
    int batch;          /* commands a transaction; 0: default */
    const char *const *pack_dirs; /* folders of further packs, beside the embedded ones and DIR/packs */
    size_t n_pack_dirs;
    const struct version_choice *instead; /* versions of packs (rules/rules.h) taken as if they held */
    size_t n_instead;
    bool versions_only; /* there is no district_world(): for a district whose packs cannot be loaded */
};
struct district {
    struct sql *db;
    char *dir; /* NULL: in memory */
    int64_t code;
    int offset_min;
    bool sample;
    char *name, *short_name;
    int lock; /* held by who has the door; -1: nobody here */
    struct privacy *privacy;
    struct packs *packs; /* the program's own; those that hold are district_world()->packs */
    struct arena *packs_arena;
    struct own_packs *own; /* their files */
    struct rules *rules;   /* versions in their places */
    struct worlds *worlds;
    struct door *door;
    struct sql_group *beside; /* live: small writes that are no commands */
    struct stream_hub *hub;
    struct sessions *sessions;
    struct timer *timer;         /* NULL unless started */
    struct sender *sender;       /* NULL unless started: serve */
    struct scheduler *scheduler; /* likewise */
    struct importer *importer;   /* likewise */
    struct follower *follower;   /* NULL unless started: a live district on a shared database */
    struct services services;
};
/* Opens what is there, or with a dir of NULL makes a sample district in memory (or in the empty database
 * `db`). Of several districts in a server's database it is the one that the file `district` in dir names.
 * ERR_NOT_FOUND "district.none" where `init` was not run; ERR_BUSY "district.locked" where another process
 * has the door of this district. Pack complaints go to stderr. */
MUST_USE bool district_open(const struct district_options *o, struct district **ret, struct err *e);
void district_close(struct district **d);
const struct world *district_world(struct district *d);
/* A new snapshot after areas, people or the calendar changed. */
MUST_USE bool district_reload(struct district *d, struct err *e);
/* Whether this server does what is to be done once: the only one does. */
bool district_in_charge(const struct district *d);

struct init_options {
    const char *db; /* as in struct district_options */
    int64_t code;   /* 330803 */
    const char *name, *short_name;
    enum suite suite;
    int offset_min; /* local time east of UTC */
    bool sample;
    bool stage;      /* nobody will sign in: accounts get no passwords, whose hashing is slow by intent */
    bool distribute; /* lay the tables over the servers of a cluster, where `db` can; said on stdout where not
                      */
};
/* Makes DIR with database, key and folders, or with `db` its tables in that database; with `sample` the
 * sample district's areas, calendar and accounts. ERR_CONFLICT "district.exists" if there is one. */
MUST_USE bool district_init(const char *dir, const struct init_options *o, struct err *e);

/* The sample district: areas, calendar, organisations, accounts; `password` NULL: nobody can sign in. */
MUST_USE bool sample_fill(struct sql *db, const struct privacy *pv, int64_t district, int64_t now,
                          const char *password, struct err *e);
/* A little of each programme: plays the sample.yaml of every pack that has one, up to `now`. What is wrong in
 * one is printed on stderr; ERR_INVALID "sample.refused". */
MUST_USE bool sample_play(struct district *d, int64_t now, struct err *e);
/* Whether that was done: the accounts of the programmes are there. */
bool sample_is_played(struct district *d);
/* Login and role of every sample account, for people to read; with those of the programmes. */
void sample_print_accounts(bool programmes);
#define SAMPLE_PASSWORD "wangge-sample"

/* Takes the lock of a data folder, that of its one writer of matters (`together`: of its servers, which share
 * a database), until the descriptor *ret is closed; ERR_BUSY "district.locked" where another process holds
 * it. */
MUST_USE bool district_lock(const char *dir, bool together, int *ret, struct err *e);

/* --- subcommands --- */

struct subcommand {
    const char *name;
    const char *summary;               /* one line of `wangge --help` */
    const char *help;                  /* of `wangge NAME --help`: usage, options, examples */
    int (*run)(int argc, char **argv); /* argv[0] is the name; the exit status: 0 fine, 1 no, 2 usage */
};
extern const struct subcommand *const subcommands[]; /* ended by NULL */

/* Options of a subcommand: "--name VALUE", "--name=VALUE", flags without a value. */
struct option_def {
    const char *name;   /* "data" */
    const char **value; /* set to the argument; NULL for a flag */
    bool *flag;
};
/* Parses argv[1..]; operands go to *ret_operands (argv is reordered). On --help prints the help and ends the
 * process with 0; on a wrong option says which and ends with 2.
 * --data, --listen, --pack, --trust-proxy and --drain may also stand in the environment (WANGGE_DATA …). */
void options_parse(const struct subcommand *s, int argc, char **argv, const struct option_def *defs, size_t n,
                   char ***ret_operands, int *ret_n);
/* The server's address that --db or else WANGGE_DB gives; NULL: none. --db goes with every "data". */
const char *options_db(void);
/* Prints an error in Chinese and English on stderr; the exit status 1. */
int print_err(const char *doing, const struct err *e);

/* A line on stderr that is rewritten, when stderr is a terminal; otherwise a line every few seconds. */
struct progress {
    const char *what;
    int64_t total, last_ms, started_ms;
    bool terminal;
};
void progress_begin(struct progress *p, const char *what, int64_t total /* 0: unknown */);
void progress_step(struct progress *p, int64_t done);
void progress_end(struct progress *p, int64_t done);

#endif
