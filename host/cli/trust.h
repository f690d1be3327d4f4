/* SPDX-License-Identifier: Apache-2.0 */
/* trust.h - folders of keys and certificates as verbs read and write them. */
#ifndef KASSA_CLI_TRUST_H
#define KASSA_CLI_TRUST_H

#include "cli/call.h"
#include "office/authority.h"
#include "store/store.h"

#define TRUST_PATH_MAX 4096

/* What stands in the folder of an authority. */
#define TRUST_CERTIFICATE "authority.pem"
#define TRUST_KEY         "authority.key"

/* "<folder>/<name>". EXIT_USAGE: too long. */
NODISCARD
enum exit_code trust_join(const struct call *call, const char *folder, const char *name,
                          char out[TRUST_PATH_MAX]);

/* Makes the folder if it is missing, for its owner alone. */
NODISCARD
enum exit_code trust_make_folder(const struct call *call, const char *folder);

/* The authority in --authority's folder. Complains. */
NODISCARD
enum exit_code trust_open(const struct call *call, struct authority *out);

/* Writes a PEM, a key readable by its owner alone and never over another. */
NODISCARD
enum exit_code trust_write(const struct call *call, const char *path, const char *label, struct span der);
NODISCARD
enum exit_code trust_write_key(const struct call *call, const char *path,
                               const uint8_t private_key[VAULT_PRIVATE_SIZE]);

/* Copies the authority's own certificate, and those above it that stand in the same file: who trusts the chain is
 * given them all. */
NODISCARD
enum exit_code trust_copy_certificates(const struct call *call, const char *path);

/* Reads such a file into a text; refuses one with a private key in it. Complains. */
NODISCARD
enum exit_code trust_read_certificates(const struct call *call, const char *path,
                                       char out[VAULT_PEM_TEXT_MAX + 1]);

/* Whether trust_give can give to that user: root asks, and this machine knows him. Complains. */
NODISCARD
enum exit_code trust_check_user(const struct call *call, const char *user);

/* Gives a folder and the files in it to a user of this machine. Complains. */
NODISCARD
enum exit_code trust_give(const struct call *call, const char *folder, const char *user);

/* The same, sealed if there is a sealer. */
NODISCARD
enum exit_code trust_write_kept_key(const struct call *call, const char *path, struct sealer sealer,
                                    const uint8_t private_key[VAULT_PRIVATE_SIZE]);

/* Certifies a key and writes certificate and row. `terms` lacks its time, which is now. */
NODISCARD
enum exit_code trust_certify(const struct call *call, const struct authority *authority,
                             struct authority_terms terms, const struct store_txn *txn, const char *path);

/* The list of those revoked, anew. */
NODISCARD
enum exit_code trust_write_revoked(const struct call *call, const struct authority *authority,
                                   const struct store_txn *txn, const char *path);

#endif
