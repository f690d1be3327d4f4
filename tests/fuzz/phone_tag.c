/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/phone_tag.h"

#include <stdlib.h>

void phone_tag_expect(bool condition)
{
    if (!condition)
        abort();
}

static enum err answer(void *self, struct span tx, uint8_t *rx, size_t rx_capacity, size_t *out_rx_size)
{
    struct phone_tag *phone = self;
    phone_tag_expect(tx.size > 0 && tx.size <= TAG_APDU_SIZE_MAX);
    phone->transmit_count++;
    if (phone->rest.size == 0)
        return ERR_IO;
    size_t size = phone->rest.bytes[0];
    if (size == 0 || size > phone->rest.size - 1)
        return ERR_TIMEOUT;
    if (size > rx_capacity)
        return ERR_TOO_LONG;
    memcpy(rx, phone->rest.bytes + 1, size);
    phone->rest = span_of(phone->rest.bytes + 1 + size, phone->rest.size - 1 - size);
    *out_rx_size = size;
    return ERR_OK;
}

static enum err let_go(void *self)
{
    (void)self;
    return ERR_OK;
}

struct tag phone_tag_as_tag(struct phone_tag *phone)
{
    static const struct tag_ops ops = {.transmit = answer, .release = let_go};
    return (struct tag){.ops = &ops, .self = phone, .target = {.sak = TAG_SAK_ISO14443_4}};
}

static const uint8_t DRAWN[] = {0xb2, 0x85, 0x3d, 0x63, 0x51, 0x56, 0xbc, 0xcf, 0xb8, 0x1d, 0xb1, 0x40,
                                0x35, 0xc0, 0xdc, 0x77, 0x4f, 0xa9, 0xa7, 0x3b, 0x56, 0x01, 0x09, 0x4e,
                                0xbe, 0xf7, 0xd8, 0x18, 0xe1, 0x79, 0xbe, 0x4f, 0x78, 0x60, 0x4e, 0x11,
                                0x04, 0x36, 0x67, 0xcb, 0x26, 0x16, 0x47, 0xe5, 0x31, 0x02, 0x2d, 0x69,
                                0x26, 0x7a, 0x7e, 0x53, 0x53, 0xf7, 0x19, 0x3a, 0x67, 0x7c, 0x9b, 0x12,
                                0x02, 0x69, 0x8f, 0xfc, 0xef, 0xde, 0x9c, 0xe4, 0x50, 0x7a, 0xe0, 0x81};

static enum err draw(void *self, uint8_t *out, size_t size)
{
    size_t *at = self;
    for (size_t i = 0; i < size; i++)
        out[i] = DRAWN[(*at)++ % sizeof DRAWN];
    return ERR_OK;
}

struct random phone_tag_random(size_t *at)
{
    *at = 0;
    return (struct random){draw, at};
}
