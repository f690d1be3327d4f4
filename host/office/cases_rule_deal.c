/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about groups of units, sets of items, free units and gifts. */
#include "office/cases_rule.h"

static const struct case_choice chooses[] = {{"cheapest|least_expensive", BOOK_CHEAPEST},
                                             {"most_expensive|dearest", BOOK_DEAREST}};
static const struct case_choice placements[] = {{"on_get", BOOK_ON_GET}, {"spread", BOOK_SPREAD}};

static uint8_t chosen(struct case_book *book, const struct case_rule *rule)
{
    return (uint8_t)case_choose(book->run, "choose", rule->choose, chooses, COUNT_OF(chooses), BOOK_CHEAPEST);
}

static uint8_t placed(struct case_book *book, const struct case_rule *rule, enum book_placement otherwise)
{
    return (uint8_t)case_choose(book->run, "placement", rule->placement, placements, COUNT_OF(placements),
                                (int)otherwise);
}

static void fill_group(struct case_book *book, const struct case_rule *rule, struct book_source_offer *offer)
{
    offer->give.group_units = case_units(book, rule, "group_size", rule->group_size, 0);
    offer->give.percent_bp = case_units(book, rule, "percent", rule->percent, 0);
    offer->give.amount_minor = case_or(rule->amount, 0);
}

static void fill_cheapest(struct case_book *book, const struct case_rule *rule,
                          struct book_source_offer *offer)
{
    offer->give.percent_bp = case_units(book, rule, "percent", rule->percent, BOOK_PERCENT_MAX_BP);
}

/* What a got unit costs: a percentage off, an amount off or a price; a rule that says none gives it free. */
static void fill_got(struct case_book *book, const struct case_rule *rule, struct book_source_offer *offer)
{
    offer->give.price_mode = rule_has(rule, RULE_AMOUNT)  ? BOOK_PRICE_AMOUNT
                             : rule_has(rule, RULE_PRICE) ? BOOK_PRICE_FIXED
                                                          : BOOK_PRICE_PERCENT;
    if (offer->give.price_mode == BOOK_PRICE_PERCENT)
        offer->give.percent_bp = case_units(book, rule, "percent", rule->percent, BOOK_PERCENT_MAX_BP);
    else
        offer->give.amount_minor = case_or(rule->amount, case_or(rule->price, 0));
}

static void fill_buy_get(struct case_book *book, const struct case_rule *rule,
                         struct book_source_offer *offer)
{
    if (rule->buy != NULL && rule->match != NULL)
        case_fault(book->run, "%s: \"match\" and \"buy\" say the same thing", rule->where);
    if (rule->buy != NULL)
        offer->target = case_selector(book->run, rule->where, rule->buy);
    if (rule->get != NULL)
        offer->get = case_selector(book->run, rule->where, rule->get);
    offer->give.buy_units = case_units(book, rule, "buy_qty", rule->buy_qty, 1);
    offer->give.get_units = case_units(book, rule, "get_qty", rule->get_qty, 1);
    offer->give.choose = chosen(book, rule);
    offer->give.placement = placed(book, rule, BOOK_ON_GET);
    offer->give.repeats_max = case_repeats(book, rule, /* otherwise= */ false);
    if (rule->max_get != CASE_ABSENT && offer->give.get_units > 0)
        offer->give.repeats_max =
            case_units(book, rule, "max_get_qty", rule->max_get / offer->give.get_units, 0);
    fill_got(book, rule, offer);
}

/* Every complete group counts, unless the rule says that only so many do. */
static void fill_nth_free(struct case_book *book, const struct case_rule *rule,
                          struct book_source_offer *offer)
{
    offer->give.group_units = case_units(book, rule, "n", rule->group_size, 0);
    offer->give.get_units = case_units(book, rule, "free", rule->free, 1);
    offer->give.percent_bp = case_units(book, rule, "percent", rule->percent, BOOK_PERCENT_MAX_BP);
    offer->give.choose = chosen(book, rule);
    offer->give.placement = placed(book, rule, BOOK_ON_GET);
    offer->give.repeats_max = case_repeats(book, rule, /* otherwise= */ true);
}

/* ---- sets */

struct part_words {
    const json_t *match, *sku, *category, *any;
    int64_t qty;
};

static const struct case_word part_words[] = {
    CASE_MAY("match", CASE_OBJECT, offsetof(struct part_words, match)),
    CASE_MAY("sku", CASE_ANY, offsetof(struct part_words, sku)),
    CASE_MAY("category", CASE_ANY, offsetof(struct part_words, category)),
    CASE_MAY("any", CASE_ANY, offsetof(struct part_words, any)),
    CASE_MAY("qty|quantity|units", CASE_NUMBER, offsetof(struct part_words, qty)),
};

/* A name alone may be an item's or a category's. */
static struct book_source_selector one_name(struct case_run *run, const char *name)
{
    return (struct book_source_selector){.items = case_one_name(run, name),
                                         .item_count = 1,
                                         .categories = case_one_name(run, name),
                                         .category_count = 1};
}

/* The words of a match that stand beside "qty". */
static struct book_source_selector select_part(struct case_run *run, const char *where,
                                               const struct part_words *words)
{
    json_t *match =
        json_pack("{s:O*, s:O*, s:O*}", "sku", words->sku, "category", words->category, "any", words->any);
    if (json_object_size(match) == 0)
        case_fault(run, "%s: a part of a set names nothing", where);
    struct book_source_selector selector = case_selector(run, where, match);
    json_decref(match); /* its texts are the case's own */
    return selector;
}

/* "A", {"sku": "A", "qty": 2} or {"match": {...}, "qty": 2}. */
static struct book_source_part read_part(struct case_book *book, const struct case_rule *rule,
                                         const json_t *json)
{
    struct case_run *run = book->run;
    struct part_words words;
    if (json_is_string(json))
        return (struct book_source_part){one_name(run, json_string_value(json)), 1};
    case_read(run, rule->where, json, part_words, COUNT_OF(part_words), &words, NULL);
    if (!case_is_sound(run))
        return (struct book_source_part){.units = 1};
    return (struct book_source_part){words.match != NULL ? case_selector(run, rule->where, words.match)
                                                         : select_part(run, rule->where, &words),
                                     case_units(book, rule, "qty", words.qty, 1)};
}

/* {"A": 2, "B": 1}: names and how many of each. */
static void read_counts(struct case_book *book, const struct case_rule *rule, struct book_source_part *parts)
{
    size_t i = 0;
    const char *sku;
    json_t *count;
    json_object_foreach((json_t *)(uintptr_t)rule->items, sku, count)
    {
        int64_t units = 0;
        if (!case_decimal(count, 0, &units))
            case_fault(book->run, "%s: a part of a set has no number", rule->where);
        parts[i++] =
            (struct book_source_part){one_name(book->run, sku), case_units(book, rule, "qty", units, 1)};
    }
}

/* A set of named parts; or "group_size" of whatever matches, at a price: that is a mix. */
static void fill_set(struct case_book *book, const struct case_rule *rule, struct book_source_offer *offer)
{
    offer->give.amount_minor = case_or(rule->price, case_or(rule->total, case_or(rule->amount, 0)));
    offer->give.repeats_max = case_repeats(book, rule, /* otherwise= */ true);
    if (rule->items == NULL) {
        offer->kind = BOOK_MIX;
        offer->give.mix_mode = BOOK_MIX_PRICE;
        offer->give.group_units = case_units(
            book, rule, "group_size", rule->group_size != CASE_ABSENT ? rule->group_size : rule->qty, 0);
        offer->give.choose = chosen(book, rule);
        return;
    }
    bool is_list = json_is_array(rule->items);
    size_t count = is_list ? json_array_size(rule->items) : json_object_size(rule->items);
    struct book_source_part *parts = case_take(book->run, count, sizeof(*parts));
    for (size_t i = 0; is_list && i < count && parts != NULL; i++)
        parts[i] = read_part(book, rule, json_array_get(rule->items, i));
    if (!is_list && parts != NULL)
        read_counts(book, rule, parts);
    offer->parts = parts;
    offer->part_count = (uint32_t)count;
}

/* ---- beside the basket */

static void fill_free_units(struct case_book *book, const struct case_rule *rule,
                            struct book_source_offer *offer)
{
    offer->give.item = span_of_text(rule->sku);
    offer->give.buy_units = case_units(book, rule, "per_qty", rule->per_qty, 1);
    offer->give.get_units = case_units(book, rule, "free_qty", rule->free_qty, 1);
    offer->give.min_units =
        case_units(book, rule, "min_qty", rule->min_qty == CASE_ABSENT ? 0 : rule->min_qty / 1000, 0);
    offer->give.max_units =
        case_units(book, rule, "max_qty", rule->max_qty == CASE_ABSENT ? 0 : rule->max_qty / 1000, 0);
    offer->give.repeats_max = case_repeats(book, rule, /* otherwise= */ false);
}

static void fill_gift(struct case_book *book, const struct case_rule *rule, struct book_source_offer *offer)
{
    offer->give.item = span_of_text(rule->sku);
    offer->give.get_units = case_units(book, rule, "qty", rule->qty, 1);
    offer->give.unit_minor = case_or(rule->unit_price, case_or(rule->charged, 0));
    offer->give.charged_minor = case_or(rule->charged, 0);
}

#define REPEATS (RULE_BIT(RULE_REPEAT) | RULE_BIT(RULE_REPEATS_MAX))
#define GET_MAX RULE_BIT(RULE_MAX_GET)

const struct rule_type case_deal_types[] = {
    {"group_units_off", BOOK_QUANTITY_GROUP, BOOK_EACH_UNIT, .needs = RULE_BIT(RULE_GROUP_SIZE),
     .either = RULE_BIT(RULE_PERCENT) | RULE_BIT(RULE_AMOUNT), .fill = fill_group},
    {"cheapest_unit_percent_off", BOOK_CHEAPEST_UNIT, BOOK_EACH_UNIT, .takes = RULE_BIT(RULE_PERCENT),
     .fill = fill_cheapest},
    {"buy_get", BOOK_BUY_GET, BOOK_EACH_UNIT,
     .takes = RULE_BIT(RULE_BUY) | RULE_BIT(RULE_BUY_QTY) | RULE_BIT(RULE_GET) | RULE_BIT(RULE_GET_QTY) |
              RULE_BIT(RULE_CHOOSE) | RULE_BIT(RULE_PLACEMENT) | RULE_BIT(RULE_PERCENT) |
              RULE_BIT(RULE_AMOUNT) | RULE_BIT(RULE_PRICE) | GET_MAX | REPEATS,
     .fill = fill_buy_get},
    {"every_nth_cheapest_free|every_nth_free", BOOK_NTH_FREE, BOOK_EACH_UNIT,
     .takes = RULE_BIT(RULE_FREE) | RULE_BIT(RULE_PERCENT) | RULE_BIT(RULE_CHOOSE) |
              RULE_BIT(RULE_PLACEMENT) | REPEATS,
     .needs = RULE_BIT(RULE_GROUP_SIZE), .fill = fill_nth_free},
    {"bundle_fixed_price", BOOK_BUNDLE, BOOK_EACH_UNIT,
     .takes = RULE_BIT(RULE_ITEMS) | RULE_BIT(RULE_GROUP_SIZE) | RULE_BIT(RULE_QTY) | RULE_BIT(RULE_CHOOSE) |
              REPEATS,
     .either = RULE_BIT(RULE_PRICE) | RULE_BIT(RULE_TOTAL) | RULE_BIT(RULE_AMOUNT), .fill = fill_set},
    {"add_free_units", BOOK_FREE_UNITS, BOOK_TOGETHER,
     .takes = RULE_BIT(RULE_PER_QTY) | RULE_BIT(RULE_FREE_QTY) | REPEATS, .needs = RULE_BIT(RULE_SKU),
     .fill = fill_free_units},
    {"gift_line", BOOK_GIFT_LINE, BOOK_TOGETHER,
     .takes = RULE_BIT(RULE_QTY) | RULE_BIT(RULE_UNIT_PRICE) | RULE_BIT(RULE_CHARGED),
     .needs = RULE_BIT(RULE_SKU), .fill = fill_gift},
};
const size_t case_deal_type_count = COUNT_OF(case_deal_types);
