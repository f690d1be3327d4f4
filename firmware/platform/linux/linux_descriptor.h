/* SPDX-License-Identifier: Apache-2.0 */
/* linux_descriptor.h - what files and streams do with a file descriptor. Inside platform/linux/. */
#ifndef KASSA_PLATFORM_LINUX_DESCRIPTOR_H
#define KASSA_PLATFORM_LINUX_DESCRIPTOR_H

#include "base/base.h"

/* For CLEANUP; below 0: none is open. */
void linux_descriptor_close(const int *fd);

/* ERR_NOT_FOUND, ERR_FULL, ERR_IO: what errno says. */
NODISCARD
enum err linux_descriptor_error(void);

NODISCARD
enum err linux_descriptor_write(int fd, struct span bytes);
NODISCARD
enum err linux_descriptor_sync(int fd);

/* Syncs the folder in which the path lies, so that a new name in it is durable. */
NODISCARD
enum err linux_descriptor_sync_parent(const char *path);

#endif
