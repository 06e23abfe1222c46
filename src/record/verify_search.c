/* The full-text index against the words that the records have. The index has no content to
 * read back, but it lists which word stands for which record: those pairs are summed by
 * record as keyed hashes, and the sum must be that of the record's own words. */
#include "record.sql.h"
#include "record/store.h"
#include "record/verify_internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct indexed {
    int64_t number;
    uint64_t left; /* the sum of its words, less what the index has */
};
struct verify_index {
    uint8_t secret[crypto_shorthash_KEYBYTES];
    struct indexed *rows;
    size_t n, cap;
};

struct verify_index *verify_index_create(void)
{
    struct verify_index *x = xcalloc(1, sizeof(*x));

    crypto_shorthash_keygen(x->secret);
    return x;
}

void verify_index_free(struct verify_index **ref)
{
    if (*ref != NULL)
        free((*ref)->rows);
    free(*ref);
    *ref = NULL;
}

static uint64_t word_hash(const struct verify_index *x, const char *word, size_t n)
{
    uint64_t hash;

    _Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "a hash is a number");
    (void)crypto_shorthash((uint8_t *)&hash, (const uint8_t *)word, n, x->secret);
    return hash;
}

static int by_value(const void *a, const void *b)
{
    uint64_t l = *(const uint64_t *)a, r = *(const uint64_t *)b;

    return (l > r) - (l < r);
}

static int by_number(const void *a, const void *b)
{
    int64_t l = ((const struct indexed *)a)->number, r = ((const struct indexed *)b)->number;

    return (l > r) - (l < r);
}

/* The sum of its words, each once. */
static uint64_t words_sum(const struct verify_index *x, const char *words, struct arena *a)
{
    uint64_t *hashes = arena_array(a, uint64_t, strlen(words) / 2 + 1), sum = 0;
    size_t n = 0, length;

    for (const char *word = words; *word != '\0'; word += length + strspn(word + length, " ")) {
        length = strcspn(word, " ");
        hashes[n++] = word_hash(x, word, length);
    }
    qsort(hashes, n, sizeof(*hashes), by_value);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || hashes[i] != hashes[i - 1])
            sum += hashes[i];
    return sum;
}

void verify_index_note(struct verify_index *x, const struct record *r, struct arena *a)
{
    if (x->n == x->cap) {
        x->cap = x->cap * 2 + 1024;
        x->rows = xrealloc(x->rows, x->cap * sizeof(*x->rows));
    }
    x->rows[x->n++] = (struct indexed){r->number, words_sum(x, search_words(r, a), a)};
}

static void compare(const struct verifying *v, const struct verify_index *x, int64_t of_none)
{
    char display[96];

    for (size_t i = 0; i < x->n; i++) {
        if (x->rows[i].left == 0)
            continue;
        number_format(v->world, x->rows[i].number, display, sizeof(display));
        verify_tell(v, "record %s: the full-text index has other words for it than it holds", display);
    }
    if (of_none > 0)
        verify_tell(v, "the full-text index has %lld words of records that are not there",
                    (long long)of_none);
}

bool verify_search(struct sql_tx *tx, const struct world *w, const struct verify_calls *calls,
                   struct verify_index *x, struct verify_sums *sums, struct err *e)
{
    const struct verifying v = {.tx = tx, .world = w, .calls = calls};
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t of_none = 0;

    if (x->n > 0)
        qsort(x->rows, x->n, sizeof(*x->rows), by_number);
    if (!sql_walk(tx, &record_queries[RECORD_Q_SEARCH_WORDS], &rows, e, SQL_INT(w->district)))
        return false;
    while (sql_next(rows)) {
        const struct indexed key = {.number = sql_int(rows, 1)};
        struct indexed *row = x->n == 0 ? NULL : bsearch(&key, x->rows, x->n, sizeof(key), by_number);
        const char *word = sql_text(rows, 0);

        if (row != NULL)
            row->left -= word_hash(x, word, strlen(word));
        else
            of_none++;
        verify_step(calls, ++sums->words);
    }
    if (!sql_end(&rows, e))
        return false;
    compare(&v, x, of_none);
    return true;
}
