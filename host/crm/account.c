/* SPDX-License-Identifier: Apache-2.0 */
/* A member's account as a document. */
#include "crm/document.h"

_Static_assert(LEDGER_LOTS_MAX == COUNT_OF(((crm_Account *)0)->lots), "crm.options");
_Static_assert(LEDGER_TAKES_MAX == COUNT_OF(((crm_Account *)0)->takes), "crm.options");
_Static_assert(LEDGER_DEBTS_MAX == COUNT_OF(((crm_Account *)0)->debts), "crm.options");
_Static_assert(LEDGER_SPENDS_MAX == COUNT_OF(((crm_Account *)0)->spends), "crm.options");
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

/* ---- reading */

static void read_lots(const crm_Account *row, struct ledger_account *out)
{
    out->lot_count = row->lots_count;
    for (uint32_t i = 0; i < row->lots_count; i++) {
        const crm_Lot *lot = &row->lots[i];
        out->lots[i] = (struct ledger_lot){.receipt = lot->receipt,
                                           .row = lot->row,
                                           .earned_day = lot->earned_day,
                                           .available_day = lot->available_day,
                                           .expires_day = lot->expires_day,
                                           .points = lot->points,
                                           .left = lot->left,
                                           .expired = lot->expired};
    }
}

static void read_takes(const crm_Account *row, struct ledger_account *out)
{
    out->take_count = row->takes_count;
    for (uint32_t i = 0; i < row->takes_count; i++) {
        const crm_Take *take = &row->takes[i];
        out->takes[i] = (struct ledger_take){.receipt = take->receipt,
                                             .kind = (enum ledger_take_kind)take->kind,
                                             .lot_receipt = take->lot_receipt,
                                             .lot_row = take->lot_row,
                                             .lot_available_day = take->lot_available_day,
                                             .lot_expires_day = take->lot_expires_day,
                                             .points = take->points};
    }
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
    out->spend_count = row->spends_count;
    for (uint32_t i = 0; i < row->spends_count; i++)
        out->spends[i] = (struct ledger_spend){row->spends[i].day, row->spends[i].spent_minor};
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
    read_lots(&row, ledger);
    read_takes(&row, ledger);
    read_debts(&row, ledger);
    read_holding(&row, ledger);
    return ERR_OK;
}

/* ---- writing */

static void write_lots(const struct ledger_account *account, crm_Account *row)
{
    row->lots_count = (pb_size_t)account->lot_count;
    for (uint32_t i = 0; i < account->lot_count; i++) {
        const struct ledger_lot *lot = &account->lots[i];
        row->lots[i] = (crm_Lot){.receipt = lot->receipt,
                                 .row = lot->row,
                                 .earned_day = lot->earned_day,
                                 .available_day = lot->available_day,
                                 .expires_day = lot->expires_day,
                                 .points = lot->points,
                                 .left = lot->left,
                                 .expired = lot->expired};
    }
}

static void write_takes(const struct ledger_account *account, crm_Account *row)
{
    row->takes_count = (pb_size_t)account->take_count;
    for (uint32_t i = 0; i < account->take_count; i++) {
        const struct ledger_take *take = &account->takes[i];
        row->takes[i] = (crm_Take){.receipt = take->receipt,
                                   .kind = (uint32_t)take->kind,
                                   .lot_receipt = take->lot_receipt,
                                   .lot_row = take->lot_row,
                                   .lot_available_day = take->lot_available_day,
                                   .lot_expires_day = take->lot_expires_day,
                                   .points = take->points};
    }
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
    row->spends_count = (pb_size_t)account->spend_count;
    for (uint32_t i = 0; i < account->spend_count; i++)
        row->spends[i] = (crm_Spend){account->spends[i].day, account->spends[i].spent_minor};
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
    write_debts(ledger, &row);
    write_holding(ledger, &row);
    return crm_document_put(txn, STORE_ACCOUNTS, span_of(id, MEMBER_SIZE), crm_Account_fields, &row);
}
