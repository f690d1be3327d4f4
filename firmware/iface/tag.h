/* SPDX-License-Identifier: Apache-2.0 */
/* tag.h - contactless cards: a reader that finds them, and a card that it has selected: who it says it is,
 * and bytes in, bytes out. card/ speaks every protocol through this table, so that each of them runs in tests
 * without a reader. platform/nfc implements it. Threads: one; a call may block for the reader's timeout. */
#ifndef KASSA_TAG_H
#define KASSA_TAG_H

#include "base/base.h"

#define TAG_UID_SIZE_MAX 10 /* ISO/IEC 14443-3: NFCID1 has 4, 7 or 10 bytes */

/* What ISO/IEC 14443-3 type A anticollision told. */
struct tag_target {
    uint8_t uid[TAG_UID_SIZE_MAX];
    uint8_t uid_size;
    uint8_t sak;   /* SEL_RES */
    uint16_t atqa; /* SENS_RES, first byte on air is the low one: NTAG21x is 0x0044 */
};

struct tag_ops {
    /* Sends tx as one raw frame (the reader adds and takes away the CRC) and writes the answer to rx.
     * ERR_IO: no answer, a damaged one, or a NAK (a PN53x cannot tell them apart); the tag must be selected
     * again. ERR_TOO_LONG: the answer exceeds rx_capacity. ERR_TIMEOUT, ERR_CLOSED: the reader itself is
     * gone. */
    enum err (*exchange)(void *self, struct span tx, uint8_t *rx, size_t rx_capacity, size_t *out_rx_size);
    /* Selects the same tag again after a refused command. ERR_NOT_FOUND: it is away, or another one came.
     * ERR_TIMEOUT, ERR_CLOSED: the reader itself is gone. */
    enum err (*select_again)(void *self);
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
    /* Is the selected card still there? ERR_NOT_FOUND: it did not answer; it may need to be
     * selected again. */
    enum err (*check_presence)(void *self);
    /* Sets the reader's radio up anew. */
    enum err (*refresh)(void *self);
    struct tag_ops tag; /* of the selected card, with the same self */
};

struct tag_reader {
    const struct tag_reader_ops *ops;
    void *self;
};

#endif
