/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"
#include "offers/offers.h"
#include "offers/share.h"

#define MILLI 1000

static bool is_measured(int64_t sold_milli, bool weighed)
{
    return weighed || sold_milli % MILLI != 0;
}

enum err offers_unit_share(int64_t amount_minor, int64_t sold_milli, int64_t before_milli,
                           int64_t returned_milli, bool weighed, int64_t *out_minor)
{
    int64_t after_milli;
    if (amount_minor < 0 || sold_milli <= 0 || before_milli < 0 || returned_milli < 0 ||
        __builtin_add_overflow(before_milli, returned_milli, &after_milli) || after_milli > sold_milli)
        return ERR_RANGE;
    if (is_measured(sold_milli, weighed)) {
        int64_t before, after;
        TRY(money_scale(amount_minor, before_milli, sold_milli, &before));
        TRY(money_scale(amount_minor, after_milli, sold_milli, &after));
        *out_minor = after - before;
        return ERR_OK;
    }
    if (before_milli % MILLI != 0 || returned_milli % MILLI != 0)
        return ERR_RANGE; /* part of a piece */
    int64_t count = sold_milli / MILLI;
    *out_minor = offers_first_units(amount_minor, count, after_milli / MILLI) -
                 offers_first_units(amount_minor, count, before_milli / MILLI);
    return ERR_OK;
}

/* Three rounded shares of a measured line cannot all agree: the gross is the one that gives way by a cent. */
enum err offers_return_share(const struct offers_sold *sold, int64_t before_milli, int64_t returned_milli,
                             struct offers_sold *out_part)
{
    bool weighed = sold->weighed;
    int64_t quantity = sold->quantity_milli, net;
    if (__builtin_sub_overflow(sold->amount_minor, sold->discount_minor, &net))
        return ERR_RANGE;
    struct offers_sold part = {.quantity_milli = returned_milli, .weighed = weighed};
    TRY(offers_unit_share(sold->discount_minor, quantity, before_milli, returned_milli, weighed,
                          &part.discount_minor));
    TRY(offers_unit_share(is_measured(quantity, weighed) ? net : sold->amount_minor, quantity, before_milli,
                          returned_milli, weighed, &part.amount_minor));
    part.amount_minor += is_measured(quantity, weighed) ? part.discount_minor : 0;
    *out_part = part;
    return ERR_OK;
}
