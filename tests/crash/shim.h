/* SPDX-License-Identifier: Apache-2.0 */
/* shim.h - libkassa_crash_shim.so stands between a program and the system's calls: it writes down what the
 * program does to the files below one folder, and can make one of those calls fail. A program is linked with
 * it before libc, or started with it in LD_PRELOAD; nothing is recorded until crash_shim_begin, or, when
 * preloaded, until the program starts with
 *
 *   KASSA_CRASH_ROOT=<folder> KASSA_CRASH_TRACE=<file>  [KASSA_CRASH_FAULT=<name>:<k>]
 *
 * The trace is one event after another: struct crash_event, then `size` bytes. Several processes and threads
 * may write one trace; an event is appended in one piece. */
#ifndef KASSA_TESTS_CRASH_SHIM_H
#define KASSA_TESTS_CRASH_SHIM_H

#include <stddef.h>
#include <stdint.h>

enum crash_event_kind {
    CRASH_OPEN,   /* file, flags as open(2) takes them; the path from the root */
    CRASH_WRITE,  /* file, offset; the bytes */
    CRASH_SYNC,   /* file: all that was written to it, or a folder's entries */
    CRASH_SIZE,   /* file, offset is its new size */
    CRASH_RENAME, /* two paths, each with its NUL */
    CRASH_LINK,   /* two paths */
    CRASH_UNLINK, /* path; folders too */
    CRASH_MKDIR,  /* path */
    CRASH_MARK    /* what the program says of itself */
};

#define CRASH_SYNCED 0x80000000u /* flags of a write: it is durable when it returns (O_DSYNC) */
#define CRASH_FAILED                                                                                         \
    0x40000000u /* of a write or a sync: answered with an error; the disk may hold it or not */

struct crash_event {
    uint32_t kind;
    uint32_t file; /* a name of the opening, never used twice */
    uint64_t offset;
    uint32_t flags;
    uint32_t size;
};

enum crash_fault_kind {
    CRASH_FAULT_NONE,
    CRASH_FAULT_EIO,      /* the k-th call */
    CRASH_FAULT_EIO_SYNC, /* the k-th that syncs */
    CRASH_FAULT_ENOSPC,
    CRASH_FAULT_SHORT, /* half is written */
    CRASH_FAULT_EINTR,
    CRASH_FAULT_STICKY, /* the k-th and each after it: EIO */
    CRASH_FAULT_FULL,   /* the k-th and the 11 after it find a full disk, the first is cut short */
    CRASH_FAULT_COUNT
};

struct crash_fault {
    enum crash_fault_kind kind;
    uint32_t at; /* k, from 1 */
};

/* What a bad program forgets to do. */
enum {
    CRASH_DROP_FOLDER_SYNC = 1, /* no folder is synced */
    CRASH_DROP_META_SETTLE = 2  /* the storage does not write and sync LMDB's meta pages anew when it opens */
};

struct crash_recording {
    const char *root;
    const char *trace;
    struct crash_fault fault;
    unsigned drops;
};

const char *crash_fault_name(enum crash_fault_kind kind);

/* Records this process from now on, and what it forks. 0, or errno. */
int crash_shim_begin(const struct crash_recording *recording);

/* Puts bytes into the trace, between the calls before and after. */
void crash_shim_mark(const void *bytes, size_t size);

#endif
