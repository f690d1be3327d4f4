/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/load.h"
#include "cli/verbs.h"
#include "office/pepper_change.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file.h"

static enum err count(struct store store, uint8_t version, struct pepper_use *out)
{
    struct store_txn txn CLEANUP(store_abort) = {0};
    TRY(store_begin(store, STORE_READ, &txn));
    return pepper_change_count(&txn, version, out);
}

static enum err retire(struct store store, const struct vault_peppers *peppers,
                       struct pepper_retiring *retiring)
{
    while (!retiring->is_done) {
        struct store_txn txn CLEANUP(store_abort) = {0};
        TRY(store_begin(store, STORE_WRITE, &txn));
        TRY(pepper_change_retire(&txn, peppers, linux_random(), retiring));
        TRY(store_commit(&txn));
    }
    return ERR_OK;
}

/* Without the version; the others as they are. */
static enum err write_without(const char *path, const struct vault_peppers *peppers, uint8_t version)
{
    struct vault_peppers left CLEANUP(vault_peppers_wipe) = {.count = 0};
    char text[VAULT_PEPPERS_TEXT_MAX];
    for (size_t i = 0; i < peppers->count; i++) {
        if (peppers->rows[i].version != version)
            left.rows[left.count++] = peppers->rows[i];
    }
    vault_peppers_write(&left, text);
    enum err error = linux_file_replace(path, span_of_text(text), 0600);
    vault_wipe(text, sizeof(text));
    return error;
}

static void tell(FILE *out, uint8_t version, const struct pepper_use *use)
{
    fprintf(out,
            "version %u: %llu tokens of cards, %llu of them without a newer one yet; %llu members' keys; "
            "%llu gift "
            "cards with value\n",
            (unsigned)version, (unsigned long long)use->card_count, (unsigned long long)use->stranded_count,
            (unsigned long long)use->key_count, (unsigned long long)use->gift_count);
}

static enum exit_code act(const struct call *call, struct store store, const struct vault_peppers *peppers,
                          uint8_t version)
{
    struct pepper_use use;
    const char *path = call_value(call, "pepper-file");
    enum err error = count(store, version, &use);
    if (error != ERR_OK)
        return call_fail(call, error, "the store", "");
    tell(call->out, version, &use);
    if (call_has(call, "dry-run")) {
        fprintf(call->out, "Each till must have version %u of the pepper before version %u is retired\n",
                (unsigned)peppers->rows[0].version, (unsigned)version);
        return EXIT_DONE;
    }
    if (use.stranded_count + use.gift_count > 0 && !call_has(call, "force"))
        return call_fail(call, ERR_STATE, "pepper",
                         "what has no newer token would never be found again: show it at a till, or kassa "
                         "pepper renew with a list "
                         "of codes; --force retires it all the same");
    struct pepper_retiring retiring = {.version = version};
    error = retire(store, peppers, &retiring);
    error = error == ERR_OK ? write_without(path, peppers, version) : error;
    if (error != ERR_OK)
        return call_fail(call, error, "the pepper", "the same call goes on where it stopped");
    if (retiring.unreadable_count > 0)
        fprintf(call->err,
                "kassa: %llu keys are damaged, or another chain's: version %u does not open them\n",
                (unsigned long long)retiring.unreadable_count, (unsigned)version);
    fprintf(call->out,
            "version %u is retired. A till whose file lacks the newest version knows no "
            "card any more: bring %s to every till, and start its agent anew\n",
            (unsigned)version, path);
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct vault_peppers peppers CLEANUP(vault_peppers_wipe) = {.count = 0};
    uint64_t version = 0;
    enum exit_code code = load_peppers(call, call_value(call, "pepper-file"), &peppers);
    if (code == EXIT_DONE)
        code = call_number(call, "version", &version);
    if (code != EXIT_DONE)
        return code;
    if (version > UINT8_MAX || vault_pepper_find(&peppers, (uint8_t)version) == NULL)
        return call_refuse(call, "", "the file has no such version");
    if (version == peppers.rows[0].version && !call_has(call, "dry-run"))
        return call_refuse(call, "kassa pepper rotate adds a newer one",
                           "the newest version cannot be retired");
    code = desk_open(call, &store);
    return code == EXIT_DONE ? act(call, store, &peppers, (uint8_t)version) : code;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "pepper-file", .value = "FILE", .help = "the chain's pepper", .is_required = true},
    {.name = "version", .value = "N", .help = "which one", .is_required = true},
    {.name = "dry-run", .help = "tell what stands under it and change nothing"},
    {.name = "force", .help = "though cards or gift cards are lost"},
};
const struct verb verb_pepper_retire = {
    .noun = "pepper",
    .name = "retire",
    .operands = "",
    .summary = "Take an old version of the chain's pepper out of use",
    .details = "Members' keys are wrapped under the newest version, "
               "tokens under the old one go, and so does its line of the "
               "file.\nIt is refused while there are cards or gift cards "
               "that only the old version finds: kassa pepper renew.\nFirst bring "
               "the file with the newer version to every till, and start "
               "its agent anew:\na till that lacks it knows no card any "
               "more once the old one is retired.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
