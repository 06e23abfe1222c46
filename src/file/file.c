#include "file/file.h"

#include "base/text.h"
#include "file.sql.h"
#include "file/claim.h"
#include "file/image.h"
#include "file/store.h"
#include "file/worker.h"

#include <string.h>

file_may_see_fn *file_may_see;

bool file_open(const char *data_dir, struct err *e)
{
    return store_open(data_dir, e) && image_init(e) && worker_start(e);
}

void file_close(void)
{
    worker_stop();
}

static void copy_hash(const struct sql_rows *rows, int col, uint8_t ret[32], bool *ret_there)
{
    size_t n = 0;
    const void *bytes = sql_blob(rows, col, &n);

    *ret_there = bytes != NULL && n == 32;
    if (*ret_there)
        memcpy(ret, bytes, 32);
}

static struct file *read_row(const struct sql_rows *rows, struct uuid id, struct arena *a)
{
    struct file *f = arena_new(a, struct file);
    bool there;

    f->id = id;
    copy_hash(rows, 0, f->sha256, &there);
    f->size = sql_int(rows, 1);
    f->type = arena_strdup(a, sql_text(rows, 2));
    f->name = arena_strdup(a, sql_text(rows, 3));
    f->width = sql_int(rows, 4);
    f->height = sql_int(rows, 5);
    f->account = sql_uuid(rows, 6);
    copy_hash(rows, 7, f->claim, &f->claimed);
    f->record = sql_uuid(rows, 8);
    f->created_at = sql_int(rows, 9);
    return f;
}

bool file_get(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a, struct file **ret,
              struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = NULL;
    if (!sql_query(tx, &file_queries[FILE_Q_GET], &rows, e, SQL_INT(district), SQL_UUID(&id)))
        return false;
    if (sql_next(rows))
        *ret = read_row(rows, id, a);
    return sql_end(&rows, e);
}

static bool usable(const struct file *f, struct uuid account, const char *claim)
{
    return f != NULL && ((!uuid_is_nil(f->account) && uuid_eq(f->account, account)) || claim_fits(f, claim));
}

static bool held_by(const struct file *f, struct uuid record)
{
    return f != NULL && !uuid_is_nil(record) && uuid_eq(f->record, record);
}

bool file_check(struct sql_tx *tx, int64_t district, struct uuid record, const struct uuid *ids, size_t n,
                struct uuid account, const char *claim, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create((size_t)1 << 20);
    bool ok = true;

    for (size_t i = 0; i < n; i++) {
        struct file *f = NULL;
        char text[UUID_TEXT_MAX];
        uuid_format(ids[i], text);
        arena_reset(a);
        if (!file_get(tx, district, ids[i], a, &f, e))
            return false;
        /* A field that grows is written whole: the old files come along with the new. */
        if (held_by(f, record))
            continue;
        if (!usable(f, account, claim))
            ok = ERR_FIELD(e, "files", "file.unknown", "没有您上传的文件 %s", "there is no file %s of yours",
                           text);
        else if (!uuid_is_nil(f->record))
            ok = ERR_FIELD(e, "files", "file.taken", "文件 %s 已属于另一事项",
                           "the file %s belongs to another matter", text);
    }
    return ok;
}

bool file_take(struct sql_tx *tx, int64_t district, const struct uuid *ids, size_t n, struct uuid record,
               struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!sql_run(tx, &file_queries[FILE_Q_TAKE], e, SQL_INT(district), SQL_UUID(&ids[i]),
                     SQL_UUID(&record)))
            return false;
    return true;
}
