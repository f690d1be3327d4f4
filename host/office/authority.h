/* SPDX-License-Identifier: Apache-2.0 */
/* authority.h - who certifies tills, hub and broker to each other: a certificate and its key, in two PEM files. It
 * may be the chain's own root, made here, or one that another authority has certified (bring your own): then
 * whoever trusts it is given that authority's certificate.
 *
 * Owner    the caller's; authority_done wipes the key. Threads: one. */
#ifndef KASSA_OFFICE_AUTHORITY_H
#define KASSA_OFFICE_AUTHORITY_H

#include "crm/crm.h"
#include "iface/random.h"
#include "vault/certificate.h"

#define AUTHORITY_HUB      "kassa-hub" /* such names have a hub's rights at the broker */
#define AUTHORITY_DAYS_MAX 9131        /* 25 years */

struct authority {
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    uint8_t der[VAULT_CERTIFICATE_SIZE_MAX];
    size_t der_size;
    struct vault_certificate certificate;
};
void authority_done(struct authority *authority); /* also for CLEANUP */

/* A new root. ERR_ARGUMENT: the name; ERR_RANGE: the days. */
NODISCARD
enum err authority_create(const char *name, unsigned days, int64_t now_unix_s, struct random random,
                          struct authority *out);

/* ERR_NOT_FOUND, ERR_SYNTAX: no such PEM; ERR_UNSUPPORTED: not P-256; ERR_ARGUMENT: the key is not the
 * certificate's, or it may not sign others. */
NODISCARD
enum err authority_read(struct span certificate_pem, struct span key_pem, struct authority *out);

struct authority_terms {
    enum vault_use use;
    const char *name; /* as topic_is_till_id; of a hub, and of nobody else, it begins with AUTHORITY_HUB */
    bool is_hub;
    const char *address; /* of a server: numeric; "" otherwise */
    const uint8_t *public_key;
    unsigned days;
    int64_t now_unix_s;
};

/* Certifies a key from an hour ago (clocks differ) for so many days, but no longer than the authority itself.
 * `out_row` is what the store is to remember. ERR_ARGUMENT: the name. ERR_RANGE: the days. */
NODISCARD
enum err authority_certify(const struct authority *authority, const struct authority_terms *terms,
                           struct random random, struct vault_buffer *out_der, crm_Certificate *out_row);

/* The list of those revoked, PEM, valid for so many days; the caller frees *out_pem. Certificates that are over
 * are left out. ERR_MEMORY, errors of the store. */
NODISCARD
enum err authority_list_revoked(const struct authority *authority, const struct store_txn *txn, unsigned days,
                                int64_t now_unix_s, char **out_pem);

#endif
