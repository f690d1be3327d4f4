/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/rollout.h"
#include "cli/verbs.h"
#include "office/publishing.h"

static const char *hint_of(enum err error)
{
    if (error == ERR_STATE)
        return "it was rolled back: publish a book with a higher version";
    if (error == ERR_RANGE)
        return "a share only grows; kassa book rollback takes the book back";
    return error == ERR_NOT_FOUND ? "kassa book publish" : "";
}

static enum exit_code widen(const struct call *call, const struct crm_rollout_plan *plan,
                            uint64_t *out_version)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    crm_Rollout rollout;
    enum exit_code code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = crm_rollout_get(&txn, &rollout);
    if (error == ERR_OK && rollout.state == crm_RolloutState_ROLLOUT_HALTED && !call_has(call, "again"))
        return call_refuse(call, "kassa book status says why; with --again it goes on",
                           "the rollout of book %llu is halted", (unsigned long long)rollout.version);
    if (error == ERR_OK)
        error = publish_widen(&txn, plan);
    if (error == ERR_OK)
        error = store_commit(&txn);
    if (error != ERR_OK)
        return call_fail(call, error, "the rollout", hint_of(error));
    *out_version = rollout.version;
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    struct rollout_words words;
    uint64_t version = 0;
    enum exit_code code = rollout_read_plan(call, call->operands[0], &words);
    if (code == EXIT_DONE)
        code = widen(call, &words.plan, &version);
    if (code != EXIT_DONE)
        return code;
    fprintf(call->out, "book version %llu is", (unsigned long long)version);
    rollout_print_plan(call->out, &words.plan);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    ROLLOUT_OPTIONS,
    {.name = "again", .help = "go on after a halt"},
};
const struct verb verb_book_rollout = {
    .noun = "book",
    .name = "rollout",
    .operands = "PERCENT",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Give the newest book to a larger share of the tills",
    .details = "1, then 10, then 100, each when kassa book status shows that it is well; or\n"
               "--steps 10,100 --every 24 and the hub does it. Tills that have it are among\n"
               "those of each larger share.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
