/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/der.h"

#include <mbedtls/asn1.h>

#define SEQUENCE      (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define SCALAR_SIZE   32
#define TAIL_SIZE_MAX 128 /* an algorithm and a signature */
#define HEAD_SIZE_MAX 8   /* a tag and a length */
#define SET           (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)

/* RFC 5758 3.2; RFC 5480 2.1.1; X.520 id-at-commonName */
static const char oid_ecdsa_sha256[] = "\x2a\x86\x48\xce\x3d\x04\x03\x02";
static const char oid_common_name[] = "\x55\x04\x03";

/* SubjectPublicKeyInfo of an uncompressed P-256 point up to the point itself (RFC 5480 2): id-ecPublicKey and
 * secp256r1 in a SEQUENCE, then a BIT STRING of 66 bytes. */
static const uint8_t public_key_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                          0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                          0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

struct der der_begin(uint8_t *bytes, size_t capacity)
{
    return (struct der){bytes, bytes + capacity, bytes + capacity, false};
}

size_t der_size(const struct der *der)
{
    return (size_t)(der->end - der->at);
}

static void note(struct der *der, int written)
{
    der->has_failed = der->has_failed || written < 0;
}

void der_wrap(struct der *der, const uint8_t *inner_end, unsigned char tag)
{
    note(der, mbedtls_asn1_write_len(&der->at, der->start, (size_t)(inner_end - der->at)));
    note(der, mbedtls_asn1_write_tag(&der->at, der->start, tag));
}

void der_bytes(struct der *der, struct span bytes)
{
    if (bytes.size > 0)
        note(der, mbedtls_asn1_write_raw_buffer(&der->at, der->start, bytes.bytes, bytes.size));
}

void der_value(struct der *der, unsigned char tag, struct span bytes)
{
    const uint8_t *end = der->at;
    der_bytes(der, bytes);
    der_wrap(der, end, tag);
}

void der_oid(struct der *der, const char *oid, size_t size)
{
    note(der, mbedtls_asn1_write_oid(&der->at, der->start, oid, size));
}

void der_small(struct der *der, int value)
{
    note(der, mbedtls_asn1_write_int(&der->at, der->start, value));
}

void der_number(struct der *der, struct span bytes)
{
    static const uint8_t zero = 0;
    while (bytes.size > 1 && bytes.bytes[0] == 0)
        bytes = span_of(bytes.bytes + 1, bytes.size - 1);
    const uint8_t *end = der->at;
    der_bytes(der, bytes);
    if (bytes.size == 0 || (bytes.bytes[0] & 0x80) != 0)
        der_bytes(der, span_of(&zero, 1));
    der_wrap(der, end, MBEDTLS_ASN1_INTEGER);
}

void der_algorithm(struct der *der)
{
    const uint8_t *end = der->at;
    der_oid(der, oid_ecdsa_sha256, sizeof(oid_ecdsa_sha256) - 1);
    der_wrap(der, end, SEQUENCE);
}

void der_public_key(struct der *der, const uint8_t public_key[VAULT_PUBLIC_SIZE])
{
    der_bytes(der, span_of(public_key, VAULT_PUBLIC_SIZE));
    der_bytes(der, span_of(public_key_head, sizeof(public_key_head)));
}

void der_name(struct der *der, const char *common_name)
{
    const uint8_t *end = der->at;
    der_value(der, MBEDTLS_ASN1_UTF8_STRING, span_of_text(common_name));
    der_oid(der, oid_common_name, sizeof(oid_common_name) - 1);
    der_wrap(der, end, SEQUENCE);
    der_wrap(der, end, SET);
    der_wrap(der, end, SEQUENCE);
}

enum err der_read_public_key(struct span info, uint8_t out[VAULT_PUBLIC_SIZE])
{
    if (info.size != sizeof(public_key_head) + VAULT_PUBLIC_SIZE ||
        memcmp(info.bytes, public_key_head, sizeof(public_key_head)) != 0)
        return ERR_UNSUPPORTED;
    memcpy(out, info.bytes + sizeof(public_key_head), VAULT_PUBLIC_SIZE);
    return ERR_OK;
}

/* RFC 3279 2.2.3 */
void der_signature(struct der *der, const uint8_t signature[VAULT_SIGNATURE_SIZE])
{
    const uint8_t *end = der->at;
    der_number(der, span_of(signature + SCALAR_SIZE, SCALAR_SIZE));
    der_number(der, span_of(signature, SCALAR_SIZE));
    der_wrap(der, end, SEQUENCE);
}

/* The same in a BIT STRING. */
static void put_signature(struct der *der, const uint8_t signature[VAULT_SIGNATURE_SIZE])
{
    const uint8_t *end = der->at;
    static const uint8_t unused_bits = 0;
    der_signature(der, signature);
    der_bytes(der, span_of(&unused_bits, 1));
    der_wrap(der, end, MBEDTLS_ASN1_BIT_STRING);
}

/* The body is moved to where it has to stand in `out`, which may be the buffer it was written in. */
enum err der_sign(const struct der *der, const uint8_t private_key[VAULT_PRIVATE_SIZE],
                  struct vault_buffer *out)
{
    if (der->has_failed)
        return ERR_FULL;
    uint8_t signature[VAULT_SIGNATURE_SIZE], tail_bytes[TAIL_SIZE_MAX], head_bytes[HEAD_SIZE_MAX];
    struct span body = span_of(der->at, der_size(der));
    TRY(vault_sign(private_key, body, signature));
    struct der tail = der_begin(tail_bytes, sizeof(tail_bytes));
    put_signature(&tail, signature);
    der_algorithm(&tail);
    struct der head = der_begin(head_bytes, sizeof(head_bytes));
    note(&head, mbedtls_asn1_write_len(&head.at, head.start, body.size + der_size(&tail)));
    note(&head, mbedtls_asn1_write_tag(&head.at, head.start, SEQUENCE));
    size_t size = der_size(&head) + body.size + der_size(&tail);
    if (tail.has_failed || head.has_failed || size > out->capacity)
        return ERR_FULL;
    memmove(out->bytes + der_size(&head), body.bytes, body.size);
    memcpy(out->bytes, head.at, der_size(&head));
    memcpy(out->bytes + der_size(&head) + body.size, tail.at, der_size(&tail));
    out->size = size;
    return ERR_OK;
}

/* ---- reading */

/* One value of this tag off the front of `from`. */
static enum err take(struct span *from, int tag, struct span *out_body, struct span *out_whole)
{
    unsigned char *at = (unsigned char *)(uintptr_t)from->bytes;
    const unsigned char *end = from->bytes + from->size;
    size_t size;
    if (mbedtls_asn1_get_tag(&at, end, &size, tag) != 0)
        return ERR_SYNTAX;
    *out_body = span_of(at, size);
    *out_whole = span_of(from->bytes, (size_t)(at - from->bytes) + size);
    *from = span_of(at + size, (size_t)(end - at) - size);
    return ERR_OK;
}

static enum err take_scalar(struct span *from, uint8_t out[SCALAR_SIZE])
{
    struct span body, whole;
    TRY(take(from, MBEDTLS_ASN1_INTEGER, &body, &whole));
    while (body.size > 0 && body.bytes[0] == 0)
        body = span_of(body.bytes + 1, body.size - 1);
    if (body.size > SCALAR_SIZE)
        return ERR_SYNTAX;
    memset(out, 0, SCALAR_SIZE);
    if (body.size > 0)
        memcpy(out + SCALAR_SIZE - body.size, body.bytes, body.size);
    return ERR_OK;
}

static enum err take_signature(struct span bits, uint8_t out[VAULT_SIGNATURE_SIZE])
{
    struct span pair, whole;
    if (bits.size < 1 || bits.bytes[0] != 0)
        return ERR_SYNTAX;
    struct span rest = span_of(bits.bytes + 1, bits.size - 1);
    TRY(take(&rest, SEQUENCE, &pair, &whole));
    TRY(take_scalar(&pair, out));
    TRY(take_scalar(&pair, out + SCALAR_SIZE));
    return rest.size == 0 && pair.size == 0 ? ERR_OK : ERR_SYNTAX;
}

enum err der_check(struct span signed_der, const uint8_t public_key[VAULT_PUBLIC_SIZE])
{
    struct span rest = signed_der, inner, body, whole, part;
    TRY(take(&rest, SEQUENCE, &inner, &whole));
    if (rest.size != 0)
        return ERR_SYNTAX;
    TRY(take(&inner, SEQUENCE, &part, &body));
    TRY(take(&inner, SEQUENCE, &part, &whole));
    struct span algorithm, ignored;
    TRY(take(&part, MBEDTLS_ASN1_OID, &algorithm, &ignored));
    if (algorithm.size != sizeof(oid_ecdsa_sha256) - 1 ||
        memcmp(algorithm.bytes, oid_ecdsa_sha256, algorithm.size) != 0)
        return ERR_UNSUPPORTED;
    TRY(take(&inner, MBEDTLS_ASN1_BIT_STRING, &part, &whole));
    uint8_t signature[VAULT_SIGNATURE_SIZE];
    TRY(take_signature(part, signature));
    return inner.size == 0 ? vault_verify(public_key, body, signature) : ERR_SYNTAX;
}

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static bool read_extension(struct span extension, const char *oid, struct span *out_value)
{
    struct span id, flag, whole;
    if (take(&extension, MBEDTLS_ASN1_OID, &id, &whole) != ERR_OK || id.size != strlen(oid) ||
        memcmp(id.bytes, oid, id.size) != 0)
        return false;
    (void)take(&extension, MBEDTLS_ASN1_BOOLEAN, &flag, &whole); /* or it is left out */
    return take(&extension, MBEDTLS_ASN1_OCTET_STRING, out_value, &whole) == ERR_OK;
}

struct span der_find_extension(struct span extensions, const char *oid)
{
    struct span list, extension, whole, value;
    if (extensions.size == 0 || take(&extensions, SEQUENCE, &list, &whole) != ERR_OK)
        return span_of(NULL, 0);
    while (list.size > 0 && take(&list, SEQUENCE, &extension, &whole) == ERR_OK) {
        if (read_extension(extension, oid, &value))
            return value;
    }
    return span_of(NULL, 0);
}
