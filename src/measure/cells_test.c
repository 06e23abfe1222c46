/* Packed cells. */
#include "measure/cells.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static struct cell cell(const char *key, int64_t n, double total)
{
    return (struct cell){.key = key, .len = strlen(key), .n = n, .total = total};
}

static void same(const struct buf *b, const struct cell *want, size_t n)
{
    struct cell_walk w = cells_of(buf_text(b), b->len);
    struct cell c;
    size_t i = 0;

    for (; cell_next(&w, &c); i++)
        check(i < n && cell_compare(&c, &want[i]) == 0 && c.n == want[i].n && c.total == want[i].total);
    check(i == n && !w.damaged);
}

TEST(what_is_added_is_read)
{
    const struct cell first[] = {cell("a", 1, 0), cell("b", INT64_MIN, 0.1), cell("bb", -3, 1e300)};
    const struct cell more[] = {cell("aa", 0, 0), cell("b", 5, -0.1), cell("c", INT64_MAX, 0)};
    const struct cell sum[] = {cell("a", 1, 0), cell("b", INT64_MIN + 5, 0), cell("bb", -3, 1e300),
                               cell("c", INT64_MAX, 0)};
    struct buf one, two;
    struct cell c;

    buf_init(&one, CELLS_BYTES_MAX);
    buf_init(&two, CELLS_BYTES_MAX);
    check(cells_add("", 0, first, 3, &one) && cells_add(buf_text(&one), one.len, more, 3, &two));
    same(&one, first, 3);
    same(&two, sum, 4);
    check(cell_find(buf_text(&two), two.len, "bb", &c) && c.n == -3);
    check(!cell_find(buf_text(&two), two.len, "bbb", &c) && !cell_find(buf_text(&two), two.len, "", &c));
    buf_free(&one);
    buf_free(&two);
}

TEST(what_has_become_nothing_is_gone)
{
    const struct cell up[] = {cell("a", 2, 7.5), cell("b", 1, 0)},
                      down[] = {cell("a", -2, -7.5), cell("b", -1, 0)};
    struct buf one, two;

    buf_init(&one, CELLS_BYTES_MAX);
    buf_init(&two, CELLS_BYTES_MAX);
    check(cells_add("", 0, up, 2, &one) && cells_add(buf_text(&one), one.len, down, 2, &two));
    check(one.len > 0 && two.len == 0);
    buf_free(&one);
    buf_free(&two);
}

/* Every cut, and every byte turned, is walked to its end without reading beyond it. */
TEST(damage_is_noticed)
{
    const struct cell cells[] = {cell("category=0201", 300, 0), cell("p=0037", -1, 2.5)};
    uint8_t bytes[64];
    size_t damaged = 0;
    struct buf b, out;

    buf_init(&b, CELLS_BYTES_MAX);
    buf_init(&out, CELLS_BYTES_MAX);
    check(cells_add("", 0, cells, 2, &b) && b.len < sizeof(bytes));
    for (size_t n = 0; n < b.len; n++) {
        uint8_t *cut = memcpy(xrealloc(NULL, n), buf_text(&b), n);

        damaged += cells_add(cut, n, NULL, 0, &out) ? 0 : 1;
        free(cut);
    }
    check(damaged == b.len - 2); /* nothing, and the first cell alone, are whole */
    for (size_t i = 0; i < b.len; i++) {
        struct cell c;

        memcpy(bytes, buf_text(&b), b.len);
        bytes[i] ^= 0xff;
        for (struct cell_walk w = cells_of(bytes, b.len); cell_next(&w, &c);)
            check(c.len > 0 && (const uint8_t *)c.key + c.len <= bytes + b.len);
    }
    buf_free(&b);
    buf_free(&out);
}
