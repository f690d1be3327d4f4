/* SPDX-License-Identifier: Apache-2.0 */
/* linux_stream.h - large files, written and read a part at a time. A file that is written stands as <path>.new
 * until it is kept: after a power cut there is the old one or the new one, whole. Threads: any. */
#ifndef KASSA_LINUX_STREAM_H
#define KASSA_LINUX_STREAM_H

#include "base/base.h"

struct linux_writer; /* opaque */

/* Begins <path>.new in the place of any older one; waits while another process or thread writes it. ERR_NOT_FOUND (the folder), ERR_ARGUMENT (the path is too
 * long), ERR_FULL, ERR_IO, ERR_MEMORY. */
NODISCARD
enum err linux_writer_open(const char *path, unsigned mode, struct linux_writer **out_writer);
NODISCARD
enum err linux_writer_write(struct linux_writer *writer, struct span bytes);
/* Forgets what was written. */
NODISCARD
enum err linux_writer_begin_again(struct linux_writer *writer);
/* All of it is on the disk, as <path>.new. */
NODISCARD
enum err linux_writer_sync(struct linux_writer *writer);
/* Syncs, and renames it to `path`. */
NODISCARD
enum err linux_writer_keep(struct linux_writer *writer);
/* Frees; removes what was not kept. */
void linux_writer_closep(struct linux_writer **writer);
const char *linux_writer_path(const struct linux_writer *writer); /* <path>.new */

struct linux_reader; /* opaque */
/* ERR_NOT_FOUND, ERR_IO (also: no regular file), ERR_MEMORY. */
NODISCARD
enum err linux_reader_open(const char *path, struct linux_reader **out_reader);
/* *out_got is less than size only at the end. */
NODISCARD
enum err linux_reader_read(struct linux_reader *reader, uint8_t *buffer, size_t size, size_t *out_got);
void linux_reader_closep(struct linux_reader **reader);

#endif
