/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/rollout.h"
#include "cli/verbs.h"

static const char *hint_of(enum err error)
{
    return error == ERR_STATE ? "it is halted or rolled back already: kassa book status" : "";
}

static enum exit_code run(const struct call *call)
{
    static const struct rollout_change halt = {crm_rollout_halt, hint_of};
    crm_Rollout rollout;
    enum exit_code code = rollout_change(call, &halt, &rollout);
    if (code == EXIT_DONE)
        fprintf(call->out,
                "book version %llu is halted: no further till takes it, those that have it keep it\n",
                (unsigned long long)rollout.version);
    return code;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    ROLLOUT_REASON_OPTION,
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
