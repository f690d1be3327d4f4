/* SPDX-License-Identifier: Apache-2.0 */
/* Events of members: kept in the order in which accounts are folded, so that what comes late takes its place
 * and the account is folded anew. */
#include "base/money.h"
#include "crm/document.h"

_Static_assert(EARN_MOVES_MAX == COUNT_OF(((crm_Event *)0)->earns), "crm.options");
_Static_assert(BURN_ROWS_MAX == COUNT_OF(((crm_Event *)0)->burns), "crm.options");
_Static_assert(STAMP_MOVES_MAX == COUNT_OF(((crm_Event *)0)->stamps), "crm.options");
_Static_assert(EARN_MOVES_MAX <= LEDGER_ROWS_MAX, "an event holds a record's rows");

/* An event of the ledger with the rows that it points to. */
struct unpacked {
    struct ledger_event event;
    struct ledger_earn_row earns[EARN_MOVES_MAX];
    struct ledger_burn_row burns[BURN_ROWS_MAX];
    struct ledger_stamp_row stamps[STAMP_MOVES_MAX];
};

static void unpack_rows(const crm_Event *row, struct unpacked *out)
{
    for (size_t i = 0; i < row->earns_count; i++)
        out->earns[i] = (struct ledger_earn_row){row->earns[i].points, row->earns[i].available_day,
                                                 row->earns[i].expires_day, row->earns[i].original,
                                                 row->earns[i].original_row};
    for (size_t i = 0; i < row->burns_count; i++)
        out->burns[i] = (struct ledger_burn_row){row->burns[i].points, row->burns[i].original};
    for (size_t i = 0; i < row->stamps_count; i++) {
        out->stamps[i] = (struct ledger_stamp_row){.card_size = row->stamps[i].card_size,
                                                   .count = row->stamps[i].count,
                                                   .no_rollover = row->stamps[i].no_rollover};
        memcpy(out->stamps[i].card, row->stamps[i].card, sizeof(out->stamps[i].card));
    }
}

static void unpack(const crm_Event *row, struct unpacked *out)
{
    unpack_rows(row, out);
    out->event = (struct ledger_event){.kind = (enum ledger_event_kind)row->kind,
                                       .order = crm_order_read(&row->order),
                                       .receipt = row->receipt,
                                       .voided = row->voided,
                                       .voided_points = row->voided_points,
                                       .earns = out->earns,
                                       .earn_count = row->earns_count,
                                       .burns = out->burns,
                                       .burn_count = row->burns_count,
                                       .stamps = out->stamps,
                                       .stamp_count = row->stamps_count,
                                       .spent_minor = row->spent_minor,
                                       .visits = row->visits,
                                       .policy = (enum ledger_return_policy)row->policy,
                                       .reinstate_days = row->reinstate_days};
}

/* ---- their keys: in the order of the ledger */

static void put_signed(struct crm_key *key, int64_t value)
{
    crm_key_u64(key, (uint64_t)value ^ UINT64_C(1) << 63);
}

static struct crm_key event_key(const uint8_t member[MEMBER_SIZE], const crm_Order *order)
{
    struct crm_key key = {.size = 0};
    crm_key_bytes(&key, member, MEMBER_SIZE);
    put_signed(&key, order->business_day);
    put_signed(&key, order->unix_ms);
    crm_key_text(&key, order->store);
    crm_key_text(&key, order->till);
    crm_key_u64(&key, order->number);
    crm_key_u64(&key, order->incarnation);
    crm_key_u64(&key, order->seq);
    return key;
}

struct event_scan {
    const uint8_t *member;
    crm_visit_event *visit;
    void *context;
    enum err error;
};

static bool visit_event(void *context, struct span key, struct span body)
{
    struct event_scan *scan = context;
    crm_Event row;
    if (key.size < MEMBER_SIZE || memcmp(key.bytes, scan->member, MEMBER_SIZE) != 0)
        return false;
    if (wire_decode(crm_Event_fields, body, &row) != ERR_OK) {
        scan->error = ERR_CORRUPT;
        return false;
    }
    return scan->visit(scan->context, &row);
}

enum err crm_event_scan(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE], int32_t from_day,
                        crm_visit_event *visit, void *context)
{
    struct event_scan scan = {member, visit, context, ERR_OK};
    struct crm_key from = {.size = 0};
    crm_key_bytes(&from, member, MEMBER_SIZE);
    put_signed(&from, from_day);
    TRY(store_scan(txn, STORE_EVENTS, crm_key_span(&from), visit_event, &scan));
    return scan.error;
}

/* ---- folding */

static bool refold_event(void *context, const crm_Event *row)
{
    struct ledger_account *account = context;
    struct unpacked unpacked;
    unpack(row, &unpacked);
    /* Each was found sound when it came; one that does not fit into the sums in this order is left out, so
     * that nothing a till sends can make its account unreadable. */
    (void)!ledger_fold(account, &unpacked.event);
    return true;
}

static enum err refold(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE],
                       struct crm_account *account)
{
    crm_account_begin(account->opening, &account->ledger);
    return crm_event_scan(txn, member, INT32_MIN, refold_event, &account->ledger);
}

/* Points and debts of all accounts, as this one changes. */
static enum err count_change(const struct ledger_account *before, const struct ledger_account *after,
                             crm_Totals *totals)
{
    int64_t points, owed;
    TRY(money_add(totals->points, -before->balance, &points));
    TRY(money_add(points, after->balance, &points));
    TRY(money_add(totals->points_owed, -before->owed, &owed));
    TRY(money_add(owed, after->owed, &owed));
    totals->points = points;
    totals->points_owed = owed;
    return ERR_OK;
}

static enum err put_account(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE],
                            const struct crm_account *account)
{
    crm_Debt debt = {.reason = "points",
                     .amount = account->ledger.owed,
                     .day = account->ledger.today,
                     .unit = crm_DebtUnit_UNIT_POINTS};
    debt.member.size = MEMBER_SIZE;
    memcpy(debt.member.bytes, member, MEMBER_SIZE);
    struct crm_key key = {.size = 0};
    crm_key_text(&key, "points");
    crm_key_bytes(&key, member, MEMBER_SIZE);
    TRY(crm_account_put(txn, member, account));
    return crm_debt_set(txn, &key, &debt);
}

/* An error of the record's leaves no trace: it is tried on a copy first. */
enum err crm_event_post(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE], const crm_Event *row,
                        crm_Totals *totals)
{
    struct unpacked unpacked;
    struct crm_account before, after;
    unpack(row, &unpacked);
    TRY(crm_account_get(txn, member, &before));
    after = before;
    bool is_late =
        before.ledger.has_last && ledger_order_compare(&unpacked.event.order, &before.ledger.last) <= 0;
    after.ledger.has_last = false;
    TRY(ledger_fold(&after.ledger, &unpacked.event));
    TRY(count_change(&before.ledger, &after.ledger,
                     &(crm_Totals){.points = totals->points, .points_owed = totals->points_owed}));
    struct crm_key key = event_key(member, &row->order);
    TRY(crm_document_put(txn, STORE_EVENTS, crm_key_span(&key), crm_Event_fields, row));
    if (is_late)
        TRY(refold(txn, member, &after));
    TRY(count_change(&before.ledger, &after.ledger, totals));
    return put_account(txn, member, &after);
}

/* ---- two members become one */

struct moving {
    const struct store_txn *txn;
    crm_Event row;
    bool is_found;
};

static bool take_first(void *context, const crm_Event *row)
{
    struct moving *moving = context;
    moving->row = *row;
    moving->is_found = true;
    return false;
}

static enum err move_event(const struct store_txn *txn, const uint8_t from[MEMBER_SIZE],
                           const uint8_t to[MEMBER_SIZE], const crm_Event *row)
{
    struct crm_key old = event_key(from, &row->order), new = event_key(to, &row->order);
    TRY(crm_document_put(txn, STORE_EVENTS, crm_key_span(&new), crm_Event_fields, row));
    return crm_document_remove(txn, STORE_EVENTS, crm_key_span(&old));
}

enum err crm_events_move(const struct store_txn *txn, const uint8_t from[MEMBER_SIZE],
                         const uint8_t to[MEMBER_SIZE], crm_Totals *totals)
{
    struct crm_account gone, before, after;
    TRY(crm_account_get(txn, from, &gone));
    TRY(crm_account_get(txn, to, &before));
    struct moving moving = {.txn = txn, .is_found = true};
    while (moving.is_found) {
        moving.is_found = false;
        TRY(crm_event_scan(txn, from, INT32_MIN, take_first, &moving));
        if (moving.is_found)
            TRY(move_event(txn, from, to, &moving.row));
    }
    after = before;
    TRY(money_add(before.opening, gone.opening, &after.opening));
    TRY(refold(txn, to, &after));
    TRY(count_change(&gone.ledger, &(struct ledger_account){.balance = 0}, totals));
    TRY(count_change(&before.ledger, &after.ledger, totals));
    gone = (struct crm_account){.opening = 0};
    TRY(put_account(txn, from, &gone));
    TRY(crm_document_remove(txn, STORE_ACCOUNTS, span_of(from, MEMBER_SIZE)));
    return put_account(txn, to, &after);
}

/* ---- a member who is erased */

#define DAYS_APART 3 /* at most, between a receipt's own day and the one by which it is folded */

/* The receipt of an event is nobody's from now on. Its own business day may lie beside the event's. */
static enum err disown_receipt(const struct store_txn *txn, const crm_Event *row)
{
    kassa_ReceiptId id = {.number = row->order.number};
    memcpy(id.store, row->order.store, sizeof(id.store));
    memcpy(id.till, row->order.till, sizeof(id.till));
    for (int32_t apart = -DAYS_APART; apart <= DAYS_APART; apart++) {
        crm_Receipt receipt;
        if (__builtin_add_overflow(row->order.business_day, apart, &id.business_day))
            continue;
        enum err error = crm_receipt_get(txn, &id, &receipt);
        if (error == ERR_NOT_FOUND)
            continue;
        TRY(error);
        struct crm_key key = crm_receipt_key(&id);
        if (receipt.incarnation != row->order.incarnation || receipt.seq != row->order.seq) {
            key = crm_receipt_aside_key(&id, row->order.incarnation, row->order.seq);
            error = crm_document_get(txn, STORE_RECEIPTS, crm_key_span(&key), crm_Receipt_fields, &receipt);
            if (error == ERR_NOT_FOUND)
                continue;
            TRY(error);
        }
        receipt.member.size = 0;
        TRY(crm_document_put(txn, STORE_RECEIPTS, crm_key_span(&key), crm_Receipt_fields, &receipt));
    }
    return ERR_OK;
}

enum err crm_events_remove(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE], crm_Totals *totals)
{
    struct crm_account gone;
    struct moving moving = {.txn = txn, .is_found = true};
    TRY(crm_account_get(txn, member, &gone));
    while (moving.is_found) {
        moving.is_found = false;
        TRY(crm_event_scan(txn, member, INT32_MIN, take_first, &moving));
        if (!moving.is_found)
            break;
        struct crm_key key = event_key(member, &moving.row.order);
        TRY(disown_receipt(txn, &moving.row));
        TRY(crm_document_remove(txn, STORE_EVENTS, crm_key_span(&key)));
    }
    TRY(count_change(&gone.ledger, &(struct ledger_account){.balance = 0}, totals));
    gone = (struct crm_account){.opening = 0};
    TRY(put_account(txn, member, &gone));
    return crm_document_remove(txn, STORE_ACCOUNTS, span_of(member, MEMBER_SIZE));
}

/* ---- the event of a receipt */

static const kassa_ReceiptId *original_of(const struct wire_receipt *receipt, uint32_t line)
{
    for (size_t i = 0; i < receipt->line_count; i++) {
        const kassa_Line *own = &receipt->lines[i];
        if (own->has_original && own->original.has_receipt && (line == 0 || own->number == line))
            return &own->original.receipt;
    }
    return NULL;
}

uint64_t crm_receipt_hash(const kassa_ReceiptId *id)
{
    return ledger_receipt_of(id->store, id->till, id->business_day, id->number);
}

static uint64_t original_hash(const struct wire_receipt *receipt, uint32_t line)
{
    const kassa_ReceiptId *id = original_of(receipt, line);
    return id == NULL ? 0 : crm_receipt_hash(id);
}

static void add_earns(const struct wire_receipt *receipt, const struct crm_when *when, crm_Event *event)
{
    const kassa_Loyalty *loyalty = &receipt->head.loyalty;
    event->earns_count = loyalty->earned_count;
    for (size_t i = 0; i < loyalty->earned_count; i++) {
        const kassa_EarnRow *row = &loyalty->earned[i];
        event->earns[i] = (crm_EventEarn){.points = row->points,
                                          .available_day = crm_when_move(when, row->available_day),
                                          .expires_day = crm_when_move(when, row->expires_day),
                                          .original_row = row->original_row};
        if (row->points < 0)
            event->earns[i].original = original_hash(receipt, row->original_line);
    }
    if (loyalty->earned_count > 0 || loyalty->points_earned == 0)
        return;
    event->earns_count = 1; /* a till that writes no rows */
    event->earns[0] = (crm_EventEarn){.points = loyalty->points_earned};
    if (loyalty->points_earned < 0)
        event->earns[0].original = original_hash(receipt, 0);
}

static void add_burns(const struct wire_receipt *receipt, crm_Event *event)
{
    const kassa_Loyalty *loyalty = &receipt->head.loyalty;
    event->burns_count = loyalty->burned_count;
    for (size_t i = 0; i < loyalty->burned_count; i++) {
        event->burns[i].points = loyalty->burned[i].points;
        if (loyalty->burned[i].points < 0)
            event->burns[i].original = original_hash(receipt, loyalty->burned[i].original_line);
    }
    if (loyalty->burned_count > 0 || loyalty->points_burned == 0)
        return;
    event->burns_count = 1;
    event->burns[0].points = loyalty->points_burned;
    if (loyalty->points_burned < 0)
        event->burns[0].original = original_hash(receipt, 0);
}

static void add_stamps(const kassa_Loyalty *loyalty, crm_Event *event)
{
    event->stamps_count = loyalty->stamps_count;
    for (size_t i = 0; i < loyalty->stamps_count; i++) {
        const kassa_StampRow *row = &loyalty->stamps[i];
        event->stamps[i] = (crm_EventStamp){
            .card_size = row->card_size, .count = row->count, .no_rollover = row->no_rollover};
        memcpy(event->stamps[i].card, row->card, sizeof(event->stamps[i].card));
    }
}

bool crm_line_is_gift_value(const kassa_Line *line)
{
    return line->kind == kassa_LineKind_LINE_GIFT_VALUE ||
           (line->has_original && line->original.kind == kassa_LineKind_LINE_GIFT_VALUE);
}

bool crm_line_money(const kassa_Receipt *head, const kassa_Line *line, int64_t *out_minor)
{
    bool is_net = head->price_mode == kassa_PriceMode_PRICE_NET;
    return !__builtin_sub_overflow(line->amount_minor, line->discount_minor, out_minor) &&
           !__builtin_add_overflow(*out_minor, is_net ? line->tax_minor : 0, out_minor);
}

/* What counts for tiers: money for goods, without the rounding of cash; gift value is spent when it is used. A sum
 * that no shop has counts as the most that the ledger takes: it is the tier's, not the money's. */
static int64_t spend_of(const struct wire_receipt *receipt)
{
    int64_t spent = 0;
    if (__builtin_sub_overflow(receipt->head.total_minor, receipt->head.rounding_minor, &spent))
        return 0;
    for (size_t i = 0; i < receipt->line_count; i++) {
        const kassa_Line *line = &receipt->lines[i];
        int64_t paid;
        if (crm_line_is_gift_value(line) && crm_line_money(&receipt->head, line, &paid) &&
            __builtin_sub_overflow(spent, paid, &spent))
            return 0;
    }
    spent = spent < LEDGER_POINTS_MAX ? spent : LEDGER_POINTS_MAX;
    return spent > -LEDGER_POINTS_MAX ? spent : -LEDGER_POINTS_MAX;
}

crm_Order crm_order_of(const struct crm_fold *fold, const kassa_ReceiptId *id)
{
    crm_Order order = {.business_day = fold->when.day,
                       .unix_ms = fold->when.unix_ms,
                       .number = id->number,
                       .incarnation = fold->incarnation,
                       .seq = fold->seq};
    memcpy(order.store, id->store, sizeof(order.store));
    memcpy(order.till, id->till, sizeof(order.till));
    return order;
}

void crm_event_of_receipt(const struct crm_fold *fold, const struct wire_receipt *receipt, bool is_return,
                          crm_Event *out)
{
    const kassa_Receipt *head = &receipt->head;
    *out = (crm_Event){.has_order = true,
                       .order = crm_order_of(fold, &head->id),
                       .kind = LEDGER_RECEIPT,
                       .receipt = crm_receipt_hash(&head->id),
                       .spent_minor = spend_of(receipt),
                       .visits = is_return ? 0 : 1,
                       .policy = (uint32_t)head->loyalty.return_policy,
                       .reinstate_days = head->loyalty.reinstate_days};
    add_earns(receipt, &fold->when, out);
    add_burns(receipt, out);
    add_stamps(&head->loyalty, out);
}

/* The ledger gives back what the voided receipt took by itself; what a voided return gave back is spent again.
 */
void crm_event_undo(const crm_Event *voided, crm_Event *out)
{
    out->spent_minor = voided->spent_minor == INT64_MIN ? 0 : -voided->spent_minor;
    out->visits = -voided->visits;
    out->stamps_count = voided->stamps_count;
    for (size_t i = 0; i < voided->stamps_count; i++) {
        out->stamps[i] = voided->stamps[i];
        out->stamps[i].count = voided->stamps[i].count == INT64_MIN ? 0 : -voided->stamps[i].count;
    }
    out->burns_count = 0;
    for (size_t i = 0; i < voided->burns_count; i++) {
        if (voided->burns[i].points < 0 && voided->burns[i].points != INT64_MIN)
            out->burns[out->burns_count++].points = -voided->burns[i].points;
    }
}
