/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/cards/aes.h"

/* OpenSSL has a type of a name that is an error here. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/core_names.h>
#include <openssl/evp.h>
#undef ERR_STATE

static void free_cipher(EVP_CIPHER_CTX **context)
{
    EVP_CIPHER_CTX_free(*context);
}

/* OpenSSL's own AES fails only without memory. */
static void run_cbc(const uint8_t key[PN532_AES_SIZE], const uint8_t iv[PN532_AES_SIZE], uint8_t *bytes,
                    size_t size, int is_encryption)
{
    EVP_CIPHER_CTX *context CLEANUP(free_cipher) = EVP_CIPHER_CTX_new();
    int out = 0;
    bool is_done = context != NULL &&
                   EVP_CipherInit_ex(context, EVP_aes_128_cbc(), NULL, key, iv, is_encryption) == 1 &&
                   EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
                   EVP_CipherUpdate(context, bytes, &out, bytes, (int)size) == 1 && (size_t)out == size;
    KASSA_ASSERT(is_done);
}

void pn532_aes_encrypt(const uint8_t key[PN532_AES_SIZE], const uint8_t iv[PN532_AES_SIZE], uint8_t *bytes,
                       size_t size)
{
    run_cbc(key, iv, bytes, size, 1);
}

void pn532_aes_decrypt(const uint8_t key[PN532_AES_SIZE], const uint8_t iv[PN532_AES_SIZE], uint8_t *bytes,
                       size_t size)
{
    run_cbc(key, iv, bytes, size, 0);
}

static void free_mac(EVP_MAC **mac)
{
    EVP_MAC_free(*mac);
}

static void free_mac_context(EVP_MAC_CTX **context)
{
    EVP_MAC_CTX_free(*context);
}

void pn532_cmac(const uint8_t key[PN532_AES_SIZE], struct span bytes, uint8_t out[PN532_AES_SIZE])
{
    char cipher[] = "AES-128-CBC";
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
                               OSSL_PARAM_construct_end()};
    EVP_MAC *mac CLEANUP(free_mac) = EVP_MAC_fetch(NULL, "CMAC", NULL);
    EVP_MAC_CTX *context CLEANUP(free_mac_context) = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    size_t size = 0;
    bool is_done = context != NULL && EVP_MAC_init(context, key, PN532_AES_SIZE, parameters) == 1 &&
                   EVP_MAC_update(context, bytes.bytes, bytes.size) == 1 &&
                   EVP_MAC_final(context, out, &size, PN532_AES_SIZE) == 1;
    KASSA_ASSERT(is_done);
}
