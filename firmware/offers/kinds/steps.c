/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/kinds/steps.h"

#include "offers/kinds/amounts.h"

/* What steps are reached by: minor units, or thousandths of a unit. */
static int64_t reached(const struct engine *e, const struct book_offer *offer, const struct line_set *matched)
{
    enum book_base base = (enum book_base)offer->give.tier_base;
    switch ((enum book_tier_by)offer->give.tier_by) {
    case BOOK_TIER_BASKET_AMOUNT:
        return offers_sum(e, &e->discountable, base);
    case BOOK_TIER_MATCHED_AMOUNT:
        return offers_sum(e, matched, base);
    case BOOK_TIER_MATCHED_QUANTITY:
        return offers_units_of(e, matched) * 1000;
    }
    return 0;
}

static bool is_quantity(const struct book_offer *offer)
{
    return offer->give.tier_by == BOOK_TIER_MATCHED_QUANTITY;
}

int64_t offers_value_of_steps(struct engine *e, const struct book_offer *offer,
                              const struct line_set *matched, int64_t base)
{
    int64_t has = reached(e, offer, matched), value = base;
    e->next = (struct figures){.figure = OFFERS_NO_FIGURE};
    for (uint32_t i = 0; i < offer->give.steps.count; i++) {
        struct book_step_row step = book_step_at(e->book, offer, i);
        if (step.threshold <= has) {
            value = step.value;
            continue;
        }
        e->next = (struct figures){.has = has, .needs = step.threshold};
        e->next.figure = is_quantity(offer) ? OFFERS_MILLI : OFFERS_MINOR;
        e->next.effort_minor = is_quantity(offer) ? 0 : step.threshold - has;
        break;
    }
    if (value == 0)
        e->figures = e->next;
    return value;
}

enum offers_reason offers_step_missing(const struct book_offer *offer)
{
    return is_quantity(offer) ? OFFERS_QUANTITY_TOO_SMALL : OFFERS_AMOUNT_TOO_SMALL;
}
