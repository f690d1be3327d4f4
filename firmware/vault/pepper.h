/* SPDX-License-Identifier: Apache-2.0 */
/* pepper.h - the chain's peppers: secrets that all its tills and head office's desk share, and nobody else has, the
 * broker and the hub among them. A pepper has a version, so that it can be changed: for a time two are known,
 * the newest makes tokens and wraps keys, all are tried where something old is looked for.
 *
 * File       a line a pepper: its version (1 to 255) and 64 hexadecimal digits, a blank between; a line without a
 *            version is version 1. Up to VAULT_PEPPERS_MAX lines.
 * Token      of a card: the version (1 byte) | HMAC-SHA-256(pepper, canonical text), cut to 15 bytes. The number
 *            cannot be found from it without the pepper.
 * Wrapping   a member's key travels and rests wrapped: version (1) | sealed key (60), bound to the member, under
 *            HMAC-SHA-256(pepper, "kassa member key").
 * Threads    one. Nothing stays allocated. */
#ifndef KASSA_VAULT_PEPPER_H
#define KASSA_VAULT_PEPPER_H

#include "vault/seal.h"
#include "vault/vault.h"

#define VAULT_PEPPERS_MAX  4
#define VAULT_WRAPPED_SIZE (1 + VAULT_SEAL_SIZE + VAULT_KEY_SIZE)
_Static_assert(VAULT_WRAPPED_SIZE == MEMBER_KEY_SIZE, "the contract names the same size");

struct vault_pepper {
    uint8_t version; /* 1 to 255 */
    uint8_t bytes[VAULT_PEPPER_SIZE];
    uint8_t wrap[VAULT_KEY_SIZE]; /* what wraps members' keys, derived */
};

struct vault_peppers {
    size_t count; /* the newest first */
    struct vault_pepper rows[VAULT_PEPPERS_MAX];
};

/* Adds one. ERR_EXISTS: its version is known. ERR_ARGUMENT: version 0. ERR_TOO_LONG: more than there is room for. */
NODISCARD
enum err vault_pepper_add(struct vault_peppers *peppers, uint8_t version,
                          const uint8_t bytes[VAULT_PEPPER_SIZE]);

/* A file's text. ERR_SYNTAX, ERR_EXISTS (two of one version), ERR_TOO_LONG. */
NODISCARD
enum err vault_peppers_read(struct span text, struct vault_peppers *out);
/* What vault_peppers_read reads, with a NUL. */
#define VAULT_PEPPERS_TEXT_MAX (VAULT_PEPPERS_MAX * (4 + 2 * VAULT_PEPPER_SIZE + 1) + 1)
void vault_peppers_write(const struct vault_peppers *peppers, char out[VAULT_PEPPERS_TEXT_MAX]);
void vault_peppers_wipe(struct vault_peppers *peppers); /* for CLEANUP */

/* NULL: not known here. */
const struct vault_pepper *vault_pepper_find(const struct vault_peppers *peppers, uint8_t version);

NODISCARD
enum err vault_card_token(const struct vault_pepper *pepper, const char *card_text, uint8_t out[TOKEN_SIZE]);

/* One card under all peppers that are known, the newest first. */
struct vault_tokens {
    size_t count;
    uint8_t rows[VAULT_PEPPERS_MAX][TOKEN_SIZE];
};
NODISCARD
enum err vault_card_tokens(const struct vault_peppers *peppers, const char *card_text,
                           struct vault_tokens *out);

/* Wraps under the newest pepper. ERR_STATE: there is none. */
NODISCARD
enum err vault_key_wrap(const struct vault_peppers *peppers, const uint8_t member[MEMBER_SIZE],
                        const uint8_t key[VAULT_KEY_SIZE], struct random random,
                        uint8_t out[VAULT_WRAPPED_SIZE]);
/* ERR_NOT_FOUND: wrapped under a pepper that is not known here. ERR_SYNTAX: no wrapped key. ERR_SIGNATURE: another
 * member's, another chain's, or changed. */
NODISCARD
enum err vault_key_unwrap(const struct vault_peppers *peppers, const uint8_t member[MEMBER_SIZE],
                          struct span wrapped, uint8_t out[VAULT_KEY_SIZE]);

#endif
