/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-agent: the loyalty agent of one till. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "agent/agent.h"
#include "base/exit.h"
#include "base/log.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_memory.h"

#define UPKEEP_MS       60000
#define UPKEEP_FIRST_MS 1000
#define HELPER_NICE     10

static const char usage[] =
    "usage: kassa-agent --config FILE [options]\n"
    "\n"
    "The loyalty agent of one till. It logs to standard error and ends in order on SIGTERM and SIGINT.\n"
    "\n"
    "  --config FILE             settings, an ini file\n"
    "  --set SECTION.NAME=VALUE  one setting over the file's; may be repeated\n"
    "  --print-settings          print every setting with its meaning and bounds, and end\n"
    "  --check-config            say all that is wrong with the settings and the files they name, and end\n"
    "  --repair                  set a journal aside that is damaged, another's or gone, and go on under a "
    "new\n"
    "                            incarnation with what can be saved; where nothing can, with an empty one\n"
    "  --snapshot                make a snapshot of the journal, whose agent may be running, and end\n"
    "  --compact-cache           put a compacted copy of the cache aside for the agent that runs, and end\n"
    "  --version, --help\n"
    "\n"
    "Exit: 0 ended in order, 2 usage or settings, 3 a file is not there, 4 damaged data,\n"
    "5 disk (also one that failed while it ran: start it again), memory, or a port or file that another "
    "process\n"
    "holds.\n";

enum action { ACTION_RUN, ACTION_PRINT, ACTION_CHECK, ACTION_SNAPSHOT, ACTION_COMPACT };

/* Of a start in vain. What the settings name and cannot be used is a fault of the settings. */
static int code_of(enum err error)
{
    if (error == ERR_SYNTAX || error == ERR_TOO_LONG)
        return EXIT_USAGE;
    return error == ERR_EXISTS ? EXIT_DEVICE : (int)exit_code_of(error); /* somebody's socket */
}

static void print_settings(void *context, const char *text)
{
    (void)context;
    (void)fputs(text, stdout);
}

static void tell_faults(const char *where, const struct settings_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct settings_fault *fault = &faults->rows[i];
        if (fault->line > 0)
            (void)fprintf(stderr, "kassa-agent: %s, line %d: %s\n", where, fault->line, fault->text);
        else
            (void)fprintf(stderr, "kassa-agent: %s: %s\n", where, fault->text);
    }
    if (faults->more > 0)
        (void)fprintf(stderr, "kassa-agent: %s: and %zu more\n", where, faults->more);
}

static int read_config(struct agent_settings *settings, const char *path, struct settings_faults *faults)
{
    enum err error = settings_read(&agent_settings_table, path, settings, sizeof(*settings), faults);
    tell_faults(path, faults);
    faults->count = faults->more = 0; /* told; where each setting stands is kept */
    return error == ERR_OK ? EXIT_DONE : error == ERR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_USAGE;
}

static int set_one(struct agent_settings *settings, char *text)
{
    struct settings_fault fault = {0};
    char *value = strchr(text, '=');
    char *name = value != NULL ? memrchr(text, '.', (size_t)(value - text)) : NULL; /* reader.2.device */
    if (name == NULL) {
        (void)fprintf(stderr, "kassa-agent: --set takes SECTION.NAME=VALUE\n");
        return EXIT_USAGE;
    }
    *value++ = '\0';
    *name++ = '\0';
    if (settings_set(&agent_settings_table, settings, text, name, value, &fault) == ERR_OK)
        return EXIT_DONE;
    (void)fprintf(stderr, "kassa-agent: --set: %s\n", fault.text);
    return EXIT_USAGE;
}

struct command {
    enum action action;
    const char *config; /* the file's path; NULL: none was named */
    bool repairs;
    bool is_done; /* nothing is left to do */
    int code;     /* of the first fault; what stands behind it is still looked at, and told */
    struct settings_faults faults;
};

static void keep_code(struct command *command, int code)
{
    command->code = command->code == EXIT_DONE ? code : command->code;
}

static void take_option(int option, char *value, struct agent_settings *settings, struct command *command)
{
    switch (option) {
    case 'c':
        command->config = value;
        keep_code(command, read_config(settings, value, &command->faults));
        return;
    case 's':
        keep_code(command, set_one(settings, value));
        return;
    case 'p':
        command->action = ACTION_PRINT;
        return;
    case 'k':
        command->action = ACTION_CHECK;
        return;
    case 'r':
        command->repairs = true;
        return;
    case 'n':
        command->action = ACTION_SNAPSHOT;
        return;
    case 'm':
        command->action = ACTION_COMPACT;
        return;
    case 'v':
        (void)printf("kassa-agent %s\nsecurity fixes until %s\n", KASSA_VERSION, KASSA_SUPPORT_END);
        command->is_done = true;
        return;
    case 'h':
        (void)fputs(usage, stdout);
        command->is_done = true;
        return;
    default: /* getopt_long's '?' has told why */
        (void)fputs(usage, stderr);
        command->code = EXIT_USAGE;
        command->is_done = true;
        return;
    }
}

static int refuse_words(const char *extra)
{
    if (extra != NULL)
        (void)fprintf(stderr, "kassa-agent: \"%s\" is too much\n%s", extra, usage);
    else
        (void)fprintf(stderr,
                      "kassa-agent: --config FILE is missing: the settings of this till\n"
                      "  kassa-agent --print-settings > kassa-agent.ini   writes one with every setting\n"
                      "  kassa-agent --help                               shows all options\n");
    return EXIT_USAGE;
}

static int read_command(int argc, char **argv, struct agent_settings *settings, struct command *command)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},   {"set", required_argument, NULL, 's'},
        {"print-settings", no_argument, NULL, 'p'}, {"check-config", no_argument, NULL, 'k'},
        {"repair", no_argument, NULL, 'r'},         {"version", no_argument, NULL, 'v'},
        {"snapshot", no_argument, NULL, 'n'},       {"compact-cache", no_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    int option;
    settings_set_defaults(&agent_settings_table, settings);
    while (!command->is_done && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        take_option(option, optarg, settings, command);
    if (command->is_done || (command->code == EXIT_DONE && command->action == ACTION_PRINT))
        return command->code;
    if (optind != argc || command->config == NULL)
        return refuse_words(optind != argc ? argv[optind] : NULL);
    /* Of a file with faults nothing was taken: what it says of ids and zones is not looked at. */
    if (command->code == EXIT_DONE && agent_settings_check(settings, &command->faults) != ERR_OK)
        command->code = EXIT_USAGE;
    settings_place_faults(&agent_settings_table, "", &command->faults);
    tell_faults(command->config, &command->faults);
    return command->code;
}

static void tell_file(const struct agent_fault *fault)
{
    (void)fprintf(stderr, "kassa-agent: %s: %s\n", fault->what, fault->sentence);
}

static int check(struct agent *agent)
{
    enum err error = vault_open();
    if (error == ERR_OK)
        error = agent_check_files(agent, tell_file);
    bounded_close(&agent->chip.bounded);
    if (error != ERR_OK)
        return code_of(error);
    (void)puts(agent->settings.root_file[0] != '\0'
                   ? "the settings can be used"
                   : "the settings can be used; without book.root_file no book is taken");
    return EXIT_DONE;
}

static void on_turn(uv_prepare_t *prepare)
{
    struct agent *agent = prepare->data;
    if (!agent->is_ending)
        agent_turn(agent);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct agent *agent = signal->data;
    (void)number;
    uv_stop(&agent->loop);
}

static void on_upkeep(uv_timer_t *timer)
{
    agent_keep_journal(timer->data);
}

static enum err start(struct agent *agent, struct agent_fault *fault)
{
    agent->clock = linux_clock();
    agent->random = linux_random();
    agent->start_mono_ms = agent->clock.ops->mono_ms(agent->clock.self);
    if (setenv("TZ", agent->settings.time_zone, 1) != 0)
        return agent_fail(fault, ERR_MEMORY, "time_zone", err_sentence(ERR_MEMORY));
    tzset();
    TRY(agent_list_read(agent->settings.number_prefixes, &agent->prefixes));
    TRY(agent_list_read(agent->settings.api_origins, &agent->origins));
    enum err error = vault_open();
    if (error != ERR_OK)
        return agent_fail(fault, error, "vault", err_sentence(error));
    TRY(agent_read_peppers(agent, /* is_check= */ false, fault));
    TRY(agent_open_programme(agent, /* is_check= */ false, fault));
    TRY(agent_open_watch(agent, fault));
    TRY(agent_open_stores(agent, fault));
    TRY(agent_listen(agent, fault));
    TRY(agent_open_till(agent, fault));
    agent_tell_rebuilt(agent);
    TRY(agent_open_books(agent, fault));
    agent_load_book(agent);
    TRY(agent_open_line(agent, fault));
    TRY(agent_open_store_line(agent, fault));
    TRY(agent_open_faces(agent, fault));
    return agent_open_readers(agent, fault);
}

static void start_loop(struct agent *agent)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the write, and no end */
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        (void)uv_signal_init(&agent->loop, &agent->signals[i]);
        agent->signals[i].data = agent;
        (void)uv_signal_start(&agent->signals[i], on_signal, numbers[i]);
    }
    (void)uv_timer_init(&agent->loop, &agent->due);
    (void)uv_timer_init(&agent->loop, &agent->upkeep);
    agent->upkeep.data = agent;
    (void)uv_timer_start(&agent->upkeep, on_upkeep, UPKEEP_FIRST_MS, UPKEEP_MS);
    (void)uv_prepare_init(&agent->loop, &agent->turn);
    agent->turn.data = agent;
    (void)uv_prepare_start(&agent->turn, on_turn);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    agent_close_handle(handle);
}

/* In the order in which each still needs the next; also after a start that failed, of what there is. Nobody
 * asks the till any more once it has written its last record, which sync may still send. */
static void end(struct agent *agent, const char *reason)
{
    service_tell_stopping(agent->watch.service);
    agent_close_keeper(agent);
    agent_close_remains(agent);
    agent_close_readers(agent);
    agent_close_faces(agent);
    agent->is_ending = true;
    till_close(agent->till, reason);
    agent->till = NULL;
    if (agent->line.sync != NULL) {
        sync_appended(agent->line.sync);
        (void)sync_run(agent->line.sync);
    }
    agent_close_store_line(agent);
    agent_close_line(agent);
    agent_close_books(agent);
    agent_close_handle((uv_handle_t *)&agent->turn);
    agent_close_handle((uv_handle_t *)&agent->due);
    agent_close_handle((uv_handle_t *)&agent->upkeep);
    for (size_t i = 0; i < COUNT_OF(agent->signals); i++)
        agent_close_handle((uv_handle_t *)&agent->signals[i]);
    (void)uv_run(&agent->loop, UV_RUN_DEFAULT); /* until the reader's child is gone */
    uv_walk(&agent->loop, close_handle, NULL);
    (void)uv_run(&agent->loop, UV_RUN_DEFAULT);
    agent_close_stores(agent);
    agent_close_watch(agent);
    bounded_close(&agent->chip.bounded);
    free(agent->book.bytes);
}

static int run(struct agent *agent)
{
    struct agent_fault fault = {.what = "settings", .sentence = "too many entries in a list"};
    if (uv_loop_init(&agent->loop) != 0)
        return EXIT_DEVICE;
    start_loop(agent);
    enum err error = start(agent, &fault);
    if (error != ERR_OK) {
        service_tell_status(agent->watch.service, fault.sentence);
        end(agent, "could not start");
        (void)fprintf(stderr, "kassa-agent: %s: %s\n", fault.what, fault.sentence);
        return code_of(error);
    }
    uint64_t start_ms = agent->clock.ops->mono_ms(agent->clock.self) - agent->start_mono_ms;
    log_event(LOG_LEVEL_NOTICE, "agent.ready", "till=%s port=%u start_ms=%llu members=%llu",
              agent->settings.id, (unsigned)agent->faces.port, (unsigned long long)start_ms,
              (unsigned long long)members_count(agent->stores.members));
    service_tell_ready(agent->watch.service);
    agent->chip.bounded.wait_ms = BOUNDED_LOOP_MS;
    (void)uv_run(&agent->loop, UV_RUN_DEFAULT);
    end(agent, agent->exit_code == EXIT_DONE ? "ended in order" : "the disk failed");
    (void)uv_loop_close(&agent->loop);
    log_event(LOG_LEVEL_NOTICE, "agent.ended", "till=%s", agent->settings.id);
    return agent->exit_code;
}

/* Beside a running agent, and after it: what it does may wait. */
static int help(struct agent *agent, enum err (*job)(struct agent *agent, struct agent_fault *fault))
{
    struct agent_fault fault = {.what = "vault", .sentence = "the library of cryptography does not start"};
    agent->clock = linux_clock();
    agent->random = linux_random();
    (void)setpriority(PRIO_PROCESS, 0, HELPER_NICE);
    enum err error = vault_open();
    if (error == ERR_OK)
        error = job(agent, &fault);
    agent_close_stores(agent);
    if (error == ERR_OK)
        return EXIT_DONE;
    (void)fprintf(stderr, "kassa-agent: %s: %s\n", fault.what, fault.sentence);
    return code_of(error);
}

/* The words as they were typed: reading the settings cuts them up. Freed by the end of the process. */
static char **copy_words(int argc, char **argv)
{
    char **words = calloc((size_t)argc + 1, sizeof(*words));
    for (int i = 0; words != NULL && i < argc; i++) {
        words[i] = strdup(argv[i]);
        if (words[i] == NULL)
            return NULL;
    }
    return words;
}

int main(int argc, char **argv)
{
    static struct agent agent;
    struct command command = {.action = ACTION_RUN};
    linux_memory_guard();
    agent.argv = copy_words(argc, argv);
    if (agent.argv == NULL)
        return EXIT_DEVICE;
    int code = read_command(argc, argv, &agent.settings, &command);
    if (code != EXIT_DONE || command.is_done)
        return code;
    agent.repairs = command.repairs;
    switch (command.action) {
    case ACTION_PRINT:
        settings_print(&agent_settings_table, &agent.settings, print_settings, NULL);
        return EXIT_DONE;
    case ACTION_CHECK:
        return check(&agent);
    case ACTION_SNAPSHOT:
        return help(&agent, agent_take_snapshot);
    case ACTION_COMPACT:
        return help(&agent, agent_copy_cache);
    case ACTION_RUN:
        return run(&agent);
    }
    return EXIT_USAGE;
}
