/* SPDX-License-Identifier: Apache-2.0 */
/* Contradictions within what is given, and between it and the lines that it is given on. */
#include "office/draft_sense.h"

#define NOBODY "nobody can get it: "
#define MILLI  1000

/* How many pieces must be there at the least before the offer gives anything; 0: one is enough. */
static int64_t least_units_of(const struct draft_offer *offer)
{
    const struct draft_give *give = &offer->give;
    switch (give->kind) {
    case BOOK_BUY_GET:
        return give->of.is_there ? give->buy : give->buy + give->get;
    case BOOK_QUANTITY_GROUP:
    case BOOK_NTH_FREE:
    case BOOK_MIX:
        return give->group;
    case BOOK_FREE_UNITS:
        return give->min_units > give->buy ? give->min_units : give->buy;
    default: /* of the numbers, not of the enum: kinds are int64_t here */
        return 0;
    }
}

static void check_units(struct draft_sense *sense, const struct form_node *node,
                        const struct draft_offer *offer)
{
    const struct draft_give *give = &offer->give;
    struct form_node what = form_member(node, "what");
    struct form_node at = form_member(node, "give");
    int64_t least = least_units_of(offer);
    if (least > 0 && offer->what.max_quantity_milli != DRAFT_ABSENT &&
        offer->what.max_quantity_milli < least * MILLI)
        form_warn(sense->form, &what, "raise \"max_quantity\"",
                  NOBODY "it takes %lld pieces, and \"max_quantity\" is below", (long long)least);
    if (give->max_units > 0 && give->min_units > give->max_units)
        form_complain(sense->form, &at, "swap the two",
                      "\"min_units\" is above \"max_units\": no basket fits");
    int64_t got_max = give->kind == BOOK_NTH_FREE ? give->group - 1 : give->group; /* all free is no n-th */
    if (give->group > 0 && give->get > got_max)
        form_complain(sense->form, &at, "\"get\" must be smaller", "of %lld pieces it cannot give %lld",
                      (long long)give->group, (long long)give->get);
    for (uint32_t i = 0; i < offer->limit_count && least > 0; i++) {
        const struct draft_limit *limit = &offer->limits[i];
        if (limit->what == BOOK_LIMIT_UNITS && limit->partial == 0 && give->group > 0 &&
            limit->most < give->get)
            form_warn(sense->form, &at, "raise the limit, or add \"partial\": true to it",
                      NOBODY "one group is above limits[%u]", i);
    }
}

/* Bounds that go with one scope alone. */
static void check_scope(struct draft_sense *sense, const struct form_node *node,
                        const struct draft_offer *offer)
{
    struct form_node give = form_member(node, "give");
    struct form_node max_amount = form_member(&give, "max_amount");
    struct form_node max_units = form_member(&give, "max_units");
    enum book_scope scope = draft_scope_of(offer);
    bool is_simple = offer->give.kind == BOOK_PERCENT_OFF || offer->give.kind == BOOK_AMOUNT_OFF;
    if (max_amount.json != NULL && scope == BOOK_EACH_UNIT)
        form_complain(
            sense->form, &max_amount, "write \"each\": \"together\", or \"line\"",
            "\"max_amount\" bounds a discount on all matching lines together, and this one is given "
            "unit by unit");
    if (is_simple && max_units.json != NULL && scope != BOOK_EACH_LINE)
        form_complain(
            sense->form, &max_units, "write \"each\": \"line\"",
            "\"max_units\" bounds the pieces of a line, and this discount is not given line by line");
}

static void check_steps(struct draft_sense *sense, const struct form_node *node,
                        const struct draft_give *give)
{
    struct form_node at = form_member(node, "give");
    struct form_node tiers = form_member(&at, "tiers");
    int64_t base = give->kind == BOOK_TIERED_PERCENT ? give->percent_bp : give->amount_minor;
    for (uint32_t i = 0; i < give->step_count; i++) {
        struct form_node item = form_item(&tiers, i);
        int64_t below = i > 0 ? give->steps[i - 1].value : base;
        if (i > 0 && give->steps[i].threshold <= give->steps[i - 1].threshold)
            form_complain(sense->form, &item, "sort them by \"from\"",
                          "the tiers do not ascend: \"from\" is not above that of the tier before");
        else if (give->steps[i].value <= below)
            form_warn(sense->form, &item, "give more, or leave the tier out",
                      "the tier gives no more than what stands below it");
    }
}

static void check_prices(struct draft_sense *sense, const struct form_node *node,
                         const struct draft_give *give)
{
    struct form_node at = form_member(node, "give");
    struct form_node prior = form_member(&at, "prior_price");
    struct form_node charged = form_member(&at, "charged");
    if (give->kind == BOOK_PRICE && give->prior_price_minor > 0 && give->price_minor != DRAFT_ABSENT &&
        give->price_minor >= give->prior_price_minor)
        form_warn(sense->form, &prior, "the earlier price is the higher one",
                  "the new price is not below the earlier one");
    if (give->kind == BOOK_GIFT_LINE && give->charged_minor > give->unit_price_minor)
        form_complain(sense->form, &charged, "write what a piece would cost as \"unit_price\"",
                      "more is charged than the gift is worth");
}

/* A percentage that the book never lets a line have. */
static void check_line_floor(struct draft_sense *sense, const struct form_node *node,
                             const struct draft_offer *offer)
{
    struct form_node give = form_member(node, "give");
    struct form_node percent = form_member(&give, "percent");
    bool is_of_line = offer->give.kind == BOOK_PERCENT_OFF || offer->give.kind == BOOK_TIERED_PERCENT;
    if (!is_of_line || offer->give.percent_bp <= sense->book->line_discount_max_bp)
        return;
    char most[DRAFT_AMOUNT_SIZE];
    draft_print_percent(sense->book->line_discount_max_bp, most);
    form_warn(sense->form, &percent, "lower it, or raise the book's \"line_discount_max\"",
              "the book takes at most %s %% off a line: this gives no more", most);
}

void draft_check_give(struct draft_sense *sense, const struct form_node *node,
                      const struct draft_offer *offer)
{
    if (offer->give.kind == 0)
        return;
    check_units(sense, node, offer);
    check_scope(sense, node, offer);
    check_steps(sense, node, &offer->give);
    check_prices(sense, node, &offer->give);
    check_line_floor(sense, node, offer);
}

void draft_check_programme(struct draft_sense *sense)
{
    const struct draft_book *book = sense->book;
    struct form_node tiers = form_member(sense->root, "tiers");
    int64_t below = DRAFT_ABSENT;
    for (uint32_t i = 0; i < book->tiers.count; i++) {
        const struct draft_tier *tier = &book->tier_rows[i];
        struct form_node item = form_item(&tiers, i);
        if (tier->from_minor == DRAFT_ABSENT)
            continue;
        if (below != DRAFT_ABSENT && tier->from_minor <= below)
            form_complain(sense->form, &item, "sort them by \"from\"",
                          "the tiers do not ascend: \"from\" is not above that of the tier before");
        if (tier->keep_minor > tier->from_minor)
            form_complain(sense->form, &item, "\"keep\" is at most \"from\"",
                          "it is kept by more than it is reached by");
        below = tier->from_minor;
    }
    struct form_node points = form_member(sense->root, "points");
    struct form_node burn = form_member(&points, "burn");
    const struct draft_points *rules = &book->points;
    if (rules->lifetime > 0 && rules->lifetime_unit == BOOK_DAYS && rules->pending_days >= rules->lifetime)
        form_complain(sense->form, &points, "let them live longer, or be usable sooner",
                      "points expire before they can be used");
    if (burn.json == NULL && (rules->card_day > 0 || rules->till_day > 0))
        form_warn(
            sense->form, &points, "add \"burn\": {\"points\": 100, \"value\": \"1.00\"}",
            "\"offline\" allows to pay with points, and there is no \"burn\" that says what they are worth");
}
