/* SPDX-License-Identifier: Apache-2.0 */
#include "office/root_desk.h"

#include "base/hex.h"
#include "wire/topic.h"

const char *root_role_name(kassa_TrustRole role)
{
    static const char *const names[] = {"", ROOT_ROLES};
    return (size_t)role < COUNT_OF(names) ? names[role] : "";
}

static void set_times(const struct root_terms *terms, kassa_TrustRoot *root)
{
    root->created_unix_ms = terms->created_unix_ms;
    root->expires_unix_ms = terms->expires_unix_ms;
}

enum err root_begin(const struct root_terms *terms, kassa_TrustRoot *out)
{
    if (!topic_is_till_id(span_of_text(terms->tenant)))
        return ERR_RANGE;
    *out = (kassa_TrustRoot)kassa_TrustRoot_init_zero;
    out->version = 1;
    memcpy(out->tenant, terms->tenant, strlen(terms->tenant) + 1);
    set_times(terms, out);
    return ERR_OK;
}

void root_follow(const kassa_TrustRoot *before, const struct root_terms *terms, kassa_TrustRoot *out)
{
    *out = *before;
    out->version++;
    set_times(terms, out);
}

/* ---- keys */

static kassa_TrustGrant *grant_of(kassa_TrustRoot *root, kassa_TrustRole role)
{
    for (size_t i = 0; i < root->grants_count; i++)
        if (root->grants[i].role == role)
            return &root->grants[i];
    return NULL;
}

static bool is_of_key(const kassa_TrustKey *key, const uint8_t public_key[VAULT_PUBLIC_SIZE])
{
    return memcmp(key->public_key.bytes, public_key, VAULT_PUBLIC_SIZE) == 0;
}

static enum err add_key(kassa_TrustRoot *root, const char *name, const uint8_t public_key[VAULT_PUBLIC_SIZE])
{
    size_t size = strlen(name);
    size_t person_size = strcspn(name, "/");
    if (size >= sizeof(root->keys[0].name) || person_size == 0)
        return ERR_RANGE;
    for (size_t i = 0; i < root->keys_count; i++) {
        bool is_name = strcmp(root->keys[i].name, name) == 0;
        if (is_name != is_of_key(&root->keys[i], public_key))
            return ERR_CONFLICT;
        if (is_name)
            return ERR_OK;
    }
    if (root->keys_count == COUNT_OF(root->keys))
        return ERR_TOO_LONG;
    kassa_TrustKey *key = &root->keys[root->keys_count++];
    *key = (kassa_TrustKey)kassa_TrustKey_init_zero;
    key->public_key.size = VAULT_PUBLIC_SIZE;
    memcpy(key->public_key.bytes, public_key, VAULT_PUBLIC_SIZE);
    memcpy(key->name, name, size);
    memcpy(key->person, name, person_size);
    return ERR_OK;
}

static bool has_id(const kassa_TrustGrant *grant, const uint8_t id[VAULT_KEY_ID_SIZE])
{
    for (size_t i = 0; i < grant->key_ids_count; i++)
        if (memcmp(grant->key_ids[i].bytes, id, VAULT_KEY_ID_SIZE) == 0)
            return true;
    return false;
}

enum err root_grant(kassa_TrustRoot *root, kassa_TrustRole role, const char *name,
                    const uint8_t public_key[VAULT_PUBLIC_SIZE])
{
    uint8_t id[VAULT_KEY_ID_SIZE];
    TRY(vault_key_id(public_key, id));
    TRY(add_key(root, name, public_key));
    kassa_TrustGrant *grant = grant_of(root, role);
    if (grant == NULL) {
        grant = &root->grants[root->grants_count++]; /* there is room for each role */
        *grant = (kassa_TrustGrant){.role = role, .threshold = 1};
    }
    if (has_id(grant, id))
        return ERR_OK;
    grant->key_ids[grant->key_ids_count].size = VAULT_KEY_ID_SIZE; /* and for each key */
    memcpy(grant->key_ids[grant->key_ids_count++].bytes, id, VAULT_KEY_ID_SIZE);
    return ERR_OK;
}

static void take_id(kassa_TrustGrant *grant, const uint8_t id[VAULT_KEY_ID_SIZE])
{
    size_t kept = 0;
    for (size_t i = 0; i < grant->key_ids_count; i++)
        if (memcmp(grant->key_ids[i].bytes, id, VAULT_KEY_ID_SIZE) != 0)
            grant->key_ids[kept++] = grant->key_ids[i];
    grant->key_ids_count = (pb_size_t)kept;
}

/* A role that nobody has left has no grant. */
static void drop_empty_grants(kassa_TrustRoot *root)
{
    size_t kept = 0;
    for (size_t i = 0; i < root->grants_count; i++)
        if (root->grants[i].key_ids_count > 0)
            root->grants[kept++] = root->grants[i];
    root->grants_count = (pb_size_t)kept;
}

enum err root_remove(kassa_TrustRoot *root, const char *name)
{
    const kassa_TrustKey *key = root_find(root, name);
    uint8_t id[VAULT_KEY_ID_SIZE];
    if (key == NULL)
        return ERR_NOT_FOUND;
    TRY(vault_key_id(key->public_key.bytes, id));
    for (size_t i = 0; i < root->grants_count; i++)
        take_id(&root->grants[i], id);
    drop_empty_grants(root);
    size_t index = (size_t)(key - root->keys);
    memmove(&root->keys[index], &root->keys[index + 1],
            (root->keys_count - index - 1u) * sizeof(root->keys[0]));
    root->keys_count--;
    return ERR_OK;
}

const kassa_TrustKey *root_find(const kassa_TrustRoot *root, const char *name)
{
    uint8_t id[VAULT_KEY_ID_SIZE];
    for (size_t i = 0; i < root->keys_count; i++)
        if (strcmp(root->keys[i].name, name) == 0)
            return &root->keys[i];
    return hex_read(span_of_text(name), id, sizeof(id)) == ERR_OK ? trust_key_of(root, id) : NULL;
}

/* ---- how many must sign */

size_t root_persons(const kassa_TrustRoot *root, kassa_TrustRole role)
{
    const char *persons[SIGNATURES_MAX];
    size_t count = 0;
    const kassa_TrustGrant *grant = trust_grant_of(root, role);
    for (size_t i = 0; grant != NULL && i < grant->key_ids_count; i++) {
        const kassa_TrustKey *key = trust_key_of(root, grant->key_ids[i].bytes);
        size_t known = 0;
        while (key != NULL && known < count && strcmp(persons[known], key->person) != 0)
            known++;
        if (key != NULL && known == count)
            persons[count++] = key->person;
    }
    return count;
}

void root_set_threshold(kassa_TrustRoot *root, kassa_TrustRole role, uint32_t threshold)
{
    kassa_TrustGrant *grant = grant_of(root, role);
    if (grant == NULL)
        return;
    bool is_of_two = (role == kassa_TrustRole_TRUST_ROOT || role == kassa_TrustRole_TRUST_RULES) &&
                     root_persons(root, role) >= 2;
    uint32_t usual = is_of_two && grant->threshold < 2 ? 2 : grant->threshold;
    grant->threshold = threshold != 0 ? threshold : usual;
}
