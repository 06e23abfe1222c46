/* calendar.h -- working days with 调休, working hours, limits -> due times.
 * A calendar is immutable; days it does not list follow Monday to Friday. */
#ifndef CALENDAR_CALENDAR_H
#define CALENDAR_CALENDAR_H

#include "base/base.h"
#include "pack/pack.h"
#include "sql/sql.h"

struct calendar;
struct work_hours { /* minutes after local midnight; parts in order, end exclusive */
    int n;
    struct {
        int from, to;
    } part[4];
};

/* 09:00–12:00 and 13:30–17:30, +08:00, until told otherwise. */
struct calendar *calendar_create(int offset_min,
                                 const struct work_hours *hours /* NULL: default */) NEVER_NULL;
void calendar_free(struct calendar **c);
/* Marks one local day (days since 1970). Only before first use. */
void calendar_set_day(struct calendar *c, int64_t day, bool working, const char *name);
MUST_USE bool calendar_load(struct sql *db, int64_t district, int offset_min, struct calendar **ret,
                            struct err *e);
/* CSV: date,is_workday,name,kind. Upserts. */
MUST_USE bool calendar_import_csv(struct sql *db, int64_t district, const char *csv, size_t n,
                                  int64_t *ret_days, struct err *e);

/* A day as somebody has decided; names have at most CALENDAR_NAME_CHARS. */
enum { CALENDAR_NAME_CHARS = 60 };
struct calendar_day {
    int64_t day;
    bool working;
    const char *name;
};
MUST_USE bool calendar_put(struct sql_tx *tx, int64_t district, const struct calendar_day *days, size_t n,
                           struct err *e);

bool calendar_is_workday(const struct calendar *c, int64_t day);
/* What the day is called ("国庆节"), "" if nothing. */
const char *calendar_day_name(const struct calendar *c, int64_t day);
int calendar_offset_min(const struct calendar *c);
/* When a limit that starts at `from` is due. Minutes, hours, days: on the wall clock.
 * Working hours: counted within working hours only. Working days: the end of
 * working hours on the n-th working day after the day of `from` (计算期限的日不算). */
int64_t calendar_due(const struct calendar *c, int64_t from, struct limit l);
/* Working time between two instants, in ms (0 if to <= from). */
int64_t calendar_work_ms(const struct calendar *c, int64_t from, int64_t to);
/* The instant at which `ms` of working time after `from` have passed. */
int64_t calendar_add_work(const struct calendar *c, int64_t from, int64_t ms);
/* True if a limit's clock only runs in working time. */
bool limit_is_working(struct limit l);

#endif
