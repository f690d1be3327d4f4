/* SPDX-License-Identifier: Apache-2.0 */
/* document.h - documents of the store as messages, their keys, and the rows that several files of crm/ bring
 * up to date. Inside crm/ only. */
#ifndef KASSA_CRM_DOCUMENT_H
#define KASSA_CRM_DOCUMENT_H

#include "crm/crm.h"
#include "ledger/account.h"
#include "wire/record.h"

/* Reads a document into *out. ERR_NOT_FOUND: *out is untouched. ERR_CORRUPT: not such a message. */
NODISCARD
enum err crm_document_get(const struct store_txn *txn, enum store_kind kind, struct span key,
                          const pb_msgdesc_t *fields, void *out);
NODISCARD
enum err crm_document_put(const struct store_txn *txn, enum store_kind kind, struct span key,
                          const pb_msgdesc_t *fields, const void *document);
NODISCARD
enum err crm_document_remove(const struct store_txn *txn, enum store_kind kind, struct span key);

/* A key that is put together. */
struct crm_key {
    uint8_t bytes[STORE_KEY_MAX];
    size_t size;
};
void crm_key_text(struct crm_key *key, const char *text);
void crm_key_u64(struct crm_key *key, uint64_t value);
static inline struct span crm_key_span(const struct crm_key *key)
{
    return span_of(key->bytes, key->size);
}

NODISCARD
enum err crm_totals_put(const struct store_txn *txn, const crm_Totals *totals);

NODISCARD
enum err crm_till_put(const struct store_txn *txn, const crm_Till *row);
/* ERR_OK: that incarnation is or was in force. ERR_NOT_FOUND. */
NODISCARD
enum err crm_till_knows_incarnation(const struct store_txn *txn, const char *till, uint64_t incarnation);

/* All that are or were in force, at most capacity of them. */
NODISCARD
enum err crm_till_list_incarnations(const struct store_txn *txn, const char *till, uint64_t *out_incarnations,
                                    size_t capacity, size_t *out_count);

/* A till's records may be kept already under another of its incarnations: it carried them over, and then an
 * old image took the place of its disk. *out_seq is the batch's first new record that is kept nowhere; the
 * number after its last if all are. */
NODISCARD
enum err crm_kin_first_unknown(const struct store_txn *txn, const struct wire_batch *batch, uint64_t hw,
                               bool is_returned, uint64_t *out_seq);

/* A member's points as sums by reason. */
struct crm_points {
    int64_t balance;
    int64_t moved[LEDGER_REASON_COUNT];
    uint64_t entry_count;
};
/* ERR_RANGE: an overflow; the sums are untouched. */
NODISCARD
enum err crm_points_move(struct crm_points *points, enum ledger_reason reason, int64_t moved);

/* What a fold does to a member's points: the account, and the member's own document if he is known. */
NODISCARD
enum err crm_account_get(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], struct crm_points *out);
NODISCARD
enum err crm_account_put(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                         const struct crm_points *account);

/* Tells the tills of `store` and of the member's other stores his points. ERR_OK also for an
 * unknown member. */
NODISCARD
enum err crm_member_touch(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], const char *store,
                          int64_t unix_ms);

/* ERR_TOO_LONG: more purposes than a member holds. */
NODISCARD
enum err crm_member_set_consent(crm_Member *member, const kassa_Consent *consent);

/* Takes one record into what head office knows. Whatever is wrong with the record itself is found before the
 * first write: then the error is not of a resource, and nothing was changed. */
struct crm_fold {
    const struct store_txn *txn;
    const struct crm_intake *intake;
    const char *till;
    const char *store;
    uint64_t incarnation;
    uint64_t seq;
    bool is_backlog;    /* its clock says nothing about now */
    crm_Totals *totals; /* changed here; put by the caller */
    crm_Till *row;      /* the same */
};
NODISCARD
enum err crm_fold_record(struct crm_fold *fold, struct span record);

/* The folds of member_enrolled and consent_changed: enrolment.c. */
NODISCARD
enum err crm_fold_enrolment(struct crm_fold *fold, const struct wire_record *record);
NODISCARD
enum err crm_fold_consent(struct crm_fold *fold, const struct wire_record *record);

#endif
