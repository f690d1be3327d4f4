/* SPDX-License-Identifier: Apache-2.0 */
/* key_lock.h - a private key in a file that wants a passphrase: one line,
 *
 *     kassa-key-1 <rounds> <salt, 32 hexadecimal digits> <sealed key, 120 hexadecimal digits>
 *
 * sealed (vault/seal.h, bound to "kassa-key-1") under the first block of PBKDF2 with HMAC-SHA-256 (RFC 8018, 5.2), whose
 * HMAC key is the SHA-256 of the passphrase. Threads: any, on their own objects. */
#ifndef KASSA_OFFICE_KEY_LOCK_H
#define KASSA_OFFICE_KEY_LOCK_H

#include "iface/random.h"
#include "vault/vault.h"

#define KEY_LOCK_ROUNDS     200000 /* some tenths of a second */
#define KEY_LOCK_ROUNDS_MAX 10000000
#define KEY_LOCK_TEXT_MAX   192

/* Whether a file's text is a locked key. */
bool key_lock_is_one(struct span text);

/* Writes the line with its end, and a NUL. ERR_ARGUMENT: rounds 0. ERR_IO: no random bytes are to be had. */
NODISCARD
enum err key_lock_close(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct span passphrase,
                        uint32_t rounds, struct random random, char out[KEY_LOCK_TEXT_MAX]);

/* ERR_SYNTAX: no locked key. ERR_SIGNATURE: another passphrase, or the file was changed. */
NODISCARD
enum err key_lock_open(struct span text, struct span passphrase, uint8_t out[VAULT_PRIVATE_SIZE]);

#endif
