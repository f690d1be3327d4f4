/* SPDX-License-Identifier: Apache-2.0 */
/* seal.h - bytes that only who has the key can read, and that nobody can change or move unnoticed: AES-256-GCM
 * (NIST SP 800-38D). A sealed text is nonce (12) | ciphertext | tag (16). What it is bound to (whose it is,
 * which field, which file) goes along as additional data and is not stored.
 *
 * Nonces    drawn at random for each sealing; a key seals far fewer than 2^32 texts in its life.
 * Threads   one. Nothing stays allocated. */
#ifndef KASSA_VAULT_SEAL_H
#define KASSA_VAULT_SEAL_H

#include "base/base.h"
#include "iface/random.h"
#include "kassa/limits.h"

#define VAULT_KEY_SIZE     32
#define VAULT_NONCE_SIZE   12
#define VAULT_TAG_SIZE     16
#define VAULT_SEAL_SIZE    (VAULT_NONCE_SIZE + VAULT_TAG_SIZE) /* what sealing adds */
#define VAULT_SEAL_ID_SIZE 8

/* ERR_TOO_LONG: out is too small. ERR_IO: no random bytes are to be had. */
NODISCARD
enum err vault_seal(const uint8_t key[VAULT_KEY_SIZE], struct span bound, struct span plain,
                    struct random random, uint8_t *out, size_t capacity, size_t *out_size);

/* ERR_SIGNATURE: another key's, bound to something else, or changed; nothing of it is told then.
 * ERR_TOO_LONG: out is too small. */
NODISCARD
enum err vault_unseal(const uint8_t key[VAULT_KEY_SIZE], struct span bound, struct span sealed, uint8_t *out,
                      size_t capacity, size_t *out_size);

/* ---- personal fields (include/kassa/SPEC.md): each in an envelope under its member's own key
 *
 * Envelope   key's id (8) | nonce (12) | ciphertext | tag (16), bound to the member and the field. The text is
 *            filled up with zeros to a multiple of 16, so that its length tells little. */
#define VAULT_ENVELOPE_TEXT_MAX 64
#define VAULT_ENVELOPE_SIZE_MAX (VAULT_SEAL_ID_SIZE + VAULT_SEAL_SIZE + VAULT_ENVELOPE_TEXT_MAX)

struct vault_envelope_of { /* what it is bound to */
    const uint8_t *member; /* MEMBER_SIZE bytes */
    uint8_t field;         /* kassa.PersonalField */
};

/* text: 1 to VAULT_ENVELOPE_TEXT_MAX bytes (else ERR_ARGUMENT); out has VAULT_ENVELOPE_SIZE_MAX. */
NODISCARD
enum err vault_envelope_seal(const uint8_t key[VAULT_KEY_SIZE], const struct vault_envelope_of *of,
                             struct span text, struct random random, uint8_t *out, size_t *out_size);

/* The text, NUL-terminated; out has VAULT_ENVELOPE_TEXT_MAX + 1 bytes. ERR_NOT_FOUND: of another key.
 * ERR_SIGNATURE: another member's or field's, or changed. ERR_SYNTAX: no envelope. */
NODISCARD
enum err vault_envelope_open(const uint8_t key[VAULT_KEY_SIZE], const struct vault_envelope_of *of,
                             struct span envelope, char *out);

#endif
