/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/keys.h"
#include "cli/trust.h"
#include "cli/verbs.h"

#define SPARE "spare"
#define HUB   "hub"

#define SIGNERS_MAX 8

struct making {
    const struct call *call;
    const char *folder;
    kassa_TrustRoot root;
    kassa_Signed sealed;
    struct vault_key_pair signers[SIGNERS_MAX];
    size_t signer_count;
};

static void wipe(struct making *making)
{
    vault_wipe(making->signers, sizeof(making->signers));
}

static enum exit_code make_key(struct making *making, const char *name, struct vault_key_pair *out)
{
    char prefix[TRUST_PATH_MAX];
    enum exit_code code = trust_join(making->call, making->folder, name, prefix);
    return code == EXIT_DONE ? keys_create(making->call, prefix, /* is_locked= */ false, out) : code;
}

static enum exit_code grant(struct making *making, kassa_TrustRole role, const char *name,
                            const struct vault_key_pair *pair)
{
    enum err error = root_grant(&making->root, role, name, pair->public_key);
    return error == ERR_OK
               ? EXIT_DONE
               : call_fail(making->call, error, name, "a name has 1 to 32 bytes and is given once");
}

static enum exit_code make_signer(struct making *making, const char *name)
{
    if (making->signer_count == SIGNERS_MAX)
        return call_refuse(making->call, "", "there are more than %d signers", SIGNERS_MAX);
    if (strcmp(name, SPARE) == 0 || strcmp(name, HUB) == 0 || strchr(name, '/') != NULL)
        return call_refuse(making->call, "a person's name, such as anna", "no signer can be called %s", name);
    struct vault_key_pair *pair = &making->signers[making->signer_count++];
    enum exit_code code = make_key(making, name, pair);
    if (code == EXIT_DONE)
        code = grant(making, kassa_TrustRole_TRUST_ROOT, name, pair);
    if (code == EXIT_DONE)
        code = grant(making, kassa_TrustRole_TRUST_RULES, name, pair);
    return code == EXIT_DONE ? grant(making, kassa_TrustRole_TRUST_COUPONS, name, pair) : code;
}

/* A key that is kept away: with it, one lost or stolen key of two can be replaced. */
static enum exit_code make_others(struct making *making)
{
    struct vault_key_pair pair;
    enum exit_code code = make_key(making, SPARE, &pair);
    if (code == EXIT_DONE)
        code = grant(making, kassa_TrustRole_TRUST_ROOT, SPARE, &pair);
    if (code == EXIT_DONE)
        code = make_key(making, HUB, &pair);
    if (code == EXIT_DONE)
        code = grant(making, kassa_TrustRole_TRUST_TIMESTAMP, HUB, &pair);
    vault_wipe(&pair, sizeof(pair));
    return code;
}

static enum exit_code make_signers(struct making *making)
{
    const char *name;
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; code == EXIT_DONE && (name = call_value_at(making->call, "signer", i)) != NULL; i++)
        code = make_signer(making, name);
    return code;
}

static enum exit_code sign_all(struct making *making)
{
    enum exit_code code = keys_seal_root(making->call, &making->root, &making->sealed);
    for (size_t i = 0; code == EXIT_DONE && i < making->signer_count; i++) {
        enum err error = trust_sign(&making->sealed, WIRE_SIGNED_ROOT, making->signers[i].private_key);
        code = error == ERR_OK ? EXIT_DONE : call_fail(making->call, error, making->folder, "");
    }
    return code;
}

static enum exit_code finish(struct making *making)
{
    char path[TRUST_PATH_MAX];
    FILE *out = making->call->out;
    /* A root of two wants both: with the spare key it is two of three. */
    root_set_threshold(&making->root, kassa_TrustRole_TRUST_ROOT, making->signer_count > 1 ? 2 : 1);
    root_set_threshold(&making->root, kassa_TrustRole_TRUST_RULES, 0);
    enum exit_code code = sign_all(making);
    if (code == EXIT_DONE)
        code = trust_join(making->call, making->folder, "root.kassa", path);
    if (code == EXIT_DONE)
        code = keys_write_root(making->call, path, &making->sealed);
    if (code != EXIT_DONE)
        return code;
    keys_print_root(out, &making->root);
    fputs(path, out);
    fputs(": give it to each till (book.root_file) and to the hub (kassa key publish)\n"
          "hub.private: the hub alone (trust.timestamp_key_file)\n"
          "spare.private: into a safe; it replaces a lost key, together with one signer's\n",
          out);
    if (making->signer_count == 1)
        fputs("One signer alone publishes books: with a second --signer nobody can do that alone.\n", out);
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    struct making making CLEANUP(wipe) = {
        .call = call, .folder = call_value(call, "output"), .sealed = kassa_Signed_init_zero};
    struct root_terms terms;
    char path[TRUST_PATH_MAX];
    enum exit_code code = keys_take_terms(call, call_value(call, "tenant"), &terms);
    if (code != EXIT_DONE)
        return code;
    enum err error = root_begin(&terms, &making.root);
    if (error != ERR_OK)
        return call_fail(call, error, terms.tenant,
                         "a tenant is 3 to 32 of a-z, 0-9 and -, as in the tills' till.tenant");
    code = trust_make_folder(call, making.folder);
    if (code == EXIT_DONE)
        code = trust_join(call, making.folder, "root.kassa", path);
    if (code == EXIT_DONE)
        code = make_signers(&making);
    if (code == EXIT_DONE)
        code = make_others(&making);
    return code == EXIT_DONE ? finish(&making) : code;
}

static const struct call_option options[] = {
    {.name = "tenant",
     .value = "NAME",
     .help = "the chain, as in the tills' till.tenant",
     .is_required = true},
    {.name = "signer",
     .value = "NAME",
     .help = "a person who signs books and roots (again for more: two is right)",
     .is_required = true,
     .is_repeatable = true},
    {.name = "years", .value = "N", .help = "how long the root lasts, 1 to 20 (5)"},
    {.name = "output",
     .letter = 'o',
     .value = "DIR",
     .help = "folder of the root and the keys; made if it is missing",
     .is_required = true},
};
const struct verb verb_key_init = {
    .noun = "key",
    .name = "init",
    .operands = "",
    .summary = "Make a root of trust and all its keys in one go",
    .details = "The short path: a pair of keys for each signer, a spare one, "
               "the hub's, and the root that names them, signed.\n"
               "Then hand the private files out: nobody keeps two. They are not under a "
               "passphrase. Where each "
               "signer makes his own key (kassa key create),\n"
               "the root is drawn up with kassa key draft instead.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
