/* SPDX-License-Identifier: Apache-2.0 */
/* shim_internal.h - what the two files of the shim share. */
#ifndef KASSA_TESTS_CRASH_SHIM_INTERNAL_H
#define KASSA_TESTS_CRASH_SHIM_INTERNAL_H

#include <stdbool.h>
#include <sys/uio.h>

#include "crash/shim.h"

#define SHIM_FILES_MAX  4096
#define SHIM_PIECES_MAX 128
#define SHIM_PATH_MAX   4096

struct shim_file {
    uint32_t name;   /* 0: not below the root */
    bool is_durable; /* O_DSYNC */
    bool is_appending;
    bool has_no_content; /* only that it is there is recorded */
    bool skips_sync;     /* the next sync is what CRASH_DROP_META_SETTLE leaves out */
};

/* What a call does, for the fault to choose by. */
enum { SHIM_WRITES = 1, SHIM_SYNCS = 2, SHIM_GROWS = 4 };

struct shim_fate {
    int error; /* 0: none */
    bool is_short;
};

/* False: nothing is recorded, the call goes straight through. Otherwise the caller leaves later. */
bool shim_enter(void);
void shim_leave(void); /* keeps errno */

/* The path from the root; false if it is elsewhere. */
bool shim_path(int folder, const char *path, char out[SHIM_PATH_MAX]);

struct shim_file *shim_file_of(int fd); /* NULL: not below the root */
void shim_opened(int fd, const char *path, int flags);
void shim_forget(int fd);
bool shim_drops(unsigned what);

/* Appends an event with the first `size` bytes of the pieces. */
void shim_log(struct crash_event event, const struct iovec *pieces, int count, size_t size);
void shim_log_paths(enum crash_event_kind kind, const char *path, const char *second);

/* Counts the call and answers what becomes of it. */
struct shim_fate shim_fate_of(unsigned class);
bool shim_disk_is_full(void);

/* shim_map.c: writes down what was stored through maps since the last look. Between enter and leave. */
void shim_look_at_maps(void);

#endif
