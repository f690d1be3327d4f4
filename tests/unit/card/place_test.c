/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/place.h"
#include "harness/ok.h"

static const struct place_case {
    const char *what;
    enum card_place_form form;
    const char *hex;
    const char *text; /* NULL: no member number */
} CASES[] = {
    {"digits", CARD_PLACE_TEXT, "30313233343536373839", "num:0123456789"},
    {"small letters", CARD_PLACE_TEXT, "6b6c3132", "num:KL12"},
    {"filled up with zeros", CARD_PLACE_TEXT, "31323334000000", "num:1234"},
    {"filled up with FF", CARD_PLACE_TEXT, "31323334ffff", "num:1234"},
    {"filled up with blanks", CARD_PLACE_TEXT, "313233342020", "num:1234"},
    {"filled up in front", CARD_PLACE_TEXT, "000031323334", NULL},
    {"a blank within", CARD_PLACE_TEXT, "31322033343536", NULL},
    {"a zero within", CARD_PLACE_TEXT, "31323334003536", NULL},
    {"nothing but filling", CARD_PLACE_TEXT, "ffffffffffff", NULL},
    {"too short", CARD_PLACE_TEXT, "313233", NULL},
    {"a word", CARD_PLACE_TEXT, "68656c6c6f", NULL},
    {"33 digits", CARD_PLACE_TEXT, "313131313131313131313131313131313131313131313131313131313131313131",
     NULL},
    {"digits of four bits", CARD_PLACE_BCD, "0012345678", "num:0012345678"},
    {"an odd count of them", CARD_PLACE_BCD, "1234567f", "num:1234567"},
    {"filled up with F", CARD_PLACE_BCD, "12345fffff", "num:12345"},
    {"F within", CARD_PLACE_BCD, "12f456ff", NULL},
    {"a letter's bits", CARD_PLACE_BCD, "12a456", NULL},
    {"nothing but F", CARD_PLACE_BCD, "ffffff", NULL},
    {"bytes", CARD_PLACE_HEX, "04a1b2c3", "num:04A1B2C3"},
    {"17 bytes", CARD_PLACE_HEX, "0102030405060708090a0b0c0d0e0f1011", NULL},
    {"no digit among the letters", CARD_PLACE_HEX, "abcdef", NULL},
};

static struct card_place place_of(const struct place_case *row)
{
    return (struct card_place){.size = (uint8_t)(strlen(row->hex) / 2), .form = (uint8_t)row->form};
}

static void card_place_read__takes_a_number_in_each_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const struct card_place place = place_of(&CASES[i]);
        uint8_t bytes[CARD_PLACE_SIZE_MAX];
        char text[CARD_TEXT_MAX] = "untouched";
        ok(hex_read(span_of_text(CASES[i].hex), bytes, place.size));
        enum err error = card_place_read(&place, span_of(bytes, place.size), text);
        const char *wanted = CASES[i].text != NULL ? CASES[i].text : "untouched";
        if (error != (CASES[i].text != NULL ? ERR_OK : ERR_SYNTAX) || strcmp(text, wanted) != 0)
            fail_msg("%s: %s, %s", CASES[i].what, err_name(error), text);
    }
}

static void card_place_read__leaves_payment_cards_alone(void **state)
{
    (void)state;
    static const uint8_t digits[] = {0x41, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11};
    const struct card_place place = {.size = sizeof digits, .form = CARD_PLACE_BCD};
    char text[CARD_TEXT_MAX];
    assert_int_equal(card_place_read(&place, span_of(digits, sizeof digits), text), ERR_EXISTS);
}

static void card_place_read__wants_as_many_bytes_as_the_place_has(void **state)
{
    (void)state;
    const struct card_place places[] = {
        {.size = 5, .form = CARD_PLACE_TEXT},
        {.size = 0, .form = CARD_PLACE_TEXT},
        {.size = CARD_PLACE_SIZE_MAX + 1, .form = CARD_PLACE_TEXT},
        {.size = 4, .form = CARD_PLACE_FORM_COUNT},
    };
    char text[CARD_TEXT_MAX];
    for (size_t i = 0; i < COUNT_OF(places); i++)
        assert_int_equal(card_place_read(&places[i], span_of("1234", 4), text), ERR_SYNTAX);
    assert_int_equal(card_place_check(&places[0]), ERR_OK);
    for (size_t i = 1; i < COUNT_OF(places); i++)
        assert_int_equal(card_place_check(&places[i]), ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_place_read__takes_a_number_in_each_form),
        cmocka_unit_test(card_place_read__leaves_payment_cards_alone),
        cmocka_unit_test(card_place_read__wants_as_many_bytes_as_the_place_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
