/* SPDX-License-Identifier: Apache-2.0 */
#include "trust_kit.h"

#include <stdio.h>

struct holder {
    const char *name;
    const char *person;
};

static const struct holder holders[KIT_KEYS] = {
    [KIT_ROOT_ANA] = {"root-1", "ana"},       [KIT_ROOT_BO] = {"root-2", "bo"},
    [KIT_ROOT_CY] = {"root-3", "cy"},         [KIT_RULES_ANA] = {"rules-1", "ana"},
    [KIT_RULES_BO] = {"rules-2", "bo"},       [KIT_RULES_ANA_2] = {"rules-3", "ana"},
    [KIT_TIME] = {"time-1", "hub"},           [KIT_COUPONS] = {"coupons-1", "hub"},
    [KIT_STRANGER] = {"stranger", "mallory"},
};

static const pb_msgdesc_t *const fields_of[WIRE_PURPOSE_COUNT] = {
    [WIRE_SIGNED_ROOT] = kassa_TrustRoot_fields,
    [WIRE_SIGNED_BOOK] = kassa_BookManifest_fields,
    [WIRE_SIGNED_TIMESTAMP] = kassa_Timestamp_fields,
};

void trust_kit_open(struct trust_kit *kit)
{
    KASSA_ASSERT(vault_open() == ERR_OK);
    for (size_t i = 0; i < KIT_KEYS; i++) {
        struct vault_key_pair *pair = &kit->keys[i];
        memset(pair->private_key, (int)(i + 1), sizeof pair->private_key);
        KASSA_ASSERT(vault_public_key_of(pair->private_key, pair->public_key) == ERR_OK);
        KASSA_ASSERT(vault_key_id(pair->public_key, kit->ids[i]) == ERR_OK);
    }
}

static void add_key(const struct trust_kit *kit, kassa_TrustRoot *root, enum kit_key key)
{
    kassa_TrustKey *row = &root->keys[root->keys_count++];
    row->public_key.size = VAULT_PUBLIC_SIZE;
    memcpy(row->public_key.bytes, kit->keys[key].public_key, VAULT_PUBLIC_SIZE);
    (void)snprintf(row->name, sizeof row->name, "%s", holders[key].name);
    (void)snprintf(row->person, sizeof row->person, "%s", holders[key].person);
}

struct grant {
    kassa_TrustRole role;
    uint32_t threshold;
    enum kit_key keys[4]; /* ends with KIT_KEYS */
};

static const struct grant grants[] = {
    {kassa_TrustRole_TRUST_ROOT, 2, {KIT_ROOT_ANA, KIT_ROOT_BO, KIT_ROOT_CY, KIT_KEYS}},
    {kassa_TrustRole_TRUST_RULES, 2, {KIT_RULES_ANA, KIT_RULES_BO, KIT_KEYS}},
    {kassa_TrustRole_TRUST_TIMESTAMP, 1, {KIT_TIME, KIT_KEYS}},
    {kassa_TrustRole_TRUST_COUPONS, 1, {KIT_COUPONS, KIT_KEYS}},
};

static void add_grant(const struct trust_kit *kit, kassa_TrustRoot *root, const struct grant *grant)
{
    kassa_TrustGrant *row = &root->grants[root->grants_count++];
    row->role = grant->role;
    row->threshold = grant->threshold;
    for (size_t i = 0; grant->keys[i] != KIT_KEYS; i++) {
        add_key(kit, root, grant->keys[i]);
        row->key_ids[row->key_ids_count].size = VAULT_KEY_ID_SIZE;
        memcpy(row->key_ids[row->key_ids_count++].bytes, kit->ids[grant->keys[i]], VAULT_KEY_ID_SIZE);
    }
}

void trust_kit_root(const struct trust_kit *kit, kassa_TrustRoot *out)
{
    *out = (kassa_TrustRoot){.version = 1,
                             .tenant = KIT_TENANT,
                             .created_unix_ms = KIT_CREATED_MS,
                             .expires_unix_ms = KIT_CREATED_MS + 5 * KIT_YEAR_MS};
    for (size_t i = 0; i < COUNT_OF(grants); i++)
        add_grant(kit, out, &grants[i]);
}

void trust_kit_replace(const struct trust_kit *kit, kassa_TrustRoot *root, kassa_TrustRole role,
                       enum kit_key old, enum kit_key key)
{
    for (size_t i = 0; i < root->keys_count; i++) {
        if (memcmp(root->keys[i].public_key.bytes, kit->keys[old].public_key, VAULT_PUBLIC_SIZE) == 0)
            root->keys[i] = root->keys[--root->keys_count];
    }
    add_key(kit, root, key);
    for (size_t i = 0; i < root->grants_count; i++) {
        kassa_TrustGrant *grant = &root->grants[i];
        for (size_t k = 0; grant->role == role && k < grant->key_ids_count; k++) {
            if (memcmp(grant->key_ids[k].bytes, kit->ids[old], VAULT_KEY_ID_SIZE) == 0)
                memcpy(grant->key_ids[k].bytes, kit->ids[key], VAULT_KEY_ID_SIZE);
        }
    }
}

void trust_kit_sign(const struct trust_kit *kit, enum wire_purpose purpose, const void *content,
                    const enum kit_key *signers, kassa_Signed *out)
{
    KASSA_ASSERT(trust_seal(fields_of[purpose], content, out) == ERR_OK);
    for (size_t i = 0; signers[i] != KIT_KEYS; i++)
        KASSA_ASSERT(trust_sign(out, purpose, kit->keys[signers[i]].private_key) == ERR_OK);
}

void trust_kit_sign_root(const struct trust_kit *kit, const kassa_TrustRoot *root, kassa_Signed *out)
{
    static const enum kit_key signers[] = {KIT_ROOT_ANA, KIT_ROOT_BO, KIT_KEYS};
    trust_kit_sign(kit, WIRE_SIGNED_ROOT, root, signers, out);
}

void trust_kit_begin(const struct trust_kit *kit, struct trust_root *out)
{
    kassa_TrustRoot root;
    kassa_Signed sealed;
    trust_kit_root(kit, &root);
    trust_kit_sign_root(kit, &root, &sealed);
    KASSA_ASSERT(trust_root_begin(&sealed, out) == TRUST_GOOD);
}
