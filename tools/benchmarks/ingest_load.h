/* SPDX-License-Identifier: Apache-2.0 */
/* ingest_load.h - tills and all that they will send, encoded before the clock runs. Any failure ends the
 * program: a benchmark has nobody to report to. */
#ifndef KASSA_INGEST_LOAD_H
#define KASSA_INGEST_LOAD_H

#include "wire/message.h"
#include "wire/topic.h"

#define INGEST_STORE "bench-1" /* whose tills they are */

struct ingest_message {
    uint8_t *bytes;
    size_t size;
    uint64_t last_seq;
};

struct ingest_till {
    char id[TILL_ID_MAX + 1];
    uint64_t incarnation;
    uint64_t last_seq;
    char topic[TOPIC_SIZE_MAX];
    struct ingest_message *messages;
    size_t message_count;
    size_t sent;  /* messages handed over */
    size_t acked; /* and answered; those between are in flight */
    size_t credit;
    bool is_permitted;
};

struct ingest_load_options {
    unsigned round; /* other tills each time */
    size_t till_count;
    size_t records_a_till;
    size_t records_a_batch; /* at most; the contract's bounds hold too */
};

struct ingest_load {
    struct ingest_till *tills;
    size_t till_count;
    size_t message_count; /* of all tills */
    size_t record_count;
    size_t byte_count;
};

void ingest_load_make(const struct ingest_load_options *options, struct ingest_load *out);
void ingest_load_free(struct ingest_load *load);

/* NULL: none of these. */
struct ingest_till *ingest_load_find(const struct ingest_load *load, const char *till);

_Noreturn void ingest_die(const char *what, const char *why);
void ingest_must(enum err error, const char *what);

#endif
