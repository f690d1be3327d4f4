/* SPDX-License-Identifier: Apache-2.0 */
/* device_text.h - a card reader's device as settings and options name it, by one grammar for the agent, its reader and `kassa`.
 * Pure.
 *
 *     pn532_uart:/dev/ttyUSB0:115200     a line or bus: its path, without a colon, and a line's speed, which may be left out
 *     acr122_usb, acr122_usb:001:004     USB: the first such reader, or the one there
 *     pcsc:NAME, pcsc:/SOCKET:NAME       what pcscd calls a reader, or how that begins; another pcscd's socket before it */
#ifndef KASSA_CARD_DEVICE_TEXT_H
#define KASSA_CARD_DEVICE_TEXT_H

#include "base/base.h"

/* How a reader is reached. */
enum card_device_way {
    CARD_DEVICE_NONE,
    CARD_DEVICE_LINE = 1,
    CARD_DEVICE_BUS = 2,
    CARD_DEVICE_USB = 4,
    CARD_DEVICE_PCSC = 8
};

/* For one that is refused. */
#define CARD_DEVICE_EXAMPLES                                                                                 \
    "pn532_uart:/dev/ttyUSB0:115200, acr122_usb, or pcsc: and how a reader's name begins"

/* By the driver's name in front, whatever is behind it; NONE: there is no such driver. */
enum card_device_way card_device_way(const char *text);

/* Whether a reader can be opened by it, if it is there. */
bool card_device_is_text(const char *text);

#endif
