/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/cards/desfire.h"

#include "base/bytes.h"
#include "base/hex.h"
#include "pn532-sim/cards/phone_crypto.h"
#include "pn532-sim/cards/techs.h"
#include "pn532-sim/values.h"

/* NXP MIFARE DESFire with one application of AES keys and data files, as a shop's loyalty cards are made. Commands come
 * wrapped as APDUs: 90 INS 00 00 [Lc data] 00. */
enum {
    AUTHENTICATE_AES = 0xAA,
    AUTHENTICATE_EV2_FIRST = 0x71,
    MORE = 0xAF,
    SELECT_APPLICATION = 0x5A,
    GET_APPLICATIONS = 0x6A,
    GET_VERSION = 0x60,
    GET_KEY_SETTINGS = 0x45,
    GET_KEY_VERSION = 0x64,
    GET_FREE_MEMORY = 0x6E,
    GET_FILES = 0x6F,
    GET_FILE_SETTINGS = 0xF5,
    GET_CARD_UID = 0x51,
    READ_DATA = 0xBD,
    READ_DATA_CHAINED = 0xAD,

    S_OK = 0x00,
    S_ILLEGAL = 0x1C,
    S_INTEGRITY = 0x1E,
    S_NO_KEY = 0x40,
    S_LENGTH = 0x7E,
    S_NO_APPLICATION = 0xA0,
    S_AUTHENTICATION = 0xAE,
    S_MORE = 0xAF,
    S_BOUNDARY = 0xBE,
    S_ABORTED = 0xCA,
    S_NO_FILE = 0xF0,

    FREE = 14,
    PART_USUAL = 59,
    GENERATION_LIGHT = 3
};

/* ---- how it is made */

/* ISO/IEC 14443-3 6.5.4: 08 and three bytes that are drawn as the field comes. */
static void draw_uid(struct pn532_card *card)
{
    uint8_t hash[PN532_HASH_SIZE];
    uint8_t count[4];
    bytes_put_be(count, card->desfire.powered, sizeof(count));
    pn532_phone_hash(span_of(card->desfire.own_uid, 7), span_of(count, sizeof(count)), hash);
    card->uid[0] = 0x08;
    memcpy(card->uid + 1, hash, 3);
}

bool pn532_desfire_make(struct pn532_card *card)
{
    static const uint8_t ats[] = {0x06, 0x75, 0x77, 0x81, 0x02, 0x80}; /* frames of 64 bytes */
    static const uint8_t aid[] = {0xF5, 0x88, 0x40};
    if (card->uid_size != 7)
        return false;
    if (card->ats_size == 0) {
        memcpy(card->ats, ats, sizeof(ats));
        card->ats_size = sizeof(ats);
    }
    memcpy(card->desfire.own_uid, card->uid, 7);
    memcpy(card->desfire.aid, aid, sizeof(aid));
    card->desfire.generation = 1;
    card->desfire.part_size = PART_USUAL;
    card->memory_size = sizeof(card->memory);
    return true;
}

/* "key13", "file0": the number behind the word. False: another option. */
static bool take_number(const char *name, const char *word, uint32_t max, uint32_t *out)
{
    size_t size = strlen(word);
    return strncmp(name, word, size) == 0 && name[size] != '\0' &&
           pn532_number_read(name + size, max, out) == ERR_OK;
}

static enum err set_key(struct pn532_desfire *desfire, uint32_t number, const char *value)
{
    TRY(hex_read(span_of_text(value), desfire->keys[number], 16));
    desfire->key_bits = (uint16_t)(desfire->key_bits | 1U << number);
    return ERR_OK;
}

static enum err read_mode(struct span word, uint8_t *out)
{
    static const struct {
        const char *word;
        uint8_t mode;
    } modes[] = {{"plain", PN532_DESFIRE_PLAIN},
                 {"maced", PN532_DESFIRE_MACED},
                 {"enciphered", PN532_DESFIRE_ENCIPHERED}};
    for (size_t i = 0; i < COUNT_OF(modes); i++)
        if (span_is_equal(word, span_of_text(modes[i].word))) {
            *out = modes[i].mode;
            return ERR_OK;
        }
    return ERR_SYNTAX;
}

static enum err read_right(struct span word, uint8_t *out)
{
    char text[3] = {0};
    uint32_t number = 0;
    if (span_is_equal(word, span_of_text("free"))) {
        *out = FREE;
        return ERR_OK;
    }
    if (word.size == 0 || word.size >= sizeof(text))
        return ERR_SYNTAX;
    memcpy(text, word.bytes, word.size);
    TRY(pn532_number_read(text, PN532_DESFIRE_KEYS_MAX - 1, &number));
    *out = (uint8_t)number;
    return ERR_OK;
}

static enum err read_content(struct pn532_card *card, const char *text, size_t *out_size)
{
    struct pn532_desfire *desfire = &card->desfire;
    size_t room = sizeof(card->memory) - desfire->memory_used;
    if (strncmp(text, "0x", 2) == 0)
        return pn532_hex_read(text + 2, card->memory + desfire->memory_used, room, out_size);
    *out_size = strlen(text);
    if (*out_size > room)
        return ERR_TOO_LONG;
    memcpy(card->memory + desfire->memory_used, text, *out_size);
    return ERR_OK;
}

/* "enciphered:1:LOYALTY:0123456789" */
static enum err set_file(struct pn532_card *card, uint32_t number, const char *value)
{
    struct pn532_desfire *desfire = &card->desfire;
    struct pn532_desfire_file file = {.at = (uint16_t)desfire->memory_used};
    const char *first = strchr(value, ':');
    const char *second = first != NULL ? strchr(first + 1, ':') : NULL;
    size_t size = 0;
    if (second == NULL)
        return ERR_SYNTAX;
    TRY(read_mode(span_of(value, (size_t)(first - value)), &file.mode));
    TRY(read_right(span_of(first + 1, (size_t)(second - first - 1)), &file.read));
    TRY(read_content(card, second + 1, &size));
    file.size = (uint16_t)size;
    desfire->memory_used += size;
    desfire->files[number] = file;
    desfire->file_bits |= 1U << number;
    return ERR_OK;
}

static enum err set_generation(struct pn532_desfire *desfire, const char *value)
{
    static const char *const words[] = {"1", "2", "light"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(value, words[i]) == 0) {
            desfire->generation = (uint8_t)(i + 1);
            return ERR_OK;
        }
    return ERR_SYNTAX;
}

static enum err set_random(struct pn532_card *card, const char *value)
{
    if (strcmp(value, "1") != 0)
        return ERR_SYNTAX;
    card->desfire.is_hidden = true;
    card->uid_size = 4;
    card->atqa[1] = 0x04;
    draw_uid(card);
    return ERR_OK;
}

static enum err set_name(struct pn532_desfire *desfire, const char *value)
{
    size_t size = 0;
    TRY(pn532_hex_read(value, desfire->name, sizeof(desfire->name), &size));
    desfire->name_size = (uint8_t)size;
    return size >= 5 ? ERR_OK : ERR_SYNTAX;
}

static enum err set_part(struct pn532_desfire *desfire, const char *value)
{
    uint32_t size = 0;
    TRY(pn532_number_read(value, UINT8_MAX, &size));
    desfire->part_size = (uint8_t)size;
    return size > 0 ? ERR_OK : ERR_RANGE;
}

static enum err set_drawn(struct pn532_desfire *desfire, const char *value)
{
    desfire->has_drawn = true;
    return hex_read(span_of_text(value), desfire->drawn, sizeof(desfire->drawn));
}

enum err pn532_desfire_set(struct pn532_card *card, const struct pn532_option *option)
{
    struct pn532_desfire *desfire = &card->desfire;
    const char *name = option->name;
    uint32_t number = 0;
    if (take_number(name, "key", PN532_DESFIRE_KEYS_MAX - 1, &number))
        return set_key(desfire, number, option->value);
    if (take_number(name, "file", PN532_DESFIRE_FILES_MAX - 1, &number))
        return set_file(card, number, option->value);
    if (strcmp(name, "aid") == 0)
        return hex_read(span_of_text(option->value), desfire->aid, sizeof(desfire->aid));
    if (strcmp(name, "name") == 0)
        return set_name(desfire, option->value);
    if (strcmp(name, "generation") == 0)
        return set_generation(desfire, option->value);
    if (strcmp(name, "random") == 0)
        return set_random(card, option->value);
    if (strcmp(name, "part") == 0)
        return set_part(desfire, option->value);
    if (strcmp(name, "drawn") == 0)
        return set_drawn(desfire, option->value);
    return ERR_NOT_FOUND;
}

static void end_session(struct pn532_desfire *desfire)
{
    memset(&desfire->session, 0, sizeof(desfire->session));
    desfire->proving = 0;
    desfire->version_part = 0;
    desfire->rest_size = 0;
}

void pn532_desfire_power_off(struct pn532_card *card)
{
    end_session(&card->desfire);
    card->desfire.is_selected = false;
    card->desfire.powered++;
    if (card->desfire.is_hidden)
        draw_uid(card);
}

/* ---- answers */

static void put(struct pn532_desfire_command *command, const void *bytes, size_t size)
{
    KASSA_ASSERT(size <= sizeof(command->answer) - 64 - command->answer_size);
    memcpy(command->answer + command->answer_size, bytes, size);
    command->answer_size += size;
}

static enum pn532_air answer_status(struct pn532_answer *answer, uint8_t first, uint8_t second)
{
    answer->bytes[answer->size++] = first;
    answer->bytes[answer->size++] = second;
    return PN532_AIR_DATA;
}

/* An error ends the session. */
static enum pn532_air refuse(struct pn532_card *card, struct pn532_answer *answer, uint8_t status)
{
    end_session(&card->desfire);
    answer->size = 0;
    return answer_status(answer, 0x91, status);
}

/* The next part of what is left. */
static enum pn532_air answer_part(struct pn532_desfire *desfire, struct pn532_answer *answer)
{
    size_t size = desfire->rest_size < desfire->part_size ? desfire->rest_size : desfire->part_size;
    memcpy(answer->bytes, desfire->rest, size);
    answer->size = size;
    desfire->rest_size -= size;
    memmove(desfire->rest, desfire->rest + size, desfire->rest_size);
    return answer_status(answer, 0x91, desfire->rest_size > 0 ? S_MORE : S_OK);
}

/* ---- the application and its files */

static uint8_t select_application(struct pn532_desfire *desfire, struct span header)
{
    const uint8_t own[] = {desfire->aid[2], desfire->aid[1], desfire->aid[0]};
    if (header.size != sizeof(own))
        return S_LENGTH;
    bool is_own = memcmp(header.bytes, own, sizeof(own)) == 0;
    bool is_root = memcmp(header.bytes, "\0\0\0", sizeof(own)) == 0;
    end_session(desfire);
    desfire->is_selected = is_own;
    return is_own || is_root ? S_OK : S_NO_APPLICATION;
}

static bool names(struct span apdu, struct span name)
{
    return name.size > 0 && apdu.size >= 5 + name.size && apdu.bytes[2] == 0x04 &&
           apdu.bytes[4] == name.size && memcmp(apdu.bytes + 5, name.bytes, name.size) == 0;
}

/* ISO/IEC 7816-4 SELECT by name: the application's, or the one that every DESFire's own level has. */
static enum pn532_air select_by_name(struct pn532_desfire *desfire, struct span apdu,
                                     struct pn532_answer *answer)
{
    static const uint8_t root[] = {0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x00};
    bool is_own = names(apdu, span_of(desfire->name, desfire->name_size));
    if (!is_own && !names(apdu, span_of(root, sizeof(root))))
        return answer_status(answer, 0x6A, 0x82);
    end_session(desfire);
    desfire->is_selected = is_own;
    return answer_status(answer, 0x90, 0x00);
}

static const struct pn532_desfire_file *find_file(const struct pn532_desfire *desfire, uint8_t number)
{
    bool is_there =
        desfire->is_selected && number < PN532_DESFIRE_FILES_MAX && (desfire->file_bits >> number & 1) != 0;
    return is_there ? &desfire->files[number] : NULL;
}

static bool holds_right(const struct pn532_desfire *desfire, const struct pn532_desfire_file *file)
{
    return desfire->session.scheme != PN532_DESFIRE_NONE && desfire->session.key_number == file->read;
}

static uint8_t tell_file_settings(struct pn532_desfire *desfire, struct pn532_desfire_command *command)
{
    if (command->header.size != 1)
        return S_LENGTH;
    const struct pn532_desfire_file *file = find_file(desfire, command->header.bytes[0]);
    if (file == NULL)
        return S_NO_FILE;
    uint8_t others = file->read == FREE ? 0 : file->read;
    const uint8_t settings[] = {file->kind,
                                file->mode,
                                (uint8_t)(others << 4 | others),
                                (uint8_t)(file->read << 4 | others),
                                (uint8_t)file->size,
                                (uint8_t)(file->size >> 8),
                                0x00};
    put(command, settings, sizeof(settings));
    return S_OK;
}

static uint8_t read_data(struct pn532_card *card, struct pn532_desfire_command *command)
{
    struct pn532_desfire *desfire = &card->desfire;
    if (command->header.size != 7)
        return S_LENGTH;
    const struct pn532_desfire_file *file = find_file(desfire, command->header.bytes[0]);
    if (file == NULL)
        return S_NO_FILE;
    if (file->read != FREE && !holds_right(desfire, file))
        return S_AUTHENTICATION;
    size_t offset = (size_t)bytes_get_le(command->header.bytes + 1, 3);
    size_t size = (size_t)bytes_get_le(command->header.bytes + 4, 3);
    command->has_open_size = size == 0;
    if (offset > file->size || size > file->size - offset || (size == 0 && offset == file->size))
        return S_BOUNDARY;
    put(command, card->memory + file->at + offset, size == 0 ? file->size - offset : size);
    return S_OK;
}

/* Whoever does not hold the right to a file that everybody may read gets it in plain. */
static uint8_t mode_of_read(const struct pn532_desfire *desfire, struct span header)
{
    const struct pn532_desfire_file *file = header.size > 0 ? find_file(desfire, header.bytes[0]) : NULL;
    return file != NULL && holds_right(desfire, file) ? file->mode : PN532_DESFIRE_PLAIN;
}

/* ---- about the card */

static uint8_t tell_card_uid(struct pn532_desfire *desfire, struct pn532_desfire_command *command)
{
    if (desfire->session.scheme == PN532_DESFIRE_NONE)
        return S_AUTHENTICATION;
    put(command, desfire->own_uid, 7);
    return S_OK;
}

static uint8_t tell_key_settings(struct pn532_desfire *desfire, struct pn532_desfire_command *command)
{
    uint8_t count = 0;
    for (unsigned bits = desfire->key_bits; bits != 0; bits >>= 1)
        count++;
    const uint8_t application[] = {0x0F, (uint8_t)(0x80 | count)}; /* AES */
    const uint8_t root[] = {0x0F, 0x01};
    put(command, desfire->is_selected ? application : root, 2);
    return S_OK;
}

static uint8_t tell_key_version(struct pn532_desfire *desfire, struct pn532_desfire_command *command)
{
    if (command->header.size != 1)
        return S_LENGTH;
    uint8_t number = command->header.bytes[0];
    if (desfire->is_selected && (number >= PN532_DESFIRE_KEYS_MAX || (desfire->key_bits >> number & 1) == 0))
        return S_NO_KEY;
    put(command, "\0", 1);
    return S_OK;
}

static uint8_t tell_free_memory(struct pn532_desfire *desfire, struct pn532_desfire_command *command)
{
    uint8_t bytes[3];
    bytes_put_le(bytes, 4096 - desfire->memory_used / 32 * 32, sizeof(bytes));
    put(command, bytes, sizeof(bytes));
    return S_OK;
}

static uint8_t tell_applications(struct pn532_desfire *desfire, struct pn532_desfire_command *command)
{
    const uint8_t aid[] = {desfire->aid[2], desfire->aid[1], desfire->aid[0]};
    if (desfire->is_selected)
        return S_ILLEGAL;
    put(command, aid, sizeof(aid));
    return S_OK;
}

static uint8_t tell_files(struct pn532_desfire *desfire, struct pn532_desfire_command *command)
{
    for (uint8_t number = 0; number < PN532_DESFIRE_FILES_MAX; number++)
        if (find_file(desfire, number) != NULL)
            put(command, &number, 1);
    return desfire->is_selected ? S_OK : S_ILLEGAL;
}

/* Hardware, software, and where it comes from, one after another. */
static enum pn532_air tell_version(struct pn532_card *card, struct pn532_answer *answer)
{
    static const uint8_t versions[][2] = {[1] = {0x01, 0x00}, [2] = {0x12, 0x00}, [3] = {0x30, 0x00}};
    struct pn532_desfire *desfire = &card->desfire;
    const uint8_t *version = versions[desfire->generation];
    const uint8_t hardware[] = {0x04, 0x01, 0x01, version[0], version[1], 0x18, 0x05};
    const uint8_t software[] = {0x04, 0x01, 0x01, 0x01, 0x04, 0x18, 0x05};
    uint8_t production[14] = {[7] = 0xBA, 0x51, 0x34, 0x56, 0x78, 0x24, 0x14};
    if (!desfire->is_hidden)
        memcpy(production, desfire->own_uid, 7);
    const struct span parts[] = {span_of(hardware, sizeof(hardware)), span_of(software, sizeof(software)),
                                 span_of(production, sizeof(production))};
    const struct span *part = &parts[desfire->version_part++];
    memcpy(answer->bytes, part->bytes, part->size);
    answer->size = part->size;
    if (desfire->version_part < COUNT_OF(parts))
        return answer_status(answer, 0x91, S_MORE);
    desfire->version_part = 0;
    return answer_status(answer, 0x91, S_OK);
}

/* ---- commands within a session, or without one */

struct plain_command {
    uint8_t code;
    uint8_t mode; /* of the answer in a session of EV2, and of the UID in each */
    uint8_t (*run)(struct pn532_desfire *desfire, struct pn532_desfire_command *command);
};
static const struct plain_command COMMANDS[] = {
    {GET_APPLICATIONS, PN532_DESFIRE_MACED, tell_applications},
    {GET_FILES, PN532_DESFIRE_MACED, tell_files},
    {GET_FILE_SETTINGS, PN532_DESFIRE_MACED, tell_file_settings},
    {GET_KEY_SETTINGS, PN532_DESFIRE_MACED, tell_key_settings},
    {GET_KEY_VERSION, PN532_DESFIRE_MACED, tell_key_version},
    {GET_FREE_MEMORY, PN532_DESFIRE_MACED, tell_free_memory},
    {GET_CARD_UID, PN532_DESFIRE_ENCIPHERED, tell_card_uid},
};

static bool knows_read(const struct pn532_desfire *desfire, uint8_t code)
{
    return (code == READ_DATA && desfire->generation != GENERATION_LIGHT) ||
           (code == READ_DATA_CHAINED && desfire->generation > 1);
}

static uint8_t run_plain(struct pn532_desfire *desfire, struct pn532_desfire_command *command)
{
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++)
        if (COMMANDS[i].code == command->code)
            return COMMANDS[i].run(desfire, command);
    return S_ILLEGAL;
}

static uint8_t mode_of(const struct pn532_desfire *desfire, uint8_t code, struct span header)
{
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++)
        if (COMMANDS[i].code == code)
            return COMMANDS[i].mode;
    return mode_of_read(desfire, header);
}

static enum pn532_air run_command(struct pn532_card *card, uint8_t code, struct span data,
                                  struct pn532_answer *answer)
{
    struct pn532_desfire *desfire = &card->desfire;
    struct pn532_desfire_command command = {
        .code = code, .mode = mode_of(desfire, code, data), .header = data};
    if (!pn532_desfire_open(card, code, command.mode, &command.header))
        return refuse(card, answer, S_INTEGRITY);
    uint8_t status = knows_read(desfire, code) ? read_data(card, &command) : run_plain(desfire, &command);
    if (status != S_OK)
        return refuse(card, answer, status);
    pn532_desfire_close(card, &command);
    memcpy(desfire->rest, command.answer, command.answer_size);
    desfire->rest_size = command.answer_size;
    return answer_part(desfire, answer);
}

/* ---- proofs, and what follows a first frame */

static bool knows_proof(const struct pn532_desfire *desfire, uint8_t code)
{
    return (code == AUTHENTICATE_AES && desfire->generation != GENERATION_LIGHT) ||
           (code == AUTHENTICATE_EV2_FIRST && desfire->generation > 1);
}

static enum pn532_air begin_proof(struct pn532_card *card, uint8_t code, struct span data,
                                  struct pn532_answer *answer)
{
    struct pn532_desfire *desfire = &card->desfire;
    bool has_size =
        code == AUTHENTICATE_AES ? data.size == 1 : data.size >= 2 && data.size == 2u + data.bytes[1];
    if (!has_size)
        return refuse(card, answer, S_LENGTH);
    if (!desfire->is_selected) /* the card's own key is of DES as it is delivered */
        return refuse(card, answer, S_AUTHENTICATION);
    if (data.bytes[0] >= PN532_DESFIRE_KEYS_MAX || (desfire->key_bits >> data.bytes[0] & 1) == 0)
        return refuse(card, answer, S_NO_KEY);
    end_session(desfire);
    desfire->proving = code;
    desfire->proving_key = data.bytes[0];
    pn532_desfire_challenge(card, answer->bytes);
    answer->size = PN532_AES_SIZE;
    return answer_status(answer, 0x91, S_MORE);
}

static enum pn532_air end_proof(struct pn532_card *card, struct span data, struct pn532_answer *answer)
{
    if (data.size != 2 * PN532_AES_SIZE)
        return refuse(card, answer, S_LENGTH);
    if (!pn532_desfire_prove(card, data.bytes, answer->bytes, &answer->size))
        return refuse(card, answer, S_AUTHENTICATION);
    card->desfire.proving = 0;
    return answer_status(answer, 0x91, S_OK);
}

static enum pn532_air go_on(struct pn532_card *card, struct span data, struct pn532_answer *answer)
{
    struct pn532_desfire *desfire = &card->desfire;
    if (desfire->proving != 0)
        return end_proof(card, data, answer);
    if (desfire->version_part != 0)
        return tell_version(card, answer);
    if (desfire->rest_size > 0)
        return answer_part(desfire, answer);
    return refuse(card, answer, S_ABORTED);
}

static enum pn532_air hear(struct pn532_card *card, uint8_t code, struct span data,
                           struct pn532_answer *answer)
{
    struct pn532_desfire *desfire = &card->desfire;
    if (code == MORE)
        return go_on(card, data, answer);
    desfire->proving = 0;
    desfire->version_part = 0;
    desfire->rest_size = 0;
    if (knows_proof(desfire, code))
        return begin_proof(card, code, data, answer);
    if (code == GET_VERSION && desfire->session.scheme == PN532_DESFIRE_NONE)
        return tell_version(card, answer);
    if (code == SELECT_APPLICATION && desfire->generation != GENERATION_LIGHT) {
        uint8_t status = select_application(desfire, data);
        return status == S_OK ? answer_status(answer, 0x91, S_OK) : refuse(card, answer, status);
    }
    return run_command(card, code, data, answer);
}

/* 90 INS 00 00 00, or 90 INS 00 00 Lc data 00. */
enum pn532_air pn532_desfire_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer)
{
    answer->size = 0;
    if (apdu.size >= 5 && apdu.bytes[0] == 0x00 && apdu.bytes[1] == 0xA4)
        return select_by_name(&card->desfire, apdu, answer);
    if (apdu.size < 5 || apdu.bytes[0] != 0x90)
        return answer_status(answer, 0x6E, 0x00);
    if (apdu.size == 5)
        return hear(card, apdu.bytes[1], span_of("", 0), answer);
    if (apdu.size != 6u + apdu.bytes[4])
        return answer_status(answer, 0x67, 0x00);
    return hear(card, apdu.bytes[1], span_of(apdu.bytes + 5, apdu.bytes[4]), answer);
}
