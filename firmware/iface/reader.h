/* SPDX-License-Identifier: Apache-2.0 */
/* reader.h - what kassa-reader tells the agent: fixed messages by value over a SOCK_SEQPACKET pair.
 * One message a datagram, exactly sizeof(struct reader_message) bytes, host byte order (both ends are one
 * machine). */
#ifndef KASSA_READER_H
#define KASSA_READER_H

#include "base/base.h"
#include "kassa/limits.h"

#define READER_PROTOCOL 1

enum reader_event {
    READER_HELLO = 1, /* first message: text = device name; sent once the device is open */
    READER_TICK,      /* from the polling loop itself, at least every 250 ms */
    READER_CARD,      /* a card came: technology, text = canonical card id */
    READER_GONE,      /* that card went */
    READER_ERROR      /* the device failed: text = what and why; the child goes on or exits */
};

enum reader_technology {
    READER_UID = 1, /* ISO 14443-3 UID only: readable and clonable by anyone */
    READER_NDEF,    /* member number or link in an NDEF message of a Type 2 tag */
    READER_CLASSIC, /* MIFARE Classic, by its UID */
    READER_BARCODE  /* EAN-13, Code 128 */
};

struct reader_message {
    uint16_t protocol;  /* READER_PROTOCOL */
    uint8_t event;      /* enum reader_event */
    uint8_t technology; /* enum reader_technology; 0 unless READER_CARD */
    uint32_t read_us;   /* how long the host side took from selecting the card to this message */
    char text[CARD_TEXT_MAX +
              56]; /* NUL-terminated: "uid:04a1b2c3d4e5f6", "num:2900000012345", or an error's sentence */
};

_Static_assert(sizeof(struct reader_message) == 128, "one size on both ends");

#endif
