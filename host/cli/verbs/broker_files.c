/* SPDX-License-Identifier: Apache-2.0 */
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/desk.h"
#include "cli/trust.h"
#include "cli/verbs.h"
#include "office/broker_files.h"
#include "platform/linux/linux_file.h"

#define DAYS 825 /* of the broker's own certificate */
#define PORT 8883

typedef void write_file(FILE *out, const struct broker_terms *terms);

static enum exit_code write_one(const struct call *call, const char *name, write_file *write,
                                const struct broker_terms *terms)
{
    char path[TRUST_PATH_MAX], text[8192];
    FILE *file = fmemopen(text, sizeof(text), "w");
    if (file == NULL)
        return call_fail(call, ERR_MEMORY, name, "");
    write(file, terms);
    long size = ftell(file);
    if (fclose(file) != 0 || size < 0)
        return call_fail(call, ERR_IO, name, "");
    enum exit_code code = trust_join(call, terms->folder, name, path);
    if (code != EXIT_DONE)
        return code;
    enum err error = linux_file_replace(path, span_of(text, (size_t)size), 0644);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

/* A new key each time: the broker reads it at its next start. */
static enum exit_code write_identity(const struct call *call, const struct authority *authority,
                                     const struct store_txn *txn, const struct broker_terms *terms)
{
    struct vault_key_pair pair;
    uint8_t pem_bytes[VAULT_PEM_SIZE_MAX];
    struct vault_buffer pem = {pem_bytes, sizeof(pem_bytes), 0};
    char key_path[TRUST_PATH_MAX], certificate_path[TRUST_PATH_MAX];
    enum exit_code code = trust_join(call, terms->folder, BROKER_KEY_FILE, key_path);
    if (code == EXIT_DONE)
        code = trust_join(call, terms->folder, BROKER_CERTIFICATE_FILE, certificate_path);
    if (code != EXIT_DONE)
        return code;
    enum err error = vault_generate_key_pair(&pair);
    if (error == ERR_OK)
        error = vault_key_write(pair.private_key, &pem);
    if (error == ERR_OK)
        error = linux_file_replace(key_path, span_of(pem_bytes, pem.size), 0600);
    vault_wipe(pem_bytes, sizeof(pem_bytes));
    vault_wipe(pair.private_key, sizeof(pair.private_key));
    if (error != ERR_OK)
        return call_fail(call, error, key_path, "");
    struct authority_terms certified = {.use = VAULT_USE_SERVER,
                                        .name = "broker",
                                        .address = terms->address,
                                        .public_key = pair.public_key,
                                        .days = DAYS};
    return trust_certify(call, authority, certified, txn, certificate_path);
}

static enum exit_code write_trust(const struct call *call, const struct authority *authority,
                                  const struct store_txn *txn, const struct broker_terms *terms)
{
    char authority_path[TRUST_PATH_MAX], revoked_path[TRUST_PATH_MAX];
    enum exit_code code = trust_join(call, terms->folder, BROKER_AUTHORITY_FILE, authority_path);
    if (code == EXIT_DONE)
        code = trust_join(call, terms->folder, BROKER_REVOKED_FILE, revoked_path);
    if (code == EXIT_DONE)
        code = trust_write(call, authority_path, VAULT_PEM_CERTIFICATE,
                           span_of(authority->der, authority->der_size));
    return code == EXIT_DONE ? trust_write_revoked(call, authority, txn, revoked_path) : code;
}

/* mosquitto reads its files after it has become that user: the folder and the key are his alone. */
static enum exit_code give_to_user(const struct call *call, const struct broker_terms *terms)
{
    static const char *const names[] = {".", BROKER_KEY_FILE};
    if (terms->user[0] == '\0' || geteuid() != 0)
        return EXIT_DONE;
    const struct passwd *user = getpwnam(terms->user);
    if (user == NULL)
        return call_fail(call, ERR_NOT_FOUND, terms->user, "--user must be a user of this machine");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[TRUST_PATH_MAX];
        enum exit_code code = trust_join(call, terms->folder, names[i], path);
        if (code != EXIT_DONE)
            return code;
        if (chown(path, user->pw_uid, user->pw_gid) != 0)
            return call_fail(call, ERR_IO, path, "");
    }
    return EXIT_DONE;
}

static enum exit_code read_terms(const struct call *call, char folder[TRUST_PATH_MAX],
                                 struct broker_terms *out)
{
    uint64_t port = PORT;
    enum exit_code code = EXIT_DONE;
    if (call_has(call, "port"))
        code = call_number(call, "port", &port);
    if (code == EXIT_DONE && (port < 1 || port > UINT16_MAX))
        code = call_refuse(call, "1 to 65535", "--port is out of range");
    if (code == EXIT_DONE && call_has(call, "hub") &&
        strncmp(call_value(call, "hub"), AUTHORITY_HUB, strlen(AUTHORITY_HUB)) != 0)
        code = call_refuse(call, "kassa-hub, kassa-hub-2", "--hub must begin with kassa-hub");
    if (code == EXIT_DONE)
        code = trust_make_folder(call, call_value(call, "output"));
    if (code != EXIT_DONE)
        return code;
    if (realpath(call_value(call, "output"), folder) == NULL)
        return call_fail(call, ERR_NOT_FOUND, call_value(call, "output"), "");
    const char *hub = call_value(call, "hub"), *user = call_value(call, "user");
    *out = (struct broker_terms){.folder = folder,
                                 .address = call_value(call, "address"),
                                 .port = (uint16_t)port,
                                 .hub = hub != NULL ? hub : AUTHORITY_HUB,
                                 .user = user != NULL ? user : ""};
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct authority authority CLEANUP(authority_done) = {.der_size = 0};
    struct broker_terms terms;
    char folder[TRUST_PATH_MAX];
    enum exit_code code = read_terms(call, folder, &terms);
    if (code == EXIT_DONE)
        code = trust_open(call, &authority);
    if (code == EXIT_DONE)
        code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code == EXIT_DONE)
        code = write_identity(call, &authority, &txn, &terms);
    if (code == EXIT_DONE)
        code = write_trust(call, &authority, &txn, &terms);
    if (code == EXIT_DONE)
        code = write_one(call, BROKER_CONF_FILE, broker_files_write_conf, &terms);
    if (code == EXIT_DONE)
        code = write_one(call, BROKER_RIGHTS_FILE, broker_files_write_rights, &terms);
    if (code == EXIT_DONE)
        code = give_to_user(call, &terms);
    if (code != EXIT_DONE)
        return code;
    enum err error = store_commit(&txn);
    if (error != ERR_OK)
        return call_fail(call, error, "the store", "");
    fprintf(call->out, "mosquitto -c %s/" BROKER_CONF_FILE "\n", folder);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "authority", .value = "DIR", .help = "its folder", .is_required = true},
    {.name = "address", .value = "ADDRESS", .help = "where the broker listens, numeric", .is_required = true},
    {.name = "port", .value = "N", .help = "its port (8883)"},
    {.name = "hub", .value = "NAME", .help = "the hub's name in its certificate (kassa-hub)"},
    {.name = "user", .value = "NAME", .help = "whom mosquitto becomes (left out: as it is set up)"},
    {.name = "output", .letter = 'o', .value = "DIR", .help = "folder of the files", .is_required = true},
};
const struct verb verb_broker_files = {
    .noun = "broker",
    .name = "files",
    .operands = "",
    .summary = "Write mosquitto's settings, rights and certificate for this chain",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
