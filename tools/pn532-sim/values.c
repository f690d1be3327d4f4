/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/values.h"
#include "base/hex.h"

enum err pn532_hex_read(const char *text, uint8_t *out_bytes, size_t capacity, size_t *out_size)
{
    size_t size = strlen(text) / 2;
    if (size == 0)
        return ERR_SYNTAX;
    if (size > capacity)
        return ERR_TOO_LONG;
    TRY(hex_read(span_of_text(text), out_bytes, size));
    *out_size = size;
    return ERR_OK;
}

enum err pn532_number_read(const char *text, uint32_t max, uint32_t *out_number)
{
    uint64_t number = 0;
    if (*text == '\0')
        return ERR_SYNTAX;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9')
            return ERR_SYNTAX;
        number = number * 10 + (uint64_t)(*c - '0');
        if (number > max)
            return ERR_RANGE;
    }
    *out_number = (uint32_t)number;
    return ERR_OK;
}
