/* pg_error.c -- what PostgreSQL's errors mean, and what a person should do. */
#include "base/text.h"
#include "sql/postgres.h"

#include <string.h>

struct advice {
    const char *state; /* SQLSTATE, or its beginning */
    const char *zh, *en;
};

static const struct advice advices[] = {
    {"53100", "数据库服务器磁盘已满，请腾出空间，服务会自行恢复",
     "the database server's disk is full: make room, service resumes by itself"},
    {"53300", "数据库服务器的连接数已满：请提高 max_connections 或减少服务器数",
     "the database server takes no more connections: raise max_connections"},
    {"53", "数据库服务器资源不足", "the database server is short of resources"},
    {"57P", "数据库服务器正在停止或启动，稍后会自行恢复",
     "the database server is stopping or starting: service resumes by itself"},
    {"08", "与数据库服务器的连接中断，稍后会自行恢复",
     "the connection to the database server was lost: service resumes by itself"},
    {"25006", "该数据库服务器只读（可能是备机）：请检查连接地址",
     "this database server takes no writes (a replica?): check the address"},
    {"28", "数据库用户名或密码不对，请检查 --db 地址和 pg_hba.conf",
     "user or password refused: check --db and the server's pg_hba.conf"},
    {"3D", "没有这个数据库，请先 createdb", "there is no such database: make it with createdb"},
    {"42501", "该用户没有权限：数据库须归它所有", "the user may not: it must own the database"},
    {"58", "数据库服务器读写出错，请检查其磁盘",
     "the database server failed to read or write: check its disk"},
    {"XX001", "数据库已损坏，请从备份恢复", "the database is damaged: restore a backup"},
};

/* Others are in the way, or it took too long: nothing is wrong with the server. */
static const char *const busy[] = {"40", "55P03", "57014", "25P03"};

static bool unavailable(const char *what, const char *zh, const char *en, const char *detail, struct err *e)
{
    (void)ERR(e, ERR_BUSY, "sql.unavailable", "%1$s：数据库暂不可用：%2$s%3$.0s（%4$s）",
              "%1$s: no database now: %3$s%2$.0s (%4$s)", what, zh, en, detail);
    e->retry_after_s = 5;
    return false;
}

static bool is_busy(const char *state)
{
    for (size_t i = 0; i < COUNT_OF(busy); i++)
        if (str_starts(state, busy[i]))
            return true;
    return false;
}

/* By SQLSTATE. `detail` names no values of rows: it goes into the log. */
static bool verdict(const char *state, const char *what, const char *detail, struct err *e)
{
    if (str_starts(state, "23"))
        return ERR(e, ERR_CONFLICT, "sql.constraint", "%s：与已有数据冲突（%s）",
                   "%s: in conflict with what is there (%s)", what, detail);
    if (is_busy(state)) {
        (void)ERR(e, ERR_BUSY, "sql.busy", "%s：数据库正忙，请稍后再试（%s）",
                  "%s: the database is busy: try again in a moment (%s)", what, detail);
        e->retry_after_s = 1;
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(advices); i++)
        if (str_starts(state, advices[i].state))
            return unavailable(what, advices[i].zh, advices[i].en, detail, e);
    return ERR(e, ERR_INTERNAL, "sql.failed", "%s：数据库报错（%s）", "%s: the database says: %s", what,
               detail);
}

/* The connection is of no more use: it is gone, or leads to a server that has become a
 * replica or is about to end. */
static bool is_lost(const struct pg_conn *c, const char *state)
{
    return PQstatus(c->h) != CONNECTION_OK || str_starts(state, "57P") || str_starts(state, "08") ||
           str_eq(state, "25006");
}

bool pg_fail(struct pg_conn *c, const PGresult *res, const char *what, struct err *e)
{
    const char *state = res == NULL ? NULL : PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *says = res == NULL ? NULL : PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    char line[ERR_TEXT_MAX];

    if (state == NULL) /* libpq itself: the link is broken or could not be made */
        state = "08000";
    str_copy(line, sizeof(line), says != NULL ? says : PQerrorMessage(c->h));
    line[strcspn(line, "\n")] = '\0';
    if (is_lost(c, state))
        c->lost = true;
    return verdict(state, what, line, e);
}
