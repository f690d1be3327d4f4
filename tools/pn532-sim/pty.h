/* SPDX-License-Identifier: Apache-2.0 */
/* pty.h - the serial line: a pseudo-terminal whose far end stands behind a symbolic link that keeps its name.
 */
#ifndef KASSA_PN532_PTY_H
#define KASSA_PN532_PTY_H

#include "base/base.h"

/* fds are -1 while it is unplugged. The far end is held open here as well, so that a host may come and go
 * without the line hanging up; the host sees EIO when both are closed. */
struct pn532_pty {
    const char *link_path;
    int master_fd;
    int slave_fd;
};

/* Opens a raw pty and points the link at it (atomically). ERR_IO, ERR_EXISTS: link_path is there and is no
 * link. */
NODISCARD
enum err pn532_pty_plug(struct pn532_pty *pty);
/* Removes the link and closes the line. Does nothing if it is unplugged. */
void pn532_pty_unplug(struct pn532_pty *pty);

/* Reads what the host sent. 0 bytes: nothing is there. */
size_t pn532_pty_read(struct pn532_pty *pty, uint8_t *out_bytes, size_t capacity);
/* Writes all, or as much as a host that does not read leaves room for; the rest is lost, as on a
 * serial line. */
void pn532_pty_write(struct pn532_pty *pty, struct span bytes);

#endif
