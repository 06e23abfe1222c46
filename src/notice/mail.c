/* Mail: a plain text in UTF-8, as RFC 5322 and MIME want it. */
#include "base/clock.h"
#include "base/text.h"
#include "notice/encode.h"
#include "notice/letter.h"

#include <string.h>

enum { MAIL_BYTES_MAX = 32 * 1024, WORD_BYTES = 42, LINE_CHARS = 76 };

/* RFC 2047: words of at most 75 characters, which do not cut a character in two. */
static void add_encoded(struct buf *b, const char *text, struct arena *a)
{
    size_t left = strlen(text);

    while (left > 0) {
        size_t n = left <= WORD_BYTES ? left : utf8_cut(text, WORD_BYTES);

        buf_printf(b, "=?UTF-8?B?%s?=", encode_base64(a, text, n, false));
        text += n;
        left -= n;
        if (left > 0)
            buf_str(b, "\r\n ");
    }
}

static bool is_ascii(const char *s)
{
    while (*s >= ' ' && *s <= '~')
        s++;
    return *s == '\0';
}

static void add_subject(struct buf *b, const char *subject, struct arena *a)
{
    buf_str(b, "Subject: ");
    if (is_ascii(subject) && strlen(subject) < LINE_CHARS)
        buf_str(b, subject);
    else
        add_encoded(b, subject, a);
    buf_str(b, "\r\n");
}

/* RFC 5322's time: "Sun, 22 Nov 2026 08:30:00 +0800". */
static void add_date(struct buf *b, int64_t ms, int offset_min)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil t = civil_from_ms(ms, offset_min);
    int away = offset_min < 0 ? -offset_min : offset_min;

    buf_printf(b, "Date: %s, %d %s %d %02d:%02d:%02d %c%02d%02d\r\n",
               days[weekday_of_days(local_day(ms, offset_min)) - 1], t.day, months[t.month - 1], t.year,
               t.hour, t.minute, t.second, offset_min < 0 ? '-' : '+', away / 60, away % 60);
}

static void add_body(struct buf *b, const char *text, struct arena *a)
{
    const char *code = encode_base64(a, text, strlen(text), false);

    for (size_t n = strlen(code); n > 0;) {
        size_t line = n < LINE_CHARS ? n : LINE_CHARS;

        buf_add(b, code, line);
        buf_str(b, "\r\n");
        code += line;
        n -= line;
    }
}

static const char *text_of(const struct channel *c, const struct letter *l, struct arena *a)
{
    const char *link = letter_link(l, false, a);

    return arena_printf(a, "%s\r\n%s%s\r\n%s\r\n", letter_text(l, c->detail, a), link,
                        link[0] == '\0' ? "" : "\r\n",
                        l->lang == LANG_EN ? "You choose what comes here in “How I am told”."
                                           : "收哪些提醒、何时静默，可在“提醒方式”里选择。");
}

/* The part behind @ of the sender: that of the ids. */
static const char *domain_of(const char *sender)
{
    const char *at = strrchr(sender, '@');

    return at == NULL || at[1] == '\0' ? "localhost" : at + 1;
}

bool parcel_mail(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                 const struct chance *with, struct arena *a, struct parcel *ret, struct err *e)
{
    char id[UUID_TEXT_MAX];
    struct buf b;

    (void)with;
    if (l->mail == NULL)
        return ERR(e, ERR_INVALID, "notice.no_address", "没有邮箱地址", "there is no mail address");
    uuid_format(l->id, id);
    buf_init(&b, MAIL_BYTES_MAX);
    buf_printf(&b, "From: <%s>\r\nTo: <%s>\r\n", c->sender, l->mail);
    add_subject(&b, letter_subject(l, c->detail, a), a);
    /* One time for all tries: a repetition is the same mail. */
    add_date(&b, l->at, l->offset_min);
    buf_printf(&b,
               "Message-ID: <%s@%s>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
               "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n",
               id, domain_of(c->sender));
    add_body(&b, text_of(c, l, a), a);
    *ret = (struct parcel){.url = s->url,
                           .body = arena_strndup(a, buf_text(&b), b.len),
                           .n_body = b.len,
                           .from = c->sender,
                           .to = l->mail,
                           .login = c->login,
                           .password = s->secret};
    bool ok = !b.failed;
    buf_free(&b);
    return ok || ERR(e, ERR_INVALID, "notice.too_long", "邮件太长", "the mail is too long");
}
