/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - code points in UTF-8, and numbers as text. Private to this module. Pure. */
#ifndef KASSA_OFFERS_CEL_TEXT_H
#define KASSA_OFFERS_CEL_TEXT_H

#include "base/base.h"

#define CEL_RUNE_MAX      0x10ffffu
#define CEL_RUNE_BAD      0xffffffffu
#define CEL_RUNE_UNKNOWN  0xfffdu /* stands for bytes that are no text */
#define CEL_INT_TEXT_SIZE 65      /* 64 binary digits and a sign */

/* Reads the code point at *at and moves on; CEL_RUNE_BAD and one byte on if it is not well-formed. */
uint32_t cel_rune_next(struct span text, size_t *at);
/* Reads the code point that ends before *at and moves there; *at > 0 and the text is well-formed. */
uint32_t cel_rune_before(struct span text, size_t *at);
/* Writes at most 4 bytes; the number written. The rune is at most CEL_RUNE_MAX. */
size_t cel_rune_write(uint32_t rune, uint8_t *out);

/* Of well-formed text. */
size_t cel_rune_count(struct span text);
/* Where the rune of that index begins; text.size for the one after the last. The index is not above the count. */
size_t cel_rune_offset(struct span text, size_t index);
/* White space as Unicode has it. */
bool cel_rune_is_space(uint32_t rune);

/* Index of the first byte of `part` in `text` from `from` on, or SIZE_MAX. */
size_t cel_text_find(struct span text, struct span part, size_t from);
/* The last place at or before `from`. */
size_t cel_text_find_last(struct span text, struct span part, size_t from);

static inline struct span cel_part(struct span text, size_t begin, size_t end)
{
    return span_of(text.bytes + begin, end - begin);
}

static inline bool cel_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}
static inline bool cel_is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static inline uint8_t cel_to_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}
/* 0 to 15, or 16. */
unsigned cel_hex_digit(uint8_t c);

/* Digits in that base (2 to 16) and nothing else; false: none, another character, or above 2^64 - 1. */
bool cel_read_digits(struct span text, unsigned base, uint64_t *out);
/* With a sign. */
bool cel_read_int(struct span text, int64_t *out);

/* The digits in that base; the number written. */
size_t cel_write_uint(uint64_t number, unsigned base, bool upper, uint8_t out[CEL_INT_TEXT_SIZE]);
size_t cel_write_int(int64_t number, unsigned base, bool upper, uint8_t out[CEL_INT_TEXT_SIZE]);

static inline uint64_t cel_magnitude(int64_t number)
{
    return number < 0 ? UINT64_C(0) - (uint64_t)number : (uint64_t)number;
}
/* false: outside the range. */
bool cel_signed_of(bool is_negative, uint64_t magnitude, int64_t *out);

#endif
