/* SPDX-License-Identifier: Apache-2.0 */
/* A basket as a POS sends it to a till. */
#include <stdlib.h>

#include "office/form.h"
#include "office/preview.h"
#include "wire/message.h"

#define QUANTITY_MAX_MILLI INT64_C(1000000000)
#define PRICE_MAX_E5       INT64_C(100000000000000)
#define POINTS_MAX         INT64_C(1000000000)

enum line_kind { SALE, DEPOSIT, FEE, GIFT_VALUE, CORRECTION };
static const struct form_choice kind_choices[] = {{"sale", SALE},
                                                  {"deposit", DEPOSIT},
                                                  {"fee", FEE},
                                                  {"gift_value", GIFT_VALUE},
                                                  {"correction", CORRECTION}};

/* A line as its JSON says it. */
struct line_form {
    struct span sku, description;
    struct form_texts categories;
    int64_t quantity_milli, unit_price_e5, list_price_e5, tax_rate_bp, cost_minor, kind, weighed, no_discount,
        no_points;
};

#define AT(member) .offset = offsetof(struct line_form, member)
#define IGNORED(key)                                                                                         \
    {                                                                                                        \
        .name = (key), .read = form_read_nothing                                                             \
    }

static const struct form_field line_fields[] = {
    {.name = "sku",
     .is_required = true,
     .read = form_read_text,
     AT(sku),
     .min = 1,
     .max = SKU_MAX,
     .hint = "\"sku\": \"ROLL\""},
    {.name = "quantity",
     .is_required = true,
     .read = form_read_decimal,
     AT(quantity_milli),
     .min = -QUANTITY_MAX_MILLI,
     .max = QUANTITY_MAX_MILLI,
     .decimals = 3,
     .hint = "\"quantity\": \"1\""},
    {.name = "unit_price",
     .is_required = true,
     .read = form_read_decimal,
     AT(unit_price_e5),
     .min = -PRICE_MAX_E5,
     .max = PRICE_MAX_E5,
     .decimals = 5,
     .hint = "\"unit_price\": \"2.55\""},
    {.name = "categories", .read = form_read_texts, AT(categories), .min = 0, .max = CATEGORIES_PER_LINE_MAX},
    {.name = "description", .read = form_read_text, AT(description), .min = 0, .max = DESCRIPTION_MAX},
    {.name = "kind",
     .read = form_read_choice,
     AT(kind),
     .choices = kind_choices,
     .choice_count = COUNT_OF(kind_choices)},
    {.name = "weighed", .read = form_read_flag, AT(weighed)},
    {.name = "no_discount", .read = form_read_flag, AT(no_discount)},
    {.name = "no_points", .read = form_read_flag, AT(no_points)},
    IGNORED("gtin"),
    IGNORED("department"),
    IGNORED("unit"),
    {.name = "list_price",
     .read = form_read_decimal,
     AT(list_price_e5),
     .min = 0,
     .max = PRICE_MAX_E5,
     .decimals = 5,
     .hint = "\"list_price\": \"2.95\""},
    {.name = "tax_rate_bp", .read = form_read_integer, AT(tax_rate_bp), .min = 0, .max = 10000},
    {.name = "cost",
     .read = form_read_decimal,
     AT(cost_minor),
     .min = 0,
     .max = BOOK_AMOUNT_MAX,
     .decimals = FORM_DECIMALS_OF_CURRENCY,
     .hint = "\"cost\": \"1.20\""},
};

static struct offers_line line_of(const struct line_form *form)
{
    bool is_goods = form->kind == SALE || form->kind == CORRECTION;
    struct offers_line line = {.sku = form->sku,
                               .category_count = form->categories.count,
                               .quantity_milli = form->quantity_milli,
                               .unit_price_e5 = form->unit_price_e5,
                               .list_price_e5 = form->list_price_e5,
                               .is_reduced = form->list_price_e5 > form->unit_price_e5,
                               .tax_rate_bp = (uint32_t)form->tax_rate_bp,
                               .cost_minor = form->cost_minor,
                               .weighed = form->weighed != 0,
                               .no_discount = form->no_discount != 0 || !is_goods,
                               .no_points = form->no_points != 0 || !is_goods};
    for (uint32_t i = 0; i < form->categories.count; i++)
        line.categories[i] = form->categories.rows[i];
    return line;
}

static void read_lines(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out)
{
    struct preview *preview = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count > LINES_MAX) {
        form_complain(form, node, field->hint, "\"lines\" must be a list of at most %d lines", LINES_MAX);
        return;
    }
    preview->lines = form_take(form, count, sizeof(*preview->lines));
    preview->descriptions = form_take(form, count, sizeof(*preview->descriptions));
    if (preview->lines == NULL || preview->descriptions == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        struct form_node item = form_item(node, i);
        struct line_form line = {.description = span_of("", 0)};
        (void)form_read_object(form, &item, line_fields, COUNT_OF(line_fields), &line);
        preview->lines[i] = line_of(&line);
        preview->descriptions[i] = line.description;
        preview->line_count = (uint32_t)i + 1;
    }
}

/* ---- coupons: their codes, or objects that say more */

static const struct form_choice state_choices[] = {{"fresh", OFFERS_COUPON_FRESH},
                                                   {"used", OFFERS_COUPON_USED},
                                                   {"expired", OFFERS_COUPON_EXPIRED},
                                                   {"not_yet", OFFERS_COUPON_NOT_YET},
                                                   {"wrong_store", OFFERS_COUPON_WRONG_STORE},
                                                   {"forged", OFFERS_COUPON_FORGED}};
struct coupon_form {
    struct span code, serial;
    int64_t state;
};
static const struct form_field coupon_fields[] = {
    {.name = "code",
     .is_required = true,
     .read = form_read_text,
     .offset = offsetof(struct coupon_form, code),
     .min = 1,
     .max = BOOK_CARD_MAX,
     .hint = "{\"code\": \"welcome\", \"serial\": \"123\"}"},
    {.name = "serial",
     .read = form_read_text,
     .offset = offsetof(struct coupon_form, serial),
     .min = 1,
     .max = KEY_MAX},
    {.name = "state",
     .read = form_read_choice,
     .offset = offsetof(struct coupon_form, state),
     .choices = state_choices,
     .choice_count = COUNT_OF(state_choices)},
};

static void read_coupons(struct form *form, const struct form_node *node, const struct form_field *field,
                         void *out)
{
    struct preview *preview = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count > OFFERS_COUPONS_MAX) {
        form_complain(form, node, field->hint, "\"%s\" must be a list of at most %d coupons", field->name,
                      OFFERS_COUPONS_MAX);
        return;
    }
    struct offers_coupon *rows = form_take(form, count, sizeof(*rows));
    for (size_t i = 0; rows != NULL && i < count; i++) {
        struct form_node item = form_item(node, i);
        struct coupon_form coupon = {.serial = span_of("", 0)};
        if (json_is_object(item.json))
            (void)form_read_object(form, &item, coupon_fields, COUNT_OF(coupon_fields), &coupon);
        else
            form_read_text(form, &item, &coupon_fields[0], &coupon.code);
        rows[i] = (struct offers_coupon){coupon.code, coupon.serial, (enum offers_coupon_state)coupon.state};
    }
    preview->coupons = rows;
    preview->coupon_count = (uint32_t)count;
}

/* ---- tenders, as a commit has them */

static const struct form_choice tender_choices[] = {
    {"cash", kassa_TenderKind_TENDER_CASH},       {"card", kassa_TenderKind_TENDER_CARD},
    {"gift", kassa_TenderKind_TENDER_GIFT},       {"points", kassa_TenderKind_TENDER_POINTS},
    {"voucher", kassa_TenderKind_TENDER_VOUCHER}, {"other", kassa_TenderKind_TENDER_OTHER}};
struct tender_form {
    int64_t kind, amount_minor;
};
static const struct form_field tender_fields[] = {
    {.name = "kind",
     .is_required = true,
     .read = form_read_choice,
     .offset = offsetof(struct tender_form, kind),
     .choices = tender_choices,
     .choice_count = COUNT_OF(tender_choices),
     .hint = "{\"kind\": \"gift\", \"amount_minor\": 1000}"},
    {.name = "amount_minor",
     .is_required = true,
     .read = form_read_integer,
     .offset = offsetof(struct tender_form, amount_minor),
     .min = 0,
     .max = BOOK_AMOUNT_MAX,
     .hint = "{\"kind\": \"gift\", \"amount_minor\": 1000}"},
    IGNORED("currency"),
    IGNORED("rate_e6"),
    IGNORED("reference"),
    IGNORED("tip_minor"),
};

static void read_tenders(struct form *form, const struct form_node *node, const struct form_field *field,
                         void *out)
{
    struct preview *preview = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count > TENDERS_MAX) {
        form_complain(form, node, field->hint, "\"%s\" must be a list of at most %d tenders", field->name,
                      TENDERS_MAX);
        return;
    }
    struct offers_tender *rows = form_take(form, count, sizeof(*rows));
    for (size_t i = 0; rows != NULL && i < count; i++) {
        struct form_node item = form_item(node, i);
        struct tender_form tender = {0};
        (void)form_read_object(form, &item, tender_fields, COUNT_OF(tender_fields), &tender);
        rows[i] = (struct offers_tender){(uint32_t)tender.kind, tender.amount_minor};
    }
    preview->tenders = rows;
    preview->tender_count = (uint32_t)count;
}

static const struct form_choice price_mode_choices[] = {{"gross", OFFERS_GROSS_PRICES},
                                                        {"net", OFFERS_NET_PRICES}};

static const struct form_field basket_fields[] = {
    {.name = "lines",
     .is_required = true,
     .read = read_lines,
     .hint = "\"lines\": [{\"sku\": \"ROLL\", ...}]"},
    {.name = "coupons", .read = read_coupons, .hint = "\"coupons\": [\"welcome\"]"},
    {.name = "tenders",
     .read = read_tenders,
     .hint = "\"tenders\": [{\"kind\": \"gift\", \"amount_minor\": 1000}]"},
    {.name = "burn_points",
     .read = form_read_integer,
     .offset = offsetof(struct preview, burn_points),
     .min = 0,
     .max = POINTS_MAX,
     .hint = "\"burn_points\": 500"},
    {.name = "price_mode",
     .read = form_read_choice,
     .offset = offsetof(struct preview, price_mode),
     .choices = price_mode_choices,
     .choice_count = COUNT_OF(price_mode_choices)},
    {.name = "counters", .read = preview_read_counters, .hint = PREVIEW_COUNTER_SAMPLE},
    IGNORED("basket"),
    IGNORED("operator"),
    IGNORED("locale"),
    IGNORED("training"),
    IGNORED("card"),
};

enum err preview_read_basket(struct preview *preview, struct span text, struct findings *findings)
{
    struct form form = {.text = text,
                        .findings = findings,
                        .pool = &preview->pool,
                        .exponent = preview->book->header.exponent};
    size_t errors = findings->error_count;
    preview->basket_json = form_parse(&form);
    const struct form_node root = {.json = preview->basket_json};
    if (root.json != NULL)
        (void)form_read_object(&form, &root, basket_fields, COUNT_OF(basket_fields), preview);
    return preview_verdict(&form, errors);
}
