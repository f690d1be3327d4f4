/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/cel/text.h"

/* RFC 3629, section 3: the bits of the lead byte, and the least rune that takes so many bytes. */
struct lead_row {
    uint8_t mask, lead;
    uint8_t size;
    uint32_t least;
};

static const struct lead_row leads[] = {
    {0x80, 0x00, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};

static uint32_t read_tail(struct span text, size_t at, const struct lead_row *row)
{
    uint32_t rune = text.bytes[at] & (uint8_t)~row->mask;
    for (size_t i = 1; i < row->size; i++) {
        if (at + i >= text.size || (text.bytes[at + i] & 0xc0) != 0x80)
            return CEL_RUNE_BAD;
        rune = rune << 6 | (text.bytes[at + i] & 0x3fu);
    }
    bool is_surrogate = rune >= 0xd800 && rune <= 0xdfff;
    return rune < row->least || rune > CEL_RUNE_MAX || is_surrogate ? CEL_RUNE_BAD : rune;
}

uint32_t cel_rune_next(struct span text, size_t *at)
{
    for (size_t i = 0; i < COUNT_OF(leads); i++) {
        if ((text.bytes[*at] & leads[i].mask) != leads[i].lead)
            continue;
        uint32_t rune = read_tail(text, *at, &leads[i]);
        *at += rune == CEL_RUNE_BAD ? 1 : leads[i].size;
        return rune;
    }
    (*at)++;
    return CEL_RUNE_BAD;
}

uint32_t cel_rune_before(struct span text, size_t *at)
{
    do {
        (*at)--;
    } while (*at > 0 && (text.bytes[*at] & 0xc0) == 0x80);
    size_t begin = *at;
    return cel_rune_next(text, &begin);
}

size_t cel_rune_write(uint32_t rune, uint8_t *out)
{
    size_t size = rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
    if (size == 1) {
        out[0] = (uint8_t)rune;
        return 1;
    }
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (rune & 0x3f));
        rune >>= 6;
    }
    out[0] = (uint8_t)(leads[size - 1].lead | rune);
    return size;
}

size_t cel_rune_count(struct span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += (text.bytes[i] & 0xc0) != 0x80;
    return count;
}

size_t cel_rune_offset(struct span text, size_t index)
{
    size_t seen = 0;
    for (size_t i = 0; i < text.size; i++) {
        if ((text.bytes[i] & 0xc0) != 0x80 && seen++ == index)
            return i;
    }
    return text.size;
}

bool cel_rune_is_space(uint32_t rune)
{
    static const uint32_t others[] = {0x20, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000};
    if ((rune >= 0x09 && rune <= 0x0d) || (rune >= 0x2000 && rune <= 0x200a))
        return true;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (rune == others[i])
            return true;
    }
    return false;
}

static bool is_part_at(struct span text, struct span part, size_t at)
{
    return part.size == 0 || memcmp(text.bytes + at, part.bytes, part.size) == 0;
}

size_t cel_text_find(struct span text, struct span part, size_t from)
{
    for (size_t at = from; at <= text.size && part.size <= text.size - at; at++) {
        if (is_part_at(text, part, at))
            return at;
    }
    return SIZE_MAX;
}

size_t cel_text_find_last(struct span text, struct span part, size_t from)
{
    if (part.size > text.size)
        return SIZE_MAX;
    size_t last = text.size - part.size;
    for (size_t at = from < last ? from : last;; at--) {
        if (is_part_at(text, part, at))
            return at;
        if (at == 0)
            return SIZE_MAX;
    }
}

unsigned cel_hex_digit(uint8_t c)
{
    if (cel_is_digit(c))
        return (unsigned)(c - '0');
    c = cel_to_lower(c);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

bool cel_read_digits(struct span text, unsigned base, uint64_t *out)
{
    uint64_t number = 0;
    if (text.size == 0)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = cel_hex_digit(text.bytes[i]);
        if (digit >= base || __builtin_mul_overflow(number, (uint64_t)base, &number) ||
            __builtin_add_overflow(number, (uint64_t)digit, &number))
            return false;
    }
    *out = number;
    return true;
}

bool cel_signed_of(bool is_negative, uint64_t magnitude, int64_t *out)
{
    uint64_t limit = (uint64_t)INT64_MAX + (is_negative ? 1 : 0);
    if (magnitude > limit)
        return false;
    *out = is_negative ? (int64_t)(UINT64_C(0) - magnitude) : (int64_t)magnitude;
    return true;
}

bool cel_read_int(struct span text, int64_t *out)
{
    bool is_negative = text.size > 0 && text.bytes[0] == '-';
    bool has_sign = is_negative || (text.size > 0 && text.bytes[0] == '+');
    uint64_t magnitude;
    struct span digits = has_sign ? span_of(text.bytes + 1, text.size - 1) : text;
    return cel_read_digits(digits, 10, &magnitude) && cel_signed_of(is_negative, magnitude, out);
}

size_t cel_write_uint(uint64_t number, unsigned base, bool upper, uint8_t out[CEL_INT_TEXT_SIZE])
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    uint8_t reversed[64];
    size_t count = 0;
    do {
        reversed[count++] = (uint8_t)digits[number % base];
        number /= base;
    } while (number > 0);
    for (size_t i = 0; i < count; i++)
        out[i] = reversed[count - 1 - i];
    return count;
}

size_t cel_write_int(int64_t number, unsigned base, bool upper, uint8_t out[CEL_INT_TEXT_SIZE])
{
    size_t sign = number < 0 ? 1 : 0;
    out[0] = '-';
    return sign + cel_write_uint(cel_magnitude(number), base, upper, out + sign);
}
