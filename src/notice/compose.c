#include "notice/compose.h"

#include "base/text.h"
#include "notice.sql.h"
#include "notice/notice.h"
#include "record/store.h"

#include <inttypes.h>
#include <string.h>

enum { DIGEST_LINES = 5, DIGEST_COUNTED = 200, CODES = 1000000, NUMBER_CHARS = 64 };

struct composing {
    struct sql_tx *tx;
    const struct world *w;
    const struct channel *c;
    const struct outbox_row *row;
    struct arena *a;
    struct letter *l;
    struct reach reach;
    const char *drop;
};

const char *compose_code(const struct privacy *pv, struct uuid account, const char *mail, int64_t version,
                         struct arena *a)
{
    char id[UUID_TEXT_MAX];
    uint8_t tag[BLIND_BYTES];
    uint32_t n;

    uuid_format(account, id);
    privacy_blind(pv, "mail-code", arena_printf(a, "%s %s %" PRId64, id, mail, version), tag);
    memcpy(&n, tag, sizeof(n));
    return arena_printf(a, "%06u", n % CODES);
}

static bool read_matter(struct composing *x, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct kind *kind;
    char number[NUMBER_CHARS];
    bool found;

    if (uuid_is_nil(x->row->record))
        return true;
    if (!sql_query(x->tx, &notice_queries[NOTICE_Q_MATTER], &rows, e, SQL_INT(x->w->district),
                   SQL_UUID(&x->row->record)))
        return false;
    found = sql_next(rows);
    if (found) {
        x->l->kind = arena_strdup(x->a, sql_text(rows, 0));
        number_format(x->w, sql_int(rows, 1), number, sizeof(number));
        x->l->number = arena_strdup(x->a, number);
        x->l->title = arena_strdup(x->a, sql_text(rows, 2));
        x->l->state = arena_strdup(x->a, sql_text(rows, 3));
        kind = packs_kind(x->w->packs, x->l->kind);
        x->l->kind_title = kind == NULL ? NULL : &kind->title;
    } else {
        x->drop = "matter";
    }
    return sql_end(&rows, e);
}

static bool read_account(struct composing *x, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid id = x->row->account;
    const char *sealed = NULL;
    size_t n = 0;

    if (!sql_query(x->tx, &notice_queries[NOTICE_Q_PHONE], &rows, e, SQL_INT(x->w->district), SQL_UUID(&id)))
        return false;
    if (sql_next(rows) && sql_int(rows, 1) != 0) {
        sealed = sql_is_null(rows, 0) ? NULL : arena_strdup(x->a, sql_text(rows, 0));
        x->l->login = arena_strdup(x->a, sql_text(rows, 2));
        x->l->name = account_name(x->w->privacy, x->a, id, sql_text(rows, 3));
    } else {
        x->drop = "account"; /* nobody is told who has been disabled meanwhile */
    }
    (void)directory_posts(x->w->people, id, &n);
    x->l->staff = n > 0;
    return sql_end(&rows, e) && (sealed == NULL || x->c->type != CHANNEL_SMS ||
                                 privacy_unseal(x->w->privacy, x->a, id, "phone", sealed, &x->l->phone, e));
}

static bool read_reach(struct composing *x, struct err *e)
{
    if (!reach_read(x->tx, x->w->district, x->row->account, x->a, &x->reach, e))
        return false;
    x->l->lang = x->reach.lang == LANG_EN ? LANG_EN : LANG_ZH;
    if (x->c->type != CHANNEL_MAIL || x->reach.mail[0] == '\0')
        return true;
    if (!privacy_unseal(x->w->privacy, x->a, x->row->account, "mail", x->reach.mail, &x->l->mail, e))
        return false;
    if (str_eq(x->row->what, "code"))
        x->l->code = compose_code(x->w->privacy, x->row->account, x->l->mail, x->reach.mail_version, x->a);
    else if (!x->reach.mail_ok)
        x->l->mail = NULL;
    return true;
}

/* "P256DH AUTH" */
static void split_keys(struct letter *l, const char *keys, struct arena *a)
{
    size_t n = strcspn(keys, " ");

    l->p256dh = arena_strndup(a, keys, n);
    l->auth = arena_strdup(a, keys[n] == ' ' ? keys + n + 1 : "");
}

static bool read_device(struct composing *x, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct push_device *d = arena_new(x->a, struct push_device);
    struct uuid id = x->row->device;
    const char *keys;
    bool found;

    if (x->c->type != CHANNEL_PUSH)
        return true;
    if (!sql_query(x->tx, &notice_queries[NOTICE_Q_DEVICE], &rows, e, SQL_INT(x->w->district),
                   SQL_UUID(&x->row->account), SQL_UUID(&id)))
        return false;
    found = sql_next(rows);
    if (found)
        *d = device_row(rows, x->a);
    if (!sql_end(&rows, e) || !found)
        return !found && e->code == ERR_NONE;
    if (!privacy_unseal(x->w->privacy, x->a, id, "endpoint", d->endpoint, &x->l->endpoint, e) ||
        !privacy_unseal(x->w->privacy, x->a, id, "keys", d->keys, &keys, e))
        return false;
    x->l->device = d;
    x->l->lang = d->lang == LANG_EN ? LANG_EN : LANG_ZH;
    split_keys(x->l, keys, x->a);
    return true;
}

static const char *digest_line(struct composing *x, const struct sql_rows *rows)
{
    const struct kind *kind = packs_kind(x->w->packs, sql_text(rows, 1));
    char number[NUMBER_CHARS];

    number_format(x->w, sql_int(rows, 2), number, sizeof(number));
    if (x->c->detail)
        return arena_printf(x->a, "%s %s\n", number, sql_text(rows, 3));
    return arena_printf(x->a, "%s %s\n", number,
                        kind == NULL            ? ""
                        : x->l->lang == LANG_EN ? kind->title.en
                                                : kind->title.zh);
}

/* What came in quiet hours and has not been read on a screen since. */
static bool read_digest(struct composing *x, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const char *lines = "";

    if (!str_eq(x->row->what, "digest"))
        return true;
    if (!sql_query(x->tx, &notice_queries[NOTICE_Q_UNREAD], &rows, e, SQL_INT(x->w->district),
                   SQL_UUID(&x->row->account), SQL_INT(x->row->at), SQL_INT(DIGEST_COUNTED)))
        return false;
    for (; sql_next(rows); x->l->n++)
        if (reach_wants(&x->reach, sql_text(rows, 0), x->c->type) && x->l->n < DIGEST_LINES)
            lines = arena_printf(x->a, "%s%s", lines, digest_line(x, rows));
    if (x->l->n > DIGEST_LINES)
        lines = arena_printf(x->a, "%s…", lines);
    x->l->digest = lines;
    if (x->l->n == 0)
        x->drop = "read";
    return sql_end(&rows, e);
}

bool compose_letter(struct sql_tx *tx, const struct world *w, const struct channel *c,
                    const struct outbox_row *row, const char *public_url, struct arena *a, struct letter *ret,
                    const char **ret_drop, struct err *e)
{
    struct composing x = {.tx = tx, .w = w, .c = c, .row = row, .a = a, .l = ret, .reach = reach_default};

    *ret = (struct letter){.id = row->id,
                           .what = row->what,
                           .at = row->at,
                           .lang = LANG_ZH,
                           .offset_min = w->offset_min,
                           .district = w->short_name,
                           .district_code = w->district,
                           .public_url = public_url,
                           .channel = c->title,
                           .account = row->account,
                           .staff = true,
                           .record = row->record};
    if (!read_matter(&x, e) || (!uuid_is_nil(row->account) && (!read_account(&x, e) || !read_reach(&x, e))) ||
        !read_device(&x, e) || !read_digest(&x, e))
        return false;
    *ret_drop = x.drop;
    return true;
}
