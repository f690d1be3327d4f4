/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/internal.h"

static bool is_sound(const struct ledger_account *account, int64_t points)
{
    return points >= 0 && points <= LEDGER_POINTS_MAX && ledger_has_room(account, false);
}

/* ---- earned points */

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* From the lots that the original opened. *out_gone: what of them had expired, so that it is taken already. */
static int64_t take_from_own(struct ledger_account *account, const struct ledger_reversal *reversal,
                             int32_t day, int64_t *out_gone)
{
    struct ledger_taker taker = {reversal->receipt, LEDGER_TAKE_RETURN};
    int64_t taken = 0, gone = 0;
    for (uint32_t i = 0; i < account->lot_count; i++) {
        struct ledger_lot *lot = &account->lots[i];
        if (lot->receipt != reversal->original || (reversal->row != 0 && lot->row != reversal->row) ||
            (reversal->policy == LEDGER_ONLY_PENDING && lot->available_day <= day))
            continue;
        taken += ledger_take_from(account, lot, taker, reversal->points - taken - gone);
        gone += ledger_take_expired(account, lot, reversal->receipt, reversal->points - taken - gone);
    }
    *out_gone = gone;
    return taken;
}

enum err ledger_reverse_earn(struct ledger_account *account, const struct ledger_reversal *reversal,
                             int64_t *out_taken)
{
    if (!is_sound(account, reversal->points))
        return ERR_RANGE;
    int32_t day = ledger_turn_to(account, reversal->day);
    struct ledger_taker taker = {reversal->receipt, LEDGER_TAKE_RETURN};
    int64_t gone;
    int64_t taken = take_from_own(account, reversal, day, &gone);
    int64_t missing = reversal->points - taken - gone;
    if (reversal->policy != LEDGER_ONLY_PENDING) {
        taken += ledger_take_any(account, taker, day, /* is_pending= */ false, missing);
        missing = reversal->points - taken - gone;
        taken += ledger_take_any(account, taker, day, /* is_pending= */ true, missing);
        missing = reversal->points - taken - gone;
    }
    if (reversal->policy == LEDGER_ONLY_PENDING || reversal->policy == LEDGER_WITHIN_BALANCE) {
        account->forgiven += missing;
    } else {
        ledger_owe(account, reversal->receipt, reversal->reason, day, missing);
        taken += missing;
    }
    ledger_move(account, reversal->reason, -taken);
    *out_taken = taken;
    return ERR_OK;
}

/* ---- spent points */

static struct ledger_lot *find_lot(struct ledger_account *account, const struct ledger_take *take)
{
    for (uint32_t i = 0; i < account->lot_count; i++) {
        struct ledger_lot *lot = &account->lots[i];
        if (lot->receipt == take->lot_receipt && lot->row == take->lot_row &&
            lot->expires_day == take->lot_expires_day)
            return lot;
    }
    return NULL;
}

static int32_t reinstated_until(int32_t day, uint32_t days)
{
    int64_t end = (int64_t)day + days;
    return end > INT32_MAX ? INT32_MAX : (int32_t)end;
}

/* Back into the lot that it came from, or into one with that lot's days. */
static void put_back(struct ledger_account *account, const struct ledger_reversal *reversal,
                     const struct ledger_take *take, int32_t day, int64_t points)
{
    bool is_late = take->lot_expires_day != LEDGER_NEVER && take->lot_expires_day <= day;
    struct ledger_lot *lot = find_lot(account, take);
    if (lot != NULL && !is_late) {
        lot->left += points;
        ledger_move(account, reversal->reason, points);
        ledger_pay_owed(account, lot);
        return;
    }
    if (lot != NULL && reversal->reinstate_days == 0) {
        lot->expired += points; /* it comes and goes */
        ledger_move(account, reversal->reason, points);
        ledger_move(account, LEDGER_EXPIRED, -points);
        return;
    }
    struct ledger_lot again = {.receipt = take->lot_receipt,
                               .row = take->lot_row,
                               .earned_day = day,
                               .available_day = is_late ? day : take->lot_available_day,
                               .expires_day = take->lot_expires_day,
                               .points = points};
    if (is_late && reversal->reinstate_days > 0)
        again.expires_day = reinstated_until(day, reversal->reinstate_days);
    ledger_open_lot(account, &again, day, reversal->reason);
}

/* The debts of the original that are undone: all of them, or those of points that were spent. */
static bool is_undone(const struct ledger_debt *debt, const struct ledger_reversal *reversal, bool is_any)
{
    return debt->receipt == reversal->original && (is_any || debt->reason == LEDGER_BURNED);
}

/* What was never paid is owed no more. */
static int64_t forgive_debts(struct ledger_account *account, const struct ledger_reversal *reversal,
                             bool is_any_reason, int64_t points)
{
    int64_t settled = 0;
    for (uint32_t i = 0; i < account->debt_count; i++) {
        struct ledger_debt *debt = &account->debts[i];
        if (!is_undone(debt, reversal, is_any_reason))
            continue;
        int64_t part = smaller(debt->left, points - settled);
        debt->left -= part;
        debt->points -= part;
        account->owed -= part;
        settled += part;
    }
    ledger_move(account, reversal->reason, settled);
    return settled;
}

/* What later points have paid is theirs again; which they were is not known any more. */
static void open_unknown(struct ledger_account *account, const struct ledger_reversal *reversal, int32_t day,
                         int64_t points)
{
    struct ledger_lot lot = {
        .receipt = reversal->receipt, .earned_day = day, .available_day = day, .points = points};
    if (reversal->reinstate_days > 0)
        lot.expires_day = reinstated_until(day, reversal->reinstate_days);
    ledger_open_lot(account, &lot, day, reversal->reason);
}

static int64_t unpay_debts(struct ledger_account *account, const struct ledger_reversal *reversal,
                           bool is_any_reason, int64_t points)
{
    int64_t unpaid = 0;
    for (uint32_t i = 0; i < account->debt_count; i++) {
        struct ledger_debt *debt = &account->debts[i];
        if (!is_undone(debt, reversal, is_any_reason))
            continue;
        int64_t part = smaller(debt->points - debt->left, points - unpaid);
        debt->points -= part;
        unpaid += part;
    }
    return unpaid;
}

static void remove_take(struct ledger_account *account, uint32_t index)
{
    account->take_count--;
    memmove(&account->takes[index], &account->takes[index + 1],
            (account->take_count - index) * sizeof(account->takes[0]));
}

/* Points that had expired when a return took them have expired again. */
static void put_expired_back(struct ledger_account *account, const struct ledger_take *take)
{
    struct ledger_lot *lot = find_lot(account, take);
    if (lot != NULL)
        lot->expired += take->points;
}

/* The last that was taken goes back first: it is the one that lasts longest. */
static int64_t undo_takes(struct ledger_account *account, const struct ledger_reversal *reversal,
                          bool is_any_kind, int32_t day, int64_t points)
{
    int64_t given = 0;
    for (uint32_t i = account->take_count; i > 0 && given < points; i--) {
        struct ledger_take take = account->takes[i - 1];
        if (take.receipt != reversal->original || (!is_any_kind && take.kind != LEDGER_TAKE_BURN))
            continue;
        if (take.kind == LEDGER_TAKE_EXPIRED) {
            remove_take(account, i - 1);
            put_expired_back(account, &take);
            continue;
        }
        int64_t part = smaller(take.points, points - given);
        account->takes[i - 1].points -= part;
        if (account->takes[i - 1].points == 0)
            remove_take(account, i - 1);
        put_back(account, reversal, &take, day, part);
        given += part;
    }
    return given;
}

enum err ledger_give_back(struct ledger_account *account, const struct ledger_reversal *reversal)
{
    if (!is_sound(account, reversal->points))
        return ERR_RANGE;
    int32_t day = ledger_turn_to(account, reversal->day);
    int64_t given = forgive_debts(account, reversal, /* is_any_reason= */ false, reversal->points);
    given += undo_takes(account, reversal, /* is_any_kind= */ false, day, reversal->points - given);
    (void)unpay_debts(account, reversal, /* is_any_reason= */ false, reversal->points - given);
    open_unknown(account, reversal, day, reversal->points - given);
    return ERR_OK;
}

enum err ledger_void_receipt(struct ledger_account *account, const struct ledger_reversal *reversal)
{
    if (!is_sound(account, reversal->points))
        return ERR_RANGE;
    int32_t day = ledger_turn_to(account, reversal->day);
    (void)forgive_debts(account, reversal, /* is_any_reason= */ true, INT64_MAX);
    (void)undo_takes(account, reversal, /* is_any_kind= */ true, day, INT64_MAX);
    open_unknown(account, reversal, day,
                 unpay_debts(account, reversal, /* is_any_reason= */ true, INT64_MAX));
    struct ledger_reversal earned = *reversal;
    earned.policy = LEDGER_UNLIMITED;
    int64_t taken;
    return ledger_reverse_earn(account, &earned, &taken);
}
