/* Is the evidence still what was stored? */
#include "base/text.h"
#include "file.sql.h"
#include "file/store.h"

#include <stdio.h>
#include <string.h>

enum { PAGE = 500 };

static void check_one(const struct sql_rows *rows, const char *data_dir,
                      const struct file_verify_calls *calls)
{
    char path[FILE_PATH_MAX], text[FILE_PATH_MAX + 128], id[UUID_TEXT_MAX];
    uint8_t hash[32];
    int64_t size = 0;
    struct err why = {0};
    const uint8_t *kept;
    size_t n = 0;

    uuid_format(sql_uuid(rows, 0), id);
    kept = sql_blob(rows, 1, &n);
    if (n != sizeof(hash)) {
        (void)snprintf(text, sizeof(text), "file %s: its row has no hash", id);
        calls->differs(calls->ctx, text);
        return;
    }
    store_path(data_dir, kept, "", path);
    if (!store_hash(path, hash, &size, &why))
        (void)snprintf(text, sizeof(text), "file %s: %s cannot be read", id, path);
    else if (memcmp(hash, kept, sizeof(hash)) != 0 || size != sql_int(rows, 2))
        (void)snprintf(text, sizeof(text), "file %s: %s is not what was stored", id, path);
    else
        return;
    calls->differs(calls->ctx, text);
}

static bool check_page(struct sql_tx *tx, int64_t district, const char *data_dir,
                       const struct file_verify_calls *calls, struct uuid *after, size_t *ret_n,
                       struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct uuid from = *after;

    *ret_n = 0;
    if (!sql_query(tx, &file_queries[FILE_Q_WALK], &rows, e, SQL_INT(district), SQL_UUID(&from),
                   SQL_INT(PAGE)))
        return false;
    for (; sql_next(rows); ++*ret_n) {
        *after = sql_uuid(rows, 0);
        check_one(rows, data_dir, calls);
    }
    return sql_end(&rows, e);
}

bool file_verify(struct sql_tx *tx, int64_t district, const char *data_dir,
                 const struct file_verify_calls *calls, int64_t *ret_n, struct err *e)
{
    struct uuid after = {.b[15] = 1};
    size_t n = PAGE;

    *ret_n = 0;
    while (n == PAGE) {
        if (!check_page(tx, district, data_dir, calls, &after, &n, e))
            return false;
        *ret_n += (int64_t)n;
        if (calls->step != NULL)
            calls->step(calls->ctx, *ret_n);
    }
    return true;
}
