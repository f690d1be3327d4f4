/* SPDX-License-Identifier: Apache-2.0 */
/* der.h - DER (ITU-T X.690), written and read. Inside vault only.
 *
 * Writing   from its end to its beginning: what stands inside is put first, so that its length is known. A failure is
 *           kept and told once, at the end.
 * Reading   a value off the front at a time, into spans of the caller's bytes; nothing is copied. Only the one form that
 *           DER has for each thing is taken. */
#ifndef KASSA_VAULT_DER_H
#define KASSA_VAULT_DER_H

#include "vault/certificate.h"

/* X.690 8.1.2: class, whether it is constructed, number. */
enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_UTF8_STRING = 0x0c,
    DER_PRINTABLE_STRING = 0x13,
    DER_T61_STRING = 0x14,
    DER_IA5_STRING = 0x16,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0x80,
    DER_INSIDE = 0xa0 /* constructed, of the context: DER_INSIDE + n */
};

struct der {
    uint8_t *start;
    uint8_t *at; /* the first byte written so far */
    uint8_t *end;
    bool has_failed;
};

struct der der_begin(uint8_t *bytes, size_t capacity);
size_t der_size(const struct der *der);

/* Closes what was put since `inner_end` (der->at of then) as one value of this tag. */
void der_wrap(struct der *der, const uint8_t *inner_end, uint8_t tag);
void der_bytes(struct der *der, struct span bytes);
void der_value(struct der *der, uint8_t tag, struct span bytes);
void der_oid(struct der *der, const char *oid, size_t size);
void der_small(struct der *der, uint8_t value); /* below 128 */
/* A positive number of these bytes, most significant first, in the fewest that hold it. */
void der_number(struct der *der, struct span bytes);

/* SEQUENCE { r, s }. */
void der_signature(struct der *der, const uint8_t signature[VAULT_SIGNATURE_SIZE]);

/* Signs what der holds and gives SEQUENCE { it, ecdsa-with-SHA256, signature } in out (RFC 5280 4.1.1). */
NODISCARD
enum err der_sign(const struct der *der, const uint8_t private_key[VAULT_PRIVATE_SIZE],
                  struct vault_buffer *out);

/* The inverse: the signed part, checked against the key. ERR_SYNTAX, ERR_UNSUPPORTED, ERR_SIGNATURE. */
NODISCARD
enum err der_check(struct span signed_der, const uint8_t public_key[VAULT_PUBLIC_SIZE]);

void der_algorithm(struct der *der);                                               /* ecdsa-with-SHA256 */
void der_public_key(struct der *der, const uint8_t public_key[VAULT_PUBLIC_SIZE]); /* RFC 5480 */
void der_name(struct der *der, const char *common_name);

/* ---- reading */

struct der_value {
    uint8_t tag;
    struct span body, whole;
};

/* The next value, of whatever tag. ERR_SYNTAX: none, or it does not end within `from`. */
NODISCARD
enum err der_take_any(struct span *from, struct der_value *out);
/* One of this tag; else ERR_SYNTAX, and `from` stays. */
NODISCARD
enum err der_take(struct span *from, uint8_t tag, struct der_value *out);
/* One that may be left out: out->whole is empty then. */
NODISCARD
enum err der_take_optional(struct span *from, uint8_t tag, struct der_value *out);
/* A positive number's bytes, without a zero in front; 0 has none. */
NODISCARD
enum err der_take_number(struct span *from, struct span *out_bytes);

bool der_is_oid(struct span oid, const char *expected);
/* The key of a SubjectPublicKeyInfo. ERR_UNSUPPORTED: not an uncompressed point of P-256. */
NODISCARD
enum err der_read_public_key(struct span info, uint8_t out[VAULT_PUBLIC_SIZE]);

#endif
