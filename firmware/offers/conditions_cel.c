/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/conditions_cel.h"

#include "offers/offers.h"

static const struct cel_type
    type_bool = {.kind = CEL_BOOL},
    type_int = {.kind = CEL_INT}, type_text = {.kind = CEL_STRING}, type_time = {.kind = CEL_TIMESTAMP},
    type_texts = {.kind = CEL_LIST, .element = &type_text, .count_max = SEGMENTS_MAX},
    type_codes = {.kind = CEL_LIST, .element = &type_text, .count_max = OFFERS_COUPONS_MAX},
    type_categories = {.kind = CEL_LIST, .element = &type_text, .count_max = CATEGORIES_PER_LINE_MAX};
static const struct cel_type type_basket = {.kind = CEL_OBJECT, .object = CONDITIONS_OBJECT_BASKET},
                             type_line = {.kind = CEL_OBJECT, .object = CONDITIONS_OBJECT_LINE},
                             type_member = {.kind = CEL_OBJECT, .object = CONDITIONS_OBJECT_MEMBER},
                             type_clock = {.kind = CEL_OBJECT, .object = CONDITIONS_OBJECT_CLOCK},
                             type_store = {.kind = CEL_OBJECT, .object = CONDITIONS_OBJECT_STORE},
                             type_lines = {.kind = CEL_LIST, .element = &type_line};

static const struct cel_field basket_fields[] = {
    [CONDITIONS_BASKET_AMOUNT] = {"amount", &type_int, "what the basket costs as it stands, in minor units"},
    [CONDITIONS_BASKET_INITIAL_AMOUNT] = {"initial_amount", &type_int,
                                          "what it cost before any discount, in minor units"},
    [CONDITIONS_BASKET_QUANTITY] = {"quantity", &type_int, "how much there is in it, in thousandths"},
    [CONDITIONS_BASKET_UNITS] = {"units", &type_int, "pieces in it; a weighed line is one"},
    [CONDITIONS_BASKET_LINES] = {"lines", &type_lines, "its lines"},
};

static const struct cel_field line_fields[] = {
    [CONDITIONS_LINE_SKU] = {"sku", &type_text, "the item"},
    [CONDITIONS_LINE_CATEGORIES] = {"categories", &type_categories, "the item's categories"},
    [CONDITIONS_LINE_AMOUNT] = {"amount", &type_int, "what the line costs as it stands, in minor units"},
    [CONDITIONS_LINE_INITIAL_AMOUNT] = {"initial_amount", &type_int,
                                        "what it cost before any discount, in minor units"},
    [CONDITIONS_LINE_QUANTITY] = {"quantity", &type_int, "in thousandths"},
    [CONDITIONS_LINE_UNITS] = {"units", &type_int, "pieces; a weighed line is one"},
    [CONDITIONS_LINE_UNIT_PRICE] = {"unit_price", &type_int, "in minor units, rounded half-up"},
    [CONDITIONS_LINE_WEIGHED] = {"weighed", &type_bool, "sold by weight or measure"},
    [CONDITIONS_LINE_REDUCED] = {"reduced", &type_bool, "sold below its list price"},
    [CONDITIONS_LINE_TAX_RATE] = {"tax_rate", &type_int, "in basis points: 1900 is 19 %"},
    [CONDITIONS_LINE_NUMBER] = {"number", &type_int, "1, 2, ... in the basket"},
};

static const struct cel_field member_fields[] = {
    [CONDITIONS_MEMBER_KNOWN] = {"known", &type_bool, "whether a member was recognised"},
    [CONDITIONS_MEMBER_TIER] = {"tier", &type_text, "the tier, \"\" if none"},
    [CONDITIONS_MEMBER_SEGMENTS] = {"segments", &type_texts, "the segments that the member is in"},
    [CONDITIONS_MEMBER_VISITS] = {"visits", &type_int, "purchases before this one"},
    [CONDITIONS_MEMBER_POINTS] = {"points", &type_int, "points that may be spent now"},
    [CONDITIONS_MEMBER_BIRTH_MONTH] = {"birth_month", &type_int, "1 to 12; ask has() first"},
    [CONDITIONS_MEMBER_BIRTH_DAY] = {"birth_day", &type_int, "1 to 31; ask has() first"},
    [CONDITIONS_MEMBER_IS_BIRTHDAY] = {"is_birthday", &type_bool, "whether today is the birthday"},
    [CONDITIONS_MEMBER_LANGUAGE] = {"language", &type_text, "as \"de\" or \"pl-PL\", \"\" if unknown"},
    [CONDITIONS_MEMBER_PERSONAL_OFFERS] = {"personal_offers", &type_bool,
                                           "whether the member agreed to personal offers"},
};

static const struct cel_field clock_fields[] = {
    [CONDITIONS_CLOCK_YEAR] = {"year", &type_int, "in the store's calendar"},
    [CONDITIONS_CLOCK_MONTH] = {"month", &type_int, "1 to 12"},
    [CONDITIONS_CLOCK_DAY] = {"day", &type_int, "1 to 31"},
    [CONDITIONS_CLOCK_WEEKDAY] = {"weekday", &type_int, "Monday 1 to Sunday 7"},
    [CONDITIONS_CLOCK_HOUR] = {"hour", &type_int, "0 to 23"},
    [CONDITIONS_CLOCK_MINUTE] = {"minute", &type_int, "0 to 59"},
    [CONDITIONS_CLOCK_DAY_OF_YEAR] = {"day_of_year", &type_int, "1 to 366"},
};

static const struct cel_field store_fields[] = {
    [CONDITIONS_STORE_ID] = {"id", &type_text, "the store"},
    [CONDITIONS_STORE_CHANNEL] = {"channel", &type_text, "till, kiosk, receipt or web"},
    [CONDITIONS_STORE_ZONE] = {"zone", &type_text, "the offset from UTC, as \"+02:00\""},
};

static const struct cel_object objects[] = {
    [CONDITIONS_OBJECT_BASKET] = {"Basket", basket_fields, COUNT_OF(basket_fields)},
    [CONDITIONS_OBJECT_LINE] = {"Line", line_fields, COUNT_OF(line_fields)},
    [CONDITIONS_OBJECT_MEMBER] = {"Member", member_fields, COUNT_OF(member_fields)},
    [CONDITIONS_OBJECT_CLOCK] = {"Clock", clock_fields, COUNT_OF(clock_fields)},
    [CONDITIONS_OBJECT_STORE] = {"Store", store_fields, COUNT_OF(store_fields)},
};

/* The line's is the last one: a condition on the basket knows all but it. */
static const struct cel_variable variables[] = {
    [CONDITIONS_BASKET] = {"basket", &type_basket, "what is bought"},
    [CONDITIONS_MEMBER] = {"member", &type_member, "who buys"},
    [CONDITIONS_COUPONS] = {"coupons", &type_codes, "the coupons that were presented and are good"},
    [CONDITIONS_NOW] = {"now", &type_time, "the moment, in UTC"},
    [CONDITIONS_LOCAL] = {"local", &type_clock, "the moment by the store's calendar and clock"},
    [CONDITIONS_STORE] = {"store", &type_store, "where it is bought"},
    [CONDITIONS_LINE] = {"line", &type_line, "the line in question"},
};

static const struct cel_type *const of_basket[] = {&type_basket, &type_text};

static const struct cel_function functions[] = {
    [CONDITIONS_COUNT_OF] = {"count", "pieces of an item or a category", true, 2, of_basket, &type_int, 200},
    [CONDITIONS_AMOUNT_OF] = {"amount_of", "what an item or a category costs as it stands, in minor units",
                              true, 2, of_basket, &type_int, 200},
};

#define DECLARED(variables_known)                                                                            \
    {                                                                                                        \
        .variables = variables, .objects = objects, .functions = functions,                                  \
        .variable_count = (variables_known), .object_count = COUNT_OF(objects),                              \
        .function_count = COUNT_OF(functions), .list_max = LINES_MAX, .is_whole = true                       \
    }

static const struct cel_declarations of_conditions = DECLARED(CONDITIONS_LINE);
static const struct cel_declarations of_line_conditions = DECLARED(COUNT_OF(variables));

const struct cel_declarations *conditions_cel_declarations(bool has_line)
{
    return has_line ? &of_line_conditions : &of_conditions;
}
