/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/run.h"
#include "unit/card/fake_tag.h"
#include "unit/card/script_tag.h"

static const struct card_programme PROGRAMME = {
    .order_count = 3,
    .order = {READER_NDEF, READER_CLASSIC, READER_UID},
    .links = {.count = 4,
              .heads = {"loyalty.example/c/", "Shop.example/", "club.example/m?id=", "flat.example/c"}},
};
static const struct card_request REQUEST = {.programme = &PROGRAMME};

#define UID_TEXT "uid:04a1b2c3d4e5f6"

static size_t bytes_of(const char *hex, uint8_t out[1024])
{
    size_t size = strlen(hex) / 2;
    assert_int_equal(hex_read(span_of_text(hex), out, size), ERR_OK);
    return size;
}

static const struct tag_case {
    const char *what;
    const char *area; /* hex, from page 4 */
    const char *text;
} CASES[] = {
    {"the link read through libnfc", "031ED1011A55046C6F79616C74792E6578616D706C652F632F31323334353637FE",
     "num:1234567"},
    {"behind a factory-set lock control block",
     "0103A00C34031ED1011A55046C6F79616C74792E6578616D706C652F632F31323334353637FE", "num:1234567"},
    {"behind NULL blocks, length in three bytes",
     "000003FF001ED1011A55046C6F79616C74792E6578616D706C652F632F31323334353637FE", "num:1234567"},
    {"http, and a host in capitals", "031ED1011A55034C4F59414C54592E6578616D706C652F632F31323334353637FE",
     "num:1234567"},
    {"the path is told apart by case", "031ED1011A55046C6F79616C74792E6578616D706C652F432F31323334353637FE",
     UID_TEXT},
    {"no code, scheme written out, query behind",
     "0328D1012455006874747073"
     "3A2F2F6C6F79616C74792E6578616D706C652F632F31323334353F783D31FE",
     "num:12345"},
    {"another host", "031ED1011A55046C6F79616C74792E6578616D706C782F632F31323334353637FE", UID_TEXT},
    {"our host as somebody's subdomain",
     "0320D1011C5504782E6C6F79616C74792E6578616D706C652F632F31323334353637FE", UID_TEXT},
    {"rules' host in capitals",
     "0316D1011255"
     "0473686F702E6578616D706C652F34323432FE",
     "num:4242"},
    {"text record", "030FD1010B5402656E3132333435363738FE", "num:12345678"},
    {"text in UTF-16", "030FD1010B5482656E3132333435363738FE", UID_TEXT},
    {"text that is no number", "030CD101085402656E68656C6C6FFE", UID_TEXT},
    {"text whose language runs over its end",
     "0307D1010354"
     "3F656EFE",
     UID_TEXT},
    {"second record names the member",
     "0320910108"
     "5504782E6578616D7051010B5402656E3132333435363738"
     "0000"
     "FE",
     "num:12345678"},
    {"no message", "0300FE", UID_TEXT},
    {"only the end", "FE", UID_TEXT},
    {"block longer than the tag", "03FFFFFFD101", UID_TEXT},
    {"record longer than the message", "0305D101FF5504FE", UID_TEXT},
    {"a chunk that nothing follows", "0307F1010354026A6AFE", UID_TEXT},
    {"a smart poster, its title first",
     "0331D1022C537091010A5402656E3736353433323151011A55046C6F79616C74792E6578616D706C652F632F31323334353637F"
     "E",
     "num:1234567"},
    {"a smart poster of another's", "031BD102165370D101125504782E6578616D706C652F31323334353637FE", UID_TEXT},
    {"a smart poster that is cut", "0320D1021B5370D1011A55046C6F79616C74792E6578616D706C652F632F31323334FE",
     UID_TEXT},
    {"a link as a record's type",
     "0324D3210068747470733A2F2F6C6F79616C74792E6578616D706C652F632F31323334353637FE", "num:1234567"},
    {"text in UTF-16, low byte first", "0317D101135482656EFFFE3100320033003400350036003700FE", "num:1234567"},
    {"text in UTF-16, high byte first", "0317D101135482656EFEFF0031003200330034003500360037FE",
     "num:1234567"},
    {"text in UTF-16 without a mark", "0315D101115482656E0031003200330034003500360037FE", "num:1234567"},
    {"text in UTF-16 that is no number", "0315D101115482656E0031003200330434003500360037FE", UID_TEXT},
    {"a link in three chunks",
     "0324B1010955046C6F79616C74792E360002657856000F616D706C652F632F31323334353637FE", "num:1234567"},
    {"a text in chunks, then the link",
     "032AB20302612F6278791600017A51011A55046C6F79616C74792E6578616D706C652F632F31323334353637FE",
     "num:1234567"},
    {"chunks with another record between",
     "0327B1010955046C6F79616C74792E1101025400785600116578616D706C652F632F31323334353637FE", UID_TEXT},
    {"a link that ends with a slash", "031FD1011B55046C6F79616C74792E6578616D706C652F632F313233343536372FFE",
     "num:1234567"},
    {"a link that goes on behind the number",
     "0320D1011C55046C6F79616C74792E6578616D706C652F632F313233343536372F78FE", UID_TEXT},
    {"a number in the query, more behind it",
     "031FD1011B5504636C75622E6578616D706C652F6D3F69643D3432343226783D31FE", "num:4242"},
    {"a longer word than the head's", "031AD101165504666C61742E6578616D706C652F636C756232393430FE", UID_TEXT},
    {"a number that follows the head at once", "0317D101135504666C61742E6578616D706C652F6334323432FE",
     "num:4242"},
    {"a head without the slash that comes next", "0318D101145504666C61742E6578616D706C652F632F34323432FE",
     "num:4242"},
    {"second message begins within", "030891010055D1010055FE", UID_TEXT},
};

static void card_identify__reads_the_member_of_a_type2_tag_or_falls_back_to_its_uid(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        uint8_t area[1024];
        struct fake_tag fake;
        fake_tag_init(&fake, 45, 0x12, span_of(area, bytes_of(CASES[i].area, area)));
        struct tag tag = fake_tag_as_tag(&fake);
        struct card_identity identity = {.text = "none"};
        enum err error = card_identify(&tag, &REQUEST, &identity);
        if (error != ERR_OK || strcmp(identity.text, CASES[i].text) != 0)
            fail_msg("%s: %s, %s", CASES[i].what, err_name(error), identity.text);
        bool is_number = strncmp(identity.text, "num:", 4) == 0;
        assert_int_equal(identity.technology, is_number ? READER_NDEF : READER_UID);
        assert_int_equal(identity.trust, is_number ? CARD_TRUST_STATIC : CARD_TRUST_IDENTIFY);
    }
}

/* A link with a long query, so that its message takes 800 bytes of an NTAG216. */
static size_t long_message(uint8_t area[1024])
{
    size_t size =
        bytes_of("03FF0320C1010000031955046C6F79616C74792E6578616D706C652F632F313233343536373F", area);
    memset(area + size, 'x', 4 + 0x320 - size);
    area[4 + 0x320] = 0xFE;
    return 4 + 0x320 + 1;
}

static void card_identify__reads_no_more_than_the_message(void **state)
{
    (void)state;
    uint8_t area[1024];
    struct fake_tag fake;
    struct card_identity identity;
    size_t size = bytes_of(CASES[0].area, area);
    fake_tag_init(&fake, 45, 0x12, span_of(area, size));
    struct tag tag = fake_tag_as_tag(&fake);
    assert_int_equal(card_identify(&tag, &REQUEST, &identity), ERR_OK);
    assert_int_equal(fake.exchange_count, 2); /* READ, FAST_READ */
    assert_int_equal(fake.byte_count, 16 + 20);

    fake_tag_init(&fake, FAKE_TAG_PAGES, 0x6D, span_of(area, long_message(area)));
    tag = fake_tag_as_tag(&fake);
    assert_int_equal(card_identify(&tag, &REQUEST, &identity), ERR_OK);
    assert_string_equal(identity.text, "num:1234567");
    assert_int_equal(fake.fast_read_count, 4);
    assert_int_equal(fake.byte_count, 16 + 792);
}

static void card_identify__reads_a_tag_without_fast_read(void **state)
{
    (void)state;
    uint8_t area[1024];
    struct fake_tag fake;
    struct card_identity identity;
    fake_tag_init(&fake, FAKE_TAG_PAGES, 0x6D, span_of(area, long_message(area)));
    fake.refuses_fast_read = true;
    struct tag tag = fake_tag_as_tag(&fake);
    assert_int_equal(card_identify(&tag, &REQUEST, &identity), ERR_OK);
    assert_string_equal(identity.text, "num:1234567");
    assert_int_equal(fake.select_again_count, 1);
}

static void card_identify__never_takes_the_uid_of_a_tag_that_failed_to_be_read(void **state)
{
    (void)state;
    uint8_t area[1024];
    size_t size = long_message(area);
    static const enum err failures[] = {ERR_IO, ERR_TIMEOUT, ERR_CLOSED};
    for (size_t f = 0; f < COUNT_OF(failures); f++) {
        for (int at = 0; at < 5; at++) {
            struct fake_tag fake;
            struct card_identity identity = {.text = "none"};
            fake_tag_init(&fake, FAKE_TAG_PAGES, 0x6D, span_of(area, size));
            fake.fails_after = at;
            fake.failure = failures[f];
            struct tag tag = fake_tag_as_tag(&fake);
            enum err error = card_identify(&tag, &REQUEST, &identity);
            if (failures[f] == ERR_IO) { /* what was lost once is asked for again, a FAST_READ by READs */
                assert_int_equal(error, ERR_OK);
                assert_string_equal(identity.text, "num:1234567");
            } else {
                assert_int_equal(error, failures[f]);
                assert_string_equal(identity.text, "none");
            }
        }
    }
}

static void card_identify__never_takes_the_uid_of_a_tag_that_was_pulled_away(void **state)
{
    (void)state;
    uint8_t area[1024];
    struct fake_tag fake;
    struct card_identity identity = {.text = "none"};
    fake_tag_init(&fake, FAKE_TAG_PAGES, 0x6D, span_of(area, long_message(area)));
    fake.refuses_fast_read = true;
    fake.is_pulled = true;
    struct tag tag = fake_tag_as_tag(&fake);
    assert_int_equal(card_identify(&tag, &REQUEST, &identity), ERR_IO);
    assert_string_equal(identity.text, "none");
}

/* A chip that calls itself a Type 2 tag and has no memory: a UID is all there is. */
static void card_identify__takes_the_uid_of_a_tag_that_answers_no_read(void **state)
{
    (void)state;
    struct fake_tag fake;
    struct card_identity identity = {.text = "none"};
    fake_tag_init(&fake, 0, 0x6D, span_of(NULL, 0));
    struct tag tag = fake_tag_as_tag(&fake);
    assert_int_equal(card_identify(&tag, &REQUEST, &identity), ERR_OK);
    assert_string_equal(identity.text, "uid:04a1b2c3d4e5f6");
    fake_tag_init(&fake, 0, 0x6D, span_of(NULL, 0));
    fake.is_pulled = true;
    identity = (struct card_identity){.text = "none"};
    assert_int_equal(card_identify(&tag, &REQUEST, &identity), ERR_IO);
    assert_string_equal(identity.text, "none");
}

static void card_identify__refuses_every_truncation_or_reads_the_same(void **state)
{
    (void)state;
    uint8_t area[1024];
    size_t size = bytes_of(CASES[2].area, area);
    for (size_t cut = 0; cut < size; cut++) {
        struct fake_tag fake;
        struct card_identity identity;
        fake_tag_init(&fake, 45, 0x12, span_of(area, cut));
        struct tag tag = fake_tag_as_tag(&fake);
        assert_int_equal(card_identify(&tag, &REQUEST, &identity), ERR_OK);
        /* zeroes follow, which no member number holds: only the whole message names the member */
        assert_string_equal(identity.text, cut < size - 1 ? UID_TEXT : "num:1234567");
    }
}

static const struct uid_case {
    struct tag_target target;
    enum err error;
    enum reader_technology technology;
    const char *text;
} UID_CASES[] = {
    {{.uid = {0x11, 0x22, 0x33, 0x44}, .uid_size = 4, .sak = 0x20, .atqa = 0x0344},
     ERR_OK,
     READER_UID,
     "uid:11223344"},
    {{.uid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0xAB}, .uid_size = 10, .sak = 0, .atqa = 0x0004},
     ERR_OK,
     READER_UID,
     "uid:010203040506070809ab"},
    {{.uid = {0xDE, 0xAD, 0xBE, 0xEF}, .uid_size = 4, .sak = 0x08, .atqa = 0x0004},
     ERR_OK,
     READER_CLASSIC,
     "uid:deadbeef"},
    {{.uid = {0x04, 1, 2, 3, 4, 5, 6}, .uid_size = 7, .sak = 0x18, .atqa = 0x0042},
     ERR_OK,
     READER_CLASSIC,
     "uid:04010203040506"},
    {{.uid = {0x08, 1, 2, 3}, .uid_size = 4, .sak = 0x20, .atqa = 0x0004}, ERR_UNSUPPORTED, 0, NULL},
    {{.uid = {0x08, 1, 2, 3}, .uid_size = 4, .sak = 0x08, .atqa = 0x0004}, ERR_UNSUPPORTED, 0, NULL},
    {{.uid = {0x88, 1, 2, 3}, .uid_size = 4, .sak = 0x04, .atqa = 0x0004}, ERR_UNSUPPORTED, 0, NULL},
    {{.uid = {0x08, 1, 2, 3, 4, 5, 6}, .uid_size = 7, .sak = 0x20, .atqa = 0x0344},
     ERR_OK,
     READER_UID,
     "uid:08010203040506"},
    {{.uid = {1, 2, 3}, .uid_size = 3, .sak = 0, .atqa = 0x0004}, ERR_SYNTAX, 0, NULL},
};

static void card_identify__takes_lasting_uids_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(UID_CASES); i++) {
        struct tag tag = {.ops = &fake_tag_ops, .self = NULL, .target = UID_CASES[i].target};
        struct card_identity identity = {.text = "none"};
        assert_int_equal(card_identify(&tag, &REQUEST, &identity), UID_CASES[i].error);
        assert_string_equal(identity.text, UID_CASES[i].text != NULL ? UID_CASES[i].text : "none");
        assert_int_equal(identity.technology, UID_CASES[i].technology);
        struct card_programme strict = PROGRAMME;
        card_programme_refuse_uid(&strict);
        const struct card_request request = {.programme = &strict};
        assert_int_equal(card_identify(&tag, &request, &identity), ERR_UNSUPPORTED);
    }
}

static void card_identify__never_takes_the_uid_of_what_answers_to_a_wallets_name(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        enum err error;
    } rows[] = {
        {"6f1d50084170706c655061799f210201009f2404deadbeef9f23040000003a9000",
         ERR_UNSUPPORTED}, /* the other wallet */
        {"6f009000", ERR_UNSUPPORTED},
        {"6a82", ERR_OK}, /* a card of another kind */
        {"6d00", ERR_OK},
        {"6283", ERR_OK},
        {"911c", ERR_OK},
        {"6f00", ERR_IO},
        {"6400", ERR_IO},
        {"6287", ERR_PENDING},
        {"6984", ERR_PENDING}, /* it is locked, or waits */
        {"91ca", ERR_IO},      /* it may be passing: it is asked again */
    };
    struct card_programme programme = {.order_count = 2, .order = {READER_SMART_TAP, READER_UID}};
    programme.smart_tap.is_on = true;
    const struct card_context context = {.now_unix_s = 1};
    const struct card_request request = {.programme = &programme, .context = &context};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct script_row script_rows[] = {{NULL, rows[i].answer, ERR_OK}};
        struct script_tag script = {.rows = script_rows, .row_count = 1};
        struct tag tag = script_tag_as_tag(&script);
        tag.target =
            (struct tag_target){.uid = {0x11, 0x22, 0x33, 0x44}, .uid_size = 4, .sak = 0x20, .atqa = 0x0344};
        struct card_identity identity = {.text = "none"};
        assert_int_equal(card_identify(&tag, &request, &identity), rows[i].error);
        assert_string_equal(identity.text, rows[i].error == ERR_OK ? "uid:11223344" : "none");
    }
}

/* A tag that hears PWD_AUTH alone, and answers each from a list. */
struct password_tag {
    const enum err *answers;
    size_t answer_count;
    size_t heard;
    uint8_t pack[2];
};

static enum err answer_password(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                                size_t *out_rx_size)
{
    static const uint8_t expected[] = {0x1B, 1, 2, 3, 4};
    struct password_tag *password_tag = self;
    if (!span_is_equal(tx, span_of(expected, sizeof expected)))
        return ERR_IO;
    assert_true(password_tag->heard < password_tag->answer_count);
    enum err error = password_tag->answers[password_tag->heard++];
    assert_true(rx_capacity >= sizeof password_tag->pack);
    memcpy(rx, password_tag->pack, sizeof password_tag->pack);
    *out_rx_size = sizeof password_tag->pack;
    return error;
}

static enum err is_still_there(void *self)
{
    (void)self;
    return ERR_OK;
}

static void card_identify__takes_a_refused_password_for_a_strangers_and_a_lost_one_for_none(void **state)
{
    (void)state;
    static const struct tag_ops ops = {.exchange = answer_password, .select_again = is_still_there};
    static const struct {
        enum err answers[2];
        size_t heard;
        uint8_t pack[2];
        enum err error;
    } rows[] = {
        {{ERR_IO, ERR_IO}, 2, {0x80, 0x80}, ERR_OK}, /* refuses: known by its UID */
        {{ERR_IO, ERR_OK},
         2,
         {0x80, 0x80},
         ERR_IO},                            /* ours, and the READ behind it is lost: never by its UID */
        {{ERR_OK}, 1, {0x80, 0x80}, ERR_IO}, /* the same at once */
        {{ERR_OK}, 1, {0x80, 0x81}, ERR_OK}, /* another programme's of the same password */
        {{ERR_UNSUPPORTED}, 1, {0x80, 0x80}, ERR_STATE}, /* a reader that cannot send it */
    };
    struct card_programme programme = {.order_count = 2, .order = {READER_NDEF, READER_UID}};
    programme.type2 = (struct card_type2_settings){
        .has_password = true, .has_pack = true, .password = {1, 2, 3, 4}, .pack = {0x80, 0x80}};
    const struct card_request request = {.programme = &programme};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct password_tag password_tag = {.answers = rows[i].answers, .answer_count = rows[i].heard};
        memcpy(password_tag.pack, rows[i].pack, sizeof password_tag.pack);
        struct tag tag = {.ops = &ops,
                          .self = &password_tag,
                          .target = {.uid = {4, 1, 2, 3, 4, 5, 6}, .uid_size = 7, .atqa = 0x0044}};
        struct card_identity identity = {.text = "none"};
        assert_int_equal(card_identify(&tag, &request, &identity), rows[i].error);
        assert_int_equal(password_tag.heard, rows[i].heard);
        assert_string_equal(identity.text, rows[i].error == ERR_OK ? "uid:04010203040506" : "none");
    }
}

static void card_technology__has_a_name_and_a_trust_each(void **state)
{
    (void)state;
    for (int technology = READER_UID; technology < READER_TECHNOLOGY_COUNT; technology++) {
        assert_string_not_equal(card_technology_name((enum reader_technology)technology), "?");
        assert_int_not_equal(card_trust_of((enum reader_technology)technology), CARD_TRUST_NONE);
    }
    assert_string_equal(card_technology_name((enum reader_technology)0), "?");
    assert_int_equal(card_trust_of((enum reader_technology)99), CARD_TRUST_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_identify__reads_the_member_of_a_type2_tag_or_falls_back_to_its_uid),
        cmocka_unit_test(card_identify__reads_no_more_than_the_message),
        cmocka_unit_test(card_identify__reads_a_tag_without_fast_read),
        cmocka_unit_test(card_identify__never_takes_the_uid_of_a_tag_that_failed_to_be_read),
        cmocka_unit_test(card_identify__never_takes_the_uid_of_a_tag_that_was_pulled_away),
        cmocka_unit_test(card_identify__takes_the_uid_of_a_tag_that_answers_no_read),
        cmocka_unit_test(card_identify__refuses_every_truncation_or_reads_the_same),
        cmocka_unit_test(card_identify__takes_lasting_uids_only),
        cmocka_unit_test(card_identify__never_takes_the_uid_of_what_answers_to_a_wallets_name),
        cmocka_unit_test(card_identify__takes_a_refused_password_for_a_strangers_and_a_lost_one_for_none),
        cmocka_unit_test(card_technology__has_a_name_and_a_trust_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
