/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-hub - takes what the tills send into the store, and tells them what head office decides. */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/exit.h"
#include "base/hex.h"
#include "base/log.h"
#include "hub/enrol.h"
#include "hub/hub.h"
#include "hub/settings.h"
#include "hub/trust.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_memory.h"
#include "platform/mosquitto/mosquitto_transport.h"
#include "platform/service/service.h"
#include "vault/vault.h"

#define TICK_MS 1000

static volatile sig_atomic_t is_stopping;

static void on_signal(int number)
{
    (void)number;
    is_stopping = 1;
}

struct arguments {
    bool help;
    bool print_settings;
    bool check;
    bool version;
};

static const char usage[] =
    "usage: kassa-hub --config FILE [options]\n\n"
    "The hub of head office. It logs to standard error and ends in order on SIGTERM and SIGINT.\n\n"
    "  --config FILE             settings, an ini file; without it each has its default\n"
    "  --set SECTION.NAME=VALUE  one setting over the file's; may be repeated\n"
    "  --print-settings          print every setting with its meaning and bounds, and end\n"
    "  --check                   open the store (a new one is made), say what it holds, and end: 0 if\n"
    "                            the hub could run\n"
    "  --version, --help\n\n"
    "Exit: 0 ended in order, 2 usage or settings, 3 a file is not there, 4 damaged data,\n"
    "5 disk, memory, or a store or port that another process holds.\n";

static int complain(const char *where, int line, const char *text)
{
    if (line > 0)
        (void)fprintf(stderr, "kassa-hub: %s:%d: %s\n", where, line, text);
    else
        (void)fprintf(stderr, "kassa-hub: %s: %s\n", where, text);
    return EXIT_USAGE;
}

static int set_one(struct hub_settings *settings, const char *argument)
{
    char section[64], name[64];
    int value_at = 0;
    if (sscanf(argument, "%63[a-z_].%63[a-z_]=%n", section, name, &value_at) != 2 || value_at == 0)
        return complain("--set", 0, "must be SECTION.NAME=VALUE");
    struct settings_fault fault = {0, ""};
    if (settings_set(&hub_settings_table, settings, section, name, argument + value_at, &fault) != ERR_OK)
        return complain("--set", 0, fault.text);
    return 0;
}

static int read_file(struct hub_settings *settings, const char *path)
{
    struct settings_faults faults;
    enum err error = settings_read(&hub_settings_table, path, settings, sizeof(*settings), &faults);
    for (size_t i = 0; i < faults.count; i++)
        (void)complain(path, faults.rows[i].line, faults.rows[i].text);
    if (faults.more > 0)
        (void)complain(path, 0, "has more faults");
    return error == ERR_OK ? EXIT_DONE : error == ERR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_USAGE;
}

static int refuse_word(const char *word)
{
    (void)fprintf(stderr, "kassa-hub: %s is no option, or has no value\n%s", word, usage);
    return EXIT_USAGE;
}

/* Files first, then --set, in whatever order they stand. */
static int read_arguments(int argc, char **argv, struct arguments *arguments, struct hub_settings *settings)
{
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 1; i < argc; i++) {
            int code = 0;
            bool has_value = i + 1 < argc;
            if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
                arguments->help = true;
            else if (strcmp(argv[i], "--print-settings") == 0)
                arguments->print_settings = true;
            else if (strcmp(argv[i], "--check") == 0)
                arguments->check = true;
            else if (strcmp(argv[i], "--version") == 0)
                arguments->version = true;
            else if (strcmp(argv[i], "--config") == 0 && has_value)
                code = pass == 0 ? read_file(settings, argv[++i]) : (++i, 0);
            else if (strcmp(argv[i], "--set") == 0 && has_value)
                code = pass == 1 ? set_one(settings, argv[++i]) : (++i, 0);
            else
                return refuse_word(argv[i]);
            if (code != 0)
                return code;
        }
    }
    return 0;
}

static void print_piece(void *context, const char *text)
{
    (void)context;
    (void)fputs(text, stdout);
}

static enum err open_store(const struct hub_settings *settings, struct store *out)
{
    struct store_settings store = {.kind = settings->store_kind,
                                   .path = settings->store_path,
                                   .map_size_bytes = (uint64_t)settings->store_map_mib << 20,
                                   .random = linux_random()};
    return store_open(&store, out);
}

static enum err check_store(struct store store)
{
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    TRY(store_begin(store, STORE_READ, &txn));
    crm_Totals totals;
    TRY(crm_totals_get(&txn, &totals));
    (void)printf("store: records %" PRIu64 ", tills %" PRIu64 ", members %" PRIu64 ", quarantined %" PRIu64
                 "\n",
                 totals.records, totals.tills, totals.members, totals.quarantined);
    return ERR_OK;
}

static struct crm_fraud fraud_of(const struct hub_settings *s)
{
    return (struct crm_fraud){.together = (uint32_t)s->fraud_together,
                              .velocity_hour = (uint32_t)s->fraud_velocity_hour,
                              .velocity_day = (uint32_t)s->fraud_velocity_day,
                              .late_credit = (uint32_t)s->fraud_late_credit,
                              .late_s = (uint32_t)s->fraud_late_s,
                              .replayed = (uint32_t)s->fraud_replayed,
                              .guessed = (uint32_t)s->fraud_guessed,
                              .tap_replayed = (uint32_t)s->fraud_tap_replayed,
                              .tap_copied = (uint32_t)s->fraud_tap_copied};
}

static struct hub_options options_of(const struct hub_settings *s)
{
    return (struct hub_options){.burst_messages_max = (uint32_t)s->burst_messages,
                                .burst_ms_max = (uint32_t)s->burst_ms,
                                .credit = (uint32_t)s->credit,
                                .drain_tills_max = (uint32_t)s->drain_tills,
                                .tills_max = (uint32_t)s->tills,
                                .poll_ms = (uint32_t)s->poll_ms,
                                .push_ms = (uint32_t)s->push_ms,
                                .backoff_ms_max = (uint32_t)s->broker_backoff_ms,
                                .fraud = fraud_of(s),
                                .wants_certificates = s->broker_ca_file[0] != '\0',
                                .certificate_days = (uint32_t)s->authority_days,
                                .halt_percent = (uint32_t)s->halt_percent,
                                .timestamp_hours = (uint32_t)s->timestamp_hours};
}

static int timeout_of(uint64_t due_mono_ms, uint64_t now_mono_ms)
{
    if (due_mono_ms <= now_mono_ms)
        return 0;
    uint64_t wait = due_mono_ms - now_mono_ms;
    return wait < TICK_MS ? (int)wait : TICK_MS;
}

/* The line that carries what tills say, and the one on which they are enrolled, if there is one. */
#define HUB_LINES_MAX 2
struct lines {
    struct mosquitto_transport *rows[HUB_LINES_MAX];
    size_t count;
};

/* Waits for a broker, at most until something is due, and takes what is there. Answers whether anything was. */
static bool take_ready(const struct lines *lines, int timeout_ms)
{
    struct pollfd ready[HUB_LINES_MAX];
    bool has_read = false;
    for (size_t i = 0; i < lines->count; i++) {
        ready[i] = (struct pollfd){.fd = mosquitto_transport_descriptor(lines->rows[i]), .events = POLLIN};
        if (mosquitto_transport_wants_write(lines->rows[i]))
            ready[i].events |= POLLOUT;
    }
    if (poll(ready, lines->count, timeout_ms) <= 0)
        return false;
    for (size_t i = 0; i < lines->count; i++) {
        bool is_readable = (ready[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
        if (ready[i].fd >= 0 && ready[i].revents != 0)
            mosquitto_transport_step(lines->rows[i], is_readable, (ready[i].revents & POLLOUT) != 0);
        has_read = has_read || is_readable;
    }
    return has_read;
}

static void tick(const struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        mosquitto_transport_tick(lines->rows[i]);
}

static uint64_t run_both(struct hub *hub, struct hub_enrol_desk *desk)
{
    uint64_t due = hub_run(hub); /* its burst is flushed: the desk may write */
    uint64_t desk_due = desk != NULL ? hub_enrol_run(desk) : UINT64_MAX;
    return desk_due < due ? desk_due : due;
}

static void tell_status(const struct hub *hub, struct service *service)
{
    char sentence[SERVICE_STATUS_MAX];
    struct hub_counters counters;
    if (!service_is_heard(service))
        return;
    hub_get_counters(hub, &counters);
    (void)snprintf(sentence, sizeof(sentence),
                   "%s; %" PRIu64 " tills, %" PRIu64 " batches, %" PRIu64 " commits, %" PRIu64 " failed",
                   hub_is_connected(hub) ? "at the broker" : "no line to the broker", counters.tills,
                   counters.batches, counters.commits, counters.failed_commits);
    service_tell_status(service, sentence);
}

/* What the loop looks after, beside the hub. */
struct hub_round {
    struct lines lines;
    struct hub_enrol_desk *desk; /* NULL: nobody is enrolled here */
    struct clock clock;
    struct trust_watch *watch;
    struct service *service;
};

static void loop(struct hub *hub, const struct hub_round *round)
{
    const struct lines *lines = &round->lines;
    struct clock clock = round->clock;
    uint64_t tick_due_mono_ms = 0;
    while (!is_stopping) {
        uint64_t now = clock.ops->mono_ms(clock.self);
        if (now >= tick_due_mono_ms) {
            tick(lines);
            trust_look(round->watch, clock);
            tell_status(hub, round->service);
            tick_due_mono_ms = now + TICK_MS;
        }
        uint64_t due = run_both(hub, round->desk);
        (void)service_beat(round->service, true); /* a turn takes TICK_MS at most */
        if (!take_ready(lines, timeout_of(due, clock.ops->mono_ms(clock.self))))
            continue;
        while (!hub_is_burst_due(hub) && take_ready(lines, 0)) /* the rest of the burst */
            ;
    }
}

static struct mosquitto_settings broker_of(const struct hub_settings *settings)
{
    return (struct mosquitto_settings){.host = settings->broker_host,
                                       .port = (uint16_t)settings->broker_port,
                                       .client_id = settings->broker_client_id,
                                       .ca_file = settings->broker_ca_file,
                                       .certificate_file = settings->broker_certificate_file,
                                       .key_file = settings->broker_key_file,
                                       .keepalive_s = (uint16_t)settings->broker_keepalive_s};
}

/* Strangers choose their client ids freely there: the hub's is one that nobody can guess, and throw it out by. */
static enum err open_enrolment(const struct hub_settings *settings, const struct hub_options *options,
                               const struct hub_parts *own, struct mosquitto_transport **out_line,
                               struct hub_enrol_desk **out_desk)
{
    struct mosquitto_settings broker = broker_of(settings);
    struct hub_parts parts = *own;
    uint8_t chance[16];
    char id[64] = "kassa-hub-";
    if (settings->enrol_port == 0)
        return ERR_OK;
    if (settings->broker_ca_file[0] == '\0')
        return ERR_ARGUMENT;
    TRY(parts.random.fill(parts.random.self, chance, sizeof(chance)));
    hex_write(span_of(chance, sizeof(chance)), id + strlen(id));
    broker.client_id = id;
    broker.port = (uint16_t)settings->enrol_port;
    if (settings->enrol_host[0] != '\0')
        broker.host = settings->enrol_host;
    TRY(mosquitto_transport_open(&broker, out_line));
    parts.transport = mosquitto_transport_as_transport(*out_line);
    return hub_enrol_open(options, &parts, out_desk);
}

static void log_end(const struct hub *hub)
{
    struct hub_counters counters;
    hub_get_counters(hub, &counters);
    log_event(LOG_LEVEL_NOTICE, "hub.stopped",
              "batches=%" PRIu64 " commits=%" PRIu64 " acks=%" PRIu64 " bad_messages=%" PRIu64,
              counters.batches, counters.commits, counters.acks, counters.bad_messages);
}

/* What the hub signs with. */
struct keys {
    struct authority authority;
    uint8_t timestamp_key[VAULT_PRIVATE_SIZE];
    bool has_timestamp_key;
};

static void keys_done(struct keys *keys)
{
    vault_wipe(keys, sizeof(*keys));
}

static enum err read_keys(const struct hub_settings *settings, struct keys *out)
{
    TRY(trust_read(settings, &out->authority));
    return trust_read_timestamp_key(settings, out->timestamp_key, &out->has_timestamp_key);
}

static void ask_patience(void *self, uint64_t ms)
{
    service_ask_patience(self, ms);
}

static int run(const struct hub_settings *settings, struct store store, const struct keys *keys)
{
    struct mosquitto_settings broker = broker_of(settings);
    struct mosquitto_transport *line CLEANUP(mosquitto_transport_closep) = NULL;
    struct mosquitto_transport *enrol_line CLEANUP(mosquitto_transport_closep) = NULL;
    struct hub *hub CLEANUP(hub_closep) = NULL;
    struct hub_enrol_desk *desk CLEANUP(hub_enrol_closep) = NULL;
    struct service *service CLEANUP(service_closep) = NULL;
    enum err error = service_open(settings->store_path, linux_clock(), &service);
    if (error != ERR_OK)
        return complain("NOTIFY_SOCKET", 0, err_sentence(error));
    error = mosquitto_transport_open(&broker, &line);
    if (error != ERR_OK)
        return complain("broker", 0,
                        error == ERR_ARGUMENT
                            ? "host must be a numeric address (names are not looked up), client_id have "
                              "at most 63 characters, and certificate_file go with key_file and ca_file"
                            : err_sentence(error));
    struct hub_options options = options_of(settings);
    struct hub_parts parts = {mosquitto_transport_as_transport(line),
                              store,
                              linux_clock(),
                              linux_random(),
                              keys->authority.der_size > 0 ? &keys->authority : NULL,
                              keys->has_timestamp_key ? keys->timestamp_key : NULL,
                              {service, ask_patience}};
    error = hub_open(&options, &parts, &hub);
    if (error != ERR_OK) {
        (void)complain(settings->store_path, 0, err_sentence(error));
        return (int)exit_code_of(error);
    }
    error = open_enrolment(settings, &options, &parts, &enrol_line, &desk);
    if (error != ERR_OK)
        return complain("enrol", 0,
                        "host must be a numeric address, and certificates and the authority's files be set: "
                        "whoever is invited is certified with them");
    log_event(LOG_LEVEL_NOTICE, "hub.started", "store=%s broker=%s:%lld", settings->store_path,
              settings->broker_host, (long long)settings->broker_port);
    struct trust_watch watch = {.file = settings->broker_certificate_file};
    service_tell_ready(service);
    const struct lines lines = {{line, enrol_line}, enrol_line != NULL ? 2 : 1};
    loop(hub, &(struct hub_round){lines, desk, parts.clock, &watch, service});
    service_tell_stopping(service);
    log_end(hub);
    return EXIT_DONE;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.help = false};
    struct hub_settings settings;
    linux_memory_guard();
    settings_set_defaults(&hub_settings_table, &settings);
    int code = read_arguments(argc, argv, &arguments, &settings);
    if (code == EXIT_DONE && arguments.help)
        (void)fputs(usage, stdout);
    else if (code == EXIT_DONE && arguments.version)
        (void)printf("kassa-hub %s\nsecurity fixes until %s\n", KASSA_VERSION, KASSA_SUPPORT_END);
    if (code != 0 || arguments.help || arguments.version)
        return code;
    if (arguments.print_settings) {
        settings_print(&hub_settings_table, &settings, print_piece, NULL);
        return EXIT_DONE;
    }
    catch_signals();
    struct store store CLEANUP(store_close) = {NULL, NULL};
    enum err error = vault_open();
    struct keys keys CLEANUP(keys_done) = {.has_timestamp_key = false};
    if (error == ERR_OK) {
        enum err trust = read_keys(&settings, &keys);
        if (trust != ERR_OK) /* told */
            return (int)exit_code_of(trust);
        error = open_store(&settings, &store);
    }
    if (error == ERR_OK && arguments.check)
        error = check_store(store);
    if (error != ERR_OK) {
        (void)complain(settings.store_path, 0, err_sentence(error));
        return (int)exit_code_of(error);
    }
    return arguments.check ? EXIT_DONE : run(&settings, store, &keys);
}
