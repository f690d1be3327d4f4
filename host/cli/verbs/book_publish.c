/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/load.h"
#include "cli/verbs.h"
#include "crm/crm.h"
#include "office/programme.h"

static const char *hint_of(enum err error)
{
    if (error == ERR_VERSION)
        return "a book of this version or a higher one is published already: raise \"version\" and sign it "
               "anew";
    if (error == ERR_SIGNATURE)
        return "signed with another key, or its manifest was changed";
    return error == ERR_CHECKSUM ? "the book was changed after it was signed" : "";
}

static enum exit_code read_verified(const struct call *call, struct load_file *file, struct signed_book *out)
{
    const char *path = call->operands[0];
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    bool has_key = call_has(call, "key");
    enum exit_code code = has_key ? load_public_key(call, call_value(call, "key"), public_key) : EXIT_DONE;
    if (code != EXIT_DONE)
        return code;
    enum err error = load_file(path, BOOK_SIZE_MAX + SIGNED_BOOK_OVERHEAD_MAX, file);
    if (error == ERR_OK)
        error = signed_book_read(load_span(file), out);
    if (error != ERR_OK)
        return call_fail(call, error, path, error == ERR_NOT_FOUND ? "" : "sign it first: kassa book sign");
    error = signed_book_verify(out, has_key ? public_key : NULL);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, hint_of(error));
}

static enum exit_code run(const struct call *call)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct signed_book parts = {0};
    enum exit_code code = read_verified(call, &file, &parts);
    if (code == EXIT_DONE)
        code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = programme_publish(&txn, &parts.manifest, parts.book);
    if (error == ERR_OK)
        error = store_commit(&txn);
    if (error == ERR_VERSION)
        code = EXIT_FINDING;
    if (error != ERR_OK) {
        enum exit_code failed = call_fail(call, error, call->operands[0], hint_of(error));
        return code == EXIT_FINDING ? code : failed;
    }
    fprintf(call->out, "book version %llu is published%s\n", (unsigned long long)parts.manifest.version,
            call_has(call, "key") ? "" : " (signature left to the tills: no --key)");
    return EXIT_DONE;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "key", .letter = 'k', .value = "FILE", .help = "the public key: verify the signature first"},
};
const struct verb verb_book_publish = {.noun = "book",
                                       .name = "publish",
                                       .operands = "SIGNED",
                                       .operand_min = 1,
                                       .operand_max = 1,
                                       .summary = "Put a signed book into force for all tills",
                                       .details = "The hub sees it in its store and broadcasts it. Each book "
                                                  "must have a higher version than the\none before.",
                                       .options = options,
                                       .option_count = COUNT_OF(options),
                                       .run = run};
