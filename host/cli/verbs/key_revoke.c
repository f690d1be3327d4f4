/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"
#include "cli/verbs.h"

static enum exit_code run(const struct call *call)
{
    struct trust_root before;
    kassa_TrustRoot root;
    kassa_Signed sealed = kassa_Signed_init_zero;
    struct root_terms terms;
    enum exit_code code = keys_load_good_root(call, call->operands[0], &before);
    if (code == EXIT_DONE)
        code = keys_take_terms(call, before.body.tenant, &terms);
    if (code != EXIT_DONE)
        return code;
    root_follow(&before.body, &terms, &root);
    for (size_t i = 1; i < call->operand_count; i++) {
        enum err error = root_remove(&root, call->operands[i]);
        if (error != ERR_OK)
            return call_fail(call, error, call->operands[i],
                             "the root has no key of that name or id: kassa key show");
    }
    code = keys_seal_root(call, &root, &sealed);
    if (code == EXIT_DONE)
        code = keys_write_root(call, call_value(call, "output"), &sealed);
    if (code == EXIT_DONE)
        keys_print_root(call->out, &root);
    return code;
}

static const struct call_option options[] = {
    {.name = "years", .value = "N", .help = "how long the new root lasts, 1 to 20 (5)"},
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "where the new root goes",
     .is_required = true},
};
const struct verb verb_key_revoke = {
    .noun = "key",
    .name = "revoke",
    .operands = "ROOT NAME...",
    .operand_min = 2,
    .operand_max = 16,
    .summary = "Draw up the root that follows one, without a key that was lost or stolen",
    .details = "Sign it with the keys that are left (kassa key sign), then kassa key publish: each till "
               "takes it at once, or\n"
               "when it is back, and nothing that the key signed counts any more. Where too few persons are "
               "left to sign,\n"
               "kassa key rotate also brings a new one in.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
