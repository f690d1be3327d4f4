/* SPDX-License-Identifier: Apache-2.0 */
/* desk_json.h - members, tills and totals as the verbs print them. */
#ifndef KASSA_CLI_DESK_JSON_H
#define KASSA_CLI_DESK_JSON_H

#include "cli/screen.h"
#include "crm/crm.h"
#include "office/person.h"

/* The caller's to free; NULL: no memory. A card is shown by the first eight digits of its token.
 * person: what he told of himself; NULL: it stays sealed. */
json_t *desk_json_of_member(const crm_Member *member, const struct person *person);
/* Lots, debts, sums by reason and spend by year; days are written as dates. */
json_t *desk_json_of_account(const struct ledger_account *account);
/* All that is kept of either. Days are dates, and what is packed in the account's document is rows. */
json_t *desk_json_of_subject(const struct crm_subject *subject, const struct person *person);
json_t *desk_json_of_whole_account(const crm_Account *row, const struct ledger_account *account);
json_t *desk_json_of_till(const crm_Till *till, int64_t certified_until_unix_s); /* 0: it is not */
/* Without the key, the certificate and what is sealed. */
json_t *desk_json_of_invitation(const crm_Invitation *row, const char *state);
/* With one currency (or none) its sums stand at the top as well: all_minor, sales_minor, ... */
json_t *desk_json_of_totals(const crm_Totals *totals);

#endif
