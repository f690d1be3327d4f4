/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "card/device_text.h"

static void card_device_is_text__takes_what_can_be_opened(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum card_device_way way;
    } good[] = {
        {"pn532_uart:/dev/ttyUSB0", CARD_DEVICE_LINE},
        {"pn532_uart:/dev/ttyUSB0:115200", CARD_DEVICE_LINE},
        {"arygon:/dev/ttyS0:9600", CARD_DEVICE_LINE},
        {"acr122s:/dev/ttyS0", CARD_DEVICE_LINE},
        {"pn532_i2c:/dev/i2c-1", CARD_DEVICE_BUS},
        {"pn532_spi:/dev/spidev0.0:50000", CARD_DEVICE_BUS},
        {"acr122_usb", CARD_DEVICE_USB},
        {"pn53x_usb", CARD_DEVICE_USB},
        {"acr122_usb:001:004", CARD_DEVICE_USB},
        {"pcsc:", CARD_DEVICE_PCSC},
        {"pcsc:ACS ACR1252", CARD_DEVICE_PCSC},
        {"pcsc:/run/other.comm:ACS", CARD_DEVICE_PCSC},
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(card_device_is_text(good[i].text));
        assert_int_equal(card_device_way(good[i].text), good[i].way);
    }
}

static void card_device_is_text__refuses_what_never_can(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      ":",
                                      "acr122",
                                      "acr122_us",
                                      "acr122_usb2",
                                      "acr122_usb:",
                                      "ACR122_USB",
                                      "/dev/ttyUSB0",
                                      "pn532_uart",
                                      "pn532_uart:",
                                      "pn532_uart:/",
                                      "pn532_uart:ttyUSB0",
                                      "pn532_uart:/dev/ttyUSB0:",
                                      "pn532_uart:/dev/ttyUSB0:fast",
                                      "pn532_uart:/dev/serial/by-path/pci-0000:00:14.0:115200",
                                      "pn532_i2c",
                                      "pcsc",
                                      "pcsc:/run/other.comm"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (card_device_is_text(bad[i]))
            fail_msg("%s is taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_device_is_text__takes_what_can_be_opened),
        cmocka_unit_test(card_device_is_text__refuses_what_never_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
