/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"
#include "cli/verbs.h"

static enum exit_code run(const struct call *call)
{
    kassa_TrustRoot root;
    kassa_Signed sealed = kassa_Signed_init_zero;
    struct root_terms terms;
    enum exit_code code = keys_take_terms(call, call_value(call, "tenant"), &terms);
    if (code != EXIT_DONE)
        return code;
    enum err error = root_begin(&terms, &root);
    if (error != ERR_OK)
        return call_fail(call, error, terms.tenant,
                         "a tenant is 3 to 32 of a-z, 0-9 and -, as in the tills' till.tenant");
    code = keys_take_grants(call, &root);
    if (code == EXIT_DONE)
        code = keys_seal_root(call, &root, &sealed);
    if (code == EXIT_DONE)
        code = keys_write_root(call, call_value(call, "output"), &sealed);
    if (code != EXIT_DONE)
        return code;
    keys_print_root(call->out, &root);
    keys_print_signers(call->out, &root, kassa_TrustRole_TRUST_ROOT, WIRE_SIGNED_ROOT, &sealed);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "tenant",
     .value = "NAME",
     .help = "the chain, as in the tills' till.tenant",
     .is_required = true},
    KEYS_GRANT_OPTIONS,
    {.name = "output", .letter = 'o', .value = "FILE", .help = "where the root goes", .is_required = true},
};
const struct verb verb_key_draft = {
    .noun = "key",
    .name = "draft",
    .operands = "",
    .summary = "Draw up a root of trust from public keys",
    .details = "The file then goes from desk to desk, and each of its root keys' holders adds a signature "
               "(kassa key sign).\n"
               "NAME is the person's; a second key of anna is anna/phone, and both together count once.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
