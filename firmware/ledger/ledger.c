/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"

#include "base/money.h"

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
