#include "record/batch.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "record.sql.h"
#include "record/around.h"
#include "record/crew.h"

#include <stdlib.h>
#include <string.h>

static const size_t BATCH_ARENA = (size_t)4 << 30;

struct batch_memory *batch_memory_create(void)
{
    struct batch_memory *m = xcalloc(1, sizeof(*m));

    m->arena = arena_create(BATCH_ARENA);
    atomic_init(&m->refs, 1);
    return m;
}

void batch_memory_hold(struct batch_memory *m)
{
    (void)atomic_fetch_add(&m->refs, 1);
}

void batch_memory_drop(struct batch_memory **m)
{
    if (*m != NULL && atomic_fetch_sub(&(*m)->refs, 1) == 1) {
        arena_free(&(*m)->arena);
        free(*m);
    }
    *m = NULL;
}

void outcome_free(struct outcome *o)
{
    batch_memory_drop(&o->memory);
    o->record = NULL;
}

void batch_begin(struct batch *b, const struct world *w, const struct door_options *o, struct batch_memory *m,
                 const struct numbering *n, const struct batch *older)
{
    *b = (struct batch){.world = w,
                        .observer = o->observer,
                        .guard = o->guard,
                        .memory = m,
                        .a = m->arena,
                        .numbering = *n,
                        .older = older};
    jo_begin(&b->json, 1);
    idmap_init(&b->by_id, b->a);
    idmap_init(&b->by_command, b->a);
    batch_ahead_init(b);
    b->observed = b->observer == NULL ? NULL : b->observer->begin(w);
    b->guarded = b->guard == NULL ? NULL : b->guard->begin(older == NULL ? NULL : older->guarded);
    hold_book_init(&b->own_holds, b->a);
    b->holds = &b->own_holds;
}

void batch_end(struct batch *b)
{
    if (b->observer != NULL)
        b->observer->end(b->observed);
    if (b->guard != NULL)
        b->guard->end(b->guarded);
    jo_free(&b->json);
    batch_memory_drop(&b->memory);
}

/* --- numbers --- */

static bool last_number(struct batch *b, int64_t year, int64_t *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = 0;
    if (!sql_query(b->tx, &record_queries[RECORD_Q_NUMBER_LAST], &rows, e, SQL_INT(b->world->district),
                   SQL_INT(year * NUMBER_YEAR), SQL_INT((year + 1) * NUMBER_YEAR)))
        return false;
    if (sql_next(rows))
        *ret = sql_int(rows, 0) % NUMBER_YEAR;
    return sql_end(&rows, e);
}

/* The running number of the year in which the matter is raised. */
static bool next_number(struct batch *b, int64_t at, int64_t *ret, struct err *e)
{
    struct numbering *n = &b->numbering;
    int64_t year = civil_from_ms(at, b->world->offset_min).year;
    size_t i = 0;

    while (i < n->n && n->years[i].year != year)
        i++;
    if (i == n->n) {
        if (n->n == NUMBER_YEARS)
            i = 0; /* forget one; it is read again when needed */
        else
            n->n++;
        n->years[i].year = year;
        if (!last_number(b, year, &n->years[i].last, e))
            return false;
    }
    *ret = year * NUMBER_YEAR + n->years[i].last + 1;
    return true;
}

static void use_number(struct batch *b, int64_t number)
{
    for (size_t i = 0; i < b->numbering.n; i++)
        if (b->numbering.years[i].year == number / NUMBER_YEAR)
            b->numbering.years[i].last = number % NUMBER_YEAR;
}

/* --- loading --- */

bool batch_load(struct batch *b, struct uuid id, const struct record **ret, struct err *e)
{
    struct record *r = NULL;
    size_t i;

    if (idmap_get(&b->by_id, id, &i)) {
        *ret = b->touched[i].after;
        return true;
    }
    if (b->older != NULL && idmap_get(&b->older->by_id, id, &i)) {
        *ret = record_copy(b->world, b->older->touched[i].after, b->a);
        return true;
    }
    if (idmap_get(&b->ahead.records, id, &i) && !b->ahead.loaded[i].damaged) {
        *ret = b->ahead.loaded[i].r;
        return true;
    }
    if (!record_load(b->tx, b->world, id, b->a, &r, e))
        return false;
    *ret = r;
    return true;
}

static bool load_existing(struct batch *b, struct uuid id, const struct record **ret, struct err *e)
{
    if (!batch_load(b, id, ret, e))
        return false;
    return *ret != NULL || ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
}

static bool find_here(const struct batch *b, struct uuid command, struct done_before *ret)
{
    size_t i;

    ret->found = b != NULL && idmap_get(&b->by_command, command, &i);
    if (ret->found) {
        const struct batch_entry *en = &b->entries[i];

        *ret = (struct done_before){true, en->row.record, en->row.seq, en->digest};
    }
    return ret->found;
}

static bool find_done(struct batch *b, struct uuid command, struct done_before *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    size_t i;

    if (find_here(b, command, ret) || find_here(b->older, command, ret))
        return true;
    if (idmap_get(&b->ahead.commands, command, &i)) {
        *ret = b->ahead.done[i];
        return true;
    }
    if (!sql_query(b->tx, &record_queries[RECORD_Q_ENTRY_OF_COMMAND], &rows, e, SQL_INT(b->world->district),
                   SQL_UUID(&command)))
        return false;
    if (sql_next(rows))
        *ret = batch_done(rows);
    return sql_end(&rows, e);
}

/* Whether this command was done before; a repetition answers the record as it is. */
static bool find_replay(struct batch *b, const struct command *c, struct outcome *ret, bool *ret_found,
                        struct err *e)
{
    struct done_before was = {0};

    if (!find_done(b, c->id, &was, e))
        return false;
    *ret_found = was.found;
    if (!was.found)
        return true;
    if (!uuid_eq(was.record, c->kind != NULL ? c->id : c->target) ||
        (c->digest != 0 && was.digest != c->digest))
        return ERR(e, ERR_CONFLICT, "command.reused", "这个编号的操作已办过，内容不同；请换一个新编号",
                   "a different command with this id was carried out before: use a new id");
    ret->seq = was.seq;
    ret->replayed = true;
    return load_existing(b, was.record, &ret->record, e);
}

/* --- applying --- */

static void touch(struct batch *b, const struct record *before, const struct record *after)
{
    size_t i;

    if (idmap_get(&b->by_id, after->id, &i)) {
        b->touched[i].after = after;
        return;
    }
    if (b->n_touched == b->max_touched) {
        size_t max = b->max_touched == 0 ? 64 : b->max_touched * 2;
        struct touched *more = arena_array(b->a, struct touched, max);

        if (b->n_touched > 0)
            memcpy(more, b->touched, sizeof(*more) * b->n_touched);
        b->touched = more;
        b->max_touched = max;
    }
    b->touched[b->n_touched] = (struct touched){.before = before, .after = after};
    idmap_put(&b->by_id, after->id, b->n_touched++);
}

static struct batch_entry *new_entry(struct batch *b)
{
    if (b->n_entries == b->max_entries) {
        size_t max = b->max_entries == 0 ? 64 : b->max_entries * 2;
        struct batch_entry *more = arena_array(b->a, struct batch_entry, max);

        if (b->n_entries > 0)
            memcpy(more, b->entries, sizeof(*more) * b->n_entries);
        b->entries = more;
        b->max_entries = max;
    }
    memset(&b->entries[b->n_entries], 0, sizeof(b->entries[0]));
    return &b->entries[b->n_entries++];
}

static bool record_entry(struct batch *b, const struct change *ch, int64_t *ret_seq, struct err *e)
{
    const struct command *c = ch->command;
    const char *changes, *measures = " ";
    struct batch_entry *en;

    if (!changes_encode(ch, &b->json, b->a, &changes, e))
        return false;
    if (b->observer != NULL && !b->observer->change(b->observed, ch, b->a, &measures, e))
        return false;
    en = new_entry(b);
    en->change = ch;
    en->measures = measures;
    en->digest = c->digest;
    en->row = (struct entry_row){
        .district = b->world->district,
        .seq = ++b->numbering.seq,
        .at = c->at,
        .version = ch->after->version,
        .record = ch->after->id,
        .command = c->id,
        .actor = c->who->account,
        .actor_kind = c->who->kind,
        .right = ch->right == NULL ? "" : ch->right,
        .verb = ch->verb,
        .from_state = ch->from_state,
        .to_state = ch->to_state,
        .note = ch->note,
        .changes = changes,
    };
    entry_hash(b->world->privacy, &en->row, en->hash);
    idmap_put(&b->by_command, c->id, b->n_entries - 1);
    *ret_seq = en->row.seq;
    return true;
}

/* Children that a batch made, and how many more it leaves open than it found. */
static void count_children(const struct batch *b, struct uuid id, struct around *ret)
{
    for (size_t i = 0; b != NULL && i < b->n_touched; i++) {
        const struct touched *t = &b->touched[i];

        const bool is = uuid_eq(t->after->parent, id);
        const bool was = t->before != NULL && uuid_eq(t->before->parent, id);

        ret->children += (int)is - (int)was;
        ret->children_open += (is ? (int)record_open(t->after) : 0) - (was ? (int)record_open(t->before) : 0);
    }
}

/* Those of a batch that the database does not show yet. */
static size_t new_siblings(const struct batch *b, struct uuid parent, const struct kind *kind,
                           const struct record **list, size_t n)
{
    for (size_t i = 0; b != NULL && i < b->n_touched && n < SIBLINGS_MAX; i++) {
        const struct touched *t = &b->touched[i];

        if (t->before == NULL && t->after->kind == kind && uuid_eq(t->after->parent, parent))
            list[n++] = t->after;
    }
    return n;
}

static bool siblings(struct batch *b, struct uuid parent, const struct kind *kind, struct around *ret,
                     struct err *e)
{
    const struct record **list = arena_array(b->a, const struct record *, (size_t)2 * SIBLINGS_MAX);
    struct uuid *ids = NULL;
    size_t n = 0;

    if (!around_siblings(b->tx, b->world->district, parent, kind->name, b->a, &ids, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!batch_load(b, ids[i], &list[ret->n_siblings], e))
            return false;
        ret->n_siblings += list[ret->n_siblings] != NULL;
    }
    ret->n_siblings = new_siblings(b->older, parent, kind, list, ret->n_siblings);
    ret->n_siblings = new_siblings(b, parent, kind, list, ret->n_siblings);
    ret->siblings = list;
    return true;
}

/* A batch's own state of those below a record takes the place of the database's; what it made is added. */
static void below_now(const struct batch *b, struct uuid top, const struct record **list, size_t *n)
{
    size_t known = *n;

    for (size_t i = 0; b != NULL && i < known; i++) {
        size_t at;

        if (idmap_get(&b->by_id, list[i]->id, &at))
            list[i] = b->touched[at].after;
    }
    for (size_t i = 0; b != NULL && i < b->n_touched && *n < BELOW_MAX; i++) {
        const struct touched *t = &b->touched[i];
        bool below = t->before == NULL && uuid_eq(t->after->parent, top);

        for (size_t k = 0; k < *n && t->before == NULL && !below; k++)
            below = uuid_eq(list[k]->parent, top) && uuid_eq(t->after->parent, list[k]->id);
        if (below)
            list[(*n)++] = t->after;
    }
}

static bool look_below(struct batch *b, const struct record *r, struct around *ret, struct err *e)
{
    const struct record **list = NULL;

    if (!record_below(b->tx, b->world, r->id, b->a, &list, &ret->n_below, e))
        return false;
    below_now(b->older, r->id, list, &ret->n_below);
    below_now(b, r->id, list, &ret->n_below);
    ret->below = list;
    return true;
}

/* A sheet's rules ask what it lies below, and what that lies below. */
static bool look_above(struct batch *b, struct engine_input *in, struct uuid parent, struct err *e)
{
    const struct record *up = NULL, *above = NULL;
    struct record *copy;

    if (!batch_load(b, parent, &up, e) || (up != NULL && !batch_load(b, up->parent, &above, e)))
        return false;
    if (up == NULL)
        return true;
    copy = record_copy(b->world, up, b->a);
    copy->above = above;
    in->parent = copy;
    return true;
}

static bool is_touched(void *ctx, struct uuid id)
{
    const struct batch *b = ctx;
    size_t i;

    return idmap_get(&b->by_id, id, &i) || (b->older != NULL && idmap_get(&b->older->by_id, id, &i));
}

/* Those of this batch, then those of the older one that this one has not touched again. */
static const struct record *nth_touched(void *ctx, size_t i)
{
    const struct batch *b = ctx;
    size_t at;

    if (i < b->n_touched)
        return b->touched[i].after;
    i -= b->n_touched;
    for (size_t k = 0; b->older != NULL && k < b->older->n_touched; k++)
        if (!idmap_get(&b->by_id, b->older->touched[k].after->id, &at) && i-- == 0)
            return b->older->touched[k].after;
    return NULL;
}

static bool load_for_crew(void *ctx, struct uuid id, const struct record **ret, struct err *e)
{
    return batch_load(ctx, id, ret, e);
}

/* After the move is made, or refused. */
static void look_end(const struct around *around)
{
    if (around->figures != NULL)
        around->figures->end(around->figures->ctx);
}

/* For the moves whose effects ask for it: what lies below, and measures. */
static bool look_for_move(struct batch *b, const struct command *c, const struct record *before,
                          struct around *ret, struct err *e)
{
    const struct move *m = before == NULL || c->verb == NULL ? NULL : kind_move(before->kind, c->verb);

    if (m != NULL && m->looks_at_figures && b->observer != NULL && b->observer->figures != NULL) {
        b->observer->figures(b->observed, b->older == NULL ? NULL : b->older->observed, b->tx,
                             local_day(c->at, b->world->offset_min), &b->figures);
        ret->figures = &b->figures;
    }
    return m == NULL || !m->looks_below || look_below(b, before, ret, e);
}

/* What the rules of a record's kind look at beside the record. */
static bool look_around(struct batch *b, struct engine_input *in, struct around *ret, struct err *e)
{
    const struct command *c = in->command;
    const struct record *before = in->before;
    const struct kind *kind = before == NULL ? c->kind : before->kind;
    struct uuid parent = before == NULL ? c->parent : before->parent;

    if (b->observer != NULL && b->observer->books != NULL) {
        b->observer->books(b->observed, b->older == NULL ? NULL : b->older->observed, b->tx, &b->books);
        ret->books = &b->books;
    }
    if (before != NULL && kind->n_children > 0) {
        if (!around_children(b->tx, b->world->district, before->id, ret, e))
            return false;
        count_children(b, before->id, ret);
        count_children(b->older, before->id, ret);
    }
    if (!look_for_move(b, c, before, ret, e))
        return false;
    if (uuid_is_nil(parent))
        return true;
    if (kind->sheet_of != NULL)
        return look_above(b, in, parent, e) && siblings(b, parent, kind, ret, e);
    return (before != NULL || batch_load(b, parent, &in->parent, e)) &&
           (kind->n_earlier == 0 || siblings(b, parent, kind, ret, e));
}

/* Something may be raised below what anybody may read, where its kind says what: a question on an entry. And
 * whoever knows the id of a parent that takes such children by it (a code at a door) need not see it. */
static bool takes_child(const struct record *r, const struct command *c)
{
    return (r->kind->n_children > 0 && record_public(r)) ||
           (c->kind != NULL && kind_by_code(r->kind, c->kind->name));
}

/* A matter that a command points at must exist and be visible to who points. */
static bool check_pointed(struct batch *b, const struct command *c, struct uuid id, const char *field,
                          bool as_parent, struct err *e)
{
    const struct record *other = NULL;

    if (uuid_is_nil(id))
        return true;
    if (!batch_load(b, id, &other, e))
        return false;
    if (other == NULL ||
        (!c->trusted && !record_visible(b->world, other, c->who) && !(as_parent && takes_child(other, c))))
        return ERR_FIELD(e, field, "record.not_found", "没有这个事项", "no such matter");
    return true;
}

/* It was checked by rules that have ceased to hold while it waited. Sent again, it is checked by those that
 * do.
 */
static bool switched(struct err *e)
{
    (void)ERR(e, ERR_BUSY, "pack.switched", "程序包的新版本刚刚启用，请再提交一次",
              "another version of the pack has just begun to hold: send it again");
    e->retry_after_s = 1;
    return false;
}

bool batch_would(struct batch *b, const struct command *c, struct err *e)
{
    struct around around = {0};
    struct engine_input in = {.world = b->world, .command = c, .around = &around};
    struct change *ch = NULL;
    bool ok = load_existing(b, c->target, &in.before, e) && look_around(b, &in, &around, e);

    in.children_open = around.children_open;
    ok = ok && engine_apply(&in, b->a, &ch, e);
    look_end(&around);
    return ok;
}

static bool view_record(void *ctx, struct uuid id, const struct record **ret, struct err *e)
{
    return batch_load(ctx, id, ret, e);
}

bool batch_holders(struct batch *b, struct uuid resource, int64_t from, struct uuid **ret, size_t *ret_n,
                   struct err *e)
{
    const struct door_view view = {.world = b->world, .tx = b->tx, .record = view_record, .ctx = b};

    *ret_n = 0;
    return b->guard == NULL || b->guard->holders(b->guarded, &view, resource, from, b->a, ret, ret_n, e);
}

static bool admitted(struct batch *b, const struct change *ch, struct err *e)
{
    const struct door_view view = {.world = b->world, .tx = b->tx, .record = view_record, .ctx = b};

    return b->guard == NULL || b->guard->admit(b->guarded, &view, ch, b->a, e);
}

/* Whether nobody else has what the record would hold. */
static bool check_holds(struct batch *b, const struct change *ch, struct hold_plan *ret, struct err *e)
{
    const struct hold_ask ask = {.world = b->world,
                                 .tx = b->tx,
                                 .book = b->holds,
                                 .older = b->older == NULL ? NULL : b->older->holds,
                                 .a = b->a};

    return !ch->touched || hold_check(&ask, ch->before, ch->after, ret, e);
}

bool batch_apply_one(struct batch *b, const struct command *c, struct outcome *ret,
                     const struct change **ret_change, struct err *e)
{
    struct crew_look crew = {.tx = b->tx,
                             .district = b->world->district,
                             .self = c->kind != NULL ? c->id : c->target,
                             .load = load_for_crew,
                             .touched = is_touched,
                             .nth = nth_touched,
                             .ctx = b};
    struct around around = {.busy = crew_busy, .standing = crew_standing, .ctx = &crew};
    struct engine_input in = {.world = b->world, .around = &around};
    struct hold_plan holds = {.n_gone = 0};
    struct change *ch = NULL;
    bool found = false, looked;

    if (!find_replay(b, c, ret, &found, e))
        return false;
    if (found)
        return true;
    if (c->packs != NULL && c->packs != b->world->packs)
        return switched(e);
    if (!batch_readdress(b, c, &c, e) || !check_pointed(b, c, c->parent, "parent", true, e) ||
        !check_pointed(b, c, c->other, "other", false, e))
        return false;
    if (c->kind == NULL ? !load_existing(b, c->target, &in.before, e) : !next_number(b, c->at, &in.number, e))
        return false;
    in.command = c;
    looked = look_around(b, &in, &around, e);
    in.seq = b->numbering.seq + 1;
    in.children_open = around.children_open;
    looked = looked && engine_apply(&in, b->a, &ch, e);
    look_end(&around);
    if (!looked || !admitted(b, ch, e) || !check_holds(b, ch, &holds, e) || !batch_follows_fit(b, c, ch, e) ||
        !record_entry(b, ch, &ret->seq, e))
        return false;
    if (b->guard != NULL)
        b->guard->admitted(b->guarded, ch);
    hold_note(b->holds, &holds, ch->after->id);
    if (in.before == NULL)
        use_number(b, in.number);
    if (ch->touched)
        touch(b, in.before, ch->after);
    ret->record = ch->after;
    *ret_change = ch;
    return true;
}

bool batch_apply(struct batch *b, const struct command *c, struct outcome *ret, struct err *e)
{
    const struct change *ch = NULL;

    if (!batch_apply_one(b, c, ret, &ch, e))
        return false;
    if (ch != NULL && ch->n_follows > 0)
        batch_follow(b, c, ch, ret);
    return true;
}

/* --- writing --- */

static struct sql_arg uuid_or_null(const struct uuid *u)
{
    return uuid_is_nil(*u) ? SQL_NULL : SQL_UUID(u);
}

enum aside { LINK, FILES, BLIND, NOTICE, SILENCE, ASIDES };
enum { SILENCED_MAX = 128 };

static void entry_row(struct bulk *b, const struct batch_entry *en)
{
    const struct entry_row *r = &en->row;

    BULK_ADD(b, SQL_INT(r->district), SQL_INT(r->seq), SQL_UUID(&r->record), SQL_UUID(&r->command),
             SQL_INT(r->at), uuid_or_null(&r->actor), SQL_INT(r->actor_kind), SQL_TEXT(r->right),
             SQL_TEXT(r->verb), SQL_TEXT(r->from_state), SQL_TEXT(r->to_state), SQL_INT(r->version),
             SQL_TEXT(r->note), SQL_TEXT(r->changes), SQL_TEXT(en->measures),
             SQL_BLOB(en->hash, sizeof(en->hash)), SQL_INT(en->digest));
}

static void blind_rows(struct bulk *b, int64_t district, const struct change *ch)
{
    const struct command *c = ch->command;

    for (size_t i = 0; c->blind != NULL && i < ch->after->kind->n_fields; i++)
        if (ch->after->kind->fields[i].privacy == PRIVACY_PERSONAL && c->values[i].type == CEL_STRING)
            BULK_ADD(b, SQL_INT(district), SQL_BLOB(c->blind[i], BLIND_BYTES), SQL_UUID(&ch->after->id));
}

static void notice_rows(struct bulk *b, const struct world *w, const struct change *ch, struct arena *a)
{
    for (size_t i = 0; i < ch->n_notices; i++) {
        struct uuid *id = arena_new(a, struct uuid);

        *id = notice_id(w, ch->command->id, ch->notices[i].account, ch->command->at, i);
        BULK_ADD(b, SQL_INT(w->district), SQL_UUID(id), SQL_UUID(&ch->notices[i].account),
                 SQL_UUID(&ch->after->id), SQL_TEXT(ch->notices[i].what), SQL_INT(ch->command->at));
    }
}

/* A unit has answered by one of its people: the others' phones need not ring on. */
static void silence_rows(struct bulk *b, const struct world *w, const struct change *ch, struct arena *a)
{
    static const uint8_t zero[10];
    size_t party = change_party(ch), n;
    struct uuid members[SILENCED_MAX], *kept, *since;

    if (party == 0 || uuid_is_nil(ch->after->parties[party - 1].org))
        return;
    n = directory_members(w->people, ch->after->parties[party - 1].org, NULL, ch->command->at, members,
                          SILENCED_MAX);
    kept = arena_array(a, struct uuid, n + 1);
    memcpy(kept, members, sizeof(*kept) * n);
    since = arena_new(a, struct uuid);
    *since = uuid_v7(ch->after->created_at, zero);
    for (size_t i = 0; i < n; i++)
        BULK_ADD(b, SQL_INT(w->district), SQL_UUID(&kept[i]), SQL_UUID(&ch->after->id),
                 SQL_INT(ch->command->at), SQL_UUID(since));
}

static void file_rows(struct bulk *b, int64_t district, const struct change *ch, const struct uuid *files,
                      size_t n)
{
    for (size_t i = 0; i < n; i++)
        BULK_ADD(b, SQL_INT(district), SQL_UUID(&files[i]), SQL_UUID(&ch->after->id));
}

static void aside_rows(struct bulk bulk[ASIDES], const struct world *w, const struct change *ch,
                       struct arena *a)
{
    const struct command *c = ch->command;

    if (strcmp(ch->verb, "link") == 0)
        BULK_ADD(&bulk[LINK], SQL_INT(w->district), SQL_UUID(&c->target), SQL_UUID(&c->other),
                 SQL_TEXT(c->link), SQL_INT(c->at));
    file_rows(&bulk[FILES], w->district, ch, c->field_files, c->n_field_files);
    file_rows(&bulk[FILES], w->district, ch, c->files, c->n_files);
    blind_rows(&bulk[BLIND], w->district, ch);
    notice_rows(&bulk[NOTICE], w, ch, a);
    silence_rows(&bulk[SILENCE], w, ch, a);
}

static void entry_rows(struct batch *b, struct bulk *bulk)
{
    static const int queries[ASIDES] = {RECORD_Q_LINK_PUT, RECORD_Q_FILE_CLAIM, RECORD_Q_BLIND_PUT,
                                        RECORD_Q_NOTICE_PUT, RECORD_Q_NOTICE_SILENCE};
    struct bulk *asides = bulk + 1;

    bulk_begin(bulk, &record_queries[RECORD_Q_ENTRY_INSERT], b->a);
    for (int i = 0; i < ASIDES; i++)
        bulk_begin(&asides[i], &record_queries[queries[i]], b->a);
    for (size_t i = 0; i < b->n_entries; i++) {
        entry_row(bulk, &b->entries[i]);
        aside_rows(asides, b->world, b->entries[i].change, b->a);
    }
}

static void tie_linked(struct batch *b)
{
    for (size_t i = 0; i < b->n_entries; i++) {
        const struct change *ch = b->entries[i].change;

        if (strcmp(ch->verb, "link") != 0)
            continue;
        store_tie(&b->tables[STORE_TIES], b->world, &ch->command->target);
        store_tie(&b->tables[STORE_TIES], b->world, &ch->command->other);
    }
}

void batch_sum(struct batch *b)
{
    if (b->observer != NULL)
        b->observer->sum(b->observed);
}

bool batch_rows(struct batch *b, struct err *e)
{
    entry_rows(b, &b->tables[STORE_TABLES]);
    if (!store_rows(b->world, b->touched, b->n_touched, &b->json, b->a, b->tables, e))
        return false;
    tie_linked(b);
    return true;
}

bool batch_write(struct batch *b, struct sql_tx *tx, struct err *e)
{
    for (size_t i = 0; i < BATCH_TABLES; i++)
        if (!bulk_write(&b->tables[i], tx, e))
            return false;
    return (b->guard == NULL || b->guard->write(b->guarded, b->world, tx, e)) &&
           (b->observer == NULL || b->observer->write(b->observed, tx, e));
}

int64_t batch_wake(const struct batch *b)
{
    int64_t wake = 0;

    for (size_t i = 0; i < b->n_touched; i++) {
        int64_t at = record_wake(b->touched[i].after);

        if (at != 0 && (wake == 0 || at < wake))
            wake = at;
    }
    return wake;
}
