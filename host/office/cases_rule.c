/* SPDX-License-Identifier: Apache-2.0 */
/* Rules -> offers. A type is a row: its kind in the book, the words that it takes and the function that fills in
 * the numbers. */
#include "office/cases_rule.h"

#include <stdio.h>

#define AT(member) offsetof(struct case_rule, member)

#define PRIORITY_MAX   1000000000
#define PRIORITY_ALONE PRIORITY_MAX /* is added to that of an exclusive price rule */

static const struct case_word rule_words[RULE_WORDS] = {
    [RULE_TYPE] = CASE_MUST("type", CASE_TEXT, AT(type)),
    [RULE_ID] = CASE_MAY("id", CASE_TEXT, AT(id)),
    [RULE_NOTE] = CASE_MAY("notes|note|name|comment", CASE_NOTE, 0),
    [RULE_PRIORITY] = CASE_MAY("priority", CASE_NUMBER, AT(priority)),
    [RULE_EXCLUSIVE] = CASE_MAY("exclusive", CASE_ANY, AT(exclusive)),
    [RULE_MATCH] = CASE_MAY("match|of", CASE_OBJECT, AT(match)),
    [RULE_CONDITIONS] = CASE_MAY("conditions|condition", CASE_ANY, AT(conditions)),
    [RULE_COUPON] = CASE_MAY("coupon", CASE_ANY, AT(coupon)),
    [RULE_CHANNELS] = CASE_MAY("channels", CASE_LIST, AT(channels)),
    [RULE_GROUP] = CASE_MAY("one_of_group", CASE_TEXT, AT(group)),
    [RULE_LANE] = CASE_MAY("lane", CASE_TEXT, AT(lane)),
    [RULE_EXCLUDED_WITH] = CASE_MAY("excluded_with|not_with", CASE_LIST, AT(excluded_with)),
    [RULE_VALID_FROM] = CASE_MAY("valid_from|starts", CASE_DAY, AT(valid_from)),
    [RULE_VALID_TO] = CASE_MAY("valid_to|valid_until|ends", CASE_DAY, AT(valid_to)),
    [RULE_USAGE_LIMIT] = CASE_MAY("usage_limit", CASE_NUMBER, AT(uses.usage_limit)),
    [RULE_USED] = CASE_MAY("used", CASE_NUMBER, AT(uses.used)),
    [RULE_CANCELLED_USES] = CASE_MAY("cancelled_uses", CASE_NUMBER, AT(uses.cancelled_uses)),
    [RULE_RELEASE_ON_CANCEL] = CASE_MAY("release_on_cancel", CASE_FLAG, AT(uses.release_on_cancel)),
    [RULE_PER_CUSTOMER_LIMIT] = CASE_MAY("per_customer_limit", CASE_NUMBER, AT(uses.per_customer_limit)),
    [RULE_USED_BY_CUSTOMER] = CASE_MAY("used_by_customer", CASE_NUMBER, AT(uses.used_by_customer)),
    [RULE_BUDGET] = CASE_MAY("budget", CASE_OBJECT, AT(budget)),
    [RULE_CUSTOMER_GROUP] = CASE_MAY("customer_group|customer_groups", CASE_ANY, AT(customer_group)),
    [RULE_MIN_QTY] = CASE_MAY("min_qty|min_quantity", CASE_QUANTITY, AT(min_qty)),
    [RULE_MAX_QTY] = CASE_MAY("max_qty|max_quantity", CASE_QUANTITY, AT(max_qty)),
    [RULE_MIN_AMOUNT] = CASE_MAY("min_amount", CASE_NUMBER, AT(min_amount)),
    [RULE_AMOUNT] = CASE_MAY("amount", CASE_NUMBER, AT(amount)),
    [RULE_PERCENT] = CASE_MAY("percent", CASE_PERCENT, AT(percent)),
    [RULE_TOTAL] = CASE_MAY("total", CASE_NUMBER, AT(total)),
    [RULE_PRICE] = CASE_MAY("price", CASE_NUMBER, AT(price)),
    [RULE_MAX_AMOUNT] = CASE_MAY("max_amount", CASE_NUMBER, AT(max_amount)),
    [RULE_MAX_UNITS] = CASE_MAY("max_units|max_units_per_line", CASE_NUMBER, AT(max_units)),
    [RULE_CAP_UNITS] = CASE_MAY("cap_units", CASE_NUMBER, AT(cap_units)),
    [RULE_GROUP_SIZE] = CASE_MAY("group_size|n|nth|every|set_size|size", CASE_NUMBER, AT(group_size)),
    [RULE_SCOPE] = CASE_MAY("scope", CASE_TEXT, AT(scope)),
    [RULE_TIERS] = CASE_MAY("tiers", CASE_LIST, AT(tiers)),
    [RULE_TIER_BY] = CASE_MAY("tier_by", CASE_TEXT, AT(tier_by)),
    [RULE_BASE_PERCENT] = CASE_MAY("base_percent", CASE_PERCENT, AT(base_percent)),
    [RULE_BASE_AMOUNT] = CASE_MAY("base_amount", CASE_NUMBER, AT(base_amount)),
    [RULE_FIRST] = CASE_MAY("first", CASE_NUMBER, AT(first)),
    [RULE_ADDITIONAL] = CASE_MAY("additional", CASE_NUMBER, AT(additional)),
    [RULE_BUY] = CASE_MAY("buy", CASE_OBJECT, AT(buy)),
    [RULE_BUY_QTY] = CASE_MAY("buy_qty|buy_quantity", CASE_NUMBER, AT(buy_qty)),
    [RULE_GET] = CASE_MAY("get", CASE_OBJECT, AT(get)),
    [RULE_GET_QTY] = CASE_MAY("get_qty|get_quantity", CASE_NUMBER, AT(get_qty)),
    [RULE_CHOOSE] = CASE_MAY("choose", CASE_TEXT, AT(choose)),
    [RULE_REPEAT] = CASE_MAY("repeat|repeats", CASE_ANY, AT(repeat)),
    [RULE_REPEATS_MAX] = CASE_MAY("repeats_max|max_repeat*|max_application*|max_sets|max_per_transaction",
                                  CASE_NUMBER, AT(repeats_max)),
    [RULE_MAX_GET] = CASE_MAY("max_get_qty|max_free_qty|max_get_units", CASE_NUMBER, AT(max_get)),
    [RULE_PLACEMENT] = CASE_MAY("placement", CASE_TEXT, AT(placement)),
    [RULE_FREE] = CASE_MAY("free", CASE_NUMBER, AT(free)),
    [RULE_ITEMS] =
        CASE_MAY("items|set|sets|parts|components|bundle|skus|products|needs|members|contents|categories|"
                 "requires|slots|pieces",
                 CASE_ANY, AT(items)),
    [RULE_SKU] = CASE_MAY("sku", CASE_TEXT, AT(sku)),
    [RULE_PER_QTY] = CASE_MAY("per_qty", CASE_NUMBER, AT(per_qty)),
    [RULE_FREE_QTY] = CASE_MAY("free_qty", CASE_NUMBER, AT(free_qty)),
    [RULE_QTY] = CASE_MAY("qty|quantity", CASE_NUMBER, AT(qty)),
    [RULE_UNIT_PRICE] = CASE_MAY("unit_price", CASE_NUMBER, AT(unit_price)),
    [RULE_CHARGED] = CASE_MAY("charged", CASE_NUMBER, AT(charged)),
    [RULE_STEP] = CASE_MAY("step|per_amount", CASE_NUMBER, AT(step)),
    [RULE_PERCENT_OF] = CASE_MAY("percent_of", CASE_TEXT, AT(percent_of)),
};

/* The words up to here belong to every type. */
#define COMMON_WORDS (RULE_BIT(RULE_AMOUNT) - 1)

uint32_t case_units(struct case_book *book, const struct case_rule *rule, const char *word, int64_t value,
                    uint32_t otherwise)
{
    return case_count(book->run, case_text(book->run, "%s: \"%s\"", rule->where, word), value, UINT32_MAX,
                      otherwise);
}

uint32_t case_rate(struct case_book *book, const struct case_rule *rule, int64_t basis_points)
{
    return case_units(book, rule, "percent", basis_points, 0);
}

uint32_t case_repeats(struct case_book *book, const struct case_rule *rule, bool otherwise)
{
    int64_t most = rule->repeats_max;
    bool is_repeated = rule->repeat != NULL ? !json_is_false(rule->repeat) : otherwise || most != CASE_ABSENT;
    if (rule->repeat != NULL && !json_is_boolean(rule->repeat) && !case_decimal(rule->repeat, 0, &most))
        case_fault(book->run, "%s: \"repeat\" is neither true, false nor a number", rule->where);
    return is_repeated ? case_units(book, rule, "repeats_max", most, 0) : 1;
}

/* ---- the types on items and on the basket */

static const struct case_choice bases[] = {{"running", BOOK_RUNNING}, {"list|initial", BOOK_INITIAL}};

/* Of units and lines; a percentage of the matched lines together is always of what is left of them. */
static void fill_percent_of(struct case_book *book, const struct case_rule *rule,
                            struct book_source_offer *offer)
{
    if (offer->scope != BOOK_TOGETHER)
        offer->give.percent_of = (uint8_t)case_choose(book->run, "percent_of", rule->percent_of, bases,
                                                      COUNT_OF(bases), (int)book->modes.percent_of);
}

static void fill_percent(struct case_book *book, const struct case_rule *rule,
                         struct book_source_offer *offer)
{
    offer->give.percent_bp = case_rate(book, rule, rule->percent);
    offer->give.max_amount_minor = case_or(rule->max_amount, 0);
    offer->give.max_units = case_units(book, rule, "max_units", rule->max_units, 0);
    fill_percent_of(book, rule, offer);
}

static void fill_amount(struct case_book *book, const struct case_rule *rule, struct book_source_offer *offer)
{
    offer->give.amount_minor = case_or(rule->amount, 0);
    offer->give.max_units = case_units(book, rule, "max_units", rule->max_units, 0);
    offer->give.cap_units = case_units(book, rule, "cap_units", rule->cap_units, 0);
    offer->give.per_minor = case_or(rule->step, 0);
    if (rule_has(rule, RULE_STEP))
        offer->give.repeats_max = case_units(book, rule, "repeats_max", rule->repeats_max, 0);
}

static void fill_price(struct case_book *book, const struct case_rule *rule, struct book_source_offer *offer)
{
    (void)book;
    offer->give.amount_minor =
        case_or(rule->price, case_or(rule->total, case_or(rule->amount, case_or(rule->unit_price, 0))));
}

static void fill_first(struct case_book *book, const struct case_rule *rule, struct book_source_offer *offer)
{
    offer->give.amount_minor = case_or(rule->first, 0);
    offer->give.more_minor = case_or(rule->additional, 0);
    offer->give.max_units = case_units(book, rule, "max_units", rule->max_units, 0);
}

/* ---- tiers */

static const struct case_choice tier_bys[] = {
    {"basket_amount|amount", BOOK_TIER_BASKET_AMOUNT},
    {"matched_amount", BOOK_TIER_MATCHED_AMOUNT},
    {"matched_qty|matched_quantity|qty|quantity", BOOK_TIER_MATCHED_QUANTITY}};

static const struct case_choice scopes[] = {{"line|lines", BOOK_EACH_LINE},
                                            {"basket|together", BOOK_TOGETHER}};

/* One tier: [threshold, value], or {"from": ..., "value": ...}. */
static struct book_step_row read_tier(struct case_book *book, const struct case_rule *rule,
                                      const json_t *json, unsigned threshold_places, unsigned value_places)
{
    static const char *const from_words[] = {"from", "threshold", "min"};
    static const char *const value_words[] = {"value", "percent", "amount"};
    struct book_step_row row = {0, 0};
    const json_t *from = json_array_get(json, 0), *value = json_array_get(json, 1);
    for (size_t i = 0; i < COUNT_OF(from_words) && from == NULL; i++)
        from = json_object_get(json, from_words[i]);
    for (size_t i = 0; i < COUNT_OF(value_words) && value == NULL; i++)
        value = json_object_get(json, value_words[i]);
    if (!case_decimal(from, threshold_places, &row.threshold) ||
        !case_decimal(value, value_places, &row.value) ||
        (json_is_array(json) ? json_array_size(json) : json_object_size(json)) != 2)
        case_fault(book->run, "%s: a tier is not [threshold, value]", rule->where);
    return row;
}

/* The highest that is reached counts, in whatever order a case lists them. */
static void sort_tiers(struct book_step_row *rows, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct book_step_row row = rows[i];
        size_t at = i;
        for (; at > 0 && rows[at - 1].threshold > row.threshold; at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

static void fill_tiers(struct case_book *book, const struct case_rule *rule, struct book_source_offer *offer)
{
    struct case_run *run = book->run;
    bool is_percent = offer->kind == BOOK_TIERED_PERCENT;
    offer->scope =
        (enum book_scope)case_choose(run, "scope", rule->scope, scopes, COUNT_OF(scopes), (int)offer->scope);
    offer->give.tier_by = (uint8_t)case_choose(run, "tier_by", rule->tier_by, tier_bys, COUNT_OF(tier_bys),
                                               BOOK_TIER_BASKET_AMOUNT);
    offer->give.tier_base = (uint8_t)book->modes.conditions_on;
    offer->give.percent_bp = is_percent ? case_units(book, rule, "base_percent", rule->base_percent, 0) : 0;
    offer->give.amount_minor = is_percent ? 0 : case_or(rule->base_amount, 0);
    if (is_percent)
        fill_percent_of(book, rule, offer);
    size_t count = json_array_size(rule->tiers);
    struct book_step_row *rows = case_take(run, count, sizeof(*rows));
    unsigned threshold_places = offer->give.tier_by == BOOK_TIER_MATCHED_QUANTITY ? 3 : 0;
    for (size_t i = 0; i < count && rows != NULL; i++)
        rows[i] = read_tier(book, rule, json_array_get(rule->tiers, i), threshold_places, is_percent ? 2 : 0);
    sort_tiers(rows, rows != NULL ? count : 0);
    offer->steps = rows;
    offer->step_count = (uint32_t)count;
}

#define PERCENTS (RULE_BIT(RULE_PERCENT) | RULE_BIT(RULE_PERCENT_OF))

static const struct rule_type item_types[] = {
    {"basket_amount_off", BOOK_AMOUNT_OFF, BOOK_TOGETHER,
     .takes = RULE_BIT(RULE_STEP) | RULE_BIT(RULE_REPEATS_MAX), .needs = RULE_BIT(RULE_AMOUNT),
     .fill = fill_amount},
    {"basket_percent_off", BOOK_PERCENT_OFF, BOOK_TOGETHER, .takes = RULE_BIT(RULE_MAX_AMOUNT),
     .needs = RULE_BIT(RULE_PERCENT), .fill = fill_percent},
    {"basket_total_fixed", BOOK_FIXED_PRICE, BOOK_TOGETHER,
     .either = RULE_BIT(RULE_TOTAL) | RULE_BIT(RULE_PRICE) | RULE_BIT(RULE_AMOUNT), .fill = fill_price},
    {"unit_percent_off", BOOK_PERCENT_OFF, BOOK_EACH_UNIT, .takes = PERCENTS | RULE_BIT(RULE_MAX_UNITS),
     .needs = RULE_BIT(RULE_PERCENT), .fill = fill_percent},
    {"line_percent_off", BOOK_PERCENT_OFF, BOOK_EACH_LINE,
     .takes = PERCENTS | RULE_BIT(RULE_MAX_UNITS) | RULE_BIT(RULE_MAX_AMOUNT),
     .needs = RULE_BIT(RULE_PERCENT), .fill = fill_percent},
    {"percent_with_cap", BOOK_PERCENT_OFF, BOOK_EACH_LINE, .takes = PERCENTS,
     .needs = RULE_BIT(RULE_PERCENT) | RULE_BIT(RULE_MAX_AMOUNT), .fill = fill_percent},
    {"unit_amount_off", BOOK_AMOUNT_OFF, BOOK_EACH_UNIT, .takes = RULE_BIT(RULE_MAX_UNITS),
     .needs = RULE_BIT(RULE_AMOUNT), .fill = fill_amount},
    {"line_amount_off", BOOK_AMOUNT_OFF, BOOK_EACH_LINE, .takes = RULE_BIT(RULE_CAP_UNITS),
     .needs = RULE_BIT(RULE_AMOUNT), .fill = fill_amount},
    {"unit_price_fixed", BOOK_FIXED_PRICE, BOOK_EACH_UNIT,
     .either = RULE_BIT(RULE_PRICE) | RULE_BIT(RULE_AMOUNT) | RULE_BIT(RULE_UNIT_PRICE), .fill = fill_price},
    {"tiered_percent", BOOK_TIERED_PERCENT, BOOK_EACH_LINE,
     .takes = RULE_BIT(RULE_SCOPE) | RULE_BIT(RULE_TIER_BY) | RULE_BIT(RULE_BASE_PERCENT) |
              RULE_BIT(RULE_PERCENT_OF),
     .needs = RULE_BIT(RULE_TIERS), .fill = fill_tiers},
    {"tiered_amount", BOOK_TIERED_AMOUNT, BOOK_TOGETHER,
     .takes = RULE_BIT(RULE_TIER_BY) | RULE_BIT(RULE_BASE_AMOUNT), .needs = RULE_BIT(RULE_TIERS),
     .fill = fill_tiers},
    {"first_and_additional", BOOK_FIRST_AND_MORE, BOOK_EACH_LINE, .takes = RULE_BIT(RULE_MAX_UNITS),
     .needs = RULE_BIT(RULE_FIRST) | RULE_BIT(RULE_ADDITIONAL), .fill = fill_first},
};

/* ---- price rules: what a unit costs before any discount */

static void fill_new_price(struct case_book *book, const struct case_rule *rule,
                           struct book_source_offer *offer)
{
    bool is_percent = rule_has(rule, RULE_PERCENT);
    bool is_amount = !is_percent && strcmp(rule->type, "unit_amount_off") == 0;
    offer->give.price_mode = is_percent  ? BOOK_PRICE_PERCENT
                             : is_amount ? BOOK_PRICE_AMOUNT
                                         : BOOK_PRICE_FIXED;
    offer->give.percent_bp = is_percent ? case_rate(book, rule, rule->percent) : 0;
    if (!is_percent)
        fill_price(book, rule, offer);
}

static const struct rule_type price_types[] = {
    {"unit_percent_off|line_percent_off", BOOK_PRICE, BOOK_EACH_UNIT, .needs = RULE_BIT(RULE_PERCENT),
     .fill = fill_new_price},
    {"unit_amount_off", BOOK_PRICE, BOOK_EACH_UNIT, .needs = RULE_BIT(RULE_AMOUNT), .fill = fill_new_price},
    {"unit_price_fixed", BOOK_PRICE, BOOK_EACH_UNIT,
     .either = RULE_BIT(RULE_PRICE) | RULE_BIT(RULE_AMOUNT) | RULE_BIT(RULE_UNIT_PRICE),
     .fill = fill_new_price},
};

/* ---- what all types share */

/* The types that a list of rules may hold. */
struct type_table {
    const struct rule_type *rows;
    size_t count;
};

static const struct rule_type *find_type(const struct type_table *tables, size_t table_count,
                                         const char *name)
{
    for (size_t i = 0; i < table_count && name != NULL; i++) {
        for (size_t k = 0; k < tables[i].count; k++) {
            if (case_spells(tables[i].rows[k].name, name))
                return &tables[i].rows[k];
        }
    }
    return NULL;
}

static const char *first_word(struct case_run *run, uint64_t words)
{
    struct span name = case_word_name(&rule_words[__builtin_ctzll(words)]);
    return case_text(run, "%.*s", (int)name.size, (const char *)name.bytes);
}

static void check_words(struct case_run *run, const struct case_rule *rule, const struct rule_type *type)
{
    uint64_t taken = COMMON_WORDS | type->takes | type->needs | type->either;
    uint64_t unknown = rule->present & ~taken, missing = type->needs & ~rule->present;
    if (unknown != 0)
        case_fault(run, "%s: the word \"%s\" is not known of %s", rule->where, first_word(run, unknown),
                   rule->type);
    if (missing != 0)
        case_fault(run, "%s: \"%s\" is missing", rule->where, first_word(run, missing));
    uint64_t either = type->either & (type->either - 1); /* less the first one */
    if (type->either != 0 && (type->either & rule->present) == 0)
        case_fault(run, "%s: \"%s\" or \"%s\" is missing", rule->where, first_word(run, type->either),
                   first_word(run, either));
}

static const struct case_choice exclusives[] = {{"if_better", BOOK_EXCLUSIVE_IF_BETTER}};

static void fill_exclusive(struct case_book *book, const struct case_rule *rule,
                           struct book_source_offer *offer)
{
    if (json_is_true(rule->exclusive))
        offer->exclusive = book->modes.exclusive;
    else if (json_is_string(rule->exclusive))
        offer->exclusive =
            (enum book_exclusive)case_choose(book->run, "exclusive", json_string_value(rule->exclusive),
                                             exclusives, COUNT_OF(exclusives), BOOK_NOT_EXCLUSIVE);
    else if (rule->exclusive != NULL && !json_is_false(rule->exclusive))
        case_fault(book->run, "%s: \"exclusive\" is neither true nor false", rule->where);
}

static const struct span *read_names(struct case_run *run, const char *where, const json_t *list)
{
    size_t i;
    json_t *item;
    struct span *names = case_take(run, json_array_size(list), sizeof(*names));
    json_array_foreach((json_t *)(uintptr_t)list, i, item)
    {
        if (!json_is_string(item))
            case_fault(run, "%s: a name is not a text", where);
        else if (names != NULL)
            names[i] = span_of_text(json_string_value(item));
    }
    return names;
}

/* Bounds that stand at the rule itself are of what it matches. */
static void fill_own_bounds(struct case_book *book, const struct case_rule *rule,
                            struct book_source_offer *offer)
{
    const struct {
        enum book_condition_kind kind;
        int64_t value;
    } bounds[] = {{BOOK_MIN_QUANTITY, rule->min_qty},
                  {BOOK_MAX_QUANTITY, rule->max_qty},
                  {BOOK_MIN_AMOUNT, rule->min_amount}};
    for (size_t i = 0; i < COUNT_OF(bounds); i++) {
        struct book_source_condition condition = {
            .kind = bounds[i].kind, .base = book->modes.conditions_on, .value = bounds[i].value};
        if (bounds[i].value != CASE_ABSENT)
            case_add_condition(book, offer, &condition);
    }
}

static void fill_common(struct case_book *book, const struct case_rule *rule, struct book_source_offer *offer)
{
    struct case_run *run = book->run;
    if (rule->match != NULL)
        case_target(book, rule->where, rule->match, offer);
    if (rule->conditions != NULL)
        case_conditions(book, rule->where, rule->conditions, offer);
    if (rule->customer_group != NULL)
        case_groups(book, rule->where, rule->customer_group, offer);
    if (offer->kind != BOOK_FREE_UNITS)
        fill_own_bounds(book, rule, offer);
    if (rule->valid_from != CASE_ABSENT)
        offer->from_day = (int32_t)rule->valid_from;
    if (rule->valid_to != CASE_ABSENT)
        offer->until_day = (int32_t)rule->valid_to;
    case_coupon(book, rule->where, rule->coupon, offer);
    case_budget(book, rule->where, rule->budget, offer);
    case_limit_uses(book, offer, &rule->uses);
    fill_exclusive(book, rule, offer);
    if (rule->group != NULL) {
        offer->groups = case_one_name(run, rule->group);
        offer->group_count = 1;
    }
    offer->channels = read_names(run, rule->where, rule->channels);
    offer->channel_count = (uint32_t)json_array_size(rule->channels);
    book->excluded_with[offer - book->offers] = rule->excluded_with;
    if (rule->priority != CASE_ABSENT && (rule->priority < -PRIORITY_MAX || rule->priority > PRIORITY_MAX))
        case_fault(run, "%s: \"priority\" is too large", rule->where);
    else
        offer->priority = (int32_t)case_or(rule->priority, 0);
}

/* A rule that is enabled in no channel at all is in no till's book. */
static bool is_nowhere(const struct case_rule *rule)
{
    return rule->channels != NULL && json_array_size(rule->channels) == 0;
}

static bool is_any_step_above_zero(const struct book_source_offer *offer)
{
    for (uint32_t i = 0; i < offer->step_count; i++) {
        if (offer->steps[i].value > 0)
            return true;
    }
    return false;
}

/* What an offer of a kind must have to give anything: something off, or units to give. */
static const struct {
    enum book_kind kind;
    bool wants_value, wants_units;
} worths[] = {
    {BOOK_PERCENT_OFF, true, false},    {BOOK_AMOUNT_OFF, true, false},    {BOOK_FIRST_AND_MORE, true, false},
    {BOOK_QUANTITY_GROUP, true, false}, {BOOK_CHEAPEST_UNIT, true, false}, {BOOK_TIERED_PERCENT, true, false},
    {BOOK_TIERED_AMOUNT, true, false},  {BOOK_PRICE, true, false},         {BOOK_BUY_GET, true, true},
    {BOOK_NTH_FREE, true, true},        {BOOK_FREE_UNITS, false, true},    {BOOK_GIFT_LINE, false, true},
};

/* 0 off, 0 %, none of something: no book takes such an offer, for a person who writes it means something else. A
 * case may well mean it. */
static bool gives_nothing(const struct book_source_offer *offer)
{
    const struct book_give *give = &offer->give;
    bool has_value = give->percent_bp != 0 || give->amount_minor != 0 || give->more_minor != 0 ||
                     give->price_mode == BOOK_PRICE_FIXED || is_any_step_above_zero(offer);
    for (size_t i = 0; i < COUNT_OF(worths); i++) {
        if (worths[i].kind == (enum book_kind)offer->kind)
            return (worths[i].wants_value && !has_value) || (worths[i].wants_units && give->get_units == 0);
    }
    return false;
}

/* A limit of none is used up before anybody comes. */
static bool is_never_given(const struct book_source_offer *offer)
{
    for (uint32_t i = 0; i < offer->limit_count; i++) {
        if (offer->limits[i].value == 0)
            return true;
    }
    return gives_nothing(offer);
}

/* Takes the offer that was added last out of the book again. */
static void drop_last_offer(struct case_book *book)
{
    uint32_t last = --book->source.offer_count;
    while (book->use_count > 0 && book->uses[book->use_count - 1].offer == last)
        book->use_count--;
}

static void add_rule(struct case_book *book, const json_t *json, size_t index,
                     const struct type_table *tables, size_t table_count, uint32_t lane)
{
    struct case_run *run = book->run;
    struct case_rule rule;
    const char *id = json_string_value(json_object_get(json, "id"));
    const char *where = id != NULL ? case_text(run, "rule %s", id) : case_text(run, "rule %zu", index + 1);
    case_read(run, where, json, rule_words, RULE_WORDS, &rule, &rule.present);
    rule.where = where;
    const struct rule_type *type = find_type(tables, table_count, rule.type);
    if (type == NULL)
        case_fault(run, "%s: the type \"%s\" is not known", where, rule.type != NULL ? rule.type : "");
    else
        check_words(run, &rule, type);
    if (!case_is_sound(run) || is_nowhere(&rule))
        return;
    struct book_source_offer *offer = case_add_offer(book, rule.id, type->kind, type->scope,
                                                     rule.lane != NULL ? case_lane(book, rule.lane) : lane);
    if (offer == NULL)
        return;
    fill_common(book, &rule, offer);
    if (case_is_sound(run))
        type->fill(book, &rule, offer);
    if (!book->modes.is_by_priority)
        offer->priority = -(int32_t)index;
    else if (book->modes.is_ascending)
        offer->priority = -offer->priority;
    if (case_is_sound(run) && is_never_given(offer))
        drop_last_offer(book);
}

/* The book's id of the rule that the case calls so. */
static struct span id_of(struct case_book *book, const char *name)
{
    for (uint32_t i = 0; i < book->source.offer_count && name != NULL; i++) {
        if (book->names[i] != NULL && strcmp(book->names[i], name) == 0)
            return book->offers[i].id;
    }
    case_fault(book->run, "excluded_with: there is no rule \"%s\"", name != NULL ? name : "");
    return span_of_text("");
}

/* Once all rules are there: which of them never meet. */
static void exclude_rules(struct case_book *book)
{
    for (uint32_t i = 0; i < book->source.offer_count; i++) {
        const json_t *list = book->excluded_with[i];
        size_t count = json_array_size(list);
        struct span *ids = count > 0 ? case_take(book->run, count, sizeof(*ids)) : NULL;
        for (size_t k = 0; k < count && ids != NULL; k++)
            ids[k] = id_of(book, json_string_value(json_array_get(list, k)));
        book->offers[i].excluded_with = ids;
        book->offers[i].excluded_with_count = ids != NULL ? (uint32_t)count : 0;
    }
}

static bool is_award(const struct book_source_offer *offer)
{
    return offer->kind == BOOK_FREE_UNITS || offer->kind == BOOK_GIFT_LINE;
}

static bool is_any_discount_before(const struct case_book *book, uint32_t first, uint32_t award)
{
    for (uint32_t i = first; i < book->source.offer_count; i++) {
        int32_t priority = book->offers[i].priority, of_award = book->offers[award].priority;
        if (!is_award(&book->offers[i]) && (priority > of_award || (priority == of_award && i < award)))
            return true;
    }
    return false;
}

/* The engine hands out awards behind all discounts. Where a case has one before all of them, the basket that its
 * conditions see is the one at the beginning. */
static void settle_awards(struct case_book *book, uint32_t first)
{
    for (uint32_t i = first; i < book->source.offer_count; i++) {
        const struct book_source_offer *offer = &book->offers[i];
        struct book_source_condition *rows = (struct book_source_condition *)(uintptr_t)offer->conditions;
        if (!is_award(offer) || is_any_discount_before(book, first, i))
            continue;
        for (uint32_t k = 0; k < offer->condition_count; k++)
            rows[k].base = BOOK_INITIAL;
    }
}

void case_add_rules(struct case_book *book, const json_t *rules)
{
    size_t i;
    json_t *item;
    uint32_t first = book->source.offer_count;
    const struct type_table tables[] = {{item_types, COUNT_OF(item_types)},
                                        {case_deal_types, case_deal_type_count}};
    json_array_foreach((json_t *)(uintptr_t)rules, i, item)
        add_rule(book, item, i, tables, COUNT_OF(tables), CASE_LANE_RULES);
    exclude_rules(book);
    settle_awards(book, first);
}

/* An exclusive price rule is alone on its line: it comes first and shares a group with each other rule. */
static void separate_prices(struct case_book *book, uint32_t first)
{
    struct case_run *run = book->run;
    uint32_t count = book->source.offer_count - first;
    for (uint32_t i = 0; i < count; i++) {
        struct book_source_offer *offer = &book->offers[first + i];
        struct span *groups = case_take(run, count, sizeof(*groups));
        if (groups == NULL)
            return;
        uint32_t group_count = 0;
        bool is_exclusive = offer->exclusive != BOOK_NOT_EXCLUSIVE;
        for (uint32_t k = 0; k < count; k++) {
            bool is_other_exclusive = book->offers[first + k].exclusive != BOOK_NOT_EXCLUSIVE;
            uint32_t low = i < k ? i : k, high = i < k ? k : i;
            if (i != k && (is_exclusive || is_other_exclusive))
                groups[group_count++] = span_of_text(case_text(run, "prices %u and %u", low, high));
        }
        offer->groups = groups;
        offer->group_count = group_count;
        offer->group_scope = BOOK_GROUP_PER_LINE;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct book_source_offer *offer = &book->offers[first + i];
        offer->priority += offer->exclusive != BOOK_NOT_EXCLUSIVE ? PRIORITY_ALONE : 0;
        offer->exclusive = BOOK_NOT_EXCLUSIVE;
    }
}

void case_add_price_rules(struct case_book *book, const json_t *rules)
{
    size_t i;
    json_t *item;
    uint32_t first = book->source.offer_count;
    const struct type_table table = {price_types, COUNT_OF(price_types)};
    json_array_foreach((json_t *)(uintptr_t)rules, i, item)
        add_rule(book, item, i, &table, 1, CASE_LANE_PRICES);
    separate_prices(book, first);
}
