/* SPDX-License-Identifier: Apache-2.0 */
/* Budget, scratch, and programs that nobody compiled: any bytes are refused or harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/bytes.h"
#include "harness/heap_count.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "unit/offers_cel/bench.h"

static const char *const texts[] = {
    "[1, 2, 3].map(x, [x, x + 1]).filter(l, l[0] > 1).size() == 2 || false",
    "'a,b,c'.split(',').map(p, p + p).join('-') == 'aa-bb-cc'",
    "{'a': 1, 'b': [1.5, 2u, null]} == {'b': [1.5, 2u, null], 'a': 1}",
    "'%s %d %.2f %x'.format(['x', 1, 2.5, 255]) == 'x 1 2.50 ff'",
    "'banana'.matches('^(ba|na)+$') && 'abc'.replace('b', 'xx').reverse() == 'cxxa'",
    "timestamp('2026-11-21T10:00:00Z') + duration('1h') > timestamp(0) ? has({'a': 1}.a) : false",
    "cel.bind(y, string(1.25), y.size() == 4) && type(y2) == int && math.greatest([1, 2.5, y2]) == 5",
    ("{1: 'a', 2: 'b'}.transformMap(k, v, k > 1, v + v) == {2: 'bb'} && [1, 2].exists_one(i, v, i == v - 1 "
     "&& "
     "v == 2)"),
};

static struct bench *bench_of_limits(void)
{
    static const struct cel_type whole = {.kind = CEL_INT};
    struct bench *bench = bench_new();
    bench_variable(bench, "y2", &whole, cel_int(5));
    return bench;
}

static bool is_error(struct cel_value value, enum cel_error error)
{
    return value.kind == CEL_ERROR && value.count == (uint32_t)error;
}

static void eval__with_too_few_steps_ends_with_that_error(void **state)
{
    (void)state;
    struct bench *bench = bench_of_limits();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_true(cel_is_true(bench_run(bench, texts[i])));
        uint64_t needed = bench->spent;
        for (bench->budget = 0; bench->budget < needed; bench->budget++)
            assert_true(is_error(bench_eval(bench), CEL_NO_BUDGET));
        assert_true(cel_is_true(bench_eval(bench)));
        bench->budget = CEL_BUDGET_DEFAULT;
    }
    bench_delete(bench);
}

static void eval__with_too_little_scratch_ends_with_that_error(void **state)
{
    (void)state;
    struct bench *bench = bench_of_limits();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ok(bench_compile(bench, texts[i]));
        struct cel_value value = cel_null();
        for (bench->scratch_size = 0; bench->scratch_size < 4096; bench->scratch_size += 8) {
            value = bench_eval(bench);
            assert_true(cel_is_true(value) || is_error(value, CEL_NO_SCRATCH));
        }
        assert_true(cel_is_true(value));
    }
    bench_delete(bench);
}

static void eval__never_allocates(void **state)
{
    (void)state;
    struct bench *bench = bench_of_limits();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ok(bench_compile(bench, texts[i]));
        unsigned long before = heap_count();
        struct cel_value value = bench_eval(bench);
        enum err error = cel_verify(bench->program.bytes, &bench->declarations);
        unsigned long after = heap_count();
        assert_true(before > 0); /* the counting functions are in place */
        assert_true(cel_is_true(value) && error == ERR_OK);
        assert_int_equal(after - before, 0);
    }
    bench_delete(bench);
}

/* A list that is written in a loop takes its memory once. */
static void eval__gives_scratch_back_at_each_turn(void **state)
{
    (void)state;
    struct bench *bench = bench_of_limits();
    bench->scratch_size = 2048;
    assert_true(cel_is_true(bench_run(bench, "[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, a in "
                                             "[9,8,7,6,5,4,3,2,1] && string(b) + 'x' != ''))")));
    bench_delete(bench);
}

static void eval__bounds_patterns_by_their_product_with_the_text(void **state)
{
    (void)state;
    struct bench *bench = bench_of_limits();
    (void)bench_run(
        bench,
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.matches('^(a*)*(a|aa)*$b')");
    assert_true(bench->spent < 5000);
    bench_delete(bench);
}

/* ---- any bytes */

/* A copy of exactly that size, so that the sanitizers see a read past the end. */
static void try_bytes(struct bench *bench, const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    if (cel_verify(span_of(exact, size), &bench->declarations) == ERR_OK) {
        bench->program.bytes = span_of(exact, size);
        bench->budget = 20000;
        (void)bench_eval(bench);
    }
    free(exact);
}

static void verify__refuses_every_truncation(void **state)
{
    (void)state;
    struct bench *bench = bench_of_limits();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ok(bench_compile(bench, texts[i]));
        struct span program = bench->program.bytes;
        for (size_t size = 0; size < program.size; size++)
            assert_int_not_equal(cel_verify(span_of(program.bytes, size), &bench->declarations), ERR_OK);
        uint8_t *longer = calloc(1, program.size + 1);
        assert_non_null(longer);
        memcpy(longer, program.bytes, program.size);
        assert_int_equal(cel_verify(span_of(longer, program.size + 1), &bench->declarations), ERR_CORRUPT);
        free(longer);
    }
    bench_delete(bench);
}

static void verify__refuses_or_bears_every_changed_byte(void **state)
{
    (void)state;
    struct bench *bench = bench_of_limits();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ok(bench_compile(bench, texts[i]));
        size_t size = bench->program.bytes.size;
        uint8_t *copy = malloc(size);
        assert_non_null(copy);
        memcpy(copy, bench->program.bytes.bytes, size);
        for (size_t at = 0; at < size; at++) {
            uint8_t before = copy[at];
            for (unsigned value = 0; value < 256; value++) {
                copy[at] = (uint8_t)value;
                try_bytes(bench, copy, size);
            }
            copy[at] = before;
        }
        free(copy);
    }
    bench_delete(bench);
}

static void verify__refuses_or_bears_random_bytes(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    struct bench *bench = bench_of_limits();
    for (int round = 0; round < 200000; round++) {
        uint8_t bytes[64] = {'C', 'E', 'L', 1};
        size_t size = 8 + (size_t)seed_below(&seed, 56);
        bytes_put_le(bytes + 4, size - 8, 2);
        bytes[6] = (uint8_t)seed_below(&seed, 4);
        for (size_t i = 8; i < size; i++)
            bytes[i] = (uint8_t)(seed_below(&seed, 3) == 0 ? seed_below(&seed, 256) : seed_below(&seed, 27));
        try_bytes(bench, bytes, size);
    }
    bench_delete(bench);
}

static enum err verify(struct bench *bench, const uint8_t *tree, size_t size, uint8_t slots)
{
    uint8_t bytes[64] = {'C', 'E', 'L', 1, (uint8_t)size, 0, slots, 0};
    memcpy(bytes + 8, tree, size);
    return cel_verify(span_of(bytes, 8 + size), &bench->declarations);
}

static void verify__tells_newer_programs_from_broken_ones(void **state)
{
    (void)state;
    struct bench *bench = bench_of_limits();
    const uint8_t newer[] = {'C', 'E', 'L', 2, 1, 0, 0, 0, 1};
    assert_int_equal(cel_verify(span_of(newer, sizeof newer), &bench->declarations), ERR_VERSION);
    assert_int_equal(verify(bench, (const uint8_t[]){1}, 1, 0), ERR_OK);
    assert_int_equal(verify(bench, (const uint8_t[]){12, 0, 0}, 3, 0), ERR_OK); /* the variable */
    assert_int_equal(verify(bench, (const uint8_t[]){12, 1, 0}, 3, 0),
                     ERR_UNSUPPORTED); /* one that is not known */
    assert_int_equal(verify(bench, (const uint8_t[]){23, 255, 1, 1}, 4, 0), ERR_UNSUPPORTED); /* a function */
    assert_int_equal(verify(bench, (const uint8_t[]){24, 0, 0, 0}, 4, 0),
                     ERR_UNSUPPORTED);                                             /* of the host's */
    assert_int_equal(verify(bench, (const uint8_t[]){99}, 1, 0), ERR_UNSUPPORTED); /* an operation */
    assert_int_equal(verify(bench, (const uint8_t[]){13, 0}, 2, 0), ERR_CORRUPT);  /* no such slot */
    assert_int_equal(verify(bench, (const uint8_t[]){0}, 1, 0), ERR_CORRUPT);
    assert_int_equal(verify(bench, (const uint8_t[]){8, 1, 0, 0xff}, 4, 0),
                     ERR_CORRUPT); /* text that is none */
    bench_delete(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eval__with_too_few_steps_ends_with_that_error),
        cmocka_unit_test(eval__with_too_little_scratch_ends_with_that_error),
        cmocka_unit_test(eval__never_allocates),
        cmocka_unit_test(eval__gives_scratch_back_at_each_turn),
        cmocka_unit_test(eval__bounds_patterns_by_their_product_with_the_text),
        cmocka_unit_test(verify__refuses_every_truncation),
        cmocka_unit_test(verify__refuses_or_bears_every_changed_byte),
        cmocka_unit_test(verify__refuses_or_bears_random_bytes),
        cmocka_unit_test(verify__tells_newer_programs_from_broken_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
