/* SPDX-License-Identifier: Apache-2.0 */
/* All that is known of a member: whatever document has his id, an id that was joined to him, or a token of his cards in
 * its key or in its bytes, and what came back of his receipts. By the bytes, so that a field that the schema gains
 * cannot be forgotten; ids and tokens are random, and stand nowhere by chance. */
#include "crm/document.h"

static const char joined_prefix[] = "joined"; /* key: this, a NUL and the other id; body: his (enrolment.c) */
static const char waiting_prefix[] = "waiting";

static const struct section {
    const char *what;
    enum store_kind kind;
    const char *prefix; /* of the keys; NULL: all of the kind */
    const pb_msgdesc_t *fields;
} sections[] = {
    {"account", STORE_ACCOUNTS, NULL, crm_Account_fields},
    {"points", STORE_EVENTS, NULL, crm_Event_fields},
    {"coupon", STORE_COUPONS, NULL, crm_Coupon_fields},
    {"limit", STORE_COUNTERS, NULL, crm_Counter_fields},
    {"debt", STORE_DEBTS, NULL, crm_Debt_fields},
    {"reservation", STORE_RESERVATIONS, NULL, crm_Reservation_fields},
    {"hold", STORE_HOLDS, NULL, crm_Hold_fields},
    {"signal", STORE_SIGNALS, NULL, crm_Signal_fields},
    {"waiting", STORE_META, waiting_prefix, crm_Member_fields},
    {"erasure", STORE_ERASURES, NULL, crm_Erasure_fields},
    {"gift", STORE_GIFTS, NULL, crm_Gift_fields},
    {"receipt", STORE_RECEIPTS, NULL, crm_Receipt_fields},
};

union document {
    crm_Account account;
    crm_Event event;
    crm_Coupon coupon;
    crm_Counter counter;
    crm_Debt debt;
    crm_Reservation reservation;
    crm_Hold hold;
    crm_Signal signal;
    crm_Member waiting;
    crm_Erasure erasure;
    crm_Gift gift;
    crm_Receipt receipt;
};

static bool has(struct span bytes, const uint8_t *wanted, size_t size)
{
    return bytes.size >= size && memmem(bytes.bytes, bytes.size, wanted, size) != NULL;
}

bool crm_subject_is_named(const struct crm_subject *subject, struct span bytes)
{
    const kassa_Member *member = &subject->member.member;
    for (size_t i = 0; i < subject->id_count; i++) {
        if (has(bytes, subject->ids[i], MEMBER_SIZE))
            return true;
    }
    for (size_t i = 0; i < member->card_tokens_count; i++) {
        if (has(bytes, member->card_tokens[i].bytes, TOKEN_SIZE))
            return true;
    }
    return false;
}

static bool begins_with(struct span key, const char *prefix)
{
    size_t size = strlen(prefix) + 1;
    return key.size >= size && memcmp(key.bytes, prefix, size) == 0;
}

/* ---- whose it is */

static bool gather_joined(void *context, struct span key, struct span body)
{
    struct crm_subject *subject = context;
    size_t at = sizeof(joined_prefix);
    if (!begins_with(key, joined_prefix))
        return false;
    if (key.size != at + MEMBER_SIZE || !span_is_equal(body, span_of(subject->ids[0], MEMBER_SIZE)))
        return true;
    if (subject->id_count < CRM_SUBJECT_IDS_MAX)
        memcpy(subject->ids[subject->id_count], key.bytes + at, MEMBER_SIZE);
    return subject->id_count++ < CRM_SUBJECT_IDS_MAX;
}

enum err crm_subject_of(const struct store_txn *txn, const crm_Member *member, struct crm_subject *out)
{
    out->member = *member;
    memcpy(out->ids[0], member->member.id.bytes, MEMBER_SIZE);
    out->id_count = 1;
    TRY(store_scan(txn, STORE_META, span_of(joined_prefix, sizeof(joined_prefix)), gather_joined, out));
    return out->id_count <= CRM_SUBJECT_IDS_MAX ? ERR_OK : ERR_TOO_LONG;
}

/* ---- what there is of him */

struct data_scan {
    const struct store_txn *txn;
    const struct crm_subject *subject;
    const struct section *section;
    crm_visit_document *visit;
    void *context;
    bool is_stopped;
    struct crm_key receipt; /* the one whose returns are visited */
    enum err error;
};

static bool go_on(struct data_scan *scan, enum err error, bool is_wanted)
{
    scan->error = error;
    scan->is_stopped = error != ERR_OK || !is_wanted;
    return !scan->is_stopped;
}

static bool visit_returned(void *context, struct span key, struct span body)
{
    struct data_scan *scan = context;
    crm_Returned row;
    if (key.size < scan->receipt.size || memcmp(key.bytes, scan->receipt.bytes, scan->receipt.size) != 0)
        return false;
    if (wire_decode(crm_Returned_fields, body, &row) != ERR_OK)
        return go_on(scan, ERR_CORRUPT, false);
    return go_on(scan, ERR_OK, scan->visit(scan->context, "returned", crm_Returned_fields, &row));
}

/* The row does not say of which receipt it is: it follows it. */
static bool visit_returns_of(struct data_scan *scan, const crm_Receipt *receipt)
{
    scan->receipt = crm_receipt_key(&receipt->id);
    enum err error = store_scan(scan->txn, STORE_RETURNS, crm_key_span(&scan->receipt), visit_returned, scan);
    return error == ERR_OK ? !scan->is_stopped : go_on(scan, error, false);
}

static bool visit_document(void *context, struct span key, struct span body)
{
    struct data_scan *scan = context;
    const struct section *section = scan->section;
    union document document;
    if (section->prefix != NULL && !begins_with(key, section->prefix))
        return false;
    if (!crm_subject_is_named(scan->subject, key) && !crm_subject_is_named(scan->subject, body))
        return true;
    if (wire_decode(section->fields, body, &document) != ERR_OK)
        return go_on(scan, ERR_CORRUPT, false);
    if (!go_on(scan, ERR_OK, scan->visit(scan->context, section->what, section->fields, &document)))
        return false;
    return section->kind != STORE_RECEIPTS || visit_returns_of(scan, &document.receipt);
}

enum err crm_subject_scan(const struct store_txn *txn, const struct crm_subject *subject,
                          crm_visit_document *visit, void *context)
{
    struct data_scan scan = {.txn = txn, .subject = subject, .visit = visit, .context = context};
    for (size_t i = 0; i < COUNT_OF(sections) && !scan.is_stopped; i++) {
        const char *prefix = sections[i].prefix;
        scan.section = &sections[i];
        struct span from = prefix == NULL ? span_of(NULL, 0) : span_of(prefix, strlen(prefix) + 1);
        TRY(store_scan(txn, sections[i].kind, from, visit_document, &scan));
    }
    return scan.error;
}
