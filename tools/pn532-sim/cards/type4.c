/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/cards/ndef.h"
#include "pn532-sim/cards/techs.h"
#include "pn532-sim/values.h"

/* NFC Forum Type 4 Tag 2.0. The memory holds both files:
 *
 *   0 .. 14   capability container E103
 *   15 ..     NDEF file E104: NLEN (2), message */
enum {
    CC_SIZE = 15,
    AT_NDEF = CC_SIZE,
    NDEF_FILE_SIZE = 512,
    ANSWER_SIZE_MAX = 256,
    FILE_NONE = 0,
    FILE_APPLICATION,
    FILE_CC,
    FILE_NDEF
};

enum {
    SW_OK = 0x9000,
    SW_LENGTH = 0x6700,
    SW_FILE = 0x6A82,
    SW_OFFSET = 0x6B00,
    SW_INS = 0x6D00,
    SW_NO_FILE = 0x6986
};

static enum pn532_air answer_status(struct pn532_answer *answer, uint16_t status)
{
    answer->bytes[answer->size++] = (uint8_t)(status >> 8);
    answer->bytes[answer->size++] = (uint8_t)status;
    return PN532_AIR_DATA;
}

bool pn532_type4_make(struct pn532_card *card)
{
    static const uint8_t ats[] = {0x06, 0x77, 0x77,
                                  0x71, 0x02, 0x80}; /* as an NTAG 424's: frames of 128 bytes */
    static const uint8_t cc[CC_SIZE] = {
        0x00, CC_SIZE, 0x20,       /* mapping version 2.0 */
        0x01, 0x00,    0x00, 0xFF, /* reads of 256, writes of 255 */
        0x04, 0x06,    0xE1, 0x04, NDEF_FILE_SIZE >> 8, NDEF_FILE_SIZE & 0xFF,
        0x00, 0xFF, /* read by all, written by none */
    };
    if (card->uid_size != 7)
        return false;
    if (card->ats_size == 0) {
        memcpy(card->ats, ats, sizeof(ats));
        card->ats_size = sizeof(ats);
    }
    card->memory_size = AT_NDEF + NDEF_FILE_SIZE;
    memcpy(card->memory, cc, sizeof(cc));
    return true;
}

static enum err store(struct pn532_card *card, struct span message)
{
    if (message.size > NDEF_FILE_SIZE - 2)
        return ERR_TOO_LONG;
    card->memory[AT_NDEF] = (uint8_t)(message.size >> 8);
    card->memory[AT_NDEF + 1] = (uint8_t)message.size;
    memcpy(card->memory + AT_NDEF + 2, message.bytes, message.size);
    return ERR_OK;
}

enum err pn532_type4_set(struct pn532_card *card, const struct pn532_option *option)
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
    return store(card, span_of(message.bytes, message.size));
}

void pn532_type4_power_off(struct pn532_card *card)
{
    card->file = FILE_NONE;
}

/* SELECT: by the application's name (P1 04), or by a file's identifier (P1 00). */
static enum pn532_air select_file(struct pn532_card *card, struct span apdu, struct pn532_answer *answer)
{
    static const struct {
        uint8_t p1;
        uint8_t size;
        uint8_t name[7];
        uint8_t file;
    } files[] = {
        {0x04, 7, {0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01}, FILE_APPLICATION},
        {0x00, 2, {0xE1, 0x03}, FILE_CC},
        {0x00, 2, {0xE1, 0x04}, FILE_NDEF},
    };
    if (apdu.size < 5 || apdu.size < 5u + apdu.bytes[4])
        return answer_status(answer, SW_LENGTH);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        bool is_it = apdu.bytes[2] == files[i].p1 && apdu.bytes[4] == files[i].size &&
                     memcmp(apdu.bytes + 5, files[i].name, files[i].size) == 0;
        if (!is_it || (files[i].file != FILE_APPLICATION && card->file == FILE_NONE))
            continue;
        card->file = files[i].file;
        return answer_status(answer, SW_OK);
    }
    return answer_status(answer, SW_FILE);
}

/* READ BINARY: an offset of two bytes, and how much; a read over the end gives what there is. */
static enum pn532_air read_binary(struct pn532_card *card, struct span apdu, struct pn532_answer *answer)
{
    if (card->file != FILE_CC && card->file != FILE_NDEF)
        return answer_status(answer, SW_NO_FILE);
    if (apdu.size != 5)
        return answer_status(answer, SW_LENGTH);
    struct span file = card->file == FILE_CC ? span_of(card->memory, CC_SIZE)
                                             : span_of(card->memory + AT_NDEF, NDEF_FILE_SIZE);
    size_t offset = (size_t)apdu.bytes[2] << 8 | apdu.bytes[3];
    size_t size = apdu.bytes[4] == 0 ? ANSWER_SIZE_MAX : apdu.bytes[4];
    if (offset >= file.size)
        return answer_status(answer, SW_OFFSET);
    if (size > file.size - offset)
        size = file.size - offset;
    memcpy(answer->bytes, file.bytes + offset, size);
    answer->size = size;
    return answer_status(answer, SW_OK);
}

enum pn532_air pn532_type4_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer)
{
    answer->size = 0;
    if (apdu.size < 4)
        return answer_status(answer, SW_LENGTH);
    if (apdu.bytes[0] == 0x00 && apdu.bytes[1] == 0xA4)
        return select_file(card, apdu, answer);
    if (apdu.bytes[0] == 0x00 && apdu.bytes[1] == 0xB0)
        return read_binary(card, apdu, answer);
    return answer_status(answer, SW_INS);
}

struct span pn532_type4_file(const struct pn532_card *card)
{
    size_t size = 2 + ((size_t)card->memory[AT_NDEF] << 8 | card->memory[AT_NDEF + 1]);
    return span_of(card->memory + AT_NDEF, size);
}

bool pn532_type4_is_ndef_selected(const struct pn532_card *card)
{
    return card->file == FILE_NDEF;
}
