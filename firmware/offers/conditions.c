/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/engine.h"

static int64_t quantity_of(const struct engine *e, const struct line_set *lines)
{
    int64_t units = 0;
    FOR_EACH_LINE(e, lines, line)
    units += e->lines[line].units;
    return units * 1000;
}

static int64_t cheapest_unit(const struct engine *e, const struct line_set *lines)
{
    int64_t cheapest = 0;
    FOR_EACH_LINE(e, lines, line)
    {
        int64_t price = e->lines[line].running / e->lines[line].units;
        if (price > 0 && (cheapest == 0 || price < cheapest))
            cheapest = price;
    }
    return cheapest;
}

static const struct line_set *lines_that_count(const struct engine *e, const struct book_offer *offer)
{
    return offer->step >= BOOK_STEP_EARN ? &e->earnable : &e->discountable;
}

enum offers_reason offers_test_condition(struct engine *e, const struct book_offer *offer,
                                         const struct book_condition *condition)
{
    struct line_set lines;
    offers_match(e, condition->selector, &lines);
    line_set_intersect(e, &lines, lines_that_count(e, offer));
    struct figures *figures = &e->figures;
    *figures = (struct figures){.needs = condition->value};
    switch (condition->kind) {
    case BOOK_MIN_QUANTITY:
        figures->has = quantity_of(e, &lines);
        if (figures->has >= figures->needs)
            return OFFERS_GIVEN;
        figures->effort_minor =
            multiply_saturating(cheapest_unit(e, &lines), (figures->needs - figures->has - 1) / 1000 + 1);
        return OFFERS_QUANTITY_TOO_SMALL;
    case BOOK_MIN_AMOUNT:
        figures->has = offers_sum(e, &lines, (enum book_base)condition->base);
        if (figures->has >= figures->needs)
            return OFFERS_GIVEN;
        figures->effort_minor = figures->needs - figures->has;
        return OFFERS_AMOUNT_TOO_SMALL;
    case BOOK_MAX_QUANTITY:
        figures->has = quantity_of(e, &lines);
        return figures->has <= figures->needs ? OFFERS_GIVEN : OFFERS_QUANTITY_TOO_LARGE;
    default: /* the book's number, not an enum's value: a newer program's condition */
        return OFFERS_UNKNOWN_KIND;
    }
}

enum offers_reason offers_find_target(struct engine *e, const struct book_offer *offer,
                                      struct line_set *out_matched)
{
    offers_match(e, offer->target, out_matched);
    if (line_set_is_empty(e, out_matched))
        return OFFERS_NO_MATCHING_ITEM;
    line_set_intersect(e, out_matched, lines_that_count(e, offer));
    return line_set_is_empty(e, out_matched) ? OFFERS_LINE_EXCLUDED : OFFERS_GIVEN;
}

enum offers_reason offers_check_offer(struct engine *e, const struct book_offer *offer,
                                      struct line_set *out_matched)
{
    e->figures = (struct figures){0};
    enum offers_reason reason = offers_check_static(e->book, offer, &e->audience, e->moment);
    if (reason != OFFERS_GIVEN)
        return reason;
    reason = offers_find_target(e, offer, out_matched);
    for (uint32_t i = 0; i < offer->conditions.count && reason == OFFERS_GIVEN; i++) {
        struct book_condition condition = book_condition_at(e->book, offer, i);
        reason = offers_test_condition(e, offer, &condition);
    }
    return reason;
}
