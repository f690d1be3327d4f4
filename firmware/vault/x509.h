/* SPDX-License-Identifier: Apache-2.0 */
/* x509.h - a certificate or a request taken apart (RFC 5280 4.1, RFC 2986 4), whoever wrote it. Inside vault only.
 *
 * Why here  the parser of Mbed TLS is no part of PSA, and it takes the whole of X.509 with it: of a certificate a till wants a
 *           name, a key, two times and what it is for. Who signed it is der_check's question; chains are OpenSSL's, at the
 *           broker and in libmosquitto.
 * Owner     everything points into the caller's bytes.
 * Fuzzed    tests/fuzz/certificate_fuzz.c */
#ifndef KASSA_VAULT_X509_H
#define KASSA_VAULT_X509_H

#include "vault/der.h"

/* RFC 5280 4.2.1: id-ce 14 the key's id, 15 what the key may do, 17 alternative name, 19 basic constraints, 20 CRL number,
 * 30 name constraints, 32 policies, 35 the issuer's key id, 37 purposes; 4.2.1.12: id-kp 1 server, 2 client. */
#define X509_ID_CE(n) "\x55\x1d" n
#define X509_ID_KP(n) "\x2b\x06\x01\x05\x05\x07\x03" n

struct x509 {
    struct span serial; /* without zeros in front */
    int64_t from_unix_s, until_unix_s;
    struct span subject;    /* the whole Name */
    struct span key;        /* the whole SubjectPublicKeyInfo */
    struct span extensions; /* what stands in the SEQUENCE; empty: there are none */
};

/* ERR_SYNTAX: no certificate, or one with a critical extension that nothing here heeds (RFC 5280 4.2). */
NODISCARD
enum err vault_x509_read(struct span der, struct x509 *out);

/* subject, key and nothing else. */
NODISCARD
enum err vault_x509_read_request(struct span der, struct x509 *out);

/* The first common name. ERR_UNSUPPORTED: none, or a longer one than ours. */
NODISCARD
enum err vault_x509_name(struct span subject, char out[VAULT_NAME_MAX + 1]);

/* What stands in the extension of this OID; no bytes (NULL): there is none. One that is there and empty says nothing that can be read. */
struct span vault_x509_extension(const struct x509 *certificate, const char *oid);

/* A certificate that does not say what its key is for may be used for everything; one whose basic constraints do not say that it is
 * an authority's is none, whatever its key usage says. */
bool vault_x509_may_sign_others(const struct x509 *certificate);
bool vault_x509_is_for(const struct x509 *certificate, const char *purpose);

#endif
