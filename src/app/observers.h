/* observers.h -- the door has one observer; those who observe are several. */
#ifndef APP_OBSERVERS_H
#define APP_OBSERVERS_H

#include "record/record.h"

/* The counters of measure/, the outbox of notice/ and the accounts of ledger/. */
extern const struct door_observer all_observers;

#endif
