/* SPDX-License-Identifier: Apache-2.0 */
/* linux_file.h - whole small files: settings, keys, books. Both calls wait for the disk. Threads: any. */
#ifndef KASSA_LINUX_FILE_H
#define KASSA_LINUX_FILE_H

#include "base/base.h"

/* Reads the whole regular file into buffer. ERR_NOT_FOUND, ERR_TOO_LONG (more than size bytes), ERR_IO. */
NODISCARD
enum err linux_file_read(const char *path, uint8_t *buffer, size_t size, size_t *out_size);

/* Puts a file of these bytes in the place of any older one, by way of <path>.new, synced and renamed: after a
 * power cut there is the old file or the new one. mode is as open(2) takes it (0600 for secrets).
 * ERR_NOT_FOUND (the folder), ERR_FULL, ERR_IO, ERR_ARGUMENT (the path is too long). */
NODISCARD
enum err linux_file_replace(const char *path, struct span bytes, unsigned mode);

#endif
