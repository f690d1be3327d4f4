/* SPDX-License-Identifier: Apache-2.0 */
/* What PC/SC calls things: device strings, readers' names, cards' ATRs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "platform/pcsc/pcsc_names.h"

static void pcsc_read_device__takes_a_name_and_a_socket_of_another_pcscd(void **state)
{
    (void)state;
    struct pcsc_device device;
    assert_int_equal(pcsc_read_device("pcsc:ACS ACR1252: PICC", &device), ERR_OK);
    assert_string_equal(device.name, "ACS ACR1252: PICC");
    assert_int_equal(device.socket_path.size, 0);
    assert_int_equal(pcsc_read_device("pcsc:", &device), ERR_OK);
    assert_string_equal(device.name, "");
    assert_int_equal(pcsc_read_device("pcsc:/run/other/pcscd.comm:ACS", &device), ERR_OK);
    assert_string_equal(device.name, "ACS");
    assert_true(span_is_equal(device.socket_path, span_of_text("/run/other/pcscd.comm")));
    assert_int_equal(pcsc_read_device("pcsc:/run/other", &device), ERR_ARGUMENT);
    assert_int_equal(pcsc_read_device("pn532_uart:/dev/ttyS0", &device), ERR_ARGUMENT);
    assert_int_equal(pcsc_read_device("", &device), ERR_ARGUMENT);
}

static const char two_readers[] = "ACS ACR1252 [PICC] (A1) 00 00\0ACS ACR1252 [SAM] (A1) 01 00\0";

static void expect_reader(const char *wanted, enum err error, const char *name)
{
    const char *found = NULL;
    assert_int_equal(pcsc_find_reader(two_readers, sizeof two_readers, wanted, &found), error);
    if (error == ERR_OK)
        assert_string_equal(found, name);
    else
        assert_null(found);
}

static void pcsc_find_reader__finds_the_one_that_begins_so(void **state)
{
    (void)state;
    expect_reader("ACS ACR1252 [PICC] (A1)", ERR_OK, "ACS ACR1252 [PICC] (A1) 00 00");
    expect_reader("ACS ACR1252 [S", ERR_OK, "ACS ACR1252 [SAM] (A1) 01 00");
    expect_reader("ACS", ERR_ARGUMENT, NULL);
    expect_reader("", ERR_ARGUMENT, NULL);
    expect_reader("HID", ERR_NOT_FOUND, NULL);
    expect_reader("ACS ACR1252 [PICC] (A1) 00 00 ", ERR_NOT_FOUND, NULL);
}

static void pcsc_find_reader__prefers_the_whole_name(void **state)
{
    (void)state;
    static const char names[] = "Reader 00 00 b\0Reader 00 00\0Reader 00 00 c\0";
    const char *found = NULL;
    assert_int_equal(pcsc_find_reader(names, sizeof names, "Reader 00 00", &found), ERR_OK);
    assert_string_equal(found, "Reader 00 00");
}

static void pcsc_find_reader__believes_no_list_that_is_not_ended(void **state)
{
    (void)state;
    static const char names[] = {'A', '\0', 'B', 'C'};
    const char *found = NULL;
    assert_int_equal(pcsc_find_reader(names, sizeof names, "B", &found), ERR_NOT_FOUND);
    assert_int_equal(pcsc_find_reader(names, sizeof names, "A", &found), ERR_OK);
    assert_int_equal(pcsc_find_reader(names, 0, "", &found), ERR_NOT_FOUND);
    assert_int_equal(pcsc_find_reader(names, 1, "", &found), ERR_NOT_FOUND);
}

#define STORAGE(standard, high, low)                                                                         \
    {                                                                                                        \
        0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, standard, high, low, 0, 0,   \
            0, 0, 0x00                                                                                       \
    }

static void pcsc_read_atr__names_storage_cards_as_their_radio_does(void **state)
{
    (void)state;
    static const struct {
        uint8_t atr[20];
        enum err error;
        uint8_t sak;
        uint16_t atqa;
    } cases[] = {
        {STORAGE(0x03, 0x00, 0x01), ERR_OK, 0x08, 0x0004},  {STORAGE(0x03, 0x00, 0x02), ERR_OK, 0x18, 0x0002},
        {STORAGE(0x03, 0x00, 0x03), ERR_OK, 0x00, 0x0044},  {STORAGE(0x03, 0x00, 0x26), ERR_OK, 0x09, 0x0004},
        {STORAGE(0x03, 0x00, 0x3A), ERR_OK, 0x00, 0x0044},  {STORAGE(0x03, 0xFF, 0x28), ERR_OK, 0x00, 0x0000},
        {STORAGE(0x11, 0x00, 0x3B), ERR_UNSUPPORTED, 0, 0}, /* FeliCa */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tag_target target = {.uid_size = 7};
        assert_int_equal(pcsc_read_atr(span_of(cases[i].atr, sizeof cases[i].atr), &target), cases[i].error);
        assert_int_equal(target.sak, cases[i].sak);
        assert_int_equal(target.atqa, cases[i].atqa);
        assert_int_equal(target.uid_size, 7);
    }
}

static void pcsc_read_atr__keeps_what_a_card_with_apdus_tells_of_itself(void **state)
{
    (void)state;
    static const uint8_t desfire[] = {0x3B, 0x81, 0x80, 0x01, 0x80, 0x80};
    static const uint8_t fifteen[] = {0x3B, 0x8F, 0x80, 0x01, 1,  2,  3,  4,  5,  6,
                                      7,    8,    9,    10,   11, 12, 13, 14, 15, 0x55};
    static const uint8_t none[] = {0x3B, 0x80, 0x80, 0x01, 0x01};
    struct tag_target target = {.uid_size = 7};
    assert_int_equal(pcsc_read_atr(span_of(desfire, sizeof desfire), &target), ERR_OK);
    assert_int_equal(target.sak, TAG_SAK_ISO14443_4);
    assert_int_equal(target.ats_size, 2);
    assert_int_equal(target.ats[1], 0x80);
    assert_int_equal(pcsc_read_atr(span_of(fifteen, sizeof fifteen), &target), ERR_OK);
    assert_int_equal(target.ats_size, 16);
    assert_int_equal(target.ats[15], 15);
    assert_int_equal(pcsc_read_atr(span_of(none, sizeof none), &target), ERR_OK);
    assert_int_equal(target.ats_size, 1);
}

/* Cut anywhere, or of a card with contacts. */
static void pcsc_read_atr__knows_no_other(void **state)
{
    (void)state;
    static const uint8_t storage[20] = STORAGE(0x03, 0x00, 0x01);
    static const uint8_t contact[] = {0x3B, 0x9F, 0x96, 0x80, 0x1F, 0xC7, 0x80, 0x31};
    for (size_t size = 0; size < sizeof storage; size++) {
        struct tag_target target = {.uid_size = 4};
        assert_int_equal(pcsc_read_atr(span_of(storage, size), &target), ERR_UNSUPPORTED);
    }
    for (size_t size = 0; size <= sizeof contact; size++) {
        struct tag_target target = {.uid_size = 4};
        assert_int_equal(pcsc_read_atr(span_of(contact, size), &target), ERR_UNSUPPORTED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcsc_read_device__takes_a_name_and_a_socket_of_another_pcscd),
        cmocka_unit_test(pcsc_find_reader__finds_the_one_that_begins_so),
        cmocka_unit_test(pcsc_find_reader__prefers_the_whole_name),
        cmocka_unit_test(pcsc_find_reader__believes_no_list_that_is_not_ended),
        cmocka_unit_test(pcsc_read_atr__names_storage_cards_as_their_radio_does),
        cmocka_unit_test(pcsc_read_atr__keeps_what_a_card_with_apdus_tells_of_itself),
        cmocka_unit_test(pcsc_read_atr__knows_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
