/* SPDX-License-Identifier: Apache-2.0 */
/* A member's account as a document. */
#include "base/bytes.h"
#include "crm/document.h"

_Static_assert(LEDGER_DEBTS_MAX == COUNT_OF(((crm_Account *)0)->debts), "crm.options");
_Static_assert(LEDGER_YEARS_MAX == COUNT_OF(((crm_Account *)0)->years), "crm.options");
_Static_assert(STAMP_CARDS_MAX == COUNT_OF(((crm_Account *)0)->stamps), "crm.options");
_Static_assert((unsigned)LEDGER_REASON_COUNT <= COUNT_OF(((crm_Account *)0)->moved), "crm.options");

crm_Order crm_order_write(const struct ledger_order *order)
{
    crm_Order row = {.business_day = order->business_day,
                     .unix_ms = order->unix_ms,
                     .number = order->number,
                     .incarnation = order->incarnation,
                     .seq = order->seq};
    memcpy(row.store, order->store, sizeof(row.store));
    memcpy(row.till, order->till, sizeof(row.till));
    return row;
}

struct ledger_order crm_order_read(const crm_Order *row)
{
    struct ledger_order order = {.business_day = row->business_day,
                                 .unix_ms = row->unix_ms,
                                 .number = row->number,
                                 .incarnation = row->incarnation,
                                 .seq = row->seq};
    memcpy(order.store, row->store, sizeof(order.store));
    memcpy(order.till, row->till, sizeof(order.till));
    return order;
}

/* ---- rows in bytes: an account has hundreds of them and is read and written with each receipt */

#define VARINT_MAX     10
#define RECEIPT_SIZE   8
#define LOT_SIZE_MAX   (RECEIPT_SIZE + 4 * 5 + 3 * VARINT_MAX)
#define TAKE_SIZE_MAX  (2 * RECEIPT_SIZE + 4 * 5 + VARINT_MAX - 2)
#define SPEND_SIZE_MAX (5 + VARINT_MAX)
_Static_assert(LEDGER_LOTS_MAX *LOT_SIZE_MAX <= sizeof(((crm_Account *)0)->lots.bytes), "crm.options");
_Static_assert(LEDGER_TAKES_MAX *TAKE_SIZE_MAX <= sizeof(((crm_Account *)0)->takes.bytes), "crm.options");
_Static_assert(LEDGER_SPENDS_MAX *SPEND_SIZE_MAX <= sizeof(((crm_Account *)0)->spends.bytes), "crm.options");

struct reading {
    const uint8_t *at, *end;
    bool is_short;
};

static uint64_t read_receipt(struct reading *r)
{
    if (r->end - r->at < RECEIPT_SIZE) {
        r->is_short = true;
        return 0;
    }
    uint64_t value = bytes_get_le64(r->at);
    r->at += RECEIPT_SIZE;
    return value;
}

static int64_t read_number(struct reading *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        uint8_t byte = *r->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
    }
    r->is_short = true;
    return 0;
}

static uint8_t *write_receipt(uint8_t *at, uint64_t receipt)
{
    bytes_put_le64(at, receipt);
    return at + RECEIPT_SIZE;
}

static uint8_t *write_number(uint8_t *at, int64_t number)
{
    uint64_t value = (uint64_t)number << 1 ^ (uint64_t)(number >> 63);
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

/* ---- reading */

static bool read_lots(const crm_Account *row, struct ledger_account *out)
{
    struct reading r = {row->lots.bytes, row->lots.bytes + row->lots.size, false};
    while (r.at < r.end && !r.is_short && out->lot_count < LEDGER_LOTS_MAX) {
        struct ledger_lot *lot = &out->lots[out->lot_count++];
        lot->receipt = read_receipt(&r);
        lot->row = (uint32_t)read_number(&r);
        lot->earned_day = (int32_t)read_number(&r);
        lot->available_day = (int32_t)read_number(&r);
        lot->expires_day = (int32_t)read_number(&r);
        lot->points = read_number(&r);
        lot->left = read_number(&r);
        lot->expired = read_number(&r);
    }
    return r.at == r.end && !r.is_short;
}

static bool read_takes(const crm_Account *row, struct ledger_account *out)
{
    struct reading r = {row->takes.bytes, row->takes.bytes + row->takes.size, false};
    while (r.at < r.end && !r.is_short && out->take_count < LEDGER_TAKES_MAX) {
        struct ledger_take *take = &out->takes[out->take_count++];
        take->receipt = read_receipt(&r);
        take->kind = (enum ledger_take_kind)read_number(&r);
        take->lot_receipt = read_receipt(&r);
        take->lot_row = (uint32_t)read_number(&r);
        take->lot_available_day = (int32_t)read_number(&r);
        take->lot_expires_day = (int32_t)read_number(&r);
        take->points = read_number(&r);
    }
    return r.at == r.end && !r.is_short;
}

static bool read_spends(const crm_Account *row, struct ledger_account *out)
{
    struct reading r = {row->spends.bytes, row->spends.bytes + row->spends.size, false};
    while (r.at < r.end && !r.is_short && out->spend_count < LEDGER_SPENDS_MAX) {
        struct ledger_spend *spend = &out->spends[out->spend_count++];
        spend->day = (int32_t)read_number(&r);
        spend->spent_minor = read_number(&r);
    }
    return r.at == r.end && !r.is_short;
}

static void read_debts(const crm_Account *row, struct ledger_account *out)
{
    out->debt_count = row->debts_count;
    for (uint32_t i = 0; i < row->debts_count; i++) {
        const crm_Owed *debt = &row->debts[i];
        out->debts[i] = (struct ledger_debt){.receipt = debt->receipt,
                                             .reason = (enum ledger_reason)debt->reason,
                                             .day = debt->day,
                                             .points = debt->points,
                                             .left = debt->left};
    }
}

static void read_holding(const crm_Account *row, struct ledger_account *out)
{
    out->stamp_count = row->stamps_count;
    for (uint32_t i = 0; i < row->stamps_count; i++) {
        const crm_Stamps *card = &row->stamps[i];
        out->stamps[i] = (struct ledger_stamps){.card_size = card->card_size,
                                                .last_day = card->last_day,
                                                .count = card->count,
                                                .filled = card->filled};
        memcpy(out->stamps[i].card, card->card, sizeof(out->stamps[i].card));
    }
    out->year_count = row->years_count;
    for (uint32_t i = 0; i < row->years_count; i++)
        out->years[i] = (struct ledger_spend){row->years[i].day, row->years[i].spent_minor};
}

void crm_account_begin(int64_t opening, struct ledger_account *out)
{
    *out = (struct ledger_account){.balance = opening};
    out->moved[LEDGER_ADJUSTED] = opening;
    if (opening > 0) {
        out->lot_count = 1;
        out->lots[0] = (struct ledger_lot){.points = opening, .left = opening};
    } else if (opening < 0) {
        out->owed = -opening;
        out->debt_count = 1;
        out->debts[0] = (struct ledger_debt){.reason = LEDGER_ADJUSTED, .points = -opening, .left = -opening};
    }
}

enum err crm_account_get(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], struct crm_account *out)
{
    crm_Account row = crm_Account_init_zero;
    enum err error =
        crm_document_get(txn, STORE_ACCOUNTS, span_of(id, MEMBER_SIZE), crm_Account_fields, &row);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    bool is_old = row.event_count == 0 && row.opening == 0 && row.entry_count > 0;
    out->opening = is_old ? row.balance : row.opening;
    struct ledger_account *ledger = &out->ledger;
    crm_account_begin(out->opening, ledger);
    if (is_old || row.event_count == 0)
        return ERR_OK;
    ledger->balance = row.balance;
    for (size_t i = 0; i < LEDGER_REASON_COUNT; i++)
        ledger->moved[i] = i < row.moved_count ? row.moved[i] : 0;
    ledger->owed = row.owed;
    ledger->forgiven = row.forgiven;
    ledger->event_count = row.event_count;
    ledger->has_last = row.has_last;
    ledger->last = crm_order_read(&row.last);
    ledger->today = row.today;
    ledger->visits = row.visits;
    ledger->lot_count = 0;
    if (!read_lots(&row, ledger) || !read_takes(&row, ledger) || !read_spends(&row, ledger))
        return ERR_CORRUPT;
    read_debts(&row, ledger);
    read_holding(&row, ledger);
    return ERR_OK;
}

/* ---- writing */

static void write_lots(const struct ledger_account *account, crm_Account *row)
{
    uint8_t *at = row->lots.bytes;
    for (uint32_t i = 0; i < account->lot_count; i++) {
        const struct ledger_lot *lot = &account->lots[i];
        at = write_receipt(at, lot->receipt);
        at = write_number(at, lot->row);
        at = write_number(at, lot->earned_day);
        at = write_number(at, lot->available_day);
        at = write_number(at, lot->expires_day);
        at = write_number(at, lot->points);
        at = write_number(at, lot->left);
        at = write_number(at, lot->expired);
    }
    row->lots.size = (pb_size_t)(at - row->lots.bytes);
}

static void write_takes(const struct ledger_account *account, crm_Account *row)
{
    uint8_t *at = row->takes.bytes;
    for (uint32_t i = 0; i < account->take_count; i++) {
        const struct ledger_take *take = &account->takes[i];
        at = write_receipt(at, take->receipt);
        at = write_number(at, (int64_t)take->kind);
        at = write_receipt(at, take->lot_receipt);
        at = write_number(at, take->lot_row);
        at = write_number(at, take->lot_available_day);
        at = write_number(at, take->lot_expires_day);
        at = write_number(at, take->points);
    }
    row->takes.size = (pb_size_t)(at - row->takes.bytes);
}

static void write_spends(const struct ledger_account *account, crm_Account *row)
{
    uint8_t *at = row->spends.bytes;
    for (uint32_t i = 0; i < account->spend_count; i++) {
        at = write_number(at, account->spends[i].day);
        at = write_number(at, account->spends[i].spent_minor);
    }
    row->spends.size = (pb_size_t)(at - row->spends.bytes);
}

static void write_debts(const struct ledger_account *account, crm_Account *row)
{
    row->debts_count = (pb_size_t)account->debt_count;
    for (uint32_t i = 0; i < account->debt_count; i++) {
        const struct ledger_debt *debt = &account->debts[i];
        row->debts[i] = (crm_Owed){.receipt = debt->receipt,
                                   .reason = (uint32_t)debt->reason,
                                   .day = debt->day,
                                   .points = debt->points,
                                   .left = debt->left};
    }
}

static void write_holding(const struct ledger_account *account, crm_Account *row)
{
    row->stamps_count = (pb_size_t)account->stamp_count;
    for (uint32_t i = 0; i < account->stamp_count; i++) {
        const struct ledger_stamps *card = &account->stamps[i];
        row->stamps[i] = (crm_Stamps){.card_size = card->card_size,
                                      .last_day = card->last_day,
                                      .count = card->count,
                                      .filled = card->filled};
        memcpy(row->stamps[i].card, card->card, sizeof(row->stamps[i].card));
    }
    row->years_count = (pb_size_t)account->year_count;
    for (uint32_t i = 0; i < account->year_count; i++)
        row->years[i] = (crm_Spend){account->years[i].day, account->years[i].spent_minor};
}

enum err crm_account_put(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                         const struct crm_account *account)
{
    const struct ledger_account *ledger = &account->ledger;
    crm_Account row = {.balance = ledger->balance,
                       .moved_count = LEDGER_REASON_COUNT,
                       .opening = account->opening,
                       .owed = ledger->owed,
                       .forgiven = ledger->forgiven,
                       .event_count = ledger->event_count,
                       .has_last = ledger->has_last,
                       .last = crm_order_write(&ledger->last),
                       .today = ledger->today,
                       .visits = ledger->visits};
    for (size_t i = 0; i < LEDGER_REASON_COUNT; i++)
        row.moved[i] = ledger->moved[i];
    write_lots(ledger, &row);
    write_takes(ledger, &row);
    write_spends(ledger, &row);
    write_debts(ledger, &row);
    write_holding(ledger, &row);
    return crm_document_put(txn, STORE_ACCOUNTS, span_of(id, MEMBER_SIZE), crm_Account_fields, &row);
}
