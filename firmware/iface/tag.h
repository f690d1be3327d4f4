/* SPDX-License-Identifier: Apache-2.0 */
/* tag.h - contactless cards: a reader that finds them, and a card that it has selected: who it says it is,
 * and bytes in, bytes out. card/ speaks every protocol through this table, so that each of them runs in tests
 * without a reader. platform/nfc implements it. Threads: one; a call may block for the reader's timeout. */
#ifndef KASSA_TAG_H
#define KASSA_TAG_H

#include "base/base.h"

#define TAG_UID_SIZE_MAX    10  /* ISO/IEC 14443-3: NFCID1 has 4, 7 or 10 bytes */
#define TAG_ATS_SIZE_MAX    20  /* ISO/IEC 14443-4 allows 254; what comes behind T0, TA, TB, TC is history */
#define TAG_APDU_SIZE_MAX   262 /* a command: what libnfc can send */
#define TAG_ANSWER_SIZE_MAX 263 /* an answer with its status word: what a PN532 gives out whole */
#define TAG_KEY_SIZE        6   /* MIFARE Classic */
#define TAG_ANNOUNCE_MAX    16

/* What ISO/IEC 14443-3 type A anticollision told. */
struct tag_target {
    uint8_t uid[TAG_UID_SIZE_MAX];
    uint8_t uid_size;
    uint8_t sak;                   /* SEL_RES; bit 5: the tag speaks ISO/IEC 14443-4 */
    uint16_t atqa;                 /* SENS_RES, first byte on air is the low one: NTAG21x is 0x0044 */
    uint8_t ats[TAG_ATS_SIZE_MAX]; /* the answer to select without its length byte, cut to the room here */
    uint8_t ats_size;              /* 0: it was not asked for one; a reader asks when the first APDU comes */
};

#define TAG_SAK_ISO14443_4 0x20
#define TAG_SAK_CLASSIC    0x08 /* NXP AN10833: MIFARE Classic and its emulations */

enum tag_key_kind { TAG_KEY_A, TAG_KEY_B };

/* A MIFARE Classic sector's key and one of its blocks. */
struct tag_key {
    uint8_t block;
    enum tag_key_kind kind;
    const uint8_t *bytes; /* TAG_KEY_SIZE */
};

struct tag_ops {
    /* Sends tx as one frame (the reader adds and takes away the CRC; a MIFARE Classic's sector must be
     * authenticated before) and writes the answer to rx.
     * ERR_IO: no answer, a damaged one, or a NAK (a PN53x cannot tell them apart); the tag must be selected
     * again. ERR_TOO_LONG: the answer exceeds rx_capacity. ERR_TIMEOUT, ERR_CLOSED: the reader itself is
     * gone. */
    enum err (*exchange)(void *self, struct span tx, uint8_t *rx, size_t rx_capacity, size_t *out_rx_size);
    /* Sends one APDU of at most TAG_APDU_SIZE_MAX bytes over ISO/IEC 14443-4 (the reader makes blocks of it, chains
     * them and waits as the tag asks it to) and writes the answer with its status word to rx.
     * ERR_ARGUMENT: the APDU is empty or too long. ERR_UNSUPPORTED: the tag or the reader knows no APDUs.
     * ERR_IO: no answer, or a damaged one; the tag must be selected again. ERR_TOO_LONG: the answer exceeds rx_capacity
     * or TAG_ANSWER_SIZE_MAX; the tag has been selected anew, and what was selected on it is forgotten. ERR_TIMEOUT,
     * ERR_CLOSED: the reader itself is gone. NULL: the reader knows no APDUs. */
    enum err (*transmit)(void *self, struct span tx, uint8_t *rx, size_t rx_capacity, size_t *out_rx_size);
    /* Opens a MIFARE Classic's sector. ERR_SIGNATURE: it is not this key's; the tag has stopped and must be selected
     * again. ERR_IO: as in exchange. ERR_UNSUPPORTED: no MIFARE Classic. NULL: the reader knows none. */
    enum err (*authenticate)(void *self, const struct tag_key *key);
    /* Selects the same tag again after a refused command. ERR_NOT_FOUND: it is away, or another one came.
     * ERR_TIMEOUT, ERR_CLOSED: the reader itself is gone. */
    enum err (*select_again)(void *self);
    /* Says farewell to the tag and takes the field away until the next look, so that a phone shows that it was read.
     * Errors as select_again. NULL: the reader cannot. */
    enum err (*release)(void *self);
};

struct tag {
    const struct tag_ops *ops;
    void *self;
    struct tag_target target;
};

/* A reader. ERR_TIMEOUT, ERR_CLOSED of any call: the reader does not answer, or is gone; give it up. */
struct tag_reader_ops {
    /* Looks for a card once and selects it. ERR_NOT_FOUND: none is there. ERR_IO: a bad answer, try again. */
    enum err (*select)(void *self, struct tag_target *out);
    /* Lets the selected card sleep and selects another one that lies there. ERR_NOT_FOUND: there is none; whatever was selected
     * must be selected again. Errors else as select. NULL: the reader cannot. */
    enum err (*select_other)(void *self, struct tag_target *out);
    /* Between two looks that found nothing: sends one frame (its CRC is added) to whoever hears it, and waits for no
     * answer. A wallet in a phone wakes up by it. ERR_ARGUMENT: empty, or longer than TAG_ANNOUNCE_MAX. ERR_IO: the
     * reader refused it. NULL: the reader cannot. */
    enum err (*announce)(void *self, struct span frame);
    /* Is the selected card still there? ERR_NOT_FOUND: it did not answer, or cannot be
     * asked; it may need to be selected again. */
    enum err (*check_presence)(void *self);
    /* Sets the reader's radio up anew. */
    enum err (*refresh)(void *self);
    /* Takes the field away until the next select: a reader that idles stays cool. NULL: the reader cannot. */
    enum err (*rest)(void *self);
    struct tag_ops tag; /* of the selected card, with the same self */
};

struct tag_reader {
    const struct tag_reader_ops *ops;
    void *self;
};

#endif
