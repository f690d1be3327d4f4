/* SPDX-License-Identifier: Apache-2.0 */
/* batch_maker.h - what a till's journal would send, without the journal: records and the batches that carry
 * them, with their chain. */
#ifndef KASSA_HARNESS_BATCH_MAKER_H
#define KASSA_HARNESS_BATCH_MAKER_H

#include "wire/message.h"
#include "wire/record.h"

#define BATCH_MAKER_RECORDS 16

struct batch_maker {
    char till[TILL_ID_MAX + 1];
    uint64_t incarnation;
    uint64_t last_seq;
    uint8_t hash[HASH_SIZE]; /* of the chain, after last_seq */
    uint8_t block[65536];    /* the batch's records */
    size_t used;
    struct span records[BATCH_MAKER_RECORDS];
    struct wire_batch batch; /* begun by batch_maker_begin, closed by batch_maker_end */
};

void batch_maker_init(struct batch_maker *maker, const char *till, uint64_t incarnation);
void batch_maker_begin(struct batch_maker *maker);
void batch_maker_add(struct batch_maker *maker, const struct wire_record *record);
void batch_maker_add_raw(struct batch_maker *maker, struct span record);
const struct wire_batch *batch_maker_end(struct batch_maker *maker);

/* A batch of count taps. */
const struct wire_batch *batch_maker_taps(struct batch_maker *maker, size_t count);

/* A purchase, or with a negative total a return, of one line. */
struct wire_record batch_maker_receipt(const struct batch_maker *maker, uint64_t number, int64_t total_minor,
                                       kassa_Line *line);

#endif
