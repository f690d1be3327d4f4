/* SPDX-License-Identifier: Apache-2.0 */
/* psa.h - what all calls of the PSA Crypto API have in common. Inside vault only.
 *
 * Why PSA   it is the one interface that Mbed TLS 2.28, 3.6 and 4.x (TF-PSA-Crypto) share: what they have beside it moves or
 *           goes private from one to the next. So nothing else of the library is called, here or anywhere: guard_symbols has the
 *           list of what all of them have, guard_includes the one header. The tests of vault passed with 2.28.3 and 3.6.6.
 * Ours      what PSA cannot do, on public data, is arithmetic of ours that says why: a point's short form (point.h), and two curves
 *           by which chips' makers sign (tiny_ecdsa.h). What is no cryptography at all is ours, too: DER, certificates, PEM
 *           (der.h, x509.h, pem.c). */
#ifndef KASSA_VAULT_PSA_H
#define KASSA_VAULT_PSA_H

#include <psa/crypto.h>

#include "vault/vault.h"

NODISCARD
enum err vault_psa_err(psa_status_t status);

struct vault_psa_use { /* what a key is for */
    psa_key_type_t type;
    psa_key_usage_t usage;
    psa_algorithm_t algorithm;
};

/* A volatile key, as long as the bytes are. */
NODISCARD
enum err vault_psa_import(const struct vault_psa_use *use, struct span bytes, psa_key_id_t *out);

/* ---- for CLEANUP */
void vault_psa_destroy(psa_key_id_t *key);
void vault_psa_abort_cipher(psa_cipher_operation_t *operation);

#endif
