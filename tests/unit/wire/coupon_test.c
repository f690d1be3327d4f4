/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/coupon.h"

static struct wire_coupon sample(void)
{
    struct wire_coupon coupon = {.valid_from_day = 20770,
                                 .valid_until_day = 20800,
                                 .series = "spring",
                                 .serial = "000123",
                                 .store = "vilnius-1"};
    memset(coupon.key_id, 0x5a, sizeof coupon.key_id);
    memset(coupon.signature, 0xc3, sizeof coupon.signature);
    return coupon;
}

static void wire_coupon__reads_what_it_wrote_in_capitals_or_not(void **state)
{
    (void)state;
    struct wire_coupon coupon = sample();
    struct wire_coupon read;
    char text[COUPON_CODE_MAX + 1];
    assert_int_equal(wire_coupon_write(&coupon, text), ERR_OK);
    assert_true(wire_coupon_is_token(span_of_text(text)));
    for (int small = 0; small < 2; small++) {
        for (char *at = text; small != 0 && *at != '\0'; at++)
            *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
        assert_int_equal(wire_coupon_read(span_of_text(text), &read), ERR_OK);
        assert_string_equal(read.series, coupon.series);
        assert_string_equal(read.serial, coupon.serial);
        assert_string_equal(read.store, coupon.store);
        assert_int_equal(read.valid_from_day, coupon.valid_from_day);
        assert_int_equal(read.valid_until_day, coupon.valid_until_day);
        assert_memory_equal(read.key_id, coupon.key_id, sizeof read.key_id);
        assert_memory_equal(read.signature, coupon.signature, sizeof read.signature);
    }
}

static void wire_coupon_read__refuses_every_cut_and_other_texts(void **state)
{
    (void)state;
    struct wire_coupon coupon = sample();
    struct wire_coupon read;
    char text[COUPON_CODE_MAX + 1];
    assert_int_equal(wire_coupon_write(&coupon, text), ERR_OK);
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(wire_coupon_read(span_of(text, i), &read), ERR_SYNTAX);
    text[size] = 'A'; /* one letter more */
    assert_int_equal(wire_coupon_read(span_of(text, size + 1), &read), ERR_SYNTAX);
    assert_int_equal(wire_coupon_read(span_of_text("KC1!"), &read), ERR_SYNTAX);
    assert_int_equal(wire_coupon_read(span_of_text("SPRING10"), &read), ERR_SYNTAX);
    assert_false(wire_coupon_is_token(span_of_text("KC")));
}

static void wire_coupon_write__holds_the_longest_names_and_wants_series_and_serial(void **state)
{
    (void)state;
    struct wire_coupon coupon = sample();
    struct wire_coupon read;
    char text[COUPON_CODE_MAX + 1];
    memset(coupon.series, 's', sizeof coupon.series - 1);
    memset(coupon.serial, 'n', sizeof coupon.serial - 1);
    memset(coupon.store, 'o', sizeof coupon.store - 1);
    assert_int_equal(wire_coupon_write(&coupon, text), ERR_OK);
    assert_int_equal(wire_coupon_read(span_of_text(text), &read), ERR_OK);
    assert_string_equal(read.serial, coupon.serial);
    coupon.serial[0] = '\0';
    assert_int_equal(wire_coupon_write(&coupon, text), ERR_ARGUMENT);
}

static void wire_coupon_statement__is_another_for_every_part(void **state)
{
    (void)state;
    struct wire_coupon coupons[6];
    uint8_t statements[6][WIRE_COUPON_STATEMENT_MAX] = {{0}};
    size_t size = 0;
    for (size_t i = 0; i < 6; i++)
        coupons[i] = sample();
    coupons[1].serial[0] = '9';
    coupons[2].series[0] = 'S';
    coupons[3].store[0] = '\0';
    coupons[4].valid_until_day++;
    coupons[5].key_id[0]++;
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(wire_coupon_statement(&coupons[i], statements[i], &size), ERR_OK);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(statements[i], statements[k], WIRE_COUPON_STATEMENT_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wire_coupon__reads_what_it_wrote_in_capitals_or_not),
        cmocka_unit_test(wire_coupon_read__refuses_every_cut_and_other_texts),
        cmocka_unit_test(wire_coupon_write__holds_the_longest_names_and_wants_series_and_serial),
        cmocka_unit_test(wire_coupon_statement__is_another_for_every_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
