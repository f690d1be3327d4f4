/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/seal.h"

#include "vault/psa.h"

#define ENVELOPE_GRAIN 16 /* texts are filled up to a multiple of it */
#define BOUND_SIZE     (MEMBER_SIZE + 1)

static enum err import_key(const uint8_t bytes[VAULT_KEY_SIZE], psa_key_usage_t usage, psa_key_id_t *out)
{
    const struct vault_psa_use use = {PSA_KEY_TYPE_AES, usage, PSA_ALG_GCM};
    return vault_psa_import(&use, span_of(bytes, VAULT_KEY_SIZE), out);
}

enum err vault_seal(const uint8_t key[VAULT_KEY_SIZE], struct span bound, struct span plain,
                    struct random random, uint8_t *out, size_t capacity, size_t *out_size)
{
    if (plain.size > SIZE_MAX - VAULT_SEAL_SIZE || capacity < plain.size + VAULT_SEAL_SIZE)
        return ERR_TOO_LONG;
    uint8_t nonce[VAULT_NONCE_SIZE];
    psa_key_id_t id CLEANUP(vault_psa_destroy) = 0;
    size_t size;
    TRY(random.fill(random.self, nonce, sizeof(nonce)));
    TRY(import_key(key, PSA_KEY_USAGE_ENCRYPT, &id));
    if (psa_aead_encrypt(id, PSA_ALG_GCM, nonce, sizeof(nonce), bound.bytes, bound.size, plain.bytes,
                         plain.size, out + VAULT_NONCE_SIZE, capacity - VAULT_NONCE_SIZE,
                         &size) != PSA_SUCCESS)
        return ERR_IO;
    memcpy(out, nonce, sizeof(nonce));
    *out_size = VAULT_NONCE_SIZE + size;
    return ERR_OK;
}

enum err vault_unseal(const uint8_t key[VAULT_KEY_SIZE], struct span bound, struct span sealed, uint8_t *out,
                      size_t capacity, size_t *out_size)
{
    if (sealed.size < VAULT_SEAL_SIZE)
        return ERR_SIGNATURE;
    if (capacity < sealed.size - VAULT_SEAL_SIZE)
        return ERR_TOO_LONG;
    psa_key_id_t id CLEANUP(vault_psa_destroy) = 0;
    TRY(import_key(key, PSA_KEY_USAGE_DECRYPT, &id));
    psa_status_t status = psa_aead_decrypt(id, PSA_ALG_GCM, sealed.bytes, VAULT_NONCE_SIZE, bound.bytes,
                                           bound.size, sealed.bytes + VAULT_NONCE_SIZE,
                                           sealed.size - VAULT_NONCE_SIZE, out, capacity, out_size);
    if (status == PSA_ERROR_INVALID_SIGNATURE)
        return ERR_SIGNATURE;
    return status == PSA_SUCCESS ? ERR_OK : ERR_IO;
}

/* ---- envelopes */

static void write_bound(const struct vault_envelope_of *of, uint8_t out[BOUND_SIZE])
{
    memcpy(out, of->member, MEMBER_SIZE);
    out[MEMBER_SIZE] = of->field;
}

/* Tells a key from others, and nothing about it: it has 256 random bits. */
static enum err id_of_key(const uint8_t key[VAULT_KEY_SIZE], uint8_t out[VAULT_SEAL_ID_SIZE])
{
    uint8_t hash[HASH_SIZE];
    TRY(vault_sha256(span_of(key, VAULT_KEY_SIZE), hash));
    memcpy(out, hash, VAULT_SEAL_ID_SIZE);
    return ERR_OK;
}

enum err vault_envelope_seal(const uint8_t key[VAULT_KEY_SIZE], const struct vault_envelope_of *of,
                             struct span text, struct random random, uint8_t *out, size_t *out_size)
{
    uint8_t filled[VAULT_ENVELOPE_TEXT_MAX] = {0};
    uint8_t bound[BOUND_SIZE];
    size_t size;
    if (text.size == 0 || text.size > sizeof(filled) || memchr(text.bytes, 0, text.size) != NULL)
        return ERR_ARGUMENT;
    memcpy(filled, text.bytes, text.size);
    write_bound(of, bound);
    TRY(id_of_key(key, out));
    size_t whole = (text.size + ENVELOPE_GRAIN - 1) / ENVELOPE_GRAIN * ENVELOPE_GRAIN;
    enum err error =
        vault_seal(key, span_of(bound, sizeof(bound)), span_of(filled, whole), random,
                   out + VAULT_SEAL_ID_SIZE, VAULT_ENVELOPE_SIZE_MAX - VAULT_SEAL_ID_SIZE, &size);
    vault_wipe(filled, sizeof(filled));
    TRY(error);
    *out_size = VAULT_SEAL_ID_SIZE + size;
    return ERR_OK;
}

enum err vault_envelope_open(const uint8_t key[VAULT_KEY_SIZE], const struct vault_envelope_of *of,
                             struct span envelope, char *out)
{
    uint8_t id[VAULT_SEAL_ID_SIZE];
    uint8_t bound[BOUND_SIZE];
    size_t size;
    if (envelope.size <= VAULT_SEAL_ID_SIZE + VAULT_SEAL_SIZE || envelope.size > VAULT_ENVELOPE_SIZE_MAX)
        return ERR_SYNTAX;
    TRY(id_of_key(key, id));
    if (memcmp(id, envelope.bytes, sizeof(id)) != 0)
        return ERR_NOT_FOUND;
    write_bound(of, bound);
    TRY(vault_unseal(key, span_of(bound, sizeof(bound)),
                     span_of(envelope.bytes + VAULT_SEAL_ID_SIZE, envelope.size - VAULT_SEAL_ID_SIZE),
                     (uint8_t *)out, VAULT_ENVELOPE_TEXT_MAX, &size));
    out[size] = '\0';
    return ERR_OK;
}
