/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-shopper: a POS that drives tills through their local API: a synthetic neighbourhood, or real
 * receipts. */
#include <curl/curl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "shopper/pos.h"
#include "vault/vault.h"

#define TILLS_MAX 64

enum exit_code { EXIT_DONE = 0, EXIT_FAULTS = 1, EXIT_USAGE = 2, EXIT_DATA = 4 };

struct options {
    struct pos_settings tills[TILLS_MAX];
    size_t till_count;
    size_t shopper_count;
    uint64_t seed;
    const char *receipts;
    size_t receipt_limit;
    const char *wallet_path;
    const char *show;
    const char *members_path;
    const char *json_path;
    const char *progress_path;
    unsigned return_percent;
    unsigned patience_ms;
};

/* Visits are handed out in their order to whichever POS is free. */
struct queue {
    pthread_mutex_t mutex;
    const struct plan *plan;
    size_t next;
    const char *progress_path;
};

struct worker {
    pthread_t thread;
    struct queue *queue;
    struct pos_settings settings;
    struct summary summary;
    enum err error;
};

static const char usage[] =
    "usage: kassa-shopper --till NAME,URL[,CONTROL[,SCANNER]] [--till ...] [options]\n"
    "\n"
    "Drives tills as a POS does, through their local API, and lays cards before their simulated readers.\n"
    "\n"
    "  --till NAME,URL[,CONTROL[,SCANNER]]\n"
    "                             a till: its API's address, the control sockets of its pn532-sim and of "
    "its\n"
    "                             simulated scanner; repeat it. Without them cards are handed on as numbers\n"
    "  --wallet FILE              what shoppers carry (tools/shopper/wallet.h); without it tags and "
    "barcodes\n"
    "  --show TECHNOLOGY          show that card or code of the first shopper who has it at the first till, "
    "and "
    "end\n"
    "  --shoppers N               visits of a synthetic neighbourhood (100)\n"
    "  --seed N                   the same seed gives the same neighbourhood (1)\n"
    "  --receipts FILE            replay real receipts instead (online_retail.csv.xz)\n"
    "  --limit N                  only the first N receipts\n"
    "  --returns PERCENT          visits after which something comes back (8; 0 with --receipts)\n"
    "  --patience-ms N            how long a till that does not answer is asked again (60000)\n"
    "  --write-members FILE       write the members as `kassa member import` reads them, and end\n"
    "  --progress FILE            write the number of begun visits there, now and then\n"
    "  --json FILE                write the summary there too\n"
    "  --help                     this text\n\n"
    "Exit: 0 done, 1 a till refused or contradicted what it should have taken, 2 usage,\n"
    "4 a file cannot be read or written, or nobody has that technology.\n";

static bool take_till(struct options *options, char *text)
{
    if (options->till_count == TILLS_MAX)
        return false;
    struct pos_settings *till = &options->tills[options->till_count];
    char *rest = NULL;
    till->name = strtok_r(text, ",", &rest);
    till->url = strtok_r(NULL, ",", &rest);
    till->sim_path = strtok_r(NULL, ",", &rest);
    till->scanner_path = strtok_r(NULL, ",", &rest);
    options->till_count++;
    return till->name != NULL && till->url != NULL;
}

static bool take_number(const char *text, unsigned long long max, unsigned long long *out)
{
    char *end = NULL;
    *out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && *out <= max;
}

static bool take_option(struct options *options, int option, char *text)
{
    unsigned long long number = 0;
    bool is_number = text != NULL && take_number(text, UINT32_MAX, &number);
    switch (option) {
    case 't':
        return take_till(options, text);
    case 'n':
        options->shopper_count = (size_t)number;
        return is_number;
    case 's':
        options->seed = number;
        return is_number;
    case 'l':
        options->receipt_limit = (size_t)number;
        return is_number;
    case 'b':
        options->return_percent = (unsigned)number;
        return is_number && number <= 100;
    case 'w':
        options->patience_ms = (unsigned)number;
        return is_number;
    case 'r':
        options->receipts = text;
        return true;
    case 'c':
        options->wallet_path = text;
        return true;
    case 'o':
        options->show = text;
        return true;
    case 'm':
        options->members_path = text;
        return true;
    case 'p':
        options->progress_path = text;
        return true;
    case 'j':
        options->json_path = text;
        return true;
    default: /* getopt_long's '?' */
        return false;
    }
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"till", required_argument, NULL, 't'},     {"shoppers", required_argument, NULL, 'n'},
        {"seed", required_argument, NULL, 's'},     {"receipts", required_argument, NULL, 'r'},
        {"limit", required_argument, NULL, 'l'},    {"returns", required_argument, NULL, 'b'},
        {"json", required_argument, NULL, 'j'},     {"write-members", required_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},           {"patience-ms", required_argument, NULL, 'w'},
        {"progress", required_argument, NULL, 'p'}, {"wallet", required_argument, NULL, 'c'},
        {"show", required_argument, NULL, 'o'},     {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(usage, stdout);
            exit(EXIT_DONE);
        }
        if (!take_option(options, option, optarg)) {
            if (option != '?')
                (void)fprintf(stderr, "kassa-shopper: '%s' is not a value that this option takes\n", optarg);
            return false;
        }
    }
    return optind == argc && (options->till_count > 0 || options->members_path != NULL);
}

static void report_progress(const struct queue *queue)
{
    FILE *file = queue->progress_path == NULL ? NULL : fopen(queue->progress_path, "w");
    if (file == NULL)
        return;
    (void)fprintf(file, "%zu\n", queue->next);
    (void)fclose(file);
}

static const struct visit *take_visit(struct queue *queue)
{
    (void)pthread_mutex_lock(&queue->mutex);
    const struct visit *visit =
        queue->next < queue->plan->visit_count ? &queue->plan->visits[queue->next++] : NULL;
    if (queue->next % 50 == 0)
        report_progress(queue);
    (void)pthread_mutex_unlock(&queue->mutex);
    return visit;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct pos pos;
    worker->error = pos_open(&worker->settings, &pos);
    if (worker->error != ERR_OK)
        return NULL;
    for (const struct visit *visit = take_visit(worker->queue); visit != NULL && worker->error == ERR_OK;
         visit = take_visit(worker->queue))
        worker->error = pos_serve(&pos, visit);
    summary_merge(&worker->summary, &pos.summary);
    pos_close(&pos);
    return NULL;
}

static enum err run(const struct options *options, struct wallet *wallet, const struct plan *plan,
                    struct summary *sum)
{
    struct queue queue = {
        .mutex = PTHREAD_MUTEX_INITIALIZER, .plan = plan, .progress_path = options->progress_path};
    struct worker *workers = calloc(options->till_count, sizeof(struct worker));
    if (workers == NULL)
        return ERR_MEMORY;
    enum err error = ERR_OK;
    size_t started = 0;
    for (; started < options->till_count; started++) {
        struct worker *worker = &workers[started];
        worker->queue = &queue;
        worker->settings = options->tills[started];
        worker->settings.wallet = wallet;
        worker->settings.seed = options->seed + started;
        worker->settings.return_percent = options->receipts != NULL ? 0 : options->return_percent;
        worker->settings.patience_ms = options->patience_ms;
        if (pthread_create(&worker->thread, NULL, work, worker) != 0)
            break;
    }
    for (size_t i = 0; i < started; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        if (workers[i].error != ERR_OK) {
            error = workers[i].error;
            (void)fprintf(stderr, "kassa-shopper: %s: %s\n", workers[i].settings.name, err_sentence(error));
        }
        summary_merge(sum, &workers[i].summary);
        summary_done(&workers[i].summary);
    }
    report_progress(&queue);
    free(workers);
    return started == options->till_count ? error : ERR_MEMORY;
}

static enum err read_wallet(const struct options *options, struct wallet *out)
{
    char where[64];
    wallet_init(out);
    if (options->wallet_path == NULL)
        return ERR_OK;
    enum err error = wallet_read(options->wallet_path, out, where);
    if (error != ERR_OK)
        (void)fprintf(stderr, "kassa-shopper: %s: %s%s%s\n", options->wallet_path, err_sentence(error),
                      where[0] == '\0' ? "" : ": ", where);
    return error;
}

static enum err make_plan(const struct options *options, const struct card_kinds *kinds, struct plan *plan)
{
    if (options->receipts == NULL)
        return plan_neighbourhood(options->seed, options->shopper_count, kinds, plan);
    size_t line = 0;
    enum err error = plan_receipts(options->receipts, options->receipt_limit, plan, &line);
    if (error != ERR_OK)
        (void)fprintf(stderr, "kassa-shopper: %s, line %zu: %s\n", options->receipts, line,
                      err_sentence(error));
    return error;
}

static int serve(const struct options *options, struct wallet *wallet, const struct plan *plan)
{
    struct summary sum = {0};
    int64_t start_us = api_client_mono_us();
    enum err error = run(options, wallet, plan, &sum);
    json_t *json = summary_to_json(&sum, (double)(api_client_mono_us() - start_us) / 1e6);
    summary_print(json);
    bool written =
        options->json_path == NULL || json_dump_file(json, options->json_path, JSON_INDENT(2)) == 0;
    if (!written)
        (void)fprintf(stderr, "kassa-shopper: cannot write %s\n", options->json_path);
    json_decref(json);
    bool is_clean = error == ERR_OK && sum.refused == 0 && written;
    summary_done(&sum);
    return is_clean ? EXIT_DONE : EXIT_FAULTS;
}

static const struct shopper *find_holder(const struct plan *plan, const char *technology)
{
    for (size_t i = 0; i < plan->shopper_count; i++) {
        const struct card_kind *kind = plan->shoppers[i].kind;
        if (kind != NULL && strcmp(kind->technology, technology) == 0)
            return &plan->shoppers[i];
    }
    return NULL;
}

/* As the shopper would, but that nobody sells. */
static int show(const struct options *options, struct wallet *wallet, const struct plan *plan)
{
    const struct pos_settings *till = &options->tills[0];
    const struct shopper *holder = find_holder(plan, options->show);
    if (holder == NULL) {
        (void)fprintf(stderr, "kassa-shopper: nobody has '%s'\n", options->show);
        return EXIT_DATA;
    }
    bool is_tap = holder->kind->present != NULL;
    const char *path = is_tap ? till->sim_path : till->scanner_path;
    char text[WALLET_TEXT_MAX];
    struct sim_client sim = {.fd = -1};
    enum err error = path == NULL ? ERR_NOT_FOUND : sim_client_open(path, &sim);
    if (error == ERR_OK)
        error = wallet_fill(wallet, is_tap ? holder->kind->present : holder->kind->scan, holder,
                            api_client_unix_ms(), text);
    if (error == ERR_OK)
        error = is_tap ? sim_client_present(&sim, text) : sim_client_scan(&sim, text);
    sim_client_close(&sim);
    if (error != ERR_OK)
        (void)fprintf(stderr, "kassa-shopper: %s: %s\n", options->show, err_sentence(error));
    else
        (void)printf("ok %s %s %s\n", is_tap ? "tapped at" : "scanned at", till->name, options->show);
    return error == ERR_OK ? EXIT_DONE : EXIT_FAULTS;
}

static int write_members(const struct options *options, const struct plan *plan)
{
    enum err error = plan_write_members(plan, options->members_path);
    if (error != ERR_OK)
        (void)fprintf(stderr, "kassa-shopper: %s: %s\n", options->members_path, err_sentence(error));
    return error == ERR_OK ? EXIT_DONE : EXIT_DATA;
}

int main(int argc, char **argv)
{
    struct options options = {.shopper_count = 100, .seed = 1, .return_percent = 8, .patience_ms = 60000};
    if (!read_options(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    struct plan plan;
    struct wallet wallet;
    if (vault_open() != ERR_OK || read_wallet(&options, &wallet) != ERR_OK)
        return EXIT_DATA;
    if (make_plan(&options, &wallet.kinds, &plan) != ERR_OK) {
        wallet_done(&wallet);
        return EXIT_DATA;
    }
    int code = EXIT_DONE;
    (void)signal(SIGPIPE, SIG_IGN);
    if (options.members_path != NULL) {
        code = write_members(&options, &plan);
    } else if (options.show != NULL) {
        code = show(&options, &wallet, &plan);
    } else {
        (void)curl_global_init(CURL_GLOBAL_DEFAULT);
        code = serve(&options, &wallet, &plan);
        curl_global_cleanup();
    }
    plan_done(&plan);
    wallet_done(&wallet);
    return code;
}
