/* SPDX-License-Identifier: Apache-2.0 */
/* dates.h - the days on which points end and limits begin anew, in the store's own calendar. Days are
 * counted from 1970-01-01 (base/civil.h). Pure. SPEC.md says why each rule is as it is. */
#ifndef KASSA_LEDGER_DATES_H
#define KASSA_LEDGER_DATES_H

#include "base/base.h"

#define LEDGER_NEVER 0 /* an expires_day: the points have no end */

/* The numbers of the book's programme (firmware/offers/SPEC.md). */
enum ledger_unit { LEDGER_DAYS = 0, LEDGER_MONTHS, LEDGER_YEARS, LEDGER_UNIT_COUNT };

enum ledger_rounding {
    LEDGER_TO_DAY = 0,
    LEDGER_TO_MONTH_END,
    LEDGER_TO_QUARTER_END,
    LEDGER_TO_YEAR_END,
    LEDGER_ROUNDING_COUNT
};

struct ledger_lifetime {
    uint32_t amount; /* 0: for ever */
    enum ledger_unit unit;
    enum ledger_rounding rounding;
};

/* The first day on which points that were earned on `day` cannot be spent any more: day + lifetime; rounded,
 * it is the day after the end of the month, quarter or year in which that lies. LEDGER_NEVER: they have no
 * end. ERR_ARGUMENT: no such unit or rounding. ERR_RANGE: beyond the year 9999, or `day` before the year 0.
 */
NODISCARD
enum err ledger_expiry_day(int32_t day, const struct ledger_lifetime *lifetime, int32_t *out_day);

/* day + months; where the month is too short, its last day: 31 January + 1 month is the end of February.
 * months may be negative. ERR_RANGE: outside the years 0 to 9999. */
NODISCARD
enum err ledger_add_months(int32_t day, int64_t months, int32_t *out_day);

/* How long a limit lasts: the numbers of kassa_LimitPeriod. */
enum ledger_period {
    LEDGER_EVER = 0,
    LEDGER_A_DAY,
    LEDGER_A_WEEK, /* from Monday */
    LEDGER_A_MONTH,
    LEDGER_A_YEAR,
    LEDGER_PERIOD_COUNT
};

/* The first day of the period in which `day` lies; 0 with LEDGER_EVER, and for a period that is unknown. */
int32_t ledger_period_start(enum ledger_period period, int32_t day);

#endif
