/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/vault.h"

#include "base/sha256.h"
#include "vault/psa.h"

#define P256_BITS 256

static sha256_two_fn *processors_sha256; /* NULL: it has none */

enum err vault_open(void)
{
    processors_sha256 = sha256_of_processor();
    return vault_psa_err(psa_crypto_init());
}

enum err vault_sha256(struct span a, uint8_t out[HASH_SIZE])
{
    size_t size;
    return vault_psa_err(psa_hash_compute(PSA_ALG_SHA_256, a.bytes, a.size, out, HASH_SIZE, &size));
}

enum err vault_sha256_two(struct span a, struct span b, uint8_t out[HASH_SIZE])
{
    psa_hash_operation_t hash = PSA_HASH_OPERATION_INIT;
    size_t size;
    if (processors_sha256 != NULL) {
        processors_sha256(a, b, out);
        return ERR_OK;
    }
    psa_status_t status = psa_hash_setup(&hash, PSA_ALG_SHA_256);
    if (status == PSA_SUCCESS)
        status = psa_hash_update(&hash, a.bytes, a.size);
    if (status == PSA_SUCCESS)
        status = psa_hash_update(&hash, b.bytes, b.size);
    if (status == PSA_SUCCESS)
        status = psa_hash_finish(&hash, out, HASH_SIZE, &size);
    (void)psa_hash_abort(&hash); /* a finished operation has nothing left to abort */
    return vault_psa_err(status);
}

enum err vault_keyed_hash(const uint8_t pepper[VAULT_PEPPER_SIZE], struct span bytes, uint8_t out[HASH_SIZE])
{
    static const struct vault_psa_use use = {PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_SIGN_MESSAGE,
                                             PSA_ALG_HMAC(PSA_ALG_SHA_256)};
    psa_key_id_t key CLEANUP(vault_psa_destroy) = 0;
    TRY(vault_psa_import(&use, span_of(pepper, VAULT_PEPPER_SIZE), &key));
    uint8_t mac[HASH_SIZE];
    size_t size;
    TRY(vault_psa_err(psa_mac_compute(key, PSA_ALG_HMAC(PSA_ALG_SHA_256), bytes.bytes, bytes.size, mac,
                                      sizeof(mac), &size)));
    memcpy(out, mac, HASH_SIZE);
    return ERR_OK;
}

#define SIGN_ALGORITHM PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)

static psa_key_attributes_t pair_attributes(psa_key_usage_t usage)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, P256_BITS);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, SIGN_ALGORITHM);
    return attributes;
}

enum err vault_generate_key_pair(struct vault_key_pair *out)
{
    psa_key_attributes_t attributes = pair_attributes(PSA_KEY_USAGE_EXPORT);
    psa_key_id_t key CLEANUP(vault_psa_destroy) = 0;
    TRY(vault_psa_err(psa_generate_key(&attributes, &key)));
    struct vault_key_pair pair;
    size_t size;
    TRY(vault_psa_err(psa_export_key(key, pair.private_key, sizeof(pair.private_key), &size)));
    TRY(vault_psa_err(psa_export_public_key(key, pair.public_key, sizeof(pair.public_key), &size)));
    *out = pair;
    return ERR_OK;
}

enum err vault_public_key_of(const uint8_t private_key[VAULT_PRIVATE_SIZE], uint8_t out[VAULT_PUBLIC_SIZE])
{
    psa_key_attributes_t attributes = pair_attributes(PSA_KEY_USAGE_EXPORT);
    psa_key_id_t key CLEANUP(vault_psa_destroy) = 0;
    TRY(vault_psa_err(psa_import_key(&attributes, private_key, VAULT_PRIVATE_SIZE, &key)));
    size_t size;
    return vault_psa_err(psa_export_public_key(key, out, VAULT_PUBLIC_SIZE, &size));
}

enum err vault_key_id(const uint8_t public_key[VAULT_PUBLIC_SIZE], uint8_t out[VAULT_KEY_ID_SIZE])
{
    uint8_t hash[HASH_SIZE];
    TRY(vault_sha256(span_of(public_key, VAULT_PUBLIC_SIZE), hash));
    memcpy(out, hash, VAULT_KEY_ID_SIZE);
    return ERR_OK;
}

enum err vault_sign(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct span message,
                    uint8_t out[VAULT_SIGNATURE_SIZE])
{
    psa_key_attributes_t attributes = pair_attributes(PSA_KEY_USAGE_SIGN_MESSAGE);
    psa_key_id_t key CLEANUP(vault_psa_destroy) = 0;
    TRY(vault_psa_err(psa_import_key(&attributes, private_key, VAULT_PRIVATE_SIZE, &key)));
    size_t size;
    return vault_psa_err(
        psa_sign_message(key, SIGN_ALGORITHM, message.bytes, message.size, out, VAULT_SIGNATURE_SIZE, &size));
}

enum err vault_verify(const uint8_t public_key[VAULT_PUBLIC_SIZE], struct span message,
                      const uint8_t signature[VAULT_SIGNATURE_SIZE])
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, P256_BITS);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_MESSAGE);
    psa_set_key_algorithm(&attributes, SIGN_ALGORITHM);
    psa_key_id_t key CLEANUP(vault_psa_destroy) = 0;
    if (psa_import_key(&attributes, public_key, VAULT_PUBLIC_SIZE, &key) != PSA_SUCCESS)
        return ERR_SIGNATURE;
    return vault_psa_err(psa_verify_message(key, SIGN_ALGORITHM, message.bytes, message.size, signature,
                                            VAULT_SIGNATURE_SIZE));
}

void vault_wipe(void *bytes, size_t size)
{
    explicit_bzero(bytes, size);
}
