/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/psa.h"

enum err vault_psa_err(psa_status_t status)
{
    switch (status) {
    case PSA_SUCCESS:
        return ERR_OK;
    case PSA_ERROR_INVALID_SIGNATURE:
        return ERR_SIGNATURE;
    case PSA_ERROR_INSUFFICIENT_MEMORY:
        return ERR_MEMORY;
    case PSA_ERROR_INVALID_ARGUMENT:
        return ERR_ARGUMENT;
    case PSA_ERROR_NOT_SUPPORTED:
        return ERR_UNSUPPORTED;
    default: /* PSA statuses are plain integers */
        return ERR_IO;
    }
}

enum err vault_psa_import(const struct vault_psa_use *use, struct span bytes, psa_key_id_t *out)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, use->type);
    psa_set_key_usage_flags(&attributes, use->usage);
    psa_set_key_algorithm(&attributes, use->algorithm);
    return vault_psa_err(psa_import_key(&attributes, bytes.bytes, bytes.size, out));
}

void vault_psa_destroy(psa_key_id_t *key)
{
    (void)psa_destroy_key(*key); /* a volatile key in memory: nothing to do if it fails */
}

void vault_psa_abort_cipher(psa_cipher_operation_t *operation)
{
    (void)psa_cipher_abort(operation); /* a finished operation has nothing left to abort */
}
