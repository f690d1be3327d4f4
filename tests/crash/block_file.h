/* SPDX-License-Identifier: Apache-2.0 */
/* block_file.h - a file system of one file, whose writes and flushes go into the trace before they are answered: a disk
 * for a loop device. It speaks the kernel's FUSE protocol itself (linux/fuse.h). */
#ifndef KASSA_TESTS_CRASH_BLOCK_FILE_H
#define KASSA_TESTS_CRASH_BLOCK_FILE_H

#include <sys/types.h>

#include "crash/shim.h"

/* Beside the kinds of shim.h, in the same trace: what the disk was asked for. */
enum {
    BLOCK_WRITE = 100, /* offset; the bytes */
    BLOCK_FLUSH        /* all that was written before is durable */
};

#define BLOCK_FILE_NAME "disk"

/* Mounts it at `folder` and serves it in a process of its own, its bytes in the file `image`. The process; -1 and errno: this
 * user may not. */
pid_t block_file_mount(const char *folder, const char *image, const char *trace);

/* Takes it away; nothing may use the file any more. */
void block_file_unmount(const char *folder, pid_t server);

#endif
