/* section.c -- one text for two engines: sections for one of them, and the words of a
 * migration that are spelled differently. */
#include "base/text.h"
#include "sql/engine.h"

#include <ctype.h>
#include <string.h>

#define MARK "-- engine: "

/* The next line that begins with MARK, or NULL. */
static const char *next_mark(const char *text)
{
    const char *p = text;

    while ((p = strstr(p, MARK)) != NULL && p != text && p[-1] != '\n')
        p += strlen(MARK);
    return p;
}

static bool is_for(const char *mark, const char *engine)
{
    size_t n = strlen(engine);

    return strncmp(mark + strlen(MARK), engine, n) == 0 && !islower((unsigned char)mark[strlen(MARK) + n]);
}

static const char *behind_line(const char *p)
{
    const char *end = strchr(p, '\n');

    return end == NULL ? p + strlen(p) : end + 1;
}

void section_pick(const char *text, const char *engine, struct buf *out)
{
    bool ours = true;

    for (const char *p = text, *mark; *p != '\0';) {
        mark = next_mark(p);
        if (ours)
            buf_add(out, p, mark == NULL ? strlen(p) : (size_t)(mark - p));
        if (mark == NULL)
            return;
        ours = is_for(mark, engine) || is_for(mark, "all");
        p = behind_line(mark);
    }
}

const char *section_statement(const char *text, const char *engine, size_t *ret_n)
{
    const char *start = text, *mark = next_mark(text);

    *ret_n = mark == NULL ? strlen(text) : (size_t)(mark - text);
    for (; mark != NULL; mark = next_mark(start)) {
        start = behind_line(mark);
        if (!is_for(mark, engine))
            continue;
        mark = next_mark(start);
        *ret_n = mark == NULL ? strlen(start) : (size_t)(mark - start);
        return start;
    }
    return text;
}

bool section_is_for_others(const char *text, const char *engine)
{
    size_t n;
    const char *ours = section_statement(text, engine, &n);

    return section_has_any(text) && strspn(ours, " \n") >= n;
}

bool section_has_any(const char *text)
{
    return next_mark(text) != NULL;
}

/* --- words of a migration --- */

static const struct {
    const char *sqlite, *postgres;
} words[] = {
    {"TEXT /* json */", "json"}, /* as it is written, and ->> finds its members */
    {"INTEGER", "bigint"},
    {"REAL", "double precision"},
    {"BLOB", "bytea"},
    {"TEXT", "text COLLATE \"C\""}, /* ordered byte by byte, as in SQLite */
    {"STRICT, WITHOUT ROWID", ""},
    {"STRICT", ""},
    {"WITHOUT ROWID", ""},
};

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Bytes of a comment to the end of its line, or of a text in quotes; 0 if none begins here. */
static size_t skipped(const char *p)
{
    const char *end = NULL;

    if (str_starts(p, "--"))
        end = strchr(p, '\n');
    else if (*p == '\'' || *p == '"')
        end = strchr(p + 1, *p);
    else
        return 0;
    return end == NULL ? strlen(p) : (size_t)(end - p) + 1;
}

/* Writes PostgreSQL's word for the one that begins at p; how many bytes that was, or 0. */
static size_t translate_word(const char *p, struct buf *out)
{
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t n = strlen(words[i].sqlite);

        if (strncmp(p, words[i].sqlite, n) == 0 && !is_word_char(p[n])) {
            buf_str(out, words[i].postgres);
            return n;
        }
    }
    return 0;
}

void section_to_postgres(const char *text, struct buf *out)
{
    char before = ' ';

    for (const char *p = text; *p != '\0';) {
        size_t n = skipped(p);

        if (n > 0)
            buf_add(out, p, n);
        else if (is_word_char(before) || (n = translate_word(p, out)) == 0)
            buf_add(out, p, n = 1);
        before = p[n - 1];
        p += n;
    }
}
