#include "base/base.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With ARENA_DEBUG (set in sanitizer and fuzz builds) every allocation is its
 * own malloc block, so that ASan sees an overflow inside the arena. */
#ifdef ARENA_DEBUG
enum { BLOCK_SIZE = 0, BLOCK_MAX = 0 };
#else
enum { BLOCK_SIZE = 16 * 1024, BLOCK_MAX = 1024 * 1024 };
#endif

struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char data[];
};

struct arena {
    struct block *head; /* the one that small allocations come from */
    size_t total, limit;
};

__attribute__((noreturn)) static void die(const char *why)
{
    (void)fprintf(stderr, "fatal: %s\n", why);
    abort();
}

void *xcalloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);

    if (p == NULL)
        die("out of memory");
    return p;
}

void *xrealloc(void *p, size_t size)
{
    void *q = realloc(p, size ? size : 1);

    if (q == NULL)
        die("out of memory");
    return q;
}

char *xstrdup(const char *s)
{
    size_t n = strlen(s) + 1;

    return memcpy(xrealloc(NULL, n), s, n);
}

void xfree(char **p)
{
    free(*p);
    *p = NULL;
}

struct arena *arena_create(size_t limit)
{
    struct arena *a = xcalloc(1, sizeof(*a));

    a->limit = limit;
    return a;
}

static void free_blocks(struct block *b)
{
    while (b != NULL) {
        struct block *next = b->next;

        free(b);
        b = next;
    }
}

void arena_free(struct arena **a)
{
    if (*a == NULL)
        return;
    free_blocks((*a)->head);
    free(*a);
    *a = NULL;
}

void arena_reset(struct arena *a)
{
    struct block *keep = a->head;

    a->total = 0;
    if (keep == NULL || keep->size != BLOCK_SIZE || BLOCK_SIZE == 0) {
        free_blocks(a->head);
        a->head = NULL;
        return;
    }
    free_blocks(keep->next);
    keep->next = NULL;
    keep->used = 0;
}

static struct block *new_block(size_t size)
{
    struct block *b = xrealloc(NULL, sizeof(*b) + size);

    b->next = NULL;
    b->used = 0;
    b->size = size;
    return b;
}

/* Blocks grow with the arena: a batch of thousands of commands needs few. */
static size_t block_size(const struct arena *a)
{
    size_t quarter = a->total / 4;

    return quarter < BLOCK_SIZE ? BLOCK_SIZE : quarter > BLOCK_MAX ? BLOCK_MAX : quarter;
}

/* A block with room for size bytes. A large allocation gets a block of its own
 * behind the head, so that the rest of the head is not lost. */
static struct block *block_for(struct arena *a, size_t size)
{
    struct block *b = a->head;

    if (b != NULL && b->size - b->used >= size)
        return b;
    if (b != NULL && size > BLOCK_SIZE / 4) {
        b = new_block(size);
        b->next = a->head->next;
        a->head->next = b;
        return b;
    }
    b = new_block(size > block_size(a) ? size : block_size(a));
    b->next = a->head;
    a->head = b;
    return b;
}

/* Memory that is not zeroed: for what is filled at once. */
static void *take(struct arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);
    struct block *b;
    void *p;

    if (size > a->limit - a->total)
        die("arena limit");
    a->total += size;
    size = size == 0 ? align : (size + align - 1) & ~(align - 1);
    b = block_for(a, size);
    p = b->data + b->used;
    b->used += size;
    return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
    return memset(take(a, size), 0, size);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *p;

    n = strnlen(s, n);
    p = take(a, n + 1);
    memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    char *p;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        die("arena_printf: bad format");
    p = take(a, (size_t)n + 1);
    (void)vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}
