/* SPDX-License-Identifier: Apache-2.0 */
/* coupon_token.h - coupons that work once and without a line, signed with the key of the books
 * (include/kassa/SPEC.md "Coupon tokens"). Head office keeps no list of them: the hub hears of one when it is
 * redeemed. */
#ifndef KASSA_OFFICE_COUPON_TOKEN_H
#define KASSA_OFFICE_COUPON_TOKEN_H

#include "iface/random.h"
#include "vault/vault.h"
#include "wire/coupon.h"

struct coupon_token_terms {
    const char *series;      /* that the book names: 1 to COUPON_SERIES_MAX printable bytes */
    const char *serial;      /* NULL: 80 random bits, as nobody guesses */
    const char *store;       /* NULL: every store */
    int32_t valid_from_day;  /* the first day on which it can be used ... */
    int32_t valid_until_day; /* ... and the last one; 0: no end */
};

/* ERR_ARGUMENT: a text is too long, empty or not printable, or the last day is before the first. ERR_IO: no
 * random bytes. */
NODISCARD
enum err coupon_token_sign(const struct coupon_token_terms *terms,
                           const uint8_t private_key[VAULT_PRIVATE_SIZE], struct random random,
                           char out[COUPON_CODE_MAX + 1]);

#endif
