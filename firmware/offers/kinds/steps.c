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

/* What it costs to reach the next step: units at the price of the cheapest at hand. */
static int64_t effort_of(const struct engine *e, const struct book_offer *offer,
                         const struct line_set *matched, int64_t missing)
{
    int64_t cheapest = 0;
    if (!is_quantity(offer))
        return missing;
    FOR_EACH_LINE(e, matched, line)
    {
        int64_t price = e->lines[line].running / e->lines[line].units;
        cheapest = cheapest == 0 || (price > 0 && price < cheapest) ? price : cheapest;
    }
    return multiply_saturating(cheapest, (missing - 1) / 1000 + 1);
}

/* What a step of that value gives, as the basket stands. */
static int64_t more_of(const struct engine *e, const struct book_offer *offer, const struct line_set *matched,
                       int64_t value)
{
    if (offer->kind == BOOK_TIERED_AMOUNT)
        return value;
    return offers_percent(offers_sum(e, matched, (enum book_base)offer->give.percent_of), (uint32_t)value);
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
        e->next.effort_minor = effort_of(e, offer, matched, step.threshold - has);
        e->next.value_minor = more_of(e, offer, matched, step.value) - more_of(e, offer, matched, value);
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
