/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/civil.h"
#include "cli/enrol_files.h"
#include "cli/enrol_line.h"
#include "cli/load.h"
#include "cli/trust.h"
#include "cli/verbs.h"
#include "platform/tpm/tpm.h"
#include "vault/seal.h"
#include "wire/message.h"

#define SECONDS_DEFAULT 60
#define SECONDS_MAX     3600
#define DAY_S           86400

struct enrol {
    struct invitation invitation;
    struct invitation_keys keys;
    struct enrol_files files;
    struct tpm tpm;
    kassa_EnrolAnswer answer;
    kassa_EnrolFiles came;
    uint8_t plain[sizeof(((kassa_EnrolAnswer *)NULL)->sealed.bytes)];
};

static void enrol_done(struct enrol **enrol)
{
    if (*enrol != NULL)
        vault_wipe(*enrol, sizeof(**enrol));
    free(*enrol);
}

static enum exit_code read_invitation(const struct call *call, struct enrol *enrol)
{
    const char *path = call->operands[0];
    struct load_file file CLEANUP(load_file_done) = {0};
    unsigned line = 0;
    enum err error = load_file(path, INVITATION_SIZE_MAX, &file);
    if (error != ERR_OK)
        return call_fail(call, error, path, "`kassa till invite` writes one at head office");
    error = invitation_read(load_span(&file), &enrol->invitation, &line);
    vault_wipe(file.bytes, file.size);
    if (error != ERR_OK) {
        char hint[64];
        (void)snprintf(hint, sizeof(hint), "line %u is not what an invitation has there", line);
        return call_fail(call, error, path, hint);
    }
    error = invitation_keys_of(enrol->invitation.token, &enrol->keys);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

/* What the hub says to a request that it does not grant. */
static const struct refusal {
    kassa_EnrolStatus status;
    enum err error;
    const char *sentence;
} refusals[] = {
    {kassa_EnrolStatus_ENROL_REFUSED, ERR_SIGNATURE,
     "the hub does not know this invitation, or took it back: ask head office for another"},
    {kassa_EnrolStatus_ENROL_OVER, ERR_STATE, "the invitation is over: ask head office for another"},
    {kassa_EnrolStatus_ENROL_USED, ERR_CONFLICT,
     "the invitation was used, and not by this till: tell head office, somebody else may be certified in its "
     "name"},
};

static enum exit_code refuse(const struct call *call, kassa_EnrolStatus status)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        if (refusals[i].status == status)
            return call_fail(call, refusals[i].error, call->operands[0], refusals[i].sentence);
    }
    return call_fail(call, ERR_UNSUPPORTED, call->operands[0], "the hub's answer is of a newer kind");
}

static enum exit_code ask(const struct call *call, struct enrol *enrol, struct span request_der)
{
    char ca_file[TRUST_PATH_MAX], where[128];
    uint64_t seconds = SECONDS_DEFAULT;
    bool has_line;
    enum exit_code code = trust_join(call, enrol->files.folder, ENROL_AUTHORITY, ca_file);
    if (code == EXIT_DONE && call_has(call, "seconds"))
        code = call_number(call, "seconds", &seconds);
    if (code == EXIT_DONE && (seconds < 1 || seconds > SECONDS_MAX))
        code = call_refuse(call, "1 to 3600", "--seconds is out of range");
    if (code != EXIT_DONE)
        return code;
    const struct enrol_question question = {&enrol->invitation, &enrol->keys, request_der, ca_file,
                                            (unsigned)seconds};
    enum err error = enrol_line_ask(&question, &enrol->answer, &has_line);
    if (error == ERR_OK)
        return enrol->answer.status == kassa_EnrolStatus_ENROL_GRANTED ? EXIT_DONE
                                                                       : refuse(call, enrol->answer.status);
    (void)snprintf(where, sizeof(where), "%s port %u", enrol->invitation.host,
                   (unsigned)enrol->invitation.port);
    return call_fail(
        call, error, where,
        error == ERR_SIGNATURE ? "the answer is not from the hub that invites: nothing was kept"
        : has_line
            ? "the broker is there, but the hub does not answer: does it enrol tills ([enrol] port)?"
            : "no broker for enrolment is there, or its certificate is not from the invitation's authority");
}

static enum exit_code keep(const struct call *call, struct enrol *enrol)
{
    const kassa_EnrolAnswer *answer = &enrol->answer;
    size_t size;
    enum err error = vault_unseal(enrol->keys.seal, span_of_text(enrol->invitation.till),
                                  span_of(answer->sealed.bytes, answer->sealed.size), enrol->plain,
                                  sizeof(enrol->plain), &size);
    if (error == ERR_OK)
        error = wire_decode(kassa_EnrolFiles_fields, span_of(enrol->plain, size), &enrol->came);
    if (error != ERR_OK)
        return call_fail(call, error, call->operands[0],
                         "what came with the certificate cannot be read: nothing was kept");
    error = enrol_files_finish(&enrol->files, &enrol->came,
                               span_of(answer->certificate.bytes, answer->certificate.size));
    return error == ERR_OK ? EXIT_DONE
                           : call_fail(call, error, enrol->files.path,
                                       "the till is not enrolled: run it again, the token still holds");
}

static void report(const struct call *call, const struct enrol *enrol)
{
    struct vault_certificate certificate;
    char day[11] = "?";
    if (vault_certificate_read(span_of(enrol->answer.certificate.bytes, enrol->answer.certificate.size),
                               &certificate) == ERR_OK)
        civil_format_day((int32_t)(certificate.until_unix_s / DAY_S), day);
    fprintf(call->out, "%s is enrolled, certified until %s\nkassa-agent --config %s/" ENROL_SETTINGS "\n",
            enrol->invitation.till, day, enrol->files.folder);
    if (enrol->files.keeps_settings)
        fprintf(call->out, "its " ENROL_SETTINGS " was kept; what head office gave stands in " ENROL_SETTINGS
                           ".enrolled\n");
}

static enum exit_code enrol_till(const struct call *call, struct enrol *enrol)
{
    char folder[TRUST_PATH_MAX];
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer request = {bytes, sizeof(bytes), 0};
    const char *given = call_value(call, "output");
    enum exit_code code = read_invitation(call, enrol);
    if (code == EXIT_DONE)
        code = trust_make_folder(call, given);
    if (code != EXIT_DONE)
        return code;
    if (realpath(given, folder) == NULL)
        return call_fail(call, ERR_NOT_FOUND, given, "");
    if (call_has(call, "tpm")) {
        enrol->files.tpm = enrol->tpm.tcti = call_value(call, "tpm");
        enrol->files.sealer = tpm_as_sealer(&enrol->tpm);
    }
    enum err error = enrol_files_begin(folder, &enrol->invitation, &enrol->files, &request);
    if (error != ERR_OK)
        return call_fail(call, error, enrol->files.path,
                         error == ERR_EXISTS
                             ? "this till is enrolled: the folder and its files must be its agent's (chown "
                               "-R); to enrol it anew, move its certificate and key away"
                             : "");
    code = ask(call, enrol, span_of(bytes, request.size));
    return code == EXIT_DONE ? keep(call, enrol) : code;
}

static enum exit_code run(const struct call *call)
{
    struct enrol *enrol CLEANUP(enrol_done) = calloc(1, sizeof(*enrol));
    if (enrol == NULL)
        return call_fail(call, ERR_MEMORY, "enrolment", "");
    enum exit_code code = EXIT_DONE;
    if (call_has(call, "user")) /* before the token is spent */
        code = trust_check_user(call, call_value(call, "user"));
    if (code == EXIT_DONE)
        code = enrol_till(call, enrol);
    if (code == EXIT_DONE && call_has(call, "user"))
        code = trust_give(call, enrol->files.folder, call_value(call, "user"));
    if (code == EXIT_DONE)
        report(call, enrol);
    return code;
}

static const struct call_option options[] = {
    {.name = "output",
     .letter = 'o',
     .value = "DIR",
     .help = "folder of the till's key, certificate and settings; made if it is missing",
     .is_required = true},
    {.name = "tpm",
     .value = "TCTI",
     .help = "TPM 2.0 that the key is sealed to: device:/dev/tpmrm0 (left out: it stands open in its file)"},
    {.name = "user",
     .value = "NAME",
     .help = "whom the folder is given to: the agent's user (as root alone)"},
    {.name = "seconds", .value = "N", .help = "how long to wait for the hub (60)"},
};
const struct verb verb_till_enrol = {
    .noun = "till",
    .name = "enrol",
    .operands = "INVITATION",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Make a key on this till and have it certified, with an invitation of head office",
    .details = "The token never leaves this machine: what goes out proves that it is here. After a power cut "
               "run it again with "
               "the same invitation. When it is done the invitation is of no more use to anybody, and can be "
               "thrown away.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
