/* SPDX-License-Identifier: Apache-2.0 */
/* faults.h - the bad days of a reader: silence, garbage, wrong checksums, answers that crash careless hosts.
 * Pure. */
#ifndef KASSA_PN532_FAULTS_H
#define KASSA_PN532_FAULTS_H

#include "pn532-sim/frame.h"

#define PN532_FOREVER UINT32_MAX

enum pn532_mute {
    PN532_MUTE_OFF,
    PN532_MUTE_ALL,      /* the chip hears nothing: no ACK, no reply */
    PN532_MUTE_AFTER_ACK /* it acknowledges and then never replies */
};

enum pn532_garbage {
    PN532_GARBAGE_OFF,
    PN532_GARBAGE_RANDOM,   /* the reply's parameters are random bytes, 0 to 63 of them */
    PN532_GARBAGE_REPLY,    /* the reply's parameters are the given bytes */
    PN532_GARBAGE_STATUS,   /* the status of an exchange is the given byte, without data */
    PN532_GARBAGE_CHECKSUM, /* DCS is wrong */
    PN532_GARBAGE_ATS0,     /* a found card claims ISO/IEC 14443-4 and an ATS of length 0 */
    PN532_GARBAGE_RAW       /* the given bytes instead of the reply's frame */
};

struct pn532_faults {
    enum pn532_mute mute;
    enum pn532_garbage garbage;
    uint32_t remaining; /* replies that it still spoils; PN532_FOREVER: until it is switched off */
    uint8_t bytes[PN532_DATA_SIZE_MAX - 2];
    size_t size;
    uint32_t seed; /* of the random bytes; any value but 0 */
};

/* Builds the frame that goes out for a reply (TFI, code, parameters), spoilt if a fault asks for it, into
 * out_frame of at least PN532_FRAME_SIZE_MAX bytes, and returns its size. */
size_t pn532_faults_frame(struct pn532_faults *faults, struct span reply, uint8_t *out_frame);

#endif
