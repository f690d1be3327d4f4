/* SPDX-License-Identifier: Apache-2.0 */
/* What the shopper lacks for more: of offers that were not given, and of those that would give more. */
#include "offers/best.h"
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

static void note(struct engine *e, uint32_t index, const struct figures *figures, enum offers_figure figure)
{
    if (!offers_is_near(figures->has, figures->needs, figure))
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

/* ---- what would come on top of what is given */

/* The next deal of an offer, of the units that serve none. */
struct next_deal {
    int64_t has, needs; /* units */
    int64_t price;      /* of the cheapest units that make it up */
    int64_t counted, counted_price;
    int64_t effort;
};

/* Units of the lines that serve no deal, and the price of the cheapest; 0: all of them do. */
static int64_t spare_units(const struct engine *e, const struct line_set *lines, int64_t *out_cheapest)
{
    int64_t units = 0, cheapest = 0;
    FOR_EACH_LINE(e, lines, line)
    {
        const struct line_state *state = &e->lines[line];
        int64_t spare = state->units - state->units_used;
        int64_t of = spare > 0 ? spare : state->units;
        int64_t price = (spare > 0 ? state->running - state->used_minor : state->gross) / of;
        units += spare > 0 && price > 0 ? spare : 0;
        cheapest = cheapest == 0 || (price > 0 && price < cheapest) ? price : cheapest;
    }
    *out_cheapest = cheapest;
    return units;
}

static bool overlap(const struct engine *e, const struct line_set *a, const struct line_set *b)
{
    for (uint32_t i = 0; i < e->word_count; i++) {
        if ((a->words[i] & b->words[i]) != 0)
            return true;
    }
    return false;
}

/* false: one of its parts is not in the basket at all, or parts want the same goods, which nobody could be told. */
static bool add_up(const struct engine *e, const struct deal_terms *terms, struct next_deal *next)
{
    for (uint32_t i = 0; i < terms->part_count; i++) {
        const struct deal_part *part = &terms->parts[i];
        int64_t cheapest, spare = spare_units(e, &part->lines, &cheapest);
        int64_t has = spare < part->units ? spare : part->units;
        if (cheapest == 0 || (i > 0 && overlap(e, &part->lines, &terms->parts[i - 1].lines)))
            return false;
        next->has += has;
        next->needs += part->units;
        next->price += multiply_saturating(cheapest, part->units);
        next->effort += multiply_saturating(cheapest, part->units - has);
        next->counted += part->counts ? part->units : 0;
        if (part->counts && (next->counted_price == 0 || cheapest < next->counted_price))
            next->counted_price = cheapest;
    }
    return next->has > 0 && next->has < next->needs && next->price >= 0 && next->effort >= 0;
}

static int64_t value_of_next(const struct deal_terms *terms, const struct next_deal *next)
{
    int64_t units = terms->some_units > 0 ? terms->some_units : next->counted, value = 0;
    int64_t saved = next->counted_price - terms->amount_minor;
    switch (terms->mode) {
    case DEAL_PERCENT:
        return money_percent(multiply_saturating(next->counted_price, units), terms->percent_bp, &value) ==
                       ERR_OK
                   ? value
                   : 0;
    case DEAL_EACH:
        return multiply_saturating(terms->amount_minor, units);
    case DEAL_UNIT_PRICE:
        return saved > 0 ? multiply_saturating(saved, units) : 0;
    case DEAL_SUM:
        return terms->amount_minor;
    case DEAL_PRICE:
        return next->price > terms->amount_minor ? next->price - terms->amount_minor : 0;
    }
    return 0;
}

/* How many deals the offer has made, by its rows in e->proposal. */
static int64_t deals_made(const struct engine *e, const struct deal_terms *terms)
{
    int64_t units = 0, of_one = 0;
    for (uint32_t i = 0; i < e->proposal.count; i++)
        units += e->proposal.rows[i].units;
    for (uint32_t i = 0; i < terms->part_count; i++)
        of_one += terms->parts[i].units;
    return of_one > 0 ? units / of_one : 0;
}

static void find_next_deal(struct engine *e, const struct book_offer *offer)
{
    const struct offers_kind *kind = offers_kind_of(offer->kind);
    struct deal_terms terms;
    struct line_set matched;
    struct next_deal next = {0};
    if (kind->deal == NULL || offers_find_target(e, offer, &matched) != OFFERS_GIVEN ||
        !kind->deal(e, offer, &matched, &terms) ||
        (terms.repeats_max > 0 && deals_made(e, &terms) >= terms.repeats_max) || !add_up(e, &terms, &next))
        return;
    e->next = (struct figures){.has = next.has * 1000,
                               .needs = next.needs * 1000,
                               .value_minor = value_of_next(&terms, &next),
                               .effort_minor = next.effort,
                               .figure = OFFERS_MILLI};
}

/* What the deal is worth for which an offer lacks units; 0: nothing, or it is no deal that it lacks. */
static int64_t value_of_first_deal(struct engine *e, const struct book_offer *offer)
{
    e->next = (struct figures){.figure = OFFERS_NO_FIGURE};
    offers_begin_proposal(e, /* percent_bp= */ 0);
    find_next_deal(e, offer);
    return e->next.figure != OFFERS_NO_FIGURE ? e->next.value_minor : 0;
}

/* A discount that would be nothing is no news; what is no discount has no value, and comes last. */
void offers_note_missing(struct engine *e, struct book_offer *offer, uint32_t index,
                         enum offers_reason reason)
{
    uint32_t coupon;
    enum offers_figure figure = offers_reason_row(reason)->figures;
    if (!is_curable(reason) || !offers_is_near(e->figures.has, e->figures.needs, figure) ||
        offers_check_coupon(e, offer, &coupon) != OFFERS_GIVEN)
        return;
    bool is_discount = offers_kind_of(offer->kind)->propose != NULL;
    if (is_discount)
        book_offer_give_at(e->book, index, offer);
    if (!value_missing(e, offer, index))
        return;
    if (e->figures.value_minor == 0 && is_discount)
        e->figures.value_minor = value_of_first_deal(e, offer);
    if (e->figures.value_minor > 0 || !is_discount)
        note(e, index, &e->figures, figure);
}

void offers_note_next(struct engine *e, const struct book_offer *offer, uint32_t index)
{
    if (e->next.figure == OFFERS_NO_FIGURE)
        find_next_deal(e, offer);
    if (e->next.figure != OFFERS_NO_FIGURE && e->next.value_minor > 0)
        note(e, index, &e->next, e->next.figure);
}
