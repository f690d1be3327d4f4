/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines are meant, how many of them there must be, and what must be so with the member. */
#include "office/book_draft.h"

#define QUANTITY_MAX_MILLI 1000000000 /* a million pieces */
#define VISITS_MAX         1000000
#define BIRTHDAY_DAYS_MAX  180

static const struct form_choice counted_choices[] = {{"running", BOOK_RUNNING}, {"initial", BOOK_INITIAL}};

static const struct form_field goods_fields[] = {
    {.name = "items",
     .read = form_read_texts,
     .offset = offsetof(struct draft_goods, items),
     .min = 1,
     .max = DRAFT_ITEMS_MAX,
     .hint = "\"items\": [\"4006381333931\"]"},
    {.name = "categories",
     .read = form_read_texts,
     .offset = offsetof(struct draft_goods, categories),
     .min = 1,
     .max = DRAFT_ITEMS_MAX,
     .hint = "\"categories\": [\"coffee\"]"},
};

static void read_except(struct form *form, const struct form_node *node, const struct form_field *field,
                        void *out)
{
    (void)field;
    (void)form_read_object(form, node, goods_fields, COUNT_OF(goods_fields), out);
}

#define AT(member) .offset = offsetof(struct draft_selector, member)
#define AMOUNT                                                                                               \
    .read = form_read_decimal, .min = 0, .max = BOOK_AMOUNT_MAX, .decimals = FORM_DECIMALS_OF_CURRENCY
#define QUANTITY .read = form_read_decimal, .min = 1, .max = QUANTITY_MAX_MILLI, .decimals = 3

static const struct form_field price_fields[] = {
    {.name = "from", AMOUNT, AT(price_from_minor), .hint = "\"from\": \"1.00\""},
    {.name = "until", AMOUNT, AT(price_until_minor), .hint = "\"until\": \"4.99\""},
};

static void read_price(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out)
{
    struct draft_selector *selector = out;
    (void)field;
    if (form_read_object(form, node, price_fields, COUNT_OF(price_fields), out) &&
        selector->price_from_minor == DRAFT_ABSENT && selector->price_until_minor == DRAFT_ABSENT)
        form_complain(form, node, "\"price\": {\"from\": \"1.00\", \"until\": \"4.99\"}",
                      "\"price\" names neither \"from\" nor \"until\"");
}

/* The rows in their order: which lines; how many of them; which of them by an expression. */
#define ROWS_WHICH                                                                                           \
    {.name = "basket", .read = form_read_true, AT(basket)},                                                  \
        {.name = "items",                                                                                    \
         .read = form_read_texts,                                                                            \
         AT(of.items),                                                                                       \
         .min = 1,                                                                                           \
         .max = DRAFT_ITEMS_MAX,                                                                             \
         .hint = "\"items\": [\"4006381333931\"]"},                                                          \
        {.name = "categories",                                                                               \
         .read = form_read_texts,                                                                            \
         AT(of.categories),                                                                                  \
         .min = 1,                                                                                           \
         .max = DRAFT_ITEMS_MAX,                                                                             \
         .hint = "\"categories\": [\"coffee\"]"},                                                            \
        {.name = "except", .read = read_except, AT(except)}, {.name = "price", .read = read_price},          \
    {                                                                                                        \
        .name = "not_reduced", .read = form_read_true, AT(not_reduced)                                       \
    }
static const struct form_field part_fields[] = {
    ROWS_WHICH,
    {.name = "units",
     .is_required = true,
     .read = form_read_integer,
     AT(units),
     .min = 1,
     .max = BOOK_UNITS_MAX,
     .hint = "\"units\": 1"},
};
static const struct form_field selector_fields[] = {
    ROWS_WHICH,
    {.name = "min_quantity", QUANTITY, AT(min_quantity_milli), .hint = "\"min_quantity\": \"2\""},
    {.name = "max_quantity", QUANTITY, AT(max_quantity_milli), .hint = "\"max_quantity\": \"5\""},
    {.name = "min_line_quantity", QUANTITY, AT(min_line_quantity_milli)},
    {.name = "min_amount", AMOUNT, AT(min_amount_minor), .hint = "\"min_amount\": \"20.00\""},
    {.name = "max_amount", AMOUNT, AT(max_amount_minor), .hint = "\"max_amount\": \"100.00\""},
    {.name = "contains", .read = form_read_true, AT(contains)},
    {.name = "net_of_tax", .read = form_read_true, AT(net_of_tax)},
    {.name = "counted",
     .read = form_read_choice,
     AT(counted),
     .choices = counted_choices,
     .choice_count = COUNT_OF(counted_choices)},
    {.name = "condition",
     .read = draft_read_expression,
     AT(condition),
     .hint = "\"condition\": \"line.unit_price >= 500\""},
};
enum { ROWS_OF_WHICH = 6, ROWS_OF_COUNTS = COUNT_OF(selector_fields) - 1 };

static const struct form_field birthday_fields[] = {
    {.name = "days_before",
     .read = form_read_integer,
     AT(birthday_days_before),
     .min = 0,
     .max = BIRTHDAY_DAYS_MAX},
    {.name = "days_after",
     .read = form_read_integer,
     AT(birthday_days_after),
     .min = 0,
     .max = BIRTHDAY_DAYS_MAX},
};

static void read_birthday(struct form *form, const struct form_node *node, const struct form_field *field,
                          void *out)
{
    struct draft_selector *need = out;
    (void)field;
    need->birthday_days_before = need->birthday_days_after = 0;
    (void)form_read_object(form, node, birthday_fields, COUNT_OF(birthday_fields), out);
}

static const struct form_field member_fields[] = {
    {.name = "visit_number", .read = form_read_integer, AT(visit_number), .min = 1, .max = VISITS_MAX},
    {.name = "visit_every", .read = form_read_integer, AT(visit_every), .min = 2, .max = VISITS_MAX},
    {.name = "birthday", .read = read_birthday},
    {.name = "segment", .read = form_read_text, AT(segment), .min = 1, .max = SEGMENT_MAX},
};

static const struct draft_selector empty = {.is_there = true,
                                            .price_from_minor = DRAFT_ABSENT,
                                            .price_until_minor = DRAFT_ABSENT,
                                            .min_quantity_milli = DRAFT_ABSENT,
                                            .max_quantity_milli = DRAFT_ABSENT,
                                            .min_line_quantity_milli = DRAFT_ABSENT,
                                            .min_amount_minor = DRAFT_ABSENT,
                                            .max_amount_minor = DRAFT_ABSENT,
                                            .birthday_days_before = DRAFT_ABSENT,
                                            .birthday_days_after = DRAFT_ABSENT};

static void read_selector(struct form *form, const struct form_node *node, const struct form_field *fields,
                          size_t field_count, struct draft_selector *out)
{
    *out = empty;
    if (!form_read_object(form, node, fields, field_count, out))
        return;
    bool has_goods = out->of.items.count > 0 || out->of.categories.count > 0;
    if (!has_goods && out->basket == 0)
        form_complain(form, node, "say \"basket\": true, or name \"items\" or \"categories\"",
                      "it is not said which lines are meant");
    if (has_goods && out->basket != 0)
        form_complain(form, node, "leave out \"basket\", or the items and categories",
                      "\"basket\" means every line already");
}

/* Field's max: 0: what an offer is given on; else only which lines. */
void draft_read_what(struct form *form, const struct form_node *node, const struct form_field *field,
                     void *out)
{
    size_t count = field->max == 0 ? COUNT_OF(selector_fields) : (size_t)ROWS_OF_WHICH;
    read_selector(form, node, selector_fields, count, out);
}

void draft_read_parts(struct form *form, const struct form_node *node, const struct form_field *field,
                      void *out)
{
    struct draft_give *give = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count == 0 || count > DRAFT_PARTS_MAX) {
        form_complain(form, node, field->hint, "\"%s\" must be a list of 1 to %d parts", field->name,
                      DRAFT_PARTS_MAX);
        return;
    }
    give->parts = form_take(form, count, sizeof(*give->parts));
    for (size_t i = 0; give->parts != NULL && i < count; i++) {
        struct form_node item = form_item(node, i);
        read_selector(form, &item, part_fields, COUNT_OF(part_fields), &give->parts[i]);
        give->part_count = (uint32_t)i + 1;
    }
}

/* One that names what is so with the member, and no lines. */
static bool is_of_member(const struct form_node *node)
{
    for (size_t i = 0; i < COUNT_OF(member_fields); i++)
        if (json_object_get(node->json, member_fields[i].name) != NULL)
            return true;
    return false;
}

static bool says_how_much(const struct draft_selector *need)
{
    return need->min_quantity_milli != DRAFT_ABSENT || need->max_quantity_milli != DRAFT_ABSENT ||
           need->min_line_quantity_milli != DRAFT_ABSENT || need->min_amount_minor != DRAFT_ABSENT ||
           need->max_amount_minor != DRAFT_ABSENT || need->contains != 0;
}

static void read_need(struct form *form, const struct form_node *node, struct draft_selector *out)
{
    size_t errors = form->findings->error_count;
    *out = empty;
    if (is_of_member(node)) {
        out->is_of_member = true;
        (void)form_read_object(form, node, member_fields, COUNT_OF(member_fields), out);
        return;
    }
    read_selector(form, node, selector_fields, ROWS_OF_COUNTS, out);
    if (form->findings->error_count == errors && !says_how_much(out))
        form_complain(form, node,
                      "add \"min_quantity\", \"max_quantity\", \"min_amount\" or \"contains\": true",
                      "this condition says nothing of how many or how much");
}

void draft_read_needs(struct form *form, const struct form_node *node, const struct form_field *field,
                      void *out)
{
    struct draft_offer *offer = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count == 0 || count > DRAFT_NEEDS_MAX) {
        form_complain(form, node, field->hint, "\"needs\" must be a list of 1 to %d conditions",
                      DRAFT_NEEDS_MAX);
        return;
    }
    offer->needs = form_take(form, count, sizeof(*offer->needs));
    for (size_t i = 0; offer->needs != NULL && i < count; i++) {
        struct form_node item = form_item(node, i);
        read_need(form, &item, &offer->needs[i]);
        offer->need_count = (uint32_t)i + 1;
    }
}
