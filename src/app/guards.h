/* guards.h -- the door asks one guard; those who may refuse a change are several. */
#ifndef APP_GUARDS_H
#define APP_GUARDS_H

#include "record/record.h"

/* What is booked is given once; a ballot opens with a roll. The first refusal is the answer. */
extern const struct door_guard all_guards;

#endif
