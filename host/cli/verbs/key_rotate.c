/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"
#include "cli/verbs.h"

static enum exit_code remove_keys(const struct call *call, kassa_TrustRoot *root)
{
    const char *name;
    for (size_t i = 0; (name = call_value_at(call, "remove", i)) != NULL; i++) {
        enum err error = root_remove(root, name);
        if (error != ERR_OK)
            return call_fail(call, error, name, "the root has no key of that name or id: kassa key show");
    }
    return EXIT_DONE;
}

static enum exit_code take_base(const struct call *call, kassa_TrustRoot *root)
{
    uint64_t base = root->book_version_base;
    enum exit_code code = call_number(call, "books-from", &base);
    root->book_version_base = base;
    return code;
}

static enum exit_code draw_up(const struct call *call, const kassa_TrustRoot *before, kassa_TrustRoot *out)
{
    struct root_terms terms;
    enum exit_code code = keys_take_terms(call, before->tenant, &terms);
    if (code != EXIT_DONE)
        return code;
    root_follow(before, &terms, out);
    code = remove_keys(call, out);
    if (code == EXIT_DONE)
        code = take_base(call, out);
    return code == EXIT_DONE ? keys_take_grants(call, out) : code;
}

static enum exit_code run(const struct call *call)
{
    struct trust_root before;
    kassa_TrustRoot root;
    kassa_Signed sealed = kassa_Signed_init_zero;
    enum exit_code code = keys_load_good_root(call, call->operands[0], &before);
    if (code == EXIT_DONE)
        code = draw_up(call, &before.body, &root);
    if (code == EXIT_DONE)
        code = keys_seal_root(call, &root, &sealed);
    if (code == EXIT_DONE)
        code = keys_write_root(call, call_value(call, "output"), &sealed);
    if (code != EXIT_DONE)
        return code;
    keys_print_root(call->out, &root);
    fprintf(call->out,
            "wanted: %u signatures of root %llu and %u of this one; one that is in both counts for both\n",
            trust_grant_of(&before.body, kassa_TrustRole_TRUST_ROOT)->threshold,
            (unsigned long long)before.body.version,
            trust_grant_of(&root, kassa_TrustRole_TRUST_ROOT)->threshold);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "remove",
     .value = "NAME",
     .help = "a key that is in it no more: its name or id (again for more)",
     .is_repeatable = true},
    KEYS_GRANT_OPTIONS,
    {.name = "books-from",
     .value = "N",
     .help = "count books from this version on (where a stolen key drove it up)"},
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "where the new root goes",
     .is_required = true},
};
const struct verb verb_key_rotate = {.noun = "key",
                                     .name = "rotate",
                                     .operands = "ROOT",
                                     .operand_min = 1,
                                     .operand_max = 1,
                                     .summary = "Draw up the root that follows one: keys in, keys out",
                                     .details =
                                         "A key is renewed with --remove anna --rules anna=new.public. The "
                                         "new root is signed with enough root keys of\n"
                                         "the old one and enough of its own (kassa key sign), then kassa key "
                                         "publish. A book that was signed with\n"
                                         "a key that is gone must be signed anew, under a higher version. "
                                         "Where the hub's key is replaced, tills\n"
                                         "and hub forget all timestamps: so the time of a clock that once "
                                         "stood years ahead is undone.",
                                     .options = options,
                                     .option_count = COUNT_OF(options),
                                     .run = run};
