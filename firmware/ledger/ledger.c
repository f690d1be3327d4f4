/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"

#include "base/money.h"

/* What a reason does to the points that the event carries. */
struct reason_row {
    const char *name;
    int sign;
    bool may_be_negative;
};

static const struct reason_row rows[LEDGER_REASON_COUNT] = {
    [LEDGER_EARNED] = {"earned", 1, false},
    [LEDGER_TAKEN_BACK] = {"taken_back", -1, false},
    [LEDGER_VOIDED] = {"voided", -1, true},
    [LEDGER_ADJUSTED] = {"adjusted", 1, true},
};

const char *ledger_reason_name(enum ledger_reason reason)
{
    return (unsigned)reason < COUNT_OF(rows) ? rows[reason].name : "unknown";
}

enum err ledger_post(const struct ledger_event *event, struct ledger_entry out_entries[2])
{
    if ((unsigned)event->reason >= COUNT_OF(rows))
        return ERR_ARGUMENT;
    const struct reason_row *row = &rows[event->reason];
    if (event->points < 0 && !row->may_be_negative)
        return ERR_ARGUMENT;
    if (event->points == INT64_MIN) /* has no opposite */
        return ERR_RANGE;
    for (unsigned i = 0; i < 2; i++) {
        int sign = i == 0 ? row->sign : -row->sign;
        struct ledger_entry *entry = &out_entries[i];
        *entry = (struct ledger_entry){.side = i == 0 ? LEDGER_MEMBER : LEDGER_PROGRAMME,
                                       .reason = event->reason,
                                       .source = event->source,
                                       .business_day = event->business_day,
                                       .points = sign * event->points};
        memcpy(entry->member, event->member, MEMBER_SIZE);
    }
    return ERR_OK;
}

enum err ledger_add(struct ledger_account *account, const struct ledger_entry *entry)
{
    if ((unsigned)entry->reason >= COUNT_OF(rows))
        return ERR_ARGUMENT;
    int64_t balance, moved;
    TRY(money_add(account->balance, entry->points, &balance));
    TRY(money_add(account->moved[entry->reason], entry->points, &moved));
    account->balance = balance;
    account->moved[entry->reason] = moved;
    account->entry_count++;
    return ERR_OK;
}

enum err ledger_fold(struct ledger_account *account, const struct ledger_event *event)
{
    struct ledger_entry entries[2];
    TRY(ledger_post(event, entries));
    return ledger_add(account, &entries[0]);
}

enum err ledger_merge(struct ledger_account *sum, const struct ledger_account *account)
{
    struct ledger_account merged = *sum;
    TRY(money_add(merged.balance, account->balance, &merged.balance));
    for (unsigned i = 0; i < LEDGER_REASON_COUNT; i++)
        TRY(money_add(merged.moved[i], account->moved[i], &merged.moved[i]));
    merged.entry_count += account->entry_count;
    *sum = merged;
    return ERR_OK;
}

enum err ledger_share(int64_t total, int64_t whole, int64_t before, int64_t now, int64_t *out_share)
{
    int64_t after;
    if (whole <= 0 || before < 0 || now < 0 || __builtin_add_overflow(before, now, &after) || after > whole)
        return ERR_RANGE;
    int64_t share_before, share_after;
    TRY(money_scale(total, before, whole, &share_before));
    TRY(money_scale(total, after, whole, &share_after));
    *out_share = share_after - share_before; /* both lie between 0 and total: no overflow */
    return ERR_OK;
}

enum err ledger_take_back(struct ledger_purchase *purchase, int64_t returned_minor, int64_t *out_points)
{
    if (returned_minor < 0)
        return ERR_RANGE;
    int64_t left = purchase->base_minor - purchase->returned_minor;
    if (left <= 0) {
        *out_points = 0;
        return ERR_OK;
    }
    int64_t now = returned_minor < left ? returned_minor : left;
    int64_t points;
    TRY(ledger_share(purchase->points, purchase->base_minor, purchase->returned_minor, now, &points));
    purchase->returned_minor += now;
    purchase->taken_back += points;
    *out_points = points;
    return ERR_OK;
}

int64_t ledger_void(struct ledger_purchase *purchase)
{
    int64_t points = purchase->points - purchase->taken_back;
    purchase->taken_back = purchase->points;
    purchase->returned_minor = purchase->base_minor;
    return points;
}
