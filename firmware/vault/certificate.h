/* SPDX-License-Identifier: Apache-2.0 */
/* certificate.h - who a till, a hub and a broker are to each other: X.509 certificates, requests for them and
 * lists of those revoked (RFC 5280, RFC 2986), all over P-256 with SHA-256 (RFC 5758). A subject is one common
 * name; an issuer may have any name.
 *
 * Owner    the caller's buffers; nothing is kept.
 * Memory   reading allocates and frees; writing does not.
 * Threads  one; vault_open() first.
 * Errors   everywhere: ERR_FULL the buffer is too small, ERR_ARGUMENT a key that is none, ERR_MEMORY. */
#ifndef KASSA_CERTIFICATE_H
#define KASSA_CERTIFICATE_H

#include "iface/sealer.h"
#include "vault/vault.h"

#define VAULT_NAME_MAX             64 /* RFC 5280 A.1: ub-common-name */
#define VAULT_SERIAL_SIZE          16 /* RFC 5280 4.1.2.2: positive, at most 20 bytes */
#define VAULT_CERTIFICATE_SIZE_MAX 1024
#define VAULT_PEM_SIZE_MAX         1536  /* a certificate as text */
#define VAULT_PEM_TEXT_MAX         16384 /* that a block is looked for in */

enum vault_use {
    VAULT_USE_AUTHORITY, /* signs others, and lists of those revoked */
    VAULT_USE_SERVER,    /* a broker */
    VAULT_USE_CLIENT     /* a till, a hub */
};

struct vault_certificate {
    enum vault_use use;
    char name[VAULT_NAME_MAX + 1];
    char address[VAULT_NAME_MAX +
                 1]; /* of a server: a numeric IPv4 address or a host name; "" none. Not read back */
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    uint8_t serial[VAULT_SERIAL_SIZE]; /* as a number, most significant byte first; read: 0 if it is longer */
    int64_t from_unix_s, until_unix_s; /* both are within it */
};

/* Who signs. An empty certificate: whoever is named in what is made signs it himself (a root). */
struct vault_issuer {
    const uint8_t *private_key; /* VAULT_PRIVATE_SIZE bytes */
    struct span certificate;    /* DER */
};

/* Bytes of a buffer that a function fills. */
struct vault_buffer {
    uint8_t *bytes;
    size_t capacity;
    size_t size;
};

/* Writes a certificate, DER. The serial's first bit is ignored and must not be its only one. ERR_SYNTAX: the
 * issuer's certificate is none. ERR_RANGE: it ends before it begins, or outside the years 1970 to 9999. */
NODISCARD
enum err vault_certificate_make(const struct vault_certificate *terms, const struct vault_issuer *issuer,
                                struct vault_buffer *out);

/* Reads one without asking who signed it. ERR_SYNTAX: no certificate. ERR_UNSUPPORTED: another kind of key, or
 * a longer name than ours. */
NODISCARD
enum err vault_certificate_read(struct span der, struct vault_certificate *out);

/* ERR_SIGNATURE: not signed by this key. ERR_SYNTAX as above. Looks at nothing but the signature. */
NODISCARD
enum err vault_certificate_check(struct span der, const uint8_t issuer_public_key[VAULT_PUBLIC_SIZE]);

/* A request (PKCS #10) of the holder of this key to be certified under this name. */
NODISCARD
enum err vault_request_make(const uint8_t private_key[VAULT_PRIVATE_SIZE], const char *name,
                            struct vault_buffer *out);

/* Reads a request and checks that its sender holds the key. ERR_SIGNATURE, ERR_SYNTAX, ERR_UNSUPPORTED. */
NODISCARD
enum err vault_request_read(struct span der, char out_name[VAULT_NAME_MAX + 1],
                            uint8_t out_public_key[VAULT_PUBLIC_SIZE]);

struct vault_revoked {
    uint8_t serial[VAULT_SERIAL_SIZE];
    int64_t at_unix_s;
};

struct vault_revocation_list {
    const struct vault_revoked *rows;
    size_t count;
    uint64_t number; /* higher than the last list's */
    int64_t from_unix_s, until_unix_s;
};

/* Writes a list of revoked certificates (a CRL of version 2): some 45 bytes a row and 400 more. */
NODISCARD
enum err vault_revocations_make(const struct vault_revocation_list *list, const struct vault_issuer *issuer,
                                struct vault_buffer *out);

/* ---- as text (RFC 7468) */

#define VAULT_PEM_CERTIFICATE "CERTIFICATE"
#define VAULT_PEM_REQUEST     "CERTIFICATE REQUEST"
#define VAULT_PEM_REVOCATIONS "X509 CRL"
#define VAULT_PEM_KEY         "EC PRIVATE KEY" /* RFC 5915 */

/* out gets a text with its terminating zero; out->size counts without it. */
NODISCARD
enum err vault_pem_write(const char *label, struct span der, struct vault_buffer *out);

/* The first block of that label. ERR_NOT_FOUND: there is none. ERR_SYNTAX: it is no base64. ERR_TOO_LONG. */
NODISCARD
enum err vault_pem_read(const char *label, struct span text, struct vault_buffer *out);

/* A private key as the TLS library of a broker and of libmosquitto reads it, and back. */
NODISCARD
enum err vault_key_write(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct vault_buffer *out_pem);
NODISCARD
enum err vault_key_read(struct span pem, uint8_t out_private_key[VAULT_PRIVATE_SIZE]);

/* The same, sealed to the device where there is a sealer; without one as above. Reading takes a key that stands open
 * in either case, and one that is sealed if there is who opens it (else ERR_UNSUPPORTED). Errors of the sealer. */
#define VAULT_PEM_SEALED_KEY "KASSA SEALED KEY"
NODISCARD
enum err vault_kept_key_write(struct sealer sealer, const uint8_t private_key[VAULT_PRIVATE_SIZE],
                              struct vault_buffer *out_pem);
NODISCARD
enum err vault_kept_key_read(struct sealer sealer, struct span pem,
                             uint8_t out_private_key[VAULT_PRIVATE_SIZE]);
bool vault_key_is_sealed(struct span pem);

#endif
