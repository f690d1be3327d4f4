/* SPDX-License-Identifier: Apache-2.0 */
#include "card/check_digit.h"

static unsigned digit_from_right(struct span digits, size_t place)
{
    return (unsigned)(digits.bytes[digits.size - 1 - place] - '0');
}

bool card_check_gs1_holds(struct span digits)
{
    unsigned sum = 0;
    for (size_t place = 0; place < digits.size; place++)
        sum += digit_from_right(digits, place) * (place % 2 == 0 ? 1U : 3U);
    return digits.size > 1 && sum % 10 == 0;
}

bool card_check_luhn_holds(struct span digits)
{
    unsigned sum = 0;
    for (size_t place = 0; place < digits.size; place++) {
        unsigned value = digit_from_right(digits, place) * (place % 2 == 0 ? 1U : 2U);
        sum += value > 9 ? value - 9 : value;
    }
    return digits.size > 1 && sum % 10 == 0;
}

bool card_check_mod97_holds(struct span text)
{
    unsigned rest = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.bytes[i];
        if (c >= 'A')
            rest = (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
        else
            rest = (rest * 10 + (unsigned)(c - '0')) % 97;
    }
    return text.size > 2 && rest == 1;
}
