/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/scanner/scanner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/hidraw.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

struct kind;

struct scanner {
    int fd;
    const struct kind *kind;
    struct scanner_lines lines;
    struct scanner_keys keys;
    struct input_event event; /* as much of it as came: a pipe may cut one in two */
    size_t event_size;
    struct hid_pos hid_pos;
};

/* What takes the bytes that were read. */
struct listener {
    uint64_t now_mono_ms;
    scanner_on_line on_line;
    void *self;
};

struct kind {
    const char *head; /* of device texts; the last row takes them all */
    bool is_in_path;  /* the head is a part of the path */
    enum err (*set_up)(struct scanner *scanner);
    void (*take)(struct scanner *scanner, struct span bytes, const struct listener *listener);
};

/* --- a serial line --- */

/* 9600 8N1 raw, no flow control, modem lines ignored: how scanners leave the factory. */
static enum err set_up_line(struct scanner *scanner)
{
    int fd = scanner->fd;
    struct termios port;
    if (tcgetattr(fd, &port) != 0)
        return ERR_UNSUPPORTED;
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

static void take_bytes(struct scanner *scanner, struct span bytes, const struct listener *listener)
{
    scanner_lines_feed(&scanner->lines, bytes, listener->now_mono_ms, listener->on_line, listener->self);
}

/* --- a keyboard --- */

/* Grabbed, or every code would be typed into the till's own program as well. */
static enum err set_up_keyboard(struct scanner *scanner)
{
    struct stat status;
    if (ioctl(scanner->fd, EVIOCGRAB, 1) == 0)
        return ERR_OK;
    if (errno == EBUSY)
        return ERR_BUSY;
    bool is_stream =
        fstat(scanner->fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
    return is_stream ? ERR_OK : ERR_UNSUPPORTED;
}

static void take_event(struct scanner *scanner, const struct listener *listener)
{
    uint8_t typed = 0;
    enum err error = scanner_keys_take(&scanner->keys, &scanner->event, &typed);
    if (error == ERR_OK)
        take_bytes(scanner, span_of(&typed, 1), listener);
    else if (error == ERR_TRUNCATED)
        scanner_lines_break(&scanner->lines, listener->on_line, listener->self);
}

static void take_events(struct scanner *scanner, struct span bytes, const struct listener *listener)
{
    while (bytes.size > 0) {
        size_t missing = sizeof scanner->event - scanner->event_size;
        size_t size = bytes.size < missing ? bytes.size : missing;
        memcpy((uint8_t *)&scanner->event + scanner->event_size, bytes.bytes, size);
        scanner->event_size += size;
        bytes = span_of(bytes.bytes + size, bytes.size - size);
        if (scanner->event_size < sizeof scanner->event)
            return;
        scanner->event_size = 0;
        take_event(scanner, listener);
    }
}

/* --- HID-POS --- */

_Static_assert(HID_POS_DESCRIPTOR_MAX <= HID_MAX_DESCRIPTOR_SIZE, "what hidraw gives out");

static enum err set_up_hid_pos(struct scanner *scanner)
{
    struct hidraw_report_descriptor descriptor = {.size = 0};
    int size = 0;
    if (ioctl(scanner->fd, HIDIOCGRDESCSIZE, &size) != 0 || size < 0 || size > HID_POS_DESCRIPTOR_MAX)
        return ERR_UNSUPPORTED;
    descriptor.size = (uint32_t)size;
    if (ioctl(scanner->fd, HIDIOCGRDESC, &descriptor) != 0)
        return ERR_UNSUPPORTED;
    return scanner_hid_read_descriptor(span_of(descriptor.value, descriptor.size), &scanner->hid_pos);
}

/* hidraw hands out one report at a time. */
static void take_report(struct scanner *scanner, struct span bytes, const struct listener *listener)
{
    struct hid_pos_part part;
    enum err error = scanner_hid_read_report(&scanner->hid_pos, bytes, &part);
    if (error == ERR_OK)
        scanner_lines_feed_part(&scanner->lines, &part, listener->now_mono_ms, listener->on_line,
                                listener->self);
    else if (error == ERR_TRUNCATED)
        scanner_lines_break(&scanner->lines, listener->on_line, listener->self);
}

/* --- whichever it is --- */

static const struct kind KINDS[] = {
    {"evdev:", false, set_up_keyboard, take_events},
    {"hidpos:", false, set_up_hid_pos, take_report},
    {"/dev/input/", true, set_up_keyboard, take_events},
    {"/dev/hidraw", true, set_up_hid_pos, take_report},
    {"", true, set_up_line, take_bytes},
};

static const struct kind *find_kind(const char *device)
{
    const struct kind *kind = KINDS;
    while (strncmp(device, kind->head, strlen(kind->head)) != 0)
        kind++;
    return kind;
}

enum err scanner_open(const char *device, uint32_t gap_ms, struct scanner **out)
{
    struct scanner *scanner CLEANUP(scanner_closep) = calloc(1, sizeof *scanner);
    if (scanner == NULL)
        return ERR_MEMORY;
    scanner->kind = find_kind(device);
    scanner->lines.gap_ms = gap_ms;
    const char *path = scanner->kind->is_in_path ? device : device + strlen(scanner->kind->head);
    scanner->fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (scanner->fd < 0)
        return errno == ENOENT || errno == ENXIO || errno == ENODEV ? ERR_NOT_FOUND : ERR_IO;
    if (flock(scanner->fd, LOCK_EX | LOCK_NB) != 0)
        return ERR_BUSY;
    TRY(scanner->kind->set_up(scanner));
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
    uint8_t bytes[HID_POS_REPORT_MAX]; /* a report is read whole, or its end is lost */
    const struct listener listener = {now_mono_ms, on_line, self};
    ssize_t size = read(scanner->fd, bytes, sizeof bytes);
    if (size > 0) {
        scanner->kind->take(scanner, span_of(bytes, (size_t)size), &listener);
        return ERR_OK;
    }
    return size < 0 && (errno == EAGAIN || errno == EINTR) ? ERR_OK : ERR_CLOSED;
}

uint32_t scanner_rest(struct scanner *scanner, uint64_t now_mono_ms, scanner_on_line on_line, void *self)
{
    if (scanner_lines_wait_ms(&scanner->lines, now_mono_ms) == 0)
        scanner_lines_feed(&scanner->lines, span_of(NULL, 0), now_mono_ms, on_line, self);
    return scanner_lines_wait_ms(&scanner->lines, now_mono_ms);
}
