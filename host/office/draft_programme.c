/* SPDX-License-Identifier: Apache-2.0 */
/* What points are worth and how long they last, tiers, and the articles that the check knows. */
#include "office/book_draft.h"

#define DAYS_MAX       3660
#define POINTS_SUM_MAX 1000000000

#define AT(member)         .offset = offsetof(struct draft_points, member)
#define WHOLE(least, most) .read = form_read_integer, .min = (least), .max = (most)
#define CHOICES(table)     .read = form_read_choice, .choices = table, .choice_count = COUNT_OF(table)
#define AMOUNT(least)                                                                                        \
    .read = form_read_decimal, .min = (least), .max = BOOK_AMOUNT_MAX, .decimals = FORM_DECIMALS_OF_CURRENCY

static const struct form_choice burn_as_choices[] = {{"discount", BOOK_BURN_AS_DISCOUNT},
                                                     {"tender", BOOK_BURN_AS_TENDER}};
static const struct form_choice expire_choices[] = {{"day", BOOK_EXPIRE_DAY},
                                                    {"month_end", BOOK_EXPIRE_MONTH_END},
                                                    {"quarter_end", BOOK_EXPIRE_QUARTER_END},
                                                    {"year_end", BOOK_EXPIRE_YEAR_END}};
static const struct form_choice return_choices[] = {{"only_pending", BOOK_RETURN_ONLY_PENDING},
                                                    {"within_balance", BOOK_RETURN_WITHIN_BALANCE},
                                                    {"unlimited", BOOK_RETURN_UNLIMITED}};

#define BURN_SAMPLE "\"burn\": {\"points\": 100, \"value\": \"1.00\"}"
static const struct form_field burn_fields[] = {
    {.name = "points", .is_required = true, WHOLE(1, BOOK_POINTS_MAX), AT(burn_points), .hint = BURN_SAMPLE},
    {.name = "value", .is_required = true, AMOUNT(1), AT(burn_value_minor), .hint = BURN_SAMPLE},
    {.name = "as", CHOICES(burn_as_choices), AT(burn_as)},
    {.name = "least", WHOLE(1, POINTS_SUM_MAX), AT(burn_least)},
    {.name = "most",
     .read = form_read_decimal,
     AT(burn_most_bp),
     .min = 1,
     .max = BOOK_PERCENT_MAX_BP,
     .decimals = 2,
     .hint = "\"most\": \"50\", percent of the basket"},
};

static void read_burn(struct form *form, const struct form_node *node, const struct form_field *field,
                      void *out)
{
    (void)field;
    (void)form_read_object(form, node, burn_fields, COUNT_OF(burn_fields), out);
}

static const struct {
    const char *name;
    int64_t unit, max;
} lifetimes[] = {{"days", BOOK_DAYS, 36600}, {"months", BOOK_MONTHS, 1200}, {"years", BOOK_YEARS, 100}};

static void read_lifetime(struct form *form, const struct form_node *node, const struct form_field *field,
                          void *out)
{
    struct draft_points *points = out;
    struct form_field fields[COUNT_OF(lifetimes)];
    int64_t values[COUNT_OF(lifetimes)] = {0};
    for (size_t i = 0; i < COUNT_OF(lifetimes); i++)
        fields[i] = (struct form_field){
            .name = lifetimes[i].name, WHOLE(1, lifetimes[i].max), .offset = i * sizeof(values[0])};
    if (!form_read_object(form, node, fields, COUNT_OF(fields), values))
        return;
    if (json_object_size(node->json) != 1) {
        form_complain(form, node, field->hint, "\"lifetime\" is in days, in months or in years");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(lifetimes); i++) {
        if (values[i] == 0)
            continue;
        points->lifetime = values[i];
        points->lifetime_unit = lifetimes[i].unit;
    }
}

static const struct form_field offline_fields[] = {
    {.name = "card_day", WHOLE(0, POINTS_SUM_MAX), AT(card_day)},
    {.name = "till_day", WHOLE(0, POINTS_SUM_MAX), AT(till_day)},
};

static void read_offline(struct form *form, const struct form_node *node, const struct form_field *field,
                         void *out)
{
    (void)field;
    (void)form_read_object(form, node, offline_fields, COUNT_OF(offline_fields), out);
}

static const struct form_field points_fields[] = {
    {.name = "burn", .read = read_burn, .hint = BURN_SAMPLE},
    {.name = "pending_days", WHOLE(0, DAYS_MAX), AT(pending_days)},
    {.name = "lifetime", .read = read_lifetime, .hint = "\"lifetime\": {\"months\": 12}"},
    {.name = "expire", CHOICES(expire_choices), AT(expire)},
    {.name = "return_policy", CHOICES(return_choices), AT(return_policy)},
    {.name = "reinstate_days", WHOLE(0, DAYS_MAX), AT(reinstate_days)},
    {.name = "burn_same_sale", .read = form_read_flag, AT(burn_same_sale)},
    {.name = "not_earning", .read = draft_read_tenders, AT(not_earning)},
    {.name = "offline", .read = read_offline},
};

void draft_read_points(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out)
{
    struct draft_points *points = out;
    (void)field;
    points->is_there = true;
    (void)form_read_object(form, node, points_fields, COUNT_OF(points_fields), points);
}

#define TIER_SAMPLE "{\"name\": \"gold\", \"from\": \"500.00\", \"keep\": \"300.00\"}"
static const struct form_field tier_fields[] = {
    {.name = "name",
     .is_required = true,
     .read = form_read_text,
     .offset = offsetof(struct draft_tier, name),
     .min = 1,
     .max = SEGMENT_MAX,
     .hint = TIER_SAMPLE},
    {.name = "from",
     .is_required = true,
     AMOUNT(0),
     .offset = offsetof(struct draft_tier, from_minor),
     .hint = TIER_SAMPLE},
    {.name = "keep", AMOUNT(0), .offset = offsetof(struct draft_tier, keep_minor), .hint = TIER_SAMPLE},
    {.name = "window_days", WHOLE(1, DAYS_MAX), .offset = offsetof(struct draft_tier, window_days)},
};

static void read_tier(struct form *form, const struct form_node *node, struct draft_tier *out)
{
    const struct form_field name = {.name = "tiers", .min = 1, .max = SEGMENT_MAX, .hint = TIER_SAMPLE};
    *out = (struct draft_tier){.from_minor = DRAFT_ABSENT, .keep_minor = DRAFT_ABSENT};
    if (json_is_object(node->json))
        (void)form_read_object(form, node, tier_fields, COUNT_OF(tier_fields), out);
    else
        form_read_text(form, node, &name, &out->name);
}

void draft_read_tiers(struct form *form, const struct form_node *node, const struct form_field *field,
                      void *out)
{
    struct draft_book *book = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count == 0 || count > DRAFT_LISTS_MAX) {
        form_complain(form, node, field->hint, "\"%s\" must be a list of 1 to %d tiers", field->name,
                      DRAFT_LISTS_MAX);
        return;
    }
    struct span *names = form_take(form, count, sizeof(*names));
    book->tier_rows = form_take(form, count, sizeof(*book->tier_rows));
    if (names == NULL || book->tier_rows == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        struct form_node item = form_item(node, i);
        read_tier(form, &item, &book->tier_rows[i]);
        names[i] = book->tier_rows[i].name;
        for (size_t j = 0; j < i; j++)
            if (names[i].size > 0 && span_is_equal(names[i], names[j]))
                form_complain(form, &item, "name each once", "\"%s\" names \"%.*s\" twice", field->name,
                              (int)names[i].size, (const char *)names[i].bytes);
    }
    book->tiers = (struct form_texts){names, (uint32_t)count};
}

struct item_form {
    struct draft_item item;
    struct span category;
};
static const struct form_field item_fields[] = {
    {.name = "sku",
     .is_required = true,
     .read = form_read_text,
     .offset = offsetof(struct item_form, item.sku),
     .min = 1,
     .max = SKU_MAX,
     .hint = "{\"sku\": \"ROLL\", \"category\": \"bakery\", \"price\": \"0.35\", \"cost\": \"0.12\"}"},
    {.name = "category",
     .read = form_read_text,
     .offset = offsetof(struct item_form, category),
     .min = 1,
     .max = CATEGORY_MAX},
    {.name = "categories",
     .read = form_read_texts,
     .offset = offsetof(struct item_form, item.categories),
     .min = 1,
     .max = CATEGORIES_PER_LINE_MAX},
    {.name = "price", AMOUNT(0), .offset = offsetof(struct item_form, item.price_minor)},
    {.name = "cost", AMOUNT(0), .offset = offsetof(struct item_form, item.cost_minor)},
};

static void read_item(struct form *form, const struct form_node *node, struct draft_item *out)
{
    struct item_form item = {.item = {.price_minor = DRAFT_ABSENT, .cost_minor = DRAFT_ABSENT}};
    (void)form_read_object(form, node, item_fields, COUNT_OF(item_fields), &item);
    *out = item.item;
    if (item.category.size == 0)
        return;
    if (out->categories.count > 0) {
        form_complain(form, node, "leave one of the two out", "\"category\" and \"categories\" say the same");
        return;
    }
    struct span *row = form_take(form, 1, sizeof(*row));
    if (row == NULL)
        return;
    *row = item.category;
    out->categories = (struct form_texts){row, 1};
}

void draft_read_items(struct form *form, const struct form_node *node, const struct form_field *field,
                      void *out)
{
    struct draft_items *items = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count == 0 || count > DRAFT_ITEMS_MAX) {
        form_complain(form, node, field->hint, "\"%s\" must be a list of 1 to %d articles", field->name,
                      DRAFT_ITEMS_MAX);
        return;
    }
    items->rows = form_take(form, count, sizeof(*items->rows));
    for (size_t i = 0; items->rows != NULL && i < count; i++) {
        struct form_node item = form_item(node, i);
        read_item(form, &item, &items->rows[i]);
        items->count = (uint32_t)i + 1;
    }
}
