/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an offer but its lines and what it gives: for whom, where, how often, and what is said. */
#include "office/book_draft.h"

#include "wire/message.h"

struct audience {
    struct form_texts segments, tiers, members;
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
    {.name = "members",
     .read = form_read_texts,
     .offset = offsetof(struct audience, members),
     .min = 1,
     .max = DRAFT_LISTS_MAX,
     .hint = "\"members\": [\"00112233445566778899aabbccddeeff\"]"},
};
static const struct form_choice audience_choices[] = {{"anyone", BOOK_ANYONE}, {"member", BOOK_ANY_MEMBER}};

static bool is_member_id(struct span text)
{
    bool is_hex = text.size == BOOK_MEMBER_TEXT_SIZE;
    for (size_t i = 0; is_hex && i < text.size; i++)
        is_hex =
            (text.bytes[i] >= '0' && text.bytes[i] <= '9') || (text.bytes[i] >= 'a' && text.bytes[i] <= 'f');
    return is_hex;
}

static void check_members(struct form *form, const struct form_node *node, struct form_texts members)
{
    struct form_node list = form_member(node, "members");
    for (uint32_t i = 0; i < members.count; i++) {
        struct form_node item = form_item(&list, i);
        if (!is_member_id(members.rows[i]))
            form_complain(form, &item, "32 hexadecimal digits, as kassa member list prints them",
                          "\"%.*s\" is no member's id", (int)members.rows[i].size,
                          (const char *)members.rows[i].bytes);
    }
}

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
    const struct {
        enum book_audience audience;
        struct form_texts texts;
    } rows[] = {{BOOK_SEGMENT, who.segments}, {BOOK_TIER, who.tiers}, {BOOK_LISTED, who.members}};
    unsigned count = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].texts.count == 0)
            continue;
        count++;
        offer->audience = rows[i].audience;
        offer->who = rows[i].texts;
    }
    if (count != 1)
        form_complain(form, node,
                      "name one of \"segments\", \"tiers\", \"members\"; two offers serve two groups",
                      "an offer is for segments, for tiers or for listed members");
    check_members(form, node, who.members);
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

#define TEXTS_SAMPLE "{\"en\": \"Coffee time\", \"pl\": \"Czas na kawę\"}"

/* The texts of one object, behind those that `out` has; rows has room for them. */
static void read_languages(struct form *form, const struct form_node *node, enum book_text_role role,
                           int64_t size_max, struct draft_texts *out)
{
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

/* How many languages it has; 0 and a complaint if that is not from 1 to DRAFT_TEXTS_MAX. */
static size_t count_languages(struct form *form, const struct form_node *node, const char *name)
{
    size_t count = json_object_size(node->json);
    if (json_is_object(node->json) && count > 0 && count <= DRAFT_TEXTS_MAX)
        return count;
    form_complain(form, node, TEXTS_SAMPLE, "\"%s\" must be an object of 1 to %d languages", name,
                  DRAFT_TEXTS_MAX);
    return 0;
}

static void read_texts(struct form *form, const struct form_node *node, enum book_text_role role,
                       int64_t size_max, struct draft_texts *out)
{
    size_t count = count_languages(form, node, node->key);
    if (count == 0)
        return;
    out->rows = form_take(form, count, sizeof(*out->rows));
    if (out->rows != NULL)
        read_languages(form, node, role, size_max, out);
}

void draft_read_names(struct form *form, const struct form_node *node, const struct form_field *field,
                      void *out)
{
    (void)field;
    read_texts(form, node, BOOK_NAME, DRAFT_NAME_MAX, out);
}

/* Field's max: the role. */
void draft_read_messages(struct form *form, const struct form_node *node, const struct form_field *field,
                         void *out)
{
    read_texts(form, node, (enum book_text_role)field->max, DRAFT_MESSAGE_MAX, out);
}

void draft_read_answers(struct form *form, const struct form_node *node, const struct form_field *field,
                        void *out)
{
    struct draft_give *give = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count < 2 || count > DRAFT_ANSWERS_MAX) {
        form_complain(form, node, field->hint, "\"%s\" must be a list of 2 to %d answers", field->name,
                      DRAFT_ANSWERS_MAX);
        return;
    }
    give->answers.rows = form_take(form, count * DRAFT_TEXTS_MAX, sizeof(*give->answers.rows));
    for (size_t i = 0; give->answers.rows != NULL && i < count; i++) {
        struct form_node item = form_item(node, i);
        if (count_languages(form, &item, field->name) > 0)
            read_languages(form, &item, BOOK_ANSWER, DRAFT_NAME_MAX, &give->answers);
    }
}

static const struct form_choice channel_choices[] = {{"till", 0}, {"kiosk", 1}, {"receipt", 2}, {"web", 3}};

void draft_read_channels(struct form *form, const struct form_node *node, const struct form_field *field,
                         void *out)
{
    struct form_texts *channels = out;
    const struct form_field bits = {.name = field->name,
                                    .choices = channel_choices,
                                    .choice_count = COUNT_OF(channel_choices),
                                    .hint = field->hint};
    int64_t wanted = 0;
    form_read_bits(form, node, &bits, &wanted);
    struct span *rows = form_take(form, COUNT_OF(channel_choices), sizeof(*rows));
    if (rows == NULL)
        return;
    *channels = (struct form_texts){rows, 0};
    for (size_t i = 0; i < COUNT_OF(channel_choices); i++)
        if ((wanted >> channel_choices[i].value & 1) != 0)
            rows[channels->count++] = span_of_text(channel_choices[i].name);
}

static const struct form_choice tender_choices[] = {
    {"cash", kassa_TenderKind_TENDER_CASH},       {"card", kassa_TenderKind_TENDER_CARD},
    {"gift", kassa_TenderKind_TENDER_GIFT},       {"points", kassa_TenderKind_TENDER_POINTS},
    {"voucher", kassa_TenderKind_TENDER_VOUCHER}, {"other", kassa_TenderKind_TENDER_OTHER}};

void draft_read_tenders(struct form *form, const struct form_node *node, const struct form_field *field,
                        void *out)
{
    const struct form_field bits = {.name = field->name,
                                    .choices = tender_choices,
                                    .choice_count = COUNT_OF(tender_choices),
                                    .hint = "\"not_earning\": [\"points\", \"gift\"]"};
    form_read_bits(form, node, &bits, out);
}

static const struct form_field experiment_fields[] = {
    {.name = "name",
     .is_required = true,
     .read = form_read_name,
     .offset = offsetof(struct draft_offer, experiment),
     .min = 1,
     .max = 32,
     .hint = "\"name\": \"coffee-test\""},
    {.name = "holdout",
     .is_required = true,
     .read = form_read_decimal,
     .offset = offsetof(struct draft_offer, holdout_bp),
     .min = 1,
     .max = BOOK_PERCENT_MAX_BP,
     .decimals = 2,
     .hint = "\"holdout\": \"10\", of a hundred members"},
};

void draft_read_experiment(struct form *form, const struct form_node *node, const struct form_field *field,
                           void *out)
{
    (void)field;
    (void)form_read_object(form, node, experiment_fields, COUNT_OF(experiment_fields), out);
}

void draft_read_expression(struct form *form, const struct form_node *node, const struct form_field *field,
                           void *out)
{
    struct draft_expression *expression = out;
    if (!json_is_string(node->json))
        form_complain(form, node, field->hint, "\"%s\" must be a text and is %s", field->name,
                      form_kind_of(node->json));
    else if (json_string_length(node->json) == 0 || json_string_length(node->json) > DRAFT_EXPRESSION_MAX)
        form_complain(form, node, field->hint, "\"%s\" must have 1 to %d bytes and has %zu", field->name,
                      DRAFT_EXPRESSION_MAX, json_string_length(node->json));
    else
        expression->text = form_span_of(node->json);
}
