/* SPDX-License-Identifier: Apache-2.0 */
/* A member as `kassa member show --json` prints it, or as few of its fields as one wants to try; and how much of
 * limited offers was had before. */
#include <stdlib.h>

#include "base/hex.h"
#include "office/form.h"
#include "office/preview.h"

#define POINTS_MAX INT64_C(1000000000)
#define VISITS_MAX 10000000

enum err preview_verdict(const struct form *form, size_t errors_before)
{
    if (form->is_out_of_memory || form->findings->is_out_of_memory)
        return ERR_MEMORY;
    findings_sort(form->findings);
    return form->findings->error_count > errors_before ? ERR_SYNTAX : ERR_OK;
}

/* ---- counters */

struct counter_form {
    struct span offer;
    int64_t limit, used;
};
static const struct form_field counter_fields[] = {
    {.name = "offer",
     .is_required = true,
     .read = form_read_name,
     .offset = offsetof(struct counter_form, offer),
     .min = 1,
     .max = OFFER_ID_MAX,
     .hint = PREVIEW_COUNTER_SAMPLE},
    {.name = "limit",
     .read = form_read_integer,
     .offset = offsetof(struct counter_form, limit),
     .min = 0,
     .max = UINT32_MAX},
    {.name = "used",
     .is_required = true,
     .read = form_read_integer,
     .offset = offsetof(struct counter_form, used),
     .min = 0,
     .max = BOOK_AMOUNT_MAX,
     .hint = PREVIEW_COUNTER_SAMPLE},
    {.name = "what", .read = form_read_nothing},
    {.name = "period", .read = form_read_nothing},
    {.name = "since_day", .read = form_read_nothing},
};

static int compare_counters(const void *left, const void *right)
{
    const struct offers_counter *a = left;
    const struct offers_counter *b = right;
    if (a->offer != b->offer)
        return a->offer < b->offer ? -1 : 1;
    return (a->limit > b->limit) - (a->limit < b->limit);
}

/* One row, if the book has such an offer: others have counters of their own. */
static bool read_counter(struct form *form, const struct form_node *node, const struct preview *preview,
                         struct offers_counter *out)
{
    struct counter_form counter = {.limit = 0};
    if (!form_read_object(form, node, counter_fields, COUNT_OF(counter_fields), &counter))
        return false;
    uint32_t index = book_find_offer(preview->book, counter.offer);
    if (index == BOOK_NONE)
        return false;
    struct book_offer offer;
    book_offer_at(preview->book, index, &offer);
    if (counter.limit >= offer.limits.count) {
        form_complain(form, node, "limits are counted from 0", "the offer has %u limits", offer.limits.count);
        return false;
    }
    *out = (struct offers_counter){index, (uint32_t)counter.limit, counter.used};
    return true;
}

void preview_read_counters(struct form *form, const struct form_node *node, const struct form_field *field,
                           void *out)
{
    struct preview *preview = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count > PREVIEW_COUNTERS_MAX) {
        form_complain(form, node, field->hint, "\"%s\" must be a list of at most %d counters", field->name,
                      PREVIEW_COUNTERS_MAX);
        return;
    }
    struct offers_counter *rows = form_take(form, preview->counter_count + count, sizeof(*rows));
    if (rows == NULL)
        return;
    for (uint32_t i = 0; i < preview->counter_count; i++)
        rows[i] = preview->counters[i];
    for (size_t i = 0; i < count; i++) {
        struct form_node item = form_item(node, i);
        if (read_counter(form, &item, preview, &rows[preview->counter_count]))
            preview->counter_count++;
    }
    qsort(rows, preview->counter_count, sizeof(*rows), compare_counters);
    preview->counters = rows;
}

/* ---- consents: their names, or what a member's record says of each */

static const struct form_choice consent_choices[] = {{"personal_offers", BOOK_CONSENT_PERSONAL_OFFERS}};

static void read_consents(struct form *form, const struct form_node *node, const struct form_field *field,
                          void *out)
{
    if (!json_is_array(node->json)) {
        form_complain(form, node, field->hint, "\"%s\" must be a list and is %s", field->name,
                      form_kind_of(node->json));
        return;
    }
    int64_t bits = 0;
    for (size_t i = 0; i < json_array_size(node->json); i++) {
        const json_t *item = json_array_get(node->json, i);
        const json_t *purpose = json_is_object(item) ? json_object_get(item, "purpose") : item;
        bool is_given = !json_is_object(item) || json_is_true(json_object_get(item, "given"));
        for (size_t j = 0; j < COUNT_OF(consent_choices); j++)
            if (is_given && json_is_string(purpose) &&
                strcmp(json_string_value(purpose), consent_choices[j].name) == 0)
                bits |= INT64_C(1) << consent_choices[j].value;
    }
    *(int64_t *)out = bits;
}

/* "05-17", or "1990-05-17". */
static void read_birthday(struct form *form, const struct form_node *node, const struct form_field *field,
                          void *out)
{
    struct span text = json_is_string(node->json) ? form_span_of(node->json) : span_of("", 0);
    unsigned digits[5] = {0};
    size_t at = text.size == 10 ? 5 : 0;
    bool is_date = text.size == 5 || text.size == 10;
    for (size_t i = 0; is_date && i < 5; i++) {
        uint8_t c = text.bytes[at + i];
        is_date = i == 2 ? c == '-' : c >= '0' && c <= '9';
        digits[i] = c - (unsigned)'0';
    }
    unsigned month = digits[0] * 10 + digits[1];
    unsigned day = digits[3] * 10 + digits[4];
    if (is_date && month >= 1 && month <= 12 && day >= 1 && day <= 31)
        *(int64_t *)out = month * 100 + day;
    else
        form_complain(form, node, "write it as \"05-17\", month and day", "\"%s\" is no day of the year",
                      field->name);
}

#define IGNORED(key)                                                                                         \
    {                                                                                                        \
        .name = (key), .read = form_read_nothing                                                             \
    }

struct member_form {
    struct span id, tier, language;
    struct form_texts segments;
    int64_t points, visits, birth_month_day, consents;
};
#define AT(member) .offset = offsetof(struct member_form, member)

static const struct form_field member_fields[] = {
    {.name = "tier", .read = form_read_text, AT(tier), .min = 0, .max = SEGMENT_MAX},
    {.name = "segments", .read = form_read_texts, AT(segments), .min = 0, .max = SEGMENTS_MAX},
    {.name = "id", .read = form_read_text, AT(id), .min = 32, .max = 32},
    {.name = "language", .read = form_read_text, AT(language), .min = 0, .max = LANGUAGE_MAX},
    {.name = "points", .read = form_read_integer, AT(points), .min = -POINTS_MAX, .max = POINTS_MAX},
    {.name = "visits", .read = form_read_integer, AT(visits), .min = 0, .max = VISITS_MAX},
    {.name = "birth_month_day", .read = form_read_integer, AT(birth_month_day), .min = 0, .max = 1231},
    {.name = "birthday", .read = read_birthday, AT(birth_month_day)},
    {.name = "consents", .read = read_consents, AT(consents), .hint = "\"consents\": [\"personal_offers\"]"},
    IGNORED("counters"), /* read into the preview itself */
    IGNORED("first_name"),
    IGNORED("version"),
    IGNORED("erased"),
    IGNORED("points_as_of_unix_ms"),
    IGNORED("points_pending"),
    IGNORED("points_owed"),
    IGNORED("expiring_points"),
    IGNORED("expires_day"),
    IGNORED("lots"),
    IGNORED("coupons"),
    IGNORED("stamps"),
    IGNORED("attributes"),
    IGNORED("allowance_points"),
    IGNORED("till_allowance_points"),
    IGNORED("tier_until_day"),
    IGNORED("cards"),
    IGNORED("stores"),
    IGNORED("created_unix_ms"),
};

enum err preview_read_member(struct preview *preview, struct span text, struct findings *findings)
{
    struct form form = {.text = text, .findings = findings, .pool = &preview->pool};
    struct member_form member = {.language = span_of("", 0)};
    size_t errors = findings->error_count;
    preview->member_json = form_parse(&form);
    const struct form_node root = {.json = preview->member_json};
    if (root.json != NULL)
        (void)form_read_object(&form, &root, member_fields, COUNT_OF(member_fields), &member);
    struct form_node counters = form_member(&root, "counters");
    const struct form_field field = {.name = "counters", .hint = PREVIEW_COUNTER_SAMPLE};
    if (counters.json != NULL)
        preview_read_counters(&form, &counters, &field, preview);
    preview->member = (struct offers_member){.known = true,
                                             .tier = member.tier,
                                             .segments = member.segments.rows,
                                             .segment_count = member.segments.count,
                                             .visits = (uint32_t)member.visits,
                                             .birth_month_day = (uint16_t)member.birth_month_day,
                                             .points = member.points,
                                             .consents = (uint32_t)member.consents,
                                             .language = member.language};
    if (member.id.size > 0 && hex_read(member.id, preview->member.id, MEMBER_SIZE) != ERR_OK) {
        struct form_node id = form_member(&root, "id");
        form_complain(&form, &id, "32 hexadecimal digits, as kassa member list prints them",
                      "\"id\" is no member's id");
    }
    return preview_verdict(&form, errors);
}
