/* SPDX-License-Identifier: Apache-2.0 */
#include <mbedtls/pem.h>

#include "vault/der.h"

#define SEQUENCE       (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define INSIDE(n)      (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | (n))
#define LABEL_SIZE_MAX 64

static const char oid_p256[] = "\x2a\x86\x48\xce\x3d\x03\x01\x07"; /* RFC 5480 2.1.1.1 */

static void write_mark(char out[LABEL_SIZE_MAX], const char *what, const char *label, const char *end)
{
    (void)snprintf(out, LABEL_SIZE_MAX, "-----%s %s-----%s", what, label, end);
}

enum err vault_pem_write(const char *label, struct span der, struct vault_buffer *out)
{
    char begin[LABEL_SIZE_MAX], end[LABEL_SIZE_MAX];
    write_mark(begin, "BEGIN", label, "\n");
    write_mark(end, "END", label, "\n");
    size_t size;
    if (mbedtls_pem_write_buffer(begin, end, der.bytes, der.size, out->bytes, out->capacity, &size) != 0)
        return ERR_FULL;
    out->size = size - 1;
    return ERR_OK;
}

static void free_pem(mbedtls_pem_context *pem)
{
    mbedtls_pem_free(pem);
}

/* The library wants a text that ends with a zero: the block alone is copied. */
static enum err read_block(const char *label, const char *text, struct vault_buffer *out)
{
    char begin[LABEL_SIZE_MAX], end[LABEL_SIZE_MAX];
    write_mark(begin, "BEGIN", label, "");
    write_mark(end, "END", label, "");
    mbedtls_pem_context pem CLEANUP(free_pem);
    mbedtls_pem_init(&pem);
    size_t used;
    int rc = mbedtls_pem_read_buffer(&pem, begin, end, (const unsigned char *)text, NULL, 0, &used);
    if (rc == MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT)
        return ERR_NOT_FOUND;
    if (rc == MBEDTLS_ERR_PEM_ALLOC_FAILED)
        return ERR_MEMORY;
    if (rc != 0)
        return ERR_SYNTAX;
    if (pem.buflen > out->capacity)
        return ERR_FULL;
    memcpy(out->bytes, pem.buf, pem.buflen);
    out->size = pem.buflen;
    return ERR_OK;
}

enum err vault_pem_read(const char *label, struct span text, struct vault_buffer *out)
{
    char copy[VAULT_PEM_TEXT_MAX + 1];
    if (text.size > VAULT_PEM_TEXT_MAX)
        return ERR_TOO_LONG;
    if (text.size > 0)
        memcpy(copy, text.bytes, text.size);
    copy[text.size] = '\0';
    return read_block(label, copy, out);
}

/* RFC 5915 3: ECPrivateKey { 1, key, [0] curve, [1] public key }. */
enum err vault_key_write(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct vault_buffer *out_pem)
{
    uint8_t public_key[VAULT_PUBLIC_SIZE], bytes[160];
    static const uint8_t unused_bits = 0;
    TRY(vault_public_key_of(private_key, public_key));
    struct der der = der_begin(bytes, sizeof(bytes));
    const uint8_t *end = der.at;
    der_bytes(&der, span_of(public_key, sizeof(public_key)));
    der_bytes(&der, span_of(&unused_bits, 1));
    der_wrap(&der, end, MBEDTLS_ASN1_BIT_STRING);
    der_wrap(&der, end, INSIDE(1));
    const uint8_t *curve_end = der.at;
    der_oid(&der, oid_p256, sizeof(oid_p256) - 1);
    der_wrap(&der, curve_end, INSIDE(0));
    der_value(&der, MBEDTLS_ASN1_OCTET_STRING, span_of(private_key, VAULT_PRIVATE_SIZE));
    der_small(&der, 1);
    der_wrap(&der, end, SEQUENCE);
    enum err error = vault_pem_write(VAULT_PEM_KEY, span_of(der.at, der_size(&der)), out_pem);
    vault_wipe(bytes, sizeof(bytes));
    return error;
}

/* The key stands behind SEQUENCE (2 bytes), version (3) and the head of an OCTET STRING of 32 bytes. */
enum err vault_key_read(struct span pem, uint8_t out_private_key[VAULT_PRIVATE_SIZE])
{
    static const uint8_t head[] = {0x02, 0x01, 0x01, 0x04, VAULT_PRIVATE_SIZE};
    uint8_t bytes[256], public_key[VAULT_PUBLIC_SIZE];
    struct vault_buffer der = {bytes, sizeof(bytes), 0};
    TRY(vault_pem_read(VAULT_PEM_KEY, pem, &der));
    bool is_ours =
        der.size >= 2 + sizeof(head) + VAULT_PRIVATE_SIZE && memcmp(bytes + 2, head, sizeof(head)) == 0;
    enum err error = is_ours ? vault_public_key_of(bytes + 2 + sizeof(head), public_key) : ERR_UNSUPPORTED;
    if (error == ERR_OK)
        memcpy(out_private_key, bytes + 2 + sizeof(head), VAULT_PRIVATE_SIZE);
    vault_wipe(bytes, sizeof(bytes));
    return error;
}

bool vault_key_is_sealed(struct span pem)
{
    uint8_t bytes[SEALER_SEALED_MAX];
    struct vault_buffer sealed = {bytes, sizeof(bytes), 0};
    return vault_pem_read(VAULT_PEM_SEALED_KEY, pem, &sealed) == ERR_OK;
}

enum err vault_kept_key_write(struct sealer sealer, const uint8_t private_key[VAULT_PRIVATE_SIZE],
                              struct vault_buffer *out_pem)
{
    uint8_t bytes[SEALER_SEALED_MAX];
    size_t size;
    if (!sealer_is_there(sealer))
        return vault_key_write(private_key, out_pem);
    TRY(sealer.seal(sealer.self, span_of(private_key, VAULT_PRIVATE_SIZE), bytes, sizeof(bytes), &size));
    return vault_pem_write(VAULT_PEM_SEALED_KEY, span_of(bytes, size), out_pem);
}

enum err vault_kept_key_read(struct sealer sealer, struct span pem,
                             uint8_t out_private_key[VAULT_PRIVATE_SIZE])
{
    uint8_t bytes[SEALER_SEALED_MAX], key[SEALER_SECRET_MAX], public_key[VAULT_PUBLIC_SIZE];
    struct vault_buffer sealed = {bytes, sizeof(bytes), 0};
    size_t size;
    enum err error = vault_pem_read(VAULT_PEM_SEALED_KEY, pem, &sealed);
    if (error == ERR_NOT_FOUND)
        return vault_key_read(pem, out_private_key);
    TRY(error);
    if (!sealer_is_there(sealer))
        return ERR_UNSUPPORTED;
    TRY(sealer.unseal(sealer.self, span_of(bytes, sealed.size), key, sizeof(key), &size));
    error = size == VAULT_PRIVATE_SIZE ? vault_public_key_of(key, public_key) : ERR_UNSUPPORTED;
    if (error == ERR_OK)
        memcpy(out_private_key, key, VAULT_PRIVATE_SIZE);
    vault_wipe(key, sizeof(key));
    return error;
}
