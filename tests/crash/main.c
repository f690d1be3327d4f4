/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-crash: cuts the power of a till's programs, at every point and in every way that a disk may take it. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "crash/block_run.h"
#include "crash/controls.h"
#include "crash/starve.h"
#include "crash/sweep.h"

#define BLOCK_STATES_A_RUN 250

static const char usage[] =
    "usage: kassa-crash [OPTION ...] MODE\n"
    "\n"
    "Records what a till's journal writes, and opens what a power cut could have left at each point:\n"
    "every subset of the writes and names that were not synced, torn sectors too. Nothing that was\n"
    "acknowledged may be gone, nothing else may be there, and it must go on working.\n"
    "\n"
    "modes\n"
    "  cut             power cuts at every point of the work (P1)\n"
    "  start           power cuts at every point of the first start (P2)\n"
    "  fault           each call fails once, in each way; then power cuts (P3)\n"
    "  starve          the agent with one request for memory or for a file that fails (P21)\n"
    "  keep            the same of what is done to a journal or a cache as a whole: all subjects of that\n"
    "                  kind, unless --subject names one\n"
    "  chain           cut, go on with what is left, cut again (P4)\n"
    "  ext4            power cuts below a real ext4 on a loop device (P5); who may not mount ends with 77\n"
    "  ext4 NAME       and there, too, a program that is wrong on purpose\n"
    "  control NAME    the same with a program that is wrong on purpose: it must be found\n"
    "\n"
    "options\n"
    "  --states N      look at this many states at the least (100000; chain: 6000 cuts)\n"
    "  --seconds N     begin no run after so many seconds, instead of --states\n"
    "  --seed N        of the first run; the next ones count up (1)\n"
    "  --subject NAME  what is cut off (journal)\n"
    "  --operations N  of each run\n"
    "  --links N       cuts of a chain (20)\n"
    "  --stride N      fault: only each Nth call fails (1)\n"
    "  --fault KIND:K  only this fault, at call K\n"
    "  --place KIND:K  starve: only this request, memory:K or files:K\n"
    "  --jobs N        processes (the number of processors)\n"
    "  --state N       only state N of run --seed: what it is, and what is wrong with it\n"
    "  --keep FOLDER   leave the image of that state there\n"
    "  --list          the subjects, the controls, the faults\n"
    "  --help\n";

struct mode {
    const char *name;
    const char *promise;
    enum sweep_kind kind;
    uint64_t states;
    uint32_t operations;
    struct cut_limits limits;
};

static const struct mode modes[] = {
    {"cut", "P1", SWEEP_CUT, 100000, 24, {8, 24, 8}},  {"start", "P2", SWEEP_CUT, 10000, 1, {10, 24, 12}},
    {"keep", "P1", SWEEP_CUT, 1, 1, {6, 5, 1}},        {"fault", "P3", SWEEP_FAULT, 0, 14, {5, 6, 2}},
    {"chain", "P4", SWEEP_CHAIN, 6000, 8, {6, 24, 4}},
};

static const struct mode below_ext4 = {"ext4", "P5", SWEEP_CUT, 1500, 24, {0}};

enum {
    OPTION_STATES = 256,
    OPTION_SECONDS,
    OPTION_SEED,
    OPTION_SUBJECT,
    OPTION_OPERATIONS,
    OPTION_LINKS,
    OPTION_STRIDE,
    OPTION_FAULT,
    OPTION_JOBS,
    OPTION_STATE,
    OPTION_KEEP,
    OPTION_PLACE,
    OPTION_LIST,
    OPTION_HELP
};

static const struct option long_options[] = {{"states", required_argument, NULL, OPTION_STATES},
                                             {"seconds", required_argument, NULL, OPTION_SECONDS},
                                             {"seed", required_argument, NULL, OPTION_SEED},
                                             {"subject", required_argument, NULL, OPTION_SUBJECT},
                                             {"operations", required_argument, NULL, OPTION_OPERATIONS},
                                             {"links", required_argument, NULL, OPTION_LINKS},
                                             {"stride", required_argument, NULL, OPTION_STRIDE},
                                             {"fault", required_argument, NULL, OPTION_FAULT},
                                             {"jobs", required_argument, NULL, OPTION_JOBS},
                                             {"state", required_argument, NULL, OPTION_STATE},
                                             {"keep", required_argument, NULL, OPTION_KEEP},
                                             {"place", required_argument, NULL, OPTION_PLACE},
                                             {"list", no_argument, NULL, OPTION_LIST},
                                             {"help", no_argument, NULL, OPTION_HELP},
                                             {0}};

struct wanted {
    uint64_t numbers[OPTION_HELP + 1 - OPTION_STATES]; /* of options that take one; 0: not given */
    const struct subject *subject;
    struct crash_fault fault;
    const char *keep;
    const char *place;
    bool starves;
    bool is_below_ext4;
    const struct mode *mode;
    const struct control *control;
};

static uint64_t number_of(const struct wanted *wanted, int option, uint64_t otherwise)
{
    uint64_t number = wanted->numbers[option - OPTION_STATES];
    return number == 0 ? otherwise : number;
}

static _Noreturn void refuse(const char *what, const char *value)
{
    (void)fprintf(stderr, "kassa-crash: %s: %s\n%s", what, value, usage);
    exit(2);
}

static void list(void)
{
    for (size_t i = 0; subjects[i] != NULL; i++)
        printf("subject  %-16s %s\n", subjects[i]->name, subjects[i]->what);
    for (size_t i = 0; i < control_count; i++)
        printf("control  %-16s %s\n", controls[i].name, controls[i].what);
    for (enum crash_fault_kind kind = 1; kind < CRASH_FAULT_COUNT; kind++)
        printf("fault    %s\n", crash_fault_name(kind));
}

static uint64_t read_number(const char *text)
{
    char *end = NULL;
    uint64_t number = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || text[0] == '-')
        refuse("not a number", text);
    return number;
}

static struct crash_fault read_fault(const char *text)
{
    const char *colon = strchr(text, ':');
    for (enum crash_fault_kind kind = 1; colon != NULL && kind < CRASH_FAULT_COUNT; kind++) {
        const char *name = crash_fault_name(kind);
        if (strlen(name) == (size_t)(colon - text) && strncmp(name, text, strlen(name)) == 0)
            return (struct crash_fault){kind, (uint32_t)read_number(colon + 1)};
    }
    refuse("no such fault", text);
}

static void read_option(struct wanted *wanted, int option)
{
    switch (option) {
    case OPTION_SUBJECT:
        wanted->subject = subject_find(optarg);
        if (wanted->subject == NULL)
            refuse("no such subject", optarg);
        return;
    case OPTION_FAULT:
        wanted->fault = read_fault(optarg);
        return;
    case OPTION_KEEP:
        wanted->keep = optarg;
        return;
    case OPTION_PLACE:
        wanted->place = optarg;
        return;
    case OPTION_LIST:
        list();
        exit(0);
    case OPTION_HELP:
        (void)fputs(usage, stdout);
        exit(0);
    case '?':
        exit(2);
    default:
        wanted->numbers[option - OPTION_STATES] = read_number(optarg);
    }
}

static void read_mode(struct wanted *wanted, char *const *words)
{
    if (words[0] == NULL)
        refuse("no mode", "");
    wanted->starves = strcmp(words[0], "starve") == 0;
    if (wanted->starves)
        return;
    wanted->is_below_ext4 = strcmp(words[0], "ext4") == 0;
    if (strcmp(words[0], "control") == 0 || (wanted->is_below_ext4 && words[1] != NULL)) {
        wanted->control = words[1] == NULL ? NULL : control_find(words[1]);
        if (wanted->control == NULL)
            refuse("no such control", words[1] == NULL ? "" : words[1]);
    }
    if (wanted->is_below_ext4) {
        wanted->mode = &below_ext4;
        return;
    }
    const char *name = wanted->control == NULL                      ? words[0]
                       : wanted->control->fault != CRASH_FAULT_NONE ? "fault"
                                                                    : "cut";
    for (size_t i = 0; i < COUNT_OF(modes); i++)
        if (strcmp(modes[i].name, name) == 0)
            wanted->mode = &modes[i];
    if (wanted->mode == NULL)
        refuse("no such mode", name);
}

static unsigned jobs_of(const struct wanted *wanted)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return (unsigned)number_of(wanted, OPTION_JOBS, processors < 1 ? 1 : (uint64_t)processors);
}

static struct sweep sweep_of(const struct wanted *wanted)
{
    const struct mode *mode = wanted->mode;
    struct sweep sweep = {
        .kind = mode->kind,
        .states = number_of(wanted, OPTION_STATES, wanted->control != NULL ? 3000 : mode->states),
        .seconds = (double)number_of(wanted, OPTION_SECONDS, 0),
        .links = (uint32_t)number_of(wanted, OPTION_LINKS, 20),
        .jobs = jobs_of(wanted),
        .fault_stride = (unsigned)number_of(wanted, OPTION_STRIDE, 1),
        .run = {.subject = wanted->subject,
                .seed = number_of(wanted, OPTION_SEED, 1),
                .operations = (uint32_t)number_of(wanted, OPTION_OPERATIONS,
                                                  wanted->control != NULL ? 10 : mode->operations),
                .fault = wanted->fault,
                .limits = mode->limits,
                .only_state = number_of(wanted, OPTION_STATE, 0),
                .keep = wanted->keep}};
    if (wanted->control != NULL) {
        sweep.run.misuse = wanted->control->misuse;
        sweep.only_kind = wanted->control->fault;
        sweep.stops_at_bad = true;
    }
    if (wanted->fault.kind != CRASH_FAULT_NONE) {
        sweep.kind = SWEEP_CUT; /* this one fault alone */
        sweep.states = number_of(wanted, OPTION_STATES, 1);
    }
    return sweep;
}

static void print_counts(const struct wanted *wanted, const struct swept *swept)
{
    const struct tally *tally = &swept->tally;
    const uint64_t *counts = tally->counts;
    printf("%" PRIu64 " states", tally->states);
    if (tally->cuts > 0)
        printf(" (%" PRIu64 " chains)", tally->runs);
    else
        printf(" of %" PRIu64 " runs (%" PRIu64 " images opened)", tally->runs, tally->images);
    if (wanted->mode->kind == SWEEP_FAULT)
        printf(", %" PRIu64 " faults", tally->faults);
    printf(", %" PRIu64 " lost, %" PRIu64 " torn, %" PRIu64 " phantom, %" PRIu64 " bricked, %" PRIu64
           " bad after more writes, %" PRIu64 " killed, %" PRIu64
           " wrong answers; %.1f s, %.0f states/s a core\n",
           counts[VERDICT_LOST], counts[VERDICT_TORN], counts[VERDICT_PHANTOM], counts[VERDICT_BRICK],
           counts[VERDICT_LATER], counts[VERDICT_SIGNAL] + counts[VERDICT_HANG], tally->refused,
           swept->seconds, (double)tally->states / (swept->cpu_seconds > 0 ? swept->cpu_seconds : 1));
}

static void print_bad(const struct wanted *wanted, const struct sweep *sweep, const struct bad_state *bad)
{
    printf("%s: %s\n", verdict_name(bad->kind), bad->why);
    if (wanted->is_below_ext4) { /* when the kernel writes back is another each time */
        printf("like it: kassa-crash --seed %" PRIu64 " --states %d ext4%s%s   (state %" PRIu64 ")\n",
               bad->seed, BLOCK_STATES_A_RUN, wanted->control != NULL ? " " : "",
               wanted->control != NULL ? wanted->control->name : "", bad->state);
        return;
    }
    if (sweep->kind == SWEEP_CHAIN) {
        printf("again: kassa-crash --seed %" PRIu64 " --states 1 --jobs 1 chain   (cut %" PRIu64 " of it)\n",
               bad->seed, bad->state);
        return;
    }
    printf("again: kassa-crash --subject %s --operations %" PRIu32 " --seed %" PRIu64 " --state %" PRIu64,
           sweep->run.subject->name, sweep->run.operations, bad->seed, bad->state);
    if (bad->fault.kind != CRASH_FAULT_NONE)
        printf(" --fault %s:%" PRIu32, crash_fault_name(bad->fault.kind), bad->fault.at);
    printf(wanted->control != NULL ? " control %s\n" : " %s\n",
           wanted->control != NULL ? wanted->control->name : wanted->mode->name);
}

static int starve(const struct wanted *wanted)
{
    struct starved starved;
    starve_agent((unsigned)number_of(wanted, OPTION_STRIDE, 1), jobs_of(wanted), wanted->place, &starved);
    printf("P21: %" PRIu64 " runs over %" PRIu64 " requests for memory and %" PRIu64 " for files, %" PRIu64
           " crashes, %" PRIu64 " lost; %" PRIu64 " ended while starting (%" PRIu64
           " by libuv's abort), %" PRIu64 " sales were refused\n",
           starved.runs, starved.memory_places, starved.file_places, starved.crashes, starved.lost,
           starved.not_started, starved.given_up, starved.refused);
    if (starved.first_bad[0] != '\0')
        printf("%s\n", starved.first_bad);
    return starved.crashes + starved.lost == 0 && starved.runs > 0 ? 0 : 1;
}

/* One after another: each run has the disk, its states are what takes the time. */
static bool sweep_below_ext4(const struct sweep *sweep, struct swept *out)
{
    struct scratch scratch;
    struct run_settings settings = sweep->run;
    struct timespec begin = {0}, end = {0};
    if (!block_may_mount())
        return false;
    *out = (struct swept){0};
    scratch_make(&scratch);
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    while (out->tally.states < sweep->states && !(sweep->stops_at_bad && !tally_is_clean(&out->tally))) {
        uint64_t left = sweep->states - out->tally.states;
        block_run(&settings, &scratch, left < BLOCK_STATES_A_RUN ? left : BLOCK_STATES_A_RUN, &out->tally);
        settings.seed++;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    scratch_remove(&scratch);
    out->seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    out->cpu_seconds = out->seconds;
    return true;
}

static int try_one(const struct wanted *wanted)
{
    struct swept swept;
    struct sweep sweep = sweep_of(wanted);
    if (!wanted->is_below_ext4) {
        sweep_run(&sweep, &swept);
    } else if (!sweep_below_ext4(&sweep, &swept)) {
        printf("kassa-crash: this user may not mount file systems, or there is no /dev/fuse: nothing was "
               "tried\n");
        return 77;
    }
    bool is_clean = tally_is_clean(&swept.tally);
    if (wanted->control != NULL)
        printf("control %s (%s): %s: ", wanted->control->name, wanted->control->what,
               is_clean ? "NOT FOUND" : "found");
    else
        printf("%s: ", wanted->mode->promise);
    print_counts(wanted, &swept);
    if (!is_clean)
        print_bad(wanted, &sweep, &swept.tally.first_bad);
    return is_clean == (wanted->control == NULL) ? 0 : 1;
}

/* Each that has something on the disk before it begins. */
static int keep_all(const struct wanted *wanted)
{
    int code = 0;
    for (size_t i = 0; subjects[i] != NULL; i++) {
        struct wanted one = *wanted;
        one.subject = subjects[i];
        if (one.subject->prepare == NULL)
            continue;
        printf("%s, ", one.subject->name);
        (void)fflush(stdout);
        int failed = try_one(&one);
        code = code == 0 ? failed : code;
    }
    return code;
}

int main(int count, char **words)
{
    struct wanted wanted = {.subject = NULL};
    for (int option; (option = getopt_long(count, words, "", long_options, NULL)) != -1;)
        read_option(&wanted, option);
    read_mode(&wanted, words + optind);
    if (wanted.starves)
        return starve(&wanted);
    if (wanted.subject == NULL && strcmp(wanted.mode->name, "keep") == 0)
        return keep_all(&wanted);
    wanted.subject = wanted.subject == NULL ? subjects[0] : wanted.subject;
    if (wanted.mode->kind == SWEEP_CHAIN && wanted.subject->restart == NULL)
        refuse("no chains of this subject", wanted.subject->name);
    return try_one(&wanted);
}
