#include "app/worlds.h"

#include "base/clock.h"
#include "calendar/calendar.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { KEEP_MS = 15 * 60 * 1000 };
static const size_t DIRECTORY_ARENA = (size_t)1 << 30;

struct snapshot {
    struct world world;
    struct area_tree *areas;
    struct calendar *calendar;
    struct arena *people;
    struct snapshot *older;
    int64_t retired_at;
};

struct worlds {
    struct sql *db;
    struct world fixed;
    struct rules *rules;
    _Atomic(struct snapshot *) current;
    pthread_mutex_t lock; /* one reload at a time */
};

static void snapshot_free(struct snapshot **s)
{
    if (*s == NULL)
        return;
    area_tree_free(&(*s)->areas);
    calendar_free(&(*s)->calendar);
    arena_free(&(*s)->people);
    free(*s);
    *s = NULL;
}

static bool make(const struct worlds *w, struct snapshot **ret, struct err *e)
{
    AUTO(snapshot_free) struct snapshot *s = xcalloc(1, sizeof(*s));
    struct directory *people = NULL;

    s->people = arena_create(DIRECTORY_ARENA);
    if (!area_tree_load(w->db, w->fixed.district, time_now_ms(), &s->areas, e) ||
        !calendar_load(w->db, w->fixed.district, w->fixed.offset_min, &s->calendar, e) ||
        !directory_load(w->db, w->fixed.privacy, w->fixed.district, s->people, &people, e))
        return false;
    s->world = w->fixed;
    if (!rules_now(w->rules, &s->world.packs, &s->world.eras, e))
        return false;
    s->world.areas = s->areas;
    s->world.calendar = s->calendar;
    s->world.people = people;
    *ret = s;
    s = NULL;
    return true;
}

/* Nobody reads a snapshot for as long as KEEP_MS: requests are far shorter. */
static void drop_old(struct snapshot *newest, int64_t now)
{
    struct snapshot **p = &newest->older;

    while (*p != NULL) {
        struct snapshot *s = *p;

        if (now - s->retired_at < KEEP_MS) {
            p = &s->older;
            continue;
        }
        *p = s->older;
        snapshot_free(&s);
    }
}

bool worlds_open(struct sql *db, const struct world *fixed, struct rules *rules, struct worlds **ret,
                 struct err *e)
{
    AUTO(worlds_close) struct worlds *w = xcalloc(1, sizeof(*w));

    w->db = db;
    w->fixed = *fixed;
    w->rules = rules;
    (void)pthread_mutex_init(&w->lock, NULL);
    if (!worlds_reload(w, e))
        return false;
    *ret = w;
    w = NULL;
    return true;
}

void worlds_close(struct worlds **w)
{
    if (*w == NULL)
        return;
    for (struct snapshot *s = atomic_load(&(*w)->current), *older; s != NULL; s = older) {
        older = s->older;
        snapshot_free(&s);
    }
    (void)pthread_mutex_destroy(&(*w)->lock);
    free(*w);
    *w = NULL;
}

const struct world *worlds_current(struct worlds *w)
{
    return &atomic_load(&w->current)->world;
}

bool worlds_reload(struct worlds *w, struct err *e)
{
    struct snapshot *s = NULL, *old;
    bool ok;

    (void)pthread_mutex_lock(&w->lock);
    ok = make(w, &s, e);
    if (ok) {
        old = atomic_load(&w->current);
        s->older = old;
        if (old != NULL)
            old->retired_at = time_now_ms();
        drop_old(s, time_now_ms());
        atomic_store(&w->current, s);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return ok;
}
