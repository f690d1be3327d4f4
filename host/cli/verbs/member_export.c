/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/desk.h"
#include "cli/desk_json.h"
#include "cli/member_find.h"
#include "cli/verbs.h"
#include "office/record_json.h"

struct export
{
    const struct call *call;
    const crm_Member *member;
    struct arena arena;
    enum err error;
};

static void free_block(uint8_t **block)
{
    free(*block);
}

static bool put(struct export *export, const char *what, json_t *json)
{
    export->error = screen_json(export->call->out, json_pack("{s:o}", what, json));
    return export->error == ERR_OK;
}

static bool put_coupon(void *context, const crm_Coupon *coupon)
{
    return put(context, "coupon", record_json_of_message(crm_Coupon_fields, coupon, RECORD_JSON_LEAVE_OUT));
}

static bool put_counter(void *context, const crm_Counter *counter)
{
    return put(context, "limit", record_json_of_message(crm_Counter_fields, counter, RECORD_JSON_LEAVE_OUT));
}

static bool put_event(void *context, const crm_Event *event)
{
    return put(context, "points", record_json_of_message(crm_Event_fields, event, RECORD_JSON_LEAVE_OUT));
}

static bool names_him(const crm_Member *member, struct span record)
{
    if (memmem(record.bytes, record.size, member->member.id.bytes, MEMBER_SIZE) != NULL)
        return true;
    for (size_t i = 0; i < member->member.card_tokens_count; i++) {
        if (memmem(record.bytes, record.size, member->member.card_tokens[i].bytes, TOKEN_SIZE) != NULL)
            return true;
    }
    return false;
}

static bool put_record(void *context, const struct store_record_id *id, struct span record)
{
    struct export *export = context;
    (void)id;
    if (!names_him(export->member, record))
        return true;
    arena_reset(&export->arena);
    return put(export, "record", record_json_of_record(record, &export->arena));
}

static enum err write_all(struct export *export, const struct store_txn *txn)
{
    const uint8_t *id = export->member->member.id.bytes;
    static const struct store_record_id first;
    struct ledger_account account;
    TRY(crm_points_get(txn, id, &account));
    if (!put(export, "account", desk_json_of_account(&account)))
        return export->error;
    TRY(crm_event_scan(txn, id, INT32_MIN, put_event, export));
    TRY(crm_coupon_scan(txn, id, put_coupon, export));
    TRY(crm_counter_scan(txn, id, put_counter, export));
    TRY(store_scan_records(txn, &first, put_record, export));
    return export->error;
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    crm_Member member = crm_Member_init_zero;
    struct person person CLEANUP(person_wipe) = {.birth_month_day = 0};
    uint8_t *block CLEANUP(free_block) = malloc(RECORD_JSON_ARENA_SIZE);
    bool has_person;
    if (block == NULL)
        return call_fail(call, ERR_MEMORY, "the records", "");
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code == EXIT_DONE)
        code = member_find(call, call->operand_count > 0 ? call->operands[0] : NULL, &txn, &member);
    if (code == EXIT_DONE)
        code = member_find_person(call, &txn, &member.member, &person, &has_person);
    if (code != EXIT_DONE)
        return code;
    struct export export = {call, &member, arena_of(block, RECORD_JSON_ARENA_SIZE), ERR_OK};
    if (put(&export, "member", desk_json_of_member(&member, has_person ? &person : NULL)))
        export.error = write_all(&export, &txn);
    return export.error == ERR_OK ? EXIT_DONE : call_fail(call, export.error, "the member's data", "");
}

static const struct call_option options[] = {DESK_OPTIONS, MEMBER_FIND_OPTIONS};
const struct verb verb_member_export = {
    .noun = "member",
    .name = "export",
    .operands = "[ID]",
    .operand_max = 1,
    .summary = "Write all that is known of a member",
    .details =
        "One JSON object a line: member, account, points, coupon, limit, and each record that names him or "
        "his card.\nWith --pepper-file his name and birthday are in clear, without it they stay sealed.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
