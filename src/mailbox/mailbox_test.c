#include "base/text.h"
#include "json/json_in.h"
#include "mailbox/form.h"
#include "mailbox/message.h"
#include "test.h"

#include <string.h>

static struct arena *arena;

static bool take(const char *text, struct message *ret, struct err *e)
{
    if (arena == NULL)
        arena = arena_create((size_t)256 << 20);
    *e = (struct err){0};
    return message_read(text, strlen(text), arena, ret, e);
}

static const char head[] = "Received: from a by b; Mon, 8 Nov 2021 09:30:00 +0800\r\n"
                           "Date: Sun, 7 Nov 2021 23:59:00 +0800\r\n"
                           "From: =?UTF-8?B?5byg56eA6Iux?= <zhang@example.com>\r\n"
                           "Message-ID: <abc@example.com>\r\n"
                           "Subject: =?GB2312?B?1PbBos2js7XOu6Os?=\r\n"
                           "MIME-Version: 1.0\r\n";

TEST(a_plain_letter)
{
    struct message m;
    struct err e;
    AUTO(xfree) char *text = NULL;

    check(asprintf(&text, "%sContent-Type: text/plain; charset=utf-8\r\n\r\n第一行\r\n第二行\r\n", head) > 0);
    check(take(text, &m, &e));
    check(str_eq(m.id, "abc@example.com"));
    check(str_eq(m.from, "zhang@example.com"));
    check(str_eq(m.from_name, "张秀英"));
    check(str_starts(m.subject, "增"));
    check(str_eq(m.text, "第一行\n第二行\n"));
    check(m.arrived_at == INT64_C(1636335000000)); /* the server's word, not the sender's */
    check(m.n_files == 0 && !m.automatic);
}

TEST(parts_and_files)
{
    static const char body[] =
        "Content-Type: multipart/mixed; boundary=\"x\"\r\n\r\n"
        "--x\r\nContent-Type: multipart/alternative; boundary=\"y\"\r\n\r\n"
        "--y\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>网页</p>\r\n"
        "--y\r\nContent-Type: text/plain; charset=gbk\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "1f3OxA==\r\n--y--\r\n"
        "--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
        "filename=\"../form.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--x--\r\n";
    struct message m;
    struct err e;
    AUTO(xfree) char *text = NULL;

    check(asprintf(&text, "%s%s", head, body) > 0);
    check(take(text, &m, &e));
    check(str_starts(m.text, "正文")); /* plain beats HTML */
    check(m.n_files == 1 && m.files[0].n == 4 && memcmp(m.files[0].bytes, "%PDF", 4) == 0);
    check(str_eq(m.files[0].name, "../form.pdf")); /* the server makes names plain */
}

TEST(words_of_html)
{
    struct err e;
    struct message m;

    (void)take("", &m, &e);
    check(str_eq(message_words("<style>p{}</style><p>甲&nbsp;乙</p><p>丙 &lt; 丁<br>戊</p>", 1000, arena),
                 "甲 乙\n丙 < 丁\n戊\n"));
    check(str_eq(message_words("<script>x", 1000, arena), ""));
    check(str_eq(message_words("a<b", 1000, arena), "a"));
    check(strlen(message_words("甲甲甲", 4, arena)) == 3); /* never cut inside a character */
}

TEST(what_is_no_letter_for_us)
{
    struct message m;
    struct err e;

    check(!take("Message-ID: <a@b>\r\n\r\nno sender\r\n", &m, &e) && str_eq(e.key, "mail.sender"));
    check(!take("From: a@b.cn\r\n\r\nno id\r\n", &m, &e) && str_eq(e.key, "mail.id"));
    check(take("From: a@b.cn\r\nMessage-ID: <a@b>\r\nAuto-Submitted: auto-replied\r\n\r\naway\r\n", &m, &e));
    check(m.automatic);
    check(take("From: a@b.cn\r\nMessage-ID: <a@b>\r\nAuto-Submitted: no\r\n\r\nhere\r\n", &m, &e) &&
          !m.automatic);
}

static const char kind[] =
    "{\"schema\":{\"properties\":{"
    "\"name\":{\"type\":\"string\",\"maxLength\":6,\"x-type\":\"text\","
    "\"x-title\":{\"zh\":\"项目名称\",\"en\":\"Name of the project\"}},"
    "\"content\":{\"type\":\"string\",\"maxLength\":1000,\"x-type\":\"text\","
    "\"x-title\":{\"zh\":\"具体内容（可量化）\",\"en\":\"Content\"}},"
    "\"sector\":{\"type\":\"string\",\"x-type\":\"code\",\"x-title\":{\"zh\":\"领域\",\"en\":"
    "\"Field\"},\"x-codes\":[{\"code\":\"care\",\"title\":{\"zh\":\"养老助残\",\"en\":\"The "
    "old\"}}]},\"n\":{\"type\":\"integer\",\"x-type\":\"integer\"}}}}";

TEST(a_form_in_a_letter)
{
    static const struct {
        const char *text, *name, *content, *sector;
    } all[] = {
        {"项目名称：停车位\n具体内容：200 个\n分两年\n领域：养老助残\n", "停车位", "200 个\n分两年", "care"},
        {"您好！\n一、项目名称: 停车位\n2. 具体内容（要有数）：200 个", "停车位", "200 个", NULL},
        {"【项目名称】：停车位\n**Content**: 200\nfield: the old", "停车位", "200", "care"},
        {"没有小标题\n第二行", NULL, "没有小标题\n第二行", NULL},
        {"项目名称：一二三四五六七八\n领域：别的", "一二三四五六", NULL, NULL},
        {"项目名称：停车位\n-- \n具体内容：签名里的不算", "停车位", NULL, NULL},
        {"项目名称：停车位\n项目名称：第二个不算\n具体内容：1", "停车位", "1", NULL},
        {"", NULL, NULL, NULL},
    };
    AUTO(json_free) struct json_object *o = NULL;
    struct form f;
    struct err e = {0};
    const char *v[FORM_FIELDS_MAX];

    if (arena == NULL)
        arena = arena_create((size_t)256 << 20);
    check(json_parse(kind, strlen(kind), &o, &e) && form_read(o, &f, &e) && f.n == 3);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        form_fill(&f, all[i].text, "content", arena, v);
        check(str_eq(v[0], all[i].name));
        check(str_eq(v[1], all[i].content));
        check(str_eq(v[2], all[i].sector));
    }
}
