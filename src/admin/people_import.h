/* people_import.h -- accounts and posts from CSV: each row judged, then done, by itself. Inside admin/. */
#ifndef ADMIN_PEOPLE_IMPORT_H
#define ADMIN_PEOPLE_IMPORT_H

#include "area/area.h"
#include "identity/account.h"
#include "pack/pack.h"

enum { IMPORT_ROWS_MAX = 2000, IMPORT_DONE_MAX = 50, IMPORT_BYTES_MAX = 400 * 1000 };

/* A line of the file: login, name, phone, password, role, area, org, from, until. "" where nothing stands. */
struct person_row {
    int64_t line;
    const char *login, *name, *phone, *password, *role, *area, *org, *from, *until;
};
enum person_fate {
    PERSON_UNSET = 0,
    PERSON_NEW,   /* an account, and the post if there is one */
    PERSON_POST,  /* there is the account, or a row before makes it; the post is new */
    PERSON_SAME,  /* all of it is there */
    PERSON_WRONG, /* struct err says why */
    PERSON__MAX,
};
const char *person_fate_name(enum person_fate f);

struct people_import {
    const struct doing *by;
    const struct privacy *privacy;
    const struct area_tree *areas;
    const struct packs *packs;
    const struct directory *people;
    int offset_min;
    struct arena *arena;
    const char *seen[IMPORT_ROWS_MAX]; /* logins, as kept, that rows before make; and their names */
    const char *seen_name[IMPORT_ROWS_MAX];
    size_t n_seen;
};
/* All rows; ERR_MALFORMED "csv.…", ERR_INVALID "csv.column", ERR_TOO_LARGE "import.rows". */
MUST_USE bool people_import_read(const char *csv, size_t n, struct arena *a, struct person_row **ret,
                                 size_t *ret_n, struct err *e);
/* What would become of a row; *why is filled when that is PERSON_WRONG. With `act` it is done. False only
 * when the database fails. */
MUST_USE bool people_import_row(struct people_import *im, const struct person_row *row, bool act,
                                enum person_fate *ret, struct err *why, struct err *e);

#endif
