/* SPDX-License-Identifier: Apache-2.0 */
/* What one deal is of the kinds whose offers take units together, for lanes that search for the best combination.
 * Offers whose bought and got units come from the same goods are groups, of which the cheapest (dearest) are got. */
#include "offers/best.h"
#include "offers/kinds/kinds.h"

static enum deal_mode mode_of_price(uint8_t price_mode)
{
    switch ((enum book_price_mode)price_mode) {
    case BOOK_PRICE_PERCENT:
        return DEAL_PERCENT;
    case BOOK_PRICE_AMOUNT:
        return DEAL_EACH;
    case BOOK_PRICE_FIXED:
        return DEAL_UNIT_PRICE;
    }
    return DEAL_PERCENT;
}

static enum deal_mode mode_of_mix(uint8_t mix_mode)
{
    switch ((enum book_mix_mode)mix_mode) {
    case BOOK_MIX_PERCENT:
    case BOOK_MIX_PERCENT_SOME:
        return DEAL_PERCENT;
    case BOOK_MIX_PRICE:
        return DEAL_PRICE;
    case BOOK_MIX_AMOUNT:
        return DEAL_SUM;
    }
    return DEAL_PERCENT;
}

/* One part of so many units of the matched lines. */
static struct deal_terms group_of(const struct book_give *give, const struct line_set *matched,
                                  uint32_t units)
{
    struct deal_terms terms = {.percent_bp = give->percent_bp,
                               .amount_minor = give->amount_minor,
                               .repeats_max = give->repeats_max,
                               .part_count = 1};
    terms.parts[0] = (struct deal_part){.lines = *matched, .units = units, .counts = true};
    return terms;
}

bool offers_deal_of_mix(struct engine *e, const struct book_offer *offer, const struct line_set *matched,
                        struct deal_terms *out_terms)
{
    (void)e;
    const struct book_give *give = &offer->give;
    *out_terms = group_of(give, matched, give->group_units);
    out_terms->mode = mode_of_mix(give->mix_mode);
    if (give->mix_mode == BOOK_MIX_PERCENT_SOME) {
        out_terms->some_units = give->get_units;
        out_terms->is_dearest = give->choose == BOOK_DEAREST;
        out_terms->is_on_given = give->placement == BOOK_ON_GET;
    }
    return true;
}

bool offers_deal_of_nth_free(struct engine *e, const struct book_offer *offer, const struct line_set *matched,
                             struct deal_terms *out_terms)
{
    (void)e;
    const struct book_give *give = &offer->give;
    *out_terms = group_of(give, matched, give->group_units);
    out_terms->some_units = give->get_units;
    out_terms->is_dearest = give->choose == BOOK_DEAREST;
    out_terms->is_on_given = give->placement == BOOK_ON_GET;
    return true;
}

bool offers_deal_of_quantity_group(struct engine *e, const struct book_offer *offer,
                                   const struct line_set *matched, struct deal_terms *out_terms)
{
    (void)e;
    *out_terms = group_of(&offer->give, matched, offer->give.group_units);
    out_terms->mode = offer->give.percent_bp > 0 ? DEAL_PERCENT : DEAL_EACH;
    return true;
}

static bool is_same(const struct engine *e, const struct line_set *a, const struct line_set *b)
{
    return memcmp(a->words, b->words, e->word_count * sizeof(a->words[0])) == 0;
}

bool offers_deal_of_buy_get(struct engine *e, const struct book_offer *offer, const struct line_set *matched,
                            struct deal_terms *out_terms)
{
    const struct book_give *give = &offer->give;
    struct line_set get;
    offers_match(e, give->get, &get);
    line_set_intersect(e, &get, &e->discountable);
    offers_leave_lines_of_groups(e, offer, &get);
    if (is_same(e, &get, matched)) {
        *out_terms = group_of(give, matched, give->buy_units + give->get_units);
        out_terms->some_units = give->get_units;
        out_terms->is_dearest = give->choose == BOOK_DEAREST;
    } else {
        *out_terms = group_of(give, matched, give->buy_units);
        out_terms->parts[0].counts = false;
        out_terms->parts[1] = (struct deal_part){.lines = get,
                                                 .units = give->get_units,
                                                 .counts = true,
                                                 .is_cheapest = give->choose == BOOK_CHEAPEST};
        out_terms->part_count = 2;
    }
    out_terms->mode = mode_of_price(give->price_mode);
    out_terms->is_on_given = give->placement == BOOK_ON_GET;
    return true;
}

bool offers_deal_of_bundle(struct engine *e, const struct book_offer *offer, const struct line_set *matched,
                           struct deal_terms *out_terms)
{
    *out_terms = (struct deal_terms){.mode = DEAL_PRICE,
                                     .amount_minor = offer->give.amount_minor,
                                     .repeats_max = offer->give.repeats_max,
                                     .part_count = offer->give.parts.count};
    for (uint32_t i = 0; i < offer->give.parts.count; i++) {
        struct book_part part = book_part_at(e->book, offer, i);
        struct deal_part *out = &out_terms->parts[i];
        out->units = part.units;
        out->counts = true;
        offers_match(e, part.selector, &out->lines);
        line_set_intersect(e, &out->lines, matched);
    }
    return true;
}
