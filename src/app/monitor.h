/* monitor.h -- what machines ask a server about itself: /healthz, /readyz, /metrics. */
#ifndef APP_MONITOR_H
#define APP_MONITOR_H

#include "http/route.h"

extern const struct route monitor_routes[];
/* Whose figures /metrics tells; before it is served. */
void monitor_server(const struct http_server *s);
/* /readyz says no from now on: a balancer sends its requests elsewhere. */
void monitor_leaving(void);

/* The last whole backup, as `wangge backup` notes it in the data folder. */
#define BACKUP_NOTE "last-backup"
/* When it was made, in ms; 0: never, or nobody noted it. */
int64_t monitor_last_backup(const char *dir);

#endif
