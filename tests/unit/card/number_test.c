/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "card/card.h"
#include "card/check_digit.h"

static const struct card_number_rules LUHN = {
    .prefixes = {"29", "5901"}, .prefix_count = 2, .check = CARD_CHECK_LUHN};
static const struct card_number_rules MOD97 = {
    .prefixes = {"29"}, .prefix_count = 1, .check = CARD_CHECK_MOD97};
static const struct card_number_rules NONE = {
    .prefixes = {"29"}, .prefix_count = 1, .check = CARD_CHECK_NONE};

static const struct number_case {
    const char *read;
    const struct card_number_rules *rules;
    const char *text; /* NULL: refused with .error */
    enum err error;
} CASES[] = {
    /* EAN-13 under a member prefix; samples of the GS1 General Specifications' scheme */
    {"2940000123454", &LUHN, "num:2940000123454", ERR_OK},
    {"5901234123457", &LUHN, "num:5901234123457", ERR_OK},
    {"2940000123455", &LUHN, NULL, ERR_CHECKSUM},
    {"2940000124354", &LUHN, NULL, ERR_CHECKSUM},    /* two digits changed places */
    {"9780201379624", &LUHN, NULL, ERR_UNSUPPORTED}, /* a book */
    {"2001234567893", &NONE, NULL, ERR_UNSUPPORTED},
    {"9780201379625", &LUHN, NULL, ERR_CHECKSUM},
    /* framing and AIM identifiers */
    {"]E02940000123454\r\n", &LUHN, "num:2940000123454", ERR_OK},
    {"\x02]E02940000123454\x03", &LUHN, "num:2940000123454", ERR_OK},
    {"]E0294000012345X", &LUHN, NULL, ERR_SYNTAX},
    {"]E029400001234", &LUHN, NULL, ERR_TRUNCATED},
    {"]E029400001234541", &LUHN, NULL, ERR_TOO_LONG},
    {"]E0036000291452", &NONE, NULL, ERR_UNSUPPORTED}, /* a UPC-A: goods */
    {"]C079927398713", &LUHN, "num:79927398713", ERR_OK},
    {"]C179927398713\r", &LUHN, "num:79927398713", ERR_OK},
    {"]C18018950123456789012341", &LUHN, "num:950123456789012341", ERR_OK}, /* GSRN */
    {"]C18018950123456789012342", &LUHN, NULL, ERR_CHECKSUM},
    {"8018950123456789012341", &LUHN, "num:950123456789012341", ERR_OK},
    {"]Q1https://loyalty.example/c/1", &LUHN, NULL, ERR_UNSUPPORTED},
    {"]", &LUHN, NULL, ERR_UNSUPPORTED},
    {"]E", &LUHN, NULL, ERR_UNSUPPORTED},
    {"]E0", &LUHN, NULL, ERR_TRUNCATED},
    /* Code 128 and typed */
    {"633509012345678907", &LUHN, "num:633509012345678907", ERR_OK},
    {"6335 0901 2345 678907", &LUHN, "num:633509012345678907", ERR_OK},
    {"79927398710", &LUHN, NULL, ERR_CHECKSUM},
    {"79927398713", &LUHN, "num:79927398713", ERR_OK},
    {"79444", &MOD97, "num:79444", ERR_OK},
    {"79445", &MOD97, NULL, ERR_CHECKSUM},
    {"ab-12", &NONE, "num:AB12", ERR_OK},
    {"AB12", &LUHN, NULL, ERR_SYNTAX},
    {"hello", &NONE, NULL, ERR_SYNTAX},
    {"", &LUHN, NULL, ERR_TRUNCATED},
    {"\r\n", &LUHN, NULL, ERR_TRUNCATED},
    {"123", &NONE, NULL, ERR_TRUNCATED},
    {"123456789012345678901234567890123", &NONE, NULL, ERR_TOO_LONG},
    {"7992739\x1d"
     "8713",
     &LUHN, NULL, ERR_SYNTAX},
    {"7992739\t8713", &LUHN, NULL, ERR_SYNTAX},
    {"7992739\x80"
     "8713",
     &LUHN, NULL, ERR_SYNTAX},
    {"uid:04a1b2c3", &NONE, NULL, ERR_SYNTAX},
    /* payment cards (public test numbers) */
    {"4111111111111111", &LUHN, NULL, ERR_EXISTS},
    {"]C05555 5555 5555 4444", &NONE, NULL, ERR_EXISTS},
    {"2223003122003222", &NONE, NULL, ERR_EXISTS},
    {"4111111111111112", &NONE, "num:4111111111111112", ERR_OK}, /* no payment card: Luhn does not hold */
};

static void card_read_number__gives_each_number_its_text_or_its_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char text[CARD_TEXT_MAX] = "untouched";
        enum err error = card_read_number(span_of_text(CASES[i].read), CASES[i].rules, text);
        if (error != CASES[i].error || strcmp(text, CASES[i].text != NULL ? CASES[i].text : "untouched") != 0)
            fail_msg("case %zu \"%s\": %s, \"%s\"", i, CASES[i].read, err_name(error), text);
        if (error == ERR_OK)
            assert_true(card_text_is_valid(span_of_text(text)));
    }
}

static void card_read_number__refuses_every_single_wrong_digit(void **state)
{
    (void)state;
    const struct {
        const char *number;
        const struct card_number_rules *rules;
    } numbers[] = {{"2940000123454", &LUHN}, {"633509012345678907", &LUHN}, {"79444", &MOD97}};
    for (size_t n = 0; n < COUNT_OF(numbers); n++) {
        for (size_t place = 2; place < strlen(numbers[n].number); place++) {
            for (char digit = '0'; digit <= '9'; digit++) {
                char wrong[CARD_TEXT_MAX];
                char text[CARD_TEXT_MAX];
                (void)strcpy(wrong, numbers[n].number);
                wrong[place] = digit;
                enum err expected = digit == numbers[n].number[place] ? ERR_OK : ERR_CHECKSUM;
                assert_int_equal(card_read_number(span_of_text(wrong), numbers[n].rules, text), expected);
            }
        }
    }
}

static void card_check__agrees_with_the_published_samples(void **state)
{
    (void)state;
    static const char *const gs1[] = {"5901234123457", "2001234567893", "2940000123454",
                                      "9780201379624", "96385074",      "950123456789012341"};
    for (size_t i = 0; i < COUNT_OF(gs1); i++)
        assert_true(card_check_gs1_holds(span_of_text(gs1[i])));
    assert_true(card_check_luhn_holds(span_of_text("79927398713")));
    assert_true(card_check_mod97_holds(span_of_text("79444")));
    /* letters count A=10: a published IBAN with its first four characters moved to the end */
    assert_true(card_check_mod97_holds(span_of_text("WEST12345698765432GB82")));
    assert_false(card_check_mod97_holds(span_of_text("WEST12345698765423GB82")));
    assert_false(card_check_gs1_holds(span_of_text("")));
    assert_false(card_check_luhn_holds(span_of_text("0")));
}

static void card_refusal__has_a_sentence_for_each_error_and_never_the_number(void **state)
{
    (void)state;
    for (int error = 0; error < ERR_COUNT; error++) {
        assert_true(strlen(card_refusal((enum err)error)) > 3);
        assert_true(strlen(card_tag_refusal((enum err)error)) > 3);
    }
    assert_non_null(strstr(card_refusal(ERR_CHECKSUM), "check digit"));
}

static void card_number_rules_default__takes_prefix_29_and_luhn(void **state)
{
    (void)state;
    struct card_number_rules rules = card_number_rules_default();
    char text[CARD_TEXT_MAX];
    assert_int_equal(card_read_number(span_of_text("2940000123454"), &rules, text), ERR_OK);
    assert_int_equal(card_read_number(span_of_text("5901234123457"), &rules, text), ERR_UNSUPPORTED);
    assert_int_equal(card_read_number(span_of_text("79927398713"), &rules, text), ERR_OK);
}

static void card_tag_reason__has_a_name_for_each_way_of_naming_nobody(void **state)
{
    (void)state;
    static const struct {
        enum err error;
        const char *reason;
    } rows[] = {
        {ERR_NOT_FOUND, "not_taken"},        {ERR_UNSUPPORTED, "not_taken"}, {ERR_EXISTS, "not_taken"},
        {ERR_SIGNATURE, "unproven"},         {ERR_PENDING, "waiting"},       {ERR_RANGE, "stale"},
        {ERR_CONFLICT, "replayed"},          {ERR_IO, "unreadable"},         {ERR_TIMEOUT, "unreadable"},
        {(enum err)ERR_COUNT, "unreadable"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_string_equal(card_tag_reason(rows[i].error), rows[i].reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_read_number__gives_each_number_its_text_or_its_error),
        cmocka_unit_test(card_read_number__refuses_every_single_wrong_digit),
        cmocka_unit_test(card_check__agrees_with_the_published_samples),
        cmocka_unit_test(card_refusal__has_a_sentence_for_each_error_and_never_the_number),
        cmocka_unit_test(card_number_rules_default__takes_prefix_29_and_luhn),
        cmocka_unit_test(card_tag_reason__has_a_name_for_each_way_of_naming_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
