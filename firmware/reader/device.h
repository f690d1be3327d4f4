/* SPDX-License-Identifier: Apache-2.0 */
/* device.h - the reader that a device string names, whichever library drives it: one table. */
#ifndef KASSA_READER_DEVICE_H
#define KASSA_READER_DEVICE_H

#include "iface/tag.h"

struct driver; /* a row of the table */

struct device {
    const struct driver *driver;
    void *self; /* NULL: not open */
};

/* Errors are those of the driver (nfc_reader.h, pcsc_reader.h); *out is as it was then. */
NODISCARD
enum err device_open(const char *text, struct device *out);
void device_closep(struct device *device);

/* One that is on USB, and answers nobody, begins anew. ERR_NOT_FOUND: it is not on USB, or not there. ERR_IO: it may not be reset by
 * this process, or does not obey. */
NODISCARD
enum err device_reset(const char *text);

/* What the reader calls itself; holds as long as the device is open. */
const char *device_name(const struct device *device);
struct tag_reader device_as_tag_reader(const struct device *device);

/* The requests of ioctl that the driver needs from now on. */
const unsigned long *device_ioctls(const struct device *device, size_t *out_count);

/* How the text must be, for one that was refused with ERR_ARGUMENT. */
const char *device_grammar(const char *text);

#endif
