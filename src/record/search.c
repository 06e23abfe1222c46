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

static size_t put_hex(char *out, uint32_t c)
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;

    for (int shift = 28; shift >= 0; shift -= 4)
        if (n > 0 || (c >> shift) != 0 || shift == 0)
            out[n++] = digits[c >> shift & 0xf];
    return n;
}

static void add_bigram(struct buf *b, uint32_t first, uint32_t second)
{
    char word[2 + 16];
    size_t n = 0;

    word[n++] = 'b';
    n += put_hex(word + n, first);
    word[n++] = 'g';
    n += put_hex(word + n, second);
    buf_add(b, word, n);
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
            if (b->len > 0)
                buf_str(b, separator);
            add_bigram(b, before, c);
            n++;
        }
        before = c;
    }
    return n;
}

static const char *searched(const struct record *r, size_t field)
{
    const struct field *f = &r->kind->fields[field];

    return f->search && f->privacy == PRIVACY_OPEN && r->values[field].type == CEL_STRING ? r->values[field].s
                                                                                          : NULL;
}

bool search_same(const struct record *a, const struct record *b)
{
    if (!str_eq(a->address, b->address))
        return false;
    for (size_t i = 0; i < a->kind->n_fields; i++)
        if (!str_eq(searched(a, i), searched(b, i)))
            return false;
    return true;
}

const char *search_words(const struct record *r, struct arena *a)
{
    struct buf b;
    const char *words;

    buf_init(&b, WORDS_BYTES);
    for (size_t i = 0; i < r->kind->n_fields; i++)
        if (searched(r, i) != NULL)
            (void)add_bigrams(&b, searched(r, i), " ", SIZE_MAX);
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
