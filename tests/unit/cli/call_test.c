/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/call.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct call_option options[] = {
    {.name = "output", .letter = 'o', .value = "FILE", .help = "where it goes", .is_required = true},
    {.name = "json", .letter = 'j', .help = "JSON"},
};
static const struct verb verb = {.noun = "thing",
                                 .name = "do",
                                 .operands = "A [B]",
                                 .operand_min = 1,
                                 .operand_max = 2,
                                 .options = options,
                                 .option_count = COUNT_OF(options)};

/* The words are the caller's, as main's are. */
static enum exit_code parse(char **words, struct call *out)
{
    int count = 0;
    while (words[count] != NULL)
        count++;
    return call_parse(&verb, count, words, out);
}

#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})
static char a[] = "a", b[] = "b", c[] = "c", output[] = "--output", glued[] = "--output=x=y", o[] = "-o",
            x[] = "x", json[] = "--json", j[] = "-j", end[] = "--", dash[] = "-", unknown[] = "--outptu";

static void call_parse__takes_options_before_between_and_behind(void **state)
{
    (void)state;
    struct call call;
    assert_int_equal(parse(WORDS(a, output, x, b, json), &call), EXIT_DONE);
    assert_int_equal(call.operand_count, 2);
    assert_string_equal(call.operands[1], "b");
    assert_string_equal(call_value(&call, "output"), "x");
    assert_true(call_has(&call, "json"));
    assert_int_equal(parse(WORDS(glued, a), &call), EXIT_DONE);
    assert_string_equal(call_value(&call, "output"), "x=y");
    assert_false(call_has(&call, "json"));
    assert_int_equal(parse(WORDS(j, o, x, a), &call), EXIT_DONE);
    assert_true(call_has(&call, "json"));
}

static void call_parse__takes_what_follows_two_hyphens_as_operands(void **state)
{
    (void)state;
    struct call call;
    assert_int_equal(parse(WORDS(o, x, end, json, dash), &call), EXIT_DONE);
    assert_int_equal(call.operand_count, 2);
    assert_string_equal(call.operands[0], "--json");
    assert_int_equal(parse(WORDS(o, x, dash), &call), EXIT_DONE);
    assert_string_equal(call.operands[0], "-"); /* standard input */
}

static void call_parse__takes_an_expression_that_begins_with_a_minus(void **state)
{
    (void)state;
    static const struct call_option flags[] = {{.name = "json", .letter = 'j', .help = "JSON"}};
    static const struct verb expression = {.noun = "cel",
                                           .name = "eval",
                                           .operands = "EXPRESSION",
                                           .operand_min = 1,
                                           .operand_max = 1,
                                           .takes_expression = true,
                                           .options = flags,
                                           .option_count = COUNT_OF(flags)};
    static char number[] = "-1", sum[] = "-x + 1", twice[] = "--5";
    struct call call;
    assert_int_equal(call_parse(&expression, 2, WORDS(number, j), &call), EXIT_DONE);
    assert_string_equal(call.operands[0], "-1");
    assert_true(call_has(&call, "json"));
    assert_int_equal(call_parse(&expression, 1, WORDS(sum), &call), EXIT_DONE);
    assert_string_equal(call.operands[0], "-x + 1");
    assert_int_equal(call_parse(&expression, 2, WORDS(end, twice), &call), EXIT_DONE);
    assert_string_equal(call.operands[0], "--5");
    assert_int_equal(call_parse(&expression, 1, WORDS(twice), &call), EXIT_USAGE);
}

static void call_parse__refuses_what_makes_no_call(void **state)
{
    (void)state;
    struct call call;
    assert_int_equal(parse(WORDS(a), &call), EXIT_USAGE);             /* --output is required */
    assert_int_equal(parse(WORDS(o, x), &call), EXIT_USAGE);          /* no operand */
    assert_int_equal(parse(WORDS(o, x, a, b, c), &call), EXIT_USAGE); /* too many */
    assert_int_equal(parse(WORDS(a, o), &call), EXIT_USAGE);          /* no value */
    assert_int_equal(parse(WORDS(a, o, x, o, x), &call), EXIT_USAGE); /* twice */
    assert_int_equal(parse(WORDS(a, unknown, x), &call), EXIT_USAGE);
}

static void exit_meaning__is_given_for_every_code(void **state)
{
    (void)state;
    for (int code = 0; code < EXIT_CODE_COUNT; code++)
        assert_non_null(exit_meaning((enum exit_code)code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(call_parse__takes_options_before_between_and_behind),
        cmocka_unit_test(call_parse__takes_what_follows_two_hyphens_as_operands),
        cmocka_unit_test(call_parse__takes_an_expression_that_begins_with_a_minus),
        cmocka_unit_test(call_parse__refuses_what_makes_no_call),
        cmocka_unit_test(exit_meaning__is_given_for_every_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
