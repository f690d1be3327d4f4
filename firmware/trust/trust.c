/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/trust.h"

#include "base/bytes.h"

/* ---- keys and roles */

const kassa_TrustGrant *trust_grant_of(const kassa_TrustRoot *root, kassa_TrustRole role)
{
    for (size_t i = 0; i < root->grants_count; i++) {
        if (root->grants[i].role == role)
            return &root->grants[i];
    }
    return NULL;
}

const kassa_TrustKey *trust_key_of(const kassa_TrustRoot *root, const uint8_t key_id[VAULT_KEY_ID_SIZE])
{
    for (size_t i = 0; i < root->keys_count; i++) {
        uint8_t id[VAULT_KEY_ID_SIZE];
        if (root->keys[i].public_key.size == VAULT_PUBLIC_SIZE &&
            vault_key_id(root->keys[i].public_key.bytes, id) == ERR_OK &&
            memcmp(id, key_id, VAULT_KEY_ID_SIZE) == 0)
            return &root->keys[i];
    }
    return NULL;
}

size_t trust_keys_of(const kassa_TrustRoot *root, kassa_TrustRole role,
                     uint8_t out[SIGNATURES_MAX][VAULT_PUBLIC_SIZE])
{
    const kassa_TrustGrant *grant = trust_grant_of(root, role);
    size_t count = 0;
    for (size_t i = 0; grant != NULL && i < grant->key_ids_count; i++) {
        const kassa_TrustKey *key = trust_key_of(root, grant->key_ids[i].bytes);
        if (key != NULL)
            memcpy(out[count++], key->public_key.bytes, VAULT_PUBLIC_SIZE);
    }
    return count;
}

/* ---- signatures */

static bool is_granted(const kassa_TrustGrant *grant, const kassa_Signature *signature)
{
    for (size_t i = 0; i < grant->key_ids_count; i++) {
        if (memcmp(grant->key_ids[i].bytes, signature->key_id.bytes, VAULT_KEY_ID_SIZE) == 0)
            return true;
    }
    return false;
}

/* The key whose signature it is, if that is good; NULL: it counts for nothing. */
static const kassa_TrustKey *signer_of(const kassa_TrustRoot *root, const kassa_TrustGrant *grant,
                                       const kassa_Signature *signature, struct span statement)
{
    if (signature->key_id.size != VAULT_KEY_ID_SIZE || signature->value.size != VAULT_SIGNATURE_SIZE ||
        !is_granted(grant, signature))
        return NULL;
    const kassa_TrustKey *key = trust_key_of(root, signature->key_id.bytes);
    if (key == NULL || vault_verify(key->public_key.bytes, statement, signature->value.bytes) != ERR_OK)
        return NULL;
    return key;
}

/* Somebody whose signature was counted before signs no second time, with whichever key. */
static bool has_signed(const kassa_TrustKey *const *signers, size_t count, const kassa_TrustKey *key)
{
    for (size_t i = 0; i < count; i++) {
        if (signers[i] == key || strcmp(signers[i]->person, key->person) == 0)
            return true;
    }
    return false;
}

size_t trust_count_signatures(const kassa_TrustRoot *root, kassa_TrustRole role, enum wire_purpose purpose,
                              const kassa_Signed *sealed)
{
    const kassa_TrustKey *signers[SIGNATURES_MAX];
    uint8_t statement[WIRE_STATEMENT_SIZE_MAX];
    size_t size;
    size_t count = 0;
    const kassa_TrustGrant *grant = trust_grant_of(root, role);
    if (grant == NULL || wire_signed_statement(purpose, span_of(sealed->content.bytes, sealed->content.size),
                                               statement, &size) != ERR_OK)
        return 0;
    for (size_t i = 0; i < sealed->signatures_count; i++) {
        const kassa_TrustKey *key = signer_of(root, grant, &sealed->signatures[i], span_of(statement, size));
        if (key != NULL && !has_signed(signers, count, key))
            signers[count++] = key;
    }
    return count;
}

enum trust_reason trust_verify(const kassa_TrustRoot *root, kassa_TrustRole role, enum wire_purpose purpose,
                               const kassa_Signed *sealed)
{
    const kassa_TrustGrant *grant = trust_grant_of(root, role);
    if (grant == NULL || grant->threshold == 0)
        return TRUST_UNSIGNED;
    return trust_count_signatures(root, role, purpose, sealed) >= grant->threshold ? TRUST_GOOD
                                                                                   : TRUST_UNSIGNED;
}

enum err trust_seal(const pb_msgdesc_t *fields, const void *content, kassa_Signed *out)
{
    size_t size;
    out->signatures_count = 0;
    TRY(wire_encode(fields, content, out->content.bytes, sizeof(out->content.bytes), &size));
    out->content.size = (pb_size_t)size;
    return ERR_OK;
}

static kassa_Signature *place_for(kassa_Signed *sealed, const uint8_t key_id[VAULT_KEY_ID_SIZE])
{
    for (size_t i = 0; i < sealed->signatures_count; i++) {
        if (memcmp(sealed->signatures[i].key_id.bytes, key_id, VAULT_KEY_ID_SIZE) == 0)
            return &sealed->signatures[i];
    }
    return sealed->signatures_count == SIGNATURES_MAX ? NULL
                                                      : &sealed->signatures[sealed->signatures_count++];
}

enum err trust_sign(kassa_Signed *sealed, enum wire_purpose purpose,
                    const uint8_t private_key[VAULT_PRIVATE_SIZE])
{
    uint8_t statement[WIRE_STATEMENT_SIZE_MAX];
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    kassa_Signature signature = {.key_id.size = VAULT_KEY_ID_SIZE, .value.size = VAULT_SIGNATURE_SIZE};
    size_t size;
    TRY(wire_signed_statement(purpose, span_of(sealed->content.bytes, sealed->content.size), statement,
                              &size));
    TRY(vault_public_key_of(private_key, public_key));
    TRY(vault_key_id(public_key, signature.key_id.bytes));
    TRY(vault_sign(private_key, span_of(statement, size), signature.value.bytes));
    kassa_Signature *place = place_for(sealed, signature.key_id.bytes);
    if (place == NULL)
        return ERR_TOO_LONG;
    *place = signature;
    return ERR_OK;
}

/* ---- books and timestamps */

static bool is_hash(size_t size)
{
    return size == HASH_SIZE;
}

enum trust_reason trust_read_manifest(const struct trust_root *root, const kassa_Signed *sealed,
                                      struct trust_manifest *out)
{
    enum trust_reason reason =
        trust_verify(&root->body, kassa_TrustRole_TRUST_RULES, WIRE_SIGNED_BOOK, sealed);
    if (reason != TRUST_GOOD)
        return reason;
    struct span content = span_of(sealed->content.bytes, sealed->content.size);
    kassa_BookManifest body = kassa_BookManifest_init_zero;
    if (wire_decode(kassa_BookManifest_fields, content, &body) != ERR_OK || body.version == 0 ||
        body.size == 0 || !is_hash(body.hash.size) || body.chunk_size != BOOK_CHUNK_SIZE)
        return TRUST_MALFORMED;
    if (strcmp(body.tenant, root->body.tenant) != 0)
        return TRUST_TENANT;
    if (vault_sha256(content, out->hash) != ERR_OK)
        return TRUST_MALFORMED;
    out->body = body;
    return TRUST_GOOD;
}

static bool is_timestamp_sound(const kassa_Timestamp *body)
{
    for (size_t i = 0; i < body->books_count; i++) {
        const kassa_BookShare *share = &body->books[i];
        if (share->version == 0 || !is_hash(share->manifest_hash.size) || share->share_bp > 10000)
            return false;
    }
    return body->root_version > 0 && is_hash(body->root_hash.size) &&
           body->expires_unix_ms > body->issued_unix_ms && body->issued_unix_ms > 0 &&
           body->expires_unix_ms - body->issued_unix_ms <= TIMESTAMP_LIFE_MS_MAX;
}

enum trust_reason trust_read_timestamp(const struct trust_root *root, const kassa_Signed *sealed,
                                       kassa_Timestamp *out)
{
    enum trust_reason reason =
        trust_verify(&root->body, kassa_TrustRole_TRUST_TIMESTAMP, WIRE_SIGNED_TIMESTAMP, sealed);
    if (reason != TRUST_GOOD)
        return reason;
    kassa_Timestamp body = kassa_Timestamp_init_zero;
    if (wire_decode(kassa_Timestamp_fields, span_of(sealed->content.bytes, sealed->content.size), &body) !=
            ERR_OK ||
        !is_timestamp_sound(&body))
        return TRUST_MALFORMED;
    if (strcmp(body.tenant, root->body.tenant) != 0)
        return TRUST_TENANT;
    if (body.issued_unix_ms < root->body.created_unix_ms || body.issued_unix_ms > root->body.expires_unix_ms)
        return TRUST_EARLY;
    *out = body;
    return TRUST_GOOD;
}

/* ---- rollout */

#define PLACES 10000

enum err trust_place(uint64_t rollout, const char *till, uint32_t *out_place)
{
    static const char prefix[] = "kassa-place-1";
    uint8_t head[sizeof(prefix) + 8];
    uint8_t hash[HASH_SIZE];
    memcpy(head, prefix, sizeof(prefix));
    bytes_put_le64(head + sizeof(prefix), rollout);
    TRY(vault_sha256_two(span_of(head, sizeof(head)), span_of_text(till), hash));
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++)
        number = number << 8 | hash[i];
    *out_place = (uint32_t)(number % PLACES);
    return ERR_OK;
}

static bool is_among(const uint64_t *versions, size_t count, uint64_t version)
{
    for (size_t i = 0; i < count; i++) {
        if (versions[i] == version)
            return true;
    }
    return false;
}

bool trust_is_withdrawn(const kassa_Timestamp *timestamp, uint64_t version)
{
    return is_among(timestamp->withdrawn, timestamp->withdrawn_count, version);
}

bool trust_is_halted(const kassa_Timestamp *timestamp, uint64_t version)
{
    return is_among(timestamp->halted, timestamp->halted_count, version);
}

const kassa_BookShare *trust_share_of(const kassa_Timestamp *timestamp, uint32_t place)
{
    const kassa_BookShare *best = NULL;
    for (size_t i = 0; i < timestamp->books_count; i++) {
        const kassa_BookShare *share = &timestamp->books[i];
        bool is_open =
            !trust_is_halted(timestamp, share->version) && !trust_is_withdrawn(timestamp, share->version);
        if (is_open && share->share_bp > place && (best == NULL || share->version > best->version))
            best = share;
    }
    return best;
}
