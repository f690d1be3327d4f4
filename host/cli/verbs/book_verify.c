/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/record_json.h"
#include "platform/linux/linux_clock.h"

static enum exit_code print_manifest(const struct call *call, const struct signed_book *parts)
{
    return screen_json(call->out, record_json_of_message(kassa_BookManifest_fields, &parts->manifest,
                                                         RECORD_JSON_LEAVE_OUT)) == ERR_OK
               ? EXIT_DONE
               : call_fail(call, ERR_MEMORY, call->operands[0], "");
}

static void print_head(const struct call *call, const struct signed_book *parts)
{
    screen_text(call->out, call->operands[0]);
    fprintf(call->out, ": book version %llu, %u bytes", (unsigned long long)parts->manifest.version,
            parts->manifest.size);
}

static enum exit_code verify(const struct call *call, const struct signed_book *parts)
{
    struct trust_root root;
    const struct clock clock = linux_clock();
    enum exit_code code = keys_load_good_root(call, call_value(call, "root"), &root);
    if (code != EXIT_DONE)
        return code;
    enum trust_reason reason = signed_book_judge(parts, &root, clock.ops->wall_unix_ms(clock.self));
    if (call_has(call, "json"))
        code = print_manifest(call, parts);
    if (code != EXIT_DONE)
        return code;
    if (!call_has(call, "json")) {
        print_head(call, parts);
        fputs(", ", call->out);
        keys_print_signers(call->out, &root.body, kassa_TrustRole_TRUST_RULES, WIRE_SIGNED_BOOK,
                           &parts->sealed);
    }
    if (reason == TRUST_GOOD)
        return EXIT_DONE;
    (void)call_refuse(call, "", "%s: no till would take it: %s", call->operands[0],
                      trust_reason_sentence(reason));
    return EXIT_FINDING;
}

static enum exit_code run(const struct call *call)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct signed_book parts;
    const char *path = call->operands[0];
    enum err error = load_file(path, BOOK_SIZE_MAX + SIGNED_BOOK_OVERHEAD_MAX, &file);
    if (error == ERR_OK)
        error = signed_book_read(load_span(&file), &parts);
    if (error != ERR_OK)
        return call_fail(call, error, path, error == ERR_NOT_FOUND ? "" : "it is no signed book");
    return verify(call, &parts);
}

static const struct call_option options[] = {
    {.name = "root", .value = "ROOT", .help = "the root whose keys' signatures count", .is_required = true},
    {.name = "json", .help = "the manifest as JSON"},
};
const struct verb verb_book_verify = {
    .noun = "book",
    .name = "verify",
    .operands = "SIGNED",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Verify a signed book as a till does: who signed, how many are missing",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
