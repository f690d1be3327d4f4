/* SPDX-License-Identifier: Apache-2.0 */
#include "office/authority.h"

#include <stdlib.h>

#include "wire/topic.h"

#define DAY_S       INT64_C(86400)
#define AGREEMENT_S 3600 /* that two clocks may differ by */

#define ROW_SIZE_MAX  64  /* of a list of those revoked, DER */
#define LIST_SIZE_MIN 512 /* its head, extensions and signature */

void authority_done(struct authority *authority)
{
    vault_wipe(authority, sizeof(*authority));
}

static bool is_days(unsigned days)
{
    return days >= 1 && days <= AUTHORITY_DAYS_MAX;
}

static enum err draw_serial(struct random random, uint8_t out[VAULT_SERIAL_SIZE])
{
    TRY(random.fill(random.self, out, VAULT_SERIAL_SIZE));
    out[0] = (uint8_t)((out[0] & 0x7f) | 0x40); /* positive, and as long as it can be */
    return ERR_OK;
}

enum err authority_create(const char *name, unsigned days, int64_t now_unix_s, struct random random,
                          struct authority *out)
{
    struct authority made CLEANUP(authority_done) = {.der_size = 0};
    struct vault_key_pair pair;
    struct vault_certificate *terms = &made.certificate;
    if (name[0] == '\0' || strlen(name) > VAULT_NAME_MAX)
        return ERR_ARGUMENT;
    if (!is_days(days))
        return ERR_RANGE;
    TRY(vault_generate_key_pair(&pair));
    memcpy(made.private_key, pair.private_key, sizeof(made.private_key));
    memcpy(terms->public_key, pair.public_key, sizeof(terms->public_key));
    vault_wipe(&pair, sizeof(pair));
    terms->use = VAULT_USE_AUTHORITY;
    memcpy(terms->name, name, strlen(name));
    terms->from_unix_s = now_unix_s - AGREEMENT_S;
    terms->until_unix_s = now_unix_s + days * DAY_S;
    TRY(draw_serial(random, terms->serial));
    struct vault_issuer itself = {made.private_key, span_of(NULL, 0)};
    struct vault_buffer der = {made.der, sizeof(made.der), 0};
    TRY(vault_certificate_make(terms, &itself, &der));
    made.der_size = der.size;
    *out = made;
    return ERR_OK;
}

enum err authority_read(struct span certificate_pem, struct span key_pem, struct authority *out)
{
    struct authority read CLEANUP(authority_done) = {.der_size = 0};
    struct vault_buffer der = {read.der, sizeof(read.der), 0};
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    TRY(vault_pem_read(VAULT_PEM_CERTIFICATE, certificate_pem, &der));
    read.der_size = der.size;
    TRY(vault_certificate_read(span_of(der.bytes, der.size), &read.certificate));
    TRY(vault_key_read(key_pem, read.private_key));
    TRY(vault_public_key_of(read.private_key, public_key));
    if (memcmp(public_key, read.certificate.public_key, sizeof(public_key)) != 0 ||
        read.certificate.use != VAULT_USE_AUTHORITY)
        return ERR_ARGUMENT;
    *out = read;
    return ERR_OK;
}

static crm_Certificate row_of(const struct vault_certificate *made)
{
    crm_Certificate row = {.from_unix_s = made->from_unix_s, .until_unix_s = made->until_unix_s};
    memcpy(row.name, made->name, sizeof(row.name));
    row.serial.size = VAULT_SERIAL_SIZE;
    memcpy(row.serial.bytes, made->serial, VAULT_SERIAL_SIZE);
    return row;
}

enum err authority_certify(const struct authority *authority, const struct authority_terms *terms,
                           struct random random, struct vault_buffer *out_der, crm_Certificate *out_row)
{
    bool is_hub_name = strncmp(terms->name, AUTHORITY_HUB, strlen(AUTHORITY_HUB)) == 0;
    if (!topic_is_till_id(span_of_text(terms->name)) || is_hub_name != terms->is_hub ||
        strlen(terms->address) > VAULT_NAME_MAX)
        return ERR_ARGUMENT;
    if (!is_days(terms->days))
        return ERR_RANGE;
    struct vault_certificate made = {.use = terms->use, .from_unix_s = terms->now_unix_s - AGREEMENT_S};
    int64_t until = terms->now_unix_s + terms->days * DAY_S;
    int64_t limit = authority->certificate.until_unix_s;
    made.until_unix_s = until < limit ? until : limit;
    memcpy(made.name, terms->name, strlen(terms->name));
    memcpy(made.address, terms->address, strlen(terms->address));
    memcpy(made.public_key, terms->public_key, sizeof(made.public_key));
    TRY(draw_serial(random, made.serial));
    struct vault_issuer issuer = {authority->private_key, span_of(authority->der, authority->der_size)};
    TRY(vault_certificate_make(&made, &issuer, out_der));
    *out_row = row_of(&made);
    return ERR_OK;
}

/* ---- those revoked */

struct revoked {
    int64_t now_unix_s;
    struct vault_revoked *rows;
    size_t count, capacity;
    enum err error;
};

static bool note_revoked(void *context, const crm_Certificate *row)
{
    struct revoked *revoked = context;
    if (row->revoked_unix_ms == 0 || row->until_unix_s < revoked->now_unix_s ||
        row->serial.size != VAULT_SERIAL_SIZE)
        return true;
    if (revoked->count == revoked->capacity) {
        size_t capacity = revoked->capacity == 0 ? 64 : revoked->capacity * 2;
        void *grown = reallocarray(revoked->rows, capacity, sizeof(*revoked->rows));
        if (grown == NULL) {
            revoked->error = ERR_MEMORY;
            return false;
        }
        revoked->rows = grown;
        revoked->capacity = capacity;
    }
    struct vault_revoked *to = &revoked->rows[revoked->count++];
    memcpy(to->serial, row->serial.bytes, VAULT_SERIAL_SIZE);
    to->at_unix_s = row->revoked_unix_ms / 1000;
    return true;
}

static void free_revoked(struct revoked *revoked)
{
    free(revoked->rows);
}

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

enum err authority_list_revoked(const struct authority *authority, const struct store_txn *txn, unsigned days,
                                int64_t now_unix_s, char **out_pem)
{
    struct revoked revoked CLEANUP(free_revoked) = {.now_unix_s = now_unix_s};
    if (!is_days(days))
        return ERR_RANGE;
    TRY(crm_certificate_scan(txn, NULL, note_revoked, &revoked));
    TRY(revoked.error);
    size_t capacity = LIST_SIZE_MIN + ROW_SIZE_MAX * revoked.count;
    size_t pem_capacity = capacity * 3 / 2 + LIST_SIZE_MIN;
    uint8_t *bytes CLEANUP(free_bytes) = malloc(capacity);
    uint8_t *pem_bytes CLEANUP(free_bytes) = malloc(pem_capacity);
    if (bytes == NULL || pem_bytes == NULL)
        return ERR_MEMORY;
    struct vault_revocation_list list = {.rows = revoked.rows,
                                         .count = revoked.count,
                                         .number = (uint64_t)now_unix_s,
                                         .from_unix_s = now_unix_s - AGREEMENT_S,
                                         .until_unix_s = now_unix_s + days * DAY_S};
    struct vault_issuer issuer = {authority->private_key, span_of(authority->der, authority->der_size)};
    struct vault_buffer der = {bytes, capacity, 0}, pem = {pem_bytes, pem_capacity, 0};
    TRY(vault_revocations_make(&list, &issuer, &der));
    TRY(vault_pem_write(VAULT_PEM_REVOCATIONS, span_of(der.bytes, der.size), &pem));
    *out_pem = (char *)TAKE(pem_bytes);
    return ERR_OK;
}
