/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/cards/phone_crypto.h"

/* OpenSSL has a type of a name that is an error here. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#undef ERR_STATE
#include <zlib.h>

static void free_group(EC_GROUP **group)
{
    EC_GROUP_free(*group);
}

static void free_point(EC_POINT **point)
{
    EC_POINT_free(*point);
}

static void free_number(BIGNUM **number)
{
    BN_free(*number);
}

static void free_cipher(EVP_CIPHER_CTX **context)
{
    EVP_CIPHER_CTX_free(*context);
}

static void free_digest(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void free_key_context(EVP_PKEY_CTX **context)
{
    EVP_PKEY_CTX_free(*context);
}

void pn532_phone_hash(struct span a, struct span b, uint8_t out[PN532_HASH_SIZE])
{
    EVP_MD_CTX *context CLEANUP(free_digest) = EVP_MD_CTX_new();
    bool is_done = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                   EVP_DigestUpdate(context, a.bytes, a.size) == 1 &&
                   EVP_DigestUpdate(context, b.bytes, b.size) == 1 &&
                   EVP_DigestFinal_ex(context, out, NULL) == 1;
    KASSA_ASSERT(is_done);
}

/* scalar times a point, or times the base where there is none. */
static bool multiply(const uint8_t scalar[PN532_SCALAR_SIZE], struct span point, point_conversion_form_t form,
                     uint8_t *out, size_t out_size)
{
    EC_GROUP *group CLEANUP(free_group) = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *number CLEANUP(free_number) = BN_bin2bn(scalar, PN532_SCALAR_SIZE, NULL);
    EC_POINT *from CLEANUP(free_point) = group != NULL ? EC_POINT_new(group) : NULL;
    EC_POINT *to CLEANUP(free_point) = group != NULL ? EC_POINT_new(group) : NULL;
    if (group == NULL || number == NULL || from == NULL || to == NULL || BN_is_zero(number) ||
        BN_cmp(number, EC_GROUP_get0_order(group)) >= 0)
        return false;
    if (point.size > 0 && EC_POINT_oct2point(group, from, point.bytes, point.size, NULL) != 1)
        return false;
    int is_done = point.size > 0 ? EC_POINT_mul(group, to, NULL, from, number, NULL)
                                 : EC_POINT_mul(group, to, number, NULL, NULL, NULL);
    return is_done == 1 && EC_POINT_point2oct(group, to, form, out, out_size, NULL) == out_size;
}

bool pn532_phone_key(struct span seed, uint8_t out_scalar[PN532_SCALAR_SIZE],
                     uint8_t out_point[PN532_POINT_SIZE])
{
    static const char name[] = "ephemeral key";
    pn532_phone_hash(span_of_text(name), seed, out_scalar);
    return multiply(out_scalar, span_of(NULL, 0), POINT_CONVERSION_COMPRESSED, out_point, PN532_POINT_SIZE);
}

bool pn532_phone_agree(const uint8_t scalar[PN532_SCALAR_SIZE], struct span point, uint8_t out_x[32])
{
    uint8_t shared[PN532_POINT_SIZE];
    if (point.size == 0 || !multiply(scalar, point, POINT_CONVERSION_COMPRESSED, shared, sizeof(shared)))
        return false;
    memcpy(out_x, shared + 1, 32);
    return true;
}

bool pn532_phone_x(struct span point, uint8_t out_x[32])
{
    static const uint8_t one[PN532_SCALAR_SIZE] = {[PN532_SCALAR_SIZE - 1] = 1};
    return pn532_phone_agree(one, point, out_x);
}

static EVP_PKEY *public_key_of(struct span point)
{
    EVP_PKEY_CTX *context CLEANUP(free_key_context) = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    char curve[] = "prime256v1";
    uint8_t bytes[65];
    if (context == NULL || point.size > sizeof(bytes))
        return NULL;
    memcpy(bytes, point.bytes, point.size);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes, point.size),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        return NULL;
    return key;
}

bool pn532_phone_verify(struct span point, struct span message, struct span signature)
{
    EVP_PKEY *key CLEANUP(free_key) = public_key_of(point);
    EVP_MD_CTX *context CLEANUP(free_digest) = EVP_MD_CTX_new();
    return key != NULL && context != NULL &&
           EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
           EVP_DigestVerify(context, signature.bytes, signature.size, message.bytes, message.size) == 1;
}

bool pn532_phone_derive(struct span salt, struct span secret, struct span info, uint8_t out[48])
{
    EVP_PKEY_CTX *context CLEANUP(free_key_context) = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    size_t size = 48;
    return context != NULL && EVP_PKEY_derive_init(context) == 1 &&
           EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set1_hkdf_salt(context, salt.bytes, (int)salt.size) == 1 &&
           EVP_PKEY_CTX_set1_hkdf_key(context, secret.bytes, (int)secret.size) == 1 &&
           EVP_PKEY_CTX_add1_hkdf_info(context, info.bytes, (int)info.size) == 1 &&
           EVP_PKEY_derive(context, out, &size) == 1 && size == 48;
}

bool pn532_phone_mac(const uint8_t key[32], struct span bytes, uint8_t out[PN532_HASH_SIZE])
{
    size_t size = 0;
    return EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, 32, bytes.bytes, bytes.size, out,
                     PN532_HASH_SIZE, &size) != NULL &&
           size == PN532_HASH_SIZE;
}

bool pn532_phone_seal(const uint8_t key[32], struct span bound, struct span plain, uint8_t *out)
{
    enum { NONCE_SIZE = 16, TAG_SIZE = 16 };
    static const uint8_t nonce[NONCE_SIZE];
    EVP_CIPHER_CTX *context CLEANUP(free_cipher) = EVP_CIPHER_CTX_new();
    int size = 0;
    return context != NULL && EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, NULL, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, NONCE_SIZE, NULL) == 1 &&
           EVP_EncryptInit_ex(context, NULL, NULL, key, nonce) == 1 &&
           (bound.size == 0 || EVP_EncryptUpdate(context, NULL, &size, bound.bytes, (int)bound.size) == 1) &&
           EVP_EncryptUpdate(context, out, &size, plain.bytes, (int)plain.size) == 1 &&
           EVP_EncryptFinal_ex(context, out + plain.size, &size) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, out + plain.size) == 1;
}

bool pn532_phone_ctr(const uint8_t key[16], const uint8_t counter[16], struct span plain, uint8_t *out)
{
    EVP_CIPHER_CTX *context CLEANUP(free_cipher) = EVP_CIPHER_CTX_new();
    int size = 0;
    return context != NULL && EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), NULL, key, counter) == 1 &&
           EVP_EncryptUpdate(context, out, &size, plain.bytes, (int)plain.size) == 1 &&
           (size_t)size == plain.size;
}

size_t pn532_phone_pack(struct span plain, uint8_t *out, size_t capacity)
{
    uLongf size = capacity;
    return compress2(out, &size, plain.bytes, plain.size, Z_BEST_COMPRESSION) == Z_OK ? size : 0;
}
