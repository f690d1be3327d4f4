/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/verbs.h"
#include "office/publishing.h"
#include "platform/linux/linux_clock.h"

#define REASON_MAX 80

static const char *hint_of(enum err error)
{
    if (error == ERR_STATE)
        return "it is rolled back already: kassa book status";
    return error == ERR_NOT_FOUND ? "there is no book before it: publish one with a higher version" : "";
}

static enum exit_code roll_back(const struct call *call, const char *reason, crm_Rollout *out)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    const struct clock clock = linux_clock();
    enum exit_code code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = publish_roll_back(&txn, reason, clock.ops->wall_unix_ms(clock.self));
    if (error == ERR_OK)
        error = crm_rollout_get(&txn, out);
    if (error == ERR_OK)
        error = store_commit(&txn);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the rollout", hint_of(error));
}

static enum exit_code run(const struct call *call)
{
    const char *reason = call_value(call, "reason");
    crm_Rollout rollout;
    if (reason != NULL && strlen(reason) > REASON_MAX)
        return call_refuse(call, "at most 80 bytes", "--reason is too long");
    enum exit_code code = roll_back(call, reason != NULL ? reason : "by hand", &rollout);
    if (code == EXIT_DONE)
        fprintf(call->out, "book version %llu is withdrawn: version %llu stands for all tills\n",
                (unsigned long long)rollout.version, (unsigned long long)rollout.previous);
    return code;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "reason", .value = "TEXT", .help = "why, for kassa book status"},
};
const struct verb verb_book_rollback = {
    .noun = "book",
    .name = "rollback",
    .operands = "",
    .summary = "Take the newest book back: the one before it stands for all tills",
    .details = "Tills keep two books: each goes back to the one that it had, in moments or when it is back. "
               "The version is\n"
               "used up: what comes next has a higher one.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
