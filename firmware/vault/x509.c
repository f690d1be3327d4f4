/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/x509.h"

#include "base/civil.h"

#define DAY_S 86400

/* X.520 id-at-commonName; RFC 5280 4.2.1.12 anyExtendedKeyUsage */
static const char oid_common_name[] = "\x55\x04\x03";
static const char oid_any_purpose[] = "\x55\x1d\x25\x00";

/* ---- times (RFC 5280 4.1.2.5) */

static enum err read_digits(struct span text, size_t at, size_t count, int *out)
{
    int value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return ERR_SYNTAX;
        value = value * 10 + (text.bytes[i] - '0');
    }
    *out = value;
    return ERR_OK;
}

static enum err read_clock(struct span text, int *out_second)
{
    int hour, minute, second;
    TRY(read_digits(text, 0, 2, &hour));
    TRY(read_digits(text, 2, 2, &minute));
    TRY(read_digits(text, 4, 2, &second));
    if (hour > 23 || minute > 59 || second > 59 || text.bytes[6] != 'Z')
        return ERR_SYNTAX;
    *out_second = hour * 3600 + minute * 60 + second;
    return ERR_OK;
}

static enum err read_time(struct span text, size_t year_digits, int64_t *out_unix_s)
{
    int year, month, day, second;
    if (text.size != year_digits + 11)
        return ERR_SYNTAX;
    TRY(read_digits(text, 0, year_digits, &year));
    TRY(read_digits(text, year_digits, 2, &month));
    TRY(read_digits(text, year_digits + 2, 2, &day));
    TRY(read_clock(span_of(text.bytes + year_digits + 4, 7), &second));
    if (year_digits == 2)
        year += year < 50 ? 2000 : 1900;
    struct civil_date date = {year, (uint8_t)month, (uint8_t)day};
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return ERR_SYNTAX;
    int32_t number = civil_day_of(date);
    if (civil_date_of(number).day != day) /* the 31st of a shorter month */
        return ERR_SYNTAX;
    *out_unix_s = (int64_t)number * DAY_S + second;
    return ERR_OK;
}

static enum err take_time(struct span *from, int64_t *out_unix_s)
{
    struct der_value time;
    TRY(der_take_any(from, &time));
    if (time.tag == DER_UTC_TIME)
        return read_time(time.body, 2, out_unix_s);
    return time.tag == DER_GENERALIZED_TIME ? read_time(time.body, 4, out_unix_s) : ERR_SYNTAX;
}

/* ---- extensions */

struct extension {
    struct span oid, value;
    bool is_critical;
};

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static enum err take_extension(struct span *from, struct extension *out)
{
    struct der_value extension, oid, flag, value;
    TRY(der_take(from, DER_SEQUENCE, &extension));
    TRY(der_take(&extension.body, DER_OID, &oid));
    TRY(der_take_optional(&extension.body, DER_BOOLEAN, &flag));
    TRY(der_take(&extension.body, DER_OCTET_STRING, &value));
    if (extension.body.size != 0 || (flag.whole.size > 0 && flag.body.size != 1))
        return ERR_SYNTAX;
    *out = (struct extension){oid.body, value.body, flag.body.size == 1 && flag.body.bytes[0] != 0};
    return ERR_OK;
}

/* What is looked at here, or by who checks chains. */
static bool is_heeded(struct span oid)
{
    static const char *const heeded[] = {X509_ID_CE("\x0e"), X509_ID_CE("\x0f"), X509_ID_CE("\x11"),
                                         X509_ID_CE("\x13"), X509_ID_CE("\x1e"), X509_ID_CE("\x20"),
                                         X509_ID_CE("\x23"), X509_ID_CE("\x25")};
    for (size_t i = 0; i < COUNT_OF(heeded); i++) {
        if (der_is_oid(oid, heeded[i]))
            return true;
    }
    return false;
}

static struct span find_extension(struct span list, struct span oid)
{
    struct extension extension;
    while (list.size > 0 && take_extension(&list, &extension) == ERR_OK) {
        if (span_is_equal(extension.oid, oid))
            return extension.value;
    }
    return span_of(NULL, 0);
}

static enum err check_extensions(struct span list)
{
    struct extension extension;
    for (struct span rest = list; rest.size > 0;) {
        TRY(take_extension(&rest, &extension));
        bool is_repeated = find_extension(list, extension.oid).bytes != extension.value.bytes;
        if (is_repeated || (extension.is_critical && !is_heeded(extension.oid)))
            return ERR_SYNTAX;
    }
    return ERR_OK;
}

struct span vault_x509_extension(const struct x509 *certificate, const char *oid)
{
    return find_extension(certificate->extensions, span_of_text(oid));
}

/* RFC 5280 4.2.1.9: SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint OPTIONAL }. Where it stands, it decides. */
static bool is_no_authority(const struct x509 *certificate)
{
    struct span extension = vault_x509_extension(certificate, X509_ID_CE("\x13"));
    struct der_value constraints, flag;
    if (extension.bytes == NULL)
        return false;
    return der_take(&extension, DER_SEQUENCE, &constraints) != ERR_OK ||
           der_take(&constraints.body, DER_BOOLEAN, &flag) != ERR_OK || flag.body.size != 1 ||
           flag.body.bytes[0] == 0;
}

/* RFC 5280 4.2.1.3: bit 5 keyCertSign. */
bool vault_x509_may_sign_others(const struct x509 *certificate)
{
    enum { KEY_CERT_SIGN = 0x80 >> 5 };
    struct span extension = vault_x509_extension(certificate, X509_ID_CE("\x0f"));
    struct der_value bits;
    if (is_no_authority(certificate))
        return false;
    if (extension.bytes == NULL)
        return true;
    return der_take(&extension, DER_BIT_STRING, &bits) == ERR_OK && bits.body.size >= 2 &&
           (bits.body.bytes[1] & KEY_CERT_SIGN) != 0;
}

bool vault_x509_is_for(const struct x509 *certificate, const char *purpose)
{
    struct span extension = vault_x509_extension(certificate, X509_ID_CE("\x25"));
    struct der_value list, oid;
    if (extension.bytes == NULL)
        return true;
    if (der_take(&extension, DER_SEQUENCE, &list) != ERR_OK)
        return false;
    while (der_take(&list.body, DER_OID, &oid) == ERR_OK) {
        if (der_is_oid(oid.body, purpose) ||
            span_is_equal(oid.body, span_of(oid_any_purpose, sizeof(oid_any_purpose) - 1)))
            return true;
    }
    return false;
}

/* ---- names */

static bool is_text(uint8_t tag)
{
    return tag == DER_UTF8_STRING || tag == DER_PRINTABLE_STRING || tag == DER_IA5_STRING ||
           tag == DER_T61_STRING;
}

/* The common name among the attributes of one set. ERR_NOT_FOUND: it is not among them. */
static enum err read_set(struct span set, struct span *out)
{
    struct der_value attribute, oid, value;
    while (set.size > 0) {
        TRY(der_take(&set, DER_SEQUENCE, &attribute));
        TRY(der_take(&attribute.body, DER_OID, &oid));
        TRY(der_take_any(&attribute.body, &value));
        if (!der_is_oid(oid.body, oid_common_name))
            continue;
        if (!is_text(value.tag) || value.body.size == 0 || value.body.size > VAULT_NAME_MAX ||
            memchr(value.body.bytes, '\0', value.body.size) != NULL)
            return ERR_UNSUPPORTED;
        *out = value.body;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

enum err vault_x509_name(struct span subject, char out[VAULT_NAME_MAX + 1])
{
    struct der_value sets, set;
    struct span name = {NULL, 0};
    TRY(der_take(&subject, DER_SEQUENCE, &sets));
    while (sets.body.size > 0) {
        TRY(der_take(&sets.body, DER_SET, &set));
        enum err error = read_set(set.body, &name);
        if (error == ERR_NOT_FOUND)
            continue;
        TRY(error);
        memcpy(out, name.bytes, name.size);
        out[name.size] = '\0';
        return ERR_OK;
    }
    return ERR_UNSUPPORTED;
}

/* ---- the whole */

/* SEQUENCE { what is signed, algorithm, BIT STRING }: what is signed, and the algorithm as it stands outside. */
static enum err open_signed(struct span der, struct span *out_inside, struct span *out_algorithm)
{
    struct der_value outer, inside, algorithm, signature;
    TRY(der_take(&der, DER_SEQUENCE, &outer));
    TRY(der_take(&outer.body, DER_SEQUENCE, &inside));
    TRY(der_take(&outer.body, DER_SEQUENCE, &algorithm));
    TRY(der_take(&outer.body, DER_BIT_STRING, &signature));
    if (der.size != 0 || outer.body.size != 0)
        return ERR_SYNTAX;
    *out_inside = inside.body;
    *out_algorithm = algorithm.whole;
    return ERR_OK;
}

/* Version ::= INTEGER { v1(0), v2(1), v3(2) }; v1 is left out. */
static enum err take_version(struct span *from, uint8_t *out)
{
    struct der_value field;
    struct span number = {NULL, 0};
    TRY(der_take_optional(from, DER_INSIDE + 0, &field));
    if (field.whole.size > 0)
        TRY(der_take_number(&field.body, &number));
    if (field.body.size != 0 || number.size > 1 || (number.size == 1 && number.bytes[0] > 2))
        return ERR_SYNTAX;
    *out = number.size == 1 ? number.bytes[0] : 0;
    return ERR_OK;
}

/* The last three fields: [1] and [2] are ids of issuer and subject, out of use; [3] the extensions, from version 3 on. */
static enum err take_extensions(struct span *from, uint8_t version, struct span *out)
{
    struct der_value id, field, list;
    TRY(der_take_optional(from, DER_CONTEXT + 1, &id));
    TRY(der_take_optional(from, DER_CONTEXT + 2, &id));
    TRY(der_take_optional(from, DER_INSIDE + 3, &field));
    *out = span_of(NULL, 0);
    if (field.whole.size == 0)
        return ERR_OK;
    TRY(der_take(&field.body, DER_SEQUENCE, &list));
    if (version != 2 || field.body.size != 0)
        return ERR_SYNTAX;
    *out = list.body;
    return check_extensions(list.body);
}

enum err vault_x509_read(struct span der, struct x509 *out)
{
    struct span at, algorithm_outside;
    struct der_value algorithm, issuer, validity, subject, key;
    struct x509 read;
    uint8_t version;
    TRY(open_signed(der, &at, &algorithm_outside));
    TRY(take_version(&at, &version));
    TRY(der_take_number(&at, &read.serial));
    TRY(der_take(&at, DER_SEQUENCE, &algorithm));
    TRY(der_take(&at, DER_SEQUENCE, &issuer));
    TRY(der_take(&at, DER_SEQUENCE, &validity));
    TRY(take_time(&validity.body, &read.from_unix_s));
    TRY(take_time(&validity.body, &read.until_unix_s));
    TRY(der_take(&at, DER_SEQUENCE, &subject));
    TRY(der_take(&at, DER_SEQUENCE, &key));
    TRY(take_extensions(&at, version, &read.extensions));
    /* RFC 5280 4.1.1.2: the algorithm stands twice, and is the same. */
    if (at.size != 0 || validity.body.size != 0 || !span_is_equal(algorithm.whole, algorithm_outside))
        return ERR_SYNTAX;
    read.subject = subject.whole;
    read.key = key.whole;
    *out = read;
    return ERR_OK;
}

enum err vault_x509_read_request(struct span der, struct x509 *out)
{
    struct span at, algorithm, version;
    struct der_value subject, key, attributes;
    TRY(open_signed(der, &at, &algorithm));
    TRY(der_take_number(&at, &version));
    TRY(der_take(&at, DER_SEQUENCE, &subject));
    TRY(der_take(&at, DER_SEQUENCE, &key));
    TRY(der_take_optional(&at, DER_INSIDE + 0, &attributes));
    if (version.size != 0 || at.size != 0)
        return ERR_SYNTAX;
    *out = (struct x509){.subject = subject.whole, .key = key.whole};
    return ERR_OK;
}
