/* SPDX-License-Identifier: Apache-2.0 */
/* DESFire: a transcript that libfreefare 0.4.0 verified, vectors of NXP AN12196 and AN12343, and dialogues with the
 * simulated card, whose cryptography is OpenSSL's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/hex.h"
#include "card/run.h"
#include "card/tech/desfire_session.h"
#include "harness/ok.h"
#include "pn532-sim/card.h"
#include "unit/card/script_tag.h"
#include "vault/vault.h"

#define KEY_HEX    "101112131415161718191a1b1c1d1e1f"
#define OTHER_HEX  "00112233445566778899aabbccddeeff"
#define READER_HEX "4ad5393c460c128c859cb1b8423e268c"
#define CARD_HEX   "b1b2b3b4b5b6b7b8b9babbbcbdbebfb0"
#define ZERO_HEX   "00000000000000000000000000000000"

static void block_of(const char *hex, uint8_t out[VAULT_AES_SIZE])
{
    ok(hex_read(span_of_text(hex), out, VAULT_AES_SIZE));
}

static int open_vault(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

/* ---- frames byte by byte */

static const struct script_row TRANSCRIPT[] = {
    {"90aa0000010000", "7670a9e173629d22ba3c0e4e492a015b91af", ERR_OK},
    {"90af0000204e9b5bfc5b39ccfad304cdaee754d92ba7da2f915e11fe7d55f8a626141ef58900",
     "5975beb55a2e0ad8607ea9a3fde70cd99100", ERR_OK},
    {"90f50000010100", "00000000200000ade1584c6af45fd19100", ERR_OK},
    {"90bd0000070100000020000000",
     "4c4f59414c54593a303132333435363738393a504c41494e2e2e2e2e2e2e2e2e9f8eed4f56c043b19100", ERR_OK},
    {"90f50000010200", "00010000200000d7f87cecfc6fd1ae9100", ERR_OK},
    {"90bd0000070200000020000000",
     "4c4f59414c54593a303132333435363738393a4d414345442e2e2e2e2e2e2e2e12517f56f57623a39100", ERR_OK},
    {"90f50000010300", "000300002000004dc048f877d5b5729100", ERR_OK},
    {"90bd0000070300000020000000",
     "3dc9173a1f30d43a91093cc61a87efd1f14666d9da881ce2a216d3078f1f328e1c30c3ff9761714f9a35d318c31ebe569100",
     ERR_OK},
};

static enum err prove(struct tag *tag, uint8_t scheme, const char *key_hex, const char *reader_hex,
                      struct card_desfire_session *out)
{
    struct script_random queue;
    uint8_t key[VAULT_AES_SIZE];
    block_of(key_hex, key);
    const struct card_desfire_proof proof = {
        .scheme = scheme, .key = key, .random = script_random_of(&queue, reader_hex)};
    return card_desfire_prove(tag, &proof, out);
}

static void ask_file(struct tag *tag, struct card_desfire_session *session, uint8_t file, const char *text)
{
    static const uint8_t modes[] = {0, CARD_DESFIRE_PLAIN, CARD_DESFIRE_MACED, CARD_DESFIRE_ENCIPHERED};
    const uint8_t header[] = {file, 0, 0, 0, 32, 0, 0};
    const struct card_desfire_command settings = {
        .code = 0xF5, .mode = CARD_DESFIRE_MACED, .header = span_of(header, 1), .answer_size = 7};
    const struct card_desfire_command read = {
        .code = 0xBD, .mode = modes[file], .header = span_of(header, sizeof header), .answer_size = 32};
    struct card_desfire_answer answer;
    ok(card_desfire_ask(tag, session, &settings, &answer));
    ok(card_desfire_ask(tag, session, &read, &answer));
    assert_memory_equal(answer.bytes, text, 32);
}

static void ev1__speaks_the_transcript(void **state)
{
    (void)state;
    struct script_tag script = {.rows = TRANSCRIPT, .row_count = COUNT_OF(TRANSCRIPT)};
    struct tag tag = script_tag_as_tag(&script);
    struct card_desfire_session session;
    uint8_t key[VAULT_AES_SIZE];
    ok(prove(&tag, CARD_DESFIRE_EV1, KEY_HEX, READER_HEX, &session));
    block_of("4ad5393cb1b2b3b4423e268cbdbebfb0", key);
    assert_memory_equal(session.key, key, sizeof key);
    ask_file(&tag, &session, 1, "LOYALTY:0123456789:PLAIN........");
    ask_file(&tag, &session, 2, "LOYALTY:0123456789:MACED........");
    ask_file(&tag, &session, 3, "LOYALTY:0123456789:ENCIPHERED...");
    assert_int_equal(script.transmit_count, COUNT_OF(TRANSCRIPT));
    card_desfire_forget(&session);
    for (size_t i = 0; i < sizeof session; i++)
        assert_int_equal(((const uint8_t *)&session)[i], 0);
}

/* AN12196, table 14. */
static void ev2__proves_as_its_application_note(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        {"9071000002000000", "a04c124213c186f22399d33ac2a3021591af", ERR_OK},
        {"90af00002035c3e05a752e0144bac0de51c1f22c56b34408a23d8aea266cab947ea8e0118d00",
         "3fa64db5446d1f34cd6ea311167f5e4985b89690c04a05f17fa7ab2f081206639100", ERR_OK},
    };
    struct script_tag script = {.rows = rows, .row_count = COUNT_OF(rows)};
    struct tag tag = script_tag_as_tag(&script);
    struct card_desfire_session session;
    uint8_t block[VAULT_AES_SIZE];
    ok(prove(&tag, CARD_DESFIRE_EV2, ZERO_HEX, "13c5db8a5930439fc3def9a4c675360f", &session));
    block_of("1309c877509e5a215007ff0ed19ca564", block);
    assert_memory_equal(session.key, block, sizeof block);
    block_of("4c6626f5e72ea694202139295c7a7fc7", block);
    assert_memory_equal(session.mac_key, block, sizeof block);
    assert_memory_equal(session.transaction, "\x9d\x00\xc4\xdf", 4);
    assert_int_equal(session.counter, 0);
}

static const struct keys_case {
    const char *source;
    const char *key;
    const char *reader;
    const char *card;
    const char *enc;
    const char *mac;
} KEYS[] = {
    {"AN12343", ZERO_HEX, "b04d0787c93ee0cc8cacc8e86f16c6fe", "fa659ad0dca738dd65dc7dc38612ad81",
     "63dc07286289a7a6c0334ca31c314a04", "774f26743ece6af5033b6ae8522946f6"},
    {"Proxmark3", OTHER_HEX, "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210",
     "195428119c8528d59580a73c7c96c6a3", "0af00f6e39f904c4a6388c812d53dc94"},
};

static void ev2__derives_its_keys_as_the_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(KEYS); i++) {
        struct card_desfire_session session;
        struct card_desfire_drawn drawn;
        uint8_t key[VAULT_AES_SIZE];
        uint8_t wanted[VAULT_AES_SIZE];
        block_of(KEYS[i].key, key);
        block_of(KEYS[i].reader, drawn.reader);
        block_of(KEYS[i].card, drawn.card);
        ok(card_desfire_ev2_keys(key, &drawn, &session));
        block_of(KEYS[i].enc, wanted);
        assert_memory_equal(session.key, wanted, sizeof wanted);
        block_of(KEYS[i].mac, wanted);
        assert_memory_equal(session.mac_key, wanted, sizeof wanted);
    }
}

/* AN12196, table 7. */
static void ev2__puts_macs_on_commands_and_checks_those_of_answers(void **state)
{
    (void)state;
    static const struct script_row rows[] = {
        {"90f5000009026597a457c8cd442c00",
         "0040eeee000100d1fe001f00004400004400002000006a00002a474282e7a479869100", ERR_OK},
        {NULL, "0040eeee000100d1fe001f00004400004400002000006a00002a474282e7a479869100", ERR_OK},
    };
    struct script_tag script = {.rows = rows, .row_count = COUNT_OF(rows)};
    struct tag tag = script_tag_as_tag(&script);
    struct card_desfire_session session = {.scheme = CARD_DESFIRE_EV2,
                                           .transaction = {0x7a, 0x21, 0x08, 0x5e}};
    static const uint8_t file[] = {0x02};
    const struct card_desfire_command command = {
        .code = 0xF5, .mode = CARD_DESFIRE_MACED, .header = span_of(file, 1)};
    struct card_desfire_answer answer;
    block_of("8248134a386e86eb7faf54a52e536cb6", session.mac_key);
    ok(card_desfire_ask(&tag, &session, &command, &answer));
    assert_int_equal(answer.size, 25);
    assert_int_equal(session.counter, 1);
    /* The same answer again is another command's. */
    assert_int_equal(card_desfire_ask(&tag, &session, &command, &answer), ERR_SIGNATURE);
}

/* ---- dialogues with the simulated card */

struct bench {
    struct pn532_card card;
    size_t transmit_count;
    size_t spoils_answer; /* from 1; 0: none */
    size_t spoils_bit;
    bool has_spoilt;
    char trace[1024];
    struct script_random queue;
    struct card_context context;
    struct card_programme programme;
};

static enum err bench_transmit(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                               size_t *out_rx_size)
{
    struct bench *bench = self;
    struct pn532_answer answer = {.size = 0};
    assert_int_equal(bench->card.tech->transmit(&bench->card, tx, &answer), PN532_AIR_DATA);
    assert_true(answer.size <= rx_capacity);
    bench->transmit_count++;
    if (bench->transmit_count == bench->spoils_answer && bench->spoils_bit / 8 < answer.size) {
        answer.bytes[bench->spoils_bit / 8] ^= (uint8_t)(1U << bench->spoils_bit % 8);
        bench->has_spoilt = true;
    }
    memcpy(rx, answer.bytes, answer.size);
    *out_rx_size = answer.size;
    return ERR_OK;
}

static void bench_say(void *self, const char *text)
{
    struct bench *bench = self;
    size_t size = strlen(bench->trace);
    (void)snprintf(bench->trace + size, sizeof bench->trace - size, "%s\n", text);
}

static enum err identify(struct bench *bench, struct card_identity *out)
{
    static const struct tag_ops ops = {.transmit = bench_transmit};
    struct tag tag = {.ops = &ops, .self = bench};
    const struct card_trace trace = {bench_say, bench};
    const struct card_request request = {&bench->programme, &bench->context, &trace};
    memcpy(tag.target.uid, bench->card.uid, bench->card.uid_size);
    tag.target.uid_size = bench->card.uid_size;
    tag.target.sak = bench->card.sak;
    bench->context.random = script_random_of(&bench->queue, READER_HEX KEY_HEX OTHER_HEX CARD_HEX);
    bench->transmit_count = 0;
    bench->trace[0] = '\0';
    *out = (struct card_identity){.text = "untouched"};
    return card_identify(&tag, &request, out);
}

static struct card_programme programme_of(const struct card_desfire_settings *settings)
{
    struct card_programme programme = {
        .order_count = 2, .order = {READER_DESFIRE, READER_UID}, .desfire = *settings};
    ok(card_programme_check(&programme));
    return programme;
}

static void lay_down(struct bench *bench, const struct pn532_option *options, size_t count)
{
    const char *why = "";
    *bench = (struct bench){.transmit_count = 0};
    if (pn532_card_make(pn532_tech_find("desfire"), options, count, &bench->card, &why) != ERR_OK)
        fail_msg("%s", why);
}

static const struct pn532_option FILES[] = {
    {"key0", OTHER_HEX},
    {"key1", KEY_HEX},
    {"name", "a00000012345"},
    {"file0", "enciphered:free:0123456789"},
    {"file1", "plain:1:LOYALTY:0123456789:PLAIN........"},
    {"file2", "maced:1:LOYALTY:0123456789:MACED........"},
    {"file3", "enciphered:1:LOYALTY:0123456789:CRYPT........"},
    {"file4", "enciphered:0:LOYALTY:0123456789:CRYPT........"},
};

static struct card_desfire_settings usual_settings(void)
{
    struct card_desfire_settings settings = {
        .name_size = CARD_DESFIRE_AID_SIZE,
        .name = {0xf5, 0x88, 0x40},
        .file = 3,
        .place = {.offset = 8, .size = 10, .form = CARD_PLACE_TEXT},
        .key_number = 1,
        .key_count = 1,
    };
    block_of(KEY_HEX, settings.keys[0].bytes);
    return settings;
}

static void make_bench(struct bench *bench, const char *generation)
{
    struct pn532_option options[COUNT_OF(FILES) + 1];
    const struct card_desfire_settings settings = usual_settings();
    memcpy(options, FILES, sizeof FILES);
    options[COUNT_OF(FILES)] = (struct pn532_option){"generation", generation};
    lay_down(bench, options, COUNT_OF(options));
    bench->programme = programme_of(&settings);
}

static const struct file_case {
    const char *generation;
    uint8_t scheme;
    uint8_t file;
    uint8_t mode;
    enum card_trust trust;
    size_t transmit_count; /* select, two of the proof, settings where they are asked for, read */
} FILE_CASES[] = {
    {"1", CARD_DESFIRE_ANY, 1, CARD_DESFIRE_AS_SET, CARD_TRUST_PROVEN, 5},
    {"1", CARD_DESFIRE_ANY, 2, CARD_DESFIRE_AS_SET, CARD_TRUST_PROVEN, 5},
    {"1", CARD_DESFIRE_ANY, 3, CARD_DESFIRE_AS_SET, CARD_TRUST_PROVEN, 5},
    {"1", CARD_DESFIRE_EV1, 1, CARD_DESFIRE_PLAIN, CARD_TRUST_PROVEN, 4},
    {"1", CARD_DESFIRE_EV1, 2, CARD_DESFIRE_MACED, CARD_TRUST_PROVEN, 4},
    {"1", CARD_DESFIRE_EV1, 3, CARD_DESFIRE_ENCIPHERED, CARD_TRUST_PROVEN, 4},
    {"2", CARD_DESFIRE_ANY, 3, CARD_DESFIRE_AS_SET, CARD_TRUST_PROVEN, 5},
    {"2", CARD_DESFIRE_EV2, 1, CARD_DESFIRE_AS_SET, CARD_TRUST_STATIC, 5},
    {"2", CARD_DESFIRE_EV2, 2, CARD_DESFIRE_AS_SET, CARD_TRUST_PROVEN, 5},
    {"2", CARD_DESFIRE_EV2, 3, CARD_DESFIRE_AS_SET, CARD_TRUST_PROVEN, 5},
    {"2", CARD_DESFIRE_EV2, 2, CARD_DESFIRE_MACED, CARD_TRUST_PROVEN, 4},
    {"2", CARD_DESFIRE_EV2, 3, CARD_DESFIRE_ENCIPHERED, CARD_TRUST_PROVEN, 4},
};

static void expect_number(struct bench *bench, enum card_trust trust)
{
    struct card_identity identity;
    enum err error = identify(bench, &identity);
    if (error != ERR_OK || strcmp(identity.text, "num:0123456789") != 0 || identity.trust != trust)
        fail_msg("%s, %s, %s\n%s", err_name(error), identity.text, card_trust_name(identity.trust),
                 bench->trace);
    assert_int_equal(identity.technology, READER_DESFIRE);
    assert_int_equal(identity.freshness.kind, READER_FRESH_NONE);
}

static void card_desfire_read__takes_the_number_in_each_mode_of_each_generation(void **state)
{
    (void)state;
    static struct bench bench;
    for (size_t i = 0; i < COUNT_OF(FILE_CASES); i++) {
        const struct file_case *row = &FILE_CASES[i];
        make_bench(&bench, row->generation);
        bench.programme.desfire.scheme = row->scheme;
        bench.programme.desfire.file = row->file;
        bench.programme.desfire.mode = row->mode;
        expect_number(&bench, row->trust);
        assert_int_equal(bench.transmit_count, row->transmit_count);
        assert_null(strstr(bench.trace, "0123456789"));
    }
}

static void card_desfire_read__finds_an_application_by_its_name(void **state)
{
    (void)state;
    static const char *const generations[] = {"1", "2", "light"};
    static struct bench bench;
    for (size_t i = 0; i < COUNT_OF(generations); i++) {
        make_bench(&bench, generations[i]);
        bench.programme.desfire.name_size = 6;
        ok(hex_read(span_of_text("a00000012345"), bench.programme.desfire.name, 6));
        expect_number(&bench, CARD_TRUST_PROVEN);
        bool has_tried_ev1 = strstr(bench.trace, "not known to the card") != NULL;
        assert_int_equal(has_tried_ev1, i == 2);
    }
}

static void card_desfire_read__puts_an_answer_in_parts_together(void **state)
{
    (void)state;
    static struct bench bench;
    static const uint8_t sizes[] = {9, 15, 17};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        make_bench(&bench, i == 0 ? "1" : "2");
        bench.card.desfire.part_size = sizes[i];
        bench.programme.desfire.scheme = i == 0 ? CARD_DESFIRE_EV1 : CARD_DESFIRE_EV2;
        expect_number(&bench, CARD_TRUST_PROVEN);
        assert_true(bench.transmit_count > 5);
    }
}

static void card_desfire_read__believes_a_file_for_everybody_no_more_than_print(void **state)
{
    (void)state;
    static struct bench bench;
    make_bench(&bench, "1");
    bench.programme.desfire.key_count = 0;
    bench.programme.desfire.file = 0;
    bench.programme.desfire.place.offset = 0;
    expect_number(&bench, CARD_TRUST_STATIC);
    assert_int_equal(bench.transmit_count, 2);
    /* With a key that is not the file's, EV1 puts a MAC on it, and EV2 does not. */
    bench.programme.desfire.key_count = 1;
    expect_number(&bench, CARD_TRUST_PROVEN);
    bench.card.desfire.generation = 2;
    bench.programme.desfire.scheme = CARD_DESFIRE_EV2;
    expect_number(&bench, CARD_TRUST_STATIC);
    /* A file behind a key is not told without it. */
    struct card_identity identity;
    bench.programme.desfire.key_count = 0;
    bench.programme.desfire.file = 2;
    assert_int_equal(identify(&bench, &identity), ERR_STATE);
    assert_string_equal(identity.text, "untouched");
}

static void card_desfire_read__without_a_number_in_the_file_takes_no_uid_instead(void **state)
{
    (void)state;
    static struct bench bench;
    struct card_identity identity;
    make_bench(&bench, "1");
    bench.programme.desfire.place.offset = 0; /* letters and a colon */
    assert_int_equal(identify(&bench, &identity), ERR_SIGNATURE);
    assert_non_null(strstr(bench.trace, "desfire.offset"));
    bench.programme.desfire.name[0] ^= 1; /* a card that is not ours at all */
    ok(identify(&bench, &identity));
    assert_int_equal(identity.technology, READER_UID);
    assert_non_null(strstr(bench.trace, "desfire.aid"));
}

static void card_desfire_read__names_the_mode_that_is_not_the_files(void **state)
{
    (void)state;
    static struct bench bench;
    struct card_identity identity;
    make_bench(&bench, "1");
    bench.programme.desfire.mode = CARD_DESFIRE_MACED;
    assert_int_equal(identify(&bench, &identity), ERR_SIGNATURE);
    assert_non_null(strstr(bench.trace, "desfire.mode"));
}

static void card_desfire_read__tries_the_old_key_after_the_new(void **state)
{
    (void)state;
    static struct bench bench;
    struct card_identity identity;
    make_bench(&bench, "1");
    block_of(OTHER_HEX, bench.programme.desfire.keys[0].bytes);
    assert_int_equal(identify(&bench, &identity), ERR_SIGNATURE);
    block_of(KEY_HEX, bench.programme.desfire.keys[1].bytes);
    bench.programme.desfire.key_count = 2;
    expect_number(&bench, CARD_TRUST_PROVEN);
    bench.programme.desfire.key_number = 5; /* the card has none */
    assert_int_equal(identify(&bench, &identity), ERR_SIGNATURE);
}

/* Whatever bit of an answer changes on the way after the proof began, nobody is named; before it, the card is no DESFire
 * with the application. */
static void card_desfire_read__sees_each_changed_bit(void **state)
{
    (void)state;
    static struct bench bench;
    static const uint8_t schemes[] = {CARD_DESFIRE_EV1, CARD_DESFIRE_EV2};
    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        for (uint8_t file = 1 + (uint8_t)i; file <= 3; file++)
            for (size_t answer = 2; answer <= 5; answer++) {
                bool has_spoilt = true;
                for (size_t bit = 0; has_spoilt; bit++) {
                    struct card_identity identity;
                    make_bench(&bench, "2");
                    bench.programme.desfire.scheme = schemes[i];
                    bench.programme.desfire.file = file;
                    bench.spoils_answer = answer;
                    bench.spoils_bit = bit;
                    enum err error = identify(&bench, &identity);
                    has_spoilt = bench.has_spoilt;
                    if (has_spoilt && (error == ERR_OK || error == ERR_NOT_FOUND || error == ERR_UNSUPPORTED))
                        fail_msg("scheme %u file %u answer %zu bit %zu: %s", schemes[i], file, answer, bit,
                                 err_name(error));
                    assert_string_equal(identity.text, has_spoilt ? "untouched" : "num:0123456789");
                }
            }
}

/* Content and checksum fill the blocks, and any content would be a number: the checksum alone can tell. */
static void card_desfire_read__sees_it_by_the_checksum_alone(void **state)
{
    (void)state;
    static struct bench bench;
    const size_t status_at = (size_t)8 * VAULT_AES_SIZE;
    for (size_t bit = 0; bit < status_at; bit++) {
        struct card_identity identity;
        make_bench(&bench, "1");
        bench.programme.desfire.place = (struct card_place){.size = 12, .form = CARD_PLACE_HEX};
        if (bit == 0)
            ok(identify(&bench, &identity));
        bench.spoils_answer = 5;
        bench.spoils_bit = bit;
        assert_int_equal(identify(&bench, &identity), ERR_SIGNATURE);
    }
}

/* ---- UIDs */

static void diversify(struct bench *bench, const char *uid_hex)
{
    static const uint8_t input[] = {0xf5, 0x88, 0x40, 'K'};
    uint8_t uid[CARD_DESFIRE_UID_SIZE];
    struct card_key *key = &bench->programme.desfire.keys[0];
    ok(hex_read(span_of_text(uid_hex), uid, sizeof uid));
    key->diversify = CARD_DIVERSIFY_AN10922;
    key->input_size = sizeof input;
    memcpy(key->input, input, sizeof input);
    ok(card_key_of(key, span_of(uid, sizeof uid), bench->card.desfire.keys[1]));
}

static void hide_uid(struct bench *bench)
{
    const struct pn532_option option = {"random", "1"};
    ok(bench->card.tech->set(&bench->card, &option));
    assert_int_equal(bench->card.uid_size, 4);
}

#define UID_HEX "04a1b2c3d4e5df"

static void card_desfire_read__makes_the_key_of_the_uid(void **state)
{
    (void)state;
    static struct bench bench;
    struct card_identity identity;
    make_bench(&bench, "1");
    diversify(&bench, UID_HEX);
    expect_number(&bench, CARD_TRUST_PROVEN);
    /* A clone with another UID cannot use the key. */
    bench.card.uid[6] ^= 1;
    assert_int_equal(identify(&bench, &identity), ERR_SIGNATURE);
}

static void card_desfire_read__gets_a_hidden_uid_by_its_own_key(void **state)
{
    (void)state;
    static struct bench bench;
    struct card_identity identity;
    static const uint8_t schemes[] = {CARD_DESFIRE_EV1, CARD_DESFIRE_EV2};
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        make_bench(&bench, "2");
        diversify(&bench, UID_HEX);
        hide_uid(&bench);
        bench.programme.desfire.scheme = schemes[i];
        assert_int_equal(identify(&bench, &identity), ERR_STATE);
        assert_non_null(strstr(bench.trace, "uid_key"));
        bench.programme.desfire.has_uid_key = true;
        block_of(OTHER_HEX, bench.programme.desfire.uid_key);
        expect_number(&bench, CARD_TRUST_PROVEN);
        bench.programme.desfire.identity = CARD_DESFIRE_BY_UID;
        ok(identify(&bench, &identity));
        assert_string_equal(identity.text, "uid:" UID_HEX);
        assert_int_equal(identity.trust, CARD_TRUST_PROVEN);
    }
}

static void card_desfire_read__names_a_card_by_a_uid_that_a_key_vouches_for(void **state)
{
    (void)state;
    static struct bench bench;
    struct card_identity identity;
    for (size_t i = 0; i < 3; i++) {
        make_bench(&bench, "1");
        bench.programme.desfire.identity = CARD_DESFIRE_BY_UID;
        if (i == 1)
            hide_uid(&bench);
        if (i == 2)
            diversify(&bench, UID_HEX);
        ok(identify(&bench, &identity));
        assert_string_equal(identity.text, "uid:" UID_HEX);
        assert_int_equal(identity.trust, CARD_TRUST_PROVEN);
        assert_int_equal(bench.transmit_count, i == 2 ? 3 : 4);
    }
    /* What the anticollision says does not count, when the card says another one under its key. */
    make_bench(&bench, "1");
    bench.programme.desfire.identity = CARD_DESFIRE_BY_UID;
    bench.card.uid[6] ^= 1;
    ok(identify(&bench, &identity));
    assert_string_equal(identity.text, "uid:" UID_HEX);
}

/* ---- cards of others, and strange ones */

struct speaker {
    struct tag_target target;
    uint8_t name_size; /* of the application's name that it is asked for */
};
static const struct speaker BY_AID = {{.uid = {4}, .uid_size = 7, .sak = TAG_SAK_ISO14443_4},
                                      CARD_DESFIRE_AID_SIZE};
static const struct speaker BY_NAME = {{.uid = {4}, .uid_size = 7, .sak = TAG_SAK_ISO14443_4}, 6};
static const struct speaker PHONE = {{.uid = {8}, .uid_size = 4, .sak = TAG_SAK_ISO14443_4},
                                     CARD_DESFIRE_AID_SIZE};

static enum err identify_speaker(const struct speaker *speaker, const struct script_row *rows, size_t count,
                                 struct card_identity *out)
{
    static struct bench bench;
    struct script_tag script = {.rows = rows, .row_count = count};
    struct tag tag = script_tag_as_tag(&script);
    struct card_desfire_settings settings = usual_settings();
    settings.name_size = speaker->name_size;
    bench.programme = programme_of(&settings);
    bench.programme.desfire.key_count = 0;
    bench.context.random = script_random_of(&bench.queue, READER_HEX);
    tag.target = speaker->target;
    const struct card_request request = {&bench.programme, &bench.context, NULL};
    return card_identify(&tag, &request, out);
}

static enum err identify_script(const struct script_row *rows, size_t count, struct card_identity *out)
{
    return identify_speaker(&BY_AID, rows, count, out);
}

static void card_desfire_read__leaves_cards_of_others_to_others(void **state)
{
    (void)state;
    static const char *const answers[] = {"91a0", "6e00", "6d00", "6a82", "6881", "911c", "919d"};
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        const struct script_row rows[] = {{"905a0000034088f500", answers[i], ERR_OK}};
        struct card_identity identity;
        ok(identify_script(rows, 1, &identity));
        assert_int_equal(identity.technology, READER_UID);
        ok(identify_speaker(&BY_NAME, &(struct script_row){NULL, answers[i], ERR_OK}, 1, &identity));
        assert_int_equal(identity.technology, READER_UID);
    }
}

/* By its AID and by its ISO name: one that is of nobody else's for sure is asked again. */
static void card_desfire_read__takes_no_uid_of_a_card_that_answers_oddly(void **state)
{
    (void)state;
    static const char *const answers[] = {"91ca", "911e", "91ee", "910c", "91af", "6f00", "6400",
                                          "6581", "6700", "6982", "6985", "9000", "1234"};
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        const struct script_row rows[] = {{NULL, answers[i], ERR_OK}};
        struct card_identity identity = {.text = "untouched"};
        assert_int_equal(identify_script(rows, 1, &identity), ERR_IO);
        assert_string_equal(identity.text, "untouched");
        if (strcmp(answers[i], "9000") != 0)
            assert_int_equal(identify_speaker(&BY_NAME, rows, 1, &identity), ERR_IO);
    }
}

/* Its UID is drawn anew each time: nobody is known by it, so that what follows may have a look. */
static void card_desfire_read__leaves_phones_to_the_wallets(void **state)
{
    (void)state;
    static const struct script_row odd[] = {{NULL, "6f00", ERR_OK}}, stopped[] = {{NULL, "91ca", ERR_OK}};
    struct card_identity identity;
    assert_int_equal(identify_speaker(&PHONE, odd, 1, &identity), ERR_UNSUPPORTED); /* uid's */
    assert_int_equal(identify_speaker(&PHONE, stopped, 1, &identity), ERR_IO);
}

static void card_desfire_read__says_where_the_name_of_a_card_without_aids_belongs(void **state)
{
    (void)state;
    static struct bench bench;
    struct card_identity identity;
    make_bench(&bench, "light");
    ok(identify(&bench, &identity));
    assert_int_equal(identity.technology, READER_UID);
    assert_non_null(strstr(bench.trace,
                           "knows no AIDs (911C): the ISO name of its application belongs into desfire.aid"));
}

static const struct strange_case {
    const char *what;
    struct script_row rows[3];
    enum err error;
} STRANGE[] = {
    {"taken away", {{NULL, "9100", ERR_OK}, {NULL, NULL, ERR_IO}}, ERR_IO},
    {"gone at the first word", {{NULL, NULL, ERR_NOT_FOUND}}, ERR_IO},
    {"no status word", {{NULL, "00", ERR_OK}}, ERR_IO},
    {"stopped in the middle", {{NULL, "9100", ERR_OK}, {NULL, "91ca", ERR_OK}}, ERR_IO},
    {"no such file", {{NULL, "9100", ERR_OK}, {NULL, "91f0", ERR_OK}}, ERR_STATE},
    {"the file is shorter", {{NULL, "9100", ERR_OK}, {NULL, "91be", ERR_OK}}, ERR_STATE},
    {"another status word", {{NULL, "9100", ERR_OK}, {NULL, "6f00", ERR_OK}}, ERR_SIGNATURE},
    {"an integrity error", {{NULL, "9100", ERR_OK}, {NULL, "911e", ERR_OK}}, ERR_SIGNATURE},
};

static void card_desfire_read__tells_what_is_strange(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(STRANGE); i++) {
        struct card_identity identity;
        enum err error = identify_script(STRANGE[i].rows, COUNT_OF(STRANGE[i].rows), &identity);
        if (error != STRANGE[i].error)
            fail_msg("%s: %s", STRANGE[i].what, err_name(error));
    }
}

/* A proof that does not begin: what the programme takes for it, and the next scheme. */
static void card_desfire_read__goes_on_to_the_next_scheme_only_where_one_is_not_known(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        enum err error;
        size_t transmit_count;
    } rows[] = {
        {"911c", ERR_SIGNATURE, 3}, {"919d", ERR_SIGNATURE, 3}, {"91ae", ERR_SIGNATURE, 3},
        {"6d00", ERR_SIGNATURE, 3}, {"9140", ERR_SIGNATURE, 2}, {"91af", ERR_SIGNATURE, 2},
        {"91ad", ERR_IO, 2},        {"91ca", ERR_IO, 2},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static struct bench bench;
        const struct script_row script_rows[] = {
            {NULL, "9100", ERR_OK},
            {"90aa0000010100", rows[i].answer, ERR_OK},
            {"9071000002010000", rows[i].answer, ERR_OK},
        };
        struct script_tag script = {.rows = script_rows, .row_count = COUNT_OF(script_rows)};
        struct tag tag = script_tag_as_tag(&script);
        const struct card_desfire_settings settings = usual_settings();
        const struct card_request request = {&bench.programme, &bench.context, NULL};
        struct card_identity identity;
        bench.programme = programme_of(&settings);
        bench.context.random = script_random_of(&bench.queue, READER_HEX);
        tag.target.uid_size = 7;
        enum err error = card_identify(&tag, &request, &identity);
        if (error != rows[i].error || script.transmit_count != rows[i].transmit_count)
            fail_msg("%s: %s after %zu", rows[i].answer, err_name(error), script.transmit_count);
    }
}

static void card_desfire_read__ends_a_card_that_has_always_more(void **state)
{
    (void)state;
    struct script_row rows[2 + CARD_DESFIRE_PARTS_MAX] = {{NULL, "9100", ERR_OK}};
    struct card_identity identity;
    for (size_t i = 1; i < COUNT_OF(rows); i++)
        rows[i] = (struct script_row){i == 1 ? NULL : "90af000000", "91af", ERR_OK};
    assert_int_equal(identify_script(rows, COUNT_OF(rows), &identity), ERR_SIGNATURE);
    for (size_t i = 1; i < COUNT_OF(rows); i++)
        rows[i].answer =
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678991af";
    assert_int_equal(identify_script(rows, COUNT_OF(rows), &identity), ERR_SIGNATURE);
}

static void card_desfire_read__reads_data_and_no_values(void **state)
{
    (void)state;
    static struct bench bench;
    struct card_identity identity;
    make_bench(&bench, "1");
    bench.card.desfire.files[3].kind = 0x01; /* a backup data file */
    expect_number(&bench, CARD_TRUST_PROVEN);
    bench.card.desfire.files[3].kind = 0x02;
    assert_int_equal(identify(&bench, &identity), ERR_STATE);
    assert_non_null(strstr(bench.trace, "no data"));
    bench.programme.desfire.file = 9;
    assert_int_equal(identify(&bench, &identity), ERR_STATE);
    assert_non_null(strstr(bench.trace, "no such file"));
    assert_null(strstr(bench.trace, "desfire.mode"));
    bench.programme.desfire.file = 4; /* another key's */
    assert_int_equal(identify(&bench, &identity), ERR_STATE);
    assert_non_null(strstr(bench.trace, "another key"));
    bench.programme.desfire.file = 1;
    bench.programme.desfire.place.offset = 200;
    assert_int_equal(identify(&bench, &identity), ERR_STATE);
    assert_non_null(strstr(bench.trace, "ends before"));
}

static void card_desfire_check__refuses_what_is_out_of_bounds(void **state)
{
    (void)state;
    const struct card_desfire_settings good = usual_settings();
    struct card_desfire_settings bad[12];
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        bad[i] = good;
    bad[0].name_size = 4;
    bad[1].name_size = 17;
    bad[2].scheme = CARD_DESFIRE_SCHEME_COUNT;
    bad[3].mode = CARD_DESFIRE_MODE_COUNT;
    bad[4].identity = CARD_DESFIRE_BY_COUNT;
    bad[5].file = 32;
    bad[6].key_number = 14;
    bad[7].uid_key_number = 14;
    bad[8].key_count = 3;
    bad[9].keys[0].diversify = CARD_DIVERSIFY_COUNT;
    bad[10].keys[0].input_size = 17;
    bad[11].place.size = CARD_PLACE_SIZE_MAX + 1;
    ok(card_desfire_check(&good));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(card_desfire_check(&bad[i]), ERR_SYNTAX);
    ok(card_desfire_check(&(struct card_desfire_settings){.name_size = 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ev1__speaks_the_transcript),
        cmocka_unit_test(ev2__proves_as_its_application_note),
        cmocka_unit_test(ev2__derives_its_keys_as_the_vectors),
        cmocka_unit_test(ev2__puts_macs_on_commands_and_checks_those_of_answers),
        cmocka_unit_test(card_desfire_read__takes_the_number_in_each_mode_of_each_generation),
        cmocka_unit_test(card_desfire_read__finds_an_application_by_its_name),
        cmocka_unit_test(card_desfire_read__puts_an_answer_in_parts_together),
        cmocka_unit_test(card_desfire_read__believes_a_file_for_everybody_no_more_than_print),
        cmocka_unit_test(card_desfire_read__without_a_number_in_the_file_takes_no_uid_instead),
        cmocka_unit_test(card_desfire_read__names_the_mode_that_is_not_the_files),
        cmocka_unit_test(card_desfire_read__tries_the_old_key_after_the_new),
        cmocka_unit_test(card_desfire_read__sees_each_changed_bit),
        cmocka_unit_test(card_desfire_read__sees_it_by_the_checksum_alone),
        cmocka_unit_test(card_desfire_read__makes_the_key_of_the_uid),
        cmocka_unit_test(card_desfire_read__gets_a_hidden_uid_by_its_own_key),
        cmocka_unit_test(card_desfire_read__names_a_card_by_a_uid_that_a_key_vouches_for),
        cmocka_unit_test(card_desfire_read__leaves_cards_of_others_to_others),
        cmocka_unit_test(card_desfire_read__takes_no_uid_of_a_card_that_answers_oddly),
        cmocka_unit_test(card_desfire_read__leaves_phones_to_the_wallets),
        cmocka_unit_test(card_desfire_read__says_where_the_name_of_a_card_without_aids_belongs),
        cmocka_unit_test(card_desfire_read__tells_what_is_strange),
        cmocka_unit_test(card_desfire_read__goes_on_to_the_next_scheme_only_where_one_is_not_known),
        cmocka_unit_test(card_desfire_read__ends_a_card_that_has_always_more),
        cmocka_unit_test(card_desfire_read__reads_data_and_no_values),
        cmocka_unit_test(card_desfire_check__refuses_what_is_out_of_bounds),
    };
    return cmocka_run_group_tests(tests, open_vault, NULL);
}
