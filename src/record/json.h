/* json.h -- records as the API shows them. */
#ifndef RECORD_JSON_H
#define RECORD_JSON_H

#include "engine/engine.h"
#include "json/json_out.h"
#include "sql/sql.h"

/* One record in full. `tx` may be NULL: then links and children are left out. `who` decides
 * what is in "allowed". Personal fields are masked. */
MUST_USE bool record_write(struct json_out *out, const char *key, const struct world *w, struct sql_tx *tx,
                           const struct record *r, const struct principal *who, int64_t now, struct arena *a,
                           struct err *e);
/* The same without the braces, for answers that add members. */
MUST_USE bool record_write_members(struct json_out *out, const struct world *w, struct sql_tx *tx,
                                   const struct record *r, const struct principal *who, int64_t now,
                                   struct arena *a, struct err *e);
/* As it was at `at`, from its history: without links, and nothing may be done with it. */
MUST_USE bool record_write_past(struct json_out *out, const struct world *w, const struct record *r,
                                const struct principal *who, int64_t at, struct arena *a, struct err *e);
/* Whether a party works on its matter: not the reporter, the owner, a follower. */
bool record_role_works(const char *role);
/* One row of record.list_*: an item of a list, as `who` may see names. */
MUST_USE bool record_write_row(struct json_out *out, const struct world *w, struct sql_tx *tx,
                               const struct kind *k, const struct sql_rows *rows, const struct principal *who,
                               struct arena *a, struct err *e);

/* Member "fields": what is set, personal ones masked. */
void record_write_fields(struct json_out *out, const struct record *r);
/* Members "area" and "area_name" of an area. */
void record_write_area(struct json_out *out, const struct world *w, const char *code);

#endif
