/* SPDX-License-Identifier: Apache-2.0 */
/* reader.h - what kassa-reader and the agent tell each other: fixed messages by value over a SOCK_SEQPACKET
 * pair. One message a datagram, exactly sizeof(struct reader_message) bytes, host byte order (both ends are
 * one machine). The agent trusts nothing in them: card/message.h checks each before it is used. */
#ifndef KASSA_READER_H
#define KASSA_READER_H

#include "base/base.h"
#include "kassa/limits.h"

#define READER_PROTOCOL    2
#define READER_TICK_MS_MAX 400 /* the child tells that it lives at least this often once it said hello */

enum reader_event {
    /* the child speaks */
    READER_HELLO = 1, /* the device is open: text = its name */
    READER_TICK,      /* from the polling loop itself, at least every READER_TICK_MS_MAX */
    READER_CARD,      /* a card came: technology, text = canonical card id */
    READER_GONE,      /* that card went: text = the same id */
    READER_UNKNOWN,   /* a card is there that names nobody: text = why (random UID, unreadable ...) */
    READER_ERROR,     /* the device failed: text = what and why; the child goes on or exits */
    /* the agent speaks */
    READER_HASTEN, /* a card is expected: poll at full pace (how a child starts) */
    READER_REST,   /* none is expected: poll at the resting pace */
    READER_PROGRAMME /* what cards are taken for, in a datagram of its own form (card/programme.h), before all others */
};

/* The numbers stand in the journal (kassa.CardTechnology): append only. */
enum reader_technology {
    READER_UID = 1,         /* ISO 14443-3 UID only: readable and clonable by anyone */
    READER_NDEF = 2,        /* member number or link in an NDEF message of a Type 2 tag */
    READER_CLASSIC = 3,     /* MIFARE Classic, by its UID */
    READER_BARCODE = 4,     /* EAN-13, Code 128; from a scanner, never from kassa-reader */
    READER_TYPE4 = 5,       /* member number or link in an NDEF message of a Type 4 tag */
    READER_ORIGINALITY = 6, /* NTAG21x or Ultralight EV1 with its maker's signature over its UID */
    READER_SUN = 7,         /* NTAG 424 DNA: a link that the tag itself signs anew at each tap */
    READER_MAD = 8,         /* MIFARE Classic, member number in the sector of the programme's application */
    READER_DESFIRE = 9,     /* MIFARE DESFire, a file behind an AES key */
    READER_VAS = 10,        /* a pass in Apple Wallet */
    READER_SMART_TAP = 11,  /* a pass in Google Wallet */
    READER_LINK = 12,       /* a member's link in a QR code; from a scanner */
    READER_DYNAMIC = 13,    /* a QR code with a time code; from a scanner */
    READER_GS1 = 14,        /* a GS1 member number (GSRN); from a scanner */
    READER_TECHNOLOGY_COUNT
};

/* What makes a tap another one than all before: the agent, which remembers, judges it. */
enum reader_freshness_kind {
    READER_FRESH_NONE,
    READER_FRESH_COUNTER, /* value rises with each tap of the same card */
    READER_FRESH_TIME     /* value is the card's time, Unix seconds; the same `about` may not come twice */
};

#define READER_ABOUT_SIZE 16

struct reader_freshness {
    uint8_t kind;        /* enum reader_freshness_kind */
    uint8_t reserved[7]; /* 0 */
    uint64_t value;
    uint8_t about[READER_ABOUT_SIZE]; /* hash of what the value is about: the UID, or the whole cryptogram */
};

#define READER_TEXT_MAX (CARD_TEXT_MAX + 55) /* with the NUL */

struct reader_message {
    uint16_t protocol;  /* READER_PROTOCOL */
    uint8_t event;      /* enum reader_event */
    uint8_t technology; /* enum reader_technology; 0 unless READER_CARD */
    uint32_t
        read_us; /* READER_CARD: host time from before the card's selection to this message; READER_TICK: the
                           longest time from one look for a card to the next since the last tick; else 0 */
    struct reader_freshness freshness; /* READER_CARD; else 0 */
    char text[READER_TEXT_MAX];        /* printable ASCII, NUL-terminated: "uid:04a1b2c3d4e5f6",
                                   "num:2900000012345", or a sentence */
    uint8_t trust; /* READER_CARD: enum card_trust of this tap, at most its technology's; else 0 */
};

_Static_assert(sizeof(struct reader_message) == 160, "one size on both ends");

#endif
