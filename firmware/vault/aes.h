/* SPDX-License-Identifier: Apache-2.0 */
/* aes.h - AES-128 as contactless cards use it: blocks, CBC without padding (NIST SP 800-38A), CMAC (SP 800-38B), and
 * a card's own key made from a master key. All through PSA.
 *
 * Threads    one; vault_open() first. Nothing stays allocated. */
#ifndef KASSA_VAULT_AES_H
#define KASSA_VAULT_AES_H

#include "base/base.h"

#define VAULT_AES_SIZE 16 /* of a key and of a block */

NODISCARD
enum err vault_aes_block(const uint8_t key[VAULT_AES_SIZE], const uint8_t block[VAULT_AES_SIZE],
                         uint8_t out[VAULT_AES_SIZE]);

/* bytes: whole blocks, else ERR_ARGUMENT. out has their size and may be where they are. iv is left as it was. */
NODISCARD
enum err vault_aes_cbc_encrypt(const uint8_t key[VAULT_AES_SIZE], const uint8_t iv[VAULT_AES_SIZE],
                               struct span bytes, uint8_t *out);
NODISCARD
enum err vault_aes_cbc_decrypt(const uint8_t key[VAULT_AES_SIZE], const uint8_t iv[VAULT_AES_SIZE],
                               struct span bytes, uint8_t *out);

NODISCARD
enum err vault_cmac(const uint8_t key[VAULT_AES_SIZE], struct span bytes, uint8_t out[VAULT_AES_SIZE]);

/* CMAC that goes on from a chaining value instead of zeros, as DESFire EV1 keeps one through a session. */
NODISCARD
enum err vault_cmac_from(const uint8_t key[VAULT_AES_SIZE], const uint8_t iv[VAULT_AES_SIZE],
                         struct span bytes, uint8_t out[VAULT_AES_SIZE]);

/* Twice the number in GF(2^128), SP 800-38B 6.1: a step to its subkeys. */
void vault_cmac_double(uint8_t block[VAULT_AES_SIZE]);

/* NXP AN10922 2.2: CMAC over 01 | input, padded to 32 bytes always (a plain CMAC pads short inputs to 16). input: 1 to
 * 31 bytes, else ERR_ARGUMENT. */
#define VAULT_AN10922_INPUT_MAX 31
NODISCARD
enum err vault_an10922(const uint8_t key[VAULT_AES_SIZE], struct span input, uint8_t out[VAULT_AES_SIZE]);

/* Are both equal? Takes the same time wherever they differ. */
bool vault_is_equal(const uint8_t *a, const uint8_t *b, size_t size);

#endif
