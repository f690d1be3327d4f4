/* SPDX-License-Identifier: Apache-2.0 */
#include "office/list_lines.h"

#include <string.h>

#include "base/utf8.h"

struct list_lines list_lines_of(struct span text)
{
    return (struct list_lines){.text = utf8_without_mark(text)};
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

bool list_lines_take_filled(struct list_lines *lines, struct span *out)
{
    do {
        if (!list_lines_take(lines, out))
            return false;
    } while (out->size == 0);
    return true;
}
