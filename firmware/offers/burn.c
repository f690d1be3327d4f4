/* SPDX-License-Identifier: Apache-2.0 */
/* Points that are burned (step 6): how many, and, where they are a discount, on which lines they fall. */
#include "base/money.h"
#include "offers/engine.h"

#define ALL_BP 10000

/* The part of an amount that points may pay, floored. */
static int64_t share_of(int64_t payable_minor, uint32_t share_bp)
{
    if (share_bp == 0 || share_bp >= ALL_BP)
        return payable_minor;
    return payable_minor / ALL_BP * share_bp + payable_minor % ALL_BP * share_bp / ALL_BP;
}

void offers_burn(const struct book_programme *programme, int64_t available, int64_t wanted,
                 int64_t payable_minor, struct offers_burned *out_burned)
{
    *out_burned = (struct offers_burned){.as = programme->burn_as};
    if (programme->burn_points == 0 || programme->burn_value_minor <= 0 || payable_minor <= 0)
        return;
    int64_t points = wanted < available ? wanted : available;
    int64_t steps = points > 0 ? points / programme->burn_points : 0;
    int64_t steps_payable =
        share_of(payable_minor, programme->burn_share_max_bp) / programme->burn_value_minor;
    steps = steps < steps_payable ? steps : steps_payable;
    if (steps == 0 || steps * programme->burn_points < programme->burn_min_points)
        return;
    out_burned->points = steps * programme->burn_points; /* at most what is available */
    out_burned->value_minor = steps * programme->burn_value_minor;
}

/* What points may pay: as a discount what the lines may still lose, as a tender whatever is left to pay. */
static int64_t burnable(const struct engine *e, uint8_t as)
{
    int64_t sum = 0, tax = 0;
    for (uint32_t i = 0; i < e->line_count; i++) {
        const struct line_state *line = &e->lines[i];
        if (as == BOOK_BURN_AS_TENDER) {
            sum += line->running;
            tax += offers_line_tax(e, i).on_top;
        } else if (line_set_has(&e->discountable, i)) {
            sum += line_takeable(line);
        }
    }
    return tax > INT64_MAX - (sum > 0 ? sum : 0) ? sum : sum + tax;
}

void offers_burn_points(struct engine *e, int64_t available)
{
    const struct book_programme *programme = &e->book->header.programme_rules;
    e->burned = (struct offers_burned){.as = programme->burn_as};
    if (e->basket->burn_points <= 0)
        return;
    struct offers_burned burned;
    offers_burn(programme, available, e->basket->burn_points, burnable(e, programme->burn_as), &burned);
    if (burned.points == 0)
        return;
    if (programme->burn_as == BOOK_BURN_AS_TENDER) {
        e->burned = burned;
        return;
    }
    offers_begin_proposal(e, /* percent_bp= */ 0);
    offers_propose_together(e, &e->discountable, burned.value_minor);
    if (e->proposal.count > DISCOUNTS_MAX - e->discount_count || e->proposal.total < burned.value_minor)
        return; /* the receipt has no room for it */
    struct offers_discount row = {.origin = OFFERS_BY_POINTS, .offer = BOOK_NONE, .coupon = BOOK_NONE};
    offers_give_rows(e, &row, /* step= */ BOOK_STEP_BASKET);
    e->burned = burned;
}
