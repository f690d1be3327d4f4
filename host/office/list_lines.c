/* SPDX-License-Identifier: Apache-2.0 */
#include "office/list_lines.h"

#include <string.h>

struct list_lines list_lines_of(struct span text)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    bool has_mark = text.size >= sizeof(mark) && memcmp(text.bytes, mark, sizeof(mark)) == 0;
    return (struct list_lines){.text = text, .at = has_mark ? sizeof(mark) : 0};
}

bool list_lines_take(struct list_lines *lines, struct span *out)
{
    const struct span *text = &lines->text;
    if (lines->at >= text->size)
        return false;
    const uint8_t *begin = text->bytes + lines->at;
    const uint8_t *end = memchr(begin, '\n', text->size - lines->at);
    size_t size = end == NULL ? text->size - lines->at : (size_t)(end - begin);
    lines->at += size + 1;
    lines->number++;
    *out = span_of(begin, size > 0 && begin[size - 1] == '\r' ? size - 1 : size);
    return true;
}
