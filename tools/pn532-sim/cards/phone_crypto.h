/* SPDX-License-Identifier: Apache-2.0 */
/* phone_crypto.h - the phones' cryptography, through OpenSSL: another hand than the reader's, so that the one judges the
 * other. P-256 throughout; private keys are scalars, big-endian. A false return: what was given is no key, point or
 * signature. */
#ifndef KASSA_PN532_CARDS_PHONE_CRYPTO_H
#define KASSA_PN532_CARDS_PHONE_CRYPTO_H

#include "base/base.h"

#define PN532_SCALAR_SIZE 32u
#define PN532_POINT_SIZE  33u
#define PN532_HASH_SIZE   32u

/* SHA-256 of a, then b. */
void pn532_phone_hash(struct span a, struct span b, uint8_t out[PN532_HASH_SIZE]);

/* The key pair of a session: drawn from a seed, so that a run can be repeated. */
bool pn532_phone_key(struct span seed, uint8_t out_scalar[PN532_SCALAR_SIZE],
                     uint8_t out_point[PN532_POINT_SIZE]);
/* X of scalar times the point, which is in either form. */
bool pn532_phone_agree(const uint8_t scalar[PN532_SCALAR_SIZE], struct span point, uint8_t out_x[32]);
/* X of a point in either form. */
bool pn532_phone_x(struct span point, uint8_t out_x[32]);
/* ECDSA with SHA-256, signature in DER. */
bool pn532_phone_verify(struct span point, struct span message, struct span signature);

/* HKDF with SHA-256 (RFC 5869), 48 bytes. */
bool pn532_phone_derive(struct span salt, struct span secret, struct span info, uint8_t out[48]);
bool pn532_phone_mac(const uint8_t key[32], struct span bytes, uint8_t out[PN532_HASH_SIZE]);
/* AES-256-GCM with a nonce of 16 zeros: ciphertext and tag (plain.size + 16 bytes). */
bool pn532_phone_seal(const uint8_t key[32], struct span bound, struct span plain, uint8_t *out);
/* AES-128-CTR. */
bool pn532_phone_ctr(const uint8_t key[16], const uint8_t counter[16], struct span plain, uint8_t *out);

/* zlib, at its best. 0: no room. */
size_t pn532_phone_pack(struct span plain, uint8_t *out, size_t capacity);

#endif
