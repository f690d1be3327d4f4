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

void scanner_lines_break(struct scanner_lines *lines, scanner_on_line on_line, void *self)
{
    if (!is_within_line(lines))
        return;
    lines->size = 0;
    lines->is_too_long = false;
    on_line(self, ERR_TRUNCATED, span_of(lines->bytes, 0));
}

/* The cable was pulled in the middle of a code: its head must not become the head of the next one. Where silence is a
 * code's end, it was whole. */
static void drop_stale(struct scanner_lines *lines, uint64_t now_mono_ms, scanner_on_line on_line, void *self)
{
    uint64_t silent_ms = now_mono_ms - lines->last_mono_ms;
    if (lines->gap_ms > 0 && silent_ms >= lines->gap_ms)
        end_line(lines, on_line, self);
    else if (silent_ms > SCANNER_GAP_MS_MAX)
        scanner_lines_break(lines, on_line, self);
}

static void add_byte(struct scanner_lines *lines, uint8_t byte)
{
    if (lines->size == sizeof lines->bytes)
        lines->is_too_long = true;
    else
        lines->bytes[lines->size++] = byte;
}

void scanner_lines_feed(struct scanner_lines *lines, struct span bytes, uint64_t now_mono_ms,
                        scanner_on_line on_line, void *self)
{
    drop_stale(lines, now_mono_ms, on_line, self);
    lines->last_mono_ms = now_mono_ms;
    for (size_t i = 0; i < bytes.size; i++) {
        if (is_line_end(bytes.bytes[i]))
            end_line(lines, on_line, self);
        else
            add_byte(lines, bytes.bytes[i]);
    }
}

void scanner_lines_feed_part(struct scanner_lines *lines, const struct hid_pos_part *part,
                             uint64_t now_mono_ms, scanner_on_line on_line, void *self)
{
    drop_stale(lines, now_mono_ms, on_line, self);
    if (!is_within_line(lines) && part->aim[0] != 0)
        scanner_lines_feed(lines, span_of(part->aim, sizeof part->aim), now_mono_ms, on_line, self);
    scanner_lines_feed(lines, part->data, now_mono_ms, on_line, self);
    if (!part->is_continued)
        end_line(lines, on_line, self);
}

uint32_t scanner_lines_wait_ms(const struct scanner_lines *lines, uint64_t now_mono_ms)
{
    if (lines->gap_ms == 0 || !is_within_line(lines))
        return UINT32_MAX;
    uint64_t silent_ms = now_mono_ms - lines->last_mono_ms;
    return silent_ms < lines->gap_ms ? lines->gap_ms - (uint32_t)silent_ms : 0;
}
