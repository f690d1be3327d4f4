/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals made real. */
#include "offers/engine.h"

#define MILLI 1000

static void give_row(struct engine *e, const struct offers_discount *discount, uint8_t step)
{
    struct line_state *line = &e->lines[discount->line];
    struct offers_discount *row = &e->discounts[e->discount_count++];
    *row = *discount;
    row->sequence = ++line->row_count;
    row->base_minor = line->running;
    line->running -= discount->amount_minor;
    offers_amounts_changed(e);
    line->basket_taken += step == BOOK_STEP_BASKET ? discount->amount_minor : 0;
}

void offers_give_rows(struct engine *e, const struct offers_discount *row, uint8_t step)
{
    const struct proposal *proposal = &e->proposal;
    struct offers_discount discount = *row;
    discount.percent_bp = proposal->percent_bp;
    discount.prorate_from = proposal->is_together ? ++e->prorate_count : 0;
    for (uint32_t i = 0; i < proposal->count; i++) {
        const struct proposal_row *proposed = &proposal->rows[i];
        struct line_state *line = &e->lines[proposed->line];
        discount.line = proposed->line;
        discount.wanted_minor = proposed->wanted;
        discount.amount_minor = proposed->amount;
        if (proposed->amount > 0)
            give_row(e, &discount, step);
        line->units_used += proposed->units;
        line->used_minor += proposed->units > 0 ? proposed->units_minor - proposed->amount : 0;
    }
}

static uint32_t count_deals(const struct proposal *proposal)
{
    uint32_t given = 0, rows = 0;
    for (uint32_t i = 0; i < proposal->count; i++) {
        given += proposal->rows[i].given_units > 0 ? 1 : 0;
        rows += proposal->rows[i].units > 0 ? 1 : 0;
    }
    return given > 0 ? rows : 0;
}

/* How many deals there are, where a limit has cut the units that they give. */
static uint32_t sets_left(const struct proposal *proposal, uint32_t get_units)
{
    int64_t given = 0;
    for (uint32_t i = 0; i < proposal->count; i++)
        given += proposal->rows[i].given_units;
    if (get_units == 0 || given >= (int64_t)get_units * proposal->sets)
        return proposal->sets;
    return (uint32_t)((given + get_units - 1) / get_units);
}

/* The units that all of these deals were paid with. */
static int64_t paid_of_sets(const struct proposal *proposal, uint32_t get_units, uint32_t sets)
{
    int64_t units = 0;
    if (sets == proposal->sets)
        return INT64_MAX; /* nothing was cut: all the others */
    for (uint32_t i = 0; i < proposal->count; i++)
        units += proposal->rows[i].units;
    return (units / proposal->sets - get_units) * sets;
}

/* The lines of deals whose discount sits on the given units, so that a return can charge them back. */
static void note_deals(struct engine *e, uint32_t offer, uint32_t get_units)
{
    const struct proposal *proposal = &e->proposal;
    if (count_deals(proposal) == 0)
        return;
    uint32_t sets = sets_left(proposal, get_units);
    int64_t paid_left = paid_of_sets(proposal, get_units, sets);
    uint32_t number = proposal->is_together ? e->prorate_count : ++e->prorate_count;
    for (uint32_t i = 0; i < proposal->count; i++) {
        const struct proposal_row *row = &proposal->rows[i];
        if (row->units == 0)
            continue;
        int64_t paid = row->units - row->given_units;
        paid = paid < paid_left ? paid : paid_left;
        paid_left -= paid;
        e->deals[e->deal_count++] = (struct offers_deal){.number = number,
                                                         .offer = offer,
                                                         .line = row->line,
                                                         .paid_milli = paid * MILLI,
                                                         .given_milli = row->given_units * MILLI,
                                                         .sets = sets};
    }
}

static bool has_room(const struct engine *e, const struct book_offer *offer)
{
    const struct proposal *proposal = &e->proposal;
    uint32_t rows = 0;
    for (uint32_t i = 0; i < proposal->count; i++)
        rows += proposal->rows[i].amount > 0 ? 1 : 0;
    return rows <= DISCOUNTS_MAX - e->discount_count && e->given_count < GIVEN_MAX &&
           count_deals(proposal) <= OFFERS_DEALS_MAX - e->deal_count && offers_has_room_for_use(e, offer);
}

enum offers_reason offers_give(struct engine *e, const struct book_offer *offer, uint32_t index,
                               struct offers_explanation *explanation)
{
    if (!has_room(e, offer))
        return OFFERS_TOO_MANY_ROWS;
    struct offers_discount row = {
        .offer = index, .id = offer->id, .version = offer->version, .coupon = BOOK_NONE};
    (void)offers_check_coupon(e, offer, &row.coupon);
    offers_give_rows(e, &row, offer->step);
    note_deals(e, index, offer->give.get_units);
    offers_note_use(e, offer,
                    &(struct offers_use){.offer = index,
                                         .id = offer->id,
                                         .version = offer->version,
                                         .uses = 1,
                                         .units_milli = multiply_saturating(offers_units_given(e), MILLI),
                                         .amount_minor = e->proposal.total});
    offers_note_given(e, offer, index);
    explanation->amount_minor = e->proposal.total;
    return OFFERS_GIVEN;
}
