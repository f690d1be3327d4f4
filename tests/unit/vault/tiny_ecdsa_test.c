/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures that chips of NXP gave out, as public tools for them list them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "harness/ok.h"
#include "vault/tiny_ecdsa.h"

#define NTAG21X    "494E1A386D3D3CFE3DC10E5DE68A499B1C202DB5B132393E89ED19FE5BE8BC61"
#define ULTRALIGHT "90933BDCD6E99B4E255E3DA55389A827564E11718E017292FAF23226A96614B8"
#define NTAG424                                                                                              \
    "8A9B380AF2EE1B98DC417FECC263F8449C7625CECE82D9B916C992DA"                                               \
    "209D68422B81EC20B65A66B5102A61596AF3379200599316A00A1410"
#define DESFIRE_EV2                                                                                          \
    "B304DC4C615F5326FE9383DDEC9AA892DF3A57FA7FFB3276192BC0EA"                                               \
    "A252ED45A865E3B093A3D0DCE5BE29E92F1392CE7DE321E3E5C52B3A"

static const struct vector {
    enum vault_tiny_curve curve;
    const char *key;
    const char *uid;
    const char *signature;
} VECTORS[] = {
    {VAULT_SECP128R1, NTAG21X, "04AB87F2CA1190",
     "67B1750BCCEB1174F9A33BF20E0226551A6366939B31F949848C3C087350FA90"},
    {VAULT_SECP128R1, NTAG21X, "04DB0BDA993C80",
     "6048EFD9417CD10F6B7F1818D471A7FE5B46868D2EABDC6307A1E0AAE139D8D0"},
    {VAULT_SECP128R1, NTAG21X, "04E10CDA993C80",
     "8B76052EE42F5567BEB53238B3E3F9950707C0DCC956B5C5EFCFDB709B2D82B3"},
    {VAULT_SECP128R1, NTAG21X, "0453C652FE4A80",
     "EDFD3263E7DDB1730260B832605205FB40FB32D7BB06F1DB49F17706C2ED6727"},
    {VAULT_SECP128R1, ULTRALIGHT, "04C1285A373080",
     "CEA2EB0B3C95D0844A95B824A7553703B3702378033BF0987899DB70151A19E7"},
    {VAULT_SECP128R1, ULTRALIGHT, "04C2285A373080",
     "A561506723D422D29ED9F93E60D20B9ED1E05CC1BF81DA19FE500CA0B81CC0ED"},
    {VAULT_SECP224R1, NTAG424, "0463474AA26A80",
     "27E9A50E6CA4BA9037C02F7D20A80D0284D0C1D83C67F5A5AC1D8A4E"
     "F86C9508417E4E9C6F85AA7920F0ABDED984CAF20467D66EA54BBF08"},
    {VAULT_SECP224R1, NTAG424, "04C46C222A6380",
     "344A806EBF704C05C19215D2F840529CE365AAD2D08A469A95896D75"
     "D477D9FAB02A0C827E9F215BD8EB0E56A3A9A008FB75D706AABBD4DA"},
    {VAULT_SECP224R1, DESFIRE_EV2, "042A41CAE45380",
     "B2769F8DDB575AEA2A680ADCA8FFED4FAB81A1E9908E2B82FE0FABB6"
     "97BBD9B23835C416970E75768F12902ACA491349E94E6589EAF4F508"},
    /* Our own, with private keys 1, the order less 1 and 2: the key is the base point, its negative, its double, so that the
     * sum runs over equal and opposite points. */
    {VAULT_SECP128R1, "161FF7528B899B2D0C28607CA52C5B86CF5AC8395BAFEB13C02DA292DDED7A83", "04010203040506",
     "CD9421B18181C77ABD4E1539B3797C7F0558B25FC5FBF58A9DE8862C06BEF94C"},
    {VAULT_SECP128R1, "161FF7528B899B2D0C28607CA52C5B8630A537C4A45014EC3FD25D6D2212857C", "04010203040506",
     "3AD476CCD7EC2727D1D6ADDB6C0DCBCE8BD4A9C73C8B2188576230D3BEA7739F"},
    {VAULT_SECP128R1, "8151A0C6B92171DB199DB84BE753A97E03D853559455CAAE838395A9275B7E95", "04010203040506",
     "7D8F5605EB561D14F160968CC677AAF6D6C2D36677A536E152CCEF8A43DEC6C2"},
    {VAULT_SECP224R1,
     "B70E0CBD6BB4BF7F321390B94A03C1D356C21122343280D6115C1D21"
     "BD376388B5F723FB4C22DFE6CD4375A05A07476444D5819985007E34",
     "04010203040506",
     "388B561C83AAEDC1EF7325E152E6B3E85163E0A1126993E199655DE2"
     "EFB0CA08F83E04171057D8FB8897E1A768559D91E95B240D4443CEFA"},
    {VAULT_SECP224R1,
     "B70E0CBD6BB4BF7F321390B94A03C1D356C21122343280D6115C1D21"
     "42C89C774A08DC04B3DD201932BC8A5EA5F8B89BBB2A7E667AFF81CD",
     "04010203040506",
     "13DF629A1D44440121C55279F3C2654B8FE2AA5F1740C2476E88AEBB"
     "3DF3B788163510BB06C926D49AB13729669E7608E6F01F8FE7E29E70"},
    {VAULT_SECP224R1,
     "706A46DC76DCB76798E60E6D89474788D16DC18032D268FD1A704FA6"
     "1C2B76A7BC25E7702A704FA986892849FCA629487ACF3709D2E4E8BB",
     "04010203040506",
     "257214D27C07C18998EB4E7371C44DE872C2EBD90C25C8959EE027C0"
     "C6269DD9559C916BCA630DA503A0886D49DFC8F30D23C056D85BB27B"},
};

struct signed_uid {
    struct vault_tiny_key key;
    uint8_t uid[7];
    uint8_t signature[2 * VAULT_TINY_SIZE_MAX];
    size_t signature_size;
};

static struct signed_uid signed_uid_of(const struct vector *vector)
{
    struct signed_uid out = {.key = {.curve = vector->curve},
                             .signature_size = 2 * vault_tiny_size(vector->curve)};
    ok(hex_read(span_of_text(vector->key), out.key.point, out.signature_size));
    ok(hex_read(span_of_text(vector->uid), out.uid, sizeof out.uid));
    ok(hex_read(span_of_text(vector->signature), out.signature, out.signature_size));
    return out;
}

static enum err verify(const struct signed_uid *it)
{
    return vault_tiny_verify(&it->key, span_of(it->uid, sizeof it->uid),
                             span_of(it->signature, it->signature_size));
}

static void vault_tiny_verify__takes_what_the_maker_signed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(VECTORS); i++) {
        struct signed_uid it = signed_uid_of(&VECTORS[i]);
        if (verify(&it) != ERR_OK)
            fail_msg("%s", VECTORS[i].uid);
    }
}

static void vault_tiny_verify__refuses_each_flipped_bit(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(VECTORS); i += 6) {
        struct signed_uid whole = signed_uid_of(&VECTORS[i]);
        for (size_t bit = 0; bit < 8 * whole.signature_size; bit++) {
            struct signed_uid it = whole;
            it.signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_int_equal(verify(&it), ERR_SIGNATURE);
        }
        for (size_t bit = 0; bit < 8 * sizeof whole.uid; bit++) {
            struct signed_uid it = whole;
            it.uid[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_int_equal(verify(&it), ERR_SIGNATURE);
        }
    }
}

/* A key that is another maker's, or none at all. */
static void vault_tiny_verify__tells_keys_apart(void **state)
{
    (void)state;
    struct signed_uid it = signed_uid_of(&VECTORS[0]);
    ok(hex_read(span_of_text(ULTRALIGHT), it.key.point, it.signature_size));
    assert_int_equal(verify(&it), ERR_SIGNATURE);
    for (size_t i = 0; i < COUNT_OF(VECTORS); i++) {
        it = signed_uid_of(&VECTORS[i]);
        it.key.point[5] ^= 1;
        assert_int_equal(verify(&it), ERR_ARGUMENT);
        memset(it.key.point, 0xFF, sizeof it.key.point);
        assert_int_equal(verify(&it), ERR_ARGUMENT);
    }
    it.key.curve = VAULT_TINY_CURVE_COUNT;
    assert_int_equal(verify(&it), ERR_ARGUMENT);
}

/* FIPS 186-5 6.4.2, step 1: from 1 to the order less one. Without it 0, 0 would hold for each UID. */
static void vault_tiny_verify__refuses_halves_that_are_no_factors(void **state)
{
    (void)state;
    static const char *const orders[] = {[VAULT_SECP128R1] = "FFFFFFFE0000000075A30D1B9038A115",
                                         [VAULT_SECP224R1] =
                                             "FFFFFFFFFFFFFFFFFFFFFFFFFFFF16A2E0B8F03E13DD29455C5C2A3D"};
    for (size_t i = 0; i < COUNT_OF(VECTORS); i++) {
        struct signed_uid whole = signed_uid_of(&VECTORS[i]);
        size_t size = whole.signature_size / 2;
        for (size_t half = 0; half < 2; half++) {
            struct signed_uid it = whole;
            memset(it.signature + half * size, 0, size);
            assert_int_equal(verify(&it), ERR_SIGNATURE);
            memset(it.signature + half * size, 0xFF, size);
            assert_int_equal(verify(&it), ERR_SIGNATURE);
            ok(hex_read(span_of_text(orders[VECTORS[i].curve]), it.signature + half * size, size));
            assert_int_equal(verify(&it), ERR_SIGNATURE);
        }
        memset(whole.signature, 0, sizeof whole.signature);
        assert_int_equal(verify(&whole), ERR_SIGNATURE);
    }
}

static void vault_tiny_verify__refuses_other_sizes(void **state)
{
    (void)state;
    struct signed_uid it = signed_uid_of(&VECTORS[0]);
    static const uint8_t digest[VAULT_TINY_SIZE_MAX + 1];
    struct span signature = span_of(it.signature, it.signature_size);
    assert_int_equal(vault_tiny_verify(&it.key, span_of(digest, 17), signature), ERR_ARGUMENT);
    assert_int_equal(vault_tiny_verify(&it.key, span_of(digest, 16), signature), ERR_SIGNATURE);
    assert_int_equal(vault_tiny_verify(&it.key, span_of(digest, 0), signature), ERR_SIGNATURE);
    assert_int_equal(
        vault_tiny_verify(&it.key, span_of(digest, 7), span_of(it.signature, it.signature_size - 1)),
        ERR_ARGUMENT);
    it = signed_uid_of(&VECTORS[6]);
    signature = span_of(it.signature, it.signature_size);
    assert_int_equal(vault_tiny_verify(&it.key, span_of(digest, 29), signature), ERR_ARGUMENT);
    assert_int_equal(vault_tiny_verify(&it.key, span_of(digest, 28), signature), ERR_SIGNATURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vault_tiny_verify__takes_what_the_maker_signed),
        cmocka_unit_test(vault_tiny_verify__refuses_each_flipped_bit),
        cmocka_unit_test(vault_tiny_verify__tells_keys_apart),
        cmocka_unit_test(vault_tiny_verify__refuses_halves_that_are_no_factors),
        cmocka_unit_test(vault_tiny_verify__refuses_other_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
