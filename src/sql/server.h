/* server.h -- how a PostgreSQL server is set and how it fares, for whoever looks after it. */
#ifndef SQL_SERVER_H
#define SQL_SERVER_H

#include "sql/sql.h"

enum { SQL_SERVER_NAME = 256, SQL_SERVER_PATH = 1024 };
/* Texts are "" where there is nothing to say, or it may not be seen. */
struct sql_server {
    char version[64];
    char sync[32];                       /* synchronous_commit, as our sessions have it */
    char sync_standbys[SQL_SERVER_NAME]; /* synchronous_standby_names */
    bool fsync, full_page_writes, autovacuum, checksums;
    bool standby;    /* it replays what another one writes */
    bool may_create; /* our user may make tables: migrations do */
    bool monitor;    /* our user sees other users' sessions and the standbys */
    bool encrypted;  /* this connection */
    bool local;      /* it leads to this machine */
    int64_t size_bytes;
    int64_t clock_ms;                 /* the server's, since 1970 */
    int64_t may_connect, free;        /* sessions: at most, and how many more now */
    int64_t standbys, in_sync;        /* that follow; that commits wait for */
    int64_t lag_bytes;                /* of the one that is furthest behind */
    int64_t longest_ms, longest_pid;  /* the oldest transaction of others in this database */
    char longest_by[SQL_SERVER_NAME]; /* its program */
    char prepared[SQL_SERVER_NAME];   /* a transaction that was prepared and forgotten */
    char slot[SQL_SERVER_NAME];       /* a slot that nobody reads and that keeps much of the log */
    char not_ours[SQL_SERVER_NAME];   /* a table of ours that belongs to somebody else */
    char unswept[SQL_SERVER_NAME];    /* a table for which autovacuum is off */
    char bloated[SQL_SERVER_NAME]; /* the table with the most dead rows, if they are more than the others */
    int64_t dead;                  /* rows of that */
    bool archives, archive_fails;  /* the log is archived; the last try failed */
    int64_t archived_ms;           /* when a piece of it last was, 0: never */
    char folder[SQL_SERVER_PATH];  /* where its data lie, if on this machine */
};
/* Asks the server. Only for a database of which sql_is_shared(). */
MUST_USE bool sql_server_look(struct sql *db, struct sql_server *ret, struct err *e);

#endif
