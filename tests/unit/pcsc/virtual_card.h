/* SPDX-License-Identifier: Apache-2.0 */
/* virtual_card.h - what lies on the virtual reader: a process that answers as a PC/SC reader and a card on it do, so that
 * pcscd's own card driver ("vpcd") has somebody to talk to. For tests. */
#ifndef KASSA_TESTS_PCSC_VIRTUAL_CARD_H
#define KASSA_TESTS_PCSC_VIRTUAL_CARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pn532-sim/card.h"

#define VIRTUAL_CARD_PASSWORD "\x11\x22\x33\x44"
#define VIRTUAL_CARD_PACK     "\xAB\xCD"
#define VIRTUAL_CARD_KEY      "\x01\x02\x03\x04\x05\x06" /* key B of each sector; key A is FFFFFFFFFFFF */

enum virtual_card_kind {
    VIRTUAL_TYPE2,   /* NTAG213 with the given data area */
    VIRTUAL_CLASSIC, /* MIFARE Classic 1K: block n holds n sixteen times */
    VIRTUAL_APDUS, /* ISO/IEC 14443-4: 00 EE 00 00 len -> that many bytes; anything else is given back; or see below */
    VIRTUAL_CONTACT, /* with contacts: it has no UID */
};

/* How the reader passes a Type 2 tag's own frames through. */
enum virtual_card_raw { VIRTUAL_RAW_NONE, VIRTUAL_RAW_SESSION, VIRTUAL_RAW_DIRECT };

/* How a reader says in a session that the tag refused: by a status word, as four bits that came, or as a fault of their CRC. */
enum virtual_card_no { VIRTUAL_NO_STATUS, VIRTUAL_NO_BITS, VIRTUAL_NO_FAULT, VIRTUAL_NO_COUNT };

struct virtual_card {
    enum virtual_card_kind kind;
    uint8_t uid[10];
    size_t uid_size;
    uint8_t area[144];  /* VIRTUAL_TYPE2: from page 4 on */
    unsigned pulled_at; /* the command with that number is not answered: the card is pulled away; 0: never */
    unsigned uid_refusals; /* so often it is said to have no UID, as at the edge of a field */
    enum virtual_card_raw raw;
    enum virtual_card_no no;
    bool
        is_protected; /* VIRTUAL_TYPE2: from page 4 on it wants VIRTUAL_CARD_PASSWORD, and answers VIRTUAL_CARD_PACK */
    bool is_babbling;                   /* its UID is longer than any answer may be */
    const struct pn532_card *simulated; /* VIRTUAL_APDUS: answers as this card */
    bool is_older;                      /* the reader knows FF 88 alone, and keys in places that last */
};

/* Lays the card down; fails the test if the port does not answer. The process that it is. */
pid_t virtual_card_lay(uint16_t port, const struct virtual_card *card);

/* Takes it away. */
void virtual_card_take(pid_t pid);

#endif
