/* SPDX-License-Identifier: Apache-2.0 */
/* root_desk.h - roots of trust as head office makes them (SPEC.md "Trust"): drawn up by one, then signed by
 * several, each at his own desk. The root is a plain struct of the caller's; nothing is kept. Threads: any. */
#ifndef KASSA_OFFICE_ROOT_DESK_H
#define KASSA_OFFICE_ROOT_DESK_H

#include "trust/trust.h"

/* The roles of trust as people write them: "root", "rules", "timestamp", "coupons". */
#define ROOT_ROLES      "root", "rules", "timestamp", "coupons"
#define ROOT_ROLE_COUNT 4
const char *root_role_name(kassa_TrustRole role);

struct root_terms {
    const char *tenant;
    int64_t created_unix_ms;
    int64_t expires_unix_ms;
};

/* An empty root of version 1. ERR_RANGE: the tenant is not [a-z0-9-]{3,32}. */
NODISCARD
enum err root_begin(const struct root_terms *terms, kassa_TrustRoot *out);

/* A root that follows it, the same but for version and times. */
void root_follow(const kassa_TrustRoot *before, const struct root_terms *terms, kassa_TrustRoot *out);

/* Gives a role to a key of that name. "anna/phone" is a key of the person anna; "anna" one of anna too. A key
 * that is there already gets the role as well. ERR_CONFLICT: that name has another key, or that key another
 * name. ERR_RANGE: the name is empty or longer than 32 bytes. ERR_TOO_LONG: a root holds 16 keys. */
NODISCARD
enum err root_grant(kassa_TrustRoot *root, kassa_TrustRole role, const char *name,
                    const uint8_t public_key[VAULT_PUBLIC_SIZE]);

/* Takes a key out: by its name, or its id in hexadecimal digits. ERR_NOT_FOUND. */
NODISCARD
enum err root_remove(kassa_TrustRoot *root, const char *name);

/* How many persons hold keys of a role. */
size_t root_persons(const kassa_TrustRoot *root, kassa_TrustRole role);

/* Sets how many must sign; 0: two where there are two persons for roots and books, otherwise one, and never less
 * than it was. */
void root_set_threshold(kassa_TrustRoot *root, kassa_TrustRole role, uint32_t threshold);

/* The key that a name or an id in hexadecimal digits means; NULL. */
const kassa_TrustKey *root_find(const kassa_TrustRoot *root, const char *name);

#endif
