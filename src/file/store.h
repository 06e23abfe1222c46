/* store.h -- inside file/ only: the bytes on the disk. */
#ifndef FILE_STORE_H
#define FILE_STORE_H

#include "file/file.h"

/* Held from putting bytes to committing their row, and from deleting a row to
 * deleting its bytes, so that neither sees the other half-way: within this process, and after
 * store_share() among all servers that use the folder. */
void store_lock(void);
void store_unlock(void);

/* ERR_BUSY "file.lock" where files cannot be locked. For the life of the process. */
MUST_USE bool store_share(const char *data_dir, struct err *e);
MUST_USE bool store_open(const char *data_dir, struct err *e);
/* DIR/files/ab/cdef… + suffix ("" or ".thumb"). */
void store_path(const char *data_dir, const uint8_t sha256[32], const char *suffix, char ret[FILE_PATH_MAX]);
/* Moves a temporary file to its place, its bytes and its name made durable. The same
 * content is there once: then the temporary file goes. */
MUST_USE bool store_put(const char *data_dir, const char *temporary, const uint8_t sha256[32],
                        const char *suffix, struct err *e);
void store_remove(const char *data_dir, const uint8_t sha256[32]);
MUST_USE bool store_hash(const char *path, uint8_t ret[32], int64_t *ret_size, struct err *e);

#endif
