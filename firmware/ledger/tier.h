/* SPDX-License-Identifier: Apache-2.0 */
/* tier.h - the tier that a member's spend gives him. Pure. SPEC.md has the rules with examples. */
#ifndef KASSA_LEDGER_TIER_H
#define KASSA_LEDGER_TIER_H

#include "ledger/account.h"

#define LEDGER_TIERS_MAX 16
#define LEDGER_NO_TIER   (-1)

/* A tier, in ascending order of from_minor. */
struct ledger_tier_rule {
    int64_t from_minor;   /* spend that gains it; 0 or less: everybody's */
    int64_t keep_minor;   /* spend that keeps it; 0: as much as gains it */
    uint16_t window_days; /* 0: by calendar year; else over so many days */
};

/* The highest tier that so much spend gains; LEDGER_NO_TIER. */
int ledger_tier_of_spend(const struct ledger_tier_rule *rules, uint32_t count, int64_t spent_minor);

struct ledger_tier {
    int index;           /* LEDGER_NO_TIER: none */
    int32_t until_day;   /* the last day on which he has it without another purchase; 0: for ever, or none */
    int64_t spent_minor; /* of the year or window that counts towards the next tier */
    int64_t next_minor;  /* what the next tier still takes; 0: there is none */
};

/* The tier of an account on a day. A calendar-year tier that is gained or kept in a year holds to the end of
 * the next one. A rolling one is gained on the day when the window's spend reaches from_minor, and lost when
 * it falls below keep_minor. The highest that he has of all counts. */
struct ledger_tier ledger_tier_at(const struct ledger_account *account, const struct ledger_tier_rule *rules,
                                  uint32_t count, int32_t day);

#endif
