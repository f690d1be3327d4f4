/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/offers/whole_book.h"

#include <stdlib.h>

#include "harness/ok.h"
#include "offers/conditions_cel.h"

#define TEXT(text)                                                                                           \
    {                                                                                                        \
        (const uint8_t *)(text), sizeof(text) - 1                                                            \
    }

static const struct span TEA = TEXT("tea"), FOOD = TEXT("food"), VIP = TEXT("vip"), GOLD = TEXT("gold");
static const struct span MEMBERS[] = {TEXT("000102030405060708090a0b0c0d0e0f"),
                                      TEXT("00000000000000000000000000000007")};
static const struct span STORES[] = {TEXT("s2"), TEXT("s1")};
static const struct span GROUPS[] = {TEXT("tea"), TEXT("autumn")};
static const struct span SERIES = TEXT("SANTA"), CHANNEL = TEXT("till"), NEVER_WITH = TEXT("2-amount");
static const struct book_hours HOURS[] = {{480, 600}, {1380, 120}};
static const struct book_limit LIMITS[] = {
    {.what = BOOK_LIMIT_AMOUNT, .per = BOOK_PER_BASKET, .value = 2000, .partial = 1},
    {.what = BOOK_LIMIT_USES, .per = BOOK_PER_MEMBER, .period = BOOK_MONTH, .value = 3}};
static const struct book_source_condition CONDITIONS[] = {
    {.kind = BOOK_MIN_QUANTITY, .value = 1000},
    {.kind = BOOK_MIN_AMOUNT,
     .base = BOOK_INITIAL,
     .amount_net_of_tax = true,
     .of = {.everything = true},
     .value = 100},
    {.kind = BOOK_MAX_QUANTITY, .of = {.items = &TEA, .item_count = 1}, .value = 5000},
    {.kind = BOOK_MAX_AMOUNT, .value = 100000},
    {.kind = BOOK_MIN_LINE_QUANTITY, .value = 1000},
    {.kind = BOOK_VISIT_NUMBER, .value = 1},
    {.kind = BOOK_VISIT_EVERY, .value = 1},
    {.kind = BOOK_BIRTHDAY, .value = 7 * BOOK_BIRTHDAY_FACTOR + 3},
    {.kind = BOOK_IN_SEGMENT, .segment = TEXT("vip")},
    {.kind = BOOK_CONTAINS, .of = {.categories = &FOOD, .category_count = 1}},
};
static const struct book_source_text TEXTS[] = {
    {TEXT("en"), BOOK_NAME, TEXT("Tea time")},
    {TEXT("pl"), BOOK_NAME, TEXT("Pora na herbat\xc4\x99")},
    {TEXT("en"), BOOK_MESSAGE, TEXT("Half price")},
    {TEXT("en"), BOOK_ANSWER, TEXT("Yes")},
    {TEXT("en"), BOOK_ANSWER, TEXT("No")},
    {TEXT("en"), BOOK_RECEIPT_TEXT, TEXT("TEA -50%")},
    {TEXT("en"), BOOK_CASHIER_TEXT, TEXT("Ask for the card")},
};
static const struct book_step_row STEPS[] = {{500, 500}, {2000, 1000}};
static const struct book_source_part PARTS[] = {{{.items = &TEA, .item_count = 1}, 1},
                                                {{.categories = &FOOD, .category_count = 1}, 2}};
static const struct book_source_tier TIERS[] = {{TEXT("gold"), 50000, 30000, 365},
                                                {TEXT("platinum"), 200000, 200000, 0}};

struct row {
    const char *id;
    enum book_kind kind;
    enum book_scope scope;
    struct book_give give;
};

static const struct row ROWS[] = {
    {"1-percent",
     BOOK_PERCENT_OFF,
     BOOK_EACH_LINE,
     {.percent_bp = 1000, .max_units = 3, .max_amount_minor = 500}},
    {"2-amount", BOOK_AMOUNT_OFF, BOOK_EACH_LINE, {.amount_minor = 20, .cap_units = 2}},
    {"3-price", BOOK_FIXED_PRICE, BOOK_EACH_UNIT, {.amount_minor = 150}},
    {"4-deal",
     BOOK_BUY_GET,
     BOOK_EACH_UNIT,
     {.percent_bp = 5000, .buy_units = 1, .get_units = 1, .repeats_max = 2}},
    {"5-points",
     BOOK_POINTS_PER_SPEND,
     BOOK_TOGETHER,
     {.points = 1,
      .per_minor = 10,
      .basis = BOOK_NET_BEFORE_BASKET,
      .line_rounding = 1,
      .excluded_tenders = 12}},
    {"6-double", BOOK_POINTS_MULTIPLIER, BOOK_TOGETHER, {.factor_bp = 20000}},
    {"7-group", BOOK_QUANTITY_GROUP, BOOK_EACH_UNIT, {.group_units = 2, .amount_minor = 5}},
    {"8-tiered", BOOK_TIERED_PERCENT, BOOK_EACH_LINE, {.percent_bp = 100, .tier_by = 1, .tier_base = 1}},
    {"9-tiered", BOOK_TIERED_AMOUNT, BOOK_TOGETHER, {.amount_minor = 10}},
    {"10-first", BOOK_FIRST_AND_MORE, BOOK_EACH_LINE, {.amount_minor = 3, .more_minor = 2, .max_units = 4}},
    {"11-cheapest", BOOK_CHEAPEST_UNIT, BOOK_EACH_UNIT, {.percent_bp = 1000}},
    {"12-nth",
     BOOK_NTH_FREE,
     BOOK_EACH_UNIT,
     {.percent_bp = 10000, .group_units = 3, .get_units = 1, .choose = 1, .placement = 1}},
    {"13-bundle", BOOK_BUNDLE, BOOK_EACH_UNIT, {.amount_minor = 400}},
    {"14-free",
     BOOK_FREE_UNITS,
     BOOK_TOGETHER,
     {.item = TEXT("tea"), .buy_units = 2, .get_units = 1, .min_units = 2, .max_units = 9}},
    {"15-gift",
     BOOK_GIFT_LINE,
     BOOK_TOGETHER,
     {.item = TEXT("mug"), .get_units = 1, .unit_minor = 400, .charged_minor = 1}},
    {"16-points", BOOK_POINTS_PER_UNIT, BOOK_TOGETHER, {.points = 2}},
    {"17-points", BOOK_POINTS_PER_VISIT, BOOK_TOGETHER, {.points = 3}},
    {"18-stamps",
     BOOK_STAMPS,
     BOOK_TOGETHER,
     {.card = TEXT("coffee"),
      .card_size = 10,
      .reward = TEXT("free"),
      .points = 1,
      .earn_by = BOOK_EARN_PER_UNIT}},
    {"19-coupon", BOOK_COUPON, BOOK_TOGETHER, {.card = TEXT("next"), .get_units = 1, .days = 30}},
    {"20-message", BOOK_MESSAGE_SHOWN, BOOK_TOGETHER, {.points = 0}},
    {"21-question", BOOK_QUESTION, BOOK_TOGETHER, {.points = 0}},
    {"22-suggestion", BOOK_SUGGESTION, BOOK_TOGETHER, {.item = TEXT("honey")}},
    {"23-ticket",
     BOOK_TICKET,
     BOOK_TOGETHER,
     {.card = TEXT("tombola"), .get_units = 1, .earn_by = BOOK_EARN_PER_SPEND, .per_minor = 100}},
    {"24-price",
     BOOK_PRICE,
     BOOK_EACH_UNIT,
     {.price_mode = BOOK_PRICE_AMOUNT, .amount_minor = 1, .prior_price_minor = 999}},
    {"25-mix", BOOK_MIX, BOOK_EACH_UNIT, {.group_units = 2, .mix_mode = BOOK_MIX_PRICE, .amount_minor = 210}},
};

struct span whole_program(const char *text, bool has_line)
{
    static uint8_t kept[16384];
    static size_t used;
    static struct cel_faults faults;
    static const struct cel_type truth = {.kind = CEL_BOOL};
    void *memory = malloc(CEL_MEMORY_SIZE);
    assert_non_null(memory);
    struct arena arena = arena_of(memory, CEL_MEMORY_SIZE);
    const struct cel_source source = {
        .text = span_of_text(text), .declarations = conditions_cel_declarations(has_line), .wanted = &truth};
    struct cel_program program;
    ok(cel_compile(&source, &arena, &program, &faults));
    assert_true(program.bytes.size <= sizeof(kept) - used);
    struct span copy = span_of(kept + used, program.bytes.size);
    memcpy(kept + used, program.bytes.bytes, program.bytes.size);
    used += program.bytes.size;
    free(memory);
    return copy;
}

/* One offer that uses everything an offer may have beside its kind. */
static void fill(struct book_source_offer *offer)
{
    offer->version = 7;
    offer->priority = -3;
    offer->target = (struct book_source_selector){.items = &TEA,
                                                  .item_count = 1,
                                                  .categories = &FOOD,
                                                  .category_count = 1,
                                                  .excluded_items = &VIP,
                                                  .excluded_item_count = 1,
                                                  .excluded_categories = &GOLD,
                                                  .excluded_category_count = 1,
                                                  .has_price_min = true,
                                                  .has_price_max = true,
                                                  .not_reduced = true,
                                                  .price_min_minor = 1,
                                                  .price_max_minor = 100000};
    offer->audience = BOOK_LISTED;
    offer->who = MEMBERS;
    offer->who_count = COUNT_OF(MEMBERS);
    offer->stores = STORES;
    offer->store_count = COUNT_OF(STORES);
    offer->hours = HOURS;
    offer->hour_count = COUNT_OF(HOURS);
    offer->from_day = 20000;
    offer->until_day = 30000;
    offer->conditions = CONDITIONS;
    offer->condition_count = COUNT_OF(CONDITIONS);
    offer->texts = TEXTS;
    offer->text_count = COUNT_OF(TEXTS);
    offer->groups = GROUPS;
    offer->group_count = COUNT_OF(GROUPS);
    offer->group_scope = BOOK_GROUP_PER_LINE;
    offer->excluded_with = &NEVER_WITH;
    offer->excluded_with_count = 1;
    offer->channels = &CHANNEL;
    offer->channel_count = 1;
    offer->limits = LIMITS;
    offer->limit_count = COUNT_OF(LIMITS);
    offer->consent = BOOK_CONSENT_PERSONAL_OFFERS;
    offer->experiment = span_of_text("spring");
    offer->holdout_bp = 0;
    offer->exclusive = BOOK_EXCLUSIVE_IF_BETTER;
    offer->condition = whole_program("basket.amount >= 100 && member.known", false);
    offer->line_condition = whole_program("line.quantity >= 1000", true);
}

static void add_rules(struct shelf *s)
{
    s->source.order = BOOK_BY_PRIORITY;
    s->source.sharing = BOOK_FLOOR_IN_ORDER;
    s->source.search_states_max = 100;
    s->source.line_discount_max_bp = 9000;
    s->source.tiers = TIERS;
    s->source.tier_count = COUNT_OF(TIERS);
    s->source.stores = STORES;
    s->source.store_count = COUNT_OF(STORES);
    s->source.programme_rules = (struct book_programme){
        .burn_points = 100,
        .burn_value_minor = 50,
        .burn_min_points = 200,
        .burn_share_max_bp = 5000,
        .burn_as = BOOK_BURN_AS_TENDER,
        .burn_same_sale = 1,
        .lifetime_unit = BOOK_MONTHS,
        .expiry_round = BOOK_EXPIRE_QUARTER_END,
        .return_policy = BOOK_RETURN_WITHIN_BALANCE,
        .pending_days = 14,
        .lifetime = 12,
        .reinstate_days = 30,
        .excluded_tenders = 3,
        .offline_card_day_points = 500,
        .offline_till_day_points = 5000,
    };
}

void whole_book(struct shelf *s)
{
    for (uint32_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct book_source_offer *offer = shelf_offer(s, ROWS[i].id, ROWS[i].kind, ROWS[i].scope);
        offer->give = ROWS[i].give;
        offer->lane = i % 2;
    }
    fill(&s->offers[0]);
    s->offers[3].get = (struct book_source_selector){.categories = &FOOD, .category_count = 1};
    s->offers[7].steps = s->offers[8].steps = STEPS;
    s->offers[7].step_count = s->offers[8].step_count = COUNT_OF(STEPS);
    s->offers[12].parts = PARTS;
    s->offers[12].part_count = COUNT_OF(PARTS);
    s->offers[19].coupons = &SERIES;
    s->offers[19].coupon_count = 1;
    s->offers[23].target = (struct book_source_selector){.categories = &FOOD, .category_count = 1};
    s->offers[20].texts = TEXTS;
    s->offers[20].text_count = COUNT_OF(TEXTS);
    s->lanes[0] = (struct book_source_lane){
        .name = span_of_text("deals"), .mode = BOOK_LANE_BEST_COMBINATION, .offers_max = 9};
    s->lanes[1] = (struct book_source_lane){.name = span_of_text("all"), .mode = BOOK_LANE_ALL};
    s->source.lane_count = 2;
    s->source.version = 42;
    s->source.created_unix_ms = 1795300000000;
    add_rules(s);
}

void whole_basket(struct shelf *s)
{
    static const struct offers_coupon coupon = {.code = TEXT("SANTA"), .serial = TEXT("1")};
    shelf_line(s, "tea", NULL, 220, 4);
    shelf_line(s, "bread", "food", 150, 3);
    s->member = (struct offers_member){.known = true,
                                       .id = {[15] = 7},
                                       .segments = &VIP,
                                       .segment_count = 1,
                                       .birth_month_day = 1121,
                                       .consents = UINT32_MAX};
    s->moment.channel = CHANNEL;
    s->moment.minute_of_day = 500;
    s->basket.coupons = &coupon;
    s->basket.coupon_count = 1;
}
