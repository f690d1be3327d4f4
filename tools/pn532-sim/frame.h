/* SPDX-License-Identifier: Apache-2.0 */
/* frame.h - frames of the PN532's high speed UART (NXP UM0701-02 6.2.1), seen from the chip.
 *
 *   normal    00 00 FF LEN LCS TFI PD.. DCS 00           LEN counts TFI and PD, LEN + LCS = 0 (mod 256)
 *   extended  00 00 FF FF FF LENm LENl LCS TFI PD.. DCS 00   LENm + LENl + LCS = 0 (mod 256)
 *   ack       00 00 FF 00 FF 00      nack  00 00 FF FF 00 00      error  00 00 FF 01 FF 7F 81 00
 *
 * TFI + PD.. + DCS = 0 (mod 256). Hosts such as libnfc read strictly: one 00 before the start code 00 FF and
 * one 00 at the end, never more. Pure: no clock, no heap, no file. */
#ifndef KASSA_PN532_FRAME_H
#define KASSA_PN532_FRAME_H

#include "base/base.h"

#define PN532_DATA_SIZE_MAX  265u                       /* TFI and 264 bytes after it */
#define PN532_FRAME_SIZE_MAX (PN532_DATA_SIZE_MAX + 10) /* an extended frame around them */
#define PN532_TFI_TO_CHIP    0xD4u
#define PN532_TFI_TO_HOST    0xD5u

enum pn532_event {
    PN532_EVENT_NONE, /* nothing is complete yet */
    PN532_EVENT_ACK,  /* also the host's way to abort a running command */
    PN532_EVENT_NACK, /* the host wants the last reply again */
    PN532_EVENT_DATA, /* a frame is complete: pn532_parser_data() */
    PN532_EVENT_BAD   /* a frame with a wrong checksum or length was thrown away */
};

/* Fed byte by byte; finds frames in any noise. Set to zero = ready. */
struct pn532_parser {
    enum {
        PN532_HUNT,
        PN532_LEN,
        PN532_LCS,
        PN532_LEN_HIGH,
        PN532_LEN_LOW,
        PN532_LCS_EXTENDED,
        PN532_BODY,
        PN532_DCS
    } step;
    uint8_t previous;
    uint8_t len[2]; /* high, low */
    uint8_t sum;
    size_t size; /* of the data that the header announced */
    size_t have;
    uint8_t data[PN532_DATA_SIZE_MAX];
};

enum pn532_event pn532_parser_feed(struct pn532_parser *parser, uint8_t byte);

/* TFI and what follows it, after PN532_EVENT_DATA and until the next byte is fed. */
struct span pn532_parser_data(const struct pn532_parser *parser);

/* Writes the frame around data (TFI first, 1..PN532_DATA_SIZE_MAX bytes) into out_frame, which holds at least
 * PN532_FRAME_SIZE_MAX bytes, and returns its size. Extended only if data has more than 255 bytes. */
size_t pn532_frame_build(struct span data, uint8_t *out_frame);

struct span pn532_frame_ack(void);
struct span pn532_frame_error(void); /* the chip's answer to a command that it does not understand */

#endif
