/* identity.h -- accounts, organisations, posts, sessions; who somebody is.
 * The directory (organisations, posts, staff) is held in memory, immutable, and
 * replaced as a whole when it changes; residents are read when they sign in. */
#ifndef IDENTITY_IDENTITY_H
#define IDENTITY_IDENTITY_H

#include "area/area.h"
#include "base/base.h"
#include "base/uuid.h"
#include "http/route.h"
#include "identity/privacy.h"
#include "sql/sql.h"

struct org {
    struct uuid id;
    const char *name;
    const char *area;      /* code of the area it serves */
    enum area_level level; /* of a unit: the level it governs; AREA_UNSET for departments, companies */
    struct uuid parent;    /* nil at the top */
    bool unit;             /* the governing unit of its area: district centre, township, community */
    int64_t ended;         /* ms; 0: it is there. One that has ended keeps its name and takes nothing new */
};

struct post {
    struct uuid account;
    const char *role;
    const char *area;    /* code */
    struct uuid org;     /* nil: none */
    int64_t from, until; /* ms; until 0: open */
};

struct account {
    struct uuid id;
    const char *login, *name;
    bool active;
};

/* A duty: somebody answers for an organisation from one moment to another. */
enum duty_part { DUTY_UNSET = 0, DUTY_ON, DUTY_LEAD, DUTY_STANDBY, DUTY__MAX };
const char *duty_part_name(enum duty_part p);     /* "duty", "lead", "standby" */
enum duty_part duty_part_named(const char *name); /* DUTY_UNSET if there is none */
enum { DUTY_LENGTH_MAX_MIN = 7 * 24 * 60 };       /* of one duty */
struct duty {
    struct uuid org, account;
    int64_t from, until; /* ms; `until` is not of it any more */
    enum duty_part part;
};

/* Who acts. Lives in an arena or is one of the fixed ones below. */
struct principal {
    struct uuid account; /* nil: anonymous or the system */
    const char *login, *name;
    enum actor_kind {
        ACTOR_UNSET = 0,
        ACTOR_ANONYMOUS,
        ACTOR_PERSON,
        ACTOR_CLOCK,
        ACTOR_IMPORT,
        ACTOR_SIGNAL
    } kind;
    const struct post *posts; /* valid now */
    size_t n_posts;
    struct uuid claimed;    /* the matter whose claim they have shown: they are its reporter; nil: none */
    const uint8_t *session; /* hash of the token they came with (32 bytes); NULL without one */
};
extern const struct principal principal_anonymous, principal_clock, principal_import, principal_signal;

/* Holds `role` (NULL: any) over `area` (a post's area covers it), at `level` only if not 0. */
bool principal_holds(const struct principal *p, const char *role, const char *area, enum area_level level);
bool principal_in_org(const struct principal *p, struct uuid org);
bool principal_has_role(const struct principal *p, const char *role);
/* Holds a post that has to do with matters. A monitor reads figures of the machine, nothing of the district.
 */
#define ROLE_MONITOR "monitor"
bool principal_is_staff(const struct principal *p);
/* A digest of who they are and of their posts: the same as long as they may do the same. */
enum { RIGHTS_BYTES = 16 };
void principal_rights(const struct principal *p, uint8_t ret[RIGHTS_BYTES]);

/* The staff directory: immutable, in the arena it was made in. Any thread. */
struct directory {
    const struct org *orgs; /* by id */
    size_t n_orgs;
    const struct account *staff; /* accounts with a post, by id */
    size_t n_staff;
    const struct post *posts; /* by account */
    size_t n_posts;
    const struct duty *duties; /* by organisation, then from when */
    size_t n_duties;
    const struct directory_index *index; /* directory.c's own */
};
/* Sorts and indexes lists that lie in `a` (the caller gives them up): what directory_load() does with rows.
 */
struct directory *directory_make(struct arena *a, struct org *orgs, size_t n_orgs, struct account *staff,
                                 size_t n_staff, struct post *posts, size_t n_posts) NEVER_NULL;
/* Gives a directory that nobody reads yet its duties, which lie in the directory's arena. */
void directory_set_duties(struct directory *d, struct duty *duties, size_t n);
/* Who is on duty for the organisation at that moment: those on duty, those who lead the duty, and, where
 * nobody is, those standing by. At most max, each once; nobody where the organisation has no roster then. */
size_t directory_on_duty(const struct directory *d, struct uuid org, int64_t at, struct uuid *ret,
                         size_t max);
MUST_USE bool directory_load(struct sql *db, const struct privacy *pv, int64_t district, struct arena *a,
                             struct directory **ret, struct err *e);
/* All n_orgs of them, also those that have ended, as the tree of areas has them: an area before those within
 * it, its unit before the others there. */
const struct org *const *directory_orgs(const struct directory *d);
/* Also one that has ended: records name it. The others below know only those that are there. */
const struct org *directory_org(const struct directory *d, struct uuid id);
/* NULL if there is none or more than one of that name. */
const struct org *directory_org_named(const struct directory *d, const char *name);
/* The governing unit of the area at `level` above (or at) `area`. NULL if none. */
const struct org *directory_unit(const struct directory *d, const char *area, enum area_level level);
/* The unit one level up; the top unit itself at the top. Of a department: the nearest unit above it, NULL if
 * none. */
const struct org *directory_unit_above(const struct directory *d, const struct org *o);
const struct account *directory_account(const struct directory *d, struct uuid id);
/* All posts of an account, also those that are over or to come. */
const struct post *directory_posts(const struct directory *d, struct uuid account, size_t *ret_n);
/* Who holds `role` over `area` at time `now`, the narrowest post first, at `level` if not 0;
 * among equals who is on duty for the organisation of the post, else the one `pick` selects (stable spread).
 * NULL if nobody. */
const struct account *directory_holder(const struct directory *d, const char *role, const char *area,
                                       enum area_level level, int64_t now, uint64_t pick);
/* All who hold `role` over the narrowest area around `area` that somebody holds it over at `now`, each once,
 * in the order of their ids; at most max. */
size_t directory_all_holders(const struct directory *d, const char *role, const char *area, int64_t now,
                             const struct account **ret, size_t max);
/* All accounts (at most max) holding `role` in the organisation. */
size_t directory_members(const struct directory *d, struct uuid org, const char *role, int64_t now,
                         struct uuid *ret, size_t max);

/* Changing who is who; each in its own write transaction, each logged in the audit table.
 * ERR_CONFLICT "account.login_taken"; ERR_INVALID "account.password" (at least 10 characters,
 * not a common one), "account.login", "post.role", "post.area". */
struct new_account {
    struct uuid id;                      /* nil: made */
    const char *login, *name, *password; /* password NULL: cannot sign in with one */
    const char *hash;  /* of the password, where it is known already: hashing is slow by intent */
    const char *phone; /* personal; may be NULL */
    bool sample;       /* the sample district's: weak password allowed */
};
/* How a login is kept: in lower case; a phone number (personal) as a blind tag that begins with
 * LOGIN_PHONE_PREFIX. account_add() does so itself; others call this before account_by_login(). */
enum { LOGIN_MAX = 64 };
#define LOGIN_PHONE_PREFIX "phone-"
void account_login(const struct privacy *pv, const char *given, char ret[LOGIN_MAX]);
MUST_USE bool account_add(struct sql *db, const struct privacy *pv, int64_t district,
                          const struct new_account *n, int64_t now, struct uuid *ret, struct err *e);
MUST_USE bool account_set_password(struct sql *db, int64_t district, struct uuid id, const char *password,
                                   int64_t now, struct err *e);
MUST_USE bool account_set_active(struct sql *db, int64_t district, struct uuid id, bool active, int64_t now,
                                 struct err *e);
MUST_USE bool account_by_login(struct sql *db, const struct privacy *pv, int64_t district, const char *login,
                               struct arena *a, struct account **ret, struct err *e);
/* The name behind what the column `name` of an account holds: sealed text, or a name that an older program
 * wrote as it is. What cannot be opened is answered as it stands. NULL: nobody has the key here, the same. */
const char *account_name(const struct privacy *pv, struct arena *a, struct uuid id,
                         const char *kept) NEVER_NULL;
/* "李*": the masked name of an account that need not be of the staff, in `a`; NULL: there is no such account.
 */
MUST_USE bool account_masked(struct sql_tx *tx, const struct privacy *pv, int64_t district, struct uuid id,
                             struct arena *a, const char **ret, struct err *e);
/* Seals the names that an older program wrote as they are. */
MUST_USE bool account_names_seal(struct sql *db, const struct privacy *pv, int64_t district, struct err *e);
/* What is left of such names in a database from before migration 0022, once: seals them, takes them out of
 * the audit's lines (a new line says of how many), and has the database rewrite its files (sql_erase), of at
 * most `most_bytes` (0: however large). *ret_left: files are still to be rewritten, being larger, or for want
 * of room; the next start tries again. With 0 the failure is an error. Nobody else may have the database
 * open. */
MUST_USE bool account_names_erase(struct sql *db, const struct privacy *pv, int64_t district,
                                  int64_t most_bytes, int64_t now, bool *ret_left, struct err *e);
/* Whether that is still to be done. */
MUST_USE bool account_names_left(struct sql *db, int64_t district, bool *ret, struct err *e);
MUST_USE bool org_add(struct sql *db, int64_t district, const struct org *o, int64_t now, struct err *e);
MUST_USE bool post_add(struct sql *db, int64_t district, const struct post *p, int64_t now, struct err *e);
/* Whether a pack knows the role ("admin" and "monitor" are ours: over the district) and says it may be held
 * at that level of area. "post.role", "post.area". */
MUST_USE bool post_in_packs(const struct packs *packs, const char *role, const char *area, struct err *e);
MUST_USE bool post_end(struct sql *db, int64_t district, struct uuid account, const char *role,
                       const char *area, int64_t now, struct err *e);

/* Signing in. Argon2id in libsodium's interactive strength; wrong login and wrong
 * password cost the same time and say the same: ERR_UNKNOWN "session.refused". More than
 * LIMIT_SIGNIN_PER_MINUTE failures per login or address: ERR_TOO_MANY "session.rate".
 * Takes some 60 ms: routes run it through sessions_defer(). Token: 32 random bytes, base64url;
 * only its hash is stored. Lasts 30 days, sliding by use (written once an hour). */
struct sessions; /* in-memory cache over the session table */
struct sessions *sessions_create(struct sql *db, const struct privacy *pv, int64_t district) NEVER_NULL;
void sessions_free(struct sessions **s);
/* Where somebody comes from, and when. */
struct origin {
    const char *client, *agent; /* address; User-Agent or NULL */
    int64_t at;
};
MUST_USE bool session_open(struct sessions *s, const char *login, const char *password,
                           const struct origin *from, char ret_token[64], struct uuid *ret_account,
                           struct err *e);
/* Whether a signed-in person knows their password: limited, timed and written down like signing in.
 * ERR_INVALID "account.old_password", said of the field "old". */
MUST_USE bool session_prove(struct sessions *s, const struct principal *who, const char *password,
                            const struct origin *from, struct err *e);
MUST_USE bool session_close(struct sessions *s, const char *token, struct err *e);
/* Whoever came with a session signs out. */
MUST_USE bool session_leave(struct sessions *s, const struct principal *who, const struct origin *from,
                            struct err *e);
/* A session for an account that has just proved who it is. */
MUST_USE bool session_begin(struct sessions *s, struct uuid account, const struct origin *from,
                            char ret_token[64], struct err *e);
/* Removes what is older than two years of the list of sign-ins, some a call. */
MUST_USE bool sign_in_sweep(struct sql *db, int64_t district, int64_t now, struct err *e);
/* Named long-lived API token for an account (integrators). */
MUST_USE bool session_issue(struct sessions *s, struct uuid account, const char *name, int64_t until,
                            int64_t now, char ret_token[64], struct err *e);
/* Who holds the token; *ret lives in `a`. Cached; a hit takes no database call. */
MUST_USE bool session_principal(struct sessions *s, struct arena *a, const char *token, int64_t now,
                                const struct principal **ret, struct err *e);
/* Must be called after accounts or posts changed. */
void sessions_forget(struct sessions *s);
/* Another number whenever somebody's session or posts may have changed. */
uint64_t sessions_age(struct sessions *s);
/* What the session may do now, as principal_rights(); all zeros when it is over. Is no use of it. */
MUST_USE bool session_rights(struct sessions *s, const uint8_t hash[32], int64_t now,
                             uint8_t ret[RIGHTS_BYTES], struct err *e);
/* Counts one attempt at `what` from a client address; ERR_TOO_MANY "session.rate" past
 * LIMIT_SIGNIN_PER_MINUTE a minute. */
MUST_USE bool sessions_limit(struct sessions *s, const char *what, const char *client, int64_t now,
                             struct err *e);
/* Counts a report without an account; LIMIT_ANON_REPORTS_PER_MINUTE from one address. */
MUST_USE bool sessions_limit_reports(struct sessions *s, const char *client, int64_t now, struct err *e);
/* Counts a file sent without an account: as many from one address, counted apart. */
MUST_USE bool sessions_limit_files(struct sessions *s, const char *client, int64_t now, struct err *e);
/* Counts a look at what is reported near a place: as many from one address, counted apart. */
MUST_USE bool sessions_limit_near(struct sessions *s, const char *client, int64_t now, struct err *e);
/* Counts a read of what is published: LIMIT_PUBLIC_READS_PER_MINUTE from one address without an account, and
 * as many by one account, since many homes share an address. */
MUST_USE bool sessions_limit_public(struct sessions *s, const struct principal *who, const char *client,
                                    int64_t now, struct err *e);
/* Makes a request wait while run(r) does its work on one of two worker threads; the route's
 * `finish` must be sessions_finish. ERR_BUSY "session.busy" when too many wait. */
MUST_USE bool sessions_defer(struct sessions *s, struct req *r, handler_fn *run, struct err *e);
handler_fn sessions_finish;

/* The HTTP surface: session, me, register, accounts, orgs, posts, tokens. The directory that
 * requests read lies in the world, which a higher layer defines: app/ sets directory_of
 * before it starts the server. */
extern const struct route identity_routes[], people_routes[], token_routes[], audit_routes[], person_routes[],
    sign_in_routes[];
struct openapi_schema;
extern const struct openapi_schema identity_schemas[];
extern const struct directory *(*directory_of)(const struct services *s);
extern const struct packs *(*packs_of)(const struct services *s);
/* For http_config: bearer token or cookie through services.sessions; PERM_* by posts. */
extern const struct http_auth identity_auth;
extern const struct sql_query identity_queries[];

#endif
