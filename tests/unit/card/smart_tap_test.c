/* SPDX-License-Identifier: Apache-2.0 */
/* Google's Smart Tap: one session whose every byte is known, what phones may answer instead, and what is in their
 * passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/apdu.h"
#include "card/inflate.h"
#include "card/record.h"
#include "card/run.h"
#include "card/tech/smart_tap.h"
#include "harness/ok.h"
#include "unit/card/script_tag.h"

/* The collector of Google's published sample application. */
#define COLLECTOR_ID  20180608
#define COLLECTOR_KEY "826d17e50767b165b0e4d9e332f8d1d1e20224284fb4daf1e50a03246e70797d"

/* What the terminal draws: nonce, session's id, its own key. The phone's key and nonce are fixed, too; the signature is
 * RFC 6979's. Worked out beside this program in Python. */
#define DRAWN_NONCE   "b2853d635156bccfb81db14035c0dc774fa9a73b5601094ebef7d818e179be4f"
#define DRAWN_SESSION "78604e11043667cb"
#define DRAWN_KEY     "261647e531022d69267a7e5353f7193a677c9b1202698ffcefde9ce4507ae081"
#define DRAWN         DRAWN_NONCE DRAWN_SESSION DRAWN_KEY
#define PEER          "02aa21db03ba23ce0af096f92dd2e723f07be2008cff02f5385ad0ddde0602b627"

#define SELECT_OSE "00a404000a4f53452e5641532e303100"
#define SELECT_TAP "00a4040009a000000476d000011100"
#define GET_MORE   "90c0000000"

#define WALLET_WITH_NONCE                                                                                    \
    "6f7e500a416e64726f6964506179c0020001c1020003c2200db01dc5e4cb8870b6843928791abdabf822d5424b58dd51"       \
    "c01e206541f524d8c32102aa21db03ba23ce0af096f92dd2e723f07be2008cff02f5385ad0ddde0602b627a523bf0c20"       \
    "611e4f09a000000476d0000111870101730edf6d020000df4d020001df6201019000"
#define WALLET_WITHOUT_SKIP                                                                                  \
    "6f7e500a416e64726f6964506179c0020001c1020003c2200db01dc5e4cb8870b6843928791abdabf822d5424b58dd51"       \
    "c01e206541f524d8c32102aa21db03ba23ce0af096f92dd2e723f07be2008cff02f5385ad0ddde0602b627a523bf0c20"       \
    "611e4f09a000000476d0000111870101730edf6d020000df4d020001df6201029000"
#define WALLET_OF_VERSION_2                                                                                  \
    "6f7e500a416e64726f6964506179c0020001c1020003c2200db01dc5e4cb8870b6843928791abdabf822d5424b58dd51"       \
    "c01e206541f524d8c32102aa21db03ba23ce0af096f92dd2e723f07be2008cff02f5385ad0ddde0602b627a523bf0c20"       \
    "611e4f09a000000476d0000111870101730edf6d020002df4d020003df6201019000"
#define SELECTED "00000001d403216d646e040db01dc5e4cb8870b6843928791abdabf822d5424b58dd51c01e206541f524d89000"
#define SELECTED_VERSION_2                                                                                   \
    "00020003d403216d646e040db01dc5e4cb8870b6843928791abdabf822d5424b58dd51c01e206541f524d89000"
#define NEGOTIATE                                                                                            \
    "90530000bed403b86e6772000194030a73657378604e11043667cb01015403a0637072b2853d635156bccfb81db14035"       \
    "c0dc774fa9a73b5601094ebef7d818e179be4f010288f063ef866d2853c0a31154ba06e37cd3c7a81dc1755ece1584cd"       \
    "463ebab1e3000000019403497369670430460221009e7d8573c21110589ab7408c5490fe354497690c24be9701b4f72e"       \
    "ca61388c6f022100d7c70abd2daca7880390866fb1f0232553d457c317c423d9228d096148d2e47a540305636c640401"       \
    "33ee8000"
#define NEGOTIATED                                                                                           \
    "d403376e727394030a73657378604e11043667cb010154032164706b02aa21db03ba23ce0af096f92dd2e723f07be200"       \
    "8cff02f5385ad0ddde0602b6279000"
#define GET_DATA                                                                                             \
    "9050000041d4033b737271000194030a73657378604e11043667cb020114030b6d6572d40305636c64040133ee801403"       \
    "07736c72d4030173747203540305706372410000000100"
#define BUNDLE                                                                                               \
    "011951f24723916024dbe99f9bc4703e6a2fca9943d2a9877fc619ea881ffbf89415ab2b573bc1bf2adb1ee3bf4d34ef"       \
    "46db2ae67b7c0d44d08cfa0787bd53dc7ebeb49ac3b6d09efa1d05188e41c57e247ec02233eb56040ddac63d"
#define BUNDLE_PACKED                                                                                        \
    "031951f24723916024dbe99f9b68a9acc9f025551ee2451253559c7b8943bb7a5c1e158f6e274ebc887a34fae2a3d63e"       \
    "5bf56fd1c81ae5a0d3a4d22776c1d362150bdb5a0366724d84d9ec74855e7c9a1fc7716250548d34f7c31be898cbf0ce"       \
    "140ebc"
#define DATA                                                                                                 \
    "d4037273727394030a73657378604e11043667cb020154035c726562011951f24723916024dbe99f9bc4703e6a2fca99"       \
    "43d2a9877fc619ea881ffbf89415ab2b573bc1bf2adb1ee3bf4d34ef46db2ae67b7c0d44d08cfa0787bd53dc7ebeb49a"       \
    "c3b6d09efa1d05188e41c57e247ec02233eb56040ddac63d"
#define DATA_PACKED                                                                                          \
    "d4037973727394030a73657378604e11043667cb0201540363726562031951f24723916024dbe99f9b68a9acc9f02555"       \
    "1ee2451253559c7b8943bb7a5c1e158f6e274ebc887a34fae2a3d63e5bf56fd1c81ae5a0d3a4d22776c1d362150bdb5a"       \
    "0366724d84d9ec74855e7c9a1fc7716250548d34f7c31be898cbf0ce140ebc"
#define CONTENT_TWO                                                                                          \
    "94032b6173769401066904010000000054021c6f669403096f696404000000000000000059010701546e004f46464552"       \
    "31140332617376940106690401000000005402236c799403096f696404000000000000000059010e01546e0032393030"       \
    "303030303132333435540349617376940106690401000000005403396375739403116369640400010203040506070809"       \
    "0a0b0c0d0e0f190103035463706c00656e5403116375740455555555555555555555555555555555"
#define CONTENT_OFFER                                                                                        \
    "d4032b6173769401066904010000000054021c6f669403096f696404000000000000000059010701546e004f46464552"       \
    "31"
#define CONTENT_LANG                                                                                         \
    "d4032d6173769401066904010000000054021e6c799403096f696404000000000000000059010901546e02656e414231"       \
    "323334"
#define CONTENT_UTF16                                                                                        \
    "d4032b6173769401066904010000000054021c6c799403096f696404000000000000000059010701546e804142313233"       \
    "34"
#define CONTENT_ASCII                                                                                        \
    "d403296173769401066904010000000054021a6c799403096f69640400000000000000005401076e01414231323334"
#define CONTENT_BCD                                                                                          \
    "d4032b6173769401066904010000000054021c6c799403096f69640400000000000000005401096e0529000000123456"       \
    "7f"
#define CONTENT_BADBCD                                                                                       \
    "d403296173769401066904010000000054021a6c799403096f69640400000000000000005401076e0529000000123a"
#define CONTENT_CUS                                                                                          \
    "d403496173769401066904010000000054033963757394031163696404000102030405060708090a0b0c0d0e0f190103"       \
    "035463706c00656e5403116375740455555555555555555555555555555555"
#define CONTENT_CUS0                                                                                         \
    "d4033e6173769401066904010000000054032e6375739403116369640400000000000000000000000000000000540311"       \
    "6375740455555555555555555555555555555555"
#define CONTENT_PAN_ALONE                                                                                    \
    "940335617376940106690401000000005402266c799403096f696404000000000000000059011101546e003431313131"       \
    "3131313131313131313131"
#define CONTENT_PAN                                                                                          \
    "940335617376940106690401000000005402266c799403096f696404000000000000000059011101546e003431313131"       \
    "3131313131313131313131540332617376940106690401000000005402236c799403096f696404000000000000000059"       \
    "010e01546e0032393030303030303132333435"
#define PACKED_LONG                                                                                          \
    "78daedd4b14a03411006e03bef102c2d051baf177667f76677ad6d62275c6323eccecc422044431221889dd8d8a6b250"       \
    "b0146b9f410b5fc052b0f6052c3c0b1bdf40c857cefcfce57f591545fd1ca767cb727d5897456f7fad3f3d8d16cb6ae3"       \
    "64c8f5cecbc161f97efc30e89ff56dd98d8bf386e32ceec666af69b39024c49cc963369e430b983c267026676333890e"       \
    "8c89ad33ad9808d88a461151265b51ce2adf2224e1e4132a129b005c8f2db3ce849a304b06d6e0588c4bc1428a9195b8"       \
    "8ca4b4760ec57372c4c6b8a000434862817cf462312720040b068819a04f6b085687d66bf9297424ac54ce9ad4cacaca"       \
    "bfd75c74d5e077cdd6268bc5a4ab02cda7cb6a93fa2d2bfed82aabaaa3d35121e3ae4fcc67b5bbfefa78bd3fba19bd85"       \
    "bbedc7cfab6ff04e141a"
#define PACKED_64K                                                                                           \
    "78daedc101010000008090feafee080a0000000000000000000000000000000000000000000000000000000000000000"       \
    "000000000000000000000000000000000000000000000000000000000000006a000f0001"
#define PACKED_64K_1                                                                                         \
    "78daedc101010000008220ffafae21400100000000000000000000000000000000000000000000000000000000000000"       \
    "00000000000000000000000000000000000000000000000000000000000000c00d00100001"

#define BYTES_MAX 2048

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

static int open_vault(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

struct dialogue {
    struct script_tag script;
    struct script_random queue;
    struct card_ose ose;
    struct card_smart_tap_settings settings;
    struct card_smart_tap_pass pass;
};

static struct dialogue dialogue_of(const struct script_row *rows, size_t count)
{
    struct dialogue dialogue = {
        .script = {.rows = rows, .row_count = count},
        .settings = {.is_on = true, .collector_id = COLLECTOR_ID, .key_version = 1},
    };
    ok(hex_read(span_of_text(COLLECTOR_KEY), dialogue.settings.private_key, VAULT_PRIVATE_SIZE));
    return dialogue;
}

static enum err ask_with(struct dialogue *dialogue, const char *drawn)
{
    struct tag tag = script_tag_as_tag(&dialogue->script);
    enum err error = card_smart_tap_ask(&tag, &dialogue->ose, &dialogue->settings,
                                        script_random_of(&dialogue->queue, drawn), &dialogue->pass);
    card_ose_end(&tag, &dialogue->ose, error);
    return error;
}

static enum err ask(struct dialogue *dialogue)
{
    return ask_with(dialogue, DRAWN);
}

/* ---- the session that is known byte by byte */

static void smart_tap_ask__says_and_understands_a_whole_session_byte_by_byte(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        {SELECT_OSE, WALLET_WITH_NONCE, ERR_OK}, /* no second select: the wallet said it all */
        {NEGOTIATE, NEGOTIATED, ERR_OK},
        {GET_DATA, DATA "9000", ERR_OK},
    };
    struct dialogue dialogue = dialogue_of(rows, COUNT_OF(rows));
    ok(ask(&dialogue));
    assert_string_equal(dialogue.pass.text, "num:2018");
    assert_int_equal(dialogue.pass.object_count, 1);
    assert_int_equal(dialogue.script.transmit_count, 3);
    assert_int_equal(dialogue.script.release_count, 1);
    assert_int_equal(dialogue.script.released_after, 3);
}

static void card_identify__takes_whom_a_smart_tap_names(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        {SELECT_OSE, WALLET_WITH_NONCE, ERR_OK},
        {NEGOTIATE, NEGOTIATED, ERR_OK},
        {GET_DATA, DATA "9000", ERR_OK},
    };
    struct dialogue dialogue = dialogue_of(rows, COUNT_OF(rows));
    struct tag tag = script_tag_as_tag(&dialogue.script);
    const struct card_programme programme = {
        .order = {READER_SMART_TAP}, .order_count = 1, .smart_tap = dialogue.settings};
    const struct card_context context = {script_random_of(&dialogue.queue, DRAWN), 0};
    const struct card_request request = {&programme, &context, NULL};
    struct card_identity who = {0};
    ok(card_identify(&tag, &request, &who));
    assert_int_equal(who.technology, READER_SMART_TAP);
    assert_string_equal(who.text, "num:2018");
}

static void smart_tap_ask__selects_once_more_where_the_wallet_does_not_say_enough(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        {SELECT_OSE, WALLET_WITHOUT_SKIP, ERR_OK},
        {SELECT_TAP, SELECTED, ERR_OK},
        {NEGOTIATE, NEGOTIATED, ERR_OK},
        {GET_DATA, DATA_PACKED "9000", ERR_OK},
    };
    struct dialogue dialogue = dialogue_of(rows, COUNT_OF(rows));
    ok(ask(&dialogue));
    assert_string_equal(dialogue.pass.text, "num:2018");
    static const struct script_row bare[] = {
        {SELECT_OSE, "6f0c500a416e64726f69645061799000", ERR_OK},
        {SELECT_TAP, SELECTED, ERR_OK},
        {NEGOTIATE, NEGOTIATED, ERR_OK},
        {GET_DATA, DATA "9000", ERR_OK},
    };
    dialogue = dialogue_of(bare, COUNT_OF(bare));
    ok(ask(&dialogue));
}

/* Bytes and their status word, cut into parts. */
static void smart_tap_ask__puts_an_answer_in_parts_together(void **state)
{
    (void)state;
    static const char data[] = DATA;
    for (size_t part_size = 1; part_size < sizeof(data) / 2; part_size += 17) {
        enum { PARTS_MAX = 200 };
        char parts[PARTS_MAX][2 * BYTES_MAX / 8];
        struct script_row rows[2 + PARTS_MAX] = {{SELECT_OSE, WALLET_WITH_NONCE, ERR_OK},
                                                 {NEGOTIATE, NEGOTIATED, ERR_OK}};
        size_t count = 0;
        for (size_t at = 0; at < strlen(data); at += 2 * part_size, count++) {
            size_t size = strlen(data) - at < 2 * part_size ? strlen(data) - at : 2 * part_size;
            memcpy(parts[count], data + at, size);
            memcpy(parts[count] + size, at + size < strlen(data) ? "9100" : "9000", 5);
            rows[2 + count] = (struct script_row){count == 0 ? GET_DATA : GET_MORE, parts[count], ERR_OK};
        }
        struct dialogue dialogue = dialogue_of(rows, 2 + count);
        ok(ask(&dialogue));
        assert_string_equal(dialogue.pass.text, "num:2018");
        assert_int_equal(dialogue.script.transmit_count, 2 + count);
    }
}

static enum err more_for_ever(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                              size_t *out_rx_size)
{
    static const char *const first[] = {WALLET_WITH_NONCE, NEGOTIATED};
    size_t *count = self;
    (void)tx;
    struct bytes answer = of_hex(*count < 2 ? first[*count] : "9100");
    assert_true(answer.size <= rx_capacity);
    memcpy(rx, answer.at, answer.size);
    *out_rx_size = answer.size;
    ++*count;
    return ERR_OK;
}

static enum err much_for_ever(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                              size_t *out_rx_size)
{
    enum { PART = 255 };
    size_t *count = self;
    if (*count < 2)
        return more_for_ever(self, tx, rx, rx_capacity, out_rx_size);
    memset(rx, 0x5A, PART);
    rx[PART] = 0x91;
    rx[PART + 1] = 0x00;
    *out_rx_size = PART + 2;
    ++*count;
    return ERR_OK;
}

static void smart_tap_ask__gives_up_on_a_phone_that_never_ends(void **state)
{
    (void)state;
    enum err (*const endless[])(void *, struct span, uint8_t *, size_t, size_t *) = {more_for_ever,
                                                                                     much_for_ever};
    for (size_t i = 0; i < COUNT_OF(endless); i++) {
        struct dialogue dialogue = dialogue_of(NULL, 0);
        const struct tag_ops ops = {.transmit = endless[i]};
        size_t count = 0;
        const struct tag tag = {.ops = &ops, .self = &count};
        assert_int_equal(card_smart_tap_ask(&tag, &dialogue.ose, &dialogue.settings,
                                            script_random_of(&dialogue.queue, DRAWN), &dialogue.pass),
                         ERR_TOO_LONG);
        assert_true(count <= 300);
    }
}

/* The second half of the signed text's nonces is zeros then, and the flag before the point is clear. */
static void smart_tap_ask__leaves_the_phones_nonce_out_of_a_signature_made_before(void **state)
{
    (void)state;
    static const struct script_row rows[] = {{SELECT_OSE, WALLET_WITH_NONCE, ERR_OK}, {NULL, "9500", ERR_OK}};
    struct dialogue dialogue = dialogue_of(rows, COUNT_OF(rows));
    struct card_smart_tap_session live = {.sequence = 0}, presigned = live;
    uint8_t zeros[CARD_SMART_TAP_NONCE_SIZE] = {0};
    memset(live.phone_nonce, 0xEE, sizeof live.phone_nonce);
    presigned = live;
    ok(card_smart_tap_begin(&dialogue.settings, script_random_of(&dialogue.queue, DRAWN), &live));
    dialogue.settings.is_presigned = true;
    ok(card_smart_tap_begin(&dialogue.settings, script_random_of(&dialogue.queue, DRAWN), &presigned));
    assert_memory_equal(live.signed_text + 32, live.phone_nonce, 32);
    assert_memory_equal(presigned.signed_text + 32, zeros, 32);
    assert_memory_equal(presigned.signed_text + 64, live.signed_text + 64, 37);
    assert_memory_not_equal(presigned.signature, live.signature, 70);
    assert_int_equal(ask(&dialogue), ERR_STATE);
}

static void smart_tap_begin__takes_four_bytes_of_any_collector_id(void **state)
{
    (void)state;
    static const struct {
        uint64_t id;
        uint8_t bytes[4];
    } rows[] = {
        {20180608, {0x01, 0x33, 0xEE, 0x80}},
        {7, {0, 0, 0, 7}},
        {UINT64_C(0x123456789ABCDEF0), {0x9A, 0xBC, 0xDE, 0xF0}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct dialogue dialogue = dialogue_of(NULL, 0);
        struct card_smart_tap_session session = {.sequence = 0};
        dialogue.settings.collector_id = rows[i].id;
        ok(card_smart_tap_begin(&dialogue.settings, script_random_of(&dialogue.queue, DRAWN), &session));
        assert_memory_equal(session.signed_text + 64, rows[i].bytes, 4);
        memset(dialogue.settings.private_key, 0, VAULT_PRIVATE_SIZE);
        assert_int_equal(
            card_smart_tap_begin(&dialogue.settings, script_random_of(&dialogue.queue, DRAWN), &session),
            ERR_STATE);
    }
}

/* ---- what phones may answer instead */

static void smart_tap_ask__has_a_rule_for_each_first_byte_of_a_status(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        enum err error;
        size_t releases;
    } rows[] = {
        {"9001", ERR_NOT_FOUND, 1},   {"6a82", ERR_NOT_FOUND, 1}, {"9201", ERR_IO, 0},
        {"9203", ERR_IO, 0},          {"92ff", ERR_IO, 0},        {"9300", ERR_PENDING, 1},
        {"9302", ERR_PENDING, 1},     {"93aa", ERR_PENDING, 1},   {"9400", ERR_STATE, 1},
        {"9407", ERR_STATE, 1},       {"9500", ERR_STATE, 1},     {"9502", ERR_VERSION, 1},
        {"6700", ERR_UNSUPPORTED, 1}, {"9000", ERR_SYNTAX, 1},    {"9002", ERR_SYNTAX, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct script_row negotiate[] = {{SELECT_OSE, WALLET_WITH_NONCE, ERR_OK},
                                               {NEGOTIATE, rows[i].status, ERR_OK}};
        const struct script_row get[] = {{SELECT_OSE, WALLET_WITH_NONCE, ERR_OK},
                                         {NEGOTIATE, NEGOTIATED, ERR_OK},
                                         {GET_DATA, rows[i].status, ERR_OK}};
        struct dialogue dialogue = dialogue_of(negotiate, COUNT_OF(negotiate));
        assert_int_equal(ask(&dialogue), rows[i].error);
        assert_int_equal(dialogue.script.release_count, rows[i].releases);
        dialogue = dialogue_of(get, COUNT_OF(get));
        assert_int_equal(ask(&dialogue), rows[i].error);
    }
}

static void smart_tap_ask__goes_no_further_with_a_version_that_it_does_not_speak(void **state)
{
    (void)state;
    static const struct script_row early[] = {{SELECT_OSE, WALLET_OF_VERSION_2, ERR_OK}};
    static const struct script_row late[] = {{SELECT_OSE, WALLET_WITHOUT_SKIP, ERR_OK},
                                             {SELECT_TAP, SELECTED_VERSION_2, ERR_OK}};
    struct dialogue dialogue = dialogue_of(early, COUNT_OF(early));
    assert_int_equal(ask(&dialogue), ERR_VERSION);
    dialogue = dialogue_of(late, COUNT_OF(late));
    assert_int_equal(ask(&dialogue), ERR_VERSION);
    static const struct {
        const char *answer;
        enum err error;
    } cut[] = {{"9000", ERR_TRUNCATED},
               {"000000019000", ERR_SYNTAX},
               {"00000001d403016d646e049000", ERR_SYNTAX},
               {"6a82", ERR_NOT_FOUND}};
    for (size_t i = 0; i < COUNT_OF(cut); i++) {
        const struct script_row rows[] = {{SELECT_OSE, WALLET_WITHOUT_SKIP, ERR_OK},
                                          {SELECT_TAP, cut[i].answer, ERR_OK}};
        dialogue = dialogue_of(rows, COUNT_OF(rows));
        assert_int_equal(ask(&dialogue), cut[i].error);
        assert_int_equal(dialogue.script.release_count, 0);
    }
}

static void smart_tap_ask__asks_nothing_of_another_wallet_or_when_it_is_off(void **state)
{
    (void)state;
    static const struct script_row apple[] = {{SELECT_OSE, "6f0a50084170706c655061799000", ERR_OK}};
    struct dialogue dialogue = dialogue_of(apple, COUNT_OF(apple));
    assert_int_equal(ask(&dialogue), ERR_NOT_FOUND);
    dialogue = dialogue_of(NULL, 0);
    dialogue.settings.is_on = false;
    assert_int_equal(ask(&dialogue), ERR_NOT_FOUND);
    static const struct script_row google[] = {{SELECT_OSE, WALLET_WITH_NONCE, ERR_OK}};
    dialogue = dialogue_of(google, COUNT_OF(google));
    assert_int_equal(ask_with(&dialogue, ""), ERR_IO); /* no random bytes: nothing is said */
    assert_int_equal(dialogue.script.transmit_count, 1);
}

static struct card_smart_tap_session known_session(void)
{
    struct dialogue dialogue = dialogue_of(NULL, 0);
    struct card_smart_tap_session session = {.sequence = 1};
    struct bytes nonce = of_hex("0db01dc5e4cb8870b6843928791abdabf822d5424b58dd51c01e206541f524d8");
    struct bytes peer = of_hex(PEER);
    memcpy(session.phone_nonce, nonce.at, nonce.size);
    memcpy(session.peer, peer.at, peer.size);
    ok(card_smart_tap_begin(&dialogue.settings, script_random_of(&dialogue.queue, DRAWN), &session));
    return session;
}

static enum err open_hex(const char *hex, struct span *out)
{
    static uint8_t unpacked[CARD_SMART_TAP_CONTENT_MAX];
    static struct bytes bundle;
    struct card_smart_tap_session session = known_session();
    bundle = of_hex(hex);
    return card_smart_tap_open(&session, bundle.at, bundle.size, unpacked, out);
}

/* Nonce, ciphertext and MAC; the flags are not covered, but say nothing else that could be believed. */
static void smart_tap_open__refuses_each_changed_byte(void **state)
{
    (void)state;
    static uint8_t unpacked[CARD_SMART_TAP_CONTENT_MAX];
    struct card_smart_tap_session session = known_session();
    struct span content;
    for (size_t at = 0; at < strlen(BUNDLE) / 2; at++) {
        struct bytes bundle = of_hex(BUNDLE);
        bundle.at[at] ^= at == 0 ? 0x03 : 0x04;
        enum err error = card_smart_tap_open(&session, bundle.at, bundle.size, unpacked, &content);
        assert_int_equal(error, ERR_SIGNATURE);
    }
    struct bytes unpackable = of_hex(BUNDLE);
    unpackable.at[0] = 0x03;
    assert_int_equal(card_smart_tap_open(&session, unpackable.at, unpackable.size, unpacked, &content),
                     ERR_SYNTAX);
    struct bytes bundle = of_hex(BUNDLE);
    session.signature[10] ^= 1; /* another session's key */
    assert_int_equal(card_smart_tap_open(&session, bundle.at, bundle.size, unpacked, &content),
                     ERR_SIGNATURE);
    session.signature[10] ^= 1;
    session.peer[0] ^= 1; /* the same X, but the salt is another */
    assert_int_equal(card_smart_tap_open(&session, bundle.at, bundle.size, unpacked, &content),
                     ERR_SIGNATURE);
}

static void smart_tap_open__gives_the_content_packed_or_not(void **state)
{
    (void)state;
    struct bytes plain =
        of_hex("d403296173769401066904010000000054021a6c799403096f696404112233445566778859010501546e"
               "0032303138");
    struct span content;
    ok(open_hex(BUNDLE, &content));
    assert_true(span_is_equal(content, span_of(plain.at, plain.size)));
    ok(open_hex(BUNDLE_PACKED, &content));
    assert_true(span_is_equal(content, span_of(plain.at, plain.size)));
}

static void smart_tap_open__refuses_what_is_cut_short_or_in_clear(void **state)
{
    (void)state;
    static uint8_t unpacked[CARD_SMART_TAP_CONTENT_MAX];
    struct card_smart_tap_session session = known_session();
    struct span content;
    for (size_t cut = 1; cut <= strlen(BUNDLE) / 2; cut++) {
        struct bytes bundle = of_hex(BUNDLE);
        enum err error = card_smart_tap_open(&session, bundle.at, bundle.size - cut, unpacked, &content);
        assert_true(error == ERR_SIGNATURE || error == ERR_TRUNCATED);
    }
    assert_int_equal(open_hex("00" CONTENT_LANG, &content), ERR_SIGNATURE);
    assert_int_equal(open_hex("02" PACKED_LONG, &content), ERR_SIGNATURE);
}

/* ---- what is in a pass */

static enum err find_in(const char *hex, const uint8_t *types, size_t type_count,
                        struct card_smart_tap_pass *out)
{
    struct card_smart_tap_settings settings = {.is_on = true, .type_count = type_count};
    struct bytes content = of_hex(hex);
    if (type_count > 0)
        memcpy(settings.types, types, type_count);
    return card_smart_tap_find(&settings, span_of(content.at, content.size), out);
}

static void smart_tap_find__reads_every_way_of_writing_a_number(void **state)
{
    (void)state;
    static const uint8_t none[1] = {0}, offer[] = {CARD_SMART_TAP_OFFER},
                         customer[] = {CARD_SMART_TAP_CUSTOMER};
    static const uint8_t both[] = {CARD_SMART_TAP_CUSTOMER, CARD_SMART_TAP_LOYALTY};
    static const struct {
        const char *content;
        const uint8_t *types;
        size_t type_count;
        const char *text; /* NULL: nobody */
    } rows[] = {
        {CONTENT_LANG, none, 0, "num:AB1234"},
        {CONTENT_ASCII, none, 0, "num:AB1234"},
        {CONTENT_BCD, none, 0, "num:290000001234567"},
        {CONTENT_BADBCD, none, 0, NULL},
        {CONTENT_UTF16, none, 0, NULL},
        {CONTENT_TWO, none, 0, "num:2900000012345"}, /* not the offer before it, not the customer behind it */
        {CONTENT_TWO, both, 2, "num:2900000012345"},
        {CONTENT_TWO, none, 1, "num:2900000012345"}, /* all kinds: still the loyalty one */
        {CONTENT_OFFER, none, 0, NULL},
        {CONTENT_OFFER, offer, 1, "num:OFFER1"},
        {CONTENT_CUS, none, 0, NULL},
        {CONTENT_CUS, customer, 1, "pass:be45cb2605bf36bebde684841a28f0fd"},
        {CONTENT_CUS0, customer, 1, NULL},
        {CONTENT_PAN, none, 0, "num:2900000012345"}, /* a payment card's number is nobody's */
        {"", none, 0, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct card_smart_tap_pass pass;
        enum err error = find_in(rows[i].content, rows[i].types, rows[i].type_count, &pass);
        assert_int_equal(error, rows[i].text != NULL ? ERR_OK : ERR_NOT_FOUND);
        if (rows[i].text != NULL)
            assert_string_equal(pass.text, rows[i].text);
    }
    struct card_smart_tap_pass pass;
    assert_int_equal(find_in(CONTENT_PAN_ALONE, none, 0, &pass), ERR_EXISTS); /* and nobody else is in it */
    ok(find_in(CONTENT_TWO, none, 0, &pass));
    assert_int_equal(pass.object_count, 3);
}

/* As real phones give: a redemption value of 1,181 bytes, records with lengths of four bytes, a customer beside it. */
static void smart_tap_find__reads_a_pass_as_long_as_real_ones(void **state)
{
    (void)state;
    static const struct card_smart_tap_settings settings = {.is_on = true};
    static uint8_t content[CARD_SMART_TAP_CONTENT_MAX];
    struct card_smart_tap_pass pass;
    struct bytes packed = of_hex(PACKED_LONG);
    size_t size;
    ok(card_inflate(span_of(packed.at, packed.size), content, sizeof content, &size));
    assert_int_equal(size, 1312);
    ok(card_smart_tap_find(&settings, span_of(content, size), &pass));
    assert_string_equal(pass.text, "pass:c6025f1b81371b99c4c694f2b474f4d6");
    assert_int_equal(pass.object_count, 2);
    for (size_t cut = 0; cut < size; cut++) {
        enum err error = card_smart_tap_find(&settings, span_of(content, cut), &pass);
        assert_true(error == ERR_TRUNCATED || error == ERR_NOT_FOUND || error == ERR_OK);
    }
    content[0] |= CARD_RECORD_CHUNK;
    assert_int_equal(card_smart_tap_find(&settings, span_of(content, size), &pass), ERR_SYNTAX);
}

static void card_inflate__stops_at_the_room_that_there_is(void **state)
{
    (void)state;
    static uint8_t out[CARD_SMART_TAP_CONTENT_MAX];
    struct bytes fits = of_hex(PACKED_64K), bomb = of_hex(PACKED_64K_1), longer = of_hex(PACKED_LONG);
    size_t size = 77;
    ok(card_inflate(span_of(fits.at, fits.size), out, sizeof out, &size));
    assert_int_equal(size, sizeof out);
    assert_int_equal(card_inflate(span_of(bomb.at, bomb.size), out, sizeof out, &size), ERR_TOO_LONG);
    for (size_t cut = 0; cut < longer.size; cut++)
        assert_int_equal(card_inflate(span_of(longer.at, cut), out, sizeof out, &size), ERR_TRUNCATED);
    longer.at[longer.size] = 0;
    assert_int_equal(card_inflate(span_of(longer.at, longer.size + 1), out, sizeof out, &size), ERR_SYNTAX);
    longer.at[longer.size - 1] ^= 1; /* Adler-32 */
    assert_int_equal(card_inflate(span_of(longer.at, longer.size), out, sizeof out, &size), ERR_SYNTAX);
    longer.at[0] = 0;
    assert_int_equal(card_inflate(span_of(longer.at, longer.size), out, sizeof out, &size), ERR_SYNTAX);
    const size_t endless = SIZE_MAX; /* where that is more than zlib counts: not a byte of it is looked at */
    enum err error = sizeof endless > sizeof(uint32_t) ? ERR_TOO_LONG : ERR_OK;
    assert_int_equal(card_inflate(span_of(fits.at, fits.size), out, endless, &size), error);
}

static void card_writer__keeps_a_failure_to_the_end(void **state)
{
    (void)state;
    uint8_t room[300];
    static const uint8_t bytes[256] = {0};
    struct card_writer narrow = {.bytes = room, .capacity = 4};
    card_writer_record(&narrow, CARD_RECORD_FIRST, "abc", span_of(bytes, 1));
    assert_true(narrow.has_failed);
    struct card_writer longer = {.bytes = room, .capacity = sizeof room};
    card_writer_record(&longer, CARD_RECORD_FIRST, "abc", span_of(bytes, 256));
    assert_true(longer.has_failed);
    struct card_writer fits = {.bytes = room, .capacity = sizeof room};
    card_writer_record(&fits, CARD_RECORD_FIRST, "abc", span_of(bytes, 255));
    assert_false(fits.has_failed);
    struct span payload;
    ok(card_record_find(span_of(room, fits.size), "abc", &payload));
    assert_int_equal(payload.size, 255);
    assert_int_equal(card_record_find(span_of(room, fits.size), "abd", &payload), ERR_NOT_FOUND);
    room[0] |= CARD_RECORD_CHUNK;
    assert_int_equal(card_record_find(span_of(room, fits.size), "abc", &payload), ERR_UNSUPPORTED);
}

static void card_apdu_transmit__takes_a_tag_that_is_away_for_one_that_gave_no_answer(void **state)
{
    (void)state;
    static const struct script_row away[] = {{.error = ERR_NOT_FOUND}, {.answer = "90"}};
    struct script_tag script = {.rows = away, .row_count = 2};
    struct tag tag = script_tag_as_tag(&script);
    struct card_answer answer;
    assert_int_equal(card_apdu_transmit(&tag, span_of("\x00", 1), &answer), ERR_IO);
    assert_int_equal(card_apdu_transmit(&tag, span_of("\x00", 1), &answer), ERR_IO); /* half a status word */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_apdu_transmit__takes_a_tag_that_is_away_for_one_that_gave_no_answer),
        cmocka_unit_test(smart_tap_ask__says_and_understands_a_whole_session_byte_by_byte),
        cmocka_unit_test(smart_tap_ask__selects_once_more_where_the_wallet_does_not_say_enough),
        cmocka_unit_test(smart_tap_ask__puts_an_answer_in_parts_together),
        cmocka_unit_test(smart_tap_ask__gives_up_on_a_phone_that_never_ends),
        cmocka_unit_test(smart_tap_ask__leaves_the_phones_nonce_out_of_a_signature_made_before),
        cmocka_unit_test(smart_tap_begin__takes_four_bytes_of_any_collector_id),
        cmocka_unit_test(smart_tap_ask__has_a_rule_for_each_first_byte_of_a_status),
        cmocka_unit_test(smart_tap_ask__goes_no_further_with_a_version_that_it_does_not_speak),
        cmocka_unit_test(smart_tap_ask__asks_nothing_of_another_wallet_or_when_it_is_off),
        cmocka_unit_test(smart_tap_open__refuses_each_changed_byte),
        cmocka_unit_test(smart_tap_open__gives_the_content_packed_or_not),
        cmocka_unit_test(smart_tap_open__refuses_what_is_cut_short_or_in_clear),
        cmocka_unit_test(smart_tap_find__reads_every_way_of_writing_a_number),
        cmocka_unit_test(smart_tap_find__reads_a_pass_as_long_as_real_ones),
        cmocka_unit_test(card_identify__takes_whom_a_smart_tap_names),
        cmocka_unit_test(card_inflate__stops_at_the_room_that_there_is),
        cmocka_unit_test(card_writer__keeps_a_failure_to_the_end),
    };
    return cmocka_run_group_tests(tests, open_vault, NULL);
}
