/* SPDX-License-Identifier: Apache-2.0 */
/* civil.h - days and times of the proleptic Gregorian calendar as numbers. Pure. */
#ifndef KASSA_CIVIL_H
#define KASSA_CIVIL_H

#include "base/base.h"

/* A day is counted from 1970-01-01 (day 0, a Thursday). */
struct civil_date {
    int32_t year;
    uint8_t month; /* 1 to 12 */
    uint8_t day;   /* 1 to 31 */
};

int32_t civil_day_of(struct civil_date date);
struct civil_date civil_date_of(int32_t day);

/* ISO 8601: Monday is 1, Sunday 7. */
unsigned civil_weekday_of(int32_t day);

/* "2026-11-21" -> day. ERR_SYNTAX: not of that form, or no such day. */
NODISCARD
enum err civil_parse_day(struct span text, int32_t *out_day);

/* Writes "2026-11-21" and a NUL. Years 0 to 9999. */
void civil_format_day(int32_t day, char out[11]);

/* The wall clock in a place whose offset from UTC is known. */
struct civil_moment {
    int32_t day;            /* the local day */
    uint16_t minute_of_day; /* 0 to 1439 */
};
struct civil_moment civil_moment_of(int64_t unix_ms, int32_t utc_offset_min);

#endif
