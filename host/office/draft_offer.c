/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an offer but what it gives: tables of fields, and readers for what is no plain value. */
#include "base/likeness.h"
#include "office/book_draft.h"

#define QUANTITY_MAX_MILLI 1000000000 /* a million pieces */

static const struct form_choice counted_choices[] = {{"running", BOOK_RUNNING}, {"initial", BOOK_INITIAL}};

#define GOODS_ROWS(type, member)                                                                             \
    {.name = "items",                                                                                        \
     .read = form_read_texts,                                                                                \
     .offset = offsetof(type, member.items),                                                                 \
     .min = 1,                                                                                               \
     .max = DRAFT_ITEMS_MAX,                                                                                 \
     .hint = "\"items\": [\"4006381333931\"]"},                                                              \
    {                                                                                                        \
        .name = "categories", .read = form_read_texts, .offset = offsetof(type, member.categories),          \
        .min = 1, .max = DRAFT_ITEMS_MAX, .hint = "\"categories\": [\"coffee\"]"                             \
    }

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

/* The first four rows say which lines; all of them, also how many. */
#define SELECTOR_GOODS_ROWS 4
static const struct form_field selector_fields[] = {
    {.name = "basket", .read = form_read_true, .offset = offsetof(struct draft_selector, basket)},
    GOODS_ROWS(struct draft_selector, of),
    {.name = "except", .read = read_except, .offset = offsetof(struct draft_selector, except)},
    {.name = "min_quantity",
     .read = form_read_decimal,
     .offset = offsetof(struct draft_selector, min_quantity_milli),
     .min = 1,
     .max = QUANTITY_MAX_MILLI,
     .decimals = 3,
     .hint = "\"min_quantity\": \"2\""},
    {.name = "max_quantity",
     .read = form_read_decimal,
     .offset = offsetof(struct draft_selector, max_quantity_milli),
     .min = 1,
     .max = QUANTITY_MAX_MILLI,
     .decimals = 3,
     .hint = "\"max_quantity\": \"5\""},
    {.name = "min_amount",
     .read = form_read_decimal,
     .offset = offsetof(struct draft_selector, min_amount_minor),
     .min = 1,
     .max = BOOK_AMOUNT_MAX,
     .decimals = FORM_DECIMALS_OF_CURRENCY,
     .hint = "\"min_amount\": \"20.00\""},
    {.name = "counted",
     .read = form_read_choice,
     .offset = offsetof(struct draft_selector, counted),
     .choices = counted_choices,
     .choice_count = COUNT_OF(counted_choices)},
};

static void read_selector(struct form *form, const struct form_node *node, size_t field_count,
                          struct draft_selector *out)
{
    *out = (struct draft_selector){.is_there = true,
                                   .min_quantity_milli = DRAFT_ABSENT,
                                   .max_quantity_milli = DRAFT_ABSENT,
                                   .min_amount_minor = DRAFT_ABSENT};
    if (!form_read_object(form, node, selector_fields, field_count, out))
        return;
    bool has_goods = out->of.items.count > 0 || out->of.categories.count > 0;
    if (!has_goods && out->basket == 0)
        form_complain(form, node, "say \"basket\": true, or name \"items\" or \"categories\"",
                      "it is not said which lines are meant");
    if (has_goods && out->basket != 0)
        form_complain(form, node, "leave out \"basket\", or the items and categories",
                      "\"basket\" means every line already");
}

/* Field's max: how many rows of selector_fields apply. */
void draft_read_what(struct form *form, const struct form_node *node, const struct form_field *field,
                     void *out)
{
    size_t count = field->max == 0 ? COUNT_OF(selector_fields) : SELECTOR_GOODS_ROWS;
    read_selector(form, node, count, out);
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
        struct draft_selector *need = &offer->needs[i];
        size_t errors = form->findings->error_count;
        read_selector(form, &item, COUNT_OF(selector_fields), need);
        if (form->findings->error_count == errors && need->min_quantity_milli == DRAFT_ABSENT &&
            need->max_quantity_milli == DRAFT_ABSENT && need->min_amount_minor == DRAFT_ABSENT)
            form_complain(form, &item, "add \"min_quantity\", \"max_quantity\" or \"min_amount\"",
                          "this condition says nothing of how many or how much");
        offer->need_count = (uint32_t)i + 1;
    }
}

struct audience {
    struct form_texts segments, tiers;
};
static const struct form_field audience_fields[] = {
    {.name = "segments",
     .read = form_read_texts,
     .offset = offsetof(struct audience, segments),
     .min = 1,
     .max = 64,
     .hint = "\"segments\": [\"families\"]"},
    {.name = "tiers",
     .read = form_read_texts,
     .offset = offsetof(struct audience, tiers),
     .min = 1,
     .max = 64,
     .hint = "\"tiers\": [\"gold\"]"},
};
static const struct form_choice audience_choices[] = {{"anyone", BOOK_ANYONE}, {"member", BOOK_ANY_MEMBER}};

void draft_read_audience(struct form *form, const struct form_node *node, const struct form_field *field,
                         void *out)
{
    struct draft_offer *offer = out;
    if (!json_is_object(node->json)) {
        const struct form_field words = {
            .name = field->name, .choices = audience_choices, .choice_count = COUNT_OF(audience_choices)};
        form_read_choice(form, node, &words, &offer->audience);
        return;
    }
    struct audience who = {0};
    if (!form_read_object(form, node, audience_fields, COUNT_OF(audience_fields), &who))
        return;
    if ((who.segments.count > 0) == (who.tiers.count > 0)) {
        form_complain(form, node, "name either \"segments\" or \"tiers\"; two offers serve two groups",
                      "an offer is for segments or for tiers");
        return;
    }
    offer->audience = who.segments.count > 0 ? BOOK_SEGMENT : BOOK_TIER;
    offer->who = who.segments.count > 0 ? who.segments : who.tiers;
}

static const struct form_field where_fields[] = {
    {.name = "stores",
     .is_required = true,
     .read = form_read_texts,
     .offset = offsetof(struct draft_offer, stores),
     .min = 1,
     .max = DRAFT_LISTS_MAX,
     .hint = "\"stores\": [\"s001\"]"},
};

void draft_read_where(struct form *form, const struct form_node *node, const struct form_field *field,
                      void *out)
{
    (void)field;
    (void)form_read_object(form, node, where_fields, COUNT_OF(where_fields), out);
}

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* The shape of BCP 47: two or three letters, then parts of letters and digits. */
static bool is_language(struct span text)
{
    size_t part = 0;
    size_t part_count = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.bytes[i];
        bool is_digit = c >= '0' && c <= '9';
        if (c == '-' && part >= 2) {
            part_count++;
            part = 0;
        } else if (is_letter(c) || (is_digit && part_count > 0)) {
            part++;
        } else {
            return false;
        }
        if (part_count == 0 && part > 3)
            return false;
    }
    return part >= 2 && text.size <= LANGUAGE_MAX;
}

static void read_texts(struct form *form, const struct form_node *node, enum book_text_role role,
                       int64_t size_max, struct draft_texts *out)
{
    size_t count = json_object_size(node->json);
    if (!json_is_object(node->json) || count == 0 || count > DRAFT_TEXTS_MAX) {
        form_complain(form, node, "{\"en\": \"Coffee time\", \"pl\": \"Czas na kawę\"}",
                      "\"%s\" must be an object of 1 to %d languages", node->key, DRAFT_TEXTS_MAX);
        return;
    }
    out->rows = form_take(form, count, sizeof(*out->rows));
    if (out->rows == NULL)
        return;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)node->json, key, value)
    {
        struct form_node item = {value, node, key, 0};
        struct book_source_text *row = &out->rows[out->count];
        *row = (struct book_source_text){.language = span_of_text(key), .role = role};
        const struct form_field text = {.name = key, .min = 1, .max = size_max};
        if (!is_language(row->language))
            form_complain_key(form, &item, "write it as \"en\" or \"pt-BR\" (BCP 47)",
                              "\"%s\" is no language", key);
        form_read_text(form, &item, &text, &row->text);
        out->count++;
    }
}

void draft_read_names(struct form *form, const struct form_node *node, const struct form_field *field,
                      void *out)
{
    (void)field;
    read_texts(form, node, BOOK_NAME, DRAFT_NAME_MAX, out);
}

void draft_read_messages(struct form *form, const struct form_node *node, const struct form_field *field,
                         void *out)
{
    (void)field;
    read_texts(form, node, BOOK_MESSAGE, DRAFT_MESSAGE_MAX, out);
}
