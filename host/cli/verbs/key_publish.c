/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/keys.h"
#include "cli/verbs.h"
#include "office/publishing.h"
#include "platform/linux/linux_clock.h"

static const char *const hints[TRUST_REASON_COUNT] = {
    [TRUST_UNSIGNED] =
        "it must be signed by enough root keys of its own and of the root that stands: kassa key sign",
    [TRUST_ROLLBACK] =
        "another root stands already: kassa key list; draw up the one that follows it with kassa key "
        "rotate",
    [TRUST_CONFLICT] =
        "another root stands already: kassa key list; draw up the one that follows it with kassa key "
        "rotate",
    [TRUST_ROOT_GAP] = "publish the roots between it and the one that stands first",
    [TRUST_UNLISTED] =
        "nobody may sign timestamps, and so no till would take a book: --timestamp hub=hub.public",
    [TRUST_TENANT] = "it is another chain's",
};

static const char *hint_of(enum trust_reason reason)
{
    return hints[reason] != NULL ? hints[reason] : "";
}

static enum exit_code publish(const struct call *call, const struct keys_root *file)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    const struct clock clock = linux_clock();
    enum trust_reason reason = TRUST_GOOD;
    bool is_book_unsigned = false;
    enum exit_code code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error =
        publish_root(&txn, &file->sealed, clock.ops->wall_unix_ms(clock.self), &reason, &is_book_unsigned);
    if (error == ERR_OK && reason == TRUST_GOOD)
        error = store_commit(&txn);
    if (error != ERR_OK)
        return call_fail(call, error, "the store", "");
    if (reason != TRUST_GOOD) {
        (void)call_refuse(call, hint_of(reason), "%s: no till would take it: %s", call->operands[0],
                          trust_reason_sentence(reason));
        return EXIT_FINDING;
    }
    fprintf(call->out, "root %llu of %s is published\n", (unsigned long long)file->body.version,
            file->body.tenant);
    if (is_book_unsigned)
        fputs("The book in force has too few signatures of this root's keys: tills that have it keep it, new "
              "ones would\n"
              "refuse it. Sign it anew under a higher version, and publish that.\n",
              call->out);
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    struct keys_root file;
    enum exit_code code = keys_load_root(call, call->operands[0], &file);
    return code == EXIT_DONE ? publish(call, &file) : code;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
};
const struct verb verb_key_publish = {.noun = "key",
                                      .name = "publish",
                                      .operands = "ROOT",
                                      .operand_min = 1,
                                      .operand_max = 1,
                                      .summary = "Give a signed root to the hub, which tells all tills",
                                      .details = "The first one also goes to each till as a file "
                                                 "(book.root_file): that is what it believes at first. Each\n"
                                                 "later one must follow the one that stands, by one.",
                                      .options = options,
                                      .option_count = COUNT_OF(options),
                                      .run = run};
