/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trust.h"
#include "cli/verbs.h"
#include "platform/tpm/tpm.h"
#include "wire/topic.h"

static enum exit_code run(const struct call *call)
{
    const char *name = call->operands[0], *prefix = call_value(call, "output");
    char key_path[TRUST_PATH_MAX], request_path[TRUST_PATH_MAX];
    uint8_t der[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer request = {der, sizeof(der), 0};
    struct vault_key_pair pair;
    struct tpm tpm = {call_value(call, "tpm")};
    struct sealer sealer = {.seal = NULL};
    if (call_has(call, "tpm"))
        sealer = tpm_as_sealer(&tpm);
    if (!topic_is_till_id(span_of_text(name)))
        return call_refuse(call, "3 to 32 of a-z, 0-9 and -", "%s cannot be the name of a till", name);
    int size = snprintf(request_path, sizeof(request_path), "%s.request", prefix);
    if (size < 0 || (size_t)size >= sizeof(request_path))
        return call_refuse(call, "", "the path is too long");
    (void)snprintf(key_path, sizeof(key_path), "%s.key", prefix);
    enum err error = vault_generate_key_pair(&pair);
    if (error == ERR_OK)
        error = vault_request_make(pair.private_key, name, &request);
    enum exit_code code = error == ERR_OK ? trust_write_kept_key(call, key_path, sealer, pair.private_key)
                                          : call_fail(call, error, name, "");
    vault_wipe(&pair, sizeof(pair));
    if (code == EXIT_DONE)
        code = trust_write(call, request_path, VAULT_PEM_REQUEST, span_of(der, request.size));
    if (code == EXIT_DONE)
        fprintf(call->out,
                "%s: it stays on this machine\n%s: bring it to head office, `kassa authority sign`\n",
                key_path, request_path);
    return code;
}

static const struct call_option options[] = {
    {.name = "output",
     .letter = 'o',
     .value = "PREFIX",
     .help = "PREFIX.key and PREFIX.request are written",
     .is_required = true},
    {.name = "tpm",
     .value = "TCTI",
     .help = "TPM 2.0 that the key is sealed to: device:/dev/tpmrm0; for a till, whose agent opens it"},
};
const struct verb verb_till_request = {.noun = "till",
                                       .name = "request",
                                       .operands = "NAME",
                                       .operand_min = 1,
                                       .operand_max = 1,
                                       .summary =
                                           "Make a key on this till (or hub), and a request to be certified",
                                       .options = options,
                                       .option_count = COUNT_OF(options),
                                       .run = run};
