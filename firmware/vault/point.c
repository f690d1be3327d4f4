/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/point.h"

#include "vault/modular.h"

#define FIELD_SIZE 32

/* FIPS 186-5, SP 800-186 3.2.1.3: p = 2^256 - 2^224 + 2^192 + 2^96 - 1, y^2 = x^3 - 3x + b */
static const struct vault_modulus FIELD = {
    .word_count = 8,
    .prime = {{0xffffffff, 0xffffffff, 0xffffffff, 0x00000000, 0x00000000, 0x00000000, 0x00000001,
               0xffffffff}},
    .inverse = 0x00000001,
    .square = {{0x00000003, 0x00000000, 0xffffffff, 0xfffffffb, 0xfffffffe, 0xffffffff, 0xfffffffd,
                0x00000004}},
};
static const struct vault_number CURVE_B = {
    {0x27d2604b, 0x3bce3c3e, 0xcc53b0f6, 0x651d06b0, 0x769886bc, 0xb3ebbd55, 0xaa3a93e7, 0x5ac635d8}};
/* (p + 1) / 4: p is 3 modulo 4, so a square to this power is its root */
static const struct vault_number ROOT_POWER = {
    {0x00000000, 0x00000000, 0x40000000, 0x00000000, 0x00000000, 0x40000000, 0xc0000000, 0x3fffffff}};

/* x^3 - 3x + b, as (x^2 - 3) x + b */
static struct vault_number curve_at(const struct vault_number *x)
{
    static const struct vault_number three = {{3}};
    struct vault_number three_form = vault_modular_form(&FIELD, &three);
    struct vault_number b_form = vault_modular_form(&FIELD, &CURVE_B);
    struct vault_number value = vault_modular_multiply(&FIELD, x, x);
    value = vault_modular_subtract(&FIELD, &value, &three_form);
    value = vault_modular_multiply(&FIELD, &value, x);
    return vault_modular_add(&FIELD, &value, &b_form);
}

enum err vault_point_expand(const uint8_t point[VAULT_POINT_SIZE], uint8_t out[VAULT_PUBLIC_SIZE])
{
    static const struct vault_number zero = {{0}};
    struct vault_number x = vault_number_read(point + 1, FIELD_SIZE);
    if ((point[0] != 0x02 && point[0] != 0x03) || !vault_number_is_below(&x, &FIELD.prime))
        return ERR_SYNTAX;
    struct vault_number x_form = vault_modular_form(&FIELD, &x);
    struct vault_number square = curve_at(&x_form);
    struct vault_number root = vault_modular_power(&FIELD, &square, &ROOT_POWER);
    struct vault_number tried = vault_modular_multiply(&FIELD, &root, &root);
    if (!vault_number_is_equal(&tried, &square)) /* it is no square: the curve has no such X */
        return ERR_SYNTAX;
    struct vault_number y = vault_modular_plain(&FIELD, &root);
    if ((y.word[0] & 1) != (point[0] & 1)) /* the other root; no Y of the curve is 0: its order is odd */
        y = vault_modular_subtract(&FIELD, &zero, &y);
    out[0] = 0x04;
    memcpy(out + 1, point + 1, FIELD_SIZE);
    vault_number_write(&y, out + 1 + FIELD_SIZE, FIELD_SIZE);
    return ERR_OK;
}

void vault_point_shorten(const uint8_t public_key[VAULT_PUBLIC_SIZE], uint8_t out[VAULT_POINT_SIZE])
{
    out[0] = (uint8_t)(0x02 | (public_key[VAULT_PUBLIC_SIZE - 1] & 1));
    memcpy(out + 1, public_key + 1, VAULT_POINT_SIZE - 1);
}
