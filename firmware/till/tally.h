/* SPDX-License-Identifier: Apache-2.0 */
/* tally.h - what this till has used up of what is limited, as its journal says: inside till/ only. A fold, kept
 * in memory.
 *
 *   uses    of offers' limits: of a member, while head office's snapshot of him does not hold them; of the till
 *           itself, for as long as the journal is kept, and until their period is over where room is short
 *           (and so of stamps: those that the snapshot does not hold)
 *   burns   points that members spent offline on the present day, the newest that was seen: a clock that is put
 *           back does not begin a day anew
 *   serials coupons that were redeemed here */
#ifndef KASSA_TILL_TALLY_H
#define KASSA_TILL_TALLY_H

#include "base/base.h"
#include "kassa.pb.h"
#include "kassa/limits.h"

#define TALLY_USES_MAX    8192  /* uses of members on their way to head office: the oldest gives way */
#define TALLY_SUMS_MAX    8192  /* limits that are not a member's, each with its period */
#define TALLY_BURNS_MAX   4096  /* members who spend offline on one day */
#define TALLY_SERIALS_MAX 32768 /* coupons of the kept journal */
#define TALLY_HEADS       1024
#define TALLY_STAMP_CARD  UINT32_MAX       /* as limit of a use: stamps on the card that `offer` names */
#define TALLY_VISITS      (UINT32_MAX - 1) /* the same: purchases, of no offer */

struct tally_use {
    uint8_t member[MEMBER_SIZE];
    char offer[OFFER_ID_MAX + 1];
    uint32_t limit;
    int32_t since_day;
    int64_t amount;
    uint64_t seq;
    int64_t as_of_unix_ms; /* of the snapshot that it was written on */
    uint32_t older;        /* place + 1; 0: none */
};

struct tally_sum {
    char offer[OFFER_ID_MAX + 1];
    uint8_t per; /* kassa_LimitPer; 0: a free place */
    uint8_t period;
    uint32_t limit;
    int32_t since_day;
    int64_t amount;
};

struct tally_burn {
    uint8_t member[MEMBER_SIZE];
    int64_t points;
};

struct tally_serial {
    uint64_t hash; /* 0: a free place */
    int32_t count; /* redeemed less given back */
};

struct tally {
    struct tally_use *uses;
    uint32_t heads[TALLY_HEADS];
    uint32_t next_use, use_count;
    struct tally_sum *sums;
    uint32_t sum_count;
    int32_t newest_day; /* of the receipts that were added */
    struct tally_burn *burns;
    uint32_t burn_count;
    int32_t burn_day;
    int64_t burned_today;
    struct tally_serial *serials;
    uint32_t serial_count;
    bool is_short; /* something found no room: limits may be passed, and head office says so later */
};

/* ERR_MEMORY. */
NODISCARD
enum err tally_open(struct tally *tally);
void tally_done(struct tally *tally);
/* Nothing is known any more. */
void tally_forget(struct tally *tally);

/* A receipt of this till that moves something, in the order of the journal. */
void tally_add(struct tally *tally, const kassa_Receipt *head, uint64_t seq);
/* One of before those: only limits that are no member's, and coupons, count. sign -1: it was voided. */
void tally_add_old(struct tally *tally, const kassa_Receipt *head, int sign);

/* A void takes back what its original had moved: to be added after it, with the same head. */
void tally_add_void(struct tally *tally, const kassa_Receipt *original, uint64_t seq, int32_t today);

/* What a member used of a limit that his snapshot as of that moment does not hold. */
int64_t tally_waiting(const struct tally *tally, const uint8_t member[MEMBER_SIZE], const char *offer,
                      uint32_t limit, int32_t since_day, int64_t as_of_unix_ms, uint64_t acknowledged_seq);

/* The uses of a member that wait, one by one: *at is 0 at first; NULL: no more. */
const struct tally_use *tally_next_waiting(const struct tally *tally, const uint8_t member[MEMBER_SIZE],
                                           int64_t as_of_unix_ms, uint64_t acknowledged_seq, uint32_t *at);

/* What this till used of a limit that is no member's, in that period. */
int64_t tally_own(const struct tally *tally, const char *offer, uint32_t limit, kassa_LimitPer per,
                  int32_t since_day);

/* false: there was no room for all that was used, and this is none of what was kept. */
bool tally_knows(const struct tally *tally, const char *offer, uint32_t limit, kassa_LimitPer per,
                 int32_t since_day);

/* What was spent offline on that day, or on a newer one if there was any: by that member, by all. */
int64_t tally_burned(const struct tally *tally, const uint8_t member[MEMBER_SIZE], int32_t day);
int64_t tally_burned_all(const struct tally *tally, int32_t day);

/* Was this coupon redeemed here, and not given back? */
bool tally_is_used(const struct tally *tally, const char *series, const char *serial);

/* Head office says which day it is: what was spent on a later one, by a clock that was wrong, was spent on that. */
void tally_hear_day(struct tally *tally, int32_t day);

#endif
