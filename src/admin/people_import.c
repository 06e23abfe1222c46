/* One row of a list of people: who that is, whether there is such an account, and which post it is about. */
#include "admin/people_import.h"

#include "area/csv.h"
#include "base/clock.h"
#include "base/text.h"

#include <string.h>

const char *person_fate_name(enum person_fate f)
{
    static const char *const names[PERSON__MAX] = {"", "new", "post", "same", "wrong"};

    return names[f];
}

/* --- reading --- */

static const char *kept(struct arena *a, const struct csv *c, int column)
{
    const char *s = csv_get(c, column);
    size_t n = strlen(s);

    while (*s == ' ' || *s == '\t') {
        s++;
        n--;
    }
    while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    return arena_strndup(a, s, n);
}

static struct person_row row_of(struct arena *a, const struct csv *c)
{
    return (struct person_row){.line = c->line,
                               .login = kept(a, c, csv_column(c, "login")),
                               .name = kept(a, c, csv_column(c, "name")),
                               .phone = kept(a, c, csv_column(c, "phone")),
                               .password = kept(a, c, csv_column(c, "password")),
                               .role = kept(a, c, csv_column(c, "role")),
                               .area = kept(a, c, csv_column(c, "area")),
                               .org = kept(a, c, csv_column(c, "org")),
                               .from = kept(a, c, csv_column(c, "from")),
                               .until = kept(a, c, csv_column(c, "until"))};
}

bool people_import_read(const char *csv, size_t n, struct arena *a, struct person_row **ret, size_t *ret_n,
                        struct err *e)
{
    AUTO(csv_free) struct csv *c = csv_create();
    int column = 0;

    *ret = arena_array(a, struct person_row, IMPORT_ROWS_MAX);
    *ret_n = 0;
    if (!csv_begin(c, csv, n, e) || !csv_need(c, "login", &column, e) || !csv_need(c, "name", &column, e))
        return false;
    for (bool more = true;;) {
        if (!csv_next(c, &more, e))
            return false;
        if (!more)
            return true;
        if (*ret_n == IMPORT_ROWS_MAX)
            return ERR(e, ERR_TOO_LARGE, "import.rows", "一次至多 %d 行，请分成几份",
                       "%d rows at once at most: divide it", IMPORT_ROWS_MAX);
        (*ret)[(*ret_n)++] = row_of(a, c);
    }
}

/* --- the post --- */

/* By its name, or as people call it. */
static const char *role_of(const struct people_import *im, const char *said)
{
    for (size_t i = 0; i < im->packs->n_roles; i++)
        if (str_eq(im->packs->roles[i].title.zh, said) || str_eq(im->packs->roles[i].title.en, said))
            return im->packs->roles[i].name;
    return said;
}

static bool area_of(const struct people_import *im, const char *said, const char **ret, struct err *why)
{
    char code[AREA_CODE_MAX];
    const struct area *a;

    area_code_trim(said, code);
    a = code[0] != '\0' ? area_find(im->areas, code) : area_by_name(im->areas, "", said);
    if (a == NULL || (a->until != 0 && a->until <= im->by->now))
        return ERR_FIELD(why, "area", "import.area", "没有区域“%.60s”，或有几个同名的；请写编码",
                         "there is no area \"%.60s\", or several of that name: write its code", said);
    *ret = a->code;
    return true;
}

static bool day_of(const struct people_import *im, const char *said, int after, const char *field,
                   int64_t fallback, int64_t *ret, struct err *why)
{
    const int64_t day_ms = 86400 * INT64_C(1000), minute_ms = INT64_C(60000);
    int64_t day = 0;

    *ret = fallback;
    if (said[0] == '\0')
        return true;
    if (!date_parse(said, &day))
        return ERR_FIELD(why, field, "input.date", "日期须形如 2026-11-21", "dates read like 2026-11-21");
    *ret = (day + after) * day_ms - im->offset_min * minute_ms;
    return true;
}

static bool post_of(const struct people_import *im, const struct person_row *row, struct post *ret,
                    struct err *why)
{
    *ret = (struct post){.role = role_of(im, row->role)};
    if (row->role[0] == '\0' || row->area[0] == '\0')
        return ERR_FIELD(why, row->role[0] == '\0' ? "role" : "area", "import.post",
                         "岗位和区域要么都填，要么都不填", "a post needs both role and area, or neither");
    if (!area_of(im, row->area, &ret->area, why) || !post_in_packs(im->packs, ret->role, ret->area, why))
        return false;
    if (row->org[0] != '\0') {
        const struct org *o = directory_org_named(im->people, row->org);

        if (o == NULL)
            return ERR_FIELD(why, "org", "import.org", "没有单位“%.60s”，或有几个同名的",
                             "there is no organisation \"%.60s\", or several of that name", row->org);
        ret->org = o->id;
    }
    return day_of(im, row->from, 0, "from", im->by->now, &ret->from, why) &&
           day_of(im, row->until, 1, "until", 0, &ret->until, why) &&
           (ret->until == 0 || ret->until > ret->from ||
            ERR_FIELD(why, "until", "import.until", "结束日期应不早于开始日期", "it ends before it begins"));
}

static bool holds(const struct people_import *im, struct uuid account, const struct post *p)
{
    size_t n = 0;
    const struct post *list = directory_posts(im->people, account, &n);

    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i].role, p->role) && str_eq(list[i].area, p->area) &&
            (list[i].until == 0 || list[i].until > p->from))
            return true;
    return false;
}

/* --- the account --- */

static bool find_account(struct people_import *im, const char *login, struct account **ret, struct err *e)
{
    *ret = NULL;
    if (account_by_login(im->by->db, im->privacy, im->by->district, login, im->arena, ret, e))
        return true;
    if (e->code != ERR_NOT_FOUND)
        return false;
    *e = (struct err){0};
    *ret = NULL;
    return true;
}

static const char *name_before(const struct people_import *im, const char *login)
{
    for (size_t i = 0; i < im->n_seen; i++)
        if (str_eq(im->seen[i], login))
            return im->seen_name[i];
    return NULL;
}

static bool other_name(const char *name, struct err *why)
{
    return ERR_FIELD(why, "login", "import.other_name", "这个登录名是“%.60s”的，与本行姓名不符",
                     "this login is that of \"%.60s\", not of who stands in this row", name);
}

/* An empty cell is nothing, not an empty text. */
static const char *given(const char *s)
{
    return s[0] == '\0' ? NULL : s;
}

struct judged {
    struct new_account person;
    struct account *there; /* NULL: none yet */
    bool before;           /* a row before makes the account */
    bool has_post;
    struct post post;
    enum person_fate fate;
};

static bool judge(struct people_import *im, const struct person_row *row, struct judged *j, struct err *why,
                  struct err *e)
{
    char login[LOGIN_MAX];

    *j = (struct judged){.fate = PERSON_WRONG,
                         .has_post = row->role[0] != '\0' || row->area[0] != '\0',
                         .person = {.login = row->login,
                                    .name = row->name,
                                    .password = given(row->password),
                                    .phone = given(row->phone)}};
    account_login(im->privacy, row->login, login);
    if (!find_account(im, login, &j->there, e))
        return false;
    const char *name = j->there != NULL ? j->there->name : name_before(im, login);
    j->before = j->there == NULL && name != NULL;
    if (name != NULL ? !str_eq(name, row->name) && other_name(name, why) == false
                     : !account_may_be(im->privacy, &j->person, login, why))
        return true;
    if (j->has_post && !post_of(im, row, &j->post, why))
        return true;
    bool held = j->there != NULL && (!j->has_post || holds(im, j->there->id, &j->post));
    j->fate = name == NULL ? PERSON_NEW : held || (j->before && !j->has_post) ? PERSON_SAME : PERSON_POST;
    if (name == NULL && im->n_seen < IMPORT_ROWS_MAX) {
        im->seen[im->n_seen] = arena_strdup(im->arena, login);
        im->seen_name[im->n_seen++] = row->name;
    }
    return true;
}

/* --- doing --- */

/* What is refused now is the row's fault; only a database that is away is everybody's. */
static bool is_ours(struct err *why, enum person_fate *ret, struct err *e)
{
    if (why->code == ERR_BUSY || why->code == ERR_INTERNAL) {
        *e = *why;
        return false;
    }
    *ret = PERSON_WRONG;
    return true;
}

bool people_import_row(struct people_import *im, const struct person_row *row, bool act,
                       enum person_fate *ret, struct err *why, struct err *e)
{
    struct judged j;

    *why = (struct err){0};
    if (!judge(im, row, &j, why, e))
        return false;
    *ret = j.fate;
    if (!act || j.fate == PERSON_WRONG || j.fate == PERSON_SAME)
        return true;
    if (j.fate == PERSON_NEW && !doing_account_add(im->by, im->privacy, &j.person, &j.post.account, why))
        return is_ours(why, ret, e);
    if (j.there != NULL)
        j.post.account = j.there->id;
    return !j.has_post || doing_post_add(im->by, &j.post, why) || is_ours(why, ret, e);
}
