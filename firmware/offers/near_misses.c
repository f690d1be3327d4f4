/* SPDX-License-Identifier: Apache-2.0 */
/* What the shopper lacks for more: of offers that were not given, and of those that would give more. */
#include "offers/engine.h"
#include "offers/kinds/kinds.h"

/* Reasons that a little more of something cures. */
static bool is_curable(enum offers_reason reason)
{
    return reason == OFFERS_QUANTITY_TOO_SMALL || reason == OFFERS_AMOUNT_TOO_SMALL ||
           reason == OFFERS_LINE_TOO_SMALL;
}

/* What would come of the offer if its first failing condition held: e->figures gets the value; false: more than
 * that one fails. */
static bool value_missing(struct engine *e, const struct book_offer *offer, uint32_t index)
{
    struct figures kept = e->figures;
    unsigned failing = 0;
    for (uint32_t i = 0; i < offer->conditions.count; i++) {
        struct book_condition condition = book_condition_at(e->book, offer, i);
        failing += offers_test_condition(e, offer, &condition) != OFFERS_GIVEN ? 1 : 0;
    }
    struct line_set matched;
    if (failing == 1 && offers_kind_of(offer->kind)->propose != NULL &&
        offers_find_target(e, offer, &matched) == OFFERS_GIVEN &&
        offers_work_out_discount(e, offer, index, &matched) == OFFERS_GIVEN)
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

static void note(struct engine *e, uint32_t index, const struct figures *figures, enum offers_figure figure)
{
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

void offers_note_missing(struct engine *e, const struct book_offer *offer, uint32_t index,
                         enum offers_reason reason)
{
    uint32_t coupon;
    if (!is_curable(reason) || offers_check_coupon(e, offer, &coupon) != OFFERS_GIVEN)
        return;
    if (value_missing(e, offer, index))
        note(e, index, &e->figures, offers_reason_row(reason)->figures);
}

void offers_note_next(struct engine *e, uint32_t index)
{
    if (e->next.figure != OFFERS_NO_FIGURE)
        note(e, index, &e->next, e->next.figure);
}
