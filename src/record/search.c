/* Full text: bigrams, which find two-character Chinese words that tokenizers and
 * trigrams miss. A word token is "b" and the two code points in hexadecimal, so any
 * full-text engine takes it as one word. Latin words and numbers go in whole too. */
#include "base/buf.h"
#include "base/text.h"
#include "record/store.h"

#include <ctype.h>
#include <string.h>

enum { WORDS_BYTES = 256 * 1024, QUERY_BIGRAMS = 24 };

static bool is_word(uint32_t c)
{
    return c >= 0x2e80 || (c < 0x80 && isalnum((int)c)) || (c >= 0xc0 && c < 0x2000);
}

static uint32_t fold(uint32_t c)
{
    if (c >= 0xff01 && c <= 0xff5e) /* full-width forms */
        c -= 0xfee0;
    return c < 0x80 ? (uint32_t)tolower((int)c) : c;
}

/* Adds the bigrams of `s`, each after `separator`; returns how many. */
static size_t add_bigrams(struct buf *b, const char *s, const char *separator, size_t max)
{
    uint32_t before = 0, c;
    size_t n = 0;

    while ((c = utf8_next(&s)) != 0 && n < max) {
        c = fold(c);
        if (!is_word(c)) {
            before = 0;
            continue;
        }
        if (before != 0) {
            buf_printf(b, "%sb%xg%x", b->len > 0 ? separator : "", before, c);
            n++;
        }
        before = c;
    }
    return n;
}

const char *search_words(const struct record *r, struct arena *a)
{
    struct buf b;
    const char *words;

    buf_init(&b, WORDS_BYTES);
    for (size_t i = 0; i < r->kind->n_fields; i++) {
        const struct field *f = &r->kind->fields[i];

        if (f->search && f->privacy == PRIVACY_OPEN && r->values[i].type == CEL_STRING)
            (void)add_bigrams(&b, r->values[i].s, " ", SIZE_MAX);
    }
    if (r->address != NULL)
        (void)add_bigrams(&b, r->address, " ", SIZE_MAX);
    words = arena_strndup(a, buf_text(&b), b.len);
    buf_free(&b);
    return words;
}

const char *search_query(const char *typed, struct arena *a)
{
    struct buf b;
    const char *query;

    buf_init(&b, WORDS_BYTES);
    (void)add_bigrams(&b, typed, " AND ", QUERY_BIGRAMS);
    query = arena_strndup(a, buf_text(&b), b.len);
    buf_free(&b);
    return query;
}
