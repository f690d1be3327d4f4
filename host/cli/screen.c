/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen.h"

#include <stdlib.h>

/* A character and the bytes that it took. */
struct character {
    uint32_t point;
    size_t size; /* 0: no UTF-8; one byte of it stands in point */
};

static struct character read_character(struct span text)
{
    uint8_t lead = text.bytes[0];
    size_t size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (size == 0 || size > text.size || lead > 0xf4)
        return (struct character){lead, 0};
    uint32_t point = size == 1 ? lead : lead & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text.bytes[i] & 0xc0) != 0x80)
            return (struct character){lead, 0};
        point = point << 6 | (text.bytes[i] & 0x3f);
    }
    return (struct character){point, size};
}

/* Controls, separators, and the marks of Unicode's bidirectional algorithm (UAX #9). */
static bool is_harmful(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 || point == 0x2029 ||
           (point >= 0x200e && point <= 0x200f) || (point >= 0x202a && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

/* Answers how many columns were written. */
static unsigned put_all(FILE *out, struct span text)
{
    unsigned columns = 0;
    for (size_t at = 0; at < text.size;) {
        struct character c = read_character(span_of(text.bytes + at, text.size - at));
        size_t size = c.size > 0 ? c.size : 1;
        if (c.size == 0 || is_harmful(c.point)) {
            int written = fprintf(out, c.size == 0 ? "\\x{%x}" : "\\u{%x}", (unsigned)c.point);
            columns += written > 0 ? (unsigned)written : 0;
        } else {
            fwrite(text.bytes + at, 1, size, out);
            columns++;
        }
        at += size;
    }
    return columns;
}

void screen_span(FILE *out, struct span text)
{
    (void)put_all(out, text);
}

void screen_text(FILE *out, const char *text)
{
    (void)put_all(out, span_of_text(text));
}

void screen_column(FILE *out, struct span text, unsigned width)
{
    for (unsigned columns = put_all(out, text); columns < width; columns++)
        fputc(' ', out);
}

/* jansson escapes C0; what else is harmful is escaped here, in pairs of surrogates where it must
 * (none is). */
static void put_json(FILE *out, const char *text)
{
    struct span rest = span_of_text(text);
    while (rest.size > 0) {
        struct character c = read_character(rest);
        size_t size = c.size > 0 ? c.size : 1;
        if (is_harmful(c.point) && c.point != '\n')
            fprintf(out, "\\u%04x", (unsigned)c.point);
        else
            fwrite(rest.bytes, 1, size, out);
        rest = span_of(rest.bytes + size, rest.size - size);
    }
}

static enum err print(FILE *out, json_t *json, size_t flags)
{
    char *text = json == NULL ? NULL : json_dumps(json, flags);
    json_decref(json);
    if (text == NULL)
        return ERR_MEMORY;
    put_json(out, text);
    fputc('\n', out);
    free(text);
    return ERR_OK;
}

enum err screen_json(FILE *out, json_t *json)
{
    return print(out, json, JSON_COMPACT | JSON_ENCODE_ANY);
}

enum err screen_json_indented(FILE *out, json_t *json)
{
    return print(out, json, JSON_INDENT(2) | JSON_ENCODE_ANY);
}
