/* SPDX-License-Identifier: Apache-2.0 */
#include "office/preview.h"

#include "base/civil.h"
#include "base/hex.h"
#include "base/money.h"
#include "office/form.h"

#define QUANTITY_MAX_MILLI INT64_C(1000000000)
#define PRICE_MAX_E5       INT64_C(100000000000000)

void preview_done(struct preview *preview)
{
    json_decref(preview->basket_json);
    json_decref(preview->member_json);
    pool_done(&preview->pool);
    *preview = (struct preview){0};
}

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
    int64_t quantity_milli, unit_price_e5, kind, weighed, no_discount, no_points;
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
    IGNORED("list_price"),
    IGNORED("tax_rate_bp"),
};

static struct offers_line line_of(const struct line_form *form)
{
    bool is_goods = form->kind == SALE || form->kind == CORRECTION;
    struct offers_line line = {.sku = form->sku,
                               .category_count = form->categories.count,
                               .quantity_milli = form->quantity_milli,
                               .unit_price_e5 = form->unit_price_e5,
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

static const struct form_field basket_fields[] = {
    {.name = "lines",
     .is_required = true,
     .read = read_lines,
     .hint = "\"lines\": [{\"sku\": \"ROLL\", ...}]"},
    IGNORED("basket"),
    IGNORED("operator"),
    IGNORED("locale"),
    IGNORED("training"),
    IGNORED("card"),
};

struct member_form {
    struct span id, tier;
    struct form_texts segments;
};
static const struct form_field member_fields[] = {
    {.name = "tier",
     .read = form_read_text,
     .offset = offsetof(struct member_form, tier),
     .min = 0,
     .max = SEGMENT_MAX},
    {.name = "segments",
     .read = form_read_texts,
     .offset = offsetof(struct member_form, segments),
     .min = 0,
     .max = SEGMENTS_MAX},
    {.name = "id", .read = form_read_text, .offset = offsetof(struct member_form, id), .min = 32, .max = 32},
    IGNORED("first_name"),
    IGNORED("language"),
    IGNORED("version"),
    IGNORED("points"),
    IGNORED("points_as_of_unix_ms"),
    IGNORED("allowance_points"),
    IGNORED("consents"),
    IGNORED("cards"),
    IGNORED("stores"),
    IGNORED("created_unix_ms"),
};

static enum err verdict(const struct form *form, size_t errors_before)
{
    if (form->is_out_of_memory || form->findings->is_out_of_memory)
        return ERR_MEMORY;
    findings_sort(form->findings);
    return form->findings->error_count > errors_before ? ERR_SYNTAX : ERR_OK;
}

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
    return verdict(&form, errors);
}

enum err preview_read_member(struct preview *preview, struct span text, struct findings *findings)
{
    struct form form = {.text = text, .findings = findings, .pool = &preview->pool};
    struct member_form member = {0};
    size_t errors = findings->error_count;
    preview->member_json = form_parse(&form);
    const struct form_node root = {.json = preview->member_json};
    if (root.json != NULL)
        (void)form_read_object(&form, &root, member_fields, COUNT_OF(member_fields), &member);
    preview->member = (struct offers_member){.known = true,
                                             .tier = member.tier,
                                             .segments = member.segments.rows,
                                             .segment_count = member.segments.count};
    if (member.id.size > 0 && hex_read(member.id, preview->member.id, MEMBER_SIZE) != ERR_OK) {
        struct form_node id = form_member(&root, "id");
        form_complain(&form, &id, "32 hexadecimal digits, as kassa member list prints them",
                      "\"id\" is no member's id");
    }
    return verdict(&form, errors);
}

enum err preview_read_time(struct span text, struct offers_moment *moment)
{
    int32_t day;
    int64_t hour, minute;
    if (text.size != 16 || (text.bytes[10] != 'T' && text.bytes[10] != ' ') || text.bytes[13] != ':')
        return ERR_SYNTAX;
    TRY(civil_parse_day(span_of(text.bytes, 10), &day));
    TRY(money_parse_decimal(span_of(text.bytes + 11, 2), 0, &hour));
    TRY(money_parse_decimal(span_of(text.bytes + 14, 2), 0, &minute));
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return ERR_SYNTAX;
    moment->day = day;
    moment->minute_of_day = (uint16_t)(hour * 60 + minute);
    return ERR_OK;
}

enum err preview_price(struct preview *preview)
{
    size_t size = offers_workspace_size();
    void *memory = pool_take(&preview->pool, 1, size);
    if (memory == NULL)
        return ERR_MEMORY;
    const struct offers_basket basket = {.lines = preview->lines,
                                         .line_count = preview->line_count,
                                         .exponent = preview->book->header.exponent};
    return offers_price(preview->book, &basket, &preview->member, &preview->moment,
                        offers_workspace_init(memory, size), &preview->result);
}
