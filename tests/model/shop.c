/* SPDX-License-Identifier: Apache-2.0 */
#include "model/shop.h"

#include <stdlib.h>

#define PROGRAM_SIZE 1024

/* What one selector points at. */
struct lists {
    struct span items[SHOP_NAMES], categories[SHOP_NAMES], excluded_items[SHOP_NAMES],
        excluded_categories[SHOP_NAMES];
};

struct offer_built {
    struct lists target, get, of[SHOP_CONDITIONS], parts[SHOP_PARTS];
    struct span who[SHOP_NAMES], stores[SHOP_NAMES], groups[SHOP_NAMES], coupons[SHOP_NAMES],
        channels[SHOP_NAMES];
    struct span excluded_with[SHOP_OFFERS];
    struct book_hours hours;
    struct book_source_condition conditions[SHOP_CONDITIONS];
    struct book_source_part part_rows[SHOP_PARTS];
    uint8_t program[PROGRAM_SIZE], line_program[PROGRAM_SIZE];
};

struct shop_built {
    const struct shop *shop;
    struct book_source source;
    struct book_source_offer offers[SHOP_OFFERS];
    struct book_source_lane lanes[SHOP_LANES];
    struct offer_built built[SHOP_OFFERS];
    struct span stores[SHOP_NAMES], segments[SHOP_NAMES];
    struct offers_line lines[SHOP_LINES];
    struct offers_coupon coupons[SHOP_COUPONS];
    struct offers_counter counters[SHOP_COUNTERS];
    struct offers_tender tenders[SHOP_TENDERS];
    struct offers_basket basket;
    struct offers_member member;
    struct offers_moment moment;
    struct terms terms[SHOP_OFFERS];
};

enum name_sort { ITEM, CATEGORY, SEGMENT, TIER, STORE, GROUP, SERIES, CHANNEL, MEMBER, OFFER };

static const char *const names[][SHOP_NAMES] = {
    [ITEM] = {"i0", "i1", "i2", "i3", "i4", "i5", "i6", "i7"},
    [CATEGORY] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"},
    [SEGMENT] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"},
    [TIER] = {"", "t1", "t2", "t3", "t4", "t5", "t6", "t7"},
    [STORE] = {"st0", "st1", "st2", "st3", "st4", "st5", "st6", "st7"},
    [GROUP] = {"g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7"},
    [SERIES] = {"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"},
    [CHANNEL] = {"till", "kiosk", "receipt", "web", "ch4", "ch5", "ch6", "ch7"},
    [MEMBER] = {"00000000000000000000000000000000", "01010101010101010101010101010101",
                "02020202020202020202020202020202", "03030303030303030303030303030303",
                "04040404040404040404040404040404", "05050505050505050505050505050505",
                "06060606060606060606060606060606", "07070707070707070707070707070707"},
};
static const char *const offer_ids[16] = {"o0", "o1", "o2",  "o3",  "o4",  "o5",  "o6",  "o7",
                                          "o8", "o9", "o10", "o11", "o12", "o13", "o14", "o15"};

static struct span name_of(enum name_sort sort, unsigned number)
{
    return span_of_text(names[sort][number % SHOP_NAMES]);
}

static uint32_t list_names(enum name_sort sort, uint8_t bits, struct span *out)
{
    uint32_t count = 0;
    for (unsigned i = 0; i < SHOP_NAMES; i++) {
        if (bits >> i & 1)
            out[count++] = name_of(sort, i);
    }
    return count;
}

static struct book_source_selector selector_of(const struct shop_selector *from, struct lists *lists)
{
    struct book_source_selector selector = {
        .everything = from->everything,
        .items = lists->items,
        .categories = lists->categories,
        .excluded_items = lists->excluded_items,
        .excluded_categories = lists->excluded_categories,
        .has_price_min = from->has_price_min,
        .has_price_max = from->has_price_max,
        .not_reduced = from->not_reduced,
        .price_min_minor = from->price_min_minor,
        .price_max_minor = from->price_max_minor,
    };
    selector.item_count = list_names(ITEM, from->everything ? 0 : from->items, lists->items);
    selector.category_count =
        list_names(CATEGORY, from->everything ? 0 : from->categories, lists->categories);
    selector.excluded_item_count = list_names(ITEM, from->excluded_items, lists->excluded_items);
    selector.excluded_category_count =
        list_names(CATEGORY, from->excluded_categories, lists->excluded_categories);
    return selector;
}

static enum name_sort who_of(uint8_t audience)
{
    return audience == BOOK_SEGMENT ? SEGMENT : audience == BOOK_TIER ? TIER : MEMBER;
}

static bool has_offer(const struct shop *shop, unsigned number)
{
    for (uint32_t i = 0; i < shop->offer_count; i++) {
        if (shop->offers[i].number == number)
            return true;
    }
    return false;
}

static void build_lists(const struct shop *shop, const struct shop_offer *from, struct offer_built *built,
                        struct book_source_offer *offer)
{
    offer->who = built->who;
    if (from->audience >= BOOK_SEGMENT)
        offer->who_count = list_names(who_of(from->audience),
                                      from->audience == BOOK_TIER ? from->who & 0xfe : from->who, built->who);
    offer->stores = built->stores;
    offer->store_count = list_names(STORE, from->stores, built->stores);
    offer->groups = built->groups;
    offer->group_count = list_names(GROUP, from->groups, built->groups);
    offer->coupons = built->coupons;
    offer->coupon_count = list_names(SERIES, from->coupons, built->coupons);
    offer->channels = built->channels;
    offer->channel_count = list_names(CHANNEL, from->channels, built->channels);
    offer->excluded_with = built->excluded_with;
    for (unsigned i = 0; i < 16; i++) {
        if ((from->excluded_with >> i & 1) && i != from->number && has_offer(shop, i))
            built->excluded_with[offer->excluded_with_count++] = span_of_text(offer_ids[i]);
    }
}

static void build_rows(const struct shop_offer *from, struct offer_built *built,
                       struct book_source_offer *offer)
{
    for (uint32_t i = 0; i < from->condition_count; i++) {
        const struct shop_condition *row = &from->conditions[i];
        built->conditions[i] = (struct book_source_condition){
            .kind = (enum book_condition_kind)row->kind,
            .base = (enum book_base)row->base,
            .amount_net_of_tax = row->amount_net_of_tax,
            .value = row->value,
        };
        if (row->kind == BOOK_IN_SEGMENT)
            built->conditions[i].segment = name_of(SEGMENT, row->segment);
        if (!row->of_target)
            built->conditions[i].of = selector_of(&row->of, &built->of[i]);
    }
    offer->conditions = built->conditions;
    offer->condition_count = from->condition_count;
    for (uint32_t i = 0; i < from->part_count; i++)
        built->part_rows[i] = (struct book_source_part){selector_of(&from->parts[i].of, &built->parts[i]),
                                                        from->parts[i].units};
    offer->parts = built->part_rows;
    offer->part_count = from->part_count;
    offer->limits = from->limits;
    offer->limit_count = from->limit_count;
    offer->steps = from->steps;
    offer->step_count = from->step_count;
}

/* What only some kinds have. */
static void name_give(struct book_source_offer *offer)
{
    struct book_give *give = &offer->give;
    give->get = BOOK_NONE;
    if (offer->kind == BOOK_FREE_UNITS || offer->kind == BOOK_GIFT_LINE || offer->kind == BOOK_SUGGESTION)
        give->item = name_of(ITEM, 7);
    if (offer->kind == BOOK_STAMPS || offer->kind == BOOK_COUPON || offer->kind == BOOK_TICKET)
        give->card = span_of_text("card");
    if (offer->kind == BOOK_STAMPS && give->card_size > 0)
        give->reward = name_of(SERIES, 7);
}

static void build_offer(struct shop_built *b, uint32_t i)
{
    const struct shop_offer *from = &b->shop->offers[i];
    struct offer_built *built = &b->built[i];
    struct book_source_offer *offer = &b->offers[i];
    *offer = (struct book_source_offer){
        .id = span_of_text(offer_ids[from->number % 16]),
        .version = 1,
        .kind = from->kind,
        .scope = (enum book_scope)from->scope,
        .exclusive = (enum book_exclusive)from->exclusive,
        .audience = (enum book_audience)from->audience,
        .weekdays = from->weekdays,
        .from_day = from->from_day,
        .until_day = from->until_day,
        .hours = &built->hours,
        .hour_count = from->from_minute != from->until_minute ? 1 : 0,
        .lane = from->lane,
        .priority = from->priority,
        .group_scope = (enum book_group_scope)from->group_scope,
        .consent = (enum book_consent)from->consent,
        .holdout_bp = from->holdout_bp,
        .give = from->give,
    };
    built->hours = (struct book_hours){from->from_minute, from->until_minute};
    if (from->holdout_bp > 0)
        offer->experiment = span_of_text("experiment");
    offer->target = selector_of(&from->target, &built->target);
    if (from->has_get)
        offer->get = selector_of(&from->get, &built->get);
    build_lists(b->shop, from, built, offer);
    build_rows(from, built, offer);
    name_give(offer);
    b->terms[i] = from->terms;
    offer->condition = shop_compile(from->terms.terms, from->terms.count, /* has_line= */ false,
                                    built->program, sizeof(built->program));
    offer->line_condition = shop_compile(from->terms.line_terms, from->terms.line_count, /* has_line= */ true,
                                         built->line_program, sizeof(built->line_program));
}

static void build_source(struct shop_built *b)
{
    const struct shop *shop = b->shop;
    for (uint32_t i = 0; i < shop->lane_count; i++)
        b->lanes[i] = (struct book_source_lane){
            span_of_text("lane"), (enum book_lane_mode)shop->lanes[i].mode, shop->lanes[i].offers_max};
    for (uint32_t i = 0; i < shop->offer_count; i++)
        build_offer(b, i);
    b->source = (struct book_source){
        .version = 1,
        .valid_from_day = shop->valid_from_day,
        .currency = span_of_text("EUR"),
        .exponent = shop->exponent,
        .programme = span_of_text("test"),
        .stores = b->stores,
        .store_count = list_names(STORE, shop->stores, b->stores),
        .lanes = b->lanes,
        .lane_count = shop->lane_count,
        .offers = b->offers,
        .offer_count = shop->offer_count,
        .order = (enum book_order)shop->order,
        .sharing = (enum book_sharing)shop->sharing,
        .search_states_max = shop->search_states_max,
        .line_discount_max_bp = shop->line_discount_max_bp,
        .programme_rules = shop->programme,
    };
}

static void build_basket(struct shop_built *b)
{
    const struct shop *shop = b->shop;
    for (uint32_t i = 0; i < shop->line_count; i++) {
        const struct shop_line *from = &shop->lines[i];
        struct span categories[SHOP_NAMES];
        struct offers_line *line = &b->lines[i];
        *line = (struct offers_line){.sku = name_of(ITEM, from->item),
                                     .quantity_milli = from->quantity_milli,
                                     .unit_price_e5 = from->unit_price_e5,
                                     .floor_minor = from->floor_minor,
                                     .weighed = from->weighed,
                                     .no_discount = from->no_discount,
                                     .no_points = from->no_points,
                                     .is_reduced = from->is_reduced,
                                     .tax_rate_bp = from->tax_rate_bp,
                                     .list_price_e5 = from->list_price_e5};
        line->category_count = list_names(CATEGORY, from->categories & 0xf, categories);
        memcpy(line->categories, categories, line->category_count * sizeof(categories[0]));
    }
    for (uint32_t i = 0; i < shop->coupon_count; i++)
        b->coupons[i] = (struct offers_coupon){name_of(SERIES, shop->coupons[i].series),
                                               name_of(OFFER - 1, i), shop->coupons[i].state};
    for (uint32_t i = 0; i < shop->tender_count; i++)
        b->tenders[i] = (struct offers_tender){shop->tenders[i].kind, shop->tenders[i].amount_minor};
    b->basket = (struct offers_basket){.lines = b->lines,
                                       .line_count = shop->line_count,
                                       .exponent = shop->exponent,
                                       .price_mode = shop->price_mode,
                                       .not_earning_minor = shop->not_earning_minor,
                                       .tenders = b->tenders,
                                       .tender_count = shop->tender_count,
                                       .coupons = b->coupons,
                                       .coupon_count = shop->coupon_count,
                                       .burn_points = shop->burn_points,
                                       .counters = b->counters};
}

static void build_member(struct shop_built *b)
{
    const struct shop *shop = b->shop;
    b->member = (struct offers_member){.known = shop->member_known,
                                       .tier = name_of(TIER, shop->tier),
                                       .segments = b->segments,
                                       .visits = shop->visits,
                                       .birth_month_day = shop->birth_month_day,
                                       .points = shop->points,
                                       .consents = shop->consents};
    b->member.segment_count = list_names(SEGMENT, shop->segments, b->segments);
    memset(b->member.id, shop->member, sizeof(b->member.id));
    b->moment = (struct offers_moment){.day = shop->day,
                                       .minute_of_day = shop->minute,
                                       .store = name_of(STORE, shop->store),
                                       .channel = name_of(CHANNEL, shop->channel),
                                       .unix_ms = ((int64_t)shop->day * 1440 + shop->minute) * 60000};
}

struct shop_built *shop_open(const struct shop *shop)
{
    struct shop_built *b = calloc(1, sizeof(*b));
    KASSA_ASSERT(b != NULL);
    b->shop = shop;
    build_source(b);
    build_basket(b);
    build_member(b);
    return b;
}

void shop_close(struct shop_built *built)
{
    free(built);
}

const struct book_source *shop_source(const struct shop_built *built)
{
    return &built->source;
}

const struct terms *shop_terms(const struct shop_built *built)
{
    return built->terms;
}

const struct offers_member *shop_member(const struct shop_built *built)
{
    return &built->member;
}

const struct offers_moment *shop_moment(const struct shop_built *built)
{
    return &built->moment;
}

static uint32_t index_of(const struct shop_built *built, const struct book *book, unsigned number)
{
    if (book != NULL)
        return book_find_offer(book, span_of_text(offer_ids[number % 16]));
    for (uint32_t i = 0; i < built->shop->offer_count; i++) {
        if (built->shop->offers[i].number == number)
            return i;
    }
    return BOOK_NONE;
}

/* The engine wants them ascending; a small list is sorted by insertion. Of the same counter the first one stays. */
const struct offers_basket *shop_basket(struct shop_built *built, const struct book *book)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < built->shop->counter_count; i++) {
        const struct shop_counter *from = &built->shop->counters[i];
        struct offers_counter counter = {index_of(built, book, from->offer), from->limit, from->used};
        uint32_t at = count;
        while (at > 0 && (built->counters[at - 1].offer > counter.offer ||
                          (built->counters[at - 1].offer == counter.offer &&
                           built->counters[at - 1].limit > counter.limit)))
            at--;
        if (counter.offer == BOOK_NONE || (at > 0 && built->counters[at - 1].offer == counter.offer &&
                                           built->counters[at - 1].limit == counter.limit))
            continue;
        memmove(&built->counters[at + 1], &built->counters[at], (count - at) * sizeof(counter));
        built->counters[at] = counter;
        count++;
    }
    built->basket.counter_count = count;
    return &built->basket;
}
