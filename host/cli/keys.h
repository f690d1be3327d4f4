/* SPDX-License-Identifier: Apache-2.0 */
/* keys.h - key files and root files as verbs read, write and show them. A key file is a line of hexadecimal
 * digits: PREFIX.private for its holder alone, PREFIX.public for who draws up a root. */
#ifndef KASSA_CLI_KEYS_H
#define KASSA_CLI_KEYS_H

#include "cli/call.h"
#include "office/root_desk.h"

#define KEYS_PATH_MAX 4096

/* Makes a pair of keys as <prefix>.private (0600; is_locked: under a passphrase that is asked for) and
 * <prefix>.public, never over another, and says so. Complains. */
NODISCARD
enum exit_code keys_create(const struct call *call, const char *prefix, bool is_locked,
                           struct vault_key_pair *out);

struct keys_root {
    kassa_Signed sealed;
    kassa_TrustRoot body; /* what stands in it: sound, and believed by nobody yet */
};
/* Complains. */
NODISCARD
enum exit_code keys_load_root(const struct call *call, const char *path, struct keys_root *out);
NODISCARD
enum exit_code keys_write_root(const struct call *call, const char *path, const kassa_Signed *sealed);

/* Seals the root if it is sound; says what is wrong otherwise. */
NODISCARD
enum exit_code keys_seal_root(const struct call *call, const kassa_TrustRoot *root, kassa_Signed *out);

/* The root that a file holds, signed by its own root role. Complains. */
NODISCARD
enum exit_code keys_load_good_root(const struct call *call, const char *path, struct trust_root *out);

/* What stands in a root, in lines. */
void keys_print_root(FILE *out, const kassa_TrustRoot *root);

/* "signed by anna, ben" or "signed by nobody", then how many are missing for the role. */
void keys_print_signers(FILE *out, const kassa_TrustRoot *root, kassa_TrustRole role,
                        enum wire_purpose purpose, const kassa_Signed *sealed);
/* How many signatures the role still wants. */
size_t keys_missing(const kassa_TrustRoot *root, kassa_TrustRole role, enum wire_purpose purpose,
                    const kassa_Signed *sealed);

/* Takes NAME=FILE apart and gives the key the role. Complains. */
NODISCARD
enum exit_code keys_grant(const struct call *call, kassa_TrustRoot *root, kassa_TrustRole role,
                          const char *text);

/* The options --root, --rules, --timestamp, --coupons, --root-threshold, --rules-threshold. Complains. */
NODISCARD
enum exit_code keys_take_grants(const struct call *call, kassa_TrustRoot *root);

#define KEYS_YEARS_DEFAULT 5
#define KEYS_YEARS_MAX     20
/* --years from now on. Complains. */
NODISCARD
enum exit_code keys_take_terms(const struct call *call, const char *tenant, struct root_terms *out);

#define KEYS_GRANT_OPTIONS                                                                                   \
    {.name = "root",                                                                                         \
     .value = "NAME=FILE",                                                                                   \
     .help = "a public key that may sign roots (again for more)",                                            \
     .is_repeatable = true},                                                                                 \
        {.name = "rules", .value = "NAME=FILE", .help = "one that may sign books", .is_repeatable = true},   \
        {.name = "timestamp",                                                                                \
         .value = "NAME=FILE",                                                                               \
         .help = "the hub's, which says day by day which book stands",                                       \
         .is_repeatable = true},                                                                             \
        {.name = "coupons",                                                                                  \
         .value = "NAME=FILE",                                                                               \
         .help = "one that may sign coupons",                                                                \
         .is_repeatable = true},                                                                             \
        {.name = "root-threshold",                                                                           \
         .value = "N",                                                                                       \
         .help = "persons who must sign a root (2, if there are two)"},                                      \
        {.name = "rules-threshold",                                                                          \
         .value = "N",                                                                                       \
         .help = "persons who must sign a book (2, if there are two)"},                                      \
    {                                                                                                        \
        .name = "years", .value = "N", .help = "how long the root lasts, 1 to 20 (5)"                        \
    }

#endif
