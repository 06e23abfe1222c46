/* Candidates that are records beside the ballot: their names are written down as its options, and they are
 * told what became of them when the result takes effect. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/text.h"
#include "json/json_in.h"
#include "pack/check.h"

#include <string.h>

enum { BESIDE_MAX = 2000 };

/* --- naming --- */

/* Those who stand, oldest first. */
struct standing {
    struct cel_value names[OPTIONS_MAX], ids[OPTIONS_MAX];
    size_t n;
};

static bool same_name(const struct standing *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(s->names[i].s, name))
            return true;
    return false;
}

static bool add(const struct poll *p, const struct record *r, struct standing *s, struct err *e)
{
    const struct ballot_stand *stand = &p->def->stand;
    const struct cel_value *name = &r->values[stand->name->index];
    char id[UUID_TEXT_MAX];

    if ((stand->in >> r->state->index & 1) == 0)
        return true;
    if (s->n == OPTIONS_MAX)
        return ERR(e, ERR_CONFLICT, "ballot.many_options", "候选最多 %d 个", "at most %d may stand",
                   OPTIONS_MAX);
    if (name->type != CEL_STRING || same_name(s, name->s))
        return ERR(e, ERR_CONFLICT, "ballot.same_name", "有两个候选同名“%s”，选票上分不出来：请先改名",
                   "two that stand are called “%s”: voters could not tell them apart",
                   name->type == CEL_STRING ? name->s : "");
    uuid_format(r->id, id);
    s->names[s->n] = CEL_STR(name->s);
    s->ids[s->n++] = CEL_STR(arena_strdup(p->a, id));
    return true;
}

static bool find(const struct poll *p, struct sql_tx *tx, struct standing *s, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid *ids = arena_array(p->a, struct uuid, BESIDE_MAX);
    size_t n = 0;

    if (!sql_query(tx, &ballot_queries[BALLOT_Q_BESIDE], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->parent), SQL_TEXT(p->def->stand.kind->name), SQL_INT(BESIDE_MAX)))
        return false;
    while (sql_next(rows))
        ids[n++] = sql_uuid(rows, 0);
    if (!sql_end(&rows, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct record *r = NULL;

        if (!record_load(tx, p->world, ids[i], p->a, &r, e) || (r != NULL && !add(p, r, s, e)))
            return false;
    }
    return true;
}

bool poll_names(struct poll *p, struct command **ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct standing *s = arena_new(p->a, struct standing);
    struct command *c = arena_new(p->a, struct command);

    if (p->def->stand.kind == NULL)
        return ERR(e, ERR_CONFLICT, "ballot.by_hand", "这类投票的候选由办理人填写",
                   "the options of such a ballot are written by hand");
    if (!poll_roll_open(p, e) || !sql_begin(p->db, SQL_READ, &tx, e) || !find(p, tx, s, e))
        return false;
    if (s->n == 0)
        return ERR(e, ERR_CONFLICT, "ballot.none_stand", "还没有可以列入的候选", "nothing stands yet");
    *c = (struct command){.id = uuid_make(),
                          .who = p->who,
                          .at = p->now,
                          .target = p->rec->id,
                          .verb = p->def->stand.names->name,
                          .version = p->rec->version,
                          .values = arena_array(p->a, struct cel_value, p->rec->kind->n_fields + 1),
                          .packs = p->world->packs,
                          .counted = true};
    c->values[p->def->options->index] = (struct cel_value){.type = CEL_LIST, .list = {s->names, s->n}};
    c->values[p->def->stand.ids->index] = (struct cel_value){.type = CEL_LIST, .list = {s->ids, s->n}};
    *ret = c;
    return true;
}

/* --- elect: told by the move by which the result takes effect (pack/ballot.c puts it there) --- */

static bool elect_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                        const void **ret)
{
    (void)ret;
    return check_fail(c, arg, "pack.effect",
                      "stand: {settled: MOVE, …} under ballot:", "'%s' need not say 'elect'", k->name);
}

static const struct cel_value *item(const struct record *r, const struct field *f, size_t i)
{
    const struct cel_value *v = &r->values[f->index];

    return v->type == CEL_LIST && i < v->list.n ? &v->list.items[i] : NULL;
}

static bool is_elected(const struct record *r, const struct ballot_def *b, const struct cel_value *name)
{
    const struct cel_value *one;

    for (size_t i = 0; name != NULL && (one = item(r, b->elected, i)) != NULL; i++)
        if (str_eq(one->s, name->s))
            return true;
    return false;
}

static bool tell(struct effect_run *run, const struct ballot_def *b, size_t i, struct uuid id)
{
    const struct record *r = run->rec;
    const struct cel_value *votes = item(r, b->votes, i);
    const struct move *m = is_elected(r, b, item(r, b->options, i)) ? b->stand.chosen : b->stand.left;
    struct change_follow *f = change_follow(run->change, FOLLOW_CHILD, m->name, run->arena);

    if (f == NULL)
        return false;
    f->target = id;
    if (b->stand.votes == NULL || votes == NULL)
        return true;
    f->given = arena_alloc(run->arena, sizeof(*f->given));
    f->given[0].field = b->stand.votes->name;
    f->given[0].value = *votes;
    f->n = 1;
    return true;
}

static bool elect_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct ballot_def *b = data;
    const struct cel_value *one;
    struct uuid id;

    for (size_t i = 0; (one = item(run->rec, b->stand.ids, i)) != NULL; i++)
        if (!uuid_parse(one->s, &id) || !tell(run, b, i, id))
            return ERR(e, ERR_INTERNAL, "ballot.stored", "候选名单损坏", "the list of who stands is damaged");
    return true;
}

static const struct effect_type elect = {
    "elect", "candidates that are records are told what became of them", elect_check, {elect_run}};
const struct effect_type *const ballot_effects[] = {&elect};
const size_t ballot_n_effects = COUNT_OF(ballot_effects);
