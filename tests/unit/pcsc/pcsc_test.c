/* SPDX-License-Identifier: Apache-2.0 */
/* PC/SC readers by Debian's own pcscd and a virtual reader: iface/tag.h over it, and kassa-reader whole. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <winscard.h>

#include "platform/pcsc/pcsc_reader.h"
#include "unit/minder/world.h"
#include "unit/pcsc/daemon.h"
#include "unit/pcsc/virtual_card.h"

#define ZERO_KEY "00000000000000000000000000000000"

#define WITHIN_MS 20000
#define BACK_MS   3000 /* the promise: back within three seconds of the device's return */
#define LOOKS_MAX 2000 /* of 10 ms */

/* https://loyalty.example/c/1234567 as an NDEF message in a TLV */
#define AREA_1234567                                                                                         \
    {                                                                                                        \
        0x03, 0x1E, 0xD1, 0x01, 0x1A, 0x55, 0x04, 'l', 'o', 'y', 'a', 'l', 't', 'y', '.', 'e', 'x', 'a',     \
            'm', 'p', 'l', 'e', '/', 'c', '/', '1', '2', '3', '4', '5', '6', '7', 0xFE                       \
    }

static const struct virtual_card ntag = {.kind = VIRTUAL_TYPE2,
                                         .uid = {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6},
                                         .uid_size = 7,
                                         .area = AREA_1234567};
static const struct virtual_card classic = {
    .kind = VIRTUAL_CLASSIC, .uid = {0xDE, 0xAD, 0xBE, 0xEF}, .uid_size = 4};
static const struct virtual_card chip = {
    .kind = VIRTUAL_APDUS, .uid = {0x04, 1, 2, 3, 4, 5, 6}, .uid_size = 7};

static struct daemon daemon_of_tests;

static int open_daemon(void **state)
{
    (void)state;
    if (daemon_is_possible())
        daemon_open(&daemon_of_tests);
    return 0;
}

static int close_daemon(void **state)
{
    (void)state;
    if (daemon_of_tests.port != 0)
        daemon_close(&daemon_of_tests);
    return 0;
}

static void need_daemon(void)
{
    if (daemon_of_tests.port == 0) {
        print_message("skipped: it takes root, pcscd and vsmartcard-vpcd\n");
        skip();
    }
}

/* --- the reader itself --- */

struct table {
    struct pcsc_reader *pcsc;
    struct tag_reader reader;
    struct tag tag;
};

static void open_table(struct table *table)
{
    need_daemon();
    assert_int_equal(pcsc_reader_open(daemon_of_tests.device, &table->pcsc), ERR_OK);
    table->reader = pcsc_reader_as_tag_reader(table->pcsc);
    table->tag = (struct tag){.ops = &table->reader.ops->tag, .self = table->reader.self};
}

static void pause_for_pcscd(void)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    (void)nanosleep(&pause, NULL);
}

/* pcscd looks after its virtual reader a few times a second: cards that change faster are one to it. It counts what comes
 * and what goes, so that an even count is an empty slot; a reset that failed calls the slot empty before that. */
static bool is_slot(DWORD event, bool is_present)
{
    return ((event & SCARD_STATE_PRESENT) != 0) == is_present && ((event >> 16) % 2 != 0) == is_present;
}

static void wait_for_slot(bool is_present)
{
    SCARDCONTEXT context;
    SCARD_READERSTATE slot = {.szReader = DAEMON_READER};
    assert_int_equal(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), SCARD_S_SUCCESS);
    for (int i = 0; i < LOOKS_MAX; i++) {
        assert_int_equal(SCardGetStatusChange(context, 0, &slot, 1), SCARD_S_SUCCESS);
        if (is_slot(slot.dwEventState, is_present))
            break;
        pause_for_pcscd();
    }
    assert_true(is_slot(slot.dwEventState, is_present));
    (void)SCardReleaseContext(context);
}

static void wait_for_card(struct table *table)
{
    for (int i = 0; i < LOOKS_MAX; i++) {
        enum err error = table->reader.ops->select(table->reader.self, &table->tag.target);
        if (error == ERR_OK)
            return;
        assert_int_equal(error, ERR_NOT_FOUND);
        pause_for_pcscd();
    }
    fail_msg("the card is not seen");
}

static void take_card(struct table *table, pid_t card)
{
    struct tag_target target;
    virtual_card_take(card);
    wait_for_slot(false);
    assert_int_equal(table->reader.ops->check_presence(table->reader.self), ERR_NOT_FOUND);
    assert_int_equal(table->reader.ops->select(table->reader.self, &target), ERR_NOT_FOUND);
}

static void pcsc_reader__reads_a_type_2_tag_by_read_and_fast_read(void **state)
{
    (void)state;
    struct table table;
    open_table(&table);
    assert_string_equal(pcsc_reader_name(table.pcsc), DAEMON_READER);
    pid_t card = virtual_card_lay(daemon_of_tests.port, &ntag);
    wait_for_card(&table);
    const struct tag *tag = &table.tag;
    assert_int_equal(tag->target.uid_size, 7);
    assert_memory_equal(tag->target.uid, ntag.uid, 7);
    assert_int_equal(tag->target.sak, 0x00);
    assert_int_equal(tag->target.atqa, 0x0044);
    uint8_t rx[64];
    size_t size = 0;
    static const uint8_t read[] = {0x30, 3}, fast_read[] = {0x3A, 4, 12}, apdu[] = {0x60};
    assert_int_equal(tag->ops->exchange(tag->self, span_of(read, 2), rx, sizeof rx, &size), ERR_OK);
    assert_int_equal(size, 16);
    assert_memory_equal(rx + 4, ntag.area, 12);
    assert_int_equal(tag->ops->exchange(tag->self, span_of(fast_read, 3), rx, sizeof rx, &size), ERR_OK);
    assert_int_equal(size, 36);
    assert_memory_equal(rx, ntag.area, 36);
    assert_int_equal(tag->ops->exchange(tag->self, span_of(fast_read, 3), rx, 35, &size), ERR_TOO_LONG);
    assert_int_equal(tag->ops->transmit(tag->self, span_of(apdu, 1), rx, sizeof rx, &size), ERR_UNSUPPORTED);
    assert_int_equal(tag->ops->select_again(tag->self), ERR_OK);
    assert_int_equal(tag->ops->exchange(tag->self, span_of(read, 2), rx, sizeof rx, &size), ERR_OK);
    take_card(&table, card);
    pcsc_reader_close(table.pcsc);
}

static enum err try_key(const struct tag *tag, uint8_t block, enum tag_key_kind kind, const char *bytes)
{
    const struct tag_key key = {.block = block, .kind = kind, .bytes = (const uint8_t *)bytes};
    return tag->ops->authenticate(tag->self, &key);
}

static void try_sectors(const struct virtual_card *laid)
{
    struct table table;
    open_table(&table);
    pid_t card = virtual_card_lay(daemon_of_tests.port, laid);
    wait_for_card(&table);
    const struct tag *tag = &table.tag;
    assert_int_equal(tag->target.sak, 0x08);
    uint8_t rx[32];
    size_t size = 0;
    static const uint8_t read[] = {0x30, 5};
    assert_int_equal(tag->ops->exchange(tag->self, span_of(read, 2), rx, sizeof rx, &size), ERR_IO);
    assert_int_equal(try_key(tag, 5, TAG_KEY_A, VIRTUAL_CARD_KEY), ERR_SIGNATURE);
    assert_int_equal(tag->ops->select_again(tag->self), ERR_OK);
    assert_int_equal(try_key(tag, 5, TAG_KEY_B, VIRTUAL_CARD_KEY), ERR_OK);
    assert_int_equal(tag->ops->exchange(tag->self, span_of(read, 2), rx, sizeof rx, &size), ERR_OK);
    assert_int_equal(size, 16);
    assert_int_equal(rx[15], 5);
    assert_int_equal(try_key(tag, 8, TAG_KEY_A, "\xFF\xFF\xFF\xFF\xFF\xFF"), ERR_OK);
    assert_int_equal(tag->ops->exchange(tag->self, span_of(read, 2), rx, sizeof rx, &size), ERR_IO);
    take_card(&table, card);
    pcsc_reader_close(table.pcsc);
}

static void pcsc_reader__opens_sectors_of_mifare_classic(void **state)
{
    (void)state;
    try_sectors(&classic);
}

static void pcsc_reader__opens_them_on_readers_of_the_older_kind(void **state)
{
    (void)state;
    struct virtual_card older = classic;
    older.is_older = true;
    try_sectors(&older);
}

static void pcsc_reader__hands_apdus_through_up_to_the_limit(void **state)
{
    (void)state;
    struct table table;
    open_table(&table);
    pid_t card = virtual_card_lay(daemon_of_tests.port, &chip);
    wait_for_card(&table);
    const struct tag *tag = &table.tag;
    assert_int_equal(tag->target.sak, TAG_SAK_ISO14443_4);
    assert_int_equal(tag->target.ats_size, 2);
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    uint8_t longest[TAG_APDU_SIZE_MAX + 1] = {0x00, 0xA4, 0x04, 0x00, 0x05};
    size_t size = 0;
    assert_int_equal(tag->ops->transmit(tag->self, span_of(longest, 10), rx, sizeof rx, &size), ERR_OK);
    assert_int_equal(size, 12);
    assert_memory_equal(rx, longest, 10);
    assert_int_equal(rx[10], 0x90);
    static const uint8_t most[] = {0x00, 0xEE, 0x00, 0x01, 0x05}, too_much[] = {0x00, 0xEE, 0x00, 0x01, 0x06};
    assert_int_equal(tag->ops->transmit(tag->self, span_of(most, 5), rx, sizeof rx, &size), ERR_OK);
    assert_int_equal(size, TAG_ANSWER_SIZE_MAX);
    assert_int_equal(tag->ops->transmit(tag->self, span_of(most, 5), rx, 100, &size), ERR_TOO_LONG);
    assert_int_equal(tag->ops->transmit(tag->self, span_of(too_much, 5), rx, sizeof rx, &size), ERR_TOO_LONG);
    assert_int_equal(tag->ops->transmit(tag->self, span_of(longest, 6), rx, sizeof rx, &size), ERR_OK);
    assert_int_equal(size, 8); /* nothing of the longer answer is left */
    assert_int_equal(tag->ops->transmit(tag->self, span_of(longest, sizeof longest), rx, sizeof rx, &size),
                     ERR_ARGUMENT);
    assert_int_equal(tag->ops->transmit(tag->self, span_of(longest, 0), rx, sizeof rx, &size), ERR_ARGUMENT);
    take_card(&table, card);
    pcsc_reader_close(table.pcsc);
}

static void pcsc_reader__takes_the_field_away_and_still_sees_the_card(void **state)
{
    (void)state;
    struct table table;
    open_table(&table);
    pid_t card = virtual_card_lay(daemon_of_tests.port, &chip);
    wait_for_card(&table);
    const struct tag *tag = &table.tag;
    static const uint8_t apdu[] = {0x00, 0xA4, 0x04, 0x00, 0x00};
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    assert_int_equal(tag->ops->release(tag->self), ERR_OK);
    assert_int_equal(tag->ops->transmit(tag->self, span_of(apdu, 5), rx, sizeof rx, &size), ERR_IO);
    assert_int_equal(table.reader.ops->check_presence(table.reader.self), ERR_OK);
    assert_int_equal(tag->ops->select_again(tag->self), ERR_OK);
    assert_int_equal(tag->ops->transmit(tag->self, span_of(apdu, 5), rx, sizeof rx, &size), ERR_OK);
    take_card(&table, card);
    assert_int_equal(tag->ops->select_again(tag->self), ERR_NOT_FOUND);
    pcsc_reader_close(table.pcsc);
}

static void pcsc_reader__leaves_a_card_with_contacts_to_others(void **state)
{
    (void)state;
    struct table table;
    const struct virtual_card contact = {.kind = VIRTUAL_CONTACT};
    open_table(&table);
    pid_t card = virtual_card_lay(daemon_of_tests.port, &contact);
    struct tag_target target;
    wait_for_slot(true);
    for (int i = 0; i < 3; i++)
        assert_int_equal(table.reader.ops->select(table.reader.self, &target), ERR_NOT_FOUND);
    virtual_card_take(card);
    wait_for_slot(false);
    card = virtual_card_lay(daemon_of_tests.port, &ntag);
    wait_for_card(&table);
    take_card(&table, card);
    pcsc_reader_close(table.pcsc);
}

/* Its own frames, and then what the password opened. */
static void try_frames(enum virtual_card_raw raw, enum virtual_card_no no)
{
    struct table table;
    struct virtual_card laid = ntag;
    laid.raw = raw;
    laid.no = no;
    laid.is_protected = true;
    open_table(&table);
    pid_t card = virtual_card_lay(daemon_of_tests.port, &laid);
    wait_for_card(&table);
    const struct tag *tag = &table.tag;
    static const uint8_t password[] = {0x1B, 0x11, 0x22, 0x33, 0x44}, wrong[] = {0x1B, 0, 0, 0, 0};
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    assert_int_equal(tag->ops->exchange(tag->self, span_of("\x60", 1), rx, sizeof rx, &size), ERR_OK);
    assert_int_equal(size, 8);
    assert_int_equal(rx[6], 0x0F);
    assert_int_equal(tag->ops->exchange(tag->self, span_of(wrong, sizeof wrong), rx, sizeof rx, &size),
                     ERR_IO);
    assert_int_equal(tag->ops->select_again(tag->self), ERR_OK);
    assert_int_equal(tag->ops->exchange(tag->self, span_of("\x30\x04", 2), rx, sizeof rx, &size), ERR_IO);
    assert_int_equal(tag->ops->select_again(tag->self), ERR_OK);
    assert_int_equal(tag->ops->exchange(tag->self, span_of(password, sizeof password), rx, 1, &size),
                     ERR_TOO_LONG);
    assert_int_equal(tag->ops->exchange(tag->self, span_of(password, sizeof password), rx, sizeof rx, &size),
                     ERR_OK);
    assert_int_equal(size, 2);
    assert_memory_equal(rx, VIRTUAL_CARD_PACK, 2);
    assert_int_equal(tag->ops->exchange(tag->self, span_of("\x30\x04", 2), rx, sizeof rx, &size), ERR_OK);
    assert_memory_equal(rx, laid.area, 16);
    assert_int_equal(table.reader.ops->check_presence(table.reader.self), ERR_OK);
    assert_int_equal(tag->ops->exchange(tag->self, span_of("\x60", 1), rx, sizeof rx, &size), ERR_OK);
    take_card(&table, card);
    pcsc_reader_close(table.pcsc);
}

static void pcsc_reader__passes_frames_through_in_a_transparent_session(void **state)
{
    (void)state;
    for (enum virtual_card_no no = VIRTUAL_NO_STATUS; no < VIRTUAL_NO_COUNT; no++)
        try_frames(VIRTUAL_RAW_SESSION, no);
}

static void pcsc_reader__passes_frames_through_where_a_pn53x_is_behind_it(void **state)
{
    (void)state;
    try_frames(VIRTUAL_RAW_DIRECT, VIRTUAL_NO_STATUS);
}

static void pcsc_reader__says_that_it_passes_no_frames_through(void **state)
{
    (void)state;
    struct table table;
    open_table(&table);
    pid_t card = virtual_card_lay(daemon_of_tests.port, &ntag);
    wait_for_card(&table);
    const struct tag *tag = &table.tag;
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    assert_int_equal(tag->ops->exchange(tag->self, span_of("\x60", 1), rx, sizeof rx, &size), ERR_IO);
    assert_int_equal(tag->ops->exchange(tag->self, span_of("\x60", 1), rx, sizeof rx, &size),
                     ERR_UNSUPPORTED);
    assert_int_equal(tag->ops->exchange(tag->self, span_of("\x60", 1), rx, sizeof rx, &size),
                     ERR_UNSUPPORTED);
    assert_int_equal(tag->ops->exchange(tag->self, span_of("\x30\x04", 2), rx, sizeof rx, &size), ERR_OK);
    take_card(&table, card);
    pcsc_reader_close(table.pcsc);
}

static void pcsc_reader__asks_a_card_without_uid_again(void **state)
{
    (void)state;
    struct table table;
    struct virtual_card late = ntag;
    struct tag_target target;
    late.uid_refusals = 2;
    open_table(&table);
    pid_t card = virtual_card_lay(daemon_of_tests.port, &late);
    wait_for_slot(true);
    assert_int_equal(table.reader.ops->select(table.reader.self, &target), ERR_NOT_FOUND);
    assert_int_equal(table.reader.ops->select(table.reader.self, &target), ERR_NOT_FOUND);
    assert_int_equal(table.reader.ops->select(table.reader.self, &target), ERR_OK);
    take_card(&table, card);
    pcsc_reader_close(table.pcsc);
}

static void pcsc_reader__tells_which_reader_is_missing(void **state)
{
    (void)state;
    need_daemon();
    struct pcsc_reader *reader = NULL;
    char device[160];
    (void)snprintf(device, sizeof device, "pcsc:%s:Nobody", daemon_of_tests.socket_path);
    assert_int_equal(pcsc_reader_open(device, &reader), ERR_NOT_FOUND);
    (void)snprintf(device, sizeof device, "pcsc:%s:Virtual", daemon_of_tests.socket_path);
    assert_int_equal(pcsc_reader_open(device, &reader), ERR_ARGUMENT); /* it has two slots */
    assert_int_equal(pcsc_reader_open("pcsc:/tmp", &reader), ERR_ARGUMENT);
    assert_null(reader);
}

/* --- kassa-reader and its minder --- */

struct shop {
    struct minder_world world;
    const char *arguments[12];
    pid_t card; /* 0: none */
};

static void open_shop_of(struct shop *shop, const struct card_programme *programme)
{
    need_daemon();
    *shop = (struct shop){.arguments = {"--device", daemon_of_tests.device, "--poll-ms", "20", "--away-ms",
                                        "0", "--await-programme", NULL}};
    minder_world_open(&shop->world, (struct minder_options){.program = KASSA_BINARY_DIR "/bin/kassa-reader",
                                                            .arguments = shop->arguments,
                                                            .programme = programme});
}

static void open_shop(struct shop *shop)
{
    need_daemon();
    *shop = (struct shop){.arguments = {"--device", daemon_of_tests.device, "--poll-ms", "20", "--away-ms",
                                        "0", "--link", "loyalty.example/c/", NULL}};
    minder_world_open(&shop->world, (struct minder_options){.program = KASSA_BINARY_DIR "/bin/kassa-reader",
                                                            .arguments = shop->arguments});
}

static bool is_ready(const struct minder_world *world)
{
    return world->state == MINDER_READY;
}

static bool is_not_ready(const struct minder_world *world)
{
    return world->state != MINDER_READY;
}

static bool says_that_nobody_answers(const struct minder_world *world)
{
    return strstr(world->what, err_sentence(ERR_CLOSED)) != NULL;
}

static bool has_card(const struct minder_world *world)
{
    return world->card_count > world->gone_count;
}

static bool has_no_card(const struct minder_world *world)
{
    return world->card_count == world->gone_count;
}

static void wait_for(struct shop *shop, bool (*condition)(const struct minder_world *world))
{
    (void)minder_world_run_until(&shop->world, condition, WITHIN_MS);
}

static void lay(struct shop *shop, const struct virtual_card *card)
{
    shop->card = virtual_card_lay(daemon_of_tests.port, card);
}

static void take(struct shop *shop)
{
    virtual_card_take(shop->card);
    shop->card = 0;
    wait_for(shop, has_no_card);
    wait_for_slot(false);
}

static void reader__identifies_cards_through_pcscd(void **state)
{
    (void)state;
    struct shop shop;
    open_shop(&shop);
    wait_for(&shop, is_ready);
    assert_string_equal(shop.world.what, DAEMON_READER);
    lay(&shop, &ntag);
    wait_for(&shop, has_card);
    assert_string_equal(shop.world.card.text, "num:1234567");
    assert_int_equal(shop.world.card.technology, READER_NDEF);
    take(&shop);
    lay(&shop, &classic);
    wait_for(&shop, has_card);
    assert_string_equal(shop.world.card.text, "uid:deadbeef");
    take(&shop);
    assert_int_equal(minder_deaths(shop.world.minder), 0);
    minder_world_close(&shop.world);
}

/* ---- cards that prove a key: what the simulated chip's cards say, over pcscd */

static struct card_programme proving_programme(void)
{
    return (struct card_programme){
        .order_count = 2,
        .order = {READER_DESFIRE, READER_SUN},
        .sun = card_sun_settings_default(),
        .desfire = {.name_size = CARD_DESFIRE_AID_SIZE,
                    .name = {0xF5, 0x88, 0x40},
                    .file = 2,
                    .place = {.offset = 8, .size = 10},
                    .key_number = 1,
                    .key_count = 1},
    };
}

static const struct proving_case {
    const char *tech;
    struct pn532_option options[3];
    size_t option_count;
    const char *text;
    enum reader_technology technology;
} PROVING[] = {
    {"desfire",
     {{"key1", ZERO_KEY}, {"file2", "enciphered:1:LOYALTY:0123456789"}, {"part", "20"}},
     3,
     "num:0123456789",
     READER_DESFIRE},
    {"desfire",
     {{"key1", ZERO_KEY}, {"file2", "maced:1:LOYALTY:0123456789"}, {"random", "1"}},
     3,
     "num:0123456789",
     READER_DESFIRE},
    {"ntag424",
     {{"uri", "https://tap.example/s?picc_data=" ZERO_KEY "&cmac=0000000000000000"}},
     1,
     "uid:04a1b2c3d4e524",
     READER_SUN},
};

static void lay_simulated(struct shop *shop, const struct proving_case *row)
{
    static struct pn532_card simulated;
    struct virtual_card card = {.kind = VIRTUAL_APDUS, .simulated = &simulated};
    const char *why = "";
    assert_int_equal(
        pn532_card_make(pn532_tech_find(row->tech), row->options, row->option_count, &simulated, &why),
        ERR_OK);
    memcpy(card.uid, simulated.uid, simulated.uid_size);
    card.uid_size = simulated.uid_size;
    lay(shop, &card);
}

static void reader__identifies_cards_that_prove_a_key_through_pcscd(void **state)
{
    (void)state;
    struct shop shop;
    struct card_programme programme = proving_programme();
    programme.sun.has_meta_key = true;
    assert_int_equal(card_links_add(&programme.sun.links, span_of_text("tap.example/s")), ERR_OK);
    open_shop_of(&shop, &programme);
    wait_for(&shop, is_ready);
    for (size_t i = 0; i < COUNT_OF(PROVING); i++) {
        lay_simulated(&shop, &PROVING[i]);
        wait_for(&shop, has_card);
        assert_string_equal(shop.world.card.text, PROVING[i].text);
        assert_int_equal(shop.world.card.technology, PROVING[i].technology);
        assert_int_equal(shop.world.card.trust, CARD_TRUST_PROVEN);
        take(&shop);
    }
    assert_int_equal(minder_deaths(shop.world.minder), 0);
    minder_world_close(&shop.world);
}

static void reader__blames_nobody_for_a_card_pulled_away_in_mid_read(void **state)
{
    (void)state;
    struct shop shop;
    open_shop(&shop);
    wait_for(&shop, is_ready);
    for (unsigned at = 1; at <= 4; at++) { /* its UID, then each of its reads */
        struct virtual_card pulled = ntag;
        pulled.pulled_at = at;
        lay(&shop, &pulled);
        assert_int_equal(waitpid(shop.card, NULL, 0), shop.card);
        wait_for_slot(false);
        lay(&shop, &ntag);
        wait_for(&shop, has_card);
        assert_string_equal(shop.world.card.text, "num:1234567");
        take(&shop);
    }
    assert_int_equal(minder_deaths(shop.world.minder), 0);
    minder_world_close(&shop.world);
}

/* pcscd's driver answers with nothing then. */
static void reader__takes_no_chip_card_that_went_for_its_uid(void **state)
{
    (void)state;
    struct shop shop;
    struct virtual_card pulled = chip;
    pulled.pulled_at = 2;
    open_shop(&shop);
    wait_for(&shop, is_ready);
    lay(&shop, &pulled);
    assert_int_equal(waitpid(shop.card, NULL, 0), shop.card);
    wait_for_slot(false);
    lay(&shop, &ntag);
    wait_for(&shop, has_card);
    assert_string_equal(shop.world.card.text, "num:1234567");
    assert_int_equal(shop.world.card_count, 1);
    take(&shop);
    minder_world_close(&shop.world);
}

static void reader__outlives_a_card_whose_answer_is_too_long(void **state)
{
    (void)state;
    struct shop shop;
    struct virtual_card babbling = ntag;
    babbling.is_babbling = true;
    open_shop(&shop);
    wait_for(&shop, is_ready);
    lay(&shop, &babbling);
    wait_for_slot(true);
    virtual_card_take(shop.card);
    wait_for_slot(false);
    lay(&shop, &ntag);
    wait_for(&shop, has_card);
    assert_int_equal(shop.world.card_count, 1);
    assert_int_equal(minder_deaths(shop.world.minder), 0);
    take(&shop);
    minder_world_close(&shop.world);
}

static void reader__is_back_after_pcscd_was_started_anew(void **state)
{
    (void)state;
    struct shop shop;
    open_shop(&shop);
    wait_for(&shop, is_ready);
    lay(&shop, &ntag);
    wait_for(&shop, has_card);
    daemon_stop(&daemon_of_tests);
    wait_for(&shop, is_not_ready);
    wait_for(&shop, has_no_card);
    wait_for(&shop, says_that_nobody_answers); /* the next child, which tries on */
    virtual_card_take(shop.card);
    daemon_start(&daemon_of_tests);
    uint64_t back_ms = minder_world_run_until(&shop.world, is_ready, WITHIN_MS);
    print_message("back after %u ms\n", (unsigned)back_ms);
    assert_true(back_ms <= BACK_MS || KASSA_IS_SANITIZED);
    lay(&shop, &ntag);
    wait_for(&shop, has_card);
    take(&shop);
    minder_world_close(&shop.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcsc_reader__reads_a_type_2_tag_by_read_and_fast_read),
        cmocka_unit_test(pcsc_reader__opens_sectors_of_mifare_classic),
        cmocka_unit_test(pcsc_reader__opens_them_on_readers_of_the_older_kind),
        cmocka_unit_test(pcsc_reader__hands_apdus_through_up_to_the_limit),
        cmocka_unit_test(pcsc_reader__takes_the_field_away_and_still_sees_the_card),
        cmocka_unit_test(pcsc_reader__leaves_a_card_with_contacts_to_others),
        cmocka_unit_test(pcsc_reader__passes_frames_through_in_a_transparent_session),
        cmocka_unit_test(pcsc_reader__passes_frames_through_where_a_pn53x_is_behind_it),
        cmocka_unit_test(pcsc_reader__says_that_it_passes_no_frames_through),
        cmocka_unit_test(pcsc_reader__asks_a_card_without_uid_again),
        cmocka_unit_test(pcsc_reader__tells_which_reader_is_missing),
        cmocka_unit_test(reader__identifies_cards_through_pcscd),
        cmocka_unit_test(reader__identifies_cards_that_prove_a_key_through_pcscd),
        cmocka_unit_test(reader__blames_nobody_for_a_card_pulled_away_in_mid_read),
        cmocka_unit_test(reader__takes_no_chip_card_that_went_for_its_uid),
        cmocka_unit_test(reader__outlives_a_card_whose_answer_is_too_long),
        cmocka_unit_test(reader__is_back_after_pcscd_was_started_anew),
    };
    return cmocka_run_group_tests(tests, open_daemon, close_daemon);
}
