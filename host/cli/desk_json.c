/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk_json.h"

#include <inttypes.h>

#include "base/civil.h"
#include "base/hex.h"
#include "office/record_json.h"

#define TOKEN_SHOWN 4 /* bytes */

static void put_person(json_t *json, const struct person *person, bool is_sealed)
{
    (void)json_object_del(json, "personal");
    (void)json_object_del(json, "key");
    if (person == NULL) {
        if (is_sealed)
            json_object_set_new(json, "first_name_sealed", json_true());
        return;
    }
    if (person->first_name[0] != '\0')
        json_object_set_new(json, "first_name", json_string(person->first_name));
    if (person->birth_month_day != 0)
        json_object_set_new(json, "birth_month_day", json_integer((json_int_t)person->birth_month_day));
}

json_t *desk_json_of_member(const crm_Member *member, const struct person *person)
{
    json_t *json = record_json_of_message(kassa_Member_fields, &member->member, RECORD_JSON_LEAVE_OUT);
    json_t *cards = json_array();
    for (size_t i = 0; i < member->member.card_tokens_count; i++) {
        char text[2 * TOKEN_SHOWN + 1];
        hex_write(span_of(member->member.card_tokens[i].bytes, TOKEN_SHOWN), text);
        json_array_append_new(cards, json_string(text));
    }
    (void)json_object_del(json, "card_tokens");
    put_person(json, person, member->member.personal_count > 0);
    json_object_set_new(json, "cards", cards);
    json_object_set_new(json, "points", json_integer(member->member.points));
    json_object_set_new(json, "created_unix_ms", json_integer(member->created_unix_ms));
    json_t *stores = json_array();
    for (size_t i = 0; i < member->stores_count; i++)
        json_array_append_new(stores, json_string(member->stores[i]));
    json_object_set_new(json, "stores", stores);
    return json;
}

static json_t *hex_of(const uint8_t *bytes, size_t size)
{
    char text[2 * TOKEN_SIZE + 1];
    hex_write(span_of(bytes, size), text);
    return json_string(text);
}

json_t *desk_json_of_subject(const struct crm_subject *subject, const struct person *person)
{
    const kassa_Member *member = &subject->member.member;
    json_t *json = desk_json_of_member(&subject->member, person);
    json_t *all = record_json_of_message(crm_Member_fields, &subject->member, RECORD_JSON_LEAVE_OUT);
    json_t *tokens = json_array(), *joined = json_array();
    (void)json_object_del(all, "member"); /* his own fields are there */
    (void)json_object_update_missing(json, all);
    json_decref(all);
    for (size_t i = 0; i < member->card_tokens_count; i++)
        json_array_append_new(tokens, hex_of(member->card_tokens[i].bytes, TOKEN_SIZE));
    for (size_t i = 1; i < subject->id_count; i++)
        json_array_append_new(joined, hex_of(subject->ids[i], MEMBER_SIZE));
    json_object_set_new(json, "card_tokens", tokens);
    json_object_set_new(json, "joined", joined);
    return json;
}

/* ---- an account */

static void put_day(json_t *json, const char *name, int32_t day)
{
    char text[11];
    if (day == 0)
        return;
    civil_format_day(day, text);
    json_object_set_new(json, name, json_string(text));
}

static void put_number(json_t *json, const char *name, int64_t value)
{
    json_object_set_new(json, name, json_integer(value));
}

static json_t *json_of_lots(const struct ledger_account *account)
{
    json_t *lots = json_array();
    for (uint32_t i = 0; i < account->lot_count; i++) {
        const struct ledger_lot *lot = &account->lots[i];
        json_t *row = json_object();
        put_day(row, "earned", lot->earned_day);
        put_day(row, "available", lot->available_day);
        put_day(row, "expires", lot->expires_day);
        put_number(row, "points", lot->points);
        put_number(row, "left", lot->left);
        if (lot->expired != 0)
            put_number(row, "expired", lot->expired);
        json_array_append_new(lots, row);
    }
    return lots;
}

static json_t *json_of_debts(const struct ledger_account *account)
{
    json_t *debts = json_array();
    for (uint32_t i = 0; i < account->debt_count; i++) {
        const struct ledger_debt *debt = &account->debts[i];
        json_t *row = json_object();
        put_day(row, "day", debt->day);
        json_object_set_new(row, "reason", json_string(ledger_reason_name(debt->reason)));
        put_number(row, "points", debt->points);
        put_number(row, "left", debt->left);
        json_array_append_new(debts, row);
    }
    return debts;
}

static json_t *json_of_spend(const struct ledger_account *account)
{
    json_t *years = json_object();
    for (uint32_t i = 0; i < account->year_count; i++) {
        char year[12];
        (void)snprintf(year, sizeof(year), "%d", (int)account->years[i].day);
        put_number(years, year, account->years[i].spent_minor);
    }
    return years;
}

json_t *desk_json_of_account(const struct ledger_account *account)
{
    json_t *json = json_object(), *moved = json_object();
    put_number(json, "balance", account->balance);
    put_number(json, "owed", account->owed);
    put_number(json, "forgiven", account->forgiven);
    put_day(json, "as_of", account->today);
    for (unsigned i = 0; i < LEDGER_REASON_COUNT; i++)
        put_number(moved, ledger_reason_name((enum ledger_reason)i), account->moved[i]);
    json_object_set_new(json, "moved", moved);
    json_object_set_new(json, "lots", json_of_lots(account));
    json_object_set_new(json, "debts", json_of_debts(account));
    json_object_set_new(json, "spent_minor", json_of_spend(account));
    return json;
}

static void put_receipt(json_t *json, const char *name, uint64_t receipt)
{
    char text[17];
    (void)snprintf(text, sizeof(text), "%016" PRIx64, receipt);
    json_object_set_new(json, name, json_string(text));
}

static json_t *json_of_takes(const struct ledger_account *account)
{
    static const char *const kinds[] = {"burn", "return", "expired"};
    json_t *takes = json_array();
    for (uint32_t i = 0; i < account->take_count; i++) {
        const struct ledger_take *take = &account->takes[i];
        json_t *row = json_object();
        put_receipt(row, "receipt", take->receipt);
        json_object_set_new(row, "kind", json_string(kinds[take->kind % COUNT_OF(kinds)]));
        put_receipt(row, "lot_receipt", take->lot_receipt);
        put_number(row, "lot_row", take->lot_row);
        put_day(row, "lot_available", take->lot_available_day);
        put_day(row, "lot_expires", take->lot_expires_day);
        put_number(row, "points", take->points);
        json_array_append_new(takes, row);
    }
    return takes;
}

static json_t *json_of_days(const struct ledger_account *account)
{
    json_t *days = json_array();
    for (uint32_t i = 0; i < account->spend_count; i++) {
        json_t *row = json_object();
        put_day(row, "day", account->spends[i].day);
        put_number(row, "spent_minor", account->spends[i].spent_minor);
        json_array_append_new(days, row);
    }
    return days;
}

json_t *desk_json_of_whole_account(const crm_Account *row, const struct ledger_account *account)
{
    json_t *json = desk_json_of_account(account), *all;
    json_t *lots = json_object_get(json, "lots");
    for (uint32_t i = 0; i < account->lot_count; i++) {
        put_receipt(json_array_get(lots, i), "receipt", account->lots[i].receipt);
        put_number(json_array_get(lots, i), "row", account->lots[i].row);
    }
    for (uint32_t i = 0; i < account->debt_count; i++)
        put_receipt(json_array_get(json_object_get(json, "debts"), i), "receipt", account->debts[i].receipt);
    json_object_set_new(json, "takes", json_of_takes(account));
    json_object_set_new(json, "spends", json_of_days(account));
    all = record_json_of_message(crm_Account_fields, row, RECORD_JSON_LEAVE_OUT);
    (void)json_object_del(all, "today"); /* as_of, and ... */
    (void)json_object_del(all, "years"); /* ... spent_minor */
    (void)json_object_update_missing(json, all);
    json_decref(all);
    return json;
}

json_t *desk_json_of_till(const crm_Till *till, int64_t certified_until_unix_s)
{
    json_t *json = record_json_of_message(crm_Till_fields, till, RECORD_JSON_KEEP);
    json_object_set_new(json, "certified_until_unix_s", json_integer(certified_until_unix_s));
    json_object_set_new(json, "clock_off", json_boolean(crm_till_is_clock_off(till)));
    return json;
}

json_t *desk_json_of_invitation(const crm_Invitation *row, const char *state)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:i}", "till", row->till, "store", row->store, "state",
                     state, "created_unix_ms", (json_int_t)row->created_unix_ms, "until_unix_ms",
                     (json_int_t)row->until_unix_ms, "used_unix_ms", (json_int_t)row->used_unix_ms, "wrong",
                     (int)row->wrong);
}

static json_int_t all_of(const crm_CurrencyTotals *totals)
{
    return totals->sales_minor + totals->returns_minor + totals->voids_minor;
}

json_t *desk_json_of_totals(const crm_Totals *totals)
{
    json_t *json = record_json_of_message(crm_Totals_fields, totals, RECORD_JSON_KEEP);
    json_t *currencies = json_object_get(json, "currencies");
    for (size_t i = 0; i < totals->currencies_count; i++)
        json_object_set_new(json_array_get(currencies, i), "all_minor",
                            json_integer(all_of(&totals->currencies[i])));
    if (totals->currencies_count > 1)
        return json;
    const crm_CurrencyTotals *only = &totals->currencies[0]; /* all zero if there is none */
    json_object_set_new(json, "currency", json_string(only->currency));
    json_object_set_new(json, "exponent", json_integer(only->exponent));
    json_object_set_new(json, "all_minor", json_integer(all_of(only)));
    json_object_set_new(json, "sales_minor", json_integer(only->sales_minor));
    json_object_set_new(json, "returns_minor", json_integer(only->returns_minor));
    json_object_set_new(json, "voids_minor", json_integer(only->voids_minor));
    json_object_set_new(json, "with_member_minor", json_integer(only->with_member_minor));
    return json;
}
