/* SPDX-License-Identifier: Apache-2.0 */
#include "office/preview.h"

#include "base/civil.h"
#include "base/money.h"

#define DAY_MS    INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)

void preview_done(struct preview *preview)
{
    json_decref(preview->basket_json);
    json_decref(preview->member_json);
    pool_done(&preview->pool);
    *preview = (struct preview){0};
}

enum err preview_read_time(struct span text, struct offers_moment *moment)
{
    int32_t day;
    int64_t hour, minute;
    if (text.size != 16 || (text.bytes[10] != 'T' && text.bytes[10] != ' ') || text.bytes[13] != ':')
        return ERR_SYNTAX;
    TRY(civil_parse_day(span_of(text.bytes, 10), &day));
    TRY(money_parse_decimal(span_of(text.bytes + 11, 2), 0, &hour));
    TRY(money_parse_decimal(span_of(text.bytes + 14, 2), 0, &minute));
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return ERR_SYNTAX;
    moment->day = day;
    moment->minute_of_day = (uint16_t)(hour * 60 + minute);
    moment->unix_ms = day * DAY_MS + moment->minute_of_day * MINUTE_MS - moment->utc_offset_min * MINUTE_MS;
    return ERR_OK;
}

enum err preview_price(struct preview *preview)
{
    size_t size = offers_workspace_size();
    void *memory = pool_take(&preview->pool, 1, size);
    if (memory == NULL)
        return ERR_MEMORY;
    const struct offers_basket basket = {.lines = preview->lines,
                                         .line_count = preview->line_count,
                                         .exponent = preview->book->header.exponent,
                                         .price_mode = (uint8_t)preview->price_mode,
                                         .tenders = preview->tenders,
                                         .tender_count = preview->tender_count,
                                         .coupons = preview->coupons,
                                         .coupon_count = preview->coupon_count,
                                         .burn_points = preview->burn_points,
                                         .counters = preview->counters,
                                         .counter_count = preview->counter_count};
    return offers_price(preview->book, &basket, &preview->member, &preview->moment,
                        offers_workspace_init(memory, size), &preview->result);
}
