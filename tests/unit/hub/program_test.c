/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>

#include "harness/process.h"

#define HUB      KASSA_BINARY_DIR "/bin/kassa-hub"
#define LOG_SIZE 16384

struct said {
    int status;
    char text[LOG_SIZE];
};

/* Runs kassa-hub to its end. */
static struct said run(const struct folder *folder, const char *a, const char *b, const char *c)
{
    char log[128];
    struct said said = {.status = 0};
    folder_join(folder, "log", log);
    (void)remove(log);
    const char *const argv[] = {HUB, a, b, c, NULL};
    struct process process = process_start(argv, log);
    said.status = process_end(&process, /* signal= */ 0);
    FILE *file = fopen(log, "r");
    assert_non_null(file);
    size_t size = fread(said.text, 1, sizeof(said.text) - 1, file);
    said.text[size] = '\0';
    assert_int_equal(fclose(file), 0);
    return said;
}

static void write_config(const struct folder *folder, const char *text, char out_path[128])
{
    folder_join(folder, "hub.ini", out_path);
    FILE *file = fopen(out_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void hub_program__prints_settings_that_it_reads_back(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    char path[128];
    struct said first = run(&folder, "--print-settings", "--set", "broker.port=1884");
    assert_int_equal(first.status, 0);
    assert_non_null(strstr(first.text, "port = 1884"));
    write_config(&folder, first.text, path);
    struct said second = run(&folder, "--config", path, "--print-settings");
    assert_string_equal(first.text, second.text);
    folder_remove(&folder);
}

static void hub_program__names_file_line_and_setting_of_a_bad_one(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    char path[128];
    write_config(&folder, "[broker]\nhost = 127.0.0.1\nport = 99999\n[store]\nmap_mib = 1\n", path);
    struct said said = run(&folder, "--config", path, NULL);
    assert_int_equal(said.status, 2);
    assert_non_null(strstr(said.text, "hub.ini:3"));
    assert_non_null(strstr(said.text, "broker.port"));
    assert_non_null(strstr(said.text, "hub.ini:5")); /* all that is wrong */
    assert_non_null(strstr(said.text, "store.map_mib"));
    folder_remove(&folder);
}

static void hub_program__names_the_store_that_it_cannot_open(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    struct said said = run(&folder, "--check", "--set", "store.path=/nowhere/at/all");
    assert_int_equal(said.status, 3);
    assert_non_null(strstr(said.text, "/nowhere/at/all"));
    folder_remove(&folder);
}

static void hub_program__shows_its_usage_for_an_unknown_option(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    struct said said = run(&folder, "--what", NULL, NULL);
    assert_int_equal(said.status, 2);
    assert_non_null(strstr(said.text, "usage:"));
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hub_program__prints_settings_that_it_reads_back),
        cmocka_unit_test(hub_program__names_file_line_and_setting_of_a_bad_one),
        cmocka_unit_test(hub_program__names_the_store_that_it_cannot_open),
        cmocka_unit_test(hub_program__shows_its_usage_for_an_unknown_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
