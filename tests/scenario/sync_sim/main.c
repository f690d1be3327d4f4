/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-sync-sim - lives through many seeds, in several processes, or tells one of them. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scenario/sync_sim/world.h"
#include "vault/vault.h"

static const char usage[] =
    "usage: kassa-sync-sim [--seeds N] [--first SEED] [--jobs N] [--days N] [--replay SEED]\n\n"
    "Tills and their hub through bad days, in simulated time.\n\n"
    "  --seeds N      lives: 1000\n"
    "  --first SEED   the first one's seed: 1; the others follow it\n"
    "  --jobs N       processes that share them: 1\n"
    "  --days N       how many bad days a life has: 1, of some ten misfortunes\n"
    "  --replay SEED  tells one life, event by event\n"
    "  --help         this text\n\n"
    "Exit: 0 all held, 1 a life did not (its seed is printed), 2 usage.\n";

#define LARGE_MOST (32 << 20)

struct plan {
    uint64_t first;
    uint64_t count;
    uint64_t jobs;
    uint64_t days;
    uint64_t replay;
    bool is_replay;
};

static double now_s(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What the lives took of a core, on a machine that others use too. */
static double used_s(void)
{
    struct rusage used;
    if (getrusage(RUSAGE_CHILDREN, &used) != 0)
        return 0;
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* Answers how many failed; each is named with its seed. */
static uint64_t live_some(const struct plan *plan, uint64_t job)
{
    static struct world world;
    uint64_t failed = 0;
    for (uint64_t i = job; i < plan->count; i += plan->jobs) {
        if (live(&world, plan->first + i, (unsigned)plan->days, /* is_verbose= */ false))
            continue;
        failed++;
        (void)printf("seed %llu: %s: %s (kassa-sync-sim --days %llu --replay %llu)\n",
                     (unsigned long long)world.seed_number, world.violation, world.detail,
                     (unsigned long long)plan->days, (unsigned long long)world.seed_number);
        (void)fflush(stdout);
        if (failed >= 20)
            break;
    }
    return failed;
}

static int run(const struct plan *plan)
{
    double begin = now_s();
    uint64_t failed = 0;
    (void)fflush(stdout);
    for (uint64_t job = 0; job < plan->jobs; job++) {
        pid_t child = fork();
        if (child < 0)
            return 2;
        if (child == 0)
            _exit((int)live_some(plan, job));
    }
    for (uint64_t job = 0; job < plan->jobs; job++) {
        int status;
        if (wait(&status) < 0)
            return 2;
        failed += WIFEXITED(status) ? (uint64_t)WEXITSTATUS(status) : 1;
    }
    (void)printf("P10: %llu seeds, %llu violations, %.0f seeds/s a core (%llu processes, %.1f s)\n",
                 (unsigned long long)plan->count, (unsigned long long)failed,
                 (double)plan->count / (used_s() + 1e-9), (unsigned long long)plan->jobs, now_s() - begin);
    return failed == 0 ? 0 : 1;
}

static int replay(const struct plan *plan)
{
    static struct world world;
    log_is_told(true);
    bool held = live(&world, plan->replay, (unsigned)plan->days, /* is_verbose= */ true);
    (void)printf(
        "seed %llu: %s; %llu steps, %u sales, %llu delivered, %llu lost, %llu doubled, %llu forgotten\n",
        (unsigned long long)plan->replay, held ? "held" : world.violation, (unsigned long long)world.steps,
        world.sale_count, (unsigned long long)world.network.delivered, (unsigned long long)world.network.lost,
        (unsigned long long)world.network.doubled, (unsigned long long)world.network.forgotten);
    return held ? 0 : 1;
}

static bool read_number(const char *text, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return text[0] != '\0' && *end == '\0';
}

static bool read_arguments(int argc, char **argv, struct plan *plan)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t value;
        if (!read_number(argv[i + 1], &value))
            return false;
        if (strcmp(argv[i], "--seeds") == 0)
            plan->count = value;
        else if (strcmp(argv[i], "--first") == 0)
            plan->first = value;
        else if (strcmp(argv[i], "--jobs") == 0 && value >= 1 && value <= 64)
            plan->jobs = value;
        else if (strcmp(argv[i], "--days") == 0 && value >= 1 && value <= 100)
            plan->days = value;
        else if (strcmp(argv[i], "--replay") == 0) {
            plan->replay = value;
            plan->is_replay = true;
        } else
            return false;
    }
    return argc % 2 == 1;
}

int main(int argc, char **argv)
{
    struct plan plan = {.first = 1, .count = 1000, .jobs = 1, .days = 1};
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    if (!read_arguments(argc, argv, &plan)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_MOST); /* what one life gave back is there for the next */
    (void)mallopt(M_TRIM_THRESHOLD, LARGE_MOST);
    if (vault_open() != ERR_OK)
        return 2;
    return plan.is_replay ? replay(&plan) : run(&plan);
}
