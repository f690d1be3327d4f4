/* SPDX-License-Identifier: Apache-2.0 */
/* trust.h - who may sign what: roots, timestamps and manifests of books, verified as include/kassa/SPEC.md
 * "Trust" says. Stateless: it is told what stands and judges what came. The same code decides at the till, at
 * the desk where a book is signed and at the hub.
 *
 * Order      enough signatures over the bytes as they came, and only then a look into them.
 * Memory     none on the heap but what vault_verify takes; some 20 KiB of stack.
 * Threads    one, as the vault.
 */
#ifndef KASSA_TRUST_H
#define KASSA_TRUST_H

#include "vault/vault.h"
#include "wire/message.h"

/* Why something was refused, or is an alarm: stable codes, one row each in reason.c and in SPEC.md. */
enum trust_reason {
    TRUST_GOOD,
    TRUST_MALFORMED,
    TRUST_UNSIGNED,
    TRUST_TENANT,
    TRUST_SCOPE,
    TRUST_ROLLBACK,
    TRUST_CONFLICT,
    TRUST_FAST_FORWARD,
    TRUST_EXPIRED,
    TRUST_EARLY,
    TRUST_UNLISTED,
    TRUST_ROOT_GAP,
    TRUST_TOO_LARGE,
    TRUST_MIXED,
    TRUST_UNREADABLE,
    TRUST_FAULTY,
    TRUST_LIMIT,
    TRUST_WITHDRAWN,
    TRUST_NO_EARLIER,
    TRUST_NOT_KEPT,
    TRUST_FROZEN,
    TRUST_OUTLIVED,
    TRUST_REASON_COUNT
};
const char *trust_reason_code(enum trust_reason reason);     /* "fast_forward" */
const char *trust_reason_sentence(enum trust_reason reason); /* for a person */

struct trust_root {
    kassa_TrustRoot body;
    uint8_t hash[HASH_SIZE]; /* SHA-256 of its content */
};

struct trust_manifest {
    kassa_BookManifest body;
    uint8_t hash[HASH_SIZE]; /* SHA-256 of its content: what a timestamp names */
};

/* ---- signatures */

/* How many signatures of `sealed` count for the role: of different keys of different persons. */
size_t trust_count_signatures(const kassa_TrustRoot *root, kassa_TrustRole role, enum wire_purpose purpose,
                              const kassa_Signed *sealed);

/* TRUST_GOOD or TRUST_UNSIGNED. */
enum trust_reason trust_verify(const kassa_TrustRoot *root, kassa_TrustRole role, enum wire_purpose purpose,
                               const kassa_Signed *sealed);

/* Encodes content and sets it, without signatures. ERR_TOO_LONG. */
NODISCARD
enum err trust_seal(const pb_msgdesc_t *fields, const void *content, kassa_Signed *out);

/* Adds a signature, in the place of one by the same key. ERR_TOO_LONG: it has SIGNATURES_MAX. ERR_ARGUMENT:
 * no private key. */
NODISCARD
enum err trust_sign(kassa_Signed *sealed, enum wire_purpose purpose,
                    const uint8_t private_key[VAULT_PRIVATE_SIZE]);

/* The grant of a role; NULL: nobody has it. The key with that id; NULL. */
const kassa_TrustGrant *trust_grant_of(const kassa_TrustRoot *root, kassa_TrustRole role);
const kassa_TrustKey *trust_key_of(const kassa_TrustRoot *root, const uint8_t key_id[VAULT_KEY_ID_SIZE]);

/* The public keys of a role, at most SIGNATURES_MAX; returns how many. */
size_t trust_keys_of(const kassa_TrustRoot *root, kassa_TrustRole role,
                     uint8_t out[SIGNATURES_MAX][VAULT_PUBLIC_SIZE]);

/* ---- roots */

/* TRUST_MALFORMED: not sound by SPEC.md "Roots". */
enum trust_reason trust_root_check(const kassa_TrustRoot *root);

/* A till's first root: its own file's. Signed by its own root role. */
enum trust_reason trust_root_begin(const kassa_Signed *sealed, struct trust_root *out);

/* The root that follows `before`. TRUST_UNSIGNED: by one of both. TRUST_ROLLBACK: not above it. TRUST_CONFLICT:
 * the same version with other content; TRUST_GOOD and out = before with the same. TRUST_ROOT_GAP: more than one
 * above it. */
enum trust_reason trust_root_follow(const struct trust_root *before, const kassa_Signed *sealed,
                                    struct trust_root *out);

/* Whether the keys or the threshold of a role differ. */
bool trust_is_role_changed(const kassa_TrustRoot *before, const kassa_TrustRoot *after, kassa_TrustRole role);

#define ROOT_FILE_MAGIC    "KASROOT1"
#define ROOT_FILE_SIZE_MAX (8 + SIGNED_SIZE_MAX)
/* ERR_SYNTAX: no root file. */
NODISCARD
enum err trust_root_file_read(struct span file, kassa_Signed *out);
NODISCARD
enum err trust_root_file_write(const kassa_Signed *sealed, uint8_t out[ROOT_FILE_SIZE_MAX], size_t *out_size);

/* ---- books and timestamps: signatures and form. What stands here and now is the till's to compare. */

enum trust_reason trust_read_manifest(const struct trust_root *root, const kassa_Signed *sealed,
                                      struct trust_manifest *out);

/* Also that it was issued within the root's life, for at most 7 days. */
enum trust_reason trust_read_timestamp(const struct trust_root *root, const kassa_Signed *sealed,
                                       kassa_Timestamp *out);

/* A till's place in a rollout: 0 to 9999. */
NODISCARD
enum err trust_place(uint64_t rollout, const char *till, uint32_t *out_place);

/* The book that stands for the place; NULL: none does. */
const kassa_BookShare *trust_share_of(const kassa_Timestamp *timestamp, uint32_t place);
bool trust_is_withdrawn(const kassa_Timestamp *timestamp, uint64_t version);
bool trust_is_halted(const kassa_Timestamp *timestamp, uint64_t version);

#endif
