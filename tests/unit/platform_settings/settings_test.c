/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/settings/settings.h"

struct sample {
    char name[SETTINGS_TEXT_MAX + 1];
    int64_t port;
    bool is_loud;
};

static const struct settings_row rows[] = {
    SETTINGS_TEXT_ROW("till", "name", offsetof(struct sample, name), 3, "till-1", "its name"),
    SETTINGS_NUMBER_ROW("api", "port", offsetof(struct sample, port), 1, 65535, 8631, "its port"),
    SETTINGS_FLAG_ROW("api", "loud", offsetof(struct sample, is_loud), "no", "whether it shouts"),
};
static const struct settings_table table = {rows, COUNT_OF(rows)};

/* Reads a file of that text over the defaults. */
static enum err read_text(const char *text, struct sample *out, struct settings_faults *faults)
{
    char path[] = "/tmp/kassa-settings-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
    settings_set_defaults(&table, out);
    enum err error = settings_read(&table, path, out, sizeof(*out), faults);
    (void)unlink(path);
    return error;
}

static void settings_read__takes_each_type_and_leaves_the_rest_at_its_default(void **state)
{
    (void)state;
    struct sample sample;
    struct settings_faults faults;
    assert_int_equal(read_text("; a comment\n[till]\nname = Kassa 7\n[api]\nloud = yes\n", &sample, &faults),
                     ERR_OK);
    assert_string_equal(sample.name, "Kassa 7");
    assert_int_equal(sample.port, 8631);
    assert_true(sample.is_loud);
}

static void settings_read__takes_lines_that_are_indented(void **state)
{
    (void)state;
    struct sample sample;
    struct settings_faults faults;
    assert_int_equal(
        read_text("    [till]\n    name = Kassa 7\n\n\t[api]\n\tloud = yes\n    port = 1 ; one\n   ", &sample,
                  &faults),
        ERR_OK);
    assert_string_equal(sample.name, "Kassa 7");
    assert_int_equal(sample.port, 1);
    assert_true(sample.is_loud);
    assert_int_equal(read_text("[api]\n  port = 1\n  port = 2\n", &sample, &faults), ERR_SYNTAX);
    assert_int_equal(faults.rows[0].line, 3);
}

static void collect(void *context, const char *text)
{
    strncat(context, text, 4095 - strlen(context));
}

/* As shells want it. */
static void settings_read__takes_quoted_values_and_prints_them_so(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"\"Kassa 7\"", "Kassa 7"},       {"'Kassa 7'", "Kassa 7"},     {"Kassa \"7\"", "Kassa \"7\""},
        {"'a' or 'b'", "'a' or 'b'"},     {"\"Kassa 7'", "\"Kassa 7'"}, {"\" Kassa 7 \"", " Kassa 7 "},
        {"'\"Kassa 7\"'", "\"Kassa 7\""},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct sample sample;
        struct settings_faults faults;
        char text[4096];
        (void)snprintf(text, sizeof text, "[till]\nname = %s\n[api]\nport = \"80\"\nloud = 'yes'\n",
                       names[i][0]);
        assert_int_equal(read_text(text, &sample, &faults), ERR_OK);
        assert_string_equal(sample.name, names[i][1]);
        assert_int_equal(sample.port, 80);
        assert_true(sample.is_loud);
        struct sample again;
        text[0] = '\0';
        settings_print(&table, &sample, collect, text);
        assert_int_equal(read_text(text, &again, &faults), ERR_OK);
        assert_string_equal(again.name, names[i][1]);
    }
}

struct wrong {
    const char *text;
    enum err error;
    int line;
    const char *says;
};

static void settings_read__names_line_setting_and_bounds_and_changes_nothing(void **state)
{
    (void)state;
    static const struct wrong wrongs[] = {
        {"[api]\nport = 70000\n", ERR_RANGE, 2, "api.port must be a number from 1 to 65535"},
        {"[api]\nport = 80x\n", ERR_RANGE, 2, "api.port must be a number"},
        {"[api]\n\nloud = true\n", ERR_RANGE, 3, "api.loud must be yes or no"},
        {"[till]\nname = x\n", ERR_RANGE, 2, "till.name must be a text of 3 to 255 bytes"},
        {"[till]\nport = 1\n", ERR_SYNTAX, 2, "there is no setting till.port; did you mean api.port?"},
        {"[till]\nname = one\nname = two\n", ERR_SYNTAX, 3, "till.name stands there twice"},
        {"[till\n", ERR_SYNTAX, 1, "is neither"},
        {"\xEF\xBB\xBF[till]\nnam = Kassa 7\n", ERR_SYNTAX, 2,
         "there is no setting till.nam; did you mean till.name?"},
        {"[api]\n; fine\nwhat is this", ERR_SYNTAX, 3, "is neither"},
    };
    for (size_t i = 0; i < COUNT_OF(wrongs); i++) {
        struct sample sample;
        struct settings_faults faults;
        assert_int_equal(read_text(wrongs[i].text, &sample, &faults), wrongs[i].error);
        assert_int_equal(faults.rows[0].line, wrongs[i].line);
        assert_non_null(strstr(faults.rows[0].text, wrongs[i].says));
        assert_string_equal(sample.name, "till-1");
        assert_int_equal(sample.port, 8631);
    }
}

static void settings_read__tells_all_that_is_wrong_each_with_its_line(void **state)
{
    (void)state;
    struct sample sample;
    struct settings_faults faults;
    char text[1024], tail[256];
    memset(tail, 'x', sizeof(tail) - 1);
    tail[sizeof(tail) - 1] = '\0';
    (void)snprintf(text, sizeof(text),
                   "[api]\nport = 0\nnonsense\n# fine\nlaud = yes\nport = 1\n[till]\nname = %s\n", tail);
    assert_int_equal(read_text(text, &sample, &faults), ERR_RANGE);
    static const struct {
        int line;
        const char *says;
    } wanted[] = {{2, "api.port must be"},
                  {3, "is neither"},
                  {5, "did you mean api.loud?"},
                  {6, "twice"},
                  {8, "too long"}};
    assert_int_equal(faults.count, COUNT_OF(wanted));
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        assert_int_equal(faults.rows[i].line, wanted[i].line);
        assert_non_null(strstr(faults.rows[i].text, wanted[i].says));
    }
    text[0] = '\0';
    for (unsigned i = 0; i < 40; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "nonsense\n");
    assert_int_equal(read_text(text, &sample, &faults), ERR_SYNTAX);
    assert_int_equal(faults.count, SETTINGS_FAULTS_MAX);
    assert_int_equal(faults.more, 40 - SETTINGS_FAULTS_MAX);
}

static void settings_read__names_a_strange_section_once(void **state)
{
    (void)state;
    struct sample sample;
    struct settings_faults faults;
    assert_int_equal(
        read_text("[tull]\n\nname = x\nport = 1\nnothing = 1\n[zzzzzz]\nname = y\n", &sample, &faults),
        ERR_SYNTAX);
    assert_int_equal(faults.count, 2);
    assert_int_equal(faults.rows[0].line, 1);
    assert_string_equal(faults.rows[0].text, "there is no section [tull]; did you mean [till]?");
    assert_int_equal(faults.rows[1].line, 6);
    assert_string_equal(faults.rows[1].text, "there is no section [zzzzzz]");
    assert_string_equal(sample.name, "till-1");
    struct settings_fault fault;
    assert_int_equal(settings_set(&table, &sample, "tull", "name", "x-1", &fault), ERR_SYNTAX);
    assert_string_equal(fault.text, "there is no section [tull]; did you mean [till]?");
}

static void settings_read__says_so_when_there_is_no_file(void **state)
{
    (void)state;
    struct sample sample;
    struct settings_faults faults;
    settings_set_defaults(&table, &sample);
    assert_int_equal(settings_read(&table, "/nowhere/kassa.ini", &sample, sizeof(sample), &faults),
                     ERR_NOT_FOUND);
}

static void settings_print__gives_a_file_that_reads_back_the_same(void **state)
{
    (void)state;
    struct sample sample, again;
    struct settings_faults faults;
    assert_int_equal(read_text("[till]\nname = Rūta\n[api]\nport = 1\nloud = yes\n", &sample, &faults),
                     ERR_OK);
    char printed[4096] = "";
    settings_print(&table, &sample, collect, printed);
    assert_non_null(strstr(printed, "; its port (1 to 65535)"));
    assert_int_equal(read_text(printed, &again, &faults), ERR_OK);
    assert_string_equal(again.name, sample.name);
    assert_int_equal(again.port, 1);
    assert_true(again.is_loud);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_read__takes_each_type_and_leaves_the_rest_at_its_default),
        cmocka_unit_test(settings_read__takes_lines_that_are_indented),
        cmocka_unit_test(settings_read__takes_quoted_values_and_prints_them_so),
        cmocka_unit_test(settings_read__names_line_setting_and_bounds_and_changes_nothing),
        cmocka_unit_test(settings_read__tells_all_that_is_wrong_each_with_its_line),
        cmocka_unit_test(settings_read__names_a_strange_section_once),
        cmocka_unit_test(settings_read__says_so_when_there_is_no_file),
        cmocka_unit_test(settings_print__gives_a_file_that_reads_back_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
