/* SPDX-License-Identifier: Apache-2.0 */
/* decimal.h - doubles as decimal text and back, exact: the nearest double of any text, the shortest text that reads
 * back as the double, and rounding half to even of the double's exact value. Pure; no math library. */
#ifndef KASSA_OFFERS_CEL_DECIMAL_H
#define KASSA_OFFERS_CEL_DECIMAL_H

#include "base/base.h"

#define CEL_DECIMAL_DIGITS_MAX 800  /* a double has at most 767 significant ones */
#define CEL_DECIMAL_PLACES_MAX 400  /* what a format may ask for */
#define CEL_DECIMAL_TEXT_SIZE  1200 /* sign, 309 digits before the point, the point, the places */

/* 0.d1 d2 d3 ... x 10^point; no digits: zero. d1 is not 0. */
struct cel_decimal {
    int32_t point;
    uint32_t count;
    uint8_t digits[CEL_DECIMAL_DIGITS_MAX];
};

/* [sign] digits [. digits] [e [sign] digits], Infinity, inf, NaN (whatever the case); false: none of these. Too large a
 * number is an infinity. */
bool cel_decimal_read(struct span text, double *out);

/* Shortest: with an exponent if that is below -4 or at least exponent_from; INT32_MAX: never. */
size_t cel_decimal_write_shortest(double number, int32_t exponent_from, uint8_t out[CEL_DECIMAL_TEXT_SIZE]);
/* With that many places after the point, at most CEL_DECIMAL_PLACES_MAX. */
size_t cel_decimal_write_fixed(double number, uint32_t places, uint8_t out[CEL_DECIMAL_TEXT_SIZE]);
/* d.ddde+dd */
size_t cel_decimal_write_scientific(double number, uint32_t places, uint8_t out[CEL_DECIMAL_TEXT_SIZE]);

/* 0: finite, 1: infinite, 2: not a number. */
enum cel_double_class { CEL_DOUBLE_FINITE, CEL_DOUBLE_INFINITE, CEL_DOUBLE_NAN };
enum cel_double_class cel_double_class_of(double number);
static inline uint64_t cel_double_bits(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}
static inline double cel_double_of_bits(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}
static inline bool cel_double_is_negative(double number)
{
    return (cel_double_bits(number) >> 63) != 0;
}

double cel_double_truncate(double number);
double cel_double_floor(double number);
double cel_double_ceil(double number);
double cel_double_round(double number); /* halves away from zero */
double cel_double_sqrt(double number);  /* the nearest double */

#endif
