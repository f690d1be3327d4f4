/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/desk.h"
#include "cli/enrol_files.h"
#include "cli/load.h"
#include "cli/trust.h"
#include "cli/verbs.h"
#include "office/invitation.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file.h"
#include "vault/seal.h"
#include "wire/message.h"
#include "wire/topic.h"

#define HOURS_DEFAULT 24
#define HOURS_MAX     (24 * 31)
#define PORT          8883
#define ENROL_PORT    8884
#define KEPT_DAYS     30 /* that the list shows what is over */

struct invite {
    struct invitation invitation;
    struct invitation_keys keys;
    kassa_EnrolFiles files;
    crm_Invitation row;
    uint64_t port; /* of the broker that carries sales */
};

static void invite_done(struct invite *invite)
{
    vault_wipe(invite, sizeof(*invite));
}

static enum exit_code read_number(const struct call *call, const char *option, uint64_t highest,
                                  uint64_t *number)
{
    enum exit_code code = call_has(call, option) ? call_number(call, option, number) : EXIT_DONE;
    if (code == EXIT_DONE && (*number < 1 || *number > highest))
        return call_refuse(call, "", "--%s must be a number from 1 to %llu", option,
                           (unsigned long long)highest);
    return code;
}

static enum exit_code read_names(const struct call *call, struct invitation *out)
{
    const char *till = call->operands[0], *store = call_value(call, "at"),
               *address = call_value(call, "address");
    if (!topic_is_till_id(span_of_text(till)) || strncmp(till, AUTHORITY_HUB, strlen(AUTHORITY_HUB)) == 0)
        return call_refuse(call, "3 to 32 of a-z, 0-9 and -, not kassa-hub",
                           "%s cannot be the name of a till", till);
    if (!topic_is_till_id(span_of_text(store)))
        return call_refuse(call, "3 to 32 of a-z, 0-9 and -", "%s cannot be the name of a store", store);
    if (strlen(address) > INVITATION_HOST_MAX)
        return call_refuse(call, "", "--address is too long");
    memcpy(out->till, till, strlen(till) + 1);
    memcpy(out->store, store, strlen(store) + 1);
    memcpy(out->host, address, strlen(address) + 1);
    return EXIT_DONE;
}

static enum exit_code read_terms(const struct call *call, struct invite *out)
{
    uint64_t hours = HOURS_DEFAULT, enrol_port = ENROL_PORT;
    const struct clock clock = linux_clock();
    enum exit_code code = read_names(call, &out->invitation);
    if (code == EXIT_DONE)
        code = read_number(call, "hours", HOURS_MAX, &hours);
    if (code == EXIT_DONE)
        code = read_number(call, "port", UINT16_MAX, &out->port);
    if (code == EXIT_DONE)
        code = read_number(call, "enrol-port", UINT16_MAX, &enrol_port);
    if (code == EXIT_DONE)
        code = trust_read_certificates(call, call_value(call, "ca"), out->invitation.authority_pem);
    if (code != EXIT_DONE)
        return code;
    int64_t minute = clock.ops->wall_unix_ms(clock.self) / 60000 + (int64_t)hours * 60;
    out->invitation.until_unix_s = minute * 60;
    out->invitation.port = (uint16_t)enrol_port;
    struct random random = linux_random();
    enum err error = random.fill(random.self, out->invitation.token, INVITATION_TOKEN_SIZE);
    if (error == ERR_OK)
        error = invitation_keys_of(out->invitation.token, &out->keys);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the token", "");
}

/* ---- what the till gets besides */

static enum exit_code add_file(const struct call *call, kassa_EnrolFiles *files, const char *name,
                               struct span bytes)
{
    if (files->files_count == COUNT_OF(files->files))
        return call_refuse(call, "", "a till can be given %zu files", COUNT_OF(files->files) - 1);
    kassa_EnrolFile *file = &files->files[files->files_count];
    if (bytes.size > sizeof(file->bytes.bytes))
        return call_fail(call, ERR_TOO_LONG, name,
                         "a file that goes with an invitation has at most 4096 bytes");
    memcpy(file->name, name, strlen(name) + 1);
    memcpy(file->bytes.bytes, bytes.bytes, bytes.size);
    file->bytes.size = (pb_size_t)bytes.size;
    files->files_count++;
    return EXIT_DONE;
}

static enum exit_code add_settings(const struct call *call, struct invite *invite)
{
    char text[sizeof(invite->files.files[0].bytes.bytes) + 1];
    const struct invitation *to = &invite->invitation;
    const char *path = call_value(call, "settings");
    struct load_file more CLEANUP(load_file_done) = {0};
    enum err error = path != NULL ? load_file(path, sizeof(text), &more) : ERR_OK;
    if (error != ERR_OK)
        return call_fail(call, error, path, "");
    int size = snprintf(text, sizeof(text),
                        "# What head office gave this till when it was enrolled.\n"
                        "[till]\nid = %s\nstore = %s\n[broker]\nhost = %s\nport = %u\nca_file = @/%s\n"
                        "certificate_file = @/%s\nkey_file = @/%s\n%s",
                        to->till, to->store, to->host, (unsigned)invite->port, ENROL_AUTHORITY,
                        ENROL_CERTIFICATE, ENROL_KEY, more.size > 0 ? (char *)more.bytes : "");
    if (size < 0 || (size_t)size >= sizeof(text))
        return call_fail(call, ERR_TOO_LONG, path != NULL ? path : ENROL_SETTINGS,
                         "at most 3800 bytes go along");
    return add_file(call, &invite->files, ENROL_SETTINGS, span_of(text, (size_t)size));
}

/* NAME=PATH */
static enum exit_code add_named(const struct call *call, struct invite *invite, const char *word)
{
    const char *path = strchr(word, '=');
    char name[ENROL_NAME_MAX + 1] = "";
    if (path != NULL && (size_t)(path - word) < sizeof(name))
        memcpy(name, word, (size_t)(path - word));
    if (!enrol_files_is_name(name))
        return call_refuse(
            call,
            "NAME=PATH, where NAME is 1 to 32 of a-z, 0-9, - and ., and none that enrolment writes itself",
            "--file %s", word);
    struct load_file file CLEANUP(load_file_done) = {0};
    enum err error = load_file(path + 1, sizeof(invite->files.files[0].bytes.bytes), &file);
    if (error != ERR_OK)
        return call_fail(call, error, path + 1, "a file that goes with an invitation has at most 4096 bytes");
    enum exit_code code = add_file(call, &invite->files, name, load_span(&file));
    vault_wipe(file.bytes, file.size);
    return code;
}

static enum exit_code add_files(const struct call *call, struct invite *invite)
{
    enum exit_code code = add_settings(call, invite);
    for (size_t i = 0; code == EXIT_DONE && call_value_at(call, "file", i) != NULL; i++)
        code = add_named(call, invite, call_value_at(call, "file", i));
    return code;
}

/* ---- what the hub keeps */

static enum exit_code seal(const struct call *call, struct invite *invite)
{
    uint8_t plain[sizeof(invite->row.sealed.bytes)];
    size_t size, sealed_size;
    struct span bound = span_of_text(invite->invitation.till);
    enum err error = wire_encode(kassa_EnrolFiles_fields, &invite->files, plain, sizeof(plain), &size);
    if (error == ERR_OK)
        error = vault_seal(invite->keys.seal, bound, span_of(plain, size), linux_random(),
                           invite->row.sealed.bytes, sizeof(invite->row.sealed.bytes), &sealed_size);
    vault_wipe(plain, sizeof(plain));
    if (error != ERR_OK)
        return call_fail(call, error, "the files", "settings and files together may have 8100 bytes");
    invite->row.sealed.size = (pb_size_t)sealed_size;
    return EXIT_DONE;
}

static void fill_row(struct invite *invite)
{
    const struct clock clock = linux_clock();
    crm_Invitation *row = &invite->row;
    memcpy(row->till, invite->invitation.till, sizeof(row->till));
    memcpy(row->store, invite->invitation.store, sizeof(row->store));
    row->id.size = INVITATION_ID_SIZE;
    memcpy(row->id.bytes, invite->keys.id, INVITATION_ID_SIZE);
    row->proof_key.size = INVITATION_KEY_SIZE;
    memcpy(row->proof_key.bytes, invite->keys.proof, INVITATION_KEY_SIZE);
    row->created_unix_ms = clock.ops->wall_unix_ms(clock.self);
    row->until_unix_ms = invite->invitation.until_unix_s * 1000;
}

static enum exit_code keep(const struct call *call, struct invite *invite, size_t *out_replaced)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    size_t forgotten;
    enum exit_code code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    fill_row(invite);
    int64_t kept_ms = KEPT_DAYS * INT64_C(86400000);
    enum err error = crm_invitation_remove(&txn, NULL, invite->row.created_unix_ms - kept_ms, &forgotten);
    if (error == ERR_OK)
        error = crm_invitation_remove(&txn, invite->row.till, 0, out_replaced);
    if (error == ERR_OK)
        error = crm_invitation_put(&txn, &invite->row);
    if (error == ERR_OK)
        error = store_commit(&txn);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the store", "");
}

static enum exit_code write_file(const struct call *call, const struct invitation *invitation)
{
    const char *path = call_value(call, "output");
    uint8_t text[INVITATION_SIZE_MAX];
    size_t size;
    unsigned line;
    struct invitation again CLEANUP(invitation_done);
    enum err error = invitation_write(invitation, (char *)text, sizeof(text), &size);
    if (error == ERR_OK && invitation_read(span_of(text, size), &again, &line) != ERR_OK)
        return call_refuse(call, "10.0.0.5", "--address must be numeric: names are not looked up");
    if (error == ERR_OK)
        error = linux_file_replace(path, span_of(text, size), 0600);
    vault_wipe(text, sizeof(text));
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

static enum exit_code run(const struct call *call)
{
    struct invite *invite = calloc(1, sizeof(*invite));
    size_t replaced = 0;
    if (invite == NULL)
        return call_fail(call, ERR_MEMORY, "invitation", "");
    invite->port = PORT;
    enum exit_code code = read_terms(call, invite);
    if (code == EXIT_DONE)
        code = add_files(call, invite);
    if (code == EXIT_DONE)
        code = seal(call, invite);
    if (code == EXIT_DONE)
        code = write_file(call, &invite->invitation);
    if (code == EXIT_DONE)
        code = keep(call, invite, &replaced);
    if (code == EXIT_DONE)
        fprintf(call->out, "%s: bring it to %s, `kassa till enrol` there: good once, and for its holder%s\n",
                call_value(call, "output"), invite->invitation.till,
                replaced > 0 ? "; the invitation before it is taken back" : "");
    invite_done(invite);
    free(invite);
    return code;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "at", .value = "STORE", .help = "the shop that the till stands in", .is_required = true},
    {.name = "address",
     .value = "ADDRESS",
     .help = "of the brokers as the till reaches them, numeric",
     .is_required = true},
    {.name = "port", .value = "N", .help = "of the broker (8883)"},
    {.name = "enrol-port", .value = "N", .help = "of the broker for enrolment (8884)"},
    {.name = "ca",
     .value = "FILE",
     .help = "authority.pem: whom the till is to believe",
     .is_required = true},
    {.name = "settings",
     .value = "FILE",
     .help = "settings of all tills, put into its agent.ini; @/ stands for its folder"},
    {.name = "file",
     .value = "NAME=PATH",
     .help = "a file it needs besides, such as pepper=PATH; read by nobody but the till",
     .is_repeatable = true},
    {.name = "hours", .value = "N", .help = "how long the invitation holds, 1 to 744 (24)"},
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "where the invitation goes",
     .is_required = true},
};
const struct verb verb_till_invite = {
    .noun = "till",
    .name = "invite",
    .operands = "NAME",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Invite a till to be certified: a file with a token that is good once",
    .details = "An earlier invitation of the till that nobody has used is taken back. A till that is lost or "
               "cloned is to be "
               "revoked first.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
