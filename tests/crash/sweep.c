/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/sweep.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX 64

struct shared {
    double begin;
    uint64_t next; /* run */
    uint64_t states;
    struct tally tallies[JOBS_MAX];
};

struct positions {
    uint32_t calls;
    uint32_t syncs;
};

static double seconds_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static double cpu_of_children(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
}

/* Run n of a sweep of faults: the kinds in turn, then the next call; false when that call is beyond the last. */
static bool choose_fault(const struct sweep *sweep, const struct positions *positions, uint64_t number,
                         struct crash_fault *out)
{
    bool is_one_kind = sweep->only_kind != CRASH_FAULT_NONE;
    uint64_t kinds = is_one_kind ? 1 : CRASH_FAULT_COUNT - 1;
    out->kind = is_one_kind ? sweep->only_kind : (enum crash_fault_kind)(1 + number % kinds);
    out->at = (uint32_t)(1 + number / kinds * sweep->fault_stride);
    return out->at <= positions->calls;
}

/* False: there is no such run, the sweep is over. */
static bool run_number(const struct sweep *sweep, const struct positions *positions, uint64_t number,
                       const struct scratch *scratch, struct tally *tally)
{
    struct run_settings settings = sweep->run;
    switch (sweep->kind) {
    case SWEEP_CUT:
        settings.seed += number;
        run_cuts(&settings, scratch, tally);
        return true;
    case SWEEP_FAULT:
        if (!choose_fault(sweep, positions, number, &settings.fault))
            return false;
        if (settings.fault.kind == CRASH_FAULT_EIO_SYNC && settings.fault.at > positions->syncs)
            return true;
        run_cuts(&settings, scratch, tally);
        tally->faults++;
        return true;
    case SWEEP_CHAIN:
        settings.seed += number;
        run_chain(&settings, scratch, sweep->links, tally);
        return true;
    }
    return false;
}

static bool goes_on(const struct sweep *sweep, const struct shared *shared, const struct tally *tally)
{
    if (sweep->stops_at_bad && !tally_is_clean(tally))
        return false;
    if (sweep->seconds > 0)
        return seconds_now() - shared->begin < sweep->seconds;
    return sweep->kind == SWEEP_FAULT || __atomic_load_n(&shared->states, __ATOMIC_RELAXED) < sweep->states;
}

static void work(const struct sweep *sweep, const struct positions *positions, struct shared *shared,
                 unsigned job)
{
    struct scratch scratch;
    struct tally *tally = &shared->tallies[job];
    bool has_more = true;
    scratch_make(&scratch);
    while (has_more && goes_on(sweep, shared, tally)) {
        uint64_t before = tally->states;
        uint64_t number = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);
        has_more = run_number(sweep, positions, number, &scratch, tally) && sweep->run.only_state == 0;
        (void)__atomic_fetch_add(&shared->states, tally->states - before, __ATOMIC_RELAXED);
    }
    scratch_remove(&scratch);
}

static void count_positions(const struct sweep *sweep, struct positions *out)
{
    struct scratch scratch;
    struct run_settings settings = sweep->run;
    settings.misuse = (struct misuse){0};
    scratch_make(&scratch);
    run_count(&settings, &scratch, &out->calls, &out->syncs);
    scratch_remove(&scratch);
}

void sweep_run(const struct sweep *sweep, struct swept *out)
{
    struct positions positions = {0};
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned jobs = sweep->run.only_state != 0 ? 1 : sweep->jobs < JOBS_MAX ? sweep->jobs : JOBS_MAX;
    KASSA_ASSERT(shared != MAP_FAILED);
    if (sweep->kind == SWEEP_FAULT)
        count_positions(sweep, &positions);
    shared->begin = seconds_now();
    double cpu = cpu_of_children();
    (void)fflush(NULL);
    for (unsigned job = 0; job < jobs; job++) {
        pid_t pid = fork();
        KASSA_ASSERT(pid >= 0);
        if (pid == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            work(sweep, &positions, shared, job);
            (void)fflush(NULL);
            _exit(0);
        }
    }
    bool is_whole = true;
    for (unsigned job = 0; job < jobs; job++) {
        int status = 0;
        is_whole = wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && is_whole;
    }
    KASSA_ASSERT(is_whole); /* a worker that dies has looked at nothing */
    *out = (struct swept){.seconds = seconds_now() - shared->begin, .cpu_seconds = cpu_of_children() - cpu};
    for (unsigned job = 0; job < jobs; job++)
        tally_add(&out->tally, &shared->tallies[job]);
    (void)munmap(shared, sizeof *shared);
}
