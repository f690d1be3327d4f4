/* SPDX-License-Identifier: Apache-2.0 */
#include "office/place.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/harness/seed.h"

static void assert_at(const char *text, const struct place_step *steps, size_t count, enum place_part part,
                      uint32_t line, uint32_t column)
{
    struct place_memo memo = {0};
    struct place place = place_find(span_of_text(text), &memo, steps, count, part);
    if (place.line != line || place.column != column)
        fail_msg("%u:%u instead of %u:%u", place.line, place.column, line, column);
}

static void place_find__finds_values_and_keys_at_every_depth(void **state)
{
    (void)state;
    const char *text = "{\n  \"a\": [1, {\"b\": [true, null, \"x\"]}],\n\t\"c\" : {}}";
    const struct place_step deep[] = {{"a", 0}, {NULL, 1}, {"b", 0}, {NULL, 2}};
    const struct place_step last[] = {{"c", 0}};
    assert_at(text, deep, 0, PLACE_OF_VALUE, 1, 1);
    assert_at(text, deep, 1, PLACE_OF_VALUE, 2, 8);
    assert_at(text, deep, 1, PLACE_OF_KEY, 2, 3);
    assert_at(text, deep, 2, PLACE_OF_VALUE, 2, 12);
    assert_at(text, deep, 3, PLACE_OF_KEY, 2, 13);
    assert_at(text, deep, 4, PLACE_OF_VALUE, 2, 31);
    assert_at(text, last, 1, PLACE_OF_VALUE, 3, 8);
    assert_at(text, last, 1, PLACE_OF_KEY, 3, 2);
}

static void place_find__is_not_misled_by_brackets_and_quotes_in_texts(void **state)
{
    (void)state;
    const char *text = "{\"x\": \"}]\\\",{\\\\\", \"y\": [\"a,b\", \"]\", 7]}";
    const struct place_step steps[] = {{"y", 0}, {NULL, 2}};
    assert_at(text, steps, 2, PLACE_OF_VALUE, 1, 37);
}

static void place_find__counts_characters_and_reads_escaped_keys(void **state)
{
    (void)state;
    const char *text = "{\"\xc4\x85\xc4\x8d\": \"\xf0\x90\x8d\x88\", \"\\u006bey\\ud834\\udd1e\\n\": 5}";
    const struct place_step steps[] = {{"key\xf0\x9d\x84\x9e\n", 0}};
    assert_at(text, steps, 1, PLACE_OF_VALUE, 1, 39);
}

static void place_find__knows_no_place_for_a_path_that_is_not_there(void **state)
{
    (void)state;
    const struct place_step key[] = {{"b", 0}};
    const struct place_step index[] = {{"a", 0}, {NULL, 3}};
    const struct place_step into_number[] = {{"n", 0}, {"x", 0}};
    const char *text = "{\"a\": [1, 2, 3], \"n\": 4}";
    assert_at(text, key, 1, PLACE_OF_VALUE, 0, 0);
    assert_at(text, index, 2, PLACE_OF_VALUE, 0, 0);
    assert_at(text, into_number, 2, PLACE_OF_VALUE, 0, 0);
}

static void place_find__stays_within_every_prefix_of_a_text(void **state)
{
    (void)state;
    const char *text =
        "{\"a\\u00e9\\\\\": [1, {\"b\": [true, \"x\\ud834\\udd1e\\\"\"]}], \"c\": {\"d\": -1.5e3}}";
    const struct place_step steps[] = {{"a\xc3\xa9\\", 0}, {NULL, 1}, {"b", 0}, {NULL, 1}};
    for (size_t size = 0; size <= strlen(text); size++) {
        uint8_t *exact = malloc(size + (size == 0)); /* an overrun is the sanitizer's */
        assert_non_null(exact);
        memcpy(exact, text, size);
        for (size_t count = 0; count <= COUNT_OF(steps); count++) {
            struct place_memo memo = {0};
            const struct place within = {1, 3};
            (void)place_find(span_of(exact, size), &memo, steps, count, PLACE_OF_VALUE);
            (void)place_find(span_of(exact, size), &memo, steps, count, PLACE_OF_KEY);
            (void)place_find_within(span_of(exact, size), &memo, steps, count, within);
        }
        free(exact);
    }
}

/* Walks a parsed text and holds the place of every value against the one that the text itself has there. */
static void check_all(const char *text, const json_t *json, struct place_step *steps, size_t depth)
{
    struct place_memo memo = {0};
    struct place place = place_find(span_of_text(text), &memo, steps, depth, PLACE_OF_VALUE);
    assert_true(place.line > 0);
    char *dumped = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_non_null(dumped);
    assert_int_equal(memcmp(text + place.column - 1, dumped, strlen(dumped)), 0); /* one line, ASCII */
    free(dumped);
    size_t index;
    const char *key;
    json_t *value;
    json_array_foreach(json, index, value)
    {
        steps[depth] = (struct place_step){NULL, index};
        check_all(text, value, steps, depth + 1);
    }
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        steps[depth] = (struct place_step){key, 0};
        check_all(text, value, steps, depth + 1);
    }
}

static void place_find__agrees_with_the_parser_on_every_value(void **state)
{
    (void)state;
    const char *text = "{\"a\":[[],[[1,2],{\"b\":\"[\"}],{}],\"\":{\"\":[\"\\\"\",false]},\"z\":{\"y\":{"
                       "\"x\":[0,[1,[2,[3]]]]}}}";
    struct place_step steps[PLACE_DEPTH_MAX];
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    check_all(text, json, steps, 0);
    json_decref(json);
}

/* In a random order, with one memo: each answer is the one of a search that knows nothing. */
static void place_find__answers_the_same_whatever_was_searched_before(void **state)
{
    (void)state;
    char text[40000];
    size_t used = (size_t)snprintf(text, sizeof(text), "{\"x\": 1,\n\"offers\": [");
    for (int i = 0; i < 500; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "%s{\"id\": \"\xc4\x85%d\",\n \"give\": {\"n\": [%d]}}", i > 0 ? ", " : "",
                                 i, i);
    snprintf(text + used, sizeof(text) - used, "], \"lanes\": [1, 2]}");
    struct place_memo memo = {0};
    struct seed seed = seed_of_environment();
    for (int i = 0; i < 2000; i++) {
        uint32_t random = (uint32_t)seed_next(&seed);
        bool is_lane = random >> 28 == 0;
        const struct place_step steps[] = {{is_lane ? "lanes" : "offers", 0},
                                           {NULL, is_lane ? (random >> 8) % 3 : (random >> 8) % 502},
                                           {"give", 0},
                                           {"n", 0}};
        size_t count = is_lane ? 2 : 1 + (random >> 4) % 4;
        enum place_part part = count > 2 && (random & 1) != 0 ? PLACE_OF_KEY : PLACE_OF_VALUE;
        struct place_memo none = {0};
        struct place wanted = place_find(span_of_text(text), &none, steps, count, part);
        struct place got = place_find(span_of_text(text), &memo, steps, count, part);
        assert_int_equal(got.line, wanted.line);
        assert_int_equal(got.column, wanted.column);
    }
}

static void assert_within(const char *text, struct place within, uint32_t line, uint32_t column)
{
    const struct place_step steps[] = {{"a", 0}, {NULL, 1}, {"c", 0}};
    struct place_memo memo = {0};
    struct place place = place_find_within(span_of_text(text), &memo, steps, COUNT_OF(steps), within);
    assert_int_equal(place.line, line);
    assert_int_equal(place.column, column);
}

static void place_find_within__counts_what_escapes_stand_for(void **state)
{
    (void)state;
    const char *text = "{\"a\": [0,\n {\"c\": \"x\\\"\xc4\x85\\u0105y\\n\\ud834\\udd1ez\"}]}";
    assert_within(text, (struct place){1, 1}, 2, 9);
    assert_within(text, (struct place){1, 2}, 2, 10); /* the escaped quote */
    assert_within(text, (struct place){1, 3}, 2, 12);
    assert_within(text, (struct place){1, 4}, 2, 13); /* six characters for one */
    assert_within(text, (struct place){1, 5}, 2, 19);
    assert_within(text, (struct place){2, 1}, 2, 22); /* behind \n: a surrogate pair */
    assert_within(text, (struct place){2, 2}, 2, 34);
    assert_within(text, (struct place){9, 1}, 2, 35); /* beyond its end: the closing quote */
    assert_within("{\"a\": [0, {\"c\": 1}]}", (struct place){1, 1}, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(place_find__finds_values_and_keys_at_every_depth),
        cmocka_unit_test(place_find__is_not_misled_by_brackets_and_quotes_in_texts),
        cmocka_unit_test(place_find__counts_characters_and_reads_escaped_keys),
        cmocka_unit_test(place_find__knows_no_place_for_a_path_that_is_not_there),
        cmocka_unit_test(place_find__stays_within_every_prefix_of_a_text),
        cmocka_unit_test(place_find__agrees_with_the_parser_on_every_value),
        cmocka_unit_test(place_find__answers_the_same_whatever_was_searched_before),
        cmocka_unit_test(place_find_within__counts_what_escapes_stand_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
