/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "office/release.h"

#define HASH_DIGITS "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void release_read_line__reads_what_was_written(void **state)
{
    (void)state;
    struct release_line line = {.name = "kassa-agent_0.1.0+deb.tar"}, read;
    char text[2 * RELEASE_LINE_MAX];
    for (size_t i = 0; i < HASH_SIZE; i++)
        line.hash[i] = (uint8_t)(i * 7);
    ok(release_write_line(&line, text));
    ok(release_write_line(&line, text + strlen(text)));
    struct span rest = span_of_text(text);
    for (unsigned i = 0; i < 2; i++) {
        ok(release_read_line(&rest, &read));
        assert_string_equal(read.name, line.name);
        assert_memory_equal(read.hash, line.hash, HASH_SIZE);
    }
    assert_int_equal(release_read_line(&rest, &read), ERR_NOT_FOUND);
}

static void release_read_line__refuses_what_is_no_line(void **state)
{
    static const char *const texts[] = {
        "x",
        "\n",
        HASH_DIGITS "\n",
        HASH_DIGITS "  \n",
        HASH_DIGITS " name\n",
        HASH_DIGITS " *name\n",
        HASH_DIGITS "  name",
        HASH_DIGITS "  ../name\n",
        HASH_DIGITS "  /etc/passwd\n",
        HASH_DIGITS "  .hidden\n",
        HASH_DIGITS "  a b\n",
        "0" HASH_DIGITS "  name\n",
        "z0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff  name\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct release_line line;
        struct span rest = span_of_text(texts[i]);
        assert_int_equal(release_read_line(&rest, &line), ERR_SYNTAX);
        assert_int_equal(rest.size, strlen(texts[i]));
    }
}

static void release_verify__takes_the_signers_word_and_no_others(void **state)
{
    static const char manifest[] = HASH_DIGITS "  kassa\n" HASH_DIGITS "  kassa-hub\n";
    (void)state;
    struct vault_key_pair one, other;
    char text[RELEASE_SIGNATURE_MAX], changed[sizeof(manifest)];
    ok(vault_open());
    ok(vault_generate_key_pair(&one));
    ok(vault_generate_key_pair(&other));
    ok(release_sign(one.private_key, span_of_text(manifest), text));
    ok(release_verify(one.public_key, span_of_text(manifest), span_of_text(text)));
    assert_int_equal(release_verify(other.public_key, span_of_text(manifest), span_of_text(text)),
                     ERR_SIGNATURE);
    for (size_t i = 0; i < sizeof(manifest) - 1; i++) {
        memcpy(changed, manifest, sizeof(manifest));
        changed[i] ^= 1;
        assert_int_equal(
            release_verify(one.public_key, span_of(changed, sizeof(manifest) - 1), span_of_text(text)),
            ERR_SIGNATURE);
    }
    for (size_t size = 0; size < strlen(text) - 1; size++)
        assert_int_equal(release_verify(one.public_key, span_of_text(manifest), span_of(text, size)),
                         ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(release_read_line__reads_what_was_written),
        cmocka_unit_test(release_read_line__refuses_what_is_no_line),
        cmocka_unit_test(release_verify__takes_the_signers_word_and_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
