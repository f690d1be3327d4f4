/* SPDX-License-Identifier: Apache-2.0 */
#include "office/bureau_maker.h"

#include <stdio.h>

#include "card/ndef.h"
#include "card/text.h"
#include "vault/vault.h"

/* ---- the chips */

#define PAGE_SIZE       4
#define FIRST_DATA_PAGE 4
#define LAST_STATIC     15 /* the last page that the lock bytes of page 2 are of */

static enum err make_ntag(const struct bureau_maker *maker, const char **why);
static enum err make_type4(const struct bureau_maker *maker, const char **why);
static enum err make_ntag424(const struct bureau_maker *maker, const char **why);

/* NTAG213_215_216 8.5: pages as the chip has them; config_page: dynamic lock bytes, CFG0, CFG1, PWD, PACK. */
static const struct chip {
    const char *name;
    enum reader_technology technology;
    enum err (*make)(const struct bureau_maker *maker, const char **why);
    uint16_t area_size;
    uint8_t container_size; /* of the data area, by 8 */
    uint8_t config_page;
    uint8_t dynamic_locks[3];
} CHIPS[BUREAU_CHIP_COUNT] = {
    [BUREAU_NTAG213] = {"ntag213", READER_NDEF, make_ntag, 144, 0x12, 0x28, {0xFF, 0x0F, 0x3F}},
    [BUREAU_NTAG215] = {"ntag215", READER_NDEF, make_ntag, 496, 0x3E, 0x82, {0xFF, 0x00, 0x0F}},
    [BUREAU_NTAG216] = {"ntag216", READER_NDEF, make_ntag, 872, 0x6D, 0xE2, {0xFF, 0x3F, 0x7F}},
    [BUREAU_TYPE4_TAG] = {"type4", READER_TYPE4, make_type4, 0, 0, 0, {0}},
    [BUREAU_DESFIRE] = {"desfire", READER_DESFIRE, bureau_make_desfire, 0, 0, 0, {0}},
    [BUREAU_NTAG424] = {"ntag424", READER_SUN, make_ntag424, 0, 0, 0, {0}},
};

enum err bureau_chip_find(struct span name, enum bureau_chip *out)
{
    for (int chip = 0; chip < BUREAU_CHIP_COUNT; chip++) {
        if (!span_is_equal(name, span_of_text(CHIPS[chip].name)))
            continue;
        *out = (enum bureau_chip)chip;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

const char *bureau_chip_name(enum bureau_chip chip)
{
    return (unsigned)chip < COUNT_OF(CHIPS) ? CHIPS[chip].name : "?";
}

enum reader_technology bureau_chip_technology(enum bureau_chip chip)
{
    return CHIPS[chip].technology;
}

const char *bureau_target_name(enum bureau_target target)
{
    static const char *const names[BUREAU_TARGET_COUNT] = {"page",     "application", "new_file", "file",
                                                           "settings", "key",         "freeze"};
    return (unsigned)target < COUNT_OF(names) ? names[target] : "?";
}

/* ---- writes */

void bureau_add(const struct bureau_maker *maker, enum bureau_target target, unsigned index,
                struct span bytes, const char *what)
{
    struct bureau_recipe *recipe = maker->recipe;
    KASSA_ASSERT(recipe->count < BUREAU_RECIPE_WRITES_MAX && bytes.size <= BUREAU_RECIPE_BYTES_MAX);
    struct bureau_write *write = &recipe->writes[recipe->count++];
    *write = (struct bureau_write){target, (uint16_t)index, (uint16_t)bytes.size, {0}, what};
    memcpy(write->bytes, bytes.bytes, bytes.size);
}

static void add_page(const struct bureau_maker *maker, unsigned page, const uint8_t bytes[PAGE_SIZE],
                     const char *what)
{
    bureau_add(maker, BUREAU_WRITE_PAGE, page, span_of(bytes, PAGE_SIZE), what);
}

/* ---- an NDEF message of one record */

struct message {
    size_t size;
    uint8_t bytes[BUREAU_RECIPE_BYTES_MAX - 4]; /* so that TLV or file length fit beside it */
};

#define HEAD_SIZE  5 /* of a URI record: flags, sizes, type, code */
#define CODE_HTTPS 0x04

static enum err put_record(char type, struct span head, struct span text, struct message *out)
{
    size_t payload_size = head.size + text.size;
    size_t size = 4 + payload_size;
    if (size > sizeof out->bytes)
        return ERR_TOO_LONG;
    const uint8_t front[] = {0xD1, 0x01, (uint8_t)payload_size, (uint8_t)type};
    memcpy(out->bytes, front, sizeof front);
    memcpy(out->bytes + 4, head.bytes, head.size);
    memcpy(out->bytes + 4 + head.size, text.bytes, text.size);
    out->size = size;
    return ERR_OK;
}

/* link: without its scheme. */
static enum err put_link(const char *link, struct message *out)
{
    static const uint8_t code = CODE_HTTPS;
    return put_record('U', span_of(&code, 1), span_of_text(link), out);
}

static enum err put_text(const char *text, struct message *out)
{
    return put_record('T',
                      span_of("\x02"
                              "en",
                              3),
                      span_of_text(text), out);
}

/* As a till finds it. */
static bool is_read_back(const struct bureau_maker *maker, const struct message *message)
{
    char expected[CARD_TEXT_MAX], found[CARD_TEXT_MAX] = "";
    (void)snprintf(expected, sizeof expected, "num:%s", maker->card->number);
    return card_ndef_find_number(span_of(message->bytes, message->size), &maker->order->programme->links,
                                 found) == ERR_OK &&
           strcmp(found, expected) == 0;
}

/* The number behind the first of the programme's links; without one, the number as a text. */
static enum err put_number(const struct bureau_maker *maker, struct message *out, const char **why)
{
    const struct card_links *links = &maker->order->programme->links;
    char link[CARD_LINK_SIZE_MAX + CARD_NUMBER_SIZE_MAX + 1];
    BUREAU_REFUSE_IF(maker->card->number[0] == '\0', "its number is missing");
    (void)snprintf(link, sizeof link, "%s%s", links->count > 0 ? links->heads[0] : "", maker->card->number);
    TRY(links->count > 0 ? put_link(link, out) : put_text(link, out));
    BUREAU_REFUSE_IF(!is_read_back(maker, out),
                     "its number is none that a till would read: 4 to 32 of 0-9 and A-Z, a digit among them");
    if (links->count > 0)
        (void)snprintf(maker->recipe->link, sizeof maker->recipe->link, "https://%s", link);
    return ERR_OK;
}

/* ---- NTAG21x */

static void add_area(const struct bureau_maker *maker, const struct message *message)
{
    uint8_t area[BUREAU_RECIPE_BYTES_MAX + PAGE_SIZE] = {0x03, (uint8_t)message->size};
    memcpy(area + 2, message->bytes, message->size);
    area[2 + message->size] = 0xFE; /* the end of the data */
    size_t size = 2 + message->size + 1;
    for (size_t at = 0; at < size; at += PAGE_SIZE)
        add_page(maker, (unsigned)(FIRST_DATA_PAGE + at / PAGE_SIZE), area + at, "NDEF");
}

/* What is read without the password is nothing; AUTH0 comes last, since it closes the door. */
static void add_password(const struct bureau_maker *maker, const struct chip *chip)
{
    const struct card_type2_settings *type2 = &maker->order->programme->type2;
    uint8_t pack[PAGE_SIZE] = {0};
    const uint8_t access[PAGE_SIZE] = {maker->order->is_locked ? 0xC0 : 0x80, 0x05, 0x00, 0x00};
    const uint8_t auth0[PAGE_SIZE] = {0x04, 0x00, 0x00, FIRST_DATA_PAGE};
    memcpy(pack, type2->pack, sizeof type2->pack);
    add_page(maker, chip->config_page + 3U, type2->password, "PWD: the password");
    add_page(maker, chip->config_page + 4U, pack, "PACK: what it answers to it");
    add_page(maker, chip->config_page + 2U, access,
             maker->order->is_locked ? "CFG1: the password is wanted to read, for ever"
                                     : "CFG1: the password is wanted to read");
    add_page(maker, chip->config_page + 1U, auth0, "CFG0: from page 4 on");
}

static void add_locks(const struct bureau_maker *maker, const struct chip *chip)
{
    static const uint8_t all[PAGE_SIZE] = {0x00, 0x00, 0xFF, 0xFF};
    uint8_t dynamic[PAGE_SIZE] = {0};
    memcpy(dynamic, chip->dynamic_locks, sizeof chip->dynamic_locks);
    add_page(maker, chip->config_page, dynamic, "locks of the pages from 16 on, for ever");
    add_page(maker, 2, all, "locks of pages 3 to 15, for ever");
}

static enum err make_ntag(const struct bureau_maker *maker, const char **why)
{
    const struct chip *chip = &CHIPS[maker->order->chip];
    const uint8_t container[PAGE_SIZE] = {0xE1, 0x10, chip->container_size,
                                          maker->order->is_locked ? 0x0F : 0x00};
    struct message message;
    TRY(put_number(maker, &message, why));
    BUREAU_REFUSE_IF(message.size + 3 > chip->area_size, "the link is too long for the chip");
    add_page(maker, 3, container, maker->order->is_locked ? "NDEF, read only" : "NDEF");
    add_area(maker, &message);
    if (maker->order->is_locked)
        add_locks(maker, chip);
    if (maker->order->programme->type2.has_password)
        add_password(maker, chip);
    return ERR_OK;
}

/* ---- Type 4 */

#define FILE_OF_TYPE4 0xE104

static void add_file(const struct bureau_maker *maker, unsigned index, const struct message *message,
                     const char *what)
{
    uint8_t file[BUREAU_RECIPE_BYTES_MAX] = {(uint8_t)(message->size >> 8), (uint8_t)message->size};
    memcpy(file + 2, message->bytes, message->size);
    bureau_add(maker, BUREAU_WRITE_FILE, index, span_of(file, 2 + message->size), what);
}

static enum err make_type4(const struct bureau_maker *maker, const char **why)
{
    struct message message;
    TRY(put_number(maker, &message, why));
    add_file(maker, FILE_OF_TYPE4, &message, "NDEF file");
    return ERR_OK;
}

/* ---- NTAG 424 DNA */

enum { KEY_ADMIN, KEY_META, KEY_FILE };

#define FILE_OF_NTAG424 2
#define UID_DIGITS      14
#define COUNTER_DIGITS  6
#define PICC_DIGITS     32
#define MAC_DIGITS      16
#define LINK_AT         7 /* in the file: its length (2), then the record's head (5) */
#define NOWHERE         SIZE_MAX

/* The link as it stands in the file before the tag mirrors into it, and where that is. */
struct sun_link {
    char text[CARD_LINK_TEXT_MAX];
    size_t size;
    size_t picc_at, uid_at, counter_at, enc_at, mac_at; /* in the link; NOWHERE */
    size_t enc_size;                                    /* digits */
};

static bool append(struct sun_link *link, const char *text)
{
    size_t size = strlen(text);
    if (size >= sizeof link->text - link->size)
        return false;
    memcpy(link->text + link->size, text, size + 1);
    link->size += size;
    return true;
}

/* "?name=" or "&name=", and room for what the tag writes there. */
static bool append_mirror(struct sun_link *link, const char *name, size_t digits, size_t *out_at)
{
    char zeros[CARD_LINK_TEXT_MAX];
    memset(zeros, '0', digits);
    zeros[digits] = '\0';
    if (!append(link, strchr(link->text, '?') == NULL ? "?" : "&") || !append(link, name) ||
        !append(link, "="))
        return false;
    *out_at = link->size;
    return append(link, zeros);
}

static size_t size_of_file_data(const struct bureau_card *card)
{
    size_t size = strlen(card->number);
    return (size + VAULT_AES_SIZE - 1) / VAULT_AES_SIZE * VAULT_AES_SIZE;
}

static bool append_mirrors(const struct card_sun_settings *sun, const struct bureau_card *card,
                           struct sun_link *link)
{
    bool has_room = sun->has_meta_key
                        ? append_mirror(link, sun->picc_name, PICC_DIGITS, &link->picc_at)
                        : append_mirror(link, sun->uid_name, UID_DIGITS, &link->uid_at) &&
                              append_mirror(link, sun->counter_name, COUNTER_DIGITS, &link->counter_at);
    if (has_room && sun->identity == CARD_SUN_BY_FILE) {
        link->enc_size = 2 * size_of_file_data(card);
        has_room = append_mirror(link, sun->enc_name, link->enc_size, &link->enc_at);
    }
    return has_room && append_mirror(link, sun->mac_name, MAC_DIGITS, &link->mac_at);
}

/* The number stands in the first half of what the tag enciphers; blanks fill it up. */
static void put_file_data(const struct bureau_card *card, struct sun_link *link)
{
    size_t size = strlen(card->number);
    if (link->enc_at == NOWHERE)
        return;
    memset(link->text + link->enc_at, ' ', link->enc_size / 2);
    memcpy(link->text + link->enc_at, card->number, size);
}

static enum err make_sun_link(const struct bureau_maker *maker, struct sun_link *out, const char **why)
{
    const struct card_sun_settings *sun = &maker->order->programme->sun;
    bool is_by_link = sun->identity == CARD_SUN_BY_LINK;
    *out = (struct sun_link){
        .picc_at = NOWHERE, .uid_at = NOWHERE, .counter_at = NOWHERE, .enc_at = NOWHERE, .mac_at = NOWHERE};
    BUREAU_REFUSE_IF(sun->links.count == 0, "the programme has no sun.links");
    BUREAU_REFUSE_IF(sun->mode != CARD_SUN_AES,
                     "sun.mode is lrp: tags are set to it for good and written by its own protocol");
    BUREAU_REFUSE_IF(sun->identity != CARD_SUN_BY_UID && maker->card->number[0] == '\0',
                     "its number is missing");
    bool has_room = append(out, sun->links.heads[0]) && (!is_by_link || append(out, maker->card->number));
    BUREAU_REFUSE_IF(!has_room || !append_mirrors(sun, maker->card, out) || out->size > 240,
                     "the link is too long for the chip");
    (void)snprintf(maker->recipe->link, sizeof maker->recipe->link, "https://%s", out->text);
    put_file_data(maker->card, out);
    return ERR_OK;
}

/* Where the MAC's input begins, as sun.mac_from says. */
static enum err find_mac_input(const struct bureau_maker *maker, const struct sun_link *link, size_t *out_at,
                               const char **why)
{
    const struct card_sun_settings *sun = &maker->order->programme->sun;
    struct card_link read;
    struct span value = span_of("", 0);
    *out_at = link->enc_at != NOWHERE ? link->enc_at : link->mac_at;
    if (sun->mac_from[0] == '\0')
        return ERR_OK;
    *out_at = 0;
    if (strcmp(sun->mac_from, "*") == 0)
        return ERR_OK;
    bool is_there = card_link_of_text(span_of_text(maker->recipe->link), &read) &&
                    card_link_find_value(&read, sun->mac_from, &value);
    BUREAU_REFUSE_IF(!is_there, "sun.mac_from names no parameter of the link");
    *out_at = (size_t)(value.bytes - read.bytes);
    BUREAU_REFUSE_IF(link->enc_at != NOWHERE && *out_at > link->enc_at,
                     "sun.mac_from must not be behind the encrypted data, which names the member");
    return ERR_OK;
}

static void put_offset(uint8_t *settings, size_t *size, size_t at)
{
    if (at == NOWHERE)
        return;
    settings[(*size)++] = (uint8_t)at;
    settings[(*size)++] = (uint8_t)(at >> 8);
    settings[(*size)++] = 0;
}

static size_t in_file(size_t at)
{
    return at == NOWHERE ? NOWHERE : LINK_AT + at;
}

/* NT4H2421Gx 10.7.1: option, access rights, SDM options, SDM access rights, then those of the offsets that the options ask
 * for, in this order, low byte first. */
static void add_settings(const struct bureau_maker *maker, const struct sun_link *link, size_t mac_input_at)
{
    enum { SDM = 0x40, UID = 0x80, COUNTER = 0x40, ENCIPHERED = 0x10, ASCII = 0x01, FREE = 0xE, NEVER = 0xF };
    bool has_enc = link->enc_at != NOWHERE;
    unsigned meta = link->picc_at != NOWHERE ? KEY_META : FREE;
    uint8_t settings[32] = {SDM,
                            maker->order->is_locked ? 0xFF : 0x00, /* read and write, change */
                            maker->order->is_locked ? 0xEF : 0xE0, /* read: anyone; write */
                            (uint8_t)(UID | COUNTER | ASCII | (has_enc ? ENCIPHERED : 0)),
                            NEVER << 4 | NEVER, /* who may ask for the counter */
                            (uint8_t)(meta << 4 | KEY_FILE)};
    size_t size = 6;
    put_offset(settings, &size, in_file(link->uid_at));
    put_offset(settings, &size, in_file(link->counter_at));
    put_offset(settings, &size, in_file(link->picc_at));
    put_offset(settings, &size, in_file(mac_input_at));
    put_offset(settings, &size, in_file(link->enc_at));
    put_offset(settings, &size, has_enc ? link->enc_size : NOWHERE);
    put_offset(settings, &size, in_file(link->mac_at));
    bureau_add(maker, BUREAU_WRITE_SETTINGS, FILE_OF_NTAG424, span_of(settings, size),
               maker->order->is_locked ? "what the tag mirrors, and that nobody writes it again"
                                       : "what the tag mirrors; key 0 may write and change it");
}

static void add_key(const struct bureau_maker *maker, unsigned index, const uint8_t key[VAULT_AES_SIZE],
                    const char *what)
{
    bureau_add(maker, BUREAU_WRITE_KEY, index, span_of(key, VAULT_AES_SIZE), what);
}

enum err bureau_add_made_key(const struct bureau_maker *maker, unsigned index, const struct card_key *master,
                             const char *what, const char **why)
{
    uint8_t key[VAULT_AES_SIZE];
    BUREAU_REFUSE_IF(master->diversify != CARD_DIVERSIFY_NONE && !maker->card->has_uid,
                     "its UID is missing, of which its keys are made");
    TRY(card_key_of(master, span_of(maker->card->uid, sizeof maker->card->uid), key));
    add_key(maker, index, key, what);
    vault_wipe(key, sizeof key);
    return ERR_OK;
}

static enum err add_keys(const struct bureau_maker *maker, const char **why)
{
    const struct card_sun_settings *sun = &maker->order->programme->sun;
    bool is_own = sun->file_key.diversify != CARD_DIVERSIFY_NONE;
    if (sun->has_meta_key)
        add_key(maker, KEY_META, sun->meta_key, "encrypts UID and counter (sun.meta_key)");
    return bureau_add_made_key(maker, KEY_FILE, &sun->file_key,
                               is_own ? "signs (made of sun.file_key and the UID)" : "signs (sun.file_key)",
                               why);
}

enum err bureau_add_admin_key(const struct bureau_maker *maker, const char **why)
{
    struct card_key admin = {.diversify = CARD_DIVERSIFY_AN10922};
    if (!maker->order->has_admin_key)
        return ERR_OK;
    memcpy(admin.bytes, maker->order->admin_key, sizeof admin.bytes);
    enum err error = bureau_add_made_key(
        maker, KEY_ADMIN, &admin, "may change the card (made of the administrator's key and the UID)", why);
    vault_wipe(&admin, sizeof admin);
    return error;
}

/* Key 0 opens all the others, so it is changed last. */
static enum err make_ntag424(const struct bureau_maker *maker, const char **why)
{
    struct sun_link link;
    struct message message;
    size_t mac_input_at = 0;
    TRY(make_sun_link(maker, &link, why));
    TRY(find_mac_input(maker, &link, &mac_input_at, why));
    TRY(put_link(link.text, &message));
    add_file(maker, FILE_OF_NTAG424, &message, "NDEF file");
    TRY(add_keys(maker, why));
    add_settings(maker, &link, mac_input_at);
    return bureau_add_admin_key(maker, why);
}

/* On whatever chip and wherever it stands: no other number is told to a bureau, and no payment card's. */
static enum err check_number(const struct bureau_card *card, const char **why)
{
    char text[CARD_TEXT_MAX];
    struct span number = span_of_text(card->number);
    if (number.size == 0)
        return ERR_OK;
    enum err error = card_text_of_number(number, text);
    BUREAU_REFUSE_IF(error == ERR_EXISTS, "its number is that of a payment card");
    BUREAU_REFUSE_IF(error != ERR_OK,
                     "its number is none that a till would read: 4 to 32 of 0-9 and A-Z, a digit among them");
    return ERR_OK;
}

enum err bureau_recipe_make(const struct bureau_order *order, const struct bureau_card *card,
                            struct bureau_recipe *out, const char **out_why)
{
    const struct bureau_maker maker = {order, card, out};
    *out = (struct bureau_recipe){.count = 0};
    *out_why = "";
    enum err error = check_number(card, out_why);
    if (error == ERR_OK)
        error = CHIPS[order->chip].make(&maker, out_why);
    if (error == ERR_TOO_LONG) {
        *out_why = "the link is too long for the chip";
        error = ERR_ARGUMENT;
    }
    if (error != ERR_OK)
        bureau_recipe_wipe(out);
    return error;
}

void bureau_recipe_wipe(struct bureau_recipe *recipe)
{
    vault_wipe(recipe, sizeof *recipe);
}
