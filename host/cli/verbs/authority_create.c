/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trust.h"
#include "cli/verbs.h"
#include "platform/linux/linux_clock.h"

#define YEARS_DEFAULT 20
#define YEARS_MAX     25

static enum exit_code write_files(const struct call *call, const char *folder, const struct authority *made)
{
    char certificate_path[TRUST_PATH_MAX], key_path[TRUST_PATH_MAX];
    enum exit_code code = trust_make_folder(call, folder);
    if (code == EXIT_DONE)
        code = trust_join(call, folder, TRUST_CERTIFICATE, certificate_path);
    if (code == EXIT_DONE)
        code = trust_join(call, folder, TRUST_KEY, key_path);
    if (code == EXIT_DONE)
        code = trust_write_key(call, key_path, made->private_key);
    if (code == EXIT_DONE)
        code = trust_write(call, certificate_path, VAULT_PEM_CERTIFICATE, span_of(made->der, made->der_size));
    if (code == EXIT_DONE)
        fprintf(
            call->out,
            "%s: give it to tills, hub and broker\n%s: whoever has it can name himself a till; keep it where "
            "you certify, and nowhere else\n",
            certificate_path, key_path);
    return code;
}

static enum exit_code run(const struct call *call)
{
    struct authority made CLEANUP(authority_done) = {.der_size = 0};
    const struct clock clock = linux_clock();
    uint64_t years = YEARS_DEFAULT;
    enum exit_code code = EXIT_DONE;
    if (call_has(call, "years"))
        code = call_number(call, "years", &years);
    if (code != EXIT_DONE)
        return code;
    if (years < 1 || years > YEARS_MAX)
        return call_refuse(call, "1 to 25", "--years is out of range");
    unsigned days = (unsigned)years * 365;
    enum err error = authority_create(call_value(call, "name"), days,
                                      clock.ops->wall_unix_ms(clock.self) / 1000, linux_random(), &made);
    if (error != ERR_OK)
        return call_fail(call, error, call_value(call, "name"), "a name must have 1 to 64 bytes");
    return write_files(call, call_value(call, "output"), &made);
}

static const struct call_option options[] = {
    {.name = "name",
     .value = "TEXT",
     .help = "what it calls itself: \"Example Markets\"",
     .is_required = true},
    {.name = "years", .value = "N", .help = "how long it lasts, 1 to 25 (20)"},
    {.name = "output",
     .letter = 'o',
     .value = "DIR",
     .help = "folder of authority.pem and authority.key; made if it is missing",
     .is_required = true},
};
const struct verb verb_authority_create = {
    .noun = "authority",
    .name = "create",
    .operands = "",
    .summary = "Make an authority that certifies tills, hub and broker",
    .details = "A chain that has an authority of its own leaves this out: it puts a certificate that may "
               "sign others "
               "(P-256) and its key into the folder as authority.pem and authority.key.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
