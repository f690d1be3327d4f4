/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/scanner/scanner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

struct scanner {
    int fd;
    struct scanner_lines lines;
};

/* 9600 8N1 raw, no flow control, modem lines ignored: how scanners leave the factory. */
static enum err set_up_port(int fd)
{
    struct termios port;
    if (tcgetattr(fd, &port) != 0)
        return ERR_IO;
    cfmakeraw(&port);
    port.c_cflag |= CLOCAL | CREAD;
    port.c_cflag &= (tcflag_t) ~(CSTOPB | CRTSCTS);
    port.c_cc[VMIN] = 1;
    port.c_cc[VTIME] = 0;
    if (cfsetispeed(&port, B9600) != 0 || cfsetospeed(&port, B9600) != 0 ||
        tcsetattr(fd, TCSANOW, &port) != 0)
        return ERR_IO;
    /* What was scanned before the agent listened is nobody's at this till. */
    return tcflush(fd, TCIFLUSH) == 0 ? ERR_OK : ERR_IO;
}

enum err scanner_open(const char *path, struct scanner **out)
{
    struct scanner *scanner CLEANUP(scanner_closep) = calloc(1, sizeof *scanner);
    if (scanner == NULL)
        return ERR_MEMORY;
    scanner->fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (scanner->fd < 0)
        return errno == ENOENT || errno == ENXIO || errno == ENODEV ? ERR_NOT_FOUND : ERR_IO;
    if (flock(scanner->fd, LOCK_EX | LOCK_NB) != 0)
        return ERR_BUSY;
    TRY(set_up_port(scanner->fd));
    *out = TAKE(scanner);
    return ERR_OK;
}

void scanner_close(struct scanner *scanner)
{
    if (scanner == NULL)
        return;
    if (scanner->fd >= 0)
        (void)close(scanner->fd);
    free(scanner);
}

void scanner_closep(struct scanner **scanner)
{
    scanner_close(*scanner);
}

int scanner_fd(const struct scanner *scanner)
{
    return scanner->fd;
}

enum err scanner_read(struct scanner *scanner, uint64_t now_mono_ms, scanner_on_line on_line, void *self)
{
    uint8_t bytes[256];
    ssize_t size = read(scanner->fd, bytes, sizeof bytes);
    if (size > 0) {
        scanner_lines_feed(&scanner->lines, span_of(bytes, (size_t)size), now_mono_ms, on_line, self);
        return ERR_OK;
    }
    return size < 0 && (errno == EAGAIN || errno == EINTR) ? ERR_OK : ERR_CLOSED;
}
