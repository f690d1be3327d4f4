/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "cli/card_rules.h"
#include "cli/desk.h"
#include "cli/desk_json.h"
#include "cli/load.h"
#include "cli/verbs.h"
#include "office/member_desk.h"

static enum exit_code find_by_card(const struct call *call, const struct store_txn *txn, const char *typed,
                                   crm_Member *out)
{
    uint8_t pepper[VAULT_PEPPER_SIZE];
    uint8_t token[TOKEN_SIZE];
    char card[CARD_TEXT_MAX];
    struct card_rules rules;
    if (!call_has(call, "pepper-file"))
        return call_refuse(call, "--pepper-file FILE",
                           "a card is found by its token, and that needs the pepper");
    enum exit_code code =
        load_key(call, call_value(call, "pepper-file"), VAULT_PEPPER_SIZE, "a pepper", pepper);
    if (code == EXIT_DONE)
        code = card_rules_read(call, &rules);
    if (code != EXIT_DONE)
        return code;
    const char *refusal = member_desk_card_text(span_of_text(typed), &rules.numbers, card);
    if (refusal != NULL)
        return call_refuse(call, "", "that is no card: %s", refusal);
    enum err error = vault_card_token(pepper, card, token);
    error = error == ERR_OK ? crm_member_find_card(txn, token, out) : error;
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "that card", "");
}

/* By --card and the pepper, or by the id that was typed. */
static enum exit_code find(const struct call *call, const struct store_txn *txn, crm_Member *out)
{
    const char *card = call_value(call, "card");
    if (card != NULL)
        return find_by_card(call, txn, card, out);
    uint8_t id[MEMBER_SIZE];
    if (call->operand_count == 0 || hex_read(span_of_text(call->operands[0]), id, sizeof(id)) != ERR_OK)
        return call_refuse(call, "kassa member show ID, or --card NUMBER --pepper-file FILE",
                           "which member? An id is 32 hexadecimal digits");
    enum err error = crm_member_get(txn, id, out);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, call->operands[0], "");
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    crm_Member member = crm_Member_init_zero;
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code == EXIT_DONE)
        code = find(call, &txn, &member);
    if (code != EXIT_DONE)
        return code;
    struct ledger_account account;
    enum err error = crm_points_get(&txn, member.member.id.bytes, &account);
    if (error != ERR_OK)
        return call_fail(call, error, "the member's account", "");
    json_t *json = desk_json_of_member(&member);
    if (account.event_count > 0 || account.balance != 0)
        json_object_set_new(json, "account", desk_json_of_account(&account));
    error = call_has(call, "json") ? screen_json(call->out, json) : screen_json_indented(call->out, json);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the member", "");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "card", .value = "CARD", .help = "find the member by a card: a number, or uid:HEX"},
    {.name = "pepper-file", .value = "FILE", .help = "the chain's pepper, for --card"},
    CARD_RULES_OPTIONS,
    {.name = "json", .help = "one JSON object on one line"},
};
const struct verb verb_member_show = {.noun = "member",
                                      .name = "show",
                                      .operands = "[ID]",
                                      .operand_max = 1,
                                      .summary = "Show a member",
                                      .options = options,
                                      .option_count = COUNT_OF(options),
                                      .run = run};
