/* SPDX-License-Identifier: Apache-2.0 */
/* linux_listen.h - listening sockets of this machine alone. Threads: any. */
#ifndef KASSA_LINUX_LISTEN_H
#define KASSA_LINUX_LISTEN_H

#include "base/base.h"

/* Listens on 127.0.0.1; port 0 takes a free one. *out_port is the one it has. The caller owns *out_fd, which
 * does not block and is closed on exec. ERR_BUSY: another program has the port. ERR_IO. */
NODISCARD
enum err linux_listen_loopback(uint16_t port, int *out_fd, uint16_t *out_port);

/* Listens on a UNIX socket with mode 0660. A socket that nobody listens on any more gives way. ERR_BUSY:
 * somebody does. ERR_EXISTS: a file of another kind is there. ERR_TOO_LONG: the path. ERR_IO. */
NODISCARD
enum err linux_listen_unix(const char *path, int *out_fd);

/* Does the process at the other end of a UNIX connection run as our user, or as root?
 * (SO_PEERCRED, unix(7)) */
bool linux_peer_is_ours(int fd);

#endif
