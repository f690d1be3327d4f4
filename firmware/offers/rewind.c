/* SPDX-License-Identifier: Apache-2.0 */
/* What was given is taken back, so that a part of the pipeline runs again another way. */
#include "offers/engine.h"

struct offers_mark offers_take_mark(const struct engine *e)
{
    struct offers_mark mark = {
        e->discount_count, e->explanation_count, e->earn_count,      e->given_count, e->deal_count,
        e->use_count,      e->prorate_count,     e->near_miss_count, {{0}},          {{0}},
        e->search.outcome, e->search.states};
    memcpy(mark.near_misses, e->near_misses, sizeof(mark.near_misses));
    memcpy(mark.coupons, e->coupons, sizeof(mark.coupons));
    return mark;
}

static void take_back_discount(struct engine *e)
{
    const struct offers_discount *row = &e->discounts[--e->discount_count];
    struct line_state *line = &e->lines[row->line];
    bool is_basket = row->offer == BOOK_NONE ||
                     row_of(e->book, SECTION_OFFERS, row->offer)[OFFER_STEP] == BOOK_STEP_BASKET;
    line->running += row->amount_minor;
    offers_amounts_changed(e);
    line->basket_taken -= is_basket ? row->amount_minor : 0;
    line->row_count--;
}

static void take_back_given(struct engine *e)
{
    uint32_t offer = e->given[--e->given_count];
    e->given_bits[offer / 64] &= ~(UINT64_C(1) << (offer % 64));
    e->lane_given[row_of(e->book, SECTION_OFFERS, offer)[OFFER_LANE]]--;
}

void offers_rewind(struct engine *e, const struct offers_mark *mark)
{
    while (e->discount_count > mark->discount_count)
        take_back_discount(e);
    while (e->given_count > mark->given_count)
        take_back_given(e);
    if (e->earn_count > mark->earn_count)
        memset(e->line_points, 0,
               e->line_count * sizeof(e->line_points[0])); /* marks are set before any is earned */
    e->explanation_count = mark->explanation_count;
    e->earn_count = mark->earn_count;
    e->deal_count = mark->deal_count;
    e->use_count = mark->use_count;
    e->prorate_count = mark->prorate_count;
    e->near_miss_count = mark->near_miss_count;
    e->search.outcome = mark->search;
    e->search.states = mark->search_states;
    memcpy(e->near_misses, mark->near_misses, sizeof(mark->near_misses));
    memcpy(e->coupons, mark->coupons, sizeof(mark->coupons));
}
