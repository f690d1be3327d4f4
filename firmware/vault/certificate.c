/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/certificate.h"

#include <stdio.h>

#include "base/civil.h"
#include "vault/x509.h"

#define KEY_ID_SIZE_MAX 64 /* another authority's */
#define KEY_ID_SIZE     20 /* RFC 7093 2 (1): the first 160 bits of SHA-256 of the key */
#define NAME_DER_MAX    512
#define DAY_S           86400
#define UNIX_S_MAX      253402300799 /* 9999-12-31T23:59:59Z */

/* ---- pieces that all three have */

static void put_time(struct der *der, int64_t unix_s)
{
    struct civil_date date = civil_date_of((int32_t)(unix_s / DAY_S));
    int64_t second = unix_s % DAY_S;
    char text[32];
    /* RFC 5280 4.1.2.5: two digits of the year up to 2049, four beyond. */
    bool is_short = date.year < 2050;
    int year = is_short ? date.year % 100 : date.year;
    int size = snprintf(text, sizeof(text), "%0*d%02d%02d%02d%02d%02dZ", is_short ? 2 : 4, year, date.month,
                        date.day, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    der_value(der, is_short ? DER_UTC_TIME : DER_GENERALIZED_TIME, span_of(text, (size_t)size));
}

/* What stands since `end` becomes the extension of this OID. */
static void wrap_extension(struct der *der, const uint8_t *end, const char *oid, size_t oid_size,
                           bool is_critical)
{
    static const uint8_t yes = 0xff;
    der_wrap(der, end, DER_OCTET_STRING);
    if (is_critical)
        der_value(der, DER_BOOLEAN, span_of(&yes, 1));
    der_oid(der, oid, oid_size);
    der_wrap(der, end, DER_SEQUENCE);
}

#define EXTENSION(der, end, number, is_critical)                                                             \
    wrap_extension((der), (end), X509_ID_CE(number), sizeof(X509_ID_CE(number)) - 1, (is_critical))

static enum err key_id_of(const uint8_t public_key[VAULT_PUBLIC_SIZE], uint8_t out[KEY_ID_SIZE])
{
    uint8_t hash[HASH_SIZE];
    TRY(vault_sha256(span_of(public_key, VAULT_PUBLIC_SIZE), hash));
    memcpy(out, hash, KEY_ID_SIZE);
    return ERR_OK;
}

static void put_own_key_id(struct der *der, const uint8_t id[KEY_ID_SIZE])
{
    const uint8_t *end = der->at;
    der_value(der, DER_OCTET_STRING, span_of(id, KEY_ID_SIZE));
    EXTENSION(der, end, "\x0e", false);
}

static void put_issuer_key_id(struct der *der, struct span id)
{
    const uint8_t *end = der->at;
    der_value(der, DER_CONTEXT + 0, id);
    der_wrap(der, end, DER_SEQUENCE);
    EXTENSION(der, end, "\x23", false);
}

struct issuer_parts {
    uint8_t name[NAME_DER_MAX]; /* DER; none: the subject's own */
    size_t name_size;
    uint8_t key_id[KEY_ID_SIZE_MAX];
    size_t key_id_size;
};

static struct span issuer_key_id(const struct issuer_parts *issuer)
{
    return span_of(issuer->key_id, issuer->key_id_size);
}

/* RFC 5280 4.2.1.1: what the issuer's certificate calls its key, however whoever made it came to that; without a name there,
 * ours. A reader that compares the two finds no issuer otherwise. */
static enum err read_key_id(const struct x509 *certificate, const uint8_t public_key[VAULT_PUBLIC_SIZE],
                            struct issuer_parts *out)
{
    struct span extension = vault_x509_extension(certificate, X509_ID_CE("\x0e"));
    struct der_value id;
    if (der_take(&extension, DER_OCTET_STRING, &id) != ERR_OK || id.body.size == 0 ||
        id.body.size > sizeof(out->key_id)) {
        out->key_id_size = KEY_ID_SIZE;
        return key_id_of(public_key, out->key_id);
    }
    out->key_id_size = id.body.size;
    memcpy(out->key_id, id.body.bytes, id.body.size);
    return ERR_OK;
}

static enum err read_issuer(const struct vault_issuer *issuer, struct issuer_parts *out)
{
    uint8_t public_key[VAULT_PUBLIC_SIZE], certified[VAULT_PUBLIC_SIZE];
    struct x509 certificate;
    TRY(vault_public_key_of(issuer->private_key, public_key));
    out->name_size = 0;
    out->key_id_size = KEY_ID_SIZE;
    if (issuer->certificate.size == 0)
        return key_id_of(public_key, out->key_id);
    TRY(vault_x509_read(issuer->certificate, &certificate));
    TRY(der_read_public_key(certificate.key, certified));
    if (memcmp(certified, public_key, sizeof(certified)) != 0)
        return ERR_ARGUMENT;
    if (certificate.subject.size > sizeof(out->name))
        return ERR_UNSUPPORTED;
    memcpy(out->name, certificate.subject.bytes, certificate.subject.size);
    out->name_size = certificate.subject.size;
    return read_key_id(&certificate, public_key, out);
}

static void put_issuer_name(struct der *der, const struct issuer_parts *issuer, const char *own_name)
{
    if (issuer->name_size > 0)
        der_bytes(der, span_of(issuer->name, issuer->name_size));
    else
        der_name(der, own_name);
}

/* ---- a certificate */

/* RFC 5280 4.2.1.3: bit 0 digitalSignature, 5 keyCertSign, 6 cRLSign; first the count of unused bits. */
static const struct use_row {
    uint8_t key_usage[2];
    const char *purpose; /* OID, NULL for all */
} uses[] = {
    [VAULT_USE_AUTHORITY] = {{1, 0x06}, NULL},
    [VAULT_USE_SERVER] = {{7, 0x80}, X509_ID_KP("\x01")},
    [VAULT_USE_CLIENT] = {{7, 0x80}, X509_ID_KP("\x02")},
};

static void put_use(struct der *der, enum vault_use use)
{
    static const uint8_t yes = 0xff;
    const uint8_t *end = der->at;
    if (uses[use].purpose != NULL) {
        der_oid(der, uses[use].purpose, strlen(uses[use].purpose));
        der_wrap(der, end, DER_SEQUENCE);
        EXTENSION(der, end, "\x25", false);
        end = der->at;
    }
    der_value(der, DER_BIT_STRING, span_of(uses[use].key_usage, 2));
    EXTENSION(der, end, "\x0f", true);
    end = der->at;
    if (use == VAULT_USE_AUTHORITY)
        der_value(der, DER_BOOLEAN, span_of(&yes, 1));
    der_wrap(der, end, DER_SEQUENCE);
    EXTENSION(der, end, "\x13", true);
}

static bool read_ipv4(const char *text, uint8_t out[4])
{
    unsigned a, b, c, d;
    int size = 0;
    if (sscanf(text, "%3u.%3u.%3u.%3u%n", &a, &b, &c, &d, &size) != 4 || text[size] != '\0' || a > 255 ||
        b > 255 || c > 255 || d > 255)
        return false;
    const uint8_t bytes[4] = {(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d};
    memcpy(out, bytes, sizeof(bytes));
    return true;
}

/* RFC 5280 4.2.1.6: [7] an address, [2] a host's name. */
static void put_address(struct der *der, const char *address)
{
    const uint8_t *end = der->at;
    uint8_t ipv4[4];
    if (address[0] == '\0')
        return;
    if (read_ipv4(address, ipv4))
        der_value(der, DER_CONTEXT + 7, span_of(ipv4, sizeof(ipv4)));
    else
        der_value(der, DER_CONTEXT + 2, span_of_text(address));
    der_wrap(der, end, DER_SEQUENCE);
    EXTENSION(der, end, "\x11", false);
}

static bool is_time(int64_t from_unix_s, int64_t until_unix_s)
{
    return from_unix_s >= 0 && from_unix_s <= until_unix_s && until_unix_s <= UNIX_S_MAX;
}

static bool is_name(const char *name)
{
    size_t size = strnlen(name, VAULT_NAME_MAX + 1);
    return size > 0 && size <= VAULT_NAME_MAX;
}

enum err vault_certificate_make(const struct vault_certificate *terms, const struct vault_issuer *issuer,
                                struct vault_buffer *out)
{
    if (!is_time(terms->from_unix_s, terms->until_unix_s))
        return ERR_RANGE;
    if (!is_name(terms->name))
        return ERR_ARGUMENT;
    struct issuer_parts from;
    uint8_t key_id[KEY_ID_SIZE], serial[VAULT_SERIAL_SIZE], bytes[VAULT_CERTIFICATE_SIZE_MAX + NAME_DER_MAX];
    TRY(read_issuer(issuer, &from));
    TRY(key_id_of(terms->public_key, key_id));
    memcpy(serial, terms->serial, sizeof(serial));
    serial[0] &= 0x7f;

    struct der der = der_begin(bytes, sizeof(bytes));
    const uint8_t *end = der.at;
    put_issuer_key_id(&der, issuer_key_id(&from));
    put_own_key_id(&der, key_id);
    put_address(&der, terms->address);
    put_use(&der, terms->use);
    der_wrap(&der, end, DER_SEQUENCE);
    der_wrap(&der, end, DER_INSIDE + 3);
    der_public_key(&der, terms->public_key);
    der_name(&der, terms->name);
    const uint8_t *validity_end = der.at;
    put_time(&der, terms->until_unix_s);
    put_time(&der, terms->from_unix_s);
    der_wrap(&der, validity_end, DER_SEQUENCE);
    put_issuer_name(&der, &from, terms->name);
    der_algorithm(&der);
    der_number(&der, span_of(serial, sizeof(serial)));
    const uint8_t *version_end = der.at;
    der_small(&der, 2); /* version 3 */
    der_wrap(&der, version_end, DER_INSIDE + 0);
    der_wrap(&der, end, DER_SEQUENCE);
    return der_sign(&der, issuer->private_key, out);
}

/* Others draw longer ones, which nothing here asks for. */
static void read_serial(struct span serial, uint8_t out[VAULT_SERIAL_SIZE])
{
    memset(out, 0, VAULT_SERIAL_SIZE);
    if (serial.size > 0 && serial.size <= VAULT_SERIAL_SIZE)
        memcpy(out + VAULT_SERIAL_SIZE - serial.size, serial.bytes, serial.size);
}

enum err vault_certificate_read(struct span der, struct vault_certificate *out)
{
    struct x509 certificate;
    TRY(vault_x509_read(der, &certificate));
    struct vault_certificate read = {.use = VAULT_USE_CLIENT,
                                     .from_unix_s = certificate.from_unix_s,
                                     .until_unix_s = certificate.until_unix_s};
    TRY(vault_x509_name(certificate.subject, read.name));
    read_serial(certificate.serial, read.serial);
    TRY(der_read_public_key(certificate.key, read.public_key));
    if (vault_x509_may_sign_others(&certificate))
        read.use = VAULT_USE_AUTHORITY;
    else if (vault_x509_is_for(&certificate, X509_ID_KP("\x01")))
        read.use = VAULT_USE_SERVER;
    *out = read;
    return ERR_OK;
}

enum err vault_certificate_check(struct span der, const uint8_t issuer_public_key[VAULT_PUBLIC_SIZE])
{
    return der_check(der, issuer_public_key);
}

/* ---- a request */

enum err vault_request_make(const uint8_t private_key[VAULT_PRIVATE_SIZE], const char *name,
                            struct vault_buffer *out)
{
    uint8_t public_key[VAULT_PUBLIC_SIZE], bytes[VAULT_CERTIFICATE_SIZE_MAX];
    if (!is_name(name))
        return ERR_ARGUMENT;
    TRY(vault_public_key_of(private_key, public_key));
    struct der der = der_begin(bytes, sizeof(bytes));
    const uint8_t *end = der.at;
    der_value(&der, DER_INSIDE + 0, span_of(NULL, 0)); /* RFC 2986 4.1: no attributes */
    der_public_key(&der, public_key);
    der_name(&der, name);
    der_small(&der, 0); /* version 1 */
    der_wrap(&der, end, DER_SEQUENCE);
    return der_sign(&der, private_key, out);
}

enum err vault_request_read(struct span der, char out_name[VAULT_NAME_MAX + 1],
                            uint8_t out_public_key[VAULT_PUBLIC_SIZE])
{
    struct x509 request;
    char name[VAULT_NAME_MAX + 1];
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    TRY(vault_x509_read_request(der, &request));
    TRY(vault_x509_name(request.subject, name));
    TRY(der_read_public_key(request.key, public_key));
    TRY(der_check(der, public_key));
    memcpy(out_name, name, sizeof(name));
    memcpy(out_public_key, public_key, sizeof(public_key));
    return ERR_OK;
}

/* ---- a list of those revoked */

static void put_revoked(struct der *der, const struct vault_revoked *row)
{
    const uint8_t *end = der->at;
    put_time(der, row->at_unix_s);
    der_number(der, span_of(row->serial, VAULT_SERIAL_SIZE));
    der_wrap(der, end, DER_SEQUENCE);
}

static void put_list_extensions(struct der *der, const struct issuer_parts *from, uint64_t number)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    const uint8_t *end = der->at;
    der_number(der, span_of(bytes, sizeof(bytes)));
    EXTENSION(der, end, "\x14", false);
    put_issuer_key_id(der, issuer_key_id(from));
    der_wrap(der, end, DER_SEQUENCE);
    der_wrap(der, end, DER_INSIDE + 0);
}

enum err vault_revocations_make(const struct vault_revocation_list *list, const struct vault_issuer *issuer,
                                struct vault_buffer *out)
{
    if (!is_time(list->from_unix_s, list->until_unix_s))
        return ERR_RANGE;
    struct issuer_parts from;
    TRY(read_issuer(issuer, &from));
    if (from.name_size == 0)
        return ERR_ARGUMENT;
    struct der der = der_begin(out->bytes, out->capacity);
    const uint8_t *end = der.at;
    put_list_extensions(&der, &from, list->number);
    const uint8_t *rows_end = der.at;
    for (size_t i = list->count; i > 0; i--)
        put_revoked(&der, &list->rows[i - 1]);
    if (list->count > 0)
        der_wrap(&der, rows_end, DER_SEQUENCE); /* RFC 5280 5.1.2.6: absent if empty */
    put_time(&der, list->until_unix_s);
    put_time(&der, list->from_unix_s);
    put_issuer_name(&der, &from, "");
    der_algorithm(&der);
    der_small(&der, 1); /* version 2 */
    der_wrap(&der, end, DER_SEQUENCE);
    return der_sign(&der, issuer->private_key, out);
}
