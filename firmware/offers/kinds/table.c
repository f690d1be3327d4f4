/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/kinds/kinds.h"

/* In the order of enum book_kind, which starts at 1. */
static const struct offers_kind *const table[] = {
    &offers_percent_off, &offers_amount_off,       &offers_fixed_price,
    &offers_buy_get,     &offers_points_per_spend, &offers_points_multiplier,
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
    return kind >= 1 && kind <= COUNT_OF(table) ? table[kind - 1] : NULL;
}
