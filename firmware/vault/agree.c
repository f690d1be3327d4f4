/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/agree.h"

#include "vault/der.h"
#include "vault/psa.h"

#define PIECE_SIZE 256
#define DRAWS_MAX  4 /* 32 random bytes make no key once in 2^32 draws */

static void wipe_secret(uint8_t (*secret)[VAULT_SECRET_SIZE])
{
    vault_wipe(*secret, sizeof(*secret));
}

enum err vault_draw_key_pair(struct random random, struct vault_key_pair *out)
{
    for (int draw = 0; draw < DRAWS_MAX; draw++) {
        struct vault_key_pair pair;
        TRY(random.fill(random.self, pair.private_key, sizeof(pair.private_key)));
        enum err error = vault_public_key_of(pair.private_key, pair.public_key);
        if (error == ERR_OK)
            *out = pair;
        vault_wipe(&pair, sizeof(pair));
        if (error != ERR_ARGUMENT)
            return error;
    }
    return ERR_IO;
}

static enum err read_peer(struct span peer, uint8_t out[VAULT_PUBLIC_SIZE])
{
    if (peer.size == VAULT_POINT_SIZE)
        return vault_point_expand(peer.bytes, out);
    if (peer.size != VAULT_PUBLIC_SIZE)
        return ERR_SYNTAX;
    memcpy(out, peer.bytes, VAULT_PUBLIC_SIZE);
    return ERR_OK;
}

enum err vault_agree(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct span peer,
                     uint8_t out[VAULT_SECRET_SIZE])
{
    static const struct vault_psa_use use = {PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
                                             PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH};
    uint8_t point[VAULT_PUBLIC_SIZE];
    uint8_t secret[VAULT_SECRET_SIZE] CLEANUP(wipe_secret) = {0};
    psa_key_id_t key CLEANUP(vault_psa_destroy) = 0;
    size_t size;
    TRY(read_peer(peer, point));
    TRY(vault_psa_import(&use, span_of(private_key, VAULT_PRIVATE_SIZE), &key));
    psa_status_t status =
        psa_raw_key_agreement(PSA_ALG_ECDH, key, point, sizeof(point), secret, sizeof(secret), &size);
    if (status == PSA_ERROR_INVALID_ARGUMENT)
        return ERR_SYNTAX; /* the private key was taken, so it is the peer's */
    TRY(vault_psa_err(status));
    memcpy(out, secret, sizeof(secret));
    return ERR_OK;
}

static void abort_derivation(psa_key_derivation_operation_t *operation)
{
    (void)psa_key_derivation_abort(operation);
}

static psa_status_t put_inputs(psa_key_derivation_operation_t *operation, const struct vault_derivation *from)
{
    psa_status_t status = psa_key_derivation_input_bytes(operation, PSA_KEY_DERIVATION_INPUT_SALT,
                                                         from->salt.bytes, from->salt.size);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_input_bytes(operation, PSA_KEY_DERIVATION_INPUT_SECRET,
                                                from->secret.bytes, from->secret.size);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_input_bytes(operation, PSA_KEY_DERIVATION_INPUT_INFO, from->info.bytes,
                                                from->info.size);
    return status;
}

enum err vault_derive(const struct vault_derivation *from, uint8_t *out, size_t out_size)
{
    psa_key_derivation_operation_t operation CLEANUP(abort_derivation) = PSA_KEY_DERIVATION_OPERATION_INIT;
    TRY(vault_psa_err(psa_key_derivation_setup(&operation, PSA_ALG_HKDF(PSA_ALG_SHA_256))));
    TRY(vault_psa_err(put_inputs(&operation, from)));
    return vault_psa_err(psa_key_derivation_output_bytes(&operation, out, out_size));
}

enum err vault_mac(struct span key, struct span bytes, uint8_t out[HASH_SIZE])
{
    static const struct vault_psa_use use = {PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_SIGN_MESSAGE,
                                             PSA_ALG_HMAC(PSA_ALG_SHA_256)};
    psa_key_id_t id CLEANUP(vault_psa_destroy) = 0;
    size_t size;
    TRY(vault_psa_import(&use, key, &id));
    return vault_psa_err(
        psa_mac_compute(id, PSA_ALG_HMAC(PSA_ALG_SHA_256), bytes.bytes, bytes.size, out, HASH_SIZE, &size));
}

enum err vault_mac_check(struct span key, struct span bytes, const uint8_t mac[HASH_SIZE])
{
    static const struct vault_psa_use use = {PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_VERIFY_MESSAGE,
                                             PSA_ALG_HMAC(PSA_ALG_SHA_256)};
    psa_key_id_t id CLEANUP(vault_psa_destroy) = 0;
    TRY(vault_psa_import(&use, key, &id));
    return vault_psa_err(
        psa_mac_verify(id, PSA_ALG_HMAC(PSA_ALG_SHA_256), bytes.bytes, bytes.size, mac, HASH_SIZE));
}

/* Mbed TLS refuses to work in place on what is no multiple of a block, so each piece goes through a copy. */
static psa_status_t run_stream(psa_cipher_operation_t *operation, struct span bytes, uint8_t *out)
{
    uint8_t piece[PIECE_SIZE];
    psa_status_t status = PSA_SUCCESS;
    for (size_t at = 0; at < bytes.size && status == PSA_SUCCESS; at += sizeof(piece)) {
        size_t size = bytes.size - at < sizeof(piece) ? bytes.size - at : sizeof(piece);
        size_t done = 0;
        memcpy(piece, bytes.bytes + at, size);
        status = psa_cipher_update(operation, piece, size, out + at, size, &done);
        if (status == PSA_SUCCESS && done != size)
            status = PSA_ERROR_GENERIC_ERROR; /* a stream cipher holds nothing back */
    }
    vault_wipe(piece, sizeof(piece));
    return status;
}

enum err vault_ctr(const uint8_t key[VAULT_CTR_KEY_SIZE], const uint8_t counter[VAULT_BLOCK_SIZE],
                   struct span bytes, uint8_t *out)
{
    static const struct vault_psa_use use = {PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DECRYPT, PSA_ALG_CTR};
    psa_key_id_t id CLEANUP(vault_psa_destroy) = 0;
    psa_cipher_operation_t operation CLEANUP(vault_psa_abort_cipher) = PSA_CIPHER_OPERATION_INIT;
    size_t rest = 0;
    TRY(vault_psa_import(&use, span_of(key, VAULT_CTR_KEY_SIZE), &id));
    TRY(vault_psa_err(psa_cipher_decrypt_setup(&operation, id, PSA_ALG_CTR)));
    TRY(vault_psa_err(psa_cipher_set_iv(&operation, counter, VAULT_BLOCK_SIZE)));
    TRY(vault_psa_err(run_stream(&operation, bytes, out)));
    return vault_psa_err(psa_cipher_finish(&operation, out + bytes.size, 0, &rest));
}

enum err vault_gcm_open(const struct vault_gcm *gcm, struct span sealed, uint8_t *out, size_t capacity,
                        size_t *out_size)
{
    static const struct vault_psa_use use = {PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DECRYPT, PSA_ALG_GCM};
    if (sealed.size < VAULT_GCM_TAG_SIZE)
        return ERR_SIGNATURE;
    if (capacity < sealed.size - VAULT_GCM_TAG_SIZE)
        return ERR_TOO_LONG;
    psa_key_id_t id CLEANUP(vault_psa_destroy) = 0;
    TRY(vault_psa_import(&use, span_of(gcm->key, VAULT_GCM_KEY_SIZE), &id));
    return vault_psa_err(psa_aead_decrypt(id, PSA_ALG_GCM, gcm->nonce, VAULT_GCM_NONCE_SIZE, gcm->bound.bytes,
                                          gcm->bound.size, sealed.bytes, sealed.size, out, capacity,
                                          out_size));
}

enum err vault_signature_der(const uint8_t signature[VAULT_SIGNATURE_SIZE], uint8_t out[VAULT_DER_SIZE_MAX],
                             size_t *out_size)
{
    uint8_t bytes[VAULT_DER_SIZE_MAX];
    struct der der = der_begin(bytes, sizeof(bytes));
    der_signature(&der, signature);
    if (der.has_failed)
        return ERR_FULL;
    memcpy(out, der.at, der_size(&der));
    *out_size = der_size(&der);
    return ERR_OK;
}
