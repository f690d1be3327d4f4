/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/pan.h"

static const struct {
    const char *text, *masked;
} texts[] = {
    /* the schemes' own test numbers */
    {"4111111111111111", "411111******1111"},
    {"5555555555554444", "555555******4444"},
    {"2223003122003222", "222300******3222"},
    {"378282246310005", "378282*****0005"},
    {"36227206271667", "362272****1667"},
    {"6011111111111117", "601111******1117"},
    {"3566002020360505", "356600******0505"},
    {"4111 1111 1111 1111", "4111 11** **** 1111"},
    {"VISA 4111-1111-1111-1111 ok", "VISA 4111-11**-****-1111 ok"},
    {"2 x 4111.1111.1111.1111.", "2 x 4111.11**.****.1111."},
    {"2 4111111111111111", "2 411111******1111"},
    {"4111111111111111 378282246310005", "411111******1111 378282*****0005"},
    /* what is none stays: a wrong check digit, no scheme's, too short, too long, goods, a member's card */
    {"4111111111111112", "4111111111111112"},
    {"9111111111111111", "9111111111111111"},
    {"4222222222222", "4222222222222"},
    {"41111111111111111111", "41111111111111111111"},
    {"4006381333931", "4006381333931"},
    {"2900000000018", "2900000000018"},
    {"4111  1111 1111 1111", "4111  1111 1111 1111"},
    {"", ""},
    {"no digits", "no digits"},
};

static void pan_mask__covers_payment_cards_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s", texts[i].text);
        bool has_masked = pan_mask(text, strlen(text));
        assert_string_equal(text, texts[i].masked);
        assert_int_equal(has_masked, strcmp(texts[i].text, texts[i].masked) != 0);
        assert_false(pan_mask(text, strlen(text)));
    }
}

/* Of a number whose beginning is one as well, all is covered. */
static void pan_mask__takes_the_longest_that_it_can_be(void **state)
{
    (void)state;
    unsigned found = 0;
    for (unsigned tail = 0; tail < 1000; tail++) {
        char whole[24], text[32];
        (void)snprintf(whole, sizeof whole, "6200000000000005%03u", tail);
        (void)snprintf(text, sizeof text, "6200 0000 0000 0005 %03u", tail);
        if (!pan_is(span_of_text(whole)))
            continue;
        unsigned covered = 0;
        assert_true(pan_mask(text, strlen(text)));
        for (const char *c = text; *c != '\0'; c++)
            covered += *c == '*' ? 1 : 0;
        assert_int_equal(covered, 19 - 6 - 4);
        found++;
    }
    assert_true(pan_is(span_of_text("6200000000000005")));
    assert_int_equal(found, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pan_mask__covers_payment_cards_and_nothing_else),
        cmocka_unit_test(pan_mask__takes_the_longest_that_it_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
