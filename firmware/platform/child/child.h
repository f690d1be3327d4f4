/* SPDX-License-Identifier: Apache-2.0 */
/* child.h - what a supervised child process does to itself: it dies with its parent, gives up every
 * privilege, and talks to its parent by datagrams over one inherited socket. Threads: one. */
#ifndef KASSA_CHILD_H
#define KASSA_CHILD_H

#include "base/base.h"

#define CHILD_CHANNEL_FD 3 /* the SOCK_SEQPACKET socket that the parent hands over */

/* First of all: closes every descriptor above the channel's, binds the child's life to the parent's, ignores
 * SIGINT (a terminal's Ctrl-C is the parent's business) and SIGPIPE, and holds SIGTERM back until child_wait.
 * ERR_STATE: there is no such socket: not started by its parent. */
NODISCARD
enum err child_begin(void);

/* After the device is open: gives up root (to `user`, NULL: "nobody"; as another user nothing changes),
 * forbids new privileges, core dumps, tracing, new processes, and more memory than 64 MiB beyond the present; then leaves
 * the process only the system calls of filter.h, with those requests of ioctl that its device needs: no file and no socket
 * can be opened any more.
 * ERR_NOT_FOUND: no such user. ERR_IO, ERR_MEMORY: the system refused, or a privilege is still there: then end.
 * ERR_UNSUPPORTED: all is done but the last: this kernel filters no system calls. */
NODISCARD
enum err child_confine(const char *user, const unsigned long *ioctls, size_t ioctl_count);

/* Sends one datagram; waits up to one second for a parent that does not read. ERR_TIMEOUT; ERR_CLOSED: it is
 * gone. */
NODISCARD
enum err child_send(struct span datagram);

/* Waits for a datagram up to wait_ms (0: only looks). ERR_TIMEOUT: none came. ERR_CLOSED: the parent is gone,
 * or SIGTERM asked to end. A longer datagram than size is cut. */
NODISCARD
enum err child_wait(uint32_t wait_ms, uint8_t *buffer, size_t size, size_t *out_size);

/* A clock that never goes back. */
uint64_t child_now_us(void);

#endif
