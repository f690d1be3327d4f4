/* SPDX-License-Identifier: Apache-2.0 */
/* What an offer gives, in words: a row a number of struct book_give. */
#include "office/words_out.h"

static const struct book_give *give_of(const struct words_of *of)
{
    return &of->offer->give;
}

static void write_kind(FILE *out, const struct words_of *of)
{
    const char *name = book_kind_name(of->offer->kind);
    if (name != NULL)
        fputs(name, out);
    else
        fprintf(out, "kind %u, which this program does not know", of->offer->kind);
}

static void write_scope(FILE *out, const struct words_of *of)
{
    static const char *const words[] = {"a unit", "a line", "all lines together"};
    bool has_scope = of->offer->kind == BOOK_PERCENT_OFF || of->offer->kind == BOOK_AMOUNT_OFF ||
                     of->offer->kind == BOOK_FIXED_PRICE || of->offer->kind == BOOK_TIERED_PERCENT;
    if (has_scope)
        words_choice(out, words, COUNT_OF(words), of->offer->scope);
}

static void write_percent(FILE *out, const struct words_of *of)
{
    if (give_of(of)->percent_bp > 0)
        words_decimal(out, give_of(of)->percent_bp, 2, " %");
}

static void write_factor(FILE *out, const struct words_of *of)
{
    if (give_of(of)->factor_bp > 0)
        words_decimal(out, give_of(of)->factor_bp, 4, " times");
}

/* Of these the amount is a price. */
static bool has_price(const struct book_offer *offer)
{
    switch (offer->kind) {
    case BOOK_FIXED_PRICE:
    case BOOK_BUNDLE:
        return true;
    case BOOK_PRICE:
    case BOOK_BUY_GET:
        return offer->give.price_mode == BOOK_PRICE_FIXED;
    case BOOK_MIX:
        return offer->give.mix_mode == BOOK_MIX_PRICE;
    default: /* of the numbers: kinds of newer programs too */
        return false;
    }
}

static void write_amount(FILE *out, const struct words_of *of)
{
    if (!has_price(of->offer) && give_of(of)->amount_minor > 0)
        words_money(out, of->book, give_of(of)->amount_minor);
}

static void write_price(FILE *out, const struct words_of *of)
{
    if (has_price(of->offer))
        words_money(out, of->book, give_of(of)->amount_minor);
}

static void write_if_any(FILE *out, const struct words_of *of, int64_t minor)
{
    if (minor > 0)
        words_money(out, of->book, minor);
}

static void write_more(FILE *out, const struct words_of *of)
{
    write_if_any(out, of, give_of(of)->more_minor);
}

static void write_max_amount(FILE *out, const struct words_of *of)
{
    write_if_any(out, of, give_of(of)->max_amount_minor);
}

static void write_prior(FILE *out, const struct words_of *of)
{
    write_if_any(out, of, give_of(of)->prior_price_minor);
}

static void write_unit_price(FILE *out, const struct words_of *of)
{
    write_if_any(out, of, give_of(of)->unit_minor);
}

static void write_charged(FILE *out, const struct words_of *of)
{
    write_if_any(out, of, give_of(of)->charged_minor);
}

static void write_count(FILE *out, uint32_t count)
{
    if (count > 0)
        fprintf(out, "%u", count);
}

static void write_points(FILE *out, const struct words_of *of)
{
    if (of->offer->kind != BOOK_STAMPS)
        write_count(out, give_of(of)->points);
}

static void write_stamps(FILE *out, const struct words_of *of)
{
    if (of->offer->kind == BOOK_STAMPS)
        write_count(out, give_of(of)->points);
}

static void write_per(FILE *out, const struct words_of *of)
{
    write_if_any(out, of, give_of(of)->per_minor);
}

/* What stamps, tickets and coupons are given for. */
static void write_earn_by(FILE *out, const struct words_of *of)
{
    static const char *const words[] = {[BOOK_EARN_PER_UNIT] = "piece",
                                        [BOOK_EARN_PER_SPEND] = "step of the spend",
                                        [BOOK_EARN_PER_VISIT] = "purchase"};
    bool is_award =
        of->offer->kind == BOOK_STAMPS || of->offer->kind == BOOK_COUPON || of->offer->kind == BOOK_TICKET;
    if (is_award)
        words_choice(out, words, COUNT_OF(words), give_of(of)->earn_by);
}

static void write_steps_of(FILE *out, const struct words_of *of)
{
    fputs(give_of(of)->line_rounding == BOOK_FLOOR_PER_LINE ? "line by line" : "", out);
}

static void write_basis(FILE *out, const struct words_of *of)
{
    static const char *const words[] = {"net", "net, before discounts on the basket", "before discounts"};
    if (of->offer->kind == BOOK_POINTS_PER_SPEND)
        words_choice(out, words, COUNT_OF(words), give_of(of)->basis);
}

static void write_excluded_tenders(FILE *out, const struct words_of *of)
{
    words_tenders(out, give_of(of)->excluded_tenders);
}

static void write_group(FILE *out, const struct words_of *of)
{
    write_count(out, give_of(of)->group_units);
}

static void write_buy(FILE *out, const struct words_of *of)
{
    write_count(out, give_of(of)->buy_units);
}

static void write_get(FILE *out, const struct words_of *of)
{
    write_count(out, give_of(of)->get_units);
}

static void write_get_of(FILE *out, const struct words_of *of)
{
    words_selector(out, of->book, give_of(of)->get);
}

static void write_min_units(FILE *out, const struct words_of *of)
{
    write_count(out, give_of(of)->min_units);
}

static void write_max_units(FILE *out, const struct words_of *of)
{
    write_count(out, give_of(of)->max_units > 0 ? give_of(of)->max_units : give_of(of)->cap_units);
}

static void write_repeats(FILE *out, const struct words_of *of)
{
    write_count(out, give_of(of)->repeats_max);
}

static bool is_deal(const struct book_offer *offer)
{
    return offer->kind == BOOK_BUY_GET || offer->kind == BOOK_NTH_FREE ||
           (offer->kind == BOOK_MIX && offer->give.mix_mode == BOOK_MIX_PERCENT_SOME);
}

static void write_choose(FILE *out, const struct words_of *of)
{
    if (is_deal(of->offer))
        fputs(give_of(of)->choose == BOOK_DEAREST ? "the dearest" : "the cheapest", out);
}

static void write_placement(FILE *out, const struct words_of *of)
{
    if (is_deal(of->offer))
        fputs(give_of(of)->placement == BOOK_ON_GET ? "the got ones" : "all of the deal, by price", out);
}

static void write_percent_of(FILE *out, const struct words_of *of)
{
    fputs(give_of(of)->percent_of == BOOK_INITIAL ? "the price before discounts" : "", out);
}

static void write_tier_by(FILE *out, const struct words_of *of)
{
    static const char *const words[] = {"the basket's amount", "the amount of these lines",
                                        "the pieces of these lines"};
    if (of->offer->kind != BOOK_TIERED_PERCENT && of->offer->kind != BOOK_TIERED_AMOUNT)
        return;
    words_choice(out, words, COUNT_OF(words), give_of(of)->tier_by);
    fputs(give_of(of)->tier_base == BOOK_INITIAL ? " before discounts" : "", out);
}

static void write_tiers(FILE *out, const struct words_of *of)
{
    for (uint32_t i = 0; i < give_of(of)->steps.count; i++) {
        struct book_step_row step = book_step_at(of->book, of->offer, i);
        fputs(i > 0 ? ", from " : "from ", out);
        if (give_of(of)->tier_by == BOOK_TIER_MATCHED_QUANTITY)
            words_decimal(out, step.threshold, 3, "");
        else
            words_money(out, of->book, step.threshold);
        fputs(": ", out);
        if (of->offer->kind == BOOK_TIERED_PERCENT)
            words_decimal(out, step.value, 2, " %");
        else
            words_money(out, of->book, step.value);
    }
}

static void write_parts(FILE *out, const struct words_of *of)
{
    for (uint32_t i = 0; i < give_of(of)->parts.count; i++) {
        struct book_part part = book_part_at(of->book, of->offer, i);
        fprintf(out, "%s%u of ", i > 0 ? "; " : "", part.units);
        words_selector(out, of->book, part.selector);
    }
}

static void write_item(FILE *out, const struct words_of *of)
{
    bool is_next = of->offer->kind == BOOK_SUGGESTION && give_of(of)->item.size == 0;
    if (is_next)
        fputs("what the member is most likely to buy next", out);
    else
        words_span(out, give_of(of)->item);
}

static void write_card(FILE *out, const struct words_of *of)
{
    words_span(out, give_of(of)->card);
}

static void write_card_size(FILE *out, const struct words_of *of)
{
    write_count(out, give_of(of)->card_size);
}

static void write_reward(FILE *out, const struct words_of *of)
{
    words_span(out, give_of(of)->reward);
}

static void write_days(FILE *out, const struct words_of *of)
{
    if (give_of(of)->days > 0)
        fprintf(out, "%u days", give_of(of)->days);
}

static const struct words_rule rules[] = {
    {"gives", write_kind, false},
    {"each", write_scope, false},
    {"percent", write_percent, false},
    {"factor", write_factor, false},
    {"amount off", write_amount, false},
    {"off each further", write_more, false},
    {"price", write_price, false},
    {"earlier price", write_prior, false},
    {"off at most", write_max_amount, false},
    {"percent of", write_percent_of, false},
    {"points", write_points, false},
    {"stamps", write_stamps, false},
    {"for each", write_earn_by, false},
    {"step of the spend", write_per, false},
    {"whole steps", write_steps_of, false},
    {"points on", write_basis, false},
    {"earns nothing here", write_excluded_tenders, true},
    {"group of", write_group, false},
    {"buy", write_buy, false},
    {"get", write_get, false},
    {"get of", write_get_of, true},
    {"from pieces", write_min_units, false},
    {"pieces at most", write_max_units, false},
    {"times at most", write_repeats, false},
    {"chosen", write_choose, false},
    {"the discount is on", write_placement, false},
    {"tiers by", write_tier_by, false},
    {"tiers", write_tiers, true},
    {"parts", write_parts, false},
    {"article", write_item, false},
    {"worth", write_unit_price, false},
    {"charged", write_charged, false},
    {"card", write_card, false},
    {"full with", write_card_size, false},
    {"reward", write_reward, false},
    {"valid", write_days, false},
};

void words_add_give(const struct words_of *of, struct words *out)
{
    words_apply(rules, COUNT_OF(rules), of, out);
}
