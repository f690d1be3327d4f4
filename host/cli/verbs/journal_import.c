/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "cli/screen.h"
#include "cli/till_journal.h"
#include "cli/verbs.h"
#include "platform/linux/linux_clock.h"
#include "snapshot/snapshot.h"
#include "vault/vault.h"

static enum exit_code tell(const struct call *call, const char *path, const struct journal_rebuilt *rebuilt)
{
    if (!call_has(call, "json")) {
        fprintf(call->out,
                "%s: %" PRIu64 " records; incarnation %016" PRIx64 " (generation %u) sends %" PRIu64
                " of them to the hub; the next receipt is %" PRIu64 "\n",
                path, rebuilt->record_count, rebuilt->incarnation, rebuilt->generation,
                rebuilt->carried_count, rebuilt->next_receipt);
        return EXIT_DONE;
    }
    char incarnation[17];
    snprintf(incarnation, sizeof(incarnation), "%016" PRIx64, rebuilt->incarnation);
    json_t *json =
        json_pack("{s:s, s:I, s:I, s:I, s:s, s:I, s:I}", "journal", path, "records",
                  (json_int_t)rebuilt->record_count, "sent_again", (json_int_t)rebuilt->carried_count,
                  "damaged", (json_int_t)rebuilt->damaged_count, "incarnation", incarnation, "generation",
                  (json_int_t)rebuilt->generation, "next_receipt", (json_int_t)rebuilt->next_receipt);
    enum err error = screen_json(call->out, json);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

/* All of it is looked at before anything is made. */
static enum exit_code check_archive(const struct call *call, const char *file)
{
    struct archive_summary summary;
    struct journal_report report;
    enum err error = snapshot_verify(file, &summary, &report);
    if (error == ERR_OK || (call_has(call, "salvage") && err_fault_of(error) == FAULT_PEER))
        return EXIT_DONE;
    if (error == ERR_CORRUPT && call_has(call, "salvage"))
        return EXIT_DONE;
    return call_fail(call, error, file,
                     err_fault_of(error) == FAULT_PEER || error == ERR_CORRUPT
                         ? "--salvage takes what is whole of it"
                         : "a file of kassa journal export, or a till's journal.snapshot");
}

static const char *hint_of(enum err error)
{
    if (error == ERR_EXISTS)
        return "--replace keeps it aside and puts this one in its place";
    if (error == ERR_BUSY)
        return "end its agent first";
    return error == ERR_CORRUPT ? "not one record in it is whole" : "";
}

static enum exit_code make(const struct call *call, const char *file, const char *path)
{
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    struct clock clock = linux_clock();
    struct snapshot_guard guard = {
        .path = file,
        .random = linux_random(),
        .others = {till_journal_tables + JOURNAL_TABLE_COUNT, JOURNAL_TABLE_COUNT, 1},
        .unix_ms = clock.ops->wall_unix_ms(clock.self)};
    snapshot_guard_init(&guard);
    const struct lmdb_options options = {.path = path,
                                         .tables = till_journal_tables,
                                         .table_count = COUNT_OF(till_journal_tables),
                                         .map_size_bytes = TILL_JOURNAL_MAP_SIZE,
                                         .access = LMDB_EXCLUSIVE,
                                         .absent = call_has(call, "replace") ? LMDB_REPLACE : LMDB_FILL,
                                         .random = linux_random(),
                                         .check = &guard.check,
                                         .rebuild = &guard.rebuild};
    enum err error = lmdb_storage_open(&options, &storage);
    return error == ERR_OK ? tell(call, path, &guard.rebuilt) : call_fail(call, error, path, hint_of(error));
}

static enum exit_code run(const struct call *call)
{
    char path[4096];
    enum err error = vault_open();
    if (error != ERR_OK)
        return call_fail(call, error, "vault", "");
    enum exit_code code = check_archive(call, call->operands[0]);
    if (code == EXIT_DONE && mkdir(call->operands[1], 0700) != 0 && errno != EEXIST)
        return call_fail(call, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, call->operands[1],
                         "make its parent folder first");
    if (code == EXIT_DONE)
        code = till_journal_path(call, call->operands[1], path, sizeof(path));
    return code == EXIT_DONE ? make(call, call->operands[0], path) : code;
}

static const struct call_option options[] = {
    {.name = "replace",
     .help = "keep a journal that is there as journal.bad-N, and put this one in its place"},
    {.name = "salvage", .help = "take what is whole of a file that is damaged or cut short"},
    {.name = "json", .help = "one JSON object"}};
const struct verb verb_journal_import = {
    .noun = "journal",
    .name = "import",
    .operands = "FILE DIR",
    .operand_min = 2,
    .operand_max = 2,
    .summary = "Make a till's journal of an export or a snapshot",
    .details = "DIR is the till's data folder, whose agent does not run. The journal goes on under a new "
               "incarnation and sends what the hub may not have; what the hub has it knows again. Receipt "
               "numbers go on 10,000 above the last in the file: what was sold after it was made is not lost "
               "from sight.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
