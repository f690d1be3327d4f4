/* SPDX-License-Identifier: Apache-2.0 */
/* What scanners send. Time codes are checked against those of RFC 6238 and against others that an independent program made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/code.h"
#include "harness/ok.h"
#include "vault/vault.h"

#define GSRN  "950123456789012341"
#define NOW_S 1800000000

static const struct card_number_rules NUMBERS = {
    .prefixes = {"29", "04", "9638"}, .prefix_count = 3, .check = CARD_CHECK_LUHN};

static struct card_links links;
static struct card_code_settings settings;

static int set_up(void **state)
{
    (void)state;
    links = (struct card_links){.count = 0};
    ok(card_links_add(&links, span_of_text("loyalty.example/c/")));
    ok(card_links_add(&links, span_of_text("id.club.example/")));
    settings = card_code_settings_default();
    settings.taken |= 1U << READER_DYNAMIC;
    settings.separator = '^';
    settings.dynamic.has_key = true;
    for (size_t i = 0; i < HASH_SIZE; i++)
        settings.dynamic.key[i] = (uint8_t)i;
    return vault_open() == ERR_OK ? 0 : -1;
}

static enum err read_at(const char *text, uint64_t now_unix_s, struct card_identity *out)
{
    const struct card_code_rules rules = {&NUMBERS, &settings, &links, now_unix_s};
    return card_read_code(span_of_text(text), &rules, out);
}

static const struct code_case {
    const char *read;
    const char *text; /* NULL: refused with .error */
    enum reader_technology technology;
    enum err error;
} CASES[] = {
    /* EAN, UPC-A: the same number however the scanner tells it */
    {"2940000123454", "num:2940000123454", READER_BARCODE, ERR_OK},
    {"]E02940000123454\r\n", "num:2940000123454", READER_BARCODE, ERR_OK},
    {"]E0041234567891", NULL, READER_BARCODE, ERR_UNSUPPORTED},
    {"]E00041234567891", NULL, READER_BARCODE, ERR_UNSUPPORTED},
    {"]E496385074", "num:96385074", READER_BARCODE, ERR_OK},
    {"]E496385075", NULL, READER_BARCODE, ERR_CHECKSUM},
    {"]E42940000", NULL, READER_BARCODE, ERR_TRUNCATED},
    {"]E4963850741", NULL, READER_BARCODE, ERR_TOO_LONG},
    {"]E05901234123457", NULL, READER_BARCODE, ERR_UNSUPPORTED},
    /* Code 128 and its likes */
    {"]C079927398713", "num:79927398713", READER_BARCODE, ERR_OK},
    {"]A079927398713", "num:79927398713", READER_BARCODE, ERR_OK},
    {"]G079927398713", "num:79927398713", READER_BARCODE, ERR_OK},
    {"]C0T", NULL, READER_BARCODE, ERR_TRUNCATED},
    /* GS1 */
    {"]C18018" GSRN, "num:" GSRN, READER_GS1, ERR_OK},
    {"]e08018" GSRN, "num:" GSRN, READER_GS1, ERR_OK},
    {"]d28018" GSRN "\x1d"
     "80197",
     "num:" GSRN, READER_GS1, ERR_OK},
    {"]Q310LOT^8018" GSRN, "num:" GSRN, READER_GS1, ERR_OK},
    {"8018" GSRN "80197", "num:" GSRN, READER_GS1, ERR_OK},
    {"\x1d"
     "8018" GSRN,
     "num:" GSRN, READER_GS1, ERR_OK},
    {"^10LOT^8018" GSRN, "num:" GSRN, READER_GS1, ERR_OK},
    {"]C18017" GSRN, NULL, READER_GS1, ERR_UNSUPPORTED},
    {"]C12555901234123457", NULL, READER_GS1, ERR_STATE},
    {"]C18112001234561234560123456", NULL, READER_GS1, ERR_STATE},
    {"]C18018950123456789012342", NULL, READER_GS1, ERR_CHECKSUM},
    /* GS1 Digital Link, under the programme's hosts alone */
    {"https://id.club.example/8018/" GSRN, "num:" GSRN, READER_GS1, ERR_OK},
    {"]Q1https://ID.Club.Example/x/8018/" GSRN "/8019/1?17=251231#a", "num:" GSRN, READER_GS1, ERR_OK},
    {"http://loyalty.example/8018/" GSRN, "num:" GSRN, READER_GS1, ERR_OK},
    {"https://id.gs1.example/8018/" GSRN, NULL, READER_GS1, ERR_NOT_FOUND},
    {"https://id.club.example.evil.example/8018/" GSRN, NULL, READER_GS1, ERR_NOT_FOUND},
    {"https://id.club.example@evil.example/8018/" GSRN, NULL, READER_GS1, ERR_NOT_FOUND},
    {"https://evil.example/?id.club.example/8018/" GSRN, NULL, READER_GS1, ERR_NOT_FOUND},
    {"https://id.club.example/01/09506000134352/21/1", NULL, READER_GS1, ERR_UNSUPPORTED},
    {"https://id.club.example/8018/950123456789012342", NULL, READER_GS1, ERR_CHECKSUM},
    /* members' links */
    {"]Q1https://loyalty.example/c/2940000123454", "num:2940000123454", READER_LINK, ERR_OK},
    {"HTTPS://LOYALTY.EXAMPLE/c/ab12?utm=x", "num:AB12", READER_LINK, ERR_OK},
    {"https://loyalty.example/C/ab12", NULL, READER_LINK, ERR_NOT_FOUND},
    {"https://evil.example/c/2940000123454", NULL, READER_LINK, ERR_NOT_FOUND},
    {"https://loyalty.example/c/hello", NULL, READER_LINK, ERR_SYNTAX},
    {"https://loyalty.example/c/", NULL, READER_LINK, ERR_TRUNCATED},
    {"https://loyalty.example/c?/ab12", NULL, READER_LINK, ERR_NOT_FOUND},
    {"]C0https://loyalty.example/c/2940000123454", NULL, READER_LINK, ERR_SYNTAX},
    /* codes with a time */
    {"KD1:2940000123454.63776545", "num:2940000123454", READER_DYNAMIC, ERR_OK},
    {"]Q1KD1:2940000123454.81227911", "num:2940000123454", READER_DYNAMIC, ERR_OK},
    {"KD1:2940000123454.73870500", "num:2940000123454", READER_DYNAMIC, ERR_OK},
    {"KD1:2940000123454.41865704", NULL, READER_DYNAMIC, ERR_SIGNATURE}, /* two steps ago */
    {"KD1:2940000123454.32172135", NULL, READER_DYNAMIC, ERR_SIGNATURE}, /* in two steps */
    {"KD1:2940000123461.63776545", NULL, READER_DYNAMIC, ERR_SIGNATURE}, /* another member's */
    {"KD1:2940000123454.6377654", NULL, READER_DYNAMIC, ERR_SYNTAX},
    {"KD1:2940000123454.6377654A", NULL, READER_DYNAMIC, ERR_SYNTAX},
    {"KD1:2940000123454.", NULL, READER_DYNAMIC, ERR_SYNTAX},
    {"KD1:2940000123454", NULL, READER_DYNAMIC, ERR_SYNTAX},
    {"KD1:.63776545", NULL, READER_DYNAMIC, ERR_TRUNCATED},
    {"https://loyalty.example/c/ab12.14351085", "num:AB12", READER_DYNAMIC, ERR_OK},
    {"https://evil.example/c/ab12.14351085", NULL, READER_DYNAMIC, ERR_NOT_FOUND},
    /* several codes in one message */
    {"]E0512345678900]C181010123451297", NULL, READER_BARCODE, ERR_STATE},
    {"]E05901234123457]E02940000123454", "num:2940000123454", READER_BARCODE, ERR_OK},
    {"]E02940000123454]E02940000123454", "num:2940000123454", READER_BARCODE, ERR_OK},
    {"]E02940000123454]C079927398713", NULL, READER_BARCODE, ERR_CONFLICT},
    {"]E02940000123454]Q1KD1:2940000123454.63776545", "num:2940000123454", READER_DYNAMIC, ERR_OK},
    {"]C18018" GSRN "]C12555901234123457", "num:" GSRN, READER_GS1, ERR_OK},
    /* what no member has */
    {"]I014012345678901", NULL, READER_BARCODE, ERR_UNSUPPORTED},
    {"]F0A12345B", NULL, READER_BARCODE, ERR_UNSUPPORTED},
    {"]E112", NULL, READER_BARCODE, ERR_UNSUPPORTED},
    {"]X0123456", NULL, READER_BARCODE, ERR_UNSUPPORTED},
    {"]?0123456", NULL, READER_BARCODE, ERR_UNSUPPORTED},
    {"]", NULL, READER_BARCODE, ERR_UNSUPPORTED},
    {"]E0", NULL, READER_BARCODE, ERR_TRUNCATED},
    {"", NULL, READER_BARCODE, ERR_TRUNCATED},
    {" \r\n", NULL, READER_BARCODE, ERR_TRUNCATED},
    /* payment cards, however they come (public test numbers) */
    {"4111111111111111", NULL, READER_BARCODE, ERR_EXISTS},
    {"]Q14111111111111111", NULL, READER_BARCODE, ERR_EXISTS},
    {"https://loyalty.example/c/4111111111111111", NULL, READER_LINK, ERR_EXISTS},
    {"]C18018560000000000000078", NULL, READER_GS1, ERR_EXISTS}, /* a GSRN that could be one */
};

static void card_read_code__gives_each_message_its_member_or_its_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct card_identity identity = {.text = "untouched"};
        enum err error = read_at(CASES[i].read, NOW_S, &identity);
        bool is_right = error == CASES[i].error &&
                        strcmp(identity.text, error == ERR_OK ? CASES[i].text : "untouched") == 0;
        if (error == ERR_OK)
            is_right = is_right && identity.technology == CASES[i].technology &&
                       identity.trust == card_trust_of(CASES[i].technology);
        if (!is_right)
            fail_msg("case %zu \"%s\": %s, \"%s\", %s", i, CASES[i].read, err_name(error), identity.text,
                     card_technology_name(identity.technology));
    }
}

static void card_read_code__makes_one_number_of_upca_and_ean13_with_a_leading_zero(void **state)
{
    (void)state;
    static const char *const reads[] = {"]E0041234567891", "]E00041234567891", "041234567891",
                                        "0041234567891"};
    const struct card_number_rules numbers = {
        .prefixes = {"004"}, .prefix_count = 1, .check = CARD_CHECK_LUHN};
    const struct card_code_rules rules = {&numbers, &settings, &links, NOW_S};
    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        struct card_identity identity;
        ok(card_read_code(span_of_text(reads[i]), &rules, &identity));
        assert_string_equal(identity.text, "num:0041234567891");
    }
}

static void card_read_code__takes_nothing_that_the_programme_does_not(void **state)
{
    (void)state;
    static const char *const reads[] = {"2940000123454", "]C18018950123456789012341",
                                        "https://loyalty.example/c/ab12", "KD1:2940000123454.63776545"};
    struct card_identity identity;
    settings.taken = 0;
    for (size_t i = 0; i < COUNT_OF(reads); i++)
        assert_int_equal(read_at(reads[i], NOW_S, &identity), ERR_UNSUPPORTED);
    settings.taken = 1U << READER_DYNAMIC;
    ok(read_at(reads[3], NOW_S, &identity));
    settings.dynamic.has_key = false;
    assert_int_equal(read_at(reads[3], NOW_S, &identity), ERR_UNSUPPORTED);
}

static void card_read_code__tells_each_step_of_time_apart_and_no_member_by_it(void **state)
{
    (void)state;
    struct card_identity now;
    struct card_identity again;
    struct card_identity earlier;
    uint8_t about[READER_ABOUT_SIZE];
    ok(read_at("KD1:2940000123454.63776545", NOW_S, &now));
    ok(read_at("KD1:2940000123454.63776545", NOW_S + 31, &again)); /* the phone is behind */
    ok(read_at("KD1:2940000123454.81227911", NOW_S, &earlier));
    assert_int_equal(now.freshness.kind, READER_FRESH_TIME);
    assert_int_equal(now.freshness.value, NOW_S);
    assert_int_equal(earlier.freshness.value, NOW_S - 30);
    assert_memory_equal(&now.freshness, &again.freshness, sizeof now.freshness);
    ok(hex_read(span_of_text("ed2e14782fef14956a6eb5b9721021b3"), about, sizeof about));
    assert_memory_equal(now.freshness.about, about, sizeof about);
    ok(read_at("2940000123454", NOW_S, &now));
    assert_int_equal(now.freshness.kind, READER_FRESH_NONE);
}

static void card_read_code__holds_a_code_as_long_as_the_window_says(void **state)
{
    (void)state;
    struct card_identity identity;
    for (unsigned window = 0; window <= CARD_DYNAMIC_WINDOW_MAX; window++) {
        settings.dynamic.window_steps = (uint8_t)window;
        for (int64_t step = -12; step <= 12; step++) {
            uint64_t now = (uint64_t)(NOW_S + step * CARD_DYNAMIC_STEP_S);
            enum err expected = (uint64_t)(step < 0 ? -step : step) <= window ? ERR_OK : ERR_SIGNATURE;
            assert_int_equal(read_at("KD1:2940000123454.63776545", now, &identity), expected);
        }
    }
    assert_int_equal(read_at("KD1:2940000123454.63776545", 0, &identity), ERR_SIGNATURE);
}

static void card_dynamic_make__agrees_with_the_vectors_of_rfc_6238(void **state)
{
    (void)state;
    static const struct {
        uint64_t unix_s;
        const char *digits;
    } vectors[] = {{59, "46119246"},         {1111111109, "68084774"}, {1111111111, "67062674"},
                   {1234567890, "91819424"}, {2000000000, "90698825"}, {20000000000, "77737706"}};
    const uint8_t *key = (const uint8_t *)"12345678901234567890123456789012";
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct card_dynamic_code code;
        ok(card_dynamic_make(key, vectors[i].unix_s / CARD_DYNAMIC_STEP_S, &code));
        assert_string_equal(code.digits, vectors[i].digits);
    }
}

static void card_dynamic_key__is_another_one_for_each_member(void **state)
{
    (void)state;
    uint8_t key[HASH_SIZE];
    char text[2 * HASH_SIZE + 1];
    ok(card_dynamic_key(settings.dynamic.key, span_of_text("2940000123454"), key));
    hex_write(span_of(key, sizeof key), text);
    assert_string_equal(text, "ea51319a7af55be98437d741e2e1edc4b04996ef21455d8be3e45660f8aabbfd");
    ok(card_dynamic_key(settings.dynamic.key, span_of_text("AB12"), key));
    hex_write(span_of(key, sizeof key), text);
    assert_string_equal(text, "ef8d0605670e447e1e20adb2810fa790ba0c76d3fe46f329cd82cd61cf352752");
    assert_int_equal(card_dynamic_key(settings.dynamic.key, span_of_text(""), key), ERR_SYNTAX);
}

static void card_read_code__refuses_what_is_longer_than_any_code(void **state)
{
    (void)state;
    char text[CARD_CODE_SIZE_MAX + 2];
    struct card_identity identity;
    memset(text, '1', sizeof text);
    text[CARD_CODE_SIZE_MAX + 1] = '\0';
    assert_int_equal(read_at(text, NOW_S, &identity), ERR_TOO_LONG);
    text[CARD_CODE_SIZE_MAX] = '\0';
    assert_int_equal(read_at(text, NOW_S, &identity), ERR_TOO_LONG);
}

static void card_code_check_settings__wants_a_separator_that_no_code_holds(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 256; c++) {
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool is_taken = strchr("\r\n\t -\x02\x03]", (int)c) != NULL;
        settings.separator = (uint8_t)c;
        assert_int_equal(card_code_check_settings(&settings) == ERR_OK, !is_alnum && !is_taken);
    }
    settings.separator = 0;
    ok(card_code_check_settings(&settings));
    settings.taken = 1U << READER_TECHNOLOGY_COUNT;
    assert_int_equal(card_code_check_settings(&settings), ERR_SYNTAX);
    settings.taken = 0;
    settings.dynamic.window_steps = CARD_DYNAMIC_WINDOW_MAX + 1;
    assert_int_equal(card_code_check_settings(&settings), ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(card_read_code__gives_each_message_its_member_or_its_error, set_up),
        cmocka_unit_test_setup(card_read_code__makes_one_number_of_upca_and_ean13_with_a_leading_zero,
                               set_up),
        cmocka_unit_test_setup(card_read_code__takes_nothing_that_the_programme_does_not, set_up),
        cmocka_unit_test_setup(card_read_code__tells_each_step_of_time_apart_and_no_member_by_it, set_up),
        cmocka_unit_test_setup(card_read_code__holds_a_code_as_long_as_the_window_says, set_up),
        cmocka_unit_test_setup(card_dynamic_make__agrees_with_the_vectors_of_rfc_6238, set_up),
        cmocka_unit_test_setup(card_dynamic_key__is_another_one_for_each_member, set_up),
        cmocka_unit_test_setup(card_read_code__refuses_what_is_longer_than_any_code, set_up),
        cmocka_unit_test_setup(card_code_check_settings__wants_a_separator_that_no_code_holds, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
