/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/desk_json.h"
#include "cli/member_find.h"
#include "cli/verbs.h"

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    crm_Member member = crm_Member_init_zero;
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code == EXIT_DONE)
        code = member_find(call, call->operand_count > 0 ? call->operands[0] : NULL, &txn, &member);
    if (code != EXIT_DONE)
        return code;
    struct ledger_account account;
    enum err error = crm_points_get(&txn, member.member.id.bytes, &account);
    if (error != ERR_OK)
        return call_fail(call, error, "the member's account", "");
    struct person person CLEANUP(person_wipe);
    bool has_person;
    code = member_find_person(call, &txn, &member.member, &person, &has_person);
    if (code != EXIT_DONE)
        return code;
    json_t *json = desk_json_of_member(&member, has_person ? &person : NULL);
    if (account.event_count > 0 || account.balance != 0)
        json_object_set_new(json, "account", desk_json_of_account(&account));
    error = call_has(call, "json") ? screen_json(call->out, json) : screen_json_indented(call->out, json);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the member", "");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    MEMBER_FIND_OPTIONS,
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
