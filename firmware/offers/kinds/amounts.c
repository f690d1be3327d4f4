/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/kinds/amounts.h"

int64_t offers_percent(int64_t amount, uint32_t percent_bp)
{
    int64_t percent = 0;
    enum err error = money_percent(amount, percent_bp, &percent);
    KASSA_ASSERT(error == ERR_OK); /* at most 100 % of an amount */
    return percent;
}

int64_t offers_price_of_units(int64_t amount, int64_t units, int64_t count)
{
    struct unit_prices prices = offers_unit_prices(amount, units);
    return prices.low * count + (count < prices.high_count ? count : prices.high_count);
}

int64_t offers_units_of(const struct engine *e, const struct line_set *lines)
{
    int64_t units = 0;
    FOR_EACH_LINE(e, lines, line)
    units += e->lines[line].units;
    return units;
}

int64_t offers_bounded_units(const struct line_state *line, uint32_t max_units)
{
    return max_units > 0 && max_units < line->units ? max_units : line->units;
}

struct offers_fault offers_need_percent(const struct book_give *give)
{
    if (give->percent_bp == 0 || give->percent_bp > BOOK_PERCENT_MAX_BP)
        return (struct offers_fault){"give.percent", "is not above 0 and at most 100"};
    return (struct offers_fault){NULL, NULL};
}

struct offers_fault offers_need_amount(const struct book_give *give)
{
    if (give->amount_minor <= 0 || give->amount_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.amount", "is not above zero or too large"};
    return (struct offers_fault){NULL, NULL};
}

struct offers_fault offers_need_units(uint32_t units, const char *field)
{
    if (units == 0 || units > BOOK_UNITS_MAX)
        return (struct offers_fault){field, "is zero or too large"};
    return (struct offers_fault){NULL, NULL};
}

struct offers_fault offers_need_count(const struct book_give *give)
{
    if (give->buy_units > BOOK_UNITS_MAX)
        return (struct offers_fault){"give.buy_units", "is too large"};
    if (give->per_minor < 0 || give->per_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.per", "is negative or too large"};
    if ((give->earn_by == BOOK_EARN_PER_SPEND) != (give->per_minor > 0))
        return (struct offers_fault){"give.per", "is wanted if what is spent counts, and only then"};
    return (struct offers_fault){NULL, NULL};
}

bool offers_count_by(const struct engine *e, const struct book_give *give, const struct line_set *lines,
                     int64_t each, int64_t *out_count)
{
    int64_t times = 1;
    if (give->earn_by == BOOK_EARN_PER_UNIT)
        times = offers_units_of(e, lines) / (give->buy_units > 0 ? give->buy_units : 1);
    else if (give->earn_by == BOOK_EARN_PER_SPEND)
        times = offers_earning_base(e, lines, (enum book_basis)give->basis, give->excluded_tenders) /
                give->per_minor;
    if (give->repeats_max > 0 && times > give->repeats_max)
        times = give->repeats_max;
    return !__builtin_mul_overflow(times, each, out_count);
}
