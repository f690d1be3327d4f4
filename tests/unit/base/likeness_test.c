/* SPDX-License-Identifier: Apache-2.0 */
#include "base/likeness.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void likeness_distance__counts_slips_of_a_typing_hand(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } rows[] = {{"", "", 0},
                {"", "abc", 3},
                {"abc", "", 3},
                {"percent", "percent", 0},
                {"prcent", "percent", 1},
                {"perccent", "percent", 1},
                {"pircent", "percent", 1},
                {"precent", "percent", 1},
                {"PERCENT", "percent", 0},
                {"kitten", "sitting", 3},
                {"ca", "abc", 3},
                {"abcd", "badc", 2}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(likeness_distance(span_of_text(rows[i].a), span_of_text(rows[i].b)),
                         rows[i].distance);
        assert_int_equal(likeness_distance(span_of_text(rows[i].b), span_of_text(rows[i].a)),
                         rows[i].distance);
    }
}

static void likeness_distance__takes_long_words_for_strangers(void **state)
{
    (void)state;
    char word[LIKENESS_WORD_MAX + 2];
    memset(word, 'x', sizeof(word));
    struct span longest = span_of(word, LIKENESS_WORD_MAX);
    assert_int_equal(likeness_distance(longest, longest), 0);
    assert_int_equal(likeness_distance(span_of(word, LIKENESS_WORD_MAX + 1), longest), LIKENESS_WORD_MAX);
}

static struct span best_of(const char *typed, const char *const *words, size_t count)
{
    struct likeness likeness = likeness_of(span_of_text(typed));
    for (size_t i = 0; i < count; i++)
        likeness_try(&likeness, span_of_text(words[i]));
    return likeness.best;
}

static void likeness_try__keeps_the_nearest_word_and_none_that_is_far(void **state)
{
    (void)state;
    static const char *const words[] = {"priority", "percent", "points", "id", "of"};
    assert_true(span_is_equal(best_of("prioritty", words, COUNT_OF(words)), span_of_text("priority")));
    assert_true(span_is_equal(best_of("point", words, COUNT_OF(words)), span_of_text("points")));
    assert_int_equal(best_of("colour", words, COUNT_OF(words)).size, 0);
    assert_int_equal(best_of("xy", words, COUNT_OF(words)).size,
                     0); /* two changes make any word of two letters */
    assert_int_equal(best_of("", words, COUNT_OF(words)).size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(likeness_distance__counts_slips_of_a_typing_hand),
        cmocka_unit_test(likeness_distance__takes_long_words_for_strangers),
        cmocka_unit_test(likeness_try__keeps_the_nearest_word_and_none_that_is_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
