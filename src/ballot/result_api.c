/* Declaring what a ballot came to, and the list from which anybody counts again. */
#include "ballot/poll.h"
#include "base/text.h"
#include "file/file.h"
#include "json/json_in.h"

#include <errno.h>
#include <string.h>

/* --- declaring --- */

struct declaring {
    struct ticket ticket;
    struct outcome outcome;
    struct req *req;
};

static void give(struct command *c, const struct field *f, struct cel_value v)
{
    if (f != NULL)
        c->values[f->index] = v;
}

bool poll_declare(struct poll *p, struct command **ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct command *c = arena_new(p->a, struct command);
    struct outcome_of o;

    if (!poll_in(p, p->def->count))
        return ERR(e, ERR_CONFLICT, "ballot.not_counting", "现在是“%s%.0s”，还不到计票的时候",
                   "the ballot is “%.0s%s”: it is not counted now", p->rec->state->title.zh,
                   p->rec->state->title.en);
    if (!sql_begin(p->db, SQL_READ, &tx, e) || !result_write(p, tx, NULL, &o, e))
        return false;
    *c = (struct command){.id = uuid_make(),
                          .who = p->who,
                          .at = p->now,
                          .target = p->rec->id,
                          .verb = (o.tally.valid && o.tally.passed ? p->def->passed : p->def->failed)->name,
                          .version = p->rec->version,
                          .values = arena_array(p->a, struct cel_value, p->rec->kind->n_fields + 1),
                          .packs = p->world->packs,
                          .counted = true};
    give(c, p->def->result, CEL_STR(o.sentence));
    give(c, p->def->digest, CEL_STR(o.digest));
    give(c, p->def->elected, o.elected);
    give(c, p->def->votes, o.votes);
    *ret = c;
    return true;
}

static void answered(void *ctx, struct ticket *t)
{
    struct declaring *d = ctx;

    (void)t;
    req_wake(d->req);
}

/* Sends what counting made; result_done() answers. */
static bool send(struct req *r, const struct poll *p, struct command *c, struct err *e)
{
    struct declaring *d = arena_new(r->arena, struct declaring);

    d->req = r;
    d->ticket = (struct ticket){.command = c, .outcome = &d->outcome, .done = answered, .ctx = d};
    r->state = d;
    if (!door_submit(p->door, &d->ticket, e))
        return false;
    r->pending = true;
    return true;
}

static bool open_to_run(struct req *r, struct poll *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return json_read(r->json, "", NULL, 0, NULL, e) && poll_open(r, SQL_READ, ret, &tx, e) &&
           poll_runs(ret, e);
}

/* Counting takes its time: beside the event loop. */
static bool declare(struct req *r, struct err *e)
{
    struct command *c = NULL;
    struct outcome out = {0};
    struct poll p;
    bool ok;

    if (!open_to_run(r, &p, e) || (p.def->secret && !sql_forget(p.db, e)) || !poll_declare(&p, &c, e))
        return false;
    ok = door_call(p.door, c, &out, e);
    outcome_free(&out);
    return ok && ballot_show(r, e);
}

bool result_declare(struct req *r, struct err *e)
{
    return req_aside(r, declare, e);
}

bool options_name(struct req *r, struct err *e)
{
    struct command *c = NULL;
    struct poll p;

    return open_to_run(r, &p, e) && poll_names(&p, &c, e) && send(r, &p, c, e);
}

bool options_done(struct req *r, struct err *e)
{
    struct declaring *d = r->state;
    bool ok = d->outcome.ok;

    if (!ok)
        *e = d->outcome.err;
    outcome_free(&d->outcome);
    return ok && ballot_show(r, e);
}

/* --- the list --- */

/* Removed with the request, like what it received. */
static const char *list_file(struct req *r)
{
    struct upload *u = arena_new(r->arena, struct upload);
    char dir[FILE_PATH_MAX], id[UUID_TEXT_MAX];

    file_upload_dir(r->services->data_dir, dir);
    uuid_format(uuid_make(), id);
    u->path = arena_printf(r->arena, "%s/ballot-%s.csv", dir, id);
    r->uploads = u;
    r->n_uploads = 1;
    return u->path;
}

static bool write_file(const struct poll *p, struct sql_tx *tx, const char *path, struct err *e)
{
    FILE *f = fopen(path, "we");
    struct gathered counted;
    bool ok;

    if (f == NULL)
        return ERR(e, ERR_BUSY, "ballot.disk", "清单无法写入：%s", "the list cannot be written: %s",
                   strerror(errno));
    ok = votes_gather(p, tx, f, &counted, e);
    return fclose(f) == 0 && ok;
}

static bool write_list(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const char *path;
    struct poll p;

    if (!poll_open(r, SQL_READ, &p, &tx, e))
        return false;
    if (!poll_in(&p, p.def->shown))
        return ERR(e, ERR_CONFLICT, "ballot.not_shown", "现在是“%s%.0s”，清单在结果公布后公开",
                   "the ballot is “%.0s%s”: the list is public once the result is", p.rec->state->title.zh,
                   p.rec->state->title.en);
    path = list_file(r);
    if (!write_file(&p, tx, path, e))
        return false;
    r->file_path = path;
    r->content_type = "text/csv; charset=utf-8";
    req_header(r, "Content-Disposition", "attachment; filename=\"ballot.csv\"");
    return true;
}

bool list_get(struct req *r, struct err *e)
{
    return req_aside(r, write_list, e);
}
