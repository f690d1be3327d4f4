/* SPDX-License-Identifier: Apache-2.0 */
/* journal export and journal snapshot: the same file, in two places. */
#include <inttypes.h>

#include "cli/screen.h"
#include "cli/till_journal.h"
#include "cli/verbs.h"
#include "platform/linux/linux_clock.h"
#include "snapshot/snapshot.h"
#include "vault/vault.h"

static enum exit_code tell(const struct call *call, const char *path, const struct archive_summary *summary)
{
    if (!call_has(call, "json")) {
        fprintf(call->out, "%s: %" PRIu64 " records, the last is %" PRIu64 " of generation %u\n", path,
                summary->record_count, summary->last_seq, summary->generation);
        return EXIT_DONE;
    }
    json_t *json =
        json_pack("{s:s, s:I, s:I, s:I, s:I}", "file", path, "records", (json_int_t)summary->record_count,
                  "generation", (json_int_t)summary->generation, "last_seq", (json_int_t)summary->last_seq,
                  "made_unix_ms", (json_int_t)summary->unix_ms);
    enum err error = screen_json(call->out, json);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

static enum exit_code write_archive(const struct call *call, const struct till_journal *journal,
                                    const char *path)
{
    struct archive_summary summary;
    struct clock clock = linux_clock();
    enum err error = vault_open();
    if (error == ERR_OK)
        error = snapshot_write(lmdb_storage_as_storage(journal->storage), &journal->others, path,
                               clock.ops->wall_unix_ms(clock.self), &summary);
    if (error == ERR_CORRUPT)
        return call_fail(call, error, call->operands[0],
                         "kassa journal verify says where; the agent mends it when it starts");
    if (error != ERR_OK)
        return call_fail(call, error, path, "");
    return tell(call, path, &summary);
}

static enum exit_code run_export(const struct call *call)
{
    struct till_journal journal = {0};
    enum exit_code code = till_journal_open_all(call, call->operands[0], &journal);
    if (code == EXIT_DONE)
        code = write_archive(call, &journal, call_value(call, "output"));
    lmdb_storage_close(journal.storage);
    return code;
}

static enum exit_code run_snapshot(const struct call *call)
{
    struct till_journal journal = {0};
    char path[sizeof(journal.path) + sizeof(".snapshot")];
    enum exit_code code = till_journal_open_all(call, call->operands[0], &journal);
    (void)snprintf(path, sizeof(path), "%s.snapshot", journal.path);
    if (code == EXIT_DONE)
        code = write_archive(call, &journal, path);
    lmdb_storage_close(journal.storage);
    return code;
}

static const struct call_option export_options[] = {
    {.name = "output", .letter = 'o', .value = "FILE", .help = "where to write it", .is_required = true},
    {.name = "json", .help = "one JSON object"}};
const struct verb verb_journal_export = {
    .noun = "journal",
    .name = "export",
    .operands = "DIR",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Write a till's journal into a file that any machine reads",
    .details =
        "DIR is the journal's folder, or the till's data folder; the agent may be running. The file holds "
        "all records with their keys and the chain, and a hash of it all; it is read back and verified "
        "before it takes the place of an older one. kassa journal import makes a journal of it again.",
    .options = export_options,
    .option_count = COUNT_OF(export_options),
    .run = run_export};

static const struct call_option snapshot_options[] = {{.name = "json", .help = "one JSON object"}};
const struct verb verb_journal_snapshot = {
    .noun = "journal",
    .name = "snapshot",
    .operands = "DIR",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Make the second generation of a till's journal anew",
    .details =
        "DIR is the journal's folder, or the till's data folder; the agent may be running. Writes "
        "journal.snapshot beside the journal, as the agent does each day; when the journal is damaged or "
        "gone the agent goes on from it.",
    .options = snapshot_options,
    .option_count = COUNT_OF(snapshot_options),
    .run = run_snapshot};
