/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

void hex_write(struct span bytes, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.size; i++) {
        out[2 * i] = digits[bytes.bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes.bytes[i] & 15];
    }
    out[2 * bytes.size] = '\0';
}

static int digit_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    uint8_t lower = digit | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

enum err hex_read(struct span text, uint8_t *out, size_t size)
{
    if (text.size != 2 * size)
        return ERR_SYNTAX;
    for (size_t i = 0; i < text.size; i++) {
        if (digit_value(text.bytes[i]) < 0)
            return ERR_SYNTAX;
    }
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(digit_value(text.bytes[2 * i]) * 16 + digit_value(text.bytes[2 * i + 1]));
    return ERR_OK;
}
