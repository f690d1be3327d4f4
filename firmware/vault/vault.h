/* SPDX-License-Identifier: Apache-2.0 */
/* vault.h - all cryptography of Kassa's own, through the PSA Crypto API (so that Mbed TLS 2.28, 3.6 and 4.x
 * all build). vault_open() once a process, before anything else here. Threads: one. No call but key
 * generation allocates for longer than itself. */
#ifndef KASSA_VAULT_H
#define KASSA_VAULT_H

#include "base/base.h"
#include "kassa/limits.h"

#define VAULT_PRIVATE_SIZE   32 /* P-256 scalar, big-endian */
#define VAULT_PUBLIC_SIZE    65 /* P-256 point, SEC 1 2.3.3 uncompressed: 04 || X || Y */
#define VAULT_SIGNATURE_SIZE 64 /* r || s */
#define VAULT_KEY_ID_SIZE    8  /* first bytes of the SHA-256 of the public key */
#define VAULT_PEPPER_SIZE    32

NODISCARD
enum err vault_open(void);

/* SHA-256 (FIPS 180-4) of a, or of a followed by b. */
NODISCARD
enum err vault_sha256(struct span a, uint8_t out[HASH_SIZE]);
NODISCARD
enum err vault_sha256_two(struct span a, struct span b, uint8_t out[HASH_SIZE]);

/* HMAC-SHA-256 (RFC 2104) of any bytes under the pepper: tells equal ones from others, and nothing about them without it.
 * A card's canonical text is no input here, or its token would stand in the open. */
NODISCARD
enum err vault_keyed_hash(const uint8_t pepper[VAULT_PEPPER_SIZE], struct span bytes, uint8_t out[HASH_SIZE]);

struct vault_key_pair {
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    uint8_t public_key[VAULT_PUBLIC_SIZE];
};
NODISCARD
enum err vault_generate_key_pair(struct vault_key_pair *out);
NODISCARD
enum err vault_public_key_of(const uint8_t private_key[VAULT_PRIVATE_SIZE], uint8_t out[VAULT_PUBLIC_SIZE]);
NODISCARD
enum err vault_key_id(const uint8_t public_key[VAULT_PUBLIC_SIZE], uint8_t out[VAULT_KEY_ID_SIZE]);

/* Deterministic ECDSA (RFC 6979) over P-256 with SHA-256. ERR_ARGUMENT: no valid private key. */
NODISCARD
enum err vault_sign(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct span message,
                    uint8_t out[VAULT_SIGNATURE_SIZE]);

/* ERR_SIGNATURE: the signature is not this key's for this message, or the key is no point of the curve. */
NODISCARD
enum err vault_verify(const uint8_t public_key[VAULT_PUBLIC_SIZE], struct span message,
                      const uint8_t signature[VAULT_SIGNATURE_SIZE]);

/* Overwrites a secret, also where the compiler knows that nobody reads it any more. */
void vault_wipe(void *bytes, size_t size);

#endif
