/* SPDX-License-Identifier: Apache-2.0 */
/* agree.h - what two parties need that meet for a moment over the air: a secret agreed on, keys made of it, and
 * messages opened with those. All through PSA; private keys are scalars of P-256, big-endian.
 *
 * Outputs   untouched on failure, but for buffers of plain text, which may hold nothing of use then.
 * Threads   one; vault_open() first. Nothing stays allocated. */
#ifndef KASSA_VAULT_AGREE_H
#define KASSA_VAULT_AGREE_H

#include "iface/random.h"
#include "vault/point.h"
#include "vault/vault.h"

#define VAULT_SECRET_SIZE    32 /* X of the shared point */
#define VAULT_CTR_KEY_SIZE   16
#define VAULT_BLOCK_SIZE     16
#define VAULT_GCM_KEY_SIZE   32
#define VAULT_GCM_NONCE_SIZE 16
#define VAULT_GCM_TAG_SIZE   16
#define VAULT_DER_SIZE_MAX   72 /* of an ECDSA signature over P-256 */

/* A key pair for one use, its private half drawn from `random`. ERR_IO: no random bytes, or such as make no key. */
NODISCARD
enum err vault_draw_key_pair(struct random random, struct vault_key_pair *out);

/* ECDH over P-256 (SEC 1 3.3.1) with the other's public key in either form: 33 or 65 bytes. ERR_SYNTAX: that is no
 * point of the curve. ERR_ARGUMENT: no valid private key. */
NODISCARD
enum err vault_agree(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct span peer,
                     uint8_t out[VAULT_SECRET_SIZE]);

struct vault_derivation {
    struct span salt;
    struct span secret;
    struct span info;
};
/* HKDF with SHA-256 (RFC 5869): extract and expand. out_size: at most 255 * 32. */
NODISCARD
enum err vault_derive(const struct vault_derivation *from, uint8_t *out, size_t out_size);

/* HMAC-SHA-256 (RFC 2104). The check takes the same time wherever the two differ. ERR_SIGNATURE: another. */
NODISCARD
enum err vault_mac(struct span key, struct span bytes, uint8_t out[HASH_SIZE]);
NODISCARD
enum err vault_mac_check(struct span key, struct span bytes, const uint8_t mac[HASH_SIZE]);

/* AES-128 in counter mode (NIST SP 800-38A 6.5) from this counter block on; in and out are the same function. out may
 * be where `bytes` are. Nothing protects the bytes from changes: check a MAC first. */
NODISCARD
enum err vault_ctr(const uint8_t key[VAULT_CTR_KEY_SIZE], const uint8_t counter[VAULT_BLOCK_SIZE],
                   struct span bytes, uint8_t *out);

/* Opens AES-256-GCM (NIST SP 800-38D) with a nonce of 16 bytes: `sealed` is ciphertext | tag. ERR_SIGNATURE: another
 * key, nonce or bound, or changed. ERR_TOO_LONG: out is too small. */
struct vault_gcm {
    const uint8_t *key;   /* VAULT_GCM_KEY_SIZE */
    const uint8_t *nonce; /* VAULT_GCM_NONCE_SIZE */
    struct span bound;    /* additional data */
};
NODISCARD
enum err vault_gcm_open(const struct vault_gcm *gcm, struct span sealed, uint8_t *out, size_t capacity,
                        size_t *out_size);

/* r || s as SEQUENCE { INTEGER r, INTEGER s } (RFC 3279 2.2.3). */
NODISCARD
enum err vault_signature_der(const uint8_t signature[VAULT_SIGNATURE_SIZE], uint8_t out[VAULT_DER_SIZE_MAX],
                             size_t *out_size);

#endif
