/* SPDX-License-Identifier: Apache-2.0 */
/* Stands before libc (LD_PRELOAD) and adds so many nanoseconds to a program's wall clock as stand, an int64_t, in the
 * file that KASSA_CLOCK_FILE names; another process writes it while the program runs. Monotonic clocks stay. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_IN_S 1000000000LL

typedef int clock_function(clockid_t clock, struct timespec *out);

static const int64_t *offset_ns;
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
