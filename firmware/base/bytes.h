/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h - integers as bytes in stored and sent formats, whatever the machine's order. Little-endian for
 * values; big-endian for keys, so that memcmp orders them as numbers. Pure. */
#ifndef KASSA_BYTES_H
#define KASSA_BYTES_H

#include "base/base.h"

static inline void bytes_put_le(uint8_t *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static inline uint64_t bytes_get_le(const uint8_t *in, size_t size)
{
    uint64_t value = 0;
    for (size_t i = size; i > 0; i--)
        value = value << 8 | in[i - 1];
    return value;
}

static inline void bytes_put_le32(uint8_t *out, uint32_t value)
{
    bytes_put_le(out, value, 4);
}

static inline void bytes_put_le64(uint8_t *out, uint64_t value)
{
    bytes_put_le(out, value, 8);
}

static inline uint32_t bytes_get_le32(const uint8_t *in)
{
    return (uint32_t)bytes_get_le(in, 4);
}

static inline uint64_t bytes_get_le64(const uint8_t *in)
{
    return bytes_get_le(in, 8);
}

static inline void bytes_put_be(uint8_t *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

static inline uint64_t bytes_get_be(const uint8_t *in, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | in[i];
    return value;
}

static inline void bytes_put_be32(uint8_t *out, uint32_t value)
{
    bytes_put_be(out, value, 4);
}

static inline void bytes_put_be64(uint8_t *out, uint64_t value)
{
    bytes_put_be(out, value, 8);
}

static inline uint32_t bytes_get_be32(const uint8_t *in)
{
    return (uint32_t)bytes_get_be(in, 4);
}

static inline uint64_t bytes_get_be64(const uint8_t *in)
{
    return bytes_get_be(in, 8);
}

/* Zeroes a large block, but writes no piece of it that is zero already: memory that was never touched stays so. A piece is
 * zero whose first byte is, and that is the same as itself one byte on. */
static inline void bytes_clear(uint8_t *bytes, size_t size)
{
    enum { PIECE = 4096 };
    for (size_t at = 0; at < size; at += PIECE) {
        size_t left = size - at < PIECE ? size - at : PIECE;
        if (bytes[at] != 0 || memcmp(bytes + at, bytes + at + 1, left - 1) != 0)
            memset(bytes + at, 0, left);
    }
}

#endif
