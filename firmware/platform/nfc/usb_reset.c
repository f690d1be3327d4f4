/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/nfc/usb_reset.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NUMBER_DIGITS 3 /* of a bus, and of a device on it */

static enum err put_node(unsigned bus, unsigned device, char *out, size_t out_size)
{
    int size = snprintf(out, out_size, "/dev/bus/usb/%03u/%03u", bus, device);
    return size > 0 && (size_t)size < out_size ? ERR_OK : ERR_TOO_LONG;
}

/* A file of sysfs that holds a number; false: there is none. */
static bool read_number(const char *folder, const char *name, unsigned *out)
{
    char path[PATH_MAX], text[16] = "";
    int size = snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = size > 0 && (size_t)size < sizeof path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    ssize_t got = read(fd, text, sizeof text - 1);
    (void)close(fd);
    *out = got > 0 ? (unsigned)strtoul(text, NULL, 10) : 0;
    return *out > 0;
}

/* From an interface of the adapter up to the adapter itself. */
static enum err find_above(char *folder, char *out, size_t out_size)
{
    unsigned bus = 0, device = 0;
    for (char *slash = folder + strlen(folder); slash != NULL && slash != folder;
         slash = strrchr(folder, '/')) {
        *slash = '\0';
        if (read_number(folder, "busnum", &bus) && read_number(folder, "devnum", &device))
            return put_node(bus, device, out, out_size);
    }
    return ERR_NOT_FOUND;
}

/* path: of the serial line, with what follows it in the connection string. */
static enum err find_behind_line(const char *sysfs, const char *path, char *out, size_t out_size)
{
    char line[PATH_MAX], real[PATH_MAX], device[PATH_MAX], folder[PATH_MAX];
    size_t size = strcspn(path, ":");
    if (size >= sizeof line)
        return ERR_TOO_LONG;
    memcpy(line, path, size);
    line[size] = '\0';
    if (realpath(line, real) == NULL)
        return ERR_NOT_FOUND;
    int length = snprintf(device, sizeof device, "%s/class/tty/%s/device", sysfs, strrchr(real, '/') + 1);
    if (length < 0 || (size_t)length >= sizeof device)
        return ERR_TOO_LONG;
    return realpath(device, folder) == NULL ? ERR_NOT_FOUND : find_above(folder, out, out_size);
}

/* Three digits; *text goes behind them. */
static bool take_number(const char **text, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < NUMBER_DIGITS; i++, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return false;
        *out = *out * 10 + (unsigned)(**text - '0');
    }
    return true;
}

enum err nfc_usb_node_of(const char *sysfs, const char *connstring, char *out, size_t out_size)
{
    unsigned bus = 0, device = 0;
    const char *at = strchr(connstring, ':');
    if (at == NULL)
        return ERR_NOT_FOUND;
    at++;
    if (at[0] == '/')
        return find_behind_line(sysfs, at, out, out_size);
    bool is_node = take_number(&at, &bus) && *at++ == ':' && take_number(&at, &device) && *at == '\0';
    return is_node ? put_node(bus, device, out, out_size) : ERR_NOT_FOUND;
}

enum err nfc_usb_reset(const char *node)
{
    int fd = open(node, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    int status = ioctl(fd, USBDEVFS_RESET, NULL);
    (void)close(fd);
    return status == 0 ? ERR_OK : ERR_IO;
}
