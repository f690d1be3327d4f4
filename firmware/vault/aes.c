/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/aes.h"

#include "vault/psa.h"

static enum err import_key(const uint8_t bytes[VAULT_AES_SIZE], psa_key_usage_t usage, psa_key_id_t *out)
{
    const struct vault_psa_use use = {PSA_KEY_TYPE_AES, usage, PSA_ALG_CBC_NO_PADDING};
    return vault_psa_import(&use, span_of(bytes, VAULT_AES_SIZE), out);
}

static enum err run_cbc(psa_cipher_operation_t *cipher, const uint8_t iv[VAULT_AES_SIZE], struct span bytes,
                        uint8_t *out)
{
    size_t size = 0;
    size_t rest = 0;
    psa_status_t status = psa_cipher_set_iv(cipher, iv, VAULT_AES_SIZE);
    if (status == PSA_SUCCESS)
        status = psa_cipher_update(cipher, bytes.bytes, bytes.size, out, bytes.size, &size);
    if (status == PSA_SUCCESS)
        status = psa_cipher_finish(cipher, out + size, bytes.size - size, &rest);
    return status == PSA_SUCCESS && size + rest != bytes.size ? ERR_IO : vault_psa_err(status);
}

/* One of the two ways through a block cipher. */
struct way {
    psa_key_usage_t usage;
    psa_status_t (*setup)(psa_cipher_operation_t *cipher, psa_key_id_t key, psa_algorithm_t algorithm);
};

static enum err run_key(const struct way *way, const uint8_t key[VAULT_AES_SIZE],
                        const uint8_t iv[VAULT_AES_SIZE], struct span bytes, uint8_t *out)
{
    psa_cipher_operation_t cipher CLEANUP(vault_psa_abort_cipher) = PSA_CIPHER_OPERATION_INIT;
    psa_key_id_t id CLEANUP(vault_psa_destroy) = 0;
    if (bytes.size % VAULT_AES_SIZE != 0)
        return ERR_ARGUMENT;
    TRY(import_key(key, way->usage, &id));
    TRY(vault_psa_err(way->setup(&cipher, id, PSA_ALG_CBC_NO_PADDING)));
    return run_cbc(&cipher, iv, bytes, out);
}

enum err vault_aes_cbc_encrypt(const uint8_t key[VAULT_AES_SIZE], const uint8_t iv[VAULT_AES_SIZE],
                               struct span bytes, uint8_t *out)
{
    return run_key(&(struct way){PSA_KEY_USAGE_ENCRYPT, psa_cipher_encrypt_setup}, key, iv, bytes, out);
}

enum err vault_aes_cbc_decrypt(const uint8_t key[VAULT_AES_SIZE], const uint8_t iv[VAULT_AES_SIZE],
                               struct span bytes, uint8_t *out)
{
    return run_key(&(struct way){PSA_KEY_USAGE_DECRYPT, psa_cipher_decrypt_setup}, key, iv, bytes, out);
}

enum err vault_aes_block(const uint8_t key[VAULT_AES_SIZE], const uint8_t block[VAULT_AES_SIZE],
                         uint8_t out[VAULT_AES_SIZE])
{
    static const uint8_t zeros[VAULT_AES_SIZE];
    return vault_aes_cbc_encrypt(key, zeros, span_of(block, VAULT_AES_SIZE), out);
}

static void xor_block(uint8_t into[VAULT_AES_SIZE], const uint8_t with[VAULT_AES_SIZE])
{
    for (size_t i = 0; i < VAULT_AES_SIZE; i++)
        into[i] ^= with[i];
}

void vault_cmac_double(uint8_t block[VAULT_AES_SIZE])
{
    uint8_t carry = (uint8_t)(-(block[0] >> 7) & 0x87);
    for (size_t i = 0; i < VAULT_AES_SIZE; i++)
        block[i] = (uint8_t)(block[i] << 1 | (i + 1 < VAULT_AES_SIZE ? block[i + 1] >> 7 : 0));
    block[VAULT_AES_SIZE - 1] ^= carry;
}

/* K1 for a message that ends with its block, K2 for one that was filled up. */
static enum err derive_subkey(const uint8_t key[VAULT_AES_SIZE], bool is_filled, uint8_t out[VAULT_AES_SIZE])
{
    static const uint8_t zeros[VAULT_AES_SIZE];
    TRY(vault_aes_block(key, zeros, out));
    vault_cmac_double(out);
    if (is_filled)
        vault_cmac_double(out);
    return ERR_OK;
}

/* PSA's CMAC cannot start from a chaining value, nor pad as AN10922 does; so it is made of PSA's AES, a block at a
 * time: what cards compute is short. */
static enum err chain_blocks(const uint8_t key[VAULT_AES_SIZE], const uint8_t *blocks, size_t count,
                             uint8_t state[VAULT_AES_SIZE])
{
    for (size_t i = 0; i < count; i++)
        TRY(vault_aes_cbc_encrypt(key, state, span_of(blocks + i * VAULT_AES_SIZE, VAULT_AES_SIZE), state));
    return ERR_OK;
}

enum err vault_cmac_from(const uint8_t key[VAULT_AES_SIZE], const uint8_t iv[VAULT_AES_SIZE],
                         struct span bytes, uint8_t out[VAULT_AES_SIZE])
{
    uint8_t state[VAULT_AES_SIZE];
    uint8_t last[VAULT_AES_SIZE] = {0};
    uint8_t subkey[VAULT_AES_SIZE];
    size_t count = bytes.size == 0 ? 0 : (bytes.size - 1) / VAULT_AES_SIZE; /* blocks before the last */
    size_t size = bytes.size - count * VAULT_AES_SIZE;
    bool is_filled = size < VAULT_AES_SIZE;
    memcpy(state, iv, sizeof(state));
    if (size > 0)
        memcpy(last, bytes.bytes + count * VAULT_AES_SIZE, size);
    if (is_filled)
        last[size] = 0x80;
    enum err error = derive_subkey(key, is_filled, subkey);
    xor_block(last, subkey);
    if (error == ERR_OK)
        error = chain_blocks(key, bytes.bytes, count, state);
    if (error == ERR_OK)
        error = chain_blocks(key, last, 1, state);
    if (error == ERR_OK)
        memcpy(out, state, sizeof(state));
    vault_wipe(subkey, sizeof(subkey));
    return error;
}

enum err vault_cmac(const uint8_t key[VAULT_AES_SIZE], struct span bytes, uint8_t out[VAULT_AES_SIZE])
{
    static const uint8_t zeros[VAULT_AES_SIZE];
    return vault_cmac_from(key, zeros, bytes, out);
}

enum err vault_an10922(const uint8_t key[VAULT_AES_SIZE], struct span input, uint8_t out[VAULT_AES_SIZE])
{
    enum { AES_128_CONSTANT = 0x01 };
    uint8_t state[VAULT_AES_SIZE] = {0};
    uint8_t blocks[2 * VAULT_AES_SIZE] = {AES_128_CONSTANT};
    uint8_t subkey[VAULT_AES_SIZE];
    if (input.size == 0 || input.size > VAULT_AN10922_INPUT_MAX)
        return ERR_ARGUMENT;
    bool is_filled = input.size < VAULT_AN10922_INPUT_MAX;
    memcpy(blocks + 1, input.bytes, input.size);
    if (is_filled)
        blocks[1 + input.size] = 0x80;
    enum err error = derive_subkey(key, is_filled, subkey);
    xor_block(blocks + VAULT_AES_SIZE, subkey);
    if (error == ERR_OK)
        error = chain_blocks(key, blocks, 2, state);
    if (error == ERR_OK)
        memcpy(out, state, sizeof(state));
    vault_wipe(subkey, sizeof(subkey));
    return error;
}

bool vault_is_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
    volatile uint8_t difference = 0;
    for (size_t i = 0; i < size; i++)
        difference = (uint8_t)(difference | (a[i] ^ b[i]));
    return difference == 0;
}
