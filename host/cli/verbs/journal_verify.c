/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "cli/screen.h"
#include "cli/till_journal.h"
#include "cli/verbs.h"
#include "snapshot/snapshot.h"
#include "vault/vault.h"

/* What each fault means to somebody who has to act on it. */
static const char *meaning_of(enum err reason)
{
    if (reason == ERR_CHECKSUM)
        return "its bytes do not fit their checksum: the disk or somebody changed them";
    if (reason == ERR_GAP)
        return "it is missing";
    return reason == ERR_FORK ? "it does not continue the chain: it or one before it was exchanged"
                              : "its head is not that of a record";
}

static enum err print_json(const struct call *call, const struct journal_report *report)
{
    json_t *json = json_pack("{s:b, s:I}", "whole", report->bad_generation == 0, "records",
                             (json_int_t)report->record_count);
    if (report->bad_generation > 0)
        json_object_set_new(json, "bad",
                            json_pack("{s:I, s:I, s:s, s:s}", "generation",
                                      (json_int_t)report->bad_generation, "seq", (json_int_t)report->bad_seq,
                                      "reason", err_name(report->reason), "meaning",
                                      meaning_of(report->reason)));
    return screen_json(call->out, json);
}

static void print(const struct call *call, const struct journal_report *report)
{
    if (report->bad_generation == 0)
        fprintf(call->out, "whole: %llu records, each checksum and the chain hold\n",
                (unsigned long long)report->record_count);
    else
        fprintf(call->out,
                "damaged: record %llu of generation %u: %s (%s)\n%llu records before it are whole\n",
                (unsigned long long)report->bad_seq, report->bad_generation, meaning_of(report->reason),
                err_name(report->reason), (unsigned long long)report->record_count);
}

/* An export or a snapshot, or a journal. ERR_OK and ERR_CORRUPT: *out_report tells. */
static enum exit_code verify(const struct call *call, enum err *out_verdict,
                             struct journal_report *out_report)
{
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    struct archive_summary summary;
    struct stat status;
    if (stat(call->operands[0], &status) == 0 && S_ISREG(status.st_mode)) {
        *out_verdict = snapshot_verify(call->operands[0], &summary, out_report);
        return EXIT_DONE;
    }
    enum exit_code code = till_journal_open(call, call->operands[0], &storage);
    if (code == EXIT_DONE)
        *out_verdict = journal_verify(lmdb_storage_as_storage(storage), out_report);
    return code;
}

static enum exit_code run(const struct call *call)
{
    struct journal_report report = {0};
    enum err verdict = vault_open();
    if (verdict != ERR_OK)
        return call_fail(call, verdict, "vault", "");
    enum exit_code code = verify(call, &verdict, &report);
    if (code != EXIT_DONE)
        return code;
    if (verdict != ERR_OK && (verdict != ERR_CORRUPT || report.bad_generation == 0))
        return call_fail(call, verdict, call->operands[0],
                         "neither a journal that can be walked nor a whole export of one");
    if (call_has(call, "json")) {
        enum err error = print_json(call, &report);
        if (error != ERR_OK)
            return call_fail(call, error, call->operands[0], "");
    } else {
        print(call, &report);
    }
    return verdict == ERR_OK ? EXIT_DONE : EXIT_FINDING;
}

static const struct call_option options[] = {{.name = "json", .help = "one JSON object"}};
const struct verb verb_journal_verify = {
    .noun = "journal",
    .name = "verify",
    .operands = "DIR|FILE",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Verify each record, its checksum and the chain of a till's journal",
    .details =
        "DIR is the journal's folder, or the till's data folder; FILE an export or a snapshot. Nothing is "
        "changed; the agent may be running.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
