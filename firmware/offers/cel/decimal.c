/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/cel/decimal.h"

#include "offers/cel/big.h"
#include "offers/cel/text.h"

#define MANTISSA_BITS   52
#define EXPONENT_BIAS   1075 /* of the mantissa as a whole number */
#define EXPONENT_MAX    0x7ff
#define POINT_MAX       310    /* 0.1 x 10^310 is above every double ... */
#define POINT_MIN       (-330) /* ... and 10^-330 below half of the least one */
#define SHORTEST_DIGITS 17     /* always enough to tell doubles apart */
#define EXPONENT_CLAMP  100000
#define CHUNK           1000000000u
#define CHUNK_DIGITS    9

/* ---- text -> double */

/* Collects digits; what is beyond CEL_DECIMAL_DIGITS_MAX only tells whether there was more. */
static void put_digit(struct cel_decimal *decimal, uint8_t digit, bool after_point)
{
    if (decimal->count == 0 && digit == 0) {
        decimal->point -= after_point ? 1 : 0;
        return;
    }
    decimal->point += after_point ? 0 : 1;
    if (decimal->count < CEL_DECIMAL_DIGITS_MAX)
        decimal->digits[decimal->count++] = digit;
    else if (digit != 0)
        decimal->digits[CEL_DECIMAL_DIGITS_MAX - 1] |= 1; /* never a half: the last digit was of no weight */
}

static bool read_exponent(struct span text, struct cel_decimal *decimal)
{
    size_t at = 0;
    bool is_negative = text.size > 0 && text.bytes[0] == '-';
    if (is_negative || (text.size > 0 && text.bytes[0] == '+'))
        at++;
    if (at == text.size)
        return false;
    int32_t exponent = 0;
    for (; at < text.size; at++) {
        if (!cel_is_digit(text.bytes[at]))
            return false;
        if (exponent < EXPONENT_CLAMP)
            exponent = exponent * 10 + (text.bytes[at] - '0');
    }
    decimal->point += is_negative ? -exponent : exponent;
    return true;
}

static bool read_decimal(struct span text, struct cel_decimal *decimal)
{
    bool after_point = false, has_digit = false;
    decimal->count = 0;
    decimal->point = 0;
    for (size_t at = 0; at < text.size; at++) {
        uint8_t c = text.bytes[at];
        if (cel_is_digit(c)) {
            put_digit(decimal, (uint8_t)(c - '0'), after_point);
            has_digit = true;
        } else if (c == '.' && !after_point) {
            after_point = true;
        } else if (cel_to_lower(c) == 'e' && has_digit) {
            return read_exponent(cel_part(text, at + 1, text.size), decimal);
        } else {
            return false;
        }
    }
    return has_digit;
}

/* The first 64 bits of number / divisor, times 2^63: number is in [divisor, 2 x divisor); *out_rest: something is left. */
static uint64_t divide_bits(struct cel_big *number, const struct cel_big *divisor, bool *out_rest)
{
    uint64_t quotient = 0;
    for (int bit = 0; bit < 64; bit++) {
        quotient <<= 1;
        if (cel_big_compare(number, divisor) >= 0) {
            cel_big_subtract(number, divisor);
            quotient |= 1;
        }
        cel_big_shift_left(number, 1);
    }
    *out_rest = number->count > 0;
    return quotient;
}

/* bits x 2^exponent, bits in [2^63, 2^64), a little more if has_rest: the nearest double, halves to even. */
static double round_bits(uint64_t bits, int32_t exponent, bool has_rest)
{
    int32_t biased = exponent + 63 - MANTISSA_BITS + EXPONENT_BIAS;
    int32_t drop = biased > 0 ? 11 : 12 - biased; /* a subnormal keeps fewer bits */
    if (drop > 64)
        return 0;
    uint64_t kept = drop == 64 ? 0 : bits >> drop;
    uint64_t half = UINT64_C(1) << (drop - 1), rest = drop == 64 ? bits : bits & (half * 2 - 1);
    if (rest > half || (rest == half && (has_rest || (kept & 1) != 0)))
        kept++;
    if (biased <= 0)
        return cel_double_of_bits(kept); /* 2^52 is the least normal one, bit by bit */
    if (kept >> (MANTISSA_BITS + 1) != 0) {
        kept >>= 1;
        biased++;
    }
    if (biased >= EXPONENT_MAX)
        return cel_double_of_bits((uint64_t)EXPONENT_MAX << MANTISSA_BITS);
    return cel_double_of_bits((uint64_t)biased << MANTISSA_BITS |
                              (kept & ((UINT64_C(1) << MANTISSA_BITS) - 1)));
}

static double double_of(const struct cel_decimal *decimal)
{
    if (decimal->count == 0 || decimal->point < POINT_MIN)
        return 0;
    if (decimal->point > POINT_MAX)
        return cel_double_of_bits((uint64_t)EXPONENT_MAX << MANTISSA_BITS);
    struct cel_big number, divisor;
    cel_big_set(&number, 0);
    for (uint32_t i = 0; i < decimal->count; i++)
        cel_big_multiply_add(&number, 10, decimal->digits[i]);
    cel_big_set(&divisor, 1);
    int32_t power = decimal->point - (int32_t)decimal->count;
    cel_big_multiply_power(power < 0 ? &divisor : &number, 10, (uint32_t)(power < 0 ? -power : power));
    /* Line up the highest bits: then number / divisor is in (1/2, 2), and 2^63 times that after one more step. */
    int32_t lead = (int32_t)cel_big_bit_count(&number) - (int32_t)cel_big_bit_count(&divisor);
    cel_big_shift_left(lead < 0 ? &number : &divisor, (uint32_t)(lead < 0 ? -lead : lead));
    if (cel_big_compare(&number, &divisor) < 0) {
        cel_big_shift_left(&number, 1);
        lead--;
    }
    bool has_rest;
    uint64_t bits = divide_bits(&number, &divisor, &has_rest);
    return round_bits(bits, lead - 63, has_rest);
}

static bool is_word(struct span text, const char *word)
{
    if (text.size != strlen(word))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (cel_to_lower(text.bytes[i]) != (uint8_t)word[i])
            return false;
    }
    return true;
}

static bool read_unsigned(struct span text, double *out)
{
    struct cel_decimal decimal;
    if (is_word(text, "inf") || is_word(text, "infinity")) {
        *out = cel_double_of_bits((uint64_t)EXPONENT_MAX << MANTISSA_BITS);
        return true;
    }
    if (!read_decimal(text, &decimal))
        return false;
    *out = double_of(&decimal);
    return true;
}

bool cel_decimal_read(struct span text, double *out)
{
    if (is_word(text, "nan")) {
        *out =
            cel_double_of_bits((uint64_t)EXPONENT_MAX << MANTISSA_BITS | UINT64_C(1) << (MANTISSA_BITS - 1));
        return true;
    }
    bool is_negative = text.size > 0 && text.bytes[0] == '-';
    bool has_sign = is_negative || (text.size > 0 && text.bytes[0] == '+');
    double magnitude;
    if (!read_unsigned(has_sign ? cel_part(text, 1, text.size) : text, &magnitude))
        return false;
    *out = is_negative ? -magnitude : magnitude;
    return true;
}

/* ---- double -> digits */

/* All digits of a whole number, without those zeros at its end. */
static void digits_of(struct cel_big *number, struct cel_decimal *out)
{
    uint8_t reversed[CEL_BIG_WORDS * 10];
    uint32_t count = 0, zeros = 0;
    while (number->count > 0) {
        uint32_t chunk = cel_big_divide_small(number, CHUNK);
        for (int i = 0; i < CHUNK_DIGITS; i++, chunk /= 10)
            reversed[count++] = (uint8_t)(chunk % 10);
    }
    while (count > 0 && reversed[count - 1] == 0)
        count--;
    while (zeros < count && reversed[zeros] == 0)
        zeros++;
    out->count = count - zeros;
    out->point = (int32_t)count;
    for (uint32_t i = 0; i < out->count; i++)
        out->digits[i] = reversed[count - 1 - i];
}

/* The exact value of a finite double's magnitude. */
static void decimal_of(double number, struct cel_decimal *out)
{
    uint64_t bits = cel_double_bits(number);
    uint64_t mantissa = bits & ((UINT64_C(1) << MANTISSA_BITS) - 1);
    int32_t biased = (int32_t)(bits >> MANTISSA_BITS & EXPONENT_MAX);
    int32_t exponent = (biased == 0 ? 1 : biased) - EXPONENT_BIAS;
    if (biased > 0)
        mantissa |= UINT64_C(1) << MANTISSA_BITS;
    struct cel_big whole;
    cel_big_set(&whole, mantissa);
    if (exponent >= 0)
        cel_big_shift_left(&whole, (uint32_t)exponent);
    else
        cel_big_multiply_power(&whole, 5, (uint32_t)-exponent); /* m / 2^n = m x 5^n / 10^n */
    digits_of(&whole, out);
    out->point += exponent < 0 ? exponent : 0;
    if (out->count == 0)
        out->point = 0;
}

/* Keeps the first `keep` digits, halves to even. */
static void round_digits(struct cel_decimal *decimal, int64_t keep)
{
    if (keep >= (int64_t)decimal->count)
        return;
    if (keep < 0) {
        decimal->count = 0;
        return;
    }
    uint32_t kept = (uint32_t)keep;
    bool is_more = decimal->count > kept + 1, is_odd = kept > 0 && decimal->digits[kept - 1] % 2 != 0;
    bool is_up = decimal->digits[kept] > 5 || (decimal->digits[kept] == 5 && (is_more || is_odd));
    decimal->count = kept;
    while (is_up && decimal->count > 0 && decimal->digits[decimal->count - 1] == 9)
        decimal->count--;
    if (is_up && decimal->count == 0) {
        decimal->digits[decimal->count++] = 1;
        decimal->point++;
    } else if (is_up) {
        decimal->digits[decimal->count - 1]++;
    }
    while (decimal->count > 0 && decimal->digits[decimal->count - 1] == 0)
        decimal->count--;
}

/* ---- digits -> text */

static uint8_t digit_at(const struct cel_decimal *decimal, int64_t index)
{
    return index >= 0 && index < (int64_t)decimal->count ? (uint8_t)('0' + decimal->digits[index]) : '0';
}

static size_t write_sign(double number, uint8_t *out)
{
    out[0] = '-';
    return cel_double_is_negative(number) ? 1 : 0;
}

static size_t write_special(double number, uint8_t *out)
{
    if (cel_double_class_of(number) == CEL_DOUBLE_NAN) {
        memcpy(out, "NaN", 3);
        return 3;
    }
    size_t size = write_sign(number, out);
    memcpy(out + size, "Infinity", 8);
    return size + 8;
}

static size_t write_plain(const struct cel_decimal *decimal, uint32_t places, uint8_t *out)
{
    size_t size = 0;
    int32_t point = decimal->count == 0 ? 0 : decimal->point;
    if (point <= 0)
        out[size++] = '0';
    for (int32_t i = 0; i < point; i++)
        out[size++] = digit_at(decimal, i);
    if (places > 0)
        out[size++] = '.';
    for (uint32_t i = 0; i < places; i++)
        out[size++] = digit_at(decimal, (int64_t)point + i);
    return size;
}

static size_t write_exponent(const struct cel_decimal *decimal, uint32_t places, uint8_t *out)
{
    size_t size = 0;
    out[size++] = digit_at(decimal, 0);
    if (places > 0)
        out[size++] = '.';
    for (uint32_t i = 1; i <= places; i++)
        out[size++] = digit_at(decimal, i);
    int32_t exponent = decimal->count == 0 ? 0 : decimal->point - 1;
    uint32_t magnitude = (uint32_t)(exponent < 0 ? -exponent : exponent);
    out[size++] = 'e';
    out[size++] = exponent < 0 ? '-' : '+';
    if (magnitude < 10)
        out[size++] = '0';
    return size + cel_write_uint(magnitude, 10, false, out + size);
}

size_t cel_decimal_write_fixed(double number, uint32_t places, uint8_t out[CEL_DECIMAL_TEXT_SIZE])
{
    if (cel_double_class_of(number) != CEL_DOUBLE_FINITE)
        return write_special(number, out);
    struct cel_decimal decimal;
    decimal_of(number, &decimal);
    round_digits(&decimal, (int64_t)decimal.point + places);
    size_t size = write_sign(number, out);
    return size + write_plain(&decimal, places, out + size);
}

size_t cel_decimal_write_scientific(double number, uint32_t places, uint8_t out[CEL_DECIMAL_TEXT_SIZE])
{
    if (cel_double_class_of(number) != CEL_DOUBLE_FINITE)
        return write_special(number, out);
    struct cel_decimal decimal;
    decimal_of(number, &decimal);
    round_digits(&decimal, (int64_t)places + 1);
    size_t size = write_sign(number, out);
    return size + write_exponent(&decimal, places, out + size);
}

/* The fewest digits that read back as the same double. */
static void shorten(double number, struct cel_decimal *out)
{
    struct cel_decimal exact;
    double magnitude = cel_double_is_negative(number) ? -number : number;
    decimal_of(number, &exact);
    for (int64_t digits = 1; digits <= SHORTEST_DIGITS; digits++) {
        *out = exact;
        round_digits(out, digits);
        if (double_of(out) == magnitude)
            return;
    }
}

size_t cel_decimal_write_shortest(double number, int32_t exponent_from, uint8_t out[CEL_DECIMAL_TEXT_SIZE])
{
    if (cel_double_class_of(number) != CEL_DOUBLE_FINITE)
        return write_special(number, out);
    struct cel_decimal decimal;
    shorten(number, &decimal);
    size_t size = write_sign(number, out);
    int32_t exponent = decimal.count == 0 ? 0 : decimal.point - 1;
    bool has_exponent = exponent_from != INT32_MAX && (exponent < -4 || exponent >= exponent_from);
    int32_t places = (int32_t)decimal.count - (has_exponent ? 1 : decimal.point);
    uint32_t shown = decimal.count == 0 || places < 0 ? 0 : (uint32_t)places;
    if (has_exponent)
        return size + write_exponent(&decimal, shown, out + size);
    return size + write_plain(&decimal, shown, out + size);
}
