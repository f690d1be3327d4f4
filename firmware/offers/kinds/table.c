/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/kinds/kinds.h"

/* 0 is no kind. */
static const struct offers_kind *const table[BOOK_KIND_LAST + 1] = {
    [BOOK_PERCENT_OFF] = &offers_percent_off,
    [BOOK_AMOUNT_OFF] = &offers_amount_off,
    [BOOK_FIXED_PRICE] = &offers_fixed_price,
    [BOOK_BUY_GET] = &offers_buy_get,
    [BOOK_POINTS_PER_SPEND] = &offers_points_per_spend,
    [BOOK_POINTS_MULTIPLIER] = &offers_points_multiplier,
    [BOOK_QUANTITY_GROUP] = &offers_quantity_group,
    [BOOK_TIERED_PERCENT] = &offers_tiered_percent,
    [BOOK_TIERED_AMOUNT] = &offers_tiered_amount,
    [BOOK_FIRST_AND_MORE] = &offers_first_and_more,
    [BOOK_CHEAPEST_UNIT] = &offers_cheapest_unit,
    [BOOK_NTH_FREE] = &offers_nth_free,
    [BOOK_BUNDLE] = &offers_bundle,
    [BOOK_FREE_UNITS] = &offers_free_units,
    [BOOK_GIFT_LINE] = &offers_gift_line,
    [BOOK_POINTS_PER_UNIT] = &offers_points_per_unit,
    [BOOK_POINTS_PER_VISIT] = &offers_points_per_visit,
    [BOOK_STAMPS] = &offers_stamps,
    [BOOK_COUPON] = &offers_coupon,
    [BOOK_MESSAGE_SHOWN] = &offers_message,
    [BOOK_QUESTION] = &offers_question,
    [BOOK_SUGGESTION] = &offers_suggestion,
    [BOOK_TICKET] = &offers_ticket,
    [BOOK_PRICE] = &offers_price_rule,
    [BOOK_MIX] = &offers_mix,
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
