/* SPDX-License-Identifier: Apache-2.0 */
/* row.h - the cache's rows as bytes: SPEC.md in C. Pure; used by this room alone. */
#ifndef KASSA_MEMBERS_ROW_H
#define KASSA_MEMBERS_ROW_H

#include "members/members.h"

#define MEMBERS_FORMAT 2

#define MEMBER_HEAD_SIZE 8
#define MEMBER_ROW_MAX   (MEMBER_HEAD_SIZE + CARDS_PER_MEMBER * TOKEN_SIZE + MEMBER_RECORD_SIZE_MAX)
struct member_row {
    struct span tokens; /* TOKEN_SIZE bytes each */
    struct span message;
};

/* Writes the row of the change and returns its size; out has MEMBER_ROW_MAX bytes. */
size_t members_row_write(const struct member_change *change, uint8_t *out);
/* The parts point into value. ERR_CORRUPT. */
NODISCARD
enum err members_row_read(struct span id, struct span value, struct member_row *out);

/* The third table: one row of state, and a row for each erased member whose remains may still be in the file. */
#define MEMBERS_ERASED_PREFIX   'e'
#define MEMBERS_ERASED_KEY_SIZE (1 + MEMBER_SIZE)
#define MEMBERS_STATE_KEY       "s"
#define MEMBERS_STATE_SIZE      24
struct members_state {
    uint64_t version;
    uint64_t count;
};
void members_state_write(const struct members_state *state, uint8_t out[MEMBERS_STATE_SIZE]);
/* ERR_CORRUPT, ERR_VERSION. */
NODISCARD
enum err members_state_read(struct span value, struct members_state *out);

#endif
