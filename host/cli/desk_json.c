/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk_json.h"

#include "base/hex.h"
#include "office/record_json.h"

#define TOKEN_SHOWN 4 /* bytes */

json_t *desk_json_of_member(const crm_Member *member)
{
    json_t *json = record_json_of_message(kassa_Member_fields, &member->member, RECORD_JSON_LEAVE_OUT);
    json_t *cards = json_array();
    for (size_t i = 0; i < member->member.card_tokens_count; i++) {
        char text[2 * TOKEN_SHOWN + 1];
        hex_write(span_of(member->member.card_tokens[i].bytes, TOKEN_SHOWN), text);
        json_array_append_new(cards, json_string(text));
    }
    (void)json_object_del(json, "card_tokens");
    json_object_set_new(json, "cards", cards);
    json_object_set_new(json, "points", json_integer(member->member.points));
    json_object_set_new(json, "created_unix_ms", json_integer(member->created_unix_ms));
    json_t *stores = json_array();
    for (size_t i = 0; i < member->stores_count; i++)
        json_array_append_new(stores, json_string(member->stores[i]));
    json_object_set_new(json, "stores", stores);
    return json;
}

json_t *desk_json_of_till(const crm_Till *till)
{
    return record_json_of_message(crm_Till_fields, till, RECORD_JSON_KEEP);
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
