/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of NIST SP 800-38A F.2.1, SP 800-38B D.1 and NXP AN10922. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "vault/aes.h"
#include "vault/vault.h"

struct bytes {
    uint8_t bytes[64];
    size_t size;
};

static struct bytes bytes_of(const char *hex)
{
    struct bytes bytes = {.size = strlen(hex) / 2};
    assert_int_equal(hex_read(span_of_text(hex), bytes.bytes, bytes.size), ERR_OK);
    return bytes;
}

static void assert_bytes(const uint8_t *bytes, const char *hex)
{
    struct bytes expected = bytes_of(hex);
    assert_memory_equal(bytes, expected.bytes, expected.size);
}

#define NIST_KEY   "2b7e151628aed2a6abf7158809cf4f3c"
#define NIST_PLAIN "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"

static void vault_aes__fits_the_vectors_of_sp_800_38a(void **state)
{
    (void)state;
    struct bytes key = bytes_of(NIST_KEY);
    struct bytes plain = bytes_of(NIST_PLAIN);
    struct bytes iv = bytes_of("000102030405060708090a0b0c0d0e0f");
    uint8_t out[32];
    assert_int_equal(vault_aes_block(key.bytes, plain.bytes, out), ERR_OK);
    assert_bytes(out, "3ad77bb40d7a3660a89ecaf32466ef97");
    assert_int_equal(vault_aes_cbc_encrypt(key.bytes, iv.bytes, span_of(plain.bytes, 32), out), ERR_OK);
    assert_bytes(out, "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2");
    assert_int_equal(vault_aes_cbc_decrypt(key.bytes, iv.bytes, span_of(out, 32), out), ERR_OK);
    assert_bytes(out, NIST_PLAIN);
    assert_int_equal(vault_aes_cbc_decrypt(key.bytes, iv.bytes, span_of(out, 31), out), ERR_ARGUMENT);
}

static const struct cmac_case {
    size_t size;
    const char *mac;
} CMACS[] = {
    {0, "bb1d6929e95937287fa37d129b756746"},
    {16, "070a16b46b4d4144f79bdd9dd04a287c"},
    {20, "7d85449ea6ea19c823a7bf78837dfade"},
};

static void vault_cmac__fits_the_vectors_of_sp_800_38b(void **state)
{
    (void)state;
    struct bytes key = bytes_of(NIST_KEY);
    struct bytes plain = bytes_of(NIST_PLAIN);
    for (size_t i = 0; i < COUNT_OF(CMACS); i++) {
        uint8_t mac[VAULT_AES_SIZE];
        assert_int_equal(vault_cmac(key.bytes, span_of(plain.bytes, CMACS[i].size), mac), ERR_OK);
        assert_bytes(mac, CMACS[i].mac);
    }
}

/* A CMAC over two blocks is one over the second that goes on from the first's. */
static void vault_cmac_from__goes_on_from_a_chaining_value(void **state)
{
    (void)state;
    struct bytes key = bytes_of(NIST_KEY);
    struct bytes plain = bytes_of(NIST_PLAIN);
    uint8_t first[VAULT_AES_SIZE];
    uint8_t mac[VAULT_AES_SIZE];
    assert_int_equal(vault_aes_block(key.bytes, plain.bytes, first), ERR_OK);
    assert_int_equal(vault_cmac_from(key.bytes, first, span_of(plain.bytes + 16, 4), mac), ERR_OK);
    assert_bytes(mac, CMACS[2].mac);
}

static const struct diversify_case {
    const char *key;
    const char *input;
    const char *derived;
    const char *plain_cmac; /* of the input, NULL: not known */
} DIVERSIFIED[] = {
    {"00112233445566778899AABBCCDDEEFF", "04782E21801D803042F54E585020416275",
     "A8DD63A3B89D54B37CA802473FDA9175", NULL},
    {"F3F9377698707B688EAF84ABE39E3791", "04DEADBEEFFEED", "0BB408BAFF98B6EE9F2E1585777F6A51",
     "721E2C01E81AF85D815633969CEA2607"},
    {"00112233445566778899AABBCCDDEEFF", "04DE5F1EACC0404C4F59414C54592D53444D",
     "1B3D545C53BB5C9D6DD2B0B2C6B16450", NULL},
};

static void vault_an10922__fits_its_vectors_and_is_no_plain_cmac(void **state)
{
    (void)state;
    uint8_t out[VAULT_AES_SIZE];
    for (size_t i = 0; i < COUNT_OF(DIVERSIFIED); i++) {
        struct bytes key = bytes_of(DIVERSIFIED[i].key);
        struct bytes input = bytes_of(DIVERSIFIED[i].input);
        assert_int_equal(vault_an10922(key.bytes, span_of(input.bytes, input.size), out), ERR_OK);
        assert_bytes(out, DIVERSIFIED[i].derived);
        if (DIVERSIFIED[i].plain_cmac == NULL)
            continue;
        uint8_t with_constant[32] = {0x01};
        memcpy(with_constant + 1, input.bytes, input.size);
        assert_int_equal(vault_cmac(key.bytes, span_of(with_constant, 1 + input.size), out), ERR_OK);
        assert_bytes(out, DIVERSIFIED[i].plain_cmac);
    }
    struct bytes key = bytes_of(NIST_KEY);
    static const uint8_t long_input[VAULT_AN10922_INPUT_MAX + 1];
    assert_int_equal(vault_an10922(key.bytes, span_of(long_input, 0), out), ERR_ARGUMENT);
    assert_int_equal(vault_an10922(key.bytes, span_of(long_input, sizeof long_input), out), ERR_ARGUMENT);
    assert_int_equal(vault_an10922(key.bytes, span_of(long_input, sizeof long_input - 1), out), ERR_OK);
}

static void vault_is_equal__sees_every_byte(void **state)
{
    (void)state;
    uint8_t a[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t i = 0; i < sizeof a; i++) {
        uint8_t b[8];
        memcpy(b, a, sizeof b);
        assert_true(vault_is_equal(a, b, sizeof a));
        b[i] ^= 0x10;
        assert_false(vault_is_equal(a, b, sizeof a));
    }
}

static int open_vault(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vault_aes__fits_the_vectors_of_sp_800_38a),
        cmocka_unit_test(vault_cmac__fits_the_vectors_of_sp_800_38b),
        cmocka_unit_test(vault_cmac_from__goes_on_from_a_chaining_value),
        cmocka_unit_test(vault_an10922__fits_its_vectors_and_is_no_plain_cmac),
        cmocka_unit_test(vault_is_equal__sees_every_byte),
    };
    return cmocka_run_group_tests(tests, open_vault, NULL);
}
