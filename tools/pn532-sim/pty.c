/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "pn532-sim/pty.h"

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Raw from the start: a terminal that echoes would send the chip its own bytes. */
static enum err make_raw(int fd)
{
    struct termios mode;
    if (tcgetattr(fd, &mode) != 0)
        return ERR_IO;
    cfmakeraw(&mode);
    return tcsetattr(fd, TCSANOW, &mode) == 0 ? ERR_OK : ERR_IO;
}

/* A link that is there is left over from an earlier run; anything else is not ours to replace. */
static enum err point_link(const char *link_path, const char *target)
{
    char temporary[4096];
    struct stat status;
    if (lstat(link_path, &status) == 0 && !S_ISLNK(status.st_mode))
        return ERR_EXISTS;
    int size = snprintf(temporary, sizeof(temporary), "%s.%ld", link_path, (long)getpid());
    if (size < 0 || (size_t)size >= sizeof(temporary))
        return ERR_TOO_LONG;
    unlink(temporary);
    if (symlink(target, temporary) != 0)
        return ERR_IO;
    if (rename(temporary, link_path) != 0) {
        unlink(temporary);
        return ERR_IO;
    }
    return ERR_OK;
}

enum err pn532_pty_plug(struct pn532_pty *pty)
{
    int master CLEANUP(close_fd) = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    char name[128];
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
        ptsname_r(master, name, sizeof(name)) != 0)
        return ERR_IO;
    int slave CLEANUP(close_fd) = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        return ERR_IO;
    TRY(make_raw(slave));
    TRY(point_link(pty->link_path, name));
    pty->master_fd = master;
    pty->slave_fd = slave;
    master = -1;
    slave = -1;
    return ERR_OK;
}

void pn532_pty_unplug(struct pn532_pty *pty)
{
    if (pty->master_fd < 0)
        return;
    unlink(pty->link_path);
    close_fd(&pty->master_fd);
    close_fd(&pty->slave_fd);
}

size_t pn532_pty_read(struct pn532_pty *pty, uint8_t *out_bytes, size_t capacity)
{
    ssize_t size = read(pty->master_fd, out_bytes, capacity);
    return size > 0 ? (size_t)size : 0;
}

void pn532_pty_write(struct pn532_pty *pty, struct span bytes)
{
    while (pty->master_fd >= 0 && bytes.size > 0) {
        ssize_t size = write(pty->master_fd, bytes.bytes, bytes.size);
        if (size <= 0)
            return;
        bytes = span_of(bytes.bytes + size, bytes.size - (size_t)size);
    }
}
