/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/bucket.h"
#include "base/civil.h"
#include "base/crc32c.h"
#include "base/hex.h"
#include "base/utf8.h"

static void err_name__knows_each_error_and_any_other_number(void **state)
{
    (void)state;
    for (int error = 0; error < ERR_COUNT; error++) {
        assert_string_not_equal(err_name((enum err)error), "unknown");
        for (int other = 0; other < error; other++)
            assert_string_not_equal(err_name((enum err)error), err_name((enum err)other));
    }
    assert_string_equal(err_name((enum err)ERR_COUNT), "unknown");
    assert_string_equal(err_name((enum err) - 1), "unknown");
    assert_int_equal(err_fault_of(ERR_FULL), FAULT_RESOURCE);
}

static void arena_take__gives_aligned_zeroed_pieces_until_it_is_full(void **state)
{
    (void)state;
    uint8_t block[256];
    memset(block, 0xff, sizeof(block));
    struct arena arena = arena_of(block, sizeof(block));
    assert_non_null(arena_take(&arena, 1, 3));
    uint64_t *words = arena_take(&arena, 4, sizeof(uint64_t));
    assert_non_null(words);
    assert_int_equal((uintptr_t)words % 8, 0);
    assert_int_equal(words[0] | words[3], 0);
    assert_null(arena_take(&arena, 1, sizeof(block)));
    assert_null(arena_take(&arena, SIZE_MAX, 16));
    arena_reset(&arena);
    assert_non_null(arena_take(&arena, 1, 128));
}

static void bucket_take__lets_so_many_through_and_then_one_a_while(void **state)
{
    (void)state;
    struct bucket bucket = {.capacity = 3, .refill_ms = 100};
    for (unsigned i = 0; i < 3; i++)
        assert_true(bucket_take(&bucket, 5000));
    assert_false(bucket_take(&bucket, 5000));
    assert_true(bucket_wait_ms(&bucket, 5030) == 70);
    assert_false(bucket_take(&bucket, 5099));
    assert_true(bucket_take(&bucket, 5100));
    assert_false(bucket_take(&bucket, 5199)); /* the next 100 ms began at 5100 */
    assert_true(bucket_wait_ms(&bucket, 5250) == 0);
    assert_true(bucket_take(&bucket, 5250));
    assert_false(bucket_take(&bucket, 5299));
    assert_true(bucket_take(&bucket, 5300)); /* waiting longer does not lose what had passed */
    bucket_give_back(&bucket);
    assert_true(bucket_take(&bucket, 5300));
    assert_true(bucket_take(&bucket, 900000));
    assert_true(bucket_take(&bucket, 900000) && bucket_take(&bucket, 900000)); /* never more than full */
    assert_false(bucket_take(&bucket, 900000));
    assert_false(bucket_take(&bucket, 100)); /* a clock that goes back gives nothing */
}

static void crc32c__gives_the_check_value_and_continues(void **state)
{
    (void)state;
    assert_int_equal(crc32c(0, span_of_text("123456789")), 0xe3069283); /* the check value of CRC-32C */
    uint32_t crc = crc32c(0, span_of_text("1234"));
    assert_int_equal(crc32c(crc, span_of_text("56789")), 0xe3069283);
    uint8_t zeros[32] = {0};
    assert_int_equal(crc32c(0, span_of(zeros, 32)), 0x8a9136aa); /* RFC 3720 B.4 */
}

static void civil_day_of__and_back_is_the_same_day_for_four_centuries(void **state)
{
    (void)state;
    assert_int_equal(civil_day_of((struct civil_date){1970, 1, 1}), 0);
    assert_int_equal(civil_day_of((struct civil_date){2026, 11, 21}), 20778);
    for (int32_t day = -73000; day < 73100; day++) {
        struct civil_date date = civil_date_of(day);
        assert_int_equal(civil_day_of(date), day);
    }
    assert_int_equal(civil_weekday_of(0), 4);
    assert_int_equal(civil_weekday_of(20778), 6);
    assert_int_equal(civil_weekday_of(-1), 3);
}

static void civil_parse_day__reads_days_and_nothing_else(void **state)
{
    (void)state;
    int32_t day = 7;
    assert_int_equal(civil_parse_day(span_of_text("2024-02-29"), &day), ERR_OK);
    char text[11];
    civil_format_day(day, text);
    assert_string_equal(text, "2024-02-29");
    static const char *const wrong[] = {"2023-02-29", "2023-13-01", "2023-00-01", "2023-1-01",
                                        "2023-01-32", "",           "2023/01/01", "2023-01-01 "};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(civil_parse_day(span_of_text(wrong[i]), &day), ERR_SYNTAX);
}

static void civil_moment_of__uses_the_stores_own_day(void **state)
{
    (void)state;
    struct civil_moment moment = civil_moment_of(1795298399999, 120); /* 2026-11-21 21:59:59.999 UTC */
    assert_int_equal(moment.day, 20778);
    assert_int_equal(moment.minute_of_day, 1439);
    moment = civil_moment_of(1795298400000, 120);
    assert_int_equal(moment.day, 20779);
    assert_int_equal(moment.minute_of_day, 0);
    assert_int_equal(civil_moment_of(-1, 0).day, -1);
}

static void hex_read__reverses_hex_write_and_refuses_the_rest(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x00, 0x9f, 0xff};
    uint8_t back[3];
    char text[7];
    hex_write(span_of(bytes, 3), text);
    assert_string_equal(text, "009fff");
    assert_int_equal(hex_read(span_of_text("009FfF"), back, 3), ERR_OK);
    assert_memory_equal(back, bytes, 3);
    assert_int_equal(hex_read(span_of_text("009ff"), back, 3), ERR_SYNTAX);
    assert_int_equal(hex_read(span_of_text("009fg0"), back, 3), ERR_SYNTAX);
}

static void utf8_is_printable__takes_text_only(void **state)
{
    (void)state;
    static const char *const good[] = {"", "abc", "Rūta", "Привет", "\xf0\x9f\x9b\x92"};
    static const char *const bad[] = {
        "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff", "a\x1b[31m", "\x7f", "\n"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(utf8_is_printable(span_of_text(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(utf8_is_printable(span_of_text(bad[i])));
    assert_true(utf8_is_valid(span_of_text("\n")));
}

static void utf8_without_mark__takes_one_mark_off_the_front(void **state)
{
    (void)state;
    static const char *const texts[][2] = {{"", ""},
                                           {"a", "a"},
                                           {"\xef\xbb\xbf", ""},
                                           {"\xef\xbb\xbf"
                                            "a",
                                            "a"},
                                           {"\xef\xbb", "\xef\xbb"},
                                           {"a\xef\xbb\xbf", "a\xef\xbb\xbf"},
                                           {"\xef\xbb\xbf\xef\xbb\xbf", "\xef\xbb\xbf"}};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_true(span_is_equal(utf8_without_mark(span_of_text(texts[i][0])), span_of_text(texts[i][1])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_name__knows_each_error_and_any_other_number),
        cmocka_unit_test(arena_take__gives_aligned_zeroed_pieces_until_it_is_full),
        cmocka_unit_test(bucket_take__lets_so_many_through_and_then_one_a_while),
        cmocka_unit_test(crc32c__gives_the_check_value_and_continues),
        cmocka_unit_test(civil_day_of__and_back_is_the_same_day_for_four_centuries),
        cmocka_unit_test(civil_parse_day__reads_days_and_nothing_else),
        cmocka_unit_test(civil_moment_of__uses_the_stores_own_day),
        cmocka_unit_test(hex_read__reverses_hex_write_and_refuses_the_rest),
        cmocka_unit_test(utf8_is_printable__takes_text_only),
        cmocka_unit_test(utf8_without_mark__takes_one_mark_off_the_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
