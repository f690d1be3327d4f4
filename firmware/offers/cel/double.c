/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding of doubles by their bits: the math library is not for pure modules. */
#include "offers/cel/decimal.h"

#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define MANTISSA_MASK ((UINT64_C(1) << MANTISSA_BITS) - 1)
#define SIGN_MASK     (UINT64_C(1) << 63)

static int exponent_of(double number)
{
    return (int)(cel_double_bits(number) >> MANTISSA_BITS & 0x7ff) - EXPONENT_BIAS;
}

enum cel_double_class cel_double_class_of(double number)
{
    if (exponent_of(number) != 0x7ff - EXPONENT_BIAS)
        return CEL_DOUBLE_FINITE;
    return (cel_double_bits(number) & MANTISSA_MASK) == 0 ? CEL_DOUBLE_INFINITE : CEL_DOUBLE_NAN;
}

double cel_double_truncate(double number)
{
    int exponent = exponent_of(number);
    uint64_t bits = cel_double_bits(number);
    if (exponent >= MANTISSA_BITS)
        return number;
    if (exponent < 0)
        return cel_double_of_bits(bits & SIGN_MASK);
    return cel_double_of_bits(bits & ~(MANTISSA_MASK >> exponent));
}

double cel_double_floor(double number)
{
    double whole = cel_double_truncate(number);
    return whole > number ? whole - 1 : whole;
}

double cel_double_ceil(double number)
{
    double whole = cel_double_truncate(number);
    if (whole >= number || cel_double_class_of(number) != CEL_DOUBLE_FINITE)
        return whole;
    return whole + 1;
}

double cel_double_round(double number)
{
    double whole = cel_double_truncate(number);
    double rest = number - whole; /* exact; NaN for what is not finite */
    if (rest >= 0.5)
        return whole + 1;
    return rest <= -0.5 ? whole - 1 : whole;
}

/* number = mantissa x 2^exponent with mantissa below 2^53. */
static uint64_t split(double number, int *out_exponent)
{
    uint64_t mantissa = cel_double_bits(number) & MANTISSA_MASK;
    int exponent = exponent_of(number);
    bool is_normal = exponent > -EXPONENT_BIAS;
    *out_exponent = (is_normal ? exponent : 1 - EXPONENT_BIAS) - MANTISSA_BITS;
    return is_normal ? mantissa | (MANTISSA_MASK + 1) : mantissa;
}

/* The root of mantissa x 2^exponent, of which the exponent is even and the mantissa in [2^54, 2^56): by digits in base
 * 2, so that the remainder tells how to round. */
double cel_double_sqrt(double number)
{
    int exponent;
    if (number == 0 || cel_double_class_of(number) == CEL_DOUBLE_NAN)
        return number;
    if (cel_double_is_negative(number))
        return cel_double_of_bits(UINT64_C(0x7ff8) << 48);
    if (cel_double_class_of(number) == CEL_DOUBLE_INFINITE)
        return number;
    uint64_t mantissa = split(number, &exponent);
    while (mantissa < UINT64_C(1) << 54 || exponent % 2 != 0) {
        mantissa <<= 1;
        exponent--;
    }
    uint64_t root = 0, rest = 0; /* of the mantissa followed by 52 zero bits: 108 bits, a root of 54 */
    for (int pair = 54; pair > 0; pair--) {
        uint64_t next = pair > 26 ? mantissa >> (2 * (pair - 27)) & 3 : 0;
        rest = rest << 2 | next;
        uint64_t trial = root << 2 | 1;
        root <<= 1;
        if (rest >= trial) {
            rest -= trial;
            root |= 1;
        }
    }
    uint64_t rounded = root >> 1;
    bool is_above_half = (root & 1) != 0 && (rest != 0 || (rounded & 1) != 0);
    rounded += is_above_half ? 1 : 0;
    /* The root stands for root x 2^((exponent - 52) / 2), rounded for twice that. */
    int result_exponent = (exponent - 52) / 2 + 1;
    double result = (double)rounded; /* at most 2^53: exact */
    return result * cel_double_of_bits((uint64_t)(result_exponent + EXPONENT_BIAS) << MANTISSA_BITS);
}
