/* SPDX-License-Identifier: Apache-2.0 */
/* Price rules (step 1): they set a line's unit price, and with it the amount that all later steps begin with. The
 * resulting price is what is rounded (OFFERS.md B3). */
#include "base/money.h"
#include "offers/engine.h"
#include "offers/kinds/kinds.h"

static const int64_t minor_e5[MONEY_EXPONENT_MAX + 1] = {100000, 10000, 1000, 100, 10};

/* The least whole unit price at which the line is not below its floor. */
static int64_t price_at_floor(const struct engine *e, const struct line_state *line)
{
    int64_t whole = line->floor / line->quantity_milli, rest = line->floor % line->quantity_milli, price;
    if (__builtin_mul_overflow(whole, INT64_C(1000), &price) ||
        __builtin_add_overflow(price, (rest * 1000 + line->quantity_milli - 1) / line->quantity_milli,
                               &price) ||
        __builtin_mul_overflow(price, minor_e5[e->basket->exponent], &price))
        return INT64_MAX;
    return price;
}

/* What the line would cost at that price, or its amount where that is not lower. */
static int64_t amount_at(const struct engine *e, const struct line_state *line, int64_t price_e5)
{
    int64_t amount;
    if (price_e5 >= line->unit_price_e5 ||
        money_extend(price_e5, line->quantity_milli, e->basket->exponent, &amount) != ERR_OK ||
        amount > line->gross)
        return line->gross;
    return amount;
}

/* A price is new for the whole line or not at all: what a limit cuts keeps its price. */
static enum offers_reason limit_prices(struct engine *e, const struct book_offer *offer, uint32_t index)
{
    struct proposal *proposal = &e->proposal;
    enum offers_reason reason = offers_limit_proposal(e, offer, index);
    proposal->total = 0;
    for (uint32_t i = 0; i < proposal->count && reason == OFFERS_GIVEN; i++) {
        struct proposal_row *row = &proposal->rows[i];
        row->amount = row->amount < row->wanted ? 0 : row->amount;
        proposal->total += row->amount;
    }
    return reason == OFFERS_GIVEN && proposal->total == 0 ? OFFERS_LIMIT_REACHED : reason;
}

enum offers_reason offers_work_out_price(struct engine *e, const struct book_offer *offer, uint32_t index,
                                         const struct line_set *matched)
{
    struct proposal *proposal = &e->proposal;
    enum offers_reason reason = offers_kind_of(offer->kind)->price(e, offer, matched);
    if (reason != OFFERS_GIVEN)
        return reason;
    uint32_t kept = 0;
    proposal->total = 0;
    for (uint32_t i = 0; i < proposal->count; i++) {
        struct proposal_row row = proposal->rows[i];
        const struct line_state *line = &e->lines[row.line];
        if (amount_at(e, line, row.price_e5) < line->floor)
            row.price_e5 = price_at_floor(e, line);
        row.wanted = row.amount = line->gross - amount_at(e, line, row.price_e5);
        proposal->total += row.amount;
        if (row.amount > 0)
            proposal->rows[kept++] = row;
    }
    proposal->count = kept;
    return kept > 0 ? limit_prices(e, offer, index) : offers_end_proposal(e, matched);
}

static void set_price(struct engine *e, const struct book_offer *offer, uint32_t index,
                      const struct proposal_row *row)
{
    struct line_state *line = &e->lines[row->line];
    int64_t list_minor = line->list_price_e5 / minor_e5[e->basket->exponent];
    line->gross = line->running = amount_at(e, line, row->price_e5);
    line->unit_price_e5 = row->price_e5;
    line->prior_price_minor = offer->give.prior_price_minor > 0 ? offer->give.prior_price_minor : list_minor;
    line->price_offer = index;
    line->is_reduced = true;
    e->priced[e->priced_count++] = (struct priced){row->line, index};
    offers_prices_changed(e);
}

enum offers_reason offers_give_price(struct engine *e, const struct book_offer *offer, uint32_t index,
                                     struct offers_explanation *explanation)
{
    const struct proposal *proposal = &e->proposal;
    if (e->given_count == GIVEN_MAX || proposal->count > DISCOUNTS_MAX - e->priced_count ||
        !offers_has_room_for_use(e, offer))
        return OFFERS_TOO_MANY_ROWS;
    for (uint32_t i = 0; i < proposal->count; i++) {
        if (proposal->rows[i].amount > 0)
            set_price(e, offer, index, &proposal->rows[i]);
    }
    offers_note_use(e, offer,
                    &(struct offers_use){.offer = index,
                                         .id = offer->id,
                                         .version = offer->version,
                                         .uses = 1,
                                         .units_milli = multiply_saturating(offers_units_given(e), 1000),
                                         .amount_minor = proposal->total});
    offers_note_given(e, offer, index);
    explanation->reduced_minor = proposal->total;
    return OFFERS_GIVEN;
}
