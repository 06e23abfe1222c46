/* clock.h -- instants, civil time, RFC 3339. An instant is UTC milliseconds
 * since 1970 in an int64_t. The engine never reads the wall clock: only edges
 * (HTTP, timer, CLI) call time_now_ms(). */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/base.h"

enum { RFC3339_MAX = 40 };

struct civil {
    int year, month, day; /* month 1..12, day 1..31 */
    int hour, minute, second, ms;
};

int64_t time_now_ms(void);
int64_t time_monotonic_us(void);
/* Days since 1970-01-01 of a proleptic Gregorian date, and back. */
int64_t days_from_civil(int year, int month, int day);
void civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day);
/* 1 = Monday .. 7 = Sunday */
int weekday_of_days(int64_t days);
/* Civil time at a fixed offset east of UTC, in minutes (China: 480). */
struct civil civil_from_ms(int64_t ms, int offset_min);
int64_t ms_from_civil(struct civil c, int offset_min);
/* The local day number an instant falls on. */
int64_t local_day(int64_t ms, int offset_min);
/* 2026-11-21T09:00:00.000+08:00; milliseconds only when not zero. */
void rfc3339_format(int64_t ms, int offset_min, char out[RFC3339_MAX]);
/* Needs a zone ("Z" or ±hh:mm). */
MUST_USE bool rfc3339_parse(const char *s, int64_t *ret_ms);
/* YYYY-MM-DD, a date that exists. */
MUST_USE bool date_parse(const char *s, int64_t *ret_days);
void date_format(int64_t days, char out[16]);

#endif
