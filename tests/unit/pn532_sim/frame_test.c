/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pn532-sim/crc_a.h"
#include "pn532-sim/frame.h"

/* Feeds all bytes and returns the last event that was not NONE. */
static enum pn532_event feed(struct pn532_parser *parser, const uint8_t *bytes, size_t size)
{
    enum pn532_event last = PN532_EVENT_NONE;
    for (size_t i = 0; i < size; i++) {
        enum pn532_event event = pn532_parser_feed(parser, bytes[i]);
        if (event != PN532_EVENT_NONE)
            last = event;
    }
    return last;
}

static void parser__reads_the_select_frame_that_libnfc_sends(void **state)
{
    (void)state;
    static const uint8_t frame[] = {0x00, 0x00, 0xFF, 0x04, 0xFC, 0xD4, 0x4A, 0x01, 0x00, 0xE1, 0x00};
    static const uint8_t data[] = {0xD4, 0x4A, 0x01, 0x00};
    struct pn532_parser parser = {0};
    assert_int_equal(feed(&parser, frame, sizeof(frame)), PN532_EVENT_DATA);
    assert_true(span_is_equal(pn532_parser_data(&parser), span_of(data, sizeof(data))));
}

static void parser__finds_a_frame_right_after_the_wake_up_burst(void **state)
{
    (void)state;
    static const uint8_t burst[] = {0x55, 0x55, 0,    0,    0,    0,    0,    0,    0,
                                    0,    0,    0,    0,    0,    0,    0,    0x00, 0x00,
                                    0xFF, 0x03, 0xFD, 0xD4, 0x14, 0x01, 0x17, 0x00};
    struct pn532_parser parser = {0};
    assert_int_equal(feed(&parser, burst, sizeof(burst)), PN532_EVENT_DATA);
    assert_int_equal(pn532_parser_data(&parser).size, 3);
}

static void parser__knows_ack_and_nack(void **state)
{
    (void)state;
    static const uint8_t nack[] = {0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00};
    struct pn532_parser parser = {0};
    assert_int_equal(feed(&parser, pn532_frame_ack().bytes, pn532_frame_ack().size), PN532_EVENT_ACK);
    assert_int_equal(feed(&parser, nack, sizeof(nack)), PN532_EVENT_NACK);
}

static void parser__refuses_each_wrong_checksum_and_recovers(void **state)
{
    (void)state;
    static const uint8_t sound[] = {0x00, 0x00, 0xFF, 0x02, 0xFE, 0xD4, 0x02, 0x2A, 0x00};
    for (size_t broken = 3; broken < 8; broken++) {
        uint8_t frame[sizeof(sound)];
        struct pn532_parser parser = {0};
        memcpy(frame, sound, sizeof(sound));
        frame[broken] ^= 0x10;
        assert_int_equal(feed(&parser, frame, sizeof(frame)), PN532_EVENT_BAD);
        assert_int_equal(feed(&parser, sound, sizeof(sound)), PN532_EVENT_DATA);
    }
}

static void parser__refuses_an_extended_frame_that_is_too_long(void **state)
{
    (void)state;
    static const uint8_t head[] = {0x00, 0x00, 0xFF, 0xFF, 0xFF, 0x01, 0x0A, 0xF5}; /* 266 bytes */
    struct pn532_parser parser = {0};
    assert_int_equal(feed(&parser, head, sizeof(head)), PN532_EVENT_BAD);
}

static void frame_build__is_read_back_at_each_size(void **state)
{
    (void)state;
    uint8_t data[PN532_DATA_SIZE_MAX];
    uint8_t frame[PN532_FRAME_SIZE_MAX];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 37 + 0xD5);
    for (size_t size = 1; size <= sizeof(data); size++) {
        struct pn532_parser parser = {0};
        size_t frame_size = pn532_frame_build(span_of(data, size), frame);
        assert_int_equal(frame_size, size + (size > 255 ? 10 : 7));
        assert_int_equal(frame[frame_size - 1], 0x00);
        assert_int_equal(feed(&parser, frame, frame_size), PN532_EVENT_DATA);
        assert_true(span_is_equal(pn532_parser_data(&parser), span_of(data, size)));
    }
}

static void frame_build__writes_the_reply_of_an_ntag(void **state)
{
    (void)state;
    static const uint8_t data[] = {0xD5, 0x4B, 0x01, 0x01, 0x00, 0x44, 0x00, 0x07,
                                   0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6};
    static const uint8_t expected[] = {0x00, 0x00, 0xFF, 0x0F, 0xF1, 0xD5, 0x4B, 0x01, 0x01, 0x00, 0x44,
                                       0x00, 0x07, 0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0xCA, 0x00};
    uint8_t frame[PN532_FRAME_SIZE_MAX];
    size_t size = pn532_frame_build(span_of(data, sizeof(data)), frame);
    assert_true(span_is_equal(span_of(frame, size), span_of(expected, sizeof(expected))));
}

/* ISO/IEC 14443-3 annex B: 12 34 gives 26 CF. HLTA is 50 00 57 CD on every sniffer. */
static void crc_a__fits_the_standards_example(void **state)
{
    (void)state;
    static const uint8_t hlta[] = {0x50, 0x00, 0x57, 0xCD};
    uint8_t crc[2];
    pn532_crc_a(span_of("\x12\x34", 2), crc);
    assert_memory_equal(crc, "\x26\xCF", 2);
    struct span frame = span_of(hlta, sizeof(hlta));
    assert_true(pn532_crc_a_strip(&frame));
    assert_int_equal(frame.size, 2);
    frame = span_of(hlta, 3);
    assert_false(pn532_crc_a_strip(&frame));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parser__reads_the_select_frame_that_libnfc_sends),
        cmocka_unit_test(parser__finds_a_frame_right_after_the_wake_up_burst),
        cmocka_unit_test(parser__knows_ack_and_nack),
        cmocka_unit_test(parser__refuses_each_wrong_checksum_and_recovers),
        cmocka_unit_test(parser__refuses_an_extended_frame_that_is_too_long),
        cmocka_unit_test(frame_build__is_read_back_at_each_size),
        cmocka_unit_test(frame_build__writes_the_reply_of_an_ntag),
        cmocka_unit_test(crc_a__fits_the_standards_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
