/* SPDX-License-Identifier: Apache-2.0 */
/* shim.c - one process's recording: the table of open files, the trace, the fault. shim_calls.c has the calls
 * themselves. */
#include "crash/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "crash/shim_internal.h"

#define TRACE_FD    1000 /* out of the way of programs that count their files */
#define ROOT_MAX    4096
#define FULL_LENGTH 12

static struct {
    bool is_on;
    int trace;
    char root[ROOT_MAX];
    size_t root_size;
    struct crash_fault fault;
    unsigned drops;
    uint32_t calls;
    uint32_t syncs;
    uint32_t files; /* openings so far in this process */
    struct shim_file open[SHIM_FILES_MAX];
} shim = {.trace = -1};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *const fault_names[CRASH_FAULT_COUNT] = {"none",  "eio",   "eio-sync", "enospc",
                                                           "short", "eintr", "sticky",   "full"};

const char *crash_fault_name(enum crash_fault_kind kind)
{
    return fault_names[kind];
}

static void fail(const char *what)
{
    (void)dprintf(STDERR_FILENO, "crash shim: %s: %s\n", what, strerror(errno));
    _exit(99);
}

bool shim_enter(void)
{
    if (!shim.is_on)
        return false;
    (void)pthread_mutex_lock(&lock);
    return true;
}

void shim_leave(void)
{
    int saved = errno;
    (void)pthread_mutex_unlock(&lock);
    errno = saved;
}

int crash_shim_begin(const struct crash_recording *recording)
{
    int fd =
        (int)syscall(SYS_openat, AT_FDCWD, recording->trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    shim.trace = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, TRACE_FD);
    if (shim.trace < 0)
        return errno;
    (void)syscall(SYS_close, fd);
    if (realpath(recording->root, shim.root) == NULL)
        return errno;
    shim.root_size = strlen(shim.root);
    shim.fault = recording->fault;
    shim.drops = recording->drops;
    shim.is_on = true;
    return 0;
}

/* "name:k" */
static struct crash_fault fault_of_text(const char *text)
{
    const char *colon = text == NULL ? NULL : strchr(text, ':');
    for (unsigned kind = 0; colon != NULL && kind < CRASH_FAULT_COUNT; kind++)
        if (strlen(fault_names[kind]) == (size_t)(colon - text) &&
            memcmp(fault_names[kind], text, (size_t)(colon - text)) == 0)
            return (struct crash_fault){kind, (uint32_t)strtoul(colon + 1, NULL, 10)};
    return (struct crash_fault){0};
}

__attribute__((constructor)) static void begin_by_environment(void)
{
    struct crash_recording recording = {.root = getenv("KASSA_CRASH_ROOT"),
                                        .trace = getenv("KASSA_CRASH_TRACE"),
                                        .fault = fault_of_text(getenv("KASSA_CRASH_FAULT"))};
    if (recording.root != NULL && recording.trace != NULL && (errno = crash_shim_begin(&recording)) != 0)
        fail(recording.trace);
}

/* ---- the trace */

static void put(const struct iovec *pieces, int count)
{
    size_t size = 0;
    for (int i = 0; i < count; i++)
        size += pieces[i].iov_len;
    if (syscall(SYS_writev, shim.trace, pieces, count) != (long)size)
        fail("the trace cannot be written");
}

void shim_log(struct crash_event event, const struct iovec *pieces, int count, size_t size)
{
    struct iovec all[SHIM_PIECES_MAX + 1];
    size_t left = size;
    int used = 1;
    event.size = (uint32_t)size;
    all[0] = (struct iovec){&event, sizeof event};
    for (int i = 0; i < count && left > 0; i++) {
        if (used == SHIM_PIECES_MAX + 1)
            fail("too many pieces in one call");
        size_t piece = pieces[i].iov_len < left ? pieces[i].iov_len : left;
        all[used++] = (struct iovec){pieces[i].iov_base, piece};
        left -= piece;
    }
    put(all, used);
}

static struct iovec piece_of(const void *bytes, size_t size)
{
    return (struct iovec){(void *)(uintptr_t)bytes, size};
}

void crash_shim_mark(const void *bytes, size_t size)
{
    struct iovec piece = piece_of(bytes, size);
    if (!shim_enter())
        return;
#ifdef KASSA_CRASH_MAPS
    shim_look_at_maps();
#endif
    shim_log((struct crash_event){.kind = CRASH_MARK}, &piece, 1, size);
    shim_leave();
}

void shim_log_paths(enum crash_event_kind kind, const char *path, const char *second)
{
    struct iovec pieces[2] = {piece_of(path, strlen(path) + 1)};
    size_t size = pieces[0].iov_len;
    if (second != NULL) {
        pieces[1] = piece_of(second, strlen(second) + 1);
        size += pieces[1].iov_len;
    }
    shim_log((struct crash_event){.kind = kind}, pieces, second == NULL ? 1 : 2, size);
}

/* ---- paths and files */

static bool make_absolute(int folder, const char *path, char out[SHIM_PATH_MAX])
{
    char link[64];
    if (path[0] == '/')
        return snprintf(out, SHIM_PATH_MAX, "%s", path) < SHIM_PATH_MAX;
    (void)snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
    ssize_t size = readlink(link, out, SHIM_PATH_MAX - 1);
    if (size < 0)
        return false;
    size_t room = SHIM_PATH_MAX - (size_t)size;
    int more = snprintf(out + size, room, "/%s", path);
    return more > 0 && (size_t)more < room;
}

/* "//", "/./" and a "/" at the end go. */
static void tidy(char *path)
{
    char *to = path;
    for (const char *from = path; *from != '\0'; from++) {
        bool ends = from[0] == '/' && (from[1] == '/' || from[1] == '\0');
        bool stays_here = from[0] == '/' && from[1] == '.' && (from[2] == '/' || from[2] == '\0');
        if (stays_here)
            from++;
        else if (!ends || (to == path && from[1] == '\0'))
            *to++ = *from;
    }
    *to = '\0';
}

bool shim_path(int folder, const char *path, char out[SHIM_PATH_MAX])
{
    char whole[SHIM_PATH_MAX];
    if (path == NULL || !make_absolute(folder, path, whole))
        return false;
    tidy(whole);
    if (strncmp(whole, shim.root, shim.root_size) != 0 ||
        (whole[shim.root_size] != '/' && whole[shim.root_size] != '\0'))
        return false;
    const char *rest = whole + shim.root_size;
    (void)snprintf(out, SHIM_PATH_MAX, "%s", rest[0] == '/' ? rest + 1 : rest);
    return true;
}

struct shim_file *shim_file_of(int fd)
{
    return fd >= 0 && fd < SHIM_FILES_MAX && shim.open[fd].name != 0 ? &shim.open[fd] : NULL;
}

void shim_forget(int fd)
{
    if (fd >= 0 && fd < SHIM_FILES_MAX)
        shim.open[fd].name = 0;
}

/* What LMDB's lock file holds means nothing after a restart: the first one to open it writes it anew. */
static bool is_without_content(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash == NULL ? path : slash + 1, "lock.mdb") == 0;
}

void shim_opened(int fd, const char *path, int flags)
{
    if (fd >= SHIM_FILES_MAX)
        fail("too many open files");
    uint32_t name = (uint32_t)(getpid() & 0xffff) << 16 | (++shim.files & 0xffff);
    shim.open[fd] = (struct shim_file){.name = name,
                                       .is_durable = (flags & O_DSYNC) != 0,
                                       .is_appending = (flags & O_APPEND) != 0,
                                       .has_no_content = is_without_content(path)};
    struct iovec piece = piece_of(path, strlen(path) + 1);
    shim_log((struct crash_event){.kind = CRASH_OPEN, .file = name, .flags = (uint32_t)flags}, &piece, 1,
             piece.iov_len);
}

bool shim_drops(unsigned what)
{
    return (shim.drops & what) != 0;
}

/* ---- the fault */

struct shim_fate shim_fate_of(unsigned class)
{
    uint32_t call = ++shim.calls;
    uint32_t sync = (class & SHIM_SYNCS) != 0 ? ++shim.syncs : 0;
    uint32_t at = shim.fault.at;
    bool is_it = at != 0 && call == at;
    bool writes = (class & SHIM_WRITES) != 0;
    switch (shim.fault.kind) {
    case CRASH_FAULT_EIO:
        return (struct shim_fate){.error = is_it ? EIO : 0};
    case CRASH_FAULT_EIO_SYNC:
        return (struct shim_fate){.error = at != 0 && sync == at ? EIO : 0};
    case CRASH_FAULT_ENOSPC:
        return (struct shim_fate){.error = is_it ? ENOSPC : 0};
    case CRASH_FAULT_SHORT:
        return (struct shim_fate){.is_short = is_it && writes};
    case CRASH_FAULT_EINTR:
        return (struct shim_fate){.error = is_it ? EINTR : 0};
    case CRASH_FAULT_STICKY:
        return (struct shim_fate){.error = at != 0 && call >= at ? EIO : 0};
    case CRASH_FAULT_FULL:
        return (struct shim_fate){
            .error = at != 0 && call > at && call < at + FULL_LENGTH && (class & SHIM_GROWS) ? ENOSPC : 0,
            .is_short = is_it && writes};
    case CRASH_FAULT_NONE:
    case CRASH_FAULT_COUNT:
        break;
    }
    return (struct shim_fate){0};
}

bool shim_disk_is_full(void)
{
    return shim.is_on && shim.fault.kind == CRASH_FAULT_FULL && shim.fault.at != 0 &&
           shim.calls >= shim.fault.at && shim.calls < shim.fault.at + FULL_LENGTH;
}
