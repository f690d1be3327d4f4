/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

struct lead_row {
    uint8_t first, last;               /* the lead byte's range */
    uint8_t second_first, second_last; /* the range of the byte after it (RFC 3629, section 4) */
    uint8_t size;
};

static const struct lead_row leads[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* The size of the character at the front; 0 if it is not well-formed. */
static size_t character_size(struct span text)
{
    for (size_t i = 0; i < COUNT_OF(leads); i++) {
        const struct lead_row *row = &leads[i];
        if (text.bytes[0] < row->first || text.bytes[0] > row->last)
            continue;
        if (text.size < row->size)
            return 0;
        if (row->size > 1 && (text.bytes[1] < row->second_first || text.bytes[1] > row->second_last))
            return 0;
        for (size_t k = 2; k < row->size; k++) {
            if ((text.bytes[k] & 0xc0) != 0x80)
                return 0;
        }
        return row->size;
    }
    return 0;
}

static bool is_text(struct span text, bool controls_allowed)
{
    for (size_t at = 0; at < text.size;) {
        size_t size = character_size(span_of(text.bytes + at, text.size - at));
        bool is_control = text.bytes[at] < 0x20 || text.bytes[at] == 0x7f;
        if (size == 0 || (is_control && !controls_allowed))
            return false;
        at += size;
    }
    return true;
}

bool utf8_is_valid(struct span text)
{
    return is_text(text, true);
}

bool utf8_is_printable(struct span text)
{
    return is_text(text, false);
}

struct span utf8_without_mark(struct span text)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    bool has_mark = text.size >= sizeof(mark) && memcmp(text.bytes, mark, sizeof(mark)) == 0;
    return has_mark ? span_of(text.bytes + sizeof(mark), text.size - sizeof(mark)) : text;
}
