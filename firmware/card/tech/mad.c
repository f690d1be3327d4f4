/* SPDX-License-Identifier: Apache-2.0 */
#include "card/tech/mad.h"

#include <stdio.h>

#include "card/ndef.h"
#include "card/tech/technology.h"

enum { READ = 0x30, BLOCK_SIZE = 16, AID_SIZE = 2 };

#define DIRECTORY_BLOCK    1 /* sector 0's */
#define DIRECTORY_TRAILER  3
#define DIRECTORY_2_SECTOR 16
#define DIRECTORY_2_BLOCK  64
#define SMALL_SECTORS      32 /* of four blocks; those above have sixteen */
#define LARGE_BLOCKS_FROM  128
#define SECTOR_NONE        0xFF
#define MESSAGE_SIZE_MAX   1024

/* AN10787 3.3: the general purpose byte, the tenth of sector 0's trailer. */
enum { GPB_AT = 9, GPB_HAS_DIRECTORY = 0x80, GPB_VERSION = 0x03 };

struct mad {
    struct card_run *run;
    const struct card_mad_settings *settings;
    uint8_t version;
    bool is_second_read;
    uint8_t open_sector;
    struct card_mad_sectors found;
};

uint8_t card_mad_crc(struct span bytes)
{
    enum { POLYNOMIAL = 0x1D, PRESET = 0xC7 };
    uint8_t crc = PRESET;
    for (size_t i = 0; i < bytes.size; i++) {
        crc ^= bytes.bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (uint8_t)(crc << 1 ^ (crc >> 7) * POLYNOMIAL);
    }
    return crc;
}

enum err card_mad_find(struct span directory, const uint8_t aid[2], struct card_mad_sectors *out)
{
    if (directory.size != CARD_MAD_1_SIZE && directory.size != CARD_MAD_2_SIZE)
        return ERR_ARGUMENT;
    if (card_mad_crc(span_of(directory.bytes + 1, directory.size - 1)) != directory.bytes[0])
        return ERR_CHECKSUM;
    uint8_t sector = directory.size == CARD_MAD_1_SIZE ? 1 : DIRECTORY_2_SECTOR + 1;
    for (size_t at = AID_SIZE; at < directory.size; at += AID_SIZE, sector++)
        if (memcmp(directory.bytes + at, aid, AID_SIZE) == 0 && out->count < CARD_MAD_SECTORS_MAX)
            out->sectors[out->count++] = sector;
    return ERR_OK;
}

static uint8_t first_block_of(uint8_t sector)
{
    return (uint8_t)(sector < SMALL_SECTORS ? 4 * sector : LARGE_BLOCKS_FROM + 16 * (sector - SMALL_SECTORS));
}

static uint8_t data_blocks_of(uint8_t sector)
{
    return sector < SMALL_SECTORS ? 3 : 15;
}

static bool is_directory(uint8_t sector)
{
    return sector == 0 || sector == DIRECTORY_2_SECTOR;
}

/* ERR_SIGNATURE: another key's; the tag is selected again. */
static enum err open_sector(struct mad *mad, uint8_t sector)
{
    struct tag *tag = mad->run->tag;
    const struct tag_key key = {
        .block = first_block_of(sector),
        .kind = !is_directory(sector) && mad->settings->is_key_b ? TAG_KEY_B : TAG_KEY_A,
        .bytes = is_directory(sector) ? mad->settings->directory_key : mad->settings->key,
    };
    if (mad->open_sector == sector)
        return ERR_OK;
    if (tag->ops->authenticate == NULL)
        return ERR_UNSUPPORTED;
    mad->open_sector = SECTOR_NONE;
    enum err error = tag->ops->authenticate(tag->self, &key);
    if (error == ERR_SIGNATURE)
        TRY(card_select_again(tag));
    TRY(error);
    mad->open_sector = sector;
    return ERR_OK;
}

static enum err read_once(struct mad *mad, uint8_t sector, uint8_t block, uint8_t out[BLOCK_SIZE])
{
    const uint8_t command[] = {READ, (uint8_t)(first_block_of(sector) + block)};
    struct tag *tag = mad->run->tag;
    size_t size = 0;
    TRY(open_sector(mad, sector));
    enum err error = tag->ops->exchange(tag->self, span_of(command, sizeof command), out, BLOCK_SIZE, &size);
    return error == ERR_OK && size != BLOCK_SIZE ? ERR_IO : error;
}

/* A lost answer and a refused one look alike, and the sector is closed after either; a byte that is lost in the cipher's dialogue looks
 * like another key. A tag has refused that is there after each of two tries: then its key is another, or its access conditions
 * are not for this one. */
static enum err read_block(struct mad *mad, uint8_t sector, uint8_t block, uint8_t out[BLOCK_SIZE])
{
    for (unsigned i = 0; i < 2; i++) {
        enum err error = read_once(mad, sector, block, out);
        if (error == ERR_SIGNATURE && i == 0)
            continue; /* it was selected again */
        if (error != ERR_IO)
            return error;
        mad->open_sector = SECTOR_NONE;
        TRY(card_select_again(mad->run->tag));
    }
    return ERR_STATE;
}

static enum err read_directory(struct mad *mad, uint8_t sector, uint8_t block, size_t size)
{
    uint8_t directory[CARD_MAD_2_SIZE];
    for (size_t at = 0; at < size; at += BLOCK_SIZE)
        TRY(read_block(mad, sector, (uint8_t)(block + at / BLOCK_SIZE), directory + at));
    enum err error = card_mad_find(span_of(directory, size), mad->settings->aid, &mad->found);
    if (error == ERR_CHECKSUM)
        card_say(mad->run, "mad: the directory's checksum is wrong");
    return error == ERR_CHECKSUM ? ERR_NOT_FOUND : error;
}

/* A card whose directory opens by another key, or that says it has none, is no card of the programme's. */
static enum err read_first(struct mad *mad)
{
    uint8_t trailer[BLOCK_SIZE];
    enum err error = read_block(mad, 0, DIRECTORY_TRAILER, trailer);
    if (error == ERR_SIGNATURE || error == ERR_STATE) {
        card_say(mad->run, "mad: the key does not open the directory");
        return ERR_NOT_FOUND;
    }
    TRY(error);
    mad->version = trailer[GPB_AT] & GPB_VERSION;
    if ((trailer[GPB_AT] & GPB_HAS_DIRECTORY) == 0 || (mad->version != 1 && mad->version != 2)) {
        card_say(mad->run, "mad: the card has no directory of applications");
        return ERR_NOT_FOUND;
    }
    return read_directory(mad, 0, DIRECTORY_BLOCK, CARD_MAD_1_SIZE);
}

/* Only where it is needed: the air is slow. */
static enum err read_second(struct mad *mad)
{
    if (mad->version != 2 || mad->is_second_read)
        return ERR_NOT_FOUND;
    mad->is_second_read = true;
    size_t before = mad->found.count;
    enum err error = read_directory(mad, DIRECTORY_2_SECTOR, 0, CARD_MAD_2_SIZE);
    bool is_closed = error == ERR_SIGNATURE || error == ERR_STATE;
    TRY(is_closed ? ERR_NOT_FOUND : error);
    return mad->found.count > before ? ERR_OK : ERR_NOT_FOUND;
}

/* Where a data block of the application stands. ERR_NOT_FOUND: it has not so many. */
static enum err locate(struct mad *mad, size_t block, uint8_t *out_sector, uint8_t *out_block)
{
    size_t from = 0;
    for (size_t i = 0;; i++) {
        if (i == mad->found.count)
            TRY(read_second(mad));
        uint8_t sector = mad->found.sectors[i];
        if (block < from + data_blocks_of(sector)) {
            *out_sector = sector;
            *out_block = (uint8_t)(block - from);
            return ERR_OK;
        }
        from += data_blocks_of(sector);
    }
}

/* Of a sector of the application. */
static void say_closed(const struct mad *mad, uint8_t sector, enum err error)
{
    char text[120];
    char kind = mad->settings->is_key_b ? 'B' : 'A';
    if (error == ERR_SIGNATURE)
        (void)snprintf(text, sizeof text, "mad: sector %u does not open by key %c (mad.key, mad.key_kind)",
                       (unsigned)sector, kind);
    else
        (void)snprintf(text, sizeof text,
                       "mad: sector %u opens by key %c (mad.key_kind), which may not read it",
                       (unsigned)sector, kind);
    card_say(mad->run, text);
}

static enum err read_data(struct mad *mad, size_t block, uint8_t out[BLOCK_SIZE])
{
    uint8_t sector = 0;
    uint8_t within = 0;
    TRY(locate(mad, block, &sector, &within));
    enum err error = read_block(mad, sector, within, out);
    if (error == ERR_SIGNATURE || error == ERR_STATE)
        say_closed(mad, sector, error);
    return error;
}

static size_t block_count(const struct mad *mad)
{
    size_t count = 0;
    for (size_t i = 0; i < mad->found.count; i++)
        count += data_blocks_of(mad->found.sectors[i]);
    return count;
}

static void say_absent(const struct mad *mad)
{
    char text[80];
    (void)snprintf(text, sizeof text, "mad: the card's directory has no application %02x%02x (mad.aid)",
                   mad->settings->aid[0], mad->settings->aid[1]);
    card_say(mad->run, text);
}

/* Settings are named by block and offset as the programme's file has them. */
static void say_place(const struct mad *mad, enum err error)
{
    const struct card_place *place = &mad->settings->place;
    unsigned block = place->offset / BLOCK_SIZE;
    unsigned offset = place->offset % BLOCK_SIZE;
    char text[160];
    if (error == ERR_NOT_FOUND && mad->found.count > 0)
        (void)snprintf(text, sizeof text,
                       "mad: block %u, where the number should stand (mad.block, mad.offset, mad.length), is "
                       "beyond the application's %zu blocks",
                       (unsigned)((place->offset + place->size - 1U) / BLOCK_SIZE), block_count(mad));
    else if (error == ERR_SYNTAX || error == ERR_EXISTS)
        (void)snprintf(
            text, sizeof text,
            "mad: what stands in block %u from byte %u (mad.block, mad.offset, mad.length, mad.form) is "
            "no member number",
            block, offset);
    else
        return;
    card_say(mad->run, text);
}

static enum err read_place(struct mad *mad, char out_text[CARD_TEXT_MAX])
{
    const struct card_place *place = &mad->settings->place;
    uint8_t blocks[CARD_PLACE_SIZE_MAX + 2 * BLOCK_SIZE];
    size_t first = place->offset / BLOCK_SIZE;
    size_t skip = place->offset % BLOCK_SIZE;
    TRY(card_place_check(place));
    for (size_t at = 0; at < skip + place->size; at += BLOCK_SIZE)
        TRY(read_data(mad, first + at / BLOCK_SIZE, blocks + at));
    return card_place_read(place, span_of(blocks + skip, place->size), out_text);
}

/* NXP AN1304: the sectors' data blocks hold what a Type 2 tag's data area does. */
static enum err read_message(struct mad *mad, char out_text[CARD_TEXT_MAX])
{
    uint8_t area[MESSAGE_SIZE_MAX];
    size_t known = 0;
    struct card_tlv ndef = {0};
    enum err error = ERR_TRUNCATED;
    while (error == ERR_TRUNCATED && known < sizeof area) {
        TRY(read_data(mad, known / BLOCK_SIZE, area + known));
        known += BLOCK_SIZE;
        error = card_tlv_find_ndef(span_of(area, known), sizeof area, &ndef);
    }
    TRY(error);
    for (; known < ndef.offset + ndef.size; known += BLOCK_SIZE)
        TRY(read_data(mad, known / BLOCK_SIZE, area + known));
    return card_ndef_find_number(span_of(area + ndef.offset, ndef.size), &mad->run->programme->links,
                                 out_text);
}

/* NFC Forum's application is of no programme: what stands in it may be anyone's. */
static bool is_ours(const struct mad *mad)
{
    static const uint8_t forum[AID_SIZE] = {0x03, 0xE1};
    bool is_forum = mad->settings->is_ndef && memcmp(mad->settings->aid, forum, AID_SIZE) == 0;
    return mad->found.count > 0 && !is_forum;
}

/* Of a card that has the application: without a number in it, or with less than the settings want, it cannot be believed, and its
 * UID is not taken instead. */
static enum err err_of_ours(enum err error)
{
    bool is_unsound = error == ERR_SYNTAX || error == ERR_TRUNCATED || error == ERR_UNSUPPORTED;
    if (error == ERR_NOT_FOUND)
        return ERR_STATE;
    return is_unsound ? ERR_SIGNATURE : error;
}

/* The directory names the programme's application, so a card whose sectors have another key is one that claims it. */
enum err card_mad_read(struct card_run *run, struct card_identity *out)
{
    struct mad mad = {.run = run, .settings = &run->programme->mad, .open_sector = SECTOR_NONE};
    TRY(read_first(&mad));
    enum err error = mad.settings->is_ndef ? read_message(&mad, out->text) : read_place(&mad, out->text);
    if (mad.found.count == 0 && error == ERR_NOT_FOUND)
        say_absent(&mad);
    if (!mad.settings->is_ndef)
        say_place(&mad, error);
    else if (error != ERR_OK && is_ours(&mad))
        card_say(run, "mad: the application's blocks hold no message that names a member (mad.form = ndef)");
    return is_ours(&mad) ? err_of_ours(error) : error;
}
