#include "mailbox/message.h"

#include "base/text.h"

#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

enum { PARTS_MAX = 200, LINE_MAX_CHARS = 300, HTML_MAX = 1 << 20 };

/* What GMime and GLib gave, given back at the end of the scope. */
static void unref(void *p)
{
    void **object = p;

    if (*object != NULL)
        g_object_unref(*object);
}

static void release(char **s)
{
    g_free(*s);
}

#define OBJECT __attribute__((cleanup(unref)))

/* --- text --- */

/* Any text as we keep it: what is no UTF-8 replaced, line ends made one sort, other controls dropped. */
static const char *clean(const char *s, size_t max, struct arena *a)
{
    AUTO(release) char *valid = s == NULL ? NULL : g_utf8_make_valid(s, -1);
    size_t n = valid == NULL ? 0 : strlen(valid), out = 0;
    char *to;

    n = n > max ? utf8_cut(valid, max) : n;
    to = arena_alloc(a, n + 1);
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)valid[i];

        if (c == '\t')
            to[out++] = ' ';
        else if (c == '\n' || (c >= ' ' && c != 0x7f))
            to[out++] = (char)c;
    }
    to[out] = '\0';
    return to;
}

/* --- words of HTML --- */

static bool is_tag(const char *s, const char *name)
{
    size_t n = strlen(name);

    s += *s == '/';
    return strncasecmp(s, name, n) == 0 && (s[n] == '>' || s[n] == ' ' || s[n] == '/' || s[n] == '\n');
}

static bool breaks_line(const char *tag)
{
    static const char *const blocks[] = {"br", "p",  "div", "tr",    "li",
                                         "h1", "h2", "h3",  "table", "blockquote"};

    for (size_t i = 0; i < COUNT_OF(blocks); i++)
        if (is_tag(tag, blocks[i]))
            return true;
    return false;
}

/* Behind the element whose content is no text for people; NULL where the tag begins none. */
static const char *behind_hidden(const char *tag)
{
    static const char *const hidden[] = {"script", "style", "title"};

    for (size_t i = 0; i < COUNT_OF(hidden); i++)
        if (tag[0] != '/' && is_tag(tag, hidden[i])) {
            const char *at = tag;

            while ((at = strstr(at, "</")) != NULL && !is_tag(at + 1, hidden[i]))
                at += 2;
            return at == NULL ? tag + strlen(tag) : at + strcspn(at, ">");
        }
    return NULL;
}

/* One entity at *s, which is moved behind it. */
static char entity(const char **s)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"&nbsp;", ' '}, {"&amp;", '&'},  {"&lt;", '<'},
                 {"&gt;", '>'},   {"&quot;", '"'}, {"&#39;", '\''}};

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_starts(*s, known[i].name)) {
            *s += strlen(known[i].name);
            return known[i].c;
        }
    ++*s;
    return '&';
}

const char *message_words(const char *html, size_t max, struct arena *a)
{
    size_t n = strlen(html), out = 0;
    char *to = arena_alloc(a, n + 1);

    for (const char *s = html; *s != '\0';) {
        const char *hidden = *s == '<' ? behind_hidden(s + 1) : NULL;

        if (hidden != NULL || *s == '<') {
            if (hidden == NULL && breaks_line(s + 1) && out > 0 && to[out - 1] != '\n')
                to[out++] = '\n';
            s = hidden != NULL ? hidden : s + strcspn(s, ">");
            s += *s == '>';
        } else if (*s == '&') {
            to[out++] = entity(&s);
        } else if (*s == '\n' || *s == '\r' || *s == ' ') {
            if (out > 0 && to[out - 1] != ' ' && to[out - 1] != '\n')
                to[out++] = ' ';
            s++;
        } else {
            to[out++] = *s++;
        }
    }
    to[out] = '\0';
    return clean(to, max, a);
}

/* --- parts --- */

struct taking {
    struct arena *a;
    struct message *m;
    bool html; /* what `text` holds was HTML: a plain part is better */
};

static const char *text_of(GMimeObject *o, struct arena *a, bool html)
{
    AUTO(release) char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(o));

    if (text == NULL)
        return "";
    if (!html)
        return clean(text, LIMIT_MAIL_TEXT, a);
    if (strlen(text) > HTML_MAX)
        text[HTML_MAX] = '\0';
    return message_words(text, LIMIT_MAIL_TEXT, a);
}

static void take_text(struct taking *t, GMimeObject *o)
{
    bool html = g_mime_content_type_is_type(g_mime_object_get_content_type(o), "text", "html");

    if (t->m->text[0] != '\0' && (html || !t->html))
        return;
    t->m->text = text_of(o, t->a, html);
    t->html = html;
}

static void take_file(struct taking *t, GMimePart *part)
{
    OBJECT GMimeStream *stream = g_mime_stream_mem_new();
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    GByteArray *bytes;

    if (content == NULL || g_mime_data_wrapper_write_to_stream(content, stream) < 0)
        return;
    bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    if (bytes->len == 0)
        return;
    if (bytes->len > LIMIT_FILE_BYTES || t->m->n_files == LIMIT_FILES_PER_UPLOAD) {
        t->m->n_left_out++;
        return;
    }
    void *copy = arena_alloc(t->a, bytes->len);

    memcpy(copy, bytes->data, bytes->len);
    t->m->files[t->m->n_files++] = (struct message_file){
        .name = clean(g_mime_part_get_filename(part), LINE_MAX_CHARS, t->a), .bytes = copy, .n = bytes->len};
}

static bool is_attachment(GMimeObject *o)
{
    const char *disposition = g_mime_object_get_disposition(o);

    return (disposition != NULL && strcasecmp(disposition, "attachment") == 0) || !GMIME_IS_TEXT_PART(o);
}

static void take_parts(struct taking *t, GMimeMessage *m)
{
    GMimePartIter *at = g_mime_part_iter_new(GMIME_OBJECT(m));

    for (int i = 0; i < PARTS_MAX && g_mime_part_iter_is_valid(at); i++) {
        GMimeObject *o = g_mime_part_iter_get_current(at);

        if (o != NULL && GMIME_IS_PART(o) && is_attachment(o))
            take_file(t, GMIME_PART(o));
        else if (o != NULL && GMIME_IS_TEXT_PART(o))
            take_text(t, o);
        if (!g_mime_part_iter_next(at))
            break;
    }
    g_mime_part_iter_free(at);
}

/* --- head --- */

static const char *header(GMimeMessage *m, const char *name)
{
    const char *value = g_mime_object_get_header(GMIME_OBJECT(m), name);

    return value == NULL ? "" : value;
}

static int64_t ms_of(GDateTime *t)
{
    return t == NULL ? 0 : g_date_time_to_unix(t) * 1000;
}

/* The Received: that stands highest is that of the last server: the one that hands us the message. */
static int64_t arrival(GMimeMessage *m)
{
    const char *received = header(m, "Received"), *when = strrchr(received, ';');
    GDateTime *t = when == NULL ? NULL : g_mime_utils_header_decode_date(when + 1);
    int64_t ms = ms_of(t);

    if (t != NULL)
        g_date_time_unref(t);
    return ms > 0 ? ms : ms_of(g_mime_message_get_date(m));
}

static bool automatic(GMimeMessage *m)
{
    const char *sent = header(m, "Auto-Submitted"), *precedence = header(m, "Precedence");

    return (sent[0] != '\0' && strncasecmp(sent, "no", 2) != 0) || strcasecmp(precedence, "bulk") == 0 ||
           strcasecmp(precedence, "junk") == 0 || strcmp(header(m, "Return-Path"), "<>") == 0;
}

static void take_sender(struct taking *t, GMimeMessage *m)
{
    InternetAddressList *list = g_mime_message_get_from(m);
    InternetAddress *one = list == NULL || internet_address_list_length(list) == 0
                               ? NULL
                               : internet_address_list_get_address(list, 0);

    t->m->from = t->m->from_name = "";
    if (one == NULL || !INTERNET_ADDRESS_IS_MAILBOX(one))
        return;
    t->m->from =
        clean(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one)), LINE_MAX_CHARS, t->a);
    t->m->from_name = clean(internet_address_get_name(one), LINE_MAX_CHARS, t->a);
}

void message_hash(const char *text, uint8_t ret[MESSAGE_HASH])
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize n = sizeof(digest);

    g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text));
    g_checksum_get_digest(sum, digest, &n);
    memcpy(ret, digest, MESSAGE_HASH);
    g_checksum_free(sum);
}

static GMimeMessage *parse(const char *bytes, size_t n)
{
    static bool ready;
    OBJECT GMimeStream *stream = NULL;
    OBJECT GMimeParser *parser = NULL;

    if (!ready)
        g_mime_init();
    ready = true;
    stream = g_mime_stream_mem_new_with_buffer(bytes, n);
    parser = g_mime_parser_new_with_stream(stream);
    return g_mime_parser_construct_message(parser, NULL);
}

bool message_read(const char *bytes, size_t n, struct arena *a, struct message *ret, struct err *e)
{
    OBJECT GMimeMessage *m = NULL;
    struct taking t = {.a = a, .m = ret};

    if (n > LIMIT_MAIL_BYTES)
        return ERR(e, ERR_TOO_LARGE, "mail.size", "邮件超过 %d MB", "the message is larger than %d MB",
                   LIMIT_MAIL_BYTES >> 20);
    if ((m = parse(bytes, n)) == NULL)
        return ERR(e, ERR_MALFORMED, "mail.broken", "这不是一封电子邮件", "this is no e-mail message");
    *ret = (struct message){.id = clean(g_mime_message_get_message_id(m), LINE_MAX_CHARS, a),
                            .subject = clean(g_mime_message_get_subject(m), LINE_MAX_CHARS, a),
                            .text = "",
                            .arrived_at = arrival(m),
                            .automatic = automatic(m)};
    take_sender(&t, m);
    take_parts(&t, m);
    if (ret->from[0] == '\0')
        return ERR(e, ERR_MALFORMED, "mail.sender", "邮件没有写明发件人（From）",
                   "the message does not say who sent it (From)");
    return ret->id[0] != '\0' ||
           ERR(e, ERR_MALFORMED, "mail.id", "邮件没有编号（Message-ID），无法保证只登记一次",
               "the message has no Message-ID: it could be entered twice");
}
