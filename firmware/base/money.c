/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"

#include "base/wide.h"

static uint64_t magnitude_of(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static enum err scale_wide(int64_t amount, int64_t factor, int64_t divisor, int64_t *out)
{
    bool is_negative = (amount < 0) != (factor < 0);
    uint64_t limit = (uint64_t)INT64_MAX + (is_negative ? 1 : 0), whole = (uint64_t)divisor, quotient, rest;
    TRY(wide_divide(wide_multiply(magnitude_of(amount), magnitude_of(factor)), whole, &quotient, &rest));
    uint64_t up = rest >= whole - rest ? 1 : 0;
    if (quotient > limit - up)
        return ERR_RANGE;
    quotient += up;
    *out = is_negative ? (int64_t)(0 - quotient) : (int64_t)quotient;
    return ERR_OK;
}

enum err money_scale(int64_t amount, int64_t factor, int64_t divisor, int64_t *out)
{
    KASSA_ASSERT(divisor > 0);
    int64_t product;
    if (__builtin_mul_overflow(amount, factor, &product))
        return scale_wide(amount, factor, divisor, out);
    int64_t quotient = product / divisor, rest = product % divisor; /* both towards zero */
    if (rest < 0)
        *out = quotient - (-rest >= divisor + rest ? 1 : 0);
    else
        *out = quotient + (rest >= divisor - rest ? 1 : 0);
    return ERR_OK;
}

enum err money_extend(int64_t unit_price_e5, int64_t quantity_milli, unsigned exponent, int64_t *out_minor)
{
    static const int64_t scale[MONEY_EXPONENT_MAX + 1] = {100000000, 10000000, 1000000, 100000, 10000};
    if (exponent > MONEY_EXPONENT_MAX)
        return ERR_ARGUMENT;
    return money_scale(unit_price_e5, quantity_milli, scale[exponent], out_minor);
}

enum err money_percent(int64_t amount_minor, int64_t rate_bp, int64_t *out_minor)
{
    return money_scale(amount_minor, rate_bp, 10000, out_minor);
}

enum err money_add(int64_t a_minor, int64_t b_minor, int64_t *out_minor)
{
    int64_t sum;
    if (__builtin_add_overflow(a_minor, b_minor, &sum))
        return ERR_RANGE;
    *out_minor = sum;
    return ERR_OK;
}

static enum err sum_weights(const int64_t *weights, size_t count, int64_t *out)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (weights[i] < 0)
            return ERR_ARGUMENT;
        TRY(money_add(sum, weights[i], &sum));
    }
    *out = sum;
    return ERR_OK;
}

static size_t count_from(const int64_t *values, size_t count, int64_t least)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += values[i] >= least ? 1 : 0;
    return found;
}

/* The largest value that at least `wanted` of the values (all >= 0, wanted <= count) reach; found by halving
 * the range of values, so that no further memory and no sorting is needed. */
static int64_t wanted_largest(const int64_t *values, size_t count, size_t wanted)
{
    int64_t low = 0, high = 0;
    for (size_t i = 0; i < count; i++)
        high = values[i] > high ? values[i] : high;
    while (low < high) {
        int64_t middle = high - (high - low) / 2;
        if (count_from(values, count, middle) >= wanted)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* amount x weight / whole, with its remainder. The short division is several times as fast as the
 * wide one. */
static void divide_share(int64_t amount, int64_t weight, int64_t whole, int64_t *out_share, int64_t *out_rest)
{
    int64_t product;
    if (!__builtin_mul_overflow(amount, weight, &product)) {
        *out_share = product / whole;
        *out_rest = product % whole;
        return;
    }
    uint64_t share, rest;
    enum err error =
        wide_divide(wide_multiply((uint64_t)amount, (uint64_t)weight), (uint64_t)whole, &share, &rest);
    KASSA_ASSERT(error == ERR_OK); /* the share is at most the amount: a weight is at most the sum */
    *out_share = (int64_t)share;
    *out_rest = (int64_t)rest;
}

enum err money_allocate(int64_t amount_minor, const int64_t *weights, size_t count, int64_t *scratch,
                        int64_t *out_shares)
{
    KASSA_ASSERT(count > 0);
    if (amount_minor < 0)
        return ERR_ARGUMENT;
    int64_t weight_sum;
    TRY(sum_weights(weights, count, &weight_sum));
    int64_t left = amount_minor, whole = weight_sum > 0 ? weight_sum : (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        divide_share(amount_minor, weight_sum > 0 ? weights[i] : 1, whole, &out_shares[i], &scratch[i]);
        left -= out_shares[i];
    }
    if (left == 0)
        return ERR_OK;
    /* One more to each remainder above the limit; what is left then goes to those at it, the
     * earlier first. */
    int64_t limit = wanted_largest(scratch, count, (size_t)left);
    size_t above = count_from(scratch, count, limit + 1); /* a remainder is less than the sum of weights */
    size_t at_limit = (size_t)left - above;
    for (size_t i = 0; i < count; i++) {
        if (scratch[i] > limit)
            out_shares[i]++;
        else if (scratch[i] == limit && at_limit > 0)
            out_shares[i]++, at_limit--;
    }
    return ERR_OK;
}

struct decimal {
    int64_t value;
    unsigned places;
    bool has_digits;
};

static enum err read_digits(struct span text, size_t *at, unsigned places_max, bool fraction,
                            struct decimal *d)
{
    for (; *at < text.size && text.bytes[*at] >= '0' && text.bytes[*at] <= '9'; ++*at) {
        int digit = text.bytes[*at] - '0';
        d->has_digits = true;
        if (fraction && d->places == places_max) {
            if (digit != 0)
                return ERR_RANGE;
            continue;
        }
        if (__builtin_mul_overflow(d->value, 10, &d->value) ||
            __builtin_add_overflow(d->value, digit, &d->value))
            return ERR_RANGE;
        d->places += fraction ? 1 : 0;
    }
    return ERR_OK;
}

enum err money_parse_decimal(struct span text, unsigned decimals, int64_t *out)
{
    struct decimal d = {0};
    size_t at = 0;
    bool negative = text.size > 0 && text.bytes[0] == '-';
    at += negative ? 1 : 0;
    TRY(read_digits(text, &at, decimals, false, &d));
    if (!d.has_digits)
        return ERR_SYNTAX;
    if (at < text.size && text.bytes[at] == '.') {
        d.has_digits = false;
        at++;
        TRY(read_digits(text, &at, decimals, true, &d));
    }
    if (!d.has_digits || at != text.size)
        return ERR_SYNTAX;
    for (; d.places < decimals; d.places++) {
        if (__builtin_mul_overflow(d.value, 10, &d.value))
            return ERR_RANGE;
    }
    *out = negative ? -d.value : d.value;
    return ERR_OK;
}

size_t money_format_decimal(int64_t value, unsigned decimals, unsigned min_decimals, char out[32])
{
    KASSA_ASSERT(decimals <= 9 && min_decimals <= decimals);
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char reversed[32];
    size_t count = 0;
    bool started = false;
    for (unsigned place = 0; place < decimals; place++, magnitude /= 10) {
        started = started || place >= decimals - min_decimals || magnitude % 10 != 0;
        if (started)
            reversed[count++] = (char)('0' + magnitude % 10);
    }
    if (started)
        reversed[count++] = '.';
    do {
        reversed[count++] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0);
    if (value < 0)
        reversed[count++] = '-';
    for (size_t i = 0; i < count; i++)
        out[i] = reversed[count - 1 - i];
    out[count] = '\0';
    return count;
}
