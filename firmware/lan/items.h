/* SPDX-License-Identifier: Apache-2.0 */
/* items.h - what a store's tills count among themselves, and under which key (SPEC.md "Within a store").
 *
 * A key says nothing to who does not know already what it stands for: the arbiter counts, and needs no more. */
#ifndef KASSA_LAN_ITEMS_H
#define KASSA_LAN_ITEMS_H

#include "base/base.h"
#include "kassa.pb.h"
#include "kassa/limits.h"

/* Of what a till is about to give: how much there is as it knows, before what the store's tills used. */
struct lan_wish {
    const kassa_Reserve *reserve;
    const int64_t *uses_most; /* of each of reserve's uses; negative: nobody else in the store draws on it */
    int64_t points;           /* the snapshot's, and what this till's sales added since */
    int64_t as_of_unix_ms;    /* the snapshot's */
    int64_t allowance;        /* that may be spent without a line on this day; negative: there is a line */
};

/* Which wish an item of the claim stands for. */
enum lan_wish_kind { LAN_WISH_POINTS, LAN_WISH_ALLOWANCE, LAN_WISH_COUPON, LAN_WISH_USE };
struct lan_wish_place {
    enum lan_wish_kind kind;
    uint32_t row; /* of reserve's coupons or uses */
};

struct lan_claim_items {
    kassa_LanItem items[LAN_CLAIM_ITEMS_MAX];
    struct lan_wish_place places[LAN_CLAIM_ITEMS_MAX];
    size_t count; /* 0: nothing that anybody else in the store could take away */
};

void lan_items_of_wish(const struct lan_wish *wish, struct lan_claim_items *out);

/* What a record used. false: nothing. *out has no seq. ERR_SYNTAX: it cannot be read. */
NODISCARD
enum err lan_use_of_record(struct span record, kassa_LanUse *out, bool *out_is_use);

/* What stands for a claim of a till. */
void lan_claim_id(const char *till, const char *key, uint8_t out[LAN_ITEM_SIZE]);

#endif
