/* SPDX-License-Identifier: Apache-2.0 */
#include "office/signed_book.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

#include "office/book_json.h"

static const char json[] =
    "{\"format\": 1, \"version\": 9, \"programme\": \"club\", \"currency\": {\"code\": \"EUR\", "
    "\"exponent\": 2}, \"valid_from\": \"2026-06-01\", \"stores\": [\"s1\", \"s2\"], \"offers\": []}";

struct signing {
    struct book_image image;
    struct vault_key_pair keys;
    uint8_t *file;
    size_t size;
};

static int set_up(void **state)
{
    struct signing *signing = calloc(1, sizeof(*signing));
    struct findings findings = FINDINGS_NONE;
    assert_non_null(signing);
    assert_int_equal(vault_open(), ERR_OK);
    assert_int_equal(book_json_compile(span_of_text(json), &findings, &signing->image), ERR_OK);
    assert_int_equal(vault_generate_key_pair(&signing->keys), ERR_OK);
    signing->file = malloc(signing->image.bytes.size + SIGNED_BOOK_OVERHEAD_MAX);
    const struct signed_book_terms terms = {"corner", 1234};
    assert_int_equal(signed_book_write(signing->image.bytes, signing->keys.private_key, &terms, signing->file,
                                       &signing->size),
                     ERR_OK);
    findings_done(&findings);
    *state = signing;
    return 0;
}

static int tear_down(void **state)
{
    struct signing *signing = *state;
    book_image_done(&signing->image);
    free(signing->file);
    free(signing);
    return 0;
}

static enum err verify(const struct signing *signing, const uint8_t *key)
{
    struct signed_book parts;
    TRY(signed_book_read(span_of(signing->file, signing->size), &parts));
    return signed_book_verify(&parts, key);
}

static void signed_book_write__states_what_the_book_says_of_itself(void **state)
{
    const struct signing *signing = *state;
    struct signed_book parts;
    assert_int_equal(signed_book_read(span_of(signing->file, signing->size), &parts), ERR_OK);
    assert_int_equal(parts.manifest.version, 9);
    assert_int_equal(parts.manifest.size, signing->image.bytes.size);
    assert_int_equal(parts.manifest.stores_count, 2);
    assert_string_equal(parts.manifest.tenant, "corner");
    assert_int_equal(parts.manifest.created_unix_ms, 1234);
    assert_true(span_is_equal(parts.book, signing->image.bytes));
    assert_int_equal(signed_book_verify(&parts, signing->keys.public_key), ERR_OK);
    assert_int_equal(signed_book_verify(&parts, NULL), ERR_OK);
}

static void signed_book_verify__refuses_flipped_bytes_all_over_the_file(void **state)
{
    struct signing *signing = *state;
    for (size_t i = 0; i < signing->size;
         i += signing->size / 150 + 1) { /* a verification costs milliseconds */
        signing->file[i] ^= 0x01;
        assert_int_not_equal(verify(signing, signing->keys.public_key), ERR_OK);
        signing->file[i] ^= 0x01;
    }
    assert_int_equal(verify(signing, signing->keys.public_key), ERR_OK);
}

static void signed_book_verify__refuses_shorter_files(void **state)
{
    struct signing *signing = *state;
    size_t whole = signing->size;
    for (size_t size = 0; size < whole; size += whole / 150 + 1) {
        signing->size = size;
        assert_int_not_equal(verify(signing, signing->keys.public_key), ERR_OK);
    }
    signing->size = whole - 1;
    assert_int_not_equal(verify(signing, signing->keys.public_key), ERR_OK);
}

static void signed_book_verify__refuses_another_key_and_another_scope(void **state)
{
    struct signing *signing = *state;
    struct vault_key_pair other;
    struct signed_book parts;
    assert_int_equal(vault_generate_key_pair(&other), ERR_OK);
    assert_int_equal(verify(signing, other.public_key), ERR_SIGNATURE);
    assert_int_equal(signed_book_read(span_of(signing->file, signing->size), &parts), ERR_OK);
    parts.manifest.stores_count = 0;
    assert_int_equal(signed_book_verify(&parts, signing->keys.public_key), ERR_SIGNATURE);
}

static void signed_book_write__refuses_what_is_no_book_and_a_long_tenant(void **state)
{
    struct signing *signing = *state;
    uint8_t out[SIGNED_BOOK_OVERHEAD_MAX + 64];
    size_t size = 5;
    const struct signed_book_terms terms = {"a-tenant-of-more-than-32-characters", 0};
    assert_int_equal(
        signed_book_write(span_of_text("no book"), signing->keys.private_key, &terms, out, &size),
        ERR_TRUNCATED);
    assert_int_equal(signed_book_write(signing->image.bytes, signing->keys.private_key, &terms, out, &size),
                     ERR_RANGE);
    assert_int_equal(size, 5);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(signed_book_write__states_what_the_book_says_of_itself),
        CASE(signed_book_verify__refuses_flipped_bytes_all_over_the_file),
        CASE(signed_book_verify__refuses_shorter_files),
        CASE(signed_book_verify__refuses_another_key_and_another_scope),
        CASE(signed_book_write__refuses_what_is_no_book_and_a_long_tenant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
