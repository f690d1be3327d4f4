/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/load.h"
#include "cli/rollout.h"
#include "cli/verbs.h"
#include "office/publishing.h"

static const char *const hints[TRUST_REASON_COUNT] = {
    [TRUST_UNSIGNED] = "kassa book verify says who has signed it and how many are missing",
    [TRUST_ROLLBACK] =
        "a book of this version or a higher one is published already: raise \"version\" and sign it "
        "anew",
    [TRUST_FAST_FORWARD] =
        "a version may be at most 10,000 above the last: lower \"version\" and sign it anew",
    [TRUST_EXPIRED] = "sign it anew with a later --until; if it is the root that is over: kassa key rotate",
    [TRUST_TENANT] = "sign it anew with --tenant as kassa key list has it",
    [TRUST_MIXED] = "the book was changed after it was signed",
};

static const char *hint_of(enum trust_reason reason)
{
    return hints[reason] != NULL ? hints[reason] : "";
}

static enum exit_code read_book(const struct call *call, struct load_file *file, struct signed_book *out)
{
    const char *path = call->operands[0];
    enum err error = load_file(path, BOOK_SIZE_MAX + SIGNED_BOOK_OVERHEAD_MAX, file);
    if (error == ERR_OK)
        error = signed_book_read(load_span(file), out);
    return error == ERR_OK
               ? EXIT_DONE
               : call_fail(call, error, path, error == ERR_NOT_FOUND ? "" : "sign it first: kassa book sign");
}

static enum exit_code refuse(const struct call *call, enum trust_reason reason)
{
    (void)call_refuse(call, hint_of(reason), "%s: no till would take it: %s", call->operands[0],
                      trust_reason_sentence(reason));
    return EXIT_FINDING;
}

static enum exit_code publish(const struct call *call, const struct store_txn *txn,
                              const struct signed_book *parts, const struct crm_rollout_plan *plan)
{
    enum trust_reason reason = TRUST_GOOD;
    enum err error = publish_book(txn, parts, plan, &reason);
    if (error == ERR_NOT_FOUND)
        return call_refuse(call, "kassa key publish gives the hub one (kassa key init makes it)",
                           "the hub has no root of trust: no till would take the book");
    if (error == ERR_STATE)
        return call_refuse(
            call, "kassa book rollout 100, or kassa book halt, or kassa book rollback: kassa book status",
            "the last book is still being rolled out");
    if (error != ERR_OK)
        return call_fail(call, error, call->operands[0], "");
    return reason == TRUST_GOOD ? EXIT_DONE : refuse(call, reason);
}

static enum exit_code run(const struct call *call)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct rollout_words words;
    struct signed_book parts;
    enum exit_code code = read_book(call, &file, &parts);
    if (code == EXIT_DONE)
        code = rollout_read_plan(call, call_value(call, "share"), &words);
    if (code == EXIT_DONE)
        code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code == EXIT_DONE)
        code = publish(call, &txn, &parts, &words.plan);
    if (code != EXIT_DONE)
        return code;
    enum err error = store_commit(&txn);
    if (error != ERR_OK)
        return call_fail(call, error, "the store", "");
    fprintf(call->out, "book version %llu is published", (unsigned long long)parts.manifest.version);
    rollout_print_plan(call->out, &words.plan);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "share", .value = "PERCENT", .help = "of the tills that take it now (100)"},
    ROLLOUT_OPTIONS,
};
const struct verb verb_book_publish = {
    .noun = "book",
    .name = "publish",
    .operands = "SIGNED",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Give a signed book to the tills, all at once or a share first",
    .details =
        "A book that no till would take is refused here, and its version is not used up: too few signatures\n"
        "of the root's keys, expired, another chain's, changed, a version that is not above the last.\n"
        "A share is of the tills by a hash, so that each book begins with others. With --steps 10,100 "
        "--every 24\n"
        "the hub widens it by itself each 24 hours, and it halts it by itself when tills refuse the book or\n"
        "have faults under it (its setting rollout.halt_percent). See: kassa book status.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
