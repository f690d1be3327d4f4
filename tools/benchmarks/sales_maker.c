/* SPDX-License-Identifier: Apache-2.0 */
#include "benchmarks/sales_maker.h"

#include <stdio.h>

#include "wire/record.h"

#define LINES     12
#define ARTICLES  5000
#define MEMBERS   4000
#define OFF_BP    2000 /* each sixth line is 20 % off */
#define OFF_EVERY 6
#define MS_A_DAY  86400000

static uint64_t next_number(struct sales_maker *maker)
{
    uint64_t z = maker->state += 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t draw(struct sales_maker *maker, uint32_t bound)
{
    return (uint32_t)(next_number(maker) % bound);
}

static void fill_line(struct sales_maker *maker, uint32_t number, kassa_Line *line)
{
    uint32_t article = draw(maker, ARTICLES);
    *line = (kassa_Line){.number = number,
                         .quantity_milli = 1000 * (1 + (int64_t)draw(maker, 3)),
                         .unit = "pcs",
                         .unit_price_e5 = 1000 * (50 + (int64_t)(article % 900)),
                         .tax_rate_bp = 2100,
                         .categories_count = 1};
    (void)snprintf(line->sku, sizeof(line->sku), "4770%09u", article);
    (void)snprintf(line->description, sizeof(line->description), "Article %u", article);
    (void)snprintf(line->categories[0], sizeof(line->categories[0]), "category-%u", article % 40);
    line->amount_minor = line->unit_price_e5 / 1000 * (line->quantity_milli / 1000); /* whole cents */
}

static size_t give_discounts(kassa_Line *lines, kassa_Discount *discounts)
{
    size_t count = 0;
    for (size_t i = 0; i < LINES; i += OFF_EVERY) {
        int64_t off_minor = lines[i].amount_minor * OFF_BP / 10000;
        lines[i].discount_minor = off_minor;
        discounts[count++] = (kassa_Discount){.line = lines[i].number,
                                              .sequence = 1,
                                              .offer = "twenty-off",
                                              .offer_version = 1,
                                              .percent_bp = OFF_BP,
                                              .base_minor = lines[i].amount_minor,
                                              .wanted_minor = off_minor,
                                              .amount_minor = off_minor};
    }
    return count;
}

static void fill_member(struct sales_maker *maker, int64_t unix_ms, kassa_Receipt *head)
{
    uint32_t member = draw(maker, MEMBERS);
    int64_t points = head->total_minor / 100;
    kassa_Loyalty *loyalty = &head->loyalty;
    head->has_loyalty = true;
    loyalty->member.size = MEMBER_SIZE;
    loyalty->card_token.size = TOKEN_SIZE;
    memset(loyalty->member.bytes, 0x5a, MEMBER_SIZE);
    memcpy(loyalty->member.bytes, &member, sizeof(member));
    memcpy(loyalty->card_token.bytes, loyalty->member.bytes, TOKEN_SIZE);
    loyalty->earned_count = 1;
    loyalty->earned[0] = (kassa_EarnRow){
        .offer = "points", .offer_version = 1, .base_minor = head->total_minor, .points = points};
    loyalty->points_earned = points;
    loyalty->balance_as_of_unix_ms = unix_ms;
}

static void fill_head(const struct sales_maker *maker, uint64_t receipt, int64_t unix_ms, kassa_Receipt *head)
{
    head->has_id = true;
    head->id.number = receipt;
    head->id.business_day = (int32_t)(unix_ms / MS_A_DAY);
    (void)snprintf(head->id.till, sizeof(head->id.till), "%s", maker->till);
    (void)snprintf(head->id.store, sizeof(head->id.store), "%s", maker->store);
    (void)snprintf(head->currency, sizeof(head->currency), "EUR");
    head->exponent = 2;
    head->kind = kassa_ReceiptKind_RECEIPT_SALE;
    head->begin_unix_ms = unix_ms - 60000;
    head->end_unix_ms = unix_ms;
}

size_t sales_maker_write(struct sales_maker *maker, uint64_t seq, uint64_t receipt, int64_t unix_ms,
                         uint8_t *out, size_t capacity)
{
    kassa_Line lines[LINES];
    kassa_Discount discounts[LINES];
    struct wire_record record = {
        .head = {.kind = kassa_RecordKind_RECORD_PURCHASE, .seq = seq, .wall_unix_ms = unix_ms}};
    struct wire_receipt *sale = &record.body.receipt;
    for (uint32_t i = 0; i < LINES; i++)
        fill_line(maker, i + 1, &lines[i]);
    sale->lines = lines;
    sale->line_count = LINES;
    sale->discounts = discounts;
    sale->discount_count = give_discounts(lines, discounts);
    fill_head(maker, receipt, unix_ms, &sale->head);
    for (size_t i = 0; i < LINES; i++) {
        sale->head.gross_minor += lines[i].amount_minor;
        sale->head.discount_minor += lines[i].discount_minor;
    }
    sale->head.total_minor = sale->head.gross_minor - sale->head.discount_minor;
    sale->head.tenders_count = 1;
    sale->head.tenders[0] =
        (kassa_Tender){.kind = kassa_TenderKind_TENDER_CARD, .amount_minor = sale->head.total_minor};
    fill_member(maker, unix_ms, &sale->head);
    (void)snprintf(record.head.key, sizeof(record.head.key), "%s/%llu", maker->till,
                   (unsigned long long)receipt);
    size_t size = 0;
    return wire_record_encode(&record, out, capacity, &size) == ERR_OK ? size : 0;
}
