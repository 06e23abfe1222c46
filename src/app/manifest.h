/* manifest.h -- what lies in a backup: a line for each file, "sha256  size  path". */
#ifndef APP_MANIFEST_H
#define APP_MANIFEST_H

#include "base/base.h"

#include <stdio.h>

#define MANIFEST_NAME "MANIFEST"
#define MANIFEST_HEAD "wangge-backup-1"
/* What holds the database: a file of SQLite, or a dump of PostgreSQL's. */
#define MANIFEST_DATABASE "wangge.db"
#define MANIFEST_DUMP     "wangge.dump"

/* Copies FROM to TO (made new, mode 0600, its bytes safe on the disk) and tells their hash. */
MUST_USE bool manifest_copy(const char *from, const char *to, char ret_hash[65], int64_t *ret_size,
                            struct err *e);
MUST_USE bool manifest_hash(const char *path, char ret_hash[65], int64_t *ret_size, struct err *e);
/* One line of DIR/MANIFEST. */
struct manifest_line {
    char hash[65], path[1024];
    int64_t size;
};
/* Opens DIR/MANIFEST and checks its first and last line: a backup that was cut short has no last one. */
MUST_USE bool manifest_open(const char *dir, FILE **ret, int64_t *ret_files, struct err *e);
/* *ret_more false at the end. Paths with anything strange in them are refused. */
MUST_USE bool manifest_next(FILE *f, struct manifest_line *ret, bool *ret_more, struct err *e);

#endif
