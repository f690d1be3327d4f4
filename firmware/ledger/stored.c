/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/stored.h"

#include "base/money.h"

enum err ledger_gift_move(struct ledger_gift *gift, int64_t amount_minor)
{
    int64_t *sum = amount_minor < 0 ? &gift->spent_minor : &gift->loaded_minor;
    if (amount_minor == INT64_MIN)
        return ERR_RANGE;
    return money_add(*sum, amount_minor < 0 ? -amount_minor : amount_minor, sum);
}

int64_t ledger_gift_available(const struct ledger_gift *gift)
{
    return gift->loaded_minor > gift->spent_minor ? gift->loaded_minor - gift->spent_minor : 0;
}

int64_t ledger_gift_owed(const struct ledger_gift *gift)
{
    return gift->spent_minor > gift->loaded_minor ? gift->spent_minor - gift->loaded_minor : 0;
}

enum err ledger_coupon_add(struct ledger_coupon *coupon, enum ledger_coupon_event event)
{
    int32_t *const counts[] = {[LEDGER_COUPON_ISSUED] = &coupon->issued,
                               [LEDGER_COUPON_REDEEMED] = &coupon->redeemed,
                               [LEDGER_COUPON_RETURNED] = &coupon->returned,
                               [LEDGER_COUPON_WITHDRAWN] = &coupon->withdrawn};
    if ((unsigned)event >= COUNT_OF(counts) || counts[event] == NULL)
        return ERR_ARGUMENT;
    if (*counts[event] == INT32_MAX)
        return ERR_RANGE;
    ++*counts[event];
    return ERR_OK;
}

static int32_t uses_of(const struct ledger_coupon *coupon)
{
    return coupon->redeemed > coupon->returned ? coupon->redeemed - coupon->returned : 0;
}

static bool is_gone(const struct ledger_coupon *coupon)
{
    return coupon->withdrawn > 0 && coupon->withdrawn >= coupon->issued;
}

enum ledger_coupon_state ledger_coupon_state(const struct ledger_coupon *coupon, int32_t day)
{
    if (uses_of(coupon) > 0)
        return LEDGER_COUPON_USED;
    if (is_gone(coupon))
        return LEDGER_COUPON_GONE;
    if (coupon->issued == 0)
        return LEDGER_COUPON_UNKNOWN;
    if (day < coupon->valid_from_day)
        return LEDGER_COUPON_NOT_YET;
    if (coupon->valid_until_day != 0 && day > coupon->valid_until_day)
        return LEDGER_COUPON_EXPIRED;
    return LEDGER_COUPON_FRESH;
}

int32_t ledger_coupon_excess(const struct ledger_coupon *coupon)
{
    int32_t allowed = is_gone(coupon) ? 0 : 1;
    return uses_of(coupon) > allowed ? uses_of(coupon) - allowed : 0;
}

int64_t ledger_counter_fits(const struct ledger_counter *counter, int64_t wanted, bool is_partial)
{
    int64_t left;
    if (counter->most < 0)
        return wanted;
    if (__builtin_sub_overflow(counter->most, counter->used, &left)) /* far more came back than was used */
        left = INT64_MAX;
    if (wanted <= left)
        return wanted;
    return is_partial && left > 0 ? left : 0;
}

enum err ledger_counter_take(struct ledger_counter *counter, int64_t wanted, bool is_partial,
                             int64_t *out_taken)
{
    if (wanted < 0)
        return ERR_RANGE;
    int64_t taken = ledger_counter_fits(counter, wanted, is_partial);
    TRY(money_add(counter->used, taken, &counter->used));
    *out_taken = taken;
    return ERR_OK;
}

enum err ledger_counter_add(struct ledger_counter *counter, int64_t amount)
{
    return money_add(counter->used, amount, &counter->used);
}

int64_t ledger_counter_excess(const struct ledger_counter *counter)
{
    return counter->most >= 0 && counter->used > counter->most ? counter->used - counter->most : 0;
}
