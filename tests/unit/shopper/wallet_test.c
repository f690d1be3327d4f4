/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "shopper/wallet.h"
#include "vault/vault.h"

#define KEYS                                                                                                 \
    "\"keys\": {\"time_code\": \"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\","        \
    "\"card\": {\"master\": \"00112233445566778899aabbccddeeff\", \"diversify\": \"an10922\","               \
    "\"input\": \"3042f54e585020416275\"}}"
#define KIND "{\"technology\": \"ndef\", \"by\": \"luhn\", \"share\": 2, \"present\": \"ntag213 uid {uid}\"}"

static enum err read_text(const char *text, struct wallet *out, char where[64])
{
    char path[] = "/tmp/wallet-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    enum err error = wallet_read(path, out, where);
    (void)close(fd);
    (void)unlink(path);
    return error;
}

static void wallet_read__takes_kinds_and_keys(void **state)
{
    (void)state;
    char where[64];
    struct wallet wallet;
    ok(read_text("{\"kinds\": [" KIND ", {\"share\": 3}], " KEYS "}", &wallet, where));
    assert_int_equal(wallet.kinds.count, 2);
    assert_string_equal(wallet.rows[0].technology, "ndef");
    assert_int_equal(wallet.rows[0].by, CARD_BY_LUHN);
    assert_int_equal(wallet.rows[0].share, 2);
    assert_null(wallet.rows[0].scan);
    assert_null(wallet.rows[1].technology);
    assert_int_equal(wallet.key_count, 1);
    wallet_done(&wallet);
}

static void wallet_read__says_what_makes_no_sense(void **state)
{
    static const struct {
        const char *text, *where;
    } rows[] = {
        {"{\"kinds\": []}", "kinds"},
        {"{\"kinds\": [{\"technology\": \"ndef\", \"by\": \"name\"}]}", "kinds"},
        {"{\"kinds\": [{\"technology\": \"ndef\", \"share\": 0}]}", "kinds"},
        {"{\"kinds\": [{\"share\": 1}]}", "kinds"}, /* somebody must be left who has a card */
        {"{\"kinds\": [" KIND "], \"keys\": {\"card\": {\"master\": \"00\"}}}", "keys"},
        {"{\"kinds\": [" KIND "], \"keys\": {\"time_code\": \"00\"}}", "keys"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char where[64];
        struct wallet wallet;
        assert_int_equal(read_text(rows[i].text, &wallet, where), ERR_SYNTAX);
        assert_string_equal(where, rows[i].where);
    }
}

static const struct shopper shopper = {.number = "AB12", .uid = "04782e21801d80"};

static void wallet_fill__puts_the_shoppers_own_into_the_places(void **state)
{
    (void)state;
    char where[64], text[WALLET_TEXT_MAX], other[WALLET_TEXT_MAX];
    struct wallet wallet;
    ok(read_text("{\"kinds\": [" KIND "], " KEYS "}", &wallet, where));
    ok(wallet_fill(&wallet, "ntag213 uid {uid} text {number}{gs}", &shopper, 0, text));
    assert_string_equal(text, "ntag213 uid 04782e21801d80 text AB12\x1d");
    /* NXP AN10922, 2.2.1 */
    ok(wallet_fill(&wallet, "key {key card}", &shopper, 0, text));
    assert_string_equal(text, "key a8dd63a3b89d54b37ca802473fda9175");
    /* include/kassa/SPEC.md, "Codes with a time" */
    ok(wallet_fill(&wallet, "KD1:{number}.{time_code}", &shopper, INT64_C(1800000000000), text));
    assert_string_equal(text, "KD1:AB12.14351085");
    ok(wallet_fill(&wallet, "{counter}", &shopper, 0, text));
    ok(wallet_fill(&wallet, "{counter}", &shopper, 0, other));
    assert_true(atoi(other) > atoi(text));
    ok(wallet_fill(&wallet, "{nonce}", &shopper, 0, text));
    ok(wallet_fill(&wallet, "{nonce}", &shopper, 0, other));
    assert_int_equal(strlen(text), 8);
    assert_string_not_equal(text, other);
    wallet_done(&wallet);
}

static void wallet_fill__refuses_what_it_does_not_know(void **state)
{
    (void)state;
    char text[WALLET_TEXT_MAX], longest[2 * WALLET_TEXT_MAX];
    struct wallet wallet;
    wallet_init(&wallet);
    static const char *const wrong[] = {"{name}", "{key card}", "{time_code}", "{uid"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(wallet_fill(&wallet, wrong[i], &shopper, 0, text), ERR_SYNTAX);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(wallet_fill(&wallet, longest, &shopper, 0, text), ERR_TOO_LONG);
    wallet_done(&wallet);
}

static int open_vault(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wallet_read__takes_kinds_and_keys),
        cmocka_unit_test(wallet_read__says_what_makes_no_sense),
        cmocka_unit_test(wallet_fill__puts_the_shoppers_own_into_the_places),
        cmocka_unit_test(wallet_fill__refuses_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, open_vault, NULL);
}
