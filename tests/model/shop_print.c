/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "model/shop.h"

static void print_fields(struct shop_fields fields, const void *object, FILE *out)
{
    for (uint32_t i = 0; i < fields.count; i++) {
        int64_t value = shop_field_get(&fields.fields[i], object);
        if (value != fields.fields[i].plain)
            (void)fprintf(out, " %s=%" PRId64, fields.fields[i].name, value);
    }
}

static void print_selector(const char *name, const struct shop_selector *selector, FILE *out)
{
    (void)fprintf(out, "\n    %s:", name);
    if (selector->everything)
        (void)fprintf(out, " everything");
    print_fields(shop_fields_of_selector(), selector, out);
}

static void print_offer(const struct shop_offer *offer, FILE *out)
{
    const char *kind = book_kind_name(offer->kind);
    (void)fprintf(out, "  offer %s", kind != NULL ? kind : "unknown");
    print_fields(shop_fields_of_offer(), offer, out);
    print_selector("target", &offer->target, out);
    if (offer->has_get)
        print_selector("get", &offer->get, out);
    for (uint32_t i = 0; i < offer->condition_count; i++) {
        (void)fprintf(out, "\n    condition:");
        print_fields(shop_fields_of_condition(), &offer->conditions[i], out);
        if (!offer->conditions[i].of_target)
            print_selector("  of", &offer->conditions[i].of, out);
    }
    for (uint32_t i = 0; i < offer->limit_count; i++) {
        (void)fprintf(out, "\n    limit:");
        print_fields(shop_fields_of_limit(), &offer->limits[i], out);
    }
    char text[TERMS_TEXT_MAX];
    terms_print(offer->terms.terms, offer->terms.count, text);
    if (text[0] != '\0')
        (void)fprintf(out, "\n    CEL: %s", text);
    terms_print(offer->terms.line_terms, offer->terms.line_count, text);
    if (text[0] != '\0')
        (void)fprintf(out, "\n    CEL of a line: %s", text);
    for (uint32_t i = 0; i < offer->step_count; i++)
        (void)fprintf(out, "\n    step: from %" PRId64 " %" PRId64, offer->steps[i].threshold,
                      offer->steps[i].value);
    for (uint32_t i = 0; i < offer->part_count; i++) {
        print_selector("part", &offer->parts[i].of, out);
        (void)fprintf(out, " units=%" PRIu32, offer->parts[i].units);
    }
    (void)fprintf(out, "\n");
}

static void print_rows(const char *name, struct shop_fields fields, const void *rows, uint32_t count,
                       size_t row_size, FILE *out)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)fprintf(out, "  %s %" PRIu32 ":", name, i);
        print_fields(fields, (const uint8_t *)rows + i * row_size, out);
        (void)fprintf(out, "\n");
    }
}

void shop_print(const struct shop *shop, FILE *out)
{
    (void)fprintf(out, "case of seed %" PRIu64 ":\n  shop:", shop->seed);
    print_fields(shop_fields_of_shop(), shop, out);
    (void)fprintf(out, "\n");
    print_rows("lane", shop_fields_of_lane(), shop->lanes, shop->lane_count, sizeof(shop->lanes[0]), out);
    for (uint32_t i = 0; i < shop->offer_count; i++)
        print_offer(&shop->offers[i], out);
    print_rows("line", shop_fields_of_line(), shop->lines, shop->line_count, sizeof(shop->lines[0]), out);
    print_rows("coupon", shop_fields_of_coupon(), shop->coupons, shop->coupon_count, sizeof(shop->coupons[0]),
               out);
    print_rows("counter", shop_fields_of_counter(), shop->counters, shop->counter_count,
               sizeof(shop->counters[0]), out);
    print_rows("tender", shop_fields_of_tender(), shop->tenders, shop->tender_count, sizeof(shop->tenders[0]),
               out);
}
