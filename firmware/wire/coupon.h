/* SPDX-License-Identifier: Apache-2.0 */
/* coupon.h - a signed single-use coupon as text: what a QR code on paper or in a letter holds (SPEC.md
 * "Coupon tokens"). Pure: signing and verifying is the vault's.
 *
 *   KC1 base32( 1 | key id 8 | from day 4 | until day 4 | n series | n serial | n store | signature 64 )
 *                '------------------- the statement signs this part ------------------'               */
#ifndef KASSA_WIRE_COUPON_H
#define KASSA_WIRE_COUPON_H

#include "base/base.h"
#include "kassa/limits.h"

#define WIRE_COUPON_PREFIX         "KC1"
#define WIRE_COUPON_SIGNATURE_SIZE 64
#define WIRE_COUPON_KEY_ID_SIZE    8
#define WIRE_COUPON_STATEMENT_MAX  160

struct wire_coupon {
    uint8_t key_id[WIRE_COUPON_KEY_ID_SIZE];
    int32_t valid_from_day;  /* the first day on which it can be used ... */
    int32_t valid_until_day; /* ... and the last one; 0: no end */
    char series[COUPON_SERIES_MAX + 1];
    char serial[COUPON_SERIAL_MAX + 1];
    char store[TILL_ID_MAX + 1]; /* empty: every store */
    uint8_t signature[WIRE_COUPON_SIGNATURE_SIZE];
};

/* Does the text look like one? Whether it is, only reading tells. */
bool wire_coupon_is_token(struct span text);

/* What the signature covers. ERR_ARGUMENT: no series or no serial. */
NODISCARD
enum err wire_coupon_statement(const struct wire_coupon *coupon, uint8_t out[WIRE_COUPON_STATEMENT_MAX],
                               size_t *out_size);

/* Writes the token and a NUL. ERR_ARGUMENT as above. */
NODISCARD
enum err wire_coupon_write(const struct wire_coupon *coupon, char out[COUPON_CODE_MAX + 1]);

/* Reads a token; small letters are as good as capitals. Nothing is verified. ERR_SYNTAX: none, or a text in
 * it has control characters. */
NODISCARD
enum err wire_coupon_read(struct span text, struct wire_coupon *out);

#endif
