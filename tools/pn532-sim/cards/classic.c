/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "pn532-sim/cards/ndef.h"
#include "pn532-sim/cards/techs.h"
#include "pn532-sim/values.h"

/* NXP data sheets MF1S50YYX_V1 and MF1S70YYX_V1: sectors of 4 blocks of 16 bytes; from the 33rd on, which the 4K alone
 * has, of 16 blocks. The last block of a sector is its trailer:
 *
 *   key A (6) | access bits (3) | general purpose byte | key B (6)
 *
 * The chip on the reader's side runs Crypto1, so that plain commands arrive here. */
enum {
    BLOCK_SIZE = 16,
    SMALL_SECTORS = 32,
    SMALL_BLOCKS = 4,
    LARGE_BLOCKS = 16,
    LARGE_FROM = SMALL_SECTORS * SMALL_BLOCKS, /* a block's number */
    KEY_SIZE = 6,
    AT_ACCESS = 6,
    AT_GPB = 9,
    AT_KEY_B = 10,
    NAK_INVALID = 0x4, /* not allowed */
    COMMAND_AUTH_A = 0x60,
    COMMAND_AUTH_B = 0x61
};

const struct pn532_classic_model pn532_classic_1k = {.sector_count = 16, .block_count = 64};
const struct pn532_classic_model pn532_classic_4k = {.sector_count = 40, .block_count = 256};

/* Who may do it: with key A, with key B. */
enum { NOBODY = 0, KEY_A = 1, KEY_B = 2, EITHER = KEY_A | KEY_B };

/* Table 7, by C1 C2 C3 as a number: what may be done to a data block. */
static const struct data_access {
    uint8_t read, write, increment, decrement;
} data_access[8] = {
    [0x0] = {EITHER, EITHER, EITHER, EITHER}, [0x1] = {EITHER, NOBODY, NOBODY, EITHER},
    [0x2] = {EITHER, NOBODY, NOBODY, NOBODY}, [0x3] = {KEY_B, KEY_B, NOBODY, NOBODY},
    [0x4] = {EITHER, KEY_B, NOBODY, NOBODY},  [0x5] = {KEY_B, NOBODY, NOBODY, NOBODY},
    [0x6] = {EITHER, KEY_B, KEY_B, EITHER},   [0x7] = {NOBODY, NOBODY, NOBODY, NOBODY},
};

/* Table 6: what may be done to the parts of a trailer. Key A is never read. */
static const struct trailer_access {
    uint8_t write_key_a, read_access, write_access, read_key_b, write_key_b;
} trailer_access[8] = {
    [0x0] = {KEY_A, KEY_A, NOBODY, KEY_A, KEY_A},     [0x1] = {KEY_A, KEY_A, KEY_A, KEY_A, KEY_A},
    [0x2] = {NOBODY, KEY_A, NOBODY, KEY_A, NOBODY},   [0x3] = {KEY_B, EITHER, KEY_B, NOBODY, KEY_B},
    [0x4] = {KEY_B, EITHER, NOBODY, NOBODY, KEY_B},   [0x5] = {NOBODY, EITHER, KEY_B, NOBODY, NOBODY},
    [0x6] = {NOBODY, EITHER, NOBODY, NOBODY, NOBODY}, [0x7] = {NOBODY, EITHER, NOBODY, NOBODY, NOBODY},
};

static uint8_t *block_at(struct pn532_card *card, size_t block)
{
    return card->memory + block * BLOCK_SIZE;
}

static const struct pn532_classic_model *model_of(const struct pn532_card *card)
{
    return card->tech->model;
}

static size_t sector_of(size_t block)
{
    return block < LARGE_FROM ? block / SMALL_BLOCKS : SMALL_SECTORS + (block - LARGE_FROM) / LARGE_BLOCKS;
}

static size_t blocks_of(size_t sector)
{
    return sector < SMALL_SECTORS ? SMALL_BLOCKS : LARGE_BLOCKS;
}

static size_t first_block_of(size_t sector)
{
    return sector < SMALL_SECTORS ? sector * SMALL_BLOCKS
                                  : LARGE_FROM + (sector - SMALL_SECTORS) * LARGE_BLOCKS;
}

static uint8_t *sector_trailer(struct pn532_card *card, size_t sector)
{
    return block_at(card, first_block_of(sector) + blocks_of(sector) - 1);
}

static uint8_t *trailer_of(struct pn532_card *card, size_t block)
{
    return sector_trailer(card, sector_of(block));
}

static bool is_trailer(size_t block)
{
    return block + 1 == first_block_of(sector_of(block)) + blocks_of(sector_of(block));
}

/* Block 0: UID, for one of 4 bytes its check byte, then SAK and ATQA as they go over the air. */
static void make_manufacturer_block(struct pn532_card *card)
{
    uint8_t *at = card->memory;
    memcpy(at, card->uid, card->uid_size);
    at += card->uid_size;
    if (card->uid_size == 4)
        *at++ = (uint8_t)(card->uid[0] ^ card->uid[1] ^ card->uid[2] ^ card->uid[3]);
    *at++ = card->sak;
    *at++ = card->atqa[1];
    *at++ = card->atqa[0];
}

bool pn532_classic_make(struct pn532_card *card)
{
    static const uint8_t trailer[BLOCK_SIZE] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x07,
                                                0x80, 0x69, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    if (card->uid_size != 4 && card->uid_size != 7)
        return false;
    if (card->uid_size == 7 && (card->atqa[1] & 0xF0) == 0)
        card->atqa[1] |= 0x40;
    card->memory_size = (size_t)model_of(card)->block_count * BLOCK_SIZE;
    for (size_t sector = 0; sector < model_of(card)->sector_count; sector++)
        memcpy(sector_trailer(card, sector), trailer, sizeof(trailer));
    make_manufacturer_block(card);
    return true;
}

/* ---- what is written on it: NXP AN10787, AN1304 */

enum {
    DIRECTORY_1 = 1 * BLOCK_SIZE, /* where it stands, and how long it is */
    DIRECTORY_1_SIZE = 2 * BLOCK_SIZE,
    DIRECTORY_2_SECTOR = 16,
    DIRECTORY_2 = DIRECTORY_2_SECTOR * SMALL_BLOCKS * BLOCK_SIZE,
    DIRECTORY_2_SIZE = 3 * BLOCK_SIZE,
    GPB_DIRECTORY = 0xC0, /* there is one, of several applications; the rest is its version */
};

static const uint8_t forum_aid[] = {0x03, 0xE1};

static uint8_t directory_crc(const uint8_t *directory, size_t size)
{
    unsigned crc = 0xC7;
    for (size_t i = 1; i < size; i++) {
        crc ^= directory[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x80) != 0 ? (crc << 1 ^ 0x1D) & 0xFF : crc << 1;
    }
    return (uint8_t)crc;
}

/* Its sector opens by the public key A, and is written by key B alone. */
static void make_directory(struct pn532_card *card, size_t sector, uint8_t version)
{
    static const uint8_t head[AT_GPB] = {0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0x78, 0x77, 0x88};
    uint8_t *trailer = sector_trailer(card, sector);
    memcpy(trailer, head, sizeof(head));
    if (sector == 0)
        trailer[AT_GPB] = GPB_DIRECTORY | version;
}

static void set_aid(struct pn532_card *card, size_t sector, const uint8_t aid[2])
{
    bool is_second = sector > DIRECTORY_2_SECTOR;
    uint8_t *directory = card->memory + (is_second ? DIRECTORY_2 : DIRECTORY_1);
    size_t size = is_second ? DIRECTORY_2_SIZE : DIRECTORY_1_SIZE;
    bool is_large = model_of(card)->sector_count > DIRECTORY_2_SECTOR;
    memcpy(directory + 2 * (is_second ? sector - DIRECTORY_2_SECTOR : sector), aid, 2);
    directory[0] = directory_crc(directory, size);
    make_directory(card, 0, is_large ? 2 : 1);
    card->memory[DIRECTORY_1] = directory_crc(card->memory + DIRECTORY_1, DIRECTORY_1_SIZE);
    if (!is_large)
        return;
    make_directory(card, DIRECTORY_2_SECTOR, 2);
    card->memory[DIRECTORY_2] = directory_crc(card->memory + DIRECTORY_2, DIRECTORY_2_SIZE);
}

static enum err set_block(struct pn532_card *card, uint32_t block, const char *value)
{
    return hex_read(span_of_text(value), block_at(card, block), BLOCK_SIZE);
}

static enum err set_sector_aid(struct pn532_card *card, uint32_t sector, const char *value)
{
    uint8_t aid[2];
    TRY(hex_read(span_of_text(value), aid, sizeof(aid)));
    if (sector == 0 || sector == DIRECTORY_2_SECTOR)
        return ERR_RANGE;
    set_aid(card, sector, aid);
    return ERR_OK;
}

static enum err set_key_a(struct pn532_card *card, uint32_t sector, const char *value)
{
    return hex_read(span_of_text(value), sector_trailer(card, sector), KEY_SIZE);
}

static enum err set_key_b(struct pn532_card *card, uint32_t sector, const char *value)
{
    return hex_read(span_of_text(value), sector_trailer(card, sector) + AT_KEY_B, KEY_SIZE);
}

static enum err set_access(struct pn532_card *card, uint32_t sector, const char *value)
{
    return hex_read(span_of_text(value), sector_trailer(card, sector) + AT_ACCESS, AT_KEY_B - AT_ACCESS);
}

/* A sector of the NFC Forum's: its public key, and 48 bytes of the message. */
static size_t fill_sector(struct pn532_card *card, size_t sector, struct span area)
{
    static const uint8_t trailer[AT_KEY_B] = {0xD3, 0xF7, 0xD3, 0xF7, 0xD3, 0xF7, 0x7F, 0x07, 0x88, 0x40};
    size_t room = (blocks_of(sector) - 1) * BLOCK_SIZE;
    size_t size = area.size < room ? area.size : room;
    memcpy(block_at(card, first_block_of(sector)), area.bytes, size);
    memcpy(sector_trailer(card, sector), trailer, sizeof(trailer));
    set_aid(card, sector, forum_aid);
    return size;
}

static enum err store_ndef(struct pn532_card *card, struct span message)
{
    uint8_t area[PN532_ANSWER_SIZE_MAX] = {0};
    TRY(pn532_ndef_wrap(message, area, sizeof(area)));
    size_t size = 4 + message.size + 1; /* the longest head, the end */
    size_t at = 0;
    for (size_t sector = 1; at < size; sector++) {
        if (sector == DIRECTORY_2_SECTOR)
            sector++;
        if (sector >= model_of(card)->sector_count)
            return ERR_TOO_LONG;
        at += fill_sector(card, sector, span_of(area + at, size - at));
    }
    return ERR_OK;
}

static enum err set_message(struct pn532_card *card, const struct pn532_option *option)
{
    struct pn532_ndef message;
    if (strcmp(option->name, "uri") == 0)
        TRY(pn532_ndef_uri(option->value, &message));
    else if (strcmp(option->name, "text") == 0)
        TRY(pn532_ndef_text(option->value, &message));
    else if (strcmp(option->name, "ndef") == 0)
        TRY(pn532_hex_read(option->value, message.bytes, sizeof(message.bytes), &message.size));
    else
        return ERR_NOT_FOUND;
    return store_ndef(card, span_of(message.bytes, message.size));
}

static const struct {
    const char *prefix; /* a number follows it */
    bool is_of_block;   /* else a sector's */
    enum err (*set)(struct pn532_card *card, uint32_t number, const char *value);
} numbered_options[] = {
    {"block", true, set_block}, {"aid", false, set_sector_aid}, {"keya", false, set_key_a},
    {"keyb", false, set_key_b}, {"access", false, set_access},
};

enum err pn532_classic_set(struct pn532_card *card, const struct pn532_option *option)
{
    for (size_t i = 0; i < COUNT_OF(numbered_options); i++) {
        size_t size = strlen(numbered_options[i].prefix);
        const struct pn532_classic_model *model = model_of(card);
        uint32_t max =
            (uint32_t)(numbered_options[i].is_of_block ? model->block_count : model->sector_count) - 1;
        uint32_t number = 0;
        if (strncmp(option->name, numbered_options[i].prefix, size) != 0)
            continue;
        TRY(pn532_number_read(option->name + size, max, &number));
        return numbered_options[i].set(card, number, option->value);
    }
    return set_message(card, option);
}

/* ---- what it answers */

void pn532_classic_power_off(struct pn532_card *card)
{
    card->opened = false;
    card->is_loaded = false;
}

/* C1 C2 C3 of the block as a number, or -1 if the bits and their complements do not agree (8.7.1): then the
 * sector is blocked for good. */
static int access_of(struct pn532_card *card, size_t block)
{
    const uint8_t *bits = trailer_of(card, block) + AT_ACCESS;
    uint8_t c1 = bits[1] >> 4;
    uint8_t c2 = bits[2] & 0x0F;
    uint8_t c3 = bits[2] >> 4;
    bool is_sound =
        (c1 ^ (bits[0] & 0x0F)) == 0x0F && (c2 ^ bits[0] >> 4) == 0x0F && (c3 ^ (bits[1] & 0x0F)) == 0x0F;
    size_t within =
        block - first_block_of(sector_of(block)); /* bits are for each block, or for five of them */
    unsigned shift = (unsigned)(block < LARGE_FROM ? within : within / 5);
    return is_sound ? (c1 >> shift & 1) << 2 | (c2 >> shift & 1) << 1 | (c3 >> shift & 1) : -1;
}

/* A key B that can be read is data: it opens nothing (table 7, note 1). */
static bool may(struct pn532_card *card, size_t block, uint8_t who)
{
    int trailer = access_of(card, first_block_of(sector_of(block)) + blocks_of(sector_of(block)) - 1);
    bool is_key_b_data = trailer >= 0 && trailer_access[trailer].read_key_b != NOBODY;
    if (card->with_key_b)
        return (who & KEY_B) != 0 && !is_key_b_data;
    return (who & KEY_A) != 0;
}

static bool is_open(const struct pn532_card *card, size_t block)
{
    return block < model_of(card)->block_count && card->opened && card->sector == sector_of(block);
}

bool pn532_classic_authenticate(struct pn532_card *card, struct span frame)
{
    enum { AUTH_SIZE = 2 + KEY_SIZE + 4 };
    card->opened = false;
    card->is_loaded = false;
    if (frame.size != AUTH_SIZE || frame.bytes[1] >= model_of(card)->block_count)
        return false;
    bool with_key_b = frame.bytes[0] == COMMAND_AUTH_B;
    const uint8_t *key = trailer_of(card, frame.bytes[1]) + (with_key_b ? AT_KEY_B : 0);
    const uint8_t *uid_end = card->uid + card->uid_size;
    if (memcmp(frame.bytes + 2, key, KEY_SIZE) != 0 ||
        memcmp(frame.bytes + 2 + KEY_SIZE, uid_end - 4, 4) != 0)
        return false;
    card->opened = true;
    card->with_key_b = with_key_b;
    card->sector = (uint8_t)sector_of(frame.bytes[1]);
    return true;
}

static enum pn532_air refuse(struct pn532_card *card, struct pn532_answer *answer)
{
    card->opened = false;
    answer->bytes[0] = NAK_INVALID;
    answer->size = 1;
    return PN532_AIR_NAK;
}

static enum pn532_air ack(struct pn532_answer *answer)
{
    answer->bytes[0] = 0x0A;
    answer->size = 1;
    return PN532_AIR_ACK;
}

static void read_trailer(struct pn532_card *card, size_t block, const struct trailer_access *access,
                         uint8_t *out)
{
    memcpy(out, block_at(card, block), BLOCK_SIZE);
    memset(out, 0, KEY_SIZE);
    if (!may(card, block, access->read_access))
        memset(out + AT_ACCESS, 0, AT_KEY_B - AT_ACCESS);
    if (card->with_key_b || access->read_key_b == NOBODY)
        memset(out + AT_KEY_B, 0, KEY_SIZE);
}

static enum pn532_air read_block(struct pn532_card *card, size_t block, int access,
                                 struct pn532_answer *answer)
{
    if (is_trailer(block))
        read_trailer(card, block, &trailer_access[access], answer->bytes);
    else if (may(card, block, data_access[access].read))
        memcpy(answer->bytes, block_at(card, block), BLOCK_SIZE);
    else
        return refuse(card, answer);
    answer->size = BLOCK_SIZE;
    return PN532_AIR_DATA;
}

/* Each part of a trailer is written only if its own right allows; the card acknowledges if any was. */
static bool write_trailer(struct pn532_card *card, size_t block, const struct trailer_access *access,
                          const uint8_t *data)
{
    const struct {
        uint8_t who;
        uint8_t at;
        uint8_t size;
    } parts[] = {
        {access->write_key_a, 0, KEY_SIZE},
        {access->write_access, AT_ACCESS, AT_KEY_B - AT_ACCESS},
        {access->write_key_b, AT_KEY_B, KEY_SIZE},
    };
    bool is_allowed[COUNT_OF(parts)]; /* judged before the first write changes the rights */
    bool any = false;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        any |= is_allowed[i] = may(card, block, parts[i].who);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (is_allowed[i])
            memcpy(block_at(card, block) + parts[i].at, data + parts[i].at, parts[i].size);
    return any;
}

static enum pn532_air write_block(struct pn532_card *card, size_t block, int access, const uint8_t *data,
                                  struct pn532_answer *answer)
{
    bool is_written = false;
    if (is_trailer(block)) {
        is_written = write_trailer(card, block, &trailer_access[access], data);
    } else if (block != 0 && may(card, block, data_access[access].write)) {
        memcpy(block_at(card, block), data, BLOCK_SIZE);
        is_written = true;
    }
    return is_written ? ack(answer) : refuse(card, answer);
}

static uint32_t value_of(const uint8_t *block)
{
    return (uint32_t)block[0] | (uint32_t)block[1] << 8 | (uint32_t)block[2] << 16 | (uint32_t)block[3] << 24;
}

/* A value block holds the value, its complement, the value, and an address byte four times (8.6.2.1). */
static bool is_value(const uint8_t *block)
{
    uint32_t value = value_of(block);
    return value == value_of(block + 8) && value == ~value_of(block + 4) && block[12] == block[14] &&
           block[13] == block[15] && (block[12] ^ block[13]) == 0xFF;
}

static void store_value(uint8_t *block, uint32_t value)
{
    for (size_t i = 0; i < 4; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i);
        block[i] = byte;
        block[4 + i] = (uint8_t)~byte;
        block[8 + i] = byte;
    }
}

/* C0 decrement, C1 increment, C2 restore: into the transfer buffer, with an operand of 4 bytes. */
static enum pn532_air load_value(struct pn532_card *card, struct span frame, int access,
                                 struct pn532_answer *answer)
{
    size_t block = frame.bytes[1];
    bool is_increment = frame.bytes[0] == 0xC1;
    uint8_t who = is_increment ? data_access[access].increment : data_access[access].decrement;
    if (is_trailer(block) || !may(card, block, who) || !is_value(block_at(card, block)))
        return refuse(card, answer);
    uint32_t value = value_of(block_at(card, block));
    uint32_t operand = value_of(frame.bytes + 2);
    memcpy(card->loaded, block_at(card, block), BLOCK_SIZE);
    if (is_increment)
        store_value(card->loaded, value + operand);
    else if (frame.bytes[0] == 0xC0)
        store_value(card->loaded, value - operand);
    card->is_loaded = true;
    return ack(answer);
}

/* B0 transfer: the buffer into a block. */
static enum pn532_air transfer(struct pn532_card *card, size_t block, int access, struct pn532_answer *answer)
{
    if (is_trailer(block) || block == 0 || !card->is_loaded ||
        !may(card, block, data_access[access].decrement))
        return refuse(card, answer);
    memcpy(block_at(card, block), card->loaded, BLOCK_SIZE);
    card->is_loaded = false;
    return ack(answer);
}

/* Before a sector is authenticated the card does not understand a plain command, and is silent. */
enum pn532_air pn532_classic_exchange(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    answer->size = 0;
    if (frame.size < 2 || !card->opened)
        return PN532_AIR_SILENCE;
    size_t block = frame.bytes[1];
    int access = block < model_of(card)->block_count ? access_of(card, block) : -1;
    if (!is_open(card, block) || access < 0)
        return refuse(card, answer);
    uint8_t command = frame.bytes[0];
    if (command == 0x30 && frame.size == 2)
        return read_block(card, block, access, answer);
    if (command == 0xA0 && frame.size == 2 + BLOCK_SIZE)
        return write_block(card, block, access, frame.bytes + 2, answer);
    if (command >= 0xC0 && command <= 0xC2 && frame.size == 6)
        return load_value(card, frame, access, answer);
    if (command == 0xB0 && frame.size == 2)
        return transfer(card, block, access, answer);
    return refuse(card, answer);
}
