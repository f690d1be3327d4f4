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

/* A basket of the first items and categories that the book itself names. */
static uint32_t fill_lines(const struct book *book, struct offers_line *lines, uint32_t capacity)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < book_symbol_count(book) && count < capacity; i++) {
        enum book_symbol_kind kind = book_symbol_kind_of(book, i);
        struct span text = book_symbol_text(book, i);
        KASSA_ASSERT(book_find_symbol(book, kind, text) == i);
        struct offers_line line = {.quantity_milli = 1000 * (int64_t)(i % 5) + 1000,
                                   .unit_price_e5 = 99000 + 1000 * (int64_t)i};
        if (kind == BOOK_SYMBOL_ITEM)
            line.sku = text;
        else
            line.categories[line.category_count++] = text;
        lines[count++] = line;
    }
    return count;
}

static void price(const struct book *book, struct offers_workspace *workspace)
{
    struct offers_line lines[16];
    struct offers_basket basket = {
        .lines = lines, .line_count = fill_lines(book, lines, 16), .exponent = book->header.exponent};
    struct offers_moment moment = {.day = 20778, .minute_of_day = 720, .store = span_of_text("s1")};
    struct span segment = span_of_text("vip");
    struct offers_member member = {.known = true,
                                   .id = {[15] = 7},
                                   .tier = span_of_text("gold"),
                                   .segments = &segment,
                                   .segment_count = 1,
                                   .visits = 4,
                                   .birth_month_day = 1122,
                                   .points = 1000};
    struct offers_result result;
    if (offers_price(book, &basket, &member, &moment, workspace, &result) != ERR_OK)
        return;
    KASSA_ASSERT(result.gross_minor - result.discount_minor == result.total_minor);
    KASSA_ASSERT(result.discount_minor >= 0 && result.total_minor >= 0);
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
    price(&book, workspace);
    return 0;
}
