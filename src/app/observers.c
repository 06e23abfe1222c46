#include "app/observers.h"

#include "ballot/ballot.h"
#include "ledger/ledger.h"
#include "measure/measure.h"
#include "notice/notice.h"

#include <stdlib.h>

static const struct door_observer *const list[] = {&tally_observer, &notice_observer, &ledger_observer,
                                                   &ballot_observer};

struct states {
    void *of[COUNT_OF(list)];
};

static void *begin(const struct world *w)
{
    struct states *s = xcalloc(1, sizeof(*s));

    for (size_t i = 0; i < COUNT_OF(list); i++)
        s->of[i] = list[i]->begin(w);
    return s;
}

/* The first names the measures. */
static bool observe(void *state, const struct change *c, struct arena *a, const char **ret_names,
                    struct err *e)
{
    const struct states *s = state;
    const char *names;

    for (size_t i = 0; i < COUNT_OF(list); i++)
        if (!list[i]->change(s->of[i], c, a, i == 0 ? ret_names : &names, e))
            return false;
    return true;
}

static void sum(void *state)
{
    const struct states *s = state;

    for (size_t i = 0; i < COUNT_OF(list); i++)
        list[i]->sum(s->of[i]);
}

static bool write_all(void *state, struct sql_tx *tx, struct err *e)
{
    const struct states *s = state;

    for (size_t i = 0; i < COUNT_OF(list); i++)
        if (!list[i]->write(s->of[i], tx, e))
            return false;
    return true;
}

static void end(void *state)
{
    struct states *s = state;

    for (size_t i = 0; i < COUNT_OF(list); i++)
        list[i]->end(s->of[i]);
    free(s);
}

/* One of them knows the books. */
static void books(void *state, const void *older, struct sql_tx *tx, struct books *ret)
{
    const struct states *s = state, *before = older;

    for (size_t i = 0; i < COUNT_OF(list); i++)
        if (list[i]->books != NULL)
            list[i]->books(s->of[i], before == NULL ? NULL : before->of[i], tx, ret);
}

/* One of them reads measures. */
static void figures(void *state, const void *older, struct sql_tx *tx, int64_t today, struct figures *ret)
{
    const struct states *s = state, *before = older;

    for (size_t i = 0; i < COUNT_OF(list); i++)
        if (list[i]->figures != NULL)
            list[i]->figures(s->of[i], before == NULL ? NULL : before->of[i], tx, today, ret);
}

const struct door_observer all_observers = {begin, observe, sum, write_all, end, books, figures};
