/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/der.h"

#define SCALAR_SIZE   32
#define TAIL_SIZE_MAX 128  /* an algorithm and a signature */
#define HEAD_SIZE_MAX 8    /* a tag and a length */
#define LENGTH_LONG   0x80 /* the low bits say how many bytes of it follow */
#define LENGTH_SIZES  2    /* lengths up to 65,535 */

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

static void put(struct der *der, const void *bytes, size_t size)
{
    der->has_failed = der->has_failed || size > (size_t)(der->at - der->start);
    if (der->has_failed || size == 0)
        return;
    der->at -= size;
    memcpy(der->at, bytes, size);
}

/* X.690 8.1.3, 10.1: in the fewest bytes. */
static void put_head(struct der *der, uint8_t tag, size_t size)
{
    const uint8_t high = (uint8_t)(size >> 8), low = (uint8_t)size;
    const uint8_t heads[][4] = {{tag, low}, {tag, LENGTH_LONG + 1, low}, {tag, LENGTH_LONG + 2, high, low}};
    size_t more = size < LENGTH_LONG ? 0 : size <= UINT8_MAX ? 1 : 2;
    der->has_failed = der->has_failed || size > UINT16_MAX;
    put(der, heads[more], 2 + more);
}

void der_wrap(struct der *der, const uint8_t *inner_end, uint8_t tag)
{
    put_head(der, tag, (size_t)(inner_end - der->at));
}

void der_bytes(struct der *der, struct span bytes)
{
    put(der, bytes.bytes, bytes.size);
}

void der_value(struct der *der, uint8_t tag, struct span bytes)
{
    const uint8_t *end = der->at;
    der_bytes(der, bytes);
    der_wrap(der, end, tag);
}

void der_oid(struct der *der, const char *oid, size_t size)
{
    der_value(der, DER_OID, span_of(oid, size));
}

void der_small(struct der *der, uint8_t value)
{
    KASSA_ASSERT(value < 0x80);
    der_value(der, DER_INTEGER, span_of(&value, 1));
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
    der_wrap(der, end, DER_INTEGER);
}

void der_algorithm(struct der *der)
{
    const uint8_t *end = der->at;
    der_oid(der, oid_ecdsa_sha256, sizeof(oid_ecdsa_sha256) - 1);
    der_wrap(der, end, DER_SEQUENCE);
}

void der_public_key(struct der *der, const uint8_t public_key[VAULT_PUBLIC_SIZE])
{
    der_bytes(der, span_of(public_key, VAULT_PUBLIC_SIZE));
    der_bytes(der, span_of(public_key_head, sizeof(public_key_head)));
}

void der_name(struct der *der, const char *common_name)
{
    const uint8_t *end = der->at;
    der_value(der, DER_UTF8_STRING, span_of_text(common_name));
    der_oid(der, oid_common_name, sizeof(oid_common_name) - 1);
    der_wrap(der, end, DER_SEQUENCE);
    der_wrap(der, end, DER_SET);
    der_wrap(der, end, DER_SEQUENCE);
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
    der_wrap(der, end, DER_SEQUENCE);
}

/* The same in a BIT STRING. */
static void put_signature(struct der *der, const uint8_t signature[VAULT_SIGNATURE_SIZE])
{
    const uint8_t *end = der->at;
    static const uint8_t unused_bits = 0;
    der_signature(der, signature);
    der_bytes(der, span_of(&unused_bits, 1));
    der_wrap(der, end, DER_BIT_STRING);
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
    put_head(&head, DER_SEQUENCE, body.size + der_size(&tail));
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

/* X.690 8.1.3, 10.1. */
static enum err take_length(struct span *from, size_t *out)
{
    if (from->size == 0)
        return ERR_SYNTAX;
    size_t size = from->bytes[0], count = 0;
    if (size >= LENGTH_LONG) {
        count = size - LENGTH_LONG;
        size = 0;
    }
    if (from->size <= count || count > LENGTH_SIZES)
        return ERR_SYNTAX;
    for (size_t i = 1; i <= count; i++)
        size = size << 8 | from->bytes[i];
    static const size_t least[] = {0, LENGTH_LONG, UINT8_MAX + 1};
    bool is_shortest = size >= least[count] && from->bytes[0] != LENGTH_LONG;
    *from = span_of(from->bytes + 1 + count, from->size - 1 - count);
    *out = size;
    return is_shortest && size <= from->size ? ERR_OK : ERR_SYNTAX;
}

enum err der_take_any(struct span *from, struct der_value *out)
{
    struct span rest = *from;
    size_t size;
    if (rest.size == 0)
        return ERR_SYNTAX;
    uint8_t tag = rest.bytes[0];
    rest = span_of(rest.bytes + 1, rest.size - 1);
    TRY(take_length(&rest, &size));
    const uint8_t *end = rest.bytes + size;
    *out =
        (struct der_value){tag, span_of(rest.bytes, size), span_of(from->bytes, (size_t)(end - from->bytes))};
    *from = span_of(end, rest.size - size);
    return ERR_OK;
}

enum err der_take(struct span *from, uint8_t tag, struct der_value *out)
{
    struct span rest = *from;
    struct der_value value;
    TRY(der_take_any(&rest, &value));
    if (value.tag != tag)
        return ERR_SYNTAX;
    *from = rest;
    *out = value;
    return ERR_OK;
}

enum err der_take_optional(struct span *from, uint8_t tag, struct der_value *out)
{
    *out = (struct der_value){.tag = tag};
    if (from->size == 0 || from->bytes[0] != tag)
        return ERR_OK;
    return der_take(from, tag, out);
}

enum err der_take_number(struct span *from, struct span *out_bytes)
{
    struct der_value value;
    TRY(der_take(from, DER_INTEGER, &value));
    struct span number = value.body;
    if (number.size == 0 || (number.bytes[0] & 0x80) != 0)
        return ERR_SYNTAX;
    if (number.bytes[0] == 0)
        number = span_of(number.bytes + 1, number.size - 1);
    bool is_shortest = number.size == value.body.size || number.size == 0 || (number.bytes[0] & 0x80) != 0;
    if (!is_shortest)
        return ERR_SYNTAX;
    *out_bytes = number;
    return ERR_OK;
}

bool der_is_oid(struct span oid, const char *expected)
{
    return span_is_equal(oid, span_of_text(expected));
}

static enum err take_scalar(struct span *from, uint8_t out[SCALAR_SIZE])
{
    struct span number;
    TRY(der_take_number(from, &number));
    if (number.size > SCALAR_SIZE)
        return ERR_SYNTAX;
    memset(out, 0, SCALAR_SIZE);
    if (number.size > 0)
        memcpy(out + SCALAR_SIZE - number.size, number.bytes, number.size);
    return ERR_OK;
}

static enum err take_signature(struct span bits, uint8_t out[VAULT_SIGNATURE_SIZE])
{
    struct der_value pair;
    if (bits.size < 1 || bits.bytes[0] != 0)
        return ERR_SYNTAX;
    struct span rest = span_of(bits.bytes + 1, bits.size - 1);
    TRY(der_take(&rest, DER_SEQUENCE, &pair));
    TRY(take_scalar(&pair.body, out));
    TRY(take_scalar(&pair.body, out + SCALAR_SIZE));
    return rest.size == 0 && pair.body.size == 0 ? ERR_OK : ERR_SYNTAX;
}

enum err der_check(struct span signed_der, const uint8_t public_key[VAULT_PUBLIC_SIZE])
{
    struct span rest = signed_der;
    struct der_value outer, body, algorithm, oid, bits;
    TRY(der_take(&rest, DER_SEQUENCE, &outer));
    if (rest.size != 0)
        return ERR_SYNTAX;
    TRY(der_take(&outer.body, DER_SEQUENCE, &body));
    TRY(der_take(&outer.body, DER_SEQUENCE, &algorithm));
    TRY(der_take(&algorithm.body, DER_OID, &oid));
    if (!der_is_oid(oid.body, oid_ecdsa_sha256))
        return ERR_UNSUPPORTED;
    TRY(der_take(&outer.body, DER_BIT_STRING, &bits));
    uint8_t signature[VAULT_SIGNATURE_SIZE];
    TRY(take_signature(bits.body, signature));
    return outer.body.size == 0 ? vault_verify(public_key, body.whole, signature) : ERR_SYNTAX;
}
