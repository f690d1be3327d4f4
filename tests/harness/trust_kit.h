/* SPDX-License-Identifier: Apache-2.0 */
/* trust_kit.h - a chain's keys for tests: three root keys of which two are needed, two persons for the rules, a
 * timestamp key, a coupon key, and a stranger's. Always the same ones. */
#ifndef KASSA_TEST_TRUST_KIT_H
#define KASSA_TEST_TRUST_KIT_H

#include "trust/trust.h"

enum kit_key {
    KIT_ROOT_ANA,
    KIT_ROOT_BO,
    KIT_ROOT_CY,
    KIT_RULES_ANA,
    KIT_RULES_BO,
    KIT_RULES_ANA_2, /* a second key of the same person; in no role of the first root */
    KIT_TIME,
    KIT_COUPONS,
    KIT_STRANGER,
    KIT_KEYS
};

#define KIT_TENANT     "kassa-test"
#define KIT_CREATED_MS INT64_C(1767225600000) /* 2026-01-01 */
#define KIT_YEAR_MS    INT64_C(31536000000)
#define KIT_DAY_MS     INT64_C(86400000)

struct trust_kit {
    struct vault_key_pair keys[KIT_KEYS];
    uint8_t ids[KIT_KEYS][VAULT_KEY_ID_SIZE];
};

/* Opens the vault too. */
void trust_kit_open(struct trust_kit *kit);

/* The first root: version 1, of KIT_TENANT, five years. */
void trust_kit_root(const struct trust_kit *kit, kassa_TrustRoot *out);
/* Puts `key` in the place of `old` in a role, and among the root's keys. */
void trust_kit_replace(const struct trust_kit *kit, kassa_TrustRoot *root, kassa_TrustRole role,
                       enum kit_key old, enum kit_key key);

/* Content of a kind, signed by some keys; the list ends with KIT_KEYS. */
void trust_kit_sign(const struct trust_kit *kit, enum wire_purpose purpose, const void *content,
                    const enum kit_key *signers, kassa_Signed *out);
/* A root, signed by Ana and Bo. */
void trust_kit_sign_root(const struct trust_kit *kit, const kassa_TrustRoot *root, kassa_Signed *out);

/* The first root as a till has it. */
void trust_kit_begin(const struct trust_kit *kit, struct trust_root *out);

#endif
