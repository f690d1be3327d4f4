/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/record.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_SECONDS    60
#define STATUS_REFUSED 3

/* What the child leaves behind for its parent, in memory that both see. */
struct report {
    char why[200];
};

static _Noreturn void work(const struct run_settings *settings, const struct scratch *scratch, void *model,
                           struct report *report)
{
    bool is_another = settings->subject->is_another_program;
    const struct crash_recording recording = {.root = scratch->root,
                                              .trace = scratch->trace,
                                              .fault = is_another ? (struct crash_fault){0} : settings->fault,
                                              .drops = settings->misuse.drops};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)alarm(RUN_SECONDS);
    lmdb_misuse(settings->misuse.env_flags, settings->misuse.is_without_sync);
    if (crash_shim_begin(&recording) != 0)
        _exit(70);
    const char *why = settings->subject->work(model, scratch->root);
    if (why != NULL)
        (void)snprintf(report->why, sizeof report->why, "%s", why);
    _exit(why != NULL ? STATUS_REFUSED : 0);
}

static void map_trace(const char *path, struct recorded *out)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    KASSA_ASSERT(fstat(fd, &status) == 0);
    out->size = (size_t)status.st_size;
    out->bytes = out->size == 0 ? NULL : mmap(NULL, out->size, PROT_READ, MAP_PRIVATE, fd, 0);
    KASSA_ASSERT(out->bytes != MAP_FAILED);
    (void)close(fd);
}

void record_work(const struct run_settings *settings, const struct scratch *scratch, void *model,
                 struct recorded *out)
{
    int status = 0;
    struct report *report =
        mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    KASSA_ASSERT(report != MAP_FAILED);
    (void)unlink(scratch->trace);
    (void)fflush(NULL);
    pid_t pid = fork();
    KASSA_ASSERT(pid >= 0);
    if (pid == 0)
        work(settings, scratch, model, report);
    KASSA_ASSERT(waitpid(pid, &status, 0) == pid);
    *out = (struct recorded){.is_refused = !WIFEXITED(status) || WEXITSTATUS(status) != 0};
    (void)snprintf(out->why, sizeof out->why, "%s", report->why);
    if (WIFSIGNALED(status))
        (void)snprintf(out->why, sizeof out->why, "the work ended with signal %d", WTERMSIG(status));
    (void)munmap(report, sizeof *report);
    map_trace(scratch->trace, out);
}

void record_forget(struct recorded *recorded)
{
    if (recorded->bytes != NULL)
        (void)munmap(recorded->bytes, recorded->size);
    recorded->bytes = NULL;
}

bool record_next(const struct recorded *recorded, size_t *at, struct crash_event *out,
                 const uint8_t **out_payload)
{
    if (recorded->size - *at < sizeof *out)
        return false;
    memcpy(out, recorded->bytes + *at, sizeof *out);
    if (recorded->size - *at - sizeof *out < out->size)
        return false;
    *out_payload = recorded->bytes + *at + sizeof *out;
    *at += sizeof *out + out->size;
    return true;
}

void record_follow(const struct run_settings *settings, const struct recorded *recorded, void *model)
{
    struct crash_event event;
    const uint8_t *payload;
    for (size_t at = 0; record_next(recorded, &at, &event, &payload);)
        if (event.kind == CRASH_MARK)
            settings->subject->follow(model, span_of(payload, event.size));
}
