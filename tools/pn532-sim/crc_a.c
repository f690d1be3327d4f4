/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/crc_a.h"

/* x^16 + x^12 + x^5 + 1, bits reversed, preset 6363. */
void pn532_crc_a(struct span frame, uint8_t *out_crc)
{
    uint32_t crc = 0x6363;
    for (size_t i = 0; i < frame.size; i++) {
        crc ^= frame.bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x8408u : 0u);
    }
    out_crc[0] = (uint8_t)crc;
    out_crc[1] = (uint8_t)(crc >> 8);
}

bool pn532_crc_a_strip(struct span *frame)
{
    uint8_t crc[2];
    if (frame->size < 3)
        return false;
    pn532_crc_a(span_of(frame->bytes, frame->size - 2), crc);
    if (memcmp(crc, frame->bytes + frame->size - 2, sizeof(crc)) != 0)
        return false;
    frame->size -= 2;
    return true;
}
