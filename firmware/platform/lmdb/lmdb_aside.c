/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_aside.c - the folders <path>.bad-<n>: counted, and removed when their owner says so. The highest number is
 * the newest; a damaged file may stand in two of them when the power went while it was set aside. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/lmdb/lmdb_internal.h"

#define SUFFIX       ".bad-"
#define DIGITS_MAX   9
#define WIPE_AT_ONCE 4096

static void close_listing(DIR **listing)
{
    if (*listing != NULL)
        (void)closedir(*listing);
}

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

/* The folder that `path` is in, and its last name. */
struct place {
    char parent[PATH_MAX];
    const char *name;
};

static enum err find_place(const char *path, struct place *out)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - path);
    if (size >= sizeof out->parent)
        return ERR_ARGUMENT;
    memcpy(out->parent, path, size);
    out->parent[size] = '\0';
    if (size == 0) {
        out->parent[0] = slash == NULL ? '.' : '/';
        out->parent[1] = '\0';
    }
    out->name = slash == NULL ? path : slash + 1;
    return ERR_OK;
}

/* 0: the entry is none of them. */
static unsigned number_of(const char *entry, const char *name)
{
    size_t size = strlen(name);
    if (strncmp(entry, name, size) != 0 || strncmp(entry + size, SUFFIX, sizeof SUFFIX - 1) != 0)
        return 0;
    const char *digits = entry + size + sizeof SUFFIX - 1;
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || count > DIGITS_MAX || digits[count] != '\0' || digits[0] == '0')
        return 0;
    return (unsigned)strtoul(digits, NULL, 10);
}

typedef enum err visit_aside(void *context, int parent, const char *entry, unsigned number);

static enum err each_aside(const char *path, visit_aside *visit, void *context)
{
    struct place place;
    TRY(find_place(path, &place));
    DIR *listing CLEANUP(close_listing) = opendir(place.parent);
    if (listing == NULL)
        return lmdb_error_of(errno);
    for (const struct dirent *entry; (errno = 0, entry = readdir(listing)) != NULL;) {
        unsigned number = number_of(entry->d_name, place.name);
        if (number > 0)
            TRY(visit(context, dirfd(listing), entry->d_name, number));
    }
    return errno == 0 ? ERR_OK : ERR_IO;
}

static enum err take_last(void *context, int parent, const char *entry, unsigned number)
{
    unsigned *last = context;
    (void)parent;
    (void)entry;
    *last = number > *last ? number : *last;
    return ERR_OK;
}

enum err lmdb_aside_last(const char *path, unsigned *out_number)
{
    *out_number = 0;
    return each_aside(path, take_last, out_number);
}

/* ---- looking */

static enum err count_one(void *context, int parent, const char *entry, unsigned number)
{
    struct lmdb_aside *aside = context;
    char file[NAME_MAX + 16];
    struct stat status;
    (void)number;
    (void)snprintf(file, sizeof file, "%s/data.mdb", entry);
    aside->count++;
    if (fstatat(parent, file, &status, AT_SYMLINK_NOFOLLOW) == 0)
        aside->bytes += (uint64_t)status.st_size;
    return ERR_OK;
}

enum err lmdb_aside_look(const char *path, struct lmdb_aside *out)
{
    struct lmdb_aside aside = {0};
    TRY(each_aside(path, count_one, &aside));
    *out = aside;
    return ERR_OK;
}

/* ---- removing */

/* Zeros in the place of what it holds. A file that has a second name is the data of a storage, or stands aside once
 * more: then the name goes, and the last one's file is overwritten. */
static enum err wipe(int folder, const char *name)
{
    static const uint8_t zeros[WIPE_AT_ONCE];
    struct stat status;
    int fd CLEANUP(close_fd) = openat(folder, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? ERR_OK : ERR_IO;
    if (fstat(fd, &status) != 0)
        return ERR_IO;
    for (off_t at = 0; status.st_nlink == 1 && S_ISREG(status.st_mode) && at < status.st_size;) {
        off_t left = status.st_size - at;
        ssize_t written = pwrite(fd, zeros, left < WIPE_AT_ONCE ? (size_t)left : WIPE_AT_ONCE, at);
        if (written <= 0)
            break; /* a device that does not even take zeros: the name can go all the same */
        at += written;
    }
    (void)fdatasync(fd);
    return unlinkat(folder, name, 0) == 0 ? ERR_OK : ERR_IO;
}

struct removing {
    unsigned newest_gone;
};

/* Its names are known: nothing else is ever removed. */
static enum err remove_one(void *context, int parent, const char *entry, unsigned number)
{
    static const char *const names[] = {"data.mdb", "lock.mdb"};
    const struct removing *removing = context;
    if (number > removing->newest_gone)
        return ERR_OK;
    {
        int folder CLEANUP(close_fd) = openat(parent, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (folder < 0)
            return errno == ENOTDIR ? wipe(parent, entry) : ERR_IO;
        for (size_t i = 0; i < COUNT_OF(names); i++)
            TRY(wipe(folder, names[i]));
    }
    if (unlinkat(parent, entry, AT_REMOVEDIR) != 0)
        return ERR_IO;
    return fsync(parent) == 0 ? ERR_OK : ERR_IO;
}

struct ranking {
    unsigned below; /* numbers are looked for below this one */
    unsigned found;
};

static enum err take_next(void *context, int parent, const char *entry, unsigned number)
{
    struct ranking *ranking = context;
    (void)parent;
    (void)entry;
    if (number < ranking->below && number > ranking->found)
        ranking->found = number;
    return ERR_OK;
}

enum err lmdb_aside_remove(const char *path, unsigned keep)
{
    struct ranking ranking = {UINT_MAX, 0};
    for (unsigned i = 0; i <= keep; i++) {
        ranking.found = 0;
        TRY(each_aside(path, take_next, &ranking));
        if (ranking.found == 0)
            return ERR_OK; /* there are no more than that */
        ranking.below = ranking.found;
    }
    struct removing removing = {ranking.found};
    return each_aside(path, remove_one, &removing);
}
