/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "cli/keys.h"
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/record_json.h"

static enum exit_code show_key(const struct call *call, const char *path)
{
    uint8_t public_key[VAULT_PUBLIC_SIZE], id[VAULT_KEY_ID_SIZE];
    char text[2 * VAULT_PUBLIC_SIZE + 1];
    enum exit_code code = load_public_key(call, path, public_key);
    if (code != EXIT_DONE)
        return code;
    enum err error = vault_key_id(public_key, id);
    if (error != ERR_OK)
        return call_fail(call, error, path, "");
    hex_write(span_of(id, sizeof(id)), text);
    fprintf(call->out, "key %s\n", text);
    hex_write(span_of(public_key, sizeof(public_key)), text);
    fprintf(call->out, "public %s\n", text);
    return EXIT_DONE;
}

static bool is_root(const char *path)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    return load_file(path, ROOT_FILE_SIZE_MAX, &file) == ERR_OK && file.size > sizeof(ROOT_FILE_MAGIC) - 1 &&
           memcmp(file.bytes, ROOT_FILE_MAGIC, sizeof(ROOT_FILE_MAGIC) - 1) == 0;
}

static enum exit_code show_root(const struct call *call, const char *path)
{
    struct keys_root file;
    enum exit_code code = keys_load_root(call, path, &file);
    if (code != EXIT_DONE)
        return code;
    if (call_has(call, "json"))
        return screen_json(call->out, record_json_of_message(kassa_TrustRoot_fields, &file.body,
                                                             RECORD_JSON_LEAVE_OUT)) == ERR_OK
                   ? EXIT_DONE
                   : call_fail(call, ERR_MEMORY, path, "");
    keys_print_root(call->out, &file.body);
    keys_print_signers(call->out, &file.body, kassa_TrustRole_TRUST_ROOT, WIRE_SIGNED_ROOT, &file.sealed);
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    const char *path = call->operands[0];
    return is_root(path) ? show_root(call, path) : show_key(call, path);
}

static const struct call_option options[] = {
    {.name = "json", .help = "a root as JSON"},
};
const struct verb verb_key_show = {.noun = "key",
                                   .name = "show",
                                   .operands = "FILE",
                                   .operand_min = 1,
                                   .operand_max = 1,
                                   .summary = "Show a key file's public key and id, or what stands in a root",
                                   .options = options,
                                   .option_count = COUNT_OF(options),
                                   .run = run};
