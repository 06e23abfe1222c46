#include "base/text.h"
#include "cel/cel_internal.h"

enum { SUGGEST_CHARS = 48 };

static size_t decode(const char *s, uint32_t out[SUGGEST_CHARS])
{
    size_t n = 0;
    while (*s && n < SUGGEST_CHARS)
        out[n++] = utf8_next(&s);
    return n;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Insertions, deletions, changes and swaps of neighbours that make a of b. */
static size_t distance(const char *a, const char *b)
{
    uint32_t x[SUGGEST_CHARS], y[SUGGEST_CHARS];
    size_t n = decode(a, x), m = decode(b, y);
    size_t row[3][SUGGEST_CHARS + 1];
    for (size_t j = 0; j <= m; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[i % 3], *before = row[(i + 2) % 3], *twice = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(before[j] + 1, now[j - 1] + 1, before[j - 1] + (x[i - 1] != y[j - 1]));
            if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1] && twice[j - 2] + 1 < now[j])
                now[j] = twice[j - 2] + 1;
        }
    }
    return row[n % 3][m];
}

void cel_suggest(struct suggest *s, const char *candidate)
{
    size_t d = distance(s->name, candidate), chars = utf8_length(s->name);
    size_t most = chars < 3 ? 1 : (chars + 2) / 3;
    if (d > most || (s->best && d >= s->distance))
        return;
    s->best = candidate;
    s->distance = d;
}
