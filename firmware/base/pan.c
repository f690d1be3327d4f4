/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pan.h"

#define DIGITS_MIN  14
#define DIGITS_MAX  19
#define SHOWN_FIRST 6 /* PCI DSS 3.4.1: at most the issuer's number and the last four digits */
#define SHOWN_LAST  4

/* Ranges of the first four digits, and how long the schemes' numbers in them are: without the lengths one in ten of the
 * long numbers of goods would be taken for a card. */
static const struct issuer_range {
    uint16_t first;
    uint16_t last;
    uint8_t digits_min;
    uint8_t digits_max;
} issuers[] = {
    {2200, 2204, 16, 19}, {2221, 2720, 16, 16}, {3000, 3059, 14, 19}, {3095, 3095, 14, 19},
    {3400, 3499, 15, 15}, {3528, 3589, 16, 19}, {3600, 3699, 14, 19}, {3700, 3799, 15, 15},
    {3800, 3999, 14, 19}, {4000, 4999, 16, 16}, {4000, 4999, 19, 19}, {5000, 5099, 16, 19},
    {5100, 5599, 16, 16}, {5600, 5999, 16, 19}, {6011, 6011, 16, 19}, {6200, 6299, 16, 19},
    {6304, 6304, 16, 19}, {6390, 6390, 16, 19}, {6440, 6599, 16, 19}, {6759, 6759, 16, 19},
    {6761, 6763, 16, 19},
};

static bool is_of_an_issuer(struct span digits)
{
    unsigned issuer = 0;
    for (size_t i = 0; i < 4; i++)
        issuer = issuer * 10 + (unsigned)(digits.bytes[i] - '0');
    for (size_t i = 0; i < COUNT_OF(issuers); i++) {
        if (issuer >= issuers[i].first && issuer <= issuers[i].last && digits.size >= issuers[i].digits_min &&
            digits.size <= issuers[i].digits_max)
            return true;
    }
    return false;
}

/* ISO/IEC 7812-1 annex B. */
static bool has_check_digit(struct span digits)
{
    unsigned sum = 0;
    for (size_t place = 0; place < digits.size; place++) {
        unsigned value = (unsigned)(digits.bytes[digits.size - 1 - place] - '0') * (place % 2 == 0 ? 1U : 2U);
        sum += value > 9 ? value - 9 : value;
    }
    return sum % 10 == 0;
}

bool pan_is(struct span digits)
{
    return digits.size >= DIGITS_MIN && digits.size <= DIGITS_MAX && is_of_an_issuer(digits) &&
           has_check_digit(digits);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_separator(char c)
{
    return c == ' ' || c == '-' || c == '.';
}

static size_t end_of_block(const char *text, size_t size, size_t at)
{
    while (at < size && is_digit(text[at]))
        at++;
    return at;
}

static void cover(char *text, size_t begin, size_t count)
{
    size_t seen = 0;
    for (size_t at = begin; seen < count - SHOWN_LAST; at++) {
        if (!is_digit(text[at]))
            continue;
        seen++;
        if (seen > SHOWN_FIRST)
            text[at] = '*';
    }
}

/* From the block that begins here over those that follow it, as far as a number can reach; of several that could be
 * meant the longest. */
static bool mask_from(char *text, size_t size, size_t begin)
{
    uint8_t digits[DIGITS_MAX];
    size_t count = 0, longest = 0, at = begin;
    while (at < size && is_digit(text[at])) {
        size_t end = end_of_block(text, size, at);
        if (end - at > DIGITS_MAX - count)
            break;
        for (; at < end; at++)
            digits[count++] = (uint8_t)text[at];
        if (pan_is(span_of(digits, count)))
            longest = count;
        at += at < size && is_separator(text[at]) ? 1 : 0;
    }
    if (longest > 0)
        cover(text, begin, longest);
    return longest > 0;
}

bool pan_mask(char *text, size_t size)
{
    bool has_masked = false;
    for (size_t at = 0; at < size; at++) {
        if (!is_digit(text[at]))
            continue;
        has_masked = mask_from(text, size, at) || has_masked;
        at = end_of_block(text, size, at);
    }
    return has_masked;
}
