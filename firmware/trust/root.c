/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/trust.h"
#include "wire/topic.h"

/* ---- is a root sound? */

static bool is_key_sound(const kassa_TrustKey *key)
{
    return key->public_key.size == VAULT_PUBLIC_SIZE && key->public_key.bytes[0] == 4 &&
           key->name[0] != '\0' && key->person[0] != '\0';
}

static bool are_keys_sound(const kassa_TrustRoot *root)
{
    for (size_t i = 0; i < root->keys_count; i++) {
        uint8_t id[VAULT_KEY_ID_SIZE];
        if (!is_key_sound(&root->keys[i]) || vault_key_id(root->keys[i].public_key.bytes, id) != ERR_OK ||
            trust_key_of(root, id) != &root->keys[i]) /* another one before it has the same id */
            return false;
    }
    return true;
}

static bool is_earlier_among(const kassa_TrustGrant *grant, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (memcmp(grant->key_ids[i].bytes, grant->key_ids[index].bytes, VAULT_KEY_ID_SIZE) == 0)
            return true;
    }
    return false;
}

/* Persons who hold keys of the grant; 0: it names a key twice, or one that the root does not have. */
static size_t count_persons(const kassa_TrustRoot *root, const kassa_TrustGrant *grant)
{
    const char *persons[SIGNATURES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < grant->key_ids_count; i++) {
        const kassa_TrustKey *key =
            grant->key_ids[i].size == VAULT_KEY_ID_SIZE ? trust_key_of(root, grant->key_ids[i].bytes) : NULL;
        if (key == NULL || is_earlier_among(grant, i))
            return 0;
        size_t known = 0;
        while (known < count && strcmp(persons[known], key->person) != 0)
            known++;
        if (known == count)
            persons[count++] = key->person;
    }
    return count;
}

static bool are_grants_sound(const kassa_TrustRoot *root)
{
    for (size_t i = 0; i < root->grants_count; i++) {
        const kassa_TrustGrant *grant = &root->grants[i];
        if (grant->role < kassa_TrustRole_TRUST_ROOT || grant->role > kassa_TrustRole_TRUST_COUPONS ||
            trust_grant_of(root, grant->role) != grant || grant->threshold == 0 ||
            grant->threshold > count_persons(root, grant))
            return false;
    }
    return trust_grant_of(root, kassa_TrustRole_TRUST_ROOT) != NULL;
}

enum trust_reason trust_root_check(const kassa_TrustRoot *root)
{
    bool is_sound = root->version > 0 && topic_is_till_id(span_of_text(root->tenant)) &&
                    root->created_unix_ms > 0 && root->expires_unix_ms > root->created_unix_ms &&
                    root->book_version_base <= UINT64_MAX - BOOK_VERSION_STEP_MAX && are_keys_sound(root) &&
                    are_grants_sound(root);
    return is_sound ? TRUST_GOOD : TRUST_MALFORMED;
}

/* ---- one after the other */

/* Parses it and holds it to its own keys. */
static enum trust_reason read_root(const kassa_Signed *sealed, struct trust_root *out)
{
    struct span content = span_of(sealed->content.bytes, sealed->content.size);
    kassa_TrustRoot body = kassa_TrustRoot_init_zero;
    if (wire_decode(kassa_TrustRoot_fields, content, &body) != ERR_OK ||
        trust_root_check(&body) != TRUST_GOOD)
        return TRUST_MALFORMED;
    if (trust_verify(&body, kassa_TrustRole_TRUST_ROOT, WIRE_SIGNED_ROOT, sealed) != TRUST_GOOD)
        return TRUST_UNSIGNED;
    if (vault_sha256(content, out->hash) != ERR_OK)
        return TRUST_MALFORMED;
    out->body = body;
    return TRUST_GOOD;
}

enum trust_reason trust_root_begin(const kassa_Signed *sealed, struct trust_root *out)
{
    return read_root(sealed, out);
}

enum trust_reason trust_root_follow(const struct trust_root *before, const kassa_Signed *sealed,
                                    struct trust_root *out)
{
    uint8_t hash[HASH_SIZE];
    struct trust_root after;
    if (vault_sha256(span_of(sealed->content.bytes, sealed->content.size), hash) != ERR_OK)
        return TRUST_MALFORMED;
    if (memcmp(hash, before->hash, HASH_SIZE) == 0) { /* the one that stands */
        *out = *before;
        return TRUST_GOOD;
    }
    enum trust_reason reason =
        trust_verify(&before->body, kassa_TrustRole_TRUST_ROOT, WIRE_SIGNED_ROOT, sealed);
    if (reason == TRUST_GOOD)
        reason = read_root(sealed, &after);
    if (reason != TRUST_GOOD)
        return reason;
    if (strcmp(after.body.tenant, before->body.tenant) != 0)
        return TRUST_TENANT;
    if (after.body.version == before->body.version)
        return TRUST_CONFLICT;
    if (after.body.version < before->body.version)
        return TRUST_ROLLBACK;
    if (after.body.version > before->body.version + 1)
        return TRUST_ROOT_GAP;
    *out = after;
    return TRUST_GOOD;
}

static bool has_key(const kassa_TrustGrant *grant, const uint8_t key_id[VAULT_KEY_ID_SIZE])
{
    for (size_t i = 0; i < grant->key_ids_count; i++) {
        if (memcmp(grant->key_ids[i].bytes, key_id, VAULT_KEY_ID_SIZE) == 0)
            return true;
    }
    return false;
}

bool trust_is_role_changed(const kassa_TrustRoot *before, const kassa_TrustRoot *after, kassa_TrustRole role)
{
    const kassa_TrustGrant *old = trust_grant_of(before, role);
    const kassa_TrustGrant *fresh = trust_grant_of(after, role);
    if (old == NULL || fresh == NULL)
        return old != fresh;
    if (old->threshold != fresh->threshold || old->key_ids_count != fresh->key_ids_count)
        return true;
    for (size_t i = 0; i < old->key_ids_count; i++) {
        if (!has_key(fresh, old->key_ids[i].bytes))
            return true;
    }
    return false;
}

/* ---- its file */

static const size_t magic_size = sizeof(ROOT_FILE_MAGIC) - 1;

enum err trust_root_file_read(struct span file, kassa_Signed *out)
{
    if (file.size <= magic_size || file.size > ROOT_FILE_SIZE_MAX ||
        memcmp(file.bytes, ROOT_FILE_MAGIC, magic_size) != 0)
        return ERR_SYNTAX;
    return wire_decode(kassa_Signed_fields, span_of(file.bytes + magic_size, file.size - magic_size), out);
}

enum err trust_root_file_write(const kassa_Signed *sealed, uint8_t out[ROOT_FILE_SIZE_MAX], size_t *out_size)
{
    size_t size;
    TRY(wire_encode(kassa_Signed_fields, sealed, out + magic_size, ROOT_FILE_SIZE_MAX - magic_size, &size));
    memcpy(out, ROOT_FILE_MAGIC, magic_size);
    *out_size = magic_size + size;
    return ERR_OK;
}
