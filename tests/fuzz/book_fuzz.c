/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes: book_open refuses them, or every look-up and a pricing go well. */
#include <stdlib.h>

#include "offers/offers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_offer(const struct book *book, uint32_t index)
{
    struct book_offer offer;
    book_offer_at(book, index, &offer);
    KASSA_ASSERT(book_find_offer(book, offer.id) == index);
    (void)book_is_within_hours(book, &offer, 720);
    (void)book_lane_at(book, offer.lane);
    (void)book_offer_text(book, &offer, BOOK_NAME, span_of_text("pl-PL"));
    for (uint32_t i = 0; i < offer.texts.count; i++)
        (void)book_text_at(book, &offer, i);
    for (uint32_t i = 0; i < offer.conditions.count; i++)
        (void)book_selector_at(book, book_condition_at(book, &offer, i).selector);
    for (uint32_t i = 0; i < offer.limits.count; i++)
        KASSA_ASSERT(book_limit_at(book, &offer, i).value > 0);
    for (uint32_t i = 0; i < offer.excluded_with.count; i++)
        KASSA_ASSERT(book_excluded_with_at(book, &offer, i) < book_offer_count(book));
    if (book_kind_name(offer.kind) == NULL)
        return;
    for (uint32_t i = 0; i < offer.give.steps.count; i++)
        KASSA_ASSERT(book_step_at(book, &offer, i).value >= 0);
    for (uint32_t i = 0; i < offer.give.parts.count; i++)
        (void)book_selector_at(book, book_part_at(book, &offer, i).selector);
}

/* Every byte of a span can be read. */
static unsigned sum_of(struct span span)
{
    unsigned sum = 0;
    for (size_t i = 0; i < span.size; i++)
        sum += span.bytes[i];
    return sum;
}

static unsigned read_spans(const struct book *book, uint32_t index)
{
    struct book_offer offer;
    book_offer_at(book, index, &offer);
    return sum_of(offer.condition) + sum_of(offer.line_condition) + sum_of(offer.experiment) +
           sum_of(offer.give.item) + sum_of(offer.give.card) + sum_of(offer.give.reward);
}

/* Repeatable chance. */
static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void fill_line(struct offers_line *line, uint64_t *state)
{
    static const int64_t prices[] = {99000, 0, 1000, 33333, 1000000, 99999999900000, -50000};
    static const int64_t quantities[] = {1000, 2000, 5000, 12000, 1500, 333, -1000, 1000000};
    line->unit_price_e5 = prices[next(state) % COUNT_OF(prices)];
    line->quantity_milli = quantities[next(state) % COUNT_OF(quantities)];
    line->weighed = next(state) % 8 == 0;
    line->no_discount = next(state) % 16 == 0;
    line->no_points = next(state) % 16 == 0;
    line->is_reduced = next(state) % 8 == 0;
    line->floor_minor = next(state) % 8 == 0 ? (int64_t)(next(state) % 2000) : 0;
    line->tax_rate_bp = (uint32_t)(next(state) % 3 * 1050);
}

/* Items, categories and coupons that the book itself names. */
static void fill_basket(const struct book *book, struct offers_basket *basket, struct offers_line *lines,
                        struct offers_coupon *coupons, uint64_t *state)
{
    for (uint32_t i = 0; i < book_symbol_count(book); i++) {
        enum book_symbol_kind kind = book_symbol_kind_of(book, i);
        struct span text = book_symbol_text(book, i);
        KASSA_ASSERT(book_find_symbol(book, kind, text) == i);
        if (kind == BOOK_SYMBOL_COUPON && basket->coupon_count < 4)
            coupons[basket->coupon_count++] = (struct offers_coupon){
                .code = text, .state = (enum offers_coupon_state)(next(state) % 8 == 0)};
        if (kind > BOOK_SYMBOL_CATEGORY || basket->line_count == 16)
            continue;
        struct offers_line *line = &lines[basket->line_count++];
        *line = (struct offers_line){.sku = text};
        if (kind == BOOK_SYMBOL_CATEGORY)
            line->categories[line->category_count++] = text;
        fill_line(line, state);
    }
}

static void check_lines(const struct offers_basket *basket, const struct offers_result *result)
{
    int64_t discount = 0, points = 0;
    for (uint32_t i = 0; i < basket->line_count; i++) {
        const struct offers_line_result *line = &result->lines[i];
        KASSA_ASSERT(line->discount_minor >= 0 &&
                     line->amount_minor - line->discount_minor == line->net_minor);
        KASSA_ASSERT(line->discount_minor == 0 || line->net_minor >= basket->lines[i].floor_minor);
        discount += line->discount_minor;
        points += line->points;
    }
    KASSA_ASSERT(discount == result->discount_minor && points == result->points);
    KASSA_ASSERT(result->gross_minor - result->discount_minor == result->total_minor);
}

static void price(const struct book *book, struct offers_workspace *workspace, uint64_t state)
{
    struct offers_line lines[16];
    struct offers_coupon coupons[4];
    struct offers_basket basket = {.lines = lines,
                                   .coupons = coupons,
                                   .exponent = book->header.exponent,
                                   .price_mode = (uint8_t)(next(&state) % 2),
                                   .burn_points = (int64_t)(next(&state) % 3 * 400)};
    fill_basket(book, &basket, lines, coupons, &state);
    struct offers_moment moment = {.day = 20778, .minute_of_day = 720, .store = span_of_text("s1")};
    struct span segment = span_of_text("vip");
    struct offers_member member = {.known = next(&state) % 4 > 0,
                                   .id = {[15] = 7},
                                   .tier = span_of_text("gold"),
                                   .segments = &segment,
                                   .segment_count = 1,
                                   .visits = 4,
                                   .birth_month_day = 1122,
                                   .points = 1000,
                                   .consents = (uint32_t)(next(&state) % 4)};
    struct offers_result result;
    if (offers_price(book, &basket, &member, &moment, workspace, &result) != ERR_OK)
        return;
    check_lines(&basket, &result);
    uint32_t open[8], count;
    offers_list_open(book, &member, &moment, open, 8, &count);
    for (uint32_t i = 0; i < book_offer_count(book); i++)
        (void)offers_explain(book, &member, &moment, &result, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct offers_workspace *workspace; /* of this program alone: one for all inputs */
    if (workspace == NULL)
        workspace = offers_workspace_init(calloc(1, offers_workspace_size()), offers_workspace_size());
    struct book book;
    if (book_open(span_of(data, size), &book) != ERR_OK)
        return 0;
    for (uint32_t i = 0; i < book_offer_count(&book); i++)
        read_offer(&book, i), (void)read_spans(&book, i);
    for (uint32_t i = 0; i < book.header.programme_rules.tier_rules.count; i++)
        (void)book_symbol_text(&book, book_tier_at(&book, i).tier);
    for (uint64_t state = 1; state <= 4; state++)
        price(&book, workspace, state * size);
    return 0;
}
