/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/card_rules.h"
#include "cli/desk.h"
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/members_csv.h"
#include "platform/linux/linux_clock.h"

#define MEMBERS_A_COMMIT 1000

struct import {
    const struct call *call;
    struct member_desk desk;
    struct load_file file;
    struct members_csv csv;
    uint64_t saved[MEMBER_SAVED_COUNT];
};

/* The whole file once, without writing: every fault in one go. Answers how many rows are good. */
static uint64_t check(struct import *import, struct findings *findings)
{
    struct member_entry entry;
    struct member_fault fault;
    struct desk_member member CLEANUP(member_desk_wipe);
    uint64_t good = 0;
    enum err error = members_csv_open(load_span(&import->file), findings, &import->csv);
    while (error != ERR_NOT_FOUND && findings->count < FINDINGS_MAX &&
           (error == ERR_OK || import->csv.line > 1)) {
        error = members_csv_next(&import->csv, findings, &entry);
        if (error == ERR_OK && member_desk_fill(&import->desk, &entry, &member, &fault) == ERR_ARGUMENT)
            findings_add(findings, FINDING_ERROR, members_csv_place(&import->csv, fault.field), fault.field,
                         "", "%s", fault.what);
        else if (error == ERR_OK)
            good++;
    }
    return good;
}

#define UNREADABLE_TOLD 20 /* lines that are named; all are counted */

static void count(struct import *import, enum member_saved saved)
{
    if (++import->saved[saved] <= UNREADABLE_TOLD && saved == MEMBER_UNREADABLE)
        fprintf(import->call->err, "%s:%u: left as it was: its member's name cannot be opened\n",
                import->call->operands[0], (unsigned)import->csv.line);
}

/* Up to MEMBERS_A_COMMIT of them; ERR_NOT_FOUND: the file is at its end. */
static enum err save_some(struct import *import, struct store store, struct findings *unused)
{
    struct store_txn txn CLEANUP(store_abort) = {0};
    TRY(store_begin(store, STORE_WRITE, &txn));
    enum err error = ERR_OK;
    for (size_t i = 0; i < MEMBERS_A_COMMIT && error == ERR_OK; i++) {
        struct member_entry entry;
        struct member_fault fault;
        enum member_saved saved;
        struct desk_member member CLEANUP(member_desk_wipe) = {.row = crm_Member_init_zero};
        error = members_csv_next(&import->csv, unused, &entry);
        if (error != ERR_OK)
            break;
        TRY(member_desk_fill(&import->desk, &entry, &member, &fault));
        TRY(member_desk_save(&import->desk, &txn, &member, &saved));
        count(import, saved);
    }
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    TRY(store_commit(&txn));
    return error;
}

static enum err save_all(struct import *import, struct store store)
{
    struct findings unused CLEANUP(findings_done) = FINDINGS_NONE;
    enum err error = members_csv_open(load_span(&import->file), &unused, &import->csv);
    while (error == ERR_OK)
        error = save_some(import, store, &unused);
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

/* The key of such a member is under a pepper that the file does not hold, or is damaged. */
static enum exit_code end(const struct import *import)
{
    if (import->saved[MEMBER_UNREADABLE] == 0)
        return EXIT_DONE;
    fprintf(
        import->call->err,
        "kassa: %llu members were left as they were: their keys are under a pepper that is not in this file, "
        "or damaged\n",
        (unsigned long long)import->saved[MEMBER_UNREADABLE]);
    return EXIT_DATA;
}

static enum exit_code report(const struct import *import, uint64_t dry_count)
{
    const struct call *call = import->call;
    if (call_has(call, "dry-run")) {
        fprintf(call->out, "%llu members are good; nothing was written\n", (unsigned long long)dry_count);
        return EXIT_DONE;
    }
    if (!call_has(call, "json")) {
        fprintf(call->out, "%llu added, %llu changed, %llu as they were\n",
                (unsigned long long)import->saved[MEMBER_ADDED],
                (unsigned long long)import->saved[MEMBER_CHANGED],
                (unsigned long long)import->saved[MEMBER_UNCHANGED]);
        return end(import);
    }
    json_t *json = json_pack("{s:I, s:I, s:I}", "added", (json_int_t)import->saved[MEMBER_ADDED], "changed",
                             (json_int_t)import->saved[MEMBER_CHANGED], "unchanged",
                             (json_int_t)import->saved[MEMBER_UNCHANGED]);
    enum err error = screen_json(call->out, json);
    return error == ERR_OK ? end(import) : call_fail(call, error, "the report", "");
}

static enum exit_code take_in(struct import *import)
{
    const struct call *call = import->call;
    const char *path = call->operands[0];
    struct findings findings CLEANUP(findings_done) = FINDINGS_NONE;
    uint64_t count = check(import, &findings);
    load_print_findings(call->err, path, &findings);
    if (findings.error_count > 0) {
        fprintf(call->err, "kassa: nothing was imported\n");
        return EXIT_DATA;
    }
    if (call_has(call, "dry-run"))
        return report(import, count);
    struct store store CLEANUP(store_close) = {0};
    enum exit_code code = desk_open(call, &store);
    if (code != EXIT_DONE)
        return code;
    enum err error = save_all(import, store);
    if (error != ERR_OK)
        return call_fail(call, error, "the store",
                         "what was committed before stays; the same import goes on where it stopped");
    return report(import, count);
}

static enum exit_code run(const struct call *call)
{
    const struct clock clock = linux_clock();
    struct import import = {
        .call = call, .desk = {.random = linux_random(), .now_unix_ms = clock.ops->wall_unix_ms(clock.self)}};
    enum exit_code code = load_peppers(call, call_value(call, "pepper-file"), &import.desk.peppers);
    struct card_rules rules;
    if (code == EXIT_DONE)
        code = card_rules_read(call, &rules);
    if (code != EXIT_DONE)
        return code;
    import.desk.numbers = rules.numbers;
    enum err error = load_file(call->operands[0], MEMBERS_CSV_SIZE_MAX, &import.file);
    if (error != ERR_OK)
        return call_fail(call, error, call->operands[0], "");
    code = take_in(&import);
    load_file_done(&import.file);
    return code;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "pepper-file", .value = "FILE", .help = "the chain's pepper", .is_required = true},
    CARD_RULES_OPTIONS,
    {.name = "dry-run", .help = "check the file and write nothing"},
    {.name = "json", .help = "the counts as JSON"},
};
const struct verb verb_member_import = {
    .noun = "member",
    .name = "import",
    .operands = "FILE",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Take in many members from a CSV file",
    .details = "  card,first_name,language,tier,segments,consents\n  "
               "num:2900000000018,Ona,lt,gold,families;coffee-lovers,personal_offers\n\nThe whole file is "
               "checked first. A card that is known brings its member up to date, so that an import\nmay be "
               "repeated. Consents are added; one that was withdrawn stays so until its text has a higher "
               "version.\nA thousand members go into the store at a time.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
