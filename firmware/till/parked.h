/* SPDX-License-Identifier: Apache-2.0 */
/* parked.h - baskets that were suspended: on disk under their own ids until they are paid or dropped: inside
 * till/ only. SPEC.md has the format.
 *
 * The list is short and stands in memory; a basket itself is read when it is taken up again. Rows that are
 * done for are removed at a flush, for nobody waits then. */
#ifndef KASSA_TILL_PARKED_H
#define KASSA_TILL_PARKED_H

#include "iface/storage.h"
#include "kassa/limits.h"

#define PARKED_MAX 64 /* customers who went back for something; a day's forgotten ones among them */

struct parked_row {
    char basket[KEY_MAX + 1];
    char operator_id[TILL_ID_MAX + 1];
    int64_t suspended_unix_ms;
    int64_t total_minor;
    uint32_t line_count;
    bool has_card;
    bool training;
    bool is_gone; /* still on disk, but done for */
    uint32_t generation;
    uint64_t seq;
};

struct parked {
    struct storage storage; /* ops NULL: none */
    unsigned table;
    struct parked_row rows[PARKED_MAX];
    size_t count;
};

/* What is kept of a basket. */
struct parked_value {
    int64_t suspended_unix_ms;
    uint32_t generation;
    uint64_t seq;
    struct span record;
    struct span codes; /* of the coupons that were presented: parked_next_code */
};

#define PARKED_HEAD_SIZE  32
#define PARKED_CODES_SIZE (COUPON_ROWS_MAX * (4 + COUPON_CODE_MAX))

/* Adds a code to codes of *size bytes, for which there is room. */
void parked_add_code(uint8_t codes[PARKED_CODES_SIZE], size_t *size, const char *code);
/* Takes the first code off the rest: true, and *out is it. false: there is none. */
bool parked_next_code(struct span *rest, struct span *out);

struct parked_basket {
    const struct parked_row *row;
    struct span record;
    struct span codes;
};

/* Keeps a basket, in the place of an older one of that id; durable when it returns. scratch has room for the
 * value. ERR_FULL, ERR_IO, ERR_TOO_LONG, ERR_UNSUPPORTED (no storage). */
NODISCARD
enum err parked_put(struct parked *parked, const struct parked_basket *basket, uint8_t *scratch,
                    size_t scratch_size);

/* Copies a basket's record to where the buffer begins, and its codes behind that. ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO. */
NODISCARD
enum err parked_read(struct parked *parked, const char *basket, uint8_t *buffer, size_t size,
                     struct parked_value *out);

/* The row of a basket that still waits; NULL: there is none. */
struct parked_row *parked_find(struct parked *parked, const char *basket);

/* That basket is paid or dropped. Unknown ones are ignored. */
void parked_drop(struct parked *parked, const char *basket);

bool parked_has_gone(const struct parked *parked);
/* Removes what is done for, in one commit. ERR_FULL, ERR_IO: it stays to be removed. */
NODISCARD
enum err parked_clean(struct parked *parked);

/* Visits what is on disk, a row at a time; one that is damaged is skipped and counted. */
typedef void parked_visit(void *context, struct span basket, const struct parked_value *value);
NODISCARD
enum err parked_scan(struct parked *parked, parked_visit *visit, void *context, size_t *out_damaged);

#endif
