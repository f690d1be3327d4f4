/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"
#include "base/utf8.h"
#include "crm/document.h"
#include "wire/record.h"

/* ---- what is wrong with a record, found before the first write */

static bool is_member_id(size_t size)
{
    return size == 0 || size == MEMBER_SIZE;
}

static bool is_currency(const char *currency, uint32_t exponent)
{
    return strnlen(currency, 4) == 3 && utf8_is_printable(span_of_text(currency)) &&
           exponent <= MONEY_EXPONENT_MAX;
}

/* The row of a currency, a new one if there is none; NULL: no room. */
static crm_CurrencyTotals *find_currency(crm_Totals *totals, const char *currency, uint32_t exponent)
{
    for (size_t i = 0; i < totals->currencies_count; i++) {
        crm_CurrencyTotals *row = &totals->currencies[i];
        if (strcmp(row->currency, currency) == 0 && row->exponent == exponent)
            return row;
    }
    if (totals->currencies_count == COUNT_OF(totals->currencies))
        return NULL;
    crm_CurrencyTotals *row = &totals->currencies[totals->currencies_count++];
    *row = (crm_CurrencyTotals){.exponent = exponent};
    memcpy(row->currency, currency, sizeof(row->currency));
    return row;
}

static enum err add_money(crm_Totals *totals, const struct crm_effect *effect)
{
    if (!is_currency(effect->currency, effect->exponent))
        return ERR_SYNTAX;
    crm_CurrencyTotals *row = find_currency(totals, effect->currency, effect->exponent);
    if (row == NULL)
        return ERR_TOO_LONG;
    int64_t *sum = (int64_t *)(void *)((uint8_t *)row + effect->sum);
    TRY(money_add(*sum, effect->amount_minor, sum));
    if (effect->member == NULL)
        return ERR_OK;
    return money_add(row->with_member_minor, effect->amount_minor, &row->with_member_minor);
}

/* The row of cards that are believed alike, a new one if there is none. What no till of this version can say is counted
 * together with what tills leave out, so that there is room for all. NULL: there is none, as a newer hub filled the rows with
 * pairs that are not known here. */
static crm_CardTotals *find_cards(crm_Totals *totals, kassa_CardTechnology technology, kassa_CardTrust trust)
{
    _Static_assert(COUNT_OF(((crm_Totals *)NULL)->cards) ==
                       (size_t)_kassa_CardTechnology_ARRAYSIZE * _kassa_CardTrust_ARRAYSIZE,
                   "a row for each pair");
    bool is_known = (unsigned)technology < _kassa_CardTechnology_ARRAYSIZE &&
                    (unsigned)trust < _kassa_CardTrust_ARRAYSIZE;
    crm_CardTotals wanted = {.technology = is_known ? technology : kassa_CardTechnology_CARD_UNSPECIFIED,
                             .trust = is_known ? trust : kassa_CardTrust_TRUST_NONE};
    for (size_t i = 0; i < totals->cards_count; i++) {
        crm_CardTotals *row = &totals->cards[i];
        if (row->technology == wanted.technology && row->trust == wanted.trust)
            return row;
    }
    if (totals->cards_count >= COUNT_OF(totals->cards))
        return NULL;
    crm_CardTotals *row = &totals->cards[totals->cards_count++];
    *row = wanted;
    return row;
}

static void count_purchase(crm_Totals *totals, const kassa_Loyalty *loyalty)
{
    crm_CardTotals *cards = find_cards(totals, loyalty->technology, loyalty->trust);
    if (cards != NULL)
        cards->purchases++;
}

static void count_card(crm_Totals *totals, const kassa_CardSeen *seen)
{
    totals->taps++;
    crm_CardTotals *cards = find_cards(totals, seen->technology, seen->trust);
    if (cards == NULL)
        return;
    cards->seen++;
    cards->known += seen->member.size == MEMBER_SIZE ? 1 : 0;
}

/* ---- the record's effects, all or none */

/* A till that was restored from an old image gives numbers again that it gave before: the older receipt then stands
 * beside the newer one, by its record. */
static enum err set_aside(const struct crm_fold *fold, const crm_Receipt *newer)
{
    crm_Receipt older = {.seq = 0};
    enum err error = crm_receipt_get(fold->txn, &newer->id, &older);
    bool is_it = older.incarnation == newer->incarnation && older.seq == newer->seq;
    if (error != ERR_OK || is_it)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    struct crm_key key = crm_receipt_aside_key(&older.id, older.incarnation, older.seq);
    return crm_document_put(fold->txn, STORE_RECEIPTS, crm_key_span(&key), crm_Receipt_fields, &older);
}

static enum err put_receipt(const struct crm_fold *fold, const crm_Receipt *receipt)
{
    struct crm_key key = crm_receipt_key(&receipt->id);
    TRY(set_aside(fold, receipt));
    return crm_document_put(fold->txn, STORE_RECEIPTS, crm_key_span(&key), crm_Receipt_fields, receipt);
}

enum err crm_receipt_get(const struct store_txn *txn, const kassa_ReceiptId *id, crm_Receipt *out)
{
    struct crm_key key = crm_receipt_key(id);
    return crm_document_get(txn, STORE_RECEIPTS, crm_key_span(&key), crm_Receipt_fields, out);
}

enum err crm_receipt_get_of_record(const struct store_txn *txn, const kassa_ReceiptId *id,
                                   const struct store_record_id *record, crm_Receipt *out)
{
    struct crm_key key = crm_receipt_aside_key(id, record->incarnation, record->seq);
    crm_Receipt newest;
    TRY(crm_receipt_get(txn, id, &newest));
    if (newest.incarnation != record->incarnation || newest.seq != record->seq)
        TRY(crm_document_get(txn, STORE_RECEIPTS, crm_key_span(&key), crm_Receipt_fields, &newest));
    *out = newest;
    return ERR_OK;
}

static enum err is_kept(const struct crm_fold *fold, const kassa_ReceiptId *id, bool *out_is_kept)
{
    struct crm_key key = crm_receipt_key(id);
    struct span there;
    *out_is_kept = false;
    if (fold->intake->fraud == NULL)
        return ERR_OK;
    enum err error = store_get(fold->txn, STORE_RECEIPTS, crm_key_span(&key), &there);
    *out_is_kept = error == ERR_OK;
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

enum err crm_effect_apply(struct crm_fold *fold, const struct crm_effect *effect, const crm_Receipt *receipt)
{
    crm_Totals totals = *fold->totals; /* so that a bad record leaves no trace */
    TRY(add_money(&totals, effect));
    if (effect->member != NULL && effect->event != NULL)
        TRY(crm_event_post(fold->txn, effect->member, effect->event, &totals));
    TRY(put_receipt(fold, receipt));
    *fold->totals = totals;
    return ERR_OK;
}

static enum err touch(const struct crm_fold *fold, const uint8_t *member)
{
    if (member == NULL)
        return ERR_OK;
    return crm_member_touch(fold->txn, member, fold->store, fold->intake->hub_unix_ms);
}

static void name_source(const struct crm_fold *fold, crm_Receipt *receipt)
{
    memcpy(receipt->till, fold->till, strnlen(fold->till, TILL_ID_MAX));
    receipt->incarnation = fold->incarnation;
    receipt->seq = fold->seq;
    receipt->taken_unix_ms = fold->when.taken_unix_ms;
}

static crm_Receipt describe_receipt(const struct crm_fold *fold, const struct wire_record *record)
{
    const struct wire_receipt *body = &record->body.receipt;
    crm_Receipt receipt = {.has_id = true,
                           .id = body->head.id,
                           .kind = record->head.kind,
                           .exponent = body->head.exponent,
                           .total_minor = body->head.total_minor,
                           .points_earned = body->head.loyalty.points_earned,
                           .end_unix_ms = body->head.end_unix_ms,
                           .line_count = (uint32_t)body->line_count};
    memcpy(receipt.currency, body->head.currency, sizeof(receipt.currency));
    receipt.member.size = body->head.loyalty.member.size;
    memcpy(receipt.member.bytes, body->head.loyalty.member.bytes, receipt.member.size);
    name_source(fold, &receipt);
    return receipt;
}

bool crm_fold_is_own(const struct crm_fold *fold, const kassa_ReceiptId *id)
{
    return strncmp(id->till, fold->till, sizeof(id->till)) == 0;
}

#define BUSINESS_DAY_MAX 2932896 /* 9999-12-31 */

static enum err check_receipt(const struct crm_fold *fold, const kassa_Receipt *head)
{
    if (!is_member_id(head->loyalty.member.size) || head->id.business_day < 0 ||
        head->id.business_day > BUSINESS_DAY_MAX)
        return ERR_SYNTAX;
    if (!crm_fold_is_own(fold, &head->id))
        return ERR_ARGUMENT;
    TRY(crm_loyalty_check(head));
    return crm_gift_check(fold->txn, &head->loyalty);
}

/* Whose it is: *out_member is NULL for nobody's. */
static enum err resolve(const struct crm_fold *fold, const uint8_t *bytes, size_t size,
                        uint8_t id[MEMBER_SIZE], const uint8_t **out_member)
{
    *out_member = NULL;
    if (size == 0)
        return ERR_OK;
    bool is_erased;
    TRY(crm_member_resolve_live(fold->txn, bytes, id, &is_erased));
    *out_member = is_erased ? NULL : id;
    return ERR_OK;
}

/* Purchases and returns. */
static enum err fold_receipt(struct crm_fold *fold, const struct wire_record *record)
{
    const struct wire_receipt *body = &record->body.receipt;
    const kassa_Receipt *head = &body->head;
    bool is_return = record->head.kind == kassa_RecordKind_RECORD_RETURN;
    uint8_t id[MEMBER_SIZE];
    const uint8_t *member;
    crm_Event event;
    TRY(check_receipt(fold, head));
    if (head->training)
        return ERR_OK;
    TRY(resolve(fold, head->loyalty.member.bytes, head->loyalty.member.size, id, &member));
    struct wire_receipt settled = *body;
    TRY(crm_returns_settle(fold, &settled));
    crm_event_of_receipt(fold, &settled, is_return, &event);
    struct crm_effect effect = {.currency = head->currency,
                                .exponent = head->exponent,
                                .sum = is_return ? offsetof(crm_CurrencyTotals, returns_minor)
                                                 : offsetof(crm_CurrencyTotals, sales_minor),
                                .amount_minor = head->total_minor,
                                .member = member,
                                .event = &event};
    crm_Receipt receipt = describe_receipt(fold, record);
    receipt.member.size = member == NULL ? 0 : receipt.member.size;
    bool is_again = false;
    TRY(is_kept(fold, &head->id, &is_again));
    TRY(crm_effect_apply(fold, &effect, &receipt));
    TRY(crm_signals_of_receipt(fold, record, is_again));
    fold->totals->purchases += is_return ? 0 : 1;
    fold->totals->returns += is_return ? 1 : 0;
    fold->totals->receipt_lines += body->line_count;
    if (!is_return && member != NULL)
        count_purchase(fold->totals, &head->loyalty);
    struct crm_loyalty loyalty = {fold, &settled.head, member, 1, &fold->when};
    TRY(crm_loyalty_fold(&loyalty));
    TRY(crm_returns_fold(fold, body, 1));
    TRY(crm_returns_remember(fold, body));
    if (head->loyalty.reservation[0] != '\0')
        TRY(crm_reservation_commit(fold, head->loyalty.reservation));
    TRY(crm_void_catch_up(fold, &head->id));
    return touch(fold, member);
}

/* crm_member_put counts members in the stored totals: ours go there first and come back after. */
static enum err renew_card(struct crm_fold *fold, const kassa_CardSeen *seen)
{
    TRY(crm_totals_put(fold->txn, fold->totals));
    TRY(crm_card_renew(fold->txn, seen->card_token.bytes, seen->earlier_token.bytes));
    return crm_totals_get(fold->txn, fold->totals);
}

static enum err fold_card(struct crm_fold *fold, const struct wire_record *record)
{
    const kassa_CardSeen *seen = &record->body.card_seen;
    count_card(fold->totals, seen);
    if (seen->card_token.size == TOKEN_SIZE && seen->earlier_token.size == TOKEN_SIZE)
        TRY(renew_card(fold, seen));
    return crm_signals_of_card(fold, &record->body.card_seen);
}

static enum err fold_shown(struct crm_fold *fold, const struct wire_record *record)
{
    fold->totals->offers_shown += record->body.offer_shown.offers_count;
    return ERR_OK;
}

static enum err fold_started(struct crm_fold *fold, const struct wire_record *record)
{
    const kassa_TillStarted *body = &record->body.till_started;
    memcpy(fold->row->software, body->software, sizeof(fold->row->software));
    fold->row->book_version = body->book_version;
    return ERR_OK;
}

static enum err fold_activation(struct crm_fold *fold, const struct wire_record *record)
{
    return crm_book_note_activation(fold, record->body.book_activated.version);
}

/* Faults of a book, and what may be a fraud; all others are read from the records. */
static enum err fold_fault(struct crm_fold *fold, const struct wire_record *record)
{
    static const char prefix[] = "book.";
    const kassa_TillFault *body = &record->body.till_fault;
    bool is_of_book = body->book_version != 0 && strncmp(body->code, prefix, sizeof(prefix) - 1) == 0;
    return is_of_book ? crm_book_note_fault(fold, body->book_version, body->code + sizeof(prefix) - 1)
                      : crm_signals_of_fault(fold, body);
}

typedef enum err fold_fn(struct crm_fold *fold, const struct wire_record *record);

/* Kinds without a row here are kept as they are: reports read them from the records. */
static fold_fn *const folds[] = {
    [kassa_RecordKind_RECORD_PURCHASE] = fold_receipt,
    [kassa_RecordKind_RECORD_RETURN] = fold_receipt,
    [kassa_RecordKind_RECORD_VOID] = crm_fold_void,
    [kassa_RecordKind_RECORD_MEMBER_ENROLLED] = crm_fold_enrolment,
    [kassa_RecordKind_RECORD_CONSENT_CHANGED] = crm_fold_consent,
    [kassa_RecordKind_RECORD_CARD_SEEN] = fold_card,
    [kassa_RecordKind_RECORD_OFFER_SHOWN] = fold_shown,
    [kassa_RecordKind_RECORD_TILL_STARTED] = fold_started,
    [kassa_RecordKind_RECORD_TILL_FAULT] = fold_fault,
    [kassa_RecordKind_RECORD_BOOK_ACTIVATED] = fold_activation,
    [kassa_RecordKind_RECORD_MEMBER_ERASED] = crm_fold_erased,
};

enum err crm_fold_record(struct crm_fold *fold, struct span record)
{
    struct arena arena = arena_of(fold->intake->arena->block + fold->intake->arena->used,
                                  fold->intake->arena->size - fold->intake->arena->used);
    struct wire_record decoded;
    fold->scratch = &arena;
    enum err error = wire_record_decode(record, &arena, &decoded);
    if (error == ERR_MEMORY) /* the record's doing: the arena holds any that is within the limits */
        return ERR_TOO_LONG;
    TRY(error);
    fold->when = crm_when_of_record(&decoded, fold->intake->hub_unix_ms);
    size_t kind = (size_t)decoded.head.kind;
    if (kind >= COUNT_OF(folds) || folds[kind] == NULL)
        return ERR_OK;
    return folds[kind](fold, &decoded);
}
