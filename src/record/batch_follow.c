/* What effects ask for next: moves of the record and of its parent, records of other kinds. */
#include "base/limits.h"
#include "base/log.h"
#include "record.sql.h"
#include "record/batch.h"

#include <string.h>

enum { FOLLOW_DEPTH = 4 };

/* A command that an effect asked for: its id follows from its cause, so that a repetition finds it done. */
static struct command *follow_up(struct batch *b, const struct command *cause, const char *what)
{
    struct command *c = arena_new(b->a, struct command);
    uint8_t hash[HASH_BYTES];

    privacy_hash(b->world->privacy, cause->id.b, sizeof(cause->id.b), what, strlen(what), hash);
    c->id = uuid_v7(cause->at, hash);
    c->who = &principal_clock;
    c->at = cause->at;
    c->version = -1;
    c->note = cause->note != NULL ? cause->note : cause->verb;
    return c;
}

/* NOLINTNEXTLINE(misc-no-recursion): a list has no lists in it */
static void add_files(struct uuid *ids, size_t *n, const struct cel_value *v)
{
    for (size_t i = 0; v->type == CEL_LIST && i < v->list.n; i++)
        add_files(ids, n, &v->list.items[i]);
    if (v->type == CEL_STRING && *n < LIMIT_FILES && uuid_parse(v->s, &ids[*n]))
        (*n)++;
}

/* Values under the names that the target knows; evidence among them goes along. A child is given just what is
 * said: null empties the field. */
static void give(struct batch *b, const struct change_follow *f, const struct kind *kind, struct command *c)
{
    struct uuid *files = arena_array(b->a, struct uuid, LIMIT_FILES);

    c->values = arena_array(b->a, struct cel_value, kind->n_fields + 1);
    c->field_files = files;
    for (size_t i = 0; i < f->n; i++) {
        const struct field *field = kind_field(kind, f->given[i].field);

        if (field == NULL || f->given[i].value.type <= (f->how == FOLLOW_CHILD ? CEL_UNSET : CEL_NULL))
            continue;
        c->values[field->index] = f->given[i].value;
        if (field->type == FIELD_FILE)
            add_files(files, &c->n_field_files, &f->given[i].value);
    }
}

/* What leaves the work lists as a duplicate needs no further right: marking it took one. */
static bool move_again(struct batch *b, const struct command *cause, const struct change *ch,
                       const struct change_follow *f, struct command **ret)
{
    struct command *c = follow_up(b, cause, f->verb);

    c->target = ch->after->id;
    c->verb = f->verb;
    c->trusted = strcmp(cause->verb == NULL ? "" : cause->verb, "duplicate") == 0;
    *ret = c;
    return true;
}

static bool move_parent(struct batch *b, const struct command *cause, const struct change *ch,
                        const struct change_follow *f, struct command **ret, struct err *e)
{
    struct command *c = follow_up(b, cause, arena_printf(b->a, "parent:%s", f->verb));
    const struct record *parent = NULL;

    c->verb = f->verb;
    *ret = c;
    if (!batch_standing(b, ch->after->parent, &parent, e) || parent == NULL)
        return false;
    c->target = parent->id;
    give(b, f, parent->kind, c);
    return true;
}

/* Made there, or put there, by a batch that the database does not show. */
static bool lately_below(const struct touched *t, struct uuid id)
{
    return uuid_eq(t->after->parent, id) && (t->before == NULL || !uuid_eq(t->before->parent, id));
}

/* The children that the database knows, then those of batches it does not show yet. */
static bool children_of(struct batch *b, struct uuid id, struct uuid **ret, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct batch *unseen[] = {b->older, b};
    size_t room = b->n_touched + (b->older == NULL ? 0 : b->older->n_touched) + 64, n = 0;
    struct uuid *ids = arena_array(b->a, struct uuid, room);

    if (!sql_query(b->tx, &record_queries[RECORD_Q_CHILDREN_IDS], &rows, e, SQL_INT(b->world->district),
                   SQL_UUID(&id)))
        return false;
    while (sql_next(rows)) {
        if (n + b->n_touched + (b->older == NULL ? 0 : b->older->n_touched) + 1 >= room) {
            struct uuid *more = arena_array(b->a, struct uuid, room *= 2);

            memcpy(more, ids, sizeof(*ids) * n);
            ids = more;
        }
        ids[n++] = sql_uuid(rows, 0);
    }
    for (size_t k = 0; k < COUNT_OF(unseen); k++)
        for (size_t i = 0; unseen[k] != NULL && i < unseen[k]->n_touched; i++)
            if (lately_below(&unseen[k]->touched[i], id))
                ids[n++] = unseen[k]->touched[i].after->id;
    *ret = ids;
    *ret_n = n;
    return sql_end(&rows, e);
}

/* Whether it lies below that one, or books it. */
static bool lies_at(struct batch *b, struct uuid id, struct uuid at, bool *ret, struct err *e)
{
    const struct record *r = NULL;

    if (!batch_load(b, id, &r, e))
        return false;
    *ret = r != NULL && (uuid_eq(r->parent, at) || record_has_booked(r, at));
    return true;
}

/* Those that a merge of `from`, made when it came into its state, has put at `into` and that are there still.
 */
static bool merged_of(struct batch *b, const struct record *from, struct uuid into, struct uuid **ret,
                      size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    size_t room = 64, n = 0;
    struct uuid *ids = arena_array(b->a, struct uuid, room);
    char id[UUID_TEXT_MAX];

    uuid_format(from->id, id);
    if (!sql_query(b->tx, &record_queries[RECORD_Q_CHILDREN_MERGED], &rows, e, SQL_INT(b->world->district),
                   SQL_INT(from->entered_at), SQL_TEXT(arena_printf(b->a, "%%%s%%", id))))
        return false;
    while (sql_next(rows)) {
        struct uuid one = sql_uuid(rows, 0);
        bool there = false;

        if (!lies_at(b, one, into, &there, e))
            return false;
        if (!there)
            continue;
        if (n == room) {
            struct uuid *more = arena_array(b->a, struct uuid, room *= 2);

            for (size_t i = 0; i < n; i++)
                more[i] = ids[i];
            ids = more;
        }
        ids[n++] = one;
    }
    *ret = ids;
    *ret_n = n;
    return sql_end(&rows, e);
}

/* What lies below a record that goes into another, and what has booked it from now on. */
static bool go_along(struct batch *b, const struct command *cause, struct uuid from, struct uuid **ret,
                     size_t *ret_n, struct err *e)
{
    struct uuid *children = NULL, *bookings = NULL, *all;
    size_t n = 0, n_bookings = 0;

    if (!children_of(b, from, &children, &n, e) ||
        !batch_holders(b, from, cause->at, &bookings, &n_bookings, e))
        return false;
    all = arena_array(b->a, struct uuid, n + n_bookings + 1);
    for (size_t i = 0; i < n; i++)
        all[i] = children[i];
    for (size_t i = 0; i < n_bookings; i++)
        all[n + i] = bookings[i];
    *ret = all;
    *ret_n = n + n_bookings;
    return true;
}

/* A move of one of many: told apart by whom it is for. */
static struct command *move_child(struct batch *b, const struct command *cause, struct uuid child,
                                  const char *verb)
{
    char id[UUID_TEXT_MAX];
    struct command *c;

    uuid_format(child, id);
    c = follow_up(b, cause, arena_printf(b->a, "child:%s:%s", verb, id));
    c->target = child;
    c->verb = verb;
    return c;
}

static bool raise_other(struct batch *b, const struct command *cause, const struct change *ch,
                        const struct change_follow *f, struct command **ret)
{
    const struct record *r = ch->after;
    struct command *c = follow_up(b, cause, arena_printf(b->a, "raise:%s", f->kind->name));

    c->who = cause->who;
    c->kind = f->kind;
    c->area = r->area;
    c->address = r->address;
    c->has_place = r->has_place;
    c->lng = r->lng;
    c->lat = r->lat;
    give(b, f, f->kind, c);
    *ret = c;
    return true;
}

/* What the clock raises below a record; its id was chosen with its cause, as more may lie below it. */
static struct command *raise_below(struct batch *b, const struct command *cause,
                                   const struct change_follow *f)
{
    struct command *c = follow_up(b, cause, "below");

    c->id = f->id;
    c->kind = f->kind;
    c->parent = f->target;
    c->area = f->area;
    give(b, f, f->kind, c);
    return c;
}

/* The new one points back at where it came from. */
static bool link_back(struct batch *b, const struct command *cause, struct uuid from, struct err *e)
{
    struct command *c = follow_up(b, cause, "link");
    const struct change *ch = NULL;
    struct outcome out = {0};

    c->target = cause->id;
    c->verb = "link";
    c->link = "from";
    c->other = from;
    c->note = NULL;
    c->trusted = true;
    return batch_apply_one(b, c, &out, &ch, e);
}

/* With fields of its own: each child gets others. */
static bool move_one_child(struct batch *b, const struct command *cause, const struct change_follow *f,
                           struct command **ret, struct err *e)
{
    const struct record *child = NULL;

    *ret = move_child(b, cause, f->target, f->verb);
    if (!batch_load(b, f->target, &child, e) || child == NULL)
        return false;
    give(b, f, child->kind, *ret);
    return true;
}

/* The record that a field names: of the kind that it is of, and no secret of who named it. */
static bool find_named(struct batch *b, const struct command *cause, const struct change_follow *f,
                       const struct record **ret, struct err *e)
{
    const struct record *r = NULL;

    if (!(f->itself ? batch_load(b, f->target, &r, e) : batch_standing(b, f->target, &r, e)))
        return false;
    if (r == NULL || r->kind != f->kind ||
        !(cause->trusted || record_visible(b->world, r, cause->who) || record_public(r)))
        return ERR_FIELD(e, "fields", "record.not_found", "没有这个事项", "no such matter");
    *ret = r;
    return true;
}

static void name_parties(struct batch *b, const struct change_follow *f, struct command *c)
{
    struct party_input *list = arena_array(b->a, struct party_input, f->n_parties + 1);

    for (size_t i = 0; i < f->n_parties; i++)
        list[i] = (struct party_input){
            .role = f->parties[i].role, .account = f->parties[i].account, .org = f->parties[i].org};
    c->parties = list;
    c->n_parties = f->n_parties;
}

static bool move_named(struct batch *b, const struct command *cause, const struct change_follow *f,
                       struct command **ret, struct err *e)
{
    const struct record *r = NULL;
    struct command *c;

    if (!find_named(b, cause, f, &r, e))
        return false;
    c = move_child(b, cause, r->id, arena_printf(b->a, "%s:record", f->verb));
    c->verb = f->verb;
    give(b, f, r->kind, c);
    name_parties(b, f, c);
    *ret = c;
    return true;
}

bool batch_follows_fit(struct batch *b, const struct command *cause, const struct change *ch, struct err *e)
{
    for (size_t i = 0; i < ch->n_follows; i++) {
        struct command *c = NULL;

        if (ch->follows[i].how == FOLLOW_RECORD &&
            !(move_named(b, cause, &ch->follows[i], &c, e) && batch_would(b, c, e)))
            return false;
    }
    return true;
}

static bool make(struct batch *b, const struct command *cause, const struct change *ch,
                 const struct change_follow *f, struct command **ret, struct err *e)
{
    if (f->how == FOLLOW_PARENT)
        return move_parent(b, cause, ch, f, ret, e);
    if (f->how == FOLLOW_CHILD)
        return move_one_child(b, cause, f, ret, e);
    if (f->how == FOLLOW_RECORD)
        return move_named(b, cause, f, ret, e);
    if (f->how == FOLLOW_BELOW) {
        *ret = raise_below(b, cause, f);
        return true;
    }
    return f->how == FOLLOW_RAISE ? raise_other(b, cause, ch, f, ret) : move_again(b, cause, ch, f, ret);
}

/* Not possible from here (say, escalate at the top): the cause stands by itself. */
static const struct change *carry_out(struct batch *b, const struct command *c, struct uuid from)
{
    const struct change *next = NULL;
    struct outcome out = {0};
    struct err why = {0};

    if (batch_apply_one(b, c, &out, &next, &why) &&
        (c->kind == NULL || !uuid_is_nil(c->parent) || link_back(b, c, from, &why)))
        return next;
    if (why.code == ERR_INTERNAL)
        log_err("follow", &why);
    return NULL;
}

static bool find_children(struct batch *b, const struct command *cause, const struct change *ch,
                          const struct change_follow *f, struct uuid **ret, size_t *ret_n, struct err *e)
{
    if (f->how == FOLLOW_BACK)
        return merged_of(b, ch->before, f->target, ret, ret_n, e);
    if (f->how == FOLLOW_UNDER)
        return go_along(b, cause, f->target, ret, ret_n, e);
    return children_of(b, ch->after->id, ret, ret_n, e);
}

/* Each child by itself: one that cannot (the same is registered there already) stays where it is. */
static void move_children(struct batch *b, const struct command *cause, const struct change *ch,
                          const struct change_follow *f)
{
    struct uuid *ids = NULL;
    struct err why = {0};
    size_t n = 0;
    bool found = find_children(b, cause, ch, f, &ids, &n, &why);

    if (!found)
        log_err("follow", &why);
    for (size_t k = 0; found && k < n; k++) {
        struct command *c = move_child(b, cause, ids[k], f->verb);

        c->other = f->other;
        c->parent = f->target;
        (void)carry_out(b, c, ch->after->id);
    }
}

static bool of_children(const struct change_follow *f)
{
    return f->how == FOLLOW_CHILDREN || f->how == FOLLOW_UNDER || f->how == FOLLOW_BACK;
}

/* NOLINTNEXTLINE(misc-no-recursion): at most FOLLOW_DEPTH deep */
static void follow(struct batch *b, const struct command *cause, const struct change *ch, int depth)
{
    for (size_t i = 0; i < ch->n_follows; i++) {
        const struct change_follow *f = &ch->follows[i];
        const struct change *next = NULL;
        struct command *c = NULL;
        struct err why = {0};

        if (of_children(f))
            move_children(b, cause, ch, f);
        else if (make(b, cause, ch, f, &c, &why))
            next = carry_out(b, c, ch->after->id);
        if (next != NULL && depth > 1)
            follow(b, c, next, depth - 1);
    }
}

void batch_follow(struct batch *b, const struct command *c, const struct change *ch, struct outcome *ret)
{
    const struct record *now = NULL;
    struct err e = {0};

    follow(b, c, ch, FOLLOW_DEPTH);
    if (batch_load(b, ret->record->id, &now, &e) && now != NULL)
        ret->record = now;
}
