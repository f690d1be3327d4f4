/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/starve.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash/agent_talk.h"
#include "crash/image.h"
#include "crash/run.h"

#define JOBS_MAX 64
#define BASKET                                                                                               \
    "{\"basket\":\"b\",\"lines\":[{\"sku\":\"article\",\"quantity\":\"1\",\"unit_price\":\"2.50\"}]}"
#define TENDERS "{\"basket\":\"b\",\"tenders\":[{\"kind\":\"card\"}]}"

struct shared {
    uint64_t next;
    struct starved by_job[JOBS_MAX];
};

static void note(struct starved *out, uint64_t *count, const char *place, const char *what)
{
    (*count)++;
    if (out->first_bad[0] == '\0')
        (void)snprintf(out->first_bad, sizeof out->first_bad, "%.40s: %.200s", place, what);
}

static void sell(const struct agent_process *agent, struct answer *out)
{
    agent_ask(agent, "PUT", "/v1/basket", NULL, BASKET, out);
    if (out->status == 200)
        agent_ask(agent, "POST", "/v1/basket/commit", "key", TENDERS, out);
}

/* Without any failure: what was acknowledged is there, else it can be sold; and it is the first receipt. */
static void check_after(const struct scratch *scratch, const char *acknowledged, const char *place,
                        struct starved *out)
{
    struct agent_process agent = {0};
    struct answer answer;
    if (!agent_start(scratch->root, NULL, 0, &agent)) {
        note(out, &out->crashes, place, "it does not start any more");
        (void)agent_stop(&agent);
        return;
    }
    agent_ask(&agent, "GET", "/v1/outcomes/key", NULL, "", &answer);
    if (acknowledged[0] != '\0' && (answer.status != 200 || strcmp(answer.body, acknowledged) != 0))
        note(out, &out->lost, place, "an acknowledged sale is not known");
    if (answer.status != 200)
        sell(&agent, &answer);
    if (strstr(answer.body, "\"number\":1}") == NULL)
        note(out, &out->lost, place, "the sale is not the first receipt");
    if (agent_stop(&agent) != 0)
        note(out, &out->crashes, place, "it ended with a signal afterwards");
}

static void starve_at(const struct scratch *scratch, const char *place, struct starved *out)
{
    struct agent_process agent = {0};
    struct answer answer = {0};
    char acknowledged[ANSWER_MAX] = "";
    char counts[300];
    image_clear_folder(scratch->root);
    (void)snprintf(counts, sizeof counts, "%.250s/counts", scratch->folder);
    const struct agent_variable variables[] = {
        {"LD_PRELOAD", "libkassa_heap_shim.so"}, {"KASSA_STARVE", place}, {"KASSA_STARVE_COUNT", counts}};
    bool is_ready = agent_start(scratch->root, variables, COUNT_OF(variables), &agent);
    if (!is_ready)
        out->not_started++;
    for (int tries = 0; is_ready && answer.status != 201 && tries < 2; tries++) {
        sell(&agent, &answer);
        out->refused += tries == 0 && answer.status != 201 ? 1 : 0;
    }
    if (answer.status == 201)
        (void)snprintf(acknowledged, sizeof acknowledged, "%s", answer.body);
    int ending = agent_stop(&agent);
    if (!is_ready && ending == SIGABRT) {
        out->given_up++;
    } else if (ending != 0) {
        char text[64];
        (void)snprintf(text, sizeof text, "the agent ended with signal %d", ending);
        note(out, &out->crashes, place, text);
    }
    check_after(scratch, acknowledged, place, out);
    out->runs++;
}

static void count_places(const struct scratch *scratch, struct starved *out)
{
    char path[300];
    struct starved ignored = {0};
    starve_at(scratch, "memory:0", &ignored);
    (void)snprintf(path, sizeof path, "%.250s/counts", scratch->folder);
    FILE *counts = fopen(path, "r");
    int got =
        counts == NULL ? 0 : fscanf(counts, "%" SCNu64 " %" SCNu64, &out->memory_places, &out->file_places);
    if (counts != NULL)
        (void)fclose(counts);
    KASSA_ASSERT(got == 2);
}

static void work(const struct starved *counted, unsigned stride, struct shared *shared, struct starved *out)
{
    struct scratch scratch;
    scratch_make(&scratch);
    for (;;) {
        char place[40];
        uint64_t at = 1 + __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED) * stride;
        if (at > counted->memory_places + counted->file_places)
            break;
        bool is_memory = at <= counted->memory_places;
        (void)snprintf(place, sizeof place, "%s:%" PRIu64, is_memory ? "memory" : "files",
                       is_memory ? at : at - counted->memory_places);
        starve_at(&scratch, place, out);
    }
    scratch_remove(&scratch);
}

static void add(struct starved *sum, const struct starved *more)
{
    sum->runs += more->runs;
    sum->not_started += more->not_started;
    sum->given_up += more->given_up;
    sum->refused += more->refused;
    sum->crashes += more->crashes;
    sum->lost += more->lost;
    if (sum->first_bad[0] == '\0')
        memcpy(sum->first_bad, more->first_bad, sizeof sum->first_bad);
}

void starve_agent(unsigned stride, unsigned jobs, const char *only, struct starved *out)
{
    struct scratch scratch;
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    KASSA_ASSERT(shared != MAP_FAILED);
    *out = (struct starved){0};
    scratch_make(&scratch);
    count_places(&scratch, out);
    if (only != NULL)
        starve_at(&scratch, only, out);
    scratch_remove(&scratch);
    unsigned count = only != NULL ? 0 : jobs < JOBS_MAX ? jobs : JOBS_MAX;
    for (unsigned job = 0; job < count; job++) {
        pid_t pid = fork();
        KASSA_ASSERT(pid >= 0);
        if (pid == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            work(out, stride, shared, &shared->by_job[job]);
            _exit(0);
        }
    }
    for (unsigned job = 0; job < count; job++) {
        int status = 0;
        KASSA_ASSERT(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    for (unsigned job = 0; job < count; job++)
        add(out, &shared->by_job[job]);
    (void)munmap(shared, sizeof *shared);
}
