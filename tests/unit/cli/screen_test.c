/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

static void assert_shown(const char *text, const char *expected)
{
    char *shown = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&shown, &size);
    assert_non_null(out);
    screen_text(out, text);
    fclose(out);
    assert_string_equal(shown, expected);
    free(shown);
}

static void screen_text__shows_controls_and_turning_marks_as_codes(void **state)
{
    (void)state;
    assert_shown("Ona \xc4\x85\xc4\x8d \xf0\x9f\x98\x80", "Ona \xc4\x85\xc4\x8d \xf0\x9f\x98\x80");
    assert_shown("\x1b]0;title\x07", "\\u{1b}]0;title\\u{7}");
    assert_shown("a\nb\rc\td\x7f", "a\\u{a}b\\u{d}c\\u{9}d\\u{7f}");
    assert_shown("\xc2\x9b"
                 "31m",
                 "\\u{9b}31m");
    assert_shown("1\xe2\x80\xae"
                 "00.2",
                 "1\\u{202e}00.2");
    assert_shown("\xe2\x81\xa6\xe2\x80\xa8", "\\u{2066}\\u{2028}");
    assert_shown("cut \xc4", "cut \\x{c4}");
    assert_shown("\xff\x80", "\\x{ff}\\x{80}");
}

static void screen_column__pads_by_characters(void **state)
{
    (void)state;
    char *shown = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&shown, &size);
    screen_column(out,
                  span_of_text("\xc4\x85"
                               "b"),
                  5);
    screen_column(out, span_of_text("abcdef"), 3);
    fclose(out);
    assert_string_equal(shown, "\xc4\x85"
                               "b   abcdef");
    free(shown);
}

static void screen_json__stays_json_and_holds_no_control(void **state)
{
    (void)state;
    char *shown = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&shown, &size);
    assert_int_equal(screen_json(out, json_pack("{s:s}", "k\xc2\x9b", "\x1b \xe2\x80\xae \xc4\x85")), ERR_OK);
    assert_int_equal(screen_json(out, NULL), ERR_MEMORY);
    fclose(out);
    assert_string_equal(shown, "{\"k\\u009b\":\"\\u001B \\u202e \xc4\x85\"}\n");
    json_t *again = json_loads(shown, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(again, "k\xc2\x9b")), "\x1b \xe2\x80\xae \xc4\x85");
    json_decref(again);
    free(shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(screen_text__shows_controls_and_turning_marks_as_codes),
        cmocka_unit_test(screen_column__pads_by_characters),
        cmocka_unit_test(screen_json__stays_json_and_holds_no_control),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
