/* SPDX-License-Identifier: Apache-2.0 */
/* tiny_ecdsa.h - verifying ECDSA signatures on the small curves by which makers of cards sign a chip's UID.
 *
 * Why here   PSA never had secp128r1, and TF-PSA-Crypto 1.0 took secp224r1 away. What is verified is public, and no
 *            signature is ever made here.
 * Strength   64 and 112 bits: enough for what a chip's origin is worth, and not for more.
 * Secrets    none. Threads: any; there is no state. */
#ifndef KASSA_VAULT_TINY_ECDSA_H
#define KASSA_VAULT_TINY_ECDSA_H

#include "base/base.h"

#define VAULT_TINY_SIZE_MAX 28 /* of a coordinate, and of each half of a signature */

enum vault_tiny_curve { VAULT_SECP128R1, VAULT_SECP224R1, VAULT_TINY_CURVE_COUNT };

struct vault_tiny_key {
    enum vault_tiny_curve curve;
    uint8_t point[2 * VAULT_TINY_SIZE_MAX]; /* X, then Y, each of the curve's size */
};

/* Of a coordinate in bytes: 16, 28. */
size_t vault_tiny_size(enum vault_tiny_curve curve);

/* digest: what was signed, as it is, at most as long as a coordinate; makers sign the bare UID. signature: r, then s.
 * ERR_SIGNATURE: it is not that key's over these bytes. ERR_ARGUMENT: a digest or a signature of another size, or a key
 * that is no point of its curve. */
NODISCARD
enum err vault_tiny_verify(const struct vault_tiny_key *key, struct span digest, struct span signature);

#endif
