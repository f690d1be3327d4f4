/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/scanner/scanner.h"

static bool is_line_end(uint8_t c)
{
    return c == '\r' || c == '\n' || c == 0x03; /* ETX */
}

static bool is_within_line(const struct scanner_lines *lines)
{
    return lines->size > 0 || lines->is_too_long;
}

static void end_line(struct scanner_lines *lines, scanner_on_line on_line, void *self)
{
    if (!is_within_line(lines))
        return;
    if (lines->is_too_long)
        on_line(self, ERR_TOO_LONG, span_of(lines->bytes, 0));
    else
        on_line(self, ERR_OK, span_of(lines->bytes, lines->size));
    lines->size = 0;
    lines->is_too_long = false;
}

/* The cable was pulled in the middle of a code: its head must not become the head of the next one. */
static void drop_stale(struct scanner_lines *lines, uint64_t now_mono_ms, scanner_on_line on_line, void *self)
{
    if (!is_within_line(lines) || now_mono_ms - lines->last_mono_ms <= SCANNER_GAP_MS_MAX)
        return;
    lines->size = 0;
    lines->is_too_long = false;
    on_line(self, ERR_TRUNCATED, span_of(lines->bytes, 0));
}

void scanner_lines_feed(struct scanner_lines *lines, struct span bytes, uint64_t now_mono_ms,
                        scanner_on_line on_line, void *self)
{
    drop_stale(lines, now_mono_ms, on_line, self);
    lines->last_mono_ms = now_mono_ms;
    for (size_t i = 0; i < bytes.size; i++) {
        if (is_line_end(bytes.bytes[i]))
            end_line(lines, on_line, self);
        else if (lines->size == sizeof lines->bytes)
            lines->is_too_long = true;
        else
            lines->bytes[lines->size++] = bytes.bytes[i];
    }
}
