/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/internal.h"

#define ROW_SUM_MAX   (INT64_MAX / 4)
#define EVENT_SUM_MAX (INT64_MAX / 8) /* LEDGER_ROWS_MAX rows of LEDGER_POINTS_MAX do not reach the other */

static const char *const reason_names[LEDGER_REASON_COUNT] = {
    [LEDGER_EARNED] = "earned",     [LEDGER_TAKEN_BACK] = "taken_back", [LEDGER_VOIDED] = "voided",
    [LEDGER_ADJUSTED] = "adjusted", [LEDGER_BURNED] = "burned",         [LEDGER_GIVEN_BACK] = "given_back",
    [LEDGER_EXPIRED] = "expired",
};

const char *ledger_reason_name(enum ledger_reason reason)
{
    return (unsigned)reason < COUNT_OF(reason_names) ? reason_names[reason] : "unknown";
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    return hash;
}

static uint64_t hash_number(uint64_t hash, uint64_t value)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    return hash_bytes(hash, bytes, sizeof(bytes));
}

uint64_t ledger_receipt_of(const char *store, const char *till, int32_t business_day, uint64_t number)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    hash = hash_bytes(hash, store, strlen(store) + 1);
    hash = hash_bytes(hash, till, strlen(till) + 1);
    hash = hash_number(hash, (uint64_t)(int64_t)business_day);
    return hash_number(hash, number);
}

/* ---- sums */

static bool is_within(int64_t sum, int64_t bound)
{
    return sum <= bound && sum >= -bound;
}

bool ledger_has_room(const struct ledger_account *account, bool as_event)
{
    int64_t bound = as_event ? EVENT_SUM_MAX : ROW_SUM_MAX;
    bool has_room = is_within(account->balance, bound) && is_within(account->owed, bound) &&
                    is_within(account->forgiven, bound);
    for (size_t i = 0; i < LEDGER_REASON_COUNT; i++)
        has_room = has_room && is_within(account->moved[i], bound);
    return has_room;
}

void ledger_move(struct ledger_account *account, enum ledger_reason reason, int64_t points)
{
    account->moved[reason] += points;
    account->balance += points;
}

/* ---- expiry */

static bool has_expired(int32_t expires_day, int32_t day)
{
    return expires_day != LEDGER_NEVER && expires_day <= day;
}

static int64_t expire_lot(struct ledger_account *account, struct ledger_lot *lot)
{
    int64_t points = lot->left;
    lot->expired += points;
    lot->left = 0;
    ledger_move(account, LEDGER_EXPIRED, -points);
    return points;
}

int64_t ledger_expire(struct ledger_account *account, int32_t day)
{
    int64_t expired = 0;
    if (day <= account->today)
        return 0;
    account->today = day;
    for (uint32_t i = 0; i < account->lot_count; i++) {
        if (has_expired(account->lots[i].expires_day, day))
            expired += expire_lot(account, &account->lots[i]);
    }
    return expired;
}

int32_t ledger_turn_to(struct ledger_account *account, int32_t day)
{
    (void)ledger_expire(account, day);
    return account->today > day ? account->today : day;
}

/* ---- room for one more lot */

static void remove_lot(struct ledger_account *account, uint32_t index)
{
    account->lot_count--;
    memmove(&account->lots[index], &account->lots[index + 1],
            (account->lot_count - index) * sizeof(account->lots[0]));
}

static int32_t end_of(int32_t expires_day)
{
    return expires_day == LEDGER_NEVER ? INT32_MAX : expires_day;
}

/* The younger into the older; the member loses no day. */
static void join_lots(struct ledger_account *account, uint32_t older, uint32_t younger)
{
    struct ledger_lot *to = &account->lots[older];
    const struct ledger_lot *from = &account->lots[younger];
    to->points += from->points;
    to->left += from->left;
    to->expired += from->expired;
    to->available_day = to->available_day < from->available_day ? to->available_day : from->available_day;
    to->expires_day =
        end_of(to->expires_day) > end_of(from->expires_day) ? to->expires_day : from->expires_day;
    remove_lot(account, younger);
}

static bool drop_empty_lot(struct ledger_account *account)
{
    for (uint32_t i = 0; i < account->lot_count; i++) {
        if (account->lots[i].left == 0) {
            remove_lot(account, i);
            return true;
        }
    }
    return false;
}

static bool join_equal_lots(struct ledger_account *account)
{
    for (uint32_t i = 0; i < account->lot_count; i++) {
        for (uint32_t j = i + 1; j < account->lot_count; j++) {
            if (account->lots[i].expires_day == account->lots[j].expires_day) {
                join_lots(account, i, j);
                return true;
            }
        }
    }
    return false;
}

static void join_first_to_end(struct ledger_account *account)
{
    uint32_t first = 0, second = 1;
    for (uint32_t i = 0; i < account->lot_count; i++) {
        if (end_of(account->lots[i].expires_day) < end_of(account->lots[first].expires_day))
            first = i;
    }
    second = first == 0 ? 1 : 0;
    for (uint32_t i = 0; i < account->lot_count; i++) {
        if (i != first && end_of(account->lots[i].expires_day) < end_of(account->lots[second].expires_day))
            second = i;
    }
    join_lots(account, first < second ? first : second, first < second ? second : first);
}

static void make_room_for_lot(struct ledger_account *account)
{
    if (account->lot_count < LEDGER_LOTS_MAX || drop_empty_lot(account) || join_equal_lots(account))
        return;
    join_first_to_end(account);
}

/* ---- lots */

void ledger_pay_owed(struct ledger_account *account, struct ledger_lot *lot)
{
    for (uint32_t i = 0; i < account->debt_count && lot->left > 0; i++) {
        struct ledger_debt *debt = &account->debts[i];
        int64_t paid = debt->left < lot->left ? debt->left : lot->left;
        debt->left -= paid;
        lot->left -= paid;
        account->owed -= paid;
    }
}

void ledger_open_lot(struct ledger_account *account, const struct ledger_lot *lot, int32_t day,
                     enum ledger_reason reason)
{
    if (lot->points == 0)
        return;
    make_room_for_lot(account);
    struct ledger_lot *own = &account->lots[account->lot_count++];
    *own = *lot;
    own->left = own->points;
    own->expired = 0;
    ledger_move(account, reason, own->points);
    if (has_expired(own->expires_day, day))
        (void)expire_lot(account, own);
    else
        ledger_pay_owed(account, own);
}

enum err ledger_earn(struct ledger_account *account, const struct ledger_earning *earning)
{
    if (earning->reason != LEDGER_EARNED && earning->reason != LEDGER_ADJUSTED)
        return ERR_ARGUMENT;
    if (earning->points < 0 || earning->points > LEDGER_POINTS_MAX || !ledger_has_room(account, false))
        return ERR_RANGE;
    int32_t day = ledger_turn_to(account, earning->day);
    struct ledger_lot lot = {.receipt = earning->receipt,
                             .row = earning->row,
                             .earned_day = earning->day,
                             .available_day = earning->available_day,
                             .expires_day = earning->expires_day,
                             .points = earning->points};
    if (lot.available_day < earning->day)
        lot.available_day = earning->day;
    ledger_open_lot(account, &lot, day, earning->reason);
    return ERR_OK;
}

/* ---- taking */

static void remember_take(struct ledger_account *account, const struct ledger_take *take)
{
    if (account->take_count == LEDGER_TAKES_MAX) {
        account->take_count--;
        memmove(&account->takes[0], &account->takes[1], account->take_count * sizeof(account->takes[0]));
    }
    account->takes[account->take_count++] = *take;
}

static void note_take(struct ledger_account *account, const struct ledger_lot *lot, struct ledger_taker taker,
                      int64_t points)
{
    struct ledger_take take = {.receipt = taker.receipt,
                               .kind = taker.kind,
                               .lot_receipt = lot->receipt,
                               .lot_row = lot->row,
                               .lot_available_day = lot->available_day,
                               .lot_expires_day = lot->expires_day,
                               .points = points};
    remember_take(account, &take);
}

int64_t ledger_take_from(struct ledger_account *account, struct ledger_lot *lot, struct ledger_taker taker,
                         int64_t points)
{
    int64_t taken = lot->left < points ? lot->left : points;
    if (taken <= 0)
        return 0;
    lot->left -= taken;
    note_take(account, lot, taker, taken);
    return taken;
}

int64_t ledger_take_expired(struct ledger_account *account, struct ledger_lot *lot, uint64_t receipt,
                            int64_t points)
{
    int64_t taken = lot->expired < points ? lot->expired : points;
    if (taken <= 0)
        return 0;
    lot->expired -= taken;
    note_take(account, lot, (struct ledger_taker){receipt, LEDGER_TAKE_EXPIRED}, taken);
    return taken;
}

static bool is_in_reach(const struct ledger_lot *lot, int32_t day, bool is_pending)
{
    return lot->left > 0 && !has_expired(lot->expires_day, day) && (lot->available_day > day) == is_pending;
}

/* By expiry; the older first among equals. */
static uint32_t list_lots(const struct ledger_account *account, int32_t day, bool is_pending,
                          uint32_t out_indexes[LEDGER_LOTS_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < account->lot_count; i++) {
        if (!is_in_reach(&account->lots[i], day, is_pending))
            continue;
        uint32_t at = count++;
        while (at > 0 && end_of(account->lots[out_indexes[at - 1]].expires_day) >
                             end_of(account->lots[i].expires_day)) {
            out_indexes[at] = out_indexes[at - 1];
            at--;
        }
        out_indexes[at] = i;
    }
    return count;
}

int64_t ledger_take_any(struct ledger_account *account, struct ledger_taker taker, int32_t day,
                        bool is_pending, int64_t points)
{
    uint32_t indexes[LEDGER_LOTS_MAX];
    uint32_t count = list_lots(account, day, is_pending, indexes);
    int64_t taken = 0;
    for (uint32_t i = 0; i < count && taken < points; i++)
        taken += ledger_take_from(account, &account->lots[indexes[i]], taker, points - taken);
    return taken;
}

/* Paid debts go first, then the oldest two become one. */
static void make_room_for_debt(struct ledger_account *account)
{
    if (account->debt_count < LEDGER_DEBTS_MAX)
        return;
    uint32_t gone = 0;
    while (gone < account->debt_count && account->debts[gone].left > 0)
        gone++;
    if (gone == account->debt_count) {
        account->debts[1].points += account->debts[0].points;
        account->debts[1].left += account->debts[0].left;
        gone = 0;
    }
    account->debt_count--;
    memmove(&account->debts[gone], &account->debts[gone + 1],
            (account->debt_count - gone) * sizeof(account->debts[0]));
}

void ledger_owe(struct ledger_account *account, uint64_t receipt, enum ledger_reason reason, int32_t day,
                int64_t points)
{
    if (points <= 0)
        return;
    make_room_for_debt(account);
    account->debts[account->debt_count++] = (struct ledger_debt){
        .receipt = receipt, .reason = reason, .day = day, .points = points, .left = points};
    account->owed += points;
}

enum err ledger_burn(struct ledger_account *account, uint64_t receipt, int32_t day, int64_t points,
                     int64_t *out_short)
{
    if (points < 0 || points > LEDGER_POINTS_MAX || !ledger_has_room(account, false))
        return ERR_RANGE;
    int32_t now = ledger_turn_to(account, day);
    struct ledger_taker taker = {receipt, LEDGER_TAKE_BURN};
    int64_t taken = ledger_take_any(account, taker, now, /* is_pending= */ false, points);
    ledger_owe(account, receipt, LEDGER_BURNED, now, points - taken);
    ledger_move(account, LEDGER_BURNED, -points);
    *out_short = points - taken;
    return ERR_OK;
}

enum err ledger_burn_guarded(struct ledger_account *account, uint64_t receipt, int32_t day, int64_t points)
{
    int32_t now = day > account->today ? day : account->today;
    if (points > 0 && ledger_available(account, now) < points)
        return ERR_NOT_FOUND;
    int64_t missing;
    return ledger_burn(account, receipt, day, points, &missing);
}

/* ---- what is there */

static int64_t sum_lots(const struct ledger_account *account, int32_t day, bool is_pending)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < account->lot_count; i++)
        sum += is_in_reach(&account->lots[i], day, is_pending) ? account->lots[i].left : 0;
    return sum;
}

int64_t ledger_available(const struct ledger_account *account, int32_t day)
{
    return sum_lots(account, day, /* is_pending= */ false) - account->owed;
}

int64_t ledger_pending(const struct ledger_account *account, int32_t day)
{
    return sum_lots(account, day, /* is_pending= */ true);
}

struct ledger_next ledger_next_expiry(const struct ledger_account *account, int32_t day)
{
    struct ledger_next next = {0, LEDGER_NEVER};
    for (uint32_t i = 0; i < account->lot_count; i++) {
        const struct ledger_lot *lot = &account->lots[i];
        if (lot->left == 0 || lot->expires_day == LEDGER_NEVER || lot->expires_day <= day ||
            end_of(lot->expires_day) > end_of(next.expires_day))
            continue;
        int64_t before = lot->expires_day == next.expires_day ? next.points : 0;
        next = (struct ledger_next){before + lot->left, lot->expires_day};
    }
    return next;
}
