/* SPDX-License-Identifier: Apache-2.0 */
/* ber.h - tags, lengths and values as cards and phones answer with (ISO/IEC 7816-4 5.2.2). Inside card/ and for the
 * fuzzer. Nothing is copied: values are spans of what was given. */
#ifndef KASSA_CARD_BER_H
#define KASSA_CARD_BER_H

#include "base/base.h"

struct card_ber {
    uint32_t tag; /* with its first byte on top: 0x50, 0x9F21, 0xBF0C */
    struct span value;
};

/* Takes one off the front of `rest`. ERR_SYNTAX: a tag of more than three bytes, or a length of more than 65535 or of no
 * definite size. ERR_TRUNCATED: it runs over the end. */
NODISCARD
enum err card_ber_take(struct span *rest, struct card_ber *out);

/* The value at the end of a path of tags, each the first of its kind within the one before. ERR_NOT_FOUND: there is none
 * up to where the bytes make sense. */
NODISCARD
enum err card_ber_find(struct span in, const uint32_t *path, size_t path_size, struct span *out);

#endif
