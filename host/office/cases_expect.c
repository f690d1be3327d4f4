/* SPDX-License-Identifier: Apache-2.0 */
/* What is expected of a basket: a row a word, with what the engine's result says of it. */
#include "offers/share.h"
#include "office/cases_book.h"

/* The words that are compared one by one, each with what was got for it. */
struct expectation {
    const char *spellings;
    enum case_fit match;
    json_t *(*got)(const struct case_book *book);
};

/* What gift lines cost: lines that the basket does not have yet, but that are to be paid. */
static int64_t with_gifts(const struct case_book *book, int64_t amount)
{
    for (uint32_t i = 0; i < book->result.award_count; i++) {
        const struct offers_award *award = &book->result.awards[i];
        int64_t charged;
        if (__builtin_mul_overflow(award->charged_minor, award->count, &charged) ||
            __builtin_add_overflow(amount, charged, &amount))
            return INT64_MAX;
    }
    return amount;
}

static json_t *total(const struct case_book *book)
{
    return json_integer(with_gifts(book, book->result.total_minor));
}

static json_t *discount(const struct case_book *book)
{
    return json_integer(book->result.discount_minor);
}

static json_t *gross(const struct case_book *book)
{
    return json_integer(book->result.gross_minor);
}

static json_t *tax(const struct case_book *book)
{
    return json_integer(book->result.tax_minor);
}

static json_t *payable(const struct case_book *book)
{
    return json_integer(with_gifts(book, book->result.payable_minor));
}

static json_t *points(const struct case_book *book)
{
    return json_integer(book->result.points);
}

/* ---- a figure a line */

typedef json_t *line_figure(const struct case_book *book, uint32_t line);

static json_t *each_line(const struct case_book *book, line_figure *figure)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < book->basket.line_count; i++)
        (void)json_array_append_new(list, figure(book, i));
    return list;
}

static json_t *line_total(const struct case_book *book, uint32_t line)
{
    return json_integer(book->result.lines[line].net_minor);
}

static json_t *line_discount(const struct case_book *book, uint32_t line)
{
    return json_integer(book->result.lines[line].discount_minor);
}

static json_t *line_gross(const struct case_book *book, uint32_t line)
{
    return json_integer(book->result.lines[line].amount_minor);
}

static json_t *line_tax(const struct case_book *book, uint32_t line)
{
    return json_integer(book->result.lines[line].tax_minor);
}

static json_t *line_points(const struct case_book *book, uint32_t line)
{
    return json_integer(book->result.lines[line].points);
}

/* The price of a unit after price rules, in minor units: a price rule leaves no fractions of them. */
static json_t *unit_price(const struct case_book *book, uint32_t line)
{
    int64_t price = book->result.lines[line].unit_price_e5;
    for (unsigned i = book->basket.exponent; i < 5; i++)
        price /= 10;
    return json_integer(price);
}

/* What a unit cost before a price rule or the till reduced it; 0: it is not reduced. */
static json_t *prior_price(const struct case_book *book, uint32_t line)
{
    return json_integer(book->result.lines[line].prior_price_minor);
}

/* A line's discount over its units, as returns split it; a measured line is one unit. */
static json_t *unit_split(const struct case_book *book, uint32_t line)
{
    int64_t shares[LINES_MAX];
    const struct offers_line *row = &book->basket.lines[line];
    bool is_measured = row->weighed || row->quantity_milli % 1000 != 0;
    int64_t units = is_measured ? 1 : row->quantity_milli / 1000;
    json_t *list = json_array();
    if (units <= 0 || units > LINES_MAX ||
        offers_unit_split(book->result.lines[line].discount_minor, (uint32_t)units, shares) != ERR_OK)
        return list;
    for (int64_t i = 0; i < units; i++)
        (void)json_array_append_new(list, json_integer(shares[i]));
    return list;
}

#define EACH_LINE(name, figure)                                                                              \
    static json_t *name(const struct case_book *book)                                                        \
    {                                                                                                        \
        return each_line(book, figure);                                                                      \
    }
EACH_LINE(line_totals, line_total)
EACH_LINE(line_discounts, line_discount)
EACH_LINE(line_grosses, line_gross)
EACH_LINE(line_taxes, line_tax)
EACH_LINE(line_points_all, line_points)
EACH_LINE(unit_prices, unit_price)
EACH_LINE(prior_prices, prior_price)
EACH_LINE(unit_discounts, unit_split)

/* ---- rules */

static json_t *text_of(struct span text)
{
    return json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size);
}

static struct offers_explanation why(const struct case_book *book, uint32_t i)
{
    return offers_explain(&book->book, &book->member, &book->moment, &book->result,
                          case_offer_index(book, i));
}

/* The rules that gave something: earning and prices are no rules of the case's list, unless they have an id. */
static json_t *applied(const struct case_book *book)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < book->source.offer_count; i++) {
        if (book->names[i] != NULL && why(book, i).reason == OFFERS_GIVEN)
            (void)json_array_append_new(list, json_string(book->names[i]));
    }
    return list;
}

/* A rule by its id and by the code of its coupon. */
static void append_names(const struct case_book *book, const json_t *rule, json_t *list)
{
    const char *id = json_string_value(json_object_get(rule, "id"));
    const json_t *coupon = json_object_get(rule, "coupon");
    const char *code = json_is_string(coupon) ? json_string_value(coupon)
                                              : json_string_value(json_object_get(coupon, "code"));
    for (uint32_t i = 0; i < book->source.offer_count && id != NULL; i++) {
        if (book->names[i] != NULL && strcmp(book->names[i], id) == 0 && why(book, i).reason == OFFERS_GIVEN)
            return;
    }
    if (id != NULL)
        (void)json_array_append_new(list, json_string(id));
    if (code != NULL)
        (void)json_array_append_new(list, json_string(code));
}

static bool is_coupon_used(const struct case_book *book, uint32_t coupon)
{
    for (uint32_t i = 0; i < book->result.coupon_used_count; i++) {
        if (book->result.coupons_used[i] == coupon)
            return true;
    }
    return false;
}

/* The codes that were presented and unlocked nothing, among them those that no rule knows. */
static void append_codes(const struct case_book *book, json_t *list)
{
    for (uint32_t i = 0; i < book->basket.coupon_count; i++) {
        if (!is_coupon_used(book, i))
            (void)json_array_append_new(list, text_of(book->basket.coupons[i].code));
    }
}

/* Also those that are in no book, since they are enabled in no channel. */
static json_t *rejected(const struct case_book *book)
{
    json_t *list = json_array();
    size_t i;
    json_t *rule;
    json_array_foreach(json_object_get(book->run->json, "rules"), i, rule) append_names(book, rule, list);
    append_codes(book, list);
    return list;
}

static json_t *rule_discounts(const struct case_book *book)
{
    json_t *object = json_object();
    for (uint32_t i = 0; i < book->source.offer_count; i++) {
        if (book->names[i] != NULL)
            (void)json_object_set_new(object, book->names[i], json_integer(why(book, i).amount_minor));
    }
    return object;
}

/* ---- awards */

static json_t *gift_lines(const struct case_book *book)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < book->result.award_count; i++) {
        const struct offers_award *award = &book->result.awards[i];
        if (award->kind == BOOK_GIFT_LINE)
            (void)json_array_append_new(list, json_pack("{s:o, s:I, s:I, s:I}", "sku", text_of(award->item),
                                                        "qty", (json_int_t)award->count, "unit_price",
                                                        (json_int_t)award->unit_price_minor, "charged",
                                                        (json_int_t)award->charged_minor));
    }
    return list;
}

static json_t *free_units(const struct case_book *book)
{
    json_t *object = json_object();
    for (uint32_t i = 0; i < book->result.award_count; i++) {
        const struct offers_award *award = &book->result.awards[i];
        char sku[SKU_MAX + 1] = {0};
        if (award->kind != BOOK_FREE_UNITS || award->item.size > SKU_MAX)
            continue;
        memcpy(sku, award->item.bytes, award->item.size);
        int64_t before = json_integer_value(json_object_get(object, sku));
        (void)json_object_set_new(object, sku, json_integer(before + award->count));
    }
    return object;
}

static json_t *coupons_used(const struct case_book *book)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < book->result.coupon_used_count; i++)
        (void)json_array_append_new(list, text_of(book->basket.coupons[book->result.coupons_used[i]].code));
    return list;
}

static json_t *search(const struct case_book *book)
{
    static const char *const names[] = {
        [OFFERS_SEARCH_NONE] = "none", [OFFERS_OPTIMAL] = "optimal", [OFFERS_BOUNDED] = "bounded"};
    return json_string(names[book->result.search]);
}

static const struct expectation expectations[] = {
    {"total|net", CASE_SAME, total},
    {"discount|total_discount", CASE_SAME, discount},
    {"gross|subtotal", CASE_SAME, gross},
    {"tax|tax_total", CASE_SAME, tax},
    {"payable", CASE_SAME, payable},
    {"points_earned|points", CASE_SAME, points},
    {"line_totals", CASE_SAME, line_totals},
    {"line_discounts", CASE_SAME, line_discounts},
    {"line_amounts|line_subtotals", CASE_SAME, line_grosses},
    {"line_taxes", CASE_SAME, line_taxes},
    {"line_points", CASE_SAME, line_points_all},
    {"unit_prices", CASE_SAME, unit_prices},
    {"prior_prices|prior_unit_prices", CASE_SAME, prior_prices},
    {"unit_discounts", CASE_SAME, unit_discounts},
    {"applied", CASE_SAME_SET, applied},
    {"rejected", CASE_PART, rejected},
    {"rule_discounts|discount_by_rule", CASE_SAME, rule_discounts},
    {"gift_lines", CASE_SAME_SET, gift_lines},
    {"free_units", CASE_COUNTS, free_units},
    {"coupons_used", CASE_SAME_SET, coupons_used},
    {"search", CASE_SAME, search},
};

static const struct expectation *find_expectation(const char *key)
{
    for (size_t i = 0; i < COUNT_OF(expectations); i++) {
        if (case_spells(expectations[i].spellings, key))
            return &expectations[i];
    }
    return NULL;
}

void case_expect(struct case_book *book, const json_t *expected)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)expected, key, value)
    {
        const struct expectation *row = find_expectation(key);
        if (row == NULL)
            case_fault(book->run, "expected: the word \"%s\" is not known", key);
        else
            case_compare(book->run, key, value, row->got(book), row->match);
    }
}
