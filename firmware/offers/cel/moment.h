/* SPDX-License-Identifier: Apache-2.0 */
/* moment.h - timestamps and durations: reading, writing, parts of the calendar. Private to this module. Pure. */
#ifndef KASSA_OFFERS_CEL_MOMENT_H
#define KASSA_OFFERS_CEL_MOMENT_H

#include "base/base.h"

#define CEL_UNIX_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define CEL_UNIX_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define CEL_SECOND   INT64_C(1000000000)
#define CEL_MOMENT_TEXT_SIZE                                                                                 \
    120 /* more than any takes: numbers are written as if they could be of any length */

struct cel_moment {
    int64_t unix_s;
    uint32_t nanoseconds; /* below 10^9 */
};

static inline bool cel_moment_is_valid(struct cel_moment moment)
{
    return moment.unix_s >= CEL_UNIX_MIN && moment.unix_s <= CEL_UNIX_MAX && moment.nanoseconds < CEL_SECOND;
}

/* RFC 3339: "2026-11-21T10:00:00.5+01:00". ERR_SYNTAX; ERR_RANGE: outside 0001 to 9999 UTC. */
NODISCARD
enum err cel_moment_read(struct span text, struct cel_moment *out);
/* In UTC, without those zeros at the fraction's end. */
size_t cel_moment_write(struct cel_moment moment, uint8_t out[CEL_MOMENT_TEXT_SIZE]);

/* ERR_RANGE: outside what timestamps (durations) can be. */
NODISCARD
enum err cel_moment_add(struct cel_moment moment, int64_t duration, struct cel_moment *out);
NODISCARD
enum err cel_moment_subtract(struct cel_moment a, struct cel_moment b, int64_t *out_duration);

/* "1h30m1.5s", "-20ms": decimals with a unit each. ERR_SYNTAX, ERR_RANGE. */
NODISCARD
enum err cel_duration_read(struct span text, int64_t *out);
/* "5400.5s" */
size_t cel_duration_write(int64_t duration, uint8_t out[CEL_MOMENT_TEXT_SIZE]);

/* "+02:00", "-09:30", "02:00": seconds; false: not of that form. */
bool cel_offset_read(struct span text, int32_t *out_offset_s);

enum cel_part {
    CEL_PART_YEAR,
    CEL_PART_MONTH,        /* from 0 */
    CEL_PART_DAY_OF_YEAR,  /* from 0 */
    CEL_PART_DAY_OF_MONTH, /* from 0 */
    CEL_PART_DATE,         /* from 1 */
    CEL_PART_DAY_OF_WEEK,  /* Sunday is 0 */
    CEL_PART_HOURS,
    CEL_PART_MINUTES,
    CEL_PART_SECONDS,
    CEL_PART_MILLISECONDS
};
/* Of the moment as clocks show it so many seconds east of UTC. */
int64_t cel_moment_part(struct cel_moment moment, int32_t offset_s, enum cel_part part);
/* Hours to milliseconds: whole hours, minutes, seconds of it; milliseconds within the second. */
int64_t cel_duration_part(int64_t duration, enum cel_part part);

#endif
