#include "booking/hold.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000, DAY_MIN = 1440, LOOKS_MAX = 400 };

/* --- what a record has --- */

bool booking_held(const struct record *r, struct held *ret)
{
    const struct booking_def *b = r->kind->booking;
    const struct cel_value *what, *from, *to, *amount;

    if (b == NULL || (b->holds >> r->state->index & 1) == 0)
        return false;
    what = &r->values[b->resource->index];
    from = &r->values[b->from->index];
    to = &r->values[b->to->index];
    amount = b->amount == NULL ? NULL : &r->values[b->amount->index];
    *ret = (struct held){.record = r->id, .amount = 1};
    if (what->type != CEL_STRING || from->type != CEL_TIMESTAMP || to->type != CEL_TIMESTAMP ||
        !uuid_parse(what->s, &ret->resource))
        return false;
    ret->from = from->i;
    ret->until = to->i;
    if (amount != NULL && amount->type == CEL_INT && amount->i > 0)
        ret->amount = amount->i;
    return ret->from < ret->until;
}

/* --- opening hours --- */

/* "08:00" of s; the end in *end. -1: it is none. */
static int minute_of(const char *s, const char **end)
{
    int h, m;

    for (int i = 0; i < 5; i++)
        if (i == 2 ? s[i] != ':' : s[i] < '0' || s[i] > '9')
            return -1;
    h = (s[0] - '0') * 10 + s[1] - '0';
    m = (s[3] - '0') * 10 + s[4] - '0';
    *end = s + 5;
    return m < 60 && h * 60 + m <= DAY_MIN ? h * 60 + m : -1;
}

bool hours_parse(const char *s, struct hours *ret)
{
    int last = -1;

    *ret = (struct hours){0};
    if (s == NULL)
        return true;
    for (s += strspn(s, " "); *s != '\0'; s += strspn(s, " ")) {
        const char *end = s;
        int from = minute_of(s, &end), to;

        if (from < 0 || *end != '-' || (to = minute_of(end + 1, &end)) < 0 || to <= from || from <= last ||
            (*end != '\0' && *end != ' ') || ret->n == HOURS_PARTS)
            return false;
        ret->part[ret->n].from = from;
        ret->part[ret->n].to = last = to;
        ret->n++;
        s = end;
    }
    return true;
}

/* Local midnight before it. */
static int64_t midnight(int64_t at, int offset_min)
{
    return (local_day(at, offset_min) * DAY_MIN - offset_min) * MINUTE_MS;
}

/* Until when it stays open from `at` on, at most to the end of the day; `at` itself when it is closed. */
static int64_t open_until(const struct hours *h, int64_t at, int offset_min)
{
    int64_t day = midnight(at, offset_min);

    for (int i = 0; i < h->n; i++)
        if (at >= day + (int64_t)h->part[i].from * MINUTE_MS && at < day + (int64_t)h->part[i].to * MINUTE_MS)
            return day + (int64_t)h->part[i].to * MINUTE_MS;
    return at;
}

bool hours_cover(const struct hours *h, int64_t from, int64_t until, int offset_min)
{
    if (h->n == 0)
        return true;
    /* Only a day that is open to its end goes on into the next. */
    for (int i = 0; i < LOOKS_MAX && from < until; i++) {
        int64_t to = open_until(h, from, offset_min);

        if (to == from)
            return false;
        from = to;
    }
    return from >= until;
}

int64_t hours_next(const struct hours *h, int64_t at, int offset_min)
{
    int64_t day = midnight(at, offset_min);

    if (h->n == 0 || open_until(h, at, offset_min) > at)
        return at;
    for (int i = 0; i < h->n; i++)
        if (day + (int64_t)h->part[i].from * MINUTE_MS > at)
            return day + (int64_t)h->part[i].from * MINUTE_MS;
    return day + ((int64_t)DAY_MIN + h->part[0].from) * MINUTE_MS;
}

/* --- how much is taken --- */

static int by_time(const void *pa, const void *pb)
{
    const struct step *a = pa, *b = pb;

    return a->at < b->at ? -1 : a->at > b->at;
}

size_t held_steps(const struct held *list, size_t n, struct arena *a, struct step **ret)
{
    struct step *s = arena_array(a, struct step, 2 * n + 1);
    size_t made = 0;
    int64_t taken = 0;

    for (size_t i = 0; i < n; i++) {
        s[2 * i] = (struct step){list[i].from, list[i].amount};
        s[2 * i + 1] = (struct step){list[i].until, -list[i].amount};
    }
    qsort(s, 2 * n, sizeof(*s), by_time);
    for (size_t i = 0; i < 2 * n; i++) {
        taken += s[i].taken;
        if (made > 0 && s[made - 1].at == s[i].at)
            made--;
        s[made++] = (struct step){s[i].at, taken};
    }
    *ret = s;
    return made;
}

int64_t steps_most(const struct step *s, size_t n, int64_t from, int64_t until)
{
    int64_t most = 0;

    for (size_t i = 0; i < n && s[i].at < until; i++)
        if ((i + 1 == n || s[i + 1].at > from) && s[i].taken > most)
            most = s[i].taken;
    return most;
}

bool wish_fits(const struct wish *w, const struct offer *o, const struct step *s, size_t n)
{
    return hours_cover(&o->hours, w->from, w->until, o->offset_min) &&
           steps_most(s, n, w->from, w->until) + w->amount <= o->capacity;
}

/* Something can only begin to fit at an opening, or when something else ends. */
static int64_t first_opening(const struct wish *w, const struct offer *o, const struct step *s, size_t n,
                             int64_t from, int64_t to)
{
    int64_t span = w->until - w->from;

    for (int i = 0; i < LOOKS_MAX && from <= to; i++) {
        struct wish one = {from, 0, w->amount};

        one.from = hours_next(&o->hours, from, o->offset_min);
        one.until = one.from + span;
        if (one.from <= to && wish_fits(&one, o, s, n))
            return one.from;
        if (o->hours.n == 0 || one.from > to)
            return 0;
        from = open_until(&o->hours, one.from, o->offset_min);
    }
    return 0;
}

int64_t wish_next(const struct wish *w, const struct offer *o, const struct step *s, size_t n, int64_t latest)
{
    int64_t from = w->from, found;

    for (size_t i = 0; i <= n; i++) {
        int64_t to = i < n && s[i].at < latest ? s[i].at : latest;

        if (to < from)
            continue;
        found = first_opening(w, o, s, n, from, to);
        if (found != 0)
            return found;
        from = to;
    }
    return 0;
}
