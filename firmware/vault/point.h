/* SPDX-License-Identifier: Apache-2.0 */
/* point.h - points of the curve P-256 in their short form, as phones send them (SEC 1 2.3.3, 2.3.4).
 *
 * Why here   PSA imports uncompressed points alone, and the big numbers inside Mbed TLS are no public interface from
 *            TF-PSA-Crypto 1.0 on. So the square root is worked out here.
 * Secrets    none: a public key is public. Nothing here takes the same time for all inputs, and no private key comes
 *            near it.
 * Threads    any; there is no state. */
#ifndef KASSA_VAULT_POINT_H
#define KASSA_VAULT_POINT_H

#include "vault/vault.h"

#define VAULT_POINT_SIZE 33 /* 02 or 03 (Y even or odd) || X */

/* ERR_SYNTAX: another first byte, an X that is no element of the field, or one without a point on the curve. */
NODISCARD
enum err vault_point_expand(const uint8_t point[VAULT_POINT_SIZE], uint8_t out[VAULT_PUBLIC_SIZE]);

void vault_point_shorten(const uint8_t public_key[VAULT_PUBLIC_SIZE], uint8_t out[VAULT_POINT_SIZE]);

#endif
