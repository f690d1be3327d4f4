/* SPDX-License-Identifier: Apache-2.0 */
/* The book's own fields, its lanes and its offers. */
#include "base/money.h"
#include "office/book_draft.h"

#define JSON_FORMAT 1
#define VERSION_MAX                                                                                          \
    9007199254740991 /* 2^53 - 1: a JSON number that any language reads exactly (RFC 8259 6) */
#define OFFER_VERSION_MAX 2147483647
#define PRIORITY_MAX      1000000
#define PROGRAMME_MAX     32

static const struct form_choice exclusive_choices[] = {{"step", BOOK_EXCLUSIVE_IN_STEP},
                                                       {"basket", BOOK_EXCLUSIVE_IN_BASKET},
                                                       {"if_better", BOOK_EXCLUSIVE_IF_BETTER}};
static const struct form_choice group_scope_choices[] = {{"basket", BOOK_GROUP_PER_BASKET},
                                                         {"line", BOOK_GROUP_PER_LINE}};
static const struct form_choice consent_choices[] = {{"personal_offers", BOOK_CONSENT_PERSONAL_OFFERS}};
static const struct form_choice order_choices[] = {{"by_step", BOOK_BY_STEP},
                                                   {"by_priority", BOOK_BY_PRIORITY}};
static const struct form_choice sharing_choices[] = {{"largest_remainder", BOOK_LARGEST_REMAINDER},
                                                     {"floor_in_order", BOOK_FLOOR_IN_ORDER},
                                                     {"half_down_in_order", BOOK_HALF_DOWN_IN_ORDER},
                                                     {"half_even_last", BOOK_HALF_EVEN_LAST},
                                                     {"equal_if_zero", BOOK_EQUAL_IF_ZERO}};
static const struct form_choice lane_mode_choices[] = {{"all", BOOK_LANE_ALL},
                                                       {"best_per_line", BOOK_LANE_BEST_PER_LINE},
                                                       {"highest_priority", BOOK_LANE_HIGHEST_PRIORITY},
                                                       {"exclusive", BOOK_LANE_EXCLUSIVE},
                                                       {"sum_percent", BOOK_LANE_SUM_PERCENT},
                                                       {"best_combination", BOOK_LANE_BEST_COMBINATION}};

#define OFFER(member)      .offset = offsetof(struct draft_offer, member)
#define WHOLE(least, most) .read = form_read_integer, .min = (least), .max = (most)
#define CHOICES(table)     .read = form_read_choice, .choices = table, .choice_count = COUNT_OF(table)

static const struct form_field offer_fields[] = {
    {.name = "id",
     .is_required = true,
     .read = form_read_name,
     OFFER(id),
     .min = 1,
     .max = OFFER_ID_MAX,
     .hint = "\"id\": \"coffee-20\""},
    {.name = "version",
     .is_required = true,
     WHOLE(1, OFFER_VERSION_MAX),
     OFFER(version),
     .hint = "\"version\": 1; raise it when the offer changes"},
    {.name = "names",
     .is_required = true,
     .read = draft_read_names,
     OFFER(names),
     .hint = "\"names\": {\"en\": \"Coffee time\"}"},
    {.name = "messages", .read = draft_read_messages, OFFER(messages), .max = BOOK_MESSAGE},
    {.name = "receipt_texts", .read = draft_read_messages, OFFER(receipt_texts), .max = BOOK_RECEIPT_TEXT},
    {.name = "cashier_texts", .read = draft_read_messages, OFFER(cashier_texts), .max = BOOK_CASHIER_TEXT},
    {.name = "audience",
     .is_required = true,
     .read = draft_read_audience,
     .hint = "\"audience\": \"anyone\", \"member\", {\"segments\": [...]} or {\"tiers\": [...]}"},
    {.name = "consent", CHOICES(consent_choices), OFFER(consent), .hint = "\"consent\": \"personal_offers\""},
    {.name = "experiment",
     .read = draft_read_experiment,
     .hint = "\"experiment\": {\"name\": \"coffee-test\", \"holdout\": \"10\"}"},
    {.name = "when", .read = draft_read_when},
    {.name = "where", .read = draft_read_where},
    {.name = "channels",
     .read = draft_read_channels,
     OFFER(channels),
     .hint = "\"channels\": [\"till\", \"kiosk\"]"},
    {.name = "what",
     .is_required = true,
     .read = draft_read_what,
     OFFER(what),
     .hint = "\"what\": {\"basket\": true} or {\"categories\": [\"coffee\"]}"},
    {.name = "needs",
     .read = draft_read_needs,
     .hint = "\"needs\": [{\"categories\": [\"coffee\"], \"min_quantity\": \"1\"}]"},
    {.name = "condition",
     .read = draft_read_expression,
     OFFER(condition),
     .hint = "\"condition\": \"basket.quantity >= 3\""},
    {.name = "coupon",
     .read = form_read_names,
     OFFER(coupons),
     .min = 1,
     .max = DRAFT_LISTS_MAX,
     .hint = "\"coupon\": [\"welcome\"]"},
    {.name = "limits",
     .read = draft_read_limits,
     .hint = "\"limits\": [{\"what\": \"uses\", \"per\": \"member\", \"most\": 1}]"},
    {.name = "give",
     .is_required = true,
     .read = draft_read_give,
     OFFER(give),
     .hint = "\"give\": {\"kind\": \"percent_off\", \"percent\": \"20\"}"},
    {.name = "priority",
     WHOLE(-PRIORITY_MAX, PRIORITY_MAX),
     OFFER(priority),
     .hint = "higher goes first; 0 if left out"},
    {.name = "lane", .read = form_read_name, OFFER(lane), .min = 1, .max = 32},
    {.name = "exclusive", CHOICES(exclusive_choices), OFFER(exclusive)},
    {.name = "group",
     .read = form_read_names,
     OFFER(groups),
     .min = 1,
     .max = DRAFT_LISTS_MAX,
     .hint = "\"group\": [\"welcome\"]"},
    {.name = "group_scope", CHOICES(group_scope_choices), OFFER(group_scope)},
    {.name = "excluded_with",
     .read = form_read_names,
     OFFER(excluded_with),
     .min = 1,
     .max = DRAFT_LISTS_MAX,
     .hint = "\"excluded_with\": [\"coffee-20\"]"},
};

static void read_offers(struct form *form, const struct form_node *node, const struct form_field *field,
                        void *out)
{
    struct draft_book *book = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count > BOOK_OFFERS_MAX) {
        form_complain(form, node, field->hint, "\"offers\" must be a list of at most %d offers",
                      BOOK_OFFERS_MAX);
        return;
    }
    book->offers = form_take(form, count, sizeof(*book->offers));
    for (size_t i = 0; book->offers != NULL && i < count; i++) {
        struct form_node item = form_item(node, i);
        struct draft_offer *offer = &book->offers[i];
        *offer = (struct draft_offer){
            .from_day = BOOK_DAY_FIRST, .until_day = BOOK_DAY_LAST, .weekdays = BOOK_WEEKDAYS_ALL};
        (void)form_read_object(form, &item, offer_fields, COUNT_OF(offer_fields), offer);
        book->offer_count = (uint32_t)i + 1;
    }
}

struct lane {
    struct span name;
    int64_t mode, offers_max;
};
static const struct form_field lane_fields[] = {
    {.name = "name",
     .is_required = true,
     .read = form_read_name,
     .offset = offsetof(struct lane, name),
     .min = 1,
     .max = 32,
     .hint = "{\"name\": \"main\", \"mode\": \"all\"}"},
    {.name = "mode",
     .is_required = true,
     .read = form_read_choice,
     .offset = offsetof(struct lane, mode),
     .choices = lane_mode_choices,
     .choice_count = COUNT_OF(lane_mode_choices),
     .hint = "{\"name\": \"main\", \"mode\": \"all\"}"},
    {.name = "offers_max", WHOLE(1, UINT16_MAX), .offset = offsetof(struct lane, offers_max)},
};

static void read_lanes(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out)
{
    struct draft_book *book = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count == 0 || count > BOOK_LANES_MAX) {
        form_complain(form, node, field->hint, "\"lanes\" must be a list of 1 to %d lanes", BOOK_LANES_MAX);
        return;
    }
    struct book_source_lane *lanes = form_take(form, count, sizeof(*lanes));
    for (size_t i = 0; lanes != NULL && i < count; i++) {
        struct form_node item = form_item(node, i);
        struct lane lane = {{NULL, 0}, BOOK_LANE_ALL, 0};
        (void)form_read_object(form, &item, lane_fields, COUNT_OF(lane_fields), &lane);
        lanes[i] =
            (struct book_source_lane){lane.name, (enum book_lane_mode)lane.mode, (uint16_t)lane.offers_max};
        for (size_t j = 0; j < i; j++)
            if (lane.name.size > 0 && span_is_equal(lanes[j].name, lane.name))
                form_complain(form, &item, "name each once", "two lanes are called \"%.*s\"",
                              (int)lane.name.size, (const char *)lane.name.bytes);
        book->lanes = lanes;
        book->lane_count = (uint32_t)i + 1;
    }
}

struct currency {
    struct span code;
    int64_t exponent;
};
static const struct form_field currency_fields[] = {
    {.name = "code",
     .is_required = true,
     .read = form_read_text,
     .offset = offsetof(struct currency, code),
     .min = 3,
     .max = 3,
     .hint = "{\"code\": \"EUR\", \"exponent\": 2}"},
    {.name = "exponent",
     .is_required = true,
     WHOLE(0, MONEY_EXPONENT_MAX),
     .offset = offsetof(struct currency, exponent),
     .hint = "the currency's number of decimals (ISO 4217)"},
};

/* Currencies that have not two decimals (ISO 4217). */
static const struct {
    int64_t exponent;
    const char *codes;
} uncommon_currencies[] = {{0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
                           {3, "BHD IQD JOD KWD LYD OMR TND"},
                           {4, "CLF UYW"}};

/* A wrong number of decimals makes every amount a hundred times too large or too small. */
static void warn_of_exponent(struct form *form, const struct form_node *node, const struct currency *currency)
{
    const char *code = json_string_value(json_object_get(node->json, "code"));
    struct form_node exponent = form_member(node, "exponent");
    for (size_t i = 0; i < COUNT_OF(uncommon_currencies); i++) {
        if (strstr(uncommon_currencies[i].codes, code) != NULL &&
            uncommon_currencies[i].exponent != currency->exponent)
            form_warn(form, &exponent, "what tills and receipts have must be the same",
                      "%s has %d decimals (ISO 4217), and here %d", code,
                      (int)uncommon_currencies[i].exponent, (int)currency->exponent);
    }
}

static void read_currency(struct form *form, const struct form_node *node, const struct form_field *field,
                          void *out)
{
    struct draft_book *book = out;
    struct currency currency = {{NULL, 0}, 2};
    (void)field;
    if (!form_read_object(form, node, currency_fields, COUNT_OF(currency_fields), &currency))
        return;
    for (size_t i = 0; i < currency.code.size; i++) {
        if (currency.code.bytes[i] >= 'A' && currency.code.bytes[i] <= 'Z')
            continue;
        struct form_node code = form_member(node, "code");
        form_complain(form, &code, "\"EUR\", \"PLN\", \"CZK\" ... (ISO 4217)",
                      "a currency is three capital letters");
        return;
    }
    warn_of_exponent(form, node, &currency);
    book->currency = currency.code;
    book->exponent = currency.exponent;
    form->exponent = (unsigned)currency.exponent; /* all amounts after it are read with these decimals */
}

#define BOOK(member) .offset = offsetof(struct draft_book, member)
#define NAMES(key, member)                                                                                   \
    {                                                                                                        \
        .name = key, .read = form_read_texts, BOOK(member), .min = 1, .max = DRAFT_LISTS_MAX                 \
    }

#define LIST(key, member)                                                                                    \
    {                                                                                                        \
        .name = key, .read = form_read_names, BOOK(member), .min = 1, .max = DRAFT_LISTS_MAX                 \
    }

/* The currency stands before the offers: amounts are read by it. */
static const struct form_field book_fields[] = {
    {.name = "$schema", .read = form_read_nothing},
    {.name = "format",
     .is_required = true,
     WHOLE(JSON_FORMAT, JSON_FORMAT),
     BOOK(format),
     .hint = "\"format\": 1"},
    {.name = "version",
     .is_required = true,
     WHOLE(1, VERSION_MAX),
     BOOK(version),
     .hint = "\"version\": 1; each book that is published must have a higher one"},
    {.name = "programme",
     .is_required = true,
     .read = form_read_name,
     BOOK(programme),
     .min = 1,
     .max = PROGRAMME_MAX,
     .hint = "\"programme\": \"corner-club\""},
    {.name = "currency",
     .is_required = true,
     .read = read_currency,
     .hint = "\"currency\": {\"code\": \"EUR\", \"exponent\": 2}"},
    {.name = "valid_from",
     .is_required = true,
     .read = form_read_day,
     BOOK(valid_from_day),
     .hint = "\"valid_from\": \"2026-12-01\""},
    NAMES("stores", stores),
    NAMES("categories", categories),
    NAMES("segments", segments),
    {.name = "tiers", .read = draft_read_tiers, .hint = "\"tiers\": [\"silver\", \"gold\"]"},
    LIST("coupons", coupons),
    LIST("stamp_cards", stamp_cards),
    {.name = "items",
     .read = draft_read_items,
     BOOK(items),
     .hint = "\"items\": [{\"sku\": \"ROLL\", \"price\": \"0.35\", \"cost\": \"0.12\"}]"},
    {.name = "order", CHOICES(order_choices), BOOK(order)},
    {.name = "sharing", CHOICES(sharing_choices), BOOK(sharing)},
    {.name = "search_states", WHOLE(1, BOOK_SEARCH_STATES_MAX), BOOK(search_states)},
    {.name = "line_discount_max",
     .read = form_read_decimal,
     BOOK(line_discount_max_bp),
     .min = 1,
     .max = BOOK_PERCENT_MAX_BP,
     .decimals = 2,
     .hint = "\"line_discount_max\": \"80\", percent of the line"},
    {.name = "points",
     .read = draft_read_points,
     BOOK(points),
     .hint = "\"points\": {\"burn\": {\"points\": 100, \"value\": \"1.00\"}}"},
    NAMES("languages", languages),
    {.name = "lanes", .read = read_lanes, .hint = "\"lanes\": [{\"name\": \"main\", \"mode\": \"all\"}]"},
    {.name = "offers", .is_required = true, .read = read_offers, .hint = "\"offers\": []"},
};

static const struct book_source_lane default_lane = {{(const uint8_t *)"main", 4}, BOOK_LANE_ALL, 0};

void draft_read(struct form *form, const struct form_node *root, struct draft_book *out)
{
    *out = (struct draft_book){.exponent = 2,
                               .line_discount_max_bp = BOOK_PERCENT_MAX_BP,
                               .points = {.burn_most_bp = BOOK_PERCENT_MAX_BP}};
    form->exponent = 2;
    (void)form_read_object(form, root, book_fields, COUNT_OF(book_fields), out);
    if (out->lanes != NULL)
        return;
    out->lanes = form_take(form, 1, sizeof(*out->lanes));
    if (out->lanes == NULL)
        return;
    out->lanes[0] = default_lane;
    out->lane_count = 1;
}

void draft_path_of_offer(const struct form_node *root, uint32_t index, struct draft_path *out)
{
    out->list = form_member(root, "offers");
    out->offer = form_item(&out->list, index);
}
