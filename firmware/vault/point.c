/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/point.h"

#include "base/bytes.h"

/* Numbers below 2^256 as eight words, the least significant first. In products they stand in Montgomery's form,
 * a * 2^256 mod p (P. Montgomery, "Modular multiplication without trial division", 1985): then reducing takes
 * additions and products alone. */
#define WORDS 8

struct field {
    uint32_t word[WORDS];
};

/* FIPS 186-5, SP 800-186 3.2.1.3: p = 2^256 - 2^224 + 2^192 + 2^96 - 1, y^2 = x^3 - 3x + b */
static const struct field prime = {
    {0xffffffff, 0xffffffff, 0xffffffff, 0x00000000, 0x00000000, 0x00000000, 0x00000001, 0xffffffff}};
static const struct field curve_b = {
    {0x27d2604b, 0x3bce3c3e, 0xcc53b0f6, 0x651d06b0, 0x769886bc, 0xb3ebbd55, 0xaa3a93e7, 0x5ac635d8}};
/* 2^512 mod p: a product with it brings a number into Montgomery's form */
static const struct field to_form = {
    {0x00000003, 0x00000000, 0xffffffff, 0xfffffffb, 0xfffffffe, 0xffffffff, 0xfffffffd, 0x00000004}};
/* (p + 1) / 4: p is 3 modulo 4, so a square to this power is its root */
static const struct field root_power = {
    {0x00000000, 0x00000000, 0x40000000, 0x00000000, 0x00000000, 0x40000000, 0xc0000000, 0x3fffffff}};
static const struct field one = {{1}};

static bool is_below(const struct field *a, const struct field *b)
{
    for (size_t i = WORDS; i > 0; i--)
        if (a->word[i - 1] != b->word[i - 1])
            return a->word[i - 1] < b->word[i - 1];
    return false;
}

static bool is_equal(const struct field *a, const struct field *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* a - b modulo 2^256; whether it went below zero. */
static bool subtract_words(struct field *a, const struct field *b)
{
    int64_t carry = 0;
    for (size_t i = 0; i < WORDS; i++) {
        carry += (int64_t)a->word[i] - b->word[i];
        a->word[i] = (uint32_t)(carry & 0xffffffff);
        carry = carry < 0 ? -1 : 0;
    }
    return carry < 0;
}

/* a + b modulo 2^256; what it is beyond. */
static uint32_t add_words(struct field *a, const struct field *b)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < WORDS; i++) {
        carry += (uint64_t)a->word[i] + b->word[i];
        a->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return (uint32_t)carry;
}

static struct field add(struct field a, const struct field *b)
{
    if (add_words(&a, b) != 0 || !is_below(&a, &prime))
        (void)subtract_words(&a, &prime);
    return a;
}

static struct field subtract(struct field a, const struct field *b)
{
    if (subtract_words(&a, b))
        (void)add_words(&a, &prime);
    return a;
}

/* sum += a * digit; sum has one word more for what runs over, and the carry of that one is given back. */
static uint32_t add_product(uint32_t sum[WORDS + 1], const struct field *a, uint32_t digit)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < WORDS; i++) {
        carry += (uint64_t)a->word[i] * digit + sum[i];
        sum[i] = (uint32_t)carry;
        carry >>= 32;
    }
    carry += sum[WORDS];
    sum[WORDS] = (uint32_t)carry;
    return (uint32_t)(carry >> 32);
}

/* a * b / 2^256 mod p. A word is cleared by adding p times it: p is -1 modulo 2^32. */
static struct field multiply(const struct field *a, const struct field *b)
{
    uint32_t sum[WORDS + 1] = {0};
    for (size_t i = 0; i < WORDS; i++) {
        uint32_t over = add_product(sum, a, b->word[i]);
        over += add_product(sum, &prime, sum[0]);
        memmove(sum, sum + 1, WORDS * sizeof(sum[0]));
        sum[WORDS] = over;
    }
    struct field product;
    memcpy(product.word, sum, sizeof(product.word));
    if (sum[WORDS] != 0 || !is_below(&product, &prime))
        (void)subtract_words(&product, &prime);
    return product;
}

/* What squared is `square`, if there is one: the caller tries. */
static struct field root_of(const struct field *square)
{
    struct field root = multiply(&one, &to_form);
    for (size_t bit = WORDS * 32; bit > 0; bit--) {
        root = multiply(&root, &root);
        if ((root_power.word[(bit - 1) / 32] >> (bit - 1) % 32 & 1) != 0)
            root = multiply(&root, square);
    }
    return root;
}

/* x^3 - 3x + b, as (x^2 - 3) x + b */
static struct field curve_at(const struct field *x)
{
    static const struct field three = {{3}};
    struct field three_form = multiply(&three, &to_form);
    struct field b_form = multiply(&curve_b, &to_form);
    struct field value = multiply(x, x);
    value = subtract(value, &three_form);
    value = multiply(&value, x);
    return add(value, &b_form);
}

static struct field read_number(const uint8_t bytes[4 * WORDS])
{
    struct field number;
    for (size_t i = 0; i < WORDS; i++)
        number.word[i] = (uint32_t)bytes_get_be(bytes + 4 * (WORDS - 1 - i), 4);
    return number;
}

static void write_number(const struct field *number, uint8_t out[4 * WORDS])
{
    for (size_t i = 0; i < WORDS; i++)
        bytes_put_be32(out + 4 * (WORDS - 1 - i), number->word[i]);
}

enum err vault_point_expand(const uint8_t point[VAULT_POINT_SIZE], uint8_t out[VAULT_PUBLIC_SIZE])
{
    struct field x = read_number(point + 1);
    if ((point[0] != 0x02 && point[0] != 0x03) || !is_below(&x, &prime))
        return ERR_SYNTAX;
    struct field x_form = multiply(&x, &to_form);
    struct field square = curve_at(&x_form);
    struct field root = root_of(&square);
    struct field tried = multiply(&root, &root);
    if (!is_equal(&tried, &square))
        return ERR_SYNTAX;
    struct field y = multiply(&root, &one); /* out of Montgomery's form */
    if ((y.word[0] & 1) != (point[0] & 1))  /* the other root; no Y of the curve is 0: its order is odd */
        y = subtract(prime, &y);
    out[0] = 0x04;
    memcpy(out + 1, point + 1, 4 * WORDS);
    write_number(&y, out + 1 + 4 * WORDS);
    return ERR_OK;
}

void vault_point_shorten(const uint8_t public_key[VAULT_PUBLIC_SIZE], uint8_t out[VAULT_POINT_SIZE])
{
    out[0] = (uint8_t)(0x02 | (public_key[VAULT_PUBLIC_SIZE - 1] & 1));
    memcpy(out + 1, public_key + 1, VAULT_POINT_SIZE - 1);
}
