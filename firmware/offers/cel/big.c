/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/cel/big.h"

static void push(struct cel_big *number, uint32_t word)
{
    KASSA_ASSERT(number->count < CEL_BIG_WORDS);
    number->words[number->count++] = word;
}

static void trim(struct cel_big *number)
{
    while (number->count > 0 && number->words[number->count - 1] == 0)
        number->count--;
}

void cel_big_set(struct cel_big *number, uint64_t value)
{
    number->count = 0;
    for (; value > 0; value >>= 32)
        push(number, (uint32_t)value);
}

void cel_big_multiply_add(struct cel_big *number, uint32_t factor, uint32_t summand)
{
    uint64_t carry = summand;
    for (uint32_t i = 0; i < number->count; i++) {
        carry += (uint64_t)number->words[i] * factor;
        number->words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry > 0)
        push(number, (uint32_t)carry);
}

void cel_big_multiply_power(struct cel_big *number, uint32_t base, uint32_t exponent)
{
    for (; exponent > 0; exponent--)
        cel_big_multiply_add(number, base, 0);
}

void cel_big_shift_left(struct cel_big *number, uint32_t bits)
{
    uint32_t words = bits / 32, rest = bits % 32;
    if (number->count == 0)
        return;
    cel_big_multiply_add(number, UINT32_C(1) << rest, 0);
    KASSA_ASSERT(number->count + words <= CEL_BIG_WORDS);
    memmove(number->words + words, number->words, number->count * sizeof number->words[0]);
    memset(number->words, 0, words * sizeof number->words[0]);
    number->count += words;
}

uint32_t cel_big_divide_small(struct cel_big *number, uint32_t divisor)
{
    uint64_t rest = 0;
    for (uint32_t i = number->count; i > 0; i--) {
        rest = rest << 32 | number->words[i - 1];
        number->words[i - 1] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    trim(number);
    return (uint32_t)rest;
}

void cel_big_subtract(struct cel_big *number, const struct cel_big *other)
{
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < number->count; i++) {
        uint64_t subtrahend = (i < other->count ? other->words[i] : 0) + borrow;
        borrow = number->words[i] < subtrahend ? 1 : 0;
        number->words[i] = (uint32_t)(number->words[i] - subtrahend);
    }
    trim(number);
}

int cel_big_compare(const struct cel_big *a, const struct cel_big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (uint32_t i = a->count; i > 0; i--) {
        if (a->words[i - 1] != b->words[i - 1])
            return a->words[i - 1] < b->words[i - 1] ? -1 : 1;
    }
    return 0;
}

uint32_t cel_big_bit_count(const struct cel_big *number)
{
    if (number->count == 0)
        return 0;
    return number->count * 32 - (uint32_t)__builtin_clz(number->words[number->count - 1]);
}
