/* SPDX-License-Identifier: Apache-2.0 */
#include "card/ber.h"

#define TAG_SIZE_MAX 3

static bool take_byte(struct span *rest, uint8_t *out)
{
    if (rest->size == 0)
        return false;
    *out = rest->bytes[0];
    *rest = span_of(rest->bytes + 1, rest->size - 1);
    return true;
}

/* The low five bits of the first byte all set: more follow, each but the last with its first bit set. */
static enum err take_tag(struct span *rest, uint32_t *out)
{
    uint8_t byte;
    if (!take_byte(rest, &byte))
        return ERR_TRUNCATED;
    uint32_t tag = byte;
    bool is_open = (byte & 0x1F) == 0x1F;
    for (int size = 1; is_open; size++) {
        if (size == TAG_SIZE_MAX)
            return ERR_SYNTAX;
        if (!take_byte(rest, &byte))
            return ERR_TRUNCATED;
        tag = tag << 8 | byte;
        is_open = (byte & 0x80) != 0;
    }
    *out = tag;
    return ERR_OK;
}

/* Below 80 it is the length; 81 and 82 stand before one of as many bytes as they say. */
static enum err take_length(struct span *rest, size_t *out)
{
    uint8_t first, byte;
    if (!take_byte(rest, &first))
        return ERR_TRUNCATED;
    if (first > 0x82 || first == 0x80)
        return ERR_SYNTAX;
    size_t length = first < 0x80 ? first : 0;
    for (uint8_t left = first < 0x80 ? 0 : first & 0x7F; left > 0; left--) {
        if (!take_byte(rest, &byte))
            return ERR_TRUNCATED;
        length = length << 8 | byte;
    }
    *out = length;
    return ERR_OK;
}

enum err card_ber_take(struct span *rest, struct card_ber *out)
{
    struct span left = *rest;
    uint32_t tag = 0;
    size_t length = 0;
    TRY(take_tag(&left, &tag));
    TRY(take_length(&left, &length));
    if (length > left.size)
        return ERR_TRUNCATED;
    *out = (struct card_ber){tag, span_of(left.bytes, length)};
    *rest = span_of(left.bytes + length, left.size - length);
    return ERR_OK;
}

static enum err find_tag(struct span in, uint32_t tag, struct span *out)
{
    struct card_ber ber;
    while (in.size > 0 && card_ber_take(&in, &ber) == ERR_OK)
        if (ber.tag == tag) {
            *out = ber.value;
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

enum err card_ber_find(struct span in, const uint32_t *path, size_t path_size, struct span *out)
{
    for (size_t i = 0; i < path_size; i++)
        TRY(find_tag(in, path[i], &in));
    *out = in;
    return ERR_OK;
}
