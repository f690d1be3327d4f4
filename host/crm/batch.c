/* SPDX-License-Identifier: Apache-2.0 */
#include "crm/document.h"
#include "wire/topic.h"

/* The work on one batch. */
struct take {
    const struct store_txn *txn;
    const struct crm_intake *intake;
    const struct wire_batch *batch;
    crm_Till row;
    crm_Totals totals;
    kassa_Ack ack;
};

static enum err refuse(struct take *take, kassa_AckStatus status, const char *text)
{
    take->ack.status = status;
    size_t size = strnlen(text, sizeof(take->ack.text) - 1);
    memcpy(take->ack.text, text, size);
    take->ack.text[size] = '\0';
    return ERR_OK;
}

static void put_mark_into_ack(struct take *take, const struct store_mark *mark)
{
    take->ack.hw = mark->hw;
    take->ack.hash.size = HASH_SIZE;
    memcpy(take->ack.hash.bytes, mark->hash, HASH_SIZE);
}

/* Kept raw, with its number and the reason, and acknowledged: one bad record never blocks a till. */
static enum err quarantine(struct take *take, uint64_t seq, enum err reason)
{
    const kassa_Batch *head = &take->batch->head;
    struct crm_key key = {.size = 0};
    crm_key_text(&key, head->till);
    crm_key_u64(&key, head->incarnation);
    crm_key_u64(&key, seq);
    take->totals.quarantined++;
    pb_size_t *count = &take->ack.quarantined_count;
    if (*count < COUNT_OF(take->ack.quarantined)) {
        kassa_Quarantined *entry = &take->ack.quarantined[(*count)++];
        entry->seq = seq;
        const char *name = err_name(reason);
        size_t size = strnlen(name, sizeof(entry->reason) - 1);
        memcpy(entry->reason, name, size);
        entry->reason[size] = '\0';
    }
    return store_put(take->txn, STORE_QUARANTINE, crm_key_span(&key), span_of_text(err_name(reason)));
}

static enum err fold_new(struct take *take, size_t first_new)
{
    const struct wire_batch *batch = take->batch;
    struct crm_fold fold = {.txn = take->txn,
                            .intake = take->intake,
                            .till = batch->head.till,
                            .store = take->row.store,
                            .incarnation = batch->head.incarnation,
                            .is_backlog = batch->head.backlog,
                            .totals = &take->totals,
                            .row = &take->row};
    for (size_t i = first_new; i < batch->record_count; i++) {
        fold.seq = batch->head.first_seq + i;
        take->totals.records++;
        take->row.record_count++;
        enum err error = crm_fold_record(&fold, batch->records[i]);
        if (err_fault_of(error) == FAULT_RESOURCE)
            return error;
        if (error != ERR_OK)
            TRY(quarantine(take, fold.seq, error));
    }
    return ERR_OK;
}

static enum err tell_fork(struct take *take, const struct store_appended *appended)
{
    take->ack.expect_seq = appended->fork_seq;
    take->ack.through = take->batch->head.first_seq - 1;
    if (take->row.forked_incarnation != take->batch->head.incarnation) {
        take->row.forked_incarnation = take->batch->head.incarnation;
        take->row.fork_count++;
        take->totals.forks++;
    }
    return refuse(take, kassa_AckStatus_ACK_FORK, "other bytes are kept under this number");
}

/* Whether the batch goes on where the mark is with a record that is kept under another incarnation: then the
 * till is to come back under a new one with what is kept nowhere. */
static enum err is_told_kin(struct take *take, bool *out_is_told)
{
    const kassa_Batch *head = &take->batch->head;
    struct store_mark mark = {0};
    enum err error = store_get_mark(take->txn, head->till, head->incarnation, &mark);
    *out_is_told = false;
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    uint64_t last = head->first_seq + take->batch->record_count - 1;
    if (head->first_seq == 0 || head->first_seq > mark.hw + 1 || last <= mark.hw || last < head->first_seq)
        return ERR_OK;
    uint64_t unknown;
    bool is_returned = take->row.returned_incarnation == head->incarnation;
    TRY(crm_kin_first_unknown(take->txn, take->batch, mark.hw, is_returned, &unknown));
    if (unknown == mark.hw + 1)
        return ERR_OK;
    *out_is_told = true;
    put_mark_into_ack(take, &mark);
    take->ack.expect_seq = unknown;
    take->ack.through = head->first_seq - 1;
    return refuse(take, kassa_AckStatus_ACK_FORK, "kept under another incarnation");
}

static enum err append(struct take *take)
{
    struct store_appended appended;
    bool is_told;
    TRY(is_told_kin(take, &is_told));
    if (is_told)
        return ERR_OK;
    enum err error = store_append(take->txn, take->batch, &appended);
    if (error == ERR_ARGUMENT)
        return refuse(take, kassa_AckStatus_ACK_REFUSED, "the batch's first number or hash is impossible");
    if (error != ERR_OK && error != ERR_GAP && error != ERR_FORK)
        return error;
    put_mark_into_ack(take, &appended.mark);
    if (error == ERR_GAP) {
        take->ack.expect_seq = appended.mark.hw + 1;
        return refuse(take, kassa_AckStatus_ACK_GAP, "");
    }
    if (error == ERR_FORK)
        return tell_fork(take, &appended);
    take->ack.status = kassa_AckStatus_ACK_OK;
    take->ack.through = take->batch->head.first_seq + take->batch->record_count - 1;
    take->ack.through_hash.size = HASH_SIZE;
    memcpy(take->ack.through_hash.bytes, appended.hash, HASH_SIZE);
    take->row.hw = appended.mark.hw;
    take->row.last_seq = take->row.last_seq > take->row.hw ? take->row.last_seq : take->row.hw;
    TRY(fold_new(take, appended.first_new));
    return crm_take_keys(take->txn, &take->batch->head);
}

static enum err take_known_till(struct take *take)
{
    const kassa_Batch *head = &take->batch->head;
    if (take->row.incarnation != head->incarnation) {
        enum err known = crm_till_knows_incarnation(take->txn, head->till, head->incarnation);
        if (known == ERR_NOT_FOUND)
            return refuse(take, kassa_AckStatus_ACK_REFUSED, "no birth of this incarnation");
        TRY(known);
        take->row.fenced_count++;
        TRY(refuse(take, kassa_AckStatus_ACK_FENCED, "another incarnation is in force"));
    } else {
        TRY(append(take));
        take->row.last_seen_unix_ms = take->intake->hub_unix_ms;
        take->row.online = true;
    }
    TRY(crm_till_put(take->txn, &take->row));
    return crm_totals_put(take->txn, &take->totals);
}

enum err crm_take_batch(const struct store_txn *txn, const struct crm_intake *intake,
                        const struct wire_batch *batch, kassa_Ack *out_ack)
{
    struct take take = {.txn = txn,
                        .intake = intake,
                        .batch = batch,
                        .ack = {.incarnation = batch->head.incarnation,
                                .credit = intake->credit,
                                .hub_unix_ms = intake->hub_unix_ms}};
    enum err error = ERR_NOT_FOUND;
    if (topic_is_till_id(span_of_text(batch->head.till)) && batch->record_count > 0)
        error = crm_till_get(txn, batch->head.till, &take.row);
    if (error == ERR_NOT_FOUND) {
        TRY(refuse(&take, kassa_AckStatus_ACK_REFUSED, "no birth of this till, or an empty batch"));
    } else {
        TRY(error);
        TRY(crm_totals_get(txn, &take.totals));
        TRY(take_known_till(&take));
    }
    *out_ack = take.ack;
    return ERR_OK;
}
