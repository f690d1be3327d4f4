/* SPDX-License-Identifier: Apache-2.0 */
/* shop.h - a head office in a folder of its own, to which tills send receipts. */
#ifndef KASSA_TESTS_CRM_SHOP_H
#define KASSA_TESTS_CRM_SHOP_H

#include "crm/crm.h"
#include "harness/folder.h"
#include "harness/seed.h"
#include "wire/record.h"

#define SHOP_TILLS 4
#define SHOP_DAY   20778 /* 2026-11-21 */

struct shop_till {
    char id[TILL_ID_MAX + 1];
    uint64_t last_seq;
    uint8_t hash[HASH_SIZE];
};

struct shop {
    struct folder folder;
    struct seed seed;
    struct store store;
    struct store_txn txn; /* open for writing all along, unless a test commits */
    struct arena arena;
    struct crm_intake intake;
    struct shop_till tills[SHOP_TILLS];
    kassa_Ack ack;
    bool is_clock_off; /* of the tills: else head office's goes on to where theirs is */
};

int shop_set_up(void **state);
int shop_tear_down(void **state);
void shop_commit(struct shop *shop); /* and begins anew */

/* Takes one record of a till, in a batch of its own; out_bytes (if any) is how it was kept. */
void shop_take(struct shop *shop, unsigned till, struct wire_record *record);

/* A purchase of one line, or with a negative total a return; loyalty of member (0: nobody) is begun. */
struct shop_receipt {
    struct wire_record record;
    kassa_Line line;
};
struct shop_receipt *shop_receipt(const struct shop *shop, unsigned till, uint64_t number, int32_t day,
                                  uint8_t member);
kassa_Loyalty *shop_loyalty(struct shop_receipt *receipt);
/* One of member 1 that earns a row, or burns points. */
struct shop_receipt *shop_earning(const struct shop *shop, unsigned till, uint64_t number, int32_t day,
                                  kassa_EarnRow row);
struct shop_receipt *shop_burning(const struct shop *shop, unsigned till, uint64_t number, int32_t day,
                                  int64_t points);
/* Takes it; nothing is wrong with it. */
void shop_take_receipt(struct shop *shop, unsigned till, struct shop_receipt *receipt);
void shop_return_of(struct shop_receipt *receipt, const struct shop_receipt *original,
                    int64_t quantity_milli);

void shop_enrol(struct shop *shop, uint8_t member);
kassa_Member shop_member(struct shop *shop, uint8_t member);
crm_Totals shop_totals(struct shop *shop);
struct ledger_account shop_account(struct shop *shop, uint8_t member);

#endif
