/* Several servers on one database need one folder of files. An id lies in it and in the database: a server
 * that sees another folder would answer 404 for what its neighbours took in, so it does not start. */
#include "base/text.h"
#include "file.sql.h"
#include "file/file.h"
#include "file/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ID_BYTES = 64 };

static bool unusable(struct err *e, const char *path)
{
    return ERR(e, ERR_BUSY, "file.disk", "无法读写 %s：%s", "%s cannot be read or written: %s", path,
               strerror(errno));
}

static bool read_id(const char *path, char ret[ID_BYTES], struct err *e)
{
    FILE *f = fopen(path, "re");
    bool ok = f != NULL && fgets(ret, ID_BYTES, f) != NULL;

    if (f != NULL)
        (void)fclose(f);
    ret[ok ? strcspn(ret, "\r\n") : 0] = '\0';
    return (ok && ret[0] != '\0') || unusable(e, path);
}

/* Whole or not at all, and the first who makes it wins. */
static bool make_id(const char *path, struct err *e)
{
    char making[FILE_PATH_MAX + 32], id[UUID_TEXT_MAX];
    FILE *f;
    bool ok;

    uuid_format(uuid_make(), id);
    (void)snprintf(making, sizeof making, "%s.%ld.new", path, (long)getpid());
    f = fopen(making, "we");
    if (f == NULL)
        return unusable(e, making);
    ok = fprintf(f, "%s\n", id) > 0 && fflush(f) == 0 && fsync(fileno(f)) == 0;
    ok = fclose(f) == 0 && ok && (link(making, path) == 0 || errno == EEXIST);
    if (!ok)
        (void)unusable(e, path);
    (void)unlink(making);
    return ok;
}

/* "" where nobody has served yet. */
static bool stored_id(struct sql_tx *tx, int64_t district, char ret[ID_BYTES], struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    ret[0] = '\0';
    if (!sql_query(tx, &file_queries[FILE_Q_STORAGE], &rows, e, SQL_INT(district)))
        return false;
    if (sql_next(rows) && !sql_is_null(rows, 0))
        str_copy(ret, ID_BYTES, sql_text(rows, 0));
    return sql_end(&rows, e);
}

static bool same(const char *data_dir, const char *here, const char *wanted, struct err *e)
{
    return str_eq(here, wanted) || ERR(e, ERR_CONFLICT, "file.not_shared",
                                       "%s/files 不是本区各台服务器共用的目录：请挂载那一个；"
                                       "若确已把文件搬到这里，把 %s 写进 files/storage-id",
                                       "%s/files is not the folder that this district's servers share: mount "
                                       "that one; if its files were "
                                       "moved here on purpose, write %s into files/storage-id",
                                       data_dir, wanted);
}

/* The first server of a district says which folder it is. */
static bool agree(struct sql *db, int64_t district, const char *data_dir, const char *here, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    char wanted[ID_BYTES];

    return sql_begin(db, SQL_WRITE, &tx, e) &&
           sql_run(tx, &file_queries[FILE_Q_STORAGE_NOTE], e, SQL_INT(district), SQL_TEXT(here)) &&
           stored_id(tx, district, wanted, e) && same(data_dir, here, wanted, e) && sql_commit(&tx, e);
}

static void id_path(const char *data_dir, char ret[FILE_PATH_MAX])
{
    (void)snprintf(ret, FILE_PATH_MAX, "%s/files/storage-id", data_dir);
}

bool file_share(struct sql *db, int64_t district, const char *data_dir, struct err *e)
{
    char path[FILE_PATH_MAX], here[ID_BYTES];

    id_path(data_dir, path);
    return (access(path, F_OK) == 0 || make_id(path, e)) && read_id(path, here, e) &&
           agree(db, district, data_dir, here, e) && store_share(data_dir, e);
}

bool file_shared_check(struct sql *db, int64_t district, const char *data_dir, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    char path[FILE_PATH_MAX], here[ID_BYTES] = "", wanted[ID_BYTES];

    id_path(data_dir, path);
    if (!sql_begin(db, SQL_READ, &tx, e) || !stored_id(tx, district, wanted, e))
        return false;
    if (wanted[0] == '\0')
        return true;
    return (access(path, F_OK) != 0 || read_id(path, here, e)) && same(data_dir, here, wanted, e);
}
