/* SPDX-License-Identifier: Apache-2.0 */
/* heap_shim.c - libkassa_heap_shim.so: one request for memory, or for a file, fails in a program that is started
 * with it in LD_PRELOAD.
 *
 *   KASSA_STARVE=memory:<k> or files:<k>   the k-th request of that kind fails (ENOMEM, EMFILE); 0: none does
 *   KASSA_STARVE_COUNT=<file>              gets "<requests for memory> <requests for files>" at the orderly end */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* glibc's own functions behind the names: dlsym would ask for memory itself. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t grain, size_t size);

static atomic_ulong memory_count;
static atomic_ulong file_count;
static unsigned long memory_fails_at;
static unsigned long file_fails_at;

__attribute__((constructor)) static void read_environment(void)
{
    const char *wanted = getenv("KASSA_STARVE");
    memory_count = 0;
    file_count = 0;
    if (wanted != NULL && strncmp(wanted, "memory:", 7) == 0)
        memory_fails_at = strtoul(wanted + 7, NULL, 10);
    if (wanted != NULL && strncmp(wanted, "files:", 6) == 0)
        file_fails_at = strtoul(wanted + 6, NULL, 10);
}

__attribute__((destructor)) static void write_counts(void)
{
    const char *path = getenv("KASSA_STARVE_COUNT");
    unsigned long memory = memory_count;
    unsigned long files = file_count;
    FILE *out = path == NULL ? NULL : fopen(path, "w");
    if (out == NULL)
        return;
    (void)fprintf(out, "%lu %lu\n", memory, files);
    (void)fclose(out);
}

static bool is_out_of_memory(void)
{
    if (atomic_fetch_add(&memory_count, 1) + 1 != memory_fails_at)
        return false;
    errno = ENOMEM;
    return true;
}

static bool is_out_of_files(void)
{
    if (atomic_fetch_add(&file_count, 1) + 1 != file_fails_at)
        return false;
    errno = EMFILE;
    return true;
}

void *malloc(size_t size)
{
    return is_out_of_memory() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return is_out_of_memory() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return is_out_of_memory() ? NULL : __libc_realloc(memory, size);
}

int posix_memalign(void **out, size_t grain, size_t size)
{
    if (is_out_of_memory())
        return ENOMEM;
    void *memory = __libc_memalign(grain, size);
    if (memory == NULL)
        return ENOMEM;
    *out = memory;
    return 0;
}

void *aligned_alloc(size_t grain, size_t size)
{
    return is_out_of_memory() ? NULL : __libc_memalign(grain, size);
}

/* ---- files */

typedef int openat_function(int, const char *, int, ...);
typedef int three_ints(int, int, int);
typedef int accept4_function(int, struct sockaddr *, socklen_t *, int);
typedef int one_int(int);

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
    openat_function *real;
    *(void **)&real = dlsym(RTLD_NEXT, "openat");
    return is_out_of_files() ? -1 : real(folder, path, flags, mode);
}

#define WITH_MODE(call)                                                                                      \
    va_list arguments;                                                                                       \
    va_start(arguments, flags);                                                                              \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;                      \
    va_end(arguments);                                                                                       \
    return call

int open(const char *path, int flags, ...)
{
    WITH_MODE(open_at(AT_FDCWD, path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
    WITH_MODE(open_at(AT_FDCWD, path, flags, mode));
}

int openat(int folder, const char *path, int flags, ...)
{
    WITH_MODE(open_at(folder, path, flags, mode));
}

int openat64(int folder, const char *path, int flags, ...)
{
    WITH_MODE(open_at(folder, path, flags, mode));
}

int socket(int domain, int type, int protocol)
{
    three_ints *real;
    *(void **)&real = dlsym(RTLD_NEXT, "socket");
    return is_out_of_files() ? -1 : real(domain, type, protocol);
}

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    accept4_function *real;
    *(void **)&real = dlsym(RTLD_NEXT, "accept4");
    return is_out_of_files() ? -1 : real(fd, address, size, flags);
}

int epoll_create1(int flags)
{
    one_int *real;
    *(void **)&real = dlsym(RTLD_NEXT, "epoll_create1");
    return is_out_of_files() ? -1 : real(flags);
}

int eventfd(unsigned count, int flags)
{
    int (*real)(unsigned, int);
    *(void **)&real = dlsym(RTLD_NEXT, "eventfd");
    return is_out_of_files() ? -1 : real(count, flags);
}

int pipe2(int ends[2], int flags)
{
    int (*real)(int[2], int);
    *(void **)&real = dlsym(RTLD_NEXT, "pipe2");
    return is_out_of_files() ? -1 : real(ends, flags);
}
