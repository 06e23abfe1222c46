#include "http/multipart.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BOUNDARY_MAX = 70, HEAD_MAX = 4096 };
enum state { PREAMBLE = 0, AFTER_BOUNDARY, AFTER_CR, AFTER_DASH, HEAD, DATA, EPILOGUE };

struct multipart {
    struct part_sink sink;
    enum state state;
    char mark[BOUNDARY_MAX + 8]; /* CR LF - - boundary */
    size_t mark_len, matched;    /* bytes of the mark seen just now */
    char head[HEAD_MAX];
    size_t head_len;
};

#define BROKEN(e, zh, en)                                                                                    \
    ERR((e), ERR_MALFORMED, "http.multipart", "multipart 请求体有误：" zh,                                   \
        "the multipart body is broken: " en)

/* The value of ; key=value or ; key="value", NULL if absent. */
static const char *parameter(const char *s, const char *key, char *out, size_t size)
{
    size_t len = strlen(key), n = 0;

    while ((s = strchr(s, ';')) != NULL) {
        s += 1 + strspn(s + 1, " \t");
        if (strncasecmp(s, key, len) != 0 || s[len] != '=')
            continue;
        s += len + 1;
        bool quoted = *s == '"';
        for (s += quoted; *s != '\0' && n + 1 < size; s++) {
            if (quoted ? *s == '"' : strchr("; \t", *s) != NULL)
                break;
            if (quoted && *s == '\\' && (s[1] == '"' || s[1] == '\\'))
                s++;
            out[n++] = *s;
        }
        out[n] = '\0';
        return out;
    }
    return NULL;
}

bool multipart_create(const char *content_type, struct part_sink sink, struct multipart **ret, struct err *e)
{
    char boundary[BOUNDARY_MAX + 2];

    if (parameter(content_type, "boundary", boundary, sizeof boundary) == NULL || boundary[0] == '\0' ||
        strlen(boundary) > BOUNDARY_MAX || strpbrk(boundary, "\r\n") != NULL)
        return ERR(e, ERR_MALFORMED, "http.multipart", "Content-Type 缺少 1 至 70 个字符的 boundary",
                   "the content type names no boundary of 1 to 70 characters");
    struct multipart *m = xcalloc(1, sizeof *m);
    m->sink = sink;
    m->mark_len = 4 + strlen(boundary);
    memcpy(m->mark, "\r\n--", 4);
    memcpy(m->mark + 4, boundary, m->mark_len - 4);
    m->matched = 2; /* the first boundary may stand at the very beginning */
    *ret = m;
    return true;
}

void multipart_free(struct multipart **m)
{
    free(*m);
    *m = NULL;
}

/* One header line of a part, NUL-terminated. */
static void header_line(struct part *p, const char *line, bool *named)
{
    if (strncasecmp(line, "content-disposition:", 20) == 0) {
        *named = parameter(line, "name", p->name, sizeof p->name) != NULL;
        p->file = parameter(line, "filename", p->filename, sizeof p->filename) != NULL;
    } else if (strncasecmp(line, "content-type:", 13) == 0) {
        line += 13 + strspn(line + 13, " \t");
        str_copy(p->content_type, sizeof p->content_type, line);
    }
}

static bool head_done(struct multipart *m, struct err *e)
{
    struct part p = {0};
    bool named = false;

    if (memchr(m->head, '\0', m->head_len) != NULL || !utf8_valid(m->head, m->head_len))
        return BROKEN(e, "部分的头不是 UTF-8 文本", "a part's header is not UTF-8 text");
    m->head[m->head_len] = '\0';
    for (char *line = m->head, *end; *line != '\0'; line = end + 2) {
        end = strstr(line, "\r\n");
        if (end == NULL || end == line)
            break;
        *end = '\0';
        header_line(&p, line, &named);
    }
    if (!named)
        return BROKEN(e, "部分缺少 Content-Disposition 的 name",
                      "a part lacks the name of its Content-Disposition");
    m->state = DATA;
    m->matched = 0;
    return m->sink.begin(m->sink.ctx, &p, e);
}

static bool head_byte(struct multipart *m, char c, struct err *e)
{
    if (m->head_len + 1 >= HEAD_MAX)
        return BROKEN(e, "部分的头过长", "a part's header is too long");
    m->head[m->head_len++] = c;
    bool empty = m->head_len == 2 && memcmp(m->head, "\r\n", 2) == 0;
    if (c != '\n' || (!empty && (m->head_len < 4 || memcmp(m->head + m->head_len - 4, "\r\n\r\n", 4) != 0)))
        return true;
    return head_done(m, e);
}

static bool give(struct multipart *m, const char *bytes, size_t n, struct err *e)
{
    return m->state != DATA || n == 0 || m->sink.data(m->sink.ctx, bytes, n, e);
}

static bool boundary_done(struct multipart *m, struct err *e)
{
    bool in_part = m->state == DATA;

    m->matched = 0;
    m->state = AFTER_BOUNDARY;
    return !in_part || m->sink.end(m->sink.ctx, e);
}

/* Preamble and data: looks for the mark. A CR occurs only at its start, so a
 * mismatch never hides a second beginning. Returns how many bytes it took. */
static bool scan(struct multipart *m, const char *s, size_t n, size_t *ret_took, struct err *e)
{
    if (m->matched == 0) {
        const char *cr = memchr(s, '\r', n);
        size_t plain = cr == NULL ? n : (size_t)(cr - s);
        *ret_took = plain + (cr != NULL);
        m->matched = cr != NULL;
        return give(m, s, plain, e);
    }
    if (*s == m->mark[m->matched]) {
        *ret_took = 1;
        return ++m->matched < m->mark_len || boundary_done(m, e);
    }
    size_t held = m->matched;
    m->matched = 0;
    *ret_took = 0;
    return give(m, m->mark, held, e);
}

/* What follows a boundary: "--" ends, blanks then CR LF begin the next part. */
static bool after_boundary(struct multipart *m, char c, struct err *e)
{
    if (m->state == AFTER_DASH && c == '-') {
        m->state = EPILOGUE;
    } else if (m->state == AFTER_CR && c == '\n') {
        m->state = HEAD;
        m->head_len = 0;
    } else if (m->state == AFTER_BOUNDARY && c == '-') {
        m->state = AFTER_DASH;
    } else if (m->state == AFTER_BOUNDARY && c == '\r') {
        m->state = AFTER_CR;
    } else if (m->state != AFTER_BOUNDARY || (c != ' ' && c != '\t')) {
        return BROKEN(e, "分隔行后有多余的内容", "something follows a boundary on its line");
    }
    return true;
}

bool multipart_feed(struct multipart *m, const char *bytes, size_t n, struct err *e)
{
    for (size_t took = 1; n > 0; bytes += took, n -= took, took = 1) {
        bool ok = true;
        if (m->state == PREAMBLE || m->state == DATA)
            ok = scan(m, bytes, n, &took, e);
        else if (m->state == HEAD)
            ok = head_byte(m, *bytes, e);
        else if (m->state != EPILOGUE)
            ok = after_boundary(m, *bytes, e);
        if (!ok)
            return false;
    }
    return true;
}

bool multipart_end(struct multipart *m, struct err *e)
{
    return m->state == EPILOGUE || BROKEN(e, "缺少结尾的分隔行", "the closing boundary is missing");
}
