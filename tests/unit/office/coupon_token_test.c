/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "office/coupon_token.h"

static enum err count_up(void *self, uint8_t *out, size_t size)
{
    uint8_t *next = self;
    for (size_t i = 0; i < size; i++)
        out[i] = (*next)++;
    return ERR_OK;
}

static const uint8_t secret[VAULT_PRIVATE_SIZE] = {7, 7, 7};

static void coupon_token_sign__makes_what_the_key_verifies_each_with_a_serial_of_its_own(void **state)
{
    (void)state;
    uint8_t next = 1;
    struct random random = {count_up, &next};
    struct coupon_token_terms terms = {.series = "spring", .store = "s1", .valid_until_day = 20800};
    struct wire_coupon read[2];
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    assert_int_equal(vault_open(), ERR_OK);
    assert_int_equal(vault_public_key_of(secret, public_key), ERR_OK);
    for (size_t i = 0; i < 2; i++) {
        char token[COUPON_CODE_MAX + 1];
        uint8_t statement[WIRE_COUPON_STATEMENT_MAX];
        size_t size = 0;
        assert_int_equal(coupon_token_sign(&terms, secret, random, token), ERR_OK);
        assert_int_equal(wire_coupon_read(span_of_text(token), &read[i]), ERR_OK);
        assert_int_equal(wire_coupon_statement(&read[i], statement, &size), ERR_OK);
        assert_int_equal(vault_verify(public_key, span_of(statement, size), read[i].signature), ERR_OK);
        statement[size - 1] ^= 1;
        assert_int_equal(vault_verify(public_key, span_of(statement, size), read[i].signature),
                         ERR_SIGNATURE);
    }
    assert_string_equal(read[0].series, "spring");
    assert_string_not_equal(read[0].serial, read[1].serial);
}

static void coupon_token_sign__refuses_terms_that_no_till_could_read(void **state)
{
    (void)state;
    uint8_t next = 1;
    struct random random = {count_up, &next};
    char token[COUPON_CODE_MAX + 1];
    static const struct coupon_token_terms rows[] = {
        {.series = ""},
        {.series = "a series of more than thirty-two bytes"},
        {.series = "line\nbreak"},
        {.series = "spring", .serial = ""},
        {.series = "spring", .store = ""},
        {.series = "spring", .valid_from_day = 2, .valid_until_day = 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(coupon_token_sign(&rows[i], secret, random, token), ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coupon_token_sign__makes_what_the_key_verifies_each_with_a_serial_of_its_own),
        cmocka_unit_test(coupon_token_sign__refuses_terms_that_no_till_could_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
