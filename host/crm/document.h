/* SPDX-License-Identifier: Apache-2.0 */
/* document.h - documents of the store as messages, their keys, and the rows that several files of crm/ bring
 * up to date. Inside crm/ only. */
#ifndef KASSA_CRM_DOCUMENT_H
#define KASSA_CRM_DOCUMENT_H

#include "crm/crm.h"
#include "crm/when.h"
#include "ledger/event.h"
#include "ledger/stored.h"
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
void crm_key_bytes(struct crm_key *key, const void *bytes, size_t size);
static inline struct span crm_key_span(const struct crm_key *key)
{
    return span_of(key->bytes, key->size);
}

/* A scan over the documents whose keys begin alike. */
struct crm_rows {
    struct crm_key prefix;
    enum err error; /* the scan's answer: ERR_CORRUPT: one is not such a message */
};
/* Reads what the scan shows. false: it ends here. */
bool crm_rows_read(struct crm_rows *rows, struct span key, struct span body, const pb_msgdesc_t *fields,
                   void *out);

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

/* A member's account: the fold of his events over what he had before there were events. */
struct crm_account {
    int64_t opening;
    struct ledger_account ledger;
};
void crm_account_begin(int64_t opening, struct ledger_account *out);
/* An empty one if there is none. */
NODISCARD
enum err crm_account_get(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], struct crm_account *out);
NODISCARD
enum err crm_account_put(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                         const struct crm_account *account);

crm_Order crm_order_write(const struct ledger_order *order);
struct ledger_order crm_order_read(const crm_Order *row);

/* Keeps an event under its member and brings his account up to date: folded on, or anew from the first where
 * the event is late. Changes points and points_owed of totals. ERR_RANGE, ERR_ARGUMENT: the event's numbers;
 * then nothing was written. */
NODISCARD
enum err crm_event_post(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE], const crm_Event *row,
                        crm_Totals *totals);

/* All that is `from`'s becomes `to`'s. */
NODISCARD
enum err crm_events_move(const struct store_txn *txn, const uint8_t from[MEMBER_SIZE],
                         const uint8_t to[MEMBER_SIZE], crm_Totals *totals);

/* Fills points, lots, stamps, coupons, counters, visits, tier and allowance of a member's message, as of the
 * later of the account's day and that of unix_ms. */
NODISCARD
enum err crm_member_describe(const struct store_txn *txn, kassa_Member *member, int64_t unix_ms);

/* Tells the tills of `store` and of the member's other stores his points. ERR_OK also for an
 * unknown member. */
NODISCARD
enum err crm_member_touch(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], const char *store,
                          int64_t unix_ms);

/* Of two words about a purpose the one that was said later holds, whichever the hub heard first: a till that was offline
 * must not give back what was withdrawn since. Said at once: the refusal. ERR_TOO_LONG: more purposes than a member
 * holds. */
NODISCARD
enum err crm_member_set_consent(crm_Member *member, const kassa_Consent *consent, int64_t said_unix_ms);
int64_t crm_member_said(const crm_Member *member, const char *purpose); /* 0: not known */
#define CRM_PURPOSE_SIZE sizeof(((kassa_Consent *)0)->purpose)
/* When it was said; an earlier time changes nothing. */
void crm_member_note_said(crm_Member *member, const char purpose[CRM_PURPOSE_SIZE], int64_t unix_ms);

/* Takes one record into what head office knows. Whatever is wrong with the record itself is found before the
 * first write: then the error is not of a resource, and nothing was changed. */
struct crm_fold {
    const struct store_txn *txn;
    const struct crm_intake *intake;
    const char *till;
    const char *store;
    uint64_t incarnation;
    uint64_t seq;
    struct crm_when when;  /* by which the record counts */
    bool is_backlog;       /* its clock says nothing about now */
    struct arena *scratch; /* what is left of it */
    crm_Totals *totals;    /* changed here; put by the caller */
    crm_Till *row;         /* the same */
};
NODISCARD
enum err crm_fold_record(struct crm_fold *fold, struct span record);

/* What a receipt or void adds: money to one of a currency's sums, an event to a member's account. */
struct crm_effect {
    const char *currency;
    uint32_t exponent;
    size_t sum; /* offset of the sum in crm_CurrencyTotals */
    int64_t amount_minor;
    const uint8_t *member;  /* resolved; NULL: none */
    const crm_Event *event; /* what it does to his points; NULL: nothing yet */
};
/* Money, points and the receipt's own document: all or, where the record is wrong, nothing. */
NODISCARD
enum err crm_effect_apply(struct crm_fold *fold, const struct crm_effect *effect, const crm_Receipt *receipt);

/* Whether the receipt is of the till that sends it: no other may speak of it but to take goods of it back. */
bool crm_fold_is_own(const struct crm_fold *fold, const kassa_ReceiptId *id);

NODISCARD
enum err crm_fold_void(struct crm_fold *fold, const struct wire_record *record);
/* A receipt has come for which a void may be waiting. */
NODISCARD
enum err crm_void_catch_up(struct crm_fold *fold, const kassa_ReceiptId *original);
/* What a voided receipt does to points is another: its void undoes that now. */
NODISCARD
enum err crm_void_again(struct crm_fold *fold, const kassa_ReceiptId *original);

/* Gift value that is sold or comes back: it never counts for tiers. */
bool crm_line_is_gift_value(const kassa_Line *line);
/* What a line adds to its receipt's total: of net prices with the tax on top. false: no number holds it. */
bool crm_line_money(const kassa_Receipt *head, const kassa_Line *line, int64_t *out_minor);
uint64_t crm_receipt_hash(const kassa_ReceiptId *id);
crm_Order crm_order_of(const struct crm_fold *fold, const kassa_ReceiptId *id);
void crm_event_of_receipt(const struct crm_fold *fold, const struct wire_receipt *receipt, bool is_return,
                          crm_Event *out);
/* Adds to a void's event what undoes the voided receipt's. */
void crm_event_undo(const crm_Event *voided, crm_Event *out);

/* Coupons, limits and gift value of a receipt: holdings.c. sign: 1, or -1 where it is undone. */
NODISCARD
enum err crm_loyalty_check(const kassa_Receipt *head);
struct crm_loyalty {
    const struct crm_fold *fold;
    const kassa_Receipt *head;
    const uint8_t *member; /* resolved; NULL: none */
    int sign;
    const struct crm_when *when; /* of the receipt */
};
NODISCARD
enum err crm_loyalty_fold(const struct crm_loyalty *loyalty);

/* Coupons and uses of limits that are `from`'s become `to`'s. */
NODISCARD
enum err crm_holdings_move(const struct store_txn *txn, const uint8_t from[MEMBER_SIZE],
                           const uint8_t to[MEMBER_SIZE]);

/* What came back of other receipts: returns.c. */
NODISCARD
enum err crm_returns_fold(const struct crm_fold *fold, const struct wire_receipt *receipt, int sign);
/* day: of the void. What returns brought back of it as well is a debt. */
NODISCARD
enum err crm_returns_set_voided(const struct store_txn *txn, const kassa_ReceiptId *id, int32_t day);
NODISCARD
enum err crm_returns_is_voided(const struct store_txn *txn, const kassa_ReceiptId *id, bool *out_is_voided);

/* Returns of receipts that are voided: voided_returns.c. Leaves out of the receipt what it takes back of one that
 * is voided: the void has undone that. */
NODISCARD
enum err crm_returns_settle(const struct crm_fold *fold, struct wire_receipt *receipt);
/* So that a void that comes later finds the return. */
NODISCARD
enum err crm_returns_remember(const struct crm_fold *fold, const struct wire_receipt *receipt);
/* The void has come: what the returns that stand took back is as it was before. */
NODISCARD
enum err crm_returns_undo(struct crm_fold *fold, const kassa_ReceiptId *original);

/* The key of a receipt, as STORE_RECEIPTS and STORE_RETURNS have it. */
struct crm_key crm_receipt_key(const kassa_ReceiptId *id);
/* Of one whose number was given again: crm_receipt_key has the newest. */
struct crm_key crm_receipt_aside_key(const kassa_ReceiptId *id, uint64_t incarnation, uint64_t seq);

/* The bytes of a record. ERR_NOT_FOUND. */
NODISCARD
enum err crm_record_get(const struct store_txn *txn, const char *till, uint64_t incarnation, uint64_t seq,
                        struct span *out);

/* ---- debts. A debt of the amount 0 goes. */
NODISCARD
enum err crm_debt_set(const struct store_txn *txn, const struct crm_key *key, const crm_Debt *debt);

/* ---- holdings: the documents and their keys, which reservations hold on to */
struct crm_key crm_coupon_key(const char *series, const char *serial);
struct crm_key crm_counter_key(const kassa_OfferUse *use, const uint8_t *member, const char *till,
                               const char *store);
NODISCARD
enum err crm_coupon_get(const struct store_txn *txn, const char *series, const char *serial, crm_Coupon *out);
struct ledger_coupon crm_coupon_counts(const crm_Coupon *coupon);
NODISCARD
enum err crm_counter_get(const struct store_txn *txn, const struct crm_key *key, crm_Counter *out);
NODISCARD
enum err crm_gift_put(const struct store_txn *txn, const crm_Gift *gift, int32_t day);
/* ERR_SYNTAX: a row's account leads nowhere, so that nothing of the receipt can count. */
NODISCARD
enum err crm_gift_check(const struct store_txn *txn, const kassa_Loyalty *rows);
/* What is set aside of one account is set aside of another: reservation.c. */
NODISCARD
enum err crm_gift_holds_move(const struct store_txn *txn, const uint8_t from[TOKEN_SIZE],
                             const uint8_t to[TOKEN_SIZE]);

/* Describes a member anew and, if that changes anything, puts him under the next version. */
NODISCARD
enum err crm_member_renew(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], int64_t unix_ms);

/* Forgets reservations that ended more than a week ago, some at a time: from that key on, which becomes that of the last; its size is 0 when
 * none is left. */
NODISCARD
enum err crm_reservations_forget(const struct store_txn *txn, int64_t unix_ms, struct crm_key *after);

/* The record that carries the key has come. */
NODISCARD
enum err crm_reservation_commit(const struct crm_fold *fold, const char *key);

/* Signals of fraud: signals.c. is_again: a receipt of that number was kept before. */
NODISCARD
enum err crm_signals_of_receipt(const struct crm_fold *fold, const struct wire_record *record, bool is_again);
NODISCARD
enum err crm_signals_of_card(const struct crm_fold *fold, const kassa_CardSeen *seen);
NODISCARD
enum err crm_signals_of_fault(const struct crm_fold *fold, const kassa_TillFault *fault);
/* Forgets what was seen long ago, in the same way. */
NODISCARD
enum err crm_signals_forget(const struct store_txn *txn, int64_t unix_ms, struct crm_key *after);

/* As crm_member_resolve. *out_is_erased: what is recorded of him is nobody's. */
NODISCARD
enum err crm_member_resolve_live(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                                 uint8_t out_id[MEMBER_SIZE], bool *out_is_erased);

/* Keys that came beside the records of a batch, once those are folded: key.c. */
NODISCARD
enum err crm_take_keys(const struct store_txn *txn, const kassa_Batch *head);
NODISCARD
enum err crm_member_key_remove(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE]);

/* All that is an erased member's goes; receipts are nobody's from now on. */
NODISCARD
enum err crm_events_remove(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE],
                           crm_Totals *totals);
NODISCARD
enum err crm_holdings_remove(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE]);
NODISCARD
enum err crm_waiting_remove(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE]);
NODISCARD
enum err crm_signals_remove(const struct store_txn *txn, const crm_Member *member);
/* The fold of member_erased: erasure.c. */
NODISCARD
enum err crm_fold_erased(struct crm_fold *fold, const struct wire_record *record);

/* What the till says of a book: rollout.c. It is in force there; a fault of it, or why it was refused (the part of the
 * fault's code behind "book."). Too many bad words halt the book's rollout. */
NODISCARD
enum err crm_book_note_activation(struct crm_fold *fold, uint64_t version);
NODISCARD
enum err crm_book_note_fault(struct crm_fold *fold, uint64_t version, const char *reason);

/* The folds of member_enrolled and consent_changed: enrolment.c. */
NODISCARD
enum err crm_fold_enrolment(struct crm_fold *fold, const struct wire_record *record);
NODISCARD
enum err crm_fold_consent(struct crm_fold *fold, const struct wire_record *record);

#endif
