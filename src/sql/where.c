/* where.c -- conditions composed at run time. */
#include "sql/engine.h"

#include <stdlib.h>
#include <string.h>

void sql_where_init(struct sql_where *w)
{
    *w = (struct sql_where){0};
    buf_init(&w->text, WHERE_TEXT_MAX);
}

void sql_where_free(struct sql_where *w)
{
    buf_free(&w->text);
    free(w->args);
    w->args = NULL;
    w->n = w->room = 0;
}

/* Room for n more arguments; fails beyond what a statement takes. */
static bool make_room(struct sql_where *w, size_t n)
{
    enum { FIRST = 32 };

    if (w->n + n > SQL_ARGS_MAX) {
        w->failed = true;
        return false;
    }
    if (w->n + n > w->room) {
        w->room = w->n + n <= FIRST ? FIRST : SQL_ARGS_MAX;
        w->args = xrealloc(w->args, w->room * sizeof(*w->args));
    }
    return true;
}

void sql_where_literal(struct sql_where *w, const char *text)
{
    buf_str(&w->text, text);
    w->failed = w->failed || w->text.failed || strstr(text, WHERE_ARG) != NULL;
}

static bool is_name(const char *s)
{
    if (!((*s >= 'a' && *s <= 'z') || *s == '_'))
        return false;
    return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

void sql_where_name(struct sql_where *w, const char *name)
{
    if (!is_name(name)) {
        w->failed = true;
        return;
    }
    buf_str(&w->text, "'");
    buf_str(&w->text, name);
    buf_str(&w->text, "'");
    w->failed = w->failed || w->text.failed;
}

void sql_where_arg(struct sql_where *w, struct sql_arg a)
{
    if (!make_room(w, 1))
        return;
    w->args[w->n++] = a;
    buf_str(&w->text, WHERE_ARG);
    w->failed = w->failed || w->text.failed;
}

void sql_where_append(struct sql_where *w, const struct sql_where *other)
{
    if (other->failed) {
        w->failed = true;
        return;
    }
    if (other->n > 0 && !make_room(w, other->n))
        return;
    if (other->n > 0)
        memcpy(&w->args[w->n], other->args, sizeof(*w->args) * other->n);
    w->n += other->n;
    buf_str(&w->text, buf_text(&other->text));
    w->failed = w->failed || w->text.failed;
}
