/* Who has a matter open: told by each screen every few seconds, kept in memory, forgotten when it stops. With
 * several servers each knows those it serves; it is a courtesy, and the door holds without it. */
#include "base/text.h"
#include "desk/handlers.h"
#include "engine/engine.h"
#include "record/record.h"

#include <pthread.h>
#include <string.h>

enum { PLACES = 4096, SHOWN = 16, NAME_MAX_BYTES = 96 };
static const int64_t GONE_MS = 40000;

struct present {
    struct uuid record, account; /* account nil: free */
    char name[NAME_MAX_BYTES];
    int64_t since, seen_at;
    bool writing;
};
static struct present places[PLACES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_here(const struct present *p, struct uuid record, int64_t now)
{
    return !uuid_is_nil(p->account) && now - p->seen_at < GONE_MS && uuid_eq(p->record, record);
}

/* The caller's own place at this matter, or one that is free. NULL: all are taken. */
static struct present *place_for(struct uuid record, struct uuid account, int64_t now)
{
    struct present *spare = NULL;

    for (size_t i = 0; i < PLACES; i++) {
        if (uuid_eq(places[i].account, account) && uuid_eq(places[i].record, record))
            return &places[i];
        if (spare == NULL && (uuid_is_nil(places[i].account) || now - places[i].seen_at >= GONE_MS))
            spare = &places[i];
    }
    return spare;
}

static void come(const struct req *r, struct uuid record, bool writing)
{
    struct present *p = place_for(record, r->who->account, r->now);

    if (p == NULL)
        return;
    if (!is_here(p, record, r->now) || !uuid_eq(p->account, r->who->account)) {
        *p = (struct present){.record = record, .account = r->who->account, .since = r->now};
        str_copy(p->name, sizeof(p->name), r->who->name == NULL ? "" : r->who->name);
    }
    p->seen_at = r->now;
    p->writing = writing;
}

static size_t others(const struct req *r, struct uuid record, struct present ret[SHOWN])
{
    size_t n = 0;

    for (size_t i = 0; i < PLACES && n < SHOWN; i++)
        if (is_here(&places[i], record, r->now) && !uuid_eq(places[i].account, r->who->account))
            ret[n++] = places[i];
    return n;
}

static void write_others(struct req *r, const struct present *list, size_t n)
{
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++) {
        jo_obj(&r->out, NULL);
        jo_uuid(&r->out, "account", list[i].account);
        jo_str(&r->out, "name", list[i].name);
        jo_time(&r->out, "since", list[i].since, r->services->offset_min);
        jo_bool(&r->out, "writing", list[i].writing);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
}

/* Only those who may see a matter may know who looks at it. */
static bool may_see(struct req *r, struct uuid id, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct record *rec = NULL;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) || !record_load(tx, w, id, r->arena, &rec, e))
        return false;
    return (rec != NULL && record_visible(w, rec, r->who)) ||
           ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
}

bool presence_put(struct req *r, struct err *e)
{
    static const struct json_member members[] = {{"writing", JSON_BOOL, 0, false, 0, 0}};
    struct present list[SHOWN];
    bool writing = false;
    struct uuid id;
    size_t n;

    if (!req_uuid(r, 0, &id, e) || !json_read(r->json, "", members, COUNT_OF(members), &writing, e) ||
        !may_see(r, id, e))
        return false;
    (void)pthread_mutex_lock(&lock);
    come(r, id, writing);
    n = others(r, id, list);
    (void)pthread_mutex_unlock(&lock);
    write_others(r, list, n);
    return true;
}

bool presence_delete(struct req *r, struct err *e)
{
    struct uuid id;

    if (!req_uuid(r, 0, &id, e))
        return false;
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < PLACES; i++)
        if (uuid_eq(places[i].account, r->who->account) && uuid_eq(places[i].record, id))
            places[i] = (struct present){0};
    (void)pthread_mutex_unlock(&lock);
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "ok", true);
    jo_close(&r->out);
    return true;
}
