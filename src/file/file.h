/* file.h -- evidence: photos, recordings, documents. Stored once by the hash of
 * what is stored: DIR/files/ab/cdef…, and beside a picture its thumbnail
 * ….thumb. Pictures are decoded, turned upright, made at most 2,560 pixels long,
 * freed of all metadata (EXIF, GPS, profiles) and written anew; recordings and
 * PDFs are kept as they came. The type is what the bytes say, never what the
 * client says. A row appears only when its bytes are safely on the disk.
 *
 * A file is not a matter: its row is written in a short transaction of its own,
 * not through the door; it becomes evidence when a record takes it (file_take).
 * One that no record took within a day is removed (file_sweep). */
#ifndef FILE_FILE_H
#define FILE_FILE_H

#include "base/base.h"
#include "base/uuid.h"
#include "http/openapi.h"
#include "http/route.h"
#include "sql/sql.h"

enum {
    FILE_SIDE_MAX = 2560, /* pixels, of the longer side */
    FILE_THUMB_SIDE = 480,
    FILE_LOOSE_MS = 24 * 60 * 60 * 1000,
    FILE_PATH_MAX = 4096,
};

/* Makes DIR/files and DIR/uploads, starts the image library and its one worker.
 * Once a process, before the server starts. ERR_BUSY "file.disk". */
MUST_USE bool file_open(const char *data_dir, struct err *e);
/* On a database that several servers share, after file_open(): makes sure that all of them see the same
 * folder, and that taking in and sweeping keep out of each other's way. ERR_CONFLICT "file.not_shared";
 * ERR_BUSY "file.disk", "file.lock". */
MUST_USE bool file_share(struct sql *db, int64_t district, const char *data_dir, struct err *e);
/* Only looks, and changes nothing: the same errors. */
MUST_USE bool file_shared_check(struct sql *db, int64_t district, const char *data_dir, struct err *e);
/* Finishes what is queued. After the server has stopped. */
void file_close(void);
/* Where the server must put uploads: on the same disk as the store. */
void file_upload_dir(const char *data_dir, char ret[FILE_PATH_MAX]);

/* One stored file. */
struct file {
    struct uuid id;
    uint8_t sha256[32]; /* of the stored bytes */
    int64_t size;
    const char *type, *name;
    int64_t width, height; /* 0 unless a picture */
    struct uuid account;   /* who sent it; nil: anonymous */
    bool claimed;          /* sent anonymously: `claim` is the hash of the sender's token */
    uint8_t claim[32];
    struct uuid record; /* whose evidence it is; nil: nobody's yet */
    int64_t created_at;
};
/* *ret NULL if there is none. */
MUST_USE bool file_get(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a,
                       struct file **ret, struct err *e);

/* Whether `record` (nil: one not raised yet) may name these files: it holds them already,
 * whoever sent them, or no record has them and they were sent by `account` or under
 * `claim` (NULL: none). Complains about "files" by "file.unknown" (also for files of
 * others: nobody learns what exists) or "file.taken". */
MUST_USE bool file_check(struct sql_tx *tx, int64_t district, struct uuid record, const struct uuid *ids,
                         size_t n, struct uuid account, const char *claim, struct err *e);
/* Makes checked files the evidence of a record, in its transaction. */
MUST_USE bool file_take(struct sql_tx *tx, int64_t district, const struct uuid *ids, size_t n,
                        struct uuid record, struct err *e);

/* Whether `who` may see `f`, evidence of a record, beyond sender and claim
 * holder: set by app/ to what record/ knows (`claim` may be NULL, or one on the record), before the server
 * starts. NULL: nobody. */
typedef bool file_may_see_fn(const struct services *s, struct sql_tx *tx, const struct principal *who,
                             const char *claim, const struct file *f);
extern file_may_see_fn *file_may_see;

/* Removes files that no record took within FILE_LOOSE_MS, temporary files as old, and
 * stored bytes that have no row (a crash between the two), one shard of 256 a call.
 * Meant for the timer, once an hour. *ret_removed counts rows. */
MUST_USE bool file_sweep(struct sql *db, int64_t district, const char *data_dir, int64_t now,
                         int *ret_removed, struct err *e);

/* Reads every stored file again: `differs` is told which are missing, or are not what their row says.
 * `step` (may be NULL) hears how many were read. */
struct file_verify_calls {
    void *ctx;
    void (*differs)(void *ctx, const char *what);
    void (*step)(void *ctx, int64_t done);
};
MUST_USE bool file_verify(struct sql_tx *tx, int64_t district, const char *data_dir,
                          const struct file_verify_calls *calls, int64_t *ret_n, struct err *e);

extern const struct route file_routes[];
extern const struct openapi_schema file_schemas[];
extern const struct sql_query file_queries[]; /* FILE_Q__MAX of them */

#endif
