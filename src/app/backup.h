/* backup.h -- a whole copy of the district, from the command line or asked for by the administrator. */
#ifndef APP_BACKUP_H
#define APP_BACKUP_H

#include "app/app.h"

/* Makes the new folder `to`, which appears when it is whole, and notes when that was. ERR_CONFLICT
 * "backup.exists", ERR_BUSY "backup.file", and what sql_backup() answers. */
MUST_USE bool backup_make(struct district *d, const char *to, bool with_key, struct err *e);

extern const struct route backup_routes[];
/* Until a backup that was asked for over HTTP has ended. */
void backup_wait(void);

#endif
