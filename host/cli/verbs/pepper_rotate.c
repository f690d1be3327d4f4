/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"
#include "cli/verbs.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file.h"

static enum err add_newest(struct vault_peppers *peppers)
{
    uint8_t bytes[VAULT_PEPPER_SIZE];
    const struct random random = linux_random();
    unsigned version = peppers->count == 0 ? 1 : peppers->rows[0].version + 1u;
    if (version > UINT8_MAX)
        return ERR_RANGE;
    TRY(random.fill(random.self, bytes, sizeof(bytes)));
    enum err error = vault_pepper_add(peppers, (uint8_t)version, bytes);
    vault_wipe(bytes, sizeof(bytes));
    return error;
}

static enum exit_code run(const struct call *call)
{
    struct vault_peppers peppers CLEANUP(vault_peppers_wipe) = {.count = 0};
    char text[VAULT_PEPPERS_TEXT_MAX];
    const char *path = call->operands[0];
    enum exit_code code = call_has(call, "new") ? EXIT_DONE : load_peppers(call, path, &peppers);
    if (code != EXIT_DONE)
        return code;
    struct load_file there CLEANUP(load_file_done) = {0};
    if (call_has(call, "new") && load_file(path, VAULT_PEPPERS_TEXT_MAX, &there) != ERR_NOT_FOUND)
        return call_fail(call, ERR_EXISTS, path,
                         "without a chain's pepper its members' cards and names are lost");
    enum err error = add_newest(&peppers);
    if (error == ERR_OK) {
        vault_peppers_write(&peppers, text);
        error = linux_file_replace(path, span_of_text(text), 0600);
        vault_wipe(text, sizeof(text));
    }
    if (error != ERR_OK)
        return call_fail(call, error, path,
                         error == ERR_TOO_LONG ? "retire one first: kassa pepper retire" : "");
    fprintf(
        call->out,
        "%s: version %u is the newest of %zu. Bring the file to every till and start its agent anew; cards "
        "get new tokens as they are shown\n",
        path, (unsigned)peppers.rows[0].version, peppers.count);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "new", .help = "begin a chain's file; it must not be there"},
};
const struct verb verb_pepper_rotate = {.noun = "pepper",
                                        .name = "rotate",
                                        .operands = "FILE",
                                        .operand_min = 1,
                                        .operand_max = 1,
                                        .summary = "Add a new version to the chain's pepper",
                                        .details = "Tills that know both versions find a card by either. "
                                                   "Once all tills have the new one, the old is retired: "
                                                   "kassa pepper retire.",
                                        .options = options,
                                        .option_count = COUNT_OF(options),
                                        .run = run};
