/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "vault/pepper.h"

static int open_vault(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

static void vault_sha256__gives_the_digest_of_the_standard(void **state)
{
    (void)state;
    uint8_t hash[HASH_SIZE], joined[HASH_SIZE];
    char hex[2 * HASH_SIZE + 1];
    assert_int_equal(vault_sha256(span_of_text("abc"), hash), ERR_OK);
    hex_write(span_of(hash, sizeof(hash)), hex);
    /* FIPS 180-4, example SHA-256 of "abc" */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(vault_sha256_two(span_of_text("a"), span_of_text("bc"), joined), ERR_OK);
    assert_memory_equal(hash, joined, HASH_SIZE);
}

static void vault_card_token__depends_on_pepper_and_card(void **state)
{
    (void)state;
    struct vault_pepper pepper = {.version = 7};
    uint8_t token[TOKEN_SIZE], other[TOKEN_SIZE];
    memset(pepper.bytes, 0x0b, sizeof(pepper.bytes));
    assert_int_equal(vault_card_token(&pepper, "num:2900000000001", token), ERR_OK);
    char hex[2 * TOKEN_SIZE + 1];
    hex_write(span_of(token, sizeof(token)), hex);
    /* computed with Python's hmac module; in front the pepper's version */
    assert_string_equal(hex, "0795242792ecaeceac45056aa9ea60c5");
    assert_int_equal(vault_card_token(&pepper, "num:2900000000018", other), ERR_OK);
    assert_memory_not_equal(token, other, TOKEN_SIZE);
    pepper.bytes[31] ^= 1;
    assert_int_equal(vault_card_token(&pepper, "num:2900000000001", other), ERR_OK);
    assert_memory_not_equal(token, other, TOKEN_SIZE);
}

static void vault_sign__gives_the_signature_of_rfc_6979(void **state)
{
    (void)state;
    /* RFC 6979 A.2.5: P-256, SHA-256, message "sample" */
    uint8_t private_key[VAULT_PRIVATE_SIZE], expected[VAULT_SIGNATURE_SIZE], signature[VAULT_SIGNATURE_SIZE];
    assert_int_equal(
        hex_read(span_of_text("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"),
                 private_key, sizeof(private_key)),
        ERR_OK);
    assert_int_equal(
        hex_read(span_of_text("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                              "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"),
                 expected, sizeof(expected)),
        ERR_OK);
    assert_int_equal(vault_sign(private_key, span_of_text("sample"), signature), ERR_OK);
    assert_memory_equal(signature, expected, sizeof(expected));
}

static void vault_verify__accepts_its_own_and_refuses_each_flipped_bit(void **state)
{
    (void)state;
    struct vault_key_pair pair;
    uint8_t signature[VAULT_SIGNATURE_SIZE], public_key[VAULT_PUBLIC_SIZE];
    assert_int_equal(vault_generate_key_pair(&pair), ERR_OK);
    assert_int_equal(vault_public_key_of(pair.private_key, public_key), ERR_OK);
    assert_memory_equal(public_key, pair.public_key, sizeof(public_key));
    assert_int_equal(vault_sign(pair.private_key, span_of_text("a book"), signature), ERR_OK);
    assert_int_equal(vault_verify(public_key, span_of_text("a book"), signature), ERR_OK);
    assert_int_equal(vault_verify(public_key, span_of_text("another"), signature), ERR_SIGNATURE);
    for (size_t bit = 0; bit < 8 * sizeof(signature); bit += 37) {
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(vault_verify(public_key, span_of_text("a book"), signature), ERR_SIGNATURE);
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    public_key[1] ^= 1;
    assert_int_equal(vault_verify(public_key, span_of_text("a book"), signature), ERR_SIGNATURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vault_sha256__gives_the_digest_of_the_standard),
        cmocka_unit_test(vault_card_token__depends_on_pepper_and_card),
        cmocka_unit_test(vault_sign__gives_the_signature_of_rfc_6979),
        cmocka_unit_test(vault_verify__accepts_its_own_and_refuses_each_flipped_bit),
    };
    return cmocka_run_group_tests(tests, open_vault, NULL);
}
