/* SPDX-License-Identifier: Apache-2.0 */
/* The runner of cases: what it makes of a text, and that it passes nothing over. The figures themselves are
 * tests/golden/cases'. */
#include "office/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEAD "{\"cases\": [{\"id\": \"C1\", \"kind\": "
#define TAIL "}]}"
#define BASKET                                                                                               \
    HEAD "\"basket\", \"basket\": {\"lines\": [{\"sku\": \"A\", \"categories\": [], \"qty\": \"1\", "        \
         "\"unit_price\": 10000}]}, "

/* What was said of the case that failed last. */
struct said {
    char id[64];
    char sentence[2048];
    struct cases_totals totals;
    struct cases_fault fault;
};

static void keep(void *self, const char *id, const char *sentence)
{
    struct said *said = self;
    (void)snprintf(said->id, sizeof(said->id), "%s", id);
    (void)snprintf(said->sentence, sizeof(said->sentence), "%s", sentence);
}

static enum err run(const char *text, struct said *out)
{
    const struct cases_sink sink = {out, keep};
    *out = (struct said){.id = ""};
    return cases_run(span_of_text(text), &sink, &out->totals, &out->fault);
}

static void passes(const char *text)
{
    struct said said;
    assert_int_equal(run(text, &said), ERR_OK);
    assert_string_equal(said.sentence, "");
    assert_int_equal(said.totals.passed, 1);
    assert_int_equal(said.totals.failed, 0);
}

static void fails(const char *text, const char *sentence)
{
    struct said said;
    assert_int_equal(run(text, &said), ERR_OK);
    assert_string_equal(said.sentence, sentence);
    assert_string_equal(said.id, "C1");
    assert_int_equal(said.totals.passed, 0);
    assert_int_equal(said.totals.failed, 1);
}

static void cases_run__says_what_was_expected_and_what_was_got(void **state)
{
    (void)state;
    fails(BASKET "\"rules\": [{\"id\": \"R\", \"type\": \"basket_percent_off\", \"percent\": 20}], "
                 "\"expected\": {\"total\": 8001, \"line_discounts\": [1999], \"payable\": 8000}" TAIL,
          "total: expected 8001, got 8000; line_discounts: expected [1999], got [2000]");
}

static void cases_run__names_a_word_that_is_not_known(void **state)
{
    (void)state;
    fails(BASKET "\"rules\": [], \"expected\": {\"totla\": 1}" TAIL,
          "expected: the word \"totla\" is not known");
    fails(BASKET "\"rools\": [], \"expected\": {}" TAIL, "the case: the word \"rools\" is not known");
    fails(BASKET "\"rules\": [{\"id\": \"R\", \"type\": \"basket_percentage\"}], \"expected\": {}" TAIL,
          "rule R: the type \"basket_percentage\" is not known");
    fails(BASKET
          "\"rules\": [{\"id\": \"R\", \"type\": \"basket_percent_off\", \"percent\": 5, \"get_qty\": 1}], "
          "\"expected\": {}" TAIL,
          "rule R: the word \"get_qty\" is not known of basket_percent_off");
    fails(BASKET
          "\"rules\": [{\"id\": \"R\", \"type\": \"line_percent_off\", \"percent\": 5, \"conditions\": "
          "[{\"min_weight\": 1}]}], \"expected\": {}" TAIL,
          "rule R: the word \"min_weight\" is not known");
    fails(BASKET "\"rules\": [], \"evaluation\": {\"choose\": \"the_nicest\"}, \"expected\": {}" TAIL,
          "choose: the word \"the_nicest\" is not known");
    fails(BASKET "\"rules\": [{\"id\": \"R\", \"type\": \"line_percent_off\", \"percent\": 5, \"match\": "
                 "{\"sku\": []}}], "
                 "\"expected\": {}" TAIL,
          "a match: a list of names is empty");
    fails(HEAD "\"expiry_date\", \"earned\": \"2024-01-01\", \"lifetime\": \"P1F\", \"expected\": "
               "\"2024-02-01\"" TAIL,
          "the lifetime: the word \"f\" is not known");
    fails(HEAD "\"expiry_date\", \"earned\": \"2024-01-01\", \"lifetime\": \"P1M\", \"expected\": {}" TAIL,
          "expected: it is to be one date");
    fails(HEAD "\"lottery\"" TAIL, "the kind \"lottery\" is not known");
    fails(HEAD "\"ledger\", \"events\": [{\"op\": \"steal\"}], \"expected\": [{}]" TAIL,
          "an event: the op \"steal\" is not known");
}

static void cases_run__names_what_is_missing_or_of_the_wrong_sort(void **state)
{
    (void)state;
    fails(BASKET "\"rules\": [{\"id\": \"R\", \"type\": \"basket_amount_off\"}], \"expected\": {}" TAIL,
          "rule R: \"amount\" is missing");
    fails(BASKET "\"rules\": [{\"id\": \"R\", \"type\": \"unit_price_fixed\"}], \"expected\": {}" TAIL,
          "rule R: \"amount\" or \"price\" is missing");
    fails(BASKET "\"rules\": {}, \"expected\": {}" TAIL, "the case: \"rules\" is not a list");
    fails(BASKET "\"rules\": [{\"id\": \"R\", \"type\": \"basket_amount_off\", \"amount\": 10.5}], "
                 "\"expected\": {}" TAIL,
          "rule R: \"amount\" is not a whole number");
    fails(BASKET "\"context\": {\"date\": \"2026-02-30\"}, \"expected\": {}" TAIL,
          "the context: \"date\" is not a date");
}

static void cases_run__names_what_the_book_refuses(void **state)
{
    (void)state;
    fails(BASKET "\"rules\": [{\"id\": \"R\", \"type\": \"basket_percent_off\", \"percent\": 100.01}], "
                 "\"expected\": {}" TAIL,
          "R: give.percent is not above 0 and at most 100");
}

static void cases_run__reads_percentages_without_a_double(void **state)
{
    (void)state;
    /* 0.285 and 1.005 are no doubles: each would come out a cent lower. */
    passes(BASKET "\"rules\": [{\"id\": \"R\", \"type\": \"basket_percent_off\", \"percent\": 10.55}], "
                  "\"expected\": {\"discount\": 1055}" TAIL);
    passes(BASKET "\"rules\": [{\"id\": \"R\", \"type\": \"basket_percent_off\", \"percent\": 0.285}], "
                  "\"expected\": {\"discount\": 29}" TAIL);
    passes(BASKET "\"rules\": [{\"id\": \"R\", \"type\": \"basket_percent_off\", \"percent\": \"1.005\"}], "
                  "\"expected\": {\"discount\": 101}" TAIL);
}

static void cases_run__leaves_strings_that_look_like_numbers_alone(void **state)
{
    (void)state;
    passes(
        HEAD
        "\"basket\", \"basket\": {\"lines\": [{\"sku\": \"1.5 \\\" 2.5\", \"qty\": \"1.5\", "
        "\"unit_price\": 1000}]}, \"rules\": [{\"id\": \"R\", \"type\": \"line_amount_off\", \"amount\": 1, "
        "\"match\": {\"sku\": \"1.5 \\\" 2.5\"}}], \"expected\": {\"total\": 1499}" TAIL);
}

static void cases_run__counts_every_case(void **state)
{
    (void)state;
    struct said said;
    assert_int_equal(
        run("{\"cases\": [{\"id\": \"a\", \"kind\": \"unit_split\", \"amount\": 2, \"units\": 2, "
            "\"expected\": {\"shares\": [1, 1]}}, {\"kind\": \"unit_split\", \"amount\": 2, \"units\": 2, "
            "\"expected\": {\"shares\": [2, 0]}}, 7]}",
            &said),
        ERR_OK);
    assert_int_equal(said.totals.passed, 1);
    assert_int_equal(said.totals.failed, 2);
    assert_string_equal(said.id, "case 3");
}

static void cases_run__refuses_what_holds_no_cases(void **state)
{
    (void)state;
    struct said said;
    assert_int_equal(run("{\"cases\":\n [}", &said), ERR_SYNTAX);
    assert_int_equal(said.fault.line, 2);
    assert_int_equal(run("{\"offers\": []}", &said), ERR_SYNTAX);
    assert_string_equal(said.fault.what, "it holds no list of \"cases\"");
    assert_int_equal(run("", &said), ERR_SYNTAX);
    assert_int_equal(run("[]", &said), ERR_OK);
}

/* One case a word of the vocabulary, with figures that were worked out by hand. */
static void print_failed(void *self, const char *id, const char *sentence)
{
    (void)self;
    print_error("%s: %s\n", id, sentence);
}

static void cases_run__passes_a_case_of_every_word(void **state)
{
    (void)state;
    static char text[1 << 20];
    FILE *file = fopen(KASSA_SOURCE_DIR "/tests/golden/cases/words.json", "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof(text), file);
    assert_int_equal(fclose(file), 0);
    assert_true(size < sizeof(text));
    struct cases_totals totals;
    struct cases_fault fault;
    const struct cases_sink sink = {NULL, print_failed};
    assert_int_equal(cases_run(span_of(text, size), &sink, &totals, &fault), ERR_OK);
    assert_int_equal(totals.failed, 0);
    assert_true(totals.passed >= 215);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_run__says_what_was_expected_and_what_was_got),
        cmocka_unit_test(cases_run__names_a_word_that_is_not_known),
        cmocka_unit_test(cases_run__names_what_is_missing_or_of_the_wrong_sort),
        cmocka_unit_test(cases_run__names_what_the_book_refuses),
        cmocka_unit_test(cases_run__reads_percentages_without_a_double),
        cmocka_unit_test(cases_run__leaves_strings_that_look_like_numbers_alone),
        cmocka_unit_test(cases_run__counts_every_case),
        cmocka_unit_test(cases_run__refuses_what_holds_no_cases),
        cmocka_unit_test(cases_run__passes_a_case_of_every_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
