/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.h - SHA-256 (FIPS 180-4) by the processor's own instructions, for those who hash a whole journal
 * before a till may start. Everybody else asks the vault. Only public data: nothing here is kept from anyone
 * who measures. */
#ifndef KASSA_SHA256_H
#define KASSA_SHA256_H

#include "base/base.h"
#include "kassa/limits.h"

/* Writes the hash of a, then b. */
typedef void sha256_two_fn(struct span a, struct span b, uint8_t out[HASH_SIZE]);

/* NULL: this processor (or this build) has none. Asking takes some microseconds: ask once. */
sha256_two_fn *sha256_of_processor(void);

#endif
