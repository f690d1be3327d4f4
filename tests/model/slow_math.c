/* SPDX-License-Identifier: Apache-2.0 */
#include "model/slow_state.h"

int64_t slow_divide_half_up(slow_wide numerator, slow_wide denominator)
{
    return (int64_t)((numerator * 2 + denominator) / (denominator * 2));
}

int64_t slow_percent(int64_t amount, int64_t rate_bp)
{
    return slow_divide_half_up((slow_wide)amount * rate_bp, 10000);
}

int64_t slow_times(int64_t a, int64_t b)
{
    slow_wide product = (slow_wide)a * b;
    return product > INT64_MAX ? INT64_MAX : (int64_t)product;
}

int64_t slow_room(const struct slow_line *line)
{
    return line->left > line->floor ? line->left - line->floor : 0;
}

int64_t slow_part_of_unit(int64_t amount, int64_t units, int64_t i)
{
    return amount / units + (i < amount % units ? 1 : 0);
}

int64_t slow_part_of_first(int64_t amount, int64_t units, int64_t first)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < first && i < units; i++)
        sum += slow_part_of_unit(amount, units, i);
    return sum;
}

/* Twice the fraction that flooring drops, in units of 1 / (2 * sum): below sum is below a half. */
static slow_wide fraction_of(int64_t amount, int64_t weight, slow_wide sum)
{
    return (slow_wide)amount * weight % sum;
}

/* One each to the largest fractions that have none yet; of equals the first. */
static void give_largest(int64_t amount, const int64_t *weights, uint32_t count, slow_wide sum,
                         int64_t missing, int64_t *out)
{
    bool served[SLOW_UNITS] = {false};
    for (; missing > 0; missing--) {
        uint32_t best = count;
        for (uint32_t i = 0; i < count; i++) {
            if (!served[i] && (best == count || fraction_of(amount, weights[i], sum) >
                                                    fraction_of(amount, weights[best], sum)))
                best = i;
        }
        served[best] = true;
        out[best]++;
    }
}

/* One more (or less) each from the first on, round and round; what weighs nothing is passed over. */
static void give_in_order(const int64_t *weights, uint32_t count, int64_t missing, int64_t *out)
{
    while (missing != 0) {
        for (uint32_t i = 0; i < count && missing != 0; i++) {
            if (weights[i] == 0 || (missing < 0 && out[i] == 0))
                continue;
            out[i] += missing > 0 ? 1 : -1;
            missing += missing > 0 ? -1 : 1;
        }
    }
}

/* Each but the last that weighs something to the nearest, a half to the even; the last takes the rest. */
static void share_half_even(int64_t amount, const int64_t *weights, uint32_t count, slow_wide sum,
                            int64_t *out)
{
    int64_t left = amount;
    uint32_t last = 0;
    for (uint32_t i = 0; i < count; i++)
        last = weights[i] > 0 ? i : last;
    for (uint32_t i = 0; i < count; i++) {
        slow_wide twice = fraction_of(amount, weights[i], sum) * 2;
        bool is_up = twice > sum || (twice == sum && out[i] % 2 == 1);
        out[i] += is_up ? 1 : 0;
        if (i == last || out[i] > left)
            out[i] = left;
        left -= out[i];
    }
}

static void share_equally(int64_t amount, uint32_t count, int64_t *out)
{
    for (uint32_t i = 0; i < count; i++)
        out[i] = slow_part_of_unit(amount, count, i);
}

void slow_share(enum book_sharing method, int64_t amount, const int64_t *weights, uint32_t count,
                int64_t *out)
{
    slow_wide sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += weights[i];
    if (sum == 0) {
        share_equally(amount, count, out);
        return;
    }
    int64_t missing = amount;
    for (uint32_t i = 0; i < count; i++) {
        out[i] = (int64_t)((slow_wide)amount * weights[i] / sum);
        if (method == BOOK_HALF_DOWN_IN_ORDER && fraction_of(amount, weights[i], sum) * 2 > sum)
            out[i]++;
        missing -= out[i];
    }
    if (method == BOOK_HALF_EVEN_LAST)
        share_half_even(amount, weights, count, sum, out);
    else if (method == BOOK_FLOOR_IN_ORDER || method == BOOK_HALF_DOWN_IN_ORDER)
        give_in_order(weights, count, missing, out);
    else
        give_largest(amount, weights, count, sum, missing, out);
}

void slow_share_capped(enum book_sharing method, int64_t amount, const int64_t *weights, const int64_t *caps,
                       uint32_t count, int64_t *out)
{
    int64_t open_weights[SLOW_UNITS];
    slow_wide caps_sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        out[i] = 0;
        open_weights[i] = weights[i];
        caps_sum += caps[i];
    }
    if (amount > caps_sum)
        amount = (int64_t)caps_sum;
    for (;;) {
        int64_t shares[SLOW_UNITS], fixed = 0;
        bool any_full = false;
        slow_share(method, amount, open_weights, count, shares);
        for (uint32_t i = 0; i < count; i++) {
            if (open_weights[i] == 0)
                continue;
            out[i] = shares[i];
            if (shares[i] <= caps[i])
                continue;
            out[i] = caps[i];
            fixed += caps[i];
            open_weights[i] = 0;
            any_full = true;
        }
        if (!any_full)
            return;
        amount -= fixed;
    }
}
