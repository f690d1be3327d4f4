/* SPDX-License-Identifier: Apache-2.0 */
/* price: a price rule. The unit price (of a measured line: that of a whole measure) becomes percent_bp or
 * amount_minor lower, or amount_minor, where that is lower. The new price is what is rounded half-up to minor units
 * (OFFERS.md B3): 15 % off 10.50 is 8.93. */
#include "offers/kinds/amounts.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    if (give->price_mode == BOOK_PRICE_PERCENT)
        return offers_need_percent(give);
    if (give->price_mode == BOOK_PRICE_AMOUNT)
        return offers_need_amount(give);
    if (give->amount_minor < 0 || give->amount_minor > BOOK_AMOUNT_MAX)
        return (struct offers_fault){"give.amount", "is negative or too large"};
    return (struct offers_fault){NULL, NULL};
}

/* The new price in minor units; -1: it cannot be worked out, so it is no lower. */
static int64_t new_price(int64_t price_e5, const struct book_give *give, int64_t minor_e5)
{
    int64_t part = 0;
    switch ((enum book_price_mode)give->price_mode) {
    case BOOK_PRICE_PERCENT:
        if (money_scale(price_e5, BOOK_PERCENT_MAX_BP - (int64_t)give->percent_bp,
                        BOOK_PERCENT_MAX_BP * minor_e5, &part) != ERR_OK)
            return -1;
        return part;
    case BOOK_PRICE_AMOUNT:
        if (money_scale(price_e5, 1, minor_e5, &part) != ERR_OK)
            return -1;
        return part > give->amount_minor ? part - give->amount_minor : 0;
    case BOOK_PRICE_FIXED:
        return give->amount_minor;
    }
    return -1;
}

static enum offers_reason price(struct engine *e, const struct book_offer *offer,
                                const struct line_set *matched)
{
    int64_t minor_e5 = 100000; /* of the currency's smallest unit */
    for (unsigned i = 0; i < e->basket->exponent; i++)
        minor_e5 /= 10;
    offers_begin_proposal(e, offer->give.price_mode == BOOK_PRICE_PERCENT ? offer->give.percent_bp : 0);
    struct proposal *proposal = &e->proposal;
    FOR_EACH_LINE(e, matched, line)
    {
        int64_t before = e->lines[line].unit_price_e5, after;
        int64_t minor = new_price(before, &offer->give, minor_e5);
        if (minor < 0 || __builtin_mul_overflow(minor, minor_e5, &after) || after >= before)
            continue;
        proposal->rows[proposal->count++] = (struct proposal_row){.line = line, .price_e5 = after};
    }
    return proposal->count > 0 ? OFFERS_GIVEN : OFFERS_NOTHING_TO_GIVE;
}

const struct offers_kind offers_price_rule = {
    .kind = BOOK_PRICE,
    .name = "price",
    .step = {[BOOK_EACH_UNIT] = BOOK_STEP_PRICE},
    .check = check,
    .price = price,
};
