/* SPDX-License-Identifier: Apache-2.0 */
#include "faces/api/requests.h"

#include <stdio.h>

#include "base/pan.h"
#include "base/utf8.h"
#include "faces/api/fields.h"
#include "faces/api/words.h"

#define PATH_SIZE    40
#define PAN_TEXT_MAX 512 /* longer than any text that is taken */

/* "lines[3]." */
static void write_path(char out[PATH_SIZE], const char *list, size_t i)
{
    (void)snprintf(out, PATH_SIZE, "%.10s[%zu].", list, i);
}

#define AT(type, member)   offsetof(type, member)
#define SIZE(type, member) sizeof(((type *)NULL)->member)
/* A row: name, type, member of the struct. */
#define TEXT(type, name, member)                                                                             \
    {                                                                                                        \
        name, FIELD_TEXT, AT(type, member), SIZE(type, member), false, NULL                                  \
    }
#define NEED_TEXT(type, name, member)                                                                        \
    {                                                                                                        \
        name, FIELD_TEXT, AT(type, member), SIZE(type, member), true, NULL                                   \
    }
#define PLAIN(type, name, kind, member)                                                                      \
    {                                                                                                        \
        name, kind, AT(type, member), SIZE(type, member), false, NULL                                        \
    }
#define NEED(type, name, kind, member)                                                                       \
    {                                                                                                        \
        name, kind, AT(type, member), SIZE(type, member), true, NULL                                         \
    }
#define WORD(type, name, member, words)                                                                      \
    {                                                                                                        \
        name, FIELD_WORD, AT(type, member), SIZE(type, member), false, words                                 \
    }
#define SELF(name)                                                                                           \
    {                                                                                                        \
        name, FIELD_SELF, 0, 0, false, NULL                                                                  \
    }
#define NEED_SELF(name)                                                                                      \
    {                                                                                                        \
        name, FIELD_SELF, 0, 0, true, NULL                                                                   \
    }

/* ------------------------------------------------------------------------------------------------ parsing */

/* jansson recurses as deep as the text: so deep texts never reach it. */
static bool is_shallow(struct span body)
{
    unsigned depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < body.size; i++) {
        uint8_t c = body.bytes[i];
        if (in_text && c == '\\')
            i++;
        else if (c == '"')
            in_text = !in_text;
        else if (!in_text && (c == '{' || c == '[') && ++depth > REQUEST_DEPTH_MAX)
            return false;
        else if (!in_text && (c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return true;
}

enum err request_parse(struct span body, json_t **out, struct till_refusal *out_refusal)
{
    json_error_t fault;
    json_t *json = NULL;
    if (!is_shallow(body)) {
        fields_refuse(out_refusal, "", "", "the JSON is nested too deep");
        return ERR_SYNTAX;
    }
    json = json_loadb((const char *)body.bytes, body.size, JSON_REJECT_DUPLICATES, &fault);
    if (json == NULL) {
        char reason[TILL_REASON_MAX];
        char *near = strstr(fault.text, " near "); /* what follows is of the body: maybe a card's number */
        if (near != NULL)
            *near = '\0';
        (void)snprintf(reason, sizeof reason, "no JSON: line %d, column %d: %.80s", fault.line, fault.column,
                       fault.text);
        for (char *c = reason; *c != '\0'; c++)
            *c = (unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e ? '?' : *c;
        fields_refuse(out_refusal, "", "", reason);
        return ERR_SYNTAX;
    }
    *out = json;
    return ERR_OK;
}

void request_releasep(json_t **json)
{
    json_decref(*json);
}

/* -------------------------------------------------------------------------------------------------- cards */

static const struct field card_fields[] = {
    NEED_SELF("number"),
    WORD(struct till_card, "read", read, words_card_read_sent),
};

/* A number that somebody typed is taken, whatever the programme takes of scanners; it says no more than that he knows it. */
static enum err read_typed(struct span number, const struct request_rules *rules, struct card_identity *out)
{
    enum err error = rules->world->read_code(rules->world->self, number, out);
    if (error != ERR_OK && card_read_number(number, &rules->settings->numbers, out->text) == ERR_OK) {
        out->technology = READER_BARCODE;
        error = ERR_OK;
    }
    if (error == ERR_OK && out->freshness.kind == READER_FRESH_NONE)
        out->trust = CARD_TRUST_IDENTIFY;
    return error;
}

enum err request_read_card(const json_t *json, const struct request_rules *rules, const char *path,
                           struct request_card *out, struct till_refusal *out_refusal)
{
    struct card_identity identity = {.technology = READER_BARCODE};
    *out = (struct request_card){.card = {.read = kassa_CardRead_READ_TYPED}};
    TRY(fields_read(json, card_fields, COUNT_OF(card_fields), path, &out->card, out_refusal));
    if (rules->is_typed)
        out->card.read = kassa_CardRead_READ_TYPED;
    const json_t *number = json_object_get(json, "number");
    struct span text = span_of(json_string_value(number), json_string_length(number));
    if (!json_is_string(number)) {
        fields_refuse(out_refusal, path, "number", "must be a text");
        return ERR_SYNTAX;
    }
    enum err error = out->card.read == kassa_CardRead_READ_TYPED
                         ? read_typed(text, rules, &identity)
                         : rules->world->read_code(rules->world->self, text, &identity);
    if (error != ERR_OK) {
        fields_refuse(out_refusal, path, "number", card_refusal(error));
        return ERR_RANGE;
    }
    memcpy(out->text, identity.text, sizeof out->text);
    out->card.technology = (kassa_CardTechnology)identity.technology;
    out->card.trust = identity.trust;
    out->card.freshness = identity.freshness;
    return ERR_OK;
}

static enum err read_card_of(const json_t *json, const struct request_rules *rules, struct request_card *out,
                             struct till_refusal *out_refusal)
{
    const json_t *card = json_object_get(json, "card");
    *out = (struct request_card){.text = ""};
    if (card == NULL || json_is_null(card))
        return ERR_OK;
    return request_read_card(card, rules, "card.", out, out_refusal);
}

/* -------------------------------------------------------------------------------------------------- lines */

static const struct field line_fields[] = {
    NEED_TEXT(kassa_Line, "sku", sku),
    TEXT(kassa_Line, "gtin", gtin),
    TEXT(kassa_Line, "description", description),
    TEXT(kassa_Line, "department", department),
    SELF("categories"),
    NEED(kassa_Line, "quantity", FIELD_MILLI, quantity_milli),
    TEXT(kassa_Line, "unit", unit),
    NEED(kassa_Line, "unit_price", FIELD_E5, unit_price_e5),
    PLAIN(kassa_Line, "list_price", FIELD_E5, list_price_e5),
    WORD(kassa_Line, "kind", kind, words_basket_line_kind),
    TEXT(kassa_Line, "tax_code", tax_code),
    PLAIN(kassa_Line, "tax_rate_bp", FIELD_UINT32, tax_rate_bp),
    PLAIN(kassa_Line, "weighed", FIELD_BOOL, weighed),
    PLAIN(kassa_Line, "tare", FIELD_MILLI, tare_milli),
    PLAIN(kassa_Line, "no_discount", FIELD_BOOL, discount_excluded),
    PLAIN(kassa_Line, "no_points", FIELD_BOOL, loyalty_excluded),
    PLAIN(kassa_Line, "age_restricted", FIELD_BOOL, age_restricted),
    TEXT(kassa_Line, "override_reason", override_reason),
    TEXT(kassa_Line, "override_approver", override_approver),
    SELF("gift"),
};

static enum err read_categories(const json_t *json, const char *path, kassa_Line *out,
                                struct till_refusal *out_refusal)
{
    const json_t *categories = json_object_get(json, "categories");
    size_t count = json_array_size(categories);
    if (categories != NULL && !json_is_null(categories) &&
        (!json_is_array(categories) || count > CATEGORIES_PER_LINE_MAX)) {
        fields_refuse(out_refusal, path, "categories", "must be a list of at most four texts");
        return ERR_RANGE;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *category = json_array_get(categories, i);
        if (!json_is_string(category) || json_string_length(category) > CATEGORY_MAX) {
            fields_refuse(out_refusal, path, "categories", "each must be a text of at most 32 bytes");
            return ERR_RANGE;
        }
        if (!utf8_is_printable(span_of(json_string_value(category), json_string_length(category)))) {
            fields_refuse(out_refusal, path, "categories", "has a control character");
            return ERR_RANGE;
        }
        memcpy(out->categories[i], json_string_value(category), json_string_length(category));
    }
    out->categories_count = (pb_size_t)count;
    return ERR_OK;
}

/* A gift card that a line loads or that pays; none is ERR_OK. Its code is read as a member's number is, but
 * for the check digit: that is the programme's own. */
static enum err read_gift(const json_t *json, const struct card_number_rules *numbers, const char *path,
                          size_t place, struct till_gift *gifts, size_t *count,
                          struct till_refusal *out_refusal)
{
    const json_t *code = json_object_get(json, "gift");
    struct card_number_rules rules = *numbers;
    struct till_gift gift = {.place = (uint32_t)place};
    if (code == NULL || json_is_null(code))
        return ERR_OK;
    if (!json_is_string(code)) {
        fields_refuse(out_refusal, path, "gift", "must be the gift card's code: a text");
        return ERR_SYNTAX;
    }
    if (*count == GIFT_ROWS_MAX) {
        fields_refuse(out_refusal, path, "gift", "at most four gift cards in one receipt");
        return ERR_TOO_LONG;
    }
    rules.check = CARD_CHECK_NONE;
    enum err error =
        card_read_number(span_of(json_string_value(code), json_string_length(code)), &rules, gift.code);
    if (error != ERR_OK) {
        fields_refuse(out_refusal, path, "gift", card_refusal(error));
        return ERR_RANGE;
    }
    gifts[(*count)++] = gift;
    return ERR_OK;
}

static enum err read_line(const json_t *json, size_t i, kassa_Line *out, struct till_refusal *out_refusal)
{
    char path[PATH_SIZE];
    write_path(path, "lines", i);
    *out = (kassa_Line)kassa_Line_init_zero;
    memcpy(out->unit, "pcs", sizeof "pcs");
    out->list_price_e5 = INT64_MIN;
    TRY(fields_read(json, line_fields, COUNT_OF(line_fields), path, out, out_refusal));
    if (out->list_price_e5 == INT64_MIN)
        out->list_price_e5 = out->unit_price_e5;
    if (out->override_reason[0] != '\0')
        out->price_origin = kassa_PriceOrigin_PRICE_OVERRIDE;
    return read_categories(json, path, out, out_refusal);
}

static enum err count_lines(const json_t *lines, size_t *out_count, struct till_refusal *out_refusal)
{
    if (!json_is_array(lines)) {
        fields_refuse(out_refusal, "", "lines", "must be a list");
        return ERR_SYNTAX;
    }
    if (json_array_size(lines) > LINES_MAX) {
        fields_refuse(out_refusal, "", "lines", "at most 2048 of them");
        return ERR_TOO_LONG;
    }
    *out_count = json_array_size(lines);
    return ERR_OK;
}

static enum err read_lines(const json_t *lines, kassa_Line *out, size_t *out_count,
                           struct till_refusal *out_refusal)
{
    size_t count = 0;
    TRY(count_lines(lines, &count, out_refusal));
    for (size_t i = 0; i < count; i++)
        TRY(read_line(json_array_get(lines, i), i, &out[i], out_refusal));
    *out_count = count;
    return ERR_OK;
}

/* What comes back without a receipt takes nothing from a gift card. */
static enum err read_unverified(const json_t *lines, struct till_return *out,
                                struct till_refusal *out_refusal)
{
    TRY(read_lines(lines, out->lines, &out->line_count, out_refusal));
    for (size_t i = 0; i < out->line_count; i++) {
        const json_t *gift = json_object_get(json_array_get(lines, i), "gift");
        char path[PATH_SIZE];
        if (gift == NULL || json_is_null(gift))
            continue;
        write_path(path, "lines", i);
        fields_refuse(out_refusal, path, "gift", "gift value comes back by the receipt that sold it");
        return ERR_RANGE;
    }
    return ERR_OK;
}

/* ---------------------------------------------------------------------------------------- what comes back */

static const struct field receipt_fields[] = {
    NEED_TEXT(kassa_ReceiptId, "store", store),
    NEED_TEXT(kassa_ReceiptId, "till", till),
    NEED(kassa_ReceiptId, "business_day", FIELD_DAY, business_day),
    NEED(kassa_ReceiptId, "number", FIELD_UINT64, number),
};

static const struct field back_fields[] = {
    NEED(struct till_line_back, "line", FIELD_UINT32, line),
    NEED(struct till_line_back, "quantity", FIELD_MILLI, quantity_milli),
};

static enum err read_backs(const json_t *lines, struct till_line_back *out, size_t *out_count,
                           struct till_refusal *out_refusal)
{
    size_t count = 0;
    TRY(count_lines(lines, &count, out_refusal));
    for (size_t i = 0; i < count; i++) {
        char path[PATH_SIZE];
        write_path(path, "lines", i);
        TRY(fields_read(json_array_get(lines, i), back_fields, COUNT_OF(back_fields), path, &out[i],
                        out_refusal));
    }
    *out_count = count;
    return ERR_OK;
}

/* ------------------------------------------------------------------------------------------------- basket */

static const struct field basket_fields[] = {
    NEED_TEXT(struct till_basket, "basket", id),
    TEXT(struct till_basket, "operator", operator_id),
    TEXT(struct till_basket, "locale", locale),
    PLAIN(struct till_basket, "training", FIELD_BOOL, training),
    WORD(struct till_basket, "price_mode", price_mode, words_price_mode),
    PLAIN(struct till_basket, "burn_points", FIELD_MINOR, burn_points),
    SELF("coupons"),
    SELF("card"),
    SELF("return"),
    NEED_SELF("lines"),
};

static bool is_there(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    return value != NULL && !json_is_null(value);
}

/* The codes before it are there. */
static enum err read_code(const json_t *code, size_t i, struct till_basket *out,
                          struct till_refusal *out_refusal)
{
    size_t size = json_string_length(code);
    char path[PATH_SIZE];
    write_path(path, "coupons", i);
    if (!json_is_string(code) || size == 0 || size > COUPON_CODE_MAX ||
        !utf8_is_printable(span_of(json_string_value(code), size))) {
        fields_refuse(out_refusal, path, "", "must be a text of 1 to 320 bytes");
        return ERR_RANGE;
    }
    for (size_t k = 0; k < i; k++) {
        if (strcmp(out->coupons[k], json_string_value(code)) != 0)
            continue;
        fields_refuse(out_refusal, path, "", "the same coupon stands in the list before");
        return ERR_RANGE;
    }
    memset(out->coupons[i], 0, sizeof out->coupons[i]);
    memcpy(out->coupons[i], json_string_value(code), size);
    return ERR_OK;
}

static enum err read_coupons(const json_t *coupons, struct till_basket *out, struct till_refusal *out_refusal)
{
    if (!json_is_array(coupons) || json_array_size(coupons) > TILL_COUPONS_MAX) {
        fields_refuse(out_refusal, "", "coupons", "must be a list of at most sixteen texts");
        return ERR_RANGE;
    }
    for (size_t i = 0; i < json_array_size(coupons); i++)
        TRY(read_code(json_array_get(coupons, i), i, out, out_refusal));
    out->coupon_count = json_array_size(coupons);
    return ERR_OK;
}

static const struct field exchange_fields[] = {
    NEED_SELF("original"),
    NEED_SELF("lines"),
    TEXT(struct till_exchange, "reason", reason),
};

static enum err read_exchange(const json_t *json, struct till_exchange *out, struct till_refusal *out_refusal)
{
    if (json_is_array(json)) {
        fields_refuse(out_refusal, "return.", "",
                      "goods of one receipt alone: take those of another back first, by POST /v1/returns");
        return ERR_SYNTAX;
    }
    TRY(fields_read(json, exchange_fields, COUNT_OF(exchange_fields), "return.", out, out_refusal));
    TRY(fields_read(json_object_get(json, "original"), receipt_fields, COUNT_OF(receipt_fields),
                    "return.original.", &out->original, out_refusal));
    TRY(read_backs(json_object_get(json, "lines"), out->back, &out->back_count, out_refusal));
    if (out->back_count > 0)
        return ERR_OK;
    fields_refuse(out_refusal, "return.", "lines", "what comes back?");
    return ERR_RANGE;
}

enum err request_read_basket(const json_t *json, const struct request_rules *rules, struct till_basket *out,
                             struct till_refusal *out_refusal)
{
    struct request_card card;
    TRY(fields_read(json, basket_fields, COUNT_OF(basket_fields), "", out, out_refusal));
    TRY(read_card_of(json, rules, &card, out_refusal));
    memcpy(out->card_text, card.text, sizeof out->card_text);
    out->card = card.card;
    out->has_burn = is_there(json, "burn_points");
    out->has_coupons = is_there(json, "coupons");
    if (out->has_coupons)
        TRY(read_coupons(json_object_get(json, "coupons"), out, out_refusal));
    if (is_there(json, "return"))
        TRY(read_exchange(json_object_get(json, "return"), &out->exchange, out_refusal));
    const json_t *lines = json_object_get(json, "lines");
    TRY(read_lines(lines, out->lines, &out->line_count, out_refusal));
    for (size_t i = 0; i < out->line_count; i++) {
        char path[PATH_SIZE];
        write_path(path, "lines", i);
        TRY(read_gift(json_array_get(lines, i), &rules->settings->numbers, path, i, out->loads,
                      &out->load_count, out_refusal));
    }
    return ERR_OK;
}

enum err request_read_burn(const json_t *json, int64_t *out_points, struct till_refusal *out_refusal)
{
    struct burn_fields {
        int64_t points;
    } burn = {0};
    static const struct field fields[] = {NEED(struct burn_fields, "points", FIELD_MINOR, points)};
    TRY(fields_read(json, fields, COUNT_OF(fields), "", &burn, out_refusal));
    *out_points = burn.points;
    return ERR_OK;
}

enum err request_read_coupon(const json_t *json, struct request_coupon *out, struct till_refusal *out_refusal)
{
    static const struct field fields[] = {NEED_TEXT(struct request_coupon, "code", code)};
    *out = (struct request_coupon){0};
    return fields_read(json, fields, COUNT_OF(fields), "", out, out_refusal);
}

enum err request_read_gift(const json_t *json, const struct card_number_rules *numbers,
                           struct request_gift *out, struct till_refusal *out_refusal)
{
    static const struct field fields[] = {NEED_SELF("gift")};
    struct till_gift gift;
    size_t count = 0;
    TRY(fields_read(json, fields, COUNT_OF(fields), "", out, out_refusal));
    TRY(read_gift(json, numbers, "", 0, &gift, &count, out_refusal));
    if (count == 0) {
        fields_refuse(out_refusal, "", "gift", "is missing");
        return ERR_SYNTAX;
    }
    memcpy(out->code, gift.code, sizeof out->code);
    return ERR_OK;
}

enum err request_read_named(const json_t *json, struct request_named *out, struct till_refusal *out_refusal)
{
    static const struct field fields[] = {NEED_TEXT(struct request_named, "basket", basket)};
    *out = (struct request_named){0};
    return fields_read(json, fields, COUNT_OF(fields), "", out, out_refusal);
}

/* ------------------------------------------------------------------------------------------------ tenders */

static const struct field tender_fields[] = {
    {"kind", FIELD_WORD, AT(kassa_Tender, kind), SIZE(kassa_Tender, kind), true, words_tender},
    PLAIN(kassa_Tender, "amount_minor", FIELD_MINOR, amount_minor),
    TEXT(kassa_Tender, "currency", currency),
    PLAIN(kassa_Tender, "rate_e6", FIELD_UINT64, rate_e6),
    TEXT(kassa_Tender, "reference", reference),
    PLAIN(kassa_Tender, "tip_minor", FIELD_MINOR, tip_minor),
    SELF("gift"),
};

/* A reference with so many digits may be a card number, and those are never kept. */
#define REFERENCE_DIGITS_MAX 11

static bool is_masked(const char *reference)
{
    size_t digits = 0;
    for (; *reference != '\0'; reference++)
        digits += *reference >= '0' && *reference <= '9';
    return digits <= REFERENCE_DIGITS_MAX;
}

static enum err read_tender(const json_t *json, const struct till_settings *settings, size_t i,
                            struct till_tenders *out, struct till_refusal *out_refusal)
{
    char path[PATH_SIZE];
    kassa_Tender *tender = &out->rows[i];
    write_path(path, "tenders", i);
    TRY(fields_read(json, tender_fields, COUNT_OF(tender_fields), path, tender, out_refusal));
    if (!is_masked(tender->reference)) {
        fields_refuse(out_refusal, path, "reference",
                      "must be masked: at most eleven digits, never a card number");
        return ERR_RANGE;
    }
    TRY(read_gift(json, &settings->numbers, path, i, out->gifts, &out->gift_count, out_refusal));
    const json_t *amount = json_object_get(json, "amount_minor");
    if (amount != NULL && !json_is_null(amount))
        return ERR_OK;
    if (out->rest < out->count) {
        fields_refuse(out_refusal, path, "amount_minor", "only one tender can take the rest");
        return ERR_RANGE;
    }
    out->rest = i;
    return ERR_OK;
}

static enum err read_tenders(const json_t *tenders, const struct till_settings *settings,
                             struct till_tenders *out, struct till_refusal *out_refusal)
{
    *out = (struct till_tenders){0};
    if (tenders == NULL || json_is_null(tenders))
        return ERR_OK;
    if (!json_is_array(tenders) || json_array_size(tenders) > TENDERS_MAX) {
        fields_refuse(out_refusal, "", "tenders", "must be a list of at most 16");
        return ERR_RANGE;
    }
    out->count = json_array_size(tenders);
    out->rest = out->count;
    for (size_t i = 0; i < out->count; i++)
        TRY(read_tender(json_array_get(tenders, i), settings, i, out, out_refusal));
    return ERR_OK;
}

static const struct field commit_fields[] = {
    NEED_TEXT(struct request_commit, "basket", basket),
    NEED_SELF("tenders"),
};

enum err request_read_commit(const json_t *json, const struct till_settings *settings,
                             struct request_commit *out, struct till_refusal *out_refusal)
{
    *out = (struct request_commit){0};
    TRY(fields_read(json, commit_fields, COUNT_OF(commit_fields), "", out, out_refusal));
    return read_tenders(json_object_get(json, "tenders"), settings, &out->tenders, out_refusal);
}

enum err request_read_reserve(const json_t *json, const struct till_settings *settings,
                              struct request_commit *out, struct till_refusal *out_refusal)
{
    static const struct field fields[] = {NEED_TEXT(struct request_commit, "basket", basket),
                                          SELF("tenders")};
    *out = (struct request_commit){0};
    TRY(fields_read(json, fields, COUNT_OF(fields), "", out, out_refusal));
    return read_tenders(json_object_get(json, "tenders"), settings, &out->tenders, out_refusal);
}

/* -------------------------------------------------------------------------------------- returns and voids */

static const struct field return_fields[] = {
    SELF("original"),
    TEXT(struct till_return, "reason", reason),
    TEXT(struct till_return, "operator", operator_id),
    PLAIN(struct till_return, "training", FIELD_BOOL, training),
    WORD(struct till_return, "price_mode", price_mode, words_price_mode),
    SELF("card"),
    NEED_SELF("lines"),
    SELF("unverified_lines"),
    SELF("tenders"),
};

enum err request_read_return(const json_t *json, const struct request_rules *rules, struct till_return *out,
                             struct till_refusal *out_refusal)
{
    struct request_card card;
    TRY(fields_read(json, return_fields, COUNT_OF(return_fields), "", out, out_refusal));
    TRY(read_card_of(json, rules, &card, out_refusal));
    memcpy(out->card_text, card.text, sizeof out->card_text);
    out->card = card.card;
    out->has_price_mode = is_there(json, "price_mode");
    TRY(read_tenders(json_object_get(json, "tenders"), rules->settings, &out->tenders, out_refusal));
    const json_t *original = json_object_get(json, "original");
    const json_t *lines = json_object_get(json, "lines");
    out->has_original = original != NULL && !json_is_null(original);
    if (json_is_array(lines) && json_array_size(lines) == 0) {
        fields_refuse(out_refusal, "", "lines", "what comes back?");
        return ERR_RANGE;
    }
    if (!out->has_original)
        return read_unverified(lines, out, out_refusal);
    TRY(fields_read(original, receipt_fields, COUNT_OF(receipt_fields), "original.", &out->original,
                    out_refusal));
    TRY(read_backs(lines, out->back, &out->back_count, out_refusal));
    const json_t *unverified = json_object_get(json, "unverified_lines");
    bool has_unverified = unverified != NULL && !json_is_null(unverified);
    return has_unverified ? read_unverified(unverified, out, out_refusal) : ERR_OK;
}

static const struct field void_fields[] = {
    NEED_SELF("receipt"),
    TEXT(struct till_void, "reason", reason),
    TEXT(struct till_void, "operator", operator_id),
};

enum err request_read_void(const json_t *json, struct till_void *out, struct till_refusal *out_refusal)
{
    *out = (struct till_void){0};
    TRY(fields_read(json, void_fields, COUNT_OF(void_fields), "", out, out_refusal));
    return fields_read(json_object_get(json, "receipt"), receipt_fields, COUNT_OF(receipt_fields), "receipt.",
                       &out->original, out_refusal);
}

/* ------------------------------------------------------------------------------------------ payment cards */

struct hiding {
    const struct api_world *world;
    struct till_refusal *refusal;
};

static enum err hide_in_text(json_t *value)
{
    char text[PAN_TEXT_MAX];
    size_t size = json_string_length(value);
    if (size > sizeof text) /* longer than any field: refused where it is read */
        return ERR_OK;
    memcpy(text, json_string_value(value), size);
    if (!pan_mask(text, size))
        return ERR_OK;
    return json_string_setn_nocheck(value, text, size) == 0 ? ERR_OK : ERR_MEMORY;
}

/* Names of fields whose texts card_read_number reads: it refuses payment cards, and they are never kept. */
static bool is_card_number(const char *name)
{
    return strcmp(name, "number") == 0 || strcmp(name, "gift") == 0;
}

/* Names of fields that tell one basket or coupon from another. */
static bool is_identity(const char *name)
{
    return strcmp(name, "basket") == 0 || strcmp(name, "coupon") == 0;
}

static bool is_payment_card_in(const char *name, size_t size)
{
    char text[PAN_TEXT_MAX];
    if (size >= sizeof text)
        return false;
    memcpy(text, name, size);
    return pan_mask(text, size);
}

static enum err name_anew(const struct hiding *hiding, json_t *value)
{
    char name[API_NAME_SIZE];
    struct span text = span_of(json_string_value(value), json_string_length(value));
    if (!is_payment_card_in(json_string_value(value), text.size))
        return ERR_OK;
    TRY(hiding->world->name_anew(hiding->world->self, text, name));
    return json_string_set(value, name) == 0 ? ERR_OK : ERR_MEMORY;
}

static enum err hide_in(const struct hiding *hiding, const char *name, json_t *value);

static enum err hide_in_members(const struct hiding *hiding, json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) TRY(hide_in(hiding, name, value));
    return ERR_OK;
}

static enum err hide_in(const struct hiding *hiding, const char *name, json_t *value)
{
    if (is_payment_card_in(name, strlen(name))) {
        fields_refuse(hiding->refusal, "", "", "a field is named by the number of a payment card");
        return ERR_SYNTAX;
    }
    if (json_is_string(value) && is_identity(name))
        return name_anew(hiding, value);
    if (json_is_string(value))
        return is_card_number(name) ? ERR_OK : hide_in_text(value);
    for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++)
        TRY(hide_in(hiding, name, json_array_get(value, i)));
    return json_is_object(value) ? hide_in_members(hiding, value) : ERR_OK;
}

enum err request_hide_payment_cards(json_t *json, const struct api_world *world,
                                    struct till_refusal *out_refusal)
{
    const struct hiding hiding = {world, out_refusal};
    return json_is_object(json) ? hide_in_members(&hiding, json) : ERR_OK;
}

/* ------------------------------------------------------------------------------------------------ members */

static const struct field enrol_fields[] = {
    TEXT(struct till_enrolment, "first_name", first_name),
    TEXT(struct till_enrolment, "language", record.language),
    TEXT(struct till_enrolment, "operator", record.operator),
    SELF("card"),
    SELF("consents"),
};

static const struct field consent_fields[] = {
    NEED_TEXT(kassa_Consent, "purpose", purpose),
    NEED(kassa_Consent, "given", FIELD_BOOL, given),
    PLAIN(kassa_Consent, "version", FIELD_UINT32, version),
};

static enum err read_consents(const json_t *consents, kassa_MemberEnrolled *out,
                              struct till_refusal *out_refusal)
{
    if (consents == NULL || json_is_null(consents))
        return ERR_OK;
    if (!json_is_array(consents) || json_array_size(consents) > COUNT_OF(out->consents)) {
        fields_refuse(out_refusal, "", "consents", "must be a list of at most eight");
        return ERR_RANGE;
    }
    for (size_t i = 0; i < json_array_size(consents); i++) {
        char path[PATH_SIZE];
        write_path(path, "consents", i);
        TRY(fields_read(json_array_get(consents, i), consent_fields, COUNT_OF(consent_fields), path,
                        &out->consents[i], out_refusal));
    }
    out->consents_count = (pb_size_t)json_array_size(consents);
    return ERR_OK;
}

enum err request_read_enrol(const json_t *json, const struct request_rules *rules, struct request_enrol *out,
                            struct till_refusal *out_refusal)
{
    *out = (struct request_enrol){0};
    TRY(fields_read(json, enrol_fields, COUNT_OF(enrol_fields), "", &out->enrolment, out_refusal));
    TRY(read_card_of(json, rules, &out->card, out_refusal));
    return read_consents(json_object_get(json, "consents"), &out->enrolment.record, out_refusal);
}

enum err request_read_consent(const json_t *json, kassa_ConsentChanged *out, struct till_refusal *out_refusal)
{
    static const struct field fields[] = {
        NEED_TEXT(kassa_ConsentChanged, "purpose", consent.purpose),
        NEED(kassa_ConsentChanged, "given", FIELD_BOOL, consent.given),
        PLAIN(kassa_ConsentChanged, "version", FIELD_UINT32, consent.version),
        TEXT(kassa_ConsentChanged, "language", language),
    };
    *out = (kassa_ConsentChanged)kassa_ConsentChanged_init_zero;
    out->has_consent = true;
    return fields_read(json, fields, COUNT_OF(fields), "", out, out_refusal);
}

enum err request_read_offer_answer(const json_t *json, kassa_OfferAnswered *out,
                                   struct till_refusal *out_refusal)
{
    struct answer_fields {
        char offer[OFFER_ID_MAX + 1];
        bool accepted;
        char place[sizeof out->place];
    } answer = {0};
    static const struct field fields[] = {
        NEED_TEXT(struct answer_fields, "offer", offer),
        NEED(struct answer_fields, "accepted", FIELD_BOOL, accepted),
        TEXT(struct answer_fields, "place", place),
    };
    TRY(fields_read(json, fields, COUNT_OF(fields), "", &answer, out_refusal));
    *out = (kassa_OfferAnswered)kassa_OfferAnswered_init_zero;
    memcpy(out->offer.offer, answer.offer, sizeof out->offer.offer);
    out->offer.event = answer.accepted ? kassa_OfferEvent_OFFER_ACCEPTED : kassa_OfferEvent_OFFER_DECLINED;
    memcpy(out->place, answer.place, sizeof out->place);
    return ERR_OK;
}

enum err request_read_answer(const json_t *json, kassa_AnswerGiven *out, struct till_refusal *out_refusal)
{
    static const struct field fields[] = {
        NEED_TEXT(kassa_AnswerGiven, "question", question),
        NEED_TEXT(kassa_AnswerGiven, "value", value),
    };
    *out = (kassa_AnswerGiven)kassa_AnswerGiven_init_zero;
    return fields_read(json, fields, COUNT_OF(fields), "", out, out_refusal);
}
