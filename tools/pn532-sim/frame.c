/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/frame.h"

static enum pn532_event hunt(struct pn532_parser *parser, uint8_t byte)
{
    if (parser->previous == 0x00 && byte == 0xFF)
        parser->step = PN532_LEN;
    parser->previous = byte;
    return PN532_EVENT_NONE;
}

static enum pn532_event finish(struct pn532_parser *parser, enum pn532_event event)
{
    parser->step = PN532_HUNT;
    parser->previous = 0xFF; /* a start code needs a fresh 00 */
    return event;
}

static enum pn532_event expect_body(struct pn532_parser *parser, size_t size)
{
    if (size == 0 || size > PN532_DATA_SIZE_MAX)
        return finish(parser, PN532_EVENT_BAD);
    parser->size = size;
    parser->have = 0;
    parser->sum = 0;
    parser->step = PN532_BODY;
    return PN532_EVENT_NONE;
}

static enum pn532_event check_length(struct pn532_parser *parser, uint8_t lcs)
{
    uint8_t len = parser->len[1];
    if (len == 0x00 && lcs == 0xFF)
        return finish(parser, PN532_EVENT_ACK);
    if (len == 0xFF && lcs == 0x00)
        return finish(parser, PN532_EVENT_NACK);
    if (len == 0xFF && lcs == 0xFF) {
        parser->step = PN532_LEN_HIGH;
        return PN532_EVENT_NONE;
    }
    if ((uint8_t)(len + lcs) != 0)
        return finish(parser, PN532_EVENT_BAD);
    return expect_body(parser, len);
}

static enum pn532_event check_length_extended(struct pn532_parser *parser, uint8_t lcs)
{
    if ((uint8_t)(parser->len[0] + parser->len[1] + lcs) != 0)
        return finish(parser, PN532_EVENT_BAD);
    return expect_body(parser, (size_t)parser->len[0] << 8 | parser->len[1]);
}

static enum pn532_event take_body(struct pn532_parser *parser, uint8_t byte)
{
    parser->data[parser->have++] = byte;
    parser->sum = (uint8_t)(parser->sum + byte);
    if (parser->have == parser->size)
        parser->step = PN532_DCS;
    return PN532_EVENT_NONE;
}

enum pn532_event pn532_parser_feed(struct pn532_parser *parser, uint8_t byte)
{
    switch (parser->step) {
    case PN532_HUNT:
        return hunt(parser, byte);
    case PN532_LEN:
        parser->len[1] = byte;
        parser->step = PN532_LCS;
        return PN532_EVENT_NONE;
    case PN532_LCS:
        return check_length(parser, byte);
    case PN532_LEN_HIGH:
        parser->len[0] = byte;
        parser->step = PN532_LEN_LOW;
        return PN532_EVENT_NONE;
    case PN532_LEN_LOW:
        parser->len[1] = byte;
        parser->step = PN532_LCS_EXTENDED;
        return PN532_EVENT_NONE;
    case PN532_LCS_EXTENDED:
        return check_length_extended(parser, byte);
    case PN532_BODY:
        return take_body(parser, byte);
    case PN532_DCS:
        return finish(parser, (uint8_t)(parser->sum + byte) == 0 ? PN532_EVENT_DATA : PN532_EVENT_BAD);
    }
    return PN532_EVENT_NONE;
}

struct span pn532_parser_data(const struct pn532_parser *parser)
{
    return span_of(parser->data, parser->size);
}

static size_t put_header(size_t size, uint8_t *out)
{
    static const uint8_t start[] = {0x00, 0x00, 0xFF};
    memcpy(out, start, sizeof(start));
    if (size <= 0xFF) {
        out[3] = (uint8_t)size;
        out[4] = (uint8_t)(0 - size);
        return 5;
    }
    out[3] = 0xFF;
    out[4] = 0xFF;
    out[5] = (uint8_t)(size >> 8);
    out[6] = (uint8_t)size;
    out[7] = (uint8_t)(0 - out[5] - out[6]);
    return 8;
}

size_t pn532_frame_build(struct span data, uint8_t *out_frame)
{
    KASSA_ASSERT(data.size >= 1 && data.size <= PN532_DATA_SIZE_MAX);
    size_t at = put_header(data.size, out_frame);
    uint8_t sum = 0;
    for (size_t i = 0; i < data.size; i++)
        sum = (uint8_t)(sum + data.bytes[i]);
    memcpy(out_frame + at, data.bytes, data.size);
    at += data.size;
    out_frame[at++] = (uint8_t)(0 - sum);
    out_frame[at++] = 0x00;
    return at;
}

struct span pn532_frame_ack(void)
{
    static const uint8_t ack[] = {0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00};
    return span_of(ack, sizeof(ack));
}

struct span pn532_frame_error(void)
{
    static const uint8_t error[] = {0x00, 0x00, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0x00};
    return span_of(error, sizeof(error));
}
