/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/dates.h"

#include "base/civil.h"

#define FIRST_DAY (-719528) /* 0000-01-01 */
#define LAST_DAY  2932896   /* 9999-12-31 */

static bool is_day(int64_t day)
{
    return day >= FIRST_DAY && day <= LAST_DAY;
}

static int32_t first_of_month(int32_t year, unsigned month)
{
    return civil_day_of((struct civil_date){year, (uint8_t)month, 1});
}

/* The day after the last one of a month. */
static int32_t after_month(int32_t year, unsigned month)
{
    return month == 12 ? first_of_month(year + 1, 1) : first_of_month(year, month + 1);
}

enum err ledger_add_months(int32_t day, int64_t months, int32_t *out_day)
{
    const int64_t months_max = 12 * 10000;
    if (!is_day(day) || months > months_max || months < -months_max)
        return ERR_RANGE;
    struct civil_date date = civil_date_of(day);
    int64_t count = (int64_t)date.year * 12 + (date.month - 1) + months; /* months since the year 0 */
    if (count < 0 || count >= months_max)
        return ERR_RANGE;
    int32_t year = (int32_t)(count / 12);
    unsigned month = (unsigned)(count % 12) + 1;
    int32_t wanted = first_of_month(year, month) + date.day - 1;
    int32_t last = after_month(year, month) - 1;
    *out_day = wanted < last ? wanted : last;
    return ERR_OK;
}

static enum err add_days(int32_t day, int64_t days, int32_t *out_day)
{
    if (!is_day(day) || !is_day(day + days))
        return ERR_RANGE;
    *out_day = (int32_t)(day + days);
    return ERR_OK;
}

static enum err add_lifetime(int32_t day, const struct ledger_lifetime *lifetime, int32_t *out_day)
{
    switch (lifetime->unit) {
    case LEDGER_DAYS:
        return add_days(day, lifetime->amount, out_day);
    case LEDGER_MONTHS:
        return ledger_add_months(day, lifetime->amount, out_day);
    case LEDGER_YEARS:
        return ledger_add_months(day, (int64_t)lifetime->amount * 12, out_day);
    case LEDGER_UNIT_COUNT:
        break;
    }
    return ERR_ARGUMENT;
}

/* months[rounding]: how many months the period has whose end is taken. */
static const unsigned months_of[LEDGER_ROUNDING_COUNT] = {
    [LEDGER_TO_DAY] = 0, [LEDGER_TO_MONTH_END] = 1, [LEDGER_TO_QUARTER_END] = 3, [LEDGER_TO_YEAR_END] = 12};

enum err ledger_expiry_day(int32_t day, const struct ledger_lifetime *lifetime, int32_t *out_day)
{
    if ((unsigned)lifetime->rounding >= LEDGER_ROUNDING_COUNT ||
        (unsigned)lifetime->unit >= LEDGER_UNIT_COUNT)
        return ERR_ARGUMENT;
    if (lifetime->amount == 0) {
        *out_day = LEDGER_NEVER;
        return ERR_OK;
    }
    int32_t end;
    TRY(add_lifetime(day, lifetime, &end));
    unsigned months = months_of[lifetime->rounding];
    if (months > 0) {
        struct civil_date date = civil_date_of(end);
        unsigned last_month = ((date.month - 1U) / months + 1) * months;
        end = after_month(date.year, last_month);
    }
    *out_day = end;
    return ERR_OK;
}

int32_t ledger_period_start(enum ledger_period period, int32_t day)
{
    struct civil_date date = civil_date_of(day);
    switch (period) {
    case LEDGER_A_DAY:
        return day;
    case LEDGER_A_WEEK:
        return day - (int32_t)civil_weekday_of(day) + 1;
    case LEDGER_A_MONTH:
        return first_of_month(date.year, date.month);
    case LEDGER_A_YEAR:
        return first_of_month(date.year, 1);
    case LEDGER_EVER:
    case LEDGER_PERIOD_COUNT:
        break;
    }
    return 0;
}
