#include "record/bulk.h"

#include <string.h>

enum { FIRST_ROWS = 16 };

void bulk_begin(struct bulk *b, const struct sql_query *q, struct arena *a)
{
    *b = (struct bulk){.q = q, .a = a};
}

void bulk_add(struct bulk *b, const struct sql_arg *values)
{
    size_t width = (size_t)b->q->nargs;

    if (b->n == b->max) {
        size_t max = b->max == 0 ? FIRST_ROWS : b->max * 2;
        struct sql_arg *more = arena_array(b->a, struct sql_arg, width * max);

        if (b->n > 0)
            memcpy(more, b->args, sizeof(*more) * width * b->n);
        b->args = more;
        b->max = max;
    }
    memcpy(&b->args[width * b->n++], values, sizeof(*values) * width);
}

bool bulk_write(const struct bulk *b, struct sql_tx *tx, struct err *e)
{
    return b->n == 0 || sql_each(tx, b->q, b->args, b->n, e);
}
