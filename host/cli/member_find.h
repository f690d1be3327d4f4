/* SPDX-License-Identifier: Apache-2.0 */
/* member_find.h - which member a verb is about: by his id, or by a card and the chain's pepper. */
#ifndef KASSA_CLI_MEMBER_FIND_H
#define KASSA_CLI_MEMBER_FIND_H

#include "cli/call.h"
#include "cli/card_rules.h"
#include "crm/crm.h"
#include "office/person.h"

#define MEMBER_FIND_OPTIONS                                                                                  \
    {.name = "card", .value = "CARD", .help = "find the member by a card: a number, or uid:HEX"},            \
        {.name = "pepper-file",                                                                              \
         .value = "FILE",                                                                                    \
         .help = "the chain's pepper: for --card, and for his name"},                                        \
        CARD_RULES_OPTIONS

/* By --card, else by id_text (NULL: none was typed). Complains. */
NODISCARD
enum exit_code member_find(const struct call *call, const char *id_text, const struct store_txn *txn,
                           crm_Member *out);

/* What he told of himself, where --pepper-file is given (then *out_has): else nothing. Complains. */
NODISCARD
enum exit_code member_find_person(const struct call *call, const struct store_txn *txn,
                                  const kassa_Member *member, struct person *out, bool *out_has);

#endif
