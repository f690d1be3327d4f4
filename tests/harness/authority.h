/* SPDX-License-Identifier: Apache-2.0 */
/* authority.h - certificates for tests: of an authority, and of whomever it certifies. Any failure ends the test
 * program. */
#ifndef KASSA_HARNESS_AUTHORITY_H
#define KASSA_HARNESS_AUTHORITY_H

#include "harness/folder.h"
#include "vault/certificate.h"

#define AUTHORITY_FROM_UNIX_S  1793000000 /* 2026-10-26 */
#define AUTHORITY_UNTIL_UNIX_S 4102444800 /* 2100-01-01: a GeneralizedTime */

struct authority_party {
    struct vault_key_pair pair;
    uint8_t der[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer certificate;
};

/* Valid between the two times above; the key is set by authority_certify. */
struct vault_certificate authority_terms(enum vault_use use, const char *name, uint8_t serial);

/* Draws a key for `party` and certifies it; `by` may be the party itself (a root). */
void authority_certify(struct authority_party *party, const struct vault_certificate *terms,
                       const struct authority_party *by);

/* Writes a file of the folder. */
void authority_write(const struct folder *folder, const char *name, struct span bytes, char out_path[128]);
void authority_write_pem(const struct folder *folder, const char *name, const char *label, struct span der,
                         char out_path[128]);

/* "<folder>/<name>.pem" and "<folder>/<name>.key". */
struct authority_files {
    char certificate[128], key[128];
};
struct authority_files authority_write_party(const struct folder *folder, const char *name,
                                             const struct authority_party *party);

#endif
