/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/verifier.h"

#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANG_MS 5000

static _Noreturn void serve(const struct verifier *verifier, int channel)
{
    char request;
    struct verdict verdict;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)mallopt(M_MMAP_THRESHOLD,
                  256 * 1024); /* fixed: a journal's memory is had as zeros, not filled with them */
    if (freopen("/dev/null", "w", stderr) == NULL) /* LMDB's assertions are counted, not shown */
        _exit(70);
    while (read(channel, &request, 1) == 1) {
        verifier->subject->check(verifier->model, verifier->folder, &verdict);
        if (write(channel, &verdict, sizeof verdict) != (ssize_t)sizeof verdict)
            break;
    }
    _exit(0);
}

static void start(struct verifier *verifier)
{
    int ends[2];
    KASSA_ASSERT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    verifier->pid = fork();
    KASSA_ASSERT(verifier->pid >= 0);
    if (verifier->pid == 0) {
        (void)close(ends[0]);
        serve(verifier, ends[1]);
    }
    (void)close(ends[1]);
    verifier->channel = ends[0];
}

void verifier_stop(struct verifier *verifier)
{
    if (verifier->pid == 0)
        return;
    (void)close(verifier->channel);
    (void)kill(verifier->pid, SIGKILL);
    (void)waitpid(verifier->pid, NULL, 0);
    verifier->pid = 0;
}

/* It did not answer: it died, or it hangs. */
static void judge_silence(struct verifier *verifier, bool hangs, struct verdict *out)
{
    int status = 0;
    *out = (struct verdict){.kind = hangs ? VERDICT_HANG : VERDICT_SIGNAL};
    if (hangs)
        (void)kill(verifier->pid, SIGKILL);
    (void)waitpid(verifier->pid, &status, 0);
    (void)close(verifier->channel);
    verifier->pid = 0;
    if (hangs)
        (void)snprintf(out->why, sizeof out->why, "no answer within %d ms", HANG_MS);
    else
        (void)snprintf(out->why, sizeof out->why, "opening and reading it ended with %s %d",
                       WIFSIGNALED(status) ? "signal" : "status",
                       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

void verifier_check(struct verifier *verifier, struct verdict *out)
{
    if (verifier->pid == 0)
        start(verifier);
    struct pollfd waiting = {.fd = verifier->channel, .events = POLLIN};
    bool is_asked = send(verifier->channel, "?", 1, MSG_NOSIGNAL) == 1;
    int ready = is_asked ? poll(&waiting, 1, HANG_MS) : 1;
    if (ready == 1 && is_asked && read(verifier->channel, out, sizeof *out) == (ssize_t)sizeof *out)
        return;
    judge_silence(verifier, ready == 0, out);
}
