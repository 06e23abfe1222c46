/* An import as rows: its parts, sealed. */
#include "report/import.h"

#include "base/limits.h"
#include "base/text.h"
#include "identity/privacy.h"
#include "report.sql.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_A_TURN = 25 };

/* --- sealed texts --- */

const char *import_seal(const struct world *w, const struct import *im, const char *what, const char *plain,
                        struct arena *a)
{
    return plain[0] == '\0' ? "" : privacy_seal(w->privacy, a, im->id, what, plain);
}

static bool unseal(const struct world *w, struct uuid id, const char *what, const char *sealed,
                   struct arena *a, const char **ret, struct err *e)
{
    *ret = "";
    return sealed[0] == '\0' || privacy_unseal(w->privacy, a, id, what, sealed, ret, e);
}

bool import_of_row(const struct sql_rows *rows, const struct world *w, struct arena *a, struct import *ret,
                   struct err *e)
{
    *ret = (struct import){.id = sql_uuid(rows, 0),
                           .account = sql_uuid(rows, 1),
                           .kind = arena_strdup(a, sql_text(rows, 2)),
                           .state = arena_strdup(a, sql_text(rows, 6)),
                           .n_rows = sql_int(rows, 7),
                           .n_parts = sql_int(rows, 8),
                           .done = sql_int(rows, 9),
                           .made = sql_int(rows, 10),
                           .refused = sql_int(rows, 11),
                           .problem = arena_strdup(a, sql_text(rows, 12)),
                           .at = sql_int(rows, 13),
                           .started_at = sql_int(rows, 14),
                           .ended_at = sql_int(rows, 15)};
    return unseal(w, ret->id, "name", sql_text(rows, 3), a, &ret->name, e) &&
           unseal(w, ret->id, "header", sql_text(rows, 4), a, &ret->header, e) &&
           unseal(w, ret->id, "map", sql_text(rows, 5), a, &ret->map, e);
}

bool import_get(struct sql_tx *tx, const struct world *w, struct uuid id, struct uuid account,
                struct arena *a, struct import *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool there;

    if (!sql_query(tx, &report_queries[REPORT_Q_IMPORT_GET], &rows, e, SQL_INT(w->district), SQL_UUID(&id)))
        return false;
    there = sql_next(rows) && (uuid_is_nil(account) || uuid_eq(sql_uuid(rows, 1), account));
    if (there && !import_of_row(rows, w, a, ret, e))
        return false;
    if (!sql_end(&rows, e))
        return false;
    return there || ERR(e, ERR_NOT_FOUND, "import.unknown", "没有这次导入", "there is no such import");
}

static const char *part_name(struct arena *a, const char *what, int64_t nth)
{
    return arena_printf(a, "%s:%lld", what, (long long)nth);
}

bool import_part_get(struct sql_tx *tx, const struct world *w, const struct import *im, int64_t nth,
                     struct arena *a, struct import_part *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const char *body = "";

    *ret = (struct import_part){.body = "", .found = ""};
    if (!sql_query(tx, &report_queries[REPORT_Q_IMPORT_PART_GET], &rows, e, SQL_INT(w->district),
                   SQL_UUID(&im->id), SQL_INT(nth)))
        return false;
    if (sql_next(rows)) {
        ret->line = sql_int(rows, 0);
        if (!unseal(w, im->id, part_name(a, "body", nth), sql_text(rows, 1), a, &body, e) ||
            !unseal(w, im->id, part_name(a, "found", nth), sql_text(rows, 2), a, &ret->found, e))
            return false;
    }
    if (body[0] != '\0')
        ret->body = arena_printf(a, "%s\n%s", im->header, body);
    return sql_end(&rows, e);
}

/* --- dividing a file --- */

struct piece {
    const char *from;
    size_t n;
    int64_t line;
};
struct dividing {
    struct csv *csv;
    struct piece *pieces;
    size_t n, max;
    int64_t in_last, rows;
};

static void new_piece(struct dividing *d, const char *from, int64_t line)
{
    if (d->n == d->max) {
        d->max = d->max == 0 ? 64 : d->max * 2;
        d->pieces = xrealloc(d->pieces, d->max * sizeof(*d->pieces));
    }
    d->pieces[d->n++] = (struct piece){.from = from, .line = line};
    d->in_last = 0;
}

/* A row that cannot be read is left in its part, where it is refused with what is wrong. */
static bool next_row(struct csv *c, bool *ret_more)
{
    struct err ignored = {0};
    const char *newline;

    if (csv_next(c, ret_more, &ignored))
        return *ret_more;
    newline = c->at < c->end ? memchr(c->at, '\n', (size_t)(c->end - c->at)) : NULL;
    c->at = newline == NULL ? c->end : newline + 1;
    c->next_line++;
    *ret_more = true;
    return true;
}

static bool divide(struct dividing *d, struct err *e)
{
    bool more = true;

    for (;;) {
        const char *from = d->csv->at;
        int64_t line = d->csv->next_line;

        if (!next_row(d->csv, &more))
            break;
        if (d->n == 0 || d->in_last == IMPORT_PART_ROWS)
            new_piece(d, from, line);
        d->pieces[d->n - 1].n = (size_t)(d->csv->at - d->pieces[d->n - 1].from);
        d->in_last++;
        if (++d->rows > IMPORT_FILE_ROWS_MAX)
            return ERR(e, ERR_TOO_LARGE, "import.too_many", "一个文件至多 %d 行，请分成几份",
                       "a file has %d rows at most: divide it", IMPORT_FILE_ROWS_MAX);
    }
    return d->rows > 0 || ERR_FIELD(e, "file", "import.empty", "文件只有表头，没有数据行",
                                    "the file has a header and no rows");
}

static bool add_row(struct sql_tx *tx, const struct world *w, const struct import *im,
                    const struct dividing *d, const char *header, struct arena *a, struct err *e)
{
    return sql_run(tx, &report_queries[REPORT_Q_IMPORT_ADD], e, SQL_INT(w->district), SQL_UUID(&im->id),
                   SQL_UUID(&im->account), SQL_TEXT(im->kind),
                   SQL_TEXT(import_seal(w, im, "name", im->name, a)),
                   SQL_TEXT(import_seal(w, im, "header", header, a)), SQL_INT(d->rows),
                   SQL_INT((int64_t)d->n), SQL_INT(im->at));
}

/* Some parts a turn, so that nobody waits long for the database. */
static bool add_parts(struct sql *db, const struct world *w, const struct import *im,
                      const struct dividing *d, struct err *e)
{
    for (size_t i = 0; i < d->n;) {
        AUTO(arena_free) struct arena *a = arena_create((size_t)1 << 30);
        AUTO(sql_rollback) struct sql_tx *tx = NULL;

        if (!sql_begin(db, SQL_WRITE, &tx, e))
            return false;
        for (size_t k = 0; k < PARTS_A_TURN && i < d->n; k++, i++) {
            const char *body = arena_strndup(a, d->pieces[i].from, d->pieces[i].n);

            if (!sql_run(tx, &report_queries[REPORT_Q_IMPORT_PART_ADD], e, SQL_INT(w->district),
                         SQL_UUID(&im->id), SQL_INT((int64_t)i), SQL_INT(d->pieces[i].line),
                         SQL_TEXT(import_seal(w, im, part_name(a, "body", (int64_t)i), body, a))))
                return false;
        }
        if (!sql_commit(&tx, e))
            return false;
    }
    return true;
}

static bool keep_all(struct sql *db, const struct world *w, const struct import *im, const struct dividing *d,
                     const char *header, struct arena *a, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL, *last = NULL;

    return sql_begin(db, SQL_WRITE, &tx, e) && add_row(tx, w, im, d, header, a, e) && sql_commit(&tx, e) &&
           add_parts(db, w, im, d, e) && sql_begin(db, SQL_WRITE, &last, e) &&
           sql_run(last, &report_queries[REPORT_Q_IMPORT_LOADED], e, SQL_INT(w->district),
                   SQL_UUID(&im->id)) &&
           sql_commit(&last, e);
}

bool import_keep(struct sql *db, const struct world *w, const struct import *im, const char *text, size_t n,
                 struct arena *a, int64_t *ret_rows, struct err *e)
{
    AUTO(csv_free) struct csv *csv = csv_create();
    struct dividing d = {.csv = csv};
    const char *header = text;
    bool ok = csv_begin(csv, text, n, e);

    if (ok) {
        size_t len = (size_t)(csv->at - header);

        while (len > 0 && strchr("\r\n", header[len - 1]) != NULL)
            len--;
        header = arena_strndup(a, header, len);
        ok = divide(&d, e) && keep_all(db, w, im, &d, header, a, e);
    }
    *ret_rows = d.rows;
    free(d.pieces);
    return ok;
}

/* --- who --- */

static bool may_by(const struct who *who, const struct principal *p)
{
    switch (who->type) {
    case WHO_ANYONE:
    case WHO_SIGNED_IN:
    case WHO_PARTY:
    case WHO_ABOVE:
        return true;
    case WHO_ROLE:
    case WHO_OWNER_ROLE:
        return principal_has_role(p, who->role->name);
    case WHO_IMPORT:
        return principal_has_role(p, "admin");
    case WHO_UNSET:
    case WHO_ACTING:
    case WHO_CLOCK:
    case WHO_SIGNAL:
        break;
    }
    return false;
}

bool import_may(const struct kind *k, const struct principal *p)
{
    for (size_t i = 0; i < k->n_moves; i++)
        for (size_t n = 0; k->moves[i].raises && n < k->moves[i].n_by; n++)
            if (may_by(&k->moves[i].by[n], p))
                return true;
    return false;
}

static bool names_import(const struct kind *k)
{
    for (size_t i = 0; i < k->n_moves; i++)
        for (size_t n = 0; k->moves[i].raises && n < k->moves[i].n_by; n++)
            if (k->moves[i].by[n].type == WHO_IMPORT)
                return true;
    return false;
}

bool import_principal(const struct world *w, const struct kind *k, struct uuid account, int64_t now,
                      struct arena *a, const struct principal **ret, struct err *e)
{
    const struct account *who = directory_account(w->people, account);
    struct principal *p = arena_new(a, struct principal);
    size_t n = 0;
    const struct post *posts = directory_posts(w->people, account, &n);
    struct post *valid = arena_array(a, struct post, n + 1);

    if (who == NULL || !who->active)
        return ERR(e, ERR_DENIED, "import.account", "导入人的账号已停用或不再有岗位",
                   "the account that began this was closed or has no post any more");
    *p = (struct principal){
        .account = account, .login = who->login, .name = who->name, .kind = ACTOR_PERSON, .posts = valid};
    for (size_t i = 0; i < n; i++)
        if (posts[i].from <= now && (posts[i].until == 0 || posts[i].until > now))
            valid[p->n_posts++] = posts[i];
    *ret = principal_has_role(p, "admin") && names_import(k) ? &principal_import : p;
    return true;
}
