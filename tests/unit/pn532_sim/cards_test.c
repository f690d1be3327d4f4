/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "pn532-sim/card.h"
#include "pn532-sim/cards/ndef.h"

/* 4812 in sectors 2 and 5; 03E1 in sectors 1 and 2. */
#define DIRECTORY_1     "2a000000481200000000481200000000"
#define DIRECTORY_FORUM "e80003e103e100000000000000000000"
#define ZERO_BLOCK      "00000000000000000000000000000000"

static struct pn532_card make(const char *tech, const char *name, const char *value)
{
    struct pn532_option option = {name, value};
    struct pn532_card card;
    const char *why = "";
    assert_int_equal(pn532_card_make(pn532_tech_find(tech), &option, name != NULL, &card, &why), ERR_OK);
    return card;
}

/* Sends a frame in hex; the answer, in hex, must be the expected one. */
static void expect(struct pn532_card *card, const char *frame_hex, enum pn532_air air, const char *answer_hex)
{
    uint8_t frame[64];
    char text[2 * PN532_MEMORY_SIZE_MAX + 1];
    struct pn532_answer answer = {.size = 0};
    size_t size = strlen(frame_hex) / 2;
    assert_int_equal(hex_read(span_of_text(frame_hex), frame, size), ERR_OK);
    assert_int_equal(card->tech->exchange(card, span_of(frame, size), &answer), air);
    hex_write(span_of(answer.bytes, answer.size), text);
    assert_string_equal(text, answer_hex);
}

/* The same of an APDU. answer_hex NULL: whatever it is. */
static void expect_apdu(struct pn532_card *card, const char *apdu_hex, const char *answer_hex)
{
    uint8_t apdu[64];
    char text[2 * PN532_MEMORY_SIZE_MAX + 1];
    struct pn532_answer answer = {.size = 0};
    size_t size = strlen(apdu_hex) / 2;
    assert_int_equal(hex_read(span_of_text(apdu_hex), apdu, size), ERR_OK);
    assert_int_equal(card->tech->transmit(card, span_of(apdu, size), &answer), PN532_AIR_DATA);
    hex_write(span_of(answer.bytes, answer.size), text);
    if (answer_hex != NULL && strcmp(text, answer_hex) != 0)
        fail_msg("%s: %s, wanted %s", apdu_hex, text, answer_hex);
}

static bool authenticate(struct pn532_card *card, const char *frame_hex)
{
    uint8_t frame[12];
    assert_int_equal(hex_read(span_of_text(frame_hex), frame, sizeof(frame)), ERR_OK);
    return card->tech->authenticate(card, span_of(frame, sizeof(frame)));
}

static void ntag__has_the_sizes_of_its_data_sheet(void **state)
{
    (void)state;
    static const struct {
        const char *tech;
        size_t size;
        const char *version;
        const char *head; /* pages 3 to 6 */
        const char *last; /* READ of the last page wraps to page 0 */
    } rows[] = {
        {"ntag213", 180, "0004040201000f03", "e11012000103a00c340300fe00000000", "302c"},
        {"ntag215", 540, "0004040201001103", "e1103e000300fe000000000000000000", "3086"},
        {"ntag216", 924, "0004040201001303", "e1106d000300fe000000000000000000", "30e6"},
        {"mf0ul11", 80, "0004030101000b03", "00000000000000000000000000000000", "3013"},
        {"mf0ul21", 164, "0004030101000e03", "00000000000000000000000000000000", "3028"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pn532_card card = make(rows[i].tech, "uid", "04A1B2C3D4E5F6");
        assert_int_equal(card.memory_size, rows[i].size);
        expect(&card, "60", PN532_AIR_DATA, rows[i].version);
        expect(&card, "3003", PN532_AIR_DATA, rows[i].head);
        expect(&card, rows[i].last, PN532_AIR_DATA, "0000000004a1b29fc3d4e5f604480000");
    }
}

static void ntag__keeps_a_uri_as_a_phone_writes_it(void **state)
{
    (void)state;
    struct pn532_card card = make("ntag215", "uri", "https://loyalty.example/c/1234567");
    expect(&card, "3004", PN532_AIR_DATA, "031ed1011a55046c6f79616c74792e65");
    expect(&card, "3a040c", PN532_AIR_DATA,
           "031ed1011a55046c6f79616c74792e6578616d706c652f632f31323334353637fe000000");
}

static void ntag__refuses_what_its_data_sheet_refuses(void **state)
{
    (void)state;
    static const char *const frames[] = {
        "302d",         /* READ beyond the last page */
        "3a0403",       /* FAST_READ backwards */
        "3a042d",       /* FAST_READ beyond the last page */
        "a20100000000", /* WRITE to the UID */
        "a22d00000000", /* WRITE beyond the last page */
        "3902",         /* READ_CNT while the counter is off */
        "3c01",         /* READ_SIG of another address */
        "1b00000000",   /* wrong password */
        "30",           /* too short */
        "77",           /* no command */
    };
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        struct pn532_card card = make("ntag213", NULL, NULL);
        expect(&card, frames[i], PN532_AIR_NAK, "00");
    }
}

static void ntag__writes_a_page_until_it_is_locked(void **state)
{
    (void)state;
    struct pn532_card card = make("ntag213", NULL, NULL);
    expect(&card, "a205cafe0102", PN532_AIR_ACK, "0a");
    expect(&card, "3a0505", PN532_AIR_DATA, "cafe0102");
    expect(&card, "a20200002000", PN532_AIR_ACK, "0a"); /* L5 */
    expect(&card, "a20500000000", PN532_AIR_NAK, "00");
    expect(&card, "a20200000000", PN532_AIR_ACK, "0a"); /* a lock bit cannot be taken back */
    expect(&card, "a20500000000", PN532_AIR_NAK, "00");
    expect(&card, "a22801000000", PN532_AIR_ACK, "0a"); /* dynamic: pages 16 and 17 */
    expect(&card, "a21100000000", PN532_AIR_NAK, "00");
    expect(&card, "a21200000000", PN532_AIR_ACK, "0a");
}

static void ntag__guards_pages_by_password(void **state)
{
    (void)state;
    struct pn532_card card = make("ntag213", NULL, NULL);
    expect(&card, "a22b11223344", PN532_AIR_ACK, "0a"); /* PWD */
    expect(&card, "a22cabcd0000", PN532_AIR_ACK, "0a"); /* PACK */
    expect(&card, "a22a80000000", PN532_AIR_ACK, "0a"); /* PROT: reading, too */
    expect(&card, "a22904000006", PN532_AIR_ACK, "0a"); /* AUTH0 = 6 */
    expect(&card, "3006", PN532_AIR_NAK, "00");
    expect(&card, "3004", PN532_AIR_DATA, "0103a00c340300fe04a1b29fc3d4e513"); /* wraps at AUTH0 */
    expect(&card, "1b11223344", PN532_AIR_DATA, "abcd");
    expect(&card, "3006", PN532_AIR_DATA, "00000000000000000000000000000000");
    expect(&card, "3a2b2c", PN532_AIR_DATA, "0000000000000000"); /* secrets are never read */
    card.tech->power_off(&card);
    expect(&card, "3006", PN532_AIR_NAK, "00");
}

static void ntag__counts_one_read_each_power_up(void **state)
{
    (void)state;
    struct pn532_card card = make("ntag216", "counter", "65535");
    expect(&card, "3902", PN532_AIR_DATA, "ffff00");
    expect(&card, "3a0404", PN532_AIR_DATA, "0300fe00");
    expect(&card, "3a0404", PN532_AIR_DATA, "0300fe00");
    expect(&card, "3902", PN532_AIR_DATA, "000001");
    card.tech->power_off(&card);
    expect(&card, "3a0404", PN532_AIR_DATA, "0300fe00");
    expect(&card, "3902", PN532_AIR_DATA, "010001");
}

static void classic__opens_a_sector_by_the_right_key_only(void **state)
{
    (void)state;
    struct pn532_card card = make("classic1k", "block5", "00112233445566778899aabbccddeeff");
    expect(&card, "3005", PN532_AIR_SILENCE, "");
    assert_false(authenticate(&card, "6005ffffffffff00deadbeef"));
    assert_false(authenticate(&card, "6005ffffffffffffdeadbee0"));
    assert_true(authenticate(&card, "6005ffffffffffffdeadbeef"));
    expect(&card, "3005", PN532_AIR_DATA, "00112233445566778899aabbccddeeff");
    expect(&card, "3007", PN532_AIR_DATA, "000000000000ff078069ffffffffffff");
    expect(&card, "3008", PN532_AIR_NAK, "04");   /* another sector */
    expect(&card, "3005", PN532_AIR_SILENCE, ""); /* and now it is closed */
}

static void classic__keeps_to_its_access_bits(void **state)
{
    (void)state;
    /* data: read with A or B, write with B; trailer: keys written with B, key B never read */
    struct pn532_card card = make("classic1k", "block7", "a0a1a2a3a4a578778869b0b1b2b3b4b5");
    assert_true(authenticate(&card, "6004a0a1a2a3a4a5deadbeef"));
    expect(&card, "3007", PN532_AIR_DATA, "00000000000078778869000000000000");
    expect(&card, "a00400000000000000000000000000000001", PN532_AIR_NAK, "04");
    assert_true(authenticate(&card, "6104b0b1b2b3b4b5deadbeef"));
    expect(&card, "a00400000000000000000000000000000001", PN532_AIR_ACK, "0a");
    expect(&card, "3004", PN532_AIR_DATA, "00000000000000000000000000000001");
    assert_true(authenticate(&card, "6100ffffffffffffdeadbeef"));
    expect(&card, "3001", PN532_AIR_NAK, "04"); /* a key B that can be read opens nothing */
}

/* A trailer with that access condition for all three data blocks, or for itself; keys a0.. and b0.. . */
static void put_trailer(struct pn532_card *card, unsigned data_condition, unsigned trailer_condition)
{
    unsigned c[3];
    for (unsigned bit = 0; bit < 3; bit++) {
        unsigned data = data_condition >> (2 - bit) & 1;
        unsigned trailer = trailer_condition >> (2 - bit) & 1;
        c[bit] = data * 7 + trailer * 8;
    }
    const uint8_t trailer[] = {0xA0,
                               0xA1,
                               0xA2,
                               0xA3,
                               0xA4,
                               0xA5,
                               (uint8_t)(~c[1] << 4 | (~c[0] & 0xF)),
                               (uint8_t)(c[0] << 4 | (~c[2] & 0xF)),
                               (uint8_t)(c[2] << 4 | c[1]),
                               0x69,
                               0xB0,
                               0xB1,
                               0xB2,
                               0xB3,
                               0xB4,
                               0xB5};
    memcpy(card->memory + 7 * 16, trailer, sizeof(trailer));
}

/* With key A, then key B: r or w if block 5 can be read or written, + or - if it can be counted up
 * or down. */
static void data_rights(unsigned condition, char *out)
{
    static const char *const keys[] = {"6005a0a1a2a3a4a5deadbeef", "6105b0b1b2b3b4b5deadbeef"};
    static const struct {
        char right;
        uint8_t size;
        uint8_t frame[18];
    } tries[] = {{'r', 2, {0x30, 5}}, {'w', 18, {0xA0, 5}}, {'+', 6, {0xC1, 5}}, {'-', 6, {0xC0, 5}}};
    for (size_t key = 0; key < 2; key++) {
        for (size_t i = 0; i < COUNT_OF(tries); i++) {
            struct pn532_card card = make("classic1k", "block5", "00000000ffffffff0000000005fa05fa");
            struct pn532_answer answer = {.size = 0};
            put_trailer(&card, condition, 3); /* key B is never read, so that it opens */
            assert_true(authenticate(&card, keys[key]));
            enum pn532_air air = card.tech->exchange(&card, span_of(tries[i].frame, tries[i].size), &answer);
            if (air != PN532_AIR_NAK)
                *out++ = tries[i].right;
        }
        *out++ = key == 0 ? '/' : '\0';
    }
}

/* Data sheet MF1S50YYX_V1 table 7, rows by C1 C2 C3. */
static void classic__gives_a_data_block_the_rights_of_the_table(void **state)
{
    (void)state;
    static const char *const rights[] = {"rw+-/rw+-", "r-/r-", "r/r", "/rw", "r/rw", "/r", "r-/rw+-", "/"};
    for (unsigned condition = 0; condition < COUNT_OF(rights); condition++) {
        char found[16];
        data_rights(condition, found);
        assert_string_equal(found, rights[condition]);
    }
}

/* With key A, then key B: which parts of the trailer a write of zeros changed: a key A, c access bits, b key
 * B. */
static void trailer_rights(unsigned condition, char *out)
{
    static const char *const keys[] = {"6007a0a1a2a3a4a5deadbeef", "6107b0b1b2b3b4b5deadbeef"};
    static const uint8_t write[18] = {0xA0, 7};
    for (size_t key = 0; key < 2; key++) {
        struct pn532_card card = make("classic1k", NULL, NULL);
        struct pn532_answer answer = {.size = 0};
        const uint8_t *trailer = card.memory + 7 * 16;
        put_trailer(&card, 0, condition);
        assert_true(authenticate(&card, keys[key]));
        (void)card.tech->exchange(&card, span_of(write, sizeof(write)), &answer);
        if (trailer[0] == 0)
            *out++ = 'a';
        if (trailer[9] == 0)
            *out++ = 'c';
        if (trailer[10] == 0)
            *out++ = 'b';
        *out++ = key == 0 ? '/' : '\0';
    }
}

/* Data sheet MF1S50YYX_V1 table 6. */
static void classic__gives_a_trailer_the_rights_of_the_table(void **state)
{
    (void)state;
    static const char *const rights[] = {"ab/", "acb/", "/", "/acb", "/ab", "/c", "/", "/"};
    for (unsigned condition = 0; condition < COUNT_OF(rights); condition++) {
        char found[16];
        trailer_rights(condition, found);
        assert_string_equal(found, rights[condition]);
    }
}

static void classic__blocks_a_sector_whose_access_bits_disagree(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 24; bit++) {
        struct pn532_card card = make("classic1k", NULL, NULL);
        card.memory[7 * 16 + 6 + bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(authenticate(&card, "6005ffffffffffffdeadbeef"));
        expect(&card, "3005", PN532_AIR_NAK, "04");
    }
}

static void classic__counts_in_value_blocks(void **state)
{
    (void)state;
    struct pn532_card card = make("classic1k", "block1", "0a000000f5ffffff0a00000001fe01fe");
    assert_true(authenticate(&card, "6001ffffffffffffdeadbeef"));
    expect(&card, "c00103000000", PN532_AIR_ACK, "0a");
    expect(&card, "b002", PN532_AIR_ACK, "0a");
    expect(&card, "3002", PN532_AIR_DATA, "07000000f8ffffff0700000001fe01fe");
    expect(&card, "b002", PN532_AIR_NAK, "04"); /* the buffer was used up */
}

/* What libfreefare 0.4.0 read, byte for byte. */
static void desfire__speaks_the_transcript(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"905a0000034088f500", "9100"},
        {"90aa0000010000", "7670a9e173629d22ba3c0e4e492a015b91af"},
        {"90af0000204e9b5bfc5b39ccfad304cdaee754d92ba7da2f915e11fe7d55f8a626141ef58900",
         "5975beb55a2e0ad8607ea9a3fde70cd99100"},
        {"90f50000010100", "00000000200000ade1584c6af45fd19100"},
        {"90bd0000070100000020000000",
         "4c4f59414c54593a303132333435363738393a504c41494e2e2e2e2e2e2e2e2e9f8eed4f56c043b19100"},
        {"90f50000010200", "00010000200000d7f87cecfc6fd1ae9100"},
        {"90bd0000070200000020000000",
         "4c4f59414c54593a303132333435363738393a4d414345442e2e2e2e2e2e2e2e12517f56f57623a39100"},
        {"90f50000010300", "000300002000004dc048f877d5b5729100"},
        {"90bd0000070300000020000000", "3dc9173a1f30d43a91093cc61a87efd1f14666d9da881ce2a216d3078f1f328e"
                                       "1c30c3ff9761714f9a35d318c31ebe569100"},
        {"90bd0000070900000020000000", "91f0"},
        {"90f50000010100", "00000000200000"
                           "9100"}, /* an error ended the session */
        {"90bd0000070300000020000000", "91ae"},
    };
    static const struct pn532_option options[] = {
        {"drawn", "b1b2b3b4b5b6b7b8b9babbbcbdbebfb0"},
        {"key0", "101112131415161718191a1b1c1d1e1f"},
        {"file1", "plain:0:LOYALTY:0123456789:PLAIN........"},
        {"file2", "maced:0:LOYALTY:0123456789:MACED........"},
        {"file3", "enciphered:0:LOYALTY:0123456789:ENCIPHERED..."},
    };
    static struct pn532_card card;
    const char *why = "";
    assert_int_equal(pn532_card_make(pn532_tech_find("desfire"), options, COUNT_OF(options), &card, &why),
                     ERR_OK);
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        expect_apdu(&card, lines[i][0], lines[i][1]);
}

static void desfire__refuses_as_a_real_one(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"905a000003010203"
         "00",
         "91a0"}, /* no such application */
        {"905a000002408800", "917e"},
        {"90aa0000010000", "91ae"}, /* the card's own key is of DES */
        {"9071000002000000", "911c"},
        {"905a0000034088f500", "9100"},
        {"90aa0000010700", "9140"},
        {"90aa0000020000"
         "00",
         "917e"},
        {"90af000000", "91ca"}, /* nothing to go on with */
        {"90aa0000010000", NULL},
        {"90af0000010000", "917e"},
        {"90aa0000010000", NULL},
        {"90af000020" ZERO_BLOCK ZERO_BLOCK "00", "91ae"},
        {"905100000100", "6700"},
        {"9051000000", "91ae"},
        {"90bd00000401000000"
         "00",
         "917e"},
        {"90bd0000070100000021000000", "91ae"},
        {"90bd0000070000000021000000", "91be"},
        {"90bd0000070020000000000000", "91be"},
        {"90bd0000070000000000000000", "30313233349100"},
        {"90ad0000070000000000000000", "911c"},
        {"903d000000", "911c"},
        {"00a4040005a00000012300", "6a82"},
        {"ffca000000", "6e00"},
    };
    static const struct pn532_option options[] = {
        {"key0", "101112131415161718191a1b1c1d1e1f"},
        {"file0", "plain:free:01234"},
        {"file1", "plain:0:0x00112233"},
    };
    static struct pn532_card card;
    const char *why = "";
    assert_int_equal(pn532_card_make(pn532_tech_find("desfire"), options, COUNT_OF(options), &card, &why),
                     ERR_OK);
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        expect_apdu(&card, lines[i][0], lines[i][1]);
}

static void desfire__says_what_it_is(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"9060000000", "0401010100180591af"},
        {"90af000000", "0401010104180591af"},
        {"90af000000", "04a1b2c3d4e5dfba5134567824149100"},
        {"9045000000", "0f019100"},
        {"90640000010000", "009100"},
        {"906e000000", "0010009100"},
        {"906a000000", "4088f59100"},
        {"905a0000034088f500", "9100"},
        {"9045000000", "0f829100"},
        {"90640000010500", "9140"},
        {"906f000000", "030c9100"},
        {"906a000000", "911c"},
    };
    static const struct pn532_option options[] = {
        {"key0", "101112131415161718191a1b1c1d1e1f"},
        {"key1", "101112131415161718191a1b1c1d1e1f"},
        {"file3", "plain:free:01234"},
        {"file12", "maced:1:x"},
    };
    static struct pn532_card card;
    const char *why = "";
    assert_int_equal(pn532_card_make(pn532_tech_find("desfire"), options, COUNT_OF(options), &card, &why),
                     ERR_OK);
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        expect_apdu(&card, lines[i][0], lines[i][1]);
}

static void desfire__hides_its_uid_behind_one_for_each_field(void **state)
{
    (void)state;
    struct pn532_card card = make("desfire", "random", "1");
    uint8_t before[4];
    assert_int_equal(card.uid_size, 4);
    assert_int_equal(card.uid[0], 0x08);
    memcpy(before, card.uid, sizeof(before));
    card.tech->power_off(&card);
    assert_int_equal(card.uid[0], 0x08);
    assert_memory_not_equal(card.uid, before, sizeof(before));
}

static void ultralight__knows_no_command_beyond_its_own(void **state)
{
    (void)state;
    static const char *const unknown[] = {"60", "3a0004", "3902", "1bffffffff", "3c00"};
    struct pn532_card card = make("ultralight", "text", "12345678");
    expect(&card, "3003", PN532_AIR_DATA,
           "e1100600"
           "030fd1010b5402656e313233");
    expect(&card, "300f", PN532_AIR_DATA,
           "00000000"
           "04a1b29f"
           "c3d4e510"
           "e2480000"); /* wraps */
    expect(&card, "3010", PN532_AIR_NAK, "00");
    expect(&card, "a20f4b617373", PN532_AIR_ACK, "0a");
    expect(&card, "300f", PN532_AIR_DATA,
           "4b617373"
           "04a1b29f"
           "c3d4e510"
           "e2480000");
    for (size_t i = 0; i < COUNT_OF(unknown); i++)
        expect(&card, unknown[i], PN532_AIR_NAK, "00");
}

/* NXP data sheet MF1S70YYX_V1: sectors of sixteen blocks, whose access bits are for five blocks each. */
static void classic4k__has_large_sectors_behind_the_small(void **state)
{
    (void)state;
    struct pn532_card card = make("classic4k", "block254", "00112233445566778899aabbccddeeff");
    assert_int_equal(card.memory_size, 4096);
    assert_true(authenticate(&card, "60ffffffffffffffdeadbe4f"));
    expect(&card, "30fe", PN532_AIR_DATA, "00112233445566778899aabbccddeeff");
    expect(&card, "30ff", PN532_AIR_DATA, "000000000000ff078069ffffffffffff");
    expect(&card, "30ef", PN532_AIR_NAK, "04"); /* the sector before it */
    /* blocks 5 to 9 of sector 32 may be read by nobody */
    card = make("classic4k", "block143", "ffffffffffffdd25a269ffffffffffff");
    assert_true(authenticate(&card, "6080ffffffffffffdeadbe4f"));
    expect(&card, "3084", PN532_AIR_DATA, ZERO_BLOCK);
    expect(&card, "308a", PN532_AIR_DATA, ZERO_BLOCK);
    expect(&card, "3085", PN532_AIR_NAK, "04");
    assert_true(authenticate(&card, "6080ffffffffffffdeadbe4f"));
    expect(&card, "3089", PN532_AIR_NAK, "04");
}

/* NXP AN10787; the checksums are of an independent calculation. */
static void classic__has_a_directory_of_applications(void **state)
{
    (void)state;
    const struct pn532_option options[] = {{"aid2", "4812"},
                                           {"aid5", "4812"},
                                           {"keya2", "112233445566"},
                                           {"keyb2", "665544332211"},
                                           {"access2", "78778869"}};
    struct pn532_card card;
    const char *why = "";
    assert_int_equal(pn532_card_make(pn532_tech_find("classic1k"), options, COUNT_OF(options), &card, &why),
                     ERR_OK);
    assert_true(authenticate(&card, "6003a0a1a2a3a4a5deadbeef"));
    expect(&card, "3001", PN532_AIR_DATA, DIRECTORY_1);
    expect(&card, "3002", PN532_AIR_DATA, ZERO_BLOCK);
    expect(&card, "3003", PN532_AIR_DATA, "000000000000787788c1000000000000");
    assert_true(authenticate(&card, "6008112233445566deadbeef"));
    assert_true(authenticate(&card, "6108665544332211deadbeef"));
    card = make("classic4k", "aid39", "03e1");
    assert_true(authenticate(&card, "6003a0a1a2a3a4a5deadbe4f"));
    expect(&card, "3003", PN532_AIR_DATA, "000000000000787788c2000000000000");
    assert_true(authenticate(&card, "6040a0a1a2a3a4a5deadbe4f"));
    expect(&card, "3042", PN532_AIR_DATA, "000000000000000000000000000003e1");
}

static void classic__keeps_a_uri_in_sectors_of_the_nfc_forum(void **state)
{
    (void)state;
    struct pn532_card card =
        make("classic1k", "uri", "https://loyalty.example/c/1234567?and=something-more-for-a-second-sector");
    assert_true(authenticate(&card, "6003a0a1a2a3a4a5deadbeef"));
    expect(&card, "3001", PN532_AIR_DATA, DIRECTORY_FORUM);
    assert_true(authenticate(&card, "6004d3f7d3f7d3f7deadbeef"));
    expect(&card, "3004", PN532_AIR_DATA,
           "0345d101415504"
           "6c6f79616c74792e65");
    assert_true(authenticate(&card, "6008d3f7d3f7d3f7deadbeef"));
    expect(&card, "300a", PN532_AIR_DATA, ZERO_BLOCK);
    assert_false(authenticate(&card, "600cd3f7d3f7d3f7deadbeef"));
}

static void ntag424__gives_its_makers_signature(void **state)
{
    (void)state;
    static const char signature[] = "27E9A50E6CA4BA9037C02F7D20A80D0284D0C1D83C67F5A5AC1D8A4E"
                                    "F86C9508417E4E9C6F85AA7920F0ABDED984CAF20467D66EA54BBF08";
    struct pn532_card card = make("ntag424", "sig", signature);
    expect_apdu(&card, "903c0000010000",
                "27e9a50e6ca4ba9037c02f7d20a80d0284d0c1d83c67f5a5ac1d8a4e"
                "f86c9508417e4e9c6f85aa7920f0abded984caf20467d66ea54bbf089190");
}

static void card_make__refuses_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *tech, *name, *value;
    } rows[] = {
        {"uid", "uid", "0102"},         {"uid", "uid", "88010203"},     {"uid", "uid", "0102030G"},
        {"ntag213", "uid", "01020304"}, {"ntag213", "sak", "0000"},     {"ntag213", "colour", "red"},
        {"ntag213", "memory", "00"},    {"uid", "memory", "00"},        {"classic1k", "block64", "00"},
        {"classic1k", "aid0", "03e1"},  {"classic4k", "aid16", "03e1"}, {"classic1k", "aid17", "03e1"},
        {"classic1k", "keya1", "00"},   {"ultralight", "counter", "1"}, {"ntag424", "sig", "00"},
        {"ntag213", "counter", "-1"},   {"classic1k", "block", "1"},    {"uid", "ats", "0278"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pn532_option option = {rows[i].name, rows[i].value};
        struct pn532_card card;
        const char *why = NULL;
        bool is_ats_sound = i == COUNT_OF(rows) - 1;
        enum err error = pn532_card_make(pn532_tech_find(rows[i].tech), &option, 1, &card, &why);
        assert_int_equal(error == ERR_OK, is_ats_sound);
        assert_int_equal(why == NULL, is_ats_sound);
    }
}

static void ndef__fits_exactly_or_not_at_all(void **state)
{
    (void)state;
    char uri[512];
    struct pn532_card card;
    const char *why = NULL;
    memset(uri, 'x', sizeof(uri));
    uri[137] = '\0'; /* NTAG213: 144 bytes = TLV 2, record head 4, code 1, 137 */
    struct pn532_option option = {"uri", uri};
    assert_int_equal(pn532_card_make(pn532_tech_find("ntag213"), &option, 1, &card, &why), ERR_OK);
    uri[137] = 'x';
    uri[138] = '\0';
    assert_int_equal(pn532_card_make(pn532_tech_find("ntag213"), &option, 1, &card, &why), ERR_TOO_LONG);
    uri[138] = 'x';
    uri[260] = '\0'; /* a long TLV and a long record */
    assert_int_equal(pn532_card_make(pn532_tech_find("ntag215"), &option, 1, &card, &why), ERR_OK);
    assert_memory_equal(card.memory + 16, "\x03\xff\x01\x0c\xc1\x01\x00\x00\x01\x05U\x00x", 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ntag__has_the_sizes_of_its_data_sheet),
        cmocka_unit_test(ntag__keeps_a_uri_as_a_phone_writes_it),
        cmocka_unit_test(ntag__refuses_what_its_data_sheet_refuses),
        cmocka_unit_test(ntag__writes_a_page_until_it_is_locked),
        cmocka_unit_test(ntag__guards_pages_by_password),
        cmocka_unit_test(ntag__counts_one_read_each_power_up),
        cmocka_unit_test(classic__opens_a_sector_by_the_right_key_only),
        cmocka_unit_test(classic__keeps_to_its_access_bits),
        cmocka_unit_test(classic__gives_a_data_block_the_rights_of_the_table),
        cmocka_unit_test(classic__gives_a_trailer_the_rights_of_the_table),
        cmocka_unit_test(classic__blocks_a_sector_whose_access_bits_disagree),
        cmocka_unit_test(classic__counts_in_value_blocks),
        cmocka_unit_test(desfire__speaks_the_transcript),
        cmocka_unit_test(desfire__refuses_as_a_real_one),
        cmocka_unit_test(desfire__says_what_it_is),
        cmocka_unit_test(desfire__hides_its_uid_behind_one_for_each_field),
        cmocka_unit_test(ultralight__knows_no_command_beyond_its_own),
        cmocka_unit_test(classic4k__has_large_sectors_behind_the_small),
        cmocka_unit_test(classic__has_a_directory_of_applications),
        cmocka_unit_test(classic__keeps_a_uri_in_sectors_of_the_nfc_forum),
        cmocka_unit_test(ntag424__gives_its_makers_signature),
        cmocka_unit_test(card_make__refuses_with_a_sentence),
        cmocka_unit_test(ndef__fits_exactly_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
