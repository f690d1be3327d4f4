/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/cohort.h"

#include "base/crc32c.h"

/* A crc alone puts tills whose names differ in one digit at steps that are the same for every book: a finishing
 * step mixes them. */
static uint32_t mix(uint32_t x)
{
    x = (x ^ x >> 16) * 0x9e3779b1u;
    x = (x ^ x >> 13) * 0x85ebca77u;
    return x ^ x >> 16;
}

uint32_t wire_cohort_place(const uint8_t book_hash[HASH_SIZE], const char *till)
{
    uint32_t crc = crc32c(crc32c(0, span_of(book_hash, HASH_SIZE)), span_of_text(till));
    return (uint32_t)((uint64_t)mix(crc) * COHORT_ALL >> 32);
}

bool wire_cohort_has(const uint8_t book_hash[HASH_SIZE], const char *till, uint32_t share_bp)
{
    return wire_cohort_place(book_hash, till) < share_bp;
}
