/* trial.h -- what commands would come to, one after another, without keeping anything: a dry run beside a
 * running server. */
#ifndef RECORD_TRIAL_H
#define RECORD_TRIAL_H

#include "record/record.h"

struct trial;
/* As that door would judge. What one batch takes (`unique:` of kinds) counts for the next, until the trial
 * ends. */
struct trial *trial_create(const struct door *d) NEVER_NULL;
void trial_free(struct trial **t);
/* As door_batch(), with the snapshot `w`; `calls` is told of each, `done` with the record as it would be. */
MUST_USE bool trial_batch(struct trial *t, const struct world *w, const struct command *const *cs, size_t n,
                          const struct door_batch_calls *calls, struct err *e);

#endif
