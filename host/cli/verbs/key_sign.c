/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"
#include "cli/load.h"
#include "cli/verbs.h"

static enum exit_code check_signer(const struct call *call, const kassa_TrustRoot *root,
                                   const uint8_t private_key[VAULT_PRIVATE_SIZE])
{
    uint8_t public_key[VAULT_PUBLIC_SIZE], id[VAULT_KEY_ID_SIZE];
    enum err error = vault_public_key_of(private_key, public_key);
    if (error == ERR_OK)
        error = vault_key_id(public_key, id);
    if (error != ERR_OK)
        return call_fail(call, error, call_value(call, "key"), "it is no private key of the curve P-256");
    if (trust_key_of(root, id) == NULL && !call_has(call, "before"))
        return call_refuse(call, "a key of the root before it signs with --before",
                           "%s is no key of this root", call_value(call, "key"));
    return EXIT_DONE;
}

static enum exit_code print(const struct call *call, const struct keys_root *file)
{
    struct trust_root before;
    keys_print_root(call->out, &file->body);
    keys_print_signers(call->out, &file->body, kassa_TrustRole_TRUST_ROOT, WIRE_SIGNED_ROOT, &file->sealed);
    if (!call_has(call, "before"))
        return EXIT_DONE;
    enum exit_code code = keys_load_good_root(call, call_value(call, "before"), &before);
    if (code != EXIT_DONE)
        return code;
    fprintf(call->out, "of root %llu: ", (unsigned long long)before.body.version);
    keys_print_signers(call->out, &before.body, kassa_TrustRole_TRUST_ROOT, WIRE_SIGNED_ROOT, &file->sealed);
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    const char *path = call->operands[0];
    const char *target = call_value(call, "output");
    struct keys_root file;
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    enum exit_code code = keys_load_root(call, path, &file);
    if (code == EXIT_DONE)
        code = load_private_key(call, call_value(call, "key"), private_key);
    if (code == EXIT_DONE)
        code = check_signer(call, &file.body, private_key);
    if (code != EXIT_DONE)
        return code;
    enum err error = trust_sign(&file.sealed, WIRE_SIGNED_ROOT, private_key);
    vault_wipe(private_key, sizeof(private_key));
    if (error != ERR_OK)
        return call_fail(call, error, path, "a root takes 16 signatures");
    code = keys_write_root(call, target != NULL ? target : path, &file.sealed);
    return code == EXIT_DONE ? print(call, &file) : code;
}

static const struct call_option options[] = {
    {.name = "key", .letter = 'k', .value = "FILE", .help = "your private key", .is_required = true},
    {.name = "before", .value = "ROOT", .help = "the root that stands, where this one follows it"},
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "where it goes (left out: into the same file)"},
};
const struct verb verb_key_sign = {
    .noun = "key",
    .name = "sign",
    .operands = "ROOT",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Add your signature to a root, and show what you signed",
    .details = "Look at it first (kassa key show): a root says who may publish books from now on.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
