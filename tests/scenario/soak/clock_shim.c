/* SPDX-License-Identifier: Apache-2.0 */
/* Stands before libc (LD_PRELOAD) and adds so many nanoseconds to a program's wall clock as stand, an int64_t, in the
 * file that KASSA_CLOCK_FILE names; another process writes it while the program runs. Monotonic clocks stay.
 *
 * And whoever asks the program to end is named on standard error: soak.signal number=N from=PID program=NAME. On a
 * machine that others use, too, a stranger's kill is not the program's fault. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_IN_S 1000000000LL

typedef int clock_function(clockid_t clock, struct timespec *out);
typedef int sigaction_function(int number, const struct sigaction *action, struct sigaction *old);

static const int64_t *offset_ns;
static void (*programs_handler)(int number);
static clock_function *real_clock;

__attribute__((constructor)) static void open_offset(void)
{
    const char *path = getenv("KASSA_CLOCK_FILE");
    real_clock = (clock_function *)(uintptr_t)dlsym(RTLD_NEXT, "clock_gettime");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *map = mmap(NULL, sizeof(*offset_ns), PROT_READ, MAP_SHARED, fd, 0);
    offset_ns = map == MAP_FAILED ? NULL : map;
    (void)close(fd);
}

static struct timespec moved(struct timespec t)
{
    int64_t offset = offset_ns != NULL ? __atomic_load_n(offset_ns, __ATOMIC_RELAXED) : 0;
    int64_t ns = t.tv_sec * NS_IN_S + t.tv_nsec + offset;
    return (struct timespec){.tv_sec = ns / NS_IN_S, .tv_nsec = ns % NS_IN_S};
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    /* Other libraries' constructors may ask before ours has run. */
    int result = real_clock != NULL ? real_clock(clock, out) : (int)syscall(SYS_clock_gettime, clock, out);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI))
        *out = moved(*out);
    return result;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}

/* ---- who asks it to end */

/* Its name as the kernel has it, or nothing where it went away meanwhile. */
static void read_name(pid_t pid, char out[32])
{
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, out, 31);
    if (fd >= 0)
        (void)close(fd);
    out[size < 0 ? 0 : size] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

static void on_end(int number, siginfo_t *info, void *context)
{
    char name[32], text[128];
    int saved = errno;
    (void)context;
    read_name(info->si_pid, name);
    int size = snprintf(text, sizeof text, "soak.signal number=%d from=%d program=%s\n", number,
                        (int)info->si_pid, name);
    if (write(STDERR_FILENO, text, (size_t)size) != size) {
        /* nobody listens */
    }
    errno = saved;
    programs_handler(number);
}

static bool is_programs_own(const struct sigaction *action)
{
    return action != NULL && (action->sa_flags & SA_SIGINFO) == 0 && action->sa_handler != SIG_DFL &&
           action->sa_handler != SIG_IGN;
}

int sigaction(int number, const struct sigaction *restrict action, struct sigaction *restrict old)
{
    sigaction_function *real = (sigaction_function *)(uintptr_t)dlsym(RTLD_NEXT, "sigaction");
    if (number != SIGTERM || !is_programs_own(action))
        return real(number, action, old);
    struct sigaction own = *action;
    programs_handler = action->sa_handler;
    own.sa_sigaction = on_end;
    own.sa_flags |= SA_SIGINFO;
    return real(number, &own, old);
}
