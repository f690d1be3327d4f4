/* SPDX-License-Identifier: Apache-2.0 */
#include "office/key_lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "harness/seed.h"

#define ROUNDS 20 /* of the real ones there are too many for a test */

static const uint8_t private_key[VAULT_PRIVATE_SIZE] = {1, 2, 3, 0xff};

static void lock(const char *passphrase, char out[KEY_LOCK_TEXT_MAX])
{
    struct seed seed = {9};
    ok(vault_open());
    ok(key_lock_close(private_key, span_of_text(passphrase), ROUNDS, seed_as_random(&seed), out));
}

static void key_lock__opens_with_its_passphrase_alone(void **state)
{
    (void)state;
    char text[KEY_LOCK_TEXT_MAX];
    uint8_t opened[VAULT_PRIVATE_SIZE] = {0};
    lock("four words of mine", text);
    assert_true(key_lock_is_one(span_of_text(text)));
    ok(key_lock_open(span_of_text(text), span_of_text("four words of mine"), opened));
    assert_memory_equal(opened, private_key, sizeof(opened));
    assert_int_equal(key_lock_open(span_of_text(text), span_of_text("four words of min"), opened),
                     ERR_SIGNATURE);
    assert_int_equal(key_lock_open(span_of_text(text), span_of_text(""), opened), ERR_SIGNATURE);
}

static void key_lock__shows_nothing_of_the_key(void **state)
{
    (void)state;
    char text[KEY_LOCK_TEXT_MAX];
    lock("four words of mine", text);
    assert_null(strstr(text, "010203ff"));
}

static void key_lock__refuses_each_change(void **state)
{
    (void)state;
    char text[KEY_LOCK_TEXT_MAX];
    uint8_t opened[VAULT_PRIVATE_SIZE];
    lock("four words of mine", text);
    size_t size = strlen(text) - 1; /* the line's end is no part of it */
    for (size_t i = 0; i < size; i++) {
        char kept = text[i];
        text[i] = kept == '3' ? '4' : '3';
        assert_int_not_equal(key_lock_open(span_of_text(text), span_of_text("four words of mine"), opened),
                             ERR_OK);
        text[i] = kept;
    }
    for (size_t shorter = 0; shorter < size; shorter++)
        assert_int_not_equal(
            key_lock_open(span_of(text, shorter), span_of_text("four words of mine"), opened), ERR_OK);
}

static void key_lock__refuses_rounds_that_would_never_end(void **state)
{
    (void)state;
    uint8_t opened[VAULT_PRIVATE_SIZE];
    assert_int_equal(key_lock_open(span_of_text("kassa-key-1 4000000000 00 00"), span_of_text("x"), opened),
                     ERR_SYNTAX);
    assert_int_equal(key_lock_open(span_of_text("kassa-key-1 0 00 00"), span_of_text("x"), opened),
                     ERR_SYNTAX);
    assert_int_equal(key_lock_open(span_of_text("kassa-key-1 7x 00 00"), span_of_text("x"), opened),
                     ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_lock__opens_with_its_passphrase_alone),
        cmocka_unit_test(key_lock__shows_nothing_of_the_key),
        cmocka_unit_test(key_lock__refuses_each_change),
        cmocka_unit_test(key_lock__refuses_rounds_that_would_never_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
