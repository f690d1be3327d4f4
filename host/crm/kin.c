/* SPDX-License-Identifier: Apache-2.0 */
#include "crm/document.h"
#include "wire/record.h"

#define INCARNATIONS_MAX 256   /* of one till that are looked at: each is an accident of its disk */
#define CARRIED_MAX      10000 /* the first records of an incarnation that are looked through */

/* Records are carried over byte by byte and in order, as the first ones of the new incarnation. A record
 * names the number that it was written under, so that the one with own number n stands at n - m + 1 where the
 * incarnation's first record has own number m. */

struct one_record {
    const char *till;
    uint64_t incarnation;
    uint64_t seq;
    struct span bytes; /* NULL: there is none */
};

static bool visit_one(void *context, const struct store_record_id *id, struct span record)
{
    struct one_record *one = context;
    if (strcmp(id->till, one->till) == 0 && id->incarnation == one->incarnation && id->seq == one->seq)
        one->bytes = record;
    return false;
}

static enum err read_one(const struct store_txn *txn, struct one_record *one)
{
    struct store_record_id id = {.incarnation = one->incarnation, .seq = one->seq};
    memcpy(id.till, one->till, strnlen(one->till, TILL_ID_MAX));
    one->bytes = span_of(NULL, 0);
    return store_scan_records(txn, &id, visit_one, one);
}

enum err crm_record_get(const struct store_txn *txn, const char *till, uint64_t incarnation, uint64_t seq,
                        struct span *out)
{
    struct one_record one = {till, incarnation, seq, {NULL, 0}};
    TRY(read_one(txn, &one));
    if (one.bytes.bytes == NULL)
        return ERR_NOT_FOUND;
    *out = one.bytes;
    return ERR_OK;
}

/* The number that a record was written under; 0: it cannot be read. */
static uint64_t own_number(struct span record)
{
    kassa_Record head;
    return wire_record_peek(record, &head) == ERR_OK ? head.seq : 0;
}

struct carried_scan {
    const char *till;
    uint64_t incarnation;
    struct span wanted;
    bool is_found;
};

static bool visit_carried(void *context, const struct store_record_id *id, struct span record)
{
    struct carried_scan *scan = context;
    if (strcmp(id->till, scan->till) != 0 || id->incarnation != scan->incarnation ||
        own_number(record) == id->seq || id->seq > CARRIED_MAX)
        return false;
    scan->is_found = span_is_equal(record, scan->wanted);
    return !scan->is_found;
}

static enum err is_kept_in(const struct store_txn *txn, const char *till, uint64_t incarnation,
                           struct span record, bool *out_is_kept)
{
    struct one_record one = {till, incarnation, own_number(record), {NULL, 0}};
    TRY(read_one(txn, &one));
    *out_is_kept = one.bytes.bytes != NULL && span_is_equal(one.bytes, record);
    if (*out_is_kept)
        return ERR_OK;
    struct carried_scan scan = {till, incarnation, record, false};
    struct store_record_id from = {.incarnation = incarnation, .seq = 1};
    memcpy(from.till, till, strnlen(till, TILL_ID_MAX));
    TRY(store_scan_records(txn, &from, visit_carried, &scan));
    *out_is_kept = scan.is_found;
    return ERR_OK;
}

static enum err is_kept_elsewhere(const struct store_txn *txn, const kassa_Batch *head,
                                  const uint64_t *incarnations, size_t count, struct span record,
                                  bool *out_is_kept)
{
    *out_is_kept = false;
    for (size_t i = 0; i < count && !*out_is_kept; i++) {
        if (incarnations[i] != head->incarnation)
            TRY(is_kept_in(txn, head->till, incarnations[i], record, out_is_kept));
    }
    return ERR_OK;
}

/* Only what was carried here, the beginning of an incarnation, and what an old image sends can be kept
 * elsewhere: the rest costs nothing. */
static bool may_be_kept_elsewhere(const struct wire_batch *batch, uint64_t seq, bool is_returned)
{
    return is_returned || seq == 1 || own_number(batch->records[seq - batch->head.first_seq]) != seq;
}

enum err crm_kin_first_unknown(const struct store_txn *txn, const struct wire_batch *batch, uint64_t hw,
                               bool is_returned, uint64_t *out_seq)
{
    uint64_t incarnations[INCARNATIONS_MAX];
    size_t count;
    uint64_t seq = hw + 1 > batch->head.first_seq ? hw + 1 : batch->head.first_seq;
    uint64_t end = batch->head.first_seq + batch->record_count;
    bool is_kept = may_be_kept_elsewhere(batch, seq, is_returned);
    if (is_kept)
        TRY(crm_till_list_incarnations(txn, batch->head.till, incarnations, INCARNATIONS_MAX, &count));
    while (is_kept && seq < end) {
        struct span record = batch->records[seq - batch->head.first_seq];
        TRY(is_kept_elsewhere(txn, &batch->head, incarnations, count, record, &is_kept));
        seq += is_kept ? 1 : 0;
    }
    *out_seq = seq;
    return ERR_OK;
}
