#include "base/base.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Formats into a text of ERR_TEXT_MAX; what does not fit is cut between code
 * points, since the texts go out as JSON. */
PRINTF_LIKE(2, 0)
static void format(char out[ERR_TEXT_MAX], const char *fmt, va_list ap)
{
    int n = vsnprintf(out, ERR_TEXT_MAX, fmt, ap);

    if (n >= ERR_TEXT_MAX)
        out[utf8_cut(out, ERR_TEXT_MAX - 1)] = '\0';
}

/* Both formats read the same arguments, each from the first one on. */
PRINTF_LIKE(3, 0)
PRINTF_LIKE(4, 0)
static void format_both(char zh_out[ERR_TEXT_MAX], char en_out[ERR_TEXT_MAX], const char *zh, const char *en,
                        va_list ap)
{
    va_list again;

    va_copy(again, ap);
    format(zh_out, zh, ap);
    format(en_out, en, again);
    va_end(again);
}

void err_set(struct err *e, enum err_code code, const char *key, const char *where, const char *zh,
             const char *en, ...)
{
    va_list ap;

    e->code = code;
    e->key = key;
    e->where = where;
    e->retry_after_s = 0;
    e->n_details = 0;
    va_start(ap, en);
    format_both(e->zh, e->en, zh, en, ap);
    va_end(ap);
}

void err_field(struct err *e, const char *field, const char *key, const char *where, const char *zh,
               const char *en, ...)
{
    struct err_detail *d;
    va_list ap;

    if (e->code == ERR_NONE)
        err_set(e, ERR_INVALID, "input.invalid", where, "提交的内容有误，请看各字段的说明",
                "the input is not valid: see what is said of each field");
    if (e->n_details >= ERR_DETAILS_MAX)
        return;
    d = &e->details[e->n_details++];
    str_copy(d->field, sizeof(d->field), field);
    d->key = key;
    va_start(ap, en);
    format_both(d->zh, d->en, zh, en, ap);
    va_end(ap);
}
