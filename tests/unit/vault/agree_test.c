/* SPDX-License-Identifier: Apache-2.0 */
/* Agreement and what is made of it, against published vectors; points against those of the curve's edge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "vault/agree.h"

#define BYTES_MAX 256

struct bytes {
    uint8_t at[BYTES_MAX];
    size_t size;
};

static struct bytes of_hex(const char *hex)
{
    struct bytes bytes = {.size = strlen(hex) / 2};
    assert_true(bytes.size <= BYTES_MAX);
    ok(hex_read(span_of_text(hex), bytes.at, bytes.size));
    return bytes;
}

static void assert_hex(const uint8_t *bytes, size_t size, const char *expected)
{
    char hex[2 * BYTES_MAX + 1];
    assert_true(size <= BYTES_MAX);
    hex_write(span_of(bytes, size), hex);
    assert_string_equal(hex, expected);
}

static int open_vault(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

/* ---- points */

/* X, and its even Y; worked out with Python's integers: y = (x^3 - 3x + b)^((p + 1) / 4) mod p. NULL: no point has it. */
static const struct edge {
    const char *x;
    const char *y; /* one of the two */
} EDGES[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4"},
    {"0000000000000000000000000000000000000000000000000000000000000001", NULL},
    {"0000000000000000000000000000000000000000000000000000000000000004", NULL},
    {"0000000000000000000000000000000000000000000000000000000000000005",
     "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc"},
    {"0000000000000000000000000000000000000000000000000000000000000008",
     "b706288aca290db0d624d1d23f37f6a627249b16d631ff692242d085636041b3"},
    /* p - 1 to p - 5 */
    {"ffffffff00000001000000000000000000000000fffffffffffffffffffffffe", NULL},
    {"ffffffff00000001000000000000000000000000fffffffffffffffffffffffd", NULL},
    {"ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
     "19719bebf6aea13f25c96dfd7c71f5225d4c8fc09eb5a0ab9f39e9178e55c121"},
    {"ffffffff00000001000000000000000000000000fffffffffffffffffffffffa",
     "9ae53f7daf02dc98710f91c94cbb0254b987ba8690a78300846e44a4eaf27d59"},
    /* p and beyond: no elements of the field, though p + 5 would be a point modulo p */
    {"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", NULL},
    {"ffffffff00000001000000000000000000000001000000000000000000000004", NULL},
    {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", NULL},
};

static void vault_point__finds_the_points_at_the_edges_of_the_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(EDGES); i++) {
        struct bytes x = of_hex(EDGES[i].x);
        uint8_t point[VAULT_POINT_SIZE] = {0x02}, key[VAULT_PUBLIC_SIZE] = {0xEE}, other[VAULT_PUBLIC_SIZE];
        memcpy(point + 1, x.at, x.size);
        enum err error = vault_point_expand(point, key);
        assert_int_equal(error, EDGES[i].y != NULL ? ERR_OK : ERR_SYNTAX);
        if (EDGES[i].y == NULL) {
            assert_int_equal(key[0], 0xEE);
            continue;
        }
        point[0] = 0x03;
        ok(vault_point_expand(point, other));
        struct bytes y = of_hex(EDGES[i].y);
        bool is_odd = (y.at[31] & 1) != 0;
        assert_memory_equal((is_odd ? other : key) + 33, y.at, 32);
        assert_memory_equal(key, other, 33);
        assert_int_equal((key[64] & 1) == 0 && (other[64] & 1) == 1, 1);
        uint8_t shortened[VAULT_POINT_SIZE];
        vault_point_shorten(other, shortened);
        assert_memory_equal(shortened, point, sizeof(point));
    }
}

static void vault_point__refuses_every_first_byte_but_two(void **state)
{
    (void)state;
    struct bytes point = of_hex("0260fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
    uint8_t key[VAULT_PUBLIC_SIZE];
    for (int first = 0; first < 256; first++) {
        point.at[0] = (uint8_t)first;
        assert_int_equal(vault_point_expand(point.at, key), first == 2 || first == 3 ? ERR_OK : ERR_SYNTAX);
    }
}

static void vault_point__expands_what_it_shortened(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (int i = 0; i < 100; i++) {
        struct vault_key_pair pair;
        uint8_t point[VAULT_POINT_SIZE], key[VAULT_PUBLIC_SIZE];
        ok(vault_draw_key_pair(seed_as_random(&seed), &pair));
        vault_point_shorten(pair.public_key, point);
        ok(vault_point_expand(point, key));
        assert_memory_equal(key, pair.public_key, sizeof(key));
    }
}

/* ---- agreement */

/* RFC 5903 8.1 */
#define INITIATOR_PRIVATE "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"
#define RESPONDER_PRIVATE "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53"
#define RESPONDER_X       "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
#define RESPONDER_Y       "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"
#define SHARED_X          "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"

static void vault_agree__gives_the_secret_of_rfc_5903_for_both_forms_of_a_key(void **state)
{
    (void)state;
    struct bytes private_key = of_hex(INITIATOR_PRIVATE);
    struct bytes full = of_hex("04" RESPONDER_X RESPONDER_Y);
    uint8_t secret[VAULT_SECRET_SIZE];
    uint8_t point[VAULT_POINT_SIZE];
    ok(vault_agree(private_key.at, span_of(full.at, full.size), secret));
    assert_hex(secret, sizeof(secret), SHARED_X);
    vault_point_shorten(full.at, point);
    for (uint8_t first = 2; first <= 3; first++) { /* the secret is an X: the sign does not matter */
        point[0] = first;
        memset(secret, 0, sizeof(secret));
        ok(vault_agree(private_key.at, span_of(point, sizeof(point)), secret));
        assert_hex(secret, sizeof(secret), SHARED_X);
    }
}

static void vault_agree__refuses_what_is_no_key(void **state)
{
    (void)state;
    struct bytes private_key = of_hex(INITIATOR_PRIVATE);
    struct bytes full = of_hex("04" RESPONDER_X RESPONDER_Y);
    uint8_t secret[VAULT_SECRET_SIZE] = {0xEE};
    uint8_t none[VAULT_PRIVATE_SIZE] = {0};
    for (size_t size = 0; size < full.size; size++)
        assert_int_equal(vault_agree(private_key.at, span_of(full.at, size), secret), ERR_SYNTAX);
    assert_int_equal(vault_agree(none, span_of(full.at, full.size), secret), ERR_ARGUMENT);
    full.at[64] ^= 1; /* beside the curve: an attacker would learn the private key from such points */
    assert_int_equal(vault_agree(private_key.at, span_of(full.at, full.size), secret), ERR_SYNTAX);
    assert_int_equal(secret[0], 0xEE);
}

static enum err draw_from(void *self, uint8_t *out, size_t size)
{
    struct bytes *queue = self;
    if (size > queue->size)
        return ERR_IO;
    memcpy(out, queue->at, size);
    memmove(queue->at, queue->at + size, queue->size - size);
    queue->size -= size;
    return ERR_OK;
}

static void vault_draw_key_pair__draws_again_what_makes_no_key(void **state)
{
    (void)state;
    struct bytes queue =
        of_hex("0000000000000000000000000000000000000000000000000000000000000000" /* zero, */
               "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" /* above n */
               RESPONDER_PRIVATE);
    struct random random = {draw_from, &queue};
    struct vault_key_pair pair;
    ok(vault_draw_key_pair(random, &pair));
    assert_hex(pair.private_key, sizeof(pair.private_key), RESPONDER_PRIVATE);
    assert_hex(pair.public_key, sizeof(pair.public_key), "04" RESPONDER_X RESPONDER_Y);
    assert_int_equal(vault_draw_key_pair(random, &pair), ERR_IO);
}

/* ---- keys and messages */

static void vault_derive__gives_the_keys_of_rfc_5869(void **state)
{
    (void)state;
    static const struct {
        const char *secret, *salt, *info, *out;
    } rows[] = {
        /* A.1 and A.3 */
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bytes secret = of_hex(rows[i].secret), salt = of_hex(rows[i].salt),
                     info = of_hex(rows[i].info);
        const struct vault_derivation from = {span_of(salt.at, salt.size), span_of(secret.at, secret.size),
                                              span_of(info.at, info.size)};
        uint8_t out[42];
        ok(vault_derive(&from, out, sizeof(out)));
        assert_hex(out, sizeof(out), rows[i].out);
    }
}

static void vault_mac__gives_rfc_4231_and_its_check_refuses_each_flipped_bit(void **state)
{
    (void)state;
    struct bytes key = of_hex("4a656665"); /* 4.3 */
    struct span text = span_of_text("what do ya want for nothing?");
    uint8_t mac[HASH_SIZE];
    ok(vault_mac(span_of(key.at, key.size), text, mac));
    assert_hex(mac, sizeof(mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    ok(vault_mac_check(span_of(key.at, key.size), text, mac));
    for (size_t bit = 0; bit < 8 * sizeof(mac); bit++) {
        mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(vault_mac_check(span_of(key.at, key.size), text, mac), ERR_SIGNATURE);
        mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    text.size--;
    assert_int_equal(vault_mac_check(span_of(key.at, key.size), text, mac), ERR_SIGNATURE);
}

/* NIST SP 800-38A F.5.2, the four blocks cut short at every length: a stream has no blocks. */
static void vault_ctr__gives_the_text_of_sp_800_38a_whatever_its_length(void **state)
{
    (void)state;
    struct bytes key = of_hex("2b7e151628aed2a6abf7158809cf4f3c");
    struct bytes counter = of_hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    struct bytes sealed = of_hex("874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
                                 "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee");
    struct bytes plain = of_hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                                "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
    for (size_t size = 0; size <= sealed.size; size++) {
        uint8_t out[64] = {0};
        ok(vault_ctr(key.at, counter.at, span_of(sealed.at, size), out));
        assert_memory_equal(out, plain.at, size);
        memcpy(out, sealed.at, sealed.size);
        ok(vault_ctr(key.at, counter.at, span_of(out, size), out)); /* in place */
        assert_memory_equal(out, plain.at, size);
        assert_memory_equal(out + size, sealed.at + size, sealed.size - size);
    }
}

static void vault_ctr__goes_on_through_any_number_of_blocks(void **state)
{
    (void)state;
    static uint8_t bytes[1000], twice[1000];
    struct bytes key = of_hex("2b7e151628aed2a6abf7158809cf4f3c");
    struct bytes counter = of_hex("f0f1f2f3f4f5f6f7f8f9fafbfffffffe"); /* runs over into the next word */
    ok(vault_ctr(key.at, counter.at, span_of(bytes, sizeof(bytes)), twice));
    assert_memory_not_equal(bytes, twice, sizeof(bytes));
    struct bytes later = of_hex("f0f1f2f3f4f5f6f7f8f9fafc0000001e"); /* 32 blocks on */
    uint8_t part[100];
    ok(vault_ctr(key.at, later.at, span_of(bytes, sizeof(part)), part));
    assert_memory_equal(part, twice + 512, sizeof(part));
    ok(vault_ctr(key.at, counter.at, span_of(twice, sizeof(twice)), twice));
    assert_memory_equal(bytes, twice, sizeof(bytes));
}

/* Sealed by OpenSSL (through Python's cryptography). */
static void vault_gcm_open__takes_a_nonce_of_16_bytes_and_nothing_that_was_changed(void **state)
{
    (void)state;
    static const char text[] = "member 2900000012345";
    struct bytes key = of_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    struct bytes nonce = of_hex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
    struct bytes sealed = of_hex("47c64ede7dbfed44faae2f81dd24bda1b076774ca3da7cd07602407092d868bbab0400b5");
    struct vault_gcm gcm = {key.at, nonce.at, span_of_text("bound")};
    uint8_t out[sizeof(text)];
    size_t size;
    ok(vault_gcm_open(&gcm, span_of(sealed.at, sealed.size), out, sizeof(out), &size));
    assert_int_equal(size, sizeof(text) - 1);
    assert_memory_equal(out, text, size);
    assert_int_equal(vault_gcm_open(&gcm, span_of(sealed.at, sealed.size), out, size - 1, &size),
                     ERR_TOO_LONG);
    for (size_t cut = 0; cut < sealed.size; cut++)
        assert_int_equal(vault_gcm_open(&gcm, span_of(sealed.at, cut), out, sizeof(out), &size),
                         ERR_SIGNATURE);
    for (size_t i = 0; i < sealed.size; i++) {
        sealed.at[i] ^= 0x10;
        assert_int_equal(vault_gcm_open(&gcm, span_of(sealed.at, sealed.size), out, sizeof(out), &size),
                         ERR_SIGNATURE);
        sealed.at[i] ^= 0x10;
    }
    gcm.bound = span_of_text("bounds");
    assert_int_equal(vault_gcm_open(&gcm, span_of(sealed.at, sealed.size), out, sizeof(out), &size),
                     ERR_SIGNATURE);
}

static void vault_signature_der__writes_numbers_as_short_as_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *r, *s, *der;
    } rows[] = {
        /* a first bit that is set has a zero in front, or the number would be negative */
        {"9e7d8573c21110589ab7408c5490fe354497690c24be9701b4f72eca61388c6f",
         "d7c70abd2daca7880390866fb1f0232553d457c317c423d9228d096148d2e47a",
         "30460221009e7d8573c21110589ab7408c5490fe354497690c24be9701b4f72eca61388c6f"
         "022100d7c70abd2daca7880390866fb1f0232553d457c317c423d9228d096148d2e47a"},
        {"0000000000000000000000000000000000000000000000000000000000000001",
         "0000000000000000000000000000000000000000000000000000000000000080", "300702010102020080"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bytes r = of_hex(rows[i].r), s = of_hex(rows[i].s);
        uint8_t signature[VAULT_SIGNATURE_SIZE], der[VAULT_DER_SIZE_MAX];
        size_t size;
        memcpy(signature, r.at, r.size);
        memcpy(signature + r.size, s.at, s.size);
        ok(vault_signature_der(signature, der, &size));
        assert_hex(der, size, rows[i].der);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vault_point__finds_the_points_at_the_edges_of_the_field),
        cmocka_unit_test(vault_point__refuses_every_first_byte_but_two),
        cmocka_unit_test(vault_point__expands_what_it_shortened),
        cmocka_unit_test(vault_agree__gives_the_secret_of_rfc_5903_for_both_forms_of_a_key),
        cmocka_unit_test(vault_agree__refuses_what_is_no_key),
        cmocka_unit_test(vault_draw_key_pair__draws_again_what_makes_no_key),
        cmocka_unit_test(vault_derive__gives_the_keys_of_rfc_5869),
        cmocka_unit_test(vault_mac__gives_rfc_4231_and_its_check_refuses_each_flipped_bit),
        cmocka_unit_test(vault_ctr__gives_the_text_of_sp_800_38a_whatever_its_length),
        cmocka_unit_test(vault_ctr__goes_on_through_any_number_of_blocks),
        cmocka_unit_test(vault_gcm_open__takes_a_nonce_of_16_bytes_and_nothing_that_was_changed),
        cmocka_unit_test(vault_signature_der__writes_numbers_as_short_as_they_are),
    };
    return cmocka_run_group_tests(tests, open_vault, NULL);
}
