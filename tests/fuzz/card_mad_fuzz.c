/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a MIFARE Classic, a Type 2 tag or a signed chip answers: an error, or an identity in canonical form, believed no
 * more than its technology is; no endless dialogue. The first byte chooses the tag and the settings; the rest are blocks
 * and frames as they come, and once more a directory. A key is refused, an answer lost, where a byte says so. */
#include <stdlib.h>

#include "card/run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXCHANGES_MAX 400

enum {
    HOW_NDEF = 0x01,
    HOW_FORM = 0x06,
    HOW_TAG = 0x18,
    HOW_KEY_B = 0x20,
    HOW_BY_NUMBER = 0x40,
    HOW_SOUND = 0x80,
    HOW_SIGNED = HOW_SOUND | HOW_KEY_B
};

struct answers {
    struct span rest;
    unsigned count;
    bool is_sound; /* what is asked for always comes whole, and the directory is sound */
};

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static uint8_t take_byte(struct answers *answers)
{
    if (answers->rest.size == 0)
        return 0;
    uint8_t byte = answers->rest.bytes[0];
    answers->rest = span_of(answers->rest.bytes + 1, answers->rest.size - 1);
    return byte;
}

static enum err take(struct answers *answers, struct span tx, uint8_t *rx, size_t capacity, size_t *out_size)
{
    expect(tx.size > 0 && ++answers->count < EXCHANGES_MAX);
    bool is_lost = !answers->is_sound && (answers->rest.size == 0 || take_byte(answers) > 0xF0);
    if (is_lost)
        return ERR_IO;
    for (size_t i = 0; i < capacity; i++)
        rx[i] = take_byte(answers);
    *out_size = capacity;
    return ERR_OK;
}

/* A sound card: its trailer tells of a directory, and in both directories all sectors are the application's, 0000. */
static void make_sound(uint8_t block, uint8_t *rx)
{
    static const uint8_t zeros[CARD_MAD_2_SIZE];
    bool is_first = block == 1 || block == 2;
    bool is_second = block >= 64 && block <= 66;
    if (block == 3)
        rx[9] = 0xC2;
    if (is_first || is_second)
        memset(rx, 0, 16);
    if (block == 1)
        rx[0] = card_mad_crc(span_of(zeros, CARD_MAD_1_SIZE - 1));
    if (block == 64)
        rx[0] = card_mad_crc(span_of(zeros, CARD_MAD_2_SIZE - 1));
}

static enum err exchange(void *self, struct span tx, uint8_t *rx, size_t capacity, size_t *out_size)
{
    struct answers *answers = self;
    TRY(take(answers, tx, rx, capacity < 64 ? capacity : 64, out_size));
    if (answers->is_sound && tx.size == 2 && capacity == 16)
        make_sound(tx.bytes[1], rx);
    return ERR_OK;
}

static enum err transmit(void *self, struct span tx, uint8_t *rx, size_t capacity, size_t *out_size)
{
    struct answers *answers = self;
    uint8_t size = take_byte(answers);
    return take(answers, tx, rx, size < capacity ? size : capacity, out_size);
}

static enum err authenticate(void *self, const struct tag_key *key)
{
    struct answers *answers = self;
    expect(++answers->count < EXCHANGES_MAX && (key->kind == TAG_KEY_A || key->kind == TAG_KEY_B));
    return answers->is_sound || take_byte(answers) < 0xE0 ? ERR_OK : ERR_SIGNATURE;
}

static enum err select_again(void *self)
{
    struct answers *answers = self;
    return answers->rest.size == 0 ? ERR_NOT_FOUND : ERR_OK;
}

static const struct tag_ops OPS = {
    .exchange = exchange, .transmit = transmit, .authenticate = authenticate, .select_again = select_again};

#define SIGNED_SIZE 64 /* what an input with a signature has, filled up */

static struct card_programme programme_of(uint8_t how, size_t size)
{
    /* Signatures take a thousand times as long as the rest: of few inputs alone. */
    bool has_signature = (how & HOW_SIGNED) == HOW_SIGNED && size == SIGNED_SIZE;
    struct card_programme programme = {
        .order_count = 3,
        .order = {READER_MAD, has_signature ? READER_ORIGINALITY : READER_CLASSIC, READER_UID}};
    programme.originality.identity =
        (how & HOW_BY_NUMBER) != 0 ? CARD_ORIGINALITY_BY_NUMBER : CARD_ORIGINALITY_BY_UID;
    programme.mad = (struct card_mad_settings){
        .is_ndef = (how & HOW_NDEF) != 0,
        .is_key_b = (how & HOW_KEY_B) != 0,
        .place = {.offset = 30, .size = 40, .form = (uint8_t)((how & HOW_FORM) >> 1) % CARD_PLACE_FORM_COUNT},
    };
    expect(card_links_add(&programme.links, span_of_text("s/")) == ERR_OK);
    return programme;
}

static struct tag_target target_of(uint8_t how)
{
    static const struct tag_target targets[] = {
        {.uid = {0xDE, 0xAD, 0xBE, 0xEF}, .uid_size = 4, .sak = 0x08, .atqa = 0x0004},
        {.uid = {4, 1, 2, 3, 4, 5, 6}, .uid_size = 7, .sak = 0x18, .atqa = 0x0042},
        {.uid = {4, 1, 2, 3, 4, 5, 6}, .uid_size = 7, .sak = 0x00, .atqa = 0x0044},
        {.uid = {4, 1, 2, 3, 4, 5, 6}, .uid_size = 7, .sak = 0x20, .atqa = 0x0344},
    };
    return targets[(how & HOW_TAG) >> 3];
}

static void try_dialogue(uint8_t how, struct span data)
{
    struct answers answers = {.rest = data, .is_sound = (how & HOW_SOUND) != 0};
    struct tag tag = {.ops = &OPS, .self = &answers, .target = target_of(how)};
    const struct card_programme programme = programme_of(how, data.size);
    const struct card_request request = {.programme = &programme};
    struct card_identity identity = {.text = "untouched"};
    if (card_identify(&tag, &request, &identity) != ERR_OK) {
        expect(strcmp(identity.text, "untouched") == 0);
        return;
    }
    expect(card_text_is_valid(span_of_text(identity.text)) &&
           identity.trust <= card_trust_of(identity.technology));
    expect(identity.trust < CARD_TRUST_GENUINE || strncmp(identity.text, "uid:", 4) == 0);
}

static void try_directory(struct span data)
{
    static const uint8_t aid[] = {0x03, 0xE1};
    struct card_mad_sectors found = {.count = 0};
    uint8_t directory[CARD_MAD_2_SIZE] = {0};
    size_t size = data.size < sizeof directory ? data.size : sizeof directory;
    memcpy(directory, data.bytes, size);
    directory[0] = card_mad_crc(span_of(directory + 1, sizeof directory - 1));
    expect(card_mad_find(span_of(directory, sizeof directory), aid, &found) == ERR_OK);
    expect(found.count < CARD_MAD_SECTORS_MAX);
    for (size_t i = 0; i < found.count; i++)
        expect(found.sectors[i] > 16 && found.sectors[i] < 40);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    try_dialogue(data[0], span_of(data + 1, size - 1));
    try_directory(span_of(data + 1, size - 1));
    return 0;
}
