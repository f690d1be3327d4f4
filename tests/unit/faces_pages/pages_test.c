/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "faces/pages/pages.h"

#define FILE_SIZE_MAX 65536

static void pages_files__ascend_by_path_and_have_a_type_and_an_etag(void **state)
{
    (void)state;
    assert_true(pages_file_count > 0);
    for (size_t i = 0; i < pages_file_count; i++) {
        const struct pages_file *file = &pages_files[i];
        assert_int_equal(file->path[0], '/');
        assert_true(i == 0 || strcmp(pages_files[i - 1].path, file->path) < 0);
        assert_non_null(strchr(file->content_type, '/'));
        assert_int_equal(file->etag[0], '"');
        assert_int_equal(strlen(file->etag), 18);
    }
}

static void pages_find__knows_both_pages_and_nothing_else(void **state)
{
    (void)state;
    assert_string_equal(pages_find(span_of_text("/kiosk"))->content_type, "text/html; charset=utf-8");
    assert_string_equal(pages_find(span_of_text("/cashier"))->content_type, "text/html; charset=utf-8");
    assert_null(pages_find(span_of_text("/kios")));
    assert_null(pages_find(span_of_text("/kiosk/")));
    assert_null(pages_find(span_of_text("")));
    assert_null(pages_find(span_of_text("/pages/../kiosk")));
}

static void pages_find__does_not_read_past_the_end_of_a_path(void **state)
{
    (void)state;
    static const char request[] = {'/', 'k', 'i', 'o', 's', 'k'};
    assert_ptr_equal(pages_find(span_of(request, sizeof request)), pages_find(span_of_text("/kiosk")));
    assert_null(pages_find(span_of(request, sizeof request - 1)));
}

/* Unpacks bytes with gzip(1) into text; answers how many bytes came. */
static size_t unpack(const struct pages_file *file, char text[FILE_SIZE_MAX])
{
    char path[] = "/tmp/kassa-pages-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    FILE *packed = fdopen(descriptor, "wb");
    assert_non_null(packed);
    assert_int_equal(fwrite(file->bytes, 1, file->size, packed), file->size);
    assert_int_equal(fclose(packed), 0);
    char command[64];
    snprintf(command, sizeof command, "gzip -dc < %s", path);
    FILE *unpacked = popen(command, "r");
    assert_non_null(unpacked);
    size_t size = fread(text, 1, FILE_SIZE_MAX, unpacked);
    assert_int_equal(pclose(unpacked), 0);
    remove(path);
    return size;
}

static void pages_files__unpack_to_what_stands_in_the_source(void **state)
{
    (void)state;
    static char source[FILE_SIZE_MAX];
    static char text[FILE_SIZE_MAX];
    FILE *file = fopen(KASSA_SOURCE_DIR "/firmware/faces/kiosk/index.html", "rb");
    assert_non_null(file);
    size_t size = fread(source, 1, sizeof source, file);
    fclose(file);
    assert_int_equal(unpack(pages_find(span_of_text("/kiosk")), text), size);
    assert_memory_equal(source, text, size);
}

static void pages_html__has_nothing_that_the_security_policy_forbids(void **state)
{
    (void)state;
    static char text[FILE_SIZE_MAX];
    for (size_t i = 0; i < pages_file_count; i++) {
        if (strncmp(pages_files[i].content_type, "text/html", 9) != 0)
            continue;
        size_t size = unpack(&pages_files[i], text);
        assert_true(size < sizeof text);
        text[size] = 0;
        assert_null(strstr(text, "<style"));
        assert_null(strstr(text, " style="));
        assert_null(strstr(text, "<script>"));
        assert_null(strstr(text, " on"));
        assert_null(strstr(text, "http:"));
        assert_null(strstr(text, "https:"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_files__ascend_by_path_and_have_a_type_and_an_etag),
        cmocka_unit_test(pages_find__knows_both_pages_and_nothing_else),
        cmocka_unit_test(pages_find__does_not_read_past_the_end_of_a_path),
        cmocka_unit_test(pages_files__unpack_to_what_stands_in_the_source),
        cmocka_unit_test(pages_html__has_nothing_that_the_security_policy_forbids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
