/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/rollout.h"
#include "cli/verbs.h"
#include "office/publishing.h"

static const char *hint_of(enum err error)
{
    if (error == ERR_STATE)
        return "it is rolled back already: kassa book status";
    return error == ERR_NOT_FOUND ? "there is no book before it: publish one with a higher version" : "";
}

static enum exit_code run(const struct call *call)
{
    static const struct rollout_change roll_back = {publish_roll_back, hint_of};
    crm_Rollout rollout;
    enum exit_code code = rollout_change(call, &roll_back, &rollout);
    if (code == EXIT_DONE)
        fprintf(call->out, "book version %llu is withdrawn: version %llu stands for all tills\n",
                (unsigned long long)rollout.version, (unsigned long long)rollout.previous);
    return code;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    ROLLOUT_REASON_OPTION,
};
const struct verb verb_book_rollback = {
    .noun = "book",
    .name = "rollback",
    .operands = "",
    .summary = "Take the newest book back: the one before it stands for all tills",
    .details = "Tills keep two books: each goes back to the one that it had, in moments or when it is back, "
               "and has\n"
               "the one that stands sent where it lacks it. The version is used up: what comes next has a "
               "higher one.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
