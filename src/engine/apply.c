/* The pure function: a record, a command and a time become a change or an error. */
#include "engine/apply_internal.h"

#include <string.h>

enum { DAY_MS = 86400000 };

static bool find_raise(struct applying *x, struct err *e)
{
    const struct kind *k = x->cmd->kind;
    const struct move *first = NULL;

    for (size_t i = 0; i < k->n_moves; i++) {
        const struct move *m = &k->moves[i];

        if (!m->raises || (x->cmd->verb != NULL && strcmp(x->cmd->verb, m->name) != 0))
            continue;
        if (first == NULL)
            first = m;
        if (x->cmd->trusted || who_admits(x->rec, x->cmd->who, m->by, m->n_by) != NULL) {
            x->move = m;
            return true;
        }
    }
    if (first == NULL)
        return ERR(e, ERR_NOT_FOUND, "move.unknown", "“%s”没有这个流转", "%s has no such transition",
                   k->name);
    x->move = first; /* permitted() says who may */
    return true;
}

static bool find_move(struct applying *x, struct err *e)
{
    const struct record *r = x->in->before;
    const struct move *m = kind_move(r->kind, x->cmd->verb);

    if (m == NULL || m->raises)
        return ERR(e, ERR_NOT_FOUND, "move.unknown", "“%s”没有流转“%s”", "%s has no transition “%s”",
                   r->kind->name, x->cmd->verb);
    if ((m->from & (UINT64_C(1) << r->state->index)) == 0)
        return ERR(e, ERR_CONFLICT, "move.state", "现在是“%s%.0s”，不能“%s%.0s”",
                   "the matter is “%.0s%s”: “%.0s%s” is not possible now", r->state->title.zh,
                   r->state->title.en, m->title.zh, m->title.en);
    x->move = m;
    return true;
}

/* "受理员、组长": who could have done it. */
static const char *who_could(const struct move *m, struct arena *a, bool zh)
{
    const char *text = "";

    for (size_t i = 0; i < m->n_by; i++) {
        const struct who *w = &m->by[i];
        const char *name = w->role != NULL    ? (zh ? w->role->title.zh : w->role->title.en)
                           : w->party != NULL ? (zh ? w->party->title.zh : w->party->title.en)
                                              : w->text;

        text = arena_printf(a, "%s%s%s", text, i == 0 ? "" : zh ? "、" : ", ", name);
    }
    return text;
}

/* What a ballot came to is counted, whoever says so. */
static bool counted(const struct applying *x, struct err *e)
{
    return !x->move->by_count || x->cmd->counted ||
           ERR(e, ERR_DENIED, "move.counted", "“%s%.0s”由计票得出，不能手工填写：请到投票页办理",
               "“%.0s%s” follows from the count and is not written by hand: see the page of the ballot",
               x->move->title.zh, x->move->title.en);
}

static bool permitted(struct applying *x, struct err *e)
{
    const struct move *m = x->move;
    const struct who *by;

    if (x->cmd->trusted) {
        x->change->right = x->cmd->who->kind == ACTOR_IMPORT ? "import" : "trusted";
        return counted(x, e);
    }
    by = who_admits(x->rec, x->cmd->who, m->by, m->n_by);
    if (by == NULL)
        return ERR(e, ERR_DENIED, "move.denied", "“%s%.0s”只能由%s%.0s办理", "“%.0s%s” is for: %.0s%s",
                   m->title.zh, m->title.en, who_could(m, x->arena, true), who_could(m, x->arena, false));
    if (who_admits(x->rec, x->cmd->who, m->not_by, m->n_not) != NULL)
        return ERR(e, ERR_DENIED, "move.own_work", "不能“%s%.0s”自己办的事，请换一位同事",
                   "“%.0s%s” must be done by somebody who did not do the work", m->title.zh, m->title.en);
    x->change->right = by->text;
    return counted(x, e);
}

static bool in_time(const struct applying *x, struct err *e)
{
    const struct move *m = x->move;

    if (x->cmd->trusted || m->within_days == 0 || x->cmd->at - x->rec->entered_at <= m->within_days * DAY_MS)
        return true;
    return ERR(e, ERR_CONFLICT, "move.within", "“%s%.0s”须在 %lld 天内提出，已过期",
               "“%.0s%s” was possible for %lld days only", m->title.zh, m->title.en,
               (long long)m->within_days);
}

static bool takes(const struct move *m, const struct field *f)
{
    for (size_t i = 0; i < m->n_takes; i++)
        if (m->takes[i] == f)
            return true;
    return false;
}

static bool set_fields(struct applying *x, struct err *e)
{
    const struct kind *k = x->rec->kind;
    bool ok = true;

    for (size_t i = 0; i < k->n_fields; i++) {
        const struct cel_value *v = x->cmd->values == NULL ? NULL : &x->cmd->values[i];

        if (v == NULL || v->type == CEL_UNSET)
            continue;
        if (!takes(x->move, &k->fields[i]))
            ok = ERR_FIELD(e, arena_printf(x->arena, "fields.%s", k->fields[i].name), "move.field",
                           "“%s%.0s”时不能改这一项", "cannot be changed by “%.0s%s”", x->move->title.zh,
                           x->move->title.en);
        else
            x->rec->values[i] = *v;
    }
    return ok;
}

static bool defaults_and_required(struct applying *x, struct err *e)
{
    const struct kind *k = x->rec->kind;
    bool ok = true;

    for (size_t i = 0; i < k->n_fields; i++) {
        const struct field *f = &k->fields[i];
        struct cel_value *v = &x->rec->values[i];

        if (v->type <= CEL_NULL && f->fallback != NULL)
            *v = *f->fallback;
        if (v->type <= CEL_NULL && f->required)
            ok = ERR_FIELD(e, arena_printf(x->arena, "fields.%s", f->name), "input.required", "请填写%s%.0s",
                           "%.0s%s is required", f->title.zh, f->title.en);
    }
    return ok;
}

static bool need_met(const struct applying *x, const struct need *n)
{
    switch (n->type) {
    case NEED_FIELD:
        return x->rec->values[n->field->index].type > CEL_NULL;
    case NEED_NOTE:
        return x->cmd->note != NULL && x->cmd->note[0] != '\0';
    case NEED_UNTIL:
        return x->cmd->until > x->cmd->at;
    case NEED_FILES:
        return x->cmd->n_files > 0;
    case NEED_HERE:
        return x->cmd->has_here;
    case NEED_UNSET:
        break;
    }
    return true;
}

static bool needs_met(struct applying *x, struct err *e)
{
    bool ok = true;

    for (size_t i = 0; i < x->move->n_needs; i++) {
        const struct need *n = &x->move->needs[i];

        if (need_met(x, n) || (x->cmd->trusted && (n->type == NEED_FILES || n->type == NEED_HERE)))
            continue;
        if (n->type == NEED_FIELD)
            ok = ERR_FIELD(e, arena_printf(x->arena, "fields.%s", n->field->name), "move.needs",
                           "请填写%s%.0s", "%.0s%s is needed", n->field->title.zh, n->field->title.en);
        else if (n->type == NEED_NOTE)
            ok = ERR_FIELD(e, "note", "move.needs", "请写明说明", "a note is needed");
        else if (n->type == NEED_HERE)
            ok = ERR_FIELD(e, "here", "move.needs", "请打开定位：要写明您在哪里",
                           "switch the location on: where you are is needed");
        else if (n->type == NEED_UNTIL)
            ok = ERR_FIELD(e, "until", "move.needs", "请给出将来的时间", "a time in the future is needed");
        else
            ok = ERR_FIELD(e, "files", "move.needs", "请附照片或文件", "a photo or file is needed");
    }
    return ok;
}

static bool condition(struct applying *x, struct err *e)
{
    const struct eval_as as = {
        .actor = x->cmd->who, .party = x->party, .now = x->cmd->at, .children_open = x->in->children_open};
    struct cel_value v = {0};

    if (x->move->when == NULL || x->cmd->trusted)
        return true;
    if (!record_eval_as(x->in->world, x->rec, &as, x->move->when, x->arena, &v, e))
        return false;
    if (v.type == CEL_BOOL && v.b)
        return true;
    if (x->move->because.zh != NULL)
        return ERR(e, ERR_CONFLICT, "move.when", "现在还不行：%s%.0s", "not yet: %.0s%s", x->move->because.zh,
                   x->move->because.en);
    return ERR(e, ERR_CONFLICT, "move.when", "“%s%.0s”的条件不满足：%s", "“%.0s%s” is possible only when %s",
               x->move->title.zh, x->move->title.en, x->move->when_text);
}

static struct attachment *file_of(const struct record *r, struct uuid id)
{
    for (size_t i = 0; i < r->n_files; i++)
        if (uuid_eq(r->files[i].id, id))
            return &r->files[i];
    return NULL;
}

bool add_files(struct applying *x, bool aside, struct err *e)
{
    for (size_t i = 0; i < x->cmd->n_files; i++) {
        struct attachment *f = file_of(x->rec, x->cmd->files[i]);

        if (f != NULL) {
            f->aside = f->aside && aside;
            continue;
        }
        if (x->rec->n_files == LIMIT_FILES)
            return ERR_FIELD(e, "files", "input.too_many", "一个事项最多 %d 个文件",
                             "a matter has at most %d files", LIMIT_FILES);
        x->rec->files = list_grow(x->rec->files, x->rec->n_files, sizeof(*x->rec->files), x->arena);
        x->rec->files[x->rec->n_files++] = (struct attachment){x->cmd->files[i], aside};
    }
    return true;
}

static bool run_effects_for(struct applying *x, size_t party, struct err *e)
{
    struct effect_run run = {.world = x->in->world,
                             .arena = x->arena,
                             .rec = x->rec,
                             .change = x->change,
                             .command = x->cmd,
                             .party = party,
                             .now = x->cmd->at,
                             .children_open = x->in->children_open};

    for (size_t i = 0; i < x->move->n_effects; i++)
        if (!x->move->effects[i].type->run.fn(&run, x->move->effects[i].data, e))
            return false;
    return true;
}

/* Once, or once for each party whose step it is. */
static bool run_effects(struct applying *x, struct err *e)
{
    for (size_t i = 0; i < x->n_targets; i++)
        if (!run_effects_for(x, x->targets[i], e))
            return false;
    return x->n_targets > 0 || run_effects_for(x, 0, e);
}

/* Rights were judged over where the matter lies; only then may it be said to lie elsewhere. */
static bool move_place(struct applying *x, struct err *e)
{
    if (x->move->raises || (!x->cmd->has_place && x->cmd->area == NULL && x->cmd->address == NULL))
        return true;
    if (!x->move->takes_place && !x->cmd->trusted)
        return ERR_FIELD(e, "place", "move.field", "“%s%.0s”时不能改这一项", "cannot be changed by “%.0s%s”",
                         x->move->title.zh, x->move->title.en);
    return apply_place(x, e);
}

static bool apply_move(struct applying *x, struct err *e)
{
    if (!permitted(x, e) || !in_time(x, e) || !step_find(x, e) || !move_place(x, e) || !set_fields(x, e))
        return false;
    if (x->move->raises)
        inherit_fields(x);
    if (x->move->raises && !defaults_and_required(x, e))
        return false;
    if (!needs_met(x, e) || !condition(x, e) || !add_files(x, false, e) || !apply_parties(x, e) ||
        !step_targets(x, e) || !step_here(x, e))
        return false;
    x->change->move = x->move;
    x->change->verb = x->move->name;
    step_enter(x);
    return run_effects(x, e);
}

static struct record *blank(const struct engine_input *in, struct arena *a)
{
    const struct command *c = in->command;
    struct record *r = arena_new(a, struct record), *full;

    r->id = c->id;
    r->kind = c->kind;
    r->number = in->number;
    r->area = "";
    r->values = arena_array(a, struct cel_value, c->kind->n_fields + 1);
    r->parent = c->parent;
    r->created_at = r->updated_at = r->entered_at = c->at;
    r->state = &c->kind->states[0];
    r->above = in->parent;
    full = record_clone(r, a);
    return full;
}

static bool apply_raise(struct applying *x, struct err *e)
{
    x->rec = blank(x->in, x->arena);
    x->rec->around = x->in->around;
    if (!parent_fits(x, e) || (!inherit_place(x) && !apply_place(x, e)) || !inherit_parties(x, e) ||
        !find_raise(x, e))
        return false;
    add_reporter(x);
    return apply_move(x, e);
}

/* A step of a party is judged by where that party stands: that others made theirs meanwhile is no news. */
static bool fresh(const struct applying *x, struct err *e)
{
    const struct record *r = x->in->before;
    const struct move *m = kind_move(r->kind, x->cmd->verb);

    if (x->cmd->version < 0 || x->cmd->version == r->version || (m != NULL && m->each_party))
        return true;
    return ERR(e, ERR_CONFLICT, "record.stale", "事项已被他人更新（现为第 %lld 版，“%s%.0s”），请刷新后再办",
               "the matter has changed meanwhile (now version %lld, “%.0s%s”): reload it",
               (long long)r->version, r->state->title.zh, r->state->title.en);
}

struct principal person_at(const struct directory *d, const struct account *who, int64_t now, struct arena *a)
{
    size_t n = 0, n_valid = 0;
    const struct post *posts = directory_posts(d, who->id, &n);
    struct post *valid = arena_array(a, struct post, n + 1);

    for (size_t i = 0; i < n; i++)
        if (posts[i].from <= now && (posts[i].until == 0 || posts[i].until > now))
            valid[n_valid++] = posts[i];
    return (struct principal){
        .account = who->id, .name = who->name, .kind = ACTOR_PERSON, .posts = valid, .n_posts = n_valid};
}

/* Those whom the note names. Nobody is told of a matter they may not see. */
static bool tell_mentioned(struct applying *x, struct err *e)
{
    for (size_t i = 0; i < x->cmd->n_mentions; i++) {
        const struct account *who = directory_account(x->in->world->people, x->cmd->mentions[i]);

        if (who == NULL || !who->active)
            return ERR_FIELD(e, "mentions", "mention.unknown", "提到的人不是在岗的工作人员",
                             "who is mentioned is no member of the staff");
        const struct principal p = person_at(x->in->world->people, who, x->cmd->at, x->arena);
        if (!record_visible(x->in->world, x->rec, &p))
            return ERR_FIELD(e, "mentions", "mention.unseen", "%.40s看不到这件事项，请另行告知",
                             "%.40s may not see this matter: tell them another way", who->name);
        change_tell(x->change, who->id, "mention", x->arena);
    }
    return true;
}

static bool apply_existing(struct applying *x, struct err *e)
{
    const struct command *c = x->cmd;
    const struct builtin *b;

    if (!c->trusted && !record_visible(x->in->world, x->in->before, c->who) &&
        !record_may_join(x->in->world, x->in->before, c->who, c->verb, c->at, x->arena))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    if (!fresh(x, e))
        return false;
    x->rec = record_clone(x->in->before, x->arena);
    x->rec->around = x->in->around;
    x->rec->above = x->in->parent;
    b = builtin_find(c->verb);
    if (b != NULL) {
        x->change->verb = b->name;
        x->change->right = "";
        return b->apply(x, e);
    }
    if (!find_move(x, e))
        return false;
    return apply_move(x, e);
}

bool record_draft(const struct engine_input *in, struct arena *a, struct record **ret,
                  const struct move **ret_move, struct err *e)
{
    struct applying x = {.in = in, .cmd = in->command, .arena = a, .rec = blank(in, a)};

    x.rec->around = in->around;
    if ((!inherit_place(&x) && !apply_place(&x, e)) || !inherit_parties(&x, e) || !find_raise(&x, e))
        return false;
    for (size_t i = 0; i < x.rec->kind->n_fields; i++)
        if (in->command->values != NULL && in->command->values[i].type != CEL_UNSET)
            x.rec->values[i] = in->command->values[i];
    inherit_fields(&x);
    add_reporter(&x);
    *ret = x.rec;
    *ret_move = x.move;
    return draft_parties(&x, e);
}

bool engine_apply(const struct engine_input *in, struct arena *a, struct change **ret, struct err *e)
{
    struct applying x = {.in = in, .cmd = in->command, .arena = a};

    x.change = arena_new(a, struct change);
    *x.change = (struct change){.before = in->before,
                                .command = in->command,
                                .seq = in->seq,
                                .touched = true,
                                .note = in->command->note == NULL ? "" : in->command->note,
                                .from_state = in->before == NULL ? "" : in->before->state->name};
    if (!(in->before == NULL ? apply_raise(&x, e) : apply_existing(&x, e)) || !tell_mentioned(&x, e))
        return false;
    if (x.change->touched) {
        x.rec->version++;
        x.rec->updated_at = in->command->at;
        x.rec->title = record_line(x.rec, a);
    }
    x.rec->around = NULL; /* true of this moment only */
    x.rec->above = NULL;
    x.change->after = x.rec;
    x.change->to_state = x.rec->state->name;
    *ret = x.change;
    return true;
}
