/* SPDX-License-Identifier: Apache-2.0 */
#include "lan/items.h"

#include "vault/vault.h"
#include "wire/record.h"

/* A letter, then texts with their NUL and numbers of eight bytes, big-endian. */
struct key {
    uint8_t bytes[160];
    size_t size;
};

static void add_bytes(struct key *key, const void *bytes, size_t size)
{
    KASSA_ASSERT(size <= sizeof(key->bytes) - key->size);
    if (size > 0)
        memcpy(key->bytes + key->size, bytes, size);
    key->size += size;
}

static void add_text(struct key *key, const char *text)
{
    add_bytes(key, text, strlen(text) + 1);
}

static void add_number(struct key *key, uint64_t value)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(value >> (56 - 8 * i));
    add_bytes(key, bytes, sizeof(bytes));
}

static void cut_hash(struct span bytes, uint8_t out[LAN_ITEM_SIZE])
{
    uint8_t hash[HASH_SIZE];
    KASSA_ASSERT(vault_sha256(bytes, hash) == ERR_OK); /* it was opened */
    memcpy(out, hash, LAN_ITEM_SIZE);
}

static kassa_LanItem item_of(const struct key *key, int64_t amount)
{
    kassa_LanItem item = {.amount = amount, .key = {.size = LAN_ITEM_SIZE}};
    cut_hash(span_of(key->bytes, key->size), item.key.bytes);
    return item;
}

static kassa_LanItem points_item(const uint8_t *member, int64_t amount)
{
    struct key key = {.size = 0};
    add_text(&key, "points");
    add_bytes(&key, member, MEMBER_SIZE);
    return item_of(&key, amount);
}

static kassa_LanItem allowance_item(const uint8_t *member, int32_t day, int64_t amount)
{
    struct key key = {.size = 0};
    add_text(&key, "allowance");
    add_bytes(&key, member, MEMBER_SIZE);
    add_number(&key, (uint64_t)day);
    return item_of(&key, amount);
}

static kassa_LanItem coupon_item(const kassa_CouponRow *row, int64_t amount)
{
    struct key key = {.size = 0};
    add_text(&key, "coupon");
    add_text(&key, row->series);
    add_text(&key, row->serial);
    return item_of(&key, amount);
}

/* Of a member, or of the store. */
static kassa_LanItem use_item(const kassa_OfferUse *use, const uint8_t *member)
{
    struct key key = {.size = 0};
    bool is_members = use->per == kassa_LimitPer_LIMIT_PER_MEMBER;
    add_text(&key, "limit");
    add_text(&key, use->offer);
    add_number(&key, use->limit);
    add_number(&key, (uint64_t)use->since_day);
    add_bytes(&key, is_members ? member : NULL, is_members ? MEMBER_SIZE : 0);
    return item_of(&key, use->amount);
}

static bool is_counted(const kassa_OfferUse *use, bool has_member)
{
    return use->per == kassa_LimitPer_LIMIT_PER_STORE ||
           (use->per == kassa_LimitPer_LIMIT_PER_MEMBER && has_member);
}

void lan_claim_id(const char *till, const char *claim, uint8_t out[LAN_ITEM_SIZE])
{
    struct key key = {.size = 0};
    add_text(&key, "claim");
    add_text(&key, till);
    add_text(&key, claim);
    cut_hash(span_of(key.bytes, key.size), out);
}

/* ---- a claim */

static void add_wish(struct lan_claim_items *out, const kassa_LanItem *item, enum lan_wish_kind kind,
                     size_t row)
{
    if (out->count == LAN_CLAIM_ITEMS_MAX)
        return;
    out->items[out->count] = *item;
    out->places[out->count++] = (struct lan_wish_place){kind, (uint32_t)row};
}

static void add_points(const struct lan_wish *wish, struct lan_claim_items *out)
{
    const kassa_Reserve *reserve = wish->reserve;
    if (reserve->points <= 0 || reserve->member.size != MEMBER_SIZE)
        return;
    kassa_LanItem item = points_item(reserve->member.bytes, reserve->points);
    item.most = wish->points;
    item.as_of_unix_ms = wish->as_of_unix_ms;
    add_wish(out, &item, LAN_WISH_POINTS, 0);
    if (wish->allowance < 0)
        return;
    item = allowance_item(reserve->member.bytes, reserve->business_day, reserve->points);
    item.most = wish->allowance;
    add_wish(out, &item, LAN_WISH_ALLOWANCE, 0);
}

void lan_items_of_wish(const struct lan_wish *wish, struct lan_claim_items *out)
{
    const kassa_Reserve *reserve = wish->reserve;
    bool has_member = reserve->member.size == MEMBER_SIZE;
    out->count = 0;
    add_points(wish, out);
    for (size_t i = 0; i < reserve->coupons_count; i++) {
        kassa_LanItem item = coupon_item(&reserve->coupons[i], 1);
        item.most = 1;
        if (reserve->coupons[i].serial[0] != '\0')
            add_wish(out, &item, LAN_WISH_COUPON, i);
    }
    for (size_t i = 0; i < reserve->uses_count; i++) {
        const kassa_OfferUse *use = &reserve->uses[i];
        if (wish->uses_most[i] < 0 || !is_counted(use, has_member))
            continue;
        kassa_LanItem item = use_item(use, reserve->member.bytes);
        item.most = wish->uses_most[i];
        item.as_of_unix_ms = use->per == kassa_LimitPer_LIMIT_PER_MEMBER ? wish->as_of_unix_ms : 0;
        add_wish(out, &item, LAN_WISH_USE, i);
    }
}

/* ---- a record */

static void add_item(kassa_LanUse *use, kassa_LanItem item)
{
    if (item.amount != 0 && use->items_count < COUNT_OF(use->items))
        use->items[use->items_count++] = item;
}

static void add_coupon(kassa_LanUse *use, const kassa_CouponRow *row)
{
    if (row->serial[0] == '\0')
        return;
    if (row->event == kassa_CouponEvent_COUPON_REDEEMED || row->event == kassa_CouponEvent_COUPON_WITHDRAWN)
        add_item(use, coupon_item(row, 1));
    else if (row->event == kassa_CouponEvent_COUPON_RETURNED)
        add_item(use, coupon_item(row, -1));
}

static void cut_receipt(const kassa_ReceiptId *id, uint8_t out[LAN_ITEM_SIZE])
{
    struct key key = {.size = 0};
    add_text(&key, "receipt");
    add_text(&key, id->store);
    add_text(&key, id->till);
    add_number(&key, (uint64_t)id->business_day);
    add_number(&key, id->number);
    cut_hash(span_of(key.bytes, key.size), out);
}

static void fill_receipt(const kassa_Receipt *head, kassa_LanUse *use)
{
    const kassa_Loyalty *loyalty = &head->loyalty;
    bool has_member = loyalty->member.size == MEMBER_SIZE;
    memcpy(use->key, loyalty->reservation, sizeof(use->key));
    use->receipt.size = LAN_ITEM_SIZE;
    cut_receipt(&head->id, use->receipt.bytes);
    if (has_member) {
        add_item(use, points_item(loyalty->member.bytes, loyalty->points_burned));
        add_item(use, allowance_item(loyalty->member.bytes, head->id.business_day, loyalty->allowance_used));
    }
    for (pb_size_t i = 0; i < loyalty->coupons_count; i++)
        add_coupon(use, &loyalty->coupons[i]);
    for (pb_size_t i = 0; i < loyalty->uses_count; i++) {
        if (is_counted(&loyalty->uses[i], has_member))
            add_item(use, use_item(&loyalty->uses[i], loyalty->member.bytes));
    }
}

static enum err read_void(struct span record, kassa_LanUse *use)
{
    struct arena none = arena_of(NULL, 0); /* a void has no lists */
    struct wire_record decoded;
    TRY(wire_record_decode(record, &none, &decoded));
    use->undoes.size = LAN_ITEM_SIZE;
    cut_receipt(&decoded.body.voided.original, use->undoes.bytes);
    return ERR_OK;
}

enum err lan_use_of_record(struct span record, kassa_LanUse *out, bool *out_is_use)
{
    kassa_Record head;
    kassa_Receipt receipt;
    TRY(wire_record_peek(record, &head));
    memset(out, 0, sizeof(*out));
    *out_is_use = false;
    if (head.kind == kassa_RecordKind_RECORD_VOID) {
        TRY(read_void(record, out));
        *out_is_use = true;
    } else if (wire_record_read_head(record, &receipt) == ERR_OK && receipt.has_loyalty &&
               !receipt.training) {
        fill_receipt(&receipt, out);
        *out_is_use = out->items_count > 0 || out->key[0] != '\0';
    }
    out->id.size = LAN_ITEM_SIZE;
    cut_hash(record, out->id.bytes);
    return ERR_OK;
}
