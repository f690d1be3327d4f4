/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/share.h"

#include "base/money.h"
#include "base/wide.h"

/* A sum that is being shared: all of it is >= 0. */
struct sharing {
    int64_t amount, weight_sum;
    const int64_t *weights;
    uint32_t count;
    int64_t *shares;
};

/* amount x weight / weight_sum, floored, and how the rest compares with a half: -1 below, 0 a half, 1 above. */
static int64_t floor_share(const struct sharing *s, uint32_t i, int *out_half)
{
    uint64_t whole = (uint64_t)s->weight_sum, quotient, rest;
    enum err error =
        wide_divide(wide_multiply((uint64_t)s->amount, (uint64_t)s->weights[i]), whole, &quotient, &rest);
    KASSA_ASSERT(error == ERR_OK); /* at most the amount: a weight is at most the sum */
    *out_half = rest < whole - rest ? -1 : rest > whole - rest ? 1 : 0;
    return (int64_t)quotient;
}

/* What the shares are away from the amount goes one by one to those that weigh something, the first ones first;
 * none becomes negative. */
static void settle_in_order(const struct sharing *s, int64_t missing)
{
    while (missing != 0) {
        for (uint32_t i = 0; i < s->count && missing != 0; i++) {
            int64_t step = missing > 0 ? 1 : -1;
            if (s->weights[i] == 0 || s->shares[i] + step < 0)
                continue;
            s->shares[i] += step;
            missing -= step;
        }
    }
}

static void share_largest_remainder(const struct sharing *s)
{
    int64_t scratch[SHARE_COUNT_MAX];
    enum err error = money_allocate(s->amount, s->weights, s->count, scratch, s->shares);
    KASSA_ASSERT(error == ERR_OK); /* the weights were checked */
}

static void share_floor_in_order(const struct sharing *s)
{
    int64_t missing = s->amount;
    for (uint32_t i = 0; i < s->count; i++) {
        int half;
        s->shares[i] = floor_share(s, i, &half);
        missing -= s->shares[i];
    }
    settle_in_order(s, missing);
}

static void share_half_down_in_order(const struct sharing *s)
{
    int64_t missing = s->amount;
    for (uint32_t i = 0; i < s->count; i++) {
        int half;
        s->shares[i] = floor_share(s, i, &half);
        s->shares[i] += half > 0 ? 1 : 0;
        missing -= s->shares[i];
    }
    settle_in_order(s, missing);
}

static void share_half_even_last(const struct sharing *s)
{
    int64_t left = s->amount;
    uint32_t last = 0;
    for (uint32_t i = 0; i < s->count; i++)
        last = s->weights[i] > 0 ? i : last;
    for (uint32_t i = 0; i < s->count; i++) {
        int half;
        int64_t share = floor_share(s, i, &half);
        share += half > 0 || (half == 0 && share % 2 != 0) ? 1 : 0;
        s->shares[i] = i == last || share > left ? left : share;
        if (i > last)
            s->shares[i] = 0;
        left -= s->shares[i];
    }
}

static void share_equally(const struct sharing *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        s->shares[i] = s->amount / s->count + (i < s->amount % s->count ? 1 : 0);
}

static void (*const methods[])(const struct sharing *s) = {
    [BOOK_LARGEST_REMAINDER] = share_largest_remainder,   [BOOK_FLOOR_IN_ORDER] = share_floor_in_order,
    [BOOK_HALF_DOWN_IN_ORDER] = share_half_down_in_order, [BOOK_HALF_EVEN_LAST] = share_half_even_last,
    [BOOK_EQUAL_IF_ZERO] = share_largest_remainder,
};

static enum err sum_weights(const int64_t *weights, uint32_t count, int64_t *out_sum)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (weights[i] < 0)
            return ERR_ARGUMENT;
        TRY(money_add(sum, weights[i], &sum));
    }
    *out_sum = sum;
    return ERR_OK;
}

enum err offers_share(enum book_sharing method, int64_t amount, const int64_t *weights, uint32_t count,
                      int64_t *out_shares)
{
    if (count == 0 || count > SHARE_COUNT_MAX || (unsigned)method >= COUNT_OF(methods))
        return ERR_ARGUMENT;
    if (amount == INT64_MIN)
        return ERR_RANGE;
    struct sharing s = {
        .amount = amount < 0 ? -amount : amount, .weights = weights, .count = count, .shares = out_shares};
    TRY(sum_weights(weights, count, &s.weight_sum));
    (s.weight_sum == 0 ? share_equally : methods[method])(&s);
    for (uint32_t i = 0; i < count && amount < 0; i++)
        out_shares[i] = -out_shares[i];
    return ERR_OK;
}

enum err offers_unit_split(int64_t amount, uint32_t units, int64_t *out_shares)
{
    if (units == 0)
        return ERR_ARGUMENT;
    int64_t low = amount / units, rest = amount % units; /* both towards zero */
    for (uint32_t i = 0; i < units; i++) {
        bool is_first = i < (rest < 0 ? -rest : rest);
        out_shares[i] = low + (is_first ? (rest < 0 ? -1 : 1) : 0);
    }
    return ERR_OK;
}
