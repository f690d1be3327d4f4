/* SPDX-License-Identifier: Apache-2.0 */
#include "crm/when.h"

#include "base/civil.h"
#include "ledger/dates.h"

#define DAY_MAX             2932896 /* 9999-12-31 */
#define OFFSET_EAST_MIN_MAX 840     /* UTC+14 */
#define OFFSET_WEST_MIN_MAX 720     /* UTC-12 */

static bool is_after(int64_t a, int64_t b, int64_t tolerance)
{
    int64_t distance;
    if (__builtin_sub_overflow(a, b, &distance))
        return a > b;
    return distance > tolerance;
}

static int32_t day_at(int64_t unix_ms, int32_t utc_offset_min)
{
    return civil_moment_of(unix_ms, utc_offset_min).day;
}

/* One that no place on Earth has is none. */
static int32_t sound_offset(int32_t utc_offset_min)
{
    return utc_offset_min <= OFFSET_EAST_MIN_MAX && utc_offset_min >= -OFFSET_WEST_MIN_MAX ? utc_offset_min
                                                                                           : 0;
}

struct crm_when crm_when_of(const struct crm_said *said, int64_t taken_unix_ms)
{
    struct crm_when when = {said->day, said->unix_ms, said->day, taken_unix_ms};
    if (taken_unix_ms <= 0)
        return when;
    int32_t offset = sound_offset(said->utc_offset_min);
    if (is_after(said->unix_ms, taken_unix_ms, CRM_SKEW_MS_MAX))
        when.unix_ms = taken_unix_ms;
    if (said->day > day_at(taken_unix_ms + CRM_SKEW_MS_MAX, offset))
        when.day = day_at(taken_unix_ms, offset);
    int64_t snapshot = said->snapshot_unix_ms;
    if (snapshot <= 0 || snapshot > taken_unix_ms)
        return when;
    if (is_after(snapshot, said->unix_ms, CRM_SKEW_MS_MAX))
        when.unix_ms = snapshot;
    if (said->day < day_at(snapshot - CRM_SKEW_MS_MAX, offset))
        when.day = day_at(snapshot, offset);
    return when;
}

struct crm_when crm_when_of_record(const struct wire_record *record, int64_t taken_unix_ms)
{
    int64_t wall_unix_ms = record->head.wall_unix_ms;
    int32_t offset = record->head.utc_offset_min;
    struct crm_said said = {.unix_ms = wall_unix_ms, .utc_offset_min = offset};
    const kassa_Receipt *receipt = &record->body.receipt.head;
    switch (record->head.kind) {
    case kassa_RecordKind_RECORD_PURCHASE:
    case kassa_RecordKind_RECORD_RETURN:
        said.day = receipt->id.business_day;
        said.unix_ms = receipt->end_unix_ms;
        said.snapshot_unix_ms = receipt->loyalty.balance_as_of_unix_ms;
        break;
    case kassa_RecordKind_RECORD_VOID:
        said.day = record->body.voided.id.business_day;
        break;
    case kassa_RecordKind_RECORD_UNSPECIFIED:
    case kassa_RecordKind_RECORD_MEMBER_ENROLLED:
    case kassa_RecordKind_RECORD_CONSENT_CHANGED:
    case kassa_RecordKind_RECORD_CARD_SEEN:
    case kassa_RecordKind_RECORD_OFFER_SHOWN:
    case kassa_RecordKind_RECORD_OFFER_ANSWERED:
    case kassa_RecordKind_RECORD_ANSWER_GIVEN:
    case kassa_RecordKind_RECORD_TILL_STARTED:
    case kassa_RecordKind_RECORD_TILL_STOPPED:
    case kassa_RecordKind_RECORD_TILL_FAULT:
    case kassa_RecordKind_RECORD_BOOK_ACTIVATED:
    case kassa_RecordKind_RECORD_MEMBER_ERASED:
        break; /* they have no day */
    }
    return crm_when_of(&said, taken_unix_ms);
}

int32_t crm_when_move(const struct crm_when *when, int32_t day)
{
    if (day == 0 || when->day == when->said_day)
        return day;
    int64_t moved = (int64_t)day + when->day - when->said_day;
    return (int32_t)(moved < 1 ? 1 : moved > DAY_MAX ? DAY_MAX : moved);
}

int32_t crm_when_period(const struct crm_when *when, const kassa_OfferUse *use)
{
    enum ledger_period period = (enum ledger_period)use->period;
    bool is_own =
        when->day != when->said_day && use->since_day == ledger_period_start(period, when->said_day);
    return is_own ? ledger_period_start(period, when->day) : use->since_day;
}

int32_t crm_when_asked(int32_t day, int64_t hub_unix_ms)
{
    int32_t first = day_at(hub_unix_ms, -OFFSET_WEST_MIN_MAX);
    int32_t last = day_at(hub_unix_ms, OFFSET_EAST_MIN_MAX);
    return day < first ? first : day > last ? last : day;
}
