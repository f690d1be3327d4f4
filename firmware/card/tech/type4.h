/* SPDX-License-Identifier: Apache-2.0 */
/* type4.h - the NDEF message of an NFC Forum Type 4 tag, read once for all technologies that want it: each read makes
 * an NTAG 424 count, and the air is slow. Inside card/. */
#ifndef KASSA_CARD_TYPE4_H
#define KASSA_CARD_TYPE4_H

#include "card/apdu.h"

#define CARD_TYPE4_MESSAGE_MAX 1024

struct card_type4 {
    bool is_read;
    enum err outcome;
    size_t size;
    size_t message_at;
    uint8_t file[4 + CARD_TYPE4_MESSAGE_MAX]; /* its length, message */
};

/* ERR_NOT_FOUND: no Type 4 tag, or an empty one. ERR_TOO_LONG is taken for it. Others as card_apdu_transmit. */
NODISCARD
enum err card_type4_message(const struct tag *tag, struct card_type4 *type4, struct span *out_message);

#endif
