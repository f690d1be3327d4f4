/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/kinds/kinds.h"

/* In the order of enum book_kind; 0 is no kind. */
static const struct offers_kind *const table[BOOK_KIND_LAST + 1] = {
    [BOOK_PERCENT_OFF] = &offers_percent_off,           [BOOK_AMOUNT_OFF] = &offers_amount_off,
    [BOOK_FIXED_PRICE] = &offers_fixed_price,           [BOOK_BUY_GET] = &offers_buy_get,
    [BOOK_POINTS_PER_SPEND] = &offers_points_per_spend, [BOOK_POINTS_MULTIPLIER] = &offers_points_multiplier,
};

size_t offers_kind_count(void)
{
    return COUNT_OF(table);
}

const struct offers_kind *offers_kind_at(size_t i)
{
    return table[i];
}

const struct offers_kind *offers_kind_of(uint16_t kind)
{
    return kind < COUNT_OF(table) ? table[kind] : NULL;
}
