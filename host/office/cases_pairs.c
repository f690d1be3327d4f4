/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "best_pairs": pairs of units, each by one rule, so that the discount is the largest. A unit is a line of
 * one; a rule is a mix of two in a lane that looks for the best combination. */
#include "office/cases_book.h"

#define PAIR 2

struct pair_words {
    const json_t *rules, *unit_prices, *expected;
    int64_t search_states;
};

static const struct case_word pair_words[] = {
    CASE_MUST("rules", CASE_LIST, offsetof(struct pair_words, rules)),
    CASE_MUST("unit_prices", CASE_LIST, offsetof(struct pair_words, unit_prices)),
    CASE_MAY("search_states", CASE_NUMBER, offsetof(struct pair_words, search_states)),
    CASE_MUST("expected", CASE_OBJECT, offsetof(struct pair_words, expected)),
};

struct pair_rule_words {
    const char *type, *id;
    int64_t percent, amount, price;
};

static const struct case_word rule_words[] = {
    CASE_MUST("type", CASE_TEXT, offsetof(struct pair_rule_words, type)),
    CASE_MAY("id", CASE_TEXT, offsetof(struct pair_rule_words, id)),
    CASE_MAY("percent", CASE_PERCENT, offsetof(struct pair_rule_words, percent)),
    CASE_MAY("amount", CASE_NUMBER, offsetof(struct pair_rule_words, amount)),
    CASE_MAY("price|total", CASE_NUMBER, offsetof(struct pair_rule_words, price)),
};

/* What a pair is about, and which number of the rule says how much. */
static const struct pair_type {
    const char *spellings;
    enum book_mix_mode mode;
    enum book_choose choose;
    enum { BY_PERCENT, BY_AMOUNT, BY_PRICE } by;
} pair_types[] = {
    {"pair_percent_off_cheaper", BOOK_MIX_PERCENT_SOME, BOOK_CHEAPEST, BY_PERCENT},
    {"pair_percent_off_dearer", BOOK_MIX_PERCENT_SOME, BOOK_DEAREST, BY_PERCENT},
    {"pair_percent_off_both", BOOK_MIX_PERCENT, BOOK_CHEAPEST, BY_PERCENT},
    {"pair_amount_off|pair_amount_off_both", BOOK_MIX_AMOUNT, BOOK_CHEAPEST, BY_AMOUNT},
    {"pair_fixed_price|pair_price_fixed", BOOK_MIX_PRICE, BOOK_CHEAPEST, BY_PRICE},
};

static const struct pair_type *type_of(struct case_run *run, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(pair_types) && name != NULL; i++) {
        if (case_spells(pair_types[i].spellings, name))
            return &pair_types[i];
    }
    case_fault(run, "a rule: the type \"%s\" is not known", name != NULL ? name : "");
    return &pair_types[0];
}

static void add_pair_rule(struct case_book *book, const json_t *json)
{
    struct case_run *run = book->run;
    struct pair_rule_words words;
    case_read(run, "a rule", json, rule_words, COUNT_OF(rule_words), &words, NULL);
    const struct pair_type *type = type_of(run, words.type);
    const int64_t numbers[] = {
        [BY_PERCENT] = words.percent, [BY_AMOUNT] = words.amount, [BY_PRICE] = words.price};
    int64_t number = numbers[type->by];
    if (case_is_sound(run) && number == CASE_ABSENT)
        case_fault(run, "a rule: %s does not say how much", words.type);
    struct book_source_offer *offer =
        case_is_sound(run) ? case_add_offer(book, words.id, BOOK_MIX, BOOK_EACH_UNIT, CASE_LANE_RULES) : NULL;
    if (offer == NULL)
        return;
    offer->give.mix_mode = (uint8_t)type->mode;
    offer->give.choose = (uint8_t)type->choose;
    offer->give.group_units = PAIR;
    offer->give.get_units = type->mode == BOOK_MIX_PERCENT_SOME ? 1 : 0;
    offer->give.percent_bp = type->by == BY_PERCENT ? (uint32_t)number : 0;
    offer->give.amount_minor = type->by == BY_PERCENT ? 0 : number;
}

static void add_units(struct case_book *book, const json_t *prices)
{
    struct case_run *run = book->run;
    size_t i, count = json_array_size(prices);
    json_t *item;
    struct offers_line *lines = case_take(run, count, sizeof(*lines));
    json_array_foreach((json_t *)(uintptr_t)prices, i, item)
    {
        int64_t price = 0;
        if (!case_decimal(item, 0, &price))
            case_fault(run, "a unit price is not a whole number");
        if (lines != NULL)
            lines[i] = (struct offers_line){.sku = span_of_text(case_text(run, "unit %zu", i + 1)),
                                            .quantity_milli = 1000,
                                            .unit_price_e5 = case_price_e5(book, price)};
    }
    book->basket.lines = lines;
    book->basket.line_count = (uint32_t)count;
}

struct best_words {
    int64_t best_discount, total;
    const char *search;
};

static const struct case_word best_words[] = {
    CASE_MAY("best_discount|discount", CASE_NUMBER, offsetof(struct best_words, best_discount)),
    CASE_MAY("total|best_total", CASE_NUMBER, offsetof(struct best_words, total)),
    CASE_MAY("search", CASE_TEXT, offsetof(struct best_words, search)),
};

static void compare(struct case_run *run, const json_t *expected, const struct offers_result *result)
{
    struct best_words words;
    case_read(run, "expected", expected, best_words, COUNT_OF(best_words), &words, NULL);
    if (!case_is_sound(run))
        return;
    if (words.best_discount != CASE_ABSENT)
        case_compare_number(run, "best_discount", words.best_discount, result->discount_minor);
    if (words.total != CASE_ABSENT)
        case_compare_number(run, "total", words.total, result->total_minor);
    if (words.search != NULL)
        case_compare(run, "search", json_object_get(expected, "search"),
                     json_string(result->search == OFFERS_BOUNDED ? "bounded" : "optimal"), CASE_SAME);
}

void case_run_best_pairs(struct case_run *run)
{
    struct pair_words words;
    struct case_head head;
    case_read_head(run, &head);
    case_read_body(run, pair_words, COUNT_OF(pair_words), &words);
    struct case_book *book = case_is_sound(run) ? case_book_new(run, head.minor_digits) : NULL;
    if (book == NULL)
        return;
    book->lanes[CASE_LANE_RULES].mode = BOOK_LANE_BEST_COMBINATION;
    book->source.search_states_max = (uint32_t)case_or(words.search_states, 0);
    add_units(book, words.unit_prices);
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)(uintptr_t)words.rules, i, item) add_pair_rule(book, item);
    if (case_price(book))
        compare(run, words.expected, &book->result);
}
