/* SPDX-License-Identifier: Apache-2.0 */
/* der.h - DER (ITU-T X.690) written from its end to its beginning, as Mbed TLS's writer does: what stands inside
 * is put first. A failure is kept and told once, at the end. Inside vault only. */
#ifndef KASSA_VAULT_DER_H
#define KASSA_VAULT_DER_H

#include <mbedtls/asn1write.h>

#include "vault/certificate.h"

struct der {
    uint8_t *start;
    uint8_t *at; /* the first byte written so far */
    uint8_t *end;
    bool has_failed;
};

struct der der_begin(uint8_t *bytes, size_t capacity);
size_t der_size(const struct der *der);

/* Closes what was put since `inner_end` (der->at of then) as one value of this tag. */
void der_wrap(struct der *der, const uint8_t *inner_end, unsigned char tag);
void der_bytes(struct der *der, struct span bytes);
void der_value(struct der *der, unsigned char tag, struct span bytes);
void der_oid(struct der *der, const char *oid, size_t size);
void der_small(struct der *der, int value);
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
/* The key of a SubjectPublicKeyInfo. ERR_UNSUPPORTED: not an uncompressed point of P-256. */
NODISCARD
enum err der_read_public_key(struct span info, uint8_t out[VAULT_PUBLIC_SIZE]);

/* What stands in the OCTET STRING of the extension of this OID, in a SEQUENCE OF Extension (RFC 5280 4.1); empty: there is
 * none. */
struct span der_find_extension(struct span extensions, const char *oid);

#endif
