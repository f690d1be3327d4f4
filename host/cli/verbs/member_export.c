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
    const struct store_txn *txn;
    struct crm_subject subject;
    struct arena arena;
    bool has_account;
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

static bool put_account(struct export *export, const crm_Account *row)
{
    struct ledger_account account;
    export->has_account = true;
    export->error = crm_points_get(export->txn, export->subject.ids[0], &account);
    return export->error == ERR_OK && put(export, "account", desk_json_of_whole_account(row, &account));
}

static bool put_document(void *context, const char *what, const pb_msgdesc_t *fields, const void *document)
{
    if (fields == crm_Account_fields)
        return put_account(context, document);
    return put(context, what, record_json_of_message(fields, document, RECORD_JSON_LEAVE_OUT));
}

static bool put_record(void *context, const struct store_record_id *id, struct span record)
{
    struct export *export = context;
    (void)id;
    if (!crm_subject_is_named(&export->subject, record))
        return true;
    arena_reset(&export->arena);
    return put(export, "record", record_json_of_record(record, &export->arena));
}

static enum err write_all(struct export *export, const struct person *person)
{
    static const struct store_record_id first;
    if (!put(export, "member", desk_json_of_subject(&export->subject, person)))
        return export->error;
    TRY(crm_subject_scan(export->txn, &export->subject, put_document, export));
    TRY(export->error);
    if (!export->has_account && !put_account(export, &(crm_Account)crm_Account_init_zero))
        return export->error;
    TRY(store_scan_records(export->txn, &first, put_record, export));
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
    struct export export = {.call = call, .txn = &txn, .arena = arena_of(block, RECORD_JSON_ARENA_SIZE)};
    enum err error = crm_subject_of(&txn, &member, &export.subject);
    if (error == ERR_OK)
        error = write_all(&export, has_person ? &person : NULL);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the member's data", "");
}

static const struct call_option options[] = {DESK_OPTIONS, MEMBER_FIND_OPTIONS};
const struct verb verb_member_export = {.noun = "member",
                                        .name = "export",
                                        .operands = "[ID]",
                                        .operand_max = 1,
                                        .summary = "Write all that is known of a member",
                                        .details = "One JSON object a line: member, account, points, coupon, "
                                                   "limit, debt, reservation, signal, gift, receipt (and "
                                                   "what was\nreturned of it), and each record that names "
                                                   "him or his card.\nWith --pepper-file his name and "
                                                   "birthday are in clear, without it they stay sealed.",
                                        .options = options,
                                        .option_count = COUNT_OF(options),
                                        .run = run};
