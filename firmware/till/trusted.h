/* SPDX-License-Identifier: Apache-2.0 */
/* trusted.h - which time it is, when the till's clock may lie: inside till/ only. Pure.
 *
 * Time orders nothing here, but a receipt needs its business day. Head office's time is believed most; before
 * it is heard, a clock that stands before the newest record was set back, and time goes on from that record.
 */
#ifndef KASSA_TILL_TRUSTED_H
#define KASSA_TILL_TRUSTED_H

#include "base/base.h"

#define TRUSTED_SKEW_MS_MAX 120000 /* SYNC.md 2: more is flagged */

struct trusted_time {
    int64_t floor_unix_ms;  /* the newest record's time, as it was when ... */
    uint64_t floor_mono_ms; /* ... this clock said so */
    bool has_hub;
    int64_t hub_unix_ms;
    uint64_t hub_mono_ms;
};

/* What the two clocks of the till say. */
struct clock_reading {
    int64_t wall_unix_ms;
    uint64_t mono_ms;
};

void trusted_init(struct trusted_time *time, int64_t newest_record_unix_ms, struct clock_reading now);
void trusted_hear_hub(struct trusted_time *time, int64_t hub_unix_ms, struct clock_reading now);

/* The time to go by. *out_is_off: the till's clock is wrong by more than TRUSTED_SKEW_MS_MAX. */
int64_t trusted_now(const struct trusted_time *time, struct clock_reading now, bool *out_is_off);

#endif
