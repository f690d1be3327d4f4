/* SPDX-License-Identifier: Apache-2.0 */
/* release.h - what a release is made of, signed: a manifest of lines as sha256sum(1) writes and checks them,
 *
 *     <SHA-256, 64 lower-case hexadecimal digits>, two blanks, <name>, a line's end
 *
 * with names of files that lie beside it, and a signature in a file of its own: "kassa-release-1 <128 hexadecimal digits>".
 * What is signed is "kassa-release-1", a NUL, and the SHA-256 of the manifest. Threads: any. */
#ifndef KASSA_OFFICE_RELEASE_H
#define KASSA_OFFICE_RELEASE_H

#include "vault/vault.h"

#define RELEASE_NAME_MAX      128
#define RELEASE_LINE_MAX      (2 * HASH_SIZE + 2 + RELEASE_NAME_MAX + 2)
#define RELEASE_SIGNATURE_MAX 160
#define RELEASE_MANIFEST_MAX  65536

struct release_line {
    uint8_t hash[HASH_SIZE];
    char name[RELEASE_NAME_MAX + 1];
};

/* Takes the first line off *rest. ERR_NOT_FOUND: there is none left. ERR_SYNTAX: it is no line, or names what may lie
 * elsewhere; then *rest stays. */
NODISCARD
enum err release_read_line(struct span *rest, struct release_line *out);
/* ERR_ARGUMENT: a name that release_read_line would refuse. */
NODISCARD
enum err release_write_line(const struct release_line *line, char out[RELEASE_LINE_MAX]);

NODISCARD
enum err release_sign(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct span manifest,
                      char out[RELEASE_SIGNATURE_MAX]);
/* ERR_SYNTAX: no such signature. ERR_SIGNATURE: not this key's, or the manifest was changed. ERR_TOO_LONG. */
NODISCARD
enum err release_verify(const uint8_t public_key[VAULT_PUBLIC_SIZE], struct span manifest,
                        struct span signature);

#endif
