/* SPDX-License-Identifier: Apache-2.0 */
/* usb_reset.h - a reader on USB that answers nobody is reset, as if it had been pulled out and put back. */
#ifndef KASSA_USB_RESET_H
#define KASSA_USB_RESET_H

#include "base/base.h"

/* The device node of USB (/dev/bus/usb/BBB/DDD) behind a libnfc connection string: "driver:BBB:DDD", or "driver:/path:speed" of a serial
 * line whose adapter is on USB. sysfs: "/sys". ERR_NOT_FOUND: it names none. ERR_TOO_LONG: a path has no room. */
NODISCARD
enum err nfc_usb_node_of(const char *sysfs, const char *connstring, char *out, size_t out_size);

/* ERR_NOT_FOUND: there is no such node. ERR_IO: it may not be opened, or does not obey. */
NODISCARD
enum err nfc_usb_reset(const char *node);

#endif
