/* SPDX-License-Identifier: Apache-2.0 */
/* when.h - the time and day by which a record counts. Inside crm/ only.
 *
 * A till's clock may be wrong by years, and what it says would let a member's points expire, or bring back those
 * that have. Two moments of head office's own clock stand on either side of what a till can have meant: when the
 * record was taken, and when the snapshot of the member was made that the record was written on.
 *
 *      snapshot - 2 min        what the till said        taken + 2 min
 *   ----------|---------------------------------------------|---------->
 *     before: it counts as of                        after: it counts as of
 *     the snapshot                                   the moment when it was taken
 *
 * The days that the till worked out from its own day move with it. The moment when a record was taken is kept with
 * its receipt, so that whatever is folded anew comes out as before. Pure. */
#ifndef KASSA_CRM_WHEN_H
#define KASSA_CRM_WHEN_H

#include "crm.pb.h"
#include "wire/record.h"

#define CRM_SKEW_MS_MAX 120000 /* a clock that is off by less is believed: SPEC.md "Time" */

struct crm_when {
    int32_t day;
    int64_t unix_ms;
    int32_t said_day; /* as the record has it */
    int64_t taken_unix_ms;
};

/* What a record says of its time. */
struct crm_said {
    int32_t day;
    int64_t unix_ms;
    int32_t utc_offset_min;
    int64_t snapshot_unix_ms; /* 0: it was written on none */
};

/* taken_unix_ms 0: it was taken before that was kept, and counts as it says. */
struct crm_when crm_when_of(const struct crm_said *said, int64_t taken_unix_ms);
struct crm_when crm_when_of_record(const struct wire_record *record, int64_t taken_unix_ms);

/* A day that the till worked out from its own, such as that on which points expire. 0 stays 0. */
int32_t crm_when_move(const struct crm_when *when, int32_t day);
/* The first day of the period of a limit that the record used something of: its own period moves with it, another
 * one (of what comes back) stands. */
int32_t crm_when_period(const struct crm_when *when, const kassa_OfferUse *use);

/* The day that a till asks for: one that it is somewhere at that moment. */
int32_t crm_when_asked(int32_t day, int64_t hub_unix_ms);

#endif
