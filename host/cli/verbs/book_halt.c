/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/verbs.h"
#include "crm/crm.h"
#include "platform/linux/linux_clock.h"

#define REASON_MAX 80

static enum exit_code halt(const struct call *call, const char *reason, crm_Rollout *out)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    const struct clock clock = linux_clock();
    enum exit_code code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = crm_rollout_halt(&txn, reason, clock.ops->wall_unix_ms(clock.self));
    if (error == ERR_OK)
        error = crm_rollout_get(&txn, out);
    if (error == ERR_OK)
        error = store_commit(&txn);
    return error == ERR_OK
               ? EXIT_DONE
               : call_fail(call, error, "the rollout",
                           error == ERR_STATE ? "it is halted or rolled back already: kassa book status"
                                              : "");
}

static enum exit_code run(const struct call *call)
{
    const char *reason = call_value(call, "reason");
    crm_Rollout rollout;
    if (reason != NULL && strlen(reason) > REASON_MAX)
        return call_refuse(call, "at most 80 bytes", "--reason is too long");
    enum exit_code code = halt(call, reason != NULL ? reason : "by hand", &rollout);
    if (code == EXIT_DONE)
        fprintf(call->out,
                "book version %llu is halted: no further till takes it, those that have it keep it\n",
                (unsigned long long)rollout.version);
    return code;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "reason", .value = "TEXT", .help = "why, for kassa book status"},
};
const struct verb verb_book_halt = {
    .noun = "book",
    .name = "halt",
    .operands = "",
    .summary = "Stop the rollout of the newest book where it stands",
    .details = "kassa book rollout PERCENT --again goes on; kassa book rollback takes it back.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
