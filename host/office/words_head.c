/* SPDX-License-Identifier: Apache-2.0 */
/* What a book says of itself, in words. */
#include "base/civil.h"
#include "office/words_out.h"

static void write_book_version(FILE *out, const struct words_of *of)
{
    fprintf(out, "%llu", (unsigned long long)of->book->header.version);
}

static void write_programme(FILE *out, const struct words_of *of)
{
    words_span(out, of->book->header.programme);
}

static void write_currency(FILE *out, const struct words_of *of)
{
    fprintf(out, "%s with %u decimals", of->book->header.currency, of->book->header.exponent);
}

static void write_valid_from(FILE *out, const struct words_of *of)
{
    words_day(out, of->book->header.valid_from_day);
}

static void write_book_stores(FILE *out, const struct words_of *of)
{
    words_references(out, of->book, of->book->header.stores);
}

static void write_lanes(FILE *out, const struct words_of *of)
{
    static const char *const modes[] = {[BOOK_LANE_ALL] = "all",
                                        [BOOK_LANE_BEST_PER_LINE] = "best per line",
                                        [BOOK_LANE_HIGHEST_PRIORITY] = "highest priority",
                                        [BOOK_LANE_EXCLUSIVE] = "exclusive",
                                        [BOOK_LANE_SUM_PERCENT] = "percentages summed",
                                        [BOOK_LANE_BEST_COMBINATION] = "best combination"};
    for (uint32_t i = 0; i < book_lane_count(of->book); i++) {
        struct book_lane lane = book_lane_at(of->book, i);
        fputs(i > 0 ? ", " : "", out);
        words_span(out, lane.name);
        fputs(" (", out);
        words_choice(out, modes, COUNT_OF(modes), lane.mode);
        if (lane.offers_max > 0)
            fprintf(out, "; at most %u offers", lane.offers_max);
        fputc(')', out);
    }
}

static void write_order(FILE *out, const struct words_of *of)
{
    fputs(of->book->header.order == BOOK_BY_PRIORITY ? "by priority alone" : "", out);
}

static void write_sharing(FILE *out, const struct words_of *of)
{
    static const char *const words[] = {[BOOK_LARGEST_REMAINDER] = NULL,
                                        [BOOK_FLOOR_IN_ORDER] = "floor, the rest from the first line on",
                                        [BOOK_HALF_DOWN_IN_ORDER] =
                                            "half down, the rest from the first line on",
                                        [BOOK_HALF_EVEN_LAST] = "half even, the last line takes the rest",
                                        [BOOK_EQUAL_IF_ZERO] = "largest remainder, equal where all is zero"};
    words_choice(out, words, COUNT_OF(words), of->book->header.sharing);
}

static void write_search(FILE *out, const struct words_of *of)
{
    if (of->book->header.search_states_max != BOOK_SEARCH_STATES_DEFAULT)
        fprintf(out, "%u combinations", of->book->header.search_states_max);
}

static void write_line_most(FILE *out, const struct words_of *of)
{
    if (of->book->header.line_discount_max_bp != BOOK_PERCENT_MAX_BP)
        words_decimal(out, of->book->header.line_discount_max_bp, 2, " %");
}

static void write_burn(FILE *out, const struct words_of *of)
{
    const struct book_programme *rules = &of->book->header.programme_rules;
    if (rules->burn_points == 0)
        return;
    fprintf(out, "%u points pay ", rules->burn_points);
    words_money(out, of->book, rules->burn_value_minor);
    fputs(rules->burn_as == BOOK_BURN_AS_TENDER ? " as a tender" : " as a discount", out);
    if (rules->burn_min_points > 0)
        fprintf(out, "; at least %u points", rules->burn_min_points);
    if (rules->burn_share_max_bp > 0 && rules->burn_share_max_bp < BOOK_PERCENT_MAX_BP) {
        fputs("; at most ", out);
        words_decimal(out, rules->burn_share_max_bp, 2, " % of the basket");
    }
    fputs(rules->burn_same_sale != 0 ? "; also points of the same sale" : "", out);
}

static void write_life(FILE *out, const struct words_of *of)
{
    static const char *const units[] = {" days", " months", " years"};
    static const char *const rounds[] = {"", ", to the month's end", ", to the quarter's end",
                                         ", to the year's end"};
    const struct book_programme *rules = &of->book->header.programme_rules;
    if (rules->lifetime == 0)
        return;
    fprintf(out, "%u", rules->lifetime);
    words_choice(out, units, COUNT_OF(units), rules->lifetime_unit);
    words_choice(out, rounds, COUNT_OF(rounds), rules->expiry_round);
}

static void write_pending(FILE *out, const struct words_of *of)
{
    if (of->book->header.programme_rules.pending_days > 0)
        fprintf(out, "%u days", of->book->header.programme_rules.pending_days);
}

static void write_returns(FILE *out, const struct words_of *of)
{
    static const char *const policies[] = {NULL, "within the balance", "all of them, even below zero"};
    const struct book_programme *rules = &of->book->header.programme_rules;
    words_choice(out, policies, COUNT_OF(policies), rules->return_policy);
}

static void write_reinstate(FILE *out, const struct words_of *of)
{
    if (of->book->header.programme_rules.reinstate_days > 0)
        fprintf(out, "%u days", of->book->header.programme_rules.reinstate_days);
}

static void write_not_earning(FILE *out, const struct words_of *of)
{
    words_tenders(out, of->book->header.programme_rules.excluded_tenders);
}

static void write_offline(FILE *out, const struct words_of *of)
{
    const struct book_programme *rules = &of->book->header.programme_rules;
    if (rules->offline_card_day_points > 0 || rules->offline_till_day_points > 0)
        fprintf(out, "%u a card a day, %u a till a day", rules->offline_card_day_points,
                rules->offline_till_day_points);
}

static void write_tiers(FILE *out, const struct words_of *of)
{
    for (uint32_t i = 0; i < of->book->header.programme_rules.tier_rules.count; i++) {
        struct book_tier tier = book_tier_at(of->book, i);
        fputs(i > 0 ? ", " : "", out);
        words_span(out, book_symbol_text(of->book, tier.tier));
        fputs(" from ", out);
        words_money(out, of->book, tier.from_minor);
        fputs("; kept with ", out);
        words_money(out, of->book, tier.keep_minor);
        if (tier.window_days > 0)
            fprintf(out, " in %u days", tier.window_days);
        else
            fputs(" in the year", out);
    }
}

static const struct words_rule head[] = {
    {"version", write_book_version, false},
    {"programme", write_programme, false},
    {"currency", write_currency, false},
    {"valid from", write_valid_from, false},
    {"stores", write_book_stores, true},
    {"lanes", write_lanes, true},
    {"order", write_order, false},
    {"cents fall", write_sharing, false},
    {"search", write_search, false},
    {"off a line at most", write_line_most, false},
    {"paying with points", write_burn, false},
    {"points last", write_life, false},
    {"points wait", write_pending, false},
    {"returns take points back", write_returns, false},
    {"expired points come back for", write_reinstate, false},
    {"earns nothing", write_not_earning, true},
    {"points offline", write_offline, false},
    {"tiers", write_tiers, true},
};

void words_of_book(const struct words_source *source, struct words *out)
{
    const struct words_of of = {source->book, NULL, NULL};
    words_apply(head, COUNT_OF(head), &of, out);
}
