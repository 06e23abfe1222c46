/* What nobody took, and what a crash left. */
#include "base/clock.h"
#include "file.sql.h"
#include "file/file.h"
#include "file/store.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = 500, SHARDS = 256, HOUR_MS = 60 * 60 * 1000 };

struct loose {
    struct uuid id;
    uint8_t sha256[32];
};

static bool find_loose(struct sql_tx *tx, int64_t district, int64_t before, struct loose *out, size_t *ret_n,
                       struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid bound = uuid_v7(before, (const uint8_t[10]){0});

    *ret_n = 0;
    if (!sql_query(tx, &file_queries[FILE_Q_LOOSE], &rows, e, SQL_INT(district), SQL_UUID(&bound),
                   SQL_INT(before)))
        return false;
    while (*ret_n < BATCH && sql_next(rows)) {
        size_t n = 0;
        const void *sha = sql_blob(rows, 1, &n);
        out[*ret_n].id = sql_uuid(rows, 0);
        if (n == 32)
            memcpy(out[(*ret_n)++].sha256, sha, 32);
    }
    return sql_end(&rows, e);
}

static bool known(struct sql_tx *tx, int64_t district, const uint8_t sha256[32], bool *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &file_queries[FILE_Q_KNOWN], &rows, e, SQL_INT(district), SQL_BLOB(sha256, 32)))
        return false;
    *ret = sql_next(rows);
    return sql_end(&rows, e);
}

/* The bytes go only when no other row has the same, and after the rows' deletion is durable. */
static bool remove_bytes(struct sql *db, int64_t district, const char *dir, const struct loose *l, size_t n,
                         struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(db, SQL_READ, &tx, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        bool used = true;
        if (!known(tx, district, l[i].sha256, &used, e))
            return false;
        if (!used)
            store_remove(dir, l[i].sha256);
    }
    return true;
}

static bool remove_rows(struct sql *db, int64_t district, int64_t before, struct loose *l, size_t *ret_n,
                        struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(db, SQL_WRITE, &tx, e) || !find_loose(tx, district, before, l, ret_n, e))
        return false;
    for (size_t i = 0; i < *ret_n; i++)
        if (!sql_run(tx, &file_queries[FILE_Q_REMOVE], e, SQL_INT(district), SQL_UUID(&l[i].id)))
            return false;
    return sql_commit(&tx, e);
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The hash that a file of a shard is named by. */
static bool name_hash(int shard, const char *name, uint8_t ret[32])
{
    ret[0] = (uint8_t)shard;
    for (int i = 1; i < 32; i++, name += 2) {
        if (hex(name[0]) < 0 || hex(name[1]) < 0)
            return false;
        ret[i] = (uint8_t)(hex(name[0]) * 16 + hex(name[1]));
    }
    return *name == '\0' || strcmp(name, ".thumb") == 0;
}

static bool old(const char *path, int64_t before)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (int64_t)st.st_mtim.tv_sec * 1000 < before;
}

static void dir_close(DIR **d)
{
    if (*d != NULL)
        (void)closedir(*d);
    *d = NULL;
}

/* Bytes without a row: one shard an hour goes round in eleven days. */
static bool sweep_shard(struct sql *db, int64_t district, const char *dir, int64_t now, struct err *e)
{
    char path[FILE_PATH_MAX], file[FILE_PATH_MAX + NAME_MAX + 2];
    int shard = (int)(now / HOUR_MS % SHARDS);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    (void)snprintf(path, sizeof path, "%s/files/%02x", dir, (unsigned)shard);
    AUTO(dir_close) DIR *d = opendir(path);
    if (d == NULL)
        return true;
    if (!sql_begin(db, SQL_READ, &tx, e))
        return false;
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        uint8_t sha[32];
        bool used = true;
        (void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (!name_hash(shard, entry->d_name, sha) || !old(file, now - FILE_LOOSE_MS))
            continue;
        if (!known(tx, district, sha, &used, e))
            return false;
        if (!used)
            (void)unlink(file);
    }
    return true;
}

static void sweep_uploads(const char *dir, int64_t before)
{
    char path[FILE_PATH_MAX], file[FILE_PATH_MAX + NAME_MAX + 2];

    file_upload_dir(dir, path);
    AUTO(dir_close) DIR *d = opendir(path);
    for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;) {
        (void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (old(file, before))
            (void)unlink(file);
    }
}

bool file_sweep(struct sql *db, int64_t district, const char *data_dir, int64_t now, int *ret_removed,
                struct err *e)
{
    struct loose l[BATCH];
    size_t n = 0;

    sweep_uploads(data_dir, now - FILE_LOOSE_MS);
    store_lock();
    bool ok = remove_rows(db, district, now - FILE_LOOSE_MS, l, &n, e) &&
              remove_bytes(db, district, data_dir, l, n, e) && sweep_shard(db, district, data_dir, now, e);
    store_unlock();
    *ret_removed = (int)n;
    return ok;
}
