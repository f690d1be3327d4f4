/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/record_json.h"

static const char *hint_of(enum err error)
{
    if (error == ERR_SIGNATURE)
        return "signed with another key, or its manifest was changed: no till will take it";
    return error == ERR_CHECKSUM ? "the book was changed after it was signed: no till will take it" : "";
}

static enum exit_code run(const struct call *call)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct signed_book parts;
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    const char *path = call->operands[0];
    enum exit_code code = load_public_key(call, call_value(call, "key"), public_key);
    if (code != EXIT_DONE)
        return code;
    enum err error = load_file(path, BOOK_SIZE_MAX + SIGNED_BOOK_OVERHEAD_MAX, &file);
    if (error == ERR_OK)
        error = signed_book_read(load_span(&file), &parts);
    if (error != ERR_OK)
        return call_fail(call, error, path, error == ERR_NOT_FOUND ? "" : "it is no signed book");
    error = signed_book_verify(&parts, public_key);
    if (error != ERR_OK)
        return call_fail(call, error, path, hint_of(error));
    if (call_has(call, "json"))
        return screen_json(call->out, record_json_of_message(kassa_BookManifest_fields, &parts.manifest,
                                                             RECORD_JSON_LEAVE_OUT)) == ERR_OK
                   ? EXIT_DONE
                   : call_fail(call, ERR_MEMORY, path, "");
    screen_text(call->out, path);
    fprintf(call->out, ": book version %llu, %u bytes, signature good\n",
            (unsigned long long)parts.manifest.version, parts.manifest.size);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "key",
     .letter = 'k',
     .value = "FILE",
     .help = "the public key (or the private one)",
     .is_required = true},
    {.name = "json", .help = "the manifest as JSON"},
};
const struct verb verb_book_verify = {.noun = "book",
                                      .name = "verify",
                                      .operands = "SIGNED",
                                      .operand_min = 1,
                                      .operand_max = 1,
                                      .summary = "Verify a signed book as a till does",
                                      .options = options,
                                      .option_count = COUNT_OF(options),
                                      .run = run};
