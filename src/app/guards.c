#include "app/guards.h"

#include "ballot/ballot.h"
#include "booking/booking.h"

#include <stdlib.h>

static const struct door_guard *const list[] = {&booking_guard, &ballot_guard};

struct states {
    void *of[COUNT_OF(list)]; /* NULL of one that keeps nothing */
};

static void *begin(const void *older)
{
    const struct states *before = older;
    struct states *s = xcalloc(1, sizeof(*s));

    for (size_t i = 0; i < COUNT_OF(list); i++)
        if (list[i]->begin != NULL)
            s->of[i] = list[i]->begin(before == NULL ? NULL : before->of[i]);
    return s;
}

static bool admit(const void *state, const struct door_view *v, const struct change *c, struct arena *a,
                  struct err *e)
{
    const struct states *s = state;

    for (size_t i = 0; i < COUNT_OF(list); i++)
        if (!list[i]->admit(s->of[i], v, c, a, e))
            return false;
    return true;
}

static void admitted(void *state, const struct change *c)
{
    const struct states *s = state;

    for (size_t i = 0; i < COUNT_OF(list); i++)
        if (list[i]->admitted != NULL)
            list[i]->admitted(s->of[i], c);
}

static bool write_all(void *state, const struct world *w, struct sql_tx *tx, struct err *e)
{
    const struct states *s = state;

    for (size_t i = 0; i < COUNT_OF(list); i++)
        if (list[i]->write != NULL && !list[i]->write(s->of[i], w, tx, e))
            return false;
    return true;
}

static void end(void *state)
{
    struct states *s = state;

    for (size_t i = 0; i < COUNT_OF(list); i++)
        if (list[i]->end != NULL)
            list[i]->end(s->of[i]);
    free(s);
}

/* One guard at most keeps who holds what. */
static bool holders(const void *state, const struct door_view *v, struct uuid resource, int64_t from,
                    struct arena *a, struct uuid **ret, size_t *ret_n, struct err *e)
{
    const struct states *s = state;

    for (size_t i = 0; i < COUNT_OF(list); i++)
        if (list[i]->holders != NULL)
            return list[i]->holders(s->of[i], v, resource, from, a, ret, ret_n, e);
    return true;
}

const struct door_guard all_guards = {begin, admit, admitted, write_all, end, holders};
