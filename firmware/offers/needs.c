/* SPDX-License-Identifier: Apache-2.0 */
/* What coupons for next time were earned by, as the basket stands in the end. */
#include "offers/engine.h"
#include "offers/kinds/amounts.h"

#define MILLI 1000

static void note(struct engine *e, const struct offers_need *need, const struct line_set *lines)
{
    if (e->need_count == OFFERS_NEEDS_MAX)
        return;
    struct offers_need *out = &e->needs[e->need_count++];
    *out = *need;
    out->least = need->least < need->has ? need->least : need->has; /* amounts may have changed since */
    memcpy(out->lines, lines->words, e->word_count * sizeof(lines->words[0]));
}

/* [condition]: what it measures; those without a row say nothing of what must stay. A largest quantity or amount holds
 * of less, too. */
static const struct {
    bool is_kept;
    enum offers_measure measure;
} measures[BOOK_CONDITION_LAST + 1] = {
    [BOOK_MIN_QUANTITY] = {true, OFFERS_BY_UNITS},
    [BOOK_MIN_AMOUNT] = {true, OFFERS_BY_NET},
    [BOOK_MIN_LINE_QUANTITY] = {true, OFFERS_BY_LINE},
    [BOOK_CONTAINS] = {true, OFFERS_BY_UNITS},
};

static void note_condition(struct engine *e, const struct book_offer *offer, uint32_t award,
                           const struct book_condition *condition)
{
    struct offers_need need = {.award = award, .coupons = 1};
    struct line_set lines;
    if (condition->kind >= COUNT_OF(measures) || !measures[condition->kind].is_kept)
        return;
    (void)offers_test_condition(e, offer, condition);
    need.measure = measures[condition->kind].measure;
    need.untaxed = condition->amount_net_of_tax;
    need.least = condition->value;
    need.has = e->figures.has;
    if (condition->kind == BOOK_MIN_AMOUNT && condition->base == BOOK_INITIAL)
        need.measure = OFFERS_BY_AMOUNT;
    if (condition->kind == BOOK_CONTAINS) /* at least one unit, whatever its value says */
        need.least = need.has = MILLI;
    offers_match(e, condition->selector, &lines);
    line_set_intersect(e, &lines, offers_lines_that_count(e, OFFERS_COUNT_EARNABLE));
    note(e, &need, &lines);
}

/* Coupons that are counted by units or by what is spent; once for the visit there is nothing to count. */
static void note_count(struct engine *e, const struct book_offer *offer, uint32_t award)
{
    const struct book_give *give = &offer->give;
    struct offers_need need = {.award = award, .coupons = give->get_units};
    struct line_set lines;
    if (give->earn_by == BOOK_EARN_PER_VISIT || offers_find_target(e, offer, &lines) != OFFERS_GIVEN ||
        offers_check_line_program(e, offer, &lines) != OFFERS_GIVEN)
        return;
    if (give->earn_by == BOOK_EARN_PER_UNIT) {
        need.measure = OFFERS_BY_UNITS;
        need.has = offers_units_of(e, &lines) * MILLI;
        need.each = (give->buy_units > 0 ? give->buy_units : 1) * MILLI;
    } else {
        need.measure = give->basis == BOOK_GROSS ? OFFERS_BY_AMOUNT : OFFERS_BY_NET;
        need.has = offers_earning_base(e, &lines, (enum book_basis)give->basis, give->excluded_tenders);
        need.each = give->per_minor;
    }
    need.least = need.each;
    note(e, &need, &lines);
}

void offers_list_needs(struct engine *e)
{
    for (uint32_t i = 0; i < e->award_count; i++) {
        struct book_offer offer;
        if (e->awards[i].kind != BOOK_COUPON)
            continue;
        book_offer_at(e->book, e->awards[i].offer, &offer);
        for (uint32_t k = 0; k < offer.conditions.count; k++) {
            struct book_condition condition = book_condition_at(e->book, &offer, k);
            note_condition(e, &offer, i, &condition);
        }
        note_count(e, &offer, i);
    }
}
