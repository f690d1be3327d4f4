/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "harness/ok.h"
#include "vault/pepper.h"

static enum err count_up(void *self, uint8_t *out, size_t size)
{
    uint8_t *next = self;
    for (size_t i = 0; i < size; i++)
        out[i] = (*next)++;
    return ERR_OK;
}

static const uint8_t member[MEMBER_SIZE] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
                                            0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f};

static void fill_key(uint8_t key[VAULT_KEY_SIZE], uint8_t first)
{
    for (uint8_t i = 0; i < VAULT_KEY_SIZE; i++)
        key[i] = (uint8_t)(first + i);
}

static size_t seal_ona(uint8_t key[VAULT_KEY_SIZE], uint8_t out[VAULT_ENVELOPE_SIZE_MAX])
{
    uint8_t next = 0xa0;
    const struct vault_envelope_of of = {member, 1};
    size_t size = 0;
    fill_key(key, 0);
    ok(vault_envelope_seal(key, &of, span_of_text("Ona"), (struct random){count_up, &next}, out, &size));
    return size;
}

static void vault_envelope__is_what_spec_md_says(void **state)
{
    (void)state;
    uint8_t key[VAULT_KEY_SIZE], envelope[VAULT_ENVELOPE_SIZE_MAX];
    char hex[2 * VAULT_ENVELOPE_SIZE_MAX + 1] = {0}, text[VAULT_ENVELOPE_TEXT_MAX + 1];
    const struct vault_envelope_of of = {member, 1};
    size_t size = seal_ona(key, envelope);
    hex_write(span_of(envelope, size), hex);
    /* computed with Python's cryptography: AESGCM(key).encrypt(nonce, "Ona" + 13 zeros, member + 01) */
    assert_string_equal(hex, "630dcd2966c43366"
                             "a0a1a2a3a4a5a6a7a8a9aaab"
                             "a9761d2d45cb02bf626587d3077ac0de37985866a3d151c0b84849d913c4c730");
    ok(vault_envelope_open(key, &of, span_of(envelope, size), text));
    assert_string_equal(text, "Ona");
}

static void vault_envelope_open__refuses_each_flipped_bit_and_what_it_is_not_bound_to(void **state)
{
    (void)state;
    uint8_t key[VAULT_KEY_SIZE], other[VAULT_KEY_SIZE], envelope[VAULT_ENVELOPE_SIZE_MAX];
    char text[VAULT_ENVELOPE_TEXT_MAX + 1] = "untouched";
    uint8_t stranger[MEMBER_SIZE] = {9};
    const struct vault_envelope_of of = {member, 1}, field = {member, 2}, person = {stranger, 1};
    size_t size = seal_ona(key, envelope);
    struct span whole = span_of(envelope, size);
    fill_key(other, 1);
    assert_int_equal(vault_envelope_open(other, &of, whole, text), ERR_NOT_FOUND);
    assert_int_equal(vault_envelope_open(key, &field, whole, text), ERR_SIGNATURE);
    assert_int_equal(vault_envelope_open(key, &person, whole, text), ERR_SIGNATURE);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        envelope[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(vault_envelope_open(key, &of, whole, text), ERR_OK);
        envelope[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t short_size = 0; short_size < size; short_size++)
        assert_int_not_equal(vault_envelope_open(key, &of, span_of(envelope, short_size), text), ERR_OK);
    ok(vault_envelope_open(key, &of, whole, text));
}

static void vault_envelope_seal__hides_lengths_and_never_repeats(void **state)
{
    (void)state;
    uint8_t key[VAULT_KEY_SIZE] = {1}, next = 0, first[VAULT_ENVELOPE_SIZE_MAX],
            again[VAULT_ENVELOPE_SIZE_MAX];
    const struct vault_envelope_of of = {member, 1};
    const struct random random = {count_up, &next};
    size_t sizes[2];
    ok(vault_envelope_seal(key, &of, span_of_text("Jo"), random, first, &sizes[0]));
    ok(vault_envelope_seal(key, &of, span_of_text("Maximilian"), random, again, &sizes[1]));
    assert_int_equal(sizes[0], sizes[1]);
    ok(vault_envelope_seal(key, &of, span_of_text("Jo"), random, again, &sizes[1]));
    assert_memory_not_equal(first + VAULT_SEAL_ID_SIZE, again + VAULT_SEAL_ID_SIZE, VAULT_NONCE_SIZE);
    uint8_t long_text[VAULT_ENVELOPE_TEXT_MAX + 1];
    memset(long_text, 'x', sizeof(long_text));
    assert_int_equal(
        vault_envelope_seal(key, &of, span_of(long_text, sizeof(long_text)), random, again, &sizes[1]),
        ERR_ARGUMENT);
    ok(vault_envelope_seal(key, &of, span_of(long_text, sizeof(long_text) - 1), random, again, &sizes[1]));
    assert_int_equal(sizes[1], VAULT_ENVELOPE_SIZE_MAX);
    assert_int_equal(vault_envelope_seal(key, &of, span_of("", 0), random, again, &sizes[1]), ERR_ARGUMENT);
}

/* ---- peppers */

#define HEX_A "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
#define HEX_B "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"

static void vault_peppers_read__puts_the_newest_first_and_writes_the_same(void **state)
{
    (void)state;
    struct vault_peppers peppers, again;
    char text[VAULT_PEPPERS_TEXT_MAX];
    ok(vault_peppers_read(span_of_text("1 " HEX_A "\r\n12 " HEX_B "\n\n"), &peppers));
    assert_int_equal(peppers.count, 2);
    assert_int_equal(peppers.rows[0].version, 12);
    assert_int_equal(peppers.rows[1].version, 1);
    assert_int_equal(peppers.rows[1].bytes[31], 0x5a);
    vault_peppers_write(&peppers, text);
    ok(vault_peppers_read(span_of_text(text), &again));
    assert_memory_equal(&peppers.rows, &again.rows, 2 * sizeof(peppers.rows[0]));
    ok(vault_peppers_read(span_of_text(HEX_A), &peppers));
    assert_int_equal(peppers.rows[0].version, 1);
}

static void vault_peppers_read__refuses_what_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err error;
    } bad[] = {{"", ERR_SYNTAX},
               {"\n", ERR_SYNTAX},
               {"0 " HEX_A, ERR_SYNTAX},
               {"256 " HEX_A, ERR_SYNTAX},
               {"x " HEX_A, ERR_SYNTAX},
               {"2" HEX_A, ERR_SYNTAX},
               {"99999999999999999999 " HEX_A, ERR_SYNTAX},
               {HEX_A "5a", ERR_SYNTAX},
               {HEX_A "\n1 " HEX_B, ERR_EXISTS},
               {"1 " HEX_A "\n2 " HEX_A "\n3 " HEX_A "\n4 " HEX_A "\n5 " HEX_A, ERR_TOO_LONG}};
    struct vault_peppers peppers = {.count = 77};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(vault_peppers_read(span_of_text(bad[i].text), &peppers), bad[i].error);
    assert_int_equal(peppers.count, 77);
}

static void vault_key__is_unwrapped_by_the_pepper_that_wrapped_it_and_no_other(void **state)
{
    (void)state;
    struct vault_peppers old, both, chain;
    uint8_t key[VAULT_KEY_SIZE], opened[VAULT_KEY_SIZE], wrapped[VAULT_WRAPPED_SIZE], next = 0;
    uint8_t stranger[MEMBER_SIZE] = {9};
    ok(vault_peppers_read(span_of_text("1 " HEX_A), &old));
    ok(vault_peppers_read(span_of_text("1 " HEX_A "\n2 " HEX_B), &both));
    ok(vault_peppers_read(span_of_text("1 " HEX_B), &chain));
    fill_key(key, 7);
    ok(vault_key_wrap(&old, member, key, (struct random){count_up, &next}, wrapped));
    ok(vault_key_unwrap(&both, member, span_of(wrapped, sizeof(wrapped)), opened));
    assert_memory_equal(key, opened, sizeof(key));
    assert_int_equal(vault_key_unwrap(&chain, member, span_of(wrapped, sizeof(wrapped)), opened),
                     ERR_SIGNATURE);
    assert_int_equal(vault_key_unwrap(&old, stranger, span_of(wrapped, sizeof(wrapped)), opened),
                     ERR_SIGNATURE);
    assert_int_equal(vault_key_unwrap(&old, member, span_of(wrapped, sizeof(wrapped) - 1), opened),
                     ERR_SYNTAX);
    ok(vault_key_wrap(&both, member, key, (struct random){count_up, &next}, wrapped));
    assert_int_equal(wrapped[0], 2);
    assert_int_equal(vault_key_unwrap(&old, member, span_of(wrapped, sizeof(wrapped)), opened),
                     ERR_NOT_FOUND);
}

static void vault_card_tokens__begin_with_their_peppers_version(void **state)
{
    (void)state;
    struct vault_peppers both;
    struct vault_tokens tokens;
    ok(vault_peppers_read(span_of_text("1 " HEX_A "\n2 " HEX_B), &both));
    ok(vault_card_tokens(&both, "num:2900000000018", &tokens));
    assert_int_equal(tokens.count, 2);
    assert_int_equal(tokens.rows[0][0], 2);
    assert_int_equal(tokens.rows[1][0], 1);
    assert_memory_not_equal(tokens.rows[0] + 1, tokens.rows[1] + 1, TOKEN_SIZE - 1);
}

static int open_vault(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vault_envelope__is_what_spec_md_says),
        cmocka_unit_test(vault_envelope_open__refuses_each_flipped_bit_and_what_it_is_not_bound_to),
        cmocka_unit_test(vault_envelope_seal__hides_lengths_and_never_repeats),
        cmocka_unit_test(vault_peppers_read__puts_the_newest_first_and_writes_the_same),
        cmocka_unit_test(vault_peppers_read__refuses_what_is_none),
        cmocka_unit_test(vault_key__is_unwrapped_by_the_pepper_that_wrapped_it_and_no_other),
        cmocka_unit_test(vault_card_tokens__begin_with_their_peppers_version),
    };
    return cmocka_run_group_tests(tests, open_vault, NULL);
}
