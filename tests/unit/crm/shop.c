/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "unit/crm/shop.h"
#include "vault/vault.h"

static void be_born(struct shop *shop, unsigned till)
{
    kassa_TillState state = {.online = true, .incarnation = 11, .birth = 5, .store = "store-1"};
    (void)snprintf(shop->tills[till].id, sizeof(shop->tills[till].id), "till-%u", till + 1);
    memcpy(state.till, shop->tills[till].id, sizeof(state.till));
    ok(crm_take_state(&shop->txn, &shop->intake, &state, &shop->ack));
}

int shop_set_up(void **state)
{
    struct shop *shop = calloc(1, sizeof(*shop));
    assert_non_null(shop);
    ok(vault_open());
    shop->folder = folder_make();
    shop->seed = (struct seed){3};
    char path[128];
    folder_join(&shop->folder, "store", path);
    struct store_settings settings = {.kind = "lmdb",
                                      .path = path,
                                      .map_size_bytes = UINT64_C(128) << 20,
                                      .random = seed_as_random(&shop->seed)};
    ok(store_open(&settings, &shop->store));
    ok(store_begin(shop->store, STORE_WRITE, &shop->txn));
    void *block = calloc(1, CRM_ARENA_SIZE);
    assert_non_null(block);
    shop->arena = arena_of(block, CRM_ARENA_SIZE);
    shop->intake = (struct crm_intake){&shop->arena, INT64_C(86400000) * SHOP_DAY, 2, NULL, 0};
    for (unsigned i = 0; i < SHOP_TILLS; i++)
        be_born(shop, i);
    *state = shop;
    return 0;
}

int shop_tear_down(void **state)
{
    struct shop *shop = *state;
    store_abort(&shop->txn);
    store_close(&shop->store);
    folder_remove(&shop->folder);
    free(shop->arena.block);
    free(shop);
    return 0;
}

void shop_commit(struct shop *shop)
{
    ok(store_commit(&shop->txn));
    ok(store_begin(shop->store, STORE_WRITE, &shop->txn));
}

/* Nothing comes before it was written, unless a till's clock is wrong. */
static void let_time_pass(struct shop *shop, const struct wire_record *record)
{
    bool is_void = record->head.kind == kassa_RecordKind_RECORD_VOID;
    int64_t day = is_void ? record->body.voided.id.business_day : record->body.receipt.head.id.business_day;
    int64_t said = is_void ? record->head.wall_unix_ms : record->body.receipt.head.end_unix_ms;
    said = said > INT64_C(86400000) * day ? said : INT64_C(86400000) * day;
    if (!shop->is_clock_off && said > shop->intake.hub_unix_ms)
        shop->intake.hub_unix_ms = said;
}

void shop_take(struct shop *shop, unsigned till, struct wire_record *record)
{
    static uint8_t bytes[RECORD_SIZE_MAX];
    struct shop_till *from = &shop->tills[till];
    size_t size;
    record->head.seq = from->last_seq + 1;
    ok(wire_record_encode(record, bytes, sizeof(bytes), &size));
    struct span span = span_of(bytes, size);
    struct wire_batch batch = {
        .head = {.incarnation = 11, .first_seq = from->last_seq + 1}, .records = &span, .record_count = 1};
    memcpy(batch.head.till, from->id, sizeof(batch.head.till));
    batch.head.hash_before.size = HASH_SIZE;
    memcpy(batch.head.hash_before.bytes, from->hash, HASH_SIZE);
    let_time_pass(shop, record);
    ok(crm_take_batch(&shop->txn, &shop->intake, &batch, &shop->ack));
    assert_int_equal(shop->ack.status, kassa_AckStatus_ACK_OK);
    from->last_seq++;
    memcpy(from->hash, shop->ack.hash.bytes, HASH_SIZE);
}

struct shop_receipt *shop_receipt(const struct shop *shop, unsigned till, uint64_t number, int32_t day,
                                  uint8_t member)
{
    static struct shop_receipt pool[64];
    static unsigned next;
    struct shop_receipt *made = &pool[next++ % COUNT_OF(pool)];
    memset(made, 0, sizeof(*made));
    made->line = (kassa_Line){.number = 1, .quantity_milli = 1000, .amount_minor = 1000, .sku = "A"};
    struct wire_receipt *body = &made->record.body.receipt;
    made->record.head.kind = kassa_RecordKind_RECORD_PURCHASE;
    body->head = (kassa_Receipt){.has_id = true,
                                 .id = {.store = "store-1", .business_day = day, .number = number},
                                 .end_unix_ms = INT64_C(86400000) * day + (int64_t)number * 1000,
                                 .currency = "EUR",
                                 .exponent = 2,
                                 .gross_minor = 1000,
                                 .total_minor = 1000};
    memcpy(body->head.id.till, shop->tills[till].id, sizeof(body->head.id.till));
    body->lines = &made->line;
    body->line_count = 1;
    if (member != 0) {
        body->head.has_loyalty = true;
        body->head.loyalty.member.size = MEMBER_SIZE;
        body->head.loyalty.member.bytes[0] = member;
    }
    return made;
}

kassa_Loyalty *shop_loyalty(struct shop_receipt *receipt)
{
    receipt->record.body.receipt.head.has_loyalty = true;
    return &receipt->record.body.receipt.head.loyalty;
}

struct shop_receipt *shop_earning(const struct shop *shop, unsigned till, uint64_t number, int32_t day,
                                  kassa_EarnRow row)
{
    struct shop_receipt *receipt = shop_receipt(shop, till, number, day, 1);
    kassa_Loyalty *loyalty = shop_loyalty(receipt);
    loyalty->earned_count = 1;
    loyalty->earned[0] = row;
    loyalty->points_earned = row.points;
    return receipt;
}

struct shop_receipt *shop_burning(const struct shop *shop, unsigned till, uint64_t number, int32_t day,
                                  int64_t points)
{
    struct shop_receipt *receipt = shop_receipt(shop, till, number, day, 1);
    kassa_Loyalty *loyalty = shop_loyalty(receipt);
    loyalty->burned_count = 1;
    loyalty->burned[0] = (kassa_BurnRow){.points = points};
    loyalty->points_burned = points;
    return receipt;
}

void shop_take_receipt(struct shop *shop, unsigned till, struct shop_receipt *receipt)
{
    shop_take(shop, till, &receipt->record);
    assert_int_equal(shop->ack.quarantined_count, 0);
}

void shop_return_of(struct shop_receipt *receipt, const struct shop_receipt *original, int64_t quantity_milli)
{
    receipt->record.head.kind = kassa_RecordKind_RECORD_RETURN;
    const kassa_Line *sold = original->record.body.receipt.lines;
    receipt->line.kind = kassa_LineKind_LINE_RETURN;
    receipt->line.quantity_milli = -quantity_milli;
    receipt->line.amount_minor = -quantity_milli;
    receipt->line.has_original = true;
    receipt->line.original = (kassa_Original){.has_receipt = true,
                                              .receipt = original->record.body.receipt.head.id,
                                              .line = 1,
                                              .quantity_milli = sold->quantity_milli,
                                              .kind = sold->kind};
    receipt->record.body.receipt.head.total_minor = -quantity_milli;
}

void shop_enrol(struct shop *shop, uint8_t member)
{
    crm_Member row = crm_Member_init_zero;
    row.has_member = true;
    row.member.id.size = MEMBER_SIZE;
    row.member.id.bytes[0] = member;
    row.created_unix_ms = shop->intake.hub_unix_ms;
    ok(crm_member_put(&shop->txn, &row));
}

kassa_Member shop_member(struct shop *shop, uint8_t member)
{
    uint8_t id[MEMBER_SIZE] = {member};
    crm_Member row;
    ok(crm_member_get(&shop->txn, id, &row));
    return row.member;
}

crm_Totals shop_totals(struct shop *shop)
{
    crm_Totals totals;
    ok(crm_totals_get(&shop->txn, &totals));
    return totals;
}

struct ledger_account shop_account(struct shop *shop, uint8_t member)
{
    uint8_t id[MEMBER_SIZE] = {member};
    struct ledger_account account;
    ok(crm_points_get(&shop->txn, id, &account));
    return account;
}
