/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/offers/shelf.h"

#include <stdlib.h>

#include "harness/ok.h"

struct shelf *shelf_new(void)
{
    struct shelf *shelf = calloc(1, sizeof(*shelf));
    assert_non_null(shelf);
    shelf->workspace_memory = calloc(1, offers_workspace_size());
    assert_non_null(shelf->workspace_memory);
    shelf->workspace = offers_workspace_init(shelf->workspace_memory, offers_workspace_size());
    shelf->lanes[0].name = span_of_text("main");
    shelf->source = (struct book_source){.version = 1,
                                         .valid_from_day = BOOK_DAY_FIRST,
                                         .currency = span_of_text("EUR"),
                                         .exponent = 2,
                                         .programme = span_of_text("test"),
                                         .lanes = shelf->lanes,
                                         .lane_count = 1,
                                         .offers = shelf->offers};
    shelf->basket = (struct offers_basket){.lines = shelf->lines, .exponent = 2};
    shelf->moment =
        (struct offers_moment){.day = SHELF_DAY, .minute_of_day = 12 * 60, .store = span_of_text("s1")};
    return shelf;
}

void shelf_delete(struct shelf *shelf)
{
    free(shelf->book_memory);
    free(shelf->workspace_memory);
    free(shelf);
}

struct book_source_offer *shelf_offer(struct shelf *shelf, const char *id, enum book_kind kind,
                                      enum book_scope scope)
{
    assert_in_range(shelf->source.offer_count, 0, SHELF_OFFERS - 1);
    struct book_source_offer *offer = &shelf->offers[shelf->source.offer_count++];
    *offer = (struct book_source_offer){.id = span_of_text(id),
                                        .version = 1,
                                        .kind = (uint16_t)kind,
                                        .scope = scope,
                                        .weekdays = BOOK_WEEKDAYS_ALL,
                                        .from_day = BOOK_DAY_FIRST,
                                        .until_day = BOOK_DAY_LAST,
                                        .target = {.everything = true}};
    return offer;
}

struct offers_line *shelf_line(struct shelf *shelf, const char *sku, const char *category,
                               int64_t price_minor, int64_t units)
{
    assert_in_range(shelf->basket.line_count, 0, LINES_MAX - 1);
    struct offers_line *line = &shelf->lines[shelf->basket.line_count++];
    *line = (struct offers_line){.sku = span_of_text(sku),
                                 .quantity_milli = units * 1000,
                                 .unit_price_e5 = price_minor * 1000,
                                 .category_count = category != NULL ? 1 : 0};
    if (category != NULL)
        line->categories[0] = span_of_text(category);
    return line;
}

struct book_source_selector shelf_item(const struct span *sku)
{
    return (struct book_source_selector){.items = sku, .item_count = 1};
}

struct book_source_selector shelf_category(const struct span *category)
{
    return (struct book_source_selector){.categories = category, .category_count = 1};
}

void shelf_build(struct shelf *shelf)
{
    size_t size = book_builder_memory_size(&shelf->source);
    free(shelf->book_memory);
    shelf->book_memory = malloc(size);
    assert_non_null(shelf->book_memory);
    struct book_fault fault = {0};
    struct span bytes = {NULL, 0};
    enum err error = book_builder_write(&shelf->source, shelf->book_memory, size, &bytes, &fault);
    if (error != ERR_OK)
        fail_msg("%s: offer %u, %s %s", err_name(error), fault.offer, fault.field, fault.what);
    ok(book_open(bytes, &shelf->book));
}

void shelf_price_again(struct shelf *shelf)
{
    ok(offers_price(&shelf->book, &shelf->basket, &shelf->member, &shelf->moment, shelf->workspace,
                    &shelf->result));
    shelf_check_sums(shelf);
}

void shelf_price(struct shelf *shelf)
{
    shelf_build(shelf);
    shelf_price_again(shelf);
}

struct offers_explanation shelf_why(const struct shelf *shelf, const char *id)
{
    uint32_t offer = book_find_offer(&shelf->book, span_of_text(id));
    assert_int_not_equal(offer, BOOK_NONE);
    return offers_explain(&shelf->book, &shelf->member, &shelf->moment, &shelf->result, offer);
}

static void check_lines(const struct shelf *shelf)
{
    const struct offers_result *result = &shelf->result;
    int64_t gross = 0, discount = 0, net = 0, points = 0;
    for (uint32_t i = 0; i < shelf->basket.line_count; i++) {
        const struct offers_line_result *line = &result->lines[i];
        int64_t rows = 0;
        uint32_t sequence = 0;
        for (uint32_t k = 0; k < result->discount_count; k++) {
            if (result->discounts[k].line != i)
                continue;
            assert_int_equal(result->discounts[k].sequence, ++sequence);
            assert_true(result->discounts[k].amount_minor > 0);
            assert_true(result->discounts[k].amount_minor <= result->discounts[k].wanted_minor);
            assert_int_equal(result->discounts[k].base_minor, line->amount_minor - rows);
            rows += result->discounts[k].amount_minor;
        }
        assert_int_equal(rows, line->discount_minor);
        assert_int_equal(line->amount_minor - line->discount_minor, line->net_minor);
        if (line->discount_minor > 0)
            assert_true(line->net_minor >= shelf->lines[i].floor_minor && line->net_minor >= 0);
        gross += line->amount_minor;
        discount += line->discount_minor;
        net += line->net_minor;
        points += line->points;
    }
    assert_int_equal(gross, result->gross_minor);
    assert_int_equal(discount, result->discount_minor);
    assert_int_equal(net, result->total_minor);
    assert_int_equal(points, result->points);
}

void shelf_check_sums(const struct shelf *shelf)
{
    const struct offers_result *result = &shelf->result;
    int64_t given = result->burned.as == BOOK_BURN_AS_DISCOUNT ? result->burned.value_minor : 0;
    int64_t points = 0, earned = 0;
    check_lines(shelf);
    for (uint32_t i = 0; i < result->explanation_count; i++) {
        given += result->explanations[i].amount_minor;
        points += result->explanations[i].points;
        if (i > 0)
            assert_true(result->explanations[i - 1].offer < result->explanations[i].offer);
        if (result->explanations[i].reason != OFFERS_GIVEN)
            assert_true(result->explanations[i].amount_minor == 0 && result->explanations[i].points == 0);
    }
    for (uint32_t i = 0; i < result->earn_count; i++)
        earned += result->earns[i].points;
    assert_int_equal(given, result->discount_minor);
    assert_int_equal(points, result->points);
    assert_int_equal(earned, result->points);
}
