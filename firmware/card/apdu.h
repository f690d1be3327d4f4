/* SPDX-License-Identifier: Apache-2.0 */
/* apdu.h - commands and answers of ISO/IEC 7816-4 over a tag's transmit. Inside card/. */
#ifndef KASSA_CARD_APDU_H
#define KASSA_CARD_APDU_H

#include "iface/tag.h"

#define CARD_STATUS_OK        0x9000
#define CARD_STATUS_NOT_FOUND 0x6A82 /* 7816-4 5.6: no such application or file */

struct card_answer {
    uint16_t status;
    size_t size; /* without the status word */
    uint8_t bytes[TAG_ANSWER_SIZE_MAX];
};

/* Sends the APDU. ERR_UNSUPPORTED: the tag or the reader knows none. ERR_IO: as tag_ops.transmit, or no status word
 * in the answer. Others as tag_ops.transmit. */
NODISCARD
enum err card_apdu_transmit(const struct tag *tag, struct span command, struct card_answer *out);

/* What a status other than success means. ERR_NOT_FOUND: the card will never take that command, or has nothing of the kind. ERR_IO: it may
 * be passing (6F00 of a chip that lost its power for a moment): by it nobody is named, or one card would become two members. */
NODISCARD
enum err card_apdu_refusal(uint16_t status);

/* 9000; or 61xx: it is done, and there is more to fetch, which who selects may leave. */
bool card_apdu_is_selected(const struct card_answer *answer);

static inline struct span card_answer_body(const struct card_answer *answer)
{
    return span_of(answer->bytes, answer->size);
}

#endif
