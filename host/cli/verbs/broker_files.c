/* SPDX-License-Identifier: Apache-2.0 */
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/desk.h"
#include "cli/trust.h"
#include "cli/verbs.h"
#include "office/broker_files.h"
#include "platform/linux/linux_file.h"
#include "wire/topic.h"

#define DAYS       825 /* of the broker's own certificate */
#define PORT       8883
#define ENROL_PORT 8884 /* and the next one for the hub */

typedef void write_file(FILE *out, const struct broker_terms *terms);

static void free_text(char **text)
{
    free(*text);
}

static enum exit_code write_one(const struct call *call, const char *name, write_file *write,
                                const struct broker_terms *terms)
{
    char path[TRUST_PATH_MAX];
    char *text CLEANUP(free_text) = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        return call_fail(call, ERR_MEMORY, name, "");
    write(file, terms);
    if (fclose(file) != 0)
        return call_fail(call, ERR_MEMORY, name, "");
    enum exit_code code = trust_join(call, terms->folder, name, path);
    if (code != EXIT_DONE)
        return code;
    enum err error = linux_file_replace(path, span_of(text, size), 0644);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

static enum exit_code write_texts(const struct call *call, const struct broker_terms *terms)
{
    static const struct {
        const char *name;
        write_file *write;
        bool is_stores;
    } texts[] = {
        {BROKER_CONF_FILE, broker_files_write_conf, false},
        {BROKER_RIGHTS_FILE, broker_files_write_rights, false},
        {BROKER_ENROL_CONF_FILE, broker_files_write_enrol_conf, false},
        {BROKER_ENROL_RIGHTS_FILE, broker_files_write_enrol_rights, false},
        {BROKER_ENROL_HUB_FILE, broker_files_write_enrol_hub_rights, false},
        {BROKER_CONF_FILE, broker_files_write_conf, true},
        {BROKER_RIGHTS_FILE, broker_files_write_store_rights, true},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (texts[i].is_stores != (terms->store[0] != '\0'))
            continue;
        enum exit_code code = write_one(call, texts[i].name, texts[i].write, terms);
        if (code != EXIT_DONE)
            return code;
    }
    return EXIT_DONE;
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
        code = trust_copy_certificates(call, authority_path);
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

static enum exit_code read_port(const struct call *call, const char *option, uint64_t highest, uint64_t *port)
{
    enum exit_code code = EXIT_DONE;
    if (call_has(call, option))
        code = call_number(call, option, port);
    if (code == EXIT_DONE && (*port < 1 || *port > highest))
        code = call_refuse(call, "1 to 65535", "--%s is out of range", option);
    return code;
}

/* A store's own broker has its arbiter where the chain's has the hub. */
static enum exit_code check_store(const struct call *call)
{
    static const char *const names[] = {"at", "arbiter"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *name = call_value(call, names[i]);
        if (name != NULL && !topic_is_till_id(span_of_text(name)))
            return call_refuse(call, "3 to 32 of a-z, 0-9 and -", "--%s must be a name of the chain",
                               names[i]);
    }
    if (call_has(call, "tills") && !call_has(call, "at"))
        return call_refuse(call, "", "--tills goes with --at");
    if (call_has(call, "at") != call_has(call, "arbiter"))
        return call_refuse(call, "", "--at and --arbiter go together");
    if (call_has(call, "at") &&
        (call_has(call, "hub") || call_has(call, "enrol-port") || call_has(call, "enrol-hub-port")))
        return call_refuse(call, "", "a store's broker has no hub, and enrols nobody");
    return EXIT_DONE;
}

static enum exit_code read_terms(const struct call *call, char folder[TRUST_PATH_MAX],
                                 struct broker_terms *out)
{
    uint64_t port = PORT, enrol_port = ENROL_PORT, hub_port = ENROL_PORT + 1;
    enum exit_code code = check_store(call);
    if (code == EXIT_DONE)
        code = read_port(call, "port", UINT16_MAX, &port);
    if (code == EXIT_DONE)
        code = read_port(call, "enrol-port", UINT16_MAX, &enrol_port);
    if (code == EXIT_DONE && call_has(call, "enrol-port"))
        hub_port = enrol_port + 1;
    if (code == EXIT_DONE)
        code = read_port(call, "enrol-hub-port", UINT16_MAX, &hub_port);
    if (code == EXIT_DONE && !call_has(call, "at") &&
        (port == enrol_port || port == hub_port || enrol_port == hub_port))
        code = call_refuse(call, "", "--port, --enrol-port and --enrol-hub-port must be three");
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
                                 .user = user != NULL ? user : "",
                                 .enrol_port = (uint16_t)enrol_port,
                                 .enrol_hub_port = (uint16_t)hub_port,
                                 .store = call_has(call, "at") ? call_value(call, "at") : "",
                                 .arbiter = call_value(call, "arbiter")};
    return EXIT_DONE;
}

/* ---- the tills of a store */

struct roster {
    const char *store, *arbiter;
    struct broker_till tills[BROKER_TILLS_MAX + 1];
    size_t count; /* more than BROKER_TILLS_MAX: too many */
    enum err error;
    const struct store_txn *txn;
    crm_Invitation newest; /* of the till that is looked at */
};

static bool is_listed(const struct roster *roster, const char *till)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (strcmp(roster->tills[i].name, till) == 0)
            return true;
    }
    return false;
}

static void list_till(struct roster *roster, const char *till)
{
    if (is_listed(roster, till) || strcmp(till, roster->arbiter) == 0 || roster->count > BROKER_TILLS_MAX ||
        !topic_is_till_id(span_of_text(till)))
        return;
    memcpy(roster->tills[roster->count++].name, till, strlen(till) + 1);
}

static bool keep_newest(void *context, const crm_Invitation *row)
{
    struct roster *roster = context;
    if (strcmp(row->till, roster->newest.till) == 0 && row->created_unix_ms >= roster->newest.created_unix_ms)
        roster->newest = *row;
    return true;
}

/* Head office's newest word on where a till stands goes before the till's own. */
static bool stands_there(struct roster *roster, const char *till, const char *says)
{
    memset(&roster->newest, 0, sizeof(roster->newest));
    memcpy(roster->newest.till, till, strnlen(till, TILL_ID_MAX));
    roster->error = crm_invitation_scan(roster->txn, keep_newest, roster);
    const char *store = roster->newest.store[0] != '\0' ? roster->newest.store : says;
    return roster->error == ERR_OK && strcmp(store, roster->store) == 0;
}

static bool list_heard(void *context, const crm_Till *row)
{
    struct roster *roster = context;
    if (stands_there(roster, row->till, row->store))
        list_till(roster, row->till);
    return roster->error == ERR_OK;
}

static bool list_invited(void *context, const crm_Invitation *row)
{
    struct roster *roster = context;
    if (strcmp(row->store, roster->store) == 0 && stands_there(roster, row->till, ""))
        list_till(roster, row->till);
    return roster->error == ERR_OK;
}

/* Those that the hub has heard of from there, and those that were invited there. */
static enum err list_known(struct roster *roster)
{
    TRY(crm_till_scan(roster->txn, list_heard, roster));
    TRY(roster->error);
    TRY(crm_invitation_scan(roster->txn, list_invited, roster));
    return roster->error;
}

static enum exit_code list_named(const struct call *call, struct roster *roster)
{
    const char *text = call_value(call, "tills");
    while (*text != '\0') {
        char name[TILL_ID_MAX + 1] = {0};
        size_t size = strcspn(text, ",");
        if (size <= TILL_ID_MAX)
            memcpy(name, text, size);
        if (!topic_is_till_id(span_of_text(name)))
            return call_refuse(call, "till-1,till-2", "--tills must be names of tills, comma between");
        list_till(roster, name);
        text += size + (text[size] == ',');
    }
    return EXIT_DONE;
}

/* The arbiter has its own place among the rights. */
static enum exit_code list_tills(const struct call *call, const struct store_txn *txn, struct roster *roster,
                                 struct broker_terms *terms)
{
    if (terms->store[0] == '\0')
        return EXIT_DONE;
    *roster = (struct roster){.store = terms->store, .arbiter = terms->arbiter, .txn = txn};
    enum exit_code code = EXIT_DONE;
    enum err error = ERR_OK;
    if (call_has(call, "tills"))
        code = list_named(call, roster);
    else
        error = list_known(roster);
    if (error != ERR_OK)
        return call_fail(call, error, "the store", "");
    if (code == EXIT_DONE && roster->count > BROKER_TILLS_MAX)
        return call_refuse(call, "", "a store has at most %d tills", BROKER_TILLS_MAX);
    terms->tills = roster->tills;
    terms->till_count = roster->count;
    return code;
}

static void print_tills(const struct call *call, const struct broker_terms *terms)
{
    fprintf(call->out, "tills of %s: %s", terms->store, terms->arbiter);
    for (size_t i = 0; i < terms->till_count; i++)
        fprintf(call->out, " %s", terms->tills[i].name);
    fputs("\n", call->out);
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct authority authority CLEANUP(authority_done) = {.der_size = 0};
    struct broker_terms terms;
    struct roster roster;
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
        code = list_tills(call, &txn, &roster, &terms);
    if (code == EXIT_DONE)
        code = write_texts(call, &terms);
    if (code == EXIT_DONE)
        code = give_to_user(call, &terms);
    if (code != EXIT_DONE)
        return code;
    enum err error = store_commit(&txn);
    if (error != ERR_OK)
        return call_fail(call, error, "the store", "");
    fprintf(call->out, "mosquitto -c %s/" BROKER_CONF_FILE "\n", folder);
    if (terms.store[0] == '\0')
        fprintf(call->out, "mosquitto -c %s/" BROKER_ENROL_CONF_FILE "   while tills are enrolled\n", folder);
    else
        print_tills(call, &terms);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "authority", .value = "DIR", .help = "its folder", .is_required = true},
    {.name = "address", .value = "ADDRESS", .help = "where the broker listens, numeric", .is_required = true},
    {.name = "port", .value = "N", .help = "its port (8883)"},
    {.name = "enrol-port", .value = "N", .help = "where tills are enrolled, at a broker of its own (8884)"},
    {.name = "enrol-hub-port", .value = "N", .help = "and where the hub speaks with that (the next port)"},
    {.name = "hub", .value = "NAME", .help = "the hub's name in its certificate (kassa-hub)"},
    {.name = "at", .value = "STORE", .help = "of a store's own broker, for its tills alone: its name"},
    {.name = "arbiter",
     .value = "TILL",
     .help = "with --at: the till whose agent judges what the others claim"},
    {.name = "tills",
     .value = "NAMES",
     .help = "with --at: the tills that may speak there, comma between (those that the hub knows there)"},
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
