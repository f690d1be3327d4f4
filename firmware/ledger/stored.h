/* SPDX-License-Identifier: Apache-2.0 */
/* stored.h - what is counted apart from members' points: gift value, coupons, limits of offers. Each is a sum
 * of what records say, so that their order does not matter, and each tells what went beyond it. Pure. */
#ifndef KASSA_LEDGER_STORED_H
#define KASSA_LEDGER_STORED_H

#include "base/base.h"

/* ---- gift value: money on a card or in a wallet, which never mixes with points */

struct ledger_gift {
    int64_t loaded_minor;
    int64_t spent_minor;
};

/* amount > 0 loads, < 0 spends. A spending is never refused: see ledger_gift_owed. ERR_RANGE: an overflow. */
NODISCARD
enum err ledger_gift_move(struct ledger_gift *gift, int64_t amount_minor);
int64_t ledger_gift_available(const struct ledger_gift *gift); /* >= 0 */
int64_t ledger_gift_owed(const struct ledger_gift *gift);      /* spent beyond what was loaded; >= 0 */

/* ---- one coupon with a serial */

enum ledger_coupon_event {
    LEDGER_COUPON_ISSUED = 1,
    LEDGER_COUPON_REDEEMED,
    LEDGER_COUPON_RETURNED,
    LEDGER_COUPON_WITHDRAWN
};

struct ledger_coupon {
    int32_t issued;
    int32_t redeemed;
    int32_t returned;
    int32_t withdrawn;
    int32_t valid_from_day;
    int32_t valid_until_day; /* the last day; 0: no end */
};

enum ledger_coupon_state {
    LEDGER_COUPON_UNKNOWN = 0, /* nobody has issued it, as far as is known */
    LEDGER_COUPON_FRESH,
    LEDGER_COUPON_USED,
    LEDGER_COUPON_NOT_YET,
    LEDGER_COUPON_EXPIRED,
    LEDGER_COUPON_GONE, /* withdrawn: what issued it came back */
    LEDGER_COUPON_STATE_COUNT
};

/* ERR_ARGUMENT: no such event. ERR_RANGE: an overflow. */
NODISCARD
enum err ledger_coupon_add(struct ledger_coupon *coupon, enum ledger_coupon_event event);
enum ledger_coupon_state ledger_coupon_state(const struct ledger_coupon *coupon, int32_t day);
/* How often it was used beyond once, or though it was withdrawn. */
int32_t ledger_coupon_excess(const struct ledger_coupon *coupon);

/* ---- a limit of an offer */

struct ledger_counter {
    int64_t most; /* the limit; negative: none */
    int64_t used;
};

/* How much of `wanted` fits: all of it; or, cut to what is left if the limit is partial, else nothing. */
int64_t ledger_counter_fits(const struct ledger_counter *counter, int64_t wanted, bool is_partial);
/* Counts what fits; *out_taken says how much. ERR_RANGE: an overflow, or wanted < 0. */
NODISCARD
enum err ledger_counter_take(struct ledger_counter *counter, int64_t wanted, bool is_partial,
                             int64_t *out_taken);
/* Counts a use (negative: it comes back) that has happened, whether it fits or not. */
NODISCARD
enum err ledger_counter_add(struct ledger_counter *counter, int64_t amount);
int64_t ledger_counter_excess(const struct ledger_counter *counter); /* used beyond the limit; >= 0 */

#endif
