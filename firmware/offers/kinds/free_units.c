/* SPDX-License-Identifier: Apache-2.0 */
/* free_units: for each buy_units of the target, get_units of an item on top of the basket, if the target's quantity lies
 * within min_units and max_units; at most repeats_max times. */
#include "offers/kinds/amounts.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)scope;
    struct offers_fault fault = offers_need_units(give->buy_units, "give.buy_units");
    if (fault.field == NULL)
        fault = offers_need_units(give->get_units, "give.get_units");
    if (fault.field == NULL && give->item.size == 0)
        fault = (struct offers_fault){"give.item", "names no item"};
    if (fault.field == NULL && give->max_units > 0 && give->max_units < give->min_units)
        fault = (struct offers_fault){"give.max_units", "is less than the least units"};
    return fault;
}

static enum offers_reason award(struct engine *e, const struct book_offer *offer,
                                const struct line_set *matched)
{
    const struct book_give *give = &offer->give;
    int64_t units = offers_units_of(e, matched);
    int64_t least = give->min_units > give->buy_units ? give->min_units : give->buy_units;
    if (units < least) {
        e->figures = (struct figures){.has = units * 1000, .needs = least * 1000};
        return OFFERS_QUANTITY_TOO_SMALL;
    }
    if (give->max_units > 0 && units > give->max_units) {
        e->figures = (struct figures){.has = units * 1000, .needs = (int64_t)give->max_units * 1000};
        return OFFERS_QUANTITY_TOO_LARGE;
    }
    int64_t times = units / give->buy_units;
    if (give->repeats_max > 0 && times > give->repeats_max)
        times = give->repeats_max;
    e->award.item = give->item;
    return __builtin_mul_overflow(times, (int64_t)give->get_units, &e->award.count) ? OFFERS_OUT_OF_RANGE
                                                                                    : OFFERS_GIVEN;
}

const struct offers_kind offers_free_units = {
    .kind = BOOK_FREE_UNITS,
    .name = "free_units",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_AWARD},
    .check = check,
    .award = award,
};
