/* SPDX-License-Identifier: Apache-2.0 */
/* modular.h - numbers modulo an odd prime of up to 256 bits: inside vault/, for what PSA has not (point.h, tiny_ecdsa.h).
 *
 * Form       products stand in Montgomery's form, a * R mod m with R = 2^(32 * words) (P. Montgomery, "Modular
 *            multiplication without trial division", 1985): then reducing takes additions and products alone.
 * Secrets    none: nothing here takes the same time for all inputs, so no private key may come near it.
 * Threads    any; there is no state. */
#ifndef KASSA_VAULT_MODULAR_H
#define KASSA_VAULT_MODULAR_H

#include "base/base.h"

#define VAULT_NUMBER_WORDS 8

/* The least significant word first; those beyond a modulus' count are 0. */
struct vault_number {
    uint32_t word[VAULT_NUMBER_WORDS];
};

struct vault_modulus {
    size_t word_count;
    struct vault_number prime;
    uint32_t inverse;           /* -1 / prime modulo 2^32 */
    struct vault_number square; /* R^2 modulo prime: a product with it brings a number into the form */
};

/* size: 4 bytes a word, the most significant first. */
struct vault_number vault_number_read(const uint8_t *bytes, size_t size);
void vault_number_write(const struct vault_number *number, uint8_t *out, size_t size);

bool vault_number_is_zero(const struct vault_number *number);
bool vault_number_is_equal(const struct vault_number *a, const struct vault_number *b);
bool vault_number_is_below(const struct vault_number *a, const struct vault_number *b);

/* All take numbers below the prime and give one. */
struct vault_number vault_modular_add(const struct vault_modulus *modulus, const struct vault_number *a,
                                      const struct vault_number *b);
struct vault_number vault_modular_subtract(const struct vault_modulus *modulus, const struct vault_number *a,
                                           const struct vault_number *b);
/* a * b / R: of two in the form, the product in the form. */
struct vault_number vault_modular_multiply(const struct vault_modulus *modulus, const struct vault_number *a,
                                           const struct vault_number *b);
/* base in the form; exponent as it is. */
struct vault_number vault_modular_power(const struct vault_modulus *modulus, const struct vault_number *base,
                                        const struct vault_number *exponent);

/* Into the form, and out of it. */
struct vault_number vault_modular_form(const struct vault_modulus *modulus,
                                       const struct vault_number *number);
struct vault_number vault_modular_plain(const struct vault_modulus *modulus, const struct vault_number *form);

#endif
