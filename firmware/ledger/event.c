/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/event.h"

#include "ledger/internal.h"

/* ---- order and identity */

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

int ledger_order_compare(const struct ledger_order *a, const struct ledger_order *b)
{
    const int parts[] = {compare_i64(a->business_day, b->business_day),
                         compare_i64(a->unix_ms, b->unix_ms),
                         strncmp(a->store, b->store, sizeof(a->store)),
                         strncmp(a->till, b->till, sizeof(a->till)),
                         compare_u64(a->number, b->number),
                         compare_u64(a->incarnation, b->incarnation),
                         compare_u64(a->seq, b->seq)};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i] != 0)
            return parts[i];
    }
    return 0;
}

static bool is_earn_equal(const struct ledger_earn_row *a, const struct ledger_earn_row *b)
{
    return a->points == b->points && a->available_day == b->available_day &&
           a->expires_day == b->expires_day && a->original == b->original &&
           a->original_row == b->original_row;
}

static bool is_stamp_equal(const struct ledger_stamp_row *a, const struct ledger_stamp_row *b)
{
    return strncmp(a->card, b->card, STAMP_CARD_MAX) == 0 && a->card_size == b->card_size &&
           a->count == b->count && a->no_rollover == b->no_rollover;
}

static bool are_rows_equal(const struct ledger_event *a, const struct ledger_event *b)
{
    bool is_equal =
        a->earn_count == b->earn_count && a->burn_count == b->burn_count && a->stamp_count == b->stamp_count;
    for (uint32_t i = 0; is_equal && i < a->earn_count; i++)
        is_equal = is_earn_equal(&a->earns[i], &b->earns[i]);
    for (uint32_t i = 0; is_equal && i < a->burn_count; i++)
        is_equal = a->burns[i].points == b->burns[i].points && a->burns[i].original == b->burns[i].original;
    for (uint32_t i = 0; is_equal && i < a->stamp_count; i++)
        is_equal = is_stamp_equal(&a->stamps[i], &b->stamps[i]);
    return is_equal;
}

bool ledger_event_is_equal(const struct ledger_event *a, const struct ledger_event *b)
{
    return a->kind == b->kind && ledger_order_compare(&a->order, &b->order) == 0 &&
           a->receipt == b->receipt && a->voided == b->voided && a->voided_points == b->voided_points &&
           a->spent_minor == b->spent_minor && a->visits == b->visits && a->policy == b->policy &&
           a->reinstate_days == b->reinstate_days && are_rows_equal(a, b);
}

/* ---- one event. It is checked whole before the account is touched. */

static bool are_points_sound(int64_t points)
{
    return points <= LEDGER_POINTS_MAX && points >= -LEDGER_POINTS_MAX;
}

static bool are_sums_sound(const struct ledger_account *account, const struct ledger_event *event)
{
    bool is_sound = are_points_sound(event->voided_points) && ledger_has_room(account, true);
    for (uint32_t i = 0; i < event->earn_count; i++)
        is_sound = is_sound && are_points_sound(event->earns[i].points);
    for (uint32_t i = 0; i < event->burn_count; i++)
        is_sound = is_sound && are_points_sound(event->burns[i].points);
    for (uint32_t i = 0; i < event->stamp_count; i++)
        is_sound = is_sound && are_points_sound(event->stamps[i].count);
    for (uint32_t i = 0; i < account->stamp_count; i++)
        is_sound =
            is_sound && account->stamps[i].count < INT64_MAX / 2 && account->stamps[i].count > INT64_MIN / 2;
    return is_sound;
}

static enum err check(const struct ledger_account *account, const struct ledger_event *event)
{
    if (event->earn_count > LEDGER_ROWS_MAX || event->burn_count > LEDGER_ROWS_MAX ||
        event->stamp_count > LEDGER_ROWS_MAX || (unsigned)event->kind > LEDGER_ADJUSTMENT)
        return ERR_ARGUMENT;
    if (!are_sums_sound(account, event))
        return ERR_RANGE;
    if (account->has_last && ledger_order_compare(&event->order, &account->last) <= 0)
        return ERR_STATE;
    return ERR_OK;
}

static struct ledger_reversal reversal_of(const struct ledger_event *event)
{
    return (struct ledger_reversal){.receipt = event->receipt,
                                    .day = event->order.business_day,
                                    .policy = event->policy,
                                    .reinstate_days = event->reinstate_days};
}

static enum err undo_voided(struct ledger_account *account, const struct ledger_event *event)
{
    struct ledger_reversal reversal = reversal_of(event);
    reversal.original = event->voided;
    reversal.points = event->voided_points > 0 ? event->voided_points : 0;
    reversal.reason = LEDGER_VOIDED;
    return ledger_void_receipt(account, &reversal);
}

static enum err give_back_rows(struct ledger_account *account, const struct ledger_event *event)
{
    for (uint32_t i = 0; i < event->burn_count; i++) {
        struct ledger_reversal reversal = reversal_of(event);
        reversal.original = event->burns[i].original;
        reversal.points = -event->burns[i].points;
        reversal.reason = LEDGER_GIVEN_BACK;
        if (reversal.points > 0)
            TRY(ledger_give_back(account, &reversal));
    }
    return ERR_OK;
}

static enum err take_back_rows(struct ledger_account *account, const struct ledger_event *event)
{
    bool is_adjustment = event->kind == LEDGER_ADJUSTMENT;
    for (uint32_t i = 0; i < event->earn_count; i++) {
        struct ledger_reversal reversal = reversal_of(event);
        int64_t taken;
        reversal.original = event->earns[i].original;
        reversal.row = event->earns[i].original_row;
        reversal.points = -event->earns[i].points;
        reversal.reason = is_adjustment ? LEDGER_ADJUSTED : LEDGER_TAKEN_BACK;
        reversal.policy = is_adjustment ? LEDGER_UNLIMITED : event->policy;
        if (reversal.points > 0)
            TRY(ledger_reverse_earn(account, &reversal, &taken));
    }
    return ERR_OK;
}

static enum err burn_rows(struct ledger_account *account, const struct ledger_event *event)
{
    int64_t missing;
    for (uint32_t i = 0; i < event->burn_count; i++) {
        if (event->burns[i].points > 0)
            TRY(ledger_burn(account, event->receipt, event->order.business_day, event->burns[i].points,
                            &missing));
    }
    return ERR_OK;
}

static enum err earn_rows(struct ledger_account *account, const struct ledger_event *event)
{
    for (uint32_t i = 0; i < event->earn_count; i++) {
        const struct ledger_earn_row *row = &event->earns[i];
        struct ledger_earning earning = {.receipt = event->receipt,
                                         .row = i + 1,
                                         .day = event->order.business_day,
                                         .available_day = row->available_day,
                                         .expires_day = row->expires_day,
                                         .points = row->points,
                                         .reason = event->kind == LEDGER_ADJUSTMENT ? LEDGER_ADJUSTED
                                                                                    : LEDGER_EARNED};
        if (row->points > 0)
            TRY(ledger_earn(account, &earning));
    }
    return ERR_OK;
}

static enum err stamp_rows(struct ledger_account *account, const struct ledger_event *event)
{
    for (uint32_t i = 0; i < event->stamp_count; i++) {
        const struct ledger_stamp_row *row = &event->stamps[i];
        struct ledger_stamping stamping = {.card = row->card,
                                           .card_size = row->card_size,
                                           .count = row->count,
                                           .no_rollover = row->no_rollover,
                                           .day = event->order.business_day};
        int64_t filled;
        TRY(ledger_stamp(account, &stamping, &filled));
    }
    return ERR_OK;
}

enum err ledger_fold(struct ledger_account *account, const struct ledger_event *event)
{
    TRY(check(account, event));
    TRY(ledger_spend(account, event->order.business_day, event->spent_minor)); /* the last that can fail */
    if (event->kind == LEDGER_VOID)
        TRY(undo_voided(account, event));
    TRY(give_back_rows(account, event));
    TRY(take_back_rows(account, event));
    TRY(burn_rows(account, event));
    TRY(earn_rows(account, event));
    TRY(stamp_rows(account, event));
    account->visits += event->visits;
    account->event_count++;
    account->last = event->order;
    account->has_last = true;
    return ERR_OK;
}

/* ---- many */

static bool is_before(const struct ledger_event *a, const struct ledger_event *b)
{
    return ledger_order_compare(&a->order, &b->order) < 0;
}

static void sift(const struct ledger_event **events, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && is_before(events[child], events[child + 1]))
            child++;
        if (!is_before(events[root], events[child]))
            return;
        const struct ledger_event *swapped = events[root];
        events[root] = events[child];
        events[child] = swapped;
    }
}

static void sort(const struct ledger_event **events, size_t count)
{
    for (size_t i = count / 2; i > 0; i--)
        sift(events, i - 1, count);
    for (size_t end = count; end > 1; end--) {
        const struct ledger_event *swapped = events[0];
        events[0] = events[end - 1];
        events[end - 1] = swapped;
        sift(events, 0, end - 1);
    }
}

enum err ledger_replay(const struct ledger_event **events, size_t count, struct ledger_account *out)
{
    struct ledger_account account = {.balance = 0};
    sort(events, count);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && !is_before(events[i - 1], events[i])) {
            if (!ledger_event_is_equal(events[i - 1], events[i]))
                return ERR_CONFLICT;
            continue;
        }
        TRY(ledger_fold(&account, events[i]));
    }
    *out = account;
    return ERR_OK;
}
