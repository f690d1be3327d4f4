/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/child/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "platform/child/filter.h"

#define SEND_TIMEOUT_MS 1000
#define MEMORY_MORE_MAX ((rlim_t)64 * 1024 * 1024)
#define FILES_MAX       16

/* Nothing to do: that the signal came at all ends the wait. */
static void on_term(int signal_number)
{
    (void)signal_number;
}

static enum err set_up_signals(void)
{
    struct sigaction term = {.sa_handler = on_term};
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    sigset_t held;
    (void)sigemptyset(&held);
    (void)sigaddset(&held, SIGTERM);
    if (sigaction(SIGTERM, &term, NULL) != 0 || sigaction(SIGINT, &ignored, NULL) != 0 ||
        sigaction(SIGPIPE, &ignored, NULL) != 0 || sigprocmask(SIG_BLOCK, &held, NULL) != 0)
        return ERR_IO;
    return ERR_OK;
}

static enum err die_with_parent(void)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 ? ERR_OK : ERR_IO;
}

static bool channel_is_open(void)
{
    int type = 0;
    socklen_t size = sizeof type;
    return getsockopt(CHILD_CHANNEL_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

enum err child_begin(void)
{
    if (!channel_is_open())
        return ERR_STATE;
    /* Whatever else the parent had open is not for a child that reads strangers' cards. */
    if (close_range(CHILD_CHANNEL_FD + 1, ~0U, 0) != 0)
        return ERR_IO;
    /* A parent that died before this line is noticed by the first send. */
    TRY(die_with_parent());
    return set_up_signals();
}

static enum err drop_root(const char *user)
{
    if (geteuid() != 0)
        return ERR_OK;
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL || entry->pw_uid == 0)
        return ERR_NOT_FOUND;
    uid_t uid = entry->pw_uid;
    gid_t gid = entry->pw_gid;
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return ERR_IO;
    return setuid(0) == 0 || setgid(0) == 0 ? ERR_IO : ERR_OK;
}

/* What the process's address space takes now: the first number of /proc/self/statm, in pages. */
static enum err read_memory_size(rlim_t *out)
{
    char text[64] = "";
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ERR_IO;
    ssize_t size = read(fd, text, sizeof text - 1);
    (void)close(fd);
    unsigned long page_count = 0;
    if (size <= 0 || sscanf(text, "%lu", &page_count) != 1)
        return ERR_IO;
    *out = (rlim_t)page_count * (rlim_t)sysconf(_SC_PAGESIZE);
    return ERR_OK;
}

static enum err set_limits(void)
{
    rlim_t memory = 0;
    TRY(read_memory_size(&memory));
    memory += MEMORY_MORE_MAX;
    const struct {
        unsigned resource; /* glibc's parameter is an enum, which converts from it */
        rlim_t most;
    } limits[] = {
        {RLIMIT_CORE, 0},           {RLIMIT_NPROC, 0},   {RLIMIT_MEMLOCK, 0},
        {RLIMIT_NOFILE, FILES_MAX}, {RLIMIT_AS, memory},
    };
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct rlimit now;
        if (getrlimit(limits[i].resource, &now) != 0)
            return ERR_IO;
        rlim_t most = limits[i].most < now.rlim_max ? limits[i].most : now.rlim_max;
        struct rlimit next = {most, most};
        if (setrlimit(limits[i].resource, &next) != 0)
            return ERR_IO;
    }
    return ERR_OK;
}

enum err child_confine(const char *user, const unsigned long *ioctls, size_t ioctl_count)
{
    TRY(drop_root(user != NULL ? user : "nobody"));
    TRY(die_with_parent()); /* a change of user forgets it */
    TRY(set_limits());
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return ERR_IO;
    return child_filter_calls(ioctls, ioctl_count);
}

enum err child_send(struct span datagram)
{
    struct pollfd channel = {.fd = CHILD_CHANNEL_FD, .events = POLLOUT};
    for (;;) {
        ssize_t size = send(CHILD_CHANNEL_FD, datagram.bytes, datagram.size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size == (ssize_t)datagram.size)
            return ERR_OK;
        if (size >= 0 || (errno != EAGAIN && errno != EINTR))
            return ERR_CLOSED;
        int ready = poll(&channel, 1, SEND_TIMEOUT_MS);
        if (ready == 0)
            return ERR_TIMEOUT;
        if (ready < 0 && errno != EINTR)
            return ERR_CLOSED;
    }
}

enum err child_wait(uint32_t wait_ms, uint8_t *buffer, size_t size, size_t *out_size)
{
    struct pollfd channel = {.fd = CHILD_CHANNEL_FD, .events = POLLIN};
    struct timespec wait = {.tv_sec = wait_ms / 1000, .tv_nsec = (long)(wait_ms % 1000) * 1000000};
    sigset_t none;
    (void)sigemptyset(&none);
    int ready = ppoll(&channel, 1, &wait, &none);
    if (ready == 0)
        return ERR_TIMEOUT;
    if (ready < 0) /* SIGTERM, the only signal that has a handler */
        return ERR_CLOSED;
    ssize_t got = recv(CHILD_CHANNEL_FD, buffer, size, MSG_DONTWAIT);
    if (got <= 0)
        return got < 0 && errno == EAGAIN ? ERR_TIMEOUT : ERR_CLOSED;
    *out_size = (size_t)got;
    return ERR_OK;
}

uint64_t child_now_us(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}
