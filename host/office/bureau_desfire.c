/* SPDX-License-Identifier: Apache-2.0 */
/* MIFARE DESFire EV1 and later, as [desfire] of a programme reads it: the application with its AES keys, and a standard data
 * file that key 0 writes and the programme's key reads. */
#include "office/bureau_maker.h"

enum { RIGHT_FREE = 0xE, RIGHT_NEVER = 0xF, KEY_ADMIN = 0 };

/* AN12343, MF3D(H)x2: the key settings of an application. */
enum {
    MASTER_CHANGES = 0x01, /* the application's master key may be changed */
    SETTINGS_CHANGE = 0x08,
    KEYS_FROZEN = 0xF0, /* no key can be changed again, with the bits above clear not even the master key */
    KEYS_ARE_AES = 0x80
};

static unsigned key_count_of(const struct card_desfire_settings *desfire)
{
    unsigned last = desfire->key_count > 0 ? desfire->key_number : 0;
    if (desfire->has_uid_key && desfire->uid_key_number > last)
        last = desfire->uid_key_number;
    return last + 1;
}

/* CreateApplication (CA): identifier low byte first, then its key settings. They leave the keys open, locked or not: a card
 * whose keys are frozen answers each ChangeKey by 919D and keeps the factory's. */
static void add_application(const struct bureau_maker *maker)
{
    const struct card_desfire_settings *desfire = &maker->order->programme->desfire;
    const uint8_t data[] = {desfire->name[2], desfire->name[1], desfire->name[0],
                            MASTER_CHANGES | SETTINGS_CHANGE,
                            (uint8_t)(KEYS_ARE_AES | key_count_of(desfire))};
    bureau_add(maker, BUREAU_WRITE_APPLICATION, 0, span_of(data, sizeof data),
               "the application with its AES keys (CreateApplication)");
}

static uint8_t communication_of(const struct card_desfire_settings *desfire)
{
    static const uint8_t settings[CARD_DESFIRE_MODE_COUNT] = {
        [CARD_DESFIRE_AS_SET] = 0x03, /* what is left open is enciphered */
        [CARD_DESFIRE_PLAIN] = 0x00,
        [CARD_DESFIRE_MACED] = 0x01,
        [CARD_DESFIRE_ENCIPHERED] = 0x03,
    };
    return desfire->key_count > 0 ? settings[desfire->mode] : 0x00;
}

/* Communication, then who may read and write, change | read, write. */
static void put_rights(const struct card_desfire_settings *desfire, unsigned writer, uint8_t out[3])
{
    unsigned reader = desfire->key_count > 0 ? desfire->key_number : RIGHT_FREE;
    out[0] = communication_of(desfire);
    out[1] = (uint8_t)(writer << 4 | writer);
    out[2] = (uint8_t)(reader << 4 | writer);
}

/* CreateStdDataFile (CD), its content, and at the end that nobody writes it again. */
static void add_file(const struct bureau_maker *maker, struct span content)
{
    const struct card_desfire_settings *desfire = &maker->order->programme->desfire;
    uint8_t made[6] = {0}, locked[3];
    put_rights(desfire, KEY_ADMIN, made);
    made[3] = (uint8_t)content.size;
    made[4] = (uint8_t)(content.size >> 8);
    bureau_add(maker, BUREAU_WRITE_NEW_FILE, desfire->file, span_of(made, sizeof made),
               "a file that key 0 writes (CreateStdDataFile)");
    bureau_add(maker, BUREAU_WRITE_FILE, desfire->file, content, "the number");
    if (!maker->order->is_locked)
        return;
    put_rights(desfire, RIGHT_NEVER, locked);
    bureau_add(maker, BUREAU_WRITE_SETTINGS, desfire->file, span_of(locked, sizeof locked),
               "nobody writes it again");
}

/* ---- the number at its place */

static bool put_text(const char *number, struct card_place place, uint8_t *out)
{
    size_t size = strlen(number);
    memset(out, 0, place.size);
    memcpy(out, number, size < place.size ? size : place.size);
    return size <= place.size;
}

/* Two digits a byte; F fills up. */
static bool put_digits(const char *number, struct card_place place, uint8_t *out)
{
    size_t size = strlen(number);
    memset(out, 0xFF, place.size);
    if (size > 2U * place.size || strspn(number, "0123456789ABCDEF") != size)
        return false;
    for (size_t i = 0; i < size; i++) {
        uint8_t digit = (uint8_t)(number[i] <= '9' ? number[i] - '0' : number[i] - 'A' + 10);
        out[i / 2] = i % 2 == 0 ? (uint8_t)(digit << 4 | 0x0F) : (uint8_t)((out[i / 2] & 0xF0) | digit);
    }
    return true;
}

/* As a till reads it. */
static bool is_read_back(const struct bureau_maker *maker, const uint8_t *bytes)
{
    const struct card_place *place = &maker->order->programme->desfire.place;
    char text[CARD_TEXT_MAX];
    return card_place_read(place, span_of(bytes, place->size), text) == ERR_OK &&
           strncmp(text, "num:", 4) == 0 && strcmp(text + 4, maker->card->number) == 0;
}

static enum err put_content(const struct bureau_maker *maker, uint8_t out[BUREAU_RECIPE_BYTES_MAX],
                            size_t *out_size, const char **why)
{
    static bool (*const puts[CARD_PLACE_FORM_COUNT])(const char *, struct card_place, uint8_t *) = {
        [CARD_PLACE_TEXT] = put_text, [CARD_PLACE_BCD] = put_digits, [CARD_PLACE_HEX] = put_digits};
    const struct card_place place = maker->order->programme->desfire.place;
    size_t size = (size_t)place.offset + place.size;
    BUREAU_REFUSE_IF(maker->card->number[0] == '\0', "its number is missing");
    BUREAU_REFUSE_IF(size > BUREAU_RECIPE_BYTES_MAX,
                     "desfire.offset is beyond the first 256 bytes of the file");
    memset(out, 0, size);
    bool has_room = puts[place.form](maker->card->number, place, out + place.offset);
    BUREAU_REFUSE_IF(
        !has_room || !is_read_back(maker, out + place.offset),
        "its number does not stand in desfire.length bytes of desfire.form as a till would read it");
    *out_size = size;
    return ERR_OK;
}

static enum err add_keys(const struct bureau_maker *maker, const char **why)
{
    const struct card_desfire_settings *desfire = &maker->order->programme->desfire;
    bool is_own = desfire->keys[0].diversify != CARD_DIVERSIFY_NONE;
    if (desfire->has_uid_key)
        bureau_add(maker, BUREAU_WRITE_KEY, desfire->uid_key_number,
                   span_of(desfire->uid_key, sizeof desfire->uid_key), "gets the UID (desfire.uid_key)");
    if (desfire->key_count == 0)
        return ERR_OK;
    return bureau_add_made_key(maker, desfire->key_number, &desfire->keys[0],
                               is_own ? "reads (made of desfire.key and the UID)" : "reads (desfire.key)",
                               why);
}

/* ChangeKeySettings (54): nothing can follow it. */
static void add_freeze(const struct bureau_maker *maker)
{
    static const uint8_t settings = KEYS_FROZEN;
    if (maker->order->is_locked)
        bureau_add(maker, BUREAU_WRITE_FREEZE, 0, span_of(&settings, 1),
                   "no key changes again, for ever: after all the others (ChangeKeySettings)");
}

enum err bureau_make_desfire(const struct bureau_maker *maker, const char **why)
{
    const struct card_desfire_settings *desfire = &maker->order->programme->desfire;
    uint8_t content[BUREAU_RECIPE_BYTES_MAX];
    size_t size = 0;
    bool takes_key_0 = (desfire->key_count > 0 && desfire->key_number == KEY_ADMIN) ||
                       (desfire->has_uid_key && desfire->uid_key_number == KEY_ADMIN);
    BUREAU_REFUSE_IF(desfire->name_size == 0, "the programme has no desfire.aid");
    BUREAU_REFUSE_IF(
        desfire->name_size != CARD_DESFIRE_AID_SIZE,
        "an application that is known by its name comes with the card: desfire.aid must have 6 digits");
    BUREAU_REFUSE_IF(takes_key_0 && maker->order->has_admin_key,
                     "key 0 is the programme's own: there is no administrator's beside it");
    BUREAU_REFUSE_IF(
        maker->order->is_locked && !takes_key_0 && !maker->order->has_admin_key,
        "locked, its key 0 would stay the factory's for ever, and anybody could delete the file and "
        "make another: it needs an administrator's key");
    add_application(maker);
    if (desfire->identity == CARD_DESFIRE_BY_NUMBER) {
        TRY(put_content(maker, content, &size, why));
        add_file(maker, span_of(content, size));
    }
    TRY(add_keys(maker, why));
    TRY(bureau_add_admin_key(maker, why));
    add_freeze(maker);
    return ERR_OK;
}
