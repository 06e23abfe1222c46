/* What is said. Short: it stands on a lock screen or costs by the character. */
#include "notice/letter.h"

#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *what;
    struct title says;
} sorts[] = {
    {"ring", {"紧急", "Urgent"}},
    {"call", {"视频呼叫", "Video call"}},
    {"ask", {"等您补充", "Waiting for you"}},
    {"mention", {"有人提到您", "You were mentioned"}},
    {"digest", {"静默期间的提醒", "While you were not to be disturbed"}},
    {"test", {"测试", "Trial"}},
    {"code", {"验证码", "Code"}},
    {"notify", {"新进展", "News"}},
};

static const char *pick(const struct letter *l, const char *zh, const char *en)
{
    return l->lang == LANG_EN ? en : zh;
}

static const char *sort_says(const struct letter *l)
{
    char sort[WHAT_MAX];
    size_t i = 0;

    what_sort(l->what, sort);
    if (str_eq(l->what, "call"))
        str_copy(sort, sizeof(sort), "call");
    while (i + 1 < COUNT_OF(sorts) && !str_eq(sorts[i].what, sort))
        i++;
    return pick(l, sorts[i].says.zh, sorts[i].says.en);
}

/* What it is about, without what is nobody's business on the way there. */
static const char *matter_of(const struct letter *l, bool detail, struct arena *a)
{
    const char *kind = l->kind_title == NULL ? "" : pick(l, l->kind_title->zh, l->kind_title->en);

    if (detail)
        return arena_printf(a, "%s %s%s%s", l->number, kind, pick(l, "：", ": "), l->title);
    return arena_printf(a, "%s %s", l->number, kind);
}

static const char *about(const struct letter *l, bool detail, struct arena *a)
{
    if (str_eq(l->what, "digest"))
        return arena_printf(a, pick(l, "%" PRId64 " 条", "%" PRId64 " notices"), l->n);
    if (str_eq(l->what, "code"))
        return l->code;
    if (str_eq(l->what, "test"))
        return l->channel;
    return uuid_is_nil(l->record) ? "" : matter_of(l, detail, a);
}

const char *letter_subject(const struct letter *l, bool detail, struct arena *a)
{
    return arena_printf(a, "%s%s%s%s%s%s", pick(l, "【", "["), l->district, pick(l, "网格】", " Wangge] "),
                        sort_says(l), pick(l, "：", ": "), about(l, detail, a));
}

const char *letter_path(const struct letter *l, bool phone, struct arena *a)
{
    char id[UUID_TEXT_MAX];

    if (uuid_is_nil(l->record))
        return l->staff ? phone ? "/work" : "/desk" : "/";
    uuid_format(l->record, id);
    return arena_printf(a, "%s%s", l->staff ? phone ? "/work/m/" : "/desk/r/" : "/m/", id);
}

const char *letter_link(const struct letter *l, bool phone, struct arena *a)
{
    size_t n = l->public_url == NULL ? 0 : strlen(l->public_url);

    if (n == 0)
        return "";
    if (l->public_url[n - 1] == '/')
        n--;
    return arena_printf(a, "%.*s%s", (int)n, l->public_url, letter_path(l, phone, a));
}

const char *letter_text(const struct letter *l, bool detail, struct arena *a)
{
    const char *subject = letter_subject(l, detail, a);

    if (str_eq(l->what, "digest"))
        return arena_printf(a, "%s\n%s", subject, l->digest);
    if (str_eq(l->what, "code"))
        return arena_printf(a, "%s\n%s", subject,
                            pick(l, "在“提醒方式”里填入它，以后的提醒就会发到这里。不是您本人操作请忽略。",
                                 "Type it in “How I am told” and notices will come here. If it was not you, "
                                 "ignore this."));
    if (str_eq(l->what, "test"))
        return arena_printf(a, "%s\n%s", subject,
                            pick(l, "收到这条，说明渠道是通的。", "This arrived: the channel works."));
    return subject;
}
