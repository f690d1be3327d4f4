/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/member_find.h"

#include "base/hex.h"
#include "cli/load.h"
#include "office/member_desk.h"

static enum exit_code find_by_card(const struct call *call, const struct store_txn *txn, const char *typed,
                                   crm_Member *out)
{
    struct vault_peppers peppers CLEANUP(vault_peppers_wipe) = {.count = 0};
    char card[CARD_TEXT_MAX];
    struct card_rules rules;
    if (!call_has(call, "pepper-file"))
        return call_refuse(call, "--pepper-file FILE",
                           "a card is found by its token, and that needs the pepper");
    enum exit_code code = load_peppers(call, call_value(call, "pepper-file"), &peppers);
    if (code == EXIT_DONE)
        code = card_rules_read(call, &rules);
    if (code != EXIT_DONE)
        return code;
    const char *refusal = member_desk_card_text(span_of_text(typed), &rules.numbers, card);
    if (refusal != NULL)
        return call_refuse(call, "", "that is no card: %s", refusal);
    enum err error = member_desk_find_card(&peppers, txn, card, out);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "that card", "");
}

enum exit_code member_find(const struct call *call, const char *id_text, const struct store_txn *txn,
                           crm_Member *out)
{
    const char *card = call_value(call, "card");
    if (card != NULL)
        return find_by_card(call, txn, card, out);
    uint8_t id[MEMBER_SIZE];
    if (id_text == NULL || hex_read(span_of_text(id_text), id, sizeof(id)) != ERR_OK)
        return call_refuse(call, "its id (kassa member list), or --card NUMBER --pepper-file FILE",
                           "which member? An id is 32 hexadecimal digits");
    enum err error = crm_member_get(txn, id, out);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, id_text, "");
}

enum exit_code member_find_person(const struct call *call, const struct store_txn *txn,
                                  const kassa_Member *member, struct person *out, bool *out_has)
{
    struct vault_peppers peppers CLEANUP(vault_peppers_wipe) = {.count = 0};
    *out = (struct person){.birth_month_day = 0};
    *out_has = call_has(call, "pepper-file");
    if (!*out_has)
        return EXIT_DONE;
    enum exit_code code = load_peppers(call, call_value(call, "pepper-file"), &peppers);
    if (code != EXIT_DONE)
        return code;
    enum err error = person_open(&peppers, txn, member, out);
    return error == ERR_OK ? EXIT_DONE
                           : call_fail(call, error, "the member's name", "is this the chain's pepper?");
}
