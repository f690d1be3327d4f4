/* SPDX-License-Identifier: Apache-2.0 */
/* Doubles as text and back, and rounding, against the C library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/seed.h"
#include "offers/cel/decimal.h"

#define ROUNDS 4000

/* Bits of any kind; sums of money; and numbers near the ends of the range. */
static double draw(struct seed *seed)
{
    uint64_t bits = seed_next(seed), way = seed_below(seed, 4);
    if (way == 0)
        return (double)(bits % 1000000000) / 100;
    if (way == 1)
        bits &= ~(UINT64_C(0x7ff) << 52);
    double number = cel_double_of_bits(bits);
    return cel_double_class_of(number) == CEL_DOUBLE_FINITE ? number : 1.5;
}

static void read__gives_the_nearest_double(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "-0.0",
                                        "1e308",
                                        "1.7976931348623157e308",
                                        "1.7976931348623159e308",
                                        "4.9e-324",
                                        "2.4703282292062327e-324",
                                        "2.4703282292062328e-324",
                                        "2.2250738585072011e-308",
                                        "9007199254740993",
                                        "1e-400",
                                        "1e999999999999",
                                        "0e5",
                                        ".5",
                                        "5."};
    struct seed seed = seed_of_environment();
    char text[64];
    double got = 0;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_true(cel_decimal_read(span_of_text(texts[i]), &got));
        assert_true(cel_double_bits(got) == cel_double_bits(strtod(texts[i], NULL)));
    }
    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(text, sizeof text, "%.*e", (int)seed_below(&seed, 20), draw(&seed));
        assert_true(cel_decimal_read(span_of_text(text), &got));
        assert_true(cel_double_bits(got) == cel_double_bits(strtod(text, NULL)));
    }
}

static void write__rounds_as_the_library_does(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    char expected[512];
    uint8_t got[CEL_DECIMAL_TEXT_SIZE];
    for (int i = 0; i < ROUNDS; i++) {
        double number = draw(&seed);
        uint32_t places = (uint32_t)seed_below(&seed, 20);
        size_t size = cel_decimal_write_scientific(number, places, got);
        assert_int_equal(snprintf(expected, sizeof expected, "%.*e", (int)places, number), (int)size);
        assert_memory_equal(got, expected, size);
        size = cel_decimal_write_fixed(number, places, got);
        assert_int_equal(snprintf(expected, sizeof expected, "%.*f", (int)places, number), (int)size);
        assert_memory_equal(got, expected, size);
    }
}

static void shortest__reads_back_as_the_same(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    uint8_t text[CEL_DECIMAL_TEXT_SIZE];
    for (int i = 0; i < ROUNDS / 50; i++) {
        double number = draw(&seed), back = 0;
        size_t size = cel_decimal_write_shortest(number, (int32_t)seed_below(&seed, 30), text);
        assert_true(cel_decimal_read(span_of(text, size), &back));
        assert_true(cel_double_bits(back) == cel_double_bits(number));
    }
}

static void rounding__is_the_librarys(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (int i = 0; i < ROUNDS * 10; i++) {
        double number = draw(&seed);
        assert_true(cel_double_bits(cel_double_floor(number)) == cel_double_bits(floor(number)));
        assert_true(cel_double_ceil(number) == ceil(number) && cel_double_round(number) == round(number));
        assert_true(cel_double_bits(cel_double_truncate(number)) == cel_double_bits(trunc(number)));
        assert_true(cel_double_bits(cel_double_sqrt(fabs(number))) == cel_double_bits(sqrt(fabs(number))));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read__gives_the_nearest_double),
        cmocka_unit_test(write__rounds_as_the_library_does),
        cmocka_unit_test(shortest__reads_back_as_the_same),
        cmocka_unit_test(rounding__is_the_librarys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
