/* group.h -- group commit, bare: clients that each hand in one thing, wait until it is committed
 * and hand in the next, and the one writer that commits what waits. */
#ifndef BENCH_GROUP_H
#define BENCH_GROUP_H

#include <stddef.h>
#include <stdint.h>

struct group_figures {
    size_t done;
    double per_s, p50_ms, p99_ms, batch;
};
/* `clients` threads for run_us. A thing is a number below n_things; `commit` makes those of a batch durable.
 */
struct group_figures group_run(int clients, int64_t run_us, int n_things,
                               void (*commit)(const int *things, int n));

#endif
