#include "http/traffic.h"

#include "base/metric.h"

#include <stdio.h>
#include <stdlib.h>

/* Every status we answer with; the last place is for any other. */
static const int statuses[] = {200, 201, 202, 204, 206, 304, 400, 401, 403, 404,
                               405, 409, 413, 415, 416, 422, 429, 500, 503, 0};
static const char *const methods[METHOD__MAX] = {
    [GET] = "GET", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE"};
enum { LABELS_MAX = 256 };

struct place {
    struct metric seconds;
    _Atomic uint64_t answers[COUNT_OF(statuses)];
};
struct traffic {
    size_t n;
    struct place *place; /* on a cache line, as their cells must be */
};

struct traffic *traffic_create(size_t n_routes)
{
    static const struct metric seconds = METRIC(METRIC_SECONDS, "wangge_http_request_seconds", "");
    struct traffic *t = xcalloc(1, sizeof *t);
    void *places = NULL;

    t->n = TRAFFIC_ROUTES + n_routes;
    if (posix_memalign(&places, METRIC_LINE, t->n * sizeof *t->place) != 0)
        abort();
    t->place = places;
    for (size_t i = 0; i < t->n; i++)
        t->place[i] = (struct place){.seconds = seconds};
    return t;
}

void traffic_free(struct traffic **t)
{
    if (*t == NULL)
        return;
    free((*t)->place);
    free(*t);
    *t = NULL;
}

void traffic_note(struct traffic *t, size_t place, int status, int64_t from_us)
{
    size_t i = 0;

    while (statuses[i] != status && statuses[i] != 0)
        i++;
    atomic_fetch_add_explicit(&t->place[place].answers[i], 1, memory_order_relaxed);
    metric_since(&t->place[place].seconds, from_us);
}

static void labels(size_t place, const struct route *const *routes, char out[LABELS_MAX])
{
    const struct route *r = place < TRAFFIC_ROUTES ? NULL : routes[place - TRAFFIC_ROUTES];

    if (r != NULL)
        (void)snprintf(out, LABELS_MAX, "method=\"%s\",route=\"%s\"", methods[r->method], r->path);
    else
        (void)snprintf(out, LABELS_MAX, "method=\"\",route=\"%s\"",
                       place == TRAFFIC_PAGE ? "(page)" : "(none)");
}

static void write_answers(const struct place *p, const char *route, struct buf *out)
{
    char all[LABELS_MAX + 32], status[8];

    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        uint64_t n = atomic_load_explicit(&p->answers[i], memory_order_relaxed);

        if (n == 0)
            continue;
        (void)snprintf(status, sizeof status, "%d", statuses[i]);
        (void)snprintf(all, sizeof all, "%s,status=\"%s\"", route, statuses[i] == 0 ? "other" : status);
        metric_line(out, "wangge_http_answers_total", all, (double)n);
    }
}

void traffic_write(const struct traffic *t, const struct route *const *routes, struct buf *out)
{
    char route[LABELS_MAX];

    metric_head(out, "wangge_http_answers_total", "counter", "Answers by route and status.");
    for (size_t i = 0; i < t->n; i++) {
        labels(i, routes, route);
        write_answers(&t->place[i], route, out);
    }
    metric_head(out, "wangge_http_request_seconds", "histogram",
                "From the header of a request to its answer, waiting for the writer included.");
    for (size_t i = 0; i < t->n; i++) {
        if (metric_value(&t->place[i].seconds) == 0)
            continue;
        labels(i, routes, route);
        metric_histogram(out, &t->place[i].seconds, route);
    }
}
