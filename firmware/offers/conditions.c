/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wide.h"
#include "offers/engine.h"
#include "offers/kinds/kinds.h"

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

/* OFFERS_GIVEN: it holds. */
static enum offers_reason check_condition(struct engine *e, const struct book_offer *offer,
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

/* The lines of the offer's target that count, or why there are none. */
static enum offers_reason check_target(struct engine *e, const struct book_offer *offer,
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
    reason = check_target(e, offer, out_matched);
    for (uint32_t i = 0; i < offer->conditions.count && reason == OFFERS_GIVEN; i++) {
        struct book_condition condition = book_condition_at(e->book, offer, i);
        reason = check_condition(e, offer, &condition);
    }
    return reason;
}

bool offers_value_missing(struct engine *e, const struct book_offer *offer, enum offers_reason reason)
{
    if (reason != OFFERS_QUANTITY_TOO_SMALL && reason != OFFERS_AMOUNT_TOO_SMALL)
        return false;
    struct figures kept = e->figures;
    unsigned failing = 0;
    for (uint32_t i = 0; i < offer->conditions.count; i++) {
        struct book_condition condition = book_condition_at(e->book, offer, i);
        failing += check_condition(e, offer, &condition) != OFFERS_GIVEN ? 1 : 0;
    }
    const struct offers_kind *kind = offers_kind_of(offer->kind);
    struct line_set matched;
    if (failing == 1 && kind->propose != NULL && check_target(e, offer, &matched) == OFFERS_GIVEN &&
        kind->propose(e, offer, &matched) == OFFERS_GIVEN)
        kept.value_minor = e->proposal.total;
    e->figures = kept;
    return failing <= 1; /* 0: it is the kind itself that wants more */
}

/* Whether a is worth more for its effort than b; what has no known effort comes last. */
static bool is_better(const struct offers_near_miss *a, const struct offers_near_miss *b)
{
    if ((a->effort_minor == 0) != (b->effort_minor == 0))
        return b->effort_minor == 0;
    /* value / effort, multiplied out; neither is ever negative */
    int order = wide_compare(wide_multiply((uint64_t)a->value_minor, (uint64_t)b->effort_minor),
                             wide_multiply((uint64_t)b->value_minor, (uint64_t)a->effort_minor));
    return order != 0 ? order > 0 : a->value_minor > b->value_minor;
}

/* Near is: half of it is there, or a single unit is missing. */
static bool is_near(int64_t has, int64_t needs, enum offers_figure figure)
{
    return has >= needs - has || (figure == OFFERS_MILLI && needs - has <= 1000);
}

void offers_note_near_miss(struct engine *e, uint32_t index, enum offers_figure figure)
{
    const struct figures *figures = &e->figures;
    if (!is_near(figures->has, figures->needs, figure))
        return;
    struct offers_near_miss miss = {.offer = index,
                                    .missing_is = figure,
                                    .missing = figures->needs - figures->has,
                                    .value_minor = figures->value_minor,
                                    .effort_minor = figures->effort_minor};
    uint32_t at = e->near_miss_count;
    while (at > 0 && is_better(&miss, &e->near_misses[at - 1]))
        at--;
    if (at == OFFERS_NEAR_MISSES_MAX)
        return;
    e->near_miss_count += e->near_miss_count < OFFERS_NEAR_MISSES_MAX ? 1 : 0;
    memmove(&e->near_misses[at + 1], &e->near_misses[at],
            (e->near_miss_count - at - 1) * sizeof(e->near_misses[0]));
    e->near_misses[at] = miss;
}
