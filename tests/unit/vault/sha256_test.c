/* SPDX-License-Identifier: Apache-2.0 */
/* The processor's SHA-256 is the vault's. Skipped where the processor has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/sha256.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "vault/vault.h"

#define SIZE_MAX_TRIED 300

static void sha256_of_processor__hashes_as_the_vault_at_each_size_and_split(void **state)
{
    (void)state;
    static uint8_t bytes[SIZE_MAX_TRIED];
    struct seed seed = seed_of_environment();
    sha256_two_fn *sha256 = sha256_of_processor();
    if (sha256 == NULL)
        skip();
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)seed_next(&seed);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        uint8_t wanted[HASH_SIZE];
        ok(vault_sha256(span_of(bytes, size), wanted));
        for (size_t split = 0; split <= size; split++) {
            uint8_t own[HASH_SIZE] = {0};
            sha256(span_of(bytes, split), span_of(bytes + split, size - split), own);
            assert_memory_equal(own, wanted, HASH_SIZE);
        }
    }
}

/* FIPS 180-4's example "abc", and its million letters a. */
static void sha256_of_processor__hashes_the_standards_examples(void **state)
{
    (void)state;
    static uint8_t letters[1000000];
    char text[2 * HASH_SIZE + 1];
    uint8_t hash[HASH_SIZE];
    sha256_two_fn *sha256 = sha256_of_processor();
    if (sha256 == NULL)
        skip();
    sha256(span_of_text("a"), span_of_text("bc"), hash);
    hex_write(span_of(hash, HASH_SIZE), text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    memset(letters, 'a', sizeof letters);
    sha256(span_of(letters, 77), span_of(letters, sizeof letters - 77), hash);
    hex_write(span_of(hash, HASH_SIZE), text);
    assert_string_equal(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static int setup(void **state)
{
    (void)state;
    ok(vault_open());
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_processor__hashes_as_the_vault_at_each_size_and_split),
        cmocka_unit_test(sha256_of_processor__hashes_the_standards_examples),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
