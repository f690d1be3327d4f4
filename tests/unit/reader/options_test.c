/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reader/options.h"

#define WORDS_MAX 40

static enum err read_words(const char *const *words, struct reader_options *out, char complaint[160])
{
    static char name[] = "kassa-reader";
    static char copies[WORDS_MAX][100];
    char *argv[WORDS_MAX + 1] = {name};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++) {
        (void)strncpy(copies[argc], words[argc - 1], sizeof copies[argc] - 1);
        argv[argc] = copies[argc];
    }
    return reader_options_read(argc, argv, out, complaint);
}

static void reader_options_read__fills_in_the_usual_values(void **state)
{
    (void)state;
    struct reader_options options;
    char complaint[160];
    const char *const words[] = {"--device", "pn532_uart:/dev/x:115200", NULL};
    assert_int_equal(read_words(words, &options, complaint), ERR_OK);
    assert_string_equal(options.device, "pn532_uart:/dev/x:115200");
    assert_int_equal(options.poll_ms, 50);
    assert_int_equal(options.rest_ms, 250);
    assert_int_equal(options.wallet_ms, 125);
    assert_int_equal(options.away_ms, 1000);
    assert_int_equal(options.refresh_ms, 600000);
    assert_int_equal(options.programme.links.count, 0);
    assert_true(card_programme_takes(&options.programme, READER_UID));
}

static void reader_options_read__takes_each_option(void **state)
{
    (void)state;
    struct reader_options options;
    char complaint[160];
    const char *const words[] = {"--device",     "pcsc:",      "--poll-ms", "20",       "--rest-ms",
                                 "100",          "--away-ms",  "0",         "--link",   "a.example/c/",
                                 "--link",       "b.example/", "--user",    "somebody", "--refuse-uid",
                                 "--refresh-ms", "0",          NULL};
    assert_int_equal(read_words(words, &options, complaint), ERR_OK);
    assert_int_equal(options.poll_ms, 20);
    assert_int_equal(options.rest_ms, 100);
    assert_int_equal(options.away_ms, 0);
    assert_int_equal(options.refresh_ms, 0);
    assert_int_equal(options.programme.links.count, 2);
    assert_string_equal(options.programme.links.heads[1], "b.example/");
    assert_string_equal(options.user, "somebody");
    assert_false(card_programme_takes(&options.programme, READER_UID));
    assert_true(card_programme_takes(&options.programme, READER_NDEF));
}

static void reader_options_read__sets_all_paces_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *words[7];
        uint32_t wallet_ms, rest_ms;
    } cases[] = {
        {{"--device", "pcsc:", "--poll-ms", "20", NULL}, 50, 100},
        {{"--device", "pcsc:", "--poll-ms", "1", NULL}, 3, 5},
        {{"--device", "pcsc:", "--poll-ms", "200", NULL}, 200, 300}, /* a parent wants to hear of its child */
        {{"--device", "pcsc:", "--poll-ms", "20", "--rest-ms", "250", NULL}, 50, 250},
        {{"--wallet-ms", "125", "--device", "pcsc:", "--poll-ms", "20", NULL}, 125, 100},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reader_options options;
        char complaint[160];
        assert_int_equal(read_words(cases[i].words, &options, complaint), ERR_OK);
        assert_int_equal(options.wallet_ms, cases[i].wallet_ms);
        assert_int_equal(options.rest_ms, cases[i].rest_ms);
    }
}

static void reader_options_read__names_what_is_wrong(void **state)
{
    (void)state;
    static const char *const wrong[][4] = {
        {NULL},
        {"--device", NULL},
        {"--device", "", NULL},
        {"--device", "acr122", NULL},
        {"--device", "pn532_uart", NULL},
        {"--device", "pn532_uart:ttyUSB0", NULL},
        {"--devise", "x", NULL},
        {"--poll-ms", "0", NULL},
        {"--poll-ms", "201", NULL},
        {"--poll-ms", "5x", NULL},
        {"--poll-ms", "-1", NULL},
        {"--poll-ms", "99999999999", NULL},
        {"--away-ms", "", NULL},
        {"--link", "ftp://a.example/c/", NULL},
        {"--link", "a.example", NULL},
        {"--link", "/c/", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct reader_options options;
        char complaint[160] = "";
        assert_int_equal(read_words(wrong[i], &options, complaint), ERR_ARGUMENT);
        assert_non_null(strstr(complaint, wrong[i][0] != NULL ? wrong[i][0] : "--device"));
    }
}

static void reader_options_help__has_a_line_for_each_option(void **state)
{
    (void)state;
    char help[4096];
    size_t size = reader_options_help(help, sizeof help);
    assert_int_equal(size, strlen(help));
    assert_non_null(strstr(help, "--device"));
    assert_non_null(strstr(help, "--help"));
    assert_int_equal(reader_options_help(help, 10), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_options_read__fills_in_the_usual_values),
        cmocka_unit_test(reader_options_read__takes_each_option),
        cmocka_unit_test(reader_options_read__sets_all_paces_by_one),
        cmocka_unit_test(reader_options_read__names_what_is_wrong),
        cmocka_unit_test(reader_options_help__has_a_line_for_each_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
