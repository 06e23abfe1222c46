/* pg_server.c -- what PostgreSQL says of itself. */
#include "base/text.h"
#include "sql/server.h"

/* In the order of columns of `settings`. */
enum {
    S_VERSION,
    S_SYNC,
    S_SYNC_STANDBYS,
    S_FSYNC,
    S_FULL_PAGES,
    S_AUTOVACUUM,
    S_CHECKSUMS,
    S_STANDBY,
    S_MAY_CREATE,
    S_MONITOR,
    S_ENCRYPTED,
    S_LOCAL,
    S_SIZE,
    S_CLOCK,
    S_FOLDER,
};
static const struct sql_query settings = {
    "server.settings",
    "SELECT current_setting('server_version'), current_setting('synchronous_commit'),"
    " current_setting('synchronous_standby_names'), CAST(current_setting('fsync') AS boolean),"
    " CAST(current_setting('full_page_writes') AS boolean),"
    " CAST(current_setting('autovacuum') AS boolean) AND CAST(current_setting('track_counts') AS boolean),"
    " CAST(current_setting('data_checksums') AS boolean), pg_is_in_recovery(),"
    " coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),"
    " pg_has_role('pg_monitor', 'USAGE'),"
    " coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),"
    " inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr(),"
    " pg_database_size(current_database()),"
    " CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint),"
    " CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') AND"
    " (inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr())"
    " THEN current_setting('data_directory') END",
    0, false, false};

/* Sessions that are left over all, for our user and for this database; -1 there is no limit. */
static const struct sql_query sessions = {
    "server.sessions",
    "SELECT least(most, role_most, data_most), least(most - used, role_most - role_used, data_most - "
    "data_used)"
    " FROM (SELECT CAST(current_setting('max_connections') AS bigint)"
    " - CAST(current_setting('superuser_reserved_connections') AS bigint)"
    " - CAST(coalesce(current_setting('reserved_connections', true), '0') AS bigint) AS most,"
    " (SELECT CAST(sum(numbackends) AS bigint) FROM pg_stat_database) AS used,"
    " (SELECT CAST(nullif(rolconnlimit, -1) AS bigint) FROM pg_roles WHERE rolname = current_user) AS "
    "role_most,"
    " (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) AS role_used,"
    " (SELECT CAST(nullif(datconnlimit, -1) AS bigint) FROM pg_database WHERE datname = current_database())"
    " AS data_most,"
    " (SELECT CAST(numbackends AS bigint) FROM pg_stat_database WHERE datname = current_database()) AS "
    "data_used)"
    " AS n",
    0, false, false};

static const struct sql_query replication = {
    "server.replication",
    "SELECT (SELECT count(*) FROM pg_stat_replication),"
    " (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')),"
    " (SELECT CAST(max(pg_wal_lsn_diff(here, coalesce(replay_lsn, here))) AS bigint)"
    " FROM pg_stat_replication, (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
    " ELSE pg_current_wal_lsn() END AS here) AS l),"
    " (SELECT slot_name FROM pg_replication_slots WHERE NOT active AND wal_status <> 'reserved' LIMIT 1),"
    " current_setting('archive_mode') <> 'off',"
    " (SELECT failed_count > 0 AND coalesce(last_failed_time > last_archived_time, true) FROM "
    "pg_stat_archiver),"
    " (SELECT CAST(extract(epoch FROM last_archived_time) * 1000 AS bigint) FROM pg_stat_archiver)",
    0, false, false};

static const struct sql_query transactions = {
    "server.transactions",
    "SELECT CAST(extract(epoch FROM clock_timestamp() - a.xact_start) * 1000 AS bigint),"
    " CAST(a.pid AS bigint), a.application_name,"
    " (SELECT gid FROM pg_prepared_xacts WHERE database = current_database() LIMIT 1)"
    " FROM (SELECT 1) AS one LEFT JOIN (SELECT xact_start, pid, application_name FROM pg_stat_activity"
    " WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND datname = current_database()"
    " AND backend_type = 'client backend' ORDER BY xact_start LIMIT 1) AS a ON true",
    0, false, false};

static const struct sql_query tables = {
    "server.tables",
    "SELECT (SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(current_schema()) AND relkind "
    "= 'r'"
    " AND NOT pg_has_role(relowner, 'USAGE') LIMIT 1),"
    " (SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(current_schema()) AND relkind = 'r'"
    " AND 'autovacuum_enabled=false' = ANY (reloptions) LIMIT 1),"
    " d.relname, d.n_dead_tup FROM (SELECT 1) AS one LEFT JOIN (SELECT relname, n_dead_tup"
    " FROM pg_stat_user_tables WHERE schemaname = current_schema() AND n_dead_tup > 10000"
    " AND n_dead_tup > n_live_tup ORDER BY n_dead_tup DESC LIMIT 1) AS d ON true",
    0, false, false};

static void take(const struct sql_rows *rows, int col, char *ret, size_t size)
{
    const char *text = sql_text(rows, col);

    str_copy(ret, size, text == NULL ? "" : text);
}

static void read_settings(const struct sql_rows *rows, struct sql_server *s)
{
    take(rows, S_VERSION, s->version, sizeof(s->version));
    take(rows, S_SYNC, s->sync, sizeof(s->sync));
    take(rows, S_SYNC_STANDBYS, s->sync_standbys, sizeof(s->sync_standbys));
    s->fsync = sql_int(rows, S_FSYNC) != 0;
    s->full_page_writes = sql_int(rows, S_FULL_PAGES) != 0;
    s->autovacuum = sql_int(rows, S_AUTOVACUUM) != 0;
    s->checksums = sql_int(rows, S_CHECKSUMS) != 0;
    s->standby = sql_int(rows, S_STANDBY) != 0;
    s->may_create = sql_int(rows, S_MAY_CREATE) != 0;
    s->monitor = sql_int(rows, S_MONITOR) != 0;
    s->encrypted = sql_int(rows, S_ENCRYPTED) != 0;
    s->local = sql_int(rows, S_LOCAL) != 0;
    s->size_bytes = sql_int(rows, S_SIZE);
    s->clock_ms = sql_int(rows, S_CLOCK);
    take(rows, S_FOLDER, s->folder, sizeof(s->folder));
}

static void read_sessions(const struct sql_rows *rows, struct sql_server *s)
{
    s->may_connect = sql_int(rows, 0);
    s->free = sql_int(rows, 1);
}

static void read_replication(const struct sql_rows *rows, struct sql_server *s)
{
    s->standbys = sql_int(rows, 0);
    s->in_sync = sql_int(rows, 1);
    s->lag_bytes = sql_int(rows, 2);
    take(rows, 3, s->slot, sizeof(s->slot));
    s->archives = sql_int(rows, 4) != 0;
    s->archive_fails = s->archives && sql_int(rows, 5) != 0;
    s->archived_ms = sql_int(rows, 6);
}

static void read_transactions(const struct sql_rows *rows, struct sql_server *s)
{
    s->longest_ms = sql_int(rows, 0);
    s->longest_pid = sql_int(rows, 1);
    take(rows, 2, s->longest_by, sizeof(s->longest_by));
    take(rows, 3, s->prepared, sizeof(s->prepared));
}

static void read_tables(const struct sql_rows *rows, struct sql_server *s)
{
    take(rows, 0, s->not_ours, sizeof(s->not_ours));
    take(rows, 1, s->unswept, sizeof(s->unswept));
    take(rows, 2, s->bloated, sizeof(s->bloated));
    s->dead = sql_int(rows, 3);
}

bool sql_server_look(struct sql *db, struct sql_server *ret, struct err *e)
{
    static const struct {
        const struct sql_query *q;
        void (*read)(const struct sql_rows *rows, struct sql_server *s);
    } parts[] = {{&settings, read_settings},
                 {&sessions, read_sessions},
                 {&replication, read_replication},
                 {&transactions, read_transactions},
                 {&tables, read_tables}};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    *ret = (struct sql_server){0};
    if (!sql_begin(db, SQL_READ, &tx, e))
        return false;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;

        if (!sql_query_n(tx, parts[i].q, &rows, e, NULL, 0))
            return false;
        if (sql_next(rows))
            parts[i].read(rows, ret);
        if (!sql_end(&rows, e))
            return false;
    }
    return true;
}
