/* SPDX-License-Identifier: Apache-2.0 */
/* Runs those cases of shared/cases/offers.json that this engine's kinds can express; a case with a word that
 * is not known here is counted as left out. Skipped, saying so, where the file is absent (KASSA_SHARED names
 * its folder). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/money.h"
#include "harness/ok.h"
#include "unit/offers/shelf.h"

#define NAMES_MAX 256

/* One case while it is loaded. */
struct loading {
    struct shelf *shelf;
    struct span names[NAMES_MAX]; /* of selectors and groups: the texts belong to the JSON */
    uint32_t name_count;
    struct book_source_condition conditions[SHELF_OFFERS][4];
    const json_t *evaluation;
    bool is_supported;
};

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(word, *words) == 0)
            return true;
    }
    return false;
}

static void need_only(struct loading *l, const json_t *object, const char *const *words)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (!is_one_of(key, words))
            l->is_supported = false;
    }
}

static int64_t number(const json_t *object, const char *key)
{
    return (int64_t)json_number_value(json_object_get(object, key));
}

static uint32_t basis_points(const json_t *rule)
{
    const json_t *percent = json_object_get(rule, "percent");
    return percent == NULL ? 10000 : (uint32_t)(json_number_value(percent) * 100 + 0.5);
}

static bool says(const json_t *object, const char *key, const char *word)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL && strcmp(value, word) == 0;
}

static struct span name(const json_t *text)
{
    assert_true(json_is_string(text));
    return span_of_text(json_string_value(text));
}

/* One of {"sku"}, {"category"}, {"any": [...]}; NULL: everything. */
static struct book_source_selector selector(struct loading *l, const json_t *match)
{
    static const char *const words[] = {"sku", "category", "any", NULL};
    if (match == NULL)
        return (struct book_source_selector){.everything = true};
    need_only(l, match, words);
    const json_t *any = json_object_get(match, "any");
    size_t count = any != NULL ? json_array_size(any) : 1;
    struct book_source_selector out = {.categories = &l->names[l->name_count]};
    for (int kind = 0; kind < 2; kind++) {
        const char *key = kind == 0 ? "category" : "sku";
        if (kind == 1)
            out.items = &l->names[l->name_count];
        for (size_t i = 0; i < count; i++) {
            const json_t *text = json_object_get(any != NULL ? json_array_get(any, i) : match, key);
            if (text == NULL)
                continue;
            assert_in_range(l->name_count, 0, NAMES_MAX - 1);
            l->names[l->name_count++] = name(text);
            *(kind == 0 ? &out.category_count : &out.item_count) += 1;
        }
    }
    l->is_supported = l->is_supported && out.category_count + out.item_count > 0;
    return out;
}

static void load_condition(struct loading *l, const json_t *json, struct book_source_offer *offer,
                           uint32_t index)
{
    static const char *const words[] = {"min_qty", "min_amount", "contains", "customer_group",
                                        "of",      "on",         NULL};
    need_only(l, json, words);
    const json_t *group = json_object_get(json, "customer_group");
    if (group != NULL) {
        l->names[l->name_count] = name(group);
        offer->audience = BOOK_SEGMENT;
        offer->who = &l->names[l->name_count++];
        offer->who_count = 1;
        return;
    }
    struct book_source_condition condition = {.kind = BOOK_MIN_QUANTITY, .value = 1000};
    const json_t *of = json_object_get(json, "of"), *contains = json_object_get(json, "contains");
    condition.of = selector(l, contains != NULL ? contains : of);
    if (json_object_get(json, "min_amount") != NULL) {
        condition.kind = BOOK_MIN_AMOUNT;
        condition.value = number(json, "min_amount");
    } else if (json_object_get(json, "min_qty") != NULL) {
        condition.value = number(json, "min_qty") * 1000;
    }
    if (says(json, "on", "initial") || says(l->evaluation, "conditions_on", "initial"))
        condition.base = BOOK_INITIAL;
    l->conditions[index][offer->condition_count++] = condition;
    offer->conditions = l->conditions[index];
}

static const struct rule_row {
    const char *type;
    enum book_kind kind;
    enum book_scope scope;
    const char *amount; /* the key of its amount */
} rule_rows[] = {
    {"basket_amount_off", BOOK_AMOUNT_OFF, BOOK_TOGETHER, "amount"},
    {"basket_percent_off", BOOK_PERCENT_OFF, BOOK_TOGETHER, NULL},
    {"basket_total_fixed", BOOK_FIXED_PRICE, BOOK_TOGETHER, "total"},
    {"unit_percent_off", BOOK_PERCENT_OFF, BOOK_EACH_UNIT, NULL},
    {"line_percent_off", BOOK_PERCENT_OFF, BOOK_EACH_LINE, NULL},
    {"unit_amount_off", BOOK_AMOUNT_OFF, BOOK_EACH_UNIT, "amount"},
    {"line_amount_off", BOOK_AMOUNT_OFF, BOOK_EACH_LINE, "amount"},
    {"unit_price_fixed", BOOK_FIXED_PRICE, BOOK_EACH_UNIT, "price"},
    {"buy_get", BOOK_BUY_GET, BOOK_EACH_UNIT, NULL},
};

static void load_give(struct loading *l, const json_t *rule, const struct rule_row *row,
                      struct book_source_offer *offer)
{
    if (row->amount != NULL)
        offer->give.amount_minor = number(rule, row->amount);
    if (row->kind == BOOK_PERCENT_OFF || row->kind == BOOK_BUY_GET)
        offer->give.percent_bp = basis_points(rule);
    if (row->kind == BOOK_PERCENT_OFF && row->scope == BOOK_TOGETHER)
        offer->give.max_amount_minor = number(rule, "max_amount");
    else if (says(l->evaluation, "percent_of", "list"))
        offer->give.percent_of = BOOK_INITIAL;
    if (row->kind != BOOK_BUY_GET)
        return;
    offer->target = selector(l, json_object_get(rule, "buy"));
    offer->get = selector(l, json_object_get(rule, "get"));
    offer->give.buy_units = (uint32_t)number(rule, "buy_qty");
    offer->give.get_units = (uint32_t)number(rule, "get_qty");
    offer->give.choose = says(rule, "choose", "most_expensive") ? BOOK_DEAREST : BOOK_CHEAPEST;
    offer->give.placement = BOOK_ON_GET;
    offer->give.repeats_max = json_is_true(json_object_get(rule, "repeat")) ? 0 : 1;
}

static void load_rule(struct loading *l, const json_t *rule, uint32_t index)
{
    static const char *const words[] = {
        "id",        "type", "amount",  "percent", "total",   "price",  "match",  "conditions", "priority",
        "exclusive", "buy",  "buy_qty", "get",     "get_qty", "choose", "repeat", "max_amount", NULL};
    need_only(l, rule, words);
    const struct rule_row *row = NULL;
    for (size_t i = 0; i < COUNT_OF(rule_rows); i++)
        row = says(rule, "type", rule_rows[i].type) ? &rule_rows[i] : row;
    if (row == NULL) {
        l->is_supported = false;
        return;
    }
    struct book_source_offer *offer =
        shelf_offer(l->shelf, json_string_value(json_object_get(rule, "id")), row->kind, row->scope);
    offer->target = selector(l, json_object_get(rule, "match"));
    offer->priority =
        says(l->evaluation, "order", "listed") ? -(int32_t)index : (int32_t)number(rule, "priority");
    if (json_is_true(json_object_get(rule, "exclusive")))
        offer->exclusive = BOOK_EXCLUSIVE_IN_BASKET;
    load_give(l, rule, row, offer);
    const json_t *conditions = json_object_get(rule, "conditions");
    for (size_t i = 0; i < json_array_size(conditions) && i < 4; i++)
        load_condition(l, json_array_get(conditions, i), offer, index);
}

static void load_earn_rule(struct loading *l, const json_t *rule, const json_t *tenders)
{
    static const char *const ids[] = {"earn0", "earn1", "earn2"};
    static const char *const words[] = {"points",           "per", "basis", "match", "rounding",
                                        "excluded_tenders", NULL};
    static const struct {
        const char *word;
        enum book_basis basis;
    } bases[] = {{"net_after_discount", BOOK_NET},
                 {"net_ignoring_basket_wide_discounts", BOOK_NET_BEFORE_BASKET},
                 {"gross_before_discount", BOOK_GROSS}};
    static unsigned next; /* ids are unique within three rules of a case: enough for the file */
    need_only(l, rule, words);
    struct book_source_offer *offer =
        shelf_offer(l->shelf, ids[next++ % 3], BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    offer->give.points = (uint32_t)number(rule, "points");
    offer->give.per_minor = number(rule, "per");
    offer->target = selector(l, json_object_get(rule, "match"));
    bool known = false;
    for (size_t i = 0; i < COUNT_OF(bases); i++) {
        if (says(rule, "basis", bases[i].word)) {
            offer->give.basis = (uint8_t)bases[i].basis;
            known = true;
        }
    }
    l->is_supported = l->is_supported && known;
    for (size_t i = 0; i < json_array_size(tenders); i++) {
        const json_t *tender = json_array_get(tenders, i);
        for (size_t k = 0; k < json_array_size(json_object_get(rule, "excluded_tenders")); k++) {
            const json_t *excluded = json_array_get(json_object_get(rule, "excluded_tenders"), k);
            if (json_equal(excluded, json_object_get(tender, "type")))
                l->shelf->basket.not_earning_minor += number(tender, "amount");
        }
    }
}

static void load_line(struct loading *l, const json_t *json)
{
    static const int64_t scale[] = {100000, 10000, 1000, 100, 10};
    static const char *const words[] = {"sku",         "categories",       "qty", "unit_price",
                                        "tax_percent", "floor_unit_price", NULL};
    need_only(l, json, words);
    int64_t quantity_milli;
    ok(money_parse_decimal(span_of_text(json_string_value(json_object_get(json, "qty"))), 3,
                           &quantity_milli));
    struct offers_line *line =
        shelf_line(l->shelf, json_string_value(json_object_get(json, "sku")), NULL, 0, 0);
    line->quantity_milli = quantity_milli;
    line->unit_price_e5 = number(json, "unit_price") * scale[l->shelf->basket.exponent];
    line->floor_minor = number(json, "floor_unit_price") * (quantity_milli / 1000);
    const json_t *categories = json_object_get(json, "categories");
    for (size_t i = 0; i < json_array_size(categories) && i < CATEGORIES_PER_LINE_MAX; i++)
        line->categories[line->category_count++] = name(json_array_get(categories, i));
}

static void load_modes(struct loading *l)
{
    if (says(l->evaluation, "choose", "best_single_rule_per_line"))
        l->shelf->lanes[0].mode = BOOK_LANE_BEST_PER_LINE;
    else if (says(l->evaluation, "choose", "highest_priority_only"))
        l->shelf->lanes[0].mode = BOOK_LANE_HIGHEST_PRIORITY;
    else if (says(l->evaluation, "choose", "sum_percent_of_list"))
        l->is_supported = false;
}

static void load(struct loading *l, const json_t *json)
{
    static const char *const words[] = {"id",
                                        "set",
                                        "group",
                                        "kind",
                                        "source",
                                        "currency",
                                        "basket",
                                        "rules",
                                        "evaluation",
                                        "expected",
                                        "context",
                                        "customer",
                                        "earn_rules",
                                        "tenders",
                                        "notes",
                                        "derived_expected",
                                        "allocation_independent",
                                        NULL};
    need_only(l, json, words);
    l->evaluation = json_object_get(json, "evaluation");
    unsigned exponent = (unsigned)number(json_object_get(json, "currency"), "minor_digits");
    l->shelf->source.exponent = l->shelf->basket.exponent = (uint8_t)exponent;
    load_modes(l);
    const json_t *groups = json_object_get(json_object_get(json, "customer"), "groups");
    l->shelf->member.known = json_object_get(json, "customer") != NULL;
    l->shelf->member.segments = &l->names[l->name_count];
    for (size_t i = 0; i < json_array_size(groups); i++, l->shelf->member.segment_count++)
        l->names[l->name_count++] = name(json_array_get(groups, i));
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(json_object_get(json, "basket"), "lines"), i, item) load_line(l, item);
    json_array_foreach(json_object_get(json, "rules"), i, item) load_rule(l, item, (uint32_t)i);
    json_array_foreach(json_object_get(json, "earn_rules"), i, item)
        load_earn_rule(l, item, json_object_get(json, "tenders"));
}

/* ---- what came out */

static unsigned differs(const char *id, const char *what, int64_t expected, int64_t got)
{
    if (expected == got)
        return 0;
    print_error("%s: %s: expected %lld, got %lld\n", id, what, (long long)expected, (long long)got);
    return 1;
}

static unsigned compare_given(const struct shelf *s, const char *id, const json_t *ids, bool given)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *rule = json_string_value(json_array_get(ids, i));
        wrong += differs(id, rule, given, shelf_why(s, rule).reason == OFFERS_GIVEN);
    }
    return wrong;
}

static unsigned compare(const struct shelf *s, const json_t *json)
{
    const char *id = json_string_value(json_object_get(json, "id"));
    const json_t *expected = json_object_get(json, "expected");
    bool lines_count = says(json_object_get(json, "evaluation"), "allocation", "largest_remainder") ||
                       json_is_true(json_object_get(json, "allocation_independent"));
    unsigned wrong = 0;
    if (json_object_get(expected, "total") != NULL)
        wrong += differs(id, "total", number(expected, "total"), s->result.total_minor);
    if (json_object_get(expected, "discount") != NULL)
        wrong += differs(id, "discount", number(expected, "discount"), s->result.discount_minor);
    if (json_object_get(expected, "points_earned") != NULL)
        wrong += differs(id, "points", number(expected, "points_earned"), s->result.points);
    size_t i;
    json_t *value;
    if (lines_count) {
        json_array_foreach(json_object_get(expected, "line_discounts"), i, value) wrong +=
            differs(id, "line discount", json_integer_value(value), s->result.lines[i].discount_minor);
        json_array_foreach(json_object_get(expected, "line_totals"), i, value) wrong +=
            differs(id, "line total", json_integer_value(value), s->result.lines[i].net_minor);
    }
    wrong += compare_given(s, id, json_object_get(expected, "applied"), true);
    return wrong + compare_given(s, id, json_object_get(expected, "rejected"), false);
}

enum outcome { PASSED, FAILED, LEFT_OUT };

static enum outcome run(const json_t *json)
{
    if (!says(json, "kind", "basket"))
        return LEFT_OUT;
    struct loading *l = calloc(1, sizeof(*l));
    assert_non_null(l);
    l->shelf = shelf_new();
    l->is_supported = true;
    load(l, json);
    enum outcome outcome = LEFT_OUT;
    if (l->is_supported) {
        shelf_price(l->shelf);
        outcome = compare(l->shelf, json) == 0 ? PASSED : FAILED;
    }
    shelf_delete(l->shelf);
    free(l);
    return outcome;
}

static void offers_price__agrees_with_the_reference_cases(void **state)
{
    (void)state;
    const char *folder = getenv("KASSA_SHARED");
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/cases/offers.json",
                   folder != NULL ? folder : KASSA_SOURCE_DIR "/../shared");
    json_t *root = json_load_file(path, 0, NULL);
    if (root == NULL) {
        print_message("skipped: the reference cases are not at %s\n", path);
        skip();
    }
    unsigned counts[3] = {0};
    size_t i;
    json_t *json;
    json_array_foreach(json_object_get(root, "cases"), i, json) counts[run(json)]++;
    print_message("%u passed, %u failed, %u left out\n", counts[PASSED], counts[FAILED], counts[LEFT_OUT]);
    json_decref(root);
    assert_int_equal(counts[FAILED], 0);
    assert_true(counts[PASSED] >= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(offers_price__agrees_with_the_reference_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
