/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"
#include "cli/verbs.h"

static enum exit_code run(const struct call *call)
{
    struct vault_key_pair pair;
    enum exit_code code = keys_create(call, call_value(call, "output"), call_has(call, "lock"), &pair);
    vault_wipe(&pair, sizeof(pair));
    return code;
}

static const struct call_option options[] = {
    {.name = "output",
     .letter = 'o',
     .value = "PREFIX",
     .help = "PREFIX.private and PREFIX.public are written",
     .is_required = true},
    {.name = "lock", .help = "under a passphrase, which signing then asks for"},
};
const struct verb verb_key_create = {
    .noun = "key",
    .name = "create",
    .operands = "",
    .summary = "Make a pair of keys to sign with (ECDSA P-256)",
    .details = "Each person makes his own where he signs. The private file "
               "never leaves that machine; the public one goes\n"
               "to who draws up the root (kassa key draft). A passphrase is "
               "asked for at the terminal, or read from the first\n"
               "line of the file that KASSA_PASSPHRASE_FILE names; it has 8 bytes at least. The "
               "hub's key is not locked: nobody is there to type.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
