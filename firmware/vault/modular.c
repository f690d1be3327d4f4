/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/modular.h"

#include "base/bytes.h"

static const struct vault_number ONE = {{1}};

struct vault_number vault_number_read(const uint8_t *bytes, size_t size)
{
    struct vault_number number = {{0}};
    KASSA_ASSERT(size % 4 == 0 && size <= sizeof number.word);
    for (size_t i = 0; i < size / 4; i++)
        number.word[i] = (uint32_t)bytes_get_be(bytes + size - 4 * (i + 1), 4);
    return number;
}

void vault_number_write(const struct vault_number *number, uint8_t *out, size_t size)
{
    KASSA_ASSERT(size % 4 == 0 && size <= sizeof number->word);
    for (size_t i = 0; i < size / 4; i++)
        bytes_put_be32(out + size - 4 * (i + 1), number->word[i]);
}

bool vault_number_is_equal(const struct vault_number *a, const struct vault_number *b)
{
    return memcmp(a->word, b->word, sizeof a->word) == 0;
}

bool vault_number_is_zero(const struct vault_number *number)
{
    static const struct vault_number zero = {{0}};
    return vault_number_is_equal(number, &zero);
}

bool vault_number_is_below(const struct vault_number *a, const struct vault_number *b)
{
    for (size_t i = VAULT_NUMBER_WORDS; i > 0; i--)
        if (a->word[i - 1] != b->word[i - 1])
            return a->word[i - 1] < b->word[i - 1];
    return false;
}

/* a - b modulo R; whether it went below zero. */
static bool subtract_words(size_t count, struct vault_number *a, const struct vault_number *b)
{
    int64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        carry += (int64_t)a->word[i] - b->word[i];
        a->word[i] = (uint32_t)(carry & 0xffffffff);
        carry = carry < 0 ? -1 : 0;
    }
    return carry < 0;
}

/* a + b modulo R; what it is beyond. */
static uint32_t add_words(size_t count, struct vault_number *a, const struct vault_number *b)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        carry += (uint64_t)a->word[i] + b->word[i];
        a->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return (uint32_t)carry;
}

struct vault_number vault_modular_add(const struct vault_modulus *modulus, const struct vault_number *a,
                                      const struct vault_number *b)
{
    struct vault_number sum = *a;
    uint32_t over = add_words(modulus->word_count, &sum, b);
    if (over != 0 || !vault_number_is_below(&sum, &modulus->prime))
        (void)subtract_words(modulus->word_count, &sum, &modulus->prime);
    return sum;
}

struct vault_number vault_modular_subtract(const struct vault_modulus *modulus, const struct vault_number *a,
                                           const struct vault_number *b)
{
    struct vault_number difference = *a;
    if (subtract_words(modulus->word_count, &difference, b))
        (void)add_words(modulus->word_count, &difference, &modulus->prime);
    return difference;
}

/* sum = (sum + a * digit + prime * n) / 2^32 with the n that makes the last word 0. sum has two words more for what runs
 * over, of which the last is 0 again. */
static void add_product(const struct vault_modulus *modulus, const struct vault_number *a, uint32_t digit,
                        uint32_t sum[VAULT_NUMBER_WORDS + 2])
{
    size_t count = modulus->word_count;
    uint64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        carry += (uint64_t)a->word[i] * digit + sum[i];
        sum[i] = (uint32_t)carry;
        carry >>= 32;
    }
    carry += sum[count];
    sum[count] = (uint32_t)carry;
    sum[count + 1] = (uint32_t)(carry >> 32);
    uint32_t multiple = sum[0] * modulus->inverse;
    carry = ((uint64_t)modulus->prime.word[0] * multiple + sum[0]) >> 32;
    for (size_t i = 1; i < count; i++) {
        carry += (uint64_t)modulus->prime.word[i] * multiple + sum[i];
        sum[i - 1] = (uint32_t)carry;
        carry >>= 32;
    }
    carry += sum[count];
    sum[count - 1] = (uint32_t)carry;
    sum[count] = sum[count + 1] + (uint32_t)(carry >> 32);
    sum[count + 1] = 0;
}

struct vault_number vault_modular_multiply(const struct vault_modulus *modulus, const struct vault_number *a,
                                           const struct vault_number *b)
{
    size_t count = modulus->word_count;
    uint32_t sum[VAULT_NUMBER_WORDS + 2] = {0};
    for (size_t i = 0; i < count; i++)
        add_product(modulus, a, b->word[i], sum);
    struct vault_number product = {{0}};
    memcpy(product.word, sum, count * sizeof sum[0]);
    if (sum[count] != 0 || !vault_number_is_below(&product, &modulus->prime))
        (void)subtract_words(count, &product, &modulus->prime);
    return product;
}

struct vault_number vault_modular_form(const struct vault_modulus *modulus, const struct vault_number *number)
{
    return vault_modular_multiply(modulus, number, &modulus->square);
}

struct vault_number vault_modular_plain(const struct vault_modulus *modulus, const struct vault_number *form)
{
    return vault_modular_multiply(modulus, form, &ONE);
}

struct vault_number vault_modular_power(const struct vault_modulus *modulus, const struct vault_number *base,
                                        const struct vault_number *exponent)
{
    struct vault_number power = vault_modular_form(modulus, &ONE);
    for (size_t bit = modulus->word_count * 32; bit > 0; bit--) {
        power = vault_modular_multiply(modulus, &power, &power);
        if ((exponent->word[(bit - 1) / 32] >> (bit - 1) % 32 & 1) != 0)
            power = vault_modular_multiply(modulus, &power, base);
    }
    return power;
}
